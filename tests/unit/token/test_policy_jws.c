/* SPDX-License-Identifier: Apache-2.0 */
/* Policies as the SDKs send them, each broken in turn; recordings; attacks. */
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/text.h"
#include "crypto/issue.h"
#include "json/json.h"
#include "testlib.h"
#include "token/jws.h"
#include "token/policy_jws.h"

#define NOW	INT64_C(1767225600)
#define YEAR	INT64_C(31536000)
#define POLICY	"version= 1.0;authorizationrules{=> permit();};"

/* Signers, by what is special about their certificate. */
enum who { RSA, EC, NOT_CA, EXPIRED, FUTURE, P384, LEAF, N_WHO };

static struct assay_signer *keys[N_WHO];
static struct assay_cert *certs[N_WHO];

static void
make(enum who who, enum assay_key_type type, bool is_ca, int64_t from,
    int64_t to, enum who issuer)
{
	const struct assay_name_part subject[] = { { "CN", "Signer" } };
	struct assay_buffer der = assay_buffer(1u << 16);
	struct assay_cert_spec spec = {
		.subject = subject, .n_subject = 1,
		.not_before = from, .not_after = to,
		.is_ca = is_ca, .pathlen = -1,
	};
	struct assay_error err;

	if (!assay_signer_generate(type, 2048, &keys[who], &err))
		fail_msg("%s", err.text);
	spec.key = assay_signer_public(keys[who]);
	if (!assay_cert_issue(&spec, issuer == who ? NULL : certs[issuer],
	    keys[issuer], &der, &err) ||
	    !assay_cert_parse(assay_buffer_bytes(&der), &certs[who], &err))
		fail_msg("%s", err.text);
	assay_buffer_free(&der);
}

static int
setup(void **state)
{
	(void)state;
	make(RSA, ASSAY_KEY_RSA, true, NOW - YEAR, NOW + YEAR, RSA);
	make(EC, ASSAY_KEY_EC_P256, true, NOW - YEAR, NOW + YEAR, EC);
	make(NOT_CA, ASSAY_KEY_EC_P256, false, NOW - YEAR, NOW + YEAR,
	    NOT_CA);
	make(EXPIRED, ASSAY_KEY_EC_P256, true, NOW - YEAR, NOW - 1, EXPIRED);
	make(FUTURE, ASSAY_KEY_EC_P256, true, NOW + 1, NOW + YEAR, FUTURE);
	make(P384, ASSAY_KEY_EC_P384, true, NOW - YEAR, NOW + YEAR, P384);
	make(LEAF, ASSAY_KEY_EC_P256, true, NOW - YEAR, NOW + YEAR, RSA);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_WHO; i++) {
		assay_signer_free(keys[i]);
		assay_cert_free(certs[i]);
	}
	return 0;
}

/* Where the header has the certificates. */
enum place { X5C, JWK, BOTH, NOWHERE, NOT_ARRAY, EMPTY, ESCAPED, TWO,
    STRANGER };

