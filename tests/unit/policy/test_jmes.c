/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JMESPath compliance suite by name, then own rows for what it leaves
 * out: escapes, slices, numbers, order, depth, and the budget.
 */
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "json/json.h"
#include "policy/jmes.h"
#include "testlib.h"

#define STEPS	(1u << 20)
#define BYTES	(16u << 20)

static json_t *
parse_json(const char *text)
{
	struct assay_error err = { 0 };
	json_t *value = assay_json_parse(assay_bytes_of(text), NULL, &err);

	if (value == NULL)
		fail_msg("test input %s: %s", text, err.text);
	return value;
}

/* Equal as JSON values, numbers by value to what arithmetic can hold. */
static bool
same(json_t *a, json_t *b)
{
	const char *name;
	json_t *value;
	double d;

	if (json_is_integer(a) && json_is_integer(b))
		return json_integer_value(a) == json_integer_value(b);
	if (json_is_number(a) && json_is_number(b)) {
		d = json_number_value(a) - json_number_value(b);
		return d < 1e-9 && d > -1e-9;
	}
	if (json_typeof(a) != json_typeof(b))
		return false;
	if (json_is_string(a))
		return strcmp(json_string_value(a),
		    json_string_value(b)) == 0;
	if (json_array_size(a) != json_array_size(b) ||
	    json_object_size(a) != json_object_size(b))
		return false;
	for (size_t i = 0; i < json_array_size(a); i++)
		if (!same(json_array_get(a, i), json_array_get(b, i)))
			return false;
	json_object_foreach(a, name, value)
		if (json_object_get(b, name) == NULL ||
		    !same(value, json_object_get(b, name)))
			return false;
	return true;
}

/* NULL with *kind on error; compile and search in one. */
static json_t *
evaluate(struct assay_bytes expression, json_t *input,
    struct assay_jmes_budget budget, enum assay_jmes_error *kind,
    struct assay_error *err)
{
	struct assay_jmes *e = NULL;
	json_t *result;

	*kind = ASSAY_JMES_OK;
	if (!assay_jmes_compile(expression, &e, kind, err))
		return NULL;
	result = assay_jmes_search(e, input, &budget, kind, err);
	assay_jmes_free(e);
	return result;
}

static const char *
text_of(json_t *value, struct assay_buffer *b)
{
	struct assay_error err = { 0 };

	assay_buffer_clear(b);
	if (value == NULL)
		return "nothing";
	if (!assay_json_write(value, b, &err))
		return err.text[0] != '\0' ? "(unwritable)" : "";
	return assay_buffer_str(b);
}

static void
check_result(struct test_table *t, const char *row, json_t *got, json_t *want,
    enum assay_jmes_error kind, const struct assay_error *err)
{
	struct assay_buffer a = assay_buffer(1 << 20);
	struct assay_buffer b = assay_buffer(1 << 20);

	test_row(t, row, got != NULL && same(got, want),
	    "got %s (%s: %s), want %s", text_of(got, &a),
	    assay_jmes_error_name(kind), err->text, text_of(want, &b));
	assay_buffer_free(&a);
	assay_buffer_free(&b);
}

static void
suite_case(struct test_table *t, const char *file, json_t *given, json_t *c)
{
	const struct assay_jmes_budget budget = { STEPS, BYTES };
	const char *expression =
	    json_string_value(json_object_get(c, "expression"));
	const char *error = json_string_value(json_object_get(c, "error"));
	json_t *want = json_object_get(c, "result"), *got;
	struct assay_error err = { 0 };
	enum assay_jmes_error kind;
	char row[512];

	(void)snprintf(row, sizeof(row), "%s: %s", file, expression);
	got = evaluate(assay_bytes_of(expression), given, budget, &kind, &err);
	if (error != NULL)
		test_row(t, row, got == NULL && strcmp(error,
		    assay_jmes_error_name(kind)) == 0, "got %s (%s), want %s",
		    assay_jmes_error_name(kind), err.text, error);
	else if (want != NULL)
		check_result(t, row, got, want, kind, &err);
	else	/* a benchmark: it has to run */
		test_row(t, row, got != NULL, "got %s (%s)",
		    assay_jmes_error_name(kind), err.text);
	json_decref(got);
}

static void
suite_file(struct test_table *t, const char *file)
{
	const struct test_table before = *t;
	struct assay_buffer text = test_read(
	    test_shared_path("suites/jmespath/%s", file));
	struct assay_error err = { 0 };
	json_t *groups = assay_json_parse(assay_buffer_bytes(&text), NULL,
	    &err), *group, *c;
	size_t i, j;

	if (groups == NULL)
		fail_msg("%s: %s", file, err.text);
	json_array_foreach(groups, i, group)
		json_array_foreach(json_object_get(group, "cases"), j, c)
			suite_case(t, file, json_object_get(group, "given"),
			    c);
	printf("%s: %zu passed, %zu failed\n", file,
	    t->passed - before.passed, t->failed - before.failed);
	json_decref(groups);
	assay_buffer_free(&text);
}

static bool
is_suite(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot != NULL && strcmp(dot, ".json") == 0 &&
	    strcmp(name, "schema.json") != 0 &&
	    strcmp(name, "counts.json") != 0;
}

/* Whatever files are there, so that more can be added to the folder. */
static void
compliance_suite(void **state)
{
	struct test_table t = { .name = "compliance suite" };
	struct dirent *e;
	DIR *d;

	(void)state;
	if (test_shared("JMESPath compliance suite") == NULL)
		skip();
	if ((d = opendir(test_shared_path("suites/jmespath"))) == NULL)
		fail_msg("no suites/jmespath among the shared vectors");
	while ((e = readdir(d)) != NULL)
		if (is_suite(e->d_name))
			suite_file(&t, e->d_name);
	(void)closedir(d);
	test_table_end(&t);
}

struct row {
	const char	*name;
	const char	*input;
	const char	*expression;
	const char	*want;		/* JSON, or "!" and an error's name */
};

static void
run_rows(const char *name, const struct row *rows, size_t n)
{
	const struct assay_jmes_budget budget = { STEPS, BYTES };
	struct test_table t = { .name = name };

	for (size_t i = 0; i < n; i++) {
		json_t *input = parse_json(rows[i].input), *got, *want;
		struct assay_error err = { 0 };
		enum assay_jmes_error kind;

		got = evaluate(assay_bytes_of(rows[i].expression), input,
		    budget, &kind, &err);
		if (rows[i].want[0] == '!') {
			test_row(&t, rows[i].name, got == NULL &&
			    strcmp(rows[i].want + 1,
			    assay_jmes_error_name(kind)) == 0,
			    "got %s (%s), want %s",
			    assay_jmes_error_name(kind), err.text,
			    rows[i].want + 1);
		} else {
			want = parse_json(rows[i].want);
			check_result(&t, rows[i].name, got, want, kind, &err);
			json_decref(want);
		}
		json_decref(got);
		json_decref(input);
	}
	test_table_end(&t);
}

