/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy language, section 4. Conditions select facts; the index by
 * symbol makes a condition with type=="..." look at the facts of that type
 * only, so that a policy costs what its conditions can match, not rules times
 * claims.
 */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "policy/builtin.h"
#include "policy/eval.h"
#include "policy/setting.h"
#include "policy/trace.h"

#define FIRST_FACTS	32
#define FIRST_INDEXES	8
/* A type with more facts than this gets its duplicates found by hash. */
#define HASH_FROM	16

/* --- facts ------------------------------------------------------------- */

bool
assay_eval_init(struct assay_eval *ev, const struct assay_policy *policy,
    struct assay_error *err)
{
	size_t n = policy->symbols.count + 1;

	*ev = (struct assay_eval){ .policy = policy };
	if (!assay_run_init(&ev->run, err))
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

static bool
push_index(struct assay_eval *ev, struct assay_indexes *list, uint32_t index,
    struct assay_error *err)
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

static bool
same_text(struct assay_bytes a, struct assay_bytes b)
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
	if (a->issuer != b->issuer || !same_text(a->type, b->type))
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

/* The fact that equals f, or ASSAY_NO_FACT. */
static bool
find_fact(struct assay_eval *ev, const struct assay_fact *f, uint32_t *out,
    struct assay_error *err)
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

/* --- expressions ------------------------------------------------------- */

static bool
fail_at(struct assay_eval *ev, struct assay_span span, struct assay_error *err)
{
	struct assay_place place = assay_source_place(&ev->policy->source,
	    span.offset);
	char where[128];

	(void)snprintf(where, sizeof(where), "%s, rule %zu, line %zu, column "
	    "%zu", assay_section_name(ev->section), ev->rule->number,
	    place.line, place.column);
	return assay_fail_in(err, where);
}

/* A property of a fact, as a value. */
static bool
property_of(struct assay_eval *ev, uint32_t index, enum assay_property which,
    struct assay_value *out, struct assay_error *err)
{
	const struct assay_fact *f = &ev->facts[index];

	if (which == ASSAY_PROPERTY_TYPE) {
		*out = assay_value_string(f->type);
		return true;
	}
	if (!assay_eval_need(ev, index, err))
		return false;
	switch (which) {
	case ASSAY_PROPERTY_VALUE:
		*out = f->value;
		return true;
	case ASSAY_PROPERTY_VALUE_TYPE:
		*out = assay_value_string(assay_bytes_of(
		    assay_value_type_name(f->value.type)));
		return true;
	case ASSAY_PROPERTY_ISSUER:
		*out = assay_value_string(assay_bytes_of(
		    assay_claim_issuer_name(f->issuer)));
		return true;
	case ASSAY_PROPERTY_TYPE:
	case ASSAY_PROPERTY_COUNT:
		break;
	}
	return assay_fail(err, ASSAY_ERR_INTERNAL, "claim property");
}

static bool evaluate(struct assay_eval *ev, const struct assay_expr *e,
    struct assay_values *out, struct assay_error *err);

/* identifier.property: one value for each claim of the set. */
static bool
member(struct assay_eval *ev, const struct assay_expr *e,
    struct assay_values *out, struct assay_error *err)
{
	const struct assay_indexes *set = &ev->selected[e->condition];
	struct assay_value value;

	if (!assay_run_charge(&ev->run, set->count, err))
		return fail_at(ev, e->span, err);
	for (size_t i = 0; i < set->count; i++)
		if (!property_of(ev, set->at[i], e->property, &value, err) ||
		    !assay_values_push(&ev->run, out, value, err))
			return fail_at(ev, e->span, err);
	return true;
}

static bool
call(struct assay_eval *ev, const struct assay_expr *e,
    struct assay_values *out, struct assay_error *err)
{
	struct assay_values args[ASSAY_BUILTIN_ARGS] = { 0 };
	size_t i = 0;

	for (const struct assay_expr *a = e->args; a != NULL; a = a->next)
		if (!evaluate(ev, a, &args[i++], err))
			return false;
	if (!assay_builtin_call(&ev->run, e, args, out, err))
		return fail_at(ev, e->span, err);
	return true;
}

/* Depth is bounded by the parser. */
static bool
evaluate(struct assay_eval *ev, const struct assay_expr *e,
    struct assay_values *out, struct assay_error *err)
{
	*out = (struct assay_values){ 0 };
	switch (e->kind) {
	case ASSAY_EXPR_LITERAL:
		/* Read only: nothing is pushed to a literal. */
		*out = (struct assay_values){
		    (struct assay_value *)(uintptr_t)&e->literal, 1, 1 };
		return true;
	case ASSAY_EXPR_MEMBER:
		return member(ev, e, out, err);
	case ASSAY_EXPR_CALL:
		return call(ev, e, out, err);
	}
	return false;
}

/* --- conditions -------------------------------------------------------- */

/* Policy language, section 4: values of different types are unequal, and in
 * no order. */
static bool
compare(struct assay_eval *ev, const struct assay_value *a,
    enum assay_compare how, const struct assay_value *b, bool *holds,
    struct assay_error *err)
{
	bool integers = a->type == ASSAY_VALUE_INTEGER &&
	    b->type == ASSAY_VALUE_INTEGER;

