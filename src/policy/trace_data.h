/* SPDX-License-Identifier: Apache-2.0 */
/* What a trace holds: written by trace.c, shown by explain.c. */
#ifndef ASSAY_POLICY_TRACE_DATA_H
#define ASSAY_POLICY_TRACE_DATA_H

#include "policy/ast.h"

/* A claim as it was met; long values are cut. */
struct assay_seen {
	struct assay_bytes	 type;
	enum assay_value_type	 value_type;
	struct assay_bytes	 text;		/* STRING */
	bool			 cut;
	int64_t			 integer;
	bool			 boolean;
	const char		*issuer;
	struct assay_bytes	 test;		/* a miss: which test failed */
	struct assay_bytes	 note;		/* and why it could not hold */
	bool			 changed;	/* an action: not there yet */
	struct assay_seen	*next;
};

struct assay_seen_list {
	struct assay_seen	*first, **tail;
	size_t			 kept, count;	/* count: all, kept or not */
};

struct assay_traced_condition {
	struct assay_place	 place;
	struct assay_span	 span;
	struct assay_bytes	 source;
	struct assay_bytes	 name;
	bool			 negated;
	bool			 done;		/* selection came to its end */
	bool			 held;
	struct assay_bytes	 type;		/* that it names, or none */
	struct assay_bytes	 similar;	/* type of a claim, for "did
						   you mean" */
	struct assay_seen_list	 selected;
	struct assay_seen_list	 missed;
	bool			 decided;
	struct assay_traced_condition *next;
};

struct assay_traced_rule {
	enum assay_section_kind	 section;
	size_t			 number;
	struct assay_place	 place;
	struct assay_bytes	 source;
	struct assay_traced_condition *conditions, **tail;
	size_t			 n_conditions, n_held;
	size_t			 n_written;	/* conditions in the text */
	enum assay_action_kind	 action;
	struct assay_bytes	 action_source;
	bool			 acted;
	struct assay_seen_list	 put;
	struct assay_bytes	 error;
	bool			 decided;
	struct assay_traced_rule *next;
};

struct assay_policy_trace {
	struct assay_arena		*arena;
	struct assay_traced_rule	*rules, **tail;
	struct assay_traced_rule	*now;
	struct assay_traced_condition	*condition;
	bool				 full;	/* memory ran out */
	size_t				 n_similar, written; /* spent */
	struct assay_bytes		 reason; /* why not permitted */
};

#endif
