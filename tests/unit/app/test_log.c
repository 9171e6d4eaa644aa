/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the log, as they come out of standard error. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/log.h"
#include "json/json.h"
#include "testlib.h"

#define PIPE_BYTES	(64 * 1024)	/* a line is at most 32 kB */

static int saved, ends[2];

static void
catch_begin(void)
{
	(void)fflush(NULL);
	saved = dup(STDERR_FILENO);
	assert_true(saved >= 0);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
}

/* What was logged since; valid until the next call. */
static const char *
catch_end(void)
{
	static char text[PIPE_BYTES];
	ssize_t n = read(ends[0], text, sizeof(text) - 1);

	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	(void)close(saved);
	(void)close(ends[0]);
	(void)close(ends[1]);
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

/* "2026-01-02T03:04:05.678Z" becomes nothing. */
static const char *
without_time(const char *line, const char *before)
{
	size_t n = strlen(before);

	assert_memory_equal(line, before, n);
	assert_true(strlen(line) > n + 24 && line[n + 10] == 'T' &&
	    line[n + 19] == '.' && line[n + 23] == 'Z');
	return line + n + 24;
}

/* With their lengths: some hold a NUL. */
#define RAW(text) text, sizeof(text) - 1

static const struct {
	const char	*name;
	const char	*text;
	size_t		 len;
	const char	*json;		/* between the quotes */
} values[] = {
	{ "plain", RAW("a b"), "a b" },
	{ "empty", RAW(""), "" },
	{ "quote", RAW("a\"b\\c"), "a\\\"b\\\\c" },
	{ "new_line", RAW("a\nb"), "a\\u000ab" },
	{ "carriage_return", RAW("a\r"), "a\\u000d" },
	{ "nul", RAW("a\0b"), "a\\u0000b" },
	{ "escape_sequence", RAW("\x1b[31m"), "\\u001b[31m" },
	{ "del", RAW("\x7f"), "\\u007f" },
	{ "c1_control", RAW("\xc2\x9b" "31m"), "\\u009b31m" },
	{ "umlaut", RAW("\xc3\xa4"), "\xc3\xa4" },
	{ "four_bytes", RAW("\xf0\x9f\x98\x80"), "\xf0\x9f\x98\x80" },
	{ "not_utf_8", RAW("a\xff" "b"), "a\\u00ffb" },
	{ "cut_utf_8", RAW("\xe2\x82"), "\\u00e2\\u0082" },
	{ "overlong", RAW("\xc0\xaf"), "\\u00c0\\u00af" },
	{ "surrogate", RAW("\xed\xa0\x80"), "\\u00ed\\u00a0\\u0080" },
};

/* One line of JSON whatever the value is, and as text the same escapes. */
static void
values_cannot_break_a_line(void **state)
{
	struct test_table t = { "values", 0, 0 };
	char want[256];

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct assay_bytes value = { (const uint8_t *)values[i].text,
			values[i].len };
		struct assay_error err = { ASSAY_ERR_OK, "" };
		const char *line;
		json_t *json = NULL;
		bool ok;

		assay_log_setup(ASSAY_LOG_JSON, ASSAY_LOG_INFO);
		catch_begin();
		ASSAY_LOG(ASSAY_LOG_INFO, "test", assay_log_bytes("v", value));
		line = catch_end();
		(void)snprintf(want, sizeof(want), "\",\"level\":\"info\","
		    "\"event\":\"test\",\"v\":\"%s\"}\n", values[i].json);
		ok = strcmp(without_time(line, "{\"time\":\""), want) == 0;
		/* RFC 8259 text with a NUL is not ours to read back. */
		if (strstr(values[i].json, "\\u0000") == NULL)
			ok = ok && (json = assay_json_parse(
			    (struct assay_bytes){ (const uint8_t *)line,
			    strlen(line) - 1 }, NULL, &err)) != NULL;
		test_row(&t, values[i].name, ok, "%s %s", line, err.text);
		json_decref(json);

		assay_log_setup(ASSAY_LOG_TEXT, ASSAY_LOG_INFO);
		catch_begin();
		ASSAY_LOG(ASSAY_LOG_INFO, "test", assay_log_bytes("v", value));
		line = catch_end();
		(void)snprintf(want, sizeof(want), " info    test v=\"%s\"\n",
		    values[i].json);
		test_row(&t, values[i].name,
		    strcmp(without_time(line, ""), want) == 0, "%s", line);
	}
	test_table_end(&t);
}

