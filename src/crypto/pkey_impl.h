/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to crypto/: what a public key is made of, and operations on it that
 * are ready for use. Preparing an EVP_PKEY_CTX costs 1.5 us, copying a ready
 * one 0.07 us, a P-256 verification 60 us: so the first user of a key and an
 * algorithm prepares, everybody else copies, and nobody takes a lock.
 */
#ifndef ASSAY_CRYPTO_PKEY_IMPL_H
#define ASSAY_CRYPTO_PKEY_IMPL_H

#include <stdatomic.h>

#include <openssl/evp.h>

#include "base/limits.h"
#include "crypto/digest.h"
#include "crypto/pkey.h"

#define ASSAY_POINT_MAX		(2 * 48)
#define ASSAY_EXPONENT_MAX	8
#define ASSAY_MIN_RSA_EXPONENT	65537	/* FIPS 186-5 appendix A.1.1 */

enum assay_sig_form {
	ASSAY_SIG_RAW,
	ASSAY_SIG_DER,
	ASSAY_SIG_PKCS1,
	ASSAY_SIG_PSS,
	ASSAY_SIG_PSS_ANY_SALT,		/* to verify only */
};

struct assay_sig_scheme {
	enum assay_sig_form	form;
	enum assay_hash		hash;
};

/* EC keys need one context, RSA keys one for each padding and hash. */
#define ASSAY_READY_SLOTS	(3 * (ASSAY_SHA512 + 1))

struct assay_ready {
	_Atomic(EVP_PKEY_CTX *)	ctx[ASSAY_READY_SLOTS];
};

struct assay_pkey {
	atomic_uint		 refs;
	enum assay_key_type	 type;
	unsigned int		 bits;
	EVP_PKEY		*evp;
	struct assay_ready	*ready;
	uint8_t			 xy[ASSAY_POINT_MAX];	/* EC */
	uint8_t			*n;			/* RSA */
	size_t			 n_len;
	uint8_t			 e[ASSAY_EXPONENT_MAX];
	size_t			 e_len;
};

/* Bytes of one coordinate; 0 for RSA. */
size_t assay_key_coordinate(enum assay_key_type type);
/* "EC P-256", "EC P-384", "RSA". */
const char *assay_key_type_name(enum assay_key_type type);

/* A private copy of the context for the scheme: EVP_PKEY_CTX_free() it.
 * NULL, with CRYPTO_FAILED in err, on failure. */
EVP_PKEY_CTX *assay_ready_ctx(struct assay_ready *ready, EVP_PKEY *key,
    const struct assay_sig_scheme *scheme, bool signing,
    struct assay_error *err);
void assay_ready_free(struct assay_ready *ready);

#endif
