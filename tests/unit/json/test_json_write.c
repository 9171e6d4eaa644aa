/* SPDX-License-Identifier: Apache-2.0 */
/* What goes out, and that it comes back in as the same value. */
#include <locale.h>
#include <math.h>
#include <string.h>

#include "base/limits.h"
#include "json/json.h"
#include "json/json_real.h"
#include "testlib.h"

static const struct {
	const char	*name;
	const char	*in;
	const char	*out;
} rows[] = {
	{ "scalars", "[ 1 , -2, true,false , null,\"\" ]",
	    "[1,-2,true,false,null,\"\"]" },
	{ "empty", "{ \"a\" : { } , \"b\" : [ ] }",
	    "{\"a\":{},\"b\":[]}" },
	{ "sorted", "{\"b\":1,\"a\":{\"z\":1,\"A\":2},\"B\":3,\"\":4,"
	    "\"a.b\":5,\"a-b\":6}",
	    "{\"\":4,\"B\":3,\"a\":{\"A\":2,\"z\":1},\"a-b\":6,\"a.b\":5,"
	    "\"b\":1}" },
	{ "sorted_by_code_point", "{\"\\ud834\\udd1e\":1,\"\\uffff\":2,"
	    "\"\\u00e9\":3,\"z\":4}",
	    "{\"z\":4,\"\xc3\xa9\":3,\"\xef\xbf\xbf\":2,"
	    "\"\xf0\x9d\x84\x9e\":1}" },
	{ "escapes", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f\"",
	    "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"" },
	{ "utf8_kept", "\"\\u20ac<>&'\"", "\"\xe2\x82\xac<>&'\"" },
	{ "integers", "[9223372036854775807,-9223372036854775808,-0]",
	    "[9223372036854775807,-9223372036854775808,0]" },
	{ "reals", "[0.1,1e2,-0.0,1e300,5e-324,0.3333333333333333,1E-7]",
	    "[0.1,100.0,-0.0,1e+300,4.94065645841247e-324,"
	    "0.3333333333333333,1e-07]" },
};

static json_t *
parse_ok(const char *text)
{
	struct assay_error err = { .code = ASSAY_ERR_OK };
	json_t *v = assay_json_parse(assay_bytes_of(text), NULL, &err);

	if (v == NULL)
		fail_msg("%s: %s", text, err.text);
	return v;
}

static void
test_rows(void **state)
{
	struct test_table t = { .name = "json write" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_buffer b = assay_buffer(4096);
		struct assay_error err;
		json_t *v = parse_ok(rows[i].in), *back;

		assert_true(assay_json_write(v, &b, &err));
		test_row(&t, rows[i].name,
		    strcmp(assay_buffer_str(&b), rows[i].out) == 0, "got %s",
		    assay_buffer_str(&b));
		back = parse_ok(assay_buffer_str(&b));
		test_row(&t, rows[i].name, json_equal(v, back),
		    "does not read back as it was");
		json_decref(v);
		json_decref(back);
		assay_buffer_free(&b);
	}
	test_table_end(&t);
}

static void
test_pretty(void **state)
{
	json_t *v = parse_ok("{\"b\":[1,{}],\"a\":[]}");
	struct assay_buffer b = assay_buffer(4096);
	struct assay_error err;

	(void)state;
	assert_true(assay_json_write_pretty(v, &b, &err));
	assert_string_equal(assay_buffer_str(&b),
	    "{\n  \"a\": [],\n  \"b\": [\n    1,\n    {}\n  ]\n}");
	json_decref(v);
	assay_buffer_free(&b);
}

static void
test_failures(void **state)
{
	json_t *latin1 = json_stringn_nocheck("a\xe9", 2);
	json_t *text = json_string("four");
	json_t *deep = json_array(), *outer;
	struct assay_buffer b = assay_buffer(5);
	struct assay_buffer large = assay_buffer(4096);
	struct assay_error err;

	(void)state;
	assert_false(assay_json_write(text, &b, &err));
	test_assert_code("buffer too small", &err, ASSAY_ERR_LIMIT_EXCEEDED);
	assert_false(assay_json_write(latin1, &large, &err));
	test_assert_code("not UTF-8", &err, ASSAY_ERR_BAD_ENCODING);
	assert_false(assay_json_write(NULL, &large, &err));
	test_assert_code("no value", &err, ASSAY_ERR_INTERNAL);
	for (unsigned int i = 1; i < ASSAY_MAX_JSON_WRITE_DEPTH; i++) {
		outer = json_array();
		assert_int_equal(json_array_append_new(outer, deep), 0);
		deep = outer;
	}
	assert_true(assay_json_write(deep, &large, &err));
	assert_int_equal(json_array_append_new(outer = json_array(), deep), 0);
	assert_false(assay_json_write(outer, &large, &err));
	test_assert_code("too deep", &err, ASSAY_ERR_LIMIT_EXCEEDED);
	json_decref(outer);
	json_decref(text);
	json_decref(latin1);
	assay_buffer_free(&b);
	assay_buffer_free(&large);
}

/* A NUL cannot come in; one made by code leaves escaped, never raw. */
static void
test_nul(void **state)
{
	json_t *text = json_stringn("a\0b", 3);
	struct assay_buffer b = assay_buffer(64);
	struct assay_error err;

	(void)state;
	assert_true(assay_json_write(text, &b, &err));
	assert_string_equal(assay_buffer_str(&b), "\"a\\u0000b\"");
	json_decref(text);
	assay_buffer_free(&b);
}

static void
test_reals(void **state)
{
	static const double values[] = { 0.1, 1.0 / 3, 1e21, 1e22, 5e-324,
	    1.7976931348623157e308, -123456.789, 9007199254740993.0, 2.5 };
	char text[ASSAY_JSON_REAL_TEXT];
	double back;

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		assay_json_real_text(values[i], text);
		assert_true(strpbrk(text, ".e") != NULL);
		assert_true(assay_json_real_parse(text, &back));
		assert_memory_equal(&back, &values[i], sizeof(back));
	}
	assert_false(assay_json_real_parse("1e400", &back));
}

/* A program that speaks German still writes JSON. */
static void
test_locale(void **state)
{
	static const char *const names[] = { "de_DE.UTF-8", "fr_FR.UTF-8",
	    "de_DE", "fr_FR" };
	char text[ASSAY_JSON_REAL_TEXT];
	double back;
	bool found = false;

	(void)state;
	for (size_t i = 0; !found && i < sizeof(names) / sizeof(names[0]); i++)
		found = setlocale(LC_ALL, names[i]) != NULL;
	if (!found) {
		printf("SKIPPED: no locale with a decimal comma here\n");
		skip();
	}
	assay_json_real_text(0.5, text);
	assert_string_equal(text, "0.5");
	assert_true(assay_json_real_parse("0.5", &back));
	assert_true(back == 0.5);
	(void)setlocale(LC_ALL, "C");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_pretty),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_reals),
		cmocka_unit_test(test_locale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
