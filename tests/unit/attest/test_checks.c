/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every named check has a platform on which exactly it fails, with its code.
 * The rows are the breakages of the simulator; tools/mutate.sh removes one
 * check after the other and this program must notice each time.
 */
#include <stdlib.h>
#include <string.h>

#include "simlib.h"

/*
 * In a mutation run the rows of the check that was removed have to notice,
 * and only they are judged: it is their purpose, and it saves time.
 */
static bool
is_wanted(const struct assay_breakage *b)
{
	const char *removed = getenv("ASSAY_MUTATE");

	return removed == NULL || removed[0] == '\0' ||
	    strcmp(removed, assay_check_name(b->check)) == 0;
}

/* A check of other evidence has its rows elsewhere. */
static bool
concerns_us(const struct assay_breakage *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_wanted(&list[i]))
			return true;
	return false;
}

/* The sound platform is accepted, cold and from the cache. */
static void
test_sound(void **state)
{
	static const char *const kinds[] = { "SgxEnclave", "OpenEnclave" };
	struct test_table t = { .name = "sound platforms" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct sim_case c;
		struct sim_court *court;

		sim_case_default(&c);
		c.kind = kinds[i];
		court = sim_court_new(&c.params);
		for (size_t again = 0; again < 2; again++) {
			struct assay_attest_result r;

			sim_judge(court, &c, &r);
			test_row(&t, kinds[i], r.verdict == ASSAY_ACCEPT &&
			    r.check_failed == NULL && r.test_anchor &&
			    r.tcb_status == ASSAY_TCB_UP_TO_DATE, "%s: %s",
			    assay_code_name(r.error.code), r.error.text);
			assay_attest_result_free(&r);
		}
		sim_court_free(court);
	}
	test_table_end(&t);
}

/*
 * Each breakage gets its answer, and the same answer again from a verifier
 * that has seen it before.
 */
static void
test_breakages(void **state)
{
	const struct assay_breakage *list;
	struct test_table t = { .name = "breakages" };
	size_t n;

	(void)state;
	list = assay_breakages(&n);
	if (!concerns_us(list, n))
		skip();
	for (size_t i = 0; i < n; i++) {
		struct assay_attest_result first, second;
		struct sim_court *court;
		struct sim_case c;

		if (!is_wanted(&list[i]))
			continue;
		sim_case_broken(&c, &list[i]);
		court = sim_court_new(&c.params);
		sim_judge(court, &c, &first);
		sim_row(&t, list[i].name, &list[i], &first);
		sim_judge(court, &c, &second);
		sim_row(&t, list[i].name, &list[i], &second);
		assay_attest_result_free(&first);
		assay_attest_result_free(&second);
		sim_court_free(court);
	}
	test_table_end(&t);
}

/*
 * A verifier that has just accepted a quote of the same platform is no less
 * strict with the next.
 */
static void
test_after_a_good_one(void **state)
{
	const struct assay_breakage *list;
	struct test_table t = { .name = "broken quotes after a good one" };
	struct assay_attest_result r;
	struct sim_court *court;
	struct sim_case c;
	size_t n;

	(void)state;
	sim_case_default(&c);
	court = sim_court_new(&c.params);
	sim_judge(court, &c, &r);
	test_row(&t, "good", r.verdict == ASSAY_ACCEPT, "%s", r.error.text);
	assay_attest_result_free(&r);
	list = assay_breakages(&n);
	for (size_t i = 0; i < n; i++) {
		if (!list[i].of_quote || !is_wanted(&list[i]))
			continue;
		sim_case_broken(&c, &list[i]);
		sim_judge(court, &c, &r);
		sim_row(&t, list[i].name, &list[i], &r);
		assay_attest_result_free(&r);
	}
	sim_court_free(court);
	test_table_end(&t);
}

/* A new check without a row here is a check that nobody tests; those of other
 * workflows have their rows elsewhere. */
static void
test_every_check_has_a_row(void **state)
{
	static const enum assay_check_id ids[] = {
#define X(id, name, source) ASSAY_CHECK_##id,
		ASSAY_CHECKS_DCAP(X)
#undef X
	};
	const struct assay_breakage *list;
	struct test_table t = { .name = "checks with a row" };
	size_t n;

	(void)state;
	list = assay_breakages(&n);
	for (size_t k = 0; k < sizeof(ids) / sizeof(ids[0]); k++) {
		bool found = false;

		for (size_t i = 0; i < n; i++)
			found = found || list[i].check == ids[k];
		test_row(&t, assay_check_name(ids[k]), found,
		    "no breakage makes it fail");
	}
	test_table_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sound),
		cmocka_unit_test(test_breakages),
		cmocka_unit_test(test_after_a_good_one),
		cmocka_unit_test(test_every_check_has_a_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
