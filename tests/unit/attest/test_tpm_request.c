/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of the TPM protocol, taken apart: one good one of each form, and
 * its breakages. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include <assay/tpm.h>

#include "attest/tpm_request.h"
#include "base/encode.h"
#include "base/text.h"
#include "json/json.h"
#include "made.h"
#include "testlib.h"
#include "token/jwk.h"

#define LOG(type)	"{\"type\":\"" type "\",\"log\":\"AAAA\"}"
#define DIGEST		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define STATEMENT \
	"{\"logs\":[" LOG("TCG") "," LOG("IMA") "]," \
	"\"aik_cert\":\"AAAA\",\"aik_pub\":@," \
	"\"pcrs\":[{\"algorithm\":11,\"values\":[" \
	"{\"index\":7,\"digest\":\"" DIGEST "\"}]}]," \
	"\"quote\":\"AAAA\",\"signature\":\"AAAA\"}"
#define V2_DATA \
	"{\"rp_id\":\"https://rp.example\",\"rp_data\":\"AQID\"," \
	"\"challenge\":\"AAECAwQFBgcICQoLDA0ODw\",\"tpm_att_data\":{" \
	"\"current_attestation\":" STATEMENT "}," \
	"\"request_key\":{\"jwk\":@,\"info\":{\"tpm_quote\":" \
	"{\"hash_alg\":\"sha-256\"}}}," \
	"\"other_keys\":[{\"jwk\":@,\"info\":{\"tpm_certify\":" \
	"{\"public\":\"AAAA\",\"certification\":\"AAAA\"," \
	"\"signature\":\"AAAA\"}}},{\"jwk\":{\"kty\":\"new\"}}]," \
	"\"custom_claims\":[],\"service_context\":\"AAEC\"}"
#define V2	"{\"att_type\":\"basic\",\"att_data\":" V2_DATA "}"
#define V2_VBS \
	"{\"att_type\":\"vbs\",\"att_data\":{\"report_signed\": " V2_DATA \
	" ,\"vsm_report\":{\"enclave\":{\"report\":\"AAAA\"}}}}"
/* A TPLA with empty quote and signature, and 24 values of SHA-1. */
#define TPLA_HEAD "VFBMQQAAAAAEAAAAAAAAAAAAAADgAQAA"
#define V1_DATA \
	"{\"challenge\":\"AAECAwQFBgcICQoLDA0ODw\",\"tpm_att_data\":{" \
	"\"srtm_boot_log\":\"AAAA\",\"drtm_boot_log\":\"\"," \
	"\"aik_pub\":@,\"current_claim\":\"" TPLA_HEAD "#\"}," \
	"\"attest_key\":@,\"service_context\":\"AAEC\"}"
#define V1	"{\"att_type\":\"basic\",\"att_data\":" V1_DATA "}"
#define V1_VBS \
	"{\"att_type\":\"vbs\",\"att_data\":{\"report_signed\":" V1_DATA \
	",\"vsm_report\":\"AAAA\"}}"

/* The text with @ replaced by a JWK, # by 480 bytes as base64url. */
static void
expand(const char *text, struct assay_buffer *out)
{
	struct assay_signer *key = made_key("tpm request");
	struct assay_error err;
	json_t *jwk = assay_jwk_of_key(assay_signer_public(key), &err);

	assert_non_null(jwk);
	for (; *text != '\0'; text++) {
		if (*text == '@')
			assert_true(assay_json_write(jwk, out, &err));
		else if (*text == '#')
			(void)assay_buffer_fill(out, 'A', 640);
		else
			(void)assay_buffer_putc(out, (uint8_t)*text);
	}
	json_decref(jwk);
	assay_signer_free(key);
}

static void
make_jws(const char *header, struct assay_bytes payload,
    struct assay_buffer *out)
{
	(void)assay_base64url_encode(assay_bytes_of(header), out);
	(void)assay_buffer_putc(out, '.');
	(void)assay_base64url_encode(payload, out);
	(void)assay_buffer_puts(out, ".AAAA");
}

