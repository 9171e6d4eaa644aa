/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "base/mem.h"
#include "crypto/der.h"
#include "crypto/ossl.h"
#include "crypto/pem.h"
#include "crypto/pkey_impl.h"

#define UNCOMPRESSED	0x04	/* SEC 1, 2.3.3 */

static const char oid_ec[] = "1.2.840.10045.2.1";	/* RFC 5480 2.1.1 */
static const char oid_p256[] = "1.2.840.10045.3.1.7";
static const char oid_p384[] = "1.3.132.0.34";
static const char oid_rsa[] = "1.2.840.113549.1.1.1";	/* RFC 3279 2.3.1 */

size_t
assay_key_coordinate(enum assay_key_type type)
{
	switch (type) {
	case ASSAY_KEY_EC_P256:
		return 32;
	case ASSAY_KEY_EC_P384:
		return 48;
	case ASSAY_KEY_RSA:
		return 0;
	}
	return 0;
}

const char *
assay_key_type_name(enum assay_key_type type)
{
	switch (type) {
	case ASSAY_KEY_EC_P256:
		return "EC P-256";
	case ASSAY_KEY_EC_P384:
		return "EC P-384";
	case ASSAY_KEY_RSA:
		return "RSA";
	}
	return "unknown";
}

static bool
invalid(struct assay_error *err, const char *what)
{
	return assay_fail(err, ASSAY_ERR_KEY_INVALID, "public key: %s", what);
}

/* NULL, with err set, without memory. */
static struct assay_pkey *
new_key(enum assay_key_type type, struct assay_error *err)
{
	struct assay_pkey *key = assay_alloc(1, sizeof(*key));

	if (key != NULL) {
		atomic_init(&key->refs, 1);
		key->type = type;
		key->ready = assay_alloc(1, sizeof(*key->ready));
		if (key->ready != NULL)
			return key;
		assay_pkey_free(key);
	}
	(void)assay_fail_memory(err, "public key");
	return NULL;
}

bool
assay_pkey_from_point(enum assay_key_type type, struct assay_bytes xy,
    struct assay_pkey **out, struct assay_error *err)
{
	size_t want = 2 * assay_key_coordinate(type);
	uint8_t point[1 + ASSAY_POINT_MAX] = { UNCOMPRESSED };
	const struct assay_ossl *lib;
	struct assay_pkey *key;

	if (want == 0)
		return invalid(err, "an RSA key is not a point");
	if (xy.len != want)
		return assay_fail(err, ASSAY_ERR_KEY_INVALID, "public key: "
		    "point of %zu bytes, want %zu for %s", xy.len, want,
		    assay_key_type_name(type));
	if ((lib = assay_ossl(err)) == NULL ||
	    (key = new_key(type, err)) == NULL)
		return false;
	memcpy(key->xy, xy.ptr, want);
	memcpy(point + 1, xy.ptr, want);
	key->bits = (unsigned int)want * 4;
	if ((key->evp = EVP_PKEY_dup(lib->curve[type])) == NULL) {
		assay_pkey_free(key);
		return assay_ossl_fail(err, "public key");
	}
	/* Refuses coordinates not below the prime and points off the curve. */
	if (EVP_PKEY_set1_encoded_public_key(key->evp, point,
	    1 + want) != 1) {
		(void)assay_ossl_reason();
		assay_pkey_free(key);
		return assay_fail(err, ASSAY_ERR_KEY_INVALID, "public key: "
		    "the point is not on the curve %s",
		    assay_key_type_name(type));
	}
	*out = key;
	return true;
}

static unsigned int
bit_length(struct assay_bytes b)
{
	unsigned int bits = (unsigned int)b.len * 8;

	for (unsigned int top = 0x80; b.len != 0 && top != 0; top >>= 1) {
		if ((b.ptr[0] & top) != 0)
			return bits;
		bits--;
	}
	return bits;
}

static struct assay_bytes
without_zeros(struct assay_bytes b)
{
	while (b.len != 0 && b.ptr[0] == 0)
		b = (struct assay_bytes){ b.ptr + 1, b.len - 1 };
	return b;
}

/*
 * FIPS 186-5 A.1.1 wants an odd exponent from 65537 on; 64 bits are what
 * OpenSSL takes for long moduli, and more than anybody uses.
 */
