/* SPDX-License-Identifier: Apache-2.0 */
/* Policies and claims from files, and what comes of them. */
#ifndef ASSAY_CLI_POLICY_RUN_H
#define ASSAY_CLI_POLICY_RUN_H

#include <assay/policy.h>

#include "cli/output.h"

/*
 * Compile a policy file ("-": standard input). diag may be NULL.
 * POLICY_PARSING_ERROR, or what cli_read() says. assay_policy_free().
 */
ASSAY_MUST_USE bool cli_policy_load(const char *path,
    struct assay_policy **out, struct assay_diagnostics *diag,
    struct assay_error *err);

/*
 * Claims from a file, assay_claims_free(). Either an array of
 * {"type","value","issuer"?}, or an object whose member "claims" is such an
 * array or maps types to values, as `assay appraise --json` prints it; there
 * an array is several claims of one type. Without an issuer a claim is the
 * service's. A value that is an object (or, in the first form, an array) is
 * JSON text to the policy.
 */
ASSAY_MUST_USE bool cli_policy_claims(const char *path,
    struct assay_claims **out, struct assay_error *err);

enum cli_policy_verdict {
	CLI_POLICY_ERROR = 0,	/* so that a zeroed outcome permits nothing */
	CLI_POLICY_DENY,
	CLI_POLICY_PERMIT,
};
/* "permit", "deny" or "error"; static. */
const char *cli_policy_verdict_name(enum cli_policy_verdict verdict);
/* 0 for permit, 1 for deny, 3 for error. */
enum cli_exit cli_policy_exit(enum cli_policy_verdict verdict);

/* What a policy made of claims. Zero it before use. */
struct cli_policy_outcome {
	enum cli_policy_verdict	 verdict;
	struct assay_error	 error;		/* why not; OK for permit */
	json_t			*claims;	/* {type: value}: issued */
	json_t			*properties;	/* {type: value} */
	struct assay_policy_trace *trace;	/* if it was asked for */
	struct assay_policy_result result;	/* owns trace */
};

/*
 * Run configurationrules, then the rest. False only when the outcome could
 * not be written down; a policy that fails is an outcome.
 */
ASSAY_MUST_USE bool cli_policy_run(const struct assay_policy *policy,
    struct assay_claims *claims, bool trace, struct cli_policy_outcome *out,
    struct assay_error *err);
void cli_policy_outcome_free(struct cli_policy_outcome *outcome);

/*
 * {"verdict","code","reason","claims","properties"}; a new reference, NULL
 * when out of memory.
 */
json_t *cli_policy_outcome_json(const struct cli_policy_outcome *outcome);

#endif
