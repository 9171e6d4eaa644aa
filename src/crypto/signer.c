/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/mem.h"
#include "base/text.h"
#include "crypto/ossl.h"
#include "crypto/pem.h"
#include "crypto/signer.h"
#include "crypto/sigver_impl.h"

#define SEED_SIZE	32
#define PKCS8_MAX	(16u * 1024)	/* RSA-8192 takes under 5 kB */

struct assay_signer {
	EVP_PKEY		*evp;
	struct assay_pkey	*public;
	struct assay_ready	*ready;
};

/*
 * Takes evp, also on failure. The public half goes through the same strict
 * door as everybody's, and the halves are checked to belong together.
 */
static bool
signer_of(EVP_PKEY *evp, bool check, struct assay_signer **out,
    struct assay_error *err)
{
	struct assay_signer *s = assay_alloc(1, sizeof(*s));
	EVP_PKEY_CTX *ctx = NULL;
	unsigned char *spki = NULL;
	int n = 0;
	bool ok = false;

	if (s == NULL) {
		EVP_PKEY_free(evp);
		return assay_fail_memory(err, "signing key");
	}
	s->evp = evp;
	if ((s->ready = assay_alloc(1, sizeof(*s->ready))) == NULL ||
	    (n = i2d_PUBKEY(evp, &spki)) <= 0) {
		(void)assay_ossl_fail(err, "signing key");
		goto out;
	}
	if (!assay_pkey_from_spki((struct assay_bytes){ spki, (size_t)n },
	    &s->public, err))
		goto out;
	if (check && ((ctx = EVP_PKEY_CTX_new_from_pkey(NULL, evp,
	    NULL)) == NULL || EVP_PKEY_pairwise_check(ctx) != 1)) {
		(void)assay_fail(err, ASSAY_ERR_KEY_INVALID, "signing key: "
		    "private and public half do not belong together: %s",
		    assay_ossl_reason());
		goto out;
	}
	*out = s;
	s = NULL;
	ok = true;
out:
	OPENSSL_free(spki);
	EVP_PKEY_CTX_free(ctx);
	assay_signer_free(s);
	return ok;
}

bool
assay_signer_generate(enum assay_key_type type, unsigned int bits,
    struct assay_signer **out, struct assay_error *err)
{
	EVP_PKEY *evp = NULL;

	if (type == ASSAY_KEY_RSA && (bits < ASSAY_MIN_RSA_BITS ||
	    bits > ASSAY_MAX_RSA_BITS))
		return assay_fail(err, ASSAY_ERR_KEY_INVALID, "RSA key of %u "
		    "bits, want %d to %d", bits, ASSAY_MIN_RSA_BITS,
		    ASSAY_MAX_RSA_BITS);
	switch (type) {
	case ASSAY_KEY_EC_P256:
		evp = EVP_EC_gen("P-256");
		break;
	case ASSAY_KEY_EC_P384:
		evp = EVP_EC_gen("P-384");
		break;
	case ASSAY_KEY_RSA:
		evp = EVP_RSA_gen(bits);
		break;
	}
	if (evp == NULL)
		return assay_ossl_fail(err, "make a key");
	return signer_of(evp, false, out, err);
}

/* (seed mod (n - 1)) + 1; FIPS 186-5 A.2.1 without the extra bits. */
static BIGNUM *
seed_scalar(struct assay_bytes seed, const EC_GROUP *group, BN_CTX *bn)
{
	const BIGNUM *order = EC_GROUP_get0_order(group);
	BIGNUM *d = BN_secure_new(), *top = BN_dup(order);

	if (d == NULL || top == NULL || BN_sub_word(top, 1) != 1 ||
	    BN_bin2bn(seed.ptr, (int)seed.len, d) == NULL ||
	    BN_mod(d, d, top, bn) != 1 || BN_add_word(d, 1) != 1) {
		BN_clear_free(d);
		d = NULL;
	}
	BN_free(top);
	return d;
}