static const struct {
	const char		*name;
	enum who		 who;
	const char		*alg;
	enum assay_sig_alg	 sig;
	enum place		 place;
	enum assay_code		 want;
} headers[] = {
	{ "rs256", RSA, "RS256", ASSAY_SIG_RS256, X5C, ASSAY_ERR_OK },
	{ "rsa256", RSA, "RSA256", ASSAY_SIG_RS256, X5C, ASSAY_ERR_OK },
	{ "rsa256_jwk", RSA, "RSA256", ASSAY_SIG_RS256, JWK, ASSAY_ERR_OK },
	{ "es256", EC, "ES256", ASSAY_SIG_ES256_RAW, X5C, ASSAY_ERR_OK },
	{ "es256_der", EC, "ES256", ASSAY_SIG_ES256_DER, X5C, ASSAY_ERR_OK },
	{ "ecdh256", EC, "ECDH256", ASSAY_SIG_ES256_RAW, X5C, ASSAY_ERR_OK },
	{ "ecdh256_jwk_der", EC, "ECDH256", ASSAY_SIG_ES256_DER, JWK,
	    ASSAY_ERR_OK },
	{ "escaped_plus", RSA, "RS256", ASSAY_SIG_RS256, ESCAPED,
	    ASSAY_ERR_OK },
	{ "chain_of_two", LEAF, "ES256", ASSAY_SIG_ES256_RAW, TWO,
	    ASSAY_ERR_OK },
	{ "chain_of_strangers", EC, "ES256", ASSAY_SIG_ES256_RAW, TWO,
	    ASSAY_ERR_CERT_PROFILE },
	{ "x5c_and_jwk", RSA, "RS256", ASSAY_SIG_RS256, BOTH,
	    ASSAY_ERR_TOKEN_HEADER },
	{ "no_x5c", RSA, "RS256", ASSAY_SIG_RS256, NOWHERE,
	    ASSAY_ERR_TOKEN_HEADER },
	{ "x5c_string", RSA, "RS256", ASSAY_SIG_RS256, NOT_ARRAY,
	    ASSAY_ERR_TOKEN_HEADER },
	{ "x5c_empty", RSA, "RS256", ASSAY_SIG_RS256, EMPTY,
	    ASSAY_ERR_TOKEN_HEADER },
	{ "x5c_of_another", EC, "ES256", ASSAY_SIG_ES256_RAW, STRANGER,
	    ASSAY_ERR_SIGNATURE_INVALID },
	{ "hs256", RSA, "HS256", ASSAY_SIG_RS256, X5C,
	    ASSAY_ERR_ALGORITHM_REFUSED },
	{ "none_signed", RSA, "none", ASSAY_SIG_RS256, X5C,
	    ASSAY_ERR_ALGORITHM_REFUSED },
	{ "ps256", RSA, "PS256", ASSAY_SIG_PS256, X5C,
	    ASSAY_ERR_ALGORITHM_REFUSED },
	{ "rs512", RSA, "RS512", ASSAY_SIG_RS512, X5C,
	    ASSAY_ERR_ALGORITHM_REFUSED },
	{ "es256_by_rsa", RSA, "ES256", ASSAY_SIG_RS256, X5C,
	    ASSAY_ERR_ALGORITHM_REFUSED },
	{ "rs256_by_ec", EC, "RS256", ASSAY_SIG_ES256_RAW, X5C,
	    ASSAY_ERR_ALGORITHM_REFUSED },
	{ "es384", P384, "ES384", ASSAY_SIG_ES384_RAW, X5C,
	    ASSAY_ERR_ALGORITHM_REFUSED },
	{ "not_ca", NOT_CA, "ES256", ASSAY_SIG_ES256_RAW, X5C,
	    ASSAY_ERR_CERT_PROFILE },
	{ "expired", EXPIRED, "ES256", ASSAY_SIG_ES256_RAW, X5C,
	    ASSAY_ERR_CERT_EXPIRED },
	{ "not_yet_valid", FUTURE, "ES256", ASSAY_SIG_ES256_RAW, X5C,
	    ASSAY_ERR_CERT_NOT_YET_VALID },
};

static json_t *
cert_text(enum who who)
{
	struct assay_buffer b = assay_buffer(1u << 16);
	json_t *out;

	assert_true(assay_base64_encode(assay_cert_der(certs[who]), &b));
	out = json_string(assay_buffer_str(&b));
	assay_buffer_free(&b);
	return out;
}

static json_t *
place_certs(const char *alg, enum who who, enum place place)
{
	switch (place) {
	case X5C:
	case ESCAPED:
		return json_pack("{s:s,s:[o]}", "alg", alg, "x5c",
		    cert_text(who));
	case JWK:
		return json_pack("{s:s,s:{s:[o]}}", "alg", alg, "jwk", "x5c",
		    cert_text(who));
	case BOTH:
		return json_pack("{s:s,s:[o],s:{s:[o]}}", "alg", alg, "x5c",
		    cert_text(who), "jwk", "x5c", cert_text(who));
	case NOWHERE:
		return json_pack("{s:s}", "alg", alg);
	case NOT_ARRAY:
		return json_pack("{s:s,s:o}", "alg", alg, "x5c",
		    cert_text(who));
	case EMPTY:
		return json_pack("{s:s,s:[]}", "alg", alg, "x5c");
	case TWO:
		return json_pack("{s:s,s:[oo]}", "alg", alg, "x5c",
		    cert_text(who), cert_text(RSA));
	case STRANGER:
		return json_pack("{s:s,s:[o]}", "alg", alg, "x5c",
		    cert_text(LEAF));
	}
	return NULL;
}

/* As some serializers write it: '+' becomes an escape. */
static void
escape_plus(struct assay_buffer *text)
{
	struct assay_buffer out = assay_buffer(text->max);

	for (size_t i = 0; i < text->len; i++)
		if (text->ptr[i] == '+')
			(void)assay_buffer_puts(&out, "\\u002B");
		else
			(void)assay_buffer_putc(&out, text->ptr[i]);
	assay_buffer_free(text);
	*text = out;
}

