/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <assay/error.h>

#include "base/mem.h"
#include "testlib.h"

static void
test_fail(void **state)
{
	struct assay_error err = { .code = ASSAY_ERR_OK };

	(void)state;
	assert_false(assay_fail(&err, ASSAY_ERR_BAD_FIELD, "is %d, want %s",
	    7, "8"));
	assert_int_equal(err.code, ASSAY_ERR_BAD_FIELD);
	assert_string_equal(err.text, "is 7, want 8");
	assert_false(assay_fail_in(&err, "field"));
	assert_false(assay_fail_in(&err, "record"));
	assert_int_equal(err.code, ASSAY_ERR_BAD_FIELD);
	assert_string_equal(err.text, "record: field: is 7, want 8");
	assert_false(assay_fail_memory(&err, "table"));
	assert_int_equal(err.code, ASSAY_ERR_NO_MEMORY);
	assert_string_equal(err.text, "table: out of memory");
}

/* Too long a text is cut, and its head is what remains. */
static void
test_long(void **state)
{
	char text[2 * ASSAY_ERROR_TEXT_MAX];
	struct assay_error err;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	(void)assay_fail(&err, ASSAY_ERR_TRUNCATED, "%s", text);
	assert_int_equal(strlen(err.text), ASSAY_ERROR_TEXT_MAX - 1);
	(void)assay_fail_in(&err, "head");
	assert_int_equal(strlen(err.text), ASSAY_ERROR_TEXT_MAX - 1);
	assert_memory_equal(err.text, "head: xxx", 9);
	(void)assay_fail_in(&err, text);
	assert_int_equal(strlen(err.text), ASSAY_ERROR_TEXT_MAX - 1);
	assert_memory_equal(err.text, "xxxx", 4);
}

static const enum assay_code codes[] = {
#define X(name, class, text) ASSAY_ERR_##name,
	ASSAY_ERRORS(X)
#undef X
};

static void
test_list(void **state)
{
	const size_t n = sizeof(codes) / sizeof(codes[0]);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		const char *name = assay_code_name(codes[i]);

		assert_int_equal(codes[i], i);
		assert_string_not_equal(name, "UNKNOWN");
		assert_true(assay_code_text(codes[i])[0] != '\0');
		assert_int_equal(assay_code_class(codes[i]) ==
		    ASSAY_CLASS_OK, codes[i] == ASSAY_ERR_OK);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(name,
			    assay_code_name(codes[k]));
	}
	/* What is no code is our fault, never a success. */
	assert_int_equal(assay_code_class((enum assay_code)n),
	    ASSAY_CLASS_INTERNAL);
	assert_string_equal(assay_code_name((enum assay_code)n), "UNKNOWN");
	assert_true(assay_code_text((enum assay_code)n)[0] != '\0');
}

static void
test_classes(void **state)
{
	(void)state;
	assert_string_equal(assay_class_name(ASSAY_CLASS_OK), "ok");
	assert_string_equal(assay_class_name(ASSAY_CLASS_MALFORMED),
	    "malformed");
	assert_string_equal(assay_class_name(ASSAY_CLASS_REJECTED),
	    "rejected");
	assert_string_equal(assay_class_name(ASSAY_CLASS_UNAVAILABLE),
	    "unavailable");
	assert_string_equal(assay_class_name(ASSAY_CLASS_INTERNAL),
	    "internal");
	assert_int_equal(assay_code_class(ASSAY_ERR_COLLATERAL_MISSING),
	    ASSAY_CLASS_UNAVAILABLE);
	assert_int_equal(assay_code_class(ASSAY_ERR_NO_MEMORY),
	    ASSAY_CLASS_INTERNAL);
}

static void
test_memory(void **state)
{
	static const uint8_t with_nul[] = { 'a', 0, 'b' };
	uint8_t secret[8];
	char *copy;

	(void)state;
	assert_null(assay_alloc(SIZE_MAX, SIZE_MAX));
	copy = assay_alloc(4, 4);
	assert_non_null(copy);
	assert_memory_equal(copy, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	free(copy);
	copy = assay_strdup_bytes(assay_bytes_of("text"));
	assert_string_equal(copy, "text");
	free(copy);
	copy = assay_strdup_bytes((struct assay_bytes){ NULL, 0 });
	assert_string_equal(copy, "");
	free(copy);
	assert_null(assay_strdup_bytes((struct assay_bytes){ with_nul, 3 }));
	memset(secret, 7, sizeof(secret));
	assay_wipe(secret, sizeof(secret));
	assert_memory_equal(secret, "\0\0\0\0\0\0\0", 8);
	assay_wipe_free(NULL, 0);
}

static void
test_bytes(void **state)
{
	const struct assay_bytes none = { NULL, 0 };

	(void)state;
	assert_int_equal(assay_bytes_of(NULL).len, 0);
	assert_int_equal(assay_bytes_of("ab").len, 2);
	assert_true(assay_bytes_equal(none, assay_bytes_of("")));
	assert_true(assay_bytes_equal(assay_bytes_of("ab"),
	    assay_bytes_of("ab")));
	assert_false(assay_bytes_equal(assay_bytes_of("ab"),
	    assay_bytes_of("aB")));
	assert_false(assay_bytes_equal(assay_bytes_of("ab"),
	    assay_bytes_of("abc")));
	assert_false(assay_bytes_equal(assay_bytes_of("ab"), none));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fail),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
