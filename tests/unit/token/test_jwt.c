/* SPDX-License-Identifier: Apache-2.0 */
/* One good token; then each way to break it; then a public list of attacks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attacks.h"
#include "base/encode.h"
#include "base/text.h"
#include "json/json.h"
#include "testlib.h"
#include "token/jwk.h"
#include "token/jwt.h"

#define NOW	INT64_C(1767225600)
#define ISSUER	"https://attest.example"

static struct assay_signer *signer, *stranger;
static struct assay_keyset *keys, *no_keys;

static struct assay_keyset *
keyset_of(const char *kid)
{
	struct assay_buffer text = assay_buffer(4096);
	struct assay_keyset *set = NULL;
	struct assay_error err;
	json_t *jwk, *jwks;

	jwk = assay_jwk_of_key(assay_signer_public(signer), &err);
	assert_non_null(jwk);
	if (kid != NULL)
		assert_int_equal(json_object_set_new(jwk, "kid",
		    json_string(kid)), 0);
	jwks = json_pack("{s:[o]}", "keys", jwk);
	assert_true(assay_json_write(jwks, &text, &err));
	assert_true(assay_keyset_parse(assay_buffer_bytes(&text), &set,
	    &err));
	json_decref(jwks);
	assay_buffer_free(&text);
	return set;
}

static int
setup(void **state)
{
	struct assay_error err;

	(void)state;
	assert_true(assay_signer_generate(ASSAY_KEY_EC_P256, 0, &signer,
	    &err));
	assert_true(assay_signer_generate(ASSAY_KEY_EC_P256, 0, &stranger,
	    &err));
	keys = keyset_of("k1");
	assert_true(assay_keyset_parse(assay_bytes_of("{\"keys\":[]}"),
	    &no_keys, &err));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	assay_signer_free(signer);
	assay_signer_free(stranger);
	assay_keyset_free(keys);
	assay_keyset_free(no_keys);
	return 0;
}

#define HEADER	"{\"alg\":\"ES256\",\"kid\":\"k1\",\"typ\":\"JWT\"}"
#define TIMES	"\"iat\":1767225600,\"nbf\":1767225600,\"exp\":1767254400"
#define ISS	"\"iss\":\"" ISSUER "\""
#define GOOD	"{" ISS "," TIMES "}"

static const struct {
	const char	*name;
	const char	*header;	/* NULL: HEADER */
	const char	*payload;	/* NULL: GOOD */
	enum assay_code	 want;
} rows[] = {
	{ "good", NULL, NULL, ASSAY_ERR_OK },
	{ "no_typ", "{\"alg\":\"ES256\",\"kid\":\"k1\"}", NULL,
	    ASSAY_ERR_OK },
	{ "typ_lower", "{\"alg\":\"ES256\",\"kid\":\"k1\",\"typ\":\"jwt\"}",
	    NULL, ASSAY_ERR_OK },
	{ "typ_other", "{\"alg\":\"ES256\",\"kid\":\"k1\",\"typ\":\"at+jwt\"}",
	    NULL, ASSAY_ERR_TOKEN_HEADER },
	{ "typ_number", "{\"alg\":\"ES256\",\"kid\":\"k1\",\"typ\":1}", NULL,
	    ASSAY_ERR_TOKEN_HEADER },
	{ "cty", "{\"alg\":\"ES256\",\"kid\":\"k1\",\"cty\":\"JWT\"}", NULL,
	    ASSAY_ERR_TOKEN_HEADER },
	{ "crit", "{\"alg\":\"ES256\",\"kid\":\"k1\",\"crit\":[\"exp\"]}",
	    NULL, ASSAY_ERR_TOKEN_HEADER },
	{ "crit_empty", "{\"alg\":\"ES256\",\"kid\":\"k1\",\"crit\":[]}",
	    NULL, ASSAY_ERR_TOKEN_HEADER },
	{ "b64", "{\"alg\":\"ES256\",\"kid\":\"k1\",\"b64\":true}", NULL,
	    ASSAY_ERR_TOKEN_HEADER },
	{ "zip", "{\"alg\":\"ES256\",\"kid\":\"k1\",\"zip\":\"DEF\"}", NULL,
	    ASSAY_ERR_TOKEN_HEADER },
	{ "enc", "{\"alg\":\"ES256\",\"kid\":\"k1\",\"enc\":\"A128GCM\"}",
	    NULL, ASSAY_ERR_TOKEN_HEADER },
	{ "kid_other", "{\"alg\":\"ES256\",\"kid\":\"K1\"}", NULL,
	    ASSAY_ERR_TOKEN_KEY_UNKNOWN },
	{ "kid_empty", "{\"alg\":\"ES256\",\"kid\":\"\"}", NULL,
	    ASSAY_ERR_TOKEN_KEY_UNKNOWN },
	{ "kid_number", "{\"alg\":\"ES256\",\"kid\":1}", NULL,
	    ASSAY_ERR_TOKEN_HEADER },
	{ "kid_none_of_one_key", "{\"alg\":\"ES256\"}", NULL, ASSAY_ERR_OK },
	{ "alg_missing", "{\"kid\":\"k1\"}", NULL, ASSAY_ERR_TOKEN_HEADER },
	{ "alg_other_kind", "{\"alg\":\"RS256\",\"kid\":\"k1\"}", NULL,
	    ASSAY_ERR_ALGORITHM_REFUSED },
	{ "alg_symmetric", "{\"alg\":\"HS256\",\"kid\":\"k1\"}", NULL,
	    ASSAY_ERR_ALGORITHM_REFUSED },
	{ "alg_none_signed", "{\"alg\":\"none\",\"kid\":\"k1\"}", NULL,
	    ASSAY_ERR_ALGORITHM_REFUSED },
	{ "header_twice", "{\"alg\":\"ES256\",\"kid\":\"k1\",\"kid\":\"k1\"}",
	    NULL, ASSAY_ERR_TOKEN_MALFORMED },
	{ "header_array", "[]", NULL, ASSAY_ERR_TOKEN_MALFORMED },
	{ "jku_ignored", "{\"alg\":\"ES256\",\"kid\":\"k1\","
	    "\"jku\":\"https://evil.example/\"}", NULL, ASSAY_ERR_OK },
	{ "payload_array", NULL, "[]", ASSAY_ERR_TOKEN_MALFORMED },
	{ "payload_empty", NULL, "", ASSAY_ERR_TOKEN_MALFORMED },
	{ "claim_twice", NULL, "{" ISS "," ISS "," TIMES "}",
	    ASSAY_ERR_TOKEN_MALFORMED },
	{ "iss_missing", NULL, "{" TIMES "}", ASSAY_ERR_TOKEN_ISSUER },
	{ "iss_slash", NULL, "{\"iss\":\"" ISSUER "/\"," TIMES "}",
	    ASSAY_ERR_TOKEN_ISSUER },
	{ "iss_array", NULL, "{\"iss\":[\"" ISSUER "\"]," TIMES "}",
	    ASSAY_ERR_TOKEN_ISSUER },
	{ "exp_missing", NULL, "{" ISS "}", ASSAY_ERR_TOKEN_CLAIM },
	{ "exp_string", NULL, "{" ISS ",\"exp\":\"1767254400\"}",
	    ASSAY_ERR_TOKEN_CLAIM },
	{ "exp_null", NULL, "{" ISS ",\"exp\":null}", ASSAY_ERR_TOKEN_CLAIM },
	{ "exp_huge", NULL, "{" ISS ",\"exp\":1e300}",
	    ASSAY_ERR_TOKEN_CLAIM },
	{ "exp_real", NULL, "{" ISS ",\"exp\":1767225600.9}",
	    ASSAY_ERR_TOKEN_EXPIRED },
	{ "exp_real_later", NULL, "{" ISS ",\"exp\":1.767225601e9}",
	    ASSAY_ERR_OK },
	{ "exp_now", NULL, "{" ISS ",\"exp\":1767225600}",
	    ASSAY_ERR_TOKEN_EXPIRED },
	{ "exp_next_second", NULL, "{" ISS ",\"exp\":1767225601}",
	    ASSAY_ERR_OK },
	{ "nbf_next_second", NULL, "{" ISS ",\"nbf\":1767225601,"
	    "\"exp\":1767225700}", ASSAY_ERR_TOKEN_NOT_YET_VALID },
	{ "iat_next_second", NULL, "{" ISS ",\"iat\":1767225601,"
	    "\"exp\":1767225700}", ASSAY_ERR_TOKEN_NOT_YET_VALID },
	{ "exp_before_nbf", NULL, "{" ISS ",\"nbf\":1767225700,"
	    "\"exp\":1767225650}", ASSAY_ERR_TOKEN_CLAIM },
	{ "exp_negative", NULL, "{" ISS ",\"exp\":-1}",
	    ASSAY_ERR_TOKEN_CLAIM },
};

