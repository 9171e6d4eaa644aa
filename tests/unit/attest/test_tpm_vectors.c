/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests that a software TPM made of real logs, each with the verdict that
 * its meta.json tells, also under policies that ask for less.
 */
#include <stdlib.h>
#include <string.h>

#include <assay/tpm.h>

#include "base/encode.h"
#include "json/json.h"
#include "testlib.h"

#define NOW	INT64_C(1767225600)	/* 2026-01-01 */

#define CONFIGURE(name, value) \
	"version=1.1;configurationrules{=>issueproperty(type=\"" name \
	"\",value=" value ");};authorizationrules{=>permit();};" \
	"issuancerules{c:[type==\"aikValidated\"]=>issue(claim=c);};"

static const char any_aik[] = CONFIGURE("require_valid_aik_cert", "false");
static const char few_pcrs[] = CONFIGURE("required_pcr_mask", "149");
static const char no_pcr10[] = CONFIGURE("required_pcr_mask", "16775679");
static const char other_pcrs[] = CONFIGURE("required_pcr_mask", "150");

static const struct {
	const char	*name, *policy;
	enum assay_code	 code;		/* OK: accept */
	const char	*failed;	/* check, NULL: none */
} rows[] = {
	{ "syn-v1-basic-win-x1carbon", NULL, ASSAY_ERR_OK, NULL },
	{ "syn-v1-neg-tpla-pcr-changed", NULL, ASSAY_ERR_PCR_DIGEST_MISMATCH,
	    "tpm-pcr-digest" },
	{ "syn-v1-vbs-x1carbon", NULL, ASSAY_ERR_OK, NULL },
	{ "syn-v2-basic-boot-attestation", NULL, ASSAY_ERR_OK, NULL },
	{ "syn-v2-basic-certifykey-3banks", NULL, ASSAY_ERR_OK, NULL },
	{ "syn-v2-basic-quotekey-ima", NULL, ASSAY_ERR_OK, NULL },
	{ "syn-v2-neg-certify-wrong-nonce", NULL,
	    ASSAY_ERR_QUALIFYING_DATA_MISMATCH,
	    "tpm-certify-qualifying-data" },
	{ "syn-v2-neg-ima-log-missing", NULL, ASSAY_ERR_REPLAY_MISMATCH,
	    "tpm-log-replay" },
	{ "syn-v2-neg-ima-log-missing", no_pcr10, ASSAY_ERR_REPLAY_MISMATCH,
	    "tpm-log-replay" },
	{ "syn-v2-neg-jws-other-key", NULL, ASSAY_ERR_SIGNATURE_INVALID,
	    "tpm-request-signature" },
	{ "syn-v2-neg-log-data-forged", NULL, ASSAY_ERR_EVENT_FORGED,
	    "tpm-events" },
	{ "syn-v2-neg-quote-not-binding-key", NULL,
	    ASSAY_ERR_QUALIFYING_DATA_MISMATCH, "tpm-quote-qualifying-data" },
	{ "syn-v2-neg-untrusted-aik-ca", NULL, ASSAY_ERR_CERT_UNTRUSTED,
	    "aik-chain-trusted" },
	{ "syn-v2-neg-untrusted-aik-ca", any_aik, ASSAY_ERR_OK, NULL },
	{ "syn-v2-neg-vbs-report-signed-altered", NULL,
	    ASSAY_ERR_VBS_DATA_MISMATCH, "vbs-enclave-data" },
	{ "syn-v2-no-aik-cert", NULL, ASSAY_ERR_AIK_CERT_MISSING,
	    "aik-cert-present" },
	{ "syn-v2-no-aik-cert", any_aik, ASSAY_ERR_OK, NULL },
	{ "syn-v2-pcr-subset", NULL, ASSAY_ERR_PCR_NOT_QUOTED,
	    "tpm-required-pcrs" },
	{ "syn-v2-pcr-subset", few_pcrs, ASSAY_ERR_OK, NULL },
	{ "syn-v2-pcr-subset", other_pcrs, ASSAY_ERR_PCR_NOT_QUOTED,
	    "tpm-required-pcrs" },
	{ "syn-v2-vbs-debug-enclave", NULL, ASSAY_ERR_OK, NULL },
	{ "syn-v2-vbs-x1carbon", NULL, ASSAY_ERR_OK, NULL },
};

struct vector {
	struct assay_buffer		 jws, challenge;
	struct assay_tpm_anchors	*anchors;
};

