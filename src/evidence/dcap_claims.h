/* SPDX-License-Identifier: Apache-2.0 */
/* Claims that every Intel quote yields, whatever its body is. */
#ifndef ASSAY_EVIDENCE_DCAP_CLAIMS_H
#define ASSAY_EVIDENCE_DCAP_CLAIMS_H

#include "evidence/kind.h"

/* x-assay-*: status, date, advisories, collateral, anchor. */
ASSAY_MUST_USE bool assay_dcap_claims(const struct assay_finding *finding,
    struct assay_claims *out, struct assay_error *err);

/* Room for the hashes of evidence and collateral as compact JSON. */
#define ASSAY_COLLATERAL_CLAIM_TEXT 1024
/* The object of x-ms-sgx-collateral; evidence as submitted. */
ASSAY_MUST_USE bool assay_dcap_collateral_claim(struct assay_bytes evidence,
    const struct assay_collateral_hashes *hashes,
    char out[ASSAY_COLLATERAL_CLAIM_TEXT], struct assay_error *err);

#endif
