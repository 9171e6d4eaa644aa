/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/kdf.h>

#include "crypto/ossl.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct assay_ossl library;
static bool complete;

const char *
assay_ossl_md_name(enum assay_hash alg)
{
	switch (alg) {
	case ASSAY_SHA1:
		return "SHA1";
	case ASSAY_SHA256:
		return "SHA256";
	case ASSAY_SHA384:
		return "SHA384";
	case ASSAY_SHA512:
		return "SHA512";
	}
	return "";
}

/*
 * A key with parameters and no point. A copy of it that is given its point is
 * three times cheaper than EVP_PKEY_fromdata, which looks the curve up anew.
 */
static EVP_PKEY *
curve_template(const char *group)
{
	char name[16];
	OSSL_PARAM params[2];
	EVP_PKEY_CTX *ctx;
	EVP_PKEY *key = NULL;

	(void)OPENSSL_strlcpy(name, group, sizeof(name));
	params[0] = OSSL_PARAM_construct_utf8_string(
	    OSSL_PKEY_PARAM_GROUP_NAME, name, 0);
	params[1] = OSSL_PARAM_construct_end();
	if ((ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL)) != NULL &&
	    EVP_PKEY_fromdata_init(ctx) > 0)
		(void)EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEY_PARAMETERS,
		    params);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static void
fetch_all(void)
{
	struct assay_ossl *l = &library;

	complete = true;
	for (enum assay_hash h = ASSAY_SHA1; h <= ASSAY_SHA512; h++) {
		l->md[h] = EVP_MD_fetch(NULL, assay_ossl_md_name(h), NULL);
		if (l->md[h] == NULL)
			complete = false;
	}
	l->curve[ASSAY_KEY_EC_P256] = curve_template("P-256");
	l->curve[ASSAY_KEY_EC_P384] = curve_template("P-384");
	l->aes_256_gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	l->aes_128_cfb = EVP_CIPHER_fetch(NULL, "AES-128-CFB", NULL);
	l->aes_256_cfb = EVP_CIPHER_fetch(NULL, "AES-256-CFB", NULL);
	l->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	l->hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	if (l->curve[ASSAY_KEY_EC_P256] == NULL ||
	    l->curve[ASSAY_KEY_EC_P384] == NULL || l->aes_256_gcm == NULL ||
	    l->aes_128_cfb == NULL || l->aes_256_cfb == NULL ||
	    l->hmac == NULL || l->hkdf == NULL)
		complete = false;
	ERR_clear_error();
}

const struct assay_ossl *
assay_ossl(struct assay_error *err)
{
	if (pthread_once(&once, fetch_all) == 0 && complete)
		return &library;
	(void)assay_fail(err, ASSAY_ERR_CRYPTO_FAILED, "OpenSSL does not "
	    "offer SHA-2, P-256, P-384, AES (GCM, CFB), HMAC and HKDF");
	return NULL;
}

const char *
assay_ossl_reason(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return reason != NULL ? reason : "no reason given";
}

bool
assay_ossl_fail(struct assay_error *err, const char *what)
{
	return assay_fail(err, ASSAY_ERR_CRYPTO_FAILED, "%s: OpenSSL: %s",
	    what, assay_ossl_reason());
}
