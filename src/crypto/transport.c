/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>

#include <openssl/rsa.h>

#include "base/mem.h"
#include "crypto/ossl.h"
#include "crypto/pkey_impl.h"
#include "crypto/random.h"
#include "crypto/transport.h"

#define KEY_SIZE	(ASSAY_TRANSPORT_KEY_BITS / 8)

void
assay_transport_free(struct assay_transport *t)
{
	if (t == NULL)
		return;
	assay_buffer_free(&t->key);
	assay_buffer_free(&t->text);
	*t = (struct assay_transport){ 0 };
}

static bool
wrap(const struct assay_pkey *to, const uint8_t key[KEY_SIZE],
    struct assay_buffer *out, struct assay_error *err)
{
	uint8_t wrapped[ASSAY_MAX_RSA_BITS / 8];
	size_t len = sizeof(wrapped);
	EVP_PKEY_CTX *ctx;
	bool ok;

	ok = (ctx = EVP_PKEY_CTX_new_from_pkey(NULL, to->evp, NULL)) != NULL &&
	    EVP_PKEY_encrypt_init(ctx) > 0 &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0 &&
	    EVP_PKEY_encrypt(ctx, wrapped, &len, key, KEY_SIZE) > 0;
	EVP_PKEY_CTX_free(ctx);
	if (!ok)
		return assay_ossl_fail(err, "RSAES-PKCS1-v1_5");
	(void)assay_buffer_put(out, (struct assay_bytes){ wrapped, len });
	return assay_buffer_ok(out, "encrypted key", err);
}

static bool
gcm(const uint8_t key[KEY_SIZE], struct assay_bytes aad,
    struct assay_bytes plain, struct assay_transport *t, uint8_t *out,
    struct assay_error *err)
{
	const struct assay_ossl *lib = assay_ossl(err);
	uint8_t none[16];
	EVP_CIPHER_CTX *ctx;
	int n = 0, end = 0, skipped;
	bool ok;

	if (lib == NULL)
		return false;
	ok = (ctx = EVP_CIPHER_CTX_new()) != NULL &&
	    EVP_EncryptInit_ex2(ctx, lib->aes_256_gcm, key, t->iv,
	    NULL) == 1 && (aad.len == 0 || EVP_EncryptUpdate(ctx, NULL,
	    &skipped, aad.ptr, (int)aad.len) == 1) &&
	    EVP_EncryptUpdate(ctx, out, &n, plain.ptr, (int)plain.len) == 1 &&
	    n == (int)plain.len && EVP_EncryptFinal_ex(ctx, none,
	    &end) == 1 && end == 0 && EVP_CIPHER_CTX_ctrl(ctx,
	    EVP_CTRL_AEAD_GET_TAG, ASSAY_TRANSPORT_TAG, t->tag) == 1;
	EVP_CIPHER_CTX_free(ctx);
	return ok || assay_ossl_fail(err, "AES-256-GCM");
}

bool
assay_transport_seal(const struct assay_pkey *to, struct assay_bytes aad,
    struct assay_bytes plain, struct assay_transport *out,
    struct assay_error *err)
{
	struct assay_transport t = {
		.key = assay_buffer(ASSAY_MAX_RSA_BITS / 8),
		.text = assay_buffer(plain.len),
	};
	uint8_t key[KEY_SIZE], *at;
	bool ok = false;

	if (to->type != ASSAY_KEY_RSA)
		return assay_fail(err, ASSAY_ERR_KEY_INVALID,
		    "an answer is encrypted to RSA keys, not to %s",
		    assay_key_type_name(to->type));
	if (plain.len == 0 || plain.len > INT_MAX || aad.len > INT_MAX ||
	    !assay_buffer_extend(&t.text, plain.len, &at))
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "an answer of %zu bytes cannot be encrypted", plain.len);
	ok = assay_random(key, sizeof(key), err) &&
	    assay_random(t.iv, sizeof(t.iv), err) &&
	    wrap(to, key, &t.key, err) && gcm(key, aad, plain, &t, at, err);
	assay_wipe(key, sizeof(key));
	if (ok)
		*out = t;
	else
		assay_transport_free(&t);
	return ok;
}
