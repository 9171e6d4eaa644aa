/* SPDX-License-Identifier: Apache-2.0 */
/* GET and PUT /policies/{type}, POST /policies/{type}:reset. */
#include "app/clock.h"
#include "base/limits.h"
#include "service/baseline_data.h"
#include "service/policies.h"
#include "service/token_out.h"

static bool
answer(struct assay_service *service, json_t *claims,
    struct assay_buffer *body, struct assay_error *err)
{
	bool ok;

	if (claims == NULL)
		return assay_fail_memory(err, "answer");
	ok = assay_token_out(service, claims, ASSAY_TOKEN_LIFETIME_POLICY,
	    ASSAY_TOKEN_SIGNED, body, err);
	json_decref(claims);
	return ok;
}

bool
assay_api_policy_get(struct assay_service *service, struct assay_call *call,
    struct assay_buffer *body, struct assay_error *err)
{
	const struct assay_policy_entry *entry =
	    assay_policies_get(service->policies, call->type);
	json_t *claims = json_pack("{s:s%}", "x-ms-policy",
	    (const char *)entry->jws.ptr, entry->jws.len);

	assay_policy_entry_release(service->policies, entry);
	return answer(service, claims, body, err);
}

static struct assay_store_change
change_of(const struct assay_call *call)
{
	return (struct assay_store_change){ .now = assay_clock_now(),
	    .actor = call->http->peer,
	    .request_id = call->http->request_id };
}

/* api.md section 6: the results of an update and of a removal. */
static json_t *
updated_claims(struct assay_bytes jws, json_t *signer,
    struct assay_error *err)
{
	char hash[ASSAY_POLICY_TOKEN_HASH_TEXT];

	if (!assay_policy_token_hash(jws, hash, err))
		return NULL;
	if (signer == NULL)
		return json_pack("{s:s, s:s}", "x-ms-policy-result",
		    "Updated", "x-ms-policy-token-hash", hash);
	return json_pack("{s:s, s:s, s:O}", "x-ms-policy-result", "Updated",
	    "x-ms-policy-token-hash", hash, "x-ms-policy-signer", signer);
}

/* In force, but no attestation can be judged by it as things are. */
static json_t *
with_warning(struct assay_service *service, const struct assay_type *type,
    json_t *claims)
{
	struct assay_error why = { 0 };

	if (claims != NULL && !assay_baseline_of_policy(service, type, &why))
		(void)json_object_set_new(claims, "x-assay-warning",
		    json_string(why.text));
	return claims;
}

bool
assay_api_policy_set(struct assay_service *service, struct assay_call *call,
    struct assay_buffer *body, struct assay_error *err)
{
	struct assay_store_change change = change_of(call);
	struct assay_policy_done done = { 0 };
	struct assay_bytes jws = call->http->body;
	bool ok;

	assay_call_log(call, assay_log_str("change", "set"));
	ok = assay_policies_set(service->policies, call->type, jws,
	    ASSAY_POLICY_BODY_TEXT, &change, &done, err) &&
	    answer(service, with_warning(service, call->type,
	    updated_claims(jws, done.signer, err)), body, err);
	call->details = json_incref(done.details);
	assay_policy_done_free(&done);
	return ok;
}

bool
assay_api_policy_reset(struct assay_service *service,
    struct assay_call *call, struct assay_buffer *body,
    struct assay_error *err)
{
	struct assay_store_change change = change_of(call);
	struct assay_policy_done done = { 0 };
	bool ok;

	assay_call_log(call, assay_log_str("change", "reset"));
	ok = assay_policies_set(service->policies, call->type,
	    call->http->body, ASSAY_POLICY_BODY_EMPTY, &change, &done, err) &&
	    answer(service, json_pack("{s:s}", "x-ms-policy-result",
	    "Removed"), body, err);
	assay_policy_done_free(&done);
	return ok;
}
