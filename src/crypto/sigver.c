/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <openssl/ec.h>
#include <openssl/err.h>

#include "crypto/der.h"
#include "crypto/ossl.h"
#include "crypto/sigver_impl.h"

static const struct {
	enum assay_key_type	type;
	struct assay_sig_scheme	scheme;
	const char		*name;
} algs[] = {
	[ASSAY_SIG_ES256_RAW] = { ASSAY_KEY_EC_P256,
	    { ASSAY_SIG_RAW, ASSAY_SHA256 }, "ES256" },
	[ASSAY_SIG_ES256_DER] = { ASSAY_KEY_EC_P256,
	    { ASSAY_SIG_DER, ASSAY_SHA256 }, "ES256" },
	[ASSAY_SIG_ES384_RAW] = { ASSAY_KEY_EC_P384,
	    { ASSAY_SIG_RAW, ASSAY_SHA384 }, "ES384" },
	[ASSAY_SIG_ES384_DER] = { ASSAY_KEY_EC_P384,
	    { ASSAY_SIG_DER, ASSAY_SHA384 }, "ES384" },
	[ASSAY_SIG_RS256] = { ASSAY_KEY_RSA,
	    { ASSAY_SIG_PKCS1, ASSAY_SHA256 }, "RS256" },
	[ASSAY_SIG_RS384] = { ASSAY_KEY_RSA,
	    { ASSAY_SIG_PKCS1, ASSAY_SHA384 }, "RS384" },
	[ASSAY_SIG_RS512] = { ASSAY_KEY_RSA,
	    { ASSAY_SIG_PKCS1, ASSAY_SHA512 }, "RS512" },
	[ASSAY_SIG_PS256] = { ASSAY_KEY_RSA,
	    { ASSAY_SIG_PSS, ASSAY_SHA256 }, "PS256" },
	[ASSAY_SIG_PS384] = { ASSAY_KEY_RSA,
	    { ASSAY_SIG_PSS, ASSAY_SHA384 }, "PS384" },
	[ASSAY_SIG_PS512] = { ASSAY_KEY_RSA,
	    { ASSAY_SIG_PSS, ASSAY_SHA512 }, "PS512" },
};

/* SP 800-186 3.2.1: the orders of the base points. */
static const uint8_t order_p256[32] = {
	0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
	0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
};
static const uint8_t order_p384[48] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf,
	0x58, 0x1a, 0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a,
	0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73,
};

bool
assay_sig_scheme(enum assay_sig_alg alg, enum assay_key_type type,
    struct assay_sig_scheme *out, struct assay_error *err)
{
	if ((size_t)alg >= sizeof(algs) / sizeof(algs[0]))
		return assay_fail(err, ASSAY_ERR_INTERNAL,
		    "signature algorithm %d does not exist", (int)alg);
	if (algs[alg].type != type)
		return assay_fail(err, ASSAY_ERR_ALGORITHM_REFUSED,
		    "%s wants a key of type %s, this one is %s",
		    algs[alg].name, assay_key_type_name(algs[alg].type),
		    assay_key_type_name(type));
	*out = algs[alg].scheme;
	return true;
}

static bool
bad(struct assay_error *err, const char *what)
{
	return assay_fail(err, ASSAY_ERR_SIGNATURE_INVALID, "signature: %s",
	    what);
}

static bool
all_zero(const uint8_t *p, size_t n)
{
	uint8_t any = 0;

	for (size_t i = 0; i < n; i++)
		any |= p[i];
	return any == 0;
}

/* FIPS 186-5 6.4.2 step 1: r and s lie in [1, n-1]. */
static bool
in_range(const uint8_t *v, size_t n)
{
	const uint8_t *order = n == sizeof(order_p256) ? order_p256 :
	    order_p384;

	return !all_zero(v, n) && memcmp(v, order, n) < 0;
}

bool
assay_ecdsa_raw(struct assay_bytes der, size_t coordinate, uint8_t *raw)
{
	struct assay_reader r = assay_reader(der), seq;
	struct assay_bytes half[2];

	if (!assay_der_next(&r, ASSAY_DER_SEQUENCE, &seq) ||
	    assay_reader_left(&r) != 0 || !assay_der_big(&seq, &half[0]) ||
	    !assay_der_big(&seq, &half[1]) || assay_reader_left(&seq) != 0 ||
	    half[0].len > coordinate || half[1].len > coordinate)
		return false;
	memset(raw, 0, 2 * coordinate);
	for (size_t i = 0; i < 2; i++)
		memcpy(raw + (i + 1) * coordinate - half[i].len, half[i].ptr,
		    half[i].len);
	return true;
}