/* Open and read the request that text is after the edit. */
static bool
read_request(bool v2, const char *text, const char *find, const char *replace,
    struct assay_tpm_submission *m, struct assay_error *err)
{
	struct assay_buffer payload = assay_buffer(1u << 23);
	struct assay_buffer edited = assay_buffer(1u << 23);
	struct assay_buffer jws = assay_buffer(1u << 24);
	const char *at = text;
	bool ok;

	if (find != NULL) {
		at = strstr(text, find);
		assert_non_null(at);
		(void)assay_buffer_put(&edited, (struct assay_bytes){
		    (const uint8_t *)text, (size_t)(at - text) });
		(void)assay_buffer_puts(&edited, replace);
		at += strlen(find);
	}
	(void)assay_buffer_puts(&edited, at);
	expand(assay_buffer_str(&edited), &payload);
	make_jws(v2 ? "{\"alg\":\"PS256\",\"typ\":\"attReqV2\"}" :
	    "{\"alg\":\"PS256\",\"typ\":\"attReq\"}",
	    assay_buffer_bytes(&payload), &jws);
	ok = assay_tpm_submission_open(assay_buffer_bytes(&jws), m, err) &&
	    assay_tpm_submission_read(m, err);
	assay_buffer_free(&payload);
	assay_buffer_free(&edited);
	assay_buffer_free(&jws);
	return ok;
}

static void
test_good_v2(void **state)
{
	struct assay_tpm_submission m = { .v2 = false };
	struct assay_error err = { .code = ASSAY_ERR_OK };

	(void)state;
	assert_true(read_request(true, V2, NULL, NULL, &m, &err));
	assert_true(m.v2 && !m.vbs && m.current.present && !m.boot.present);
	assert_int_equal(m.challenge.len, 16);
	assert_int_equal(m.service_context.len, 3);
	assert_true(assay_text_is(m.rp_data, "AQID"));
	assert_true(assay_text_is(m.rp_id, "https://rp.example"));
	assert_int_equal(m.current.n_tcg, 1);
	assert_int_equal(m.current.ima.len, 3);
	assert_int_equal(m.current.pcrs.bank[0].mask, 0x80);
	assert_int_equal(m.key.binding, ASSAY_TPM_BY_QUOTE);
	assert_int_equal(m.n_other, 2);
	assert_int_equal(m.other[0].binding, ASSAY_TPM_BY_CERTIFY);
	assert_non_null(m.other[0].key);
	assert_null(m.other[1].key);
	assert_true(m.key.jwk_text.ptr[0] == '{' &&
	    m.key.jwk_text.ptr[m.key.jwk_text.len - 1] == '}');
	assay_tpm_submission_free(&m);
}

/* The raw text keeps its spaces, and no others. */
static void
test_good_v2_vbs(void **state)
{
	struct assay_tpm_submission m = { .v2 = false };
	struct assay_error err = { .code = ASSAY_ERR_OK };

	(void)state;
	assert_true(read_request(true, V2_VBS, "{\"rp_id\"", "{ \"rp_id\"",
	    &m, &err));
	assert_true(m.vbs && m.vbs_report.len == 3);
	assert_memory_equal(m.report_signed.ptr, "{ \"rp_id\"", 9);
	assert_int_equal(m.report_signed.ptr[m.report_signed.len - 1], '}');
	assert_int_equal(m.key.jwk_text.ptr[0], '{');
	assay_tpm_submission_free(&m);
}

