/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TPM2_MakeCredential: what a TPM does with the result is done here by other
 * means. With arguments, NAME PUBLIC-PEM SECRET OUT (hex but for the key),
 * the program makes the file that tpm2_activatecredential reads, for the test
 * against a TPM.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include "base/encode.h"
#include "crypto/makecred.h"
#include "crypto/pem.h"
#include "crypto/pkey_impl.h"
#include "crypto/signer.h"
#include "made.h"
#include "testlib.h"

static const EVP_MD *
md_of(enum assay_hash hash)
{
	return hash == ASSAY_SHA256 ? EVP_sha256() :
	    hash == ASSAY_SHA384 ? EVP_sha384() : EVP_sha512();
}

/* The private half, for this test only. */
static EVP_PKEY *
private_key(const struct assay_signer *signer)
{
	struct assay_buffer der = assay_buffer(8192);
	struct assay_error err;
	const uint8_t *p;
	EVP_PKEY *key;

	assert_true(assay_signer_pkcs8(signer, &der, &err));
	p = der.ptr;
	key = d2i_AutoPrivateKey(NULL, &p, (long)der.len);
	assert_non_null(key);
	assay_buffer_wipe(&der);
	return key;
}

/* KDFa as the text of the specification has it, byte by byte. */
static void
kdf_a(enum assay_hash hash, const uint8_t *seed, size_t seed_len,
    const char *label, struct assay_bytes context, unsigned int bits,
    uint8_t *out)
{
	uint8_t text[256] = { 0, 0, 0, 1 };
	size_t n = 4;
	unsigned int len;

	memcpy(text + n, label, strlen(label) + 1);
	n += strlen(label) + 1;
	if (context.len != 0)
		memcpy(text + n, context.ptr, context.len);
	n += context.len;
	text[n++] = 0;
	text[n++] = 0;
	text[n++] = (uint8_t)(bits >> 8);
	text[n++] = (uint8_t)bits;
	assert_non_null(HMAC(md_of(hash), seed, (int)seed_len, text, n, out,
	    &len));
}

static size_t
seed_of_rsa(EVP_PKEY *key, enum assay_hash hash, struct assay_bytes in,
    uint8_t *seed)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	size_t len = 1024;
	uint8_t out[1024];

	assert_true(EVP_PKEY_decrypt_init(ctx) > 0);
	assert_true(EVP_PKEY_CTX_set_rsa_padding(ctx,
	    RSA_PKCS1_OAEP_PADDING) > 0);
	assert_true(EVP_PKEY_CTX_set_rsa_oaep_md(ctx, md_of(hash)) > 0);
	assert_true(EVP_PKEY_CTX_set0_rsa_oaep_label(ctx,
	    OPENSSL_memdup("IDENTITY", 9), 9) > 0);
	assert_true(EVP_PKEY_decrypt(ctx, out, &len, in.ptr, in.len) > 0);
	EVP_PKEY_CTX_free(ctx);
	memcpy(seed, out, len);
	return len;
}

static size_t
seed_of_ecc(EVP_PKEY *key, const struct assay_pkey *pub,
    enum assay_hash hash, struct assay_bytes in, uint8_t *seed)
{
	size_t n = pub->type == ASSAY_KEY_EC_P256 ? 32 : 48, len = n;
	struct assay_bytes xy = { in.ptr + 2, n };
	uint8_t point[96], z[48], text[4 + 48 + 9 + 2 * 48] = { 0, 0, 0, 1 };
	struct assay_pkey *peer;
	struct assay_error err;
	EVP_PKEY_CTX *ctx;
	unsigned int size;

	assert_int_equal(in.len, 2 * (2 + n));
	assert_int_equal(in.ptr[1], n);
	assert_int_equal(in.ptr[3 + n], n);
	memcpy(point, in.ptr + 2, n);
	memcpy(point + n, in.ptr + 4 + n, n);
	assert_true(assay_pkey_from_point(pub->type, (struct assay_bytes){
	    point, 2 * n }, &peer, &err));
	ctx = EVP_PKEY_CTX_new(key, NULL);
	assert_true(EVP_PKEY_derive_init(ctx) > 0 &&
	    EVP_PKEY_derive_set_peer(ctx, peer->evp) > 0 &&
	    EVP_PKEY_derive(ctx, z, &len) > 0);
	EVP_PKEY_CTX_free(ctx);
	assay_pkey_free(peer);
	memcpy(text + 4, z, n);
	memcpy(text + 4 + n, "IDENTITY", 9);
	memcpy(text + 13 + n, xy.ptr, n);
	memcpy(text + 13 + 2 * n, pub->xy, n);
	assert_int_equal(EVP_Digest(text, 13 + 3 * n, seed, &size,
	    md_of(hash), NULL), 1);
	return size;
}