	switch (how) {
	case ASSAY_COMPARE_EQ:
		return assay_run_equal(&ev->run, a, b, holds, err);
	case ASSAY_COMPARE_NE:
		if (!assay_run_equal(&ev->run, a, b, holds, err))
			return false;
		*holds = !*holds;
		return true;
	case ASSAY_COMPARE_LT:
		*holds = integers && a->integer < b->integer;
		return true;
	case ASSAY_COMPARE_LE:
		*holds = integers && a->integer <= b->integer;
		return true;
	case ASSAY_COMPARE_GT:
		*holds = integers && a->integer > b->integer;
		return true;
	case ASSAY_COMPARE_GE:
		*holds = integers && a->integer >= b->integer;
		return true;
	}
	return false;
}

/* A test holds if it holds for some member of what it compares with. */
static bool
test_holds(struct assay_eval *ev, uint32_t index, const struct assay_test *t,
    const struct assay_values *wanted, bool *holds, struct assay_error *err)
{
	struct assay_value have;

	*holds = false;
	if (!property_of(ev, index, t->property, &have, err) ||
	    !assay_run_charge(&ev->run, wanted->count, err))
		return false;
	for (size_t i = 0; i < wanted->count && !*holds; i++)
		if (!compare(ev, &have, t->compare, &wanted->at[i], holds,
		    err))
			return false;
	return true;
}

/* All tests of the condition; *failed is the first that does not hold. */
static bool
matches(struct assay_eval *ev, uint32_t index,
    const struct assay_condition *cond, const struct assay_test **failed,
    struct assay_error *err)
{
	bool holds;
	size_t i = 0;

	*failed = NULL;
	if (!assay_run_charge(&ev->run, 1, err))
		return fail_at(ev, cond->span, err);
	for (const struct assay_test *t = cond->tests; t != NULL;
	    t = t->next, i++) {
		if (t->indexed)
			continue;
		if (!test_holds(ev, index, t, &ev->wanted[i], &holds, err))
			return fail_at(ev, t->span, err);
		if (!holds) {
			*failed = t;
			return true;
		}
	}
	return true;
}

/* One candidate: select it, or remember why not. */
static bool
consider(struct assay_eval *ev, uint32_t index,
    const struct assay_condition *cond, struct assay_error *err)
{
	struct assay_indexes *out = &ev->selected[cond->index];
	const struct assay_test *failed;

	if (!matches(ev, index, cond, &failed, err))
		return false;
	if (failed == NULL) {
		if (!push_index(ev, out, index, err))
			return fail_at(ev, cond->span, err);
	} else if (ev->trace != NULL)
		assay_trace_miss(ev->trace, ev, index, failed);
	return true;
}

static bool
evaluate_tests(struct assay_eval *ev, const struct assay_condition *cond,
    struct assay_error *err)
{
	size_t i = 0;

	for (const struct assay_test *t = cond->tests; t != NULL;
	    t = t->next, i++)
		if (!t->indexed &&
		    !evaluate(ev, t->expr, &ev->wanted[i], err))
			return false;
	return true;
}

/* Fill ev->selected of the condition. One that nobody names needs to find
 * one claim only, unless somebody wants to read about it. */
static bool
select_facts(struct assay_eval *ev, const struct assay_condition *cond,
    struct assay_error *err)
{
	struct assay_indexes *out = &ev->selected[cond->index];
	bool all = cond->used || ev->trace != NULL;

