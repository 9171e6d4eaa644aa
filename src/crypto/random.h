/* SPDX-License-Identifier: Apache-2.0 */
/* Random bytes from the system, and keys derived from other keys. */
#ifndef ASSAY_CRYPTO_RANDOM_H
#define ASSAY_CRYPTO_RANDOM_H

#include <assay/error.h>

ASSAY_MUST_USE bool assay_random(void *out, size_t n,
    struct assay_error *err);
/* HKDF-SHA256 (RFC 5869) with an empty salt; n at most 8160. */
ASSAY_MUST_USE bool assay_hkdf(struct assay_bytes key, struct assay_bytes info,
    uint8_t *out, size_t n, struct assay_error *err);
/* HMAC-SHA256, 32 bytes. */
ASSAY_MUST_USE bool assay_hmac_sha256(struct assay_bytes key,
    struct assay_bytes data, uint8_t out[32], struct assay_error *err);

#endif
