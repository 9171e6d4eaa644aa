/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authenticated encryption of small secrets at rest: AES-256-GCM with a fresh
 * random nonce. Sealed form: version byte 1, nonce 12, ciphertext, tag 16.
 */
#ifndef ASSAY_CRYPTO_SEAL_H
#define ASSAY_CRYPTO_SEAL_H

#include "base/buffer.h"

#define ASSAY_SEAL_KEY 32

/* aad says what the secret is for; it is bound, not stored. */
ASSAY_MUST_USE bool assay_seal(const uint8_t key[ASSAY_SEAL_KEY],
    struct assay_bytes aad, struct assay_bytes plain,
    struct assay_buffer *out, struct assay_error *err);
/* SEAL_BROKEN if key, aad or any byte differs. */
ASSAY_MUST_USE bool assay_unseal(const uint8_t key[ASSAY_SEAL_KEY],
    struct assay_bytes aad, struct assay_bytes sealed,
    struct assay_buffer *out, struct assay_error *err);

#endif
