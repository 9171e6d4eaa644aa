/* SPDX-License-Identifier: Apache-2.0 */
/* One evaluation of a JMESPath expression: what it may spend, where it is. */
#ifndef ASSAY_POLICY_JMES_EVAL_H
#define ASSAY_POLICY_JMES_EVAL_H

#include "policy/jmes_ast.h"

struct jmes_eval {
	struct jmes_report		*report;
	struct assay_jmes_budget	*budget;
	size_t				 frames;	/* expressions open */
	const struct jmes_node		*at;		/* for errors */
};

/*
 * Evaluate a chain. A new reference; NULL after recording an error, which
 * every function below does too.
 */
json_t *assay_jmes_run(struct jmes_eval *ev, const struct jmes_node *chain,
    json_t *value);

/* Take from the budget; ASSAY_JMES_LIMIT when it does not suffice. */
ASSAY_MUST_USE bool assay_jmes_spend(struct jmes_eval *ev, size_t steps,
    size_t bytes);
/* The steps that reading n bytes of text costs. */
#define JMES_TEXT_STEPS(n) ((n) / 64 + 1)

/* At the node under evaluation; returns NULL. */
json_t *assay_jmes_error(struct jmes_eval *ev, enum assay_jmes_error kind,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
json_t *assay_jmes_no_memory(struct jmes_eval *ev);

/* Containers under construction; false after recording an error. */
json_t *assay_jmes_array(struct jmes_eval *ev);
ASSAY_MUST_USE bool assay_jmes_append(struct jmes_eval *ev, json_t *array,
    json_t *value);
json_t *assay_jmes_object(struct jmes_eval *ev);
ASSAY_MUST_USE bool assay_jmes_set(struct jmes_eval *ev, json_t *object,
    const char *name, json_t *value);
json_t *assay_jmes_string(struct jmes_eval *ev, struct assay_bytes text);
json_t *assay_jmes_integer(struct jmes_eval *ev, int64_t value);
/* ASSAY_JMES_INVALID_VALUE if it is not finite. */
json_t *assay_jmes_real(struct jmes_eval *ev, double value);

#endif