static EVP_PKEY *
evp_from_parts(const BIGNUM *d, const uint8_t *point, size_t len)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;

	if (bld != NULL && ctx != NULL &&
	    OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME,
	    "P-256", 0) == 1 &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, d) == 1 &&
	    OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY,
	    point, len) == 1 &&
	    (params = OSSL_PARAM_BLD_to_param(bld)) != NULL &&
	    EVP_PKEY_fromdata_init(ctx) > 0)
		(void)EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *
evp_from_seed(struct assay_bytes seed)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	BN_CTX *bn = BN_CTX_new();
	EC_POINT *q = NULL;
	BIGNUM *d = NULL;
	EVP_PKEY *key = NULL;
	uint8_t point[65];

	if (group != NULL && bn != NULL &&
	    (q = EC_POINT_new(group)) != NULL &&
	    (d = seed_scalar(seed, group, bn)) != NULL &&
	    EC_POINT_mul(group, q, d, NULL, NULL, bn) == 1 &&
	    EC_POINT_point2oct(group, q, POINT_CONVERSION_UNCOMPRESSED,
	    point, sizeof(point), bn) == sizeof(point))
		key = evp_from_parts(d, point, sizeof(point));
	BN_clear_free(d);
	EC_POINT_free(q);
	BN_CTX_free(bn);
	EC_GROUP_free(group);
	return key;
}

bool
assay_signer_from_seed(struct assay_bytes seed, struct assay_signer **out,
    struct assay_error *err)
{
	EVP_PKEY *evp;

	if (seed.len != SEED_SIZE)
		return assay_fail(err, ASSAY_ERR_KEY_INVALID,
		    "seed of %zu bytes, want %d", seed.len, SEED_SIZE);
	if ((evp = evp_from_seed(seed)) == NULL)
		return assay_ossl_fail(err, "key from a seed");
	return signer_of(evp, false, out, err);
}

/* Takes evp; NULL, or bytes left, mean that the text was not a key. */
static bool
decoded(EVP_PKEY *evp, bool all_read, struct assay_signer **out,
    struct assay_error *err)
{
	const char *reason = assay_ossl_reason();

	if (evp != NULL && all_read)
		return signer_of(evp, true, out, err);
	if (evp != NULL)
		reason = "bytes behind the key";
	EVP_PKEY_free(evp);
	return assay_fail(err, ASSAY_ERR_KEY_INVALID,
	    "not a private key in DER: %s", reason);
}

bool
assay_signer_from_pkcs8(struct assay_bytes der, struct assay_signer **out,
    struct assay_error *err)
{
	const unsigned char *p = der.ptr;
	PKCS8_PRIV_KEY_INFO *info = NULL;
	EVP_PKEY *evp = NULL;

	if (der.len <= PKCS8_MAX &&
	    (info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)der.len)) != NULL)
		evp = EVP_PKCS82PKEY(info);
	PKCS8_PRIV_KEY_INFO_free(info);
	return decoded(evp, info != NULL && p == der.ptr + der.len, out, err);
}

/* SEC 1 ECPrivateKey or RFC 8017 RSAPrivateKey. */
static bool
from_traditional(int type, struct assay_bytes der, struct assay_signer **out,
    struct assay_error *err)
{
	const unsigned char *p = der.ptr;
	EVP_PKEY *evp = d2i_PrivateKey(type, NULL, &p, (long)der.len);

	return decoded(evp, p == der.ptr + der.len, out, err);
}

static bool
from_block(struct assay_bytes label, struct assay_bytes der,
    struct assay_signer **out, struct assay_error *err)
{
	if (assay_text_is(label, "PRIVATE KEY"))
		return assay_signer_from_pkcs8(der, out, err);
	if (assay_text_is(label, "EC PRIVATE KEY"))
		return from_traditional(EVP_PKEY_EC, der, out, err);
	if (assay_text_is(label, "RSA PRIVATE KEY"))
		return from_traditional(EVP_PKEY_RSA, der, out, err);
	return assay_fail(err, ASSAY_ERR_KEY_INVALID, "PEM block is \"%.*s\", "
	    "want an unencrypted \"PRIVATE KEY\"", (int)label.len,
	    (const char *)label.ptr);
}

