/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy language, section 4: expressions, conditions, rules. The index
 * by symbol makes a condition with type=="..." look at the facts of that type
 * only, so that a policy costs what its conditions can match, not rules times
 * claims.
 */
#include <stdio.h>

#include "policy/action.h"
#include "policy/builtin.h"
#include "policy/trace.h"

bool
assay_eval_fail_at(const struct assay_eval *ev, struct assay_span span,
    struct assay_error *err)
{
	struct assay_place place = assay_source_place(&ev->policy->source,
	    span.offset);
	char where[128];

	(void)snprintf(where, sizeof(where), "%s, rule %zu, line %zu, column "
	    "%zu", assay_section_name(ev->section), ev->rule->number,
	    place.line, place.column);
	assay_plain_text(err->text);
	return assay_fail_in(err, where);
}

/* A property of a fact, as a value. */
static bool
property_of(struct assay_eval *ev, uint32_t index, enum assay_property which,
    struct assay_value *out, struct assay_error *err)
{
	const struct assay_fact *f = &ev->facts[index];

	if (which == ASSAY_PROPERTY_TYPE) {
		*out = assay_value_string(f->type);
		return true;
	}
	if (!assay_eval_need(ev, index, err))
		return false;
	switch (which) {
	case ASSAY_PROPERTY_VALUE:
		*out = f->value;
		return true;
	case ASSAY_PROPERTY_VALUE_TYPE:
		*out = assay_value_string(assay_bytes_of(
		    assay_value_type_name(f->value.type)));
		return true;
	case ASSAY_PROPERTY_ISSUER:
		*out = assay_value_string(assay_bytes_of(
		    assay_claim_issuer_name(f->issuer)));
		return true;
	case ASSAY_PROPERTY_TYPE:
	case ASSAY_PROPERTY_COUNT:
		break;
	}
	return assay_fail(err, ASSAY_ERR_INTERNAL, "claim property");
}

/* identifier.property: one value for each claim of the set. */
static bool
member(struct assay_eval *ev, const struct assay_expr *e,
    struct assay_values *out, struct assay_error *err)
{
	const struct assay_indexes *set = &ev->selected[e->condition];
	struct assay_value value;

	if (!assay_run_charge(&ev->run, set->count, err))
		return assay_eval_fail_at(ev, e->span, err);
	for (size_t i = 0; i < set->count; i++)
		if (!property_of(ev, set->at[i], e->property, &value, err) ||
		    !assay_values_push(&ev->run, out, value, err))
			return assay_eval_fail_at(ev, e->span, err);
	return true;
}

static bool
call(struct assay_eval *ev, const struct assay_expr *e,
    struct assay_values *out, struct assay_error *err)
{
	struct assay_values args[ASSAY_BUILTIN_ARGS] = { 0 };
	size_t i = 0;

	for (const struct assay_expr *a = e->args; a != NULL; a = a->next)
		if (!assay_eval_expr(ev, a, &args[i++], err))
			return false;
	if (!assay_builtin_call(&ev->run, e, args, out, err))
		return assay_eval_fail_at(ev, e->span, err);
	return true;
}

/* Depth is bounded by the parser. */
bool
assay_eval_expr(struct assay_eval *ev, const struct assay_expr *e,
    struct assay_values *out, struct assay_error *err)
{
	*out = (struct assay_values){ 0 };
	switch (e->kind) {
	case ASSAY_EXPR_LITERAL:
		/* Read only: nothing is pushed to a literal. */
		*out = (struct assay_values){
		    (struct assay_value *)(uintptr_t)&e->literal, 1, 1 };
		return true;
	case ASSAY_EXPR_MEMBER:
		return member(ev, e, out, err);
	case ASSAY_EXPR_CALL:
		return call(ev, e, out, err);
	}
	return false;
}

/* Policy language, section 4: values of different types are unequal, and in
 * no order. */
static bool
compare(struct assay_eval *ev, const struct assay_value *a,
    enum assay_compare how, const struct assay_value *b, bool *holds,
    struct assay_error *err)
{
	bool integers = a->type == ASSAY_VALUE_INTEGER &&
	    b->type == ASSAY_VALUE_INTEGER;

	switch (how) {
	case ASSAY_COMPARE_EQ:
		return assay_run_equal(&ev->run, a, b, holds, err);
	case ASSAY_COMPARE_NE:
		if (!assay_run_equal(&ev->run, a, b, holds, err))
			return false;
		*holds = !*holds;
		return true;
	case ASSAY_COMPARE_LT:
		*holds = integers && a->integer < b->integer;
		return true;
	case ASSAY_COMPARE_LE:
		*holds = integers && a->integer <= b->integer;
		return true;
	case ASSAY_COMPARE_GT:
		*holds = integers && a->integer > b->integer;
		return true;
	case ASSAY_COMPARE_GE:
		*holds = integers && a->integer >= b->integer;
		return true;
	}
	return false;
}

