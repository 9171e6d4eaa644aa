/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a quote of any body has to prove: its QE is Intel's and was certified
 * by the platform's PCK, the QE vouches for the attestation key, the key
 * signed the quote. Source: QVL QuoteVerifier, steps 4 to 9.
 */
#ifndef ASSAY_EVIDENCE_DCAP_VERIFY_H
#define ASSAY_EVIDENCE_DCAP_VERIFY_H

#include "evidence/dcap_quote.h"
#include "evidence/kind.h"

/*
 * Get the platform and look at its windows: finding->platform, ->freshness,
 * ->wanted and ->checks.
 */
ASSAY_MUST_USE bool assay_dcap_find_platform(
    const struct assay_dcap_quote *quote, enum assay_tee tee,
    const struct assay_evidence_context *ctx, struct assay_finding *finding,
    struct assay_error *err);
/* The signatures and the QE: *qe_level is the level of the QE, NULL if it is
 * below all of them. */
ASSAY_MUST_USE bool assay_dcap_verify_quote(
    const struct assay_dcap_quote *quote,
    const struct assay_platform *platform, enum assay_tee tee,
    struct assay_checks *checks, const struct assay_svn_level **qe_level,
    struct assay_error *err);

/*
 * Status, date and advisories from the levels that were reached; module may
 * be NULL. TCB_NOT_SUPPORTED if platform or QE reached none, TCB_REVOKED.
 */
ASSAY_MUST_USE bool assay_dcap_judge_tcb(
    const struct assay_tcb_verdict *platform,
    const struct assay_tcb_verdict *qe,
    const struct assay_tcb_verdict *module, struct assay_finding *finding,
    struct assay_error *err);

#endif
