/* SPDX-License-Identifier: Apache-2.0 */
/* Texts and what becomes of them; then the public corpus of JSON texts. */
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/text.h"
#include "json/json.h"
#include "testlib.h"

#define TEXT(s) { (const uint8_t *)(s), sizeof(s) - 1 }

static const struct {
	const char		*name;
	struct assay_bytes	 text;
	enum assay_code		 want;
	const char		*hint;	/* NULL, or part of the message */
} rows[] = {
	{ "object", TEXT("{\"a\":[1,true,null,\"x\"]}"), ASSAY_ERR_OK, NULL },
	{ "scalar", TEXT(" 1 "), ASSAY_ERR_OK, NULL },
	{ "empty", TEXT(""), ASSAY_ERR_JSON_SYNTAX, "text ends" },
	{ "space_only", TEXT(" \r\n\t"), ASSAY_ERR_JSON_SYNTAX,
	    "line 2, column 2 (offset 4)" },
	{ "form_feed", TEXT("\f1"), ASSAY_ERR_JSON_SYNTAX, "0x0c" },
	{ "bom", TEXT("\xef\xbb\xbf{}"), ASSAY_ERR_JSON_SYNTAX,
	    "byte order mark" },
	{ "second_value", TEXT("{}{}"), ASSAY_ERR_JSON_SYNTAX,
	    "found '{', want nothing behind" },
	{ "raw_nul_behind", TEXT("{}\0"), ASSAY_ERR_JSON_SYNTAX, "0x00" },
	{ "raw_nul_in_string", TEXT("\"a\0b\""), ASSAY_ERR_JSON_SYNTAX,
	    "offset 2" },
	{ "escaped_nul", TEXT("\"a\\u0000b\""), ASSAY_ERR_JSON_SYNTAX,
	    "\\u0000" },
	{ "escaped_nul_in_name", TEXT("{\"a\\u0000\":1}"),
	    ASSAY_ERR_JSON_SYNTAX, "\\u0000" },
	{ "nul_as_escape", TEXT("\"\\\0\""), ASSAY_ERR_JSON_SYNTAX,
	    "want one of" },
	{ "duplicate", TEXT("{\"a\":1,\"b\":2,\"a\":3}"),
	    ASSAY_ERR_JSON_DUPLICATE_MEMBER, "\"a\" stands twice" },
	{ "duplicate_same_value", TEXT("{\"a\":1,\"a\":1}"),
	    ASSAY_ERR_JSON_DUPLICATE_MEMBER, "offset 7" },
	{ "duplicate_escaped", TEXT("{\"a\":1,\"\\u0061\":1}"),
	    ASSAY_ERR_JSON_DUPLICATE_MEMBER, NULL },
	{ "duplicate_nested", TEXT("[{\"b\":{\"a\":1,\"a\":{}}}]"),
	    ASSAY_ERR_JSON_DUPLICATE_MEMBER, NULL },
	{ "duplicate_empty_name", TEXT("{\"\":1,\"\":1}"),
	    ASSAY_ERR_JSON_DUPLICATE_MEMBER, NULL },
	{ "same_name_elsewhere", TEXT("{\"a\":{\"a\":1},\"b\":{\"a\":1}}"),
	    ASSAY_ERR_OK, NULL },
	{ "lone_high", TEXT("\"\\ud800\""), ASSAY_ERR_JSON_SYNTAX,
	    "half of a surrogate pair" },
	{ "lone_low", TEXT("\"\\udc00\""), ASSAY_ERR_JSON_SYNTAX,
	    "half of a surrogate pair" },
	{ "high_high", TEXT("\"\\ud800\\ud800\""), ASSAY_ERR_JSON_SYNTAX,
	    "half of a surrogate pair" },
	{ "high_then_text", TEXT("\"\\ud800x\\udc00\""),
	    ASSAY_ERR_JSON_SYNTAX, "half of a surrogate pair" },
	{ "cut_escape", TEXT("\"\\u12"), ASSAY_ERR_JSON_SYNTAX,
	    "four hex digits" },
	{ "cut_low", TEXT("\"\\ud800\\udc"), ASSAY_ERR_JSON_SYNTAX, NULL },
	{ "cut_string", TEXT("\"abc"), ASSAY_ERR_JSON_SYNTAX,
	    "end of the string" },
	{ "cut_utf8", TEXT("\"\xe2\x82"), ASSAY_ERR_JSON_SYNTAX, "UTF-8" },
	{ "tab_in_string", TEXT("\"\t\""), ASSAY_ERR_JSON_SYNTAX,
	    "escaped" },
	{ "column_in_characters", TEXT("[\"\xc3\xa9\xc3\xa9\",x]"),
	    ASSAY_ERR_JSON_SYNTAX, "column 7 (offset 8)" },
	{ "trailing_comma", TEXT("[1,]"), ASSAY_ERR_JSON_SYNTAX, NULL },
	{ "trailing_comma_object", TEXT("{\"a\":1,}"), ASSAY_ERR_JSON_SYNTAX,
	    NULL },
	{ "comment", TEXT("{/**/}"), ASSAY_ERR_JSON_SYNTAX, NULL },
	{ "single_quotes", TEXT("{'a':1}"), ASSAY_ERR_JSON_SYNTAX, NULL },
	{ "wrong_bracket", TEXT("[1}"), ASSAY_ERR_JSON_SYNTAX,
	    "found '}', want ',' or ']'" },
	{ "half_word", TEXT("tru"), ASSAY_ERR_JSON_SYNTAX, NULL },
	{ "nan", TEXT("NaN"), ASSAY_ERR_JSON_SYNTAX, NULL },
	{ "leading_zero", TEXT("01"), ASSAY_ERR_JSON_SYNTAX, NULL },
	{ "plus", TEXT("+1"), ASSAY_ERR_JSON_SYNTAX, NULL },
	{ "bare_minus", TEXT("-"), ASSAY_ERR_JSON_SYNTAX, "a digit" },
	{ "bare_point", TEXT("1."), ASSAY_ERR_JSON_SYNTAX, "the point" },
	{ "bare_exponent", TEXT("1e+"), ASSAY_ERR_JSON_SYNTAX,
	    "the exponent" },
	{ "integer_max", TEXT("9223372036854775807"), ASSAY_ERR_OK, NULL },
	{ "integer_min", TEXT("-9223372036854775808"), ASSAY_ERR_OK, NULL },
	{ "integer_above", TEXT("[9223372036854775808]"),
	    ASSAY_ERR_LIMIT_EXCEEDED, "64 bits" },
	{ "integer_below", TEXT("-9223372036854775809"),
	    ASSAY_ERR_LIMIT_EXCEEDED, "64 bits" },
	{ "real_max", TEXT("1.7976931348623157e308"), ASSAY_ERR_OK, NULL },
	{ "real_above", TEXT("1e309"), ASSAY_ERR_LIMIT_EXCEEDED, "double" },
	{ "real_below", TEXT("-1e309"), ASSAY_ERR_LIMIT_EXCEEDED, "double" },
	{ "real_tiny", TEXT("1e-999"), ASSAY_ERR_OK, NULL },
};

