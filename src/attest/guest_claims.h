/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the token of a guest says: claims x-ms-azurevm-* under the names that
 * Azure's tokens have them. Source: tokens of Azure; doc/claims.md.
 */
#ifndef ASSAY_ATTEST_GUEST_CLAIMS_H
#define ASSAY_ATTEST_GUEST_CLAIMS_H

#include <assay/claims.h>

#include "attest/guest_request.h"
#include "attest/tpm_state.h"

ASSAY_MUST_USE bool assay_guest_claims(const struct assay_guest_submission *g,
    const struct assay_tpm_state *state, struct assay_claims *out,
    struct assay_error *err);

#endif
