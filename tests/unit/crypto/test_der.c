/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "crypto/der.h"
#include "testlib.h"

static struct assay_buffer
unhex(const char *text)
{
	struct assay_buffer out = assay_buffer(1u << 20);
	struct assay_error err;

	assert_true(assay_hex_decode(assay_bytes_of(text), &out, &err));
	return out;
}

static const struct {
	const char	*name;
	const char	*hex;
	enum assay_code	 want;
} rows[] = {
	{ "null", "0500", ASSAY_ERR_OK },
	{ "empty", "", ASSAY_ERR_TRUNCATED },
	{ "tag_alone", "30", ASSAY_ERR_TRUNCATED },
	{ "content_cut", "040361", ASSAY_ERR_TRUNCATED },
	{ "indefinite", "30800000", ASSAY_ERR_TRUNCATED },
	{ "length_padded", "04810161", ASSAY_ERR_TRUNCATED },
	{ "length_zero_octet", "0482000161", ASSAY_ERR_TRUNCATED },
	{ "length_of_5_octets", "0485000000000161", ASSAY_ERR_TRUNCATED },
	{ "long_tag", "1f810100", ASSAY_ERR_TRUNCATED },
	{ "trailing", "050000", ASSAY_ERR_TRAILING_DATA },
	{ "reserved_tag", "0000", ASSAY_ERR_BAD_ENCODING },
	{ "constructed_octets", "24030401aa", ASSAY_ERR_BAD_ENCODING },
	{ "primitive_sequence", "1000", ASSAY_ERR_BAD_ENCODING },
	{ "bool_true", "0101ff", ASSAY_ERR_OK },
	{ "bool_01", "010101", ASSAY_ERR_BAD_ENCODING },
	{ "bool_long", "0102ffff", ASSAY_ERR_BAD_ENCODING },
	{ "int_empty", "0200", ASSAY_ERR_BAD_ENCODING },
	{ "int_padded", "0202007f", ASSAY_ERR_BAD_ENCODING },
	{ "int_padded_negative", "0202ff80", ASSAY_ERR_BAD_ENCODING },
	{ "int_128", "02020080", ASSAY_ERR_OK },
	{ "enum_padded", "0a020001", ASSAY_ERR_BAD_ENCODING },
	{ "null_full", "050100", ASSAY_ERR_BAD_ENCODING },
	{ "bits_none", "030100", ASSAY_ERR_OK },
	{ "bits_empty", "0300", ASSAY_ERR_BAD_ENCODING },
	{ "bits_unused_8", "03020800", ASSAY_ERR_BAD_ENCODING },
	{ "bits_unused_set", "03020401", ASSAY_ERR_BAD_ENCODING },
	{ "bits_unused_of_none", "030101", ASSAY_ERR_BAD_ENCODING },
	{ "oid", "06032a0304", ASSAY_ERR_OK },
	{ "oid_empty", "0600", ASSAY_ERR_BAD_ENCODING },
	{ "oid_padded", "06032a8004", ASSAY_ERR_BAD_ENCODING },
	{ "oid_cut", "06022a83", ASSAY_ERR_BAD_ENCODING },
	{ "utf8", "0c02c3a4", ASSAY_ERR_OK },
	{ "utf8_cut", "0c01c3", ASSAY_ERR_BAD_ENCODING },
	{ "printable_at", "130140", ASSAY_ERR_BAD_ENCODING },
	{ "ia5_high", "160180", ASSAY_ERR_BAD_ENCODING },
	{ "utc", "170d3236313132333139333230305a", ASSAY_ERR_OK },
	{ "utc_no_seconds", "170b323631313233313933325a",
	    ASSAY_ERR_BAD_ENCODING },
	{ "utc_offset", "1711323631313233313933323030" "2b30313030",
	    ASSAY_ERR_BAD_ENCODING },
	{ "utc_31_june", "170d3236303633313139333230305a",
	    ASSAY_ERR_BAD_ENCODING },
	{ "generalized", "180f32303530303130313030303030305a", ASSAY_ERR_OK },
	{ "generalized_fraction", "181132303530303130313030303030302e355a",
	    ASSAY_ERR_BAD_ENCODING },
	{ "set_in_order", "3106020101020102", ASSAY_ERR_OK },
	{ "set_out_of_order", "3106020102020101", ASSAY_ERR_BAD_ENCODING },
	{ "nested_fault", "30053003020000", ASSAY_ERR_BAD_ENCODING },
};

static void
judges_der(void **state)
{
	struct test_table t = { .name = "der_valid" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_buffer in = unhex(rows[i].hex);
		struct assay_error err = { .code = ASSAY_ERR_OK };
		bool ok = assay_der_valid(assay_buffer_bytes(&in), &err);

		test_row(&t, rows[i].name, err.code == rows[i].want &&
		    ok == (rows[i].want == ASSAY_ERR_OK), "got %s (%s)",
		    assay_code_name(err.code), err.text);
		assay_buffer_free(&in);
	}
	test_table_end(&t);
}

static void
minds_the_depth(void **state)
{
	struct assay_buffer b = assay_buffer(4096);
	struct assay_error err;

	(void)state;
	for (size_t i = 0; i < ASSAY_MAX_DEPTH; i++)
		assert_true(assay_der_wrap(&b, 0, ASSAY_DER_SEQUENCE));
	assert_true(assay_der_valid(assay_buffer_bytes(&b), &err));
	assert_true(assay_der_wrap(&b, 0, ASSAY_DER_SEQUENCE));
	assert_false(assay_der_valid(assay_buffer_bytes(&b), &err));
	test_assert_code("depth", &err, ASSAY_ERR_LIMIT_EXCEEDED);
	assay_buffer_free(&b);
}

