/* SPDX-License-Identifier: Apache-2.0 */
/* POST /attest/Tpm: init to challenge, request to report. */
#include <stdlib.h>

#include "app/clock.h"
#include "base/limits.h"
#include "service/token_out.h"
#include "service/tpm_envelope.h"
#include "service/tpm_service.h"
#include "service/verdict.h"

#define JTI_BYTES	20	/* 40 hex digits (tpm.md section 5) */

/* ---- policy ---------------------------------------------------------------- */

/*
 * The policy in force; release *entry in any case. There is no default: a
 * client hears of that with its first message, as from Azure Attestation.
 */
static bool
get_policy(struct assay_service *service,
    const struct assay_policy_entry **entry, struct assay_error *err)
{
	*entry = assay_policies_get(service->policies,
	    assay_type_find("Tpm"));
	if ((*entry)->policy != NULL)
		return true;
	if ((*entry)->broken.code != ASSAY_ERR_OK) {
		*err = (*entry)->broken;
		return false;
	}
	return assay_fail(err, ASSAY_ERR_POLICY_NOT_SET,
	    "a TPM attestation policy has not been set on this service, and "
	    "there is no default: set one with PUT /policies/Tpm or \"assay "
	    "policy set Tpm FILE\"");
}

/* ---- init -------------------------------------------------------------------- */

static bool
serve_init(struct assay_service *service, const struct assay_tpm_envelope *m,
    struct assay_buffer *body, struct assay_error *err)
{
	struct assay_buffer sealed = assay_buffer(ASSAY_SERVICE_CONTEXT_MAX);
	struct assay_tpm_service *tpm = service->tpm;
	struct assay_service_context context;
	bool ok;

	ok = assay_service_context_new(assay_clock_now_ms(), tpm->lifetime,
	    &context, err) &&
	    assay_service_context_seal(&tpm->key, &context, &sealed, err) &&
	    assay_tpm_envelope_challenge(m->enveloped,
	    (struct assay_bytes){ context.challenge,
	    sizeof(context.challenge) }, assay_buffer_bytes(&sealed), body,
	    err);
	assay_buffer_free(&sealed);
	return ok;
}

/* ---- request ------------------------------------------------------------------ */

/* One request on its way. */
struct report {
	struct assay_service			*service;
	struct assay_call			*call;
	const struct assay_tpm_envelope		*message;
	const struct assay_policy_entry		*entry;
	struct assay_service_context		 context;
};

/* Ours, in its time, not used: before anything dear is done. */
static bool
open_context(struct report *r, struct assay_error *err)
{
	struct assay_tpm_service *tpm = r->service->tpm;
	char *sealed = NULL;
	size_t len = 0;
	bool ok;

	ok = assay_tpm_service_context(r->message->jws, &sealed, &len, err) &&
	    assay_service_context_open(&tpm->key,
	    (struct assay_bytes){ (const uint8_t *)sealed, len },
	    &r->context, err) &&
	    assay_challenges_check(tpm->challenges, &r->context,
	    assay_clock_now_ms(), err);
	free(sealed);
	return ok;
}

static bool
make_report(struct report *r, const struct assay_attest_result *result,
    struct assay_buffer *body, struct assay_error *err)
{
	struct assay_buffer token = assay_buffer(ASSAY_MAX_JSON_TEXT);
	int64_t lifetime = result->token_lifetime != 0 ?
	    result->token_lifetime : ASSAY_TOKEN_LIFETIME_REPORT;
	json_t *claims;
	bool ok;

	if (!assay_verdict_claims(r->call, result, r->entry, JTI_BYTES,
	    &claims, err))
		return false;
	ok = assay_token_report(r->service, claims, lifetime,
	    result->omit_x5c, &token, err) &&
	    assay_tpm_envelope_report(r->message->enveloped,
	    assay_buffer_bytes(&token), body, err);
	json_decref(claims);
	assay_buffer_free(&token);
	return ok;
}

/*
 * The challenge is used up by the first accepted request and by nothing
 * else: whoever saw a context cannot spoil it without a quote over it, and a
 * request that a policy refused can be mended. Taken before the report is
 * made, so that of two requests at the same time one gets a report.
 */
static bool
settle(struct report *r, const struct assay_attest_result *result,
    struct assay_buffer *body, struct assay_error *err)
{
	if (result->verdict == ASSAY_ACCEPT)
		return assay_challenges_use(r->service->tpm->challenges,
		    &r->context, assay_clock_now_ms(), err) &&
		    make_report(r, result, body, err);
	*err = result->error;
	if (err->code == ASSAY_ERR_OK)
		assay_fail(err, ASSAY_ERR_INTERNAL,
		    "no verdict and no reason");
	r->call->details = assay_verdict_explain(result);
	return false;
}

static bool
serve_request(struct report *r, struct assay_buffer *body,
    struct assay_error *err)
{
	struct assay_tpm_service *tpm = r->service->tpm;
	struct assay_tpm_trust *trust = assay_tpm_trust_get(tpm);
	const struct assay_tpm_request request = {
		.jws = r->message->jws,
		.challenge = { r->context.challenge,
		    sizeof(r->context.challenge) },
	};
	const struct assay_tpm_context ctx = {
		.now = assay_clock_now(),
		.anchors = trust->anchors,
		.settings = tpm->settings,
		.policy = r->entry->policy,
		.trace = r->service->config->trace_policy,
	};
	struct assay_attest_result result = { 0 };
	bool ok = false;

	if (open_context(r, err)) {
		(void)assay_tpm_attest(&request, &ctx, &result);
		assay_verdict_log(r->call, &result, false);
		ok = settle(r, &result, body, err);
		assay_attest_result_free(&result);
	}
	assay_tpm_trust_release(tpm, trust);
	return ok;
}

/* ---- the call ------------------------------------------------------------------ */

bool
assay_api_attest_tpm(struct assay_service *service, struct assay_call *call,
    struct assay_buffer *body, struct assay_error *err)
{
	const struct assay_policy_entry *entry;
	struct assay_tpm_envelope m = { 0 };
	bool ok = false;

	if (!assay_tpm_envelope_read(call->http->body, &m, err)) {
		assay_tpm_envelope_free(&m);
		return false;
	}
	assay_call_log(call, assay_log_str("message",
	    m.kind == ASSAY_TPM_ENVELOPE_INIT ? "init" : "request"));
	if (!get_policy(service, &entry, err))
		goto out;
	if (m.kind == ASSAY_TPM_ENVELOPE_INIT)
		ok = serve_init(service, &m, body, err);
	else
		ok = serve_request(&(struct report){ .service = service,
		    .call = call, .message = &m, .entry = entry }, body, err);
out:
	assay_policy_entry_release(service->policies, entry);
	assay_tpm_envelope_free(&m);
	return ok;
}