static void
test_rows(void **state)
{
	struct test_table t = { .name = "json rows" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_error err = { .code = ASSAY_ERR_OK };
		json_t *v = assay_json_parse(rows[i].text, NULL, &err);

		test_row(&t, rows[i].name, err.code == rows[i].want &&
		    (v != NULL) == (rows[i].want == ASSAY_ERR_OK) &&
		    (rows[i].hint == NULL ||
		    strstr(err.text, rows[i].hint) != NULL),
		    "got %s (%s)", assay_code_name(err.code), err.text);
		json_decref(v);
	}
	test_table_end(&t);
}

static json_t *
parse_ok(const char *text, const struct assay_json_options *opt)
{
	struct assay_error err = { .code = ASSAY_ERR_OK };
	json_t *v = assay_json_parse(assay_bytes_of(text), opt, &err);

	if (v == NULL)
		fail_msg("%s: %s", text, err.text);
	return v;
}

static void
test_values(void **state)
{
	json_t *v = parse_ok("[-0,0.1,-0.0,1E2,\"\\\"\\\\\\/\\b\\f\\n\\r\\t"
	    "\\u00e9\\u20AC\\ud834\\udd1e\",\"\"]", NULL);

	(void)state;
	assert_int_equal(json_integer_value(json_array_get(v, 0)), 0);
	assert_true(json_real_value(json_array_get(v, 1)) == 0.1);
	assert_true(json_is_real(json_array_get(v, 2)));
	assert_true(json_real_value(json_array_get(v, 3)) == 100.0);
	assert_string_equal(json_string_value(json_array_get(v, 4)),
	    "\"\\/\b\f\n\r\t\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9e");
	assert_string_equal(json_string_value(json_array_get(v, 5)), "");
	json_decref(v);
}

