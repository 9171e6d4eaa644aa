/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/digest.h"
#include "crypto/ossl.h"

size_t
assay_hash_size(enum assay_hash alg)
{
	switch (alg) {
	case ASSAY_SHA1:
		return 20;
	case ASSAY_SHA256:
		return 32;
	case ASSAY_SHA384:
		return 48;
	case ASSAY_SHA512:
		return 64;
	}
	return 0;
}

const char *
assay_hash_name(enum assay_hash alg)
{
	switch (alg) {
	case ASSAY_SHA1:
		return "sha1";
	case ASSAY_SHA256:
		return "sha256";
	case ASSAY_SHA384:
		return "sha384";
	case ASSAY_SHA512:
		return "sha512";
	}
	return "unknown";
}

bool
assay_digest(enum assay_hash alg, struct assay_bytes in,
    struct assay_digest *out, struct assay_error *err)
{
	const struct assay_ossl *lib;
	struct assay_digest d = { .len = assay_hash_size(alg) };

	if ((lib = assay_ossl(err)) == NULL)
		return false;
	if (EVP_Digest(in.ptr, in.len, d.bytes, NULL, lib->md[alg],
	    NULL) != 1)
		return assay_ossl_fail(err, assay_hash_name(alg));
	*out = d;
	return true;
}

bool
assay_digest_parts(enum assay_hash alg, const struct assay_bytes *parts,
    size_t n, struct assay_digest *out, struct assay_error *err)
{
	const struct assay_ossl *lib;
	struct assay_digest d = { .len = assay_hash_size(alg) };
	EVP_MD_CTX *ctx = NULL;
	bool ok;

	if ((lib = assay_ossl(err)) == NULL)
		return false;
	ok = (ctx = EVP_MD_CTX_new()) != NULL &&
	    EVP_DigestInit_ex2(ctx, lib->md[alg], NULL) == 1;
	for (size_t i = 0; ok && i < n; i++)
		ok = EVP_DigestUpdate(ctx, parts[i].ptr, parts[i].len) == 1;
	ok = ok && EVP_DigestFinal_ex(ctx, d.bytes, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	if (!ok)
		return assay_ossl_fail(err, assay_hash_name(alg));
	*out = d;
	return true;
}

struct assay_bytes
assay_digest_bytes(const struct assay_digest *d)
{
	return (struct assay_bytes){ d->bytes, d->len };
}