/* One INTEGER at out; returns its size. */
static size_t
put_integer(const uint8_t *v, size_t n, uint8_t *out)
{
	size_t pad;

	while (n > 1 && v[0] == 0) {
		v++;
		n--;
	}
	pad = v[0] >= 0x80;
	out[0] = ASSAY_DER_INTEGER;
	out[1] = (uint8_t)(n + pad);
	out[2] = 0;
	memcpy(out + 2 + pad, v, n);
	return 2 + pad + n;
}

/* r || s to ECDSA-Sig-Value; at most 104 octets inside, so short lengths. */
static struct assay_bytes
ecdsa_der(const uint8_t *raw, size_t n, uint8_t out[ASSAY_ECDSA_DER_MAX])
{
	size_t len = 2;

	len += put_integer(raw, n, out + len);
	len += put_integer(raw + n, n, out + len);
	out[0] = ASSAY_DER_SEQUENCE;
	out[1] = (uint8_t)(len - 2);
	return (struct assay_bytes){ out, len };
}

static bool
ecdsa_form(enum assay_sig_form form, size_t n, struct assay_bytes sig,
    uint8_t out[ASSAY_ECDSA_DER_MAX], struct assay_bytes *der,
    struct assay_error *err)
{
	uint8_t raw[ASSAY_POINT_MAX];

	if (form == ASSAY_SIG_RAW) {
		if (sig.len != 2 * n)
			return assay_fail(err, ASSAY_ERR_SIGNATURE_INVALID,
			    "signature of %zu bytes, want %zu", sig.len,
			    2 * n);
		memcpy(raw, sig.ptr, sig.len);
	} else if (!assay_ecdsa_raw(sig, n, raw))
		return bad(err, "not an ECDSA-Sig-Value in DER");
	if (!in_range(raw, n))
		return bad(err, "r is not in [1, n-1]");
	if (!in_range(raw + n, n))
		return bad(err, "s is not in [1, n-1]");
	*der = ecdsa_der(raw, n, out);
	return true;
}

/* The scheme fits the key, the signature has the size or form it wants. */
static bool
well_formed(const struct assay_sig_scheme *scheme,
    const struct assay_pkey *key, struct assay_bytes sig,
    uint8_t der[ASSAY_ECDSA_DER_MAX], struct assay_bytes *out,
    struct assay_error *err)
{
	bool ecdsa = scheme->form == ASSAY_SIG_RAW ||
	    scheme->form == ASSAY_SIG_DER;

	if (ecdsa != (key->type != ASSAY_KEY_RSA))
		return assay_fail(err, ASSAY_ERR_ALGORITHM_REFUSED,
		    "%s signature with a key of type %s",
		    ecdsa ? "ECDSA" : "RSA", assay_key_type_name(key->type));
	if (ecdsa)
		return ecdsa_form(scheme->form, assay_key_coordinate(
		    key->type), sig, der, out, err);
	if (sig.len != key->n_len)	/* RFC 8017 8.1.2, 8.2.2 step 1 */
		return assay_fail(err, ASSAY_ERR_SIGNATURE_INVALID,
		    "signature of %zu bytes, want %zu", sig.len, key->n_len);
	*out = sig;
	return true;
}

/*
 * EVP_PKEY_verify() says no with 0, and with -1 where it could not decide; but
 * also where R is the point at infinity, and that is a no (FIPS 186-5 6.4.2
 * step 5): the attacker, who chooses the key, must not make it look like ours.
 */
static bool
could_not_decide(int rc)
{
	bool infinity = false, memory = false;
	unsigned long e;

	while ((e = ERR_get_error()) != 0) {
		if (ERR_GET_LIB(e) == ERR_LIB_EC &&
		    ERR_GET_REASON(e) == EC_R_POINT_AT_INFINITY)
			infinity = true;
		if (ERR_GET_REASON(e) == ERR_R_MALLOC_FAILURE)
			memory = true;
	}
	return memory || (rc < 0 && !infinity);
}

static bool
verdict(int rc, const struct assay_pkey *key, struct assay_error *err)
{
	if (rc == 1)
		return true;
	if (could_not_decide(rc))
		return assay_fail(err, ASSAY_ERR_CRYPTO_FAILED,
		    "OpenSSL failed to verify a signature");
	return assay_fail(err, ASSAY_ERR_SIGNATURE_INVALID,
	    "signature does not verify with this %s key of %u bits",
	    assay_key_type_name(key->type), key->bits);
}

static bool
sha1_allowed(enum assay_hash hash, bool allowed, struct assay_error *err)
{
	if (hash == ASSAY_SHA1 && !allowed)
		return assay_fail(err, ASSAY_ERR_ALGORITHM_REFUSED,
		    "signatures over SHA-1 are not accepted");
	return true;
}

