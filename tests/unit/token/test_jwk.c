/* SPDX-License-Identifier: Apache-2.0 */
/* Keys as JSON: one good key of each kind, then each way to break it. */
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/text.h"
#include "crypto/issue.h"
#include "crypto/signer.h"
#include "json/json.h"
#include "testlib.h"
#include "token/jwk.h"
#include "token/jws.h"
#include "token/keyset.h"

static struct assay_signer *rsa, *p256, *p384;
static struct assay_cert *rsa_cert, *p256_cert;

static struct assay_cert *
self_signed(const struct assay_signer *signer)
{
	const struct assay_name_part subject[] = { { "CN", "Key" } };
	const struct assay_cert_spec spec = {
		.subject = subject, .n_subject = 1,
		.not_before = 0, .not_after = 1,	/* long expired */
		.key = assay_signer_public(signer), .pathlen = -1,
	};
	struct assay_buffer der = assay_buffer(1u << 16);
	struct assay_cert *out = NULL;
	struct assay_error err;

	if (!assay_cert_issue(&spec, NULL, signer, &der, &err) ||
	    !assay_cert_parse(assay_buffer_bytes(&der), &out, &err))
		fail_msg("%s", err.text);
	assay_buffer_free(&der);
	return out;
}

static int
setup(void **state)
{
	struct assay_error err;

	(void)state;
	assert_true(assay_signer_generate(ASSAY_KEY_RSA, 2048, &rsa, &err));
	assert_true(assay_signer_generate(ASSAY_KEY_EC_P256, 0, &p256, &err));
	assert_true(assay_signer_generate(ASSAY_KEY_EC_P384, 0, &p384, &err));
	rsa_cert = self_signed(rsa);
	p256_cert = self_signed(p256);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	assay_signer_free(rsa);
	assay_signer_free(p256);
	assay_signer_free(p384);
	assay_cert_free(rsa_cert);
	assay_cert_free(p256_cert);
	return 0;
}

static json_t *
jwk_of(const struct assay_signer *signer)
{
	struct assay_error err;
	json_t *out = assay_jwk_of_key(assay_signer_public(signer), &err);

	assert_non_null(out);
	return out;
}

static json_t *
jwk_with_cert(const struct assay_cert *cert)
{
	struct assay_error err;
	json_t *out = assay_jwk_of_certs(&cert, 1, &err);

	assert_non_null(out);
	return out;
}

/* Merge what is in text into a key; null removes the member. */
static void
change(json_t *jwk, const char *text)
{
	struct assay_error err;
	const char *name;
	json_t *v, *member;

	v = assay_json_parse(assay_bytes_of(text), NULL, &err);
	assert_non_null(v);
	json_object_foreach(v, name, member)
		if (json_is_null(member))
			(void)json_object_del(jwk, name);
		else
			(void)json_object_set(jwk, name, member);
	json_decref(v);
}

enum base { RSA, P256, P384, RSA_X5C, P256_X5C };

static json_t *
base_jwk(enum base base)
{
	switch (base) {
	case RSA:
		return jwk_of(rsa);
	case P256:
		return jwk_of(p256);
	case P384:
		return jwk_of(p384);
	case RSA_X5C:
		return jwk_with_cert(rsa_cert);
	case P256_X5C:
		return jwk_with_cert(p256_cert);
	}
	return NULL;
}

