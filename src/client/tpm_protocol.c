/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/tpm_protocol.h"
#include "json/json.h"
#include "token/jwk.h"

#define HEADER		"{\"alg\":\"PS256\",\"typ\":\"attReqV2\"}"
#define CHALLENGE_MAX	256	/* bytes; services send 16 */
#define JWK_MAX		4096

static json_t *
base64url(struct assay_bytes in)
{
	struct assay_buffer text = assay_buffer(ASSAY_MAX_HTTP_BODY);
	json_t *value = NULL;

	if (assay_base64url_encode(in, &text))
		value = json_stringn(assay_buffer_str(&text), text.len);
	assay_buffer_free(&text);
	return value;
}

/* ---- messages ---------------------------------------------------------------- */

/* {"data": base64url({"payload": message})}; takes message, NULL if failed. */
static bool
put_body(json_t *message, struct assay_buffer *out, struct assay_error *err)
{
	json_t *payload = json_object(), *body = json_object();
	struct assay_buffer text = assay_buffer(ASSAY_MAX_HTTP_BODY);
	bool ok;

	ok = payload != NULL && body != NULL && message != NULL &&
	    json_object_set(payload, "payload", message) == 0 &&
	    assay_json_write(payload, &text, err) &&
	    json_object_set_new(body, "data",
	    base64url(assay_buffer_bytes(&text))) == 0 &&
	    assay_json_write(body, out, err);
	json_decref(message);
	json_decref(payload);
	json_decref(body);
	assay_buffer_free(&text);
	return ok || assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
	    "the request is larger than %u bytes: the logs are too long",
	    ASSAY_MAX_HTTP_BODY);
}

bool
assay_tpm_body_init(struct assay_buffer *out, struct assay_error *err)
{
	return put_body(json_pack("{s:s}", "type", "aikcert"), out, err);
}

bool
assay_tpm_body_request(struct assay_bytes jws, struct assay_buffer *out,
    struct assay_error *err)
{
	return put_body(json_pack("{s:s%}", "request", (const char *)jws.ptr,
	    jws.len), out, err);
}

/* The message inside: a new reference, or NULL. */
static json_t *
open_body(const json_t *answer, struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(ASSAY_MAX_HTTP_BODY);
	json_t *whole = NULL, *message = NULL;
	struct assay_bytes data;

	if (assay_json_get_string(answer, "data", &data, err) &&
	    assay_base64_decode_any(data, &text, err) &&
	    (whole = assay_json_parse(assay_buffer_bytes(&text), NULL, err)) !=
	    NULL) {
		message = json_object_get(whole, "payload");
		message = json_incref(json_is_object(message) ? message :
		    whole);
	} else {
		(void)assay_fail_in(err, "answer of the service");
		err->code = ASSAY_ERR_FETCH_FAILED;
	}
	json_decref(whole);
	assay_buffer_free(&text);
	return message;
}

static bool
take_challenge(const json_t *message, struct assay_tpm_challenge *out,
    struct assay_error *err)
{
	struct assay_bytes text, context;

	out->bytes = assay_buffer(CHALLENGE_MAX);
	if (!assay_json_get_string(message, "challenge", &text, err) ||
	    !assay_base64_decode_any(text, &out->bytes, err) ||
	    !assay_json_get_string(message, "service_context", &context,
	    err)) {
		(void)assay_fail_in(err, "challenge of the service");
		err->code = ASSAY_ERR_FETCH_FAILED;
		return false;
	}
	out->text = json_incref(json_object_get(message, "challenge"));
	out->context = json_incref(json_object_get(message,
	    "service_context"));
	return true;
}

bool
assay_tpm_read_challenge(const json_t *answer,
    struct assay_tpm_challenge *out, struct assay_error *err)
{
	struct assay_tpm_challenge c = { .text = NULL };
	json_t *message = open_body(answer, err);
	bool ok;

	if (message == NULL)
		return false;
	ok = take_challenge(message, &c, err);
	json_decref(message);
	if (ok)
		*out = c;
	else
		assay_tpm_challenge_free(&c);
	return ok;
}

bool
assay_tpm_read_report(const json_t *answer, char **token,
    struct assay_error *err)
{
	json_t *message = open_body(answer, err);
	struct assay_bytes text;
	bool ok = false;

