/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How 2018-09-01-preview manages policies and their signers: the paths
 * /operations/policy/... (api.md section 12; swagger of that version, and
 * what Az.Attestation and Microsoft.Azure.Attestation send). A policy is set
 * in two steps: updatepolicy answers with a token that says what would be set,
 * and that token is what is then put. The service remembers nothing between
 * the two: its token carries the policy, which is judged anew when it comes.
 */
#include <string.h>

#include "app/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "json/json.h"
#include "service/policies.h"
#include "service/token_out.h"

#define PREPARED	"x-assay-prepared"	/* {"jws","type"} */

/* A JWS, bare or as a JSON string: both were sent. Free the json_t. */
static bool
read_jws(const struct assay_call *call, json_t **holder,
    struct assay_bytes *jws, struct assay_error *err)
{
	*holder = NULL;
	*jws = call->http->body;
	if (jws->len == 0 || jws->ptr[0] != '"')
		return true;
	if ((*holder = assay_json_parse(call->http->body, NULL, err)) == NULL)
		return assay_fail_in(err, "request");
	*jws = assay_bytes_of(json_string_value(*holder));
	return true;
}

static struct assay_store_change
change_of(const struct assay_call *call)
{
	return (struct assay_store_change){ .now = assay_clock_now(),
	    .actor = call->http->peer,
	    .request_id = call->http->request_id };
}

/* A JSON string that holds the token. */
static bool
answer_token(struct assay_service *service, json_t *claims,
    struct assay_buffer *body, struct assay_error *err)
{
	bool ok;

	if (claims == NULL)
		return assay_fail_memory(err, "answer");
	assay_buffer_putc(body, '"');
	ok = assay_token_make(service, claims, ASSAY_TOKEN_LIFETIME_POLICY,
	    ASSAY_TOKEN_SIGNED, body, err);
	assay_buffer_putc(body, '"');
	json_decref(claims);
	return ok && assay_buffer_ok(body, "answer", err);
}

static bool
answer_null(struct assay_buffer *body, struct assay_error *err)
{
	assay_buffer_puts(body, "null");
	return assay_buffer_ok(body, "answer", err);
}

/* ---- policies --------------------------------------------------------------- */

bool
assay_api_2018_policy_get(struct assay_service *service,
    struct assay_call *call, struct assay_buffer *body,
    struct assay_error *err)
{
	const struct assay_policy_entry *entry =
	    assay_policies_get(service->policies, call->type);
	json_t *answer = json_pack("{s:s%}", "policy",
	    (const char *)entry->jws.ptr, entry->jws.len);
	bool ok;

	assay_policy_entry_release(service->policies, entry);
	if (answer == NULL)
		return assay_fail_memory(err, "answer");
	ok = assay_json_write(answer, body, err);
	json_decref(answer);
	return ok;
}

static json_t *
prepared_claims(const struct assay_call *call, struct assay_bytes jws,
    struct assay_error *err)
{
	char hash[ASSAY_POLICY_TOKEN_HASH_TEXT];

	if (!assay_policy_token_hash(jws, hash, err))
		return NULL;
	return json_pack("{s:s, s:{s:s%, s:s}}", "aas-policyHash", hash,
	    PREPARED, "jws", (const char *)jws.ptr, jws.len,
	    "type", call->type->name);
}

bool
assay_api_2018_policy_prepare(struct assay_service *service,
    struct assay_call *call, struct assay_buffer *body,
    struct assay_error *err)
{
	struct assay_policy_done done = { 0 };
	struct assay_bytes jws;
	json_t *holder;
	bool ok;

	assay_call_log(call, assay_log_str("change", "prepare"));
	ok = read_jws(call, &holder, &jws, err) &&
	    assay_policies_try(service->policies, call->type, jws,
	    ASSAY_POLICY_BODY_PLAIN, assay_clock_now(), &done, err) &&
	    answer_token(service, prepared_claims(call, jws, err), body, err);
	call->details = json_incref(done.details);
	assay_policy_done_free(&done);
	json_decref(holder);
	return ok;
}

/*
 * What a token of ours prepared; *claims holds *jws. The signature gives no
 * right: it only shows that nobody changed what was looked at in between.
 */
static bool
read_prepared(struct assay_service *service, const struct assay_call *call,
    struct assay_bytes text, json_t **claims, struct assay_bytes *jws,
    struct assay_error *err)
{
	struct assay_token_expectations expect = {
		.now = assay_clock_now(), .issuer = service->issuer };
	struct assay_buffer jwks = assay_buffer(ASSAY_MAX_JSON_TEXT);
	struct assay_keyset *keys = NULL;
	struct assay_token token = { 0 };
	struct assay_bytes type;
	json_t *prepared;
	bool ok;

