/* SPDX-License-Identifier: Apache-2.0 */
/* POST /attest/{type}: a body to a request, a result to a token. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "app/clock.h"
#include "app/ident.h"
#include "base/encode.h"
#include "base/limits.h"
#include "base/text.h"
#include "json/json.h"
#include "service/policies.h"
#include "service/token_out.h"

/* What the body holds, decoded. The request borrows from the buffers. */
struct attest_body {
	struct assay_attest_request	 request;
	struct assay_buffer		 evidence;
	struct assay_buffer		 runtime;
	struct assay_buffer		 init_time;
	struct assay_buffer		 nonce;
	struct assay_bytes		 draft;		/* ptr NULL: none */
	json_t				*json;
};

static void
body_free(struct attest_body *b)
{
	assay_buffer_free(&b->evidence);
	assay_buffer_free(&b->runtime);
	assay_buffer_free(&b->init_time);
	assay_buffer_free(&b->nonce);
	json_decref(b->json);
}

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
read_evidence(struct attest_body *b, const char *name,
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
read_nonce(struct attest_body *b, struct assay_error *err)
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
read_draft(struct attest_body *b, struct assay_error *err)
{
	json_t *value;

	if (!member(b->json, "draftPolicyForAttestation", &value, err))
		return false;
	return value == NULL ||
	    text_of(value, "draftPolicyForAttestation", &b->draft, err);
}

/* api.md section 12: {"Quote", "EnclaveHeldData"}. */
static bool
read_2018(struct attest_body *b, struct assay_error *err)
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

static bool
read_body(const struct assay_call *call, struct attest_body *b,
    struct assay_error *err)
{
	const struct assay_json_options opt = {
		.big_integers_as_text = true };
	struct assay_attest_request *r = &b->request;

	r->kind = call->type->name;
	b->json = assay_json_parse(call->http->body, &opt, err);
	if (b->json == NULL)
		return assay_fail_in(err, "request");
	if (!json_is_object(b->json))
		return assay_fail(err, ASSAY_ERR_JSON_TYPE,
		    "request is not a JSON object");
	if (assay_route_is_2018(call->route))
		return read_2018(b, err);
	return read_evidence(b, call->type->evidence, err) &&
	    read_bound_data(b->json, "runtimeData", &b->runtime,
	    &r->runtime_data, err) &&
	    read_bound_data(b->json, "initTimeData", &b->init_time,
	    &r->init_time_data, err) &&
	    read_nonce(b, err) && read_draft(b, err);
}

/* ---- refusals that explain themselves ---------------------------------------- */

static void
explain_wanted(const struct assay_dcap_wanted *wanted, json_t *details)
{
	char fmspc[13];

	assay_hex((struct assay_bytes){ wanted->fmspc,
	    sizeof(wanted->fmspc) }, fmspc);
	(void)json_object_set_new(details, "collateral", json_pack(
	    "{s:s, s:s, s:s}", "fmspc", fmspc,
	    "ca", wanted->ca == ASSAY_PCK_CA_PLATFORM ? "platform" :
	    "processor",
	    "tee", wanted->tee == ASSAY_TEE_TDX ? "TDX" : "SGX"));
}

static void
explain_trace(const struct assay_policy_trace *trace, json_t *details)
{
	struct assay_error ignored;
	char *text;

	if (trace == NULL ||
	    (text = assay_policy_trace_json(trace)) == NULL)
		return;
	(void)json_object_set_new(details, "trace",
	    assay_json_parse(assay_bytes_of(text), NULL, &ignored));
	free(text);
}

/* What cannot be added for want of memory is left out. */
static json_t *
explain(const struct assay_attest_result *r)
{
	json_t *details = json_object(), *advisories;

	if (details == NULL)
		return NULL;
	if (r->check_failed != NULL)
		(void)json_object_set_new(details, "check",
		    json_string(r->check_failed));
	if (r->tcb_status != ASSAY_TCB_UNKNOWN && r->tcb_date[0] != '\0') {
		(void)json_object_set_new(details, "tcbStatus", json_string(
		    assay_tcb_status_name(r->tcb_status)));
		(void)json_object_set_new(details, "tcbDate",
		    json_string(r->tcb_date));
		advisories = json_array();
		for (size_t i = 0; i < r->n_advisories; i++)
			(void)json_array_append_new(advisories,
			    json_string(r->advisories[i]));
		(void)json_object_set_new(details, "advisoryIds",
		    advisories);
	}
	if (r->has_wanted)
		explain_wanted(&r->wanted, details);
	explain_trace(r->policy.trace, details);
	return details;
}

static const char *
verdict_name(enum assay_verdict verdict)
{
	switch (verdict) {
	case ASSAY_ACCEPT: return "accept";
	case ASSAY_REJECT: return "reject";
	case ASSAY_UNDECIDED: break;
	}
	return "undecided";
}

/* The record of the decision, in the request's log line. */
static void
log_decision(struct assay_call *call, const struct assay_attest_result *r,
    bool draft)
{
	char fmspc[13];

	assay_call_log(call, assay_log_str("verdict",
	    verdict_name(r->verdict)));
	assay_call_log(call, assay_log_str("check", r->check_failed));
	if (draft)
		assay_call_log(call, assay_log_str("policy", "draft"));
	if (r->tcb_date[0] != '\0')
		assay_call_log(call, assay_log_str("tcb_status",
		    assay_tcb_status_name(r->tcb_status)));
	if (r->has_wanted) {
		assay_hex((struct assay_bytes){ r->wanted.fmspc,
		    sizeof(r->wanted.fmspc) }, fmspc);
		assay_call_log_copy(call, "fmspc", fmspc);
	}
	if (r->test_anchor)
		assay_call_log(call, assay_log_str("test_anchor", "true"));
}

/* ---- token ---------------------------------------------------------------------- */

/* 64 hex digits (api.md section 4). */
static bool
add_jti(struct assay_call *call, json_t *claims, struct assay_error *err)
{
	char text[65];

	if (!assay_ident(32, text, err))
		return false;
	assay_call_log_copy(call, "jti", text);
	if (json_object_set_new(claims, "jti", json_string(text)) != 0)
		return assay_fail_memory(err, "jti");
	return true;
}

/* Who signed the stored policy: documented as {"jwk": {...}}. */
static bool
add_signer(const struct assay_policy_entry *entry, json_t *claims,
    struct assay_error *err)
{
	if (entry == NULL || entry->signer == NULL)
		return true;
	if (json_object_set_new(claims, "x-ms-policy-signer",
	    json_pack("{s:O}", "jwk", entry->signer)) != 0)
		return assay_fail_memory(err, "policy signer");
	return true;
}

/* entry NULL: a draft, whose token proves nothing and must say so. */
static bool
make_token(struct assay_service *service, struct assay_call *call,
    const struct assay_attest_result *r,
    const struct assay_policy_entry *entry, struct assay_buffer *body,
    struct assay_error *err)
{
	json_t *claims = assay_json_parse(assay_bytes_of(r->token_claims),
	    NULL, err);
	int64_t lifetime = r->token_lifetime != 0 ? r->token_lifetime :
	    ASSAY_TOKEN_LIFETIME_ATTEST;
	enum assay_token_seal seal = entry == NULL ? ASSAY_TOKEN_UNSECURED :
	    ASSAY_TOKEN_SIGNED;
	bool ok = false;

	if (claims == NULL)
		return assay_fail(err, ASSAY_ERR_INTERNAL,
		    "claims of the token do not parse");
	if (!add_jti(call, claims, err) || !add_signer(entry, claims, err))
		goto out;
	if (r->test_anchor && json_object_set_new(claims,
	    "x-assay-test-anchor", json_true()) != 0) {
		assay_fail_memory(err, "token");
		goto out;
	}
	if (!assay_route_is_2018(call->route)) {
		ok = assay_token_out(service, claims, lifetime, seal, body,
		    err);
		goto out;
	}
	assay_buffer_putc(body, '"');
	ok = assay_token_make(service, claims, lifetime, seal, body, err);
	assay_buffer_putc(body, '"');
	ok = ok && assay_buffer_ok(body, "answer", err);
out:
	json_decref(claims);
	return ok;
}

/* ---- the call ---------------------------------------------------------------------- */

static bool
judge(struct assay_service *service, struct assay_call *call,
    const struct attest_body *b, struct assay_policy *policy,
    const struct assay_policy_entry *entry, struct assay_buffer *body,
    struct assay_error *err)
{
	struct assay_collateral_source source =
	    assay_collateral_set_source(service->collateral);
	struct assay_attest_context ctx = {
		.now = assay_clock_now(),
		.verifier = service->verifier,
		.collateral = &source,
		.baseline = service->config->baseline,
		.policy = policy,
		.trace = entry == NULL || service->config->trace_policy,
	};
	struct assay_attest_result result = { 0 };
	bool ok = false;

	(void)assay_attest(&b->request, &ctx, &result);
	log_decision(call, &result, entry == NULL);
	if (result.verdict == ASSAY_ACCEPT) {
		ok = make_token(service, call, &result, entry, body, err);
	} else {
		*err = result.error;
		if (err->code == ASSAY_ERR_OK)
			assay_fail(err, ASSAY_ERR_INTERNAL,
			    "no verdict and no reason");
		call->details = explain(&result);
	}
	assay_attest_result_free(&result);
	return ok;
}

static bool
judge_by_draft(struct assay_service *service, struct assay_call *call,
    const struct attest_body *b, struct assay_buffer *body,
    struct assay_error *err)
{
	struct assay_policy *policy;
	bool ok;

	if (!assay_policies_compile(b->draft, &policy, &call->details, err))
		return assay_fail_in(err, "draftPolicyForAttestation");
	ok = judge(service, call, b, policy, NULL, body, err);
	assay_policy_free(policy);
	return ok;
}

static bool
judge_by_stored(struct assay_service *service, struct assay_call *call,
    const struct attest_body *b, struct assay_buffer *body,
    struct assay_error *err)
{
	const struct assay_policy_entry *entry =
	    assay_policies_get(service->policies, call->type);
	bool ok = false;

	if (entry->policy != NULL)
		ok = judge(service, call, b, entry->policy, entry, body, err);
	else if (entry->broken.code != ASSAY_ERR_OK)
		*err = entry->broken;
	else
		assay_fail(err, ASSAY_ERR_POLICY_NOT_SET,
		    "no policy is set for %s: set one with PUT /policies/%s",
		    call->type->name, call->type->name);
	assay_policy_entry_release(service->policies, entry);
	return ok;
}

bool
assay_api_attest(struct assay_service *service, struct assay_call *call,
    struct assay_buffer *body, struct assay_error *err)
{
	struct attest_body b = { 0 };
	bool ok = false;

	if (call->type->evidence == NULL)
		return assay_fail(err, ASSAY_ERR_INVALID_OPERATION,
		    "attestation of type %s is not supported yet, only "
		    "SgxEnclave and OpenEnclave are", call->type->name);
	if (read_body(call, &b, err)) {
		if (b.draft.ptr != NULL)
			ok = judge_by_draft(service, call, &b, body, err);
		else
			ok = judge_by_stored(service, call, &b, body, err);
	}
	body_free(&b);
	return ok;
}
