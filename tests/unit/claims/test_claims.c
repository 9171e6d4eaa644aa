/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <assay/claims.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "testlib.h"

static struct assay_claims *
new_set(void)
{
	struct assay_claims *set = assay_claims_new();

	assert_non_null(set);
	return set;
}

static void
test_kinds_and_order(void **state)
{
	static const uint8_t raw[] = { 0xde, 0xad };
	struct assay_claims *set = new_set();
	struct assay_error err;
	struct assay_claim c;

	(void)state;
	assert_true(assay_claims_add_string(set, "s", assay_bytes_of("v"),
	    &err));
	assert_true(assay_claims_add_hex(set, "h",
	    (struct assay_bytes){ raw, 2 }, &err));
	assert_true(assay_claims_add_integer(set, "i", INT64_MIN, &err));
	assert_true(assay_claims_add_boolean(set, "b", true, &err));
	assert_true(assay_claims_add_json(set, "j", assay_bytes_of("{}"),
	    &err));
	assert_int_equal(assay_claims_count(set), 5);
	assert_true(assay_claims_at(set, 0, &c, &err));
	assert_true(assay_text_is(c.type, "s") && assay_text_is(c.text, "v"));
	assert_int_equal(c.text.ptr[c.text.len], 0);
	assert_int_equal(c.issuer, ASSAY_ISSUER_SERVICE);
	assert_true(assay_claims_at(set, 1, &c, &err));
	assert_true(assay_text_is(c.text, "dead"));
	assert_true(assay_claims_at(set, 2, &c, &err));
	assert_true(c.value_type == ASSAY_VALUE_INTEGER &&
	    c.integer == INT64_MIN);
	assert_true(assay_claims_find(set, "b", &c) && c.boolean);
	assert_true(assay_claims_find(set, "j", &c));
	assert_int_equal(c.value_type, ASSAY_VALUE_JSON);
	assert_false(assay_claims_find(set, "B", &c));
	assert_true(assay_text_is(assay_claims_type_at(set, 4), "j"));
	assert_int_equal(assay_claims_type_at(set, 5).len, 0);
	assert_false(assay_claims_at(set, 5, &c, &err));
	test_assert_code("past the end", &err, ASSAY_ERR_INTERNAL);
	assay_claims_free(set);
}

/* Everything is copied, so the caller's memory may go. */
static void
test_copies(void **state)
{
	char type[] = "type", text[] = "text";
	struct assay_claims *set = new_set();
	struct assay_error err;
	struct assay_claim c;

	(void)state;
	assert_true(assay_claims_add_string(set, type, assay_bytes_of(text),
	    &err));
	memset(type, 'x', 4);
	memset(text, 'x', 4);
	assert_true(assay_claims_find(set, "type", &c));
	assert_true(assay_text_is(c.text, "text"));
	assay_claims_free(set);
}

#define TEXT(s) { (const uint8_t *)(s), sizeof(s) - 1 }

static const struct {
	const char		*name;
	struct assay_bytes	 type, text;
	enum assay_code		 want;
} refused[] = {
	{ "empty_type", TEXT(""), TEXT("v"), ASSAY_ERR_BAD_FIELD },
	{ "nul_in_type", TEXT("a\0b"), TEXT("v"), ASSAY_ERR_BAD_ENCODING },
	{ "nul_in_value", TEXT("a"), TEXT("v\0"), ASSAY_ERR_BAD_ENCODING },
	{ "latin1_value", TEXT("a"), TEXT("\xe9"), ASSAY_ERR_BAD_ENCODING },
	{ "latin1_type", TEXT("\xe9"), TEXT("v"), ASSAY_ERR_BAD_ENCODING },
};

static void
test_refused(void **state)
{
	struct assay_claims *set = new_set();

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		const struct assay_claim c = {
			.type = refused[i].type, .text = refused[i].text,
		};
		struct assay_error err = { .code = ASSAY_ERR_OK };

		assert_false(assay_claims_add(set, &c, &err));
		test_assert_code(refused[i].name, &err, refused[i].want);
	}
	assert_int_equal(assay_claims_count(set), 0);
	assay_claims_free(set);
}

static void
test_has(void **state)
{
	struct assay_claims *set = new_set();
	struct assay_error err;
	struct assay_claim c;

	(void)state;
	assert_true(assay_claims_add_string(set, "a", assay_bytes_of("1"),
	    &err));
	assert_true(assay_claims_add_integer(set, "a", 1, &err));
	assert_true(assay_claims_add_boolean(set, "f", false, &err));
	assert_true(assay_claims_find(set, "a", &c));
	assert_true(assay_claims_has(set, &c));
	c.issuer = ASSAY_ISSUER_POLICY;
	assert_false(assay_claims_has(set, &c));
	c.issuer = ASSAY_ISSUER_SERVICE;
	c.text = assay_bytes_of("2");
	assert_false(assay_claims_has(set, &c));
	c.text = assay_bytes_of("1");
	c.value_type = ASSAY_VALUE_JSON;
	assert_true(assay_claims_has(set, &c));
	c.value_type = ASSAY_VALUE_INTEGER;
	c.integer = 2;
	assert_false(assay_claims_has(set, &c));
	c.integer = 1;
	assert_true(assay_claims_has(set, &c));
	c.value_type = ASSAY_VALUE_BOOLEAN;
	assert_false(assay_claims_has(set, &c));
	c.type = assay_bytes_of("f");
	assert_true(assay_claims_has(set, &c));
	c.boolean = true;
	assert_false(assay_claims_has(set, &c));
	assay_claims_free(set);
}