static bool
verify_any_hash(const struct assay_sig_scheme *scheme,
    const struct assay_pkey *key, struct assay_bytes data,
    struct assay_bytes sig, struct assay_error *err)
{
	uint8_t der[ASSAY_ECDSA_DER_MAX];
	struct assay_bytes bytes = { NULL, 0 };
	struct assay_digest hash;
	EVP_PKEY_CTX *ctx;
	int rc;

	if (!well_formed(scheme, key, sig, der, &bytes, err) ||
	    !assay_digest(scheme->hash, data, &hash, err) ||
	    (ctx = assay_ready_ctx(key->ready, key->evp, scheme, false,
	    err)) == NULL)
		return false;
	rc = EVP_PKEY_verify(ctx, bytes.ptr, bytes.len, hash.bytes, hash.len);
	EVP_PKEY_CTX_free(ctx);
	return verdict(rc, key, err);
}

bool
assay_sig_verify_scheme(const struct assay_sig_scheme *scheme,
    const struct assay_pkey *key, struct assay_bytes data,
    struct assay_bytes sig, struct assay_error *err)
{
	return sha1_allowed(scheme->hash, false, err) &&
	    verify_any_hash(scheme, key, data, sig, err);
}

/* TPM 2.0 library, part 2, 11.2.5.1: a TPM may leave leading zeros out. */
static bool
verify_ecdsa_parts(const struct assay_sig_parts *sig,
    const struct assay_pkey *key, struct assay_bytes data,
    struct assay_error *err)
{
	struct assay_sig_scheme scheme = { ASSAY_SIG_RAW, sig->hash };
	size_t n = assay_key_coordinate(key->type);
	uint8_t raw[ASSAY_POINT_MAX] = { 0 };

	if (n == 0)
		return assay_fail(err, ASSAY_ERR_ALGORITHM_REFUSED,
		    "ECDSA signature with a key of type RSA");
	if (sig->r.len > n || sig->s.len > n)
		return assay_fail(err, ASSAY_ERR_SIGNATURE_INVALID,
		    "signature: r of %zu and s of %zu bytes, at most %zu",
		    sig->r.len, sig->s.len, n);
	if (sig->r.len != 0)
		memcpy(raw + n - sig->r.len, sig->r.ptr, sig->r.len);
	if (sig->s.len != 0)
		memcpy(raw + 2 * n - sig->s.len, sig->s.ptr, sig->s.len);
	return verify_any_hash(&scheme, key, data,
	    (struct assay_bytes){ raw, 2 * n }, err);
}

bool
assay_sig_verify_parts(const struct assay_sig_parts *sig,
    const struct assay_pkey *key, struct assay_bytes data,
    struct assay_error *err)
{
	struct assay_sig_scheme scheme = { ASSAY_SIG_PKCS1, sig->hash };

	if (!sha1_allowed(sig->hash, sig->allow_sha1, err))
		return false;
	if (sig->kind == ASSAY_SIG_KIND_ECDSA)
		return verify_ecdsa_parts(sig, key, data, err);
	if (sig->kind == ASSAY_SIG_KIND_RSAPSS)
		scheme.form = ASSAY_SIG_PSS_ANY_SALT;
	return verify_any_hash(&scheme, key, data, sig->rsa, err);
}

bool
assay_sig_verify(enum assay_sig_alg alg, const struct assay_pkey *key,
    struct assay_bytes data, struct assay_bytes sig, struct assay_error *err)
{
	struct assay_sig_scheme scheme;

	return assay_sig_scheme(alg, key->type, &scheme, err) &&
	    assay_sig_verify_scheme(&scheme, key, data, sig, err);
}

static bool
refused(struct assay_error *err, const char *what)
{
	return assay_fail(err, ASSAY_ERR_ALGORITHM_REFUSED,
	    "signature algorithm: %s", what);
}

/* RFC 4055 2.1: parameters of a hash are absent or NULL. */
static bool
null_or_nothing(struct assay_reader *r)
{
	struct assay_reader null;

	if (assay_der_next(r, ASSAY_DER_NULL, &null) &&
	    assay_reader_left(&null) != 0)
		return false;
	return assay_reader_left(r) == 0;
}

static bool
hash_algorithm(struct assay_reader *r, enum assay_hash *out)
{
	static const struct {
		const char	*oid;
		enum assay_hash	 hash;
	} hashes[] = {
		{ "2.16.840.1.101.3.4.2.1", ASSAY_SHA256 },
		{ "2.16.840.1.101.3.4.2.2", ASSAY_SHA384 },
		{ "2.16.840.1.101.3.4.2.3", ASSAY_SHA512 },
	};
	struct assay_reader seq;

	if (!assay_der_next(r, ASSAY_DER_SEQUENCE, &seq))
		return false;
	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
		if (assay_der_is_oid(&seq, hashes[i].oid)) {
			*out = hashes[i].hash;
			return null_or_nothing(&seq);
		}
	return false;
}

