/* SPDX-License-Identifier: Apache-2.0 */
#include "app/collateral_set.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"

/* One content of a set: a sorted list that never changes again. */
struct snapshot {
	struct assay_collateral_list	*list;
	uint64_t			 generation;
	unsigned int			 refs;	/* under the set's lock */
};

struct assay_collateral_set {
	pthread_mutex_t			 lock;
	enum assay_collateral_lookup	 lookup;
	struct snapshot			*current;	/* NULL: empty */
	atomic_uint_fast64_t		 generation;
};

/* A generation is never used twice in a process, not even by two sets. */
static atomic_uint_fast64_t next_generation = 1;


bool
assay_collateral_set_new(enum assay_collateral_lookup lookup,
    struct assay_collateral_set **out, struct assay_error *err)
{
	struct assay_collateral_set *set = assay_alloc(1, sizeof(*set));

	if (set == NULL)
		return assay_fail_memory(err, "collateral set");
	if (pthread_mutex_init(&set->lock, NULL) != 0) {
		free(set);
		return assay_fail(err, ASSAY_ERR_INTERNAL,
		    "cannot make a mutex");
	}
	set->lookup = lookup;
	atomic_init(&set->generation, atomic_fetch_add(&next_generation, 1));
	*out = set;
	return true;
}

static void
snapshot_unref(struct assay_collateral_set *set, struct snapshot *s)
{
	bool last;

	if (s == NULL)
		return;
	pthread_mutex_lock(&set->lock);
	last = --s->refs == 0;
	pthread_mutex_unlock(&set->lock);
	if (last) {
		assay_collateral_list_free(s->list);
		free(s);
	}
}

static struct snapshot *
snapshot_ref(struct assay_collateral_set *set)
{
	struct snapshot *s;

	pthread_mutex_lock(&set->lock);
	s = set->current;
	if (s != NULL)
		s->refs++;
	pthread_mutex_unlock(&set->lock);
	return s;
}

void
assay_collateral_set_free(struct assay_collateral_set *set)
{
	if (set == NULL)
		return;
	snapshot_unref(set, set->current);
	pthread_mutex_destroy(&set->lock);
	free(set);
}

/* By what is looked for; among equals, the best is last. */
static int
compare(const void *pa, const void *pb)
{
	const struct assay_collateral_item *a = pa, *b = pb;
	int d;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->tee != b->tee)
		return a->tee < b->tee ? -1 : 1;
	if (a->ca != b->ca)
		return a->ca < b->ca ? -1 : 1;
	if ((d = memcmp(a->fmspc, b->fmspc, sizeof(a->fmspc))) != 0)
		return d;
	if (a->aside != b->aside)
		return a->aside ? -1 : 1;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	if (a->issued != b->issued)
		return a->issued < b->issued ? -1 : 1;
	return 0;
}

void
assay_collateral_set_replace(struct assay_collateral_set *set,
    struct assay_collateral_list *list)
{
	struct snapshot *old, *s = assay_alloc(1, sizeof(*s));

	if (s == NULL) {
		/* Rather keep what there is than lose it. */
		assay_collateral_list_free(list);
		return;
	}
	if (set->lookup == ASSAY_COLLATERAL_BY_IDENTIFIER && list->n > 0)
		qsort(list->items, list->n, sizeof(*list->items), compare);
	s->list = list;
	s->refs = 1;
	s->generation = atomic_fetch_add(&next_generation, 1);
	pthread_mutex_lock(&set->lock);
	old = set->current;
	set->current = s;
	atomic_store(&set->generation, s->generation);
	pthread_mutex_unlock(&set->lock);
	snapshot_unref(set, old);
}

size_t
assay_collateral_set_count(struct assay_collateral_set *set)
{
	struct snapshot *s = snapshot_ref(set);
	size_t n = s == NULL ? 0 : s->list->n;

	snapshot_unref(set, s);
	return n;
}

/* ---- lookup ------------------------------------------------------------ */

/* The last item that is not greater than the key, NULL if there is none. */
static const struct assay_collateral_item *
last_not_above(const struct assay_collateral_list *list,
    const struct assay_collateral_item *key)
{
	size_t low = 0, high = list->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare(&list->items[mid], key) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low == 0 ? NULL : &list->items[low - 1];
}

/* The last item that is like the key in all but number and date. */
static const struct assay_collateral_item *
last_like(const struct assay_collateral_list *list,
    const struct assay_collateral_item *key)
{
	const struct assay_collateral_item *found = last_not_above(list, key);

	if (found == NULL || found->kind != key->kind ||
	    found->tee != key->tee || found->ca != key->ca ||
	    found->aside != key->aside ||
	    memcmp(found->fmspc, key->fmspc, sizeof(key->fmspc)) != 0)
		return NULL;
	return found;
}

/*
 * The newest item like key (kind, tee, ca, fmspc); number 0: the default,
 * else exactly that number.
 */