/* Counts how often it is asked. */
static bool
make_text(void *ctx, char **text, struct assay_error *err)
{
	int *calls = ctx;

	(*calls)++;
	*text = assay_strdup_bytes(assay_bytes_of("{\"n\":1}"));
	return *text != NULL || assay_fail_memory(err, "text");
}

static bool
make_nothing(void *ctx, char **text, struct assay_error *err)
{
	(void)ctx;
	(void)text;
	return assay_fail(err, ASSAY_ERR_TRUNCATED, "log is cut");
}

static bool
make_null(void *ctx, char **text, struct assay_error *err)
{
	(void)ctx;
	(void)err;
	*text = NULL;
	return true;
}

static bool
make_latin1(void *ctx, char **text, struct assay_error *err)
{
	(void)ctx;
	*text = assay_strdup_bytes(assay_bytes_of("\"\xe9\""));
	return *text != NULL || assay_fail_memory(err, "text");
}

static void
test_lazy(void **state)
{
	int calls = 0;
	struct assay_claims *set = new_set();
	struct assay_error err;
	struct assay_claim c;

	(void)state;
	assert_true(assay_claims_add_lazy(set, "log",
	    (struct assay_lazy_text){ make_text, &calls }, &err));
	assert_true(assay_text_is(assay_claims_type_at(set, 0), "log"));
	assert_false(assay_claims_find(set, "other", &c));
	assert_int_equal(calls, 0);
	assert_true(assay_claims_find(set, "log", &c));
	assert_true(assay_text_is(c.text, "{\"n\":1}"));
	assert_true(assay_claims_at(set, 0, &c, &err));
	assert_true(assay_claims_has(set, &c));
	assert_int_equal(calls, 1);
	assay_claims_free(set);
}

static void
test_lazy_fails(void **state)
{
	struct assay_claims *set = new_set();
	struct assay_error err;
	struct assay_claim c;

	(void)state;
	assert_true(assay_claims_add_lazy(set, "log",
	    (struct assay_lazy_text){ make_nothing, NULL }, &err));
	assert_true(assay_claims_add_lazy(set, "none",
	    (struct assay_lazy_text){ make_null, NULL }, &err));
	assert_true(assay_claims_add_lazy(set, "latin1",
	    (struct assay_lazy_text){ make_latin1, NULL }, &err));
	assert_false(assay_claims_at(set, 0, &c, &err));
	test_assert_code("make fails", &err, ASSAY_ERR_TRUNCATED);
	assert_string_equal(err.text, "log: log is cut");
	assert_false(assay_claims_find(set, "log", &c));
	assert_false(assay_claims_at(set, 1, &c, &err));
	test_assert_code("no text", &err, ASSAY_ERR_INTERNAL);
	assert_false(assay_claims_at(set, 2, &c, &err));
	test_assert_code("not UTF-8", &err, ASSAY_ERR_BAD_ENCODING);
	assay_claims_free(set);
}

static void
test_limits(void **state)
{
	struct assay_claims *set = new_set();
	struct assay_error err;

	(void)state;
	for (size_t i = 0; i < ASSAY_MAX_CLAIMS; i++)
		assert_true(assay_claims_add_boolean(set, "b", true, &err));
	assert_false(assay_claims_add_boolean(set, "b", true, &err));
	test_assert_code("count", &err, ASSAY_ERR_LIMIT_EXCEEDED);
	assay_claims_free(set);
}

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(assay_claim_issuer_name(ASSAY_ISSUER_SERVICE),
	    "AttestationService");
	assert_string_equal(assay_claim_issuer_name(ASSAY_ISSUER_POLICY),
	    "AttestationPolicy");
	assert_string_equal(assay_claim_issuer_name(ASSAY_ISSUER_CUSTOM),
	    "CustomClaim");
	assert_string_equal(assay_value_type_name(ASSAY_VALUE_JSON),
	    "String");
	assert_string_equal(assay_value_type_name(ASSAY_VALUE_INTEGER),
	    "Integer");
	assert_string_equal(assay_value_type_name(ASSAY_VALUE_BOOLEAN),
	    "Boolean");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds_and_order),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_has),
		cmocka_unit_test(test_lazy),
		cmocka_unit_test(test_lazy_fails),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