static void
vector_open(struct vector *v, const char *name)
{
	struct assay_buffer text, pem;
	struct assay_bytes member;
	struct assay_error err;
	json_t *object;

	v->jws = test_read(test_shared_path("vectors/tpm/%s/request.jws",
	    name));
	text = test_read(test_shared_path("vectors/tpm/%s/challenge.json",
	    name));
	pem = test_read(test_shared_path("vectors/tpm/%s/aik_ca.pem", name));
	v->challenge = assay_buffer(64);
	object = assay_json_parse(assay_buffer_bytes(&text), NULL, &err);
	assert_true(assay_json_get_string(object, "challenge", &member,
	    &err));
	assert_true(assay_base64url_decode(member, &v->challenge, &err));
	json_decref(object);
	const struct assay_bytes anchor = assay_buffer_bytes(&pem);
	const struct assay_tpm_anchors_config config = {
		.pem = &anchor, .n_pem = 1, .without_builtin = true,
	};
	if (!assay_tpm_anchors_new(&config, &v->anchors, &err))
		fail_msg("%s: %s", name, err.text);
	assay_buffer_free(&text);
	assay_buffer_free(&pem);
}

static void
vector_close(struct vector *v)
{
	assay_tpm_anchors_free(v->anchors);
	assay_buffer_free(&v->jws);
	assay_buffer_free(&v->challenge);
}

static void
judge(const char *name, const char *policy_text,
    struct assay_attest_result *r)
{
	struct assay_tpm_context ctx = { .now = NOW };
	struct assay_policy *policy = NULL;
	struct assay_tpm_request request;
	struct assay_error err;
	struct vector v;

	vector_open(&v, name);
	if (policy_text != NULL && !assay_policy_compile(
	    assay_bytes_of(policy_text), &policy, NULL, &err))
		fail_msg("%s", err.text);
	request.jws = assay_buffer_bytes(&v.jws);
	request.challenge = assay_buffer_bytes(&v.challenge);
	ctx.anchors = v.anchors;
	ctx.policy = policy;
	(void)assay_tpm_attest(&request, &ctx, r);
	assay_policy_free(policy);
	vector_close(&v);
}

static void
test_verdicts(void **state)
{
	struct test_table t = { .name = "shared requests" };

	(void)state;
	if (test_shared("verdicts of TPM vectors") == NULL)
		skip();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_attest_result r;
		bool accept = rows[i].code == ASSAY_ERR_OK;

		judge(rows[i].name, rows[i].policy, &r);
		test_row(&t, rows[i].name, r.error.code == rows[i].code &&
		    (r.verdict == ASSAY_ACCEPT) == accept &&
		    (r.token_claims != NULL) == accept &&
		    (rows[i].failed == NULL ? r.check_failed == NULL :
		    r.check_failed != NULL && strcmp(r.check_failed,
		    rows[i].failed) == 0), "got %s, check %s (%s)",
		    assay_code_name(r.error.code), r.check_failed != NULL ?
		    r.check_failed : "none", r.error.text);
		assay_attest_result_free(&r);
	}
	test_table_end(&t);
}

static const struct {
	const char	*name, *type;
	int64_t		 value;
} claims[] = {
	{ "syn-v2-vbs-x1carbon", "enclaveSvn", 7 },
	{ "syn-v2-vbs-x1carbon", "enclavePlatformSvn", 3 },
	{ "syn-v2-vbs-x1carbon", "enclaveFlags", 0 },
	{ "syn-v2-vbs-x1carbon", "vbsReportPresent", 1 },
	{ "syn-v2-vbs-debug-enclave", "enclaveFlags", 1 },
	{ "syn-v1-vbs-x1carbon", "enclaveSvn", 7 },
	{ "syn-v2-basic-quotekey-ima", "aikValidated", 1 },
	{ "syn-v2-basic-quotekey-ima", "tpmVersion", 2 },
	{ "syn-v2-basic-quotekey-ima", "vbsReportPresent", 0 },
};

/* What meta.json says of the enclaves, and of others that there is none. */
static void
test_claims(void **state)
{
	struct test_table t = { .name = "claims" };

	(void)state;
	if (test_shared("claims of TPM vectors") == NULL)
		skip();
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		struct assay_attest_result r;
		struct assay_claim c = { .integer = -1 };
		bool found;

		judge(claims[i].name, NULL, &r);
		found = r.claims != NULL && assay_claims_find(r.claims,
		    claims[i].type, &c);
		test_row(&t, claims[i].type, found &&
		    (c.value_type == ASSAY_VALUE_BOOLEAN ? c.boolean :
		    c.integer) == claims[i].value, "%s", claims[i].name);
		assay_attest_result_free(&r);
	}
	test_table_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_claims),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
