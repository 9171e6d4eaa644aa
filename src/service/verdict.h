/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a verdict: a log line, an explanation, or claims. */
#ifndef ASSAY_SERVICE_VERDICT_H
#define ASSAY_SERVICE_VERDICT_H

#include <jansson.h>

#include "service/policies.h"

/* The record of the decision, in the request's log line. */
void assay_verdict_log(struct assay_call *call,
    const struct assay_attest_result *r, bool draft);
/*
 * Members for innererror: a new reference, NULL when out of memory. What
 * cannot be added for want of memory is left out.
 */
json_t *assay_verdict_explain(const struct assay_attest_result *r);
/*
 * The claims of the token for an accept, with jti (of so many random bytes),
 * x-ms-policy-signer and x-assay-test-anchor: a new reference. entry NULL:
 * the policy was a draft.
 */
ASSAY_MUST_USE bool assay_verdict_claims(struct assay_call *call,
    const struct assay_attest_result *r,
    const struct assay_policy_entry *entry, size_t jti_bytes, json_t **out,
    struct assay_error *err);

#endif