static bool
rsa_sane(struct assay_bytes n, struct assay_bytes e, struct assay_error *err)
{
	uint64_t v = 0;

	if (n.len > (ASSAY_MAX_RSA_BITS + 7) / 8 ||
	    bit_length(n) > ASSAY_MAX_RSA_BITS ||
	    bit_length(n) < ASSAY_MIN_RSA_BITS)
		return assay_fail(err, ASSAY_ERR_KEY_INVALID, "public key: RSA "
		    "modulus of %zu bytes, want %d to %d bits", n.len,
		    ASSAY_MIN_RSA_BITS, ASSAY_MAX_RSA_BITS);
	if ((n.ptr[n.len - 1] & 1) == 0)
		return invalid(err, "RSA modulus is even");
	if (e.len > ASSAY_EXPONENT_MAX)
		return assay_fail(err, ASSAY_ERR_KEY_INVALID, "public key: RSA "
		    "exponent of %zu bytes, at most %d", e.len,
		    ASSAY_EXPONENT_MAX);
	for (size_t i = 0; i < e.len; i++)
		v = v << 8 | e.ptr[i];
	if (v < ASSAY_MIN_RSA_EXPONENT || (v & 1) == 0)
		return assay_fail(err, ASSAY_ERR_KEY_INVALID, "public key: RSA "
		    "exponent is %llu, want odd and at least %d",
		    (unsigned long long)v, ASSAY_MIN_RSA_EXPONENT);
	return true;
}

static EVP_PKEY *
rsa_evp(struct assay_bytes n, struct assay_bytes e)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *bn = BN_bin2bn(n.ptr, (int)n.len, NULL);
	BIGNUM *be = BN_bin2bn(e.ptr, (int)e.len, NULL);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;

	if (bld != NULL && bn != NULL && be != NULL && ctx != NULL &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, bn) == 1 &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, be) == 1 &&
	    (params = OSSL_PARAM_BLD_to_param(bld)) != NULL &&
	    EVP_PKEY_fromdata_init(ctx) > 0)
		(void)EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY,
		    params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	BN_free(bn);
	BN_free(be);
	return key;
}

bool
assay_pkey_from_rsa(struct assay_bytes n, struct assay_bytes e,
    struct assay_pkey **out, struct assay_error *err)
{
	struct assay_pkey *key;

	n = without_zeros(n);
	e = without_zeros(e);
	if (!rsa_sane(n, e, err) ||
	    (key = new_key(ASSAY_KEY_RSA, err)) == NULL)
		return false;
	key->bits = bit_length(n);
	if ((key->n = assay_alloc(n.len, 1)) == NULL) {
		assay_pkey_free(key);
		return assay_fail_memory(err, "public key");
	}
	memcpy(key->n, n.ptr, n.len);
	key->n_len = n.len;
	memcpy(key->e, e.ptr, e.len);
	key->e_len = e.len;
	if ((key->evp = rsa_evp(n, e)) == NULL) {
		assay_pkey_free(key);
		return assay_ossl_fail(err, "public key");
	}
	*out = key;
	return true;
}

/* RFC 5480 2.1.1: only named curves; 2.2: the point as octets. */
static bool
ec_from_spki(struct assay_reader *alg, struct assay_bytes bits,
    struct assay_pkey **out, struct assay_error *err)
{
	enum assay_key_type type;

	if (assay_der_is_oid(alg, oid_p256))
		type = ASSAY_KEY_EC_P256;
	else if (assay_der_is_oid(alg, oid_p384))
		type = ASSAY_KEY_EC_P384;
	else
		return invalid(err, "EC curve is not named P-256 or P-384");
	if (assay_reader_left(alg) != 0)
		return invalid(err, "bytes behind the curve's name");
	if (bits.len == 0 || bits.ptr[0] != UNCOMPRESSED)
		return invalid(err, "EC point is not in uncompressed form");
	return assay_pkey_from_point(type, (struct assay_bytes){
	    bits.ptr + 1, bits.len - 1 }, out, err);
}

/* RFC 3279 2.3.1: parameters NULL; RSAPublicKey ::= SEQUENCE { n, e }. */
static bool
rsa_from_spki(struct assay_reader *alg, struct assay_bytes bits,
    struct assay_pkey **out, struct assay_error *err)
{
	struct assay_reader r = assay_reader(bits), seq, null;
	struct assay_bytes n, e;

	if (!assay_der_next(alg, ASSAY_DER_NULL, &null) ||
	    assay_reader_left(&null) != 0 || assay_reader_left(alg) != 0)
		return invalid(err, "RSA parameters are not NULL");
	if (!assay_der_next(&r, ASSAY_DER_SEQUENCE, &seq) ||
	    assay_reader_left(&r) != 0 || !assay_der_big(&seq, &n) ||
	    !assay_der_big(&seq, &e) || assay_reader_left(&seq) != 0)
		return invalid(err, "not an RSAPublicKey in DER");
	return assay_pkey_from_rsa(n, e, out, err);
}

