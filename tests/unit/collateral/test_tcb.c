/* SPDX-License-Identifier: Apache-2.0 */
#include "collateral/tcb.h"
#include "json/json.h"
#include "testlib.h"

/* Short names, so that the tables can be read. */
enum {
	UTD = ASSAY_TCB_UP_TO_DATE,
	SWH = ASSAY_TCB_SW_HARDENING_NEEDED,
	CFG = ASSAY_TCB_CONFIGURATION_NEEDED,
	CSH = ASSAY_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED,
	OOD = ASSAY_TCB_OUT_OF_DATE,
	OCN = ASSAY_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED,
	TRA = ASSAY_TCB_TD_RELAUNCH_ADVISED,
	TRC = ASSAY_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED,
	REV = ASSAY_TCB_REVOKED,
};

static void
test_names(void **state)
{
	enum assay_tcb_status s, back;

	(void)state;
	for (int i = 0; i < ASSAY_TCB_UNKNOWN; i++) {
		s = (enum assay_tcb_status)i;
		assert_true(assay_tcb_status_parse(assay_bytes_of(
		    assay_tcb_status_name(s)), &back));
		assert_int_equal(back, s);
	}
	assert_string_equal(assay_tcb_status_name(ASSAY_TCB_UNKNOWN), "");
	assert_false(assay_tcb_status_parse(assay_bytes_of("uptodate"),
	    &back));
	assert_false(assay_tcb_status_parse(assay_bytes_of(""), &back));
}

/* Every platform status against every QE status. */
static void
test_converge(void **state)
{
	static const int platform[] = { UTD, SWH, CFG, CSH, OOD, OCN, REV };
	static const int with_utd[] = { UTD, SWH, CFG, CSH, OOD, OCN, REV };
	static const int with_ood[] = { OOD, OOD, OCN, OCN, OOD, OCN, REV };
	const enum assay_tcb_status ood = ASSAY_TCB_OUT_OF_DATE;
	const enum assay_tcb_status utd = ASSAY_TCB_UP_TO_DATE;
	const enum assay_tcb_status rev = ASSAY_TCB_REVOKED;

	(void)state;
	for (size_t i = 0; i < sizeof(platform) / sizeof(platform[0]); i++) {
		enum assay_tcb_status p = (enum assay_tcb_status)platform[i];

		assert_int_equal(assay_tcb_converge(p, utd, NULL),
		    with_utd[i]);
		assert_int_equal(assay_tcb_converge(p, ood, NULL),
		    with_ood[i]);
		assert_int_equal(assay_tcb_converge(p, rev, NULL), REV);
		assert_int_equal(assay_tcb_converge(p, utd, &ood),
		    with_ood[i]);
		assert_int_equal(assay_tcb_converge(p, utd, &rev), REV);
		assert_int_equal(assay_tcb_converge(p, utd, &utd),
		    with_utd[i]);
	}
}

static void
test_relaunch(void **state)
{
	static const struct {
		int	launch, current, want;
	} rows[] = {
		{ OOD, UTD, TRA }, { OOD, SWH, TRA }, { OOD, CFG, TRC },
		{ OOD, CSH, TRC }, { OCN, UTD, TRC }, { OCN, CFG, TRC },
		{ OOD, OOD, OOD }, { OOD, OCN, OOD }, { OCN, OOD, OCN },
		{ UTD, UTD, UTD }, { UTD, OOD, UTD }, { SWH, UTD, SWH },
		{ REV, UTD, REV }, { OOD, REV, REV },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(assay_tcb_relaunch(
		    (enum assay_tcb_status)rows[i].launch,
		    (enum assay_tcb_status)rows[i].current), rows[i].want);
}

static json_t *
json(const char *text)
{
	struct assay_error err = { 0 };
	json_t *v = assay_json_parse(assay_bytes_of(text), NULL, &err);

	if (v == NULL)
		fail_msg("%s", err.text);
	return v;
}

#define LEVEL(svn)							\
	"{\"tcb\":{\"isvsvn\":" svn "},\"tcbDate\":"			\
	"\"2024-01-01T00:00:00Z\",\"tcbStatus\":\"UpToDate\"}"

static void
test_svn_levels(void **state)
{
	json_t *array = json("[" LEVEL("2") "," LEVEL("8") "," LEVEL("5") "]");
	struct assay_svn_levels l = { 0 };
	struct assay_error err = { 0 };
	bool ok = false;

	(void)state;
	assert_true(assay_svn_levels_read(array, &l, &ok, &err));
	assert_true(ok);
	assert_int_equal(assay_svn_levels_match(&l, 9)->isvsvn, 8);
	assert_int_equal(assay_svn_levels_match(&l, 8)->isvsvn, 8);
	assert_int_equal(assay_svn_levels_match(&l, 7)->isvsvn, 5);
	assert_int_equal(assay_svn_levels_match(&l, 2)->isvsvn, 2);
	assert_null(assay_svn_levels_match(&l, 1));
	assay_svn_levels_free(&l);
	json_decref(array);
}

static void
test_bad_levels(void **state)
{
	static const struct {
		const char	*name, *text;
		bool		 read;		/* read, but not ok */
		enum assay_code	 want;
	} rows[] = {
		{ "empty", "[]", true, ASSAY_ERR_BAD_FIELD },
		{ "equal", "[" LEVEL("2") "," LEVEL("2") "]", true,
		    ASSAY_ERR_BAD_FIELD },
		{ "not_an_object", "[7]", false, ASSAY_ERR_JSON_TYPE },
		{ "no_tcb", "[{}]", false, ASSAY_ERR_JSON_MISSING_MEMBER },
		{ "svn_too_large", "[" LEVEL("65536") "]", false,
		    ASSAY_ERR_BAD_FIELD },
		{ "svn_negative", "[" LEVEL("-1") "]", false,
		    ASSAY_ERR_BAD_FIELD },
		{ "platform_status", "[{\"tcb\":{\"isvsvn\":1},\"tcbDate\":"
		    "\"2024-01-01T00:00:00Z\",\"tcbStatus\":"
		    "\"SWHardeningNeeded\"}]", false, ASSAY_ERR_BAD_FIELD },
		{ "unknown_status", "[{\"tcb\":{\"isvsvn\":1},\"tcbDate\":"
		    "\"2024-01-01T00:00:00Z\",\"tcbStatus\":\"Fine\"}]",
		    false, ASSAY_ERR_BAD_FIELD },
		{ "advisory_number", "[{\"tcb\":{\"isvsvn\":1},\"tcbDate\":"
		    "\"2024-01-01T00:00:00Z\",\"tcbStatus\":\"UpToDate\","
		    "\"advisoryIDs\":[\"A\",1]}]", false,
		    ASSAY_ERR_JSON_TYPE },
	};
	struct test_table t = { .name = "bad levels" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *array = json(rows[i].text);
		struct assay_svn_levels l = { 0 };
		struct assay_error err = { 0 };
		bool ok = false, read;

		read = assay_svn_levels_read(array, &l, &ok, &err);
		test_row(&t, rows[i].name, read == rows[i].read && !ok &&
		    err.code == rows[i].want, "%s \"%s\"",
		    assay_code_name(err.code), err.text);
		assay_svn_levels_free(&l);
		json_decref(array);
	}
	test_table_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_converge),
		cmocka_unit_test(test_relaunch),
		cmocka_unit_test(test_svn_levels),
		cmocka_unit_test(test_bad_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
