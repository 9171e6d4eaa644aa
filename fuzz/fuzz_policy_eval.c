/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry: a policy text, and behind a NUL claims: a tag byte (type of the
 * value, issuer), a letter that is the type, a length and that many bytes of
 * value. Evaluated with and without a trace, which must agree.
 */
#include <stdlib.h>
#include <string.h>

#include <assay/policy.h>

#include "base/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static bool
add_claim(struct assay_claims *set, struct assay_reader *r)
{
	struct assay_claim claim = { 0 };
	struct assay_error err;
	uint8_t tag, n;

	if (!assay_read_u8(r, &tag) || !assay_read_bytes(r, 1, &claim.type) ||
	    !assay_read_u8(r, &n) || !assay_read_bytes(r, n, &claim.text))
		return false;
	claim.value_type = (enum assay_value_type)(tag & 3);
	claim.issuer = (enum assay_claim_issuer)((tag >> 2) % 3);
	claim.integer = n;
	claim.boolean = n & 1;
	(void)assay_claims_add(set, &claim, &err);
	return true;
}

static enum assay_code
evaluate(const struct assay_policy *policy, struct assay_claims *claims,
    bool traced)
{
	const struct assay_policy_options opt = { .trace = traced };
	struct assay_policy_result result = { 0 };
	struct assay_error err = { 0 };
	bool ok = assay_policy_evaluate(policy, claims, &opt, &result, &err);

	if (ok != (result.issued != NULL) || ok != (err.code == ASSAY_ERR_OK))
		abort();
	if (result.trace != NULL) {
		char *text = assay_policy_trace_text(result.trace);
		char *json = assay_policy_trace_json(result.trace);

		free(text);
		free(json);
	}
	assay_policy_result_free(&result);
	return err.code;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *nul = len != 0 ? memchr(data, '\0', len) : NULL;
	size_t n = nul != NULL ? (size_t)(nul - data) : len;
	struct assay_claims *claims = assay_claims_new();
	struct assay_policy_result config = { 0 };
	struct assay_policy *policy = NULL;
	struct assay_error err = { 0 };
	struct assay_reader r;

	r = assay_reader((struct assay_bytes){ data + n,
	    nul != NULL ? len - n : 0 });
	if (nul != NULL && !assay_skip(&r, 1))
		abort();
	while (claims != NULL && add_claim(claims, &r))
		;
	if (claims != NULL && assay_policy_compile((struct assay_bytes){
	    data, n }, &policy, NULL, &err)) {
		(void)assay_policy_configure(policy, &config, &err);
		enum assay_code plain = evaluate(policy, claims, false);
		enum assay_code traced = evaluate(policy, claims, true);

		/* A trace looks at more claims, so it may reach a limit. */
		if (plain != traced && traced != ASSAY_ERR_POLICY_LIMIT)
			abort();
	}
	assay_policy_result_free(&config);
	assay_policy_free(policy);
	assay_claims_free(claims);
	return 0;
}
