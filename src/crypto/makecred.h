/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TPM2_MakeCredential in software: a secret that only the TPM with this
 * endorsement key gives away, and only if it holds the object of this name
 * (TPM 2.0 library, part 1, section 24). The side that checks is the TPM.
 */
#ifndef ASSAY_CRYPTO_MAKECRED_H
#define ASSAY_CRYPTO_MAKECRED_H

#include "base/buffer.h"
#include "crypto/digest.h"
#include "crypto/pkey.h"

/* The endorsement key as its public area describes it. */
struct assay_ek {
	const struct assay_pkey	*key;		/* RSA, P-256, P-384 */
	enum assay_hash		 name_alg;	/* not SHA-1 */
	unsigned int		 aes_bits;	/* 128 or 256, in CFB mode */
};

/*
 * Append TPM2B_ID_OBJECT and TPM2B_ENCRYPTED_SECRET, as
 * TPM2_ActivateCredential wants them. The secret is at most as long as the
 * digest of name_alg. ALGORITHM_REFUSED, LIMIT_EXCEEDED, CRYPTO_FAILED.
 */
ASSAY_MUST_USE bool assay_make_credential(const struct assay_ek *ek,
    struct assay_bytes name, struct assay_bytes secret,
    struct assay_buffer *id_object, struct assay_buffer *encrypted,
    struct assay_error *err);

#endif