bool
assay_pkey_from_spki(struct assay_bytes der, struct assay_pkey **out,
    struct assay_error *err)
{
	struct assay_reader r = assay_reader(der), seq, alg;
	struct assay_bytes bits;

	if (!assay_der_next(&r, ASSAY_DER_SEQUENCE, &seq) ||
	    assay_reader_left(&r) != 0 ||
	    !assay_der_next(&seq, ASSAY_DER_SEQUENCE, &alg) ||
	    !assay_der_bits(&seq, &bits) || assay_reader_left(&seq) != 0)
		return invalid(err, "not a SubjectPublicKeyInfo in DER");
	if (assay_der_is_oid(&alg, oid_ec))
		return ec_from_spki(&alg, bits, out, err);
	if (assay_der_is_oid(&alg, oid_rsa))
		return rsa_from_spki(&alg, bits, out, err);
	return invalid(err, "algorithm is neither EC nor RSA");
}

void
assay_pkey_free(struct assay_pkey *key)
{
	if (key == NULL || atomic_fetch_sub(&key->refs, 1) != 1)
		return;
	assay_ready_free(key->ready);
	EVP_PKEY_free(key->evp);
	free(key->n);
	free(key);
}

struct assay_pkey *
assay_pkey_ref(struct assay_pkey *key)
{
	(void)atomic_fetch_add(&key->refs, 1);
	return key;
}

enum assay_key_type
assay_pkey_type(const struct assay_pkey *key)
{
	return key->type;
}

unsigned int
assay_pkey_bits(const struct assay_pkey *key)
{
	return key->bits;
}

static struct assay_bytes
modulus(const struct assay_pkey *key)
{
	return (struct assay_bytes){ key->n, key->n_len };
}

static struct assay_bytes
exponent(const struct assay_pkey *key)
{
	return (struct assay_bytes){ key->e, key->e_len };
}

static struct assay_bytes
point(const struct assay_pkey *key)
{
	return (struct assay_bytes){ key->xy,
	    2 * assay_key_coordinate(key->type) };
}

static bool
ec_spki(const struct assay_pkey *key, struct assay_buffer *out)
{
	uint8_t octets[1 + ASSAY_POINT_MAX] = { UNCOMPRESSED };
	struct assay_bytes xy = point(key);
	size_t from = out->len;

	memcpy(octets + 1, xy.ptr, xy.len);
	return assay_der_put_oid(out, oid_ec) && assay_der_put_oid(out,
	    key->type == ASSAY_KEY_EC_P256 ? oid_p256 : oid_p384) &&
	    assay_der_wrap(out, from, ASSAY_DER_SEQUENCE) &&
	    assay_der_put_bits(out, (struct assay_bytes){ octets,
	    1 + xy.len }) && assay_der_wrap(out, from, ASSAY_DER_SEQUENCE);
}

static bool
rsa_spki(const struct assay_pkey *key, struct assay_buffer *out)
{
	size_t from = out->len, bits;

	if (!assay_der_put_oid(out, oid_rsa) || !assay_der_put(out,
	    ASSAY_DER_NULL, (struct assay_bytes){ NULL, 0 }) ||
	    !assay_der_wrap(out, from, ASSAY_DER_SEQUENCE))
		return false;
	bits = out->len;
	return assay_buffer_putc(out, 0) &&	/* no unused bits */
	    assay_der_put_big(out, modulus(key)) &&
	    assay_der_put_big(out, exponent(key)) &&
	    assay_der_wrap(out, bits + 1, ASSAY_DER_SEQUENCE) &&
	    assay_der_wrap(out, bits, ASSAY_DER_BIT_STRING) &&
	    assay_der_wrap(out, from, ASSAY_DER_SEQUENCE);
}

bool
assay_pkey_spki(const struct assay_pkey *key, struct assay_buffer *out,
    struct assay_error *err)
{
	if (key->type == ASSAY_KEY_RSA)
		(void)rsa_spki(key, out);
	else
		(void)ec_spki(key, out);
	return assay_buffer_ok(out, "SubjectPublicKeyInfo", err);
}

bool
assay_pkey_pem(const struct assay_pkey *key, struct assay_buffer *out,
    struct assay_error *err)
{
	struct assay_buffer der = assay_buffer(ASSAY_MAX_RSA_BITS / 4);
	bool ok;

	ok = assay_pkey_spki(key, &der, err);
	if (ok) {
		(void)assay_pem_put(out, "PUBLIC KEY",
		    assay_buffer_bytes(&der));
		ok = assay_buffer_ok(out, "public key", err);
	}
	assay_buffer_free(&der);
	return ok;
}

