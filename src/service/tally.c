/* SPDX-License-Identifier: Apache-2.0 */
/* GET /metrics, and what it tells. */
#include "service/tally.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/clock.h"
#include "app/metrics.h"
#include "base/mem.h"
#include "service/tpm_service.h"

#define MAX_TYPES	16
#define NO_ROUTE	(ASSAY_ACTION_CHANGE + 1)
#define N_ACTIONS	(NO_ROUTE + 1)

enum {
#define X(name, class, text) + 1
	N_CODES = 0 ASSAY_ERRORS(X)
#undef X
};

/* Those that are given; what is none of them counts as 0. */
static const unsigned int statuses[] = { 0, 200, 400, 401, 404, 405, 408, 411,
	413, 414, 415, 417, 429, 431, 500, 501, 503, 505 };
#define N_STATUSES (sizeof(statuses) / sizeof(statuses[0]))

static const unsigned int bounds_ms[] = { 1, 2, 5, 10, 25, 50, 100, 250, 500,
	1000, 2500, 5000, 10000 };
#define N_BOUNDS (sizeof(bounds_ms) / sizeof(bounds_ms[0]))

struct times {
	atomic_uint_fast64_t	counts[N_BOUNDS + 1];
	atomic_uint_fast64_t	sum_ms;
};

struct assay_tally {
	int64_t			started;
	atomic_uint_fast64_t	requests[N_ACTIONS][N_STATUSES];
	atomic_uint_fast64_t	errors[N_CODES];
	atomic_uint_fast64_t	verdicts[MAX_TYPES][2][N_CODES]; /* draft */
	struct times		took[N_ACTIONS];
};

/* ---- counting ---------------------------------------------------------------- */

