/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/encode.h"
#include "crypto/pem.h"
#include "crypto/signer.h"
#include "made.h"
#include "testlib.h"

static void
comes_back_from_pkcs8(void **state)
{
	(void)state;
	for (enum assay_key_type t = ASSAY_KEY_EC_P256; t <= ASSAY_KEY_RSA;
	    t++) {
		struct assay_buffer der = assay_buffer(16384);
		struct assay_buffer pem = assay_buffer(16384);
		struct assay_signer *a, *b, *c;
		struct assay_error err;

		assert_true(assay_signer_generate(t, 2048, &a, &err));
		assert_true(assay_signer_pkcs8(a, &der, &err));
		assert_true(assay_signer_from_pkcs8(assay_buffer_bytes(&der),
		    &b, &err));
		assert_true(assay_pkey_equal(assay_signer_public(a),
		    assay_signer_public(b)));
		assert_true(assay_pem_put(&pem, "PRIVATE KEY",
		    assay_buffer_bytes(&der)));
		assert_true(assay_signer_from_pem(assay_buffer_bytes(&pem),
		    &c, &err));
		assert_true(assay_pkey_equal(assay_signer_public(a),
		    assay_signer_public(c)));
		assay_signer_free(c);
		assert_true(assay_buffer_puts(&pem, "x"));
		assert_false(assay_signer_from_pem(assay_buffer_bytes(&pem),
		    &c, &err));
		test_assert_code("text_behind", &err, ASSAY_ERR_KEY_INVALID);
		assert_true(assay_buffer_putc(&der, 0));
		assert_false(assay_signer_from_pkcs8(assay_buffer_bytes(
		    &der), &c, &err));
		test_assert_code("bytes_behind", &err, ASSAY_ERR_KEY_INVALID);
		made_assert_clean();
		assay_signer_free(a);
		assay_signer_free(b);
		assay_buffer_wipe(&der);
		assay_buffer_wipe(&pem);
	}
}

/* RFC 6979 A.2.5 gives a key; the seed that leads to it is x - 1. */
static void
makes_keys_from_seeds(void **state)
{
	static const char seed[] = "c9afa9d845ba75166b5c215767b1d693"
	    "4e50c3db36e89b127b8a622b120f6720";
	static const char order_less_1[] = "ffffffff00000000ffffffffffffffff"
	    "bce6faada7179e84f3b9cac2fc632550";
	struct assay_buffer b = assay_buffer(32), xy = assay_buffer(64);
	struct assay_signer *s, *one;
	struct assay_error err;
	uint8_t zeros[33] = { 0 };
	char text[129];

	(void)state;
	assert_true(assay_hex_decode(assay_bytes_of(seed), &b, &err));
	assert_true(assay_signer_from_seed(assay_buffer_bytes(&b), &s, &err));
	assert_true(assay_pkey_point(assay_signer_public(s), &xy, &err));
	assay_hex(assay_buffer_bytes(&xy), text);
	assert_string_equal(text, "60fed4ba255a9d31c961eb74c6356d68"
	    "c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64"
	    "f2f1b20c2d7e9f5177a3c294d4462299");
	assay_signer_free(s);
	/* n - 1 is 0 modulo n - 1: both give the private key 1. */
	assay_buffer_clear(&b);
	assert_true(assay_hex_decode(assay_bytes_of(order_less_1), &b,
	    &err));
	assert_true(assay_signer_from_seed(assay_buffer_bytes(&b), &s, &err));
	assert_true(assay_signer_from_seed((struct assay_bytes){ zeros, 32 },
	    &one, &err));
	assert_true(assay_pkey_equal(assay_signer_public(s),
	    assay_signer_public(one)));
	assay_signer_free(s);
	assay_signer_free(one);
	assert_false(assay_signer_from_seed((struct assay_bytes){ zeros, 31 },
	    &s, &err));
	test_assert_code("31", &err, ASSAY_ERR_KEY_INVALID);
	assert_false(assay_signer_from_seed((struct assay_bytes){ zeros, 33 },
	    &s, &err));
	test_assert_code("33", &err, ASSAY_ERR_KEY_INVALID);
	assay_buffer_free(&b);
	assay_buffer_free(&xy);
}

static void
refuses_what_is_not_a_key(void **state)
{
	static const struct {
		const char	*name, *label, *body, *end;
	} rows[] = {
		{ "encrypted", "ENCRYPTED PRIVATE KEY", "MAA=",
		    "ENCRYPTED PRIVATE KEY" },
		{ "empty_sequence", "PRIVATE KEY", "MAA=", "PRIVATE KEY" },
		{ "labels_differ", "PRIVATE KEY", "MAA=", "PUBLIC KEY" },
		{ "not_base64", "PRIVATE KEY", "****", "PRIVATE KEY" },
		{ "parameters_only", "EC PARAMETERS", "BggqhkjOPQMBBw==",
		    "EC PARAMETERS" },
		{ "ec_garbage", "EC PRIVATE KEY", "MAA=", "EC PRIVATE KEY" },
	};
	struct assay_buffer pem = assay_buffer(1024);
	struct assay_signer *s;
	struct assay_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assay_buffer_clear(&pem);
		assert_true(assay_buffer_printf(&pem, "-----BEGIN %s-----\n"
		    "%s\n-----END %s-----\n", rows[i].label, rows[i].body,
		    rows[i].end));
		err.code = ASSAY_ERR_OK;
		assert_false(assay_signer_from_pem(assay_buffer_bytes(&pem),
		    &s, &err));
		test_assert_code(rows[i].name, &err, ASSAY_ERR_KEY_INVALID);
		made_assert_clean();
	}
	assay_buffer_free(&pem);
	assert_false(assay_signer_from_pem(assay_bytes_of("hello"), &s,
	    &err));
	test_assert_code("no_block", &err, ASSAY_ERR_KEY_INVALID);
	assert_false(assay_signer_from_pem((struct assay_bytes){ NULL, 0 },
	    &s, &err));
	test_assert_code("nothing", &err, ASSAY_ERR_KEY_INVALID);
	assert_false(assay_signer_generate(ASSAY_KEY_RSA, 1024, &s, &err));
	test_assert_code("rsa_1024", &err, ASSAY_ERR_KEY_INVALID);
}

/* The public half in the file belongs to another private half. */
static void
refuses_halves_that_differ(void **state)
{
	struct assay_signer *a = made_key("a"), *b = made_key("b"), *c;
	struct assay_buffer der = assay_buffer(1024);
	struct assay_buffer pa = assay_buffer(64), pb = assay_buffer(64);
	struct assay_error err;
	uint8_t *at;

	(void)state;
	assert_true(assay_signer_pkcs8(a, &der, &err));
	assert_true(assay_pkey_point(assay_signer_public(a), &pa, &err));
	assert_true(assay_pkey_point(assay_signer_public(b), &pb, &err));
	at = memmem(der.ptr, der.len, pa.ptr, pa.len);
	assert_non_null(at);
	memcpy(at, pb.ptr, pb.len);
	assert_false(assay_signer_from_pkcs8(assay_buffer_bytes(&der), &c,
	    &err));
	test_assert_code("halves", &err, ASSAY_ERR_KEY_INVALID);
	made_assert_clean();
	assay_buffer_free(&der);
	assay_buffer_free(&pa);
	assay_buffer_free(&pb);
	assay_signer_free(a);
	assay_signer_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back_from_pkcs8),
		cmocka_unit_test(makes_keys_from_seeds),
		cmocka_unit_test(refuses_what_is_not_a_key),
		cmocka_unit_test(refuses_halves_that_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
