/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/tpm_rules.h"

static bool
read_properties(struct assay_claims *properties, struct assay_tpm_rules *out,
    struct assay_error *err)
{
	struct assay_claim claim;

	if (assay_claims_find(properties, "require_valid_aik_cert", &claim)) {
		if (claim.value_type != ASSAY_VALUE_BOOLEAN)
			return assay_fail(err, ASSAY_ERR_POLICY_RUNTIME_ERROR,
			    "require_valid_aik_cert is not a boolean");
		out->require_aik = claim.boolean;
	}
	if (assay_claims_find(properties, "required_pcr_mask", &claim)) {
		if (claim.value_type != ASSAY_VALUE_INTEGER ||
		    claim.integer < 0 || claim.integer > ASSAY_ALL_PCRS)
			return assay_fail(err, ASSAY_ERR_POLICY_RUNTIME_ERROR,
			    "required_pcr_mask is not an integer from 0 to "
			    "0xFFFFFF");
		out->required_mask = (uint32_t)claim.integer;
		out->has_mask = true;
	}
	return true;
}

bool
assay_tpm_rules_read(const struct assay_policy *policy,
    struct assay_tpm_rules *out, struct assay_error *err)
{
	struct assay_tpm_rules rules = {
		.require_aik = true, .required_mask = ASSAY_ALL_PCRS,
	};
	struct assay_policy_result result = { 0 };
	bool ok;

	if (policy != NULL) {
		ok = assay_policy_configure(policy, &result, err) &&
		    (result.properties == NULL ||
		    read_properties(result.properties, &rules, err));
		assay_policy_result_free(&result);
		if (!ok)
			return false;
	}
	*out = rules;
	return true;
}