/* The JWS of any header over any payload. */
static void
sign(json_t *header, bool escaped, const char *payload,
    const struct assay_signer *key, enum assay_sig_alg alg,
    struct assay_buffer *out)
{
	struct assay_buffer text = assay_buffer(1u << 16);
	struct assay_buffer sig = assay_buffer(1024);
	struct assay_error err;

	assert_true(assay_json_write(header, &text, &err));
	json_decref(header);
	if (escaped)
		escape_plus(&text);
	assay_buffer_clear(out);
	(void)assay_base64url_encode(assay_buffer_bytes(&text), out);
	(void)assay_buffer_putc(out, '.');
	(void)assay_base64url_encode(assay_bytes_of(payload), out);
	if (key != NULL && !assay_sign(key, alg, assay_buffer_bytes(out),
	    &sig, &err))
		fail_msg("%s", err.text);
	(void)assay_buffer_putc(out, '.');
	(void)assay_base64url_encode(assay_buffer_bytes(&sig), out);
	assay_buffer_free(&text);
	assay_buffer_free(&sig);
}

static const char *
good_payload(void)
{
	static char text[256];
	struct assay_buffer b = assay_buffer(256);

	(void)assay_base64url_encode(assay_bytes_of(POLICY), &b);
	(void)snprintf(text, sizeof(text), "{\"AttestationPolicy\":\"%s\"}",
	    assay_buffer_str(&b));
	assay_buffer_free(&b);
	return text;
}

static enum assay_code
parse(const struct assay_buffer *text, enum assay_policy_body body,
    struct assay_policy_jws *out, struct assay_error *err)
{
	bool ok;

	*err = (struct assay_error){ .code = ASSAY_ERR_OK };
	memset(out, 0, sizeof(*out));
	ok = assay_policy_jws_parse(assay_buffer_bytes(text), body, NOW, out,
	    err);
	assert_int_equal(ok, err->code == ASSAY_ERR_OK);
	return err->code;
}

static void
test_headers(void **state)
{
	struct test_table t = { .name = "policy JWS headers" };
	struct assay_buffer text = assay_buffer(1u << 18);
	struct assay_policy_jws p;
	struct assay_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		sign(place_certs(headers[i].alg, headers[i].who,
		    headers[i].place), headers[i].place == ESCAPED,
		    good_payload(), keys[headers[i].who], headers[i].sig,
		    &text);
		(void)parse(&text, ASSAY_POLICY_BODY_TEXT, &p, &err);
		test_row(&t, headers[i].name, err.code == headers[i].want,
		    "got %s (%s)", assay_code_name(err.code), err.text);
		if (err.code == ASSAY_ERR_OK)
			test_row(&t, headers[i].name, p.is_signed &&
			    strcmp(assay_buffer_str(&p.policy), POLICY) == 0,
			    "policy is not what was signed");
		assay_policy_jws_free(&p);
	}
	test_table_end(&t);
	assay_buffer_free(&text);
}

#define TEXT	ASSAY_POLICY_BODY_TEXT
#define PLAIN	ASSAY_POLICY_BODY_PLAIN
#define NOTHING	ASSAY_POLICY_BODY_EMPTY
#define CERT	ASSAY_POLICY_BODY_CERTIFICATE

