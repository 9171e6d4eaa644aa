/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/text.h"
#include "json/json.h"
#include "testlib.h"

static const char text[] =
    "{\"s\":\"text\",\"i\":7,\"r\":7.0,\"t\":true,\"o\":{\"x\":1},"
    "\"a\":[1,2,3],\"n\":null,\"Quote\":\"q\",\"data\":1,\"DATA\":2,"
    "\"Null\":null}";

enum kind { STRING, INT, BOOL, OBJECT, ARRAY };

static const struct {
	const char	*name;
	enum kind	 kind;
	const char	*member;
	enum assay_code	 want;
	const char	*hint;
} rows[] = {
	{ "string", STRING, "s", ASSAY_ERR_OK, NULL },
	{ "string_missing", STRING, "S", ASSAY_ERR_JSON_MISSING_MEMBER,
	    "\"S\" is missing" },
	{ "string_is_integer", STRING, "i", ASSAY_ERR_JSON_TYPE,
	    "\"i\" is an integer, want a string" },
	{ "string_is_null", STRING, "n", ASSAY_ERR_JSON_TYPE, "is null" },
	{ "int", INT, "i", ASSAY_ERR_OK, NULL },
	{ "int_is_real", INT, "r", ASSAY_ERR_JSON_TYPE, "is a real" },
	{ "int_is_boolean", INT, "t", ASSAY_ERR_JSON_TYPE, "is a boolean" },
	{ "int_missing", INT, "x", ASSAY_ERR_JSON_MISSING_MEMBER, NULL },
	{ "bool", BOOL, "t", ASSAY_ERR_OK, NULL },
	{ "bool_is_integer", BOOL, "i", ASSAY_ERR_JSON_TYPE, NULL },
	{ "bool_missing", BOOL, "x", ASSAY_ERR_JSON_MISSING_MEMBER, NULL },
	{ "object", OBJECT, "o", ASSAY_ERR_OK, NULL },
	{ "object_is_array", OBJECT, "a", ASSAY_ERR_JSON_TYPE,
	    "is an array" },
	{ "object_missing", OBJECT, "x", ASSAY_ERR_JSON_MISSING_MEMBER,
	    NULL },
	{ "array", ARRAY, "a", ASSAY_ERR_OK, NULL },
	{ "array_is_object", ARRAY, "o", ASSAY_ERR_JSON_TYPE,
	    "is an object" },
	{ "array_missing", ARRAY, "x", ASSAY_ERR_JSON_MISSING_MEMBER, NULL },
};

static json_t *
sample(void)
{
	struct assay_error err;
	json_t *v = assay_json_parse(assay_bytes_of(text), NULL, &err);

	assert_non_null(v);
	return v;
}

static bool
get(const json_t *v, enum kind kind, const char *member,
    struct assay_error *err)
{
	struct assay_bytes s;
	json_t *out;
	int64_t i;
	bool b;

	switch (kind) {
	case STRING:
		return assay_json_get_string(v, member, &s, err) &&
		    assay_text_is(s, "text");
	case INT:
		return assay_json_get_int(v, member, 7, 7, &i, err) && i == 7;
	case BOOL:
		return assay_json_get_bool(v, member, &b, err) && b;
	case OBJECT:
		return assay_json_get_object(v, member, &out, err) &&
		    json_object_size(out) == 1;
	case ARRAY:
		return assay_json_get_array(v, member, 3, &out, err) &&
		    json_array_size(out) == 3;
	}
	return false;
}

static void
test_rows(void **state)
{
	struct test_table t = { .name = "json get" };
	json_t *v = sample();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_error err = { .code = ASSAY_ERR_OK };
		bool ok = get(v, rows[i].kind, rows[i].member, &err);

		test_row(&t, rows[i].name,
		    ok == (rows[i].want == ASSAY_ERR_OK) &&
		    err.code == rows[i].want && (rows[i].hint == NULL ||
		    strstr(err.text, rows[i].hint) != NULL), "got %s (%s)",
		    assay_code_name(err.code), err.text);
	}
	test_table_end(&t);
	json_decref(v);
}

static void
test_bounds(void **state)
{
	json_t *v = sample(), *out;
	struct assay_error err;
	int64_t i;

	(void)state;
	assert_false(assay_json_get_int(v, "i", 8, 9, &i, &err));
	test_assert_code("below", &err, ASSAY_ERR_BAD_FIELD);
	assert_false(assay_json_get_int(v, "i", 0, 6, &i, &err));
	test_assert_code("above", &err, ASSAY_ERR_BAD_FIELD);
	assert_non_null(strstr(err.text, "is 7, want 0 to 6"));
	assert_false(assay_json_get_array(v, "a", 2, &out, &err));
	test_assert_code("long array", &err, ASSAY_ERR_LIMIT_EXCEEDED);
	assert_false(assay_json_get_int(json_object_get(v, "a"), "i", 0, 9,
	    &i, &err));
	test_assert_code("not an object", &err, ASSAY_ERR_JSON_TYPE);
	assert_false(assay_json_get_int(NULL, "i", 0, 9, &i, &err));
	test_assert_code("nothing", &err, ASSAY_ERR_JSON_TYPE);
	json_decref(v);
}

static void
test_nocase(void **state)
{
	json_t *v = sample();
	bool ambiguous;

	(void)state;
	assert_string_equal(json_string_value(
	    assay_json_get_nocase(v, "quote", &ambiguous)), "q");
	assert_false(ambiguous);
	assert_null(assay_json_get_nocase(v, "report", &ambiguous));
	assert_false(ambiguous);
	assert_null(assay_json_get_nocase(v, "NULL", &ambiguous));
	assert_false(ambiguous);
	assert_null(assay_json_get_nocase(v, "data", &ambiguous));
	assert_true(ambiguous);
	assert_null(assay_json_get_nocase(json_object_get(v, "a"), "x",
	    &ambiguous));
	assert_false(ambiguous);
	json_decref(v);
}

static void
test_string(void **state)
{
	json_t *v = sample();

	(void)state;
	assert_true(assay_text_is(assay_json_string(json_object_get(v, "s")),
	    "text"));
	assert_int_equal(assay_json_string(json_object_get(v, "i")).len, 0);
	assert_null(assay_json_string(NULL).ptr);
	json_decref(v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_nocase),
		cmocka_unit_test(test_string),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
