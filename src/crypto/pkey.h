/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public keys: immutable, ready for use, shareable between threads.
 * Accepted: EC P-256 and P-384, RSA of ASSAY_MIN_RSA_BITS to
 * ASSAY_MAX_RSA_BITS with a sane exponent. Anything else is KEY_INVALID.
 */
#ifndef ASSAY_CRYPTO_PKEY_H
#define ASSAY_CRYPTO_PKEY_H

#include "base/buffer.h"

struct assay_pkey;

enum assay_key_type {
	ASSAY_KEY_EC_P256,
	ASSAY_KEY_EC_P384,
	ASSAY_KEY_RSA,
};

/* Free each with assay_pkey_free(). The point is checked to be on its curve. */
ASSAY_MUST_USE bool assay_pkey_from_spki(struct assay_bytes der,
    struct assay_pkey **out, struct assay_error *err);
/* x || y, big-endian: 64 bytes for P-256, 96 for P-384. */
ASSAY_MUST_USE bool assay_pkey_from_point(enum assay_key_type type,
    struct assay_bytes xy, struct assay_pkey **out, struct assay_error *err);
/* Unsigned big-endian modulus and exponent. */
ASSAY_MUST_USE bool assay_pkey_from_rsa(struct assay_bytes n,
    struct assay_bytes e, struct assay_pkey **out, struct assay_error *err);
/* Accepts NULL. Keys are counted: ref gives a second owner. */
void assay_pkey_free(struct assay_pkey *key);
struct assay_pkey *assay_pkey_ref(struct assay_pkey *key);

enum assay_key_type assay_pkey_type(const struct assay_pkey *key);
unsigned int assay_pkey_bits(const struct assay_pkey *key);
/* Append the SubjectPublicKeyInfo. */
ASSAY_MUST_USE bool assay_pkey_spki(const struct assay_pkey *key,
    struct assay_buffer *out, struct assay_error *err);
/* Append "-----BEGIN PUBLIC KEY-----" PEM, 64 columns, final newline. */
ASSAY_MUST_USE bool assay_pkey_pem(const struct assay_pkey *key,
    struct assay_buffer *out, struct assay_error *err);
/* Append x || y; KEY_INVALID for RSA. */
ASSAY_MUST_USE bool assay_pkey_point(const struct assay_pkey *key,
    struct assay_buffer *out, struct assay_error *err);
/* Append the RSA modulus to n, the exponent to e; KEY_INVALID for EC. */
ASSAY_MUST_USE bool assay_pkey_rsa(const struct assay_pkey *key,
    struct assay_buffer *n, struct assay_buffer *e, struct assay_error *err);
bool assay_pkey_equal(const struct assay_pkey *a, const struct assay_pkey *b);

#endif
