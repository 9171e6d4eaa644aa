/* SPDX-License-Identifier: Apache-2.0 */
#include <stdalign.h>
#include <string.h>

#include "base/arena.h"
#include "testlib.h"

static bool
is_zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != 0)
			return false;
	return true;
}

/* Many sizes: zeroed, aligned, and none over another. */
static void
test_alloc(void **state)
{
	struct assay_arena *a = assay_arena_new(1u << 20);
	uint8_t *at[200];

	(void)state;
	for (size_t i = 0; i < 200; i++) {
		at[i] = assay_arena_alloc(a, i, 7);
		assert_non_null(at[i]);
		assert_int_equal((uintptr_t)at[i] % alignof(max_align_t), 0);
		assert_true(is_zero(at[i], 7 * i));
		memset(at[i], (int)i, 7 * i);
	}
	for (size_t i = 1; i < 200; i++)
		assert_true(at[i][0] == (uint8_t)i &&
		    at[i][7 * i - 1] == (uint8_t)i);
	assay_arena_free(a);
	assay_arena_free(NULL);
}

static void
test_maximum(void **state)
{
	struct assay_arena *a = assay_arena_new(1000);

	(void)state;
	assert_null(assay_arena_alloc(a, SIZE_MAX, SIZE_MAX));
	assert_null(assay_arena_alloc(a, SIZE_MAX / 2 + 1, 2));
	assert_null(assay_arena_alloc(a, SIZE_MAX, 1));
	assert_null(assay_arena_alloc(a, 1, 1001));
	assert_int_equal(assay_arena_used(a), 0);
	assert_non_null(assay_arena_alloc(a, 1, 496));
	assert_non_null(assay_arena_alloc(a, 1, 496));
	assert_int_equal(assay_arena_used(a), 992);
	assert_null(assay_arena_alloc(a, 1, 16));
	assert_int_equal(assay_arena_used(a), 992);
	assay_arena_free(a);
}

/* Memory that is used again is zero again. */
static void
test_reset(void **state)
{
	struct assay_arena *a = assay_arena_new(1u << 20);
	uint8_t *p;

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 20; i++) {
			p = assay_arena_alloc(a, 1, 1000);
			assert_non_null(p);
			assert_true(is_zero(p, 1000));
			memset(p, 0xff, 1000);
		}
		assay_arena_reset(a);
		assert_int_equal(assay_arena_used(a), 0);
	}
	assay_arena_free(a);
	a = assay_arena_new(16);
	assay_arena_reset(a);
	assert_non_null(assay_arena_alloc(a, 0, 8));
	assay_arena_free(a);
}

static void
test_dup(void **state)
{
	struct assay_arena *a = assay_arena_new(64);
	struct assay_bytes out;

	(void)state;
	out = assay_arena_dup(a, assay_bytes_of("text"));
	assert_int_equal(out.len, 4);
	assert_string_equal((const char *)out.ptr, "text");
	out = assay_arena_dup(a, (struct assay_bytes){ NULL, 0 });
	assert_non_null(out.ptr);
	assert_int_equal(out.ptr[0], 0);
	out = assay_arena_dup(a,
	    (struct assay_bytes){ (const uint8_t *)"", SIZE_MAX });
	assert_null(out.ptr);
	out = assay_arena_dup(a, assay_bytes_of("a text of more than the "
	    "forty bytes that are left in here"));
	assert_null(out.ptr);
	assert_int_equal(out.len, 0);
	assay_arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alloc),
		cmocka_unit_test(test_maximum),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_dup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