#define HALF "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static const struct {
	const char	*name;
	enum base	 base;
	const char	*change;
	bool		 usable;	/* else a set ignores it */
	enum assay_code	 want;
} rows[] = {
	{ "rsa", RSA, "{}", true, ASSAY_ERR_OK },
	{ "p256", P256, "{}", true, ASSAY_ERR_OK },
	{ "p384", P384, "{}", true, ASSAY_ERR_OK },
	{ "rsa_x5c", RSA_X5C, "{}", true, ASSAY_ERR_OK },
	{ "p256_x5c", P256_X5C, "{}", true, ASSAY_ERR_OK },
	{ "all_members", P256, "{\"kid\":\"k\",\"use\":\"sig\","
	    "\"alg\":\"ES256\",\"key_ops\":[\"verify\"]}", true,
	    ASSAY_ERR_OK },
	{ "rsa_ps384", RSA, "{\"alg\":\"PS384\"}", true, ASSAY_ERR_OK },
	{ "kty_missing", P256, "{\"kty\":null}", false,
	    ASSAY_ERR_KEY_INVALID },
	{ "kty_oct", P256, "{\"kty\":\"oct\",\"k\":\"AA\"}", false,
	    ASSAY_ERR_KEY_INVALID },
	{ "kty_okp", P256, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}", false,
	    ASSAY_ERR_KEY_INVALID },
	{ "kty_case", P256, "{\"kty\":\"ec\"}", false,
	    ASSAY_ERR_KEY_INVALID },
	{ "crv_p521", P256, "{\"crv\":\"P-521\"}", false,
	    ASSAY_ERR_KEY_INVALID },
	{ "crv_missing", P256, "{\"crv\":null}", false,
	    ASSAY_ERR_KEY_INVALID },
	{ "use_enc", P256, "{\"use\":\"enc\"}", false,
	    ASSAY_ERR_KEY_INVALID },
	{ "key_ops_sign", P256, "{\"key_ops\":[\"sign\"]}", false,
	    ASSAY_ERR_KEY_INVALID },
	{ "alg_unknown", P256, "{\"alg\":\"ES512\"}", false,
	    ASSAY_ERR_KEY_INVALID },
	{ "alg_symmetric", RSA, "{\"alg\":\"HS256\"}", false,
	    ASSAY_ERR_KEY_INVALID },
	{ "alg_other_kind", P256, "{\"alg\":\"RS256\"}", true,
	    ASSAY_ERR_KEY_INVALID },
	{ "alg_other_curve", P256, "{\"alg\":\"ES384\"}", true,
	    ASSAY_ERR_KEY_INVALID },
	{ "private", P256, "{\"d\":\"AA\"}", true, ASSAY_ERR_KEY_INVALID },
	{ "kid_number", P256, "{\"kid\":1}", true, ASSAY_ERR_KEY_INVALID },
	{ "x_missing", P256, "{\"x\":null}", true, ASSAY_ERR_KEY_INVALID },
	{ "y_missing", P256, "{\"y\":null}", true, ASSAY_ERR_KEY_INVALID },
	{ "x_short", P256, "{\"x\":\"AAAA\"}", true, ASSAY_ERR_KEY_INVALID },
	{ "x_padded", P256, "{\"x\":\"" HALF "=\"}", true,
	    ASSAY_ERR_KEY_INVALID },
	{ "off_curve", P256, "{\"x\":\"" HALF "\",\"y\":\"" HALF "\"}", true,
	    ASSAY_ERR_KEY_INVALID },
	{ "curve_of_other_size", P256, "{\"crv\":\"P-384\"}", true,
	    ASSAY_ERR_KEY_INVALID },
	{ "n_missing", RSA, "{\"n\":null}", true, ASSAY_ERR_KEY_INVALID },
	{ "n_short", RSA, "{\"n\":\"AQAB\"}", true, ASSAY_ERR_KEY_INVALID },
	{ "e_missing", RSA, "{\"e\":null}", true, ASSAY_ERR_KEY_INVALID },
	{ "e_one", RSA, "{\"e\":\"AQ\"}", true, ASSAY_ERR_KEY_INVALID },
	{ "e_number", RSA, "{\"e\":65537}", true, ASSAY_ERR_KEY_INVALID },
	{ "x5c_string", RSA_X5C, "{\"x5c\":\"AAAA\"}", true,
	    ASSAY_ERR_TOKEN_HEADER },
	{ "x5c_empty", RSA_X5C, "{\"x5c\":[]}", true,
	    ASSAY_ERR_TOKEN_HEADER },
	{ "x5c_number", RSA_X5C, "{\"x5c\":[1]}", true,
	    ASSAY_ERR_TOKEN_HEADER },
	{ "x5c_base64url", RSA_X5C, "{\"x5c\":[\"__8\"]}", true,
	    ASSAY_ERR_BAD_ENCODING },
	{ "x5c_junk", RSA_X5C, "{\"x5c\":[\"AAAA\"]}", true,
	    ASSAY_ERR_CERT_MALFORMED },
	{ "x5c_of_other_kind", RSA_X5C, "{\"kty\":\"EC\"}", true,
	    ASSAY_ERR_KEY_INVALID },
};

static void
test_rows(void **state)
{
	struct test_table t = { .name = "jwk" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_error err = { .code = ASSAY_ERR_OK };
		struct assay_jwk jwk = { .key = NULL };
		json_t *v = base_jwk(rows[i].base);

		change(v, rows[i].change);
		test_row(&t, rows[i].name,
		    assay_jwk_usable(v) == rows[i].usable, "usable %d",
		    !rows[i].usable);
		(void)!assay_jwk_parse(v, &jwk, &err);
		test_row(&t, rows[i].name, err.code == rows[i].want &&
		    (jwk.key != NULL) == (err.code == ASSAY_ERR_OK),
		    "got %s (%s)", assay_code_name(err.code), err.text);
		assay_jwk_free(&jwk);
		json_decref(v);
	}
	test_table_end(&t);
}

