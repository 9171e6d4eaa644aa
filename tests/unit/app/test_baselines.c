/* SPDX-License-Identifier: Apache-2.0 */
/* The operator's baselines: one good file, and named mistakes. */
#include <stdlib.h>
#include <string.h>

#include "app/baselines.h"
#include "base/limits.h"
#include "base/when.h"
#include "testlib.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char good[] =
    "# the fleet\n"
    "[azuredefault]\r\n"
    "tcb-evaluation-number = 17\n"
    "\n"
    "  [fleet]  \n"
    "accept-tcb = UpToDate,SWHardeningNeeded\n"
    "grace-tcb=OutOfDate\n"
    "grace-until = 2027-01-31\n"
    "min-tcb-date = 2024-03-13T00:00:01Z\n"
    "accept-advisory = INTEL-SA-00615 , INTEL-SA-00657\n"
    "accept-advisory = INTEL-SA-00960\n"
    "collateral-grace = 3600\n"
    "allow-fmspc = f0606a000000,F0606B000000\n"
    "deny-ppid = 513a1100000000000000000000000000\n"
    "allow-cpu-svn = 00112233445566778899aabbccddeeff\n"
    "[silent]\n"
    "[Any-1_2.3]\n"
    "collateral-grace = any\n"
    "accept-advisory = none\n"
    "allow-ppid = none";		/* no newline at the end */

static bool
parse(const char *text, struct assay_baselines **out, struct assay_error *err)
{
	struct assay_baseline base = assay_baseline_default();

	base.grace.seconds[ASSAY_DATED_PCK_CRL] = 5;
	return assay_baselines_parse(assay_bytes_of(text), &base, out, err);
}

static const struct assay_baseline *
named(const struct assay_baselines *b, const char *name)
{
	for (size_t i = 0; i < b->n; i++)
		if (strcmp(b->named[i].name, name) == 0)
			return &b->named[i];
	fail_msg("no baseline %s", name);
	return NULL;
}

static int64_t
at(const char *text)
{
	struct assay_error err;
	int64_t when;

	assert_true(assay_when_parse(assay_bytes_of(text), &when, &err));
	return when;
}

static void
assert_value(const struct assay_baseline_values *list, size_t i,
    const void *value, size_t n)
{
	assert_true(list->given);
	assert_true(i < list->n);
	assert_int_equal(list->values[i].len, n);
	assert_memory_equal(list->values[i].ptr, value, n);
}

static void
the_default(void **state)
{
	struct assay_baseline want = assay_baseline_default();
	struct assay_baselines *b;
	struct assay_error err;

	(void)state;
	assert_true(parse(good, &b, &err));
	assert_int_equal(b->n, 3);
	assert_null(b->by_default.name);
	assert_int_equal(b->by_default.tcb_evaluation_data_number, 17);
	assert_int_equal(b->by_default.accepted, want.accepted);
	assert_true(b->by_default.grace.seconds[ASSAY_DATED_PCK_CRL] == 5);
	assert_int_equal(named(b, "silent")->accepted, want.accepted);
	assert_true(named(b, "silent")->grace.seconds[
	    ASSAY_DATED_PCK_CRL] == 5);
	assert_int_equal(named(b, "silent")->tcb_evaluation_data_number, 0);
	assert_false(named(b, "silent")->advisories.given);
	assay_baselines_free(b);
}

static void
every_key(void **state)
{
	const uint8_t fmspc[] = { 0xf0, 0x60, 0x6b, 0, 0, 0 };
	const uint8_t ppid[16] = { 0x51, 0x3a, 0x11 };
	const struct assay_baseline *f;
	struct assay_baselines *b;
	struct assay_error err;

	(void)state;
	assert_true(parse(good, &b, &err));
	f = named(b, "fleet");
	assert_int_equal(f->accepted, 1u << ASSAY_TCB_UP_TO_DATE |
	    1u << ASSAY_TCB_SW_HARDENING_NEEDED);
	assert_int_equal(f->accepted_until, 1u << ASSAY_TCB_OUT_OF_DATE);
	assert_true(f->until == at("2027-01-31T00:00:00Z"));
	assert_true(f->min_tcb_date == at("2024-03-13T00:00:01Z"));
	assert_int_equal(f->advisories.n, 3);
	assert_value(&f->advisories, 1, "INTEL-SA-00657", 14);
	assert_value(&f->advisories, 2, "INTEL-SA-00960", 14);
	assert_true(f->grace.seconds[ASSAY_DATED_TCB_INFO] == 3600);
	assert_int_equal(f->allowed[ASSAY_BASELINE_FMSPC].n, 2);
	assert_value(&f->allowed[ASSAY_BASELINE_FMSPC], 1, fmspc, 6);
	assert_value(&f->denied[ASSAY_BASELINE_PPID], 0, ppid, 16);
	assert_value(&f->allowed[ASSAY_BASELINE_CPU_SVN], 0,
	    "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff",
	    16);
	assert_false(f->denied[ASSAY_BASELINE_FMSPC].given);
	f = named(b, "Any-1_2.3");
	assert_true(f->grace.any_age);
	assert_true(f->advisories.given && f->advisories.n == 0);
	assert_true(f->allowed[ASSAY_BASELINE_PPID].given &&
	    f->allowed[ASSAY_BASELINE_PPID].n == 0);
	assay_baselines_free(b);
}