bool
assay_signer_from_pem(struct assay_bytes pem, struct assay_signer **out,
    struct assay_error *err)
{
	struct assay_reader r = assay_reader(pem);
	struct assay_buffer der = assay_buffer(PKCS8_MAX);
	struct assay_signer *signer = NULL;
	struct assay_bytes label;
	bool ok = false;

	if (!assay_pem_next(&r, &label, &der, err)) {
		err->code = ASSAY_ERR_KEY_INVALID;
		goto out;
	}
	/* `openssl ecparam -genkey` writes the curve before the key. */
	if (assay_text_is(label, "EC PARAMETERS")) {
		assay_buffer_clear(&der);
		if (!assay_pem_next(&r, &label, &der, err)) {
			err->code = ASSAY_ERR_KEY_INVALID;
			goto out;
		}
	}
	if (!from_block(label, assay_buffer_bytes(&der), &signer, err))
		goto out;
	if (assay_pem_more(&r)) {
		(void)assay_fail(err, ASSAY_ERR_KEY_INVALID, "text behind the "
		    "private key at offset %zu", assay_reader_offset(&r));
		goto out;
	}
	*out = signer;
	signer = NULL;
	ok = true;
out:
	assay_signer_free(signer);
	assay_buffer_wipe(&der);
	return ok;
}

bool
assay_signer_pkcs8(const struct assay_signer *signer, struct assay_buffer *out,
    struct assay_error *err)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(signer->evp);
	unsigned char *der = NULL;
	int n = info != NULL ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : -1;

	PKCS8_PRIV_KEY_INFO_free(info);
	if (n <= 0)
		return assay_ossl_fail(err, "write a private key");
	(void)assay_buffer_put(out, (struct assay_bytes){ der, (size_t)n });
	OPENSSL_clear_free(der, (size_t)n);
	return assay_buffer_ok(out, "private key", err);
}

void
assay_signer_free(struct assay_signer *signer)
{
	if (signer == NULL)
		return;
	assay_ready_free(signer->ready);
	assay_pkey_free(signer->public);
	EVP_PKEY_free(signer->evp);	/* wipes the private numbers */
	free(signer);
}

const struct assay_pkey *
assay_signer_public(const struct assay_signer *signer)
{
	return signer->public;
}

static bool
sign_hash(const struct assay_signer *signer,
    const struct assay_sig_scheme *scheme, const struct assay_digest *hash,
    uint8_t *sig, size_t *len, struct assay_error *err)
{
	EVP_PKEY_CTX *ctx;
	int rc;

	if ((ctx = assay_ready_ctx(signer->ready, signer->evp, scheme, true,
	    err)) == NULL)
		return false;
	rc = EVP_PKEY_sign(ctx, sig, len, hash->bytes, hash->len);
	EVP_PKEY_CTX_free(ctx);
	return rc == 1 || assay_ossl_fail(err, "sign");
}

bool
assay_sign(const struct assay_signer *signer, enum assay_sig_alg alg,
    struct assay_bytes data, struct assay_buffer *out,
    struct assay_error *err)
{
	size_t n = assay_key_coordinate(signer->public->type);
	uint8_t sig[ASSAY_MAX_SIGNATURE_BYTES], raw[ASSAY_POINT_MAX];
	struct assay_sig_scheme scheme;
	struct assay_digest hash;
	size_t len = sizeof(sig);

	if (!assay_sig_scheme(alg, signer->public->type, &scheme, err) ||
	    !assay_digest(scheme.hash, data, &hash, err) ||
	    !sign_hash(signer, &scheme, &hash, sig, &len, err))
		return false;
	if (scheme.form == ASSAY_SIG_RAW) {
		if (!assay_ecdsa_raw((struct assay_bytes){ sig, len }, n, raw))
			return assay_fail(err, ASSAY_ERR_CRYPTO_FAILED,
			    "the library made an ECDSA signature that is not "
			    "DER");
		(void)assay_buffer_put(out, (struct assay_bytes){ raw,
		    2 * n });
	} else
		(void)assay_buffer_put(out, (struct assay_bytes){ sig, len });
	return assay_buffer_ok(out, "signature", err);
}
