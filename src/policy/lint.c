/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "claims/claim_names.h"
#include "policy/lint.h"
#include "policy/setting.h"

void
assay_lint_warn(struct assay_lint *l, struct assay_span span, const char *id,
    const char *fmt, ...)
{
	char text[768];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	assay_diagnose(l->diag, &l->policy->source, ASSAY_DIAGNOSTIC_WARNING,
	    span, id, "%s", text);
}

static bool
literal_type(const struct assay_action *a, struct assay_bytes *out)
{
	if (a->type == NULL || a->type->kind != ASSAY_EXPR_LITERAL)
		return false;
	*out = a->type->literal.text;
	return true;
}

static bool
same(struct assay_bytes a, struct assay_bytes b)
{
	return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

/* The rule runs only where no claim of the type is there. */
static bool
guarded(const struct assay_rule *r, struct assay_bytes type)
{
	for (const struct assay_condition *c = r->conditions; c != NULL;
	    c = c->next) {
		const struct assay_test *t = assay_lint_literal(c,
		    ASSAY_PROPERTY_TYPE);

		if (c->negated && t != NULL &&
		    t->expr->literal.type == ASSAY_VALUE_STRING &&
		    same(t->expr->literal.text, type))
			return true;
	}
	return false;
}

static bool
boolean_of(const struct assay_condition *c, struct assay_bytes *type,
    bool *value)
{
	const struct assay_test *t = assay_lint_literal(c,
	    ASSAY_PROPERTY_TYPE);
	const struct assay_test *v = assay_lint_literal(c,
	    ASSAY_PROPERTY_VALUE);

	if (t == NULL || t->expr->literal.type != ASSAY_VALUE_STRING ||
	    v == NULL || v->expr->literal.type != ASSAY_VALUE_BOOLEAN)
		return false;
	*type = t->expr->literal.text;
	*value = v->expr->literal.boolean;
	return true;
}

/* Two rules that ask the same claim for true and for false, or for its being
 * there and not, are alternatives. */
static bool
alternatives(const struct assay_rule *a, const struct assay_rule *b)
{
	for (const struct assay_condition *c = a->conditions; c != NULL;
	    c = c->next)
		for (const struct assay_condition *d = b->conditions;
		    d != NULL; d = d->next) {
			struct assay_bytes x, y;
			const struct assay_test *t, *u;
			bool v, w;

			if (!c->negated && !d->negated &&
			    boolean_of(c, &x, &v) && boolean_of(d, &y, &w) &&
			    v != w && same(x, y))
				return true;
			t = assay_lint_literal(c, ASSAY_PROPERTY_TYPE);
			u = assay_lint_literal(d, ASSAY_PROPERTY_TYPE);
			if (c->negated != d->negated && t != NULL &&
			    u != NULL && t->expr->literal.type ==
			    ASSAY_VALUE_STRING && u->expr->literal.type ==
			    ASSAY_VALUE_STRING && same(t->expr->literal.text,
			    u->expr->literal.text))
				return true;
		}
	return false;
}

/* An earlier rule issues the same type: the token gets an array. */
static void
issued_twice(struct assay_lint *l)
{
	const struct assay_action *a = &l->rule->action;
	const struct assay_rule *r =
	    l->policy->tree.sections[l->section].rules;
	struct assay_bytes type, other;

	if ((a->kind != ASSAY_ACTION_ISSUE &&
	    a->kind != ASSAY_ACTION_ISSUEPROPERTY) ||
	    !literal_type(a, &type) || guarded(l->rule, type))
		return;
	for (; r != l->rule; r = r->next) {
		struct assay_place place;

		if (r->action.kind != a->kind ||
		    !literal_type(&r->action, &other) || !same(type, other) ||
		    alternatives(r, l->rule))
			continue;
		place = assay_source_place(&l->policy->source,
		    r->span.offset);
		assay_lint_warn(l, a->type->span, "issued-twice",
		    "\"%.*s\" is issued by the rule of line %zu too: %s",
		    type.len < 64 ? (int)type.len : 64,
		    (const char *)type.ptr, place.line,
		    a->kind == ASSAY_ACTION_ISSUE ?
		    "different values become an array in the token" :
		    "different values are an error");
		return;
	}
}

static void
setting_applies(struct assay_lint *l)
{
	const struct assay_action *a = &l->rule->action;
	const struct assay_setting *s;
	struct assay_bytes type;

	if (a->kind != ASSAY_ACTION_ISSUEPROPERTY || !literal_type(a, &type) ||
	    (s = assay_setting_find(type)) == NULL || s->applies == NULL ||
	    l->attestation_type == NULL ||
	    strstr(s->applies, l->attestation_type) != NULL)
		return;
	assay_lint_warn(l, a->type->span, "property-without-effect",
	    "property %s has an effect on %s only", s->name, s->applies);
}

/* What a baseline of an operator's, or a data set, may be called. */
static bool
names_baseline(struct assay_bytes name)
{
	bool number = name.len != 0, word = number && name.len < 64;

	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.ptr[i], lower = c | 0x20;
		bool digit = c >= '0' && c <= '9';
		bool letter = lower >= 'a' && lower <= 'z';

		number = number && digit && (i != 0 || c != '0');
		word = word && (letter || (i != 0 && (digit || c == '.' ||
		    c == '_' || c == '-')));
	}
	return (number && name.len <= 10) || word;
}

