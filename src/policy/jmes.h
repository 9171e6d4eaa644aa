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
	size_t	steps;		/* nodes visited, elements produced, text read
				   (a step for 64 bytes) */
	size_t	bytes;		/* text and containers made */
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

/* "invalid-type", as the suite spells it; never NULL, static. */
const char *assay_jmes_error_name(enum assay_jmes_error kind);

/*
 * POLICY_RUNTIME_ERROR, POLICY_LIMIT or NO_MEMORY with the offset in the
 * expression, what was found and what was expected; kind (may be NULL) tells
 * which. Whatever can be known without input is refused here: syntax, names
 * and arity of functions, a slice with step 0. Free with assay_jmes_free().
 */
ASSAY_MUST_USE bool assay_jmes_compile(struct assay_bytes expression,
    struct assay_jmes **out, enum assay_jmes_error *kind,
    struct assay_error *err);
/* Accepts NULL. */
void assay_jmes_free(struct assay_jmes *e);

/*
 * A new reference; NULL on error, as above. The input stays unchanged. The
 * result shares values with the input, with the expression and with itself,
 * so it must not be changed, and its text can be longer than the memory that
 * it takes: write it to a bounded buffer. It nests at most ASSAY_MAX_DEPTH
 * deeper than the input.
 */
ASSAY_MUST_USE json_t *assay_jmes_search(const struct assay_jmes *e,
    json_t *input, struct assay_jmes_budget *budget,
    enum assay_jmes_error *kind, struct assay_error *err);

#endif