static const struct {
	const char	*text;
	const char	*hex;	/* NULL: not an OID */
} oids[] = {
	{ "1.2.840.113741.1.13.1", "2a864886f84d010d01" },
	{ "2.5.29.15", "551d0f" },
	{ "0.9.2342.19200300.100.1.25", "0992268993f22c640119" },
	{ "2.999.1", "883701" },
	{ "1", NULL }, { "", NULL }, { "3.1", NULL }, { "1.40", NULL },
	{ "1.2.", NULL }, { "1..2", NULL }, { "1.02", NULL },
	{ "1.2.-3", NULL }, { "1.2.4294967296", NULL }, { ".1.2", NULL },
};

static void
spells_oids(void **state)
{
	struct assay_buffer b = assay_buffer(64), text = assay_buffer(256);
	char hex[129];

	(void)state;
	for (size_t i = 0; i < sizeof(oids) / sizeof(oids[0]); i++) {
		bool ok;

		assay_buffer_clear(&b);
		assay_buffer_clear(&text);
		ok = assay_oid_encode(oids[i].text, &b);
		if (ok != (oids[i].hex != NULL))
			fail_msg("%s", oids[i].text);
		if (!ok)
			continue;
		assay_hex(assay_buffer_bytes(&b), hex);
		assert_string_equal(hex, oids[i].hex);
		assert_true(assay_oid_text(assay_buffer_bytes(&b), &text));
		assert_string_equal(assay_buffer_str(&text), oids[i].text);
	}
	assay_buffer_free(&b);
	assay_buffer_free(&text);
}

/* Write one of each, read it back; a failed read moves nothing. */
static void
reads_what_it_writes(void **state)
{
	static const uint8_t big[] = { 0x00, 0x80, 0x01 };
	struct assay_buffer b = assay_buffer(4096);
	struct assay_reader r, seq;
	struct assay_bytes bytes;
	uint64_t v;
	int64_t when;
	bool flag;

	(void)state;
	assert_true(assay_der_put_uint(&b, ASSAY_DER_INTEGER, 0));
	assert_true(assay_der_put_uint(&b, ASSAY_DER_ENUMERATED, UINT64_MAX));
	assert_true(assay_der_put_big(&b, (struct assay_bytes){ big, 3 }));
	assert_true(assay_der_put_bits(&b, assay_bytes_of("bits")));
	assert_true(assay_der_put_oid(&b, "1.2.3"));
	assert_true(assay_der_put_time(&b, 2524607999));
	assert_true(assay_der_put_time(&b, 2524608000));	/* 2050 */
	assert_true(assay_der_put(&b, ASSAY_DER_OCTET_STRING,
	    assay_bytes_of("octets")));
	assert_true(assay_der_wrap(&b, 0, ASSAY_DER_SEQUENCE));
	assert_false(assay_der_put_time(&b, -1));

	r = assay_reader(assay_buffer_bytes(&b));
	assert_int_equal(assay_der_peek(&r), ASSAY_DER_SEQUENCE);
	assert_false(assay_der_next(&r, ASSAY_DER_SET, &seq));
	assert_int_equal(assay_reader_offset(&r), 0);
	assert_true(assay_der_next(&r, ASSAY_DER_SEQUENCE, &seq));
	assert_int_equal(assay_der_peek(&r), 0);
	assert_false(assay_der_bool(&seq, &flag));
	assert_true(assay_der_uint(&seq, ASSAY_DER_INTEGER, &v));
	assert_int_equal(v, 0);
	assert_false(assay_der_uint(&seq, ASSAY_DER_INTEGER, &v));
	assert_true(assay_der_uint(&seq, ASSAY_DER_ENUMERATED, &v));
	assert_true(v == UINT64_MAX);
	assert_true(assay_der_big(&seq, &bytes));
	assert_true(assay_bytes_equal(bytes,
	    (struct assay_bytes){ big + 1, 2 }));
	assert_true(assay_der_bits(&seq, &bytes));
	assert_true(assay_bytes_equal(bytes, assay_bytes_of("bits")));
	assert_false(assay_der_is_oid(&seq, "1.2.4"));
	assert_true(assay_der_is_oid(&seq, "1.2.3"));
	assert_true(assay_der_time(&seq, &when));
	assert_int_equal(when, 2524607999);
	assert_int_equal(assay_der_peek(&seq), ASSAY_DER_GENERALIZED_TIME);
	assert_true(assay_der_time(&seq, &when));
	assert_int_equal(when, 2524608000);
	assert_true(assay_der_octets(&seq, &bytes));
	assert_true(assay_bytes_equal(bytes, assay_bytes_of("octets")));
	assert_int_equal(assay_reader_left(&seq), 0);
	assert_false(assay_der_octets(&seq, &bytes));
	assay_buffer_free(&b);
}

static void
writes_long_lengths(void **state)
{
	static const size_t sizes[] = { 0, 127, 128, 255, 256, 65535, 65536 };
	struct assay_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct assay_buffer b = assay_buffer(70000);
		struct assay_bytes body;
		struct assay_reader r;

		assert_true(assay_buffer_fill(&b, 0xaa, sizes[i]));
		assert_true(assay_der_wrap(&b, 0, ASSAY_DER_OCTET_STRING));
		assert_true(assay_der_valid(assay_buffer_bytes(&b), &err));
		r = assay_reader(assay_buffer_bytes(&b));
		assert_true(assay_der_octets(&r, &body));
		assert_int_equal(body.len, sizes[i]);
		assay_buffer_free(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_der),
		cmocka_unit_test(minds_the_depth),
		cmocka_unit_test(spells_oids),
		cmocka_unit_test(reads_what_it_writes),
		cmocka_unit_test(writes_long_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
