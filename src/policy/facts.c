/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The claims of one evaluation, and finding them: by type through the symbols
 * of the policy, duplicates by hash once a type has many.
 */
#include <string.h>

#include "base/limits.h"
#include "policy/eval.h"

#define FIRST_FACTS	32
#define FIRST_INDEXES	8
/* A type with more facts than this gets its duplicates found by hash. */
#define HASH_FROM	16

bool
assay_eval_init(struct assay_eval *ev, const struct assay_policy *policy,
    struct assay_error *err)
{
	size_t n = policy->symbols.count + 1;

	*ev = (struct assay_eval){ .policy = policy };
	if (!assay_run_init(&ev->run, policy->max_steps, err))
		return false;
	ev->by_symbol = assay_run_alloc(&ev->run, n, sizeof(*ev->by_symbol),
	    err);
	ev->selected = assay_run_alloc(&ev->run, policy->max_conditions + 1,
	    sizeof(*ev->selected), err);
	ev->wanted = assay_run_alloc(&ev->run, policy->max_tests + 1,
	    sizeof(*ev->wanted), err);
	if (ev->by_symbol == NULL || ev->selected == NULL ||
	    ev->wanted == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		ev->by_symbol[i].first = ASSAY_NO_FACT;
	return true;
}

void
assay_eval_finish(struct assay_eval *ev)
{
	assay_run_finish(&ev->run);
}

bool
assay_eval_push(struct assay_eval *ev, struct assay_indexes *list,
    uint32_t index, struct assay_error *err)
{
	if (list->count == list->room) {
		size_t room = list->room != 0 ? list->room * 2 :
		    FIRST_INDEXES;
		uint32_t *at = assay_run_alloc(&ev->run, room, sizeof(*at),
		    err);

		if (at == NULL)
			return false;
		if (list->count != 0)
			memcpy(at, list->at, list->count * sizeof(*at));
		list->at = at;
		list->room = room;
	}
	list->at[list->count++] = index;
	return true;
}

static bool
make_room(struct assay_eval *ev, size_t more, struct assay_error *err)
{
	size_t room = ev->room != 0 ? ev->room : FIRST_FACTS;
	struct assay_fact *facts;

	if (more > ASSAY_MAX_POLICY_CLAIMS ||
	    ev->count > ASSAY_MAX_POLICY_CLAIMS - more)
		return assay_fail(err, ASSAY_ERR_POLICY_LIMIT,
		    "more than %d claims", ASSAY_MAX_POLICY_CLAIMS);
	if (ev->count + more <= ev->room)
		return true;
	while (room < ev->count + more)
		room *= 2;
	if ((facts = assay_run_alloc(&ev->run, room, sizeof(*facts), err)) ==
	    NULL)
		return false;
	if (ev->count != 0)
		memcpy(facts, ev->facts, ev->count * sizeof(*facts));
	ev->facts = facts;
	ev->room = room;
	return true;
}

static struct assay_fact_list *
list_of(struct assay_eval *ev, size_t symbol)
{
	return &ev->by_symbol[symbol == ASSAY_NO_SYMBOL ?
	    ev->policy->symbols.count : symbol];
}

/* Append a fact; room is there. */
static uint32_t
append(struct assay_eval *ev, const struct assay_fact *fact)
{
	struct assay_fact_list *list = list_of(ev, fact->symbol);
	uint32_t index = (uint32_t)ev->count++;

	ev->facts[index] = *fact;
	ev->facts[index].next = ASSAY_NO_FACT;
	if (list->first == ASSAY_NO_FACT)
		list->first = index;
	else
		ev->facts[list->last].next = index;
	list->last = index;
	list->count++;
	return index;
}

bool
assay_eval_load(struct assay_eval *ev, struct assay_claims *incoming,
    struct assay_error *err)
{
	size_t n = assay_claims_count(incoming);

