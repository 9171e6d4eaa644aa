/* SPDX-License-Identifier: Apache-2.0 */
/* POST /attest/AzureGuest: one message in, one answer that only the guest
 * can open. */
#include <stdlib.h>

#include <assay/guest.h>

#include "app/clock.h"
#include "base/encode.h"
#include "base/limits.h"
#include "json/json.h"
#include "service/policies.h"
#include "service/token_out.h"
#include "service/tpm_service.h"
#include "service/verdict.h"

#define JTI_BYTES	32	/* 64 hex digits, as Azure's tokens have */

/* ---- the body -------------------------------------------------------------- */

static bool
member(const json_t *object, const char *name, json_t **out,
    struct assay_error *err)
{
	bool ambiguous = false;

	*out = assay_json_get_nocase(object, name, &ambiguous);
	return !ambiguous || assay_fail(err, ASSAY_ERR_JSON_DUPLICATE_MEMBER,
	    "%s is there twice in different case", name);
}

/* {"AttestationInfo": base64url of JSON text}, decoded. */
static bool
read_info(const json_t *json, struct assay_buffer *info,
    struct assay_error *err)
{
	json_t *value, *draft;

	if (!member(json, "AttestationInfo", &value, err) ||
	    !member(json, "draftPolicyForAttestation", &draft, err))
		return false;
	if (draft != NULL)
		return assay_fail(err, ASSAY_ERR_REQUEST_INVALID,
		    "draftPolicyForAttestation is not taken for AzureGuest");
	if (!json_is_string(value))
		return assay_fail(err, value == NULL ?
		    ASSAY_ERR_JSON_MISSING_MEMBER : ASSAY_ERR_JSON_TYPE,
		    "AttestationInfo is %s", value == NULL ?
		    "missing from the request" : "not a string");
	*info = assay_buffer(ASSAY_MAX_TPM_REQUEST);
	return assay_base64_decode_any(assay_json_string(value), info, err) ||
	    assay_fail_in(err, "AttestationInfo");
}

static bool
read_body(struct assay_bytes body, struct assay_buffer *info,
    struct assay_error *err)
{
	json_t *json = assay_json_parse(body, NULL, err);
	bool ok;

	if (json == NULL)
		return assay_fail_in(err, "request");
	ok = json_is_object(json) ? read_info(json, info, err) :
	    assay_fail(err, ASSAY_ERR_JSON_TYPE,
	    "request is not a JSON object");
	json_decref(json);
	return ok;
}

/* ---- the answer ------------------------------------------------------------- */

/* {"token": base64url of what only the guest can open}. */
static bool
put_reply(const struct assay_attest_result *result,
    const struct assay_buffer *token, struct assay_buffer *body,
    struct assay_error *err)
{
	const struct assay_bytes key = {
		(const uint8_t *)result->reply_key, result->reply_key_len,
	};
	char *reply = NULL;

	if (!assay_guest_reply(key, assay_buffer_bytes(token), &reply, err))
		return false;
	assay_buffer_puts(body, "{\"token\":\"");
	assay_base64url_encode(assay_bytes_of(reply), body);
	assay_buffer_puts(body, "\"}");
	free(reply);
	return assay_buffer_ok(body, "answer", err);
}

static bool
make_reply(struct assay_service *service, struct assay_call *call,
    const struct assay_attest_result *result,
    const struct assay_policy_entry *entry, struct assay_buffer *body,
    struct assay_error *err)
{
	struct assay_buffer token = assay_buffer(ASSAY_MAX_JSON_TEXT);
	int64_t lifetime = result->token_lifetime != 0 ?
	    result->token_lifetime : ASSAY_TOKEN_LIFETIME_ATTEST;
	json_t *claims;
	bool ok;

	if (!assay_verdict_claims(call, result, entry, JTI_BYTES, &claims,
	    err))
		return false;
	ok = assay_token_make(service, claims, lifetime, ASSAY_TOKEN_SIGNED,
	    &token, err) && put_reply(result, &token, body, err);
	json_decref(claims);
	assay_buffer_free(&token);
	return ok;
}

/* ---- the call --------------------------------------------------------------- */

static bool
judge(struct assay_service *service, struct assay_call *call,
    struct assay_bytes info, const struct assay_policy_entry *entry,
    struct assay_buffer *body, struct assay_error *err)
{
	struct assay_tpm_service *tpm = service->tpm;
	struct assay_tpm_trust *trust = assay_tpm_trust_get(tpm);
	const struct assay_tpm_context ctx = {
		.now = assay_clock_now(),
		.anchors = trust->anchors,
		.settings = tpm->settings,
		.policy = entry->policy,
		.trace = service->config->trace_policy,
	};
	struct assay_attest_result result = { 0 };
	bool ok = false;

	(void)assay_guest_attest(info, &ctx, &result);
	assay_verdict_log(call, &result, false);
	if (result.verdict == ASSAY_ACCEPT) {
		ok = make_reply(service, call, &result, entry, body, err);
	} else {
		*err = result.error;
		if (err->code == ASSAY_ERR_OK)
			assay_fail(err, ASSAY_ERR_INTERNAL,
			    "no verdict and no reason");
		call->details = assay_verdict_explain(&result);
	}
	assay_attest_result_free(&result);
	assay_tpm_trust_release(tpm, trust);
	return ok;
}

bool
assay_api_attest_guest(struct assay_service *service, struct assay_call *call,
    struct assay_buffer *body, struct assay_error *err)
{
	struct assay_buffer info = { .ptr = NULL };
	const struct assay_policy_entry *entry;
	bool ok = false;

	if (!read_body(call->http->body, &info, err)) {
		assay_buffer_free(&info);
		return false;
	}
	entry = assay_policies_get(service->policies,
	    assay_type_find("AzureGuest"));
	if (entry->policy != NULL)
		ok = judge(service, call, assay_buffer_bytes(&info), entry,
		    body, err);
	else if (entry->broken.code != ASSAY_ERR_OK)
		*err = entry->broken;
	else
		assay_fail(err, ASSAY_ERR_POLICY_NOT_SET,
		    "no policy is set for AzureGuest: set one with PUT "
		    "/policies/AzureGuest");
	assay_policy_entry_release(service->policies, entry);
	assay_buffer_free(&info);
	return ok;
}