static void
test_big_integers(void **state)
{
	const struct assay_json_options opt = { .big_integers_as_text = true };
	json_t *v = parse_ok("[18446744073709551615,-9223372036854775809,7]",
	    &opt);

	(void)state;
	assert_string_equal(json_string_value(json_array_get(v, 0)),
	    "18446744073709551615");
	assert_string_equal(json_string_value(json_array_get(v, 1)),
	    "-9223372036854775809");
	assert_int_equal(json_integer_value(json_array_get(v, 2)), 7);
	json_decref(v);
}

/* n times open, then n times close. */
static void
nest(struct assay_buffer *b, size_t n)
{
	assay_buffer_clear(b);
	assert_true(assay_buffer_fill(b, '[', n));
	assert_true(assay_buffer_fill(b, ']', n));
}

static void
assert_limit(struct assay_buffer *b, const struct assay_json_options *opt,
    bool fits)
{
	struct assay_error err = { .code = ASSAY_ERR_OK };
	json_t *v = assay_json_parse(assay_buffer_bytes(b), opt, &err);

	test_assert_code("limit", &err,
	    fits ? ASSAY_ERR_OK : ASSAY_ERR_LIMIT_EXCEEDED);
	assert_int_equal(v != NULL, fits);
	json_decref(v);
}

static void
test_limits(void **state)
{
	const struct assay_json_options deep = { .max_depth = ASSAY_MAX_DEPTH + 1 };
	const struct assay_json_options small = { .max_bytes = 2 * ASSAY_MAX_DEPTH };
	struct assay_buffer b = assay_buffer(1u << 21);

	(void)state;
	nest(&b, ASSAY_MAX_DEPTH);
	assert_limit(&b, NULL, true);
	assert_limit(&b, &small, true);
	nest(&b, ASSAY_MAX_DEPTH + 1);
	assert_limit(&b, NULL, false);
	assert_limit(&b, &deep, true);
	assert_limit(&b, &small, false);
	nest(&b, 500000);
	assert_limit(&b, NULL, false);
	assay_buffer_clear(&b);
	(void)assay_buffer_fill(&b, '1', ASSAY_MAX_JSON_NUMBER + 1);
	assert_limit(&b, NULL, false);
	assay_buffer_clear(&b);
	(void)assay_buffer_puts(&b, "[0");
	for (size_t i = 1; i < ASSAY_MAX_JSON_MEMBERS; i++)
		(void)assay_buffer_puts(&b, ",0");
	(void)assay_buffer_puts(&b, "]");
	assert_limit(&b, NULL, true);
	b.len--;
	(void)assay_buffer_puts(&b, ",0]");
	assert_limit(&b, NULL, false);
	assay_buffer_free(&b);
}

static const struct {
	const char	*text;
	const char	*want;		/* NULL: no such member */
} spans[] = {
	{ "{\"a\":1,\"tcbInfo\":{\"x\": [1, 2]} ,\"s\":\"\"}",
	    "{\"x\": [1, 2]}" },
	{ " { \"\\u0074cbInfo\" :\n\"v\" }", "\"v\"" },
	{ "{\"b\":{\"tcbInfo\":1},\"tcbInfo\":-2.50e1}", "-2.50e1" },
	{ "{\"b\":{\"tcbInfo\":1}}", NULL },
	{ "[{\"tcbInfo\":1}]", NULL },
	{ "{\"tcbinfo\":1}", NULL },
	{ "7", NULL },
};

static void
test_member_text(void **state)
{
	struct assay_error err;
	struct assay_bytes out;

	(void)state;
	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		bool ok = assay_json_member_text(
		    assay_bytes_of(spans[i].text), "tcbInfo", &out, &err);

		assert_int_equal(ok, spans[i].want != NULL);
		if (ok)
			assert_true(assay_text_is(out, spans[i].want));
		else
			test_assert_code(spans[i].text, &err,
			    ASSAY_ERR_JSON_MISSING_MEMBER);
	}
	assert_false(assay_json_member_text(
	    assay_bytes_of("{\"tcbInfo\":1,\"tcbInfo\":1}"), "tcbInfo", &out,
	    &err));
	test_assert_code("twice", &err, ASSAY_ERR_JSON_DUPLICATE_MEMBER);
}

