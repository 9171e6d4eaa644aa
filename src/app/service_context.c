/* SPDX-License-Identifier: Apache-2.0 */
#include "app/service_context.h"

#include <string.h>

#include "base/mem.h"
#include "base/reader.h"
#include "crypto/random.h"

#define SALT		16
#define PLAIN		(ASSAY_TPM_CHALLENGE + 8 + 8)
#define PURPOSE		"assay TPM service_context"

bool
assay_service_context_key(struct assay_bytes secret, const char *issuer,
    struct assay_service_context_key *out, struct assay_error *err)
{
	struct assay_buffer info = assay_buffer(1024);
	uint8_t both[ASSAY_SERVICE_CONTEXT_ID + ASSAY_SEAL_KEY];
	bool ok;

	assay_buffer_puts(&info, PURPOSE);
	assay_buffer_putc(&info, 0);
	assay_buffer_puts(&info, issuer);
	ok = assay_buffer_ok(&info, "issuer", err) &&
	    assay_hkdf(secret, assay_buffer_bytes(&info), both, sizeof(both),
	    err);
	if (ok) {
		memcpy(out->id, both, sizeof(out->id));
		memcpy(out->key, both + sizeof(out->id), sizeof(out->key));
	}
	assay_wipe(both, sizeof(both));
	assay_buffer_free(&info);
	return ok;
}

bool
assay_service_context_new(int64_t now, int64_t lifetime,
    struct assay_service_context *out, struct assay_error *err)
{
	struct assay_service_context c = { .issued = now,
		.expiry = now + lifetime };

	if (!assay_random(c.challenge, sizeof(c.challenge), err))
		return false;
	*out = c;
	return true;
}

/* The key of one context. */
static bool
derive(const struct assay_service_context_key *key, struct assay_bytes salt,
    uint8_t out[ASSAY_SEAL_KEY], struct assay_error *err)
{
	return assay_hkdf((struct assay_bytes){ key->key, sizeof(key->key) },
	    salt, out, ASSAY_SEAL_KEY, err);
}

bool
assay_service_context_seal(const struct assay_service_context_key *key,
    const struct assay_service_context *context, struct assay_buffer *out,
    struct assay_error *err)
{
	struct assay_buffer plain = assay_buffer(PLAIN);
	uint8_t salt[SALT], one[ASSAY_SEAL_KEY];
	bool ok = false;

	assay_buffer_put(&plain, (struct assay_bytes){ context->challenge,
	    sizeof(context->challenge) });
	assay_buffer_put_be(&plain, (uint64_t)context->issued, 8);
	assay_buffer_put_be(&plain, (uint64_t)context->expiry, 8);
	if (!assay_buffer_ok(&plain, "service_context", err) ||
	    !assay_random(salt, sizeof(salt), err) ||
	    !derive(key, (struct assay_bytes){ salt, sizeof(salt) }, one, err))
		goto out;
	assay_buffer_put(out, (struct assay_bytes){ key->id,
	    sizeof(key->id) });
	assay_buffer_put(out, (struct assay_bytes){ salt, sizeof(salt) });
	ok = assay_buffer_ok(out, "service_context", err) &&
	    assay_seal(one, assay_bytes_of(PURPOSE),
	    assay_buffer_bytes(&plain), out, err);
out:
	assay_wipe(one, sizeof(one));
	assay_buffer_wipe(&plain);
	return ok;
}

static bool
read_plain(struct assay_bytes plain, struct assay_service_context *out,
    struct assay_error *err)
{
	struct assay_reader r = assay_reader(plain);
	struct assay_service_context c;
	uint64_t issued, expiry;

	if (!assay_read_copy(&r, c.challenge, sizeof(c.challenge)) ||
	    !assay_read_u64be(&r, &issued) ||
	    !assay_read_u64be(&r, &expiry) || assay_reader_left(&r) != 0)
		return assay_fail(err, ASSAY_ERR_TPM_CONTEXT_INVALID,
		    "service_context holds %zu bytes, want %d", plain.len,
		    PLAIN);
	c.issued = (int64_t)issued;
	c.expiry = (int64_t)expiry;
	*out = c;
	return true;
}

static bool
unseal(const struct assay_service_context_key *key, struct assay_bytes salt,
    struct assay_bytes sealed, struct assay_buffer *plain,
    struct assay_error *err)
{
	struct assay_error why = { 0 };
	uint8_t one[ASSAY_SEAL_KEY];
	bool ok;

	if (!derive(key, salt, one, err))
		return false;
	ok = assay_unseal(one, assay_bytes_of(PURPOSE), sealed, plain, &why);
	assay_wipe(one, sizeof(one));
	if (ok)
		return true;
	if (assay_code_class(why.code) == ASSAY_CLASS_INTERNAL) {
		*err = why;
		return false;
	}
	return assay_fail(err, ASSAY_ERR_TPM_CONTEXT_INVALID,
	    "service_context is not as this service made it: %s", why.text);
}

bool
assay_service_context_open(const struct assay_service_context_key *key,
    struct assay_bytes sealed, struct assay_service_context *out,
    struct assay_error *err)
{
	struct assay_reader r = assay_reader(sealed);
	struct assay_buffer plain = assay_buffer(ASSAY_SERVICE_CONTEXT_MAX);
	struct assay_bytes id, salt;
	bool ok;

	if (sealed.len > ASSAY_SERVICE_CONTEXT_MAX ||
	    !assay_read_bytes(&r, ASSAY_SERVICE_CONTEXT_ID, &id) ||
	    !assay_read_bytes(&r, SALT, &salt))
		return assay_fail(err, ASSAY_ERR_TPM_CONTEXT_INVALID,
		    "service_context has %zu bytes, which none of this "
		    "service has", sealed.len);
	if (!assay_bytes_equal(id, (struct assay_bytes){ key->id,
	    sizeof(key->id) }))
		return assay_fail(err, ASSAY_ERR_TPM_CONTEXT_FOREIGN,
		    "service_context was made by another service, or before "
		    "this one got new keys: ask this service for a challenge");
	ok = unseal(key, salt, assay_reader_rest(&r), &plain, err) &&
	    read_plain(assay_buffer_bytes(&plain), out, err);
	assay_buffer_wipe(&plain);
	return ok;
}