static void
test_algorithm_of_key(void **state)
{
	static const struct {
		enum base		 base;
		const char		*change;
		enum assay_sig_alg	 want;
	} algs[] = {
		{ RSA, "{}", ASSAY_SIG_RS256 },
		{ RSA, "{\"alg\":\"PS512\"}", ASSAY_SIG_PS512 },
		{ P256, "{}", ASSAY_SIG_ES256_RAW },
		{ P384, "{}", ASSAY_SIG_ES384_RAW },
		{ P256_X5C, "{}", ASSAY_SIG_ES256_RAW },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(algs) / sizeof(algs[0]); i++) {
		json_t *v = base_jwk(algs[i].base);
		struct assay_error err;
		struct assay_jwk jwk;

		change(v, algs[i].change);
		assert_true(assay_jwk_parse(v, &jwk, &err));
		assert_int_equal(jwk.alg, algs[i].want);
		assert_string_equal(jwk.kid, "");
		assay_jwk_free(&jwk);
		json_decref(v);
	}
}

/* x5c beside n and e: equal or refused (RFC 7517 section 4.7). */
static void
test_two_answers(void **state)
{
	json_t *v = jwk_of(rsa), *certs = jwk_with_cert(rsa_cert);
	json_t *other = jwk_with_cert(p256_cert), *wrong = jwk_of(p256);
	struct assay_signer *stranger;
	struct assay_error err;
	struct assay_jwk jwk;

	(void)state;
	(void)json_object_set(v, "x5c", json_object_get(certs, "x5c"));
	assert_true(assay_jwk_parse(v, &jwk, &err));
	assay_jwk_free(&jwk);
	assert_true(assay_signer_generate(ASSAY_KEY_EC_P256, 0, &stranger,
	    &err));
	json_decref(wrong);
	wrong = jwk_of(stranger);
	(void)json_object_set(wrong, "x5c", json_object_get(other, "x5c"));
	assert_false(assay_jwk_parse(wrong, &jwk, &err));
	test_assert_code("differ", &err, ASSAY_ERR_KEY_INVALID);
	assay_signer_free(stranger);
	json_decref(v);
	json_decref(certs);
	json_decref(other);
	json_decref(wrong);
}

