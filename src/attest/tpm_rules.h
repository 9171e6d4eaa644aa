/* SPDX-License-Identifier: Apache-2.0 */
/* What the configuration rules of a policy ask of evidence from a TPM.
 * Source: Azure Attestation, policy version 1.2, configuration properties. */
#ifndef ASSAY_ATTEST_TPM_RULES_H
#define ASSAY_ATTEST_TPM_RULES_H

#include <assay/policy.h>

#define ASSAY_ALL_PCRS	UINT32_C(0xffffff)

struct assay_tpm_rules {
	bool		require_aik;	/* require_valid_aik_cert; default
					   true */
	bool		has_mask;	/* required_pcr_mask is said */
	uint32_t	required_mask;	/* bit i: PCR i; default: all */
};

/* policy NULL: the defaults. POLICY_RUNTIME_ERROR for a property of a wrong
 * type or range, and what assay_policy_configure() says. */
ASSAY_MUST_USE bool assay_tpm_rules_read(const struct assay_policy *policy,
    struct assay_tpm_rules *out, struct assay_error *err);

#endif