	if (message == NULL)
		return false;
	if (!assay_json_get_string(message, "report", &text, err)) {
		(void)assay_fail_in(err, "answer of the service");
		err->code = ASSAY_ERR_FETCH_FAILED;
	} else if ((*token = assay_strdup_bytes(text)) == NULL) {
		(void)assay_fail_memory(err, "report");
	} else {
		ok = true;
	}
	json_decref(message);
	return ok;
}

void
assay_tpm_challenge_free(struct assay_tpm_challenge *c)
{
	assay_buffer_free(&c->bytes);
	json_decref(c->text);
	json_decref(c->context);
	memset(c, 0, sizeof(*c));
}

/* ---- what the TPM says --------------------------------------------------------- */

static json_t *
jwk_of(const struct assay_device_key *key, struct assay_error *err)
{
	struct assay_pkey *pkey = NULL;
	json_t *jwk;

	if (!assay_device_key_pkey(key, &pkey, err))
		return NULL;
	jwk = assay_jwk_of_key(pkey, err);
	assay_pkey_free(pkey);
	return jwk;
}

bool
assay_tpm_quote_binding(const struct assay_device_key *request_key,
    struct assay_bytes challenge, struct assay_digest *out,
    struct assay_error *err)
{
	static const uint8_t zero[1];
	struct assay_buffer text = assay_buffer(JWK_MAX);
	json_t *jwk = jwk_of(request_key, err);
	bool ok;

	/* Written alone it reads as it does inside of the sorted request. */
	ok = jwk != NULL && assay_json_write(jwk, &text, err) &&
	    assay_digest_parts(ASSAY_SHA256, (const struct assay_bytes[]){
	    assay_buffer_bytes(&text), { zero, 1 }, challenge }, 3, out, err);
	json_decref(jwk);
	assay_buffer_free(&text);
	return ok;
}

/* A NULL value anywhere makes jansson's setters fail, and so this. */
static bool
add(json_t *array, json_t *value)
{
	return json_array_append_new(array, value) == 0;
}

static json_t *
log_value(const char *type, struct assay_bytes log)
{
	return json_pack("{s:s,s:o}", "type", type, "log", base64url(log));
}

static json_t *
logs_value(const struct assay_tpm_said *s)
{
	json_t *logs = json_array();
	bool ok = logs != NULL;

	for (size_t i = 0; ok && i < s->n_tcg; i++)
		ok = add(logs, log_value("TCG", s->tcg[i]));
	if (ok && s->ima.len != 0)
		ok = add(logs, log_value("IMA", s->ima));
	if (!ok) {
		json_decref(logs);
		return NULL;
	}
	return logs;
}

static json_t *
bank_value(const struct assay_device_bank *bank)
{
	json_t *values = json_array();
	bool ok = values != NULL;

	for (int i = 0; ok && i < ASSAY_DEVICE_PCRS; i++)
		if ((bank->mask >> i & 1) != 0)
			ok = add(values, json_pack("{s:i,s:o}", "index", i,
			    "digest", base64url((struct assay_bytes){
			    bank->value[i], bank->size })));
	if (!ok) {
		json_decref(values);
		return NULL;
	}
	return json_pack("{s:i,s:o}", "algorithm", bank->alg, "values",
	    values);
}

static json_t *
banks_value(const struct assay_tpm_said *s)
{
	json_t *banks = json_array();
	bool ok = banks != NULL;

	for (size_t i = 0; ok && i < s->n_banks; i++)
		ok = add(banks, bank_value(&s->banks[i]));
	if (!ok) {
		json_decref(banks);
		return NULL;
	}
	return banks;
}

static json_t *
statement(const struct assay_tpm_said *s, struct assay_error *err)
{
	json_t *aik_pub = jwk_of(s->aik, err), *value;

	if (aik_pub == NULL)
		return NULL;
	value = json_pack("{s:o,s:o,s:o,s:o,s:o}", "logs", logs_value(s),
	    "aik_pub", aik_pub, "pcrs", banks_value(s), "quote",
	    base64url(assay_buffer_bytes(&s->quote->attest)), "signature",
	    base64url(assay_buffer_bytes(&s->quote->signature)));
	if (value != NULL && s->aik_cert.len != 0 && json_object_set_new(value,
	    "aik_cert", base64url(s->aik_cert)) == -1) {
		json_decref(value);
		value = NULL;
	}
	if (value == NULL)
		(void)assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "the logs are too long for one request");
	return value;
}

