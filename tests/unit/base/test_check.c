/* SPDX-License-Identifier: Apache-2.0 */
/* What was checked is remembered, and what failed never counts as passed. */
#include <string.h>

#include "base/check.h"
#include "testlib.h"

#define LAST ((enum assay_check_id)(ASSAY_CHECK_COUNT - 1))

static void
test_outcomes(void **state)
{
	struct assay_checks set = { .any_failed = false };
	const enum assay_check_id first = (enum assay_check_id)0;

	(void)state;
	assert_false(assay_checks_has(&set, first));
	assert_true(assay_check(&set, first, true));
	assert_true(assay_checks_has(&set, first));
	assert_false(assay_checks_has(&set, LAST));
	assert_false(assay_check(&set, LAST, false));
	assert_false(assay_checks_has(&set, LAST));
	assert_true(set.any_failed);
	assert_int_equal(set.failed, LAST);
	assert_false(assay_check(&set, (enum assay_check_id)1, false));
	assert_int_equal(set.failed, LAST);
}

static void
test_missing(void **state)
{
	static const enum assay_check_id want[] = { (enum assay_check_id)2,
	    LAST, (enum assay_check_id)1 };
	struct assay_checks set = { .any_failed = false };
	struct assay_checks cached = { .any_failed = false };

	(void)state;
	assert_int_equal(assay_checks_missing(&set, want, 3), 2);
	assert_int_equal(assay_checks_missing(&set, want, 0),
	    ASSAY_CHECK_COUNT);
	assert_true(assay_check(&set, want[0], true));
	assert_int_equal(assay_checks_missing(&set, want, 3), LAST);
	assert_true(assay_check(&cached, want[1], true));
	assert_true(assay_check(&cached, want[2], true));
	assay_checks_merge(&set, &cached);
	assert_int_equal(assay_checks_missing(&set, want, 3),
	    ASSAY_CHECK_COUNT);
	assert_false(assay_checks_has(&set, (enum assay_check_id)0));
}

static void
test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < ASSAY_CHECK_COUNT; i++) {
		const char *name = assay_check_name((enum assay_check_id)i);

		assert_true(name[0] != '\0');
		assert_int_equal(strspn(name,
		    "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(name));
		assert_true(assay_check_source(
		    (enum assay_check_id)i)[0] != '\0');
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(name,
			    assay_check_name((enum assay_check_id)k));
	}
	assert_string_equal(assay_check_name(ASSAY_CHECK_COUNT), "none");
	assert_string_equal(assay_check_source(ASSAY_CHECK_COUNT), "none");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