static const struct {
	const char		*name;
	enum assay_policy_body	 body;
	const char		*payload;	/* '@': a certificate's x5c */
	enum assay_code		 want;
} payloads[] = {
	{ "policy", TEXT, "{\"AttestationPolicy\":\"dg\"}", ASSAY_ERR_OK },
	{ "policy_more_members", TEXT,
	    "{\"AttestationPolicy\":\"dg\",\"other\":1}", ASSAY_ERR_OK },
	{ "policy_plain", PLAIN, "{\"AttestationPolicy\":\"v{1};\"}",
	    ASSAY_ERR_OK },
	{ "policy_encoded_in_2018", PLAIN, "{\"AttestationPolicy\":\"dg\"}",
	    ASSAY_ERR_OK },
	{ "policy_neither", PLAIN, "{\"AttestationPolicy\":\"v 1;\"}",
	    ASSAY_ERR_TOKEN_CLAIM },
	{ "plain_where_encoded", TEXT, "{\"AttestationPolicy\":\"v{1};\"}",
	    ASSAY_ERR_TOKEN_CLAIM },
	{ "missing", TEXT, "{}", ASSAY_ERR_TOKEN_CLAIM },
	{ "case", TEXT, "{\"attestationPolicy\":\"dg\"}",
	    ASSAY_ERR_TOKEN_CLAIM },
	{ "null", TEXT, "{\"AttestationPolicy\":null}",
	    ASSAY_ERR_TOKEN_CLAIM },
	{ "number", TEXT, "{\"AttestationPolicy\":1}",
	    ASSAY_ERR_TOKEN_CLAIM },
	{ "empty_text", TEXT, "{\"AttestationPolicy\":\"\"}",
	    ASSAY_ERR_TOKEN_CLAIM },
	{ "padded", TEXT, "{\"AttestationPolicy\":\"dg==\"}",
	    ASSAY_ERR_TOKEN_CLAIM },
	{ "noncanonical", TEXT, "{\"AttestationPolicy\":\"dh\"}",
	    ASSAY_ERR_TOKEN_CLAIM },
	{ "not_utf8", TEXT, "{\"AttestationPolicy\":\"__4\"}",
	    ASSAY_ERR_TOKEN_CLAIM },
	{ "nul_in_policy", TEXT, "{\"AttestationPolicy\":\"dgB2\"}",
	    ASSAY_ERR_TOKEN_CLAIM },
	{ "twice", TEXT, "{\"AttestationPolicy\":\"dg\","
	    "\"AttestationPolicy\":\"dg\"}", ASSAY_ERR_TOKEN_MALFORMED },
	{ "array", TEXT, "[]", ASSAY_ERR_TOKEN_MALFORMED },
	{ "empty_payload", TEXT, "", ASSAY_ERR_TOKEN_MALFORMED },
	{ "serial", TEXT, "{\"AttestationPolicy\":\"dg\","
	    "\"x-assay-serial\":7}", ASSAY_ERR_OK },
	{ "serial_zero", TEXT, "{\"AttestationPolicy\":\"dg\","
	    "\"x-assay-serial\":0}", ASSAY_ERR_TOKEN_CLAIM },
	{ "serial_text", TEXT, "{\"AttestationPolicy\":\"dg\","
	    "\"x-assay-serial\":\"7\"}", ASSAY_ERR_TOKEN_CLAIM },
	{ "exp_past", TEXT, "{\"AttestationPolicy\":\"dg\","
	    "\"exp\":1767220000}", ASSAY_ERR_TOKEN_EXPIRED },
	{ "nbf_future", TEXT, "{\"AttestationPolicy\":\"dg\","
	    "\"nbf\":1767229999}", ASSAY_ERR_TOKEN_NOT_YET_VALID },
	{ "reset", NOTHING, "", ASSAY_ERR_OK },
	{ "reset_with_policy", NOTHING, "{\"AttestationPolicy\":\"dg\"}",
	    ASSAY_ERR_TOKEN_CLAIM },
	{ "reset_with_object", NOTHING, "{}", ASSAY_ERR_TOKEN_CLAIM },
	{ "reset_with_serial", NOTHING, "{\"x-assay-serial\":7}",
	    ASSAY_ERR_OK },
	{ "reset_with_binding", NOTHING, "{\"x-assay-action\":\"reset\","
	    "\"x-assay-type\":\"Tpm\"}", ASSAY_ERR_OK },
	{ "reset_with_binding_and_more", NOTHING,
	    "{\"x-assay-action\":\"reset\",\"y\":1}",
	    ASSAY_ERR_TOKEN_CLAIM },
	{ "binding_number", TEXT, "{\"AttestationPolicy\":\"dg\","
	    "\"x-assay-type\":1}", ASSAY_ERR_TOKEN_CLAIM },
	{ "binding_empty", TEXT, "{\"AttestationPolicy\":\"dg\","
	    "\"x-assay-action\":\"\"}", ASSAY_ERR_TOKEN_CLAIM },
	{ "binding_long", TEXT, "{\"AttestationPolicy\":\"dg\","
	    "\"x-assay-type\":\"SgxEnclaveSgxEnclaveSgxEnclaveSg\"}",
	    ASSAY_ERR_TOKEN_CLAIM },
	{ "reset_with_serial_and_policy", NOTHING,
	    "{\"AttestationPolicy\":\"dg\",\"x-assay-serial\":7}",
	    ASSAY_ERR_TOKEN_CLAIM },
	{ "reset_with_bad_serial", NOTHING, "{\"x-assay-serial\":\"7\"}",
	    ASSAY_ERR_TOKEN_CLAIM },
	{ "certificate", CERT, "{\"policyCertificate\":@}", ASSAY_ERR_OK },
	{ "certificate_of_early_2020", CERT, "{\"aas-policyCertificate\":@}",
	    ASSAY_ERR_OK },
	{ "certificate_maa", CERT, "{\"maa-policyCertificate\":@}",
	    ASSAY_ERR_OK },
	{ "certificate_x_ms", CERT, "{\"x-ms-policyCertificate\":@}",
	    ASSAY_ERR_OK },
	{ "certificate_two", CERT, "{\"policyCertificate\":@,"
	    "\"maa-policyCertificate\":@}", ASSAY_ERR_TOKEN_CLAIM },
	{ "certificate_missing", CERT, "{}", ASSAY_ERR_TOKEN_CLAIM },
	{ "certificate_string", CERT, "{\"policyCertificate\":\"x\"}",
	    ASSAY_ERR_TOKEN_HEADER },
	{ "certificate_junk", CERT,
	    "{\"policyCertificate\":{\"x5c\":[\"AAAA\"]}}",
	    ASSAY_ERR_TOKEN_CLAIM },
};