static void
test_good_v1(void **state)
{
	struct assay_tpm_submission m = { .v2 = false };
	struct assay_error err = { .code = ASSAY_ERR_OK };

	(void)state;
	assert_true(read_request(false, V1, NULL, NULL, &m, &err));
	assert_true(!m.v2 && !m.vbs && m.current.present && !m.boot.present);
	assert_int_equal(m.current.n_tcg, 1);
	assert_int_equal(m.current.pcrs.bank[0].mask, 0xffffff);
	assay_tpm_submission_free(&m);
	assert_true(read_request(false, V1_VBS, NULL, NULL, &m, &err));
	assert_true(m.vbs && m.vbs_report.len == 3);
	assay_tpm_submission_free(&m);
	/* After a resume, the claims are about different logs. */
	assert_true(read_request(false, V1, "\"drtm_boot_log\":\"\",",
	    "\"srtm_resume_log\":\"AAAAAAAA\",\"boot_claim\":\"" TPLA_HEAD
	    "#\",", &m, &err));
	assert_true(m.boot.present && !m.boot_is_current);
	assert_int_equal(m.current.tcg[0].len, 6);
	assert_int_equal(m.boot.tcg[0].len, 3);
	assay_tpm_submission_free(&m);
}

#define HEX64 \
	"0000000000000000000000000000000000000000000000000000000000000000"

