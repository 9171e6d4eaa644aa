/* SPDX-License-Identifier: Apache-2.0 */
/* Hex and base64: every length both ways, then a public list of cases. */
#include <string.h>

#include "base/encode.h"
#include "base/text.h"
#include "json/json.h"
#include "testlib.h"

#define TEXT(s) { (const uint8_t *)(s), sizeof(s) - 1 }

enum form { HEX, STANDARD, URL, ANY };

static bool
decode(enum form form, struct assay_bytes text, struct assay_buffer *out,
    struct assay_error *err)
{
	switch (form) {
	case HEX:
		return assay_hex_decode(text, out, err);
	case STANDARD:
		return assay_base64_decode(text, out, err);
	case URL:
		return assay_base64url_decode(text, out, err);
	case ANY:
		return assay_base64_decode_any(text, out, err);
	}
	return false;
}

static const struct {
	const char		*name;
	enum form		 form;
	struct assay_bytes	 text;
	const char		*hex;	/* NULL: refused */
} rows[] = {
	{ "hex_empty", HEX, TEXT(""), "" },
	{ "hex_both_cases", HEX, TEXT("00ffABcd"), "00ffabcd" },
	{ "hex_odd", HEX, TEXT("abc"), NULL },
	{ "hex_letter", HEX, TEXT("0g"), NULL },
	{ "hex_space", HEX, TEXT("00 1"), NULL },
	{ "hex_nul", HEX, TEXT("0\0"), NULL },
	{ "hex_prefix", HEX, TEXT("0x00"), NULL },
	{ "std_empty", STANDARD, TEXT(""), "" },
	{ "std_one", STANDARD, TEXT("+w=="), "fb" },
	{ "std_two", STANDARD, TEXT("+/8="), "fbff" },
	{ "std_three", STANDARD, TEXT("+/+/"), "fbffbf" },
	{ "std_unpadded", STANDARD, TEXT("+w"), NULL },
	{ "std_half_padded", STANDARD, TEXT("+w="), NULL },
	{ "std_overpadded", STANDARD, TEXT("+/8=="), NULL },
	{ "std_only_padding", STANDARD, TEXT("===="), NULL },
	{ "std_url_alphabet", STANDARD, TEXT("-_8="), NULL },
	{ "std_bits_behind", STANDARD, TEXT("+x=="), NULL },
	{ "std_newline", STANDARD, TEXT("+/8=\n"), NULL },
	{ "std_concatenated", STANDARD, TEXT("+w==+w=="), NULL },
	{ "url_one", URL, TEXT("-w"), "fb" },
	{ "url_padded", URL, TEXT("-w=="), NULL },
	{ "url_std_alphabet", URL, TEXT("+w"), NULL },
	{ "url_bits_behind_1", URL, TEXT("-x"), NULL },
	{ "url_bits_behind_2", URL, TEXT("-_9"), NULL },
	{ "url_length_1", URL, TEXT("A"), NULL },
	{ "url_length_5", URL, TEXT("AAAAA"), NULL },
	{ "any_url", ANY, TEXT("-w"), "fb" },
	{ "any_url_padded", ANY, TEXT("-w=="), "fb" },
	{ "any_std", ANY, TEXT("+w=="), "fb" },
	{ "any_std_unpadded", ANY, TEXT("+w"), "fb" },
	{ "any_mixed", ANY, TEXT("+_8="), NULL },
	{ "any_mixed_late", ANY, TEXT("AAAA-AAA+AAA"), NULL },
	{ "any_half_padded", ANY, TEXT("-w="), NULL },
	{ "any_bits_behind", ANY, TEXT("-x=="), NULL },
	{ "any_space", ANY, TEXT("-w ="), NULL },
	{ "any_pad_inside", ANY, TEXT("-w==AAAA"), NULL },
};

static void
test_rows(void **state)
{
	struct test_table t = { .name = "encode rows" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_error err = { .code = ASSAY_ERR_OK };
		struct assay_buffer out = assay_buffer(64);
		char hex[129] = "";
		bool ok = decode(rows[i].form, rows[i].text, &out, &err);

		assay_hex(assay_buffer_bytes(&out), hex);
		test_row(&t, rows[i].name, rows[i].hex != NULL ?
		    ok && strcmp(hex, rows[i].hex) == 0 :
		    !ok && err.code == ASSAY_ERR_BAD_ENCODING && out.len == 0,
		    "%d %s (%s)", ok, hex, err.text);
		assay_buffer_free(&out);
	}
	test_table_end(&t);
}

/* What we write we read, and nobody else's spelling of it. */
static void
test_round_trips(void **state)
{
	uint8_t raw[64];

	(void)state;
	for (size_t i = 0; i < sizeof(raw); i++)
		raw[i] = (uint8_t)(i * 37 + 251);
	for (size_t n = 0; n <= sizeof(raw); n++) {
		const struct assay_bytes in = { raw, n };
		struct assay_buffer std = assay_buffer(256);
		struct assay_buffer url = assay_buffer(256);
		struct assay_buffer hex = assay_buffer(256);
		struct assay_buffer back = assay_buffer(512);
		struct assay_error err;

		assert_true(assay_base64_encode(in, &std));
		assert_true(assay_base64url_encode(in, &url));
		assert_true(assay_hex_encode(in, &hex));
		assert_int_equal(std.len, (n + 2) / 3 * 4);
		assert_int_equal(hex.len, 2 * n);
		assert_true(assay_base64_decode(assay_buffer_bytes(&std),
		    &back, &err));
		assert_true(assay_base64url_decode(assay_buffer_bytes(&url),
		    &back, &err));
		assert_true(assay_base64_decode_any(assay_buffer_bytes(&std),
		    &back, &err));
		assert_true(assay_base64_decode_any(assay_buffer_bytes(&url),
		    &back, &err));
		assert_true(assay_hex_decode(assay_buffer_bytes(&hex), &back,
		    &err));
		assert_int_equal(back.len, 5 * n);
		for (size_t k = 0; k < 5; k++)
			assert_true(n == 0 ||
			    memcmp(back.ptr + k * n, raw, n) == 0);
		assay_buffer_free(&std);
		assay_buffer_free(&url);
		assay_buffer_free(&hex);
		assay_buffer_free(&back);
	}
}

