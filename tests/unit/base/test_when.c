/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>

#include "base/when.h"
#include "testlib.h"

static const struct {
	const char	*text;
	int64_t		 want;	/* -1: refused */
} rows[] = {
	{ "1970-01-01T00:00:00Z", 0 },
	{ "1970-01-01T00:00:01Z", 1 },
	{ "2000-02-29T12:00:00Z", 951825600 },
	{ "2026-11-23T19:32:00Z", 1795462320 },
	{ "2038-01-19T03:14:08Z", INT64_C(2147483648) },
	{ "9999-12-31T23:59:59Z", INT64_C(253402300799) },
	{ "1969-12-31T23:59:59Z", -1 },
	{ "1900-02-29T00:00:00Z", -1 },
	{ "2100-02-29T00:00:00Z", -1 },
	{ "2023-02-29T00:00:00Z", -1 },
	{ "2024-02-30T00:00:00Z", -1 },
	{ "2024-04-31T00:00:00Z", -1 },
	{ "2024-00-10T00:00:00Z", -1 },
	{ "2024-13-10T00:00:00Z", -1 },
	{ "2024-01-00T00:00:00Z", -1 },
	{ "2024-01-01T24:00:00Z", -1 },
	{ "2024-01-01T00:60:00Z", -1 },
	{ "2016-12-31T23:59:60Z", -1 },	/* leap seconds are not counted */
	{ "2024-01-01T00:00:00", -1 },
	{ "2024-01-01T00:00:00z", -1 },
	{ "2024-01-01t00:00:00Z", -1 },
	{ "2024-01-01 00:00:00Z", -1 },
	{ "2024-01-01T00:00:00.0Z", -1 },
	{ "2024-01-01T00:00:00+00:00", -1 },
	{ "2024-1-01T00:00:000Z", -1 },
	{ "+024-01-01T00:00:00Z", -1 },
	{ "2024-01-01T00:00: 0Z", -1 },
	{ "", -1 },
};

static void
test_rows(void **state)
{
	struct test_table t = { .name = "when" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_error err = { .code = ASSAY_ERR_OK };
		char text[ASSAY_WHEN_TEXT];
		int64_t v = -1;
		bool ok = assay_when_parse(assay_bytes_of(rows[i].text), &v,
		    &err);

		test_row(&t, rows[i].text, ok == (rows[i].want >= 0) &&
		    (ok || err.code == ASSAY_ERR_BAD_FIELD), "%d: %s", ok,
		    err.text);
		if (!ok)
			continue;
		test_row(&t, rows[i].text, v == rows[i].want, "got %lld",
		    (long long)v);
		assert_string_equal(assay_when_text(v, text), rows[i].text);
	}
	test_table_end(&t);
}

/* Against the C library, over some thousand years. */
static void
test_calendar(void **state)
{
	(void)state;
	for (int64_t day = -7300; day < 2900000; day += 13) {
		int64_t v = day * 86400 + 3661, back;
		time_t clock = (time_t)v;
		char want[ASSAY_WHEN_TEXT], text[ASSAY_WHEN_TEXT];
		struct tm tm;

		assert_non_null(gmtime_r(&clock, &tm));
		(void)strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%SZ", &tm);
		assert_string_equal(assay_when_text(v, text), want);
		assert_true(assay_when_civil(tm.tm_year + 1900, tm.tm_mon + 1,
		    tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, &back));
		assert_true(back == v);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_calendar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