/* RFC 7638 section 3.1. */
static void
test_thumbprint(void **state)
{
	static const char example[] = "{\"kty\":\"RSA\",\"n\":\"0vx7agoebGcQ"
	    "SuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxu"
	    "hDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXA"
	    "rwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZg"
	    "nYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQF"
	    "h6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awa"
	    "pJzKnqDKgw\",\"e\":\"AQAB\"}";
	char text[ASSAY_JWK_THUMBPRINT_TEXT];
	struct assay_error err;
	struct assay_jwk jwk;
	json_t *v;

	(void)state;
	v = assay_json_parse(assay_bytes_of(example), NULL, &err);
	assert_true(assay_jwk_parse(v, &jwk, &err));
	assert_true(assay_jwk_thumbprint(jwk.key, text, &err));
	assert_string_equal(text,
	    "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
	assert_true(assay_jwk_thumbprint(assay_signer_public(p384), text,
	    &err));
	assert_int_equal(strlen(text), 43);
	assay_jwk_free(&jwk);
	json_decref(v);
}

/* ---- sets -------------------------------------------------------------- */

static bool
parse_set(json_t *keys, struct assay_keyset **out, struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(1u << 22);
	json_t *root = json_pack("{s:o}", "keys", keys);
	bool ok;

	assert_true(assay_json_write(root, &text, err));
	ok = assay_keyset_parse(assay_buffer_bytes(&text), out, err);
	json_decref(root);
	assay_buffer_free(&text);
	return ok;
}

static json_t *
named(enum base base, const char *change_text)
{
	json_t *v = base_jwk(base);

	change(v, change_text);
	return v;
}

static void
test_set(void **state)
{
	struct assay_keyset *set = NULL;
	const struct assay_jwk *jwk;
	struct assay_error err;

	(void)state;
	assert_true(parse_set(json_pack("[o,o,o,o,o]",
	    named(RSA, "{\"kid\":\"a\"}"), named(P256, "{\"kid\":\"b\"}"),
	    named(P256, "{\"kid\":\"c\",\"kty\":\"oct\"}"),
	    named(P384, "{}"), named(RSA, "{\"n\":\"AQAB\"}")), &set, &err));
	assert_int_equal(assay_keyset_count(set), 3);
	assert_string_equal(assay_keyset_kid(set, 1), "b");
	assert_string_equal(assay_keyset_kid(set, 2), "");
	assert_true(assay_keyset_find(set, assay_bytes_of("b"), &jwk, &err));
	assert_int_equal(jwk->alg, ASSAY_SIG_ES256_RAW);
	assert_false(assay_keyset_find(set, assay_bytes_of("c"), &jwk, &err));
	assert_non_null(strstr(err.text, "cannot be used"));
	assert_false(assay_keyset_find(set, assay_bytes_of("x"), &jwk, &err));
	test_assert_code("unknown", &err, ASSAY_ERR_TOKEN_KEY_UNKNOWN);
	assert_non_null(strstr(err.text, "none of the 5 published"));
	assert_false(assay_keyset_find(set, assay_bytes_of(""), &jwk, &err));
	assert_false(assay_keyset_find(set, (struct assay_bytes){ NULL, 0 },
	    &jwk, &err));
	test_assert_code("no kid", &err, ASSAY_ERR_TOKEN_KEY_UNKNOWN);
	assay_keyset_free(set);
}

static void
test_set_refused(void **state)
{
	struct assay_keyset *set = NULL;
	struct assay_error err;
	json_t *many = json_array();

	(void)state;
	assert_false(parse_set(json_pack("[o,o]",
	    named(RSA, "{\"kid\":\"a\"}"), named(P256, "{\"kid\":\"a\"}")),
	    &set, &err));
	test_assert_code("kid twice", &err, ASSAY_ERR_KEY_INVALID);
	assert_non_null(strstr(err.text, "JWKS key 1"));
	assert_false(parse_set(json_pack("[o]", named(RSA, "{\"d\":\"AA\"}")),
	    &set, &err));
	test_assert_code("private", &err, ASSAY_ERR_KEY_INVALID);
	for (size_t i = 0; i < 300; i++)
		(void)json_array_append_new(many, json_object());
	assert_false(parse_set(many, &set, &err));
	test_assert_code("many", &err, ASSAY_ERR_LIMIT_EXCEEDED);
	assert_false(assay_keyset_parse(assay_bytes_of("[]"), &set, &err));
	test_assert_code("array", &err, ASSAY_ERR_JSON_TYPE);
	assert_false(assay_keyset_parse(assay_bytes_of("{}"), &set, &err));
	test_assert_code("no keys", &err, ASSAY_ERR_JSON_MISSING_MEMBER);
	assert_null(set);
}

/* The key sets that the real service published, and tokens under them. */
static const char *const published[] = { "certs_aad", "certs_aad_2",
    "certs_aad_3", "certs_aad_4", "certs_isolated", "certs_shared",
    "certs_shared_2", "certs_shared_3", "certs_old_00", "certs_old_01",
    "certs_old_02", "certs_old_03", "certs_old_04", "certs_old_05",
    "certs_aad_tpm" };

static void
test_published(void **state)
{
	struct test_table t = { .name = "published key sets" };

	(void)state;
	if (test_shared("published key sets") == NULL)
		skip();
	for (size_t i = 0; i < sizeof(published) / sizeof(published[0]); i++) {
		struct assay_buffer text = test_read(test_shared_path(
		    "recordings/%s.json", published[i]));
		struct assay_keyset *set = NULL;
		struct assay_error err;
		json_t *root, *keys;
		bool ok;

		root = assay_json_parse(assay_buffer_bytes(&text), NULL,
		    &err);
		keys = json_object_get(json_object_get(json_object_get(root,
		    "response"), "body"), "keys");
		ok = parse_set(json_incref(keys), &set, &err);
		test_row(&t, published[i], ok, "%s", err.text);
		/* One of them was a test key of 1024 bits. */
		test_row(&t, published[i], ok && assay_keyset_count(set) +
		    (strcmp(published[i], "certs_old_01") == 0 ? 1 : 0) ==
		    json_array_size(keys), "keys are ignored");
		assay_keyset_free(set);
		json_decref(root);
		assay_buffer_free(&text);
	}
	test_table_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_algorithm_of_key),
		cmocka_unit_test(test_two_answers),
		cmocka_unit_test(test_thumbprint),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_set_refused),
		cmocka_unit_test(test_published),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
