/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule does once its conditions hold (policy language, section 3). */
#include <string.h>

#include "policy/action.h"
#include "policy/builtin.h"
#include "policy/setting.h"
#include "policy/trace.h"

/* issue in authorizationrules acts as add: nothing of that section reaches
 * the token. */
static enum assay_action_kind
effective(const struct assay_eval *ev)
{
	enum assay_action_kind kind = ev->rule->action.kind;

	return kind == ASSAY_ACTION_ISSUE &&
	    ev->section == ASSAY_SECTION_AUTHORIZATION ?
	    ASSAY_ACTION_ADD : kind;
}

/* What the checker could not see in the text: computed types and values. */
static bool
may_issue(const struct assay_fact *f, struct assay_error *err)
{
	const char *why = assay_reserved_type(f->type);

	if (why == NULL)
		return true;
	return assay_fail(err, ASSAY_ERR_POLICY_RUNTIME_ERROR,
	    "cannot issue a claim of type \"%.*s\": it %s",
	    f->type.len < 64 ? (int)f->type.len : 64,
	    (const char *)f->type.ptr, why);
}

/* A known property, of the right type, once. */
static bool
may_set(struct assay_eval *ev, const struct assay_fact *f,
    struct assay_error *err)
{
	const struct assay_setting *s = assay_setting_find(f->type);
	char why[256];

	if (s == NULL || s->section != ev->section)
		return assay_fail(err, ASSAY_ERR_POLICY_RUNTIME_ERROR,
		    "there is no property \"%.*s\" in %s",
		    f->type.len < 64 ? (int)f->type.len : 64,
		    (const char *)f->type.ptr,
		    assay_section_name(ev->section));
	if (!assay_setting_accepts(s, &f->value, why, sizeof(why)))
		return assay_fail(err, ASSAY_ERR_POLICY_RUNTIME_ERROR, "%s",
		    why);
	for (size_t i = 0; i < ev->properties.count; i++) {
		const struct assay_fact *old =
		    &ev->facts[ev->properties.at[i]];
		bool same;

		if (!assay_same_text(old->type, f->type))
			continue;
		if (!assay_run_equal(&ev->run, &old->value, &f->value, &same,
		    err))
			return false;
		if (!same)
			return assay_fail(err, ASSAY_ERR_POLICY_RUNTIME_ERROR,
			    "property %s is set to two different values",
			    s->name);
	}
	return true;
}

/* Put a fact that is in the incoming set into what the action names. */
static bool
put(struct assay_eval *ev, uint32_t index, bool is_new,
    struct assay_error *err)
{
	struct assay_fact *f = &ev->facts[index];
	bool changed = is_new;

	switch (effective(ev)) {
	case ASSAY_ACTION_ISSUE:
		if (!may_issue(f, err))
			return false;
		if (f->issued)
			break;
		f->issued = changed = true;
		if (!assay_eval_push(ev, &ev->issued, index, err))
			return false;
		break;
	case ASSAY_ACTION_ISSUEPROPERTY:
		if (!may_set(ev, f, err))
			return false;
		if (f->property)
			break;
		f->property = changed = true;
		if (!assay_eval_push(ev, &ev->properties, index, err))
			return false;
		break;
	case ASSAY_ACTION_ADD:
	case ASSAY_ACTION_PERMIT:
	case ASSAY_ACTION_DENY:
	case ASSAY_ACTION_COUNT:
		break;
	}
	if (ev->trace != NULL)
		assay_trace_put(ev->trace, ev, index, changed);
	return true;
}

/* A claim made by a rule. */
static bool
put_new(struct assay_eval *ev, struct assay_bytes type,
    const struct assay_value *value, struct assay_error *err)
{
	const struct assay_action *a = &ev->rule->action;
	struct assay_fact fact = { .type = type, .loaded = true,
	    .issuer = ASSAY_ISSUER_POLICY, .value = *value,
	    .symbol = a->symbol };
	bool is_new;
	uint32_t index;

	if (fact.symbol == ASSAY_NO_SYMBOL)
		fact.symbol = assay_symbols_find(&ev->policy->symbols, type);
	if (!assay_eval_find(ev, &fact, &index, err))
		return false;
	is_new = index == ASSAY_NO_FACT;
	if (is_new && !assay_eval_append(ev, &fact, &index, err))
		return false;
	return put(ev, index, is_new, err);
}

