/* SPDX-License-Identifier: Apache-2.0 */
/* TPMT_PUBLIC of RSA and ECC keys. Source: TPM 2.0 library, part 2, 12.2.4. */
#ifndef ASSAY_EVIDENCE_TPM_PUBLIC_H
#define ASSAY_EVIDENCE_TPM_PUBLIC_H

#include "crypto/pkey.h"
#include "evidence/pcrs.h"

/* Part 2, table 9. */
#define ASSAY_TPM_ALG_RSA	0x0001
#define ASSAY_TPM_ALG_AES	0x0006
#define ASSAY_TPM_ALG_NULL	0x0010
#define ASSAY_TPM_ALG_RSAES	0x0015
#define ASSAY_TPM_ALG_ECC	0x0023

/* TPMA_OBJECT, part 2, 8.3. */
#define ASSAY_TPMA_FIXED_TPM		(UINT32_C(1) << 1)
#define ASSAY_TPMA_FIXED_PARENT		(UINT32_C(1) << 4)
#define ASSAY_TPMA_SENSITIVE_DATA_ORIGIN (UINT32_C(1) << 5)
#define ASSAY_TPMA_USER_WITH_AUTH	(UINT32_C(1) << 6)
#define ASSAY_TPMA_RESTRICTED		(UINT32_C(1) << 16)
#define ASSAY_TPMA_DECRYPT		(UINT32_C(1) << 17)
#define ASSAY_TPMA_SIGN			(UINT32_C(1) << 18)

struct assay_tpm_public {
	struct assay_bytes	 raw;		/* borrowed: TPMT_PUBLIC */
	uint16_t		 type;		/* TPM_ALG_RSA, TPM_ALG_ECC */
	uint16_t		 name_alg;
	uint32_t		 attributes;
	struct assay_bytes	 auth_policy;	/* borrowed */
	uint16_t		 symmetric;	/* TPM_ALG_NULL unless a
						   storage key; then AES ... */
	uint16_t		 symmetric_bits;
	uint16_t		 scheme;	/* TPM_ALG_NULL: any */
	uint16_t		 scheme_hash;
	struct assay_pkey	*key;		/* owned */
};

/* The whole of in, without size prefix. TPM_PUBLIC_MALFORMED; KEY_INVALID for
 * a key that crypto/pkey.h does not take, or another curve.
 * An RSA exponent of 0 is 65537. Free with assay_tpm_public_free(). */
ASSAY_MUST_USE bool assay_tpm_public_parse(struct assay_bytes in,
    struct assay_tpm_public *out, struct assay_error *err);
/* The same with the size prefix of TPM2B_PUBLIC. */
ASSAY_MUST_USE bool assay_tpm2b_public_parse(struct assay_bytes in,
    struct assay_tpm_public *out, struct assay_error *err);
void assay_tpm_public_free(struct assay_tpm_public *pub);

/* nameAlg || H_nameAlg(TPMT_PUBLIC): part 1, section 16. 34 to 66 bytes. */
struct assay_tpm_name {
	uint8_t	bytes[2 + ASSAY_DIGEST_MAX];
	size_t	len;
};
ASSAY_MUST_USE bool assay_tpm_public_name(const struct assay_tpm_public *pub,
    struct assay_tpm_name *out, struct assay_error *err);

#endif
