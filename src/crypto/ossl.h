/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to crypto/: OpenSSL objects that are dear to fetch, fetched once,
 * and OpenSSL's error queue turned into ours. Every function of this folder
 * leaves that queue empty.
 */
#ifndef ASSAY_CRYPTO_OSSL_H
#define ASSAY_CRYPTO_OSSL_H

#include <openssl/evp.h>

#include "crypto/digest.h"
#include "crypto/pkey.h"

struct assay_ossl {
	EVP_MD		*md[ASSAY_SHA512 + 1];
	EVP_PKEY	*curve[ASSAY_KEY_EC_P384 + 1]; /* parameters only */
	EVP_CIPHER	*aes_256_gcm;
	EVP_CIPHER	*aes_128_cfb, *aes_256_cfb;	/* TPM storage */
	EVP_MAC		*hmac;
	EVP_KDF		*hkdf;
};

/* NULL, with CRYPTO_FAILED in err, if the library lacks something. */
const struct assay_ossl *assay_ossl(struct assay_error *err);
/* CRYPTO_FAILED with OpenSSL's own reason behind what; empties its queue. */
bool assay_ossl_fail(struct assay_error *err, const char *what);
/* The last reason in OpenSSL's queue, for a text; empties the queue. */
const char *assay_ossl_reason(void);
/* OpenSSL's name of the hash. */
const char *assay_ossl_md_name(enum assay_hash alg);

#endif
