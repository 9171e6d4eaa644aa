/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>

#include "base/mem.h"
#include "base/reader.h"
#include "crypto/ossl.h"
#include "crypto/random.h"
#include "crypto/seal.h"

/*
 *	version 1 | nonce 12 | ciphertext | tag 16
 *
 * NIST SP 800-38D. The version byte is part of the additional data, so that a
 * later form cannot be passed off as this one. A random 96-bit nonce is good
 * for 2^32 secrets under one key (section 8.3).
 */
#define SEAL_VERSION	1
#define NONCE_SIZE	12
#define TAG_SIZE	16

struct gcm {
	EVP_CIPHER_CTX	*ctx;
	bool		 ok;
};

static struct gcm
gcm_start(const struct assay_ossl *lib, const uint8_t *key,
    const uint8_t *nonce, struct assay_bytes aad, bool encrypt)
{
	static const uint8_t version = SEAL_VERSION;
	struct gcm g = { EVP_CIPHER_CTX_new(), false };
	int n;

	g.ok = g.ctx != NULL && aad.len <= INT_MAX &&
	    EVP_CipherInit_ex2(g.ctx, lib->aes_256_gcm, key, nonce, encrypt,
	    NULL) == 1 &&
	    EVP_CipherUpdate(g.ctx, NULL, &n, &version, 1) == 1 &&
	    (aad.len == 0 || EVP_CipherUpdate(g.ctx, NULL, &n, aad.ptr,
	    (int)aad.len) == 1);
	return g;
}

static bool
gcm_update(struct gcm *g, struct assay_bytes in, uint8_t *out)
{
	int n = 0;

	return g->ok && in.len <= INT_MAX && (in.len == 0 ||
	    (EVP_CipherUpdate(g->ctx, out, &n, in.ptr, (int)in.len) == 1 &&
	    n == (int)in.len));
}

static bool
gcm_encrypt(struct gcm *g, struct assay_bytes plain, uint8_t *out)
{
	uint8_t none[16];
	int n;

	return gcm_update(g, plain, out) &&
	    EVP_CipherFinal_ex(g->ctx, none, &n) == 1 && n == 0 &&
	    EVP_CIPHER_CTX_ctrl(g->ctx, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE,
	    out + plain.len) == 1;
}

bool
assay_seal(const uint8_t key[ASSAY_SEAL_KEY], struct assay_bytes aad,
    struct assay_bytes plain, struct assay_buffer *out,
    struct assay_error *err)
{
	const struct assay_ossl *lib;
	uint8_t nonce[NONCE_SIZE], *at;
	struct gcm g;
	size_t before = out->len;
	bool ok;

	if ((lib = assay_ossl(err)) == NULL ||
	    !assay_random(nonce, sizeof(nonce), err))
		return false;
	if (plain.len > INT_MAX || !assay_buffer_putc(out, SEAL_VERSION) ||
	    !assay_buffer_put(out, (struct assay_bytes){ nonce,
	    sizeof(nonce) }) ||
	    !assay_buffer_extend(out, plain.len + TAG_SIZE, &at)) {
		out->len = before;
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "a sealed secret of %zu bytes does not fit", plain.len);
	}
	g = gcm_start(lib, key, nonce, aad, true);
	ok = gcm_encrypt(&g, plain, at);
	EVP_CIPHER_CTX_free(g.ctx);
	if (!ok)
		out->len = before;
	return ok || assay_ossl_fail(err, "AES-256-GCM");
}

static bool
gcm_decrypt(struct gcm *g, struct assay_bytes text, const uint8_t *tag,
    uint8_t *out)
{
	uint8_t copy[TAG_SIZE], none[16];
	int n;

	for (size_t i = 0; i < sizeof(copy); i++)
		copy[i] = tag[i];
	return EVP_CIPHER_CTX_ctrl(g->ctx, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE,
	    copy) == 1 && gcm_update(g, text, out) &&
	    EVP_CipherFinal_ex(g->ctx, none, &n) == 1 && n == 0;
}

static bool
split(struct assay_bytes sealed, struct assay_bytes *nonce,
    struct assay_bytes *text, struct assay_bytes *tag, struct assay_error *err)
{
	struct assay_reader r = assay_reader(sealed);
	uint8_t version;

	if (sealed.len > INT_MAX || sealed.len < 1 + NONCE_SIZE + TAG_SIZE)
		return assay_fail(err, ASSAY_ERR_SEAL_BROKEN, "sealed data of "
		    "%zu bytes, at least %d", sealed.len,
		    1 + NONCE_SIZE + TAG_SIZE);
	if (!assay_read_u8(&r, &version) || version != SEAL_VERSION)
		return assay_fail(err, ASSAY_ERR_SEAL_BROKEN,
		    "sealed data has version %u, want %d", sealed.ptr[0],
		    SEAL_VERSION);
	if (!assay_read_bytes(&r, NONCE_SIZE, nonce) ||
	    !assay_read_bytes(&r, assay_reader_left(&r) - TAG_SIZE, text) ||
	    !assay_read_bytes(&r, TAG_SIZE, tag))
		return assay_fail(err, ASSAY_ERR_INTERNAL, "sealed data");
	return true;
}

bool
assay_unseal(const uint8_t key[ASSAY_SEAL_KEY], struct assay_bytes aad,
    struct assay_bytes sealed, struct assay_buffer *out,
    struct assay_error *err)
{
	const struct assay_ossl *lib;
	struct assay_bytes nonce, text, tag;
	size_t before = out->len;
	uint8_t *at;
	struct gcm g;
	bool ok;

	if ((lib = assay_ossl(err)) == NULL ||
	    !split(sealed, &nonce, &text, &tag, err))
		return false;
	if (!assay_buffer_extend(out, text.len, &at))
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "an unsealed secret of %zu bytes does not fit", text.len);
	g = gcm_start(lib, key, nonce.ptr, aad, false);
	if (!g.ok) {
		EVP_CIPHER_CTX_free(g.ctx);
		out->len = before;
		return assay_ossl_fail(err, "AES-256-GCM");
	}
	ok = gcm_decrypt(&g, text, tag.ptr, at);
	EVP_CIPHER_CTX_free(g.ctx);
	if (ok)
		return true;
	/* What was deciphered before the tag failed must not be read. */
	assay_wipe(at, text.len);
	out->len = before;
	(void)assay_ossl_reason();
	return assay_fail(err, ASSAY_ERR_SEAL_BROKEN, "sealed data of %zu "
	    "bytes does not open: another key, purpose or content",
	    sealed.len);
}
