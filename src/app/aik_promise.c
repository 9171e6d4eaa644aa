/* SPDX-License-Identifier: Apache-2.0 */
#include "app/aik_promise.h"

#include "base/mem.h"
#include "base/reader.h"
#include "crypto/random.h"

#define SALT	16
#define PURPOSE	"assay AIK CA context 2"

bool
assay_aik_promise_new(int64_t now_ms, int64_t lifetime,
    struct assay_aik_promise *p, struct assay_error *err)
{
	return assay_service_context_new(now_ms, lifetime, &p->once, err) &&
	    assay_random(p->secret, sizeof(p->secret), err);
}

/* The key of one context. */
static bool
derive(const uint8_t key[ASSAY_SEAL_KEY], struct assay_bytes salt,
    uint8_t out[ASSAY_SEAL_KEY], struct assay_error *err)
{
	return assay_hkdf((struct assay_bytes){ key, ASSAY_SEAL_KEY }, salt,
	    out, ASSAY_SEAL_KEY, err);
}

static void
put_sized(struct assay_buffer *out, struct assay_bytes in)
{
	assay_buffer_put_be(out, in.len, 2);
	assay_buffer_put(out, in);
}

static bool
write_plain(const struct assay_aik_promise *p, struct assay_buffer *out,
    struct assay_error *err)
{
	assay_buffer_put(out, (struct assay_bytes){ p->once.challenge,
	    sizeof(p->once.challenge) });
	assay_buffer_put_be(out, (uint64_t)p->once.issued, 8);
	assay_buffer_put_be(out, (uint64_t)p->once.expiry, 8);
	assay_buffer_put(out, (struct assay_bytes){ p->secret,
	    sizeof(p->secret) });
	assay_buffer_put(out, (struct assay_bytes){ p->ek, sizeof(p->ek) });
	put_sized(out, p->tpm.manufacturer);
	put_sized(out, p->tpm.model);
	put_sized(out, p->tpm.version);
	assay_buffer_put(out, p->spki);
	return assay_buffer_ok(out, "context", err);
}

bool
assay_aik_promise_seal(const uint8_t key[ASSAY_SEAL_KEY],
    const struct assay_aik_promise *p, struct assay_buffer *out,
    struct assay_error *err)
{
	struct assay_buffer plain = assay_buffer(ASSAY_AIK_PROMISE_MAX);
	uint8_t salt[SALT], own[ASSAY_SEAL_KEY];
	bool ok;

	ok = write_plain(p, &plain, err) &&
	    assay_random(salt, sizeof(salt), err) &&
	    derive(key, (struct assay_bytes){ salt, sizeof(salt) }, own, err);
	if (ok) {
		assay_buffer_put(out, (struct assay_bytes){ salt,
		    sizeof(salt) });
		ok = assay_seal(own, assay_bytes_of(PURPOSE),
		    assay_buffer_bytes(&plain), out, err);
	}
	assay_wipe(own, sizeof(own));
	assay_buffer_wipe(&plain);
	return ok;
}

static bool
read_sized(struct assay_reader *r, struct assay_bytes *out)
{
	uint16_t n;

	return assay_read_u16be(r, &n) && assay_read_bytes(r, n, out);
}

static bool
read_plain(struct assay_bytes plain, struct assay_aik_promise *p)
{
	struct assay_reader r = assay_reader(plain);
	uint64_t issued, expiry;

	if (!assay_read_copy(&r, p->once.challenge,
	    sizeof(p->once.challenge)) || !assay_read_u64be(&r, &issued) ||
	    !assay_read_u64be(&r, &expiry) ||
	    !assay_read_copy(&r, p->secret, sizeof(p->secret)) ||
	    !assay_read_copy(&r, p->ek, sizeof(p->ek)) ||
	    !read_sized(&r, &p->tpm.manufacturer) ||
	    !read_sized(&r, &p->tpm.model) ||
	    !read_sized(&r, &p->tpm.version))
		return false;
	p->once.issued = (int64_t)issued;
	p->once.expiry = (int64_t)expiry;
	p->spki = assay_reader_rest(&r);
	return true;
}

bool
assay_aik_promise_open(const uint8_t key[ASSAY_SEAL_KEY],
    struct assay_bytes context, struct assay_buffer *plain,
    struct assay_aik_promise *p, struct assay_error *err)
{
	struct assay_reader r = assay_reader(context);
	uint8_t own[ASSAY_SEAL_KEY];
	struct assay_bytes salt;
	bool ok;

	ok = assay_read_bytes(&r, SALT, &salt) &&
	    derive(key, salt, own, err) && assay_unseal(own,
	    assay_bytes_of(PURPOSE), assay_reader_rest(&r), plain, err) &&
	    read_plain(assay_buffer_bytes(plain), p);
	assay_wipe(own, sizeof(own));
	return ok || assay_fail(err, ASSAY_ERR_TPM_CONTEXT_INVALID,
	    "context is not what this service gave with its credential");
}
