/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "claims/claim_names.h"
#include "policy/lint.h"
#include "policy/static_check.h"

#define NAMES_MAX 256

const struct assay_test *
assay_lint_literal(const struct assay_condition *cond,
    enum assay_property property)
{
	for (const struct assay_test *t = cond->tests; t != NULL; t = t->next)
		if (t->property == property &&
		    t->compare == ASSAY_COMPARE_EQ &&
		    t->expr->kind == ASSAY_EXPR_LITERAL)
			return t;
	return NULL;
}

static bool
is_string(const struct assay_expr *e)
{
	return e->kind == ASSAY_EXPR_LITERAL &&
	    e->literal.type == ASSAY_VALUE_STRING;
}

static int
shown(struct assay_bytes text)
{
	return text.len < 64 ? (int)text.len : 64;
}

static const char *
chars(struct assay_bytes text)
{
	return (const char *)text.ptr;
}

static bool
adds(const struct assay_rule *r, struct assay_bytes type)
{
	const struct assay_action *a = &r->action;
	const struct assay_bytes *made;

	if (a->kind == ASSAY_ACTION_PERMIT || a->kind == ASSAY_ACTION_DENY ||
	    a->claim.len != 0)	/* issues what is there already */
		return false;
	if (!is_string(a->type))
		return true;
	made = &a->type->literal.text;
	return made->len == type.len &&
	    memcmp(made->ptr, type.ptr, type.len) == 0;
}

bool
assay_lint_added(const struct assay_lint *l, struct assay_bytes type)
{
	for (size_t i = 0; i <= (size_t)l->section; i++)
		for (const struct assay_rule *r =
		    l->policy->tree.sections[i].rules;
		    r != NULL && r != l->rule; r = r->next)
			if (adds(r, type))
				return true;
	return false;
}

/* The service's claim of the type, for the attestation types of the run. */
static const struct assay_claim_name *
service_claim(const struct assay_lint *l, struct assay_bytes type)
{
	const struct assay_claim_name *name = assay_claim_name_find(type);

	if (name == NULL || (name->kinds & l->kinds) == 0 ||
	    (name->use & ASSAY_CLAIM_IN_POLICY) == 0)
		return NULL;
	return name;
}

/* A claim of the service, or one that the policy adds, with a name like it. */
static const char *
similar(const struct assay_lint *l, struct assay_bytes type)
{
	const char *names[NAMES_MAX];
	size_t n, used = 0;
	const struct assay_claim_name *all = assay_claim_names(&n);

	for (size_t i = 0; i < n && used < NAMES_MAX; i++)
		if ((all[i].kinds & l->kinds) != 0 &&
		    (all[i].use & ASSAY_CLAIM_IN_POLICY) != 0)
			names[used++] = all[i].name;
	return assay_nearest_name(type, names, used);
}

/* Can the condition see claims of this issuer? */
static bool
admits(const struct assay_condition *cond, const char *issuer)
{
	const struct assay_test *t = assay_lint_literal(cond,
	    ASSAY_PROPERTY_ISSUER);

	return t == NULL || (t->expr->literal.type == ASSAY_VALUE_STRING &&
	    assay_text_is(t->expr->literal.text, issuer));
}

static void
unknown_claim(struct assay_lint *l, const struct assay_condition *cond,
    const struct assay_test *t)
{
	struct assay_bytes type = t->expr->literal.text;
	const char *near = similar(l, type);
	const char *who = l->attestation_type;

	assay_lint_warn(l, t->expr->span, "unknown-claim",
	    "the service makes no claim \"%.*s\"%s%s and no earlier rule "
	    "adds one%s%s%s%s", shown(type), chars(type),
	    who != NULL ? " for " : "", who != NULL ? who : "",
	    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "", near == NULL &&
	    admits(cond, "CustomClaim") ?
	    ": only a client's custom claim can match" : "");
}

static const char *const issuers[] = { "AttestationService",
    "AttestationPolicy", "CustomClaim" };

static bool
is_issuer(struct assay_bytes text)
{
	for (size_t i = 0; i < 3; i++)
		if (assay_text_is(text, issuers[i]))
			return true;
	return false;
}