static const struct {
	const char	*name;
	bool		 v2;
	const char	*text, *find, *replace;
	enum assay_code	 want;
} rows[] = {
	/* Tolerated. */
	{ "padded", true, V2, "\"AAEC\"", "\"AAE=\"", ASSAY_ERR_OK },
	{ "null_is_absent", true, V2, "\"rp_id\":\"https://rp.example\"",
	    "\"rp_id\":null", ASSAY_ERR_OK },
	{ "unknown_member", true, V2, "\"rp_id\"", "\"later\":1,\"rp_id\"",
	    ASSAY_ERR_OK },
	{ "empty_info", true, V2,
	    "\"info\":{\"tpm_quote\":{\"hash_alg\":\"sha-256\"}}",
	    "\"info\":{}", ASSAY_ERR_OK },
	{ "hash_512", true, V2, "sha-256", "sha-512", ASSAY_ERR_OK },
	{ "no_logs", true, V2, "\"logs\"", "\"logz\"", ASSAY_ERR_OK },
	{ "no_aik_cert", true, V2, "\"aik_cert\"", "\"aik_zert\"",
	    ASSAY_ERR_OK },
	{ "no_aik_pub", true, V2, "\"aik_pub\"", "\"aik_bup\"", ASSAY_ERR_OK },
	{ "hex_digest", true, V2, DIGEST, HEX64, ASSAY_ERR_OK },
	/* Names and types. */
	{ "duplicate_top", true, V2, "{\"att_type\"",
	    "{\"att_type\":\"basic\",\"att_type\"",
	    ASSAY_ERR_JSON_DUPLICATE_MEMBER },
	{ "duplicate_escaped", true, V2, "\"challenge\":",
	    "\"ch\\u0061llenge\":\"AAAA\",\"challenge\":",
	    ASSAY_ERR_JSON_DUPLICATE_MEMBER },
	{ "duplicate_in_jwk", true, V2, "{\"jwk\":@",
	    "{\"jwk\":{\"kty\":\"EC\",\"kty\":\"EC\"}",
	    ASSAY_ERR_JSON_DUPLICATE_MEMBER },
	{ "trailing", true, V2 "x", NULL, NULL, ASSAY_ERR_JSON_SYNTAX },
	{ "att_type_missing", true, V2, "att_type", "attype",
	    ASSAY_ERR_JSON_MISSING_MEMBER },
	{ "att_type_unknown", true, V2, "basic", "Basic",
	    ASSAY_ERR_BAD_FIELD },
	{ "basic_with_report_signed", true, V2, "\"rp_id\"",
	    "\"report_signed\":{},\"rp_id\"", ASSAY_ERR_BAD_FIELD },
	{ "vbs_without_report_signed", true, V2_VBS, "report_signed",
	    "report_sined", ASSAY_ERR_JSON_MISSING_MEMBER },
	{ "vbs_without_report", true, V2_VBS, "vsm_report", "vsm",
	    ASSAY_ERR_JSON_MISSING_MEMBER },
	{ "vbs_report_of_v1", true, V2_VBS,
	    "{\"enclave\":{\"report\":\"AAAA\"}}", "\"AAAA\"",
	    ASSAY_ERR_JSON_TYPE },
	{ "vbs_report_empty", true, V2_VBS, "\"report\":\"AAAA\"",
	    "\"report\":\"\"", ASSAY_ERR_BAD_FIELD },
	{ "challenge_missing", true, V2, "\"challenge\"", "\"challange\"",
	    ASSAY_ERR_JSON_MISSING_MEMBER },
	{ "challenge_null", true, V2, "\"AAECAwQFBgcICQoLDA0ODw\"", "null",
	    ASSAY_ERR_JSON_TYPE },
	{ "challenge_no_base64", true, V2, "AAECAwQFBgcICQoLDA0ODw", "A!",
	    ASSAY_ERR_BAD_ENCODING },
	{ "context_missing", true, V2, "service_context", "context",
	    ASSAY_ERR_JSON_MISSING_MEMBER },
	{ "rp_data_number", true, V2, "\"AQID\"", "1", ASSAY_ERR_JSON_TYPE },
	{ "custom_claims_object", true, V2, "\"custom_claims\":[]",
	    "\"custom_claims\":{}", ASSAY_ERR_JSON_TYPE },
	/* Keys. */
	{ "request_key_missing", true, V2, "request_key", "request_kay",
	    ASSAY_ERR_JSON_MISSING_MEMBER },
	{ "jwk_missing", true, V2, "{\"jwk\":@", "{\"jwks\":@",
	    ASSAY_ERR_JSON_MISSING_MEMBER },
	{ "jwk_unusable", true, V2, "{\"jwk\":@",
	    "{\"jwk\":{\"kty\":\"oct\"}", ASSAY_ERR_KEY_INVALID },
	{ "hash_alg_sha1", true, V2, "sha-256", "sha-1", ASSAY_ERR_BAD_FIELD },
	{ "hash_alg_missing", true, V2, "hash_alg", "hash",
	    ASSAY_ERR_JSON_MISSING_MEMBER },
	{ "two_bindings", true, V2, "\"info\":{",
	    "\"info\":{\"tpm_certify\":{},", ASSAY_ERR_BAD_FIELD },
	{ "unknown_binding", true, V2, "tpm_quote", "vbs_ncrypt",
	    ASSAY_ERR_BAD_FIELD },
	{ "info_array", true, V2, "\"info\":{\"tpm_quote\":"
	    "{\"hash_alg\":\"sha-256\"}}", "\"info\":[]",
	    ASSAY_ERR_JSON_TYPE },
	{ "certify_without_public", true, V2, "\"public\"", "\"publik\"",
	    ASSAY_ERR_JSON_MISSING_MEMBER },
	{ "certified_key_unusable", true, V2, "\"other_keys\":[{\"jwk\":@",
	    "\"other_keys\":[{\"jwk\":{\"kty\":\"new\"}",
	    ASSAY_ERR_KEY_INVALID },
	{ "three_other_keys", true, V2, "\"other_keys\":[",
	    "\"other_keys\":[{\"jwk\":{}},", ASSAY_ERR_LIMIT_EXCEEDED },
	{ "other_key_no_object", true, V2, "\"other_keys\":[",
	    "\"other_keys\":[1],\"keys\":[", ASSAY_ERR_JSON_TYPE },
	/* The statement. */
	{ "tpm_att_data_missing", true, V2, "tpm_att_data", "tpm_data",
	    ASSAY_ERR_JSON_MISSING_MEMBER },
	{ "current_missing", true, V2, "current_attestation", "current",
	    ASSAY_ERR_JSON_MISSING_MEMBER },
	{ "no_aik", true, V2, "\"aik_cert\":\"AAAA\",\"aik_pub\":@,", "",
	    ASSAY_ERR_JSON_MISSING_MEMBER },
	{ "aik_pub_unusable", true, V2, "\"aik_pub\":@", "\"aik_pub\":{}",
	    ASSAY_ERR_KEY_INVALID },
	{ "log_type", true, V2, "\"TCG\"", "\"tcg\"", ASSAY_ERR_BAD_FIELD },
	{ "log_type_missing", true, V2, "{\"type\":\"TCG\",", "{",
	    ASSAY_ERR_JSON_MISSING_MEMBER },
	{ "tcg_behind_ima", true, V2, LOG("TCG") "," LOG("IMA"),
	    LOG("IMA") "," LOG("TCG"), ASSAY_ERR_BAD_FIELD },
	{ "two_ima", true, V2, LOG("IMA"), LOG("IMA") "," LOG("IMA"),
	    ASSAY_ERR_BAD_FIELD },
	{ "nine_tcg", true, V2, LOG("TCG"), LOG("TCG") "," LOG("TCG") ","
	    LOG("TCG") "," LOG("TCG") "," LOG("TCG") "," LOG("TCG") ","
	    LOG("TCG") "," LOG("TCG") "," LOG("TCG"),
	    ASSAY_ERR_LIMIT_EXCEEDED },
	{ "quote_missing", true, V2, "\"quote\":\"AAAA\",", "",
	    ASSAY_ERR_JSON_MISSING_MEMBER },
	{ "signature_empty", true, V2,
	    "\"quote\":\"AAAA\",\"signature\":\"AAAA\"",
	    "\"quote\":\"AAAA\",\"signature\":\"\"", ASSAY_ERR_BAD_FIELD },
	{ "pcrs_missing", true, V2, "\"pcrs\"", "\"prcs\"",
	    ASSAY_ERR_JSON_MISSING_MEMBER },
	{ "bank_sm3", true, V2, "\"algorithm\":11", "\"algorithm\":18",
	    ASSAY_ERR_BAD_FIELD },
	{ "bank_twice", true, V2, "\"pcrs\":[",
	    "\"pcrs\":[{\"algorithm\":11,\"values\":[]},",
	    ASSAY_ERR_BAD_FIELD },
	{ "bank_wraps", true, V2, "\"algorithm\":11", "\"algorithm\":65547",
	    ASSAY_ERR_BAD_FIELD },
	{ "pcr_24", true, V2, "\"index\":7", "\"index\":24",
	    ASSAY_ERR_BAD_FIELD },
	{ "pcr_negative", true, V2, "\"index\":7", "\"index\":-1",
	    ASSAY_ERR_BAD_FIELD },
	{ "pcr_twice", true, V2, "\"values\":[", "\"values\":[{\"index\":7,"
	    "\"digest\":\"" DIGEST "\"},", ASSAY_ERR_BAD_FIELD },
	{ "digest_short", true, V2, DIGEST, "AAAA", ASSAY_ERR_BAD_FIELD },
	{ "boot_broken", true, V2, "\"current_attestation\"",
	    "\"boot_attestation\":{},\"current_attestation\"",
	    ASSAY_ERR_JSON_MISSING_MEMBER },
	/* V1. */
	{ "v1_key_missing", false, V1, "attest_key", "request_key",
	    ASSAY_ERR_JSON_MISSING_MEMBER },
	{ "v1_claim_missing", false, V1, "current_claim", "claim",
	    ASSAY_ERR_JSON_MISSING_MEMBER },
	{ "v1_claim_magic", false, V1, "VFBM", "VFBN",
	    ASSAY_ERR_TPM_CLAIM_MALFORMED },
	{ "v1_claim_version", false, V1, "VFBMQQAA", "VFBMQQEA",
	    ASSAY_ERR_TPM_CLAIM_MALFORMED },
	{ "v1_claim_bank", false, V1, "AAAEAAAA", "AAAFAAAA",
	    ASSAY_ERR_TPM_CLAIM_MALFORMED },
	{ "v1_claim_lengths", false, V1, "DgAQAA#", "DhAQAA#",
	    ASSAY_ERR_TPM_CLAIM_MALFORMED },
	{ "v1_claim_short_pcrs", false, V1, "DgAQAA#", "DcAQAA#",
	    ASSAY_ERR_TPM_CLAIM_MALFORMED },
	{ "v1_claim_no_header", false, V1, TPLA_HEAD "#", "VFBMQQAA",
	    ASSAY_ERR_TPM_CLAIM_MALFORMED },
	{ "v1_vbs_object", false, V1_VBS, "\"vsm_report\":\"AAAA\"",
	    "\"vsm_report\":{}", ASSAY_ERR_JSON_TYPE },
	{ "v1_no_aik", false, V1, "\"aik_pub\":@,", "",
	    ASSAY_ERR_JSON_MISSING_MEMBER },
};