/* A test holds if it holds for some member of what it compares with. */
static bool
test_holds(struct assay_eval *ev, uint32_t index, const struct assay_test *t,
    const struct assay_values *wanted, bool *holds, struct assay_error *err)
{
	struct assay_value have;

	*holds = false;
	if (!property_of(ev, index, t->property, &have, err) ||
	    !assay_run_charge(&ev->run, wanted->count, err))
		return false;
	for (size_t i = 0; i < wanted->count && !*holds; i++)
		if (!compare(ev, &have, t->compare, &wanted->at[i], holds,
		    err))
			return false;
	return true;
}

/* All tests of the condition; *failed is the first that does not hold. */
static bool
matches(struct assay_eval *ev, uint32_t index,
    const struct assay_condition *cond, const struct assay_test **failed,
    struct assay_error *err)
{
	bool holds;
	size_t i = 0;

	*failed = NULL;
	if (!assay_run_charge(&ev->run, 1, err))
		return assay_eval_fail_at(ev, cond->span, err);
	for (const struct assay_test *t = cond->tests; t != NULL;
	    t = t->next, i++) {
		if (t->indexed)
			continue;
		if (!test_holds(ev, index, t, &ev->wanted[i], &holds, err))
			return assay_eval_fail_at(ev, t->span, err);
		if (!holds) {
			*failed = t;
			return true;
		}
	}
	return true;
}

/* One candidate: select it, or remember why not. */
static bool
consider(struct assay_eval *ev, uint32_t index,
    const struct assay_condition *cond, struct assay_error *err)
{
	struct assay_indexes *out = &ev->selected[cond->index];
	const struct assay_test *failed;

	if (!matches(ev, index, cond, &failed, err))
		return false;
	if (failed == NULL) {
		if (!assay_eval_push(ev, out, index, err))
			return assay_eval_fail_at(ev, cond->span, err);
	} else if (ev->trace != NULL)
		assay_trace_miss(ev->trace, ev, index, failed);
	return true;
}

static bool
evaluate_tests(struct assay_eval *ev, const struct assay_condition *cond,
    struct assay_error *err)
{
	size_t i = 0;

	for (const struct assay_test *t = cond->tests; t != NULL;
	    t = t->next, i++)
		if (!t->indexed &&
		    !assay_eval_expr(ev, t->expr, &ev->wanted[i], err))
			return false;
	return true;
}

/* Fill ev->selected of the condition. One that nobody names needs to find
 * one claim only, unless somebody wants to read about it. */
static bool
select_facts(struct assay_eval *ev, const struct assay_condition *cond,
    struct assay_error *err)
{
	struct assay_indexes *out = &ev->selected[cond->index];
	bool all = cond->used || ev->trace != NULL;

	out->count = 0;
	if (!evaluate_tests(ev, cond, err))
		return false;
	if (cond->symbol != ASSAY_NO_SYMBOL) {
		for (uint32_t i = ev->by_symbol[cond->symbol].first;
		    i != ASSAY_NO_FACT && (all || out->count == 0);
		    i = ev->facts[i].next)
			if (!consider(ev, i, cond, err))
				return false;
		return true;
	}
	for (uint32_t i = 0; i < ev->count && (all || out->count == 0); i++)
		if (!consider(ev, i, cond, err))
			return false;
	return true;
}

/* All conditions hold. */
static bool
conditions_hold(struct assay_eval *ev, const struct assay_rule *rule,
    bool *hold, struct assay_error *err)
{
	*hold = true;
	for (const struct assay_condition *cond = rule->conditions;
	    cond != NULL && *hold; cond = cond->next) {
		if (ev->trace != NULL)
			assay_trace_condition(ev->trace, ev, cond);
		if (!select_facts(ev, cond, err))
			return false;
		*hold = (ev->selected[cond->index].count != 0) !=
		    cond->negated;
		if (ev->trace != NULL)
			assay_trace_selected(ev->trace, ev, cond, *hold);
	}
	return true;
}

bool
assay_eval_section(struct assay_eval *ev, enum assay_section_kind section,
    struct assay_error *err)
{
	bool hold, ok;

	ev->section = section;
	for (ev->rule = ev->policy->tree.sections[section].rules;
	    ev->rule != NULL && ev->denied_by == NULL;
	    ev->rule = ev->rule->next) {
		if (ev->trace != NULL)
			assay_trace_rule(ev->trace, ev);
		ok = conditions_hold(ev, ev->rule, &hold, err) &&
		    (!hold || assay_action_run(ev, err));
		if (!ok) {
			if (ev->trace != NULL)
				assay_trace_failed(ev->trace, err);
			return false;
		}
	}
	return true;
}