/* Attestations by such a policy are never decided. */
static void
impossible_baseline(struct assay_lint *l)
{
	const struct assay_action *a = &l->rule->action;
	char shown[ASSAY_TEXT_SHOW];
	struct assay_bytes type, name;

	if (a->kind != ASSAY_ACTION_ISSUEPROPERTY || !literal_type(a, &type) ||
	    !assay_text_is(type, "x-ms-sgx-tcbidentifier") ||
	    a->value == NULL || a->value->kind != ASSAY_EXPR_LITERAL ||
	    a->value->literal.type != ASSAY_VALUE_STRING)
		return;
	name = a->value->literal.text;
	if (assay_text_is_nocase(name, "azuredefault") ?
	    !assay_text_is(name, "azuredefault") : !names_baseline(name))
		assay_lint_warn(l, a->value->span, "impossible-baseline",
		    "no baseline is called \"%s\": want \"azuredefault\", a "
		    "tcbEvaluationDataNumber, or the name of one that the "
		    "operator has defined", assay_text_show(name, shown));
}

/* A claim that is called as one of the service's, and is not. */
static void
shadows(struct assay_lint *l)
{
	const struct assay_action *a = &l->rule->action;
	const struct assay_claim_name *name;
	struct assay_bytes type;

	if (a->kind != ASSAY_ACTION_ADD || !literal_type(a, &type) ||
	    (name = assay_claim_name_find(type)) == NULL ||
	    (name->kinds & l->kinds) == 0 ||
	    (name->use & ASSAY_CLAIM_IN_POLICY) == 0)
		return;
	assay_lint_warn(l, a->type->span, "shadows-service-claim",
	    "\"%s\" is a claim of the service: conditions behind this rule "
	    "match both, unless they test issuer", name->name);
}

static void
check_action(struct assay_lint *l)
{
	const struct assay_action *a = &l->rule->action;

	if (l->section == ASSAY_SECTION_AUTHORIZATION &&
	    a->kind == ASSAY_ACTION_ISSUE)
		assay_lint_warn(l, a->name_span, "issue-in-authorization",
		    "nothing that is issued in authorizationrules reaches the "
		    "token: issue() acts as add() here");
	else
		issued_twice(l);
	setting_applies(l);
	impossible_baseline(l);
	shadows(l);
}

/* Rules that no evaluation reaches. */
static void
unreachable(struct assay_lint *l, const struct assay_rule *deny)
{
	struct assay_place place = assay_source_place(&l->policy->source,
	    deny->span.offset);
	const struct assay_section *s =
	    &l->policy->tree.sections[ASSAY_SECTION_ISSUANCE];
	const struct assay_rule *first = deny->next != NULL ? deny->next :
	    s->rules;

	if (first != NULL)
		assay_lint_warn(l, first->span, "unreachable", "this rule "
		    "and those behind it never run: the deny() of line %zu "
		    "has no condition", place.line);
}

static void
check_section(struct assay_lint *l)
{
	const struct assay_section *s =
	    &l->policy->tree.sections[l->section];
	bool denied = false;

	for (const struct assay_rule *r = s->rules;
	    r != NULL && !assay_diagnostics_full(l->diag); r = r->next) {
		l->rule = r;
		for (const struct assay_condition *c = r->conditions;
		    c != NULL; c = c->next)
			assay_lint_condition(l, c);
		check_action(l);
		if (r->action.kind == ASSAY_ACTION_DENY &&
		    r->conditions == NULL && !denied) {
			unreachable(l, r);
			denied = true;
		}
	}
}

static void
no_permit(struct assay_lint *l)
{
	const struct assay_section *s =
	    &l->policy->tree.sections[ASSAY_SECTION_AUTHORIZATION];

	for (const struct assay_rule *r = s->rules; r != NULL; r = r->next)
		if (r->action.kind == ASSAY_ACTION_PERMIT)
			return;
	assay_lint_warn(l, s->span, "no-permit", "authorizationrules have no "
	    "permit(): every attestation is refused");
}

bool
assay_policy_lint(const struct assay_policy *policy,
    const char *attestation_type, struct assay_diagnostics *diag,
    struct assay_error *err)
{
	struct assay_lint l = { .policy = policy, .diag = diag,
	    .attestation_type = attestation_type };

	l.kinds = assay_claim_kind_parse(assay_bytes_of(attestation_type));
	if (l.kinds == 0) {	/* none, or one without a list of claims */
		l.kinds = ASSAY_CLAIM_ALL;
		l.attestation_type = NULL;
	}
	no_permit(&l);
	for (size_t i = 0; i < ASSAY_SECTION_COUNT; i++) {
		l.section = (enum assay_section_kind)i;
		check_section(&l);
	}
	if (!assay_diagnostics_ok(diag))
		return assay_fail_memory(err, "policy checker");
	return true;
}