/* Signs whatever the header says, as an attacker's library would. */
static void
sign_as_is(const struct assay_signer *with, const char *header,
    const char *payload, struct assay_buffer *out)
{
	struct assay_buffer sig = assay_buffer(256);
	struct assay_error err;

	assay_buffer_clear(out);
	(void)assay_base64url_encode(assay_bytes_of(header), out);
	(void)assay_buffer_putc(out, '.');
	(void)assay_base64url_encode(assay_bytes_of(payload), out);
	assert_true(assay_sign(with, ASSAY_SIG_ES256_RAW,
	    assay_buffer_bytes(out), &sig, &err));
	(void)assay_buffer_putc(out, '.');
	(void)assay_base64url_encode(assay_buffer_bytes(&sig), out);
	assay_buffer_free(&sig);
}

static bool
verify(struct assay_bytes text, const struct assay_keyset *set,
    const struct assay_token_expectations *expect, struct assay_error *err)
{
	struct assay_token token = { .header = NULL };
	bool ok;

	*err = (struct assay_error){ .code = ASSAY_ERR_OK };
	ok = assay_token_verify(text, set, expect, &token, err);
	assert_int_equal(ok, err->code == ASSAY_ERR_OK);
	assert_int_equal(token.header != NULL, ok);
	assay_token_free(&token);
	return ok;
}