static void
expand(const char *payload, struct assay_buffer *out)
{
	struct assay_buffer jwk = assay_buffer(1u << 16);
	const struct assay_cert *cert = certs[RSA];
	struct assay_error err;
	json_t *v;

	assert_true(assay_policy_certificate_payload(cert, NULL, &jwk, &err));
	v = assay_json_parse(assay_buffer_bytes(&jwk), NULL, &err);
	assay_buffer_clear(&jwk);
	assert_true(assay_json_write(json_object_get(v, "policyCertificate"),
	    &jwk, &err));
	assay_buffer_clear(out);
	for (; *payload != '\0'; payload++)
		if (*payload == '@')
			(void)assay_buffer_put(out, assay_buffer_bytes(&jwk));
		else
			(void)assay_buffer_putc(out, (uint8_t)*payload);
	json_decref(v);
	assay_buffer_free(&jwk);
}

static void
test_payloads(void **state)
{
	struct test_table t = { .name = "policy JWS payloads" };
	struct assay_buffer payload = assay_buffer(1u << 16);
	struct assay_buffer text = assay_buffer(1u << 18);
	struct assay_policy_jws p;
	struct assay_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
		const char *name = payloads[i].name;

		expand(payloads[i].payload, &payload);
		sign(json_pack("{s:s}", "alg", "none"), false,
		    assay_buffer_str(&payload), NULL, ASSAY_SIG_RS256, &text);
		(void)parse(&text, payloads[i].body, &p, &err);
		test_row(&t, name, err.code == payloads[i].want,
		    "got %s (%s)", assay_code_name(err.code), err.text);
		test_row(&t, name, !p.is_signed, "signed by nobody");
		if (err.code == ASSAY_ERR_OK && payloads[i].body == CERT)
			test_row(&t, name, p.certificate != NULL,
			    "no certificate");
		if (strcmp(name, "serial") == 0)
			test_row(&t, name, p.has_serial && p.serial == 7,
			    "serial is lost");
		assay_policy_jws_free(&p);
	}
	test_table_end(&t);
	assay_buffer_free(&payload);
	assay_buffer_free(&text);
}

static void
test_unsecured_forms(void **state)
{
	static const char *const bad[] = { "eyJhbGciOiJub25lIn0.",
	    "eyJhbGciOiJub25lIn0", "eyJhbGciOiJub25lIn0..AA",
	    "eyJhbGciOiJOb25lIn0..", "" };
	struct assay_policy_jws p = { .is_signed = false };
	struct assay_error err;

	(void)state;
	assert_true(assay_policy_jws_parse(
	    assay_bytes_of("eyJhbGciOiJub25lIn0.."), NOTHING, NOW, &p, &err));
	assert_false(assay_policy_jws_trusted(&p, NULL, 0, &err));
	test_assert_code("unsigned", &err, ASSAY_ERR_INVALID_OPERATION);
	assay_policy_jws_free(&p);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(assay_policy_jws_parse(assay_bytes_of(bad[i]),
		    NOTHING, NOW, &p, &err));
}