#define RUN_ROWS(name, rows) \
	run_rows(name, rows, sizeof(rows) / sizeof((rows)[0]))

/* C text of JSON text of JMESPath text: read the backslashes slowly. */
static void
escapes(void **state)
{
	static const struct row rows[] = {
	{ "quoted_space", "{\"a b\": 1}", "\"a b\"", "1" },
	{ "quoted_dot", "{\"a.b\": 1}", "\"a.b\"", "1" },
	{ "quoted_quote", "{\"a\\\"b\": 1}", "\"a\\\"b\"", "1" },
	{ "quoted_backslash", "{\"a\\\\b\": 1}", "\"a\\\\b\"", "1" },
	{ "quoted_only_backslash", "{\"\\\\\": 1}", "\"\\\\\"", "1" },
	{ "quoted_newline", "{\"a\\nb\": 1}", "\"a\\nb\"", "1" },
	{ "quoted_slash", "{\"a/b\": 1}", "\"a\\/b\"", "1" },
	{ "quoted_u", "{\"\\u00e9\": 1}", "\"\\u00E9\"", "1" },
	{ "quoted_surrogates", "{\"\\ud83d\\ude00\": 1}",
	    "\"\\ud83d\\ude00\"", "1" },
	{ "quoted_lone_surrogate", "{}", "\"\\ud83d\"", "!syntax" },
	{ "quoted_nul", "{}", "\"a\\u0000\"", "!syntax" },
	{ "quoted_bad_escape", "{}", "\"\\x\"", "!syntax" },
	{ "quoted_open", "{}", "\"a", "!syntax" },
	{ "quoted_open_by_escape", "{}", "\"a\\\"", "!syntax" },
	{ "quoted_empty", "{\"\": 1}", "\"\"", "1" },
	{ "quoted_in_path", "{\"a\": {\"b c\": [7]}}", "a.\"b c\"[0]", "7" },
	{ "quoted_call", "{}", "\"length\"(@)", "!syntax" },
	{ "raw_quote", "{}", "'it\\'s'", "\"it's\"" },
	{ "raw_only_quote", "{}", "'\\''", "\"'\"" },
	{ "raw_path", "{}", "'\\windows\\x.sys'", "\"\\\\windows\\\\x.sys\"" },
	{ "raw_two_backslashes", "{}", "'a\\\\b'", "\"a\\\\\\\\b\"" },
	{ "raw_no_unicode_escape", "{}", "'\\u0041'", "\"\\\\u0041\"" },
	{ "raw_double_quotes", "{}", "'\"'", "\"\\\"\"" },
	{ "raw_empty", "{}", "''", "\"\"" },
	{ "raw_open", "{}", "'a", "!syntax" },
	{ "raw_open_by_escape", "{}", "'a\\'", "!syntax" },
	{ "literal_backquote", "{}", "`\"a\\`b\"`", "\"a`b\"" },
	{ "literal_backslash", "{}", "`\"a\\\\\\\\b\"`", "\"a\\\\\\\\b\"" },
	{ "literal_backslash_at_end", "{}", "`\"a\\\\\"`", "\"a\\\\\"" },
	{ "literal_quote", "{}", "`\"a\\\"b\"`", "\"a\\\"b\"" },
	{ "literal_space", "{}", "` [1, 2] `", "[1, 2]" },
	{ "literal_unquoted", "{}", "`foo`", "!syntax" },
	{ "literal_empty", "{}", "``", "!syntax" },
	{ "literal_two", "{}", "`1 2`", "!syntax" },
	{ "literal_open", "{}", "`1", "!syntax" },
	{ "literal_duplicate_names", "{}", "`{\"a\":1,\"a\":2}`", "!syntax" },
	{ "literal_nul", "{}", "`\"\\u0000\"`", "!syntax" },
	};

	(void)state;
	RUN_ROWS("escapes", rows);
}

static void
unicode(void **state)
{
	static const struct row rows[] = {
	{ "name", "{\"✓\": {\"é\": 1}}", "\"✓\".\"é\"", "1" },
	{ "name_unquoted", "{\"é\": 1}", "é", "!syntax" },
	{ "not_normalized", "{\"e\\u0301\": 1}", "\"é\"", "null" },
	{ "raw", "{}", "'☃'", "\"☃\"" },
	{ "literal", "{}", "`\"\\u2713\"`", "\"✓\"" },
	{ "filter", "[{\"n\": \"ü\"}, {\"n\": \"u\"}]", "[?n == 'ü'].n",
	    "[\"ü\"]" },
	{ "length", "\"😀é\"", "length(@)", "2" },
	{ "reverse", "\"😀é✓a\"", "reverse(@)", "\"a✓é😀\"" },
	{ "sort_by_code_point", "[\"😀\", \"￿\", \"z\", \"é\"]", "sort(@)",
	    "[\"z\", \"é\", \"￿\", \"😀\"]" },
	{ "contains", "\"naïve\"", "contains(@, 'ï')", "true" },
	{ "hash_key", "{}", "{\"ключ\": 'v'}", "{\"ключ\": \"v\"}" },
	{ "space_is_not_ascii", "{\"a\": 1}", "a\xc2\xa0", "!syntax" },
	{ "invalid", "{}", "'\xff'", "!syntax" },
	{ "overlong", "{}", "\"\xc0\x80\"", "!syntax" },
	{ "surrogate", "{}", "'\xed\xa0\x80'", "!syntax" },
	};

	(void)state;
	RUN_ROWS("unicode", rows);
}

#define TEN "[0,1,2,3,4,5,6,7,8,9]"

