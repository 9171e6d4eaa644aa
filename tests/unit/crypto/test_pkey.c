/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "crypto/signer.h"
#include "made.h"
#include "testlib.h"

static struct assay_buffer
spki_of(const struct assay_pkey *key)
{
	struct assay_buffer der = assay_buffer(4096);
	struct assay_error err;

	assert_true(assay_pkey_spki(key, &der, &err));
	return der;
}

/* Out as SPKI, PEM, point or numbers, and in again: the same key. */
static void
comes_back(void **state)
{
	(void)state;
	for (enum assay_key_type t = ASSAY_KEY_EC_P256; t <= ASSAY_KEY_RSA;
	    t++) {
		struct assay_buffer n = assay_buffer(1024);
		struct assay_buffer e = assay_buffer(8), spki;
		struct assay_signer *s;
		struct assay_pkey *a, *b;
		struct assay_error err;

		assert_true(assay_signer_generate(t, 2048, &s, &err));
		assert_int_equal(assay_pkey_type(assay_signer_public(s)), t);
		spki = spki_of(assay_signer_public(s));
		assert_true(assay_pkey_from_spki(assay_buffer_bytes(&spki),
		    &a, &err));
		if (t == ASSAY_KEY_RSA) {
			assert_int_equal(assay_pkey_bits(a), 2048);
			assert_true(assay_pkey_rsa(a, &n, &e, &err));
			assert_true(assay_pkey_from_rsa(
			    assay_buffer_bytes(&n), assay_buffer_bytes(&e),
			    &b, &err));
			assert_false(assay_pkey_point(a, &n, &err));
		} else {
			assert_int_equal(assay_pkey_bits(a),
			    t == ASSAY_KEY_EC_P256 ? 256 : 384);
			assert_true(assay_pkey_point(a, &n, &err));
			assert_true(assay_pkey_from_point(t,
			    assay_buffer_bytes(&n), &b, &err));
			assert_false(assay_pkey_rsa(a, &n, &e, &err));
		}
		test_assert_code("kind", &err, ASSAY_ERR_KEY_INVALID);
		assert_true(assay_pkey_equal(a, b));
		assert_true(assay_pkey_equal(a, assay_signer_public(s)));
		assay_pkey_free(assay_pkey_ref(a));
		made_assert_clean();
		assay_pkey_free(a);
		assay_pkey_free(b);
		assay_signer_free(s);
		assay_buffer_free(&spki);
		assay_buffer_free(&n);
		assay_buffer_free(&e);
	}
}

static void
tells_keys_apart(void **state)
{
	struct assay_signer *a = made_key("a"), *b = made_key("b");
	struct assay_signer *again = made_key("a");

	(void)state;
	assert_true(assay_pkey_equal(assay_signer_public(a),
	    assay_signer_public(again)));
	assert_false(assay_pkey_equal(assay_signer_public(a),
	    assay_signer_public(b)));
	assay_signer_free(a);
	assay_signer_free(b);
	assay_signer_free(again);
}

/* The good key, then one change of its SPKI each. */
static const struct {
	const char	*name;
	const char	*from, *to;
} broken[] = {
	{ "curve_p224_oid", "2a8648ce3d030107", "2a8648ce3d030106" },
	{ "curve_p384_oid", "06082a8648ce3d030107", "06082a8648ce3d030108" },
	{ "not_ec", "06072a8648ce3d0201", "06072a8648ce3d0202" },
	{ "compressed", "03420004", "03420002" },
	{ "hybrid", "03420004", "03420006" },
	{ "infinity", "03420004", "03420000" },
	{ "unused_bits", "03420004", "03420104" },
	{ "sequence_is_set", "3059", "3159" },
	{ "length_short", "3059", "3058" },
};

static void
refuses_breakages(void **state)
{
	struct test_table t = { .name = "pkey_from_spki" };
	struct assay_signer *s = made_key("good");
	struct assay_error err;
	struct assay_pkey *key;

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct assay_buffer b = spki_of(assay_signer_public(s));
		bool ok;

		made_patch(&b, broken[i].from, broken[i].to);
		err.code = ASSAY_ERR_OK;
		ok = assay_pkey_from_spki(assay_buffer_bytes(&b), &key, &err);
		test_row(&t, broken[i].name, !ok &&
		    err.code == ASSAY_ERR_KEY_INVALID, "got %s",
		    assay_code_name(err.code));
		assay_buffer_free(&b);
	}
	assay_signer_free(s);
	made_assert_clean();
	test_table_end(&t);
}

