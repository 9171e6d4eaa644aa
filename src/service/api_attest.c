/* SPDX-License-Identifier: Apache-2.0 */
/* POST /attest/{type}: a request to a verdict, a verdict to a token. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "app/clock.h"
#include "attest/baseline.h"
#include "base/limits.h"
#include "base/text.h"
#include "json/json.h"
#include "service/attest_body.h"
#include "service/baseline_data.h"
#include "service/policies.h"
#include "service/token_out.h"
#include "service/verdict.h"

#define JTI_BYTES	32	/* 64 hex digits (api.md section 4) */

/* ---- token ---------------------------------------------------------------------- */

/* entry NULL: a draft, whose token proves nothing and must say so. */
static bool
make_token(struct assay_service *service, struct assay_call *call,
    const struct assay_attest_result *r,
    const struct assay_policy_entry *entry, struct assay_buffer *body,
    struct assay_error *err)
{
	json_t *claims;
	int64_t lifetime = r->token_lifetime != 0 ? r->token_lifetime :
	    ASSAY_TOKEN_LIFETIME_ATTEST;
	enum assay_token_seal seal = entry == NULL ? ASSAY_TOKEN_UNSECURED :
	    ASSAY_TOKEN_SIGNED;
	bool ok = false;

	if (!assay_verdict_claims(call, r, entry, JTI_BYTES, &claims, err))
		return false;
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

/*
 * Anybody may send a draft: the numbers that it thinks of are looked for among
 * what is held, and no source is bothered with them.
 */
static bool
names_number(const struct assay_policy *draft)
{
	char name[ASSAY_BASELINE_NAME];
	struct assay_error ignored = { 0 };
	uint32_t number;

	return assay_baseline_name(draft, name, &ignored) &&
	    assay_baseline_is_number(name, &number);
}

static void
attest_now(struct assay_service *service,
    const struct assay_attest_request *request,
    struct assay_attest_context *ctx, struct assay_attest_result *result)
{
	struct assay_blocks_held *held;

	assay_attest_result_free(result);
	ctx->now = assay_clock_now();
	held = assay_blocks_hold(service->blocks, &ctx->blocked);
	(void)assay_attest(request, ctx, result);
	ctx->blocked = (struct assay_block_list){ NULL, 0 };
	assay_blocks_release(service->blocks, held);
}

/*
 * A request that lacks collateral waits for it and is judged anew: what has
 * come may be younger than the request, and so may be a block.
 */
static void
attest(struct assay_service *service,
    const struct assay_attest_request *request,
    struct assay_attest_context *ctx, bool may_fetch,
    struct assay_attest_result *result)
{
	struct assay_error why = { ASSAY_ERR_OK, "" }, found;
	bool waited;

	attest_now(service, request, ctx, result);
	if (result->verdict != ASSAY_UNDECIDED || !result->has_wanted)
		return;
	waited = may_fetch && assay_collateral_feed_wait(service->feed,
	    &result->wanted, &why);
	/* Others may have waited, and time have passed meanwhile. */
	if (!waited && ctx->now >= assay_clock_now())
		return;
	attest_now(service, request, ctx, result);
	found = result->error;
	if (result->verdict == ASSAY_UNDECIDED && why.code != ASSAY_ERR_OK)
		(void)assay_fail(&result->error, found.code, "%s; %s",
		    found.text, why.text);
}

static bool
judge(struct assay_service *service, struct assay_call *call,
    const struct assay_attest_body *b, struct assay_policy *policy,
    const struct assay_policy_entry *entry, struct assay_buffer *body,
    struct assay_error *err)
{
	struct assay_baselines *rules = assay_baseline_rules(service);
	const bool may_fetch = service->feed != NULL &&
	    (entry != NULL || !names_number(policy));
	struct assay_attest_context ctx = {
		.verifier = service->verifier,
		.collateral = &service->collateral_source,
		.baseline = rules->by_default,
		.baselines = rules->named,
		.n_baselines = rules->n,
		.policy = policy,
		.trace = entry == NULL || service->config->trace_policy,
	};
	struct assay_attest_result result = { 0 };
	bool ok = false;

	attest(service, &b->request, &ctx, may_fetch, &result);
	assay_verdict_log(call, &result, entry == NULL);
	if (result.verdict == ASSAY_ACCEPT) {
		ok = make_token(service, call, &result, entry, body, err);
	} else {
		*err = result.error;
		if (err->code == ASSAY_ERR_OK)
			assay_fail(err, ASSAY_ERR_INTERNAL,
			    "no verdict and no reason");
		call->details = assay_verdict_explain(&result);
	}
	assay_attest_result_free(&result);
	assay_baselines_free(rules);
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
	assay_policy_limit(policy, ASSAY_MAX_DRAFT_STEPS);
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
