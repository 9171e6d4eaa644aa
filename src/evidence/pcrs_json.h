/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The claim pcrs: {"PCRs":[{"Index":0,"Digests":{"SHA1":"..."}}]}. Source:
 * Azure Attestation, policy version 1.2 and sample policies for TPM; tpm.md 6.
 */
#ifndef ASSAY_EVIDENCE_PCRS_JSON_H
#define ASSAY_EVIDENCE_PCRS_JSON_H

#include "evidence/pcrs.h"

/*
 * Compact JSON text to be free()d: every value that is there, ascending. The
 * documents write digests both ways: hex (lower case) or base64url.
 */
ASSAY_MUST_USE bool assay_pcrs_json(const struct assay_pcrs *pcrs, bool hex,
    char **out, struct assay_error *err);
/* "SHA256", as policies write a bank; NULL for another. Static. */
const char *assay_pcr_bank_name(uint16_t alg);

#endif
