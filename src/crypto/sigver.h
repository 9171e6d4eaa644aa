/* SPDX-License-Identifier: Apache-2.0 */
/* Verify signatures. */
#ifndef ASSAY_CRYPTO_SIGVER_H
#define ASSAY_CRYPTO_SIGVER_H

#include "crypto/digest.h"
#include "crypto/pkey.h"

/* Hash, scheme and encoding are one choice; the key must be of its kind. */
enum assay_sig_alg {
	ASSAY_SIG_ES256_RAW,	/* P-256, SHA-256, r || s: JWS, DCAP */
	ASSAY_SIG_ES256_DER,	/* the same, ECDSA-Sig-Value (RFC 3279) */
	ASSAY_SIG_ES384_RAW,
	ASSAY_SIG_ES384_DER,
	ASSAY_SIG_RS256,	/* RSASSA-PKCS1-v1_5 */
	ASSAY_SIG_RS384,
	ASSAY_SIG_RS512,
	ASSAY_SIG_PS256,	/* RSASSA-PSS, MGF1 with the hash, salt = hash */
	ASSAY_SIG_PS384,
	ASSAY_SIG_PS512,
};

/*
 * True only if sig is the signature over data. SIGNATURE_INVALID: it is not
 * (any malformed signature included; r and s must lie in [1, n-1], DER must
 * be canonical). ALGORITHM_REFUSED: the key is of another kind.
 * CRYPTO_FAILED: could not decide.
 */
ASSAY_MUST_USE bool assay_sig_verify(enum assay_sig_alg alg,
    const struct assay_pkey *key, struct assay_bytes data,
    struct assay_bytes sig, struct assay_error *err);

/* Signatures as TPMs make them: scheme and hash are chosen apart. */
enum assay_sig_kind {
	ASSAY_SIG_KIND_RSASSA,	/* PKCS1-v1_5 */
	ASSAY_SIG_KIND_RSAPSS,	/* MGF1 with the hash, any length of salt */
	ASSAY_SIG_KIND_ECDSA,
};

struct assay_sig_parts {
	enum assay_sig_kind	kind;
	enum assay_hash		hash;
	bool			allow_sha1;	/* or ALGORITHM_REFUSED */
	struct assay_bytes	rsa;		/* as long as the modulus */
	struct assay_bytes	r, s;		/* big-endian, at most as long
						   as a coordinate */
};

/* As assay_sig_verify(). */
ASSAY_MUST_USE bool assay_sig_verify_parts(const struct assay_sig_parts *sig,
    const struct assay_pkey *key, struct assay_bytes data,
    struct assay_error *err);

#endif
