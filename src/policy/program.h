/* SPDX-License-Identifier: Apache-2.0 */
/* A compiled policy: immutable once static_check.c is done with it. */
#ifndef ASSAY_POLICY_PROGRAM_H
#define ASSAY_POLICY_PROGRAM_H

#include <stdatomic.h>

#include "policy/ast.h"
#include "policy/symbol.h"

/* A query that was compiled with the policy. */
struct assay_query {
	struct assay_jmes	*compiled;
	struct assay_query	*next;
};

struct assay_policy {
	atomic_uint		 refs;
	struct assay_arena	*arena;
	struct assay_source	 source;
	struct assay_tree	 tree;
	struct assay_symbols	 symbols;
	struct assay_query	*queries;
	size_t			 max_steps;		/* 0: the default */
	size_t			 max_conditions;	/* of any rule */
	size_t			 max_tests;		/* of any condition */
	/* An authorization or issuance condition does not name its type. */
	bool			 scans;
};

#endif
