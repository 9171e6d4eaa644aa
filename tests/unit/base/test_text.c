/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/encode.h"
#include "base/text.h"
#include "json/json.h"
#include "testlib.h"

#define TEXT(s) ((struct assay_bytes){ (const uint8_t *)(s), sizeof(s) - 1 })

static const struct {
	const char	*text;
	size_t		 bad;	/* SIZE_MAX: valid */
} sequences[] = {
	{ "", SIZE_MAX },
	{ "plain", SIZE_MAX },
	{ "\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80"
	    "\xf4\x8f\xbf\xbf", SIZE_MAX },
	{ "ab\x80", 2 },			/* tail alone */
	{ "\xc0\x80", 0 },			/* overlong */
	{ "\xe0\x9f\xbf", 0 },
	{ "\xf0\x8f\xbf\xbf", 0 },
	{ "a\xed\xa0\x80", 1 },			/* surrogate */
	{ "\xf4\x90\x80\x80", 0 },		/* above U+10FFFF */
	{ "\xf5\x80\x80\x80", 0 },
	{ "x\xe2\x82", 1 },			/* cut */
	{ "\xe2\x28\xa1", 0 },
	{ "\xe2\x82\x28", 0 },
};

static void
test_utf8(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++) {
		struct assay_bytes text = assay_bytes_of(sequences[i].text);
		size_t bad = SIZE_MAX;

		assert_int_equal(assay_utf8_valid(text, &bad),
		    sequences[i].bad == SIZE_MAX);
		assert_int_equal(bad, sequences[i].bad);
		(void)assay_utf8_valid(text, NULL);
	}
	assert_int_equal(assay_utf8_length(TEXT("")), 0);
	assert_int_equal(assay_utf8_length(TEXT("\0")), 1);
	assert_int_equal(assay_utf8_length(TEXT("\xf0\x9d\x84\x9e")), 4);
}

static void
test_utf8_suite(void **state)
{
	struct test_table t = { .name = "utf8" };
	struct assay_buffer text;
	struct assay_error err;
	json_t *root, *row;
	size_t i;

	(void)state;
	if (test_shared("UTF-8 sequences") == NULL)
		skip();
	text = test_read(test_shared_path("suites/encoding/utf8.json"));
	root = assay_json_parse(assay_buffer_bytes(&text), NULL, &err);
	assert_non_null(root);
	json_array_foreach(json_object_get(root, "cases"), i, row) {
		struct assay_buffer raw = assay_buffer(64);
		bool want = json_is_true(json_object_get(row, "valid_utf8"));

		assert_true(assay_hex_decode(assay_json_string(
		    json_object_get(row, "hex")), &raw, &err));
		test_row(&t, json_string_value(json_object_get(row, "id")),
		    assay_utf8_valid(assay_buffer_bytes(&raw), NULL) == want,
		    "want %d", want);
		assay_buffer_free(&raw);
	}
	json_decref(root);
	assay_buffer_free(&text);
	test_table_end(&t);
}

static void
test_compare(void **state)
{
	(void)state;
	assert_true(assay_text_is(TEXT(""), ""));
	assert_true(assay_text_is((struct assay_bytes){ NULL, 0 }, ""));
	assert_true(assay_text_is(TEXT("abc"), "abc"));
	assert_false(assay_text_is(TEXT("abc"), "ab"));
	assert_false(assay_text_is(TEXT("ab"), "abc"));
	assert_false(assay_text_is(TEXT("abc\0"), "abc"));
	assert_false(assay_text_is(TEXT("Abc"), "abc"));
	assert_true(assay_text_is_nocase(TEXT("AbC-9"), "aBc-9"));
	assert_false(assay_text_is_nocase(TEXT("abc["), "abc{"));
	assert_false(assay_text_is_nocase(TEXT("k"), "\xe2\x84\xaa"));
}

static const struct {
	const char	*text;
	bool		 ok_u64, ok_i64;
	uint64_t	 u64;
	int64_t		 i64;
} numbers[] = {
	{ "0", true, true, 0, 0 },
	{ "007", true, true, 7, 7 },
	{ "18446744073709551615", true, false, UINT64_MAX, 0 },
	{ "18446744073709551616", false, false, 0, 0 },
	{ "99999999999999999999", false, false, 0, 0 },
	{ "9223372036854775807", true, true, INT64_MAX, INT64_MAX },
	{ "9223372036854775808", true, false, UINT64_C(1) << 63, 0 },
	{ "-9223372036854775808", false, true, 0, INT64_MIN },
	{ "-9223372036854775809", false, false, 0, 0 },
	{ "-0", false, true, 0, 0 },
	{ "-1", false, true, 0, -1 },
	{ "", false, false, 0, 0 },
	{ "-", false, false, 0, 0 },
	{ "--1", false, false, 0, 0 },
	{ "+1", false, false, 0, 0 },
	{ " 1", false, false, 0, 0 },
	{ "1 ", false, false, 0, 0 },
	{ "1/", false, false, 0, 0 },
	{ "1:", false, false, 0, 0 },
	{ "0x1", false, false, 0, 0 },
};

static void
test_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct assay_bytes text = assay_bytes_of(numbers[i].text);
		uint64_t u = 0;
		int64_t s = 0;

		assert_int_equal(assay_text_u64(text, &u), numbers[i].ok_u64);
		assert_int_equal(assay_text_i64(text, &s), numbers[i].ok_i64);
		assert_true(u == numbers[i].u64 && s == numbers[i].i64);
	}
}

static void
test_show(void **state)
{
	char out[ASSAY_TEXT_SHOW];
	uint8_t raw[61];

	(void)state;
	assert_string_equal(assay_text_show(TEXT("a\n\x1b[m\0\x7f\xc3\xa9~"),
	    out), "a??[m????~");
	assert_string_equal(assay_text_show((struct assay_bytes){ NULL, 0 },
	    out), "");
	memset(raw, 'x', sizeof(raw));
	assert_int_equal(strlen(assay_text_show(
	    (struct assay_bytes){ raw, 60 }, out)), 60);
	assert_int_equal(strlen(assay_text_show(
	    (struct assay_bytes){ raw, 61 }, out)), 63);
	assert_string_equal(out + 60, "...");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_utf8_suite),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
