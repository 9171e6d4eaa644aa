/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Real collateral of several tcbEvaluationDataNumbers in one set, and the
 * quotes that were judged by each: a policy that names a number gets the
 * status that Intel's library gives with that number's collateral.
 */
#include "attest/attest_world.h"

#include "app/tcb_numbers.h"
#include "base/limits.h"
#include "base/when.h"

#define POLICY "version=1.1;configurationrules{=> issueproperty("	\
	"type=\"x-ms-sgx-tcbidentifier\", value=\"%u\");};"		\
	"authorizationrules{=> permit();};"

/* What one vector says. */
struct said {
	char		 name[128];
	uint32_t	 number;
	uint32_t	 identity;	/* number of the QE identity */
	int64_t		 issued;
	uint8_t		 fmspc[6];
	enum assay_tcb_status status;
};

struct real {
	struct said			*said;
	size_t				 n;
	struct assay_collateral_set	*set;
	int64_t				 now;	/* the latest of all */
};

static bool
is_real_sgx(const struct world *w)
{
	return strcmp(w->tee, "SGX") == 0 && w->has[WORLD_TCB_INFO] &&
	    strcmp(json_string_value(json_object_get(w->meta, "kind")),
	    "real") == 0 && strcmp(json_string_value(json_object_get(
	    json_object_get(w->meta, "expected"), "stage")), "quote") == 0;
}

static void
take(struct real *r, const struct world *w, const char *name,
    struct assay_collateral_list *list)
{
	struct assay_collateral_item item = {
		.kind = ASSAY_COLLATERAL_TCB_INFO,
		.body = assay_buffer_bytes(&w->files[WORLD_TCB_INFO]) };
	struct assay_collateral_item qe = {
		.kind = ASSAY_COLLATERAL_QE_IDENTITY,
		.body = assay_buffer_bytes(&w->files[WORLD_QE_IDENTITY]) };
	const char *status = json_string_value(json_object_get(
	    json_object_get(w->meta, "expected"), "status"));
	struct said *s = &r->said[r->n];
	struct assay_error err;

	if (!assay_collateral_index(&item, &err) || item.number == 0 ||
	    !assay_collateral_index(&qe, &err))
		return;
	(void)snprintf(s->name, sizeof(s->name), "%s", name);
	s->number = item.number;
	s->identity = qe.number;
	s->issued = item.issued;
	memcpy(s->fmspc, item.fmspc, sizeof(s->fmspc));
	s->status = world_status(status + strlen("STATUS_"));
	if (s->status >= ASSAY_TCB_REVOKED)
		return;
	if (!assay_collateral_list_add_dir(list, test_shared_path(
	    "vectors/sgxtdx/%s", name), false, &err))
		fail_msg("%s: %s", name, err.text);
	if (w->ctx.now > r->now)
		r->now = w->ctx.now;
	r->n++;
}

static bool
gather(struct real *r)
{
	struct assay_collateral_list *list = assay_collateral_list_new();
	struct world_index index;
	struct assay_error err;

	if (test_shared("real collateral side by side") == NULL)
		return false;
	world_index_open(&index);
	*r = (struct real){ .said = calloc(index.n + 1, sizeof(*r->said)) };
	assert_non_null(r->said);
	assert_non_null(list);
	for (size_t i = 0; i < index.n; i++) {
		struct world w;

		if (strncmp(index.names[i], "sgx-", 4) != 0)
			continue;
		assert_true(world_open_vector(&w, index.names[i], false));
		if (is_real_sgx(&w))
			take(r, &w, index.names[i], list);
		world_close(&w);
	}
	world_index_close(&index);
	assert_true(assay_collateral_set_new(ASSAY_COLLATERAL_BY_IDENTIFIER,
	    &r->set, &err));
	assay_collateral_set_replace(r->set, list);
	return true;
}

static void
drop(struct real *r)
{
	assay_collateral_set_free(r->set);
	free(r->said);
}

