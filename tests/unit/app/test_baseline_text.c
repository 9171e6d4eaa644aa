/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "app/baseline_text.h"
#include "testlib.h"

#define BIT(status) (1u << ASSAY_TCB_##status)

static const struct {
	const char	*name;
	const char	*text;
	uint32_t	 want;		/* 0: refused */
	const char	*says;
} accepts[] = {
	{ "one", "UpToDate", BIT(UP_TO_DATE), NULL },
	{ "two", "SWHardeningNeeded,OutOfDate", BIT(SW_HARDENING_NEEDED) |
	    BIT(OUT_OF_DATE), NULL },
	{ "twice", "UpToDate,UpToDate", BIT(UP_TO_DATE), NULL },
	{ "empty", "", 0, "\"\" is not a TCB status" },
	{ "empty_part", "UpToDate,", 0, "\"\" is not a TCB status" },
	{ "empty_first", ",UpToDate", 0, "\"\" is not a TCB status" },
	{ "space", "UpToDate, OutOfDate", 0, "\" OutOfDate\"" },
	{ "case", "uptodate", 0, "\"uptodate\"" },
	{ "unknown", "UpToDate,Fine", 0, "\"Fine\"" },
	{ "revoked", "Revoked", 0, "Revoked is never accepted" },
	{ "revoked_too", "UpToDate,Revoked", 0, "Revoked is never accepted" },
};

static void
accepted_statuses(void **state)
{
	struct test_table t = { "accepted", 0, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(accepts) / sizeof(accepts[0]); i++) {
		struct assay_baseline b = { .accepted = 0x5a, 
		    .grace = { .seconds = { [ASSAY_DATED_PCK_CRL] = 3 } } };
		struct assay_error err = { ASSAY_ERR_OK, "" };
		bool ok = assay_baseline_parse_accept(accepts[i].text, &b,
		    &err);

		test_row(&t, accepts[i].name,
		    b.grace.seconds[ASSAY_DATED_PCK_CRL] == 3 &&
		    (accepts[i].want != 0 ? ok &&
		    b.accepted == accepts[i].want : !ok &&
		    b.accepted == 0x5a &&
		    err.code == ASSAY_ERR_CONFIG_INVALID &&
		    strstr(err.text, accepts[i].says) != NULL), "%s %x",
		    err.text, b.accepted);
	}
	test_table_end(&t);
}

static const struct {
	const char	*name;
	const char	*text;
	int64_t		 want;		/* -1: refused */
} graces[] = {
	{ "none", "0", 0 },
	{ "day", "86400", 86400 },
	{ "longest", "9223372036854775807", INT64_MAX },
	{ "of_a_list", "tcb_info:7,pck_crl:5", 5 },
	{ "of_another_kind", "tcb_info:7", 0 },
	{ "of_certificates", "certificate:7", -1 },
	{ "of_nothing", "pck_crl:", -1 },
	{ "list_ends_early", "pck_crl:5,", -1 },
	{ "less_than_none", "pck_crl:-5", -1 },
	{ "longer", "9223372036854775808", -1 },
	{ "negative", "-1", -1 },
	{ "empty", "", -1 },
	{ "unit", "1d", -1 },
	{ "space", " 1", -1 },
	{ "fraction", "1.5", -1 },
	{ "case", "ANY", -1 },
};

static void
graces_of_collateral(void **state)
{
	struct test_table t = { "graces", 0, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(graces) / sizeof(graces[0]); i++) {
		struct assay_baseline b = { .accepted = 7,
			.grace = { .seconds = { [ASSAY_DATED_PCK_CRL] = 3 } } };
		struct assay_error err = { ASSAY_ERR_OK, "" };
		bool ok = assay_baseline_parse_grace(graces[i].text, &b,
		    &err);

		int64_t found = b.grace.seconds[ASSAY_DATED_PCK_CRL];

		test_row(&t, graces[i].name, b.accepted == 7 &&
		    !b.grace.any_age && b.grace.seconds[0] == 0 &&
		    (graces[i].want >= 0 ? ok && found == graces[i].want :
		    !ok && found == 3 &&
		    err.code == ASSAY_ERR_CONFIG_INVALID), "%s %lld",
		    err.text, (long long)found);
	}
	test_table_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepted_statuses),
		cmocka_unit_test(graces_of_collateral),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
