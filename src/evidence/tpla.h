/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Windows returns for NCRYPT_CLAIM_PLATFORM: a quote with signature and
 * PCR values. Source: ncrypt.h, NCRYPT_TPM_PLATFORM_ATTESTATION_STATEMENT.
 * Header little endian, TPM structures big endian.
 */
#ifndef ASSAY_EVIDENCE_TPLA_H
#define ASSAY_EVIDENCE_TPLA_H

#include "evidence/pcrs.h"

/* All bytes are borrowed from the input. */
struct assay_tpla {
	struct assay_bytes	signature;	/* TPMT_SIGNATURE */
	struct assay_bytes	quote;		/* TPMS_ATTEST */
	struct assay_pcrs	pcrs;		/* one bank, all 24 */
};

/* The whole of in. TPM_CLAIM_MALFORMED naming field and offset. */
ASSAY_MUST_USE bool assay_tpla_parse(struct assay_bytes in,
    struct assay_tpla *out, struct assay_error *err);

#endif