/* Paths see through objects, not through arrays, and by decoded names. */
static void
test_paths(void **state)
{
	static const char document[] = "{\"x\":{\"b\":0},\"a\":{\"c\":[{\"b\":1}],"
	    "\"\\u0062\" : { \"d\":2 } ,\"bb\":3},\"a/b\":4,\"b\":5}";
	static const struct {
		const char	*path, *want;
	} wanted[] = {
		{ "a/b", "{ \"d\":2 }" }, { "a/b/d", "2" }, { "b", "5" },
		{ "a/c/b", NULL }, { "a/c", "[{\"b\":1}]" },
		{ "a/bb", "3" }, { "x/b", "0" }, { "a/", NULL }, { "", NULL },
		{ "a/b/d/e", NULL }, { "/a", NULL },
	};
	enum { N = sizeof(wanted) / sizeof(wanted[0]) };
	struct test_table t = { .name = "paths" };
	struct assay_json_span found[N];
	struct assay_error err;
	json_t *value;

	(void)state;
	for (size_t i = 0; i < N; i++)
		found[i].path = wanted[i].path;
	value = assay_json_parse_paths(assay_bytes_of(document), NULL, found, N,
	    &err);
	assert_non_null(value);
	for (size_t i = 0; i < N; i++)
		test_row(&t, wanted[i].path, wanted[i].want == NULL ?
		    found[i].text.ptr == NULL :
		    assay_bytes_equal(found[i].text,
		    assay_bytes_of(wanted[i].want)), "found \"%.*s\"",
		    (int)found[i].text.len, (const char *)found[i].text.ptr);
	json_decref(value);
	test_table_end(&t);
}

/*
 * Texts that RFC 8259 allows and that are refused on purpose, each with the
 * rule of json.h that does it.
 */
static const struct {
	const char	*file;
	enum assay_code	 want;
} stricter[] = {
	{ "y_object_duplicated_key.json", ASSAY_ERR_JSON_DUPLICATE_MEMBER },
	{ "y_object_duplicated_key_and_value.json",
	    ASSAY_ERR_JSON_DUPLICATE_MEMBER },
	{ "y_object_escaped_null_in_key.json", ASSAY_ERR_JSON_SYNTAX },
	{ "y_string_null_escape.json", ASSAY_ERR_JSON_SYNTAX },
};

static const char *
expected_verdict(const char *file, const char *expect, enum assay_code *code)
{
	*code = ASSAY_ERR_OK;
	for (size_t i = 0; i < sizeof(stricter) / sizeof(stricter[0]); i++)
		if (strcmp(file, stricter[i].file) == 0) {
			*code = stricter[i].want;
			return "stricter";
		}
	return expect;
}

static void
corpus_row(struct test_table *t, const char *file, const char *expect)
{
	struct assay_error err = { .code = ASSAY_ERR_OK };
	struct assay_buffer text;
	enum assay_code code;
	json_t *v;

	if (!test_read_if(test_shared_path("suites/json-parsing/%s", file),
	    &text))
		return;		/* a part of the list that is not here */
	v = assay_json_parse(assay_buffer_bytes(&text), NULL, &err);
	expect = expected_verdict(file, expect, &code);
	if (strcmp(expect, "accept") == 0)
		test_row(t, file, v != NULL, "refused: %s", err.text);
	else if (strcmp(expect, "reject") == 0)
		test_row(t, file, v == NULL, "accepted");
	else if (strcmp(expect, "stricter") == 0)
		test_row(t, file, v == NULL && err.code == code, "got %s",
		    assay_code_name(err.code));
	else
		test_row(t, file, (v != NULL) == (err.code == ASSAY_ERR_OK),
		    "verdict and error disagree");
	json_decref(v);
	assay_buffer_free(&text);
}

static void
test_corpus(void **state)
{
	struct test_table t = { .name = "json-parsing" };
	struct assay_buffer list;
	struct assay_error err;
	json_t *rows_v, *row;
	size_t i;

	(void)state;
	if (test_shared("JSON parsing corpus") == NULL)
		skip();
	list = test_read(test_shared_path(
	    "suites/json-parsing/manifest.json"));
	rows_v = assay_json_parse(assay_buffer_bytes(&list), NULL, &err);
	assert_non_null(rows_v);
	json_array_foreach(rows_v, i, row) {
		const char *file = json_string_value(
		    json_object_get(row, "file"));

		if (strrchr(file, '/') != NULL)
			file = strrchr(file, '/') + 1;
		corpus_row(&t, file, json_string_value(
		    json_object_get(row, "expect")));
	}
	json_decref(rows_v);
	assay_buffer_free(&list);
	test_table_end(&t);
}

