/* SPDX-License-Identifier: Apache-2.0 */
/* POST /attest/{type}: a request to a verdict, a verdict to a token. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "app/clock.h"
#include "app/ident.h"
#include "base/encode.h"
#include "base/limits.h"
#include "base/text.h"
#include "json/json.h"
#include "service/attest_body.h"
#include "service/policies.h"
#include "service/token_out.h"

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
    const struct assay_attest_body *b, struct assay_policy *policy,
    const struct assay_policy_entry *entry, struct assay_buffer *body,
    struct assay_error *err)
{
	struct assay_attest_context ctx = {
		.now = assay_clock_now(),
		.verifier = service->verifier,
		.collateral = &service->collateral_source,
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
    const struct assay_attest_body *b, struct assay_buffer *body,
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
    const struct assay_attest_body *b, struct assay_buffer *body,
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
	struct assay_attest_body b = { 0 };
	bool ok = false;

	if (call->type->evidence == NULL)
		return assay_fail(err, ASSAY_ERR_INVALID_OPERATION,
		    "attestation of type %s is not supported yet, only "
		    "SgxEnclave and OpenEnclave are", call->type->name);
	if (assay_attest_body_read(call->http->body, call->type->name,
	    assay_route_is_2018(call->route) ? NULL : call->type->evidence,
	    &b, err)) {
		if (b.draft.ptr != NULL)
			ok = judge_by_draft(service, call, &b, body, err);
		else
			ok = judge_by_stored(service, call, &b, body, err);
	}
	assay_attest_body_free(&b);
	return ok;
}
