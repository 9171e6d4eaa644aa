/* SPDX-License-Identifier: Apache-2.0 */
/* Private to crypto/: signature schemes apart from the pairs of sigver.h. */
#ifndef ASSAY_CRYPTO_SIGVER_IMPL_H
#define ASSAY_CRYPTO_SIGVER_IMPL_H

#include "base/reader.h"
#include "crypto/pkey_impl.h"
#include "crypto/sigver.h"

/* Room for an ECDSA-Sig-Value on P-384. */
#define ASSAY_ECDSA_DER_MAX	(3 + 2 * (3 + 48))

/* What alg is made of; false if the key is of another kind. */
bool assay_sig_scheme(enum assay_sig_alg alg, enum assay_key_type type,
    struct assay_sig_scheme *out, struct assay_error *err);
/* Any hash with any key: X.509 mixes them (RFC 5758 3.2). */
ASSAY_MUST_USE bool assay_sig_verify_scheme(
    const struct assay_sig_scheme *scheme, const struct assay_pkey *key,
    struct assay_bytes data, struct assay_bytes sig, struct assay_error *err);
/*
 * AlgorithmIdentifier of a signature (RFC 3279, 4055, 5758), read from r.
 * ALGORITHM_REFUSED, naming it, if it is not one of SHA-256, SHA-384 or
 * SHA-512 with ECDSA, RSASSA-PKCS1-v1_5 or RSASSA-PSS (salt = hash).
 */
ASSAY_MUST_USE bool assay_sig_algorithm(struct assay_reader *r,
    struct assay_sig_scheme *out, struct assay_error *err);
/* DER, canonical, to r || s of 2 * coordinate bytes. */
ASSAY_MUST_USE bool assay_ecdsa_raw(struct assay_bytes der, size_t coordinate,
    uint8_t *raw);

#endif