static void
test_trusted(void **state)
{
	const struct assay_cert *signers[] = { certs[RSA], certs[EC] };
	struct assay_buffer text = assay_buffer(1u << 18);
	struct assay_policy_jws p;
	struct assay_error err;

	(void)state;
	sign(place_certs("ES256", EC, X5C), false, good_payload(), keys[EC],
	    ASSAY_SIG_ES256_RAW, &text);
	assert_int_equal(parse(&text, TEXT, &p, &err), ASSAY_ERR_OK);
	assert_true(assay_policy_jws_trusted(&p, signers, 2, &err));
	assert_false(assay_policy_jws_trusted(&p, signers, 1, &err));
	test_assert_code("stranger", &err, ASSAY_ERR_CERT_UNTRUSTED);
	assay_policy_jws_free(&p);
	/* Issued by a signer is not signer. */
	sign(place_certs("ES256", LEAF, TWO), false, good_payload(),
	    keys[LEAF], ASSAY_SIG_ES256_RAW, &text);
	assert_int_equal(parse(&text, TEXT, &p, &err), ASSAY_ERR_OK);
	assert_false(assay_policy_jws_trusted(&p, signers, 2, &err));
	test_assert_code("leaf", &err, ASSAY_ERR_CERT_UNTRUSTED);
	assay_policy_jws_free(&p);
	assay_buffer_free(&text);
}

static void
test_bound(void **state)
{
	static const struct {
		const char	*name, *type, *action, *want_type;
		const char	*want_action;
		bool		 is_signed, demanded, ok;
	} rows[] = {
		{ "none", "", "", "Tpm", "set", true, false, true },
		{ "both", "Tpm", "set", "Tpm", "set", true, true, true },
		{ "case", "tpm", "SET", "Tpm", "set", true, true, true },
		{ "other_type", "TdxVm", "set", "Tpm", "set", true, false,
		    false },
		{ "prefix", "Tp", "set", "Tpm", "set", true, false, false },
		{ "other_action", "Tpm", "reset", "Tpm", "set", true, false,
		    false },
		{ "unsigned_and_other", "TdxVm", "", "Tpm", "set", false,
		    false, false },
		{ "no_type_demanded", "", "set", "Tpm", "set", true, true,
		    false },
		{ "no_action_demanded", "Tpm", "", "Tpm", "set", true, true,
		    false },
		{ "unsigned_demanded", "", "", "Tpm", "set", false, true,
		    true },
		{ "signer", "", "add", NULL, "add", true, true, true },
		{ "signer_removed", "", "remove", NULL, "add", true, false,
		    false },
		{ "signer_demanded", "", "", NULL, "add", true, true, false },
		{ "signer_with_type", "Tpm", "add", NULL, "add", true, true,
		    false },
	};
	struct test_table t = { .name = "what a policy JWS is bound to" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_policy_jws p = { .is_signed = rows[i].is_signed };
		struct assay_error err = { ASSAY_ERR_OK, "" };
		bool ok;

		(void)snprintf(p.type, sizeof(p.type), "%s", rows[i].type);
		(void)snprintf(p.action, sizeof(p.action), "%s",
		    rows[i].action);
		ok = assay_policy_jws_bound(&p, rows[i].want_type,
		    rows[i].want_action, rows[i].demanded, &err);
		test_row(&t, rows[i].name, ok == rows[i].ok && (ok ||
		    err.code == ASSAY_ERR_INVALID_OPERATION), "got %s (%s)",
		    assay_code_name(err.code), err.text);
	}
	test_table_end(&t);
}

static void
test_make(void **state)
{
	const struct assay_cert *chain[] = { certs[LEAF], certs[RSA] };
	struct assay_policy_signer signer = { keys[LEAF], chain, 2 };
	struct assay_buffer payload = assay_buffer(1u << 16);
	struct assay_buffer text = assay_buffer(1u << 18);
	const int64_t serial = 12;
	const struct assay_policy_terms terms = { &serial, "SgxEnclave", "set" };
	const struct assay_policy_terms no_terms = { .serial = NULL };
	struct assay_policy_jws p;
	struct assay_error err;

	(void)state;
	assert_true(assay_policy_payload(assay_bytes_of(POLICY), &terms,
	    &payload, &err));
	assert_true(assay_policy_jws_make(assay_buffer_bytes(&payload),
	    &signer, &text, &err));
	assert_int_equal(parse(&text, TEXT, &p, &err), ASSAY_ERR_OK);
	assert_true(p.is_signed && p.n_chain == 2 && p.serial == 12);
	assert_string_equal(p.type, "SgxEnclave");
	assert_string_equal(p.action, "set");
	assert_string_equal(assay_buffer_str(&p.policy), POLICY);
	assay_policy_jws_free(&p);
	assay_buffer_clear(&text);
	assert_true(assay_policy_jws_make((struct assay_bytes){ NULL, 0 },
	    NULL, &text, &err));
	assert_string_equal(assay_buffer_str(&text), "eyJhbGciOiJub25lIn0..");
	signer.key = keys[EC];
	assert_false(assay_policy_jws_make(assay_buffer_bytes(&payload),
	    &signer, &text, &err));
	test_assert_code("other key", &err, ASSAY_ERR_KEY_INVALID);
	assert_false(assay_policy_payload(assay_bytes_of(""), &no_terms,
	    &payload, &err));
	test_assert_code("empty policy", &err, ASSAY_ERR_TOKEN_CLAIM);
	assay_buffer_free(&payload);
	assay_buffer_free(&text);
}

