/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be known to be wrong before a policy runs: names, types, versions,
 * places of actions, reserved claims. Resolves names on the way.
 */
#ifndef ASSAY_POLICY_STATIC_CHECK_H
#define ASSAY_POLICY_STATIC_CHECK_H

#include "policy/builtin.h"
#include "policy/program.h"

/* Mistakes go to diag. False only when memory ran out. */
ASSAY_MUST_USE bool assay_policy_check(struct assay_policy *policy,
    struct assay_diagnostics *diag);

/* The type that the expression will have, ANY if only a run can tell. */
enum assay_kind assay_expr_kind_of(const struct assay_expr *e);

#endif
