/* SPDX-License-Identifier: Apache-2.0 */
/* The cursor reads what is there, and does not move when it fails. */
#include <string.h>

#include "base/reader.h"
#include "testlib.h"

static const uint8_t raw[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };

static struct assay_reader
reader_of(size_t n)
{
	return assay_reader((struct assay_bytes){ raw, n });
}

static void
test_integers(void **state)
{
	struct assay_reader r = reader_of(9);
	uint16_t v16;
	uint32_t v32;
	uint64_t v64;
	uint8_t v8;

	(void)state;
	assert_true(assay_read_u8(&r, &v8) && v8 == 1);
	assert_true(assay_read_u64le(&r, &v64));
	assert_true(v64 == UINT64_C(0x0908070605040302));
	assert_int_equal(assay_reader_left(&r), 0);
	assert_int_equal(assay_reader_offset(&r), 9);
	r = reader_of(9);
	assert_true(assay_read_u64be(&r, &v64));
	assert_true(v64 == UINT64_C(0x0102030405060708));
	r = reader_of(9);
	assert_true(assay_read_u16le(&r, &v16) && v16 == 0x0201);
	assert_true(assay_read_u16be(&r, &v16) && v16 == 0x0304);
	assert_true(assay_read_u32le(&r, &v32) && v32 == 0x08070605);
	r = reader_of(4);
	assert_true(assay_read_u32be(&r, &v32) && v32 == 0x01020304);
}

/* One byte too few for each: false, nothing moved, nothing written. */
static void
test_too_short(void **state)
{
	struct assay_bytes b = { raw, 3 };
	struct assay_reader r, sub;
	uint64_t v64 = 77;
	uint32_t v32 = 77;
	uint16_t v16 = 77;
	uint8_t v8 = 77, copy[4] = { 0 };

	(void)state;
	r = reader_of(0);
	assert_false(assay_read_u8(&r, &v8));
	assert_true(assay_read_bytes(&r, 0, &b));
	assert_int_equal(b.len, 0);
	r = reader_of(1);
	assert_false(assay_read_u16le(&r, &v16) || assay_read_u16be(&r, &v16));
	r = reader_of(3);
	assert_false(assay_read_u32le(&r, &v32) || assay_read_u32be(&r, &v32));
	assert_false(assay_read_copy(&r, copy, 4));
	assert_false(assay_read_bytes(&r, 4, &b));
	assert_false(assay_read_sub(&r, 4, &sub));
	assert_false(assay_skip(&r, 4));
	assert_false(assay_skip(&r, SIZE_MAX));
	assert_int_equal(assay_reader_left(&r), 3);
	r = reader_of(7);
	assert_false(assay_read_u64le(&r, &v64) || assay_read_u64be(&r, &v64));
	assert_int_equal(assay_reader_left(&r), 7);
	assert_true(v8 == 77 && v16 == 77 && v32 == 77 && v64 == 77);
	assert_int_equal(copy[0], 0);
	assert_int_equal(b.len, 0);
}

static void
test_nested(void **state)
{
	struct assay_reader r = reader_of(9), sub;
	struct assay_bytes b;
	uint8_t copy[3], v;

	(void)state;
	assert_true(assay_skip(&r, 1));
	assert_true(assay_read_sub(&r, 4, &sub));
	assert_int_equal(assay_reader_left(&sub), 4);
	assert_int_equal(assay_reader_offset(&sub), 0);
	assert_true(assay_read_copy(&sub, copy, 3) && copy[2] == 4);
	assert_true(assay_read_u8(&sub, &v) && v == 5);
	assert_false(assay_read_u8(&sub, &v));
	assert_int_equal(assay_reader_offset(&r), 5);
	b = assay_reader_rest(&r);
	assert_true(b.len == 4 && b.ptr[0] == 6);
	assert_int_equal(assay_reader_left(&r), 4);
	assert_true(assay_read_bytes(&r, 4, &b) && b.ptr[3] == 9);
}

/* No bytes at all, not even an address. */
static void
test_nothing(void **state)
{
	struct assay_reader r = assay_reader((struct assay_bytes){ NULL, 0 });
	struct assay_bytes b = { raw, 1 };
	uint8_t v, copy[1];

	(void)state;
	assert_int_equal(assay_reader_left(&r), 0);
	assert_int_equal(assay_reader_offset(&r), 0);
	assert_false(assay_read_u8(&r, &v));
	assert_true(assay_skip(&r, 0));
	assert_true(assay_read_copy(&r, copy, 0));
	assert_true(assay_read_bytes(&r, 0, &b));
	assert_int_equal(assay_reader_rest(&r).len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_too_short),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