static const struct assay_collateral_item *
newest(const struct assay_collateral_list *list,
    struct assay_collateral_item key, uint32_t number)
{
	const struct assay_collateral_item *found;

	key.number = number == 0 ? UINT32_MAX : number;
	key.issued = INT64_MAX;
	key.aside = false;
	found = last_like(list, &key);
	if (number == 0 || (found != NULL && found->number == number))
		return found;
	key.aside = true;
	found = last_like(list, &key);
	return found != NULL && found->number == number ? found : NULL;
}

/* ---- what is missing --------------------------------------------------- */

static enum assay_dated
dated_of(enum assay_collateral_kind kind)
{
	switch (kind) {
	case ASSAY_COLLATERAL_TCB_INFO:
		return ASSAY_DATED_TCB_INFO;
	case ASSAY_COLLATERAL_QE_IDENTITY:
		return ASSAY_DATED_QE_IDENTITY;
	case ASSAY_COLLATERAL_PCK_CRL:
		return ASSAY_DATED_PCK_CRL;
	case ASSAY_COLLATERAL_ROOT_CA_CRL:
		return ASSAY_DATED_ROOT_CA_CRL;
	case ASSAY_COLLATERAL_PCK_CHAIN:
		break;
	}
	return ASSAY_DATED_CERTIFICATE;
}

static bool
usable(const struct assay_collateral_item *item, int64_t now,
    const struct assay_grace *grace)
{
	return item != NULL && (grace->any_age || now - item->next <=
	    grace->seconds[dated_of(item->kind)]);
}

static void
lacks(const struct assay_collateral_list *list,
    const struct assay_collateral_item *key, int64_t now,
    const struct assay_grace *grace, struct assay_collateral_lack *out)
{
	const struct assay_collateral_item *held = list == NULL ? NULL :
	    newest(list, *key, key->number);

	if (!usable(held, now, grace))
		out->item[out->n++] = *key;
}

void
assay_collateral_set_lacks(struct assay_collateral_set *set,
    const struct assay_dcap_wanted *wanted, int64_t now,
    const struct assay_grace *grace, struct assay_collateral_lack *out)
{
	struct snapshot *s = snapshot_ref(set);
	const struct assay_collateral_list *list = s == NULL ? NULL : s->list;
	struct assay_collateral_item tcb = {
		.kind = ASSAY_COLLATERAL_TCB_INFO, .tee = wanted->tee,
		.number = wanted->tcb_evaluation_data_number };
	const struct assay_collateral_item others[] = {
		{ .kind = ASSAY_COLLATERAL_QE_IDENTITY, .tee = wanted->tee,
		    .number = wanted->tcb_evaluation_data_number },
		{ .kind = ASSAY_COLLATERAL_PCK_CRL, .ca = wanted->ca },
		{ .kind = ASSAY_COLLATERAL_ROOT_CA_CRL },
	};

	out->n = 0;
	memcpy(tcb.fmspc, wanted->fmspc, sizeof(tcb.fmspc));
	lacks(list, &tcb, now, grace, out);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		lacks(list, &others[i], now, grace, out);
	snapshot_unref(set, s);
}

bool
assay_collateral_set_each(struct assay_collateral_set *set,
    assay_collateral_item_fn *fn, void *ctx, struct assay_error *err)
{
	struct snapshot *s = snapshot_ref(set);
	bool ok = true;

	for (size_t i = 0; ok && s != NULL && i < s->list->n; i++)
		ok = fn(ctx, &s->list->items[i], err);
	snapshot_unref(set, s);
	return ok;
}

static bool
copy_item(void *ctx, const struct assay_collateral_item *item,
    struct assay_error *err)
{
	return assay_collateral_list_add(ctx, item, err);
}

bool
assay_collateral_set_copy(struct assay_collateral_set *set,
    struct assay_collateral_list *out, struct assay_error *err)
{
	return assay_collateral_set_each(set, copy_item, out, err);
}

/* ---- answers ------------------------------------------------------------ */

static struct assay_bytes
body_of(const struct assay_collateral_item *item)
{
	return item == NULL ? (struct assay_bytes){ NULL, 0 } : item->body;
}

static struct assay_bytes
chain_of(const struct assay_collateral_item *item)
{
	return item == NULL ? (struct assay_bytes){ NULL, 0 } : item->chain;
}

/* Held, but none of it is the default any more. */
static const struct assay_collateral_item *
find_aside(const struct assay_collateral_list *list,
    const struct assay_dcap_wanted *wanted)
{
	struct assay_collateral_item key = {
		.kind = ASSAY_COLLATERAL_TCB_INFO, .tee = wanted->tee,
		.number = UINT32_MAX, .issued = INT64_MAX, .aside = true };

	memcpy(key.fmspc, wanted->fmspc, sizeof(key.fmspc));
	return list == NULL || wanted->tcb_evaluation_data_number != 0 ?
	    NULL : last_like(list, &key);
}

