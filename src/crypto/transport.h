/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encryption of an answer to a key that is inside a TPM: AES-256-GCM (NIST SP
 * 800-38D) under a new key, which goes along encrypted with RSAES-PKCS1-v1_5
 * (RFC 8017, 7.2), as TPM2_RSA_Decrypt with scheme RSAES takes it.
 */
#ifndef ASSAY_CRYPTO_TRANSPORT_H
#define ASSAY_CRYPTO_TRANSPORT_H

#include "base/buffer.h"
#include "crypto/pkey.h"

#define ASSAY_TRANSPORT_IV	12
#define ASSAY_TRANSPORT_TAG	16
#define ASSAY_TRANSPORT_KEY_BITS 256

/* Zero it before use; free with assay_transport_free(). */
struct assay_transport {
	struct assay_buffer	key;	/* encrypted; as long as the modulus */
	uint8_t			iv[ASSAY_TRANSPORT_IV];
	uint8_t			tag[ASSAY_TRANSPORT_TAG];
	struct assay_buffer	text;	/* as long as what was sealed */
};

/* KEY_INVALID unless to is RSA; LIMIT_EXCEEDED, CRYPTO_FAILED. */
ASSAY_MUST_USE bool assay_transport_seal(const struct assay_pkey *to,
    struct assay_bytes aad, struct assay_bytes plain,
    struct assay_transport *out, struct assay_error *err);
void assay_transport_free(struct assay_transport *t);

#endif
