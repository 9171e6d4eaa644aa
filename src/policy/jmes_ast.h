/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A JMESPath expression as compiled. It is a chain of steps, each a function
 * from a value to a value: "a.b[0] | c" is FIELD a, FIELD b, INDEX 0, BARRIER,
 * FIELD c. A projection applies the steps behind it, up to its stop, to each
 * element; what the grammar nests to the right ("a[*].b[*].c") thus stays a
 * flat list, which neither parser nor evaluator need recursion for.
 */
#ifndef ASSAY_POLICY_JMES_AST_H
#define ASSAY_POLICY_JMES_AST_H

#include "base/arena.h"
#include "policy/jmes.h"

enum jmes_kind {
	JMES_CURRENT,		/* @ */
	JMES_FIELD,		/* name */
	JMES_INDEX,		/* [0] */
	JMES_LITERAL,		/* `json`, 'raw' */
	JMES_LIST,		/* [a, b] */
	JMES_HASH,		/* {a: b} */
	JMES_OR,		/* a || b || c */
	JMES_AND,		/* a && b && c */
	JMES_NOT,		/* !a */
	JMES_COMPARE,		/* a < b */
	JMES_CALL,		/* f(a, &b) */
	JMES_BARRIER,		/* | or ): ends the projections before it */
	/* Projections. */
	JMES_SLICE,		/* [0:10:2] */
	JMES_ELEMENTS,		/* [*] */
	JMES_VALUES,		/* * */
	JMES_FILTER,		/* [?a] */
	JMES_FLATTEN,		/* [], which ends those before it too */
};

enum jmes_compare {
	JMES_EQ,
	JMES_NE,
	JMES_LT,
	JMES_LE,
	JMES_GT,
	JMES_GE,
};

/* [start:stop:step]; what is absent follows from the sign of step. */
struct jmes_slice {
	int64_t	start, stop, step;
	bool	has_start, has_stop;
};

/* One expression of a list, hash, disjunction or call. */
struct jmes_item {
	struct jmes_item	*next;
	const struct jmes_node	*expr;
	const char		*key;		/* JMES_HASH */
	bool			 reference;	/* JMES_CALL: &expr */
};

struct jmes_function;

struct jmes_node {
	enum jmes_kind		 kind;
	size_t			 offset;	/* in the expression */
	struct jmes_node	*next;
	const struct jmes_node	*stop;		/* of a projection, or NULL */
	union {
		const char		*name;		/* FIELD */
		int64_t			 index;		/* INDEX */
		struct jmes_slice	 slice;
		json_t			*literal;	/* owned by the whole */
		const struct jmes_node	*operand;	/* FILTER, NOT */
		struct {
			enum jmes_compare	 op;
			const struct jmes_node	*left, *right;
		} compare;
		struct {
			const struct jmes_item		*first;
			size_t				 count;
			const struct jmes_function	*function; /* CALL */
		} items;			/* LIST, HASH, OR, AND, CALL */
	} u;
};

struct assay_jmes {
	struct assay_arena	*arena;		/* text, nodes, names */
	json_t			*literals;	/* array: owns each literal */
	struct assay_bytes	 text;
	const struct jmes_node	*root;
};

/* Where errors go. */
struct jmes_report {
	struct assay_bytes	 text;		/* the expression */
	enum assay_jmes_error	 kind;
	struct assay_error	*err;
};

/* Records kind and text with offset and excerpt; returns false. */
bool assay_jmes_fail(struct jmes_report *report, enum assay_jmes_error kind,
    size_t offset, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* jmes_parser.c: fills in e->root. */
ASSAY_MUST_USE bool assay_jmes_parse(struct assay_jmes *e,
    struct jmes_report *report);

#endif
