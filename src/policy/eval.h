/* SPDX-License-Identifier: Apache-2.0 */
/* Run the rules of a compiled policy over claims: pure and bounded. */
#ifndef ASSAY_POLICY_EVAL_H
#define ASSAY_POLICY_EVAL_H

#include <assay/policy.h>

#include "policy/program.h"
#include "policy/run.h"

/* A claim while a policy runs. */
struct assay_fact {
	struct assay_bytes	 type;
	size_t			 symbol;	/* or ASSAY_NO_SYMBOL */
	enum assay_claim_issuer	 issuer;
	struct assay_value	 value;
	bool			 json;		/* JSON when it came in */
	bool			 loaded;	/* issuer and value are there */
	size_t			 source;	/* index in the incoming set */
	bool			 issued;	/* in the outgoing set */
	bool			 property;	/* in the property set */
	uint32_t		 next;		/* of the same symbol */
	uint32_t		 chain;		/* of the same hash */
};
#define ASSAY_NO_FACT UINT32_MAX

/* Facts by index: a growing array, or the selection of a condition. */
struct assay_indexes {
	uint32_t	*at;
	size_t		 count;
	size_t		 room;
};

struct assay_fact_list {
	uint32_t	first, last;
	size_t		count;
	bool		hashed;
};

struct assay_policy_trace;

struct assay_eval {
	const struct assay_policy	*policy;
	struct assay_claims		*incoming;
	struct assay_run		 run;
	struct assay_fact		*facts;
	size_t				 count, room;
	struct assay_fact_list		*by_symbol;	/* and the rest */
	uint32_t			*buckets;	/* or NULL; by hash */
	size_t				 n_buckets, n_hashed;
	struct assay_indexes		*selected;	/* by condition */
	struct assay_values		*wanted;	/* by test */
	struct assay_indexes		 issued;	/* in order */
	struct assay_indexes		 properties;
	enum assay_section_kind		 section;
	const struct assay_rule		*rule;
	bool				 permitted;
	const struct assay_rule		*denied_by;
	struct assay_policy_trace	*trace;		/* or NULL */
};

ASSAY_MUST_USE bool assay_eval_init(struct assay_eval *ev,
    const struct assay_policy *policy, struct assay_error *err);
void assay_eval_finish(struct assay_eval *ev);

/* Put the incoming claims behind those that are there; they are looked at
 * only when a rule needs them. */
ASSAY_MUST_USE bool assay_eval_load(struct assay_eval *ev,
    struct assay_claims *incoming, struct assay_error *err);
/* Run one section; stops at deny() (ev->denied_by). POLICY_RUNTIME_ERROR or
 * POLICY_LIMIT, naming section, rule, line and column. */
ASSAY_MUST_USE bool assay_eval_section(struct assay_eval *ev,
    enum assay_section_kind section, struct assay_error *err);
/* One value for each member: of a set, of a literal, of a function. */
ASSAY_MUST_USE bool assay_eval_expr(struct assay_eval *ev,
    const struct assay_expr *e, struct assay_values *out,
    struct assay_error *err);
/* Prefix section, rule, line and column; returns false. */
bool assay_eval_fail_at(const struct assay_eval *ev, struct assay_span span,
    struct assay_error *err);

/* facts.c */
/* Make issuer and value of a fact present. */
ASSAY_MUST_USE bool assay_eval_need(struct assay_eval *ev, uint32_t fact,
    struct assay_error *err);
/* The fact that equals f in type, value and issuer, or ASSAY_NO_FACT. */
ASSAY_MUST_USE bool assay_eval_find(struct assay_eval *ev,
    const struct assay_fact *f, uint32_t *out, struct assay_error *err);
/* Add a fact that is not there; POLICY_LIMIT when there are too many. */
ASSAY_MUST_USE bool assay_eval_append(struct assay_eval *ev,
    const struct assay_fact *f, uint32_t *out, struct assay_error *err);
ASSAY_MUST_USE bool assay_eval_push(struct assay_eval *ev,
    struct assay_indexes *list, uint32_t index, struct assay_error *err);
bool assay_same_text(struct assay_bytes a, struct assay_bytes b);
/* Copy facts into a new claim set. */
ASSAY_MUST_USE bool assay_eval_export(struct assay_eval *ev,
    const struct assay_indexes *facts, struct assay_claims **out,
    struct assay_error *err);

#endif
