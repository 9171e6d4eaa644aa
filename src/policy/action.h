/* SPDX-License-Identifier: Apache-2.0 */
/* The action of a rule. */
#ifndef ASSAY_POLICY_ACTION_H
#define ASSAY_POLICY_ACTION_H

#include "policy/eval.h"

/* Do what ev->rule says; its conditions hold. Errors as the evaluation. */
ASSAY_MUST_USE bool assay_action_run(struct assay_eval *ev,
    struct assay_error *err);

#endif