/* What TPM2_ActivateCredential does; the secret's length, 0: refused. */
static size_t
activate(const struct assay_signer *ek, const struct assay_ek *info,
    struct assay_bytes name, const struct assay_buffer *id,
    const struct assay_buffer *encrypted, uint8_t *secret)
{
	size_t h = assay_hash_size(info->name_alg), seed_len, n;
	struct assay_bytes in = { encrypted->ptr + 2, encrypted->len - 2 };
	uint8_t seed[64], key[64], mac[64], text[256], plain[128];
	EVP_PKEY *private = private_key(ek);
	EVP_CIPHER_CTX *ctx;
	unsigned int len;
	int done;

	assert_int_equal(encrypted->ptr[0] << 8 | encrypted->ptr[1], in.len);
	assert_int_equal(id->ptr[0] << 8 | id->ptr[1], id->len - 2);
	assert_int_equal(id->ptr[3], h);
	seed_len = info->key->type == ASSAY_KEY_RSA ?
	    seed_of_rsa(private, info->name_alg, in, seed) :
	    seed_of_ecc(private, info->key, info->name_alg, in, seed);
	EVP_PKEY_free(private);
	assert_int_equal(seed_len, h);
	n = id->len - 4 - h;
	kdf_a(info->name_alg, seed, seed_len, "INTEGRITY",
	    (struct assay_bytes){ NULL, 0 }, (unsigned int)h * 8, key);
	memcpy(text, id->ptr + 4 + h, n);
	memcpy(text + n, name.ptr, name.len);
	assert_non_null(HMAC(md_of(info->name_alg), key, (int)h, text,
	    n + name.len, mac, &len));
	if (memcmp(mac, id->ptr + 4, h) != 0)
		return 0;
	kdf_a(info->name_alg, seed, seed_len, "STORAGE", name,
	    info->aes_bits, key);
	memset(text, 0, 16);
	ctx = EVP_CIPHER_CTX_new();
	assert_int_equal(EVP_DecryptInit_ex(ctx, info->aes_bits == 128 ?
	    EVP_aes_128_cfb128() : EVP_aes_256_cfb128(), NULL, key, text), 1);
	assert_int_equal(EVP_DecryptUpdate(ctx, plain, &done,
	    id->ptr + 4 + h, (int)n), 1);
	EVP_CIPHER_CTX_free(ctx);
	assert_int_equal(plain[0] << 8 | plain[1], n - 2);
	memcpy(secret, plain + 2, n - 2);
	return n - 2;
}

static const struct {
	const char		*name;
	enum assay_key_type	 type;
	enum assay_hash		 hash;
	unsigned int		 bits;
} kinds[] = {
	{ "RSA, SHA-256, AES-128", ASSAY_KEY_RSA, ASSAY_SHA256, 128 },
	{ "RSA, SHA-384, AES-256", ASSAY_KEY_RSA, ASSAY_SHA384, 256 },
	{ "P-256, SHA-256, AES-128", ASSAY_KEY_EC_P256, ASSAY_SHA256, 128 },
	{ "P-384, SHA-384, AES-256", ASSAY_KEY_EC_P384, ASSAY_SHA384, 256 },
	{ "P-384, SHA-512, AES-256", ASSAY_KEY_EC_P384, ASSAY_SHA512, 256 },
};

static const uint8_t aik_name[] = { 0x00, 0x0b, 1, 2, 3, 4, 5, 6, 7, 8, 9 };
static const uint8_t other_name[] = { 0x00, 0x0b, 1, 2, 3, 4, 5, 6, 7, 8, 8 };
static const struct assay_bytes aik = { aik_name, sizeof(aik_name) };
static const struct assay_bytes other = { other_name, sizeof(other_name) };