/* type == "...": is there anybody who makes such a claim? */
static void
check_type(struct assay_lint *l, const struct assay_condition *cond)
{
	const struct assay_test *t = assay_lint_literal(cond,
	    ASSAY_PROPERTY_TYPE);
	const struct assay_test *who = assay_lint_literal(cond,
	    ASSAY_PROPERTY_ISSUER);
	struct assay_bytes type;

	if (t == NULL || !is_string(t->expr))
		return;
	if (who != NULL && (!is_string(who->expr) ||
	    !is_issuer(who->expr->literal.text)))
		return;		/* warned of by itself */
	type = t->expr->literal.text;
	/* Configuration rules see their own claims only. */
	if (l->section == ASSAY_SECTION_CONFIGURATION) {
		if (!assay_lint_added(l, type))
			assay_lint_warn(l, t->expr->span, "never-holds",
			    "configurationrules see no evidence, and no "
			    "earlier rule adds \"%.*s\"", shown(type),
			    chars(type));
		return;
	}
	if (assay_lint_added(l, type) && admits(cond, "AttestationPolicy"))
		return;
	if (who != NULL && admits(cond, "CustomClaim"))
		return;
	if (service_claim(l, type) != NULL &&
	    admits(cond, "AttestationService"))
		return;
	if (!admits(cond, "AttestationService") &&
	    admits(cond, "AttestationPolicy"))
		assay_lint_warn(l, t->expr->span, cond->negated ?
		    "always-holds" : "never-holds", "no earlier rule adds a "
		    "claim \"%.*s\"", shown(type), chars(type));
	else
		unknown_claim(l, cond, t);
}

static void
check_issuer(struct assay_lint *l, const struct assay_test *t)
{
	const char *near;

	if (is_issuer(t->expr->literal.text))
		return;
	near = assay_nearest_name(t->expr->literal.text, issuers, 3);
	assay_lint_warn(l, t->expr->span, "never-holds", "issuer is "
	    "AttestationService, AttestationPolicy or CustomClaim%s%s%s",
	    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "");
}

static void
check_value_type(struct assay_lint *l, const struct assay_test *t)
{
	static const char *const types[] = { "String", "Integer", "Boolean" };
	const char *near;

	for (size_t i = 0; i < 3; i++)
		if (assay_text_is(t->expr->literal.text, types[i]))
			return;
	near = assay_nearest_name(t->expr->literal.text, types, 3);
	assay_lint_warn(l, t->expr->span, "never-holds", "valueType is "
	    "String, Integer or Boolean%s%s%s",
	    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "");
}

/* The literal against the type that the property, or the claim, has. */
static void
check_literal(struct assay_lint *l, const struct assay_condition *cond,
    const struct assay_test *t)
{
	enum assay_kind have = assay_expr_kind_of(t->expr), want;
	const struct assay_test *type = assay_lint_literal(cond,
	    ASSAY_PROPERTY_TYPE);
	const struct assay_claim_name *name;

	if (t->property != ASSAY_PROPERTY_VALUE) {
		if (have != ASSAY_KIND_ANY && have != ASSAY_KIND_STRING)
			assay_lint_warn(l, t->expr->span, "wrong-literal-type",
			    "%s is a string, found %s",
			    assay_property_name(t->property),
			    assay_kind_name(have));
		return;
	}
	if (have == ASSAY_KIND_ANY || type == NULL || !is_string(type->expr) ||
	    (name = service_claim(l, type->expr->literal.text)) == NULL ||
	    !admits(cond, "AttestationService") ||
	    assay_lint_added(l, type->expr->literal.text))
		return;
	want = assay_kind_of(name->value_type);
	if (have != want)
		assay_lint_warn(l, t->expr->span, "wrong-literal-type",
		    "claim %s is %s, found %s: different types are never "
		    "equal", name->name, assay_kind_name(want),
		    assay_kind_name(have));
}

/* The integers that the order tests of the condition leave. */
struct range {
	int64_t	low, high;
	bool	empty;
};

