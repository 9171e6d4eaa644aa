/* SPDX-License-Identifier: Apache-2.0 */
/* An SGX enclave's quote, however it is wrapped. */
#ifndef ASSAY_EVIDENCE_SGX_KIND_H
#define ASSAY_EVIDENCE_SGX_KIND_H

#include "evidence/dcap_quote.h"
#include "evidence/kind.h"

struct assay_sgx_evidence {
	struct assay_bytes	submitted;	/* what is hashed */
	struct assay_dcap_quote	quote;
	struct assay_sgx_report	report;
};

/*
 * Parse a quote that starts at quote; submitted is all that was sent. A body
 * that is not an SGX enclave's is UNSUPPORTED_QUOTE_FORMAT.
 */
ASSAY_MUST_USE bool assay_sgx_evidence_parse(struct assay_bytes submitted,
    struct assay_bytes quote, struct assay_checks *checks, void **out,
    struct assay_error *err);
ASSAY_MUST_USE bool assay_sgx_verify(const void *evidence,
    const struct assay_evidence_context *ctx, struct assay_finding *finding,
    struct assay_error *err);
struct assay_evidence_slots assay_sgx_slots(const void *evidence);
ASSAY_MUST_USE bool assay_sgx_claims(const void *evidence,
    const struct assay_finding *finding, struct assay_claims *out,
    struct assay_error *err);

#endif