/* The next element is [n], EXPLICIT. */
static bool
tagged(struct assay_reader *r, unsigned int n, struct assay_reader *out)
{
	return assay_der_next(r, (uint8_t)(0xa0 | n), out);
}

/* RFC 4055 3.1: every default stands for SHA-1 and is refused with it. */
static bool
pss_parameters(struct assay_reader *r, struct assay_sig_scheme *out,
    struct assay_error *err)
{
	struct assay_reader seq, field, mgf;
	enum assay_hash hash, mgf_hash;
	uint64_t salt, trailer;

	if (!assay_der_next(r, ASSAY_DER_SEQUENCE, &seq) ||
	    assay_reader_left(r) != 0 || !tagged(&seq, 0, &field) ||
	    !hash_algorithm(&field, &hash) || assay_reader_left(&field) != 0)
		return refused(err, "RSASSA-PSS without SHA-256, SHA-384 or "
		    "SHA-512");
	if (!tagged(&seq, 1, &field) ||
	    !assay_der_next(&field, ASSAY_DER_SEQUENCE, &mgf) ||
	    assay_reader_left(&field) != 0 ||
	    !assay_der_is_oid(&mgf, "1.2.840.113549.1.1.8") ||
	    !hash_algorithm(&mgf, &mgf_hash) || mgf_hash != hash ||
	    assay_reader_left(&mgf) != 0)
		return refused(err, "RSASSA-PSS without MGF1 over its hash");
	if (!tagged(&seq, 2, &field) ||
	    !assay_der_uint(&field, ASSAY_DER_INTEGER, &salt) ||
	    assay_reader_left(&field) != 0 || salt != assay_hash_size(hash))
		return refused(err, "RSASSA-PSS with a salt not as long as "
		    "its hash");
	/* trailerFieldBC; real AMD certificates spell the default out. */
	if (tagged(&seq, 3, &field) && (!assay_der_uint(&field,
	    ASSAY_DER_INTEGER, &trailer) || trailer != 1 ||
	    assay_reader_left(&field) != 0))
		return refused(err, "RSASSA-PSS with another trailer");
	if (assay_reader_left(&seq) != 0)
		return refused(err, "RSASSA-PSS parameters are malformed");
	*out = (struct assay_sig_scheme){ ASSAY_SIG_PSS, hash };
	return true;
}

static bool
unknown_algorithm(struct assay_reader *alg, struct assay_error *err)
{
	struct assay_buffer name = assay_buffer(512);
	struct assay_reader oid;

	if (!assay_der_next(alg, ASSAY_DER_OID, &oid) ||
	    !assay_oid_text(assay_reader_rest(&oid), &name))
		(void)refused(err, "not an object identifier");
	else
		(void)assay_fail(err, ASSAY_ERR_ALGORITHM_REFUSED,
		    "signature algorithm %s is not accepted, want SHA-2 with "
		    "ECDSA or RSA", assay_buffer_str(&name));
	assay_buffer_free(&name);
	return false;
}

bool
assay_sig_algorithm(struct assay_reader *r, struct assay_sig_scheme *out,
    struct assay_error *err)
{
	static const struct {
		const char		*oid;
		struct assay_sig_scheme	 scheme;
	} known[] = {
		{ "1.2.840.10045.4.3.2", { ASSAY_SIG_DER, ASSAY_SHA256 } },
		{ "1.2.840.10045.4.3.3", { ASSAY_SIG_DER, ASSAY_SHA384 } },
		{ "1.2.840.10045.4.3.4", { ASSAY_SIG_DER, ASSAY_SHA512 } },
		{ "1.2.840.113549.1.1.11", { ASSAY_SIG_PKCS1, ASSAY_SHA256 } },
		{ "1.2.840.113549.1.1.12", { ASSAY_SIG_PKCS1, ASSAY_SHA384 } },
		{ "1.2.840.113549.1.1.13", { ASSAY_SIG_PKCS1, ASSAY_SHA512 } },
	};
	struct assay_reader alg;

	if (!assay_der_next(r, ASSAY_DER_SEQUENCE, &alg))
		return refused(err, "not an AlgorithmIdentifier");
	if (assay_der_is_oid(&alg, "1.2.840.113549.1.1.10"))
		return pss_parameters(&alg, out, err);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!assay_der_is_oid(&alg, known[i].oid))
			continue;
		/* RFC 5758 3.2: ECDSA has none; RFC 4055 5: NULL or none. */
		if (known[i].scheme.form == ASSAY_SIG_DER ?
		    assay_reader_left(&alg) != 0 : !null_or_nothing(&alg))
			return refused(err, "unexpected parameters");
		*out = known[i].scheme;
		return true;
	}
	return unknown_algorithm(&alg, err);
}
