/* SPDX-License-Identifier: Apache-2.0 */
#include "service/tpm_envelope.h"

#include "base/encode.h"
#include "base/limits.h"
#include "base/text.h"
#include "json/json.h"

/* ---- reading ------------------------------------------------------------- */

/* NULL if absent or null. Two spellings of one name have two readings. */
static bool
member(const json_t *object, const char *name, json_t **out,
    struct assay_error *err)
{
	bool ambiguous = false;

	*out = assay_json_get_nocase(object, name, &ambiguous);
	if (ambiguous)
		return assay_fail(err, ASSAY_ERR_JSON_DUPLICATE_MEMBER,
		    "%s is there twice in different case", name);
	return true;
}

static bool
text_of(const json_t *value, const char *name, struct assay_bytes *out,
    struct assay_error *err)
{
	if (!json_is_string(value))
		return assay_fail(err, ASSAY_ERR_JSON_TYPE,
		    "%s is not a string", name);
	*out = assay_json_string(value);
	return true;
}

static bool
parse_object(struct assay_bytes text, const char *what, json_t **out,
    struct assay_error *err)
{
	json_t *json = assay_json_parse(text, NULL, err);

	if (json == NULL)
		return assay_fail_in(err, what);
	if (!json_is_object(json)) {
		json_decref(json);
		return assay_fail(err, ASSAY_ERR_JSON_TYPE,
		    "%s is not a JSON object", what);
	}
	*out = json;
	return true;
}

/* The decoded text of {"data": ...}. */
static bool
open_data(struct assay_bytes body, struct assay_buffer *inner,
    struct assay_error *err)
{
	json_t *outer = NULL, *value;
	struct assay_bytes text;
	bool ok = false;

	if (!parse_object(body, "request", &outer, err))
		return false;
	if (!member(outer, "data", &value, err))
		goto out;
	if (value == NULL) {
		assay_fail(err, ASSAY_ERR_JSON_MISSING_MEMBER,
		    "data is missing from the request");
		goto out;
	}
	if (!text_of(value, "data", &text, err))
		goto out;
	ok = assay_base64_decode_any(text, inner, err) ||
	    assay_fail_in(err, "data");
out:
	json_decref(outer);
	return ok;
}

static bool
open_envelope(struct assay_tpm_envelope *m, const json_t **inner,
    struct assay_error *err)
{
	json_t *payload;

	*inner = m->json;
	if (!member(m->json, "payload", &payload, err))
		return false;
	m->enveloped = payload != NULL;
	if (payload == NULL)
		return true;
	if (!json_is_object(payload))
		return assay_fail(err, ASSAY_ERR_JSON_TYPE,
		    "payload is not an object");
	*inner = payload;
	return true;
}

/* "Currently only aikcert is supported", as the protocol has it. */
static bool
read_init(struct assay_tpm_envelope *m, const json_t *type,
    struct assay_error *err)
{
	struct assay_bytes text;

	if (!text_of(type, "type", &text, err))
		return false;
	m->kind = ASSAY_TPM_ENVELOPE_INIT;
	if (assay_text_is(text, "aikcert"))
		return true;
	return assay_fail(err, ASSAY_ERR_REQUEST_INVALID,
	    "type is \"%.*s\", want \"aikcert\": currently only aikcert is "
	    "supported", text.len > 40 ? 40 : (int)text.len,
	    (const char *)text.ptr);
}

static bool
read_message(struct assay_tpm_envelope *m, const json_t *inner,
    struct assay_error *err)
{
	json_t *type, *request;

	if (!member(inner, "type", &type, err) ||
	    !member(inner, "request", &request, err))
		return false;
	if ((type == NULL) == (request == NULL))
		return assay_fail(err, ASSAY_ERR_REQUEST_INVALID,
		    "data holds %s, want either type (to get a challenge) or "
		    "request (to answer one)", type == NULL ?
		    "neither type nor request" : "both type and request");
	if (type != NULL)
		return read_init(m, type, err);
	m->kind = ASSAY_TPM_ENVELOPE_REQUEST;
	return text_of(request, "request", &m->jws, err);
}

bool
assay_tpm_envelope_read(struct assay_bytes body, struct assay_tpm_envelope *m,
    struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(ASSAY_MAX_TPM_BODY);
	const json_t *inner;
	bool ok;

	ok = open_data(body, &text, err) &&
	    parse_object(assay_buffer_bytes(&text), "data", &m->json, err);
	assay_buffer_free(&text);
	return ok && open_envelope(m, &inner, err) &&
	    read_message(m, inner, err);
}

void
assay_tpm_envelope_free(struct assay_tpm_envelope *m)
{
	json_decref(m->json);
	*m = (struct assay_tpm_envelope){ 0 };
}

/* ---- writing ------------------------------------------------------------- */

/* {"data": base64url(inner, in its envelope)}. */
static bool
put_data(bool enveloped, const struct assay_buffer *inner,
    struct assay_buffer *body, struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(ASSAY_MAX_JSON_TEXT);
	bool ok;

	assay_buffer_puts(&text, enveloped ? "{\"payload\":" : "");
	assay_buffer_put(&text, assay_buffer_bytes(inner));
	assay_buffer_puts(&text, enveloped ? "}" : "");
	assay_buffer_puts(body, "{\"data\":\"");
	assay_base64url_encode(assay_buffer_bytes(&text), body);
	assay_buffer_puts(body, "\"}");
	ok = assay_buffer_ok(inner, "answer", err) &&
	    assay_buffer_ok(&text, "answer", err) &&
	    assay_buffer_ok(body, "answer", err);
	assay_buffer_free(&text);
	return ok;
}

bool
assay_tpm_envelope_challenge(bool enveloped, struct assay_bytes challenge,
    struct assay_bytes context, struct assay_buffer *body,
    struct assay_error *err)
{
	struct assay_buffer inner = assay_buffer(4096);
	bool ok;

	assay_buffer_puts(&inner, "{\"challenge\":\"");
	assay_base64url_encode(challenge, &inner);
	assay_buffer_puts(&inner, "\",\"service_context\":\"");
	assay_base64url_encode(context, &inner);
	assay_buffer_puts(&inner, "\"}");
	ok = put_data(enveloped, &inner, body, err);
	assay_buffer_free(&inner);
	return ok;
}

bool
assay_tpm_envelope_report(bool enveloped, struct assay_bytes report,
    struct assay_buffer *body, struct assay_error *err)
{
	struct assay_buffer inner = assay_buffer(ASSAY_MAX_JSON_TEXT);
	bool ok;

	assay_buffer_puts(&inner, "{\"report\":\"");
	assay_buffer_put(&inner, report);
	assay_buffer_puts(&inner, "\"}");
	ok = put_data(enveloped, &inner, body, err);
	assay_buffer_free(&inner);
	return ok;
}
