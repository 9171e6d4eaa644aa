/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "crypto/ossl.h"
#include "crypto/random.h"

#define SHA256_SIZE	32
#define HKDF_MAX	(255 * SHA256_SIZE)	/* RFC 5869 section 2.3 */

bool
assay_random(void *out, size_t n, struct assay_error *err)
{
	if (n > INT_MAX)
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "%zu random bytes wanted, at most %d", n, INT_MAX);
	if (RAND_bytes(out, (int)n) != 1)
		return assay_ossl_fail(err, "random bytes");
	return true;
}

bool
assay_hkdf(struct assay_bytes key, struct assay_bytes info, uint8_t *out,
    size_t n, struct assay_error *err)
{
	const struct assay_ossl *lib;
	char digest[] = "SHA256";
	EVP_KDF_CTX *ctx;
	bool ok;

	if ((lib = assay_ossl(err)) == NULL)
		return false;
	if (n == 0 || n > HKDF_MAX)
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "HKDF output of %zu bytes, want 1 to %d", n, HKDF_MAX);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
		    digest, 0),
		/* The library only reads what these point at. */
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY,
		    (void *)(uintptr_t)key.ptr, key.len),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO,
		    (void *)(uintptr_t)info.ptr, info.len),
		OSSL_PARAM_construct_end(),
	};
	ok = (ctx = EVP_KDF_CTX_new(lib->hkdf)) != NULL &&
	    EVP_KDF_derive(ctx, out, n, params) == 1;
	EVP_KDF_CTX_free(ctx);
	return ok || assay_ossl_fail(err, "HKDF");
}

bool
assay_hmac_sha256(struct assay_bytes key, struct assay_bytes data,
    uint8_t out[32], struct assay_error *err)
{
	static const uint8_t empty;
	const struct assay_ossl *lib;
	char digest[] = "SHA256";
	OSSL_PARAM params[2];
	EVP_MAC_CTX *ctx;
	size_t len = 0;
	bool ok;

	if ((lib = assay_ossl(err)) == NULL)
		return false;
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
	    digest, 0);
	params[1] = OSSL_PARAM_construct_end();
	/* A NULL key would mean "the key set before": there is none. */
	ok = (ctx = EVP_MAC_CTX_new(lib->hmac)) != NULL &&
	    EVP_MAC_init(ctx, key.len != 0 ? key.ptr : &empty, key.len,
	    params) == 1 &&
	    EVP_MAC_update(ctx, data.ptr, data.len) == 1 &&
	    EVP_MAC_final(ctx, out, &len, SHA256_SIZE) == 1 &&
	    len == SHA256_SIZE;
	EVP_MAC_CTX_free(ctx);
	return ok || assay_ossl_fail(err, "HMAC-SHA256");
}