static void
is_activated_by_the_one_named(void **state)
{
	struct assay_buffer id = assay_buffer(512), enc = assay_buffer(2048);

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct assay_signer *key;
		struct assay_error err;
		uint8_t got[64];

		assert_true(assay_signer_generate(kinds[i].type, 2048, &key,
		    &err));
		for (size_t len = 0; len <= 32; len += 16) {
			struct assay_ek ek = { assay_signer_public(key),
			    kinds[i].hash, kinds[i].bits };
			struct assay_bytes secret = { (const uint8_t *)
			    "0123456789abcdef0123456789abcdef", len };

			assay_buffer_clear(&id);
			assay_buffer_clear(&enc);
			if (!assay_make_credential(&ek, aik, secret, &id,
			    &enc, &err))
				fail_msg("%s: %s", kinds[i].name, err.text);
			assert_int_equal(activate(key, &ek, aik, &id, &enc,
			    got), len);
			assert_memory_equal(got, secret.ptr, len);
			assert_int_equal(activate(key, &ek, other, &id, &enc,
			    got), 0);
			id.ptr[id.len - 1] ^= 1;
			assert_int_equal(activate(key, &ek, aik, &id, &enc,
			    got), 0);
		}
		assay_signer_free(key);
	}
	made_assert_clean();
	assay_buffer_free(&id);
	assay_buffer_free(&enc);
}

static void
refuses_what_is_weak(void **state)
{
	struct assay_buffer id = assay_buffer(512), enc = assay_buffer(2048);
	struct assay_signer *key = made_key("ek");
	struct assay_ek ek = { assay_signer_public(key), ASSAY_SHA1, 128 };
	const uint8_t long_secret[33] = { 0 };
	struct assay_error err;

	(void)state;
	assert_false(assay_make_credential(&ek, aik, aik, &id, &enc, &err));
	test_assert_code("sha1", &err, ASSAY_ERR_ALGORITHM_REFUSED);
	ek.name_alg = ASSAY_SHA256;
	ek.aes_bits = 192;
	assert_false(assay_make_credential(&ek, aik, aik, &id, &enc, &err));
	test_assert_code("aes", &err, ASSAY_ERR_ALGORITHM_REFUSED);
	ek.aes_bits = 128;
	assert_false(assay_make_credential(&ek, aik, (struct assay_bytes){
	    long_secret, sizeof(long_secret) }, &id, &enc, &err));
	test_assert_code("secret", &err, ASSAY_ERR_LIMIT_EXCEEDED);
	assert_int_equal(id.len + enc.len, 0);
	assay_signer_free(key);
	assay_buffer_free(&id);
	assay_buffer_free(&enc);
}

/* tpm2-tools: magic, version, both structures. */
static int
write_credential(char **argv)
{
	struct assay_buffer pem = test_read(argv[2]), der = assay_buffer(8192);
	struct assay_buffer name = assay_buffer(128), secret = assay_buffer(64);
	struct assay_buffer id = assay_buffer(512), enc = assay_buffer(2048);
	struct assay_reader r = assay_reader(assay_buffer_bytes(&pem));
	struct assay_ek ek = { NULL, ASSAY_SHA256, 128 };
	struct assay_pkey *key = NULL;
	struct assay_bytes label;
	struct assay_error err = { .text = "arguments" };
	FILE *f = fopen(argv[4], "wb");
	bool ok;

	ok = f != NULL && assay_hex_decode(assay_bytes_of(argv[1]), &name,
	    &err) && assay_hex_decode(assay_bytes_of(argv[3]), &secret,
	    &err) && assay_pem_next(&r, &label, &der, &err) &&
	    assay_pkey_from_spki(assay_buffer_bytes(&der), &key, &err);
	ek.key = key;
	ok = ok && assay_make_credential(&ek, assay_buffer_bytes(&name),
	    assay_buffer_bytes(&secret), &id, &enc, &err) &&
	    fwrite("\xba\xdc\xc0\xde\0\0\0\1", 1, 8, f) == 8 &&
	    fwrite(id.ptr, 1, id.len, f) == id.len &&
	    fwrite(enc.ptr, 1, enc.len, f) == enc.len;
	if (!ok)
		(void)fprintf(stderr, "%s\n", err.text);
	if (f != NULL)
		ok = fclose(f) == 0 && ok;
	assay_pkey_free(key);
	assay_buffer_free(&pem);
	assay_buffer_free(&der);
	assay_buffer_free(&name);
	assay_buffer_free(&secret);
	assay_buffer_free(&id);
	assay_buffer_free(&enc);
	return ok ? 0 : 1;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_activated_by_the_one_named),
		cmocka_unit_test(refuses_what_is_weak),
	};

	if (argc == 5)
		return write_credential(argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
