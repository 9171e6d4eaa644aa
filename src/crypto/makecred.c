/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include "base/limits.h"
#include "base/mem.h"
#include "crypto/makecred.h"
#include "crypto/ossl.h"
#include "crypto/pkey_impl.h"
#include "crypto/random.h"

/* Part 1, 24: every label counts its NUL. */
static const char label_identity[] = "IDENTITY";

struct seed {
	uint8_t	bytes[ASSAY_DIGEST_MAX];
	size_t	len;
};

/* ---- key derivation: part 1, 11.4.10 ----------------------------------- */

static bool
hmac(enum assay_hash hash, struct assay_bytes key,
    const struct assay_bytes *parts, size_t n, uint8_t *out,
    struct assay_error *err)
{
	const struct assay_ossl *lib = assay_ossl(err);
	char digest[16];
	OSSL_PARAM params[2];
	EVP_MAC_CTX *ctx;
	size_t len = 0;
	bool ok;

	if (lib == NULL)
		return false;
	(void)OPENSSL_strlcpy(digest, assay_ossl_md_name(hash),
	    sizeof(digest));
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
	    digest, 0);
	params[1] = OSSL_PARAM_construct_end();
	ok = (ctx = EVP_MAC_CTX_new(lib->hmac)) != NULL &&
	    EVP_MAC_init(ctx, key.ptr, key.len, params) == 1;
	for (size_t i = 0; ok && i < n; i++)
		ok = EVP_MAC_update(ctx, parts[i].ptr, parts[i].len) == 1;
	ok = ok && EVP_MAC_final(ctx, out, &len, assay_hash_size(hash)) == 1 &&
	    len == assay_hash_size(hash);
	EVP_MAC_CTX_free(ctx);
	return ok || assay_ossl_fail(err, "HMAC");
}

static void
put32(uint8_t out[4], size_t v)
{
	for (size_t i = 0; i < 4; i++)
		out[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* KDFa, 11.4.10.2, of one block: contextV is always empty here. */
static bool
kdf_a(enum assay_hash hash, const struct seed *seed, const char *label,
    struct assay_bytes context, size_t bits, uint8_t *out,
    struct assay_error *err)
{
	uint8_t counter[4], size[4], block[ASSAY_DIGEST_MAX];
	struct assay_bytes parts[] = {
		{ counter, sizeof(counter) },
		{ (const uint8_t *)label, strlen(label) + 1 },
		context,
		{ size, sizeof(size) },
	};
	bool ok;

	put32(counter, 1);
	put32(size, bits);
	ok = hmac(hash, (struct assay_bytes){ seed->bytes, seed->len }, parts,
	    4, block, err);
	if (ok)
		memcpy(out, block, bits / 8);
	assay_wipe(block, sizeof(block));
	return ok;
}

/* KDFe, 11.4.10.3, of one block: party info is the x of both points. */
static bool
kdf_e(enum assay_hash hash, struct assay_bytes z, struct assay_bytes u,
    struct assay_bytes v, struct seed *out, struct assay_error *err)
{
	static const uint8_t counter[4] = { 0, 0, 0, 1 };
	struct assay_bytes parts[] = {
		{ counter, sizeof(counter) },
		z,
		{ (const uint8_t *)label_identity, sizeof(label_identity) },
		u,
		v,
	};
	struct assay_digest d;

	if (!assay_digest_parts(hash, parts, 5, &d, err))
		return false;
	memcpy(out->bytes, d.bytes, d.len);
	out->len = d.len;
	assay_wipe(&d, sizeof(d));
	return true;
}

/* ---- the seed under the endorsement key: part 1, annexes B.10, C.6 ------ */

static bool
set_oaep(EVP_PKEY_CTX *ctx, const EVP_MD *md)
{
	void *label = OPENSSL_memdup(label_identity, sizeof(label_identity));

	if (label == NULL ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) <= 0 ||
	    EVP_PKEY_CTX_set_rsa_oaep_md(ctx, md) <= 0 ||
	    EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) <= 0 ||
	    EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, label,
	    (int)sizeof(label_identity)) <= 0) {
		OPENSSL_free(label);
		return false;
	}
	return true;
}

static bool
seed_by_rsa(const struct assay_ek *ek, struct seed *seed,
    struct assay_buffer *encrypted, struct assay_error *err)
{
	const struct assay_ossl *lib = assay_ossl(err);
	uint8_t out[ASSAY_MAX_RSA_BITS / 8];
	size_t len = sizeof(out);
	EVP_PKEY_CTX *ctx;
	bool ok;