static void
slices(void **state)
{
	static const struct row rows[] = {
	{ "all", TEN, "[:]", TEN },
	{ "all_two_colons", TEN, "[::]", TEN },
	{ "start", TEN, "[7:]", "[7,8,9]" },
	{ "stop", TEN, "[:3]", "[0,1,2]" },
	{ "step", TEN, "[::4]", "[0,4,8]" },
	{ "start_stop_step", TEN, "[1:8:3]", "[1,4,7]" },
	{ "negative_start", TEN, "[-3:]", "[7,8,9]" },
	{ "negative_stop", TEN, "[:-8]", "[0,1]" },
	{ "negative_both", TEN, "[-5:-3]", "[5,6]" },
	{ "negative_step", TEN, "[::-1]", "[9,8,7,6,5,4,3,2,1,0]" },
	{ "negative_step_2", TEN, "[::-3]", "[9,6,3,0]" },
	{ "negative_step_start", TEN, "[3::-1]", "[3,2,1,0]" },
	{ "negative_step_stop", TEN, "[:6:-1]", "[9,8,7]" },
	{ "negative_step_both", TEN, "[8:2:-2]", "[8,6,4]" },
	{ "negative_step_negatives", TEN, "[-2:-5:-1]", "[8,7,6]" },
	{ "negative_step_wrong_way", TEN, "[2:8:-1]", "[]" },
	{ "wrong_way", TEN, "[8:2]", "[]" },
	{ "beyond", TEN, "[5:100]", "[5,6,7,8,9]" },
	{ "start_beyond", TEN, "[100:]", "[]" },
	{ "start_beyond_down", TEN, "[100::-5]", "[9,4]" },
	{ "before", TEN, "[-100:2]", "[0,1]" },
	{ "before_down", TEN, "[2:-100:-1]", "[2,1,0]" },
	{ "stop_before", TEN, "[:-100]", "[]" },
	{ "start_before_down", TEN, "[-100::-1]", "[]" },
	{ "zero_length", TEN, "[3:3]", "[]" },
	{ "step_beyond", TEN, "[2::100]", "[2]" },
	{ "step_huge", TEN, "[2::9223372036854775807]", "[2]" },
	{ "step_huge_down", TEN, "[2::-9223372036854775808]", "[2]" },
	{ "numbers_beyond_64_bits", TEN,
	    "[-99999999999999999999:99999999999999999999]", TEN },
	{ "step_beyond_64_bits", TEN, "[::-99999999999999999999]", "[9]" },
	{ "step_zero", TEN, "[::0]", "!invalid-value" },
	{ "step_zero_of_bounds", TEN, "[8:2:0]", "!invalid-value" },
	{ "step_minus_zero", TEN, "[::-0]", "!invalid-value" },
	{ "three_colons", TEN, "[:::]", "!syntax" },
	{ "four_parts", TEN, "[1:2:3:4]", "!syntax" },
	{ "name", TEN, "[a:2]", "!syntax" },
	{ "not_closed", TEN, "[1:2", "!syntax" },
	{ "not_closed_filter", TEN, "[1:2&]", "!syntax" },
	{ "empty_array", "[]", "[1:5]", "[]" },
	{ "of_object", "{\"a\": 1}", "[:]", "null" },
	{ "of_string", "\"abc\"", "[:]", "null" },
	{ "of_null", "null", "[:]", "null" },
	{ "drops_nulls", "[1, null, 2]", "[:]", "[1, 2]" },
	{ "is_projection", "[{\"a\": 1}, {\"a\": 2}, {\"b\": 3}]",
	    "[0:3].a", "[1, 2]" },
	{ "then_index", "[[1, 2], [3, 4]]", "[:][0]", "[1, 3]" },
	{ "then_pipe", "[[1, 2], [3, 4]]", "[:] | [0]", "[1, 2]" },
	{ "then_slice", "[[1, 2], [3, 4]]", "[:][::-1]", "[[2, 1], [4, 3]]" },
	{ "in_path", "{\"a\": {\"b\": [1, 2, 3]}}", "a.b[1:]", "[2, 3]" },
	{ "index_last", TEN, "[-1]", "9" },
	{ "index_first_from_end", TEN, "[-10]", "0" },
	{ "index_before", TEN, "[-11]", "null" },
	{ "index_beyond", TEN, "[10]", "null" },
	{ "index_beyond_64_bits", TEN, "[99999999999999999999]", "null" },
	{ "index_minus_only", TEN, "[-]", "!syntax" },
	};

	(void)state;
	RUN_ROWS("slices", rows);
}

#define PEOPLE "{\"p\": [{\"n\": \"a\", \"t\": [1, 2]}, " \
	"{\"n\": \"b\", \"t\": [3]}, {\"t\": []}]}"

