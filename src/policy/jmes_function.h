/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions of JMESPath: one table, which the parser asks for names and
 * arity, and the evaluator for types and code.
 */
#ifndef ASSAY_POLICY_JMES_FUNCTION_H
#define ASSAY_POLICY_JMES_FUNCTION_H

#include "policy/jmes_eval.h"

/* What a parameter accepts. */
enum {
	JMES_P_NULL	 = 1 << 0,
	JMES_P_BOOLEAN	 = 1 << 1,
	JMES_P_NUMBER	 = 1 << 2,
	JMES_P_STRING	 = 1 << 3,
	JMES_P_ARRAY	 = 1 << 4,
	JMES_P_OBJECT	 = 1 << 5,
	JMES_P_NUMBERS	 = 1 << 6,	/* array[number] */
	JMES_P_STRINGS	 = 1 << 7,	/* array[string] */
	JMES_P_REFERENCE = 1 << 8,	/* &expression */
	JMES_P_ANY	 = (1 << 6) - 1,
};

#define JMES_ARGS_ANY SIZE_MAX

/* An argument: a value, or the expression of a reference. Borrowed. */
struct jmes_argument {
	json_t			*value;
	const struct jmes_node	*reference;
};

/* How deep a result can nest, compared with the arguments. */
enum jmes_growth {
	JMES_GROWS_NOT,		/* a scalar */
	JMES_GROWS_AS_ARGUMENTS,
	JMES_GROWS_BY_ONE,
};

struct jmes_function {
	const char		*name;
	size_t			 min, max;	/* arguments */
	/* Masks of JMES_P_; what is beyond max of two is as the last. */
	unsigned int		 parameters[2];
	enum jmes_growth	 growth;
	/* A new reference, or NULL after recording an error. */
	json_t			*(*call)(struct jmes_eval *ev,
				    const struct jmes_argument *args,
				    size_t n);
};

/* NULL if there is none. */
const struct jmes_function *assay_jmes_function(struct assay_bytes name);
/* The mask of the parameter at index. */
unsigned int assay_jmes_parameter(const struct jmes_function *function,
    size_t index);

#endif