static const struct assay_token_expectations plain = {
	.now = NOW, .issuer = ISSUER,
};

static void
test_rows(void **state)
{
	struct assay_buffer text = assay_buffer(1u << 16);
	struct test_table t = { .name = "token" };
	struct assay_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sign_as_is(signer,
		    rows[i].header != NULL ? rows[i].header : HEADER,
		    rows[i].payload != NULL ? rows[i].payload : GOOD, &text);
		(void)verify(assay_buffer_bytes(&text), keys, &plain, &err);
		test_row(&t, rows[i].name, err.code == rows[i].want,
		    "got %s (%s)", assay_code_name(err.code), err.text);
	}
	test_table_end(&t);
	assay_buffer_free(&text);
}

static void
test_signature(void **state)
{
	struct assay_buffer text = assay_buffer(1u << 16);
	struct assay_keyset *nameless = keyset_of(NULL);
	struct assay_error err;

	(void)state;
	sign_as_is(stranger, HEADER, GOOD, &text);
	assert_false(verify(assay_buffer_bytes(&text), keys, &plain, &err));
	test_assert_code("junk_sig", &err, ASSAY_ERR_SIGNATURE_INVALID);
	sign_as_is(signer, HEADER, GOOD, &text);
	assert_false(verify(assay_buffer_bytes(&text), no_keys, &plain,
	    &err));
	test_assert_code("no_keys", &err, ASSAY_ERR_TOKEN_KEY_UNKNOWN);
	assert_false(verify(assay_buffer_bytes(&text), nameless, &plain,
	    &err));
	test_assert_code("key_without_kid", &err,
	    ASSAY_ERR_TOKEN_KEY_UNKNOWN);
	sign_as_is(signer, "{\"alg\":\"ES256\"}", GOOD, &text);
	assert_true(verify(assay_buffer_bytes(&text), nameless, &plain,
	    &err));
	assert_false(verify(assay_buffer_bytes(&text), no_keys, &plain,
	    &err));
	test_assert_code("no_kid_no_keys", &err,
	    ASSAY_ERR_TOKEN_KEY_UNKNOWN);
	assay_keyset_free(nameless);
	assay_buffer_free(&text);
}