static void
refuses_points_off_the_curve(void **state)
{
	struct assay_signer *s = made_key("good");
	struct assay_buffer xy = assay_buffer(64);
	struct assay_error err;
	struct assay_pkey *key;
	uint8_t zeros[96] = { 0 }, ones[96];

	(void)state;
	memset(ones, 0xff, sizeof(ones));
	assert_true(assay_pkey_point(assay_signer_public(s), &xy, &err));
	xy.ptr[63] ^= 1;
	assert_false(assay_pkey_from_point(ASSAY_KEY_EC_P256,
	    assay_buffer_bytes(&xy), &key, &err));
	test_assert_code("flipped", &err, ASSAY_ERR_KEY_INVALID);
	for (enum assay_key_type t = ASSAY_KEY_EC_P256;
	    t <= ASSAY_KEY_EC_P384; t++) {
		size_t n = t == ASSAY_KEY_EC_P256 ? 64 : 96;

		assert_false(assay_pkey_from_point(t,
		    (struct assay_bytes){ zeros, n }, &key, &err));
		test_assert_code("zeros", &err, ASSAY_ERR_KEY_INVALID);
		assert_false(assay_pkey_from_point(t,
		    (struct assay_bytes){ ones, n }, &key, &err));
		test_assert_code("ones", &err, ASSAY_ERR_KEY_INVALID);
		assert_false(assay_pkey_from_point(t,
		    (struct assay_bytes){ zeros, n - 1 }, &key, &err));
		test_assert_code("short", &err, ASSAY_ERR_KEY_INVALID);
	}
	assert_false(assay_pkey_from_point(ASSAY_KEY_RSA,
	    assay_buffer_bytes(&xy), &key, &err));
	test_assert_code("rsa", &err, ASSAY_ERR_KEY_INVALID);
	made_assert_clean();
	assay_buffer_free(&xy);
	assay_signer_free(s);
}

/* Sizes in bits of an odd number with the top bit set. */
static void
judges_rsa_numbers(void **state)
{
	static const struct {
		const char	*name;
		size_t		 bytes;
		uint8_t		 top, last;
		const char	*e;
		enum assay_code	 want;
	} rows[] = {
		{ "good", 256, 0x80, 1, "010001", ASSAY_ERR_OK },
		{ "largest", 1024, 0x80, 1, "010001", ASSAY_ERR_OK },
		{ "long_exponent", 256, 0x80, 1, "ffffffffffffffff",
		    ASSAY_ERR_OK },
		{ "padded_exponent", 256, 0x80, 1, "00010001",
		    ASSAY_ERR_OK },
		{ "bits_2047", 256, 0x40, 1, "010001",
		    ASSAY_ERR_KEY_INVALID },
		{ "bits_8193", 1025, 0x01, 1, "010001",
		    ASSAY_ERR_KEY_INVALID },
		{ "even_modulus", 256, 0x80, 2, "010001",
		    ASSAY_ERR_KEY_INVALID },
		{ "exponent_1", 256, 0x80, 1, "01", ASSAY_ERR_KEY_INVALID },
		{ "exponent_3", 256, 0x80, 1, "03", ASSAY_ERR_KEY_INVALID },
		{ "exponent_0", 256, 0x80, 1, "00", ASSAY_ERR_KEY_INVALID },
		{ "exponent_even", 256, 0x80, 1, "010002",
		    ASSAY_ERR_KEY_INVALID },
		{ "exponent_65_bits", 256, 0x80, 1, "010000000000000001",
		    ASSAY_ERR_KEY_INVALID },
	};
	struct test_table t = { .name = "pkey_from_rsa" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_error err = { .code = ASSAY_ERR_OK };
		struct assay_buffer e = assay_buffer(16);
		struct assay_pkey *key = NULL;
		uint8_t n[1025] = { rows[i].top };

		n[rows[i].bytes - 1] = rows[i].last;
		assert_true(assay_hex_decode(assay_bytes_of(rows[i].e), &e,
		    &err));
		if (!assay_pkey_from_rsa((struct assay_bytes){ n,
		    rows[i].bytes }, assay_buffer_bytes(&e), &key, &err))
			key = NULL;
		test_row(&t, rows[i].name, err.code == rows[i].want &&
		    (key != NULL) == (rows[i].want == ASSAY_ERR_OK),
		    "got %s (%s)", assay_code_name(err.code), err.text);
		assay_pkey_free(key);
		assay_buffer_free(&e);
	}
	made_assert_clean();
	test_table_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back),
		cmocka_unit_test(tells_keys_apart),
		cmocka_unit_test(refuses_breakages),
		cmocka_unit_test(refuses_points_off_the_curve),
		cmocka_unit_test(judges_rsa_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