static void
paths(void **state)
{
	static const struct row rows[] = {
	{ "pipe_ends_projection", PEOPLE, "p[*].n | [0]", "\"a\"" },
	{ "no_pipe", PEOPLE, "p[*].t[0]", "[1, 3]" },
	{ "pipe_of_pipe", PEOPLE, "p | [1] | n", "\"b\"" },
	{ "pipe_binds_loosest", PEOPLE, "x || p | [0].n", "\"a\"" },
	{ "pipe_right_or", PEOPLE, "p[0] | x || n", "\"a\"" },
	{ "pipe_into_list", PEOPLE, "p[*].n | [@[0], @[1]]",
	    "[\"a\", \"b\"]" },
	{ "pipe_of_null", PEOPLE, "x | [a]", "null" },
	{ "pipe_without_right", PEOPLE, "p |", "!syntax" },
	{ "parentheses_end_projection", PEOPLE, "(p[*].n)[0]", "\"a\"" },
	{ "parentheses_in_projection", PEOPLE, "p[*].[(t[*])[0]]",
	    "[[1], [3], [null]]" },
	{ "flatten_ends_projection", PEOPLE, "p[*].t[]", "[1, 2, 3]" },
	{ "flatten_then_index", "[[[1], [2]], [[3]]]", "[][0]", "[1, 2, 3]" },
	{ "flatten_twice", "[[[1], [2]], [[3]]]", "[][]", "[1, 2, 3]" },
	{ "flatten_mixed", "[1, [2, [3]], null]", "[]", "[1, 2, [3]]" },
	{ "flatten_of_object", "{\"a\": 1}", "[]", "null" },
	{ "flatten_then_pipe", "[[1, 2], [3]]", "[] | [0]", "1" },
	{ "filter_then_filter", PEOPLE, "p[?n][?t[0] == `3`]", "[]" },
	{ "filter_pipe_filter", PEOPLE, "p[?n] | [?t[0] == `3`].n",
	    "[\"b\"]" },
	{ "filter_nested", PEOPLE, "p[?t[?@ > `2`]].n", "[\"b\"]" },
	{ "filter_of_object", PEOPLE, "[?n]", "null" },
	{ "filter_current", "[1, 2, 3]", "[?@ >= `2`]", "[2, 3]" },
	{ "values", "{\"a\": {\"x\": 1}, \"b\": {\"x\": 2}, \"c\": 3}",
	    "*.x", "[1, 2]" },
	{ "values_of_values", "{\"a\": {\"x\": 1}, \"b\": {\"y\": 2}}", "*.*",
	    "[[1], [2]]" },
	{ "values_then_pipe", "{\"a\": {\"x\": 1}, \"b\": {\"x\": 2}}",
	    "*.x | [0]", "1" },
	{ "list", PEOPLE, "p[*].[n, t[0]]",
	    "[[\"a\", 1], [\"b\", 3], [null, null]]" },
	{ "hash", PEOPLE, "p[*].{name: n, \"first tag\": t[0]}",
	    "[{\"name\": \"a\", \"first tag\": 1}, {\"name\": \"b\","
	    " \"first tag\": 3}, {\"name\": null, \"first tag\": null}]" },
	{ "list_of_null", "{}", "a.[b, c]", "null" },
	{ "hash_of_null", "{}", "a.{b: c}", "null" },
	{ "list_nested", "{\"a\": 1}", "[[a], {b: [a, a]}]",
	    "[[1], {\"b\": [1, 1]}]" },
	{ "list_then_index", "{\"a\": 1}", "[a, `2`][1]", "2" },
	{ "hash_then_field", "{\"a\": 1}", "{b: a}.b", "1" },
	{ "list_after_list_needs_dot", "{\"a\": 1}", "[a][a]", "!syntax" },
	{ "list_after_projection_needs_dot", PEOPLE, "p[*][n]", "!syntax" },
	{ "list_empty", "{}", "a.[]", "!syntax" },
	{ "list_trailing_comma", "{}", "[a, ]", "!syntax" },
	{ "hash_trailing_comma", "{}", "{a: b, }", "!syntax" },
	{ "hash_empty", "{}", "{}", "!syntax" },
	{ "hash_key_raw", "{}", "{'a': b}", "!syntax" },
	{ "hash_key_twice", "{\"a\": 1, \"b\": 2}", "{x: a, x: b}",
	    "{\"x\": 2}" },
	{ "or_chain", "{\"c\": 1}", "a || b || c || d", "1" },
	{ "or_all_false", "{\"b\": []}", "a || b", "[]" },
	{ "and_chain", "{\"a\": 1, \"b\": 2, \"c\": 3}", "a && b && c", "3" },
	{ "and_stops", "{\"a\": 1, \"b\": \"\"}", "a && b && c", "\"\"" },
	{ "and_before_or", "{\"c\": 1}", "a && b || c", "1" },
	{ "parentheses_or", "{\"a\": 0, \"c\": 1}", "a && (b || c)", "1" },
	{ "zero_is_true", "{\"a\": 0}", "a && 'yes'", "\"yes\"" },
	{ "compare_before_and", "{\"a\": 1}", "a == `1` && a < `2`", "true" },
	{ "compare_left_to_right", "{\"a\": 1}", "a == `1` == `true`",
	    "true" },
	{ "not_not", "{\"a\": 1}", "!!a", "true" },
	{ "not_index", "{\"a\": [0]}", "!a[0]", "false" },
	{ "not_projection", "{\"a\": [{\"b\": 1}]}", "!a[*].b", "false" },
	{ "not_call", "{\"a\": []}", "!length(a)", "false" },
	{ "not_parentheses", "{\"a\": {\"b\": true}}", "!(a.b)", "false" },
	{ "not_compare", "{\"a\": false}", "!a == `true`", "true" },
	{ "not_path_is_ambiguous", "{}", "!a.b", "!syntax" },
	{ "not_filter_is_ambiguous", "{}", "!a[?b]", "!syntax" },
	{ "not_flatten_is_ambiguous", "{}", "!a[]", "!syntax" },
	{ "not_index_path_is_ambiguous", "{}", "!a[0].b", "!syntax" },
	{ "current_path", "{\"a\": 1}", "@.a", "1" },
	{ "current_after_dot", "{\"a\": 1}", "a.@", "!syntax" },
	{ "raw_after_dot", "{\"a\": 1}", "a.'b'", "!syntax" },
	{ "number_alone", "{}", "12", "!syntax" },
	{ "number_compared", "[]", "[?a == 12]", "!syntax" },
	{ "single_equals", "[]", "[?a = b]", "!syntax" },
	{ "single_ampersand", "{}", "&a", "!syntax" },
	{ "empty", "{}", "", "!syntax" },
	{ "only_space", "{}", " \t\r\n", "!syntax" },
	{ "space_everywhere", PEOPLE, " p [ 0 ] . n ", "\"a\"" },
	{ "comment", "{}", "a // b", "!syntax" },
	{ "field_of_array", "[1]", "a", "null" },
	{ "index_of_object", "{\"0\": 1}", "[0]", "null" },
	};

	(void)state;
	RUN_ROWS("paths", rows);
}

