/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy may say, and probably does not mean: warnings. */
#ifndef ASSAY_POLICY_LINT_H
#define ASSAY_POLICY_LINT_H

#include <assay/policy.h>

#include "policy/program.h"

/* One pass over the rules in the order in which they run. */
struct assay_lint {
	const struct assay_policy	*policy;
	struct assay_diagnostics	*diag;
	const char			*attestation_type;	/* or NULL */
	unsigned int			 kinds;	/* whose claims may be there */
	enum assay_section_kind		 section;
	const struct assay_rule		*rule;
};

void assay_lint_warn(struct assay_lint *l, struct assay_span span,
    const char *id, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* lint_condition.c: what one condition cannot select. */
void assay_lint_condition(struct assay_lint *l,
    const struct assay_condition *cond);
/* The test of the condition that compares the property with a literal by
 * "==", or NULL. */
const struct assay_test *assay_lint_literal(
    const struct assay_condition *cond, enum assay_property property);
/* Does an earlier rule (any, in a section before; or before l->rule in the
 * same one) add claims of this type? A computed type may be any. */
bool assay_lint_added(const struct assay_lint *l, struct assay_bytes type);

#endif