	if (lib == NULL)
		return false;
	seed->len = assay_hash_size(ek->name_alg);
	if (!assay_random(seed->bytes, seed->len, err))
		return false;
	ok = (ctx = EVP_PKEY_CTX_new_from_pkey(NULL, ek->key->evp,
	    NULL)) != NULL && EVP_PKEY_encrypt_init(ctx) > 0 &&
	    set_oaep(ctx, lib->md[ek->name_alg]) &&
	    EVP_PKEY_encrypt(ctx, out, &len, seed->bytes, seed->len) > 0;
	EVP_PKEY_CTX_free(ctx);
	if (!ok)
		return assay_ossl_fail(err, "RSA-OAEP");
	(void)assay_buffer_put_be(encrypted, len, 2);
	(void)assay_buffer_put(encrypted, (struct assay_bytes){ out, len });
	return assay_buffer_ok(encrypted, "encrypted secret", err);
}

static EVP_PKEY *
ephemeral_key(EVP_PKEY *like)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, like, NULL);
	EVP_PKEY *key = NULL;

	if (ctx != NULL && EVP_PKEY_keygen_init(ctx) > 0)
		(void)EVP_PKEY_keygen(ctx, &key);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

/* x of the common point, as long as a coordinate. */
static bool
agree(EVP_PKEY *mine, EVP_PKEY *theirs, uint8_t *z, size_t n)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, mine, NULL);
	size_t len = n;
	bool ok;

	ok = ctx != NULL && EVP_PKEY_derive_init(ctx) > 0 &&
	    EVP_PKEY_derive_set_peer(ctx, theirs) > 0 &&
	    EVP_PKEY_derive(ctx, z, &len) > 0 && len == n;
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

static bool
public_point(const EVP_PKEY *key, uint8_t *point, size_t room)
{
	size_t len = 0;

	return EVP_PKEY_get_octet_string_param(key,
	    OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point, room, &len) == 1 &&
	    len == room && point[0] == 0x04;	/* uncompressed */
}

static bool
seed_by_ecc(const struct assay_ek *ek, struct seed *seed,
    struct assay_buffer *encrypted, struct assay_error *err)
{
	size_t n = assay_key_coordinate(ek->key->type);
	uint8_t point[1 + ASSAY_POINT_MAX], z[ASSAY_POINT_MAX / 2];
	struct assay_bytes x = { point + 1, n }, y = { point + 1 + n, n };
	const struct assay_ossl *lib = assay_ossl(err);
	EVP_PKEY *key = NULL;
	bool ok = false;

	if (lib == NULL)
		return false;
	if ((key = ephemeral_key(lib->curve[ek->key->type])) == NULL ||
	    !agree(key, ek->key->evp, z, n) ||
	    !public_point(key, point, 1 + 2 * n)) {
		(void)assay_ossl_fail(err, "ECDH");
		goto out;
	}
	if (!kdf_e(ek->name_alg, (struct assay_bytes){ z, n }, x,
	    (struct assay_bytes){ ek->key->xy, n }, seed, err))
		goto out;
	(void)assay_buffer_put_be(encrypted, 2 * (2 + n), 2);
	(void)assay_buffer_put_be(encrypted, n, 2);
	(void)assay_buffer_put(encrypted, x);
	(void)assay_buffer_put_be(encrypted, n, 2);
	(void)assay_buffer_put(encrypted, y);
	ok = assay_buffer_ok(encrypted, "encrypted secret", err);
out:
	EVP_PKEY_free(key);
	assay_wipe(z, sizeof(z));
	return ok;
}

/* ---- the credential: part 1, 24.4 and 24.5 ----------------------------- */

static bool
encrypt_identity(unsigned int bits, const uint8_t *key,
    struct assay_bytes plain, uint8_t *out, struct assay_error *err)
{
	static const uint8_t iv[16];
	const struct assay_ossl *lib = assay_ossl(err);
	EVP_CIPHER_CTX *ctx;
	int n = 0;
	bool ok;

