/* SPDX-License-Identifier: Apache-2.0 */
/* What is inside of struct assay_tpm_anchors. */
#ifndef ASSAY_ATTEST_TPM_ANCHORS_H
#define ASSAY_ATTEST_TPM_ANCHORS_H

#include <assay/tpm.h>

#include "evidence/tpm_roots.h"

/* Borrowed. */
const struct assay_tpm_roots *assay_tpm_anchors_roots(
    const struct assay_tpm_anchors *anchors);

#endif