static void
fields_of_each_kind(void **state)
{
	const char *line;

	(void)state;
	assay_log_setup(ASSAY_LOG_JSON, ASSAY_LOG_INFO);
	catch_begin();
	ASSAY_LOG(ASSAY_LOG_WARNING, "e", assay_log_str("absent", NULL),
	    assay_log_int("n", INT64_MIN), assay_log_str("s", "t"));
	line = catch_end();
	assert_string_equal(without_time(line, "{\"time\":\""),
	    "\",\"level\":\"warning\",\"event\":\"e\","
	    "\"n\":-9223372036854775808,\"s\":\"t\"}\n");
}

static void
errors_say_code_and_reason(void **state)
{
	struct assay_error err;
	const char *line;

	(void)state;
	(void)assay_fail(&err, ASSAY_ERR_TRUNCATED, "two bytes short");
	assay_log_setup(ASSAY_LOG_JSON, ASSAY_LOG_INFO);
	catch_begin();
	assay_log_error(ASSAY_LOG_ERROR, "e", "quote", &err);
	line = catch_end();
	assert_string_equal(without_time(line, "{\"time\":\""),
	    "\",\"level\":\"error\",\"event\":\"e\",\"what\":\"quote\","
	    "\"code\":\"TRUNCATED\",\"reason\":\"two bytes short\"}\n");
}

static void
levels_below_are_left_out(void **state)
{
	static const enum assay_log_level levels[] = { ASSAY_LOG_DEBUG,
		ASSAY_LOG_INFO, ASSAY_LOG_WARNING, ASSAY_LOG_ERROR };

	(void)state;
	for (size_t least = 0; least < 4; least++) {
		for (size_t i = 0; i < 4; i++) {
			assay_log_setup(ASSAY_LOG_JSON, levels[least]);
			catch_begin();
			assay_log(levels[i], "e", NULL, 0);
			assert_int_equal(*catch_end() != '\0', i >= least);
		}
	}
}

/* AUTO: a pipe is not a terminal. */
static void
programs_get_json(void **state)
{
	(void)state;
	catch_begin();
	assay_log_setup(ASSAY_LOG_AUTO, ASSAY_LOG_INFO);
	assay_log(ASSAY_LOG_INFO, "e", NULL, 0);
	assert_int_equal(*catch_end(), '{');
}

static void
long_values_are_cut(void **state)
{
	struct assay_log_field fields[80];
	static char text[4096];
	const char *line;
	size_t n = 0;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	assay_log_setup(ASSAY_LOG_JSON, ASSAY_LOG_INFO);
	catch_begin();
	ASSAY_LOG(ASSAY_LOG_INFO, "e", assay_log_str("v", text));
	line = catch_end();
	assert_int_equal(strspn(strstr(line, "\"v\":\"") + 5, "x"), 1024);
	assert_non_null(strstr(line, "x...\"}\n"));
	for (size_t i = 0; i < 80; i++)
		fields[i] = assay_log_int("n", 1);
	catch_begin();
	assay_log(ASSAY_LOG_INFO, "e", fields, 80);
	line = catch_end();
	for (; (line = strstr(line, "\"n\":1")) != NULL; line++)
		n++;
	assert_int_equal(n, 64);
}

static void
strangers_cannot_fill_it(void **state)
{
	struct assay_log_limit limit = { 0 };
	int64_t skipped = -1, allowed = 0, said = 0;

	(void)state;
	for (int i = 0; i < 10000; i++) {
		if (assay_log_allowed(&limit, &skipped)) {
			allowed++;
			said += skipped;
		}
	}
	/* 50 in five seconds: of one window, or of two if one just ended. */
	assert_true(allowed >= 50 && allowed <= 100);
	/* None is forgotten: what was skipped is said, or still to be. */
	assert_int_equal(allowed + said + limit.skipped, 10000);
	limit.window--;
	assert_true(assay_log_allowed(&limit, &skipped));
	assert_int_equal(allowed + said + skipped, 10000);
	assert_int_equal(limit.skipped, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_cannot_break_a_line),
		cmocka_unit_test(fields_of_each_kind),
		cmocka_unit_test(errors_say_code_and_reason),
		cmocka_unit_test(levels_below_are_left_out),
		cmocka_unit_test(programs_get_json),
		cmocka_unit_test(long_values_are_cut),
		cmocka_unit_test(strangers_cannot_fill_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