static json_t *
binding(const struct assay_tpm_said *s)
{
	if (s->certify == NULL)
		return json_pack("{s:{s:s}}", "tpm_quote", "hash_alg",
		    "sha-256");
	return json_pack("{s:{s:o,s:o,s:o}}", "tpm_certify", "public",
	    base64url(assay_device_key_public(s->request_key)),
	    "certification", base64url(assay_buffer_bytes(
	    &s->certify->attest)), "signature", base64url(
	    assay_buffer_bytes(&s->certify->signature)));
}

/* ---- the request ------------------------------------------------------------------ */

static bool
put_claims(json_t *data, const struct assay_tpm_said *s)
{
	json_t *claims;
	bool ok;

	if (s->n_claims == 0)
		return true;
	ok = (claims = json_array()) != NULL;
	for (size_t i = 0; ok && i < s->n_claims; i++)
		ok = add(claims, json_pack("{s:s%,s:s%,s:s}", "name",
		    s->claims[i].name.ptr, s->claims[i].name.len, "value",
		    s->claims[i].value.ptr, s->claims[i].value.len,
		    "value_type", "string"));
	if (!ok) {
		json_decref(claims);
		return false;
	}
	return json_object_set_new(data, "custom_claims", claims) == 0;
}

static bool
put_party(json_t *data, const struct assay_tpm_said *s)
{
	return (s->rp_id == NULL || json_object_set_new(data, "rp_id",
	    json_string(s->rp_id)) == 0) &&
	    (s->rp_data.ptr == NULL || json_object_set_new(data, "rp_data",
	    base64url(s->rp_data)) == 0) && put_claims(data, s);
}

static json_t *
payload_value(const struct assay_tpm_said *s, struct assay_error *err)
{
	json_t *current, *jwk, *data;

	if ((current = statement(s, err)) == NULL)
		return NULL;
	if ((jwk = jwk_of(s->request_key, err)) == NULL) {
		json_decref(current);
		return NULL;
	}
	data = json_pack("{s:O,s:O,s:{s:o},s:{s:o,s:o}}", "challenge",
	    s->challenge->text, "service_context", s->challenge->context,
	    "tpm_att_data", "current_attestation", current, "request_key",
	    "jwk", jwk, "info", binding(s));
	if (data != NULL && !put_party(data, s)) {
		json_decref(data);
		data = NULL;
	}
	if (data == NULL) {
		(void)assay_fail(err, ASSAY_ERR_REQUEST_INVALID,
		    "the request cannot be written as JSON: a claim or the "
		    "relying party's name is not UTF-8");
		return NULL;
	}
	return json_pack("{s:s,s:o}", "att_type", "basic", "att_data", data);
}

static bool
sign(const struct assay_tpm_said *s, size_t from, struct assay_buffer *out,
    struct assay_error *err)
{
	struct assay_buffer signature = assay_buffer(ASSAY_MAX_SIGNATURE_BYTES);
	struct assay_bytes input = { out->ptr + from, out->len - from };
	struct assay_digest digest;
	bool ok;

	ok = assay_digest(ASSAY_SHA256, input, &digest, err) &&
	    assay_device_sign(s->request_key, assay_digest_bytes(&digest),
	    &signature, err);
	if (ok) {
		(void)assay_buffer_putc(out, '.');
		(void)assay_base64url_encode(assay_buffer_bytes(&signature),
		    out);
		ok = assay_buffer_ok(out, "request", err);
	}
	assay_buffer_free(&signature);
	return ok;
}

bool
assay_tpm_request_jws(const struct assay_tpm_said *said,
    struct assay_buffer *out, struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(ASSAY_MAX_HTTP_BODY);
	json_t *payload = payload_value(said, err);
	size_t from = out->len;
	bool ok;

	ok = payload != NULL && assay_json_write(payload, &text, err);
	json_decref(payload);
	if (ok) {
		(void)assay_base64url_encode(assay_bytes_of(HEADER), out);
		(void)assay_buffer_putc(out, '.');
		(void)assay_base64url_encode(assay_buffer_bytes(&text), out);
		ok = assay_buffer_ok(out, "request", err) &&
		    sign(said, from, out, err);
	}
	assay_buffer_free(&text);
	return ok;
}