	out->count = 0;
	if (!evaluate_tests(ev, cond, err))
		return false;
	if (cond->symbol != ASSAY_NO_SYMBOL) {
		for (uint32_t i = ev->by_symbol[cond->symbol].first;
		    i != ASSAY_NO_FACT && (all || out->count == 0);
		    i = ev->facts[i].next)
			if (!consider(ev, i, cond, err))
				return false;
		return true;
	}
	for (uint32_t i = 0; i < ev->count && (all || out->count == 0); i++)
		if (!consider(ev, i, cond, err))
			return false;
	return true;
}

/* All conditions hold. */
static bool
conditions_hold(struct assay_eval *ev, const struct assay_rule *rule,
    bool *hold, struct assay_error *err)
{
	*hold = true;
	for (const struct assay_condition *cond = rule->conditions;
	    cond != NULL && *hold; cond = cond->next) {
		if (ev->trace != NULL)
			assay_trace_condition(ev->trace, ev, cond);
		if (!select_facts(ev, cond, err))
			return false;
		*hold = (ev->selected[cond->index].count != 0) !=
		    cond->negated;
		if (ev->trace != NULL)
			assay_trace_selected(ev->trace, ev, cond, *hold);
	}
	return true;
}

/* --- actions ----------------------------------------------------------- */

/* issue in authorizationrules acts as add: nothing of that section reaches
 * the token. */
static enum assay_action_kind
effective(const struct assay_eval *ev)
{
	enum assay_action_kind kind = ev->rule->action.kind;

	return kind == ASSAY_ACTION_ISSUE &&
	    ev->section == ASSAY_SECTION_AUTHORIZATION ?
	    ASSAY_ACTION_ADD : kind;
}

/* What the checker could not see in the text: computed types and values. */
static bool
may_issue(const struct assay_fact *f, struct assay_error *err)
{
	const char *why = assay_reserved_type(f->type);

	if (why == NULL)
		return true;
	return assay_fail(err, ASSAY_ERR_POLICY_RUNTIME_ERROR,
	    "cannot issue a claim of type \"%.*s\": it %s",
	    f->type.len < 64 ? (int)f->type.len : 64,
	    (const char *)f->type.ptr, why);
}

/* A known property, of the right type, once. */
static bool
may_set(struct assay_eval *ev, const struct assay_fact *f,
    struct assay_error *err)
{
	const struct assay_setting *s = assay_setting_find(f->type);
	char why[256];

	if (s == NULL || s->section != ev->section)
		return assay_fail(err, ASSAY_ERR_POLICY_RUNTIME_ERROR,
		    "there is no property \"%.*s\" in %s",
		    f->type.len < 64 ? (int)f->type.len : 64,
		    (const char *)f->type.ptr,
		    assay_section_name(ev->section));
	if (!assay_setting_accepts(s, &f->value, why, sizeof(why)))
		return assay_fail(err, ASSAY_ERR_POLICY_RUNTIME_ERROR, "%s",
		    why);
	for (size_t i = 0; i < ev->properties.count; i++) {
		const struct assay_fact *old =
		    &ev->facts[ev->properties.at[i]];
		bool same;

		if (!same_text(old->type, f->type))
			continue;
		if (!assay_run_equal(&ev->run, &old->value, &f->value, &same,
		    err))
			return false;
		if (!same)
			return assay_fail(err, ASSAY_ERR_POLICY_RUNTIME_ERROR,
			    "property %s is set to two different values",
			    s->name);
	}
	return true;
}

/* Put a fact that is in the incoming set into what the action names. */
static bool
put(struct assay_eval *ev, uint32_t index, bool is_new,
    struct assay_error *err)
{
	struct assay_fact *f = &ev->facts[index];
	bool changed = is_new;

	switch (effective(ev)) {
	case ASSAY_ACTION_ISSUE:
		if (!may_issue(f, err))
			return false;
		if (f->issued)
			break;
		f->issued = changed = true;
		if (!push_index(ev, &ev->issued, index, err))
			return false;
		break;
	case ASSAY_ACTION_ISSUEPROPERTY:
		if (!may_set(ev, f, err))
			return false;
		if (f->property)
			break;
		f->property = changed = true;
		if (!push_index(ev, &ev->properties, index, err))
			return false;
		break;
	case ASSAY_ACTION_ADD:
	case ASSAY_ACTION_PERMIT:
	case ASSAY_ACTION_DENY:
	case ASSAY_ACTION_COUNT:
		break;
	}
	if (ev->trace != NULL)
		assay_trace_put(ev->trace, ev, index, changed);
	return true;
}

/* A claim made by a rule. */
static bool
put_new(struct assay_eval *ev, struct assay_bytes type,
    const struct assay_value *value, struct assay_error *err)
{
	const struct assay_action *a = &ev->rule->action;
	struct assay_fact fact = { .type = type, .loaded = true,
	    .issuer = ASSAY_ISSUER_POLICY, .value = *value,
	    .symbol = a->symbol };
	bool is_new;
	uint32_t index;

	if (fact.symbol == ASSAY_NO_SYMBOL)
		fact.symbol = assay_symbols_find(&ev->policy->symbols, type);
	if (!find_fact(ev, &fact, &index, err))
		return false;
	is_new = index == ASSAY_NO_FACT;
	if (is_new) {
		if (!make_room(ev, 1, err))
			return false;
		index = append(ev, &fact);
		if (list_of(ev, fact.symbol)->hashed &&
		    !chain_fact(ev, index, err))
			return false;
	}
	return put(ev, index, is_new, err);
}

/* claim = IDENT: each member of the set. */
static bool
put_claim(struct assay_eval *ev, struct assay_error *err)
{
	const struct assay_action *a = &ev->rule->action;
	const struct assay_indexes *set = &ev->selected[a->condition];

	for (size_t i = 0; i < set->count; i++) {
		uint32_t index = set->at[i];

		/* Of equal incoming claims, one stands for all. */
		if (!assay_eval_need(ev, index, err) ||
		    !find_fact(ev, &ev->facts[index], &index, err) ||
		    !put(ev, index != ASSAY_NO_FACT ? index : set->at[i],
		    false, err))
			return fail_at(ev, a->span, err);
	}
	return true;
}

/* The type of a value is what valueType says, if it says something. */
static bool
check_value_type(struct assay_eval *ev, const struct assay_value *value,
    struct assay_error *err)
{
	const struct assay_expr *e = ev->rule->action.value_type;
	const char *have = assay_value_type_name(value->type);