static void
test_skew_and_audience(void **state)
{
	struct assay_token_expectations e = plain;
	struct assay_buffer text = assay_buffer(1u << 16);
	struct assay_error err;

	(void)state;
	sign_as_is(signer, HEADER, "{" ISS "," TIMES ",\"aud\":[\"a\",\"b\"]}",
	    &text);
	e.audience = "b";
	assert_true(verify(assay_buffer_bytes(&text), keys, &e, &err));
	e.audience = "c";
	assert_false(verify(assay_buffer_bytes(&text), keys, &e, &err));
	test_assert_code("aud", &err, ASSAY_ERR_TOKEN_CLAIM);
	sign_as_is(signer, HEADER, "{" ISS "," TIMES ",\"aud\":\"c\"}", &text);
	assert_true(verify(assay_buffer_bytes(&text), keys, &e, &err));
	sign_as_is(signer, HEADER, GOOD, &text);
	assert_false(verify(assay_buffer_bytes(&text), keys, &e, &err));
	test_assert_code("aud_missing", &err, ASSAY_ERR_TOKEN_CLAIM);
	e.audience = NULL;
	e.now = NOW - 30;
	assert_false(verify(assay_buffer_bytes(&text), keys, &e, &err));
	test_assert_code("early", &err, ASSAY_ERR_TOKEN_NOT_YET_VALID);
	e.skew = 30;
	assert_true(verify(assay_buffer_bytes(&text), keys, &e, &err));
	e.now = NOW + 28800 + 29;
	assert_true(verify(assay_buffer_bytes(&text), keys, &e, &err));
	e.now++;
	assert_false(verify(assay_buffer_bytes(&text), keys, &e, &err));
	test_assert_code("late", &err, ASSAY_ERR_TOKEN_EXPIRED);
	e.skew = INT64_MAX;
	e.now = NOW + 28800 + 299;
	assert_true(verify(assay_buffer_bytes(&text), keys, &e, &err));
	e.now++;
	assert_false(verify(assay_buffer_bytes(&text), keys, &e, &err));
	e.skew = -30;
	e.now = NOW;
	assert_true(verify(assay_buffer_bytes(&text), keys, &e, &err));
	e.issuer = NULL;
	assert_false(verify(assay_buffer_bytes(&text), keys, &e, &err));
	test_assert_code("no issuer", &err, ASSAY_ERR_TOKEN_ISSUER);
	assay_buffer_free(&text);
}

/* A draft's answer is taken only by who asks for it, and never as verified. */
static void
test_unsecured(void **state)
{
	struct assay_token_expectations e = plain;
	struct assay_buffer text = assay_buffer(4096);
	struct assay_buffer header = assay_buffer(4096);
	struct assay_token token;
	struct assay_error err;

	(void)state;
	assert_true(assay_jwt_header(NULL, ISSUER "/certs", "k1", &header,
	    &err));
	assert_string_equal(assay_buffer_str(&header), "{\"alg\":\"none\","
	    "\"jku\":\"" ISSUER "/certs\",\"kid\":\"k1\",\"typ\":\"JWT\"}");
	assert_true(assay_jws_unsecured(assay_buffer_bytes(&header),
	    assay_bytes_of(GOOD), &text, &err));
	assert_false(verify(assay_buffer_bytes(&text), keys, &e, &err));
	test_assert_code("none", &err, ASSAY_ERR_ALGORITHM_REFUSED);
	e.allow_unsecured = true;
	assert_true(assay_token_verify(assay_buffer_bytes(&text), keys, &e,
	    &token, &err));
	assert_false(token.verified);
	assert_int_equal(token.exp, NOW + 28800);
	assay_token_free(&token);
	e.now = NOW + 28800;
	assert_false(verify(assay_buffer_bytes(&text), keys, &e, &err));
	test_assert_code("none, expired", &err, ASSAY_ERR_TOKEN_EXPIRED);
	(void)assay_buffer_puts(&text, "AA");
	assert_false(verify(assay_buffer_bytes(&text), keys, &e, &err));
	test_assert_code("none, signed", &err, ASSAY_ERR_ALGORITHM_REFUSED);
	assay_buffer_free(&text);
	assay_buffer_free(&header);
}