static void
numbers(void **state)
{
	static const struct row rows[] = {
	{ "integer_is_real", "{}", "`1` == `1.0`", "true" },
	{ "integer_is_exponent", "{}", "`100` == `1e2`", "true" },
	{ "zero_signs", "{}", "`0` == `-0.0`", "true" },
	{ "not_a_boolean", "{}", "`1` == `true`", "false" },
	{ "not_a_string", "{}", "`1` == '1'", "false" },
	{ "beyond_2_53", "{}", "`9007199254740993` == `9007199254740992.0`",
	    "false" },
	{ "beyond_2_53_order", "{}",
	    "`9007199254740993` > `9007199254740992.0`", "true" },
	{ "max_64", "{}", "`9223372036854775807` < `9223372036854775808.0`",
	    "true" },
	{ "min_64", "{}", "`-9223372036854775808` == "
	    "`-9223372036854775808.0`", "true" },
	{ "below_min_64", "{}", "`-9223372036854775808` > `-1e19`", "true" },
	{ "fraction_above", "{}", "`1` < `1.5`", "true" },
	{ "fraction_below_zero", "{}", "`-1` > `-1.5`", "true" },
	{ "order_of_strings", "{}", "'a' < 'b'", "null" },
	{ "order_of_mixed", "{}", "`1` < 'b'", "null" },
	{ "order_of_null", "{}", "a <= b", "null" },
	{ "equal_null", "{}", "a == b", "true" },
	{ "equal_deep", "{\"a\": [1, {\"b\": 2.0}]}",
	    "a == `[1.0, {\"b\": 2}]`", "true" },
	{ "unequal_deep", "{\"a\": [1, {\"b\": 2}]}",
	    "a == `[1, {\"c\": 2}]`", "false" },
	{ "unequal_size", "{\"a\": {\"b\": 1}}",
	    "a != `{\"b\": 1, \"c\": 2}`", "true" },
	{ "abs_min", "{}", "abs(`-9223372036854775808`)",
	    "9223372036854775808.0" },
	{ "abs_real", "{}", "abs(`-1.5`)", "1.5" },
	{ "ceil_is_integer", "{}", "to_string(ceil(`1.2`))", "\"2\"" },
	{ "ceil_minus_half", "{}", "to_string(ceil(`-0.5`))", "\"0\"" },
	{ "floor_is_integer", "{}", "to_string(floor(`-1.2`))", "\"-2\"" },
	{ "floor_large", "{}", "floor(`1e300`)", "1e300" },
	{ "sum_stays_integer", "{}", "to_string(sum(`[1, 2]`))", "\"3\"" },
	{ "sum_of_reals", "{}", "sum(`[1, 0.5]`)", "1.5" },
	{ "sum_beyond_64_bits", "{}", "sum(`[9223372036854775807, 1]`)",
	    "9223372036854775808.0" },
	{ "sum_infinite", "{}", "sum(`[1e308, 1e308]`)", "!invalid-value" },
	{ "sum_empty", "{}", "sum(`[]`)", "0" },
	{ "avg_integer", "{}", "to_string(avg(`[1, 3]`))", "\"2\"" },
	{ "avg_real", "{}", "avg(`[1, 2]`)", "1.5" },
	{ "to_number_integer", "{}", "to_number('-12')", "-12" },
	{ "to_number_real", "{}", "to_number('1.5e3')", "1500" },
	{ "to_number_space", "{}", "to_number(' 1')", "null" },
	{ "to_number_hex", "{}", "to_number('0x10')", "null" },
	{ "to_number_plus", "{}", "to_number('+1')", "null" },
	{ "to_number_leading_zero", "{}", "to_number('01')", "null" },
	{ "to_number_empty", "{}", "to_number('')", "null" },
	{ "to_number_infinity", "{}", "to_number('1e999')", "null" },
	{ "to_number_array", "{}", "to_number('[1]')", "null" },
	{ "to_number_beyond_64_bits", "{}",
	    "to_number('9223372036854775808')", "null" },
	{ "to_number_of_number", "{}", "to_number(`7`)", "7" },
	{ "to_string_integer", "{}", "to_string(`12`)", "\"12\"" },
	{ "to_string_real", "{}", "to_string(`1.1`)", "\"1.1\"" },
	{ "to_string_null", "{}", "to_string(a)", "\"null\"" },
	{ "to_string_string", "{}", "to_string('a\"b')", "\"a\\\"b\"" },
	{ "to_string_object", "{\"b\": [1, \"x\"], \"a\": true}",
	    "to_string(@)", "\"{\\\"a\\\":true,\\\"b\\\":[1,\\\"x\\\"]}\"" },
	};

	(void)state;
	RUN_ROWS("numbers", rows);
}

#define KEYED "[{\"k\": 2, \"n\": 1}, {\"k\": 1, \"n\": 2}, " \
	"{\"k\": 2, \"n\": 3}, {\"k\": 1, \"n\": 4}, {\"k\": 1.5, \"n\": 5}]"

static void
functions(void **state)
{
	static const struct row rows[] = {
	{ "sort_by_is_stable", KEYED, "sort_by(@, &k)[*].n",
	    "[2, 4, 5, 1, 3]" },
	{ "max_by_is_first", KEYED, "max_by(@, &k).n", "1" },
	{ "min_by_is_first", KEYED, "min_by(@, &k).n", "2" },
	{ "sort_mixed_numbers", "[2, 1.5, -1, 1]", "sort(@)",
	    "[-1, 1, 1.5, 2]" },
	{ "sort_prefix_first", "[\"ab\", \"a\", \"\"]", "sort(@)",
	    "[\"\", \"a\", \"ab\"]" },
	{ "sort_of_one", "[1]", "sort(@)", "[1]" },
	{ "sort_numbers_and_strings", "[1, \"a\"]", "sort(@)",
	    "!invalid-type" },
	{ "sort_by_mixed_keys", "[{\"k\": 1}, {\"k\": \"a\"}]",
	    "sort_by(@, &k)", "!invalid-type" },
	{ "sort_by_key_fails", "[{\"k\": 1}]", "sort_by(@, &abs('a'))",
	    "!invalid-type" },
	{ "by_in_projection", "[" KEYED "]", "[*].max_by(@, &n).n", "[5]" },
	{ "reference_of_pipe", KEYED, "map(&k | @, @)", "[2, 1, 2, 1, 1.5]" },
	{ "reference_not_wanted", "[]", "length(&a)", "!invalid-type" },
	{ "reference_wanted", "[]", "map(a, @)", "!invalid-type" },
	{ "map_keeps_null", "[{}, {\"a\": 1}]", "map(&a, @)", "[null, 1]" },
	{ "contains_string_number", "\"123\"", "contains(@, `1`)", "false" },
	{ "contains_empty", "\"abc\"", "contains(@, '')", "true" },
	{ "contains_deep", "[[1], {\"a\": 2}]", "contains(@, `{\"a\": 2.0}`)",
	    "true" },
	{ "starts_with_longer", "\"a\"", "starts_with(@, 'ab')", "false" },
	{ "ends_with_empty", "\"a\"", "ends_with(@, '')", "true" },
	{ "join_one", "[\"a\"]", "join(', ', @)", "\"a\"" },
	{ "keys_in_order", "{\"b\": 1, \"a\": 2}", "keys(@)",
	    "[\"b\", \"a\"]" },
	{ "values_in_order", "{\"b\": 1, \"a\": 2}", "values(@)", "[1, 2]" },
	{ "merge_last_wins", "{}",
	    "merge(`{\"a\": 1, \"b\": 1}`, `{\"b\": 2}`, `{\"b\": 3}`)",
	    "{\"a\": 1, \"b\": 3}" },
	{ "merge_of_nothing", "{}", "merge()", "!invalid-arity" },
	{ "merge_not_object", "{}", "merge(`{}`, `[]`)", "!invalid-type" },
	{ "not_null_first", "{\"b\": 2}", "not_null(a, b, c)", "2" },
	{ "to_array_null", "{}", "to_array(a)", "[null]" },
	{ "type_of_reference", "{}", "type(&a)", "!invalid-type" },
	{ "call_of_missing", "{}", "length(a)", "!invalid-type" },
	{ "call_after_dot", "{\"a\": [1, 2]}", "a.length(@)", "2" },
	{ "call_spaces", "[1]", "length ( @ )", "1" },
	{ "call_of_path", "{}", "a.b(c)", "!unknown-function" },
	{ "call_trailing_comma", "{}", "length(a,)", "!syntax" },
	{ "call_not_closed", "{}", "length(a", "!syntax" },
	{ "call_case", "{}", "Length(@)", "!unknown-function" },
	{ "too_few", "{}", "contains(@)", "!invalid-arity" },
	{ "too_many", "{}", "length(@, @)", "!invalid-arity" },
	{ "unknown_never_run", "[]", "[*].foo(@)", "!unknown-function" },
	{ "ignore_case", "{}", "equals_ignore_case('\\Windows\\X.SYS', "
	    "'\\windows\\x.sys')", "true" },
	{ "ignore_case_differs", "{}", "equals_ignore_case('a', 'b')",
	    "false" },
	{ "ignore_case_length", "{}", "equals_ignore_case('a', 'ab')",
	    "false" },
	{ "ignore_case_only_ascii", "{}", "equals_ignore_case('É', 'é')",
	    "false" },
	{ "ignore_case_neighbours", "{}", "equals_ignore_case('[@', '{`')",
	    "false" },
	{ "ignore_case_null", "{}", "equals_ignore_case(a, 'a')", "false" },
	{ "ignore_case_nulls", "{}", "equals_ignore_case(a, b)", "false" },
	{ "ignore_case_number", "{}", "equals_ignore_case(`1`, '1')",
	    "!invalid-type" },
	{ "ignore_case_arity", "{}", "equals_ignore_case('a')",
	    "!invalid-arity" },
	};

	(void)state;
	RUN_ROWS("functions", rows);
}