	if (!make_room(ev, n, err) || !assay_run_charge(&ev->run, n, err))
		return false;
	ev->incoming = incoming;
	for (size_t i = 0; i < n; i++) {
		struct assay_fact fact = { .source = i,
		    .type = assay_claims_type_at(incoming, i) };

		fact.symbol = assay_symbols_find(&ev->policy->symbols,
		    fact.type);
		(void)append(ev, &fact);
	}
	return true;
}

bool
assay_eval_need(struct assay_eval *ev, uint32_t index, struct assay_error *err)
{
	struct assay_fact *f = &ev->facts[index];
	struct assay_claim claim;

	if (f->loaded)
		return true;
	if (!assay_claims_at(ev->incoming, f->source, &claim, err))
		return false;
	f->issuer = claim.issuer;
	f->value = (struct assay_value){ .type = claim.value_type,
	    .text = claim.text, .integer = claim.integer,
	    .boolean = claim.boolean };
	if (claim.value_type == ASSAY_VALUE_JSON) {
		f->json = true;
		if (!assay_run_document(&ev->run, NULL, claim.text, &f->value,
		    err))
			return false;
	}
	f->loaded = true;
	return true;
}

bool
assay_same_text(struct assay_bytes a, struct assay_bytes b)
{
	return a.len == b.len &&
	    (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Same type, value and issuer: the same claim (policy language, section 3). */
static bool
same_fact(struct assay_eval *ev, uint32_t index, const struct assay_fact *b,
    bool *same, struct assay_error *err)
{
	const struct assay_fact *a = &ev->facts[index];

	*same = false;
	if (!assay_eval_need(ev, index, err) ||
	    !assay_run_charge(&ev->run, 1, err))
		return false;
	if (a->issuer != b->issuer || !assay_same_text(a->type, b->type))
		return true;
	return assay_run_equal(&ev->run, &a->value, &b->value, same, err);
}

/* --- duplicates by hash ------------------------------------------------ */

static bool
hash_fact(struct assay_eval *ev, const struct assay_fact *f, size_t *out,
    struct assay_error *err)
{
	uint64_t h = assay_symbol_hash(f->type, ASSAY_SYMBOL_SEED);
	struct assay_bytes text;

	switch (f->value.type) {
	case ASSAY_VALUE_INTEGER:
		text = (struct assay_bytes){
		    (const uint8_t *)&f->value.integer,
		    sizeof(f->value.integer) };
		break;
	case ASSAY_VALUE_BOOLEAN:
		text = (struct assay_bytes){
		    (const uint8_t *)&f->value.boolean, 1 };
		break;
	case ASSAY_VALUE_STRING:
	case ASSAY_VALUE_JSON:
		if (!assay_run_text(&ev->run, &f->value, &text, err))
			return false;
		break;
	}
	h = assay_symbol_hash(text, h + (uint64_t)f->issuer);
	*out = (size_t)(h ^ h >> 29) & (ev->n_buckets - 1);
	return assay_run_charge(&ev->run, text.len / 64 + 1, err);
}

static bool
chain_fact(struct assay_eval *ev, uint32_t index, struct assay_error *err)
{
	size_t bucket;

	if (!assay_eval_need(ev, index, err) ||
	    !hash_fact(ev, &ev->facts[index], &bucket, err))
		return false;
	ev->facts[index].chain = ev->buckets[bucket];
	ev->buckets[bucket] = index;
	ev->n_hashed++;
	return true;
}

static bool
chain_list(struct assay_eval *ev, struct assay_fact_list *list,
    struct assay_error *err)
{
	for (uint32_t i = list->first; i != ASSAY_NO_FACT;
	    i = ev->facts[i].next)
		if (!chain_fact(ev, i, err))
			return false;
	list->hashed = true;
	return true;
}

/* Twice the buckets, and everything that was hashed into them again. */
static bool
rehash(struct assay_eval *ev, struct assay_error *err)
{
	size_t n = ev->n_buckets != 0 ? ev->n_buckets * 4 : 64;

	ev->buckets = assay_run_alloc(&ev->run, n, sizeof(*ev->buckets), err);
	if (ev->buckets == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		ev->buckets[i] = ASSAY_NO_FACT;
	ev->n_buckets = n;
	ev->n_hashed = 0;
	for (size_t i = 0; i <= ev->policy->symbols.count; i++)
		if (ev->by_symbol[i].hashed &&
		    !chain_list(ev, &ev->by_symbol[i], err))
			return false;
	return true;
}

static bool
find_hashed(struct assay_eval *ev, const struct assay_fact *f, uint32_t *out,
    struct assay_error *err)
{
	bool same = false;
	size_t bucket;
	uint32_t i;

	if (!hash_fact(ev, f, &bucket, err))
		return false;
	for (i = ev->buckets[bucket]; i != ASSAY_NO_FACT;
	    i = ev->facts[i].chain) {
		if (!same_fact(ev, i, f, &same, err))
			return false;
		if (same)
			break;
	}
	*out = i;
	return true;
}

bool
assay_eval_find(struct assay_eval *ev, const struct assay_fact *f,
    uint32_t *out, struct assay_error *err)
{
	struct assay_fact_list *list = list_of(ev, f->symbol);
	bool same = false;
	uint32_t i;

	if (list->count >= HASH_FROM) {
		if (ev->n_hashed + list->count >= ev->n_buckets &&
		    !rehash(ev, err))
			return false;
		if (!list->hashed && !chain_list(ev, list, err))
			return false;
		return find_hashed(ev, f, out, err);
	}
	for (i = list->first; i != ASSAY_NO_FACT; i = ev->facts[i].next) {
		if (!same_fact(ev, i, f, &same, err))
			return false;
		if (same)
			break;
	}
	*out = i;
	return true;
}

bool
assay_eval_append(struct assay_eval *ev, const struct assay_fact *f,
    uint32_t *out, struct assay_error *err)
{
	if (!make_room(ev, 1, err))
		return false;
	*out = append(ev, f);
	return !list_of(ev, f->symbol)->hashed || chain_fact(ev, *out, err);
}

static bool
export_fact(struct assay_eval *ev, uint32_t index, struct assay_claims *out,
    struct assay_error *err)
{
	const struct assay_fact *f = &ev->facts[index];
	struct assay_claim claim = { .type = f->type, .issuer = f->issuer,
	    .value_type = f->json ? ASSAY_VALUE_JSON : f->value.type,
	    .integer = f->value.integer, .boolean = f->value.boolean };

	if (f->value.type == ASSAY_VALUE_STRING &&
	    !assay_run_text(&ev->run, &f->value, &claim.text, err))
		return false;
	return assay_claims_add(out, &claim, err);
}

bool
assay_eval_export(struct assay_eval *ev, const struct assay_indexes *facts,
    struct assay_claims **out, struct assay_error *err)
{
	struct assay_claims *set = assay_claims_new();

	if (set == NULL)
		return assay_fail_memory(err, "policy result");
	for (size_t i = 0; i < facts->count; i++)
		if (!export_fact(ev, facts->at[i], set, err)) {
			assay_claims_free(set);
			return false;
		}
	*out = set;
	return true;
}
