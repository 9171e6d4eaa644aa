/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that grow to a maximum, and remember that they did not fit. */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "testlib.h"

static void
test_append(void **state)
{
	struct assay_buffer b = assay_buffer(64);
	struct assay_error err;
	uint8_t *at;

	(void)state;
	assert_string_equal(assay_buffer_str(&b), "");
	assert_true(assay_buffer_puts(&b, "ab") && assay_buffer_putc(&b, 'c'));
	assert_true(assay_buffer_printf(&b, "%d-%s", 42, "x"));
	assert_true(assay_buffer_fill(&b, '.', 2));
	assert_true(assay_buffer_put(&b, (struct assay_bytes){ NULL, 0 }));
	assert_true(assay_buffer_extend(&b, 1, &at));
	*at = '!';
	assert_string_equal(assay_buffer_str(&b), "abc42-x..!");
	assert_true(assay_buffer_ok(&b, "text", &err));
	assay_buffer_clear(&b);
	assert_int_equal(b.len, 0);
	assert_string_equal(assay_buffer_str(&b), "");
	assay_buffer_free(&b);
	assay_buffer_free(&b);
	assay_buffer_free(NULL);
}

static void
test_maximum(void **state)
{
	struct assay_buffer b = assay_buffer(4);
	struct assay_error err;
	uint8_t *at;

	(void)state;
	assert_true(assay_buffer_puts(&b, "abcd"));
	assert_false(assay_buffer_putc(&b, 'e'));
	assert_int_equal(b.len, 4);
	assert_string_equal(assay_buffer_str(&b), "abcd");
	/* Remembered: even what would fit is refused now. */
	assert_false(assay_buffer_put(&b, (struct assay_bytes){ NULL, 0 }));
	assert_false(assay_buffer_ok(&b, "four", &err));
	test_assert_code("full", &err, ASSAY_ERR_LIMIT_EXCEEDED);
	assert_null(assay_buffer_take(&b));
	b = assay_buffer(4);
	assert_false(assay_buffer_fill(&b, 0, 5));
	assay_buffer_clear(&b);
	assert_false(assay_buffer_printf(&b, "%05d", 1));
	assay_buffer_clear(&b);
	assert_false(assay_buffer_extend(&b, SIZE_MAX, &at));
	assay_buffer_clear(&b);
	assert_true(assay_buffer_fill(&b, 'x', 4));
	assay_buffer_free(&b);
	b = assay_buffer(0);
	assert_true(assay_buffer_puts(&b, ""));
	assert_false(assay_buffer_putc(&b, 'a'));
	assay_buffer_free(&b);
}

static void
test_growth(void **state)
{
	struct assay_buffer b = assay_buffer(100000);

	(void)state;
	for (size_t i = 0; i < 100000; i++)
		assert_true(assay_buffer_putc(&b, (uint8_t)i));
	assert_false(assay_buffer_putc(&b, 0));
	for (size_t i = 0; i < 100000; i++)
		assert_int_equal(b.ptr[i], (uint8_t)i);
	assert_int_equal(b.ptr[b.len], 0);
	assay_buffer_wipe(&b);
	assert_null(b.ptr);
	assert_int_equal(b.max, 100000);
	assay_buffer_wipe(NULL);
}

static void
test_integers(void **state)
{
	struct assay_buffer b = assay_buffer(64);

	(void)state;
	assert_true(assay_buffer_put_le(&b, 0x01020304, 4));
	assert_true(assay_buffer_put_be(&b, 0x01020304, 4));
	assert_true(assay_buffer_put_le(&b, UINT64_MAX, 8));
	assert_true(assay_buffer_put_be(&b, 0xaabb, 2));
	assert_memory_equal(b.ptr, "\4\3\2\1\1\2\3\4"
	    "\xff\xff\xff\xff\xff\xff\xff\xff\xaa\xbb", 18);
	assay_buffer_patch_le(&b, 4, 0x0a0b, 2);
	assert_memory_equal(b.ptr + 4, "\x0b\x0a\3\4", 4);
	assert_false(b.failed);
	assay_buffer_patch_le(&b, 17, 0, 2);
	assert_true(b.failed);
	b.failed = false;
	assay_buffer_patch_le(&b, SIZE_MAX, 0, 2);
	assert_true(b.failed);
	assay_buffer_free(&b);
}

static void
test_take(void **state)
{
	struct assay_buffer b = assay_buffer(64);
	char *text;

	(void)state;
	assert_null(assay_buffer_take(&b));
	assert_true(assay_buffer_puts(&b, "mine"));
	text = assay_buffer_take(&b);
	assert_string_equal(text, "mine");
	assert_null(b.ptr);
	assert_int_equal(b.len, 0);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_maximum),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_take),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
