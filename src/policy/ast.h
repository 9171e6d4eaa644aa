/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of a policy. Nodes live in the policy's arena, keep their span,
 * and do not change once the policy is checked. Fields under "check" are
 * filled in by static_check.c.
 */
#ifndef ASSAY_POLICY_AST_H
#define ASSAY_POLICY_AST_H

#include "policy/lexer.h"
#include "policy/value.h"

struct assay_builtin;
struct assay_jmes;
struct assay_setting;

/* A property of a claim (policy language, grammar: "property"). */
enum assay_property {
	ASSAY_PROPERTY_TYPE,
	ASSAY_PROPERTY_VALUE,
	ASSAY_PROPERTY_VALUE_TYPE,
	ASSAY_PROPERTY_ISSUER,
	ASSAY_PROPERTY_COUNT
};

enum assay_compare {
	ASSAY_COMPARE_EQ,
	ASSAY_COMPARE_NE,
	ASSAY_COMPARE_LT,
	ASSAY_COMPARE_LE,
	ASSAY_COMPARE_GT,
	ASSAY_COMPARE_GE,
};

enum assay_action_kind {
	ASSAY_ACTION_PERMIT,
	ASSAY_ACTION_DENY,
	ASSAY_ACTION_ADD,
	ASSAY_ACTION_ISSUE,
	ASSAY_ACTION_ISSUEPROPERTY,
	ASSAY_ACTION_COUNT
};

enum assay_section_kind {
	ASSAY_SECTION_CONFIGURATION,
	ASSAY_SECTION_AUTHORIZATION,
	ASSAY_SECTION_ISSUANCE,
	ASSAY_SECTION_COUNT
};

enum assay_expr_kind {
	ASSAY_EXPR_LITERAL,
	ASSAY_EXPR_MEMBER,	/* IDENT "." property */
	ASSAY_EXPR_CALL,
};

struct assay_expr {
	enum assay_expr_kind	 kind;
	struct assay_span	 span;
	struct assay_value	 literal;
	struct assay_bytes	 name;		/* identifier or function */
	struct assay_span	 name_span;
	enum assay_property	 property;	/* MEMBER */
	struct assay_expr	*args;		/* CALL: list by next */
	size_t			 n_args;
	struct assay_expr	*next;
	/* check: */
	size_t			 condition;	/* MEMBER: index in the rule */
	const struct assay_builtin *builtin;	/* CALL */
	struct assay_jmes	*query;		/* CALL: literal JMESPath */
};

struct assay_test {
	struct assay_span	 span;
	enum assay_property	 property;
	enum assay_compare	 compare;
	struct assay_expr	*expr;
	struct assay_test	*next;
	/* check: the index by type has done this test already */
	bool			 indexed;
};

#define ASSAY_NO_SYMBOL SIZE_MAX

struct assay_condition {
	struct assay_span	 span;		/* with "!" and identifier */
	bool			 negated;
	struct assay_bytes	 name;		/* identifier; len 0: none */
	struct assay_span	 name_span;
	struct assay_test	*tests;
	struct assay_condition	*next;
	/* check: */
	size_t			 index;		/* in the rule, from 0 */
	size_t			 symbol;	/* of type == "literal" */
	bool			 used;		/* the identifier is */
};

struct assay_assign {
	struct assay_span	 span;
	enum assay_property	 property;
	struct assay_expr	*expr;
	struct assay_assign	*next;
};

struct assay_action {
	enum assay_action_kind	 kind;
	struct assay_span	 span;
	struct assay_span	 name_span;
	struct assay_bytes	 claim;		/* claim = IDENT; len 0: none */
	struct assay_span	 claim_span;
	struct assay_assign	*assigns;
	/* check: */
	size_t			 condition;	/* that claim names */
	struct assay_expr	*type;		/* of the assigns */
	struct assay_expr	*value;
	struct assay_expr	*value_type;	/* or NULL */
	size_t			 symbol;	/* of a literal type */
};

struct assay_rule {
	struct assay_span	 span;
	struct assay_condition	*conditions;
	struct assay_action	 action;
	struct assay_rule	*next;
	size_t			 number;	/* in its section, from 1 */
	/* check: */
	size_t			 n_conditions;
};

struct assay_section {
	bool			 present;
	struct assay_span	 span;		/* its name */
	struct assay_rule	*rules;
	size_t			 n_rules;
};

struct assay_tree {
	unsigned int		 version;	/* 10, 11, 12; 0: unreadable */
	struct assay_section	 sections[ASSAY_SECTION_COUNT];
	size_t			 n_rules;
};

/* The words of the language; static. */
const char *assay_property_name(enum assay_property property);
const char *assay_compare_name(enum assay_compare compare);
const char *assay_action_name(enum assay_action_kind kind);
const char *assay_section_name(enum assay_section_kind kind);

#endif