/* n times the text, between head and tail. */
static struct assay_buffer
repeated(const char *head, const char *text, size_t n, const char *tail)
{
	struct assay_buffer b = assay_buffer(1 << 20);

	(void)assay_buffer_puts(&b, head);
	for (size_t i = 0; i < n; i++)
		(void)assay_buffer_puts(&b, text);
	(void)assay_buffer_puts(&b, tail);
	assert_false(b.failed);
	return b;
}

static const struct {
	const char	*name;
	const char	*head, *text;
	size_t		 n;
	const char	*tail;
	const char	*input;
	const char	*want;		/* "" : any result */
} long_rows[] = {
	{ "long_path", "a", ".a", 30000, "", "{\"a\": 1}", "null" },
	{ "long_pipe", "@", "|@", 30000, "", "7", "7" },
	{ "long_or", "a", "||a", 20000, "", "{}", "null" },
	{ "long_and", "@", "&&@", 20000, "", "7", "7" },
	{ "long_index", "", "[0]", 20000, "", "[[[7]]]", "null" },
	{ "long_elements", "", "[*]", 20000, "", "[[[7]]]", "[[[]]]" },
	{ "long_flatten", "", "[]", 30000, "", "[[[7]]]", "[7]" },
	{ "long_filter", "", "[?@]", 16000, "", "[[[7]]]", "[[[]]]" },
	{ "long_values", "*", ".*", 30000, "", "{\"a\": {\"b\": 1}}",
	    "[[]]" },
	{ "long_compare", "@", "==@", 200, "", "1", "false" },
	{ "compare_too_long", "@", "==@", 20000, "", "1", "!limit" },
	{ "nested_64", "", "[", 64, "@]", "1", "!syntax" },
	{ "nested_parentheses_64", "", "(", 64, "@", "1", "!syntax" },
	{ "nested_parentheses_65", "", "(", 65, "@", "1", "!limit" },
	{ "nested_lists", "", "[", 60000, "", "1", "!limit" },
	{ "nested_hashes", "", "{a:", 20000, "", "1", "!limit" },
	{ "nested_calls", "", "abs(", 16000, "", "1", "!limit" },
	{ "nested_filters", "", "[?", 30000, "", "1", "!limit" },
	{ "nested_nots", "", "!", 60000, "@", "1", "!limit" },
	{ "nested_references", "", "map(&", 12000, "", "1", "!limit" },
	{ "deepening_pipe", "@", "|[@]", 64, "", "1", "" },
	{ "deepening_pipe_65", "@", "|[@]", 65, "", "1", "!limit" },
	{ "deepening_hash", "@", "|{a:@}", 9000, "", "1", "!limit" },
	{ "deepening_dot", "@", ".[@]", 65, "", "1", "!limit" },
	{ "deepening_to_array", "@", ".to_array(@)", 65, "", "1", "!limit" },
	{ "deepening_map", "@", "|map(&[@],@)", 65, "", "[1]", "!limit" },
	{ "doubling", "@", "|[@,@]", 30, "", "1", "" },
	{ "doubling_flattened", "@", "|[@,@][]", 30, "", "1", "!limit" },
	{ "doubling_to_string", "to_string(@", "|[@,@]", 30, ")", "1",
	    "!limit" },
	{ "doubling_equal", "map(&(@", "|[@,@]", 25, "),[@,@])|[0]==[1]",
	    "1", "!limit" },
	{ "doubling_contains", "map(&(@", "|[@,@]", 25,
	    "),[@,@])|contains([:1],[1])", "1", "!limit" },
	{ "doubling_text", "@", "|join(@,[@,@])", 40, "", "\"ab\"",
	    "!limit" },
	{ "doubling_map", "@", "|[@,@][]|map(&@,@)", 30, "", "[1]",
	    "!limit" },
	{ "doubling_sort", "@", "|[@,@][]|sort(@)", 30, "", "[1]", "!limit" },
	{ "doubling_reverse", "@", "|[@,@][]|reverse(@)", 30, "", "[1]",
	    "!limit" },
	{ "too_long", "", " ", 65536, "@", "1", "!limit" },
};

