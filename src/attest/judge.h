/* SPDX-License-Identifier: Apache-2.0 */
/* What every pipeline does at its end: policy, completeness, verdict. */
#ifndef ASSAY_ATTEST_JUDGE_H
#define ASSAY_ATTEST_JUDGE_H

#include <assay/attest.h>

#include "base/check.h"

/*
 * Authorization and issuance over r->claims, with the properties that concern
 * the token. A policy of NULL permits. Errors of assay_policy_evaluate();
 * POLICY_RUNTIME_ERROR for a property of a wrong type.
 */
ASSAY_MUST_USE bool assay_judge_policy(const struct assay_policy *policy,
    bool trace, struct assay_attest_result *r, struct assay_error *err);
/*
 * Nothing is accepted before everything was looked at: CHECKS_INCOMPLETE if
 * the set lacks one of wanted[0..n), or if a check failed unnoticed.
 */
ASSAY_MUST_USE bool assay_judge_complete(const struct assay_checks *checks,
    const enum assay_check_id *wanted, size_t n, struct assay_error *err);
/* Names of the checks made, and of the first that failed. */
ASSAY_MUST_USE bool assay_judge_report(const struct assay_checks *checks,
    struct assay_attest_result *r, struct assay_error *err);
/* The verdict: accept if ok, else what the class of err says. */
void assay_judge_settle(bool ok, const struct assay_error *err,
    struct assay_attest_result *r);

#endif
