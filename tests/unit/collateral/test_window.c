/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "collateral/window.h"
#include "testlib.h"

#define FROM	1000
#define UNTIL	2000

static const struct {
	const char	*name;
	bool		 crl;		/* both ends are "expired" */
	int64_t		 now, grace;
	bool		 expired;
	enum assay_code	 want;
} rows[] = {
	{ "inside", false, 1500, 0, false, ASSAY_ERR_OK },
	{ "first_second", false, FROM, 0, false, ASSAY_ERR_OK },
	{ "last_second", false, UNTIL, 0, false, ASSAY_ERR_OK },
	{ "one_late", false, UNTIL + 1, 0, true,
	    ASSAY_ERR_COLLATERAL_EXPIRED },
	{ "one_early", false, FROM - 1, 0, false,
	    ASSAY_ERR_SGX_TCB_INFO_NOT_YET_VALID },
	{ "grace_holds", false, UNTIL + 10, 10, true, ASSAY_ERR_OK },
	{ "grace_ends", false, UNTIL + 11, 10, true,
	    ASSAY_ERR_COLLATERAL_EXPIRED },
	{ "any_age", false, INT64_MAX, INT64_MAX, true, ASSAY_ERR_OK },
	{ "negative_grace_is_none", false, UNTIL + 1, -5, true,
	    ASSAY_ERR_COLLATERAL_EXPIRED },
	{ "grace_is_not_for_the_future", false, FROM - 1, INT64_MAX, false,
	    ASSAY_ERR_SGX_TCB_INFO_NOT_YET_VALID },
	{ "crl_early", true, FROM - 1, 0, true,
	    ASSAY_ERR_COLLATERAL_EXPIRED },
	{ "crl_early_in_grace", true, FROM - 1, 1, true, ASSAY_ERR_OK },
	{ "crl_earlier_than_grace", true, FROM - 2, 1, true,
	    ASSAY_ERR_COLLATERAL_EXPIRED },
	{ "crl_before_all_time", true, INT64_MIN, 1, true,
	    ASSAY_ERR_COLLATERAL_EXPIRED },
};

static void
test_one(void **state)
{
	struct test_table t = { .name = "window" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct assay_window w = {
			.what = "thing",
			.from_check = ASSAY_CHECK_TCB_INFO_ISSUE_DATE,
			.until_check = ASSAY_CHECK_TCB_INFO_NEXT_UPDATE,
			.from_code = rows[i].crl ?
			    ASSAY_ERR_COLLATERAL_EXPIRED :
			    ASSAY_ERR_SGX_TCB_INFO_NOT_YET_VALID,
			.from = FROM, .until = UNTIL,
		};
		struct assay_freshness f = assay_freshness(rows[i].now,
		    rows[i].grace);
		struct assay_checks checks = { 0 };

		assay_windows_look(&w, 1, &f, &checks);
		test_row(&t, rows[i].name, f.error.code == rows[i].want &&
		    f.failed == (rows[i].want != ASSAY_ERR_OK) &&
		    f.expired == rows[i].expired && f.expiry == UNTIL &&
		    checks.any_failed == f.failed, "got %s, expired %d",
		    assay_code_name(f.error.code), f.expired);
	}
	test_table_end(&t);
}

/* The first of several is told, the earliest end is kept. */
static void
test_several(void **state)
{
	const struct assay_window w[] = {
		{ "good", 0, 0, ASSAY_ERR_COLLATERAL_EXPIRED, 0, 5000 },
		{ "first", 0, 0, ASSAY_ERR_COLLATERAL_EXPIRED, 0, 3000 },
		{ "second", 0, 0, ASSAY_ERR_COLLATERAL_EXPIRED, 0, 2000 },
	};
	struct assay_freshness f = assay_freshness(4000, 0);
	struct assay_checks checks = { 0 };

	(void)state;
	assay_windows_look(w, 3, &f, &checks);
	assert_true(f.failed && f.expired);
	assert_int_equal(f.expiry, 2000);
	assert_non_null(strstr(f.error.text, "first"));
	assert_non_null(strstr(f.error.text, "1970-01-01T00:50:00Z"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_several),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
