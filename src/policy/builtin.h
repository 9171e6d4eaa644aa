/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of policy version 1.2 (policy language, section 6). */
#ifndef ASSAY_POLICY_BUILTIN_H
#define ASSAY_POLICY_BUILTIN_H

#include "policy/ast.h"
#include "policy/run.h"

#define ASSAY_BUILTIN_ARGS 2

/* What an argument must be, and what a function yields. */
enum assay_kind {
	ASSAY_KIND_ANY,
	ASSAY_KIND_STRING,
	ASSAY_KIND_INTEGER,
	ASSAY_KIND_BOOLEAN,
};

struct assay_builtin {
	const char	*name;
	size_t		 n_args;
	enum assay_kind	 args[ASSAY_BUILTIN_ARGS];
	enum assay_kind	 result;
	bool		 queries;	/* argument 2 is JMESPath */
	/*
	 * Exactly one of the two. each: called with one value for every
	 * argument, for every combination of the argument sets; appends to
	 * out. sets: called once, with the sets whole; appends to out.
	 */
	bool (*each)(struct assay_run *run, const struct assay_expr *call,
	    const struct assay_value *const args[ASSAY_BUILTIN_ARGS],
	    struct assay_values *out, struct assay_error *err);
	bool (*sets)(struct assay_run *run, const struct assay_expr *call,
	    const struct assay_values args[ASSAY_BUILTIN_ARGS],
	    struct assay_values *out, struct assay_error *err);
};

/* NULL if there is none of this name. */
const struct assay_builtin *assay_builtin_find(struct assay_bytes name);
/* The nearest name, or NULL; static. */
const char *assay_builtin_nearest(struct assay_bytes name);

/*
 * Call with evaluated arguments. POLICY_RUNTIME_ERROR says what the function
 * found and expected; the caller adds the place.
 */
ASSAY_MUST_USE bool assay_builtin_call(struct assay_run *run,
    const struct assay_expr *call,
    const struct assay_values args[ASSAY_BUILTIN_ARGS],
    struct assay_values *out, struct assay_error *err);

enum assay_kind assay_kind_of(enum assay_value_type type);
/* "a string", ...; static. */
const char *assay_kind_name(enum assay_kind kind);

#endif
