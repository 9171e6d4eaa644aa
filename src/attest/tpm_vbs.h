/* SPDX-License-Identifier: Apache-2.0 */
/* The VBS report of a request: signed by a key of this boot, about this
 * request. Source: tpm.md sections 2 and 8.4. */
#ifndef ASSAY_ATTEST_TPM_VBS_H
#define ASSAY_ATTEST_TPM_VBS_H

#include "attest/tpm_state.h"
#include "evidence/vbs_report.h"

/* VBS_REPORT_MALFORMED, VBS_KEY_UNKNOWN, SIGNATURE_INVALID,
 * VBS_DATA_MISMATCH. *out borrows from m. */
ASSAY_MUST_USE bool assay_tpm_vbs_verify(const struct assay_tpm_submission *m,
    const struct assay_tpm_state *state, struct assay_checks *checks,
    struct assay_vbs_report *out, struct assay_error *err);

#endif
