/* SPDX-License-Identifier: Apache-2.0 */
/* One signing key: made, named, certified, sealed; pure but for randomness. */
#ifndef ASSAY_APP_KEY_MAKE_H
#define ASSAY_APP_KEY_MAKE_H

#include "crypto/seal.h"
#include "crypto/signer.h"

struct assay_made_key {
	/* base64(SHA-256(PEM of the public key and a NUL)): api.md section 6 */
	char			*kid;
	struct assay_buffer	 cert;		/* DER, self-signed */
	struct assay_buffer	 sealed;	/* PKCS #8 */
};

/* RSA-2048 or P-256. Free with assay_made_key_free() on success. */
ASSAY_MUST_USE bool assay_key_make(bool es256, const char *issuer,
    const uint8_t seal[ASSAY_SEAL_KEY], int64_t now,
    struct assay_made_key *out, struct assay_error *err);
void assay_made_key_free(struct assay_made_key *key);
/* Append a certificate that says whose key this is. */
ASSAY_MUST_USE bool assay_key_certify(const struct assay_signer *signer,
    const char *issuer, int64_t now, struct assay_buffer *der,
    struct assay_error *err);
/*
 * Append the PKCS #8 of a sealed key; wipe it. SEAL_BROKEN: sealed with
 * another key, for another kid, or changed.
 */
ASSAY_MUST_USE bool assay_key_unseal(const uint8_t seal[ASSAY_SEAL_KEY],
    const char *kid, struct assay_bytes sealed, struct assay_buffer *pkcs8,
    struct assay_error *err);

#endif
