/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a policy and a token say of a TPM request that was verified. Source:
 * Azure Attestation, claim sets and policy version 1.2; tpm.md sections 5, 6.
 */
#ifndef ASSAY_ATTEST_TPM_CLAIMS_H
#define ASSAY_ATTEST_TPM_CLAIMS_H

#include <assay/tpm.h>

#include "attest/tpm_state.h"
#include "evidence/vbs_report.h"

/* Lives as long as the claims: some are made when somebody looks. */
struct assay_tpm_facts {
	const struct assay_tpm_submission *request;
	const struct assay_pkey		*aik;
	bool				 aik_validated;
	struct assay_tpm_state		 current, boot;
	bool				 has_boot;
	struct assay_vbs_report		 vbs;
	bool				 has_vbs;
	/* Made by assay_tpm_claims(). */
	struct assay_boot_logs		 current_logs, boot_logs;
	bool				 hex_pcrs;
};

/* Claims for a policy, which says what it can read; NULL: everything. */
ASSAY_MUST_USE bool assay_tpm_claims(struct assay_tpm_facts *facts,
    const struct assay_policy *policy,
    const struct assay_tpm_settings *settings, struct assay_claims *out,
    struct assay_error *err);
/* rp_data, cnf, ver: what the service says in the token. *nonce is JSON text
 * to be freed, empty without rp_data. */
ASSAY_MUST_USE bool assay_tpm_report_claims(
    const struct assay_tpm_submission *m, struct assay_claims *out,
    struct assay_buffer *nonce, struct assay_error *err);

#endif