static const struct {
	const char	*name, *value;
	bool		 want;
} requirements[] = {
	{ "s", "text", true },
	{ "s", "Text", false },
	{ "i", "7", true },
	{ "i", "07", false },
	{ "i", "7.0", false },
	{ "r", "0.5", true },
	{ "t", "true", true },
	{ "t", "false", false },
	{ "f", "false", true },
	{ "n", "null", false },
	{ "o", "{}", false },
	{ "o.a.b", "deep", true },
	{ "o.a", "deep", false },
	{ "o.x.y", "dotted", true },
	{ "dot.ted", "whole", true },
	{ "dot.other", "part", true },
	{ "l.0", "1", false },
	{ "missing", "", false },
	{ "", "", false },
};

static void
test_require(void **state)
{
	char payload[] = "{\"s\":\"text\",\"i\":7,\"r\":0.5,\"t\":true,"
	    "\"f\":false,\"n\":null,\"o\":{\"a\":{\"b\":\"deep\"},"
	    "\"x.y\":\"dotted\"},\"dot.ted\":\"whole\","
	    "\"dot\":{\"other\":\"part\",\"ted\":\"part\"},\"l\":[1]}";
	const struct assay_token token = { .payload = payload };
	struct test_table t = { .name = "require" };
	struct assay_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(requirements) /
	    sizeof(requirements[0]); i++) {
		bool ok = assay_token_require(&token, requirements[i].name,
		    requirements[i].value, &err);

		test_row(&t, requirements[i].name,
		    ok == requirements[i].want &&
		    (ok || err.code == ASSAY_ERR_TOKEN_CLAIM),
		    "value %s: %d", requirements[i].value, ok);
	}
	test_table_end(&t);
}

static void
test_decode(void **state)
{
	struct assay_buffer text = assay_buffer(1u << 16);
	struct assay_token token;
	struct assay_error err;

	(void)state;
	sign_as_is(stranger, HEADER, GOOD, &text);
	assert_true(assay_token_decode(assay_buffer_bytes(&text), &token,
	    &err));
	assert_string_equal(token.header, HEADER);
	assert_string_equal(token.payload, GOOD);
	assert_false(token.verified);
	assert_int_equal(token.nbf, NOW);
	assay_token_free(&token);
	assert_true(assay_token_decode(
	    assay_bytes_of("eyJhbGciOiJub25lIn0.."), &token, &err));
	assert_string_equal(token.payload, "");
	assay_token_free(&token);
	assert_false(assay_token_decode(assay_bytes_of("a.b"), &token, &err));
	test_assert_code("two parts", &err, ASSAY_ERR_TOKEN_MALFORMED);
	assay_buffer_free(&text);
}

/* ---- the list of attacks ---------------------------------------------- */

static bool
wanted(const char *expected, bool ok, const struct assay_error *err)
{
	if (strcmp(expected, "accept") == 0 ||
	    strcmp(expected, "accept-if-es256-enabled") == 0)
		return ok;
	if (strcmp(expected, "reject-or-unknown-kid") == 0)
		return !ok && (err->code == ASSAY_ERR_TOKEN_KEY_UNKNOWN ||
		    assay_code_class(err->code) != ASSAY_CLASS_INTERNAL);
	if (strcmp(expected, "reject") == 0 ||
	    strcmp(expected, "reject-if-alg-pinned") == 0)
		return !ok &&
		    assay_code_class(err->code) != ASSAY_CLASS_INTERNAL;
	return strcmp(expected, "either") == 0;
}

/*
 * Where the list leaves the choice, ours is to refuse, these excepted: they
 * are sound tokens with something odd that does not concern the signature.
 */
static const char *const either_accepted[] = {
	"x5c-garbage-kid-ok", "claims-many",
};

static bool
either_ok(const char *id, bool ok)
{
	for (size_t i = 0; i < sizeof(either_accepted) /
	    sizeof(either_accepted[0]); i++)
		if (strcmp(id, either_accepted[i]) == 0)
			return ok;
	return !ok;
}