/* ---- what the real service was sent, and answered ---------------------- */

struct recording {
	json_t	*root;
	const char *body;	/* the JWS, quotes taken off */
	json_t	*answer;	/* payload of the token in the answer */
};

static json_t *
decode_answer(const json_t *root)
{
	const json_t *body = json_object_get(json_object_get(root,
	    "response"), "body");
	struct assay_bytes token = assay_json_string(
	    json_object_get(body, "token"));
	struct assay_jws jws = { .header = NULL };
	struct assay_error err;
	json_t *out;

	if (!assay_jws_parse(token, &jws, &err))
		fail_msg("%s", err.text);
	out = assay_json_parse(assay_buffer_bytes(&jws.payload), NULL, &err);
	assay_jws_free(&jws);
	assert_non_null(out);
	return out;
}

static struct recording
load(const char *name)
{
	struct assay_buffer text = test_read(
	    test_shared_path("recordings/%s.json", name));
	struct recording r = { .root = NULL };
	struct assay_error err;

	r.root = assay_json_parse(assay_buffer_bytes(&text), NULL, &err);
	assert_non_null(r.root);
	r.body = json_string_value(json_object_get(json_object_get(r.root,
	    "request"), "body"));
	assert_non_null(r.body);
	r.answer = decode_answer(r.root);
	assay_buffer_free(&text);
	return r;
}

static const struct {
	const char		*name;
	enum assay_policy_body	 body;
	bool			 is_signed;
} recorded[] = {
	{ "Policy_ModifyGeneratedKey_AAD_SgxEnclave", TEXT, true },
	{ "Policy_ModifyGeneratedKey_AAD_SgxEnclave_3", NOTHING, true },
	{ "Policy_ModifyGeneratedKey_AAD_OpenEnclave", TEXT, true },
	{ "Policy_ModifyGeneratedKey_AAD_Tpm", TEXT, true },
	{ "Policy_ModifyUnsecured_AAD_SgxEnclave", TEXT, false },
	{ "Policy_ModifyUnsecured_AAD_SgxEnclave_3", NOTHING, false },
	{ "Policy_ModifyUnsecured_AAD_Tpm", TEXT, false },
	{ "Cert_AddPolicyManagementCertificate", CERT, true },
	{ "Cert_RemovePolicyManagementCertificate_2", CERT, true },
};

static void
check_recorded_answer(struct test_table *t, const char *name,
    const struct recording *r, const struct assay_policy_jws *p)
{
	const json_t *hash = json_object_get(r->answer,
	    "x-ms-policy-token-hash");
	const json_t *signer = json_object_get(r->answer,
	    "x-ms-policy-signer");
	const json_t *print = json_object_get(r->answer,
	    "x-ms-certificate-thumbprint");
	char text[ASSAY_POLICY_TOKEN_HASH_TEXT];
	struct assay_error err;
	json_t *jwk;

	if (hash != NULL) {
		assert_true(assay_policy_token_hash(assay_bytes_of(r->body),
		    text, &err));
		test_row(t, name, strcmp(text, json_string_value(hash)) == 0,
		    "token hash is %s", text);
	}
	if (signer != NULL) {
		jwk = assay_policy_signer_jwk(
		    (const struct assay_cert *const *)p->chain, p->n_chain,
		    &err);
		test_row(t, name, json_equal(jwk, signer), "signer differs");
		json_decref(jwk);
	}
	if (print != NULL) {
		assert_true(assay_policy_thumbprint(p->certificate, text,
		    &err));
		test_row(t, name, strcmp(text, json_string_value(print)) == 0,
		    "thumbprint is %s", text);
	}
}

/* A moment at which the certificate was valid. */
static int64_t
recorded_time(const struct recording *r)
{
	return json_integer_value(json_object_get(r->answer, "iat"));
}