static bool
fail_missing(const struct assay_collateral_list *list,
    const struct assay_dcap_wanted *wanted, struct assay_error *err)
{
	const struct assay_collateral_item *aside = find_aside(list, wanted);
	char fmspc[13], number[160] = "";

	assay_hex((struct assay_bytes){ wanted->fmspc,
	    sizeof(wanted->fmspc) }, fmspc);
	if (wanted->tcb_evaluation_data_number != 0)
		(void)snprintf(number, sizeof(number),
		    " with tcbEvaluationDataNumber %u",
		    wanted->tcb_evaluation_data_number);
	else if (aside != NULL)
		(void)snprintf(number, sizeof(number),
		    " with the tcbEvaluationDataNumber that has been the "
		    "default (%u is held; `assay collateral floor --lower` "
		    "makes it the default)", aside->number);
	return assay_fail(err, ASSAY_ERR_COLLATERAL_MISSING,
	    "no %s TCB info for FMSPC %s (PCK %s CA)%s is held",
	    wanted->tee == ASSAY_TEE_TDX ? "TDX" : "SGX", fmspc,
	    wanted->ca == ASSAY_PCK_CA_PLATFORM ? "Platform" : "Processor",
	    number);
}

static bool
find_by_identifier(const struct assay_collateral_list *list,
    const struct assay_dcap_wanted *wanted, struct assay_dcap_collateral *out,
    struct assay_error *err)
{
	struct assay_collateral_item key = {
		.kind = ASSAY_COLLATERAL_TCB_INFO, .tee = wanted->tee };
	const struct assay_collateral_item *tcb, *qe;
	uint32_t number = wanted->tcb_evaluation_data_number;

	memcpy(key.fmspc, wanted->fmspc, sizeof(key.fmspc));
	tcb = newest(list, key, number);
	if (tcb == NULL)
		return fail_missing(list, wanted, err);
	out->tcb_info = tcb->body;
	out->tcb_info_chain = tcb->chain;
	key.kind = ASSAY_COLLATERAL_PCK_CHAIN;
	key.tee = ASSAY_TEE_SGX;
	out->pck_chain = body_of(newest(list, key, 0));

	/* TCB info and identity of one TCB recovery carry one number. */
	key = (struct assay_collateral_item){
		.kind = ASSAY_COLLATERAL_QE_IDENTITY, .tee = wanted->tee };
	qe = tcb->number == 0 ? NULL : newest(list, key, tcb->number);
	if (qe == NULL && number == 0)
		qe = newest(list, key, 0);
	out->qe_identity = body_of(qe);
	out->qe_identity_chain = chain_of(qe);

	key = (struct assay_collateral_item){
		.kind = ASSAY_COLLATERAL_PCK_CRL, .ca = wanted->ca };
	out->pck_crl = body_of(newest(list, key, 0));
	key = (struct assay_collateral_item){
		.kind = ASSAY_COLLATERAL_ROOT_CA_CRL };
	out->root_ca_crl = body_of(newest(list, key, 0));
	return true;
}

static void
find_as_is(const struct assay_collateral_list *list,
    struct assay_dcap_collateral *out)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct assay_collateral_item *item = &list->items[i];

		switch (item->kind) {
		case ASSAY_COLLATERAL_TCB_INFO:
			out->tcb_info = item->body;
			out->tcb_info_chain = item->chain;
			break;
		case ASSAY_COLLATERAL_QE_IDENTITY:
			out->qe_identity = item->body;
			out->qe_identity_chain = item->chain;
			break;
		case ASSAY_COLLATERAL_PCK_CRL:
			out->pck_crl = item->body;
			break;
		case ASSAY_COLLATERAL_ROOT_CA_CRL:
			out->root_ca_crl = item->body;
			break;
		case ASSAY_COLLATERAL_PCK_CHAIN:
			out->pck_chain = item->body;
			break;
		}
	}
}

static bool
set_find(void *ctx, const struct assay_dcap_wanted *wanted,
    struct assay_dcap_collateral *out, void **token, uint64_t *generation,
    struct assay_error *err)
{
	struct assay_collateral_set *set = ctx;
	struct assay_dcap_collateral found = { 0 };
	struct snapshot *s = snapshot_ref(set);

	if (s == NULL)
		return fail_missing(NULL, wanted, err);
	if (set->lookup == ASSAY_COLLATERAL_AS_IS) {
		find_as_is(s->list, &found);
	} else if (!find_by_identifier(s->list, wanted, &found, err)) {
		snapshot_unref(set, s);
		return false;
	}
	*out = found;
	*token = s;
	*generation = s->generation;
	return true;
}

static void
set_release(void *ctx, void *token)
{
	snapshot_unref(ctx, token);
}

static uint64_t
set_generation(void *ctx)
{
	struct assay_collateral_set *set = ctx;

	return atomic_load(&set->generation);
}

struct assay_collateral_source
assay_collateral_set_source(struct assay_collateral_set *set)
{
	return (struct assay_collateral_source){
		.find = set_find,
		.release = set_release,
		.generation = set_generation,
		.ctx = set,
	};
}
