/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JMESPath (jmespath.org specification, complete) with the function
 * equals_ignore_case(a, b) that Azure Attestation adds. Inside policy/ only.
 */
#ifndef ASSAY_POLICY_JMES_H
#define ASSAY_POLICY_JMES_H

#include <jansson.h>

#include <assay/error.h>

/* A compiled expression: immutable, shareable between threads. */
struct assay_jmes;

/*
 * What one evaluation may use, shared with the policy that runs it: counted
 * down, never reset here.
 */
struct assay_jmes_budget {
	size_t	steps;		/* nodes visited and elements produced */
	size_t	bytes;		/* text made */
};

/* The kinds of error that the compliance suite distinguishes. */
enum assay_jmes_error {
	ASSAY_JMES_OK,
	ASSAY_JMES_SYNTAX,
	ASSAY_JMES_INVALID_TYPE,
	ASSAY_JMES_INVALID_VALUE,
	ASSAY_JMES_INVALID_ARITY,
	ASSAY_JMES_UNKNOWN_FUNCTION,
	ASSAY_JMES_LIMIT,
	ASSAY_JMES_MEMORY,
};

/*
 * POLICY_RUNTIME_ERROR with the offset in the expression, what was found and
 * what was expected; kind (may be NULL) tells which. Free with
 * assay_jmes_free().
 */
ASSAY_MUST_USE bool assay_jmes_compile(struct assay_bytes expression,
    struct assay_jmes **out, enum assay_jmes_error *kind,
    struct assay_error *err);
void assay_jmes_free(struct assay_jmes *e);

/* A new reference; NULL on error (POLICY_RUNTIME_ERROR or POLICY_LIMIT). */
ASSAY_MUST_USE json_t *assay_jmes_search(const struct assay_jmes *e,
    json_t *input, struct assay_jmes_budget *budget,
    enum assay_jmes_error *kind, struct assay_error *err);

#endif