static void
limits(void **state)
{
	struct test_table t = { .name = "limits" };

	(void)state;
	for (size_t i = 0; i < sizeof(long_rows) / sizeof(long_rows[0]); i++) {
		struct assay_buffer text = repeated(long_rows[i].head,
		    long_rows[i].text, long_rows[i].n, long_rows[i].tail);
		const struct assay_jmes_budget budget = { STEPS, BYTES };
		json_t *input = parse_json(long_rows[i].input), *got, *want;
		const char *expected = long_rows[i].want;
		struct assay_error err = { 0 };
		enum assay_jmes_error kind;

		got = evaluate(assay_buffer_bytes(&text), input, budget,
		    &kind, &err);
		if (expected[0] == '!' || expected[0] == '\0') {
			test_row(&t, long_rows[i].name, strcmp(expected[0] ==
			    '!' ? expected + 1 : "ok",
			    assay_jmes_error_name(kind)) == 0,
			    "got %s (%s), want %s",
			    assay_jmes_error_name(kind), err.text, expected);
		} else {
			want = parse_json(expected);
			check_result(&t, long_rows[i].name, got, want, kind,
			    &err);
			json_decref(want);
		}
		if (kind == ASSAY_JMES_LIMIT)
			test_assert_code(long_rows[i].name, &err,
			    ASSAY_ERR_POLICY_LIMIT);
		json_decref(got);
		json_decref(input);
		assay_buffer_free(&text);
	}
	test_table_end(&t);
}

/* The budget is shared: what one search takes, the next one lacks. */
static void
budget_is_counted_down(void **state)
{
	struct assay_jmes_budget budget = { 100, 1000 };
	json_t *input = parse_json("[1, 2, 3]"), *got;
	struct assay_jmes *e = NULL;
	struct assay_error err = { 0 };
	enum assay_jmes_error kind;
	size_t runs = 0, before;

	(void)state;
	assert_true(assay_jmes_compile(assay_bytes_of("[*]"), &e, &kind,
	    &err));
	do {
		before = budget.steps;
		got = assay_jmes_search(e, input, &budget, &kind, &err);
		json_decref(got);
		runs++;
	} while (got != NULL && budget.steps < before);
	assert_null(got);
	assert_in_range(runs, 5, 50);
	assert_int_equal(kind, ASSAY_JMES_LIMIT);
	test_assert_code("steps", &err, ASSAY_ERR_POLICY_LIMIT);
	budget = (struct assay_jmes_budget){ 100, 10 };
	assert_null(assay_jmes_search(e, input, &budget, NULL, &err));
	test_assert_code("bytes", &err, ASSAY_ERR_POLICY_LIMIT);
	assay_jmes_free(e);
	json_decref(input);
}

/* Text read costs steps even where none is made. */
static void
reading_text_costs(void **state)
{
	static const char *const expressions[] = { "a == b", "contains(a, 'y')",
	    "length(a)", "equals_ignore_case(a, b)", "starts_with(a, b)",
	    "sort([a, b])" };
	struct assay_buffer x = repeated("", "xxxxxxxx", 1000, "");
	json_t *input = json_pack("{s:s, s:s}", "a", assay_buffer_str(&x),
	    "b", assay_buffer_str(&x));
	struct test_table t = { .name = "reading text costs" };

	(void)state;
	for (size_t i = 0; i < sizeof(expressions) / sizeof(char *); i++) {
		const struct assay_jmes_budget budget = { 100, BYTES };
		struct assay_error err = { 0 };
		enum assay_jmes_error kind;
		json_t *got = evaluate(assay_bytes_of(expressions[i]), input,
		    budget, &kind, &err);

		test_row(&t, expressions[i], got == NULL &&
		    kind == ASSAY_JMES_LIMIT, "got %s",
		    assay_jmes_error_name(kind));
		json_decref(got);
	}
	json_decref(input);
	assay_buffer_free(&x);
	test_table_end(&t);
}

static void
messages(void **state)
{
	static const struct {
		const char	*expression;
		const char	*want;
	} rows[] = {
		{ "foo[?bar == ]", "JMESPath syntax: found ], expected an "
		    "expression, at offset 12 of \"foo[?bar == ]\"" },
		{ "foo[", "JMESPath syntax: found the end, expected a number, "
		    "':' or '*' (a list of expressions begins with '.['), at "
		    "offset 4 of \"foo[\"" },
		{ "PcrIndex == 12", "JMESPath syntax: found 12, expected an "
		    "expression (a number is written between backquotes), at "
		    "offset 12 of \"PcrIndex == 12\"" },
		{ "!a.b", "JMESPath syntax: found ., expected parentheses: "
		    "!(a.b) or (!a).b, at offset 2 of \"!a.b\"" },
		{ "'abc", "JMESPath syntax: found ' without its closing ', at "
		    "offset 0 of \"'abc\"" },
		{ "a ~ b", "JMESPath syntax: found '~', which begins nothing, "
		    "at offset 2 of \"a ~ b\"" },
		{ "abs('x')", "JMESPath invalid-type: argument 1 of abs() is "
		    "string, expected number, at offset 0 of \"abs('x')\"" },
		{ "sum(@)", "JMESPath invalid-type: argument 1 of sum() is "
		    "object, expected array of numbers, at offset 0 of "
		    "\"sum(@)\"" },
		{ "join('', `[1]`)", "JMESPath invalid-type: argument 2 of "
		    "join() is array with elements of other types, expected "
		    "array of strings, at offset 0 of \"join('', `[1]`)\"" },
		{ "abs()", "JMESPath invalid-arity: abs() has 0 arguments, "
		    "expected 1, at offset 0 of \"abs()\"" },
		{ "not_null()", "JMESPath invalid-arity: not_null() has 0 "
		    "arguments, expected at least 1, at offset 0 of "
		    "\"not_null()\"" },
		{ "a.nosuch(b)", "JMESPath unknown-function: there is no "
		    "function nosuch(), at offset 2 of \"a.nosuch(b)\"" },
		{ "aaaaaaaaaa.bbbbbbbbbb.cccccccccc.✓.dddddddddd.eeeeeeeeee",
		    "JMESPath syntax: found '✓', which begins nothing, at "
		    "offset 33 of \"...a.bbbbbbbbbb.cccccccccc.✓.dddddddddd."
		    "eeeeeeeee...\"" },
	};
	const struct assay_jmes_budget budget = { STEPS, BYTES };
	struct test_table t = { .name = "messages" };
	json_t *input = json_object();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_error err = { 0 };
		enum assay_jmes_error kind;
		json_t *got = evaluate(assay_bytes_of(rows[i].expression),
		    input, budget, &kind, &err);

		test_row(&t, rows[i].expression, got == NULL && err.code ==
		    ASSAY_ERR_POLICY_RUNTIME_ERROR &&
		    strcmp(err.text, rows[i].want) == 0,
		    "got %s\nwant %s", err.text, rows[i].want);
		json_decref(got);
	}
	json_decref(input);
	test_table_end(&t);
}

