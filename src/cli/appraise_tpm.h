/* SPDX-License-Identifier: Apache-2.0 */
/* assay appraise tpm, azureguest: what a platform with a TPM sent, offline. */
#ifndef ASSAY_CLI_APPRAISE_TPM_H
#define ASSAY_CLI_APPRAISE_TPM_H

#include <assay/tpm.h>

#include "cli/option.h"

struct cli_tpm_appraisal {
	const char		*evidence;	/* file with the JWS */
	const char		*challenge;	/* base64url */
	bool			 guest;		/* AttestationInfo, as JSON:
						   there is no challenge */
	const struct cli_list	*trust_anchor;
	struct assay_tpm_context context;	/* anchors are filled in */
};

/*
 * Judge. True if there is an answer in *out, whatever it is; false, with out
 * untouched, if files or options are in the way. USAGE, IO_FAILED, CERT_*.
 */
ASSAY_MUST_USE bool cli_appraise_tpm(struct cli_tpm_appraisal *a,
    struct assay_attest_result *out, struct assay_error *err);

#endif
