/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records what a policy did, while it does it. Recording never fails an
 * evaluation: when its memory is used up it stops and says so.
 */
#ifndef ASSAY_POLICY_TRACE_H
#define ASSAY_POLICY_TRACE_H

#include <assay/policy.h>

#include "policy/ast.h"

struct assay_eval;

/* NULL when out of memory. */
struct assay_policy_trace *assay_trace_new(void);
void assay_trace_free(struct assay_policy_trace *t);

/* In this order, for each rule that is run. */
void assay_trace_rule(struct assay_policy_trace *t,
    const struct assay_eval *ev);
void assay_trace_condition(struct assay_policy_trace *t,
    const struct assay_eval *ev, const struct assay_condition *cond);
/* A claim that the current condition looked at and did not select. */
void assay_trace_miss(struct assay_policy_trace *t, struct assay_eval *ev,
    uint32_t fact, const struct assay_test *failed);
void assay_trace_selected(struct assay_policy_trace *t, struct assay_eval *ev,
    const struct assay_condition *cond, bool held);
void assay_trace_action(struct assay_policy_trace *t,
    const struct assay_eval *ev);
/* The action met this claim; false: it was in its sets already. */
void assay_trace_put(struct assay_policy_trace *t, struct assay_eval *ev,
    uint32_t fact, bool changed);
void assay_trace_failed(struct assay_policy_trace *t,
    const struct assay_error *err);

/* The last rule denied. */
void assay_trace_denied(struct assay_policy_trace *t);
/*
 * The evaluation ended without a permit: find the rule and condition that
 * decided it, and say so in a sentence, which the trace
 * owns.
 */
void assay_trace_decide(struct assay_policy_trace *t, const char **reason);

#endif
