/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one evaluation may use: one arena, one budget of steps and bytes.
 * Everything that the evaluator and the functions make goes through here.
 */
#ifndef ASSAY_POLICY_RUN_H
#define ASSAY_POLICY_RUN_H

#include "policy/jmes.h"
#include "policy/value.h"

struct assay_run {
	struct assay_arena		*arena;
	struct assay_jmes_budget	 budget;
	size_t				 max_steps;
	struct assay_document		*documents;	/* to be freed */
};

/* max_steps 0: ASSAY_MAX_POLICY_STEPS, which is also the most. */
ASSAY_MUST_USE bool assay_run_init(struct assay_run *run, size_t max_steps,
    struct assay_error *err);
void assay_run_finish(struct assay_run *run);	/* frees everything made */

/* POLICY_LIMIT when the steps of one evaluation are used up. */
ASSAY_MUST_USE bool assay_run_charge(struct assay_run *run, size_t steps,
    struct assay_error *err);
/* NULL with POLICY_LIMIT or NO_MEMORY. */
void *assay_run_alloc(struct assay_run *run, size_t n, size_t size,
    struct assay_error *err);

ASSAY_MUST_USE bool assay_values_push(struct assay_run *run,
    struct assay_values *values, struct assay_value value,
    struct assay_error *err);

/* A string value whose text is JSON, with its two forms (one may be NULL;
 * takes over the reference of json, also on failure). */
ASSAY_MUST_USE bool assay_run_document(struct assay_run *run, json_t *json,
    struct assay_bytes text, struct assay_value *out, struct assay_error *err);
/* The text of a STRING; writes the document if need be. */
ASSAY_MUST_USE bool assay_run_text(struct assay_run *run,
    const struct assay_value *value, struct assay_bytes *out,
    struct assay_error *err);
/*
 * The JSON of a STRING, borrowed from the run. Errors as assay_json_parse(),
 * and POLICY_LIMIT.
 */
ASSAY_MUST_USE bool assay_run_parse(struct assay_run *run,
    const struct assay_value *value, json_t **out, struct assay_error *err);
/* The same, but POLICY_RUNTIME_ERROR if the text is not JSON. */
ASSAY_MUST_USE bool assay_run_json(struct assay_run *run,
    const struct assay_value *value, json_t **out, struct assay_error *err);

/* Same type and content. */
ASSAY_MUST_USE bool assay_run_equal(struct assay_run *run,
    const struct assay_value *a, const struct assay_value *b, bool *equal,
    struct assay_error *err);

#endif