bool
assay_pkey_point(const struct assay_pkey *key, struct assay_buffer *out,
    struct assay_error *err)
{
	if (key->type == ASSAY_KEY_RSA)
		return invalid(err, "an RSA key has no point");
	(void)assay_buffer_put(out, point(key));
	return assay_buffer_ok(out, "point", err);
}

bool
assay_pkey_rsa(const struct assay_pkey *key, struct assay_buffer *n,
    struct assay_buffer *e, struct assay_error *err)
{
	if (key->type != ASSAY_KEY_RSA)
		return invalid(err, "an EC key has no modulus");
	(void)assay_buffer_put(n, modulus(key));
	(void)assay_buffer_put(e, exponent(key));
	return assay_buffer_ok(n, "modulus", err) &&
	    assay_buffer_ok(e, "exponent", err);
}

bool
assay_pkey_equal(const struct assay_pkey *a, const struct assay_pkey *b)
{
	if (a->type != b->type)
		return false;
	if (a->type != ASSAY_KEY_RSA)
		return assay_bytes_equal(point(a), point(b));
	return assay_bytes_equal(modulus(a), modulus(b)) &&
	    assay_bytes_equal(exponent(a), exponent(b));
}

static size_t
slot_of(const struct assay_sig_scheme *scheme)
{
	size_t hash = scheme->hash, hashes = ASSAY_SHA512 + 1;

	switch (scheme->form) {
	case ASSAY_SIG_RAW:
	case ASSAY_SIG_DER:
		return 0;	/* the context does not know the hash */
	case ASSAY_SIG_PKCS1:
		return hash;
	case ASSAY_SIG_PSS:
		return hashes + hash;
	case ASSAY_SIG_PSS_ANY_SALT:
		return 2 * hashes + hash;
	}
	return 0;
}

/* RFC 8017 8.1; MGF1 with the same hash. */
static bool
set_pss(EVP_PKEY_CTX *ctx, int salt, const EVP_MD *md)
{
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
	    EVP_PKEY_CTX_set_signature_md(ctx, md) > 0 &&
	    EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) > 0 &&
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, salt) > 0;
}

/* RFC 8017 8.1, 8.2. */
static bool
set_padding(EVP_PKEY_CTX *ctx, const struct assay_sig_scheme *scheme,
    const EVP_MD *md)
{
	switch (scheme->form) {
	case ASSAY_SIG_RAW:
	case ASSAY_SIG_DER:
		return true;
	case ASSAY_SIG_PKCS1:
		return EVP_PKEY_CTX_set_rsa_padding(ctx,
		    RSA_PKCS1_PADDING) > 0 &&
		    EVP_PKEY_CTX_set_signature_md(ctx, md) > 0;
	case ASSAY_SIG_PSS:
		return set_pss(ctx, RSA_PSS_SALTLEN_DIGEST, md);
	case ASSAY_SIG_PSS_ANY_SALT:
		return set_pss(ctx, RSA_PSS_SALTLEN_AUTO, md);
	}
	return false;
}

static EVP_PKEY_CTX *
prepare(EVP_PKEY *key, const struct assay_sig_scheme *scheme, bool signing,
    const EVP_MD *md)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);

	if (ctx != NULL && (signing ? EVP_PKEY_sign_init(ctx) :
	    EVP_PKEY_verify_init(ctx)) > 0 && set_padding(ctx, scheme, md))
		return ctx;
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

EVP_PKEY_CTX *
assay_ready_ctx(struct assay_ready *ready, EVP_PKEY *key,
    const struct assay_sig_scheme *scheme, bool signing,
    struct assay_error *err)
{
	_Atomic(EVP_PKEY_CTX *) *slot = &ready->ctx[slot_of(scheme)];
	EVP_PKEY_CTX *ctx = atomic_load(slot), *made, *copy;
	const struct assay_ossl *lib;

	if (ctx == NULL) {
		if ((lib = assay_ossl(err)) == NULL)
			return NULL;
		made = prepare(key, scheme, signing, lib->md[scheme->hash]);
		if (made == NULL) {
			(void)assay_ossl_fail(err, "prepare a key");
			return NULL;
		}
		/* Who comes second takes what the first one made. */
		if (atomic_compare_exchange_strong(slot, &ctx, made))
			ctx = made;
		else
			EVP_PKEY_CTX_free(made);
	}
	if ((copy = EVP_PKEY_CTX_dup(ctx)) == NULL)
		(void)assay_ossl_fail(err, "use a key");
	return copy;
}

void
assay_ready_free(struct assay_ready *ready)
{
	if (ready == NULL)
		return;
	for (size_t i = 0; i < ASSAY_READY_SLOTS; i++)
		EVP_PKEY_CTX_free(atomic_load(&ready->ctx[i]));
	free(ready);
}
