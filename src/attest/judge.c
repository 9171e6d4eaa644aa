/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "attest/judge.h"
#include "base/mem.h"

#define SECONDS_PER_MINUTE	60
#define MAX_VALIDITY_MINUTES	525600		/* a year */

void
assay_attest_result_free(struct assay_attest_result *r)
{
	if (r == NULL)
		return;
	assay_claims_free(r->claims);
	assay_policy_result_free(&r->policy);
	free(r->token_claims);
	free(r->reply_key);
	for (size_t i = 0; i < r->n_advisories; i++)
		free(r->advisories[i]);
	free(r->advisories);
	free(r->checks_passed);
	if (r->release != NULL)
		r->release(r->held);
	*r = (struct assay_attest_result){ 0 };
}

/* ---- policy ------------------------------------------------------------ */

static bool
set_lifetime(struct assay_attest_result *r, struct assay_error *err)
{
	struct assay_claim claim;

	if (!assay_claims_find(r->policy.properties,
	    "report_validity_in_minutes", &claim))
		return true;
	if (claim.value_type != ASSAY_VALUE_INTEGER || claim.integer < 1 ||
	    claim.integer > MAX_VALIDITY_MINUTES)
		return assay_fail(err, ASSAY_ERR_POLICY_RUNTIME_ERROR,
		    "report_validity_in_minutes is not an integer from 1 to "
		    "%d", MAX_VALIDITY_MINUTES);
	r->token_lifetime = claim.integer * SECONDS_PER_MINUTE;
	return true;
}

static bool
set_x5c(struct assay_attest_result *r, struct assay_error *err)
{
	struct assay_claim claim;

	if (!assay_claims_find(r->policy.properties, "omit_x5c", &claim))
		return true;
	if (claim.value_type != ASSAY_VALUE_BOOLEAN)
		return assay_fail(err, ASSAY_ERR_POLICY_RUNTIME_ERROR,
		    "omit_x5c is not a boolean");
	r->omit_x5c = claim.boolean;
	return true;
}

bool
assay_judge_policy(const struct assay_policy *policy, bool trace,
    struct assay_attest_result *r, struct assay_error *err)
{
	const struct assay_policy_options opt = { .trace = trace };

	if (policy == NULL)
		return true;
	if (!assay_policy_evaluate(policy, r->claims, &opt, &r->policy, err))
		return false;
	return r->policy.properties == NULL ||
	    (set_lifetime(r, err) && set_x5c(r, err));
}

/* ---- verdict ----------------------------------------------------------- */

bool
assay_judge_complete(const struct assay_checks *checks,
    const enum assay_check_id *wanted, size_t n, struct assay_error *err)
{
	enum assay_check_id missing = assay_checks_missing(checks, wanted, n);

	if (missing != ASSAY_CHECK_COUNT || checks->any_failed)
		return assay_fail(err, ASSAY_ERR_CHECKS_INCOMPLETE,
		    "check %s was not made, or a check failed unnoticed",
		    assay_check_name(missing));
	return true;
}

bool
assay_judge_report(const struct assay_checks *checks,
    struct assay_attest_result *r, struct assay_error *err)
{
	if (checks->any_failed)
		r->check_failed = assay_check_name(checks->failed);
	if ((r->checks_passed = assay_alloc(ASSAY_CHECK_COUNT,
	    sizeof(*r->checks_passed))) == NULL)
		return assay_fail_memory(err, "checks");
	for (int i = 0; i < ASSAY_CHECK_COUNT; i++)
		if (assay_checks_has(checks, (enum assay_check_id)i) &&
		    !(checks->any_failed && checks->failed ==
		    (enum assay_check_id)i))
			r->checks_passed[r->n_checks_passed++] =
			    assay_check_name((enum assay_check_id)i);
	return true;
}

static enum assay_verdict
verdict_of(enum assay_code code)
{
	switch (assay_code_class(code)) {
	case ASSAY_CLASS_MALFORMED:
	case ASSAY_CLASS_REJECTED:
		return ASSAY_REJECT;
	case ASSAY_CLASS_OK:		/* a failure without a reason */
	case ASSAY_CLASS_UNAVAILABLE:
	case ASSAY_CLASS_INTERNAL:
		break;
	}
	return ASSAY_UNDECIDED;
}

void
assay_judge_settle(bool ok, const struct assay_error *err,
    struct assay_attest_result *r)
{
	if (ok) {
		r->verdict = ASSAY_ACCEPT;
		return;
	}
	r->verdict = verdict_of(err->code);
	r->error = *err;
	free(r->token_claims);
	r->token_claims = NULL;
	free(r->reply_key);
	r->reply_key = NULL;
	r->reply_key_len = 0;
}