	ok = assay_api_certs(service, NULL, &jwks, err) &&
	    assay_keyset_parse(assay_buffer_bytes(&jwks), &keys, err) &&
	    assay_token_verify(text, keys, &expect, &token, err) &&
	    (*claims = assay_json_parse(assay_bytes_of(token.payload), NULL,
	    err)) != NULL &&
	    assay_json_get_object(*claims, PREPARED, &prepared, err) &&
	    assay_json_get_string(prepared, "type", &type, err) &&
	    assay_json_get_string(prepared, "jws", jws, err);
	assay_token_free(&token);
	assay_keyset_free(keys);
	assay_buffer_free(&jwks);
	if (!ok)
		return assay_fail_in(err, "not a token that updatepolicy of "
		    "this service gave");
	return assay_text_is(type, call->type->name) || assay_fail(err,
	    ASSAY_ERR_INVALID_OPERATION, "policy was prepared for %.*s, and "
	    "this sets that of %s", (int)type.len, (const char *)type.ptr,
	    call->type->name);
}

bool
assay_api_2018_policy_set(struct assay_service *service,
    struct assay_call *call, struct assay_buffer *body,
    struct assay_error *err)
{
	struct assay_store_change change = change_of(call);
	struct assay_policy_done done = { 0 };
	json_t *holder, *claims = NULL;
	struct assay_bytes text, jws;
	bool ok;

	assay_call_log(call, assay_log_str("change", "set"));
	ok = read_jws(call, &holder, &text, err) &&
	    read_prepared(service, call, text, &claims, &jws, err) &&
	    assay_policies_set(service->policies, call->type, jws,
	    ASSAY_POLICY_BODY_PLAIN, &change, &done, err) &&
	    answer_null(body, err);
	call->details = json_incref(done.details);
	assay_policy_done_free(&done);
	json_decref(claims);
	json_decref(holder);
	return ok;
}

bool
assay_api_2018_policy_reset(struct assay_service *service,
    struct assay_call *call, struct assay_buffer *body,
    struct assay_error *err)
{
	struct assay_store_change change = change_of(call);
	struct assay_policy_done done = { 0 };
	struct assay_bytes jws;
	json_t *holder;
	bool ok;

	assay_call_log(call, assay_log_str("change", "reset"));
	ok = read_jws(call, &holder, &jws, err) &&
	    assay_policies_set(service->policies, call->type, jws,
	    ASSAY_POLICY_BODY_EMPTY, &change, &done, err) &&
	    answer_null(body, err);
	assay_policy_done_free(&done);
	json_decref(holder);
	return ok;
}

/* ---- signers ------------------------------------------------------------------ */

bool
assay_api_2018_certificates_get(struct assay_service *service,
    struct assay_call *call, struct assay_buffer *body,
    struct assay_error *err)
{
	json_t *keys = assay_policies_signers(service->policies, err);

	(void)call;
	return keys != NULL && answer_token(service, json_pack("{s:{s:o}}",
	    "aas-policyCertificates", "keys", keys), body, err);
}

/* The answer is the set after the change. */
static bool
change_signer(struct assay_service *service, struct assay_call *call,
    bool add, struct assay_buffer *body, struct assay_error *err)
{
	struct assay_store_change change = change_of(call);
	struct assay_policy_done done = { 0 };
	struct assay_bytes jws;
	json_t *holder;
	bool ok;

	assay_call_log(call, assay_log_str("change", add ? "add" :
	    "remove"));
	ok = read_jws(call, &holder, &jws, err) &&
	    assay_policies_change_signer(service->policies, jws, add, &change,
	    &done, err);
	if (ok)
		assay_call_log_copy(call, "thumbprint", done.thumbprint);
	ok = ok && assay_api_2018_certificates_get(service, call, body, err);
	assay_policy_done_free(&done);
	json_decref(holder);
	return ok;
}

bool
assay_api_2018_certificates_add(struct assay_service *service,
    struct assay_call *call, struct assay_buffer *body,
    struct assay_error *err)
{
	return change_signer(service, call, true, body, err);
}

bool
assay_api_2018_certificates_remove(struct assay_service *service,
    struct assay_call *call, struct assay_buffer *body,
    struct assay_error *err)
{
	return change_signer(service, call, false, body, err);
}
