/* SPDX-License-Identifier: Apache-2.0 */
/* GET /certificates, POST /certificates:add and :remove. */
#include <string.h>

#include "app/clock.h"
#include "base/limits.h"
#include "json/json.h"
#include "service/policies.h"
#include "service/token_out.h"

bool
assay_api_certificates_get(struct assay_service *service,
    struct assay_call *call, struct assay_buffer *body,
    struct assay_error *err)
{
	json_t *keys = assay_policies_signers(service->policies, err);
	json_t *claims;
	bool ok;

	(void)call;
	if (keys == NULL)
		return false;
	claims = json_pack("{s:{s:o}}", "x-ms-policy-certificates", "keys",
	    keys);
	if (claims == NULL)
		return assay_fail_memory(err, "answer");
	ok = assay_token_out(service, claims, ASSAY_TOKEN_LIFETIME_POLICY,
	    ASSAY_TOKEN_SIGNED, body, err);
	json_decref(claims);
	return ok;
}

/* The body is a JSON string that holds the JWS (api.md section 6). */
static bool
change_signer(struct assay_service *service, struct assay_call *call,
    bool add, struct assay_policy_done *done, struct assay_error *err)
{
	struct assay_store_change change = { .now = assay_clock_now(),
		.actor = call->http->peer,
		.request_id = call->http->request_id };
	json_t *text = assay_json_parse(call->http->body, NULL, err);
	bool ok;

	if (text == NULL)
		return assay_fail_in(err, "request");
	if (!json_is_string(text)) {
		json_decref(text);
		return assay_fail(err, ASSAY_ERR_JSON_TYPE,
		    "request is not a JSON string that holds a JWS");
	}
	ok = assay_policies_change_signer(service->policies,
	    assay_bytes_of(json_string_value(text)), add, &change, done,
	    err);
	json_decref(text);
	return ok;
}

static bool
change_and_answer(struct assay_service *service, struct assay_call *call,
    bool add, struct assay_buffer *body, struct assay_error *err)
{
	struct assay_policy_done done = { 0 };
	json_t *claims = NULL;
	bool ok;

	assay_call_log(call, assay_log_str("change", add ? "add" :
	    "remove"));
	ok = change_signer(service, call, add, &done, err);
	if (ok)
		assay_call_log_copy(call, "thumbprint", done.thumbprint);
	if (ok && (claims = json_pack("{s:s, s:s}",
	    "x-ms-certificate-thumbprint", done.thumbprint,
	    "x-ms-policycertificates-result", add ? "IsPresent" :
	    "IsAbsent")) == NULL)
		ok = assay_fail_memory(err, "answer");
	ok = ok && assay_token_out(service, claims,
	    ASSAY_TOKEN_LIFETIME_POLICY, ASSAY_TOKEN_SIGNED, body, err);
	json_decref(claims);
	assay_policy_done_free(&done);
	return ok;
}

bool
assay_api_certificates_add(struct assay_service *service,
    struct assay_call *call, struct assay_buffer *body,
    struct assay_error *err)
{
	return change_and_answer(service, call, true, body, err);
}

bool
assay_api_certificates_remove(struct assay_service *service,
    struct assay_call *call, struct assay_buffer *body,
    struct assay_error *err)
{
	return change_and_answer(service, call, false, body, err);
}
