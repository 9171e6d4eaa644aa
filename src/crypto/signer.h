/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys and what one does with them. Wiped by their free. */
#ifndef ASSAY_CRYPTO_SIGNER_H
#define ASSAY_CRYPTO_SIGNER_H

#include "crypto/sigver.h"

struct assay_signer;

/* bits: RSA modulus size; ignored for EC. */
ASSAY_MUST_USE bool assay_signer_generate(enum assay_key_type type,
    unsigned int bits, struct assay_signer **out, struct assay_error *err);
/*
 * A P-256 key from 32 bytes of seed material, taken modulo n - 1, plus 1:
 * deterministic, for simulated platforms only.
 */
ASSAY_MUST_USE bool assay_signer_from_seed(struct assay_bytes seed,
    struct assay_signer **out, struct assay_error *err);
/* PKCS#8 DER, unencrypted; PEM "PRIVATE KEY" (or EC/RSA PRIVATE KEY). */
ASSAY_MUST_USE bool assay_signer_from_pkcs8(struct assay_bytes der,
    struct assay_signer **out, struct assay_error *err);
ASSAY_MUST_USE bool assay_signer_from_pem(struct assay_bytes pem,
    struct assay_signer **out, struct assay_error *err);
/* Append PKCS#8 DER; wipe the buffer after use. */
ASSAY_MUST_USE bool assay_signer_pkcs8(const struct assay_signer *signer,
    struct assay_buffer *out, struct assay_error *err);
void assay_signer_free(struct assay_signer *signer);

/* Borrowed: lives as long as the signer. */
const struct assay_pkey *assay_signer_public(
    const struct assay_signer *signer);
/*
 * Append the signature over data. Safe from several threads at once.
 * ALGORITHM_REFUSED if the key is of another kind.
 */
ASSAY_MUST_USE bool assay_sign(const struct assay_signer *signer,
    enum assay_sig_alg alg, struct assay_bytes data,
    struct assay_buffer *out, struct assay_error *err);

#endif