/* claim = IDENT: each member of the set. */
static bool
put_claim(struct assay_eval *ev, struct assay_error *err)
{
	const struct assay_action *a = &ev->rule->action;
	const struct assay_indexes *set = &ev->selected[a->condition];

	for (size_t i = 0; i < set->count; i++) {
		uint32_t index = set->at[i];

		/* Of equal incoming claims, one stands for all. */
		if (!assay_eval_need(ev, index, err) ||
		    !assay_eval_find(ev, &ev->facts[index], &index, err) ||
		    !put(ev, index != ASSAY_NO_FACT ? index : set->at[i],
		    false, err))
			return assay_eval_fail_at(ev, a->span, err);
	}
	return true;
}

/* The type of a value is what valueType says, if it says something. */
static bool
check_value_type(struct assay_eval *ev, const struct assay_value *value,
    struct assay_error *err)
{
	const struct assay_expr *e = ev->rule->action.value_type;
	const char *have = assay_value_type_name(value->type);

	if (e == NULL || assay_same_text(e->literal.text, assay_bytes_of(have)))
		return true;
	return assay_fail(err, ASSAY_ERR_POLICY_RUNTIME_ERROR,
	    "valueType is \"%.*s\", but the value is of type %s",
	    (int)e->literal.text.len, (const char *)e->literal.text.ptr, have);
}

static bool
put_typed(struct assay_eval *ev, const struct assay_value *type,
    const struct assay_values *values, struct assay_error *err)
{
	struct assay_bytes text;

	if (type->type != ASSAY_VALUE_STRING)
		return assay_fail(err, ASSAY_ERR_POLICY_RUNTIME_ERROR,
		    "the type of a claim is a string, found %s",
		    assay_kind_name(assay_kind_of(type->type)));
	if (!assay_run_text(&ev->run, type, &text, err))
		return false;
	if (text.len == 0)
		return assay_fail(err, ASSAY_ERR_POLICY_RUNTIME_ERROR,
		    "the type of a claim cannot be empty");
	for (size_t i = 0; i < values->count; i++)
		if (!check_value_type(ev, &values->at[i], err) ||
		    !put_new(ev, text, &values->at[i], err))
			return false;
	return true;
}

/* type = expr, value = expr: one claim for each type and value. */
static bool
put_assigned(struct assay_eval *ev, struct assay_error *err)
{
	const struct assay_action *a = &ev->rule->action;
	struct assay_values types, values;

	if (!assay_eval_expr(ev, a->type, &types, err) ||
	    !assay_eval_expr(ev, a->value, &values, err))
		return false;
	for (size_t i = 0; i < types.count; i++)
		if (!put_typed(ev, &types.at[i], &values, err))
			return assay_eval_fail_at(ev, a->span, err);
	return true;
}

bool
assay_action_run(struct assay_eval *ev, struct assay_error *err)
{
	const struct assay_action *a = &ev->rule->action;

	if (ev->trace != NULL)
		assay_trace_action(ev->trace, ev);
	switch (a->kind) {
	case ASSAY_ACTION_PERMIT:
		ev->permitted = true;
		return true;
	case ASSAY_ACTION_DENY:
		ev->denied_by = ev->rule;
		return true;
	case ASSAY_ACTION_ADD:
	case ASSAY_ACTION_ISSUE:
	case ASSAY_ACTION_ISSUEPROPERTY:
		return a->claim.len != 0 ? put_claim(ev, err) :
		    put_assigned(ev, err);
	case ASSAY_ACTION_COUNT:
		break;
	}
	return false;
}