#define NAME_63 "a12345678901234567890123456789012345678901234567890123456789012"

static const struct {
	const char	*name;
	const char	*text;		/* behind a good section of 2 lines */
	const char	*says[3];	/* all of them; none: accepted */
} rows[] = {
	{ "nothing_more", "", { NULL } },
	{ "name_of_63", "[" NAME_63 "]", { NULL } },
	{ "name_of_64", "[" NAME_63 "x]", { "line 3", "no name" } },
	{ "name_empty", "[]", { "line 3", "\"\" is no name" } },
	{ "name_is_number", "[17]", { "line 3", "\"17\" is no name" } },
	{ "name_with_space", "[a b]", { "line 3", "no name" } },
	{ "name_twice", "[good]", { "line 3", "[good] is there twice" } },
	{ "default_twice", "[azuredefault]\n[azuredefault]",
	    { "line 4", "twice" } },
	{ "bracket_open", "[good", { "line 3", "want [NAME]" } },
	{ "no_equals", "accept-tcb", { "line 3", "want [NAME] or key" } },
	{ "key_unknown", "accept = UpToDate",
	    { "line 3", "no key \"accept\"" } },
	{ "key_case", "Min-tcb-date = 2024-01-01", { "line 3", "no key" } },
	{ "key_twice", "accept-tcb = UpToDate", { "line 3",
	    "[good] accept-tcb", "in line 2 already" } },
	{ "status_unknown", "grace-tcb = Uptodate", { "line 3",
	    "[good] grace-tcb", "\"Uptodate\"" } },
	{ "status_revoked", "grace-tcb = Revoked", { "line 3", "never" } },
	{ "status_empty", "grace-tcb =", { "line 3", "grace-tcb" } },
	{ "grace_without_date", "grace-tcb = OutOfDate",
	    { "[good]", "grace-until is missing" } },
	{ "date_without_grace", "grace-until = 2027-01-01",
	    { "[good]", "grace-tcb is missing" } },
	{ "grace_without_date_then_section",
	    "grace-tcb = OutOfDate\n[next]", { "line 4", "[good]" } },
	{ "date_of_no_calendar", "min-tcb-date = 2023-02-29",
	    { "line 3", "[good] min-tcb-date", "\"2023-02-29\"" } },
	{ "date_with_time_only", "min-tcb-date = 2023-02-28T00:00:00",
	    { "line 3", "no date" } },
	{ "date_with_tail", "min-tcb-date = 2023-02-28T00:00:00Zand more",
	    { "line 3", "no date" } },
	{ "date_american", "min-tcb-date = 02/28/2023",
	    { "line 3", "no date" } },
	{ "number_zero", "tcb-evaluation-number = 0",
	    { "line 3", "tcb-evaluation-number" } },
	{ "number_word", "tcb-evaluation-number = early", { "line 3" } },
	{ "number_large", "tcb-evaluation-number = 4294967296",
	    { "line 3" } },
	{ "number_largest", "tcb-evaluation-number = 4294967295", { NULL } },
	{ "grace_word", "collateral-grace = some", { "line 3",
	    "collateral-grace" } },
	{ "grace_negative", "collateral-grace = -1", { "line 3" } },
	{ "grace_long", "collateral-grace = 1000000000000000000000000000000000",
	    { "line 3" } },
	{ "advisory_lower", "accept-advisory = intel-sa-00615",
	    { "line 3", "\"intel-sa-00615\"" } },
	{ "advisory_empty", "accept-advisory = INTEL-SA-00615,",
	    { "line 3", "\"\" is no advisory" } },
	{ "none_and_more", "accept-advisory = none\n"
	    "accept-advisory = INTEL-SA-00615", { "line 4", "none" } },
	{ "more_and_none", "accept-advisory = INTEL-SA-00615\n"
	    "accept-advisory = none", { "line 4", "none" } },
	{ "fmspc_short", "allow-fmspc = f0606a0000",
	    { "line 3", "[good] allow-fmspc", "6 bytes in hex" } },
	{ "fmspc_long", "deny-fmspc = f0606a00000000", { "6 bytes" } },
	{ "fmspc_no_hex", "allow-fmspc = f0606a00000g", { "6 bytes" } },
	{ "ppid_short", "deny-ppid = 51", { "[good] deny-ppid",
	    "16 bytes in hex" } },
	{ "cpu_svn_short", "deny-cpu-svn = 51", { "16 bytes in hex" } },
	{ "second_of_list", "allow-fmspc = f0606a000000,x",
	    { "line 3", "\"x\"" } },
	{ "nul_in_line", NULL, { "line 3" } },
};