	if (lib == NULL)
		return false;
	ok = (ctx = EVP_CIPHER_CTX_new()) != NULL && EVP_EncryptInit_ex2(ctx,
	    bits == 128 ? lib->aes_128_cfb : lib->aes_256_cfb, key, iv,
	    NULL) == 1 && EVP_EncryptUpdate(ctx, out, &n, plain.ptr,
	    (int)plain.len) == 1 && n == (int)plain.len;
	EVP_CIPHER_CTX_free(ctx);
	return ok || assay_ossl_fail(err, "AES-CFB");
}

/* TPM2B_DIGEST of the secret, under the key that seed and name lead to. */
static bool
seal_identity(const struct assay_ek *ek, const struct seed *seed,
    struct assay_bytes name, struct assay_bytes secret, uint8_t *out,
    struct assay_error *err)
{
	uint8_t key[32], plain[2 + ASSAY_DIGEST_MAX];
	bool ok;

	plain[0] = 0;
	plain[1] = (uint8_t)secret.len;
	memcpy(plain + 2, secret.ptr, secret.len);
	ok = kdf_a(ek->name_alg, seed, "STORAGE", name, ek->aes_bits, key,
	    err) && encrypt_identity(ek->aes_bits, key,
	    (struct assay_bytes){ plain, 2 + secret.len }, out, err);
	assay_wipe(key, sizeof(key));
	assay_wipe(plain, sizeof(plain));
	return ok;
}

static bool
integrity(const struct assay_ek *ek, const struct seed *seed,
    struct assay_bytes name, struct assay_bytes identity, uint8_t *out,
    struct assay_error *err)
{
	size_t size = assay_hash_size(ek->name_alg);
	const struct assay_bytes parts[] = { identity, name };
	uint8_t key[ASSAY_DIGEST_MAX];
	bool ok;

	ok = kdf_a(ek->name_alg, seed, "INTEGRITY", (struct assay_bytes){
	    NULL, 0 }, size * 8, key, err) && hmac(ek->name_alg,
	    (struct assay_bytes){ key, size }, parts, 2, out, err);
	assay_wipe(key, sizeof(key));
	return ok;
}

static bool
put_id_object(const struct assay_ek *ek, const struct seed *seed,
    struct assay_bytes name, struct assay_bytes secret,
    struct assay_buffer *out, struct assay_error *err)
{
	uint8_t identity[2 + ASSAY_DIGEST_MAX], mac[ASSAY_DIGEST_MAX];
	size_t size = assay_hash_size(ek->name_alg), n = 2 + secret.len;

	if (!seal_identity(ek, seed, name, secret, identity, err) ||
	    !integrity(ek, seed, name, (struct assay_bytes){ identity, n },
	    mac, err))
		return false;
	(void)assay_buffer_put_be(out, 2 + size + n, 2);
	(void)assay_buffer_put_be(out, size, 2);
	(void)assay_buffer_put(out, (struct assay_bytes){ mac, size });
	(void)assay_buffer_put(out, (struct assay_bytes){ identity, n });
	return assay_buffer_ok(out, "credential", err);
}

static bool
acceptable(const struct assay_ek *ek, struct assay_bytes secret,
    struct assay_error *err)
{
	if (ek->name_alg == ASSAY_SHA1)
		return assay_fail(err, ASSAY_ERR_ALGORITHM_REFUSED,
		    "endorsement key with a name over SHA-1, want SHA-2");
	if (ek->aes_bits != 128 && ek->aes_bits != 256)
		return assay_fail(err, ASSAY_ERR_ALGORITHM_REFUSED,
		    "endorsement key with AES-%u, want AES-128 or AES-256",
		    ek->aes_bits);
	if (secret.len > assay_hash_size(ek->name_alg))
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "secret of %zu bytes, at most %zu", secret.len,
		    assay_hash_size(ek->name_alg));
	return true;
}

bool
assay_make_credential(const struct assay_ek *ek, struct assay_bytes name,
    struct assay_bytes secret, struct assay_buffer *id_object,
    struct assay_buffer *encrypted, struct assay_error *err)
{
	struct seed seed = { .len = 0 };
	bool ok;

	if (!acceptable(ek, secret, err))
		return false;
	ok = ek->key->type == ASSAY_KEY_RSA ?
	    seed_by_rsa(ek, &seed, encrypted, err) :
	    seed_by_ecc(ek, &seed, encrypted, err);
	ok = ok && put_id_object(ek, &seed, name, secret, id_object, err);
	assay_wipe(&seed, sizeof(seed));
	return ok;
}
