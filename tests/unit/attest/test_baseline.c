/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Baselines: every rule with a platform on which exactly it fails, the same
 * platform within the rule, and which baseline a policy gets by its name.
 */
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "simlib.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define POLICY(name) "version= 1.1;configurationrules{=> issueproperty("	\
	"type=\"x-ms-sgx-tcbidentifier\", value=\"" name "\");};"		\
	"authorizationrules{=> permit();};issuancerules{};"

/* The simulated platform, and others. */
static const uint8_t fmspc[6] = { 0xf0, 0x60, 0x6a };
static const uint8_t fmspc_other[6] = { 0xf0, 0x60, 0x6b };
static const uint8_t ppid[16] = { 0x51, 0x3a, 0x11 };
static const uint8_t ppid_other[16] = { 0x51, 0x3a, 0x12 };

static const struct assay_bytes one_fmspc[] = { { fmspc, 6 } };
static const struct assay_bytes another_fmspc[] = { { fmspc_other, 6 } };
static const struct assay_bytes both_fmspc[] = {
	{ fmspc_other, 6 }, { fmspc, 6 } };
static const struct assay_bytes head_of_fmspc[] = { { fmspc, 5 } };
static const struct assay_bytes one_ppid[] = { { ppid, 16 } };
static const struct assay_bytes another_ppid[] = { { ppid_other, 16 } };
static const struct assay_bytes advisories[] = {
	{ (const uint8_t *)"INTEL-SA-00615", 14 },
	{ (const uint8_t *)"INTEL-SA-00960", 14 } };

#define VALUES(a)	{ true, a, COUNT(a) }
#define ANY		{ false, NULL, 0 }
#define NONE		{ true, NULL, 0 }

#define OUT_OF_DATE	(UINT32_C(1) << ASSAY_TCB_OUT_OF_DATE)
/* Of the level of the simulator's quoting enclave, and of OutOfDate. */
#define QE_DATE		"2024-03-13T00:00:00Z"

struct row {
	const char			*name;
	const char			*status;	/* of the platform */
	uint32_t			 until_set;
	int64_t				 until;
	const char			*min_date;
	struct assay_baseline_values	 advisories;
	struct assay_baseline_values	 allowed[ASSAY_BASELINE_IDS];
	struct assay_baseline_values	 denied[ASSAY_BASELINE_IDS];
	const char			*check;		/* NULL: accepted */
	enum assay_code			 code;
};

static const struct row rows[] = {
	{ .name = "no rule", .status = "UpToDate" },
	{ .name = "status_not_accepted", .status = "OutOfDate",
	    .check = "baseline", .code = ASSAY_ERR_BELOW_BASELINE },
	{ .name = "in_grace", .status = "OutOfDate",
	    .until_set = OUT_OF_DATE, .until = SIMLIB_NOW + 1 },
	{ .name = "grace_over", .status = "OutOfDate",
	    .until_set = OUT_OF_DATE, .until = SIMLIB_NOW,
	    .check = "baseline-grace",
	    .code = ASSAY_ERR_BASELINE_GRACE_OVER },
	{ .name = "grace_over_but_not_needed", .status = "UpToDate",
	    .until_set = OUT_OF_DATE, .until = 1 },
	{ .name = "revoked_is_never_in_grace", .status = "Revoked",
	    .until_set = UINT32_MAX, .until = INT64_MAX,
	    .check = "tcb-not-revoked", .code = ASSAY_ERR_TCB_REVOKED },
	{ .name = "date_met", .status = "UpToDate", .min_date = QE_DATE },
	{ .name = "date_missed", .status = "UpToDate",
	    .min_date = "2024-03-13T00:00:01Z",
	    .check = "baseline-tcb-date",
	    .code = ASSAY_ERR_BASELINE_TCB_DATE },
	{ .name = "date_missed_in_grace", .status = "OutOfDate",
	    .until_set = OUT_OF_DATE, .until = INT64_MAX,
	    .min_date = QE_DATE, .check = "baseline-tcb-date",
	    .code = ASSAY_ERR_BASELINE_TCB_DATE },
	{ .name = "advisory_accepted", .status = "SWHardeningNeeded",
	    .advisories = VALUES(advisories) },
	{ .name = "advisory_not_accepted", .status = "ConfigurationNeeded",
	    .advisories = VALUES(advisories),
	    .check = "baseline-advisories",
	    .code = ASSAY_ERR_BASELINE_ADVISORY },
	{ .name = "one_of_two_advisories",
	    .status = "ConfigurationAndSWHardeningNeeded",
	    .advisories = VALUES(advisories),
	    .check = "baseline-advisories",
	    .code = ASSAY_ERR_BASELINE_ADVISORY },
	{ .name = "no_advisory_accepted", .status = "SWHardeningNeeded",
	    .advisories = NONE, .check = "baseline-advisories",
	    .code = ASSAY_ERR_BASELINE_ADVISORY },
	{ .name = "no_advisory_accepted_none_there", .status = "UpToDate",
	    .advisories = NONE },
	{ .name = "fmspc_allowed", .status = "UpToDate",
	    .allowed = { VALUES(both_fmspc) } },
	{ .name = "fmspc_not_allowed", .status = "UpToDate",
	    .allowed = { VALUES(another_fmspc) },
	    .check = "baseline-fmspc-allowed",
	    .code = ASSAY_ERR_BASELINE_PLATFORM },
	{ .name = "fmspc_by_its_head", .status = "UpToDate",
	    .allowed = { VALUES(head_of_fmspc) },
	    .check = "baseline-fmspc-allowed",
	    .code = ASSAY_ERR_BASELINE_PLATFORM },
	{ .name = "no_fmspc_allowed", .status = "UpToDate",
	    .allowed = { NONE }, .check = "baseline-fmspc-allowed",
	    .code = ASSAY_ERR_BASELINE_PLATFORM },
	{ .name = "fmspc_denied", .status = "UpToDate",
	    .denied = { VALUES(both_fmspc) },
	    .check = "baseline-fmspc-not-denied",
	    .code = ASSAY_ERR_BASELINE_PLATFORM },
	{ .name = "fmspc_allowed_and_denied", .status = "UpToDate",
	    .allowed = { VALUES(one_fmspc) },
	    .denied = { VALUES(one_fmspc) },
	    .check = "baseline-fmspc-not-denied",
	    .code = ASSAY_ERR_BASELINE_PLATFORM },
	{ .name = "another_fmspc_denied", .status = "UpToDate",
	    .denied = { VALUES(another_fmspc) } },
	{ .name = "ppid_allowed", .status = "UpToDate",
	    .allowed = { ANY, VALUES(one_ppid) } },
	{ .name = "ppid_not_allowed", .status = "UpToDate",
	    .allowed = { ANY, VALUES(another_ppid) },
	    .check = "baseline-ppid-allowed",
	    .code = ASSAY_ERR_BASELINE_PLATFORM },
	{ .name = "ppid_denied", .status = "UpToDate",
	    .denied = { ANY, VALUES(one_ppid) },
	    .check = "baseline-ppid-not-denied",
	    .code = ASSAY_ERR_BASELINE_PLATFORM },
	{ .name = "another_ppid_denied", .status = "UpToDate",
	    .denied = { ANY, VALUES(another_ppid) } },
};

static void
fill(const struct row *row, struct assay_baseline *b)
{
	struct assay_error err;

	*b = assay_baseline_default();
	b->accepted_until = row->until_set;
	b->until = row->until;
	if (row->min_date != NULL)
		assert_true(assay_when_parse(assay_bytes_of(row->min_date),
		    &b->min_tcb_date, &err));
	b->advisories = row->advisories;
	memcpy(b->allowed, row->allowed, sizeof(b->allowed));
	memcpy(b->denied, row->denied, sizeof(b->denied));
}

static bool
as_wanted(const struct row *row, const struct assay_attest_result *r)
{
	if (row->check == NULL)
		return r->verdict == ASSAY_ACCEPT && r->check_failed == NULL;
	return r->verdict == ASSAY_REJECT && r->error.code == row->code &&
	    r->check_failed != NULL &&
	    strcmp(r->check_failed, row->check) == 0;
}

/* A mutation run removes one check: only its rows are judged. */
static bool
is_wanted(const char *check)
{
	const char *removed = getenv("ASSAY_MUTATE");

	return removed == NULL || removed[0] == '\0' ||
	    (check != NULL && strcmp(removed, check) == 0);
}

static void
judge(const struct sim_case *c, struct assay_attest_result *r)
{
	struct sim_court *court = sim_court_new(&c->params);

	sim_judge(court, c, r);
	sim_court_free(court);
}

/* The same whether the baseline is the default or one that a policy names. */
static void
test_rules(void **state)
{
	struct test_table t = { .name = "rules of baselines" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct assay_baseline b;
		struct assay_attest_result r;
		struct sim_case c;

		if (!is_wanted(rows[i].check))
			continue;
		fill(&rows[i], &b);
		sim_case_default(&c);
		assert_true(assay_sim_set_tcb_status(&c.params,
		    rows[i].status));
		c.baseline = b;
		judge(&c, &r);
		test_row(&t, rows[i].name, as_wanted(&rows[i], &r),
		    "got %s, check %s (%s)", assay_code_name(r.error.code),
		    r.check_failed == NULL ? "none" : r.check_failed,
		    r.error.text);
		assay_attest_result_free(&r);

		c.baseline = assay_baseline_any();
		b.name = "strict";
		c.baselines = &b;
		c.n_baselines = 1;
		c.policy = POLICY("strict");
		judge(&c, &r);
		test_row(&t, rows[i].name, as_wanted(&rows[i], &r) &&
		    strcmp(r.baseline, "strict") == 0,
		    "named: got %s, check %s (%s)",
		    assay_code_name(r.error.code),
		    r.check_failed == NULL ? "none" : r.check_failed,
		    r.error.text);
		assay_attest_result_free(&r);
	}
	if (t.passed + t.failed != 0)
		test_table_end(&t);
}

/* CPU SVN is that of the PCK certificate, not what the quote says. */
static void
test_cpu_svn(void **state)
{
	struct test_table t = { .name = "CPU SVN" };

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		static const char *const checks[] = { NULL,
			"baseline-cpu-svn-allowed",
			"baseline-cpu-svn-not-denied", NULL, NULL, NULL };
		static const char *const names[] = { "allowed",
			"not_allowed", "denied", "another_denied",
			"allowed_whatever_the_quote_says",
			"not_denied_whatever_the_quote_says" };
		struct assay_bytes value;
		struct assay_baseline_values values = { true, &value, 1 };
		struct row row = { .check = checks[i],
			.code = ASSAY_ERR_BASELINE_PLATFORM };
		struct assay_attest_result r;
		struct sim_case c;
		uint8_t svn[16];

		if (!is_wanted(checks[i]))
			continue;
		sim_case_default(&c);
		memcpy(svn, c.params.pck.cpusvn, sizeof(svn));
		value = (struct assay_bytes){ svn, sizeof(svn) };
		svn[15] ^= i == 1 || i == 3 || i == 5;
		if (i >= 4)
			memcpy(c.params.quote.body.cpusvn, svn,
			    sizeof(svn));
		if (i == 4)
			c.params.quote.body.cpusvn[15] ^= 1;
		(i == 0 || i == 1 || i == 4 ? c.baseline.allowed :
		    c.baseline.denied)[ASSAY_BASELINE_CPU_SVN] = values;
		judge(&c, &r);
		test_row(&t, names[i], as_wanted(&row, &r),
		    "got %s, check %s (%s)", assay_code_name(r.error.code),
		    r.check_failed == NULL ? "none" : r.check_failed,
		    r.error.text);
		assay_attest_result_free(&r);
	}
	if (t.passed + t.failed != 0)
		test_table_end(&t);
}

/* ---- names ------------------------------------------------------------------ */

static const struct {
	const char	*name, *policy;
	const char	*baseline;	/* "": none was found */
	enum assay_code	 code;
} names[] = {
	{ "no_policy", NULL, "azuredefault", ASSAY_ERR_OK },
	{ "default", POLICY("azuredefault"), "azuredefault", ASSAY_ERR_OK },
	{ "number", POLICY("17"), "17", ASSAY_ERR_OK },
	{ "number_that_is_not_held", POLICY("16"), "16",
	    ASSAY_ERR_BASELINE_UNKNOWN },
	{ "named", POLICY("fleet"), "fleet", ASSAY_ERR_OK },
	{ "named_with_number", POLICY("fleet-16"), "fleet-16",
	    ASSAY_ERR_BASELINE_UNKNOWN },
	{ "unknown", POLICY("flee"), "flee", ASSAY_ERR_BASELINE_UNKNOWN },
	{ "case_matters", POLICY("Fleet"), "Fleet",
	    ASSAY_ERR_BASELINE_UNKNOWN },
	{ "zero", POLICY("0"), "0", ASSAY_ERR_BASELINE_UNKNOWN },
	{ "sign", POLICY("+17"), "+17", ASSAY_ERR_BASELINE_UNKNOWN },
	{ "too_large", POLICY("4294967296"), "4294967296",
	    ASSAY_ERR_BASELINE_UNKNOWN },
	{ "empty", POLICY(""), NULL, ASSAY_ERR_BASELINE_UNKNOWN },
	{ "too_long", POLICY("ABCDEFGHABCDEFGHABCDEFGHABCDEFGHABCDEFGHABCDEFGH"
	    "ABCDEFGHABCDEFGH"), NULL, ASSAY_ERR_BASELINE_UNKNOWN },
};

/* An unknown one is nobody's evidence's fault. */
static void
test_names(void **state)
{
	struct test_table t = { .name = "names of baselines" };
	struct assay_baseline fleet[2] = { assay_baseline_default(),
		assay_baseline_default() };

	(void)state;
	fleet[0].name = "fleet-16";
	fleet[0].tcb_evaluation_data_number = 16;
	fleet[1].name = "fleet";
	for (size_t i = 0; i < COUNT(names); i++) {
		struct assay_attest_result r;
		struct assay_claim claim;
		struct sim_case c;

		if (!is_wanted("tcb-evaluation-number"))
			break;
		sim_case_default(&c);
		c.policy = names[i].policy;
		c.baselines = fleet;
		c.n_baselines = 2;
		judge(&c, &r);
		test_row(&t, names[i].name, r.error.code == names[i].code &&
		    r.verdict == (names[i].code == ASSAY_ERR_OK ?
		    ASSAY_ACCEPT : ASSAY_UNDECIDED) &&
		    (names[i].baseline == NULL ||
		    strcmp(r.baseline, names[i].baseline) == 0),
		    "got %s by \"%s\" (%s)", assay_code_name(r.error.code),
		    r.baseline, r.error.text);
		if (r.verdict == ASSAY_ACCEPT)
			test_row(&t, names[i].name,
			    r.tcb_evaluation_data_number == 17 &&
			    assay_claims_find(r.claims,
			    "x-ms-sgx-tcbidentifier", &claim) &&
			    claim.text.len == strlen(names[i].baseline) &&
			    memcmp(claim.text.ptr, names[i].baseline,
			    claim.text.len) == 0 &&
			    assay_claims_find(r.claims,
			    "x-assay-tcb-evaluation-number", &claim) &&
			    claim.integer == 17, "claims");
		assay_attest_result_free(&r);
	}
	if (t.passed + t.failed != 0)
		test_table_end(&t);
}

/* A default with rules of its own keeps them when a policy says a number. */
static void
test_number_keeps_the_rules(void **state)
{
	struct assay_attest_result r;
	struct sim_case c;

	(void)state;
	if (!is_wanted(NULL))
		skip();
	sim_case_default(&c);
	assert_true(assay_sim_set_tcb_status(&c.params, "OutOfDate"));
	c.policy = POLICY("17");
	judge(&c, &r);
	assert_int_equal(r.error.code, ASSAY_ERR_BELOW_BASELINE);
	assay_attest_result_free(&r);
}

/* ---- what is seen of it --------------------------------------------------------- */

static void
test_grace_is_a_claim(void **state)
{
	struct test_table t = { .name = "grace in the claims" };

	(void)state;
	if (!is_wanted(NULL))
		skip();
	for (int in_grace = 0; in_grace < 2; in_grace++) {
		struct assay_attest_result r;
		struct assay_claim claim;
		struct sim_case c;

		sim_case_default(&c);
		c.baseline.accepted_until = OUT_OF_DATE;
		c.baseline.until = SIMLIB_NOW + 1;
		assert_true(assay_sim_set_tcb_status(&c.params, in_grace ?
		    "OutOfDate" : "UpToDate"));
		judge(&c, &r);
		test_row(&t, in_grace ? "in grace" : "not in grace",
		    r.verdict == ASSAY_ACCEPT &&
		    r.baseline_grace == (in_grace != 0) &&
		    assay_claims_find(r.claims, "x-assay-baseline-grace",
		    &claim) == (in_grace != 0) &&
		    (strstr(r.token_claims, "x-assay-baseline-grace") !=
		    NULL) == (in_grace != 0), "%s", r.error.text);
		assay_attest_result_free(&r);
	}
	test_table_end(&t);
}

/* The collateral's age is the named baseline's to accept. */
static void
test_grace_of_collateral(void **state)
{
	struct assay_baseline old = assay_baseline_default();
	struct assay_attest_result r;
	struct sim_case c;

	(void)state;
	if (!is_wanted(NULL))
		skip();
	sim_case_default(&c);
	old.name = "old";
	for (int i = 0; i < ASSAY_DATED_KINDS; i++)
		old.grace.seconds[i] = 86400;
	c.baselines = &old;
	c.n_baselines = 1;
	c.now = c.params.tcb_info.next_update + 3600;
	judge(&c, &r);
	assert_int_equal(r.error.code, ASSAY_ERR_COLLATERAL_EXPIRED);
	assay_attest_result_free(&r);
	c.policy = POLICY("old");
	judge(&c, &r);
	assert_int_equal(r.verdict, ASSAY_ACCEPT);
	assert_true(r.collateral_expired);
	assert_true((r.collateral_grace & 1 << ASSAY_DATED_TCB_INFO) != 0);
	assert_true((r.collateral_grace & 1 << ASSAY_DATED_CERTIFICATE) == 0);
	assert_non_null(strstr(r.token_claims,
	    "\"x-assay-collateral-grace\":[\""));
	assay_attest_result_free(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_cpu_svn),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_number_keeps_the_rules),
		cmocka_unit_test(test_grace_is_a_claim),
		cmocka_unit_test(test_grace_of_collateral),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