static void
test_attacks(void **state)
{
	struct test_table t = { .name = "jose/attacks, token-verify" };
	struct assay_buffer text = assay_buffer(1u << 25);
	struct assay_keyset *set;
	struct assay_error err;
	json_t *root, *row;
	size_t i;

	(void)state;
	if (test_shared("list of attacks on tokens") == NULL)
		skip();
	root = attacks_load();
	set = attacks_keys(root);
	json_array_foreach(json_object_get(root, "cases"), i, row) {
		const char *id = json_string_value(json_object_get(row, "id"));
		const char *expected = json_string_value(
		    json_object_get(row, "expected"));
		struct assay_token_expectations e = {
			.now = json_integer_value(
			    json_object_get(root, "verify_at")),
			.issuer = json_string_value(
			    json_object_get(root, "expected_issuer")),
		};
		bool ok;

		if (!attack_is_for(row, "token-verify"))
			continue;
		if (id == NULL || expected == NULL) {
			fail_msg("a case without id or expectation");
			return;
		}
		attack_token(row, &text);
		ok = verify(assay_buffer_bytes(&text), set, &e, &err);
		test_row(&t, id, wanted(expected, ok, &err),
		    "want %s, got %s (%s)", expected,
		    assay_code_name(err.code), err.text);
		if (strcmp(expected, "either") == 0)
			test_row(&t, id, either_ok(id, ok),
			    "not the documented choice: %s (%s)",
			    assay_code_name(err.code), err.text);
	}
	test_table_end(&t);
	json_decref(root);
	assay_keyset_free(set);
	assay_buffer_free(&text);
}

/* ---- tokens of the real service ---------------------------------------- */

static json_t *
load_recording(const char *name)
{
	struct assay_buffer text = test_read(
	    test_shared_path("recordings/%s.json", name));
	struct assay_error err;
	json_t *v = assay_json_parse(assay_buffer_bytes(&text), NULL, &err);

	if (v == NULL)
		fail_msg("%s: %s", name, err.text);
	assay_buffer_free(&text);
	return v;
}

static json_t *
response_body(const json_t *recording)
{
	return json_object_get(json_object_get(recording, "response"),
	    "body");
}

static struct assay_keyset *
recorded_keys(const char *name)
{
	struct assay_buffer text = assay_buffer(1u << 22);
	json_t *recording = load_recording(name);
	struct assay_keyset *set = NULL;
	struct assay_error err;

	assert_true(assay_json_write(response_body(recording), &text, &err));
	if (!assay_keyset_parse(assay_buffer_bytes(&text), &set, &err))
		fail_msg("%s: %s", name, err.text);
	json_decref(recording);
	assay_buffer_free(&text);
	return set;
}

/* At the moment of its issue, for the issuer that it names. */
static void
check_recorded(struct test_table *t, const char *name, const char *jwks,
    struct assay_bytes text)
{
	struct assay_token_expectations e = { .allow_unsecured = true };
	struct assay_keyset *set = recorded_keys(jwks);
	struct assay_token token;
	struct assay_error err;
	json_t *payload;

	assert_true(assay_token_decode(text, &token, &err));
	payload = assay_json_parse(assay_bytes_of(token.payload), NULL, &err);
	e.issuer = json_string_value(json_object_get(payload, "iss"));
	e.now = token.nbf;
	test_row(t, name, verify(text, set, &e, &err), "%s", err.text);
	e.now = token.exp;
	test_row(t, name, !verify(text, set, &e, &err) &&
	    err.code == ASSAY_ERR_TOKEN_EXPIRED, "late: %s", err.text);
	assay_token_free(&token);
	json_decref(payload);
	assay_keyset_free(set);
}

static void
test_recorded(void **state)
{
	struct test_table t = { .name = "recorded tokens" };
	json_t *index, *row;
	size_t i;

	(void)state;
	if (test_shared("recorded tokens") == NULL)
		skip();
	index = load_recording("INDEX");
	json_array_foreach(index, i, row) {
		const char *name = json_string_value(
		    json_object_get(row, "name"));
		json_t *recording = load_recording(name);
		const char *jwks = json_string_value(
		    json_object_get(recording, "jwks"));
		const json_t *token = json_object_get(
		    response_body(recording), "token");

		if (jwks != NULL && json_is_string(token))
			check_recorded(&t, name, jwks,
			    assay_json_string(token));
		json_decref(recording);
	}
	test_table_end(&t);
	json_decref(index);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_signature),
		cmocka_unit_test(test_skew_and_audience),
		cmocka_unit_test(test_unsecured),
		cmocka_unit_test(test_require),
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_attacks),
		cmocka_unit_test(test_recorded),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
