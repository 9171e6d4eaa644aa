/* SPDX-License-Identifier: Apache-2.0 */
/* One good access token, one breakage a row in which exactly one check fails;
 * then the list of attacks; then where roles are looked for. */
#include <stdlib.h>
#include <string.h>

#include "attacks.h"
#include "base/encode.h"
#include "json/json.h"
#include "testlib.h"
#include "token/bearer.h"

#define NOW	INT64_C(1767225600)
#define ISSUER	"https://login.example/realms/one"
#define BIT(alg) (1u << ASSAY_SIG_##alg)
#define NONE	ASSAY_CHECK_COUNT

static struct assay_signer *signer, *stranger;
static struct assay_keyset *keys;

static json_t *
jwk_of(const struct assay_signer *key, const char *kid)
{
	struct assay_error err;
	json_t *jwk = assay_jwk_of_key(assay_signer_public(key), &err);

	assert_non_null(jwk);
	assert_int_equal(json_object_set_new(jwk, "kid", json_string(kid)),
	    0);
	return jwk;
}

static int
setup(void **state)
{
	struct assay_buffer text = assay_buffer(4096);
	struct assay_error err;
	json_t *jwks;

	(void)state;
	assert_true(assay_signer_generate(ASSAY_KEY_EC_P256, 0, &signer,
	    &err));
	assert_true(assay_signer_generate(ASSAY_KEY_EC_P256, 0, &stranger,
	    &err));
	jwks = json_pack("{s:[o,{s:s,s:s,s:s,s:s}]}", "keys",
	    jwk_of(signer, "k1"), "kty", "oct", "kid", "hmac", "alg",
	    "HS256", "k", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	assert_true(assay_json_write(jwks, &text, &err));
	assert_true(assay_keyset_parse(assay_buffer_bytes(&text), &keys,
	    &err));
	json_decref(jwks);
	assay_buffer_free(&text);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	assay_signer_free(signer);
	assay_signer_free(stranger);
	assay_keyset_free(keys);
	return 0;
}

static const char *const audiences[] = { "https://attest.example",
    "api://attest" };
static const struct assay_bearer_rules plain = {
	.issuer = ISSUER, .audiences = audiences, .n_audiences = 2,
	.algs = BIT(RS256) | BIT(ES256_RAW),
};

#define HEADER	"{\"alg\":\"ES256\",\"kid\":\"k1\",\"typ\":\"at+jwt\"}"
#define TYPE(t)	"{\"alg\":\"ES256\",\"kid\":\"k1\",\"typ\":" t "}"
#define ALG(a)	"{\"alg\":\"" a "\",\"kid\":\"k1\"}"
#define ISS	"\"iss\":\"" ISSUER "\""
#define AUD	"\"aud\":\"api://attest\""
#define SUB	"\"sub\":\"alice\""
#define IAT	"\"iat\":1767225600"
#define NBF	"\"nbf\":1767225600"
#define EXP	"\"exp\":1767229200"
#define TIMES	IAT "," NBF "," EXP
#define GOOD	"{" ISS "," AUD "," SUB "," TIMES "}"

static const struct row {
	const char		*name;
	const char		*header;	/* NULL: HEADER */
	const char		*payload;	/* NULL: GOOD */
	enum assay_code		 code;
	enum assay_check_id	 check;
} rows[] = {
	{ "good", NULL, NULL, ASSAY_ERR_OK, NONE },
	{ "typ_jwt", TYPE("\"JWT\""), NULL, ASSAY_ERR_OK, NONE },
	{ "typ_upper", TYPE("\"AT+JWT\""), NULL, ASSAY_ERR_OK, NONE },
	{ "typ_media_type", TYPE("\"application/at+jwt\""), NULL,
	    ASSAY_ERR_OK, NONE },
	{ "typ_absent", ALG("ES256"), NULL, ASSAY_ERR_OK, NONE },
	{ "typ_of_a_logout_token", TYPE("\"logout+jwt\""), NULL,
	    ASSAY_ERR_TOKEN_HEADER, ASSAY_CHECK_BEARER_TYPE },
	{ "typ_of_an_event", TYPE("\"secevent+jwt\""), NULL,
	    ASSAY_ERR_TOKEN_HEADER, ASSAY_CHECK_BEARER_TYPE },
	{ "typ_number", TYPE("1"), NULL, ASSAY_ERR_TOKEN_HEADER,
	    ASSAY_CHECK_BEARER_TYPE },
	{ "cty", TYPE("\"JWT\",\"cty\":\"JWT\""), NULL,
	    ASSAY_ERR_TOKEN_HEADER, ASSAY_CHECK_BEARER_TYPE },
	{ "alg_not_set", ALG("ES384"), NULL, ASSAY_ERR_ALGORITHM_REFUSED,
	    ASSAY_CHECK_BEARER_ALGORITHM },
	{ "alg_none", ALG("none"), NULL, ASSAY_ERR_ALGORITHM_REFUSED,
	    ASSAY_CHECK_BEARER_ALGORITHM },
	{ "alg_symmetric", ALG("HS256"), NULL, ASSAY_ERR_ALGORITHM_REFUSED,
	    ASSAY_CHECK_BEARER_ALGORITHM },
	{ "alg_of_another_key", ALG("RS256"), NULL,
	    ASSAY_ERR_ALGORITHM_REFUSED, ASSAY_CHECK_BEARER_KEY_ALGORITHM },
	{ "kid_unknown", "{\"alg\":\"ES256\",\"kid\":\"k2\"}", NULL,
	    ASSAY_ERR_TOKEN_KEY_UNKNOWN, ASSAY_CHECK_BEARER_KEY },
	{ "kid_of_a_symmetric_key", "{\"alg\":\"ES256\",\"kid\":\"hmac\"}",
	    NULL, ASSAY_ERR_TOKEN_KEY_UNKNOWN, ASSAY_CHECK_BEARER_KEY },
	{ "kid_path", "{\"alg\":\"ES256\",\"kid\":\"../k1\"}", NULL,
	    ASSAY_ERR_TOKEN_KEY_UNKNOWN, ASSAY_CHECK_BEARER_KEY },
	{ "kid_number", "{\"alg\":\"ES256\",\"kid\":1}", NULL,
	    ASSAY_ERR_TOKEN_HEADER, NONE },
	{ "crit", TYPE("\"JWT\",\"crit\":[\"exp\"]"), NULL,
	    ASSAY_ERR_TOKEN_HEADER, NONE },
	{ "jku_ignored", TYPE("\"JWT\",\"jku\":\"https://evil.example/\""),
	    NULL, ASSAY_ERR_OK, NONE },
	{ "payload_array", NULL, "[]", ASSAY_ERR_TOKEN_MALFORMED, NONE },
	{ "claim_twice", NULL, "{" ISS "," ISS "," AUD "," SUB "," TIMES "}",
	    ASSAY_ERR_TOKEN_MALFORMED, NONE },
	{ "iss_missing", NULL, "{" AUD "," SUB "," TIMES "}",
	    ASSAY_ERR_TOKEN_ISSUER, NONE },
	{ "iss_other", NULL, "{\"iss\":\"https://login.example/realms/two\","
	    AUD "," SUB "," TIMES "}", ASSAY_ERR_TOKEN_ISSUER,
	    ASSAY_CHECK_BEARER_ISSUER },
	{ "iss_slash", NULL, "{\"iss\":\"" ISSUER "/\"," AUD "," SUB ","
	    TIMES "}", ASSAY_ERR_TOKEN_ISSUER, ASSAY_CHECK_BEARER_ISSUER },
	{ "exp_now", NULL, "{" ISS "," AUD "," SUB ",\"exp\":1767225600}",
	    ASSAY_ERR_TOKEN_EXPIRED, ASSAY_CHECK_BEARER_EXPIRY },
	{ "exp_missing", NULL, "{" ISS "," AUD "," SUB "," IAT "}",
	    ASSAY_ERR_TOKEN_CLAIM, ASSAY_CHECK_BEARER_EXPIRY },
	{ "exp_text", NULL, "{" ISS "," AUD "," SUB ",\"exp\":\"1767229200\"}",
	    ASSAY_ERR_TOKEN_CLAIM, NONE },
	{ "nbf_next_second", NULL, "{" ISS "," AUD "," SUB "," EXP ","
	    "\"nbf\":1767225601}", ASSAY_ERR_TOKEN_NOT_YET_VALID,
	    ASSAY_CHECK_BEARER_NOT_BEFORE },
	{ "iat_next_second", NULL, "{" ISS "," AUD "," SUB "," EXP ","
	    "\"iat\":1767225601}", ASSAY_ERR_TOKEN_NOT_YET_VALID,
	    ASSAY_CHECK_BEARER_ISSUED_AT },
	{ "only_exp", NULL, "{" ISS "," AUD "," SUB "," EXP "}", ASSAY_ERR_OK,
	    NONE },
	{ "cnf", NULL, "{" ISS "," AUD "," SUB "," TIMES ",\"cnf\":{"
	    "\"jkt\":\"x\"}}", ASSAY_ERR_TOKEN_CLAIM,
	    ASSAY_CHECK_BEARER_UNBOUND },
	{ "aud_first_of_two", NULL, "{" ISS ",\"aud\":["
	    "\"https://attest.example\",\"x\"]," SUB "," TIMES "}",
	    ASSAY_ERR_OK, NONE },
	{ "aud_last_of_two", NULL, "{" ISS ",\"aud\":[\"x\","
	    "\"api://attest\"]," SUB "," TIMES "}", ASSAY_ERR_OK, NONE },
	{ "aud_other", NULL, "{" ISS ",\"aud\":\"api://attest/\"," SUB ","
	    TIMES "}", ASSAY_ERR_TOKEN_CLAIM, ASSAY_CHECK_BEARER_AUDIENCE },
	{ "aud_others", NULL, "{" ISS ",\"aud\":[\"a\",[\"api://attest\"]],"
	    SUB "," TIMES "}", ASSAY_ERR_TOKEN_CLAIM,
	    ASSAY_CHECK_BEARER_AUDIENCE },
	{ "aud_object", NULL, "{" ISS ",\"aud\":{\"api://attest\":1}," SUB
	    "," TIMES "}", ASSAY_ERR_TOKEN_CLAIM,
	    ASSAY_CHECK_BEARER_AUDIENCE },
	{ "aud_missing", NULL, "{" ISS "," SUB "," TIMES "}",
	    ASSAY_ERR_TOKEN_CLAIM, ASSAY_CHECK_BEARER_AUDIENCE },
	{ "sub_missing", NULL, "{" ISS "," AUD "," TIMES "}",
	    ASSAY_ERR_TOKEN_CLAIM, ASSAY_CHECK_BEARER_SUBJECT },
	{ "sub_empty", NULL, "{" ISS "," AUD ",\"sub\":\"\"," TIMES "}",
	    ASSAY_ERR_TOKEN_CLAIM, ASSAY_CHECK_BEARER_SUBJECT },
	{ "sub_number", NULL, "{" ISS "," AUD ",\"sub\":7," TIMES "}",
	    ASSAY_ERR_TOKEN_CLAIM, ASSAY_CHECK_BEARER_SUBJECT },
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

struct outcome {
	enum assay_check_id	 check;		/* that failed, or NONE */
	struct assay_error	 err;
};

static struct outcome
judge(struct assay_bytes text, const struct assay_bearer_rules *rules,
    const struct assay_keyset *set, int64_t now)
{
	struct outcome o = { .check = NONE, .err = { ASSAY_ERR_OK, "" } };
	struct assay_checks checks = { { 0 }, false, NONE };
	struct assay_bearer bearer;
	bool ok;

	if (!assay_bearer_parse(text, &bearer, &o.err)) {
		assert_int_not_equal(o.err.code, ASSAY_ERR_OK);
		return o;
	}
	ok = assay_bearer_verify(&bearer, rules, set, now, &checks, &o.err);
	/* What a passed alternative left behind is no error. */
	if (ok)
		o.err.code = ASSAY_ERR_OK;
	else
		assert_int_not_equal(o.err.code, ASSAY_ERR_OK);
	if (checks.any_failed)
		o.check = checks.failed;
	assay_bearer_free(&bearer);
	return o;
}

static bool
as_wanted(struct test_table *t, const char *name, const struct outcome *o,
    enum assay_code code, enum assay_check_id check)
{
	bool ok = o->err.code == code && o->check == check;

	test_row(t, name, ok, "want %s, check %s; got %s, check %s (%s)",
	    assay_code_name(code),
	    check == NONE ? "none" : assay_check_name(check),
	    assay_code_name(o->err.code),
	    o->check == NONE ? "none" : assay_check_name(o->check),
	    o->err.text);
	return ok;
}

static void
test_rows(void **state)
{
	struct assay_buffer text = assay_buffer(1u << 16);
	struct test_table t = { .name = "bearer" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		struct outcome o;

		sign_as_is(signer, r->header != NULL ? r->header : HEADER,
		    r->payload != NULL ? r->payload : GOOD, &text);
		o = judge(assay_buffer_bytes(&text), &plain, keys, NOW);
		(void)as_wanted(&t, r->name, &o, r->code, r->check);
	}
	sign_as_is(stranger, HEADER, GOOD, &text);
	{
		struct outcome o = judge(assay_buffer_bytes(&text), &plain,
		    keys, NOW);

		(void)as_wanted(&t, "junk_sig", &o,
		    ASSAY_ERR_SIGNATURE_INVALID,
		    ASSAY_CHECK_BEARER_SIGNATURE);
	}
	test_table_end(&t);
	assay_buffer_free(&text);
}

/* Every check of a caller's token has its row here. */
static void
test_rows_are_complete(void **state)
{
	static const enum assay_check_id all[] = {
#define X(id, name, source) ASSAY_CHECK_##id,
		ASSAY_CHECKS_BEARER(X)
#undef X
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		bool found = all[i] == ASSAY_CHECK_BEARER_SIGNATURE;

		for (size_t j = 0; j < sizeof(rows) / sizeof(rows[0]); j++)
			found = found || rows[j].check == all[i];
		if (!found)
			fail_msg("no row for %s", assay_check_name(all[i]));
	}
}

static void
test_rules(void **state)
{
	struct assay_buffer text = assay_buffer(1u << 16);
	struct test_table t = { .name = "bearer, rules" };
	struct assay_bearer_rules r = plain;
	struct outcome o;

	(void)state;
	sign_as_is(signer, HEADER, GOOD, &text);
	r.skew = 30;
	o = judge(assay_buffer_bytes(&text), &r, keys, NOW - 30);
	(void)as_wanted(&t, "early within the skew", &o, ASSAY_ERR_OK, NONE);
	o = judge(assay_buffer_bytes(&text), &r, keys, NOW - 31);
	(void)as_wanted(&t, "early", &o, ASSAY_ERR_TOKEN_NOT_YET_VALID,
	    ASSAY_CHECK_BEARER_NOT_BEFORE);
	o = judge(assay_buffer_bytes(&text), &r, keys, NOW + 3629);
	(void)as_wanted(&t, "late within the skew", &o, ASSAY_ERR_OK, NONE);
	o = judge(assay_buffer_bytes(&text), &r, keys, NOW + 3630);
	(void)as_wanted(&t, "late", &o, ASSAY_ERR_TOKEN_EXPIRED,
	    ASSAY_CHECK_BEARER_EXPIRY);
	r = plain;
	r.n_audiences = 0;
	o = judge(assay_buffer_bytes(&text), &r, keys, NOW);
	(void)as_wanted(&t, "no audience set: none is ours", &o,
	    ASSAY_ERR_TOKEN_CLAIM, ASSAY_CHECK_BEARER_AUDIENCE);
	r = plain;
	r.algs = 0;
	o = judge(assay_buffer_bytes(&text), &r, keys, NOW);
	(void)as_wanted(&t, "no algorithm set: none is allowed", &o,
	    ASSAY_ERR_ALGORITHM_REFUSED, ASSAY_CHECK_BEARER_ALGORITHM);
	test_table_end(&t);
	assay_buffer_free(&text);
}

/* ---- the list of attacks ---------------------------------------------- */

/*
 * Its sound tokens have no audience, which is what this check looks at next
 * to last: they must come so far, and every other no further than before.
 */
static bool
attack_wanted(const char *expected, const struct outcome *o)
{
	bool sound = o->check == ASSAY_CHECK_BEARER_AUDIENCE;

	if (assay_code_class(o->err.code) == ASSAY_CLASS_INTERNAL ||
	    o->err.code == ASSAY_ERR_OK)
		return false;
	if (strcmp(expected, "accept") == 0 ||
	    strcmp(expected, "accept-if-es256-enabled") == 0)
		return sound;
	return strcmp(expected, "either") == 0 || !sound;
}

static void
test_attacks(void **state)
{
	struct assay_buffer text = assay_buffer(1u << 25);
	struct test_table t = { .name = "jose/attacks, bearer" };
	struct assay_bearer_rules r = plain;
	struct assay_keyset *set;
	json_t *root, *row;
	size_t i;

	(void)state;
	if (test_shared("list of attacks on bearer tokens") == NULL)
		skip();
	root = attacks_load();
	set = attacks_keys(root);
	r.issuer = json_string_value(json_object_get(root,
	    "expected_issuer"));
	json_array_foreach(json_object_get(root, "cases"), i, row) {
		const char *id = json_string_value(json_object_get(row, "id"));
		const char *expected = json_string_value(
		    json_object_get(row, "expected"));
		struct outcome o;

		if (!attack_is_for(row, "token-verify"))
			continue;
		assert_true(id != NULL && expected != NULL);
		attack_token(row, &text);
		o = judge(assay_buffer_bytes(&text), &r, set,
		    json_integer_value(json_object_get(root, "verify_at")));
		test_row(&t, id, attack_wanted(expected, &o),
		    "want %s, got %s (%s)", expected,
		    assay_code_name(o.err.code), o.err.text);
	}
	test_table_end(&t);
	json_decref(root);
	assay_keyset_free(set);
	assay_buffer_free(&text);
}

/* ---- roles -------------------------------------------------------------- */

#define ROLES	"{" ISS "," AUD "," SUB "," TIMES ",\"roles\":[\"Reader\",7," \
	"[\"Nested\"],\"two words\"],\"scope\":\"openid Reader\"," \
	"\"one\":\"two words\",\"a\":{\"b\":{\"c\":[\"deep\"]},\"b.c\":1}," \
	"\"https://x.example/roles\":[\"urn\"],\"t\":true}"

static const struct {
	const char	*name;
	const char	*path[3];
	bool		 words;
	const char	*role;
	bool		 want;
} claims[] = {
	{ "array", { "roles" }, false, "Reader", true },
	{ "case", { "roles" }, false, "reader", false },
	{ "array_of_array", { "roles" }, false, "Nested", false },
	{ "number", { "roles" }, false, "7", false },
	{ "part_of_a_name", { "roles" }, false, "two", false },
	{ "part_of_a_name_in_words", { "roles" }, true, "two", false },
	{ "string", { "one" }, false, "two words", true },
	{ "string_is_one_name", { "one" }, false, "two", false },
	{ "words_first", { "scope" }, true, "openid", true },
	{ "words_last", { "scope" }, true, "Reader", true },
	{ "words_prefix", { "scope" }, true, "Read", false },
	{ "words_whole", { "scope" }, true, "openid Reader", false },
	{ "deep", { "a", "b", "c" }, false, "deep", true },
	{ "dots_are_no_path", { "a", "b.c" }, false, "deep", false },
	{ "name_with_slashes", { "https://x.example/roles" }, false, "urn",
	    true },
	{ "object", { "a" }, false, "b", false },
	{ "boolean", { "t" }, false, "true", false },
	{ "missing", { "groups" }, false, "Reader", false },
	{ "through_a_string", { "scope", "x" }, false, "Reader", false },
	{ "empty_role", { "one" }, false, "", false },
	{ "no_path", { NULL }, false, "Reader", false },
};

static void
test_roles(void **state)
{
	struct assay_buffer text = assay_buffer(1u << 16);
	struct test_table t = { .name = "bearer, roles" };
	struct assay_bearer bearer;
	struct assay_error err;

	(void)state;
	sign_as_is(signer, HEADER, ROLES, &text);
	assert_true(assay_bearer_parse(assay_buffer_bytes(&text), &bearer,
	    &err));
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		struct assay_bearer_claim claim = {
			.path = claims[i].path, .words = claims[i].words,
		};

		while (claim.n < 3 && claims[i].path[claim.n] != NULL)
			claim.n++;
		test_row(&t, claims[i].name, assay_bearer_has_role(&bearer,
		    &claim, claims[i].role) == claims[i].want, "%s",
		    claims[i].role);
	}
	test_table_end(&t);
	assay_bearer_free(&bearer);
	assay_buffer_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_rows_are_complete),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_attacks),
		cmocka_unit_test(test_roles),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