static void
test_recordings(void **state)
{
	struct test_table t = { .name = "recorded policy changes" };

	(void)state;
	if (test_shared("recorded policy changes") == NULL)
		skip();
	for (size_t i = 0; i < sizeof(recorded) / sizeof(recorded[0]); i++) {
		struct assay_policy_jws p = { .is_signed = false };
		const char *name = recorded[i].name;
		struct recording r = load(name);
		struct assay_bytes body = assay_bytes_of(r.body);
		struct assay_error err;
		bool ok;

		/* add and remove send a JSON string */
		if (body.len > 2 && body.ptr[0] == '"')
			body = (struct assay_bytes){ body.ptr + 1,
			    body.len - 2 };
		ok = assay_policy_jws_parse(body, recorded[i].body,
		    recorded_time(&r), &p, &err);
		test_row(&t, name, ok, "%s", ok ? "" : err.text);
		test_row(&t, name, p.is_signed == recorded[i].is_signed,
		    "signed %d", p.is_signed);
		if (ok)
			check_recorded_answer(&t, name, &r, &p);
		assay_policy_jws_free(&p);
		json_decref(r.root);
		json_decref(r.answer);
	}
	test_table_end(&t);
}

/* ---- the list of attacks ---------------------------------------------- */

static struct assay_cert *
configured_signer(const json_t *root)
{
	struct assay_buffer der = assay_buffer(1u << 16);
	struct assay_cert *cert = NULL;
	struct assay_error err;

	assert_true(assay_base64_decode(assay_json_string(json_array_get(
	    json_object_get(root, "policy_signer_x5c"), 0)), &der, &err));
	assert_true(assay_cert_parse(assay_buffer_bytes(&der), &cert, &err));
	assay_buffer_free(&der);
	return cert;
}

/* The verdict of an instance in the mode that the case names. */
static bool
put_policy(const json_t *root, const json_t *row,
    const struct assay_cert *signer, struct assay_error *err)
{
	struct assay_policy_jws p = { .is_signed = false };
	const char *context = json_string_value(
	    json_object_get(row, "context"));
	bool ok;

	err->code = ASSAY_ERR_OK;
	ok = assay_policy_jws_parse(assay_json_string(json_object_get(row,
	    "token")), TEXT, json_integer_value(json_object_get(root,
	    "verify_at")), &p, err);
	if (ok && strcmp(context, "policy-set-isolated") == 0)
		ok = assay_policy_jws_trusted(&p, &signer, 1, err);
	assay_policy_jws_free(&p);
	return ok;
}

/*
 * Where the list leaves the choice: a policy signed by anybody is taken in
 * AAD mode, one whose signature is wrong is not.
 */
static bool
wanted(const json_t *row, bool ok)
{
	const char *expected = json_string_value(
	    json_object_get(row, "expected"));
	const char *id = json_string_value(json_object_get(row, "id"));

	if (strcmp(expected, "accept") == 0 ||
	    strcmp(id, "policy-aad-signed-any") == 0)
		return ok;
	return !ok;
}

static void
test_attacks(void **state)
{
	struct test_table t = { .name = "jose/attacks, policy-set" };
	struct assay_buffer text;
	struct assay_cert *signer;
	json_t *root, *row;
	size_t i;

	(void)state;
	if (test_shared("list of attacks on policies") == NULL)
		skip();
	text = test_read(test_shared_path(
	    "suites/jose/attacks/jwt-attacks.json"));
	root = json_loadb(assay_buffer_str(&text), text.len, JSON_ALLOW_NUL,
	    NULL);
	assert_non_null(root);
	signer = configured_signer(root);
	json_array_foreach(json_object_get(root, "cases"), i, row) {
		const char *context = json_string_value(
		    json_object_get(row, "context"));
		struct assay_error err;
		bool ok;

		if (strncmp(context, "policy-set-", 11) != 0)
			continue;
		ok = put_policy(root, row, signer, &err);
		test_row(&t, json_string_value(json_object_get(row, "id")),
		    wanted(row, ok), "got %s (%s)",
		    assay_code_name(err.code), err.text);
	}
	test_table_end(&t);
	assay_cert_free(signer);
	json_decref(root);
	assay_buffer_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_payloads),
		cmocka_unit_test(test_unsecured_forms),
		cmocka_unit_test(test_trusted),
		cmocka_unit_test(test_make),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_recordings),
		cmocka_unit_test(test_attacks),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