/* Of two TCB infos of one number the set has the younger. */
static bool
is_superseded(const struct real *r, const struct said *s)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->said[i].number == s->number &&
		    r->said[i].issued > s->issued &&
		    memcmp(r->said[i].fmspc, s->fmspc, 6) == 0)
			return true;
	return false;
}

/* Some captures have a TCB info without the identity of its number. */
static bool
has_identity(const struct real *r, uint32_t number)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->said[i].identity == number)
			return true;
	return false;
}

static void
judge(const struct real *r, const struct said *s, struct test_table *t)
{
	struct assay_collateral_source source =
	    assay_collateral_set_source(r->set);
	struct assay_attest_result result = { 0 };
	struct assay_error err;
	struct world w;
	char text[256];
	struct assay_policy *policy;

	(void)snprintf(text, sizeof(text), POLICY, s->number);
	assert_true(assay_policy_compile(assay_bytes_of(text), &policy, NULL,
	    &err));
	assert_true(world_open_vector(&w, s->name, false));
	w.ctx.now = r->now;
	w.ctx.collateral = &source;
	w.ctx.policy = policy;
	w.ctx.baseline.grace.any_age = true;
	(void)world_attest(&w, &result);
	if (!has_identity(r, s->number))
		test_row(t, s->name, result.verdict == ASSAY_UNDECIDED &&
		    result.error.code == ASSAY_ERR_COLLATERAL_MISSING, "%s",
		    result.error.text);
	else
		test_row(t, s->name, result.verdict == ASSAY_ACCEPT &&
		    result.tcb_status == s->status &&
		    result.tcb_evaluation_data_number == s->number,
		    "by %u: %s, want %s (%s)",
		    result.tcb_evaluation_data_number,
		    assay_tcb_status_name(result.tcb_status),
		    assay_tcb_status_name(s->status), result.error.text);
	assay_attest_result_free(&result);
	world_close(&w);
	assay_policy_free(policy);
}

static void
by_the_number_that_a_policy_names(void **state)
{
	struct test_table t = { .name = "real numbers" };
	struct real r;

	(void)state;
	if (!gather(&r))
		skip();
	for (size_t i = 0; i < r.n; i++)
		if (!is_superseded(&r, &r.said[i]))
			judge(&r, &r.said[i], &t);
	drop(&r);
	test_table_end(&t);
}

/* Microsoft's page on custom TCB baselines gives these, or the day before in
 * the time zone of its author. */
static const struct {
	uint32_t	 number;
	const char	*released;
} published[] = {
	{ 10, "2020-11-11T00:00:00Z" }, { 11, "2021-06-09T00:00:00Z" },
	{ 12, "2021-11-10T00:00:00Z" }, { 13, "2022-08-10T00:00:00Z" },
	{ 14, "2022-11-09T00:00:00Z" }, { 15, "2023-02-15T00:00:00Z" },
};

static void
release_dates(void **state)
{
	struct test_table t = { .name = "release dates" };
	struct assay_tcb_numbers numbers;
	struct assay_error err;
	struct real r;

	(void)state;
	if (!gather(&r))
		skip();
	if (!assay_tcb_numbers_read(r.set, ASSAY_TEE_SGX, &numbers, &err))
		fail_msg("%s", err.text);
	for (size_t i = 0; i < numbers.n; i++) {
		const struct assay_tcb_number *n = &numbers.row[i];
		char name[16], when[ASSAY_WHEN_TEXT];

		(void)snprintf(name, sizeof(name), "%u", n->number);
		(void)assay_when_text(n->released, when);
		test_row(&t, name, i == 0 ? n->number == numbers.by_default :
		    n->number < n[-1].number && n->released <= n[-1].released,
		    "%s", when);
		for (size_t k = 0; k < sizeof(published) /
		    sizeof(published[0]); k++)
			if (published[k].number == n->number)
				test_row(&t, name, strcmp(when,
				    published[k].released) == 0, "%s", when);
	}
	assert_non_null(assay_tcb_numbers_find(&numbers,
	    numbers.by_default));
	assert_null(assay_tcb_numbers_find(&numbers, 1));
	drop(&r);
	test_table_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_the_number_that_a_policy_names),
		cmocka_unit_test(release_dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