static void
narrow(struct range *r, enum assay_compare how, int64_t v)
{
	switch (how) {
	case ASSAY_COMPARE_EQ:
		r->low = v > r->low ? v : r->low;
		r->high = v < r->high ? v : r->high;
		break;
	case ASSAY_COMPARE_NE:
		break;
	case ASSAY_COMPARE_LT:
		if (v == INT64_MIN)
			r->empty = true;
		else
			r->high = v - 1 < r->high ? v - 1 : r->high;
		break;
	case ASSAY_COMPARE_LE:
		r->high = v < r->high ? v : r->high;
		break;
	case ASSAY_COMPARE_GT:
		if (v == INT64_MAX)
			r->empty = true;
		else
			r->low = v + 1 > r->low ? v + 1 : r->low;
		break;
	case ASSAY_COMPARE_GE:
		r->low = v > r->low ? v : r->low;
		break;
	}
	if (r->low > r->high)
		r->empty = true;
}

static bool
literals_differ(const struct assay_value *a, const struct assay_value *b)
{
	if (a->type != b->type)
		return true;
	switch (a->type) {
	case ASSAY_VALUE_INTEGER:
		return a->integer != b->integer;
	case ASSAY_VALUE_BOOLEAN:
		return a->boolean != b->boolean;
	case ASSAY_VALUE_STRING:
	case ASSAY_VALUE_JSON:
		return a->text.len != b->text.len ||
		    memcmp(a->text.ptr, b->text.ptr, a->text.len) != 0;
	}
	return true;
}

/* Two tests of one property that exclude each other. */
static bool
exclude(const struct assay_test *a, const struct assay_test *b)
{
	bool differ;

	if (a->property != b->property ||
	    a->expr->kind != ASSAY_EXPR_LITERAL ||
	    b->expr->kind != ASSAY_EXPR_LITERAL)
		return false;
	differ = literals_differ(&a->expr->literal, &b->expr->literal);
	if (a->compare == ASSAY_COMPARE_EQ && b->compare == ASSAY_COMPARE_EQ)
		return differ;
	return !differ &&
	    ((a->compare == ASSAY_COMPARE_EQ &&
	    b->compare == ASSAY_COMPARE_NE) ||
	    (a->compare == ASSAY_COMPARE_NE &&
	    b->compare == ASSAY_COMPARE_EQ));
}

static void
check_contradiction(struct assay_lint *l, const struct assay_condition *cond)
{
	struct range range = { INT64_MIN, INT64_MAX, false };

	for (const struct assay_test *t = cond->tests; t != NULL;
	    t = t->next) {
		bool bad = false;

		for (const struct assay_test *u = cond->tests; u != t;
		    u = u->next)
			bad = bad || exclude(u, t);
		if (t->property == ASSAY_PROPERTY_VALUE &&
		    t->expr->kind == ASSAY_EXPR_LITERAL &&
		    t->expr->literal.type == ASSAY_VALUE_INTEGER)
			narrow(&range, t->compare, t->expr->literal.integer);
		if (bad || range.empty) {
			assay_lint_warn(l, t->span, "never-holds", "this "
			    "test and an earlier one of the condition exclude "
			    "each other");
			return;
		}
	}
}

void
assay_lint_condition(struct assay_lint *l, const struct assay_condition *cond)
{
	check_type(l, cond);
	check_contradiction(l, cond);
	for (const struct assay_test *t = cond->tests; t != NULL;
	    t = t->next) {
		check_literal(l, cond, t);
		if (!is_string(t->expr) || t->compare != ASSAY_COMPARE_EQ)
			continue;
		if (t->property == ASSAY_PROPERTY_ISSUER)
			check_issuer(l, t);
		if (t->property == ASSAY_PROPERTY_VALUE_TYPE)
			check_value_type(l, t);
	}
	if (cond->negated && cond->tests == NULL)
		assay_lint_warn(l, cond->span, "never-holds",
		    "\"![]\" holds only when there is no claim at all");
	if (cond->name.len != 0 && !cond->used)
		assay_lint_warn(l, cond->name_span, "unused-identifier",
		    "identifier \"%.*s\" is never used", shown(cond->name),
		    chars(cond->name));
}
