/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recorded evidence under a policy: the whole pipeline of the service over
 * the files of a folder, to learn what a policy makes of them.
 *
 *	NAME.json		the body of a request as a client sent it, or a
 *				recording {"request":{"body": ...}} of one
 *	NAME.bin, NAME.quote	raw evidence of SGX: a quote, or a report of
 *				Open Enclave, told apart by its header
 *	NAME.jws		the request of a TPM client, with its challenge
 *				(base64url) beside it in NAME.challenge
 *	NAME.runtime		beside raw evidence: what it binds, Binary
 *	NAME.runtime.json	the same, JSON
 */
#ifndef ASSAY_CLI_POLICY_EVIDENCE_H
#define ASSAY_CLI_POLICY_EVIDENCE_H

#include "cli/policy_run.h"

struct cli_evidence_options {
	const char		*at;
	struct cli_list		 collateral, trust_anchor;
	bool			 accept_expired;
};

/* Collateral, trust anchors and time; free with cli_evidence_free(). */
struct cli_evidence;
ASSAY_MUST_USE bool cli_evidence_open(const struct cli_evidence_options *opt,
    struct cli_evidence **out, struct assay_error *err);
void cli_evidence_free(struct cli_evidence *e);		/* or NULL */

/* Is it a file of evidence, by its name? */
bool cli_evidence_is(const char *name);

/* Two policies over one piece of evidence. */
struct cli_evidence_outcomes {
	struct cli_policy_outcome	before, after;
	/* Neither policy was asked, and why: in before.error. */
	bool				unjudged;
};
/*
 * Read and judge; free the outcomes one by one. False for a file that cannot
 * be read as evidence; evidence that is refused is an outcome.
 */
ASSAY_MUST_USE bool cli_evidence_compare(struct cli_evidence *e,
    const char *path, const struct assay_policy *before,
    const struct assay_policy *after, struct cli_evidence_outcomes *out,
    struct assay_error *err);

#endif