	if (e == NULL || same_text(e->literal.text, assay_bytes_of(have)))
		return true;
	return assay_fail(err, ASSAY_ERR_POLICY_RUNTIME_ERROR,
	    "valueType is \"%.*s\", but the value is of type %s",
	    (int)e->literal.text.len, (const char *)e->literal.text.ptr, have);
}

static bool
put_typed(struct assay_eval *ev, const struct assay_value *type,
    const struct assay_values *values, struct assay_error *err)
{
	struct assay_bytes text;

	if (type->type != ASSAY_VALUE_STRING)
		return assay_fail(err, ASSAY_ERR_POLICY_RUNTIME_ERROR,
		    "the type of a claim is a string, found %s",
		    assay_kind_name(assay_kind_of(type->type)));
	if (!assay_run_text(&ev->run, type, &text, err))
		return false;
	if (text.len == 0)
		return assay_fail(err, ASSAY_ERR_POLICY_RUNTIME_ERROR,
		    "the type of a claim cannot be empty");
	for (size_t i = 0; i < values->count; i++)
		if (!check_value_type(ev, &values->at[i], err) ||
		    !put_new(ev, text, &values->at[i], err))
			return false;
	return true;
}

/* type = expr, value = expr: one claim for each type and value. */
static bool
put_assigned(struct assay_eval *ev, struct assay_error *err)
{
	const struct assay_action *a = &ev->rule->action;
	struct assay_values types, values;

	if (!evaluate(ev, a->type, &types, err) ||
	    !evaluate(ev, a->value, &values, err))
		return false;
	for (size_t i = 0; i < types.count; i++)
		if (!put_typed(ev, &types.at[i], &values, err))
			return fail_at(ev, a->span, err);
	return true;
}

static bool
act(struct assay_eval *ev, struct assay_error *err)
{
	const struct assay_action *a = &ev->rule->action;

	if (ev->trace != NULL)
		assay_trace_action(ev->trace, ev);
	switch (a->kind) {
	case ASSAY_ACTION_PERMIT:
		ev->permitted = true;
		return true;
	case ASSAY_ACTION_DENY:
		ev->denied_by = ev->rule;
		return true;
	case ASSAY_ACTION_ADD:
	case ASSAY_ACTION_ISSUE:
	case ASSAY_ACTION_ISSUEPROPERTY:
		return a->claim.len != 0 ? put_claim(ev, err) :
		    put_assigned(ev, err);
	case ASSAY_ACTION_COUNT:
		break;
	}
	return false;
}

bool
assay_eval_section(struct assay_eval *ev, enum assay_section_kind section,
    struct assay_error *err)
{
	bool hold, ok;

	ev->section = section;
	for (ev->rule = ev->policy->tree.sections[section].rules;
	    ev->rule != NULL && ev->denied_by == NULL;
	    ev->rule = ev->rule->next) {
		if (ev->trace != NULL)
			assay_trace_rule(ev->trace, ev);
		ok = conditions_hold(ev, ev->rule, &hold, err) &&
		    (!hold || act(ev, err));
		if (!ok) {
			if (ev->trace != NULL)
				assay_trace_failed(ev->trace, err);
			return false;
		}
	}
	return true;
}

/* --- results ----------------------------------------------------------- */

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
