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
	enum assay_dated dated;
} rows[] = {
	{ "inside", false, 1500, 0, false, ASSAY_ERR_OK,
	    ASSAY_DATED_PCK_CRL },
	{ "first_second", false, FROM, 0, false, ASSAY_ERR_OK,
	    ASSAY_DATED_PCK_CRL },
	{ "last_second", false, UNTIL, 0, false, ASSAY_ERR_OK,
	    ASSAY_DATED_PCK_CRL },
	{ "one_late", false, UNTIL + 1, 0, true,
	    ASSAY_ERR_COLLATERAL_EXPIRED,
	    ASSAY_DATED_PCK_CRL },
	{ "one_early", false, FROM - 1, 0, false,
	    ASSAY_ERR_SGX_TCB_INFO_NOT_YET_VALID,
	    ASSAY_DATED_PCK_CRL },
	{ "grace_holds", false, UNTIL + 10, 10, true, ASSAY_ERR_OK,
	    ASSAY_DATED_PCK_CRL },
	{ "grace_ends", false, UNTIL + 11, 10, true,
	    ASSAY_ERR_COLLATERAL_EXPIRED,
	    ASSAY_DATED_PCK_CRL },
	{ "any_age", false, INT64_MAX, INT64_MAX, true, ASSAY_ERR_OK,
	    ASSAY_DATED_PCK_CRL },
	{ "negative_grace_is_none", false, UNTIL + 1, -5, true,
	    ASSAY_ERR_COLLATERAL_EXPIRED,
	    ASSAY_DATED_PCK_CRL },
	{ "grace_of_another_kind", false, UNTIL + 1, 10, true,
	    ASSAY_ERR_COLLATERAL_EXPIRED, ASSAY_DATED_TCB_INFO },
	{ "certificates_have_none", false, UNTIL + 1, 10, true,
	    ASSAY_ERR_COLLATERAL_EXPIRED, ASSAY_DATED_CERTIFICATE },
	{ "certificate_of_any_age", false, UNTIL + 1, INT64_MAX, true,
	    ASSAY_ERR_OK, ASSAY_DATED_CERTIFICATE },
	{ "grace_is_not_for_the_future", false, FROM - 1, INT64_MAX, false,
	    ASSAY_ERR_SGX_TCB_INFO_NOT_YET_VALID,
	    ASSAY_DATED_PCK_CRL },
	{ "crl_early", true, FROM - 1, 0, true,
	    ASSAY_ERR_COLLATERAL_EXPIRED,
	    ASSAY_DATED_PCK_CRL },
	{ "crl_early_at_any_age", true, FROM - 1, INT64_MAX, true,
	    ASSAY_ERR_OK,
	    ASSAY_DATED_PCK_CRL },
	{ "crl_early_has_no_grace", true, FROM - 1, 1, true,
	    ASSAY_ERR_COLLATERAL_EXPIRED,
	    ASSAY_DATED_PCK_CRL },
	{ "crl_before_all_time", true, INT64_MIN, 1, true,
	    ASSAY_ERR_COLLATERAL_EXPIRED,
	    ASSAY_DATED_PCK_CRL },
};

static void
test_one(void **state)
{
	struct test_table t = { .name = "window" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct assay_window w = {
			.what = "thing",
			.dated = rows[i].dated,
			.from_check = ASSAY_CHECK_TCB_INFO_ISSUE_DATE,
			.until_check = ASSAY_CHECK_TCB_INFO_NEXT_UPDATE,
			.from_code = rows[i].crl ?
			    ASSAY_ERR_COLLATERAL_EXPIRED :
			    ASSAY_ERR_SGX_TCB_INFO_NOT_YET_VALID,
			.from = FROM, .until = UNTIL,
		};
		const struct assay_grace grace = {
			.seconds = { [ASSAY_DATED_CERTIFICATE] = rows[i].grace,
			    [ASSAY_DATED_PCK_CRL] = rows[i].grace },
			.any_age = rows[i].grace == INT64_MAX,
		};
		struct assay_freshness f = assay_freshness(rows[i].now,
		    &grace);
		struct assay_checks checks = { 0 };

		assay_windows_look(&w, 1, &f, &checks);
		test_row(&t, rows[i].name, f.error.code == rows[i].want &&
		    f.failed == (rows[i].want != ASSAY_ERR_OK) &&
		    f.expired == rows[i].expired && f.expiry == UNTIL &&
		    f.in_grace == (rows[i].want == ASSAY_ERR_OK &&
		    rows[i].now > UNTIL ? UINT32_C(1) << rows[i].dated : 0) &&
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
		{ "good", 0, 0, 0, ASSAY_ERR_COLLATERAL_EXPIRED, 0, 5000 },
		{ "first", 0, 0, 0, ASSAY_ERR_COLLATERAL_EXPIRED, 0, 3000 },
		{ "second", 0, 0, 0, ASSAY_ERR_COLLATERAL_EXPIRED, 0, 2000 },
	};
	const struct assay_grace none = { .any_age = false };
	struct assay_freshness f = assay_freshness(4000, &none);
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
