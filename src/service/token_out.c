/* SPDX-License-Identifier: Apache-2.0 */
#include "service/token_out.h"

#include "app/clock.h"
#include "base/encode.h"
#include "base/limits.h"
#include "json/json.h"
#include "token/jws.h"

#define REPORT_SKEW	300	/* nbf of a report, before iat */

/* skew: how far nbf lies before iat. */
static bool
add_times(struct assay_service *service, json_t *claims, int64_t lifetime,
    int64_t skew, struct assay_error *err)
{
	int64_t from = assay_clock_now() - ASSAY_TOKEN_BACKDATE;

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
put_header(struct assay_service *service, enum assay_token_seal seal,
    struct assay_buffer *out, struct assay_error *err)
{
	assay_buffer_printf(out, "{\"alg\":\"%s\",\"jku\":\"%s/certs\","
	    "\"kid\":\"%s\",\"typ\":\"JWT\"}",
	    seal == ASSAY_TOKEN_SIGNED ? "RS256" : "none", service->issuer,
	    assay_keys_kid(service->keys));
	return assay_buffer_ok(out, "header", err);
}

bool
assay_token_make(struct assay_service *service, json_t *claims,
    int64_t lifetime, enum assay_token_seal seal, struct assay_buffer *token,
    struct assay_error *err)
{
	struct assay_buffer header = assay_buffer(1024);
	struct assay_buffer payload = assay_buffer(ASSAY_MAX_JSON_TEXT);
	bool ok = false;

	if (!add_times(service, claims, lifetime, 0, err) ||
	    !put_header(service, seal, &header, err) ||
	    !assay_json_write(claims, &payload, err))
		goto out;
	if (seal == ASSAY_TOKEN_UNSECURED)
		ok = assay_jws_unsecured(assay_buffer_bytes(&header),
		    assay_buffer_bytes(&payload), token, err);
	else
		ok = assay_jws_sign(assay_keys_signer(service->keys),
		    ASSAY_SIG_RS256, assay_buffer_bytes(&header),
		    assay_buffer_bytes(&payload), token, err);
out:
	assay_buffer_free(&header);
	assay_buffer_free(&payload);
	return ok;
}

/* ---- the report of a TPM ------------------------------------------------- */

/* The certificate itself, or SHA-1 of it (RFC 7515 sections 4.1.6, 4.1.7). */
static bool
put_report_header(struct assay_service *service, bool omit_x5c,
    struct assay_buffer *out, struct assay_error *err)
{
	assay_buffer_printf(out, "{\"alg\":\"RS256\",\"kid\":\"%s\","
	    "\"typ\":\"JWT\",", assay_keys_kid(service->keys));
	if (omit_x5c) {
		assay_buffer_puts(out, "\"x5t\":\"");
		if (!assay_keys_x5t(service->keys, out, err))
			return false;
		assay_buffer_puts(out, "\"}");
	} else {
		assay_buffer_puts(out, "\"x5c\":[\"");
		assay_base64_encode(assay_keys_cert_at(service->keys, 0),
		    out);
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
	bool ok;

	ok = add_times(service, claims, lifetime, REPORT_SKEW, err) &&
	    put_report_header(service, omit_x5c, &header, err) &&
	    assay_json_write(claims, &payload, err) &&
	    assay_jws_sign(assay_keys_signer(service->keys), ASSAY_SIG_RS256,
	    assay_buffer_bytes(&header), assay_buffer_bytes(&payload), token,
	    err);
	assay_buffer_free(&header);
	assay_buffer_free(&payload);
	return ok;
}

/* ---- answers --------------------------------------------------------------- */

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