static void
add(atomic_uint_fast64_t *counter, uint64_t n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static uint64_t
value_of(const atomic_uint_fast64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static size_t
status_index(unsigned int status)
{
	size_t i = N_STATUSES - 1;

	while (i > 0 && statuses[i] != status)
		i--;
	return i;
}

static void
add_time(struct times *times, int64_t ms)
{
	size_t i = 0;

	if (ms < 0)
		ms = 0;
	while (i < N_BOUNDS && ms > (int64_t)bounds_ms[i])
		i++;
	add(&times->counts[i], 1);
	add(&times->sum_ms, (uint64_t)ms);
}

void
assay_tally_request(struct assay_tally *tally,
    const struct assay_tally_request *r)
{
	const size_t action = r->route == NULL ? NO_ROUTE :
	    (size_t)r->route->action;

	add(&tally->requests[action][status_index(r->status)], 1);
	if (r->code != ASSAY_ERR_OK)
		add(&tally->errors[r->code], 1);
	add_time(&tally->took[action], r->ms);
}

void
assay_tally_verdict(struct assay_tally *tally, const struct assay_type *type,
    bool draft, enum assay_code code)
{
	add(&tally->verdicts[assay_type_index(type)][draft][code], 1);
}

/* ---- counters ------------------------------------------------------------------ */

static const char *
action_name(size_t action)
{
	static const char *const names[N_ACTIONS] = {
		[ASSAY_ACTION_METADATA] = "metadata",
		[ASSAY_ACTION_ATTEST] = "attest",
		[ASSAY_ACTION_ATTEST_CALLER] = "attest_caller",
		[ASSAY_ACTION_READ] = "read",
		[ASSAY_ACTION_CHANGE] = "change",
		[NO_ROUTE] = "none",
	};

	return names[action];
}

static void
collect_requests(void *ctx, struct assay_metric_out *out)
{
	const struct assay_tally *tally = ctx;
	char status[16];

	for (size_t i = 0; i < N_ACTIONS * N_STATUSES; i++) {
		const size_t action = i / N_STATUSES, s = i % N_STATUSES;
		const uint64_t n = value_of(&tally->requests[action][s]);
		const struct assay_metric_label labels[] = {
			{ "action", action_name(action) },
			{ "status", status } };

		if (n == 0)
			continue;
		(void)snprintf(status, sizeof(status), "%u", statuses[s]);
		assay_metric_put(out, labels, 2, (int64_t)n);
	}
}

static void
collect_errors(void *ctx, struct assay_metric_out *out)
{
	const struct assay_tally *tally = ctx;

	for (size_t i = 0; i < N_CODES; i++) {
		const enum assay_code code = (enum assay_code)i;
		const uint64_t n = value_of(&tally->errors[i]);
		const struct assay_metric_label labels[] = {
			{ "class", assay_class_name(assay_code_class(code)) },
			{ "code", assay_code_name(code) } };

		if (n != 0)
			assay_metric_put(out, labels, 2, (int64_t)n);
	}
}

static void
put_verdicts(struct assay_metric_out *out, const char *type, bool draft,
    const atomic_uint_fast64_t counts[N_CODES])
{
	for (size_t i = 0; i < N_CODES; i++) {
		const uint64_t n = value_of(&counts[i]);
		const struct assay_metric_label labels[] = {
			{ "type", type },
			{ "policy", draft ? "draft" : "stored" },
			{ "code", assay_code_name((enum assay_code)i) } };

		/* Of what was never refused, accepts are worth a zero. */
		if (n != 0 || (i == ASSAY_ERR_OK && !draft))
			assay_metric_put(out, labels, 3, (int64_t)n);
	}
}

static void
collect_verdicts(void *ctx, struct assay_metric_out *out)
{
	const struct assay_tally *tally = ctx;

	for (size_t i = 0; i < assay_type_count(); i++) {
		const char *type = assay_type_at(i)->name;

		put_verdicts(out, type, false, tally->verdicts[i][0]);
		put_verdicts(out, type, true, tally->verdicts[i][1]);
	}
}

static void
collect_times(void *ctx, struct assay_metric_out *out)
{
	const struct assay_tally *tally = ctx;

	for (size_t i = 0; i < N_ACTIONS; i++) {
		const struct times *times = &tally->took[i];
		const struct assay_metric_label label = { "action",
			action_name(i) };
		uint64_t counts[N_BOUNDS + 1];
		const struct assay_metric_histogram h = {
			.bounds_ms = bounds_ms, .counts = counts,
			.n = N_BOUNDS, .sum_ms = value_of(&times->sum_ms) };

		for (size_t k = 0; k <= N_BOUNDS; k++)
			counts[k] = value_of(&times->counts[k]);
		assay_metric_put_histogram(out, &label, 1, &h);
	}
}

static void
collect_started(void *ctx, struct assay_metric_out *out)
{
	const struct assay_tally *tally = ctx;

	assay_metric_put(out, NULL, 0, tally->started);
}

/* ---- gauges of the service ------------------------------------------------------- */

struct key_times {
	int64_t	now;
	int64_t	active;		/* of the key that signs; 0: none does */
};

static bool
see_key(void *ctx, const struct assay_store_key *key,
    struct assay_error *err)
{
	struct key_times *k = ctx;

	(void)err;
	if (key->times.withdrawn == 0 && key->times.active <= k->now &&
	    key->times.active > k->active)
		k->active = key->times.active;
	return true;
}

/* No value at all when the store cannot be read: none is no old key. */
static void
collect_key_age(void *ctx, struct assay_metric_out *out)
{
	struct assay_service *service = ctx;
	struct key_times k = { .now = assay_clock_now(), .active = 0 };
	struct assay_error ignored;
	int64_t revision;

	if (assay_store_keys_each(service->store, ASSAY_PROVIDER_DEFAULT,
	    see_key, &k, &revision, &ignored) && k.active != 0)
		assay_metric_put(out, NULL, 0, k.now - k.active);
}

/* Of each kind: how many, the oldest, the first to expire. */
struct kinds {
	int64_t	n[ASSAY_COLLATERAL_KINDS];
	int64_t	issued[ASSAY_COLLATERAL_KINDS];
	int64_t	next[ASSAY_COLLATERAL_KINDS];	/* 0: none has a date */
};

static bool
count_item(void *ctx, const struct assay_collateral_item *item,
    struct assay_error *err)
{
	struct kinds *k = ctx;
	const size_t i = (size_t)item->kind;

	(void)err;
	k->n[i]++;
	if (item->issued != 0 &&
	    (k->issued[i] == 0 || item->issued < k->issued[i]))
		k->issued[i] = item->issued;
	if (item->next != 0 &&
	    (k->next[i] == 0 || item->next < k->next[i]))
		k->next[i] = item->next;
	return true;
}

static void
put_kinds(struct assay_metric_out *out, const int64_t values[], bool dates)
{
	for (size_t i = 0; i < ASSAY_COLLATERAL_KINDS; i++) {
		const struct assay_metric_label label = { "kind",
			assay_collateral_kind_name(
			(enum assay_collateral_kind)i) };

		if (!dates || values[i] != 0)
			assay_metric_put(out, &label, 1, values[i]);
	}
}

static struct kinds
count_kinds(struct assay_service *service)
{
	struct kinds kinds = { 0 };
	struct assay_error ignored;

	/* Counting cannot fail. */
	(void)!assay_collateral_set_each(service->collateral, count_item,
	    &kinds, &ignored);
	return kinds;
}

static void
collect_items(void *ctx, struct assay_metric_out *out)
{
	struct kinds kinds = count_kinds(ctx);

	put_kinds(out, kinds.n, false);
}

static void
collect_issued(void *ctx, struct assay_metric_out *out)
{
	struct kinds kinds = count_kinds(ctx);

	put_kinds(out, kinds.issued, true);
}

static void
collect_expiry(void *ctx, struct assay_metric_out *out)
{
	struct kinds kinds = count_kinds(ctx);

	put_kinds(out, kinds.next, true);
}

static void
collect_challenges(void *ctx, struct assay_metric_out *out)
{
	struct assay_service *service = ctx;

	assay_metric_put(out, NULL, 0, (int64_t)assay_challenges_count(
	    service->tpm->challenges));
}

/* ---- registration ------------------------------------------------------------------ */

static const struct {
	struct assay_metric_family	family;
	bool				of_tally;
} families[] = {
	{ { "assayd_requests_total", "Requests answered, by what was wanted "
	    "and HTTP status.", ASSAY_METRIC_COUNTER, collect_requests, NULL },
	    true },
	{ { "assayd_errors_total", "Requests not answered with 200, by code "
	    "of the error and its class.", ASSAY_METRIC_COUNTER,
	    collect_errors, NULL }, true },
	{ { "assayd_verdicts_total", "Evidence judged, by attestation type, "
	    "policy and code; code OK is accepted.", ASSAY_METRIC_COUNTER,
	    collect_verdicts, NULL }, true },
	{ { "assayd_request_seconds", "From the head of a request to its "
	    "answer, counted in milliseconds.", ASSAY_METRIC_HISTOGRAM,
	    collect_times, NULL }, true },
	{ { "assayd_start_time_seconds", "When the service started, in "
	    "seconds since 1970.", ASSAY_METRIC_GAUGE, collect_started,
	    NULL }, true },
	{ { "assayd_signing_key_age_seconds", "Since the key that signs was "
	    "first to be used.", ASSAY_METRIC_GAUGE, collect_key_age, NULL }, false },
	{ { "assayd_collateral_items", "Documents of collateral held, by "
	    "kind.", ASSAY_METRIC_GAUGE, collect_items, NULL }, false },
	{ { "assayd_collateral_issued_seconds", "When the oldest document "
	    "held was issued, in seconds since 1970, by kind.",
	    ASSAY_METRIC_GAUGE, collect_issued, NULL }, false },
	{ { "assayd_collateral_expiry_seconds", "When the first document "
	    "held expires, in seconds since 1970, by kind.",
	    ASSAY_METRIC_GAUGE, collect_expiry, NULL }, false },
	{ { "assayd_tpm_challenges", "Used TPM challenges remembered so that "
	    "they are not used again.", ASSAY_METRIC_GAUGE,
	    collect_challenges, NULL }, false },
};

bool
assay_tally_open(struct assay_service *service, struct assay_tally **out,
    struct assay_error *err)
{
	struct assay_tally *tally;

	if (assay_type_count() > MAX_TYPES)
		return assay_fail(err, ASSAY_ERR_INTERNAL,
		    "verdicts of %zu types cannot be counted",
		    assay_type_count());
	if ((tally = assay_alloc(1, sizeof(*tally))) == NULL)
		return assay_fail_memory(err, "metrics");
	tally->started = assay_clock_now();
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		struct assay_metric_family family = families[i].family;

		family.ctx = families[i].of_tally ? (void *)tally :
		    (void *)service;
		if (!assay_metrics_register(service->metrics, &family, err)) {
			free(tally);
			return false;
		}
	}
	*out = tally;
	return true;
}

void
assay_tally_free(struct assay_tally *tally)
{
	free(tally);
}

bool
assay_api_metrics(struct assay_service *service, struct assay_call *call,
    struct assay_buffer *body, struct assay_error *err)
{
	call->content_type = ASSAY_METRICS_TYPE;
	return assay_metrics_write(service->metrics, body, err);
}