/* What published policies ask of an event log. */
static void
published_queries(void **state)
{
#define EVENTS "{\"Events\": [{\"EventTypeString\": \"EV_EVENT_TAG\", " \
	"\"PcrIndex\": 12, \"ProcessedData\": {\"T\": {\"M\": [" \
	"{\"EVENT_IMAGEVALIDATED\": true, \"EVENT_FILEPATH\": " \
	"\"\\\\Windows\\\\System32\\\\drivers\\\\wd\\\\WdBoot.sys\"}, " \
	"{\"EVENT_IMAGEVALIDATED\": true}]}}}, {\"EventTypeString\": " \
	"\"EV_EFI_VARIABLE_DRIVER_CONFIG\", \"PcrIndex\": 7, " \
	"\"ProcessedData\": {\"UnicodeName\": \"SecureBoot\", " \
	"\"VariableData\": \"AQ\"}}]}"
	static const struct row rows[] = {
	{ "secure_boot", EVENTS, "Events[?EventTypeString == "
	    "'EV_EFI_VARIABLE_DRIVER_CONFIG'] | [?ProcessedData.UnicodeName =="
	    " 'SecureBoot'] | length(@) == `1` && "
	    "@[0].ProcessedData.VariableData == 'AQ'", "true" },
	{ "driver", EVENTS, "Events[? EventTypeString == 'EV_EVENT_TAG' && "
	    "(PcrIndex == `12` || PcrIndex == `13`)].ProcessedData.T | "
	    "[*].M[] | [? EVENT_IMAGEVALIDATED == `true` && "
	    "(equals_ignore_case(EVENT_FILEPATH, "
	    "'\\windows\\system32\\drivers\\wdboot.sys') || "
	    "equals_ignore_case(EVENT_FILEPATH, "
	    "'\\windows\\system32\\drivers\\wd\\wdboot.sys'))] | length(@)",
	    "1" },
	{ "current_filter", "{\"a\": [{\"Value\": 0}, {\"Value\": 3}]}",
	    "a | @[? Value != `0`].Value | @[0]", "3" },
	};

	(void)state;
	RUN_ROWS("published queries", rows);
}

/* The next line of *text without its end; false when there is none. */
static bool
next_line(struct assay_bytes *text, struct assay_bytes *line)
{
	const uint8_t *end;

	if (text->len == 0)
		return false;
	end = memchr(text->ptr, '\n', text->len);
	line->ptr = text->ptr;
	line->len = end != NULL ? (size_t)(end - text->ptr) : text->len;
	text->ptr += line->len + (end != NULL);
	text->len -= line->len + (end != NULL);
	return true;
}

static void
documented_example(struct test_table *t, struct assay_bytes expression,
    struct assay_bytes document, struct assay_bytes result)
{
	const struct assay_jmes_budget budget = { STEPS, BYTES };
	struct assay_error err = { 0 };
	json_t *input = assay_json_parse(document, NULL, &err), *got, *want;
	enum assay_jmes_error kind;
	char row[256];

	(void)snprintf(row, sizeof(row), "%.*s", (int)expression.len,
	    (const char *)expression.ptr);
	if (input == NULL)
		fail_msg("%s: document: %s", row, err.text);
	got = evaluate(expression, input, budget, &kind, &err);
	if (result.len != 0 && result.ptr[0] == '!') {
		result.ptr++;
		result.len--;
		test_row(t, row, got == NULL && assay_bytes_equal(result,
		    assay_bytes_of(assay_jmes_error_name(kind))), "got %s",
		    assay_jmes_error_name(kind));
	} else {
		if ((want = assay_json_parse(result, NULL, &err)) == NULL)
			fail_msg("%s: result: %s", row, err.text);
		check_result(t, row, got, want, kind, &err);
		json_decref(want);
	}
	json_decref(got);
	json_decref(input);
}

/* Every block of doc/jmespath.md: expression, document, result. */
static void
documented_examples(void **state)
{
	const char *root = getenv("ASSAY_SOURCE_ROOT");
	struct test_table t = { .name = "doc/jmespath.md" };
	struct assay_bytes text, line, part[3];
	struct assay_buffer page;
	char path[4096];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/doc/jmespath.md",
	    root != NULL ? root : ".");
	page = test_read(path);
	text = assay_buffer_bytes(&page);
	while (next_line(&text, &line)) {
		if (!assay_bytes_equal(line, assay_bytes_of("```jmespath")))
			continue;
		for (size_t i = 0; i < 3; i++)
			assert_true(next_line(&text, &part[i]));
		documented_example(&t, part[0], part[1], part[2]);
	}
	assay_buffer_free(&page);
	test_table_end(&t);
}

static void *
search_often(void *arg)
{
	const struct assay_jmes *e = arg;
	json_t *input = parse_json("{\"a\": [{\"b\": 2}, {\"b\": 1}]}");
	size_t wrong = 0;

	for (int i = 0; i < 200; i++) {
		struct assay_jmes_budget budget = { STEPS, BYTES };
		struct assay_error err = { 0 };
		json_t *got = assay_jmes_search(e, input, &budget, NULL,
		    &err);

		wrong += got == NULL || json_integer_value(
		    json_array_get(got, 0)) != 1 || json_array_size(got) != 4;
		json_decref(got);
	}
	json_decref(input);
	return wrong == 0 ? NULL : (void *)1;
}

static void
shared_between_threads(void **state)
{
	struct assay_jmes *e = NULL;
	struct assay_error err = { 0 };
	pthread_t threads[4];
	void *failed;

	(void)state;
	assert_true(assay_jmes_compile(assay_bytes_of(
	    "[sort_by(a, &b)[*].b, `[5, 6]`][]"), &e, NULL, &err));
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
		    search_often, e), 0);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	assay_jmes_free(e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compliance_suite),
		cmocka_unit_test(escapes),
		cmocka_unit_test(unicode),
		cmocka_unit_test(slices),
		cmocka_unit_test(paths),
		cmocka_unit_test(numbers),
		cmocka_unit_test(functions),
		cmocka_unit_test(limits),
		cmocka_unit_test(budget_is_counted_down),
		cmocka_unit_test(reading_text_costs),
		cmocka_unit_test(messages),
		cmocka_unit_test(published_queries),
		cmocka_unit_test(documented_examples),
		cmocka_unit_test(shared_between_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
