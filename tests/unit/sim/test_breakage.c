/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every breakage can be made and has a name of its own. What it does to a
 * verifier is in attest/test_checks.c.
 */
#include <string.h>

#include "sim/breakage.h"
#include "testlib.h"

#define NOW INT64_C(1795000000)

static void
test_names(void **state)
{
	const struct assay_breakage *list;
	struct test_table t = { .name = "breakage names" };
	size_t n;

	(void)state;
	list = assay_breakages(&n);
	for (size_t i = 0; i < n; i++)
		test_row(&t, list[i].name,
		    assay_breakage_find(list[i].name) == &list[i] &&
		    strspn(list[i].name, "abcdefghijklmnopqrstuvwxyz-"
		    "0123456789") == strlen(list[i].name),
		    "name is not unique or not plain");
	assert_null(assay_breakage_find("no-such-breakage"));
	test_table_end(&t);
}

/* A check can only fail with a code that is not OK. */
static void
test_answers(void **state)
{
	const struct assay_breakage *list;
	struct test_table t = { .name = "breakage answers" };
	size_t n;

	(void)state;
	list = assay_breakages(&n);
	for (size_t i = 0; i < n; i++)
		test_row(&t, list[i].name,
		    list[i].check == ASSAY_CHECK_COUNT ||
		    list[i].code != ASSAY_ERR_OK,
		    "names a failing check and the code OK");
	test_table_end(&t);
}

static bool
can_be_made(const struct assay_breakage *b, struct assay_error *err)
{
	struct assay_sim_params p;
	struct assay_sim_world *world = NULL;
	struct assay_buffer quote = assay_buffer(ASSAY_SIM_MAX_BYTES);
	bool ok;

	assay_sim_params_default(&p, NOW);
	b->apply(&p);
	ok = assay_sim_world_new(&p, &world, err) &&
	    assay_sim_quote(world, &p.quote, &quote, err);
	assay_sim_world_free(world);
	assay_buffer_free(&quote);
	return ok;
}

static void
test_made(void **state)
{
	const struct assay_breakage *list;
	struct test_table t = { .name = "breakages made" };
	size_t n;

	(void)state;
	list = assay_breakages(&n);
	for (size_t i = 0; i < n; i++) {
		struct assay_error err = { ASSAY_ERR_OK, "" };

		test_row(&t, list[i].name, can_be_made(&list[i], &err), "%s",
		    err.text);
	}
	test_table_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