static void
test_rows(void **state)
{
	struct test_table t = { .name = "requests" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_tpm_submission m = { .v2 = false };
		struct assay_error err = { .code = ASSAY_ERR_OK };
		bool ok;

		ok = read_request(rows[i].v2, rows[i].text, rows[i].find,
		    rows[i].replace, &m, &err);
		test_row(&t, rows[i].name, err.code == rows[i].want &&
		    ok == (rows[i].want == ASSAY_ERR_OK), "got %s (%s)",
		    assay_code_name(err.code), err.text);
		assay_tpm_submission_free(&m);
	}
	test_table_end(&t);
}

/* The context, which is opened before anything is believed. */
static void
test_service_context(void **state)
{
	struct assay_buffer payload = assay_buffer(1u << 16);
	struct assay_buffer jws = assay_buffer(1u << 16);
	struct assay_error err = { .code = ASSAY_ERR_OK };
	char *context = NULL;
	size_t len = 0;

	(void)state;
	expand(V2_VBS, &payload);
	make_jws("{\"alg\":\"none\"}", assay_buffer_bytes(&payload), &jws);
	assert_true(assay_tpm_service_context(assay_buffer_bytes(&jws),
	    &context, &len, &err));
	assert_int_equal(len, 3);
	assert_memory_equal(context, "\0\1\2", 3);
	free(context);
	assert_false(assay_tpm_service_context(assay_bytes_of("a.b.c"),
	    &context, &len, &err));
	test_assert_code("no_jws", &err, ASSAY_ERR_TOKEN_MALFORMED);
	assay_buffer_free(&payload);
	assay_buffer_free(&jws);
}

