/* SPDX-License-Identifier: Apache-2.0 */
#include "service/attest_body.h"

#include "base/encode.h"
#include "base/limits.h"
#include "base/text.h"
#include "json/json.h"

/* ---- members --------------------------------------------------------------- */

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
	*out = (struct assay_bytes){
	    (const uint8_t *)json_string_value(value),
	    json_string_length(value) };
	return true;
}

/* api.md section 3: both alphabets, padded or not. */
static bool
decode(const json_t *value, const char *name, size_t max,
    struct assay_buffer *out, struct assay_error *err)
{
	struct assay_bytes text;

	*out = assay_buffer(max);
	if (!text_of(value, name, &text, err))
		return false;
	if (text.len / 4 * 3 > max + 3)
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "%s has about %zu bytes, want at most %zu", name,
		    text.len / 4 * 3, max);
	if (!assay_base64_decode_any(text, out, err))
		return assay_fail_in(err, name);
	return true;
}

static bool
read_evidence(struct assay_attest_body *b, const char *name,
    struct assay_error *err)
{
	json_t *value;

	if (!member(b->json, name, &value, err))
		return false;
	if (value == NULL)
		return assay_fail(err, ASSAY_ERR_JSON_MISSING_MEMBER,
		    "%s is missing from the request", name);
	if (!decode(value, name, ASSAY_MAX_EVIDENCE_BYTES, &b->evidence, err))
		return false;
	b->request.evidence = assay_buffer_bytes(&b->evidence);
	return true;
}

static bool
read_data_type(const json_t *value, const char *name,
    enum assay_data_type *out, struct assay_error *err)
{
	struct assay_bytes text = { NULL, 0 };

	if (value != NULL && !text_of(value, name, &text, err))
		return false;
	if (assay_text_is_nocase(text, "Binary"))
		*out = ASSAY_DATA_BINARY;
	else if (assay_text_is_nocase(text, "JSON"))
		*out = ASSAY_DATA_JSON;
	else
		return assay_fail(err, ASSAY_ERR_REQUEST_INVALID,
		    "%s.dataType is neither Binary nor JSON", name);
	return true;
}

static bool
is_empty_text(const json_t *value)
{
	return value == NULL || (json_is_string(value) &&
	    json_string_length(value) == 0);
}

/* {"data","dataType"}; both empty is how one client says "none". */
static bool
read_bound_data(const json_t *root, const char *name,
    struct assay_buffer *buffer, struct assay_bound_data *out,
    struct assay_error *err)
{
	json_t *object, *data, *type;

	if (!member(root, name, &object, err))
		return false;
	if (object == NULL)
		return true;
	if (!json_is_object(object))
		return assay_fail(err, ASSAY_ERR_JSON_TYPE,
		    "%s is not an object", name);
	if (!member(object, "data", &data, err) ||
	    !member(object, "dataType", &type, err))
		return assay_fail_in(err, name);
	if (is_empty_text(data) && is_empty_text(type))
		return true;
	if (data == NULL)	/* Python SDK 1.0 sends a type alone */
		return true;
	if (!read_data_type(type, name, &out->type, err) ||
	    !decode(data, name, ASSAY_MAX_RUNTIME_DATA_BYTES, buffer, err))
		return false;
	out->present = true;
	out->bytes = assay_buffer_bytes(buffer);
	return true;
}

/* A string or a number (api.md section 3), kept as JSON text. */
static bool
read_nonce(struct assay_attest_body *b, struct assay_error *err)
{
	json_t *value;

	if (!member(b->json, "nonce", &value, err))
		return false;
	if (value == NULL)
		return true;
	if (!json_is_string(value) && !json_is_number(value))
		return assay_fail(err, ASSAY_ERR_JSON_TYPE,
		    "nonce is neither a string nor a number");
	b->nonce = assay_buffer(ASSAY_MAX_JSON_TEXT);
	if (!assay_json_write(value, &b->nonce, err))
		return false;
	b->request.nonce = assay_buffer_bytes(&b->nonce);
	return true;
}

static bool
read_draft(struct assay_attest_body *b, struct assay_error *err)
{
	json_t *value;

	if (!member(b->json, "draftPolicyForAttestation", &value, err))
		return false;
	return value == NULL ||
	    text_of(value, "draftPolicyForAttestation", &b->draft, err);
}

/* api.md section 12: {"Quote", "EnclaveHeldData"}. */
static bool
read_2018(struct assay_attest_body *b, struct assay_error *err)
{
	json_t *held;

	if (!read_evidence(b, "Quote", err) ||
	    !member(b->json, "EnclaveHeldData", &held, err))
		return false;
	if (is_empty_text(held))
		return true;
	if (!decode(held, "EnclaveHeldData", ASSAY_MAX_RUNTIME_DATA_BYTES,
	    &b->runtime, err))
		return false;
	b->request.runtime_data = (struct assay_bound_data){ .present = true,
	    .bytes = assay_buffer_bytes(&b->runtime),
	    .type = ASSAY_DATA_BINARY };
	return true;
}

bool
assay_attest_body_read(struct assay_bytes text, const char *kind,
    const char *evidence, struct assay_attest_body *b,
    struct assay_error *err)
{
	const struct assay_json_options opt = {
		.big_integers_as_text = true };
	struct assay_attest_request *r = &b->request;

	r->kind = kind;
	b->json = assay_json_parse(text, &opt, err);
	if (b->json == NULL)
		return assay_fail_in(err, "request");
	if (!json_is_object(b->json))
		return assay_fail(err, ASSAY_ERR_JSON_TYPE,
		    "request is not a JSON object");
	if (evidence == NULL)
		return read_2018(b, err);
	return read_evidence(b, evidence, err) &&
	    read_bound_data(b->json, "runtimeData", &b->runtime,
	    &r->runtime_data, err) &&
	    read_bound_data(b->json, "initTimeData", &b->init_time,
	    &r->init_time_data, err) &&
	    read_nonce(b, err) && read_draft(b, err);
}

void
assay_attest_body_free(struct assay_attest_body *b)
{
	assay_buffer_free(&b->evidence);
	assay_buffer_free(&b->runtime);
	assay_buffer_free(&b->init_time);
	assay_buffer_free(&b->nonce);
	json_decref(b->json);
	*b = (struct assay_attest_body){ 0 };
}