static void
mistakes(void **state)
{
	struct test_table t = { .name = "mistakes in baselines" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		static const char head[] =
		    "[good]\naccept-tcb = UpToDate\n";
		static const char nul[] = "accept-advisory = A\0B";
		struct assay_buffer text = assay_buffer(4096);
		struct assay_baseline base = assay_baseline_default();
		struct assay_error err = { ASSAY_ERR_OK, "" };
		struct assay_baselines *b = NULL;
		bool ok, said = true;

		assay_buffer_puts(&text, head);
		if (rows[i].text != NULL)
			assay_buffer_puts(&text, rows[i].text);
		else
			assay_buffer_put(&text, (struct assay_bytes){
			    (const uint8_t *)nul, sizeof(nul) - 1 });
		ok = assay_baselines_parse(assay_buffer_bytes(&text), &base,
		    &b, &err);
		for (size_t k = 0; k < 3 && rows[i].says[k] != NULL; k++)
			said = said && strstr(err.text, rows[i].says[k]) !=
			    NULL;
		test_row(&t, rows[i].name, rows[i].says[0] == NULL ? ok :
		    !ok && err.code == ASSAY_ERR_CONFIG_INVALID && said,
		    "%s", err.text);
		assay_baselines_free(b);
		assay_buffer_free(&text);
	}
	test_table_end(&t);
}

static void
key_before_section(void **state)
{
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct assay_baselines *b;

	(void)state;
	assert_false(parse("accept-tcb = UpToDate\n", &b, &err));
	assert_non_null(strstr(err.text, "line 1"));
	assert_non_null(strstr(err.text, "before any"));
}

/* Many values stay many, and in their order; more is an error. */
static void
many_values(void **state)
{
	struct assay_buffer text = assay_buffer(1 << 20);
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct assay_baselines *b;
	uint8_t last[6] = { 0 };

	(void)state;
	assay_buffer_puts(&text, "[many]\n");
	for (unsigned int i = 0; i < ASSAY_MAX_BASELINE_VALUES; i++)
		(void)assay_buffer_printf(&text, "allow-fmspc = %012x\n", i);
	assert_true(parse(assay_buffer_str(&text), &b, &err));
	assert_int_equal(b->named[0].allowed[0].n, ASSAY_MAX_BASELINE_VALUES);
	last[4] = (uint8_t)((ASSAY_MAX_BASELINE_VALUES - 1) >> 8);
	last[5] = (uint8_t)(ASSAY_MAX_BASELINE_VALUES - 1);
	assert_value(&b->named[0].allowed[0], ASSAY_MAX_BASELINE_VALUES - 1,
	    last, 6);
	assay_baselines_free(b);
	assay_buffer_puts(&text, "allow-fmspc = ffffffffffff\n");
	assert_false(parse(assay_buffer_str(&text), &b, &err));
	assert_int_equal(err.code, ASSAY_ERR_LIMIT_EXCEEDED);
	assay_buffer_free(&text);
}

static void
many_sections(void **state)
{
	struct assay_buffer text = assay_buffer(1 << 20);
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct assay_baselines *b;

	(void)state;
	for (unsigned int i = 0; i < ASSAY_MAX_BASELINES; i++)
		(void)assay_buffer_printf(&text, "[b%u]\n", i);
	assert_true(parse(assay_buffer_str(&text), &b, &err));
	assert_int_equal(b->n, ASSAY_MAX_BASELINES);
	assay_baselines_free(b);
	assay_buffer_puts(&text, "[one-more]\n");
	assert_false(parse(assay_buffer_str(&text), &b, &err));
	assert_int_equal(err.code, ASSAY_ERR_LIMIT_EXCEEDED);
	assay_buffer_free(&text);
}

static void
no_file(void **state)
{
	struct assay_baseline base = assay_baseline_any();
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct assay_baselines *b, *again;

	(void)state;
	assert_true(assay_baselines_read(NULL, &base, &b, &err));
	assert_int_equal(b->n, 0);
	assert_int_equal(b->by_default.accepted, base.accepted);
	again = assay_baselines_ref(b);
	assay_baselines_free(b);
	assert_int_equal(again->by_default.accepted, base.accepted);
	assay_baselines_free(again);
	assert_false(assay_baselines_read("/nowhere/to/be/found", &base, &b,
	    &err));
	assert_non_null(strstr(err.text, "/nowhere"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_default),
		cmocka_unit_test(every_key),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(key_before_section),
		cmocka_unit_test(many_values),
		cmocka_unit_test(many_sections),
		cmocka_unit_test(no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
