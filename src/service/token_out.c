/* SPDX-License-Identifier: Apache-2.0 */
#include "service/token_out.h"

#include "app/clock.h"
#include "base/encode.h"
#include "base/limits.h"
#include "crypto/digest.h"
#include "json/json.h"
#include "token/jws.h"

#define REPORT_SKEW	300	/* nbf of a report, before iat */

_Static_assert(ASSAY_TOKEN_LIFETIME_ATTEST <= ASSAY_KEY_TOKEN_LIFETIME &&
    ASSAY_TOKEN_LIFETIME_POLICY <= ASSAY_KEY_TOKEN_LIFETIME,
    "a key stays published for tokens of this lifetime");

/* One token: one time, one set of keys, one of them. */
struct making {
	int64_t			 now;
	struct assay_key_set	*set;
	struct assay_key_view	 key;
};

static struct making
begin(struct assay_service *service)
{
	struct making m = { .now = assay_clock_now(),
		.set = assay_keys_take(service->keys) };

	m.key = assay_key_set_current(m.set, m.now);
	return m;
}

static const char *
alg_of(const struct making *m)
{
	return m->key.alg == ASSAY_SIG_RS256 ? "RS256" : "ES256";
}

static bool
sign(struct assay_service *service, const struct making *m, int64_t lifetime,
    struct assay_bytes header, struct assay_bytes payload,
    struct assay_buffer *token, struct assay_error *err)
{
	const struct assay_signer *signer;

	return assay_key_set_signer(service->keys, m->set, m->now,
	    m->now - ASSAY_TOKEN_BACKDATE + lifetime, &signer, err) &&
	    assay_jws_sign(signer, m->key.alg, header, payload, token, err);
}

/* skew: how far nbf lies before iat. */
static bool
add_times(struct assay_service *service, const struct making *m,
    json_t *claims, int64_t lifetime, int64_t skew, struct assay_error *err)
{
	int64_t from = m->now - ASSAY_TOKEN_BACKDATE;

	if (json_object_set_new(claims, "iss",
	    json_string(service->issuer)) != 0 ||
	    json_object_set_new(claims, "iat", json_integer(from)) != 0 ||
	    json_object_set_new(claims, "nbf",
	    json_integer(from - skew)) != 0 ||
	    json_object_set_new(claims, "exp",
	    json_integer(from + lifetime)) != 0)
		return assay_fail_memory(err, "token");
	return true;
}

/* Exactly four members (api.md section 4); configuration made them safe. */
static bool
put_header(struct assay_service *service, const struct making *m,
    enum assay_token_seal seal, struct assay_buffer *out,
    struct assay_error *err)
{
	assay_buffer_printf(out, "{\"alg\":\"%s\",\"jku\":\"%s/certs\","
	    "\"kid\":\"%s\",\"typ\":\"JWT\"}",
	    seal == ASSAY_TOKEN_SIGNED ? alg_of(m) : "none", service->issuer,
	    m->key.kid);
	return assay_buffer_ok(out, "header", err);
}

bool
assay_token_make(struct assay_service *service, json_t *claims,
    int64_t lifetime, enum assay_token_seal seal, struct assay_buffer *token,
    struct assay_error *err)
{
	struct assay_buffer header = assay_buffer(1024);
	struct assay_buffer payload = assay_buffer(ASSAY_MAX_JSON_TEXT);
	struct making m = begin(service);
	bool ok = false;

	if (!add_times(service, &m, claims, lifetime, 0, err) ||
	    !put_header(service, &m, seal, &header, err) ||
	    !assay_json_write(claims, &payload, err))
		goto out;
	if (seal == ASSAY_TOKEN_UNSECURED)
		ok = assay_jws_unsecured(assay_buffer_bytes(&header),
		    assay_buffer_bytes(&payload), token, err);
	else
		ok = sign(service, &m, lifetime, assay_buffer_bytes(&header),
		    assay_buffer_bytes(&payload), token, err);
out:
	assay_key_set_release(m.set);
	assay_buffer_free(&header);
	assay_buffer_free(&payload);
	return ok;
}

/* ---- the report of a TPM ---------------------------------------------- */

/* The certificate itself, or SHA-1 of it (RFC 7515 sections 4.1.6, 4.1.7). */
static bool
put_report_header(const struct making *m, bool omit_x5c,
    struct assay_buffer *out, struct assay_error *err)
{
	struct assay_digest d;

	assay_buffer_printf(out, "{\"alg\":\"%s\",\"kid\":\"%s\","
	    "\"typ\":\"JWT\",", alg_of(m), m->key.kid);
	if (omit_x5c) {
		assay_buffer_puts(out, "\"x5t\":\"");
		if (!assay_digest(ASSAY_SHA1, m->key.cert, &d, err))
			return false;
		assay_base64url_encode(assay_digest_bytes(&d), out);
		assay_buffer_puts(out, "\"}");
	} else {
		assay_buffer_puts(out, "\"x5c\":[\"");
		assay_base64_encode(m->key.cert, out);
		assay_buffer_puts(out, "\"]}");
	}
	return assay_buffer_ok(out, "header", err);
}

bool
assay_token_report(struct assay_service *service, json_t *claims,
    int64_t lifetime, bool omit_x5c, struct assay_buffer *token,
    struct assay_error *err)
{
	struct assay_buffer header = assay_buffer(ASSAY_MAX_TOKEN_HEADER);
	struct assay_buffer payload = assay_buffer(ASSAY_MAX_JSON_TEXT);
	struct making m = begin(service);
	bool ok;

	ok = add_times(service, &m, claims, lifetime, REPORT_SKEW, err) &&
	    put_report_header(&m, omit_x5c, &header, err) &&
	    assay_json_write(claims, &payload, err) &&
	    sign(service, &m, lifetime, assay_buffer_bytes(&header),
	    assay_buffer_bytes(&payload), token, err);
	assay_key_set_release(m.set);
	assay_buffer_free(&header);
	assay_buffer_free(&payload);
	return ok;
}

/* ---- answers ---------------------------------------------------------- */

bool
assay_token_out(struct assay_service *service, json_t *claims,
    int64_t lifetime, enum assay_token_seal seal, struct assay_buffer *body,
    struct assay_error *err)
{
	assay_buffer_puts(body, "{\"token\":\"");
	if (!assay_token_make(service, claims, lifetime, seal, body, err))
		return false;
	assay_buffer_puts(body, "\"}");
	return assay_buffer_ok(body, "answer", err);
}
