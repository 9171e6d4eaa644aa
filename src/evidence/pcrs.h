/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of platform configuration registers, by bank. Banks are named by
 * TPM_ALG_ID (TPM 2.0 library, part 2, table 9).
 */
#ifndef ASSAY_EVIDENCE_PCRS_H
#define ASSAY_EVIDENCE_PCRS_H

#include "crypto/digest.h"

#define ASSAY_PCR_COUNT		24
#define ASSAY_PCR_BANKS		4	/* SHA-1, SHA-256, -384, -512 */

#define ASSAY_TPM_ALG_SHA1	0x0004
#define ASSAY_TPM_ALG_SHA256	0x000b
#define ASSAY_TPM_ALG_SHA384	0x000c
#define ASSAY_TPM_ALG_SHA512	0x000d

/* False for an algorithm that is none of the four. */
bool assay_tpm_hash(uint16_t alg, enum assay_hash *out);
uint16_t assay_tpm_alg(enum assay_hash hash);

struct assay_pcr_bank {
	uint16_t	alg;
	uint32_t	mask;		/* bit i: value[i] is there */
	uint8_t		value[ASSAY_PCR_COUNT][ASSAY_DIGEST_MAX];
};

struct assay_pcrs {
	struct assay_pcr_bank	bank[ASSAY_PCR_BANKS];
	size_t			n_banks;
};

/* The bank, or NULL. */
const struct assay_pcr_bank *assay_pcrs_bank(const struct assay_pcrs *pcrs,
    uint16_t alg);
/* The value, as long as the digests of the bank; the index must be in mask. */
struct assay_bytes assay_pcr_value(const struct assay_pcr_bank *bank,
    unsigned int index);

#endif