/* Texts whose reading varies between parsers: what ours makes of each. */
static const struct {
	const char	*file;
	enum assay_code	 want;
} varied[] = {
	{ "number_-9223372036854775808", ASSAY_ERR_OK },
	{ "number_-9223372036854775809", ASSAY_ERR_LIMIT_EXCEEDED },
	{ "number_1.0", ASSAY_ERR_OK },
	{ "number_1.000000000000000005", ASSAY_ERR_OK },
	{ "number_1000000000000000", ASSAY_ERR_OK },
	{ "number_10000000000000000999", ASSAY_ERR_LIMIT_EXCEEDED },
	{ "number_1e-999", ASSAY_ERR_OK },
	{ "number_1e6", ASSAY_ERR_OK },
	{ "number_9223372036854775807", ASSAY_ERR_OK },
	{ "number_9223372036854775808", ASSAY_ERR_LIMIT_EXCEEDED },
	{ "object_key_nfc_nfd", ASSAY_ERR_OK },
	{ "object_key_nfd_nfc", ASSAY_ERR_OK },
	{ "object_same_key_different_values",
	    ASSAY_ERR_JSON_DUPLICATE_MEMBER },
	{ "object_same_key_same_value", ASSAY_ERR_JSON_DUPLICATE_MEMBER },
	{ "object_same_key_unclear_values", ASSAY_ERR_JSON_DUPLICATE_MEMBER },
	{ "string_1_escaped_invalid_codepoint", ASSAY_ERR_JSON_SYNTAX },
	{ "string_1_invalid_codepoint", ASSAY_ERR_JSON_SYNTAX },
	{ "string_2_escaped_invalid_codepoints", ASSAY_ERR_JSON_SYNTAX },
	{ "string_2_invalid_codepoints", ASSAY_ERR_JSON_SYNTAX },
	{ "string_3_escaped_invalid_codepoints", ASSAY_ERR_JSON_SYNTAX },
	{ "string_3_invalid_codepoints", ASSAY_ERR_JSON_SYNTAX },
	{ "string_with_escaped_NULL", ASSAY_ERR_JSON_SYNTAX },
};

static void
test_varied(void **state)
{
	struct test_table t = { .name = "json-parsing/transform" };

	(void)state;
	if (test_shared("JSON transform corpus") == NULL)
		skip();
	for (size_t i = 0; i < sizeof(varied) / sizeof(varied[0]); i++) {
		struct assay_error err = { .code = ASSAY_ERR_OK };
		struct assay_buffer text = test_read(test_shared_path(
		    "suites/json-parsing/transform/%s.json",
		    varied[i].file));
		json_t *v = assay_json_parse(assay_buffer_bytes(&text), NULL,
		    &err);

		test_row(&t, varied[i].file, err.code == varied[i].want,
		    "got %s", assay_code_name(err.code));
		json_decref(v);
		assay_buffer_free(&text);
	}
	test_table_end(&t);
}

/* {"x":"<bytes>"}: NUL, controls, quote and backslash need escapes. */
static void
utf8_row(struct test_table *t, const json_t *row)
{
	const char *id = json_string_value(json_object_get(row, "id"));
	bool valid = json_is_true(json_object_get(row, "valid_utf8"));
	struct assay_buffer text = assay_buffer(4096);
	struct assay_error err = { .code = ASSAY_ERR_OK };
	bool plain = true;
	json_t *v;

	(void)assay_buffer_puts(&text, "{\"x\":\"");
	assert_true(assay_hex_decode(assay_json_string(
	    json_object_get(row, "hex")), &text, &err));
	for (size_t i = 6; i < text.len; i++)
		if (text.ptr[i] < 0x20 || text.ptr[i] == '"' ||
		    text.ptr[i] == '\\')
			plain = false;
	(void)assay_buffer_puts(&text, "\"}");
	v = assay_json_parse(assay_buffer_bytes(&text), NULL, &err);
	if (plain)
		test_row(t, id, (v != NULL) == valid, "valid %d: %s", valid,
		    err.text);
	else if (!valid)
		test_row(t, id, v == NULL, "accepted");
	json_decref(v);
	assay_buffer_free(&text);
}

static void
test_utf8(void **state)
{
	struct test_table t = { .name = "utf8 in JSON strings" };
	struct assay_buffer text;
	struct assay_error err;
	json_t *list, *row;
	size_t i;

	(void)state;
	if (test_shared("UTF-8 sequences") == NULL)
		skip();
	text = test_read(test_shared_path("suites/encoding/utf8.json"));
	list = assay_json_parse(assay_buffer_bytes(&text), NULL, &err);
	assert_non_null(list);
	json_array_foreach(json_object_get(list, "cases"), i, row)
		utf8_row(&t, row);
	json_decref(list);
	assay_buffer_free(&text);
	test_table_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_big_integers),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_member_text),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_corpus),
		cmocka_unit_test(test_varied),
		cmocka_unit_test(test_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
