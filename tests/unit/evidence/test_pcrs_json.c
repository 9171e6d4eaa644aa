/* SPDX-License-Identifier: Apache-2.0 */
/* The claim pcrs, in both encodings, as published policies query it. */
#include <stdlib.h>
#include <string.h>

#include <assay/policy.h>

#include "evidence/pcrs_json.h"
#include "testlib.h"

/* SHA-1 of PCR 0 and 23, SHA-256 of PCR 0. */
static struct assay_pcrs
some(void)
{
	struct assay_pcrs pcrs = { .n_banks = 2 };

	pcrs.bank[0].alg = ASSAY_TPM_ALG_SHA1;
	pcrs.bank[0].mask = 1 | 1 << 23;
	memset(pcrs.bank[0].value[23], 0xff, 20);
	pcrs.bank[1].alg = ASSAY_TPM_ALG_SHA256;
	pcrs.bank[1].mask = 1;
	memset(pcrs.bank[1].value[0], 0xab, 32);
	return pcrs;
}

static void
test_text(void **state)
{
	const struct assay_pcrs none = { 0 };
	struct assay_pcrs pcrs = some();
	struct assay_error err = { 0 };
	char *text = NULL;

	(void)state;
	assert_true(assay_pcrs_json(&pcrs, false, &text, &err));
	assert_string_equal(text, "{\"PCRs\":[{\"Index\":0,\"Digests\":{"
	    "\"SHA1\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"SHA256\":\""
	    "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s\"}},{\"Index\":23,"
	    "\"Digests\":{\"SHA1\":\"__________________________8\"}}]}");
	free(text);
	assert_true(assay_pcrs_json(&pcrs, true, &text, &err));
	assert_non_null(strstr(text, "\"SHA256\":\"abababababababababababab"
	    "abababababababababababababababababababab\""));
	free(text);
	assert_true(assay_pcrs_json(&none, true, &text, &err));
	assert_string_equal(text, "{\"PCRs\":[]}");
	free(text);
}

/* All banks full fit. */
static void
test_full(void **state)
{
	static const uint16_t algs[] = { ASSAY_TPM_ALG_SHA1,
		ASSAY_TPM_ALG_SHA256, ASSAY_TPM_ALG_SHA384,
		ASSAY_TPM_ALG_SHA512 };
	struct assay_pcrs pcrs = { .n_banks = ASSAY_PCR_BANKS };
	struct assay_error err = { 0 };
	char *text = NULL;

	(void)state;
	for (size_t i = 0; i < ASSAY_PCR_BANKS; i++) {
		pcrs.bank[i].alg = algs[i];
		pcrs.bank[i].mask = 0xffffff;
	}
	assert_true(assay_pcrs_json(&pcrs, true, &text, &err));
	assert_true(strlen(text) > 24 * 2 * (20 + 32 + 48 + 64));
	free(text);
}

#define HEX "abababababababababababababababababababababababababababababababab"

/* Both documented ways to ask, each with its setting and with the other. */
static void
test_published(void **state)
{
	static const struct {
		const char	*query;
		bool		 hex, want;
	} rows[] = {
		{ "PCRs[? Index == `0`].Digests.SHA256 | @[0] =='" HEX "' ",
		    true, true },
		{ "PCRs[? Index == `0`].Digests.SHA256 | @[0] =='" HEX "' ",
		    false, false },
		{ "PCRs[? Index == `23`].Digests.SHA1 | @[0] == "
		    "`\\\"__________________________8\\\"`", false, true },
		{ "PCRs[? Index == `23`].Digests.SHA1 | @[0] == "
		    "`\\\"__________________________8\\\"`", true, false },
	};
	struct assay_pcrs pcrs = some();
	struct test_table t = { .name = "published queries" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_claims *claims = assay_claims_new();
		struct assay_policy_result result = { 0 };
		struct assay_policy *policy = NULL;
		struct assay_buffer text = assay_buffer(4096);
		struct assay_error err = { 0 };
		char *json = NULL;
		bool ok;

		(void)assay_buffer_printf(&text, "version=1.2; "
		    "authorizationrules { c:[type==\"pcrs\", issuer=="
		    "\"AttestationService\"] => add(type=\"ok\", value="
		    "JsonToClaimValue(JmesPath(c.value, \"%s\"))); "
		    "[type==\"ok\", value==true] => permit(); };",
		    rows[i].query);
		if (!assay_policy_compile(assay_buffer_bytes(&text), &policy,
		    NULL, &err))
			fail_msg("%s", err.text);
		assert_true(assay_pcrs_json(&pcrs, rows[i].hex, &json, &err));
		assert_true(assay_claims_add_json(claims, "pcrs",
		    assay_bytes_of(json), &err));
		ok = assay_policy_evaluate(policy, claims, NULL, &result,
		    &err);
		test_row(&t, rows[i].query, ok == rows[i].want && (ok ||
		    err.code == ASSAY_ERR_POLICY_NOT_PERMITTED), "%s",
		    err.text);
		free(json);
		assay_policy_result_free(&result);
		assay_policy_free(policy);
		assay_claims_free(claims);
		assay_buffer_free(&text);
	}
	test_table_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_published),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
