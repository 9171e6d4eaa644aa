/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AttestationInfo of guests: three that virtual machines of Azure sent, whose
 * CA nobody publishes, and those that a software TPM made.
 */
#include <string.h>

#include <assay/guest.h>

#include "base/limits.h"
#include "testlib.h"

#define NOW	INT64_C(1767225600)	/* 2026-01-01 */
#define REAL	"vectors/maa-evidence/azureguest/AttestationInfo"
#define MADE	"vectors/tpm/syn-azureguest-"
#define ANY_AIK	"version=1.2;configurationrules{=>issueproperty(type=" \
	"\"require_valid_aik_cert\",value=false);};" \
	"authorizationrules{=>permit();};issuancerules{" \
	"c:[type==\"aikValidated\"]=>issue(claim=c);};"

static const struct {
	const char	*path, *policy;
	enum assay_code	 code;		/* OK: accept */
	const char	*failed;	/* check; NULL: none */
} rows[] = {
	{ MADE "tl-linux/attestation_info.json", NULL, ASSAY_ERR_OK, NULL },
	{ MADE "tl-linux/attestation_info.json", ANY_AIK, ASSAY_ERR_OK,
	    NULL },
	{ MADE "neg-pcr-linux/attestation_info.json", NULL,
	    ASSAY_ERR_PCR_DIGEST_MISMATCH, "tpm-pcr-digest" },
	{ REAL "Linux.json", NULL, ASSAY_ERR_CERT_UNTRUSTED,
	    "aik-chain-trusted" },
	{ REAL "Linux.json", ANY_AIK, ASSAY_ERR_OK, NULL },
	{ REAL "SecurebootOff.json", ANY_AIK, ASSAY_ERR_OK, NULL },
	{ REAL "Windows.json", ANY_AIK, ASSAY_ERR_OK, NULL },
};

static void
judge(const char *path, const char *policy_text,
    struct assay_attest_result *r)
{
	struct assay_buffer info = test_read(test_shared_path("%s", path));
	struct assay_buffer pem = test_read(test_shared_path(
	    "vectors/tpm/syn-azureguest-%s/aik_ca.pem",
	    strstr(path, "neg") != NULL ? "neg-pcr-linux" : "tl-linux"));
	const struct assay_bytes anchor = assay_buffer_bytes(&pem);
	const struct assay_tpm_anchors_config config = {
		.pem = &anchor, .n_pem = 1,
	};
	struct assay_tpm_anchors *anchors = NULL;
	struct assay_policy *policy = NULL;
	struct assay_error err;

	if (!assay_tpm_anchors_new(&config, &anchors, &err) ||
	    (policy_text != NULL && !assay_policy_compile(
	    assay_bytes_of(policy_text), &policy, NULL, &err)))
		fail_msg("%s", err.text);
	const struct assay_tpm_context ctx = { .now = NOW,
	    .anchors = anchors, .policy = policy };
	(void)assay_guest_attest(assay_buffer_bytes(&info), &ctx, r);
	assay_policy_free(policy);
	assay_tpm_anchors_free(anchors);
	assay_buffer_free(&info);
	assay_buffer_free(&pem);
}

static void
test_verdicts(void **state)
{
	struct test_table t = { .name = "shared guests" };

	(void)state;
	if (test_shared("verdicts of guests") == NULL)
		skip();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool accept = rows[i].code == ASSAY_ERR_OK;
		struct assay_attest_result r;

		judge(rows[i].path, rows[i].policy, &r);
		test_row(&t, rows[i].path, r.error.code == rows[i].code &&
		    (r.verdict == ASSAY_ACCEPT) == accept &&
		    (r.token_claims != NULL) == accept &&
		    (r.reply_key != NULL) == accept &&
		    (rows[i].failed == NULL ? r.check_failed == NULL :
		    r.check_failed != NULL && strcmp(r.check_failed,
		    rows[i].failed) == 0), "got %s, check %s (%s)",
		    assay_code_name(r.error.code), r.check_failed != NULL ?
		    r.check_failed : "none", r.error.text);
		assay_attest_result_free(&r);
	}
	test_table_end(&t);
}

/* What the token says: texts of Azure's own tokens. */
static const struct {
	const char	*path, *text;
} texts[] = {
	{ REAL "Windows.json", "\"x-ms-attestation-type\":\"azurevm\"" },
	{ REAL "Windows.json", "\"x-ms-azurevm-attestation-protocol-ver\":"
	    "\"2.0\"" },
	{ REAL "Windows.json", "\"x-ms-azurevm-attested-pcrs\":"
	    "[0,1,2,3,4,5,6,7,11,12,13,14]" },
	{ REAL "Windows.json", "\"x-ms-azurevm-bootdebug-enabled\":false" },
	{ REAL "Windows.json", "\"x-ms-azurevm-debuggersdisabled\":true" },
	{ REAL "Windows.json", "\"x-ms-azurevm-hvci-policy\":0" },
	{ REAL "Windows.json",
	    "\"x-ms-azurevm-hypervisordebug-enabled\":false" },
	{ REAL "Windows.json", "\"x-ms-azurevm-is-windows\":true" },
	{ REAL "Windows.json", "\"x-ms-azurevm-kerneldebug-enabled\":false" },
	{ REAL "Windows.json", "\"x-ms-azurevm-osbuild\":\"NotApplicable\"" },
	{ REAL "Windows.json", "\"x-ms-azurevm-osdistro\":\"Microsoft\"" },
	{ REAL "Windows.json", "\"x-ms-azurevm-ostype\":\"Windows\"" },
	{ REAL "Windows.json", "\"x-ms-azurevm-osversion-major\":10" },
	{ REAL "Windows.json", "\"x-ms-azurevm-osversion-minor\":0" },
	{ REAL "Windows.json", "\"x-ms-azurevm-signingdisabled\":true" },
	{ REAL "Windows.json", "\"x-ms-azurevm-testsigning-enabled\":false" },
	{ REAL "Windows.json", "\"secureboot\":true" },
	{ REAL "Windows.json", "\"aikValidated\":false" },
	{ REAL "SecurebootOff.json", "\"secureboot\":false" },
	{ REAL "Linux.json", "\"x-ms-azurevm-is-windows\":false" },
	{ REAL "Linux.json", "\"x-ms-azurevm-attested-pcrs\":"
	    "[0,1,2,3,4,5,6,7]" },
	{ REAL "Linux.json", "\"client-payload\":{\"ArmID\":\""
	    "aHR0cHM6Ly9EdW1teUlE\",\"Nonce\":" },
	{ REAL "Linux.json", "\"key_ops\":[\"encrypt\"],\"kid\":"
	    "\"TpmEphemeralEncryptionKey\",\"kty\":\"RSA\",\"n\":" },
};

static void
test_claims(void **state)
{
	struct test_table t = { .name = "claims of guests" };

	(void)state;
	if (test_shared("claims of guests") == NULL)
		skip();
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct assay_attest_result r;

		judge(texts[i].path, ANY_AIK, &r);
		test_row(&t, texts[i].text, r.token_claims != NULL &&
		    strstr(r.token_claims, texts[i].text) != NULL, "%s has %s",
		    texts[i].path, r.token_claims != NULL ? r.token_claims :
		    r.error.text);
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