static void
test_too_large(void **state)
{
	struct assay_buffer jws = assay_buffer(1u << 24);
	struct assay_tpm_submission m = { .v2 = false };
	struct assay_error err = { .code = ASSAY_ERR_OK };

	(void)state;
	(void)assay_buffer_puts(&jws, "e30.");
	(void)assay_buffer_fill(&jws, 'A', ASSAY_MAX_TPM_REQUEST);
	assert_false(assay_tpm_submission_open(assay_buffer_bytes(&jws), &m,
	    &err));
	test_assert_code("too_large", &err, ASSAY_ERR_LIMIT_EXCEEDED);
	assay_buffer_free(&jws);
}

/* Whatever a vector's verdict, its structure is sound. */
static void
test_vectors(void **state)
{
	struct test_table t = { .name = "shared requests" };
	struct dirent *e;
	DIR *d;

	(void)state;
	if (test_shared("requests of TPM vectors") == NULL)
		skip();
	assert_non_null(d = opendir(test_shared_path("vectors/tpm")));
	while ((e = readdir(d)) != NULL) {
		struct assay_tpm_submission m = { .v2 = false };
		struct assay_error err = { .code = ASSAY_ERR_OK };
		struct assay_buffer jws;

		if (!test_read_if(test_shared_path(
		    "vectors/tpm/%s/request.jws", e->d_name), &jws))
			continue;
		test_row(&t, e->d_name, assay_tpm_submission_open(
		    assay_buffer_bytes(&jws), &m, &err) &&
		    assay_tpm_submission_read(&m, &err) &&
		    m.v2 == (strncmp(e->d_name, "syn-v2", 6) == 0),
		    "%s (%s)", assay_code_name(err.code), err.text);
		assay_tpm_submission_free(&m);
		assay_buffer_free(&jws);
	}
	(void)closedir(d);
	test_table_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_v2),
		cmocka_unit_test(test_good_v2_vbs),
		cmocka_unit_test(test_good_v1),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_service_context),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