static void
test_no_room(void **state)
{
	struct assay_buffer out = assay_buffer(2);
	struct assay_error err;

	(void)state;
	assert_false(assay_base64_decode(assay_bytes_of("AAAA"), &out, &err));
	test_assert_code("base64", &err, ASSAY_ERR_LIMIT_EXCEEDED);
	assay_buffer_clear(&out);
	assert_false(assay_hex_decode(assay_bytes_of("000000"), &out, &err));
	test_assert_code("hex", &err, ASSAY_ERR_LIMIT_EXCEEDED);
	assert_int_equal(out.len, 0);
	assay_buffer_clear(&out);
	assert_false(assay_base64url_encode(assay_bytes_of("abc"), &out));
	assert_true(out.failed);
	assay_buffer_free(&out);
}

static void
suite_row(struct test_table *t, const json_t *row, bool lenient)
{
	const char *id = json_string_value(json_object_get(row, "id"));
	const char *expect = json_string_value(json_object_get(row,
	    lenient ? "lenient_maa_input" : "strict_url_nopad"));
	const char *want = json_string_value(json_object_get(row,
	    "decoded_hex"));
	struct assay_buffer out = assay_buffer(4096);
	struct assay_error err;
	char hex[8193] = "";
	bool ok;

	ok = decode(lenient ? ANY : URL, assay_json_string(
	    json_object_get(row, "text")), &out, &err);
	assay_hex(assay_buffer_bytes(&out), hex);
	/*
	 * The list leaves the standard alphabet in request bodies open
	 * (std-alphabet-2b, std-alphabet-2f); real clients send it, so it is
	 * taken.
	 */
	if (strcmp(expect, "either") == 0)
		test_row(t, id, ok, "standard alphabet refused");
	else if (strcmp(expect, "accept") == 0)
		test_row(t, id, ok && (want == NULL ||
		    strcmp(hex, want) == 0), "got %d %s", ok, hex);
	else
		test_row(t, id, !ok, "accepted");
	assay_buffer_free(&out);
}

static void
test_suite(void **state)
{
	struct test_table strict = { .name = "base64url, strict" };
	struct test_table lenient = { .name = "base64, lenient" };
	struct assay_buffer text;
	json_t *root, *row;
	size_t i;

	(void)state;
	if (test_shared("base64url cases") == NULL)
		skip();
	text = test_read(test_shared_path("suites/encoding/base64url.json"));
	root = json_loadb(assay_buffer_str(&text), text.len, JSON_ALLOW_NUL,
	    NULL);
	assert_non_null(root);
	json_array_foreach(json_object_get(root, "cases"), i, row) {
		suite_row(&strict, row, false);
		suite_row(&lenient, row, true);
	}
	json_decref(root);
	assay_buffer_free(&text);
	test_table_end(&strict);
	test_table_end(&lenient);
}

/* UTF-16LE to UTF-8; want NULL: it is not decoded. */
static void
test_utf16(void **state)
{
	static const struct {
		const char		*name;
		struct assay_bytes	 in;
		const char		*want;
	} pairs[] = {
		{ "empty", TEXT(""), "" },
		{ "ascii", TEXT("a\0Z\0"), "aZ" },
		{ "nul_at_end", TEXT("a\0\0\0"), "a" },
		{ "only_nuls", TEXT("\0\0\0\0"), "" },
		{ "two_bytes", TEXT("\xe9\0"), "\xc3\xa9" },
		{ "two_bytes_last", TEXT("\xff\x07"), "\xdf\xbf" },
		{ "three_bytes_first", TEXT("\0\x08"), "\xe0\xa0\x80" },
		{ "three_bytes_last", TEXT("\xff\xff"), "\xef\xbf\xbf" },
		{ "pair", TEXT("\x3d\xd8\x00\xde"), "\xf0\x9f\x98\x80" },
		{ "pair_last", TEXT("\xff\xdb\xff\xdf"),
		    "\xf4\x8f\xbf\xbf" },
		{ "odd", TEXT("a\0b"), NULL },
		{ "nul_inside", TEXT("a\0\0\0b\0"), NULL },
		{ "high_alone", TEXT("\x3d\xd8"), NULL },
		{ "high_then_letter", TEXT("\x3d\xd8" "a\0"), NULL },
		{ "low_alone", TEXT("\x00\xde" "a\0"), NULL },
	};
	struct test_table t = { .name = "UTF-16" };

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct assay_buffer out = assay_buffer(64);
		bool ok = assay_utf16le_decode(pairs[i].in, &out);

		test_row(&t, pairs[i].name, ok == (pairs[i].want != NULL) &&
		    strcmp(assay_buffer_str(&out),
		    ok ? pairs[i].want : "") == 0, "got \"%s\"",
		    assay_buffer_str(&out));
		assay_buffer_free(&out);
	}
	test_table_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_suite),
		cmocka_unit_test(test_utf16),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
