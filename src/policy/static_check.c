/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "json/json.h"
#include "policy/static_check.h"
#include "policy/setting.h"

struct checker {
	struct assay_policy		*policy;
	struct assay_diagnostics	*diag;
	enum assay_section_kind		 section;
	struct assay_rule		*rule;
	bool				 no_memory;
};

static void
mistake(struct checker *c, struct assay_span span, const char *id,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void
mistake(struct checker *c, struct assay_span span, const char *id,
    const char *fmt, ...)
{
	char text[768];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	assay_diagnose(c->diag, &c->policy->source, ASSAY_DIAGNOSTIC_ERROR,
	    span, id, "%s", text);
}

/* Length of a name for "%.*s"; longer ones are cut. */
static int
shown(struct assay_bytes name)
{
	return name.len < 64 ? (int)name.len : 64;
}

static const char *
chars(struct assay_bytes name)
{
	return (const char *)name.ptr;
}

static void
needs_version(struct checker *c, struct assay_span span, const char *what,
    unsigned int version)
{
	unsigned int have = c->policy->tree.version;

	if (have != 0 && have < version)
		mistake(c, span, "needs-version", "%s %u.%u, this policy is "
		    "version %u.%u", what, version / 10, version % 10,
		    have / 10, have % 10);
}

enum assay_kind
assay_expr_kind_of(const struct assay_expr *e)
{
	switch (e->kind) {
	case ASSAY_EXPR_LITERAL:
		return assay_kind_of(e->literal.type);
	case ASSAY_EXPR_MEMBER:
		return e->property == ASSAY_PROPERTY_VALUE ? ASSAY_KIND_ANY :
		    ASSAY_KIND_STRING;
	case ASSAY_EXPR_CALL:
		return e->builtin != NULL ? e->builtin->result :
		    ASSAY_KIND_ANY;
	}
	return ASSAY_KIND_ANY;
}

static bool
same(struct assay_bytes a, struct assay_bytes b)
{
	return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

/* The condition of the rule that the identifier names, if it stands before
 * "end" (NULL: anywhere in the rule). */
static struct assay_condition *
named(const struct checker *c, struct assay_bytes name,
    const struct assay_condition *end)
{
	struct assay_condition *at = c->rule->conditions;

	for (; at != NULL && at != end; at = at->next)
		if (at->name.len != 0 && same(at->name, name))
			return at;
	return NULL;
}

/* Resolve an identifier that is used in, or behind, the condition end. */
static struct assay_condition *
resolve(struct checker *c, struct assay_bytes name, struct assay_span span,
    const struct assay_condition *end)
{
	struct assay_condition *found = named(c, name, end);

	if (found != NULL)
		found->used = true;
	else if (named(c, name, NULL) != NULL)
		mistake(c, span, "unknown-identifier", "identifier \"%.*s\" "
		    "is not known yet: it is visible from the next condition "
		    "on", shown(name), chars(name));
	else
		mistake(c, span, "unknown-identifier", "identifier \"%.*s\" "
		    "is unknown: no condition of this rule begins with "
		    "\"%.*s:\"", shown(name), chars(name), shown(name),
		    chars(name));
	return found;
}

static void check_expr(struct checker *c, struct assay_expr *e,
    const struct assay_condition *end);

static void
check_arguments(struct checker *c, struct assay_expr *e)
{
	const struct assay_builtin *b = e->builtin;
	size_t i = 0;

	if (e->n_args != b->n_args) {
		mistake(c, e->span, "argument-count", "%s takes %zu "
		    "argument%s, found %zu", b->name, b->n_args,
		    b->n_args == 1 ? "" : "s", e->n_args);
		return;
	}
	for (struct assay_expr *a = e->args; a != NULL; a = a->next, i++) {
		enum assay_kind kind = assay_expr_kind_of(a);

		if (kind != ASSAY_KIND_ANY && b->args[i] != ASSAY_KIND_ANY &&
		    kind != b->args[i])
			mistake(c, a->span, "argument-type", "%s: argument "
			    "%zu is %s, expected %s", b->name, i + 1,
			    assay_kind_name(kind), assay_kind_name(b->args[i]));
	}
}

/* A literal query is compiled with the policy, once for all evaluations. */
static void
compile_query(struct checker *c, struct assay_expr *e)
{
	const struct assay_expr *query = e->args->next;
	struct assay_error why = { 0 };
	struct assay_query *q;

	if (query->kind != ASSAY_EXPR_LITERAL ||
	    query->literal.type != ASSAY_VALUE_STRING)
		return;
	if ((q = assay_arena_alloc(c->policy->arena, 1, sizeof(*q))) == NULL) {
		c->no_memory = true;
		return;
	}
	if (!assay_jmes_compile(query->literal.text, &q->compiled, NULL,
	    &why)) {
		if (why.code == ASSAY_ERR_NO_MEMORY)
			c->no_memory = true;
		else
			mistake(c, query->span, "bad-query", "%s", why.text);
		return;
	}
	q->next = c->policy->queries;
	c->policy->queries = q;
	e->query = q->compiled;
}

/* A literal document that no evaluation could read. */
static void
check_document(struct checker *c, const struct assay_expr *e)
{
	const struct assay_expr *doc = e->args;
	struct assay_error why = { 0 };
	json_t *json;

	if (doc->kind != ASSAY_EXPR_LITERAL ||
	    doc->literal.type != ASSAY_VALUE_STRING)
		return;
	json = assay_json_parse(doc->literal.text, NULL, &why);
	if (json != NULL)
		json_decref(json);
	else if (why.code == ASSAY_ERR_NO_MEMORY)
		c->no_memory = true;
	else
		mistake(c, doc->span, "bad-document", "JmesPath: argument 1 "
		    "is not JSON: %s", why.text);
}

static void
check_call(struct checker *c, struct assay_expr *e,
    const struct assay_condition *end)
{
	const char *near;

	needs_version(c, e->span, "functions need policy version", 12);
	for (struct assay_expr *a = e->args; a != NULL; a = a->next)
		check_expr(c, a, end);
	e->builtin = assay_builtin_find(e->name);
	if (e->builtin != NULL) {
		check_arguments(c, e);
		if (e->builtin->queries && e->n_args == 2) {
			check_document(c, e);
			compile_query(c, e);
		}
		return;
	}
	near = assay_builtin_nearest(e->name);
	mistake(c, e->name_span, "unknown-function",
	    "function \"%.*s\" is unknown%s%s%s", shown(e->name),
	    chars(e->name), near != NULL ? "; did you mean \"" : "",
	    near != NULL ? near : "", near != NULL ? "\"?" : "");
}

static void
check_expr(struct checker *c, struct assay_expr *e,
    const struct assay_condition *end)
{
	const struct assay_condition *from;

	switch (e->kind) {
	case ASSAY_EXPR_LITERAL:
		return;
	case ASSAY_EXPR_MEMBER:
		from = resolve(c, e->name, e->name_span, end);
		e->condition = from != NULL ? from->index : 0;
		return;
	case ASSAY_EXPR_CALL:
		check_call(c, e, end);
		return;
	}
}

/* "<" and the like compare integers only. */
static void
check_order(struct checker *c, const struct assay_test *t)
{
	enum assay_kind kind = assay_expr_kind_of(t->expr);

	if (t->compare == ASSAY_COMPARE_EQ || t->compare == ASSAY_COMPARE_NE)
		return;
	if (t->property != ASSAY_PROPERTY_VALUE)
		mistake(c, t->span, "order-of-strings", "\"%s\" compares "
		    "integers, and %s is a string: expected \"==\" or \"!=\"",
		    assay_compare_name(t->compare),
		    assay_property_name(t->property));
	else if (kind != ASSAY_KIND_ANY && kind != ASSAY_KIND_INTEGER)
		mistake(c, t->expr->span, "order-of-strings",
		    "\"%s\" compares integers, found %s",
		    assay_compare_name(t->compare), assay_kind_name(kind));
}

static bool
is_string(const struct assay_expr *e)
{
	return e->kind == ASSAY_EXPR_LITERAL &&
	    e->literal.type == ASSAY_VALUE_STRING;
}

static bool
names_type(const struct assay_test *t)
{
	return t->property == ASSAY_PROPERTY_TYPE &&
	    t->compare == ASSAY_COMPARE_EQ && is_string(t->expr);
}

/* The first type == "literal" of a condition is answered by the index. */
static void
index_test(struct checker *c, struct assay_condition *cond,
    struct assay_test *t)
{
	if (cond->symbol != ASSAY_NO_SYMBOL || !names_type(t))
		return;
	cond->symbol = assay_symbols_find(&c->policy->symbols,
	    t->expr->literal.text);
	t->indexed = true;
}

static void
check_condition(struct checker *c, struct assay_condition *cond)
{
	size_t n_tests = 0;

	if (cond->negated)
		needs_version(c, cond->span, "\"!\" needs policy version", 12);
	if (cond->negated && cond->name.len != 0)
		mistake(c, cond->name_span, "negated-identifier", "a condition "
		    "with \"!\" selects nothing: it has no identifier");
	if (cond->name.len != 0 && named(c, cond->name, cond) != NULL)
		mistake(c, cond->name_span, "duplicate-identifier",
		    "identifier \"%.*s\" is used by an earlier condition of "
		    "this rule", shown(cond->name), chars(cond->name));
	cond->symbol = ASSAY_NO_SYMBOL;
	for (struct assay_test *t = cond->tests; t != NULL; t = t->next) {
		n_tests++;
		check_expr(c, t->expr, cond);
		check_order(c, t);
		index_test(c, cond, t);
	}
	if (n_tests > c->policy->max_tests)
		c->policy->max_tests = n_tests;
	if (cond->symbol == ASSAY_NO_SYMBOL &&
	    c->section != ASSAY_SECTION_CONFIGURATION)
		c->policy->scans = true;
}

/* Policy language, section 3: which action belongs where. issue in
 * authorizationrules is a published habit; it acts as add, with a warning. */
static const bool allowed[ASSAY_ACTION_COUNT][ASSAY_SECTION_COUNT] = {
	[ASSAY_ACTION_PERMIT] = { [ASSAY_SECTION_AUTHORIZATION] = true },
	[ASSAY_ACTION_DENY] = { [ASSAY_SECTION_AUTHORIZATION] = true },
	[ASSAY_ACTION_ADD] = { [ASSAY_SECTION_AUTHORIZATION] = true,
	    [ASSAY_SECTION_ISSUANCE] = true },
	[ASSAY_ACTION_ISSUE] = { [ASSAY_SECTION_AUTHORIZATION] = true,
	    [ASSAY_SECTION_ISSUANCE] = true },
	[ASSAY_ACTION_ISSUEPROPERTY] = {
	    [ASSAY_SECTION_CONFIGURATION] = true,
	    [ASSAY_SECTION_ISSUANCE] = true },
};

static void
check_place(struct checker *c, const struct assay_action *a)
{
	char where[96] = "";

	if (allowed[a->kind][c->section])
		return;
	for (size_t i = 0; i < ASSAY_SECTION_COUNT; i++) {
		size_t n = strlen(where);

		if (allowed[a->kind][i])
			(void)snprintf(where + n, sizeof(where) - n, "%s%s",
			    n != 0 ? " or " : "",
			    assay_section_name((enum assay_section_kind)i));
	}
	mistake(c, a->name_span, "action-place",
	    "%s() cannot stand in %s, expected in %s",
	    assay_action_name(a->kind), assay_section_name(c->section), where);
}

/* Where the action keeps the expression of a property; NULL for issuer. */
static struct assay_expr **
place_of(struct assay_action *a, enum assay_property property)
{
	switch (property) {
	case ASSAY_PROPERTY_TYPE:	return &a->type;
	case ASSAY_PROPERTY_VALUE:	return &a->value;
	case ASSAY_PROPERTY_VALUE_TYPE:	return &a->value_type;
	case ASSAY_PROPERTY_ISSUER:
	case ASSAY_PROPERTY_COUNT:	break;
	}
	return NULL;
}

static void
check_assigns(struct checker *c, struct assay_action *a)
{
	for (struct assay_assign *as = a->assigns; as != NULL; as = as->next) {
		struct assay_expr **place = place_of(a, as->property);

		check_expr(c, as->expr, NULL);
		if (place == NULL)
			mistake(c, as->span, "issuer-assigned", "a policy "
			    "cannot assign issuer: it is AttestationPolicy");
		else if (*place != NULL)
			mistake(c, as->span, "duplicate-property",
			    "%s is assigned twice",
			    assay_property_name(as->property));
		else
			*place = as->expr;
	}
	if (a->type == NULL)
		mistake(c, a->span, "missing-property",
		    "%s() lacks type=", assay_action_name(a->kind));
	if (a->value == NULL)
		mistake(c, a->span, "missing-property",
		    "%s() lacks value=", assay_action_name(a->kind));
}

static void
check_type(struct checker *c, struct assay_action *a)
{
	enum assay_kind kind;

	if (a->type == NULL)
		return;
	kind = assay_expr_kind_of(a->type);
	if (kind != ASSAY_KIND_ANY && kind != ASSAY_KIND_STRING)
		mistake(c, a->type->span, "type-not-string",
		    "type is %s, expected a string", assay_kind_name(kind));
	if (is_string(a->type)) {
		if (a->type->literal.text.len == 0)
			mistake(c, a->type->span, "empty-type",
			    "the type of a claim cannot be empty");
		a->symbol = assay_symbols_find(&c->policy->symbols,
		    a->type->literal.text);
	}
}

/* valueType follows from the value; saying it is allowed if it is true. */
static void
check_value_type(struct checker *c, const struct assay_action *a)
{
	static const struct {
		const char	*name;
		enum assay_kind	 kind;
	} types[] = {
		{ "String", ASSAY_KIND_STRING },
		{ "Integer", ASSAY_KIND_INTEGER },
		{ "Boolean", ASSAY_KIND_BOOLEAN },
	};
	const struct assay_expr *e = a->value_type;
	enum assay_kind kind;

	if (e == NULL)
		return;
	if (e->kind == ASSAY_EXPR_LITERAL &&
	    e->literal.type == ASSAY_VALUE_STRING)
		for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
			if (!assay_text_is(e->literal.text, types[i].name))
				continue;
			kind = a->value == NULL ? ASSAY_KIND_ANY :
			    assay_expr_kind_of(a->value);
			if (kind != ASSAY_KIND_ANY && kind != types[i].kind)
				mistake(c, e->span, "value-type",
				    "valueType is \"%s\", but the value is %s",
				    types[i].name, assay_kind_name(kind));
			return;
		}
	mistake(c, e->span, "value-type", "valueType is \"String\", "
	    "\"Integer\" or \"Boolean\"; it may be left out, since it follows "
	    "from the value");
}

static void
check_setting_place(struct checker *c, const struct assay_setting *s,
    struct assay_span span)
{
	if (s->section != c->section)
		mistake(c, span, "property-place",
		    "property %s belongs in %s", s->name,
		    assay_section_name(s->section));
}

/* Names of the properties of the section, for a message. */
static void
unknown_setting(struct checker *c, struct assay_bytes name,
    struct assay_span span)
{
	const char *names[8];
	const char *near;
	char list[160] = "";

	for (size_t i = 0; i < assay_settings_count; i++) {
		size_t n = strlen(list);

		names[i] = assay_settings[i].name;
		if (assay_settings[i].section == c->section)
			(void)snprintf(list + n, sizeof(list) - n, "%s%s",
			    n != 0 ? ", " : "", names[i]);
	}
	near = assay_nearest_name(name, names, assay_settings_count);
	mistake(c, span, "unknown-setting", "property \"%.*s\" is unknown, "
	    "expected one of %s%s%s%s", shown(name), chars(name), list,
	    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "");
}

static void
check_setting_value(struct checker *c, const struct assay_setting *s,
    const struct assay_expr *value)
{
	enum assay_kind kind;
	char why[256];

	if (value == NULL)
		return;
	kind = assay_expr_kind_of(value);
	if (value->kind == ASSAY_EXPR_LITERAL) {
		if (!assay_setting_accepts(s, &value->literal, why,
		    sizeof(why)))
			mistake(c, value->span, "property-value", "%s", why);
	} else if (kind != ASSAY_KIND_ANY && kind != assay_kind_of(s->type))
		mistake(c, value->span, "property-value", "property %s takes "
		    "%s, found %s", s->name,
		    assay_kind_name(assay_kind_of(s->type)),
		    assay_kind_name(kind));
}

/* What issue() and issueproperty() may name, as far as the text shows it. */
static void
check_target(struct checker *c, const struct assay_action *a,
    struct assay_bytes type, struct assay_span span)
{
	const struct assay_setting *s;
	const char *why;

	if (a->kind == ASSAY_ACTION_ISSUE &&
	    (why = assay_reserved_type(type)) != NULL)
		mistake(c, span, "reserved-claim", "cannot issue a claim of "
		    "type \"%.*s\": it %s", shown(type), chars(type), why);
	if (a->kind != ASSAY_ACTION_ISSUEPROPERTY)
		return;
	if ((s = assay_setting_find(type)) == NULL) {
		unknown_setting(c, type, span);
		return;
	}
	check_setting_place(c, s, span);
	check_setting_value(c, s, a->value);
}

static void
check_claim(struct checker *c, struct assay_action *a)
{
	const struct assay_condition *from = resolve(c, a->claim,
	    a->claim_span, NULL);

	if (from == NULL)
		return;
	a->condition = from->index;
	if (from->symbol != ASSAY_NO_SYMBOL)
		check_target(c, a, c->policy->symbols.names[from->symbol],
		    a->claim_span);
}

static void
check_action(struct checker *c, struct assay_action *a)
{
	check_place(c, a);
	a->symbol = ASSAY_NO_SYMBOL;
	if (a->kind == ASSAY_ACTION_PERMIT || a->kind == ASSAY_ACTION_DENY)
		return;
	if (a->claim.len != 0) {
		check_claim(c, a);
		return;
	}
	check_assigns(c, a);
	check_type(c, a);
	check_value_type(c, a);
	if (a->symbol != ASSAY_NO_SYMBOL && allowed[a->kind][c->section])
		check_target(c, a, a->type->literal.text, a->type->span);
}

static void
check_rule(struct checker *c, struct assay_rule *rule)
{
	size_t n = 0;

	c->rule = rule;
	for (struct assay_condition *cond = rule->conditions; cond != NULL;
	    cond = cond->next)
		cond->index = n++;
	rule->n_conditions = n;
	if (n > c->policy->max_conditions)
		c->policy->max_conditions = n;
	for (struct assay_condition *cond = rule->conditions; cond != NULL;
	    cond = cond->next)
		check_condition(c, cond);
	check_action(c, &rule->action);
}

static void
check_sections(struct checker *c)
{
	const struct assay_tree *tree = &c->policy->tree;
	const struct assay_section *s =
	    &tree->sections[ASSAY_SECTION_CONFIGURATION];

	if (s->present)
		needs_version(c, s->span,
		    "configurationrules need policy version", 11);
	/* With errors before, the section may be there in another spelling. */
	if (!tree->sections[ASSAY_SECTION_AUTHORIZATION].present &&
	    assay_diagnostics_errors(c->diag) == 0)
		mistake(c, (struct assay_span){ c->policy->source.text.len,
		    0 }, "missing-section", "found no authorizationrules, "
		    "expected one such section: without it nothing is "
		    "permitted");
}

/* Of each condition and each action at most one type. */
static size_t
count_names(const struct assay_tree *tree)
{
	size_t n = 0;

	for (size_t i = 0; i < ASSAY_SECTION_COUNT; i++)
		for (const struct assay_rule *r = tree->sections[i].rules;
		    r != NULL; r = r->next)
			n += 1 + r->n_conditions;
	return n;
}

static void
add_condition_name(struct assay_symbols *symbols,
    const struct assay_condition *cond)
{
	for (const struct assay_test *t = cond->tests; t != NULL; t = t->next)
		if (names_type(t)) {
			assay_symbols_add(symbols, t->expr->literal.text);
			return;
		}
}

static void
add_action_name(struct assay_symbols *symbols, const struct assay_action *a)
{
	for (const struct assay_assign *as = a->assigns; as != NULL;
	    as = as->next)
		if (as->property == ASSAY_PROPERTY_TYPE &&
		    is_string(as->expr)) {
			assay_symbols_add(symbols, as->expr->literal.text);
			return;
		}
}

static bool
number_types(struct assay_policy *policy)
{
	struct assay_symbols *symbols = &policy->symbols;

	if (!assay_symbols_init(symbols, count_names(&policy->tree),
	    policy->arena))
		return false;
	for (size_t i = 0; i < ASSAY_SECTION_COUNT; i++)
		for (const struct assay_rule *r =
		    policy->tree.sections[i].rules; r != NULL; r = r->next) {
			for (const struct assay_condition *cond =
			    r->conditions; cond != NULL; cond = cond->next)
				add_condition_name(symbols, cond);
			add_action_name(symbols, &r->action);
		}
	assay_symbols_sort(symbols);
	return true;
}

bool
assay_policy_check(struct assay_policy *policy, struct assay_diagnostics *diag)
{
	struct checker c = { .policy = policy, .diag = diag };

	if (!number_types(policy))
		return false;
	check_sections(&c);
	for (size_t i = 0; i < ASSAY_SECTION_COUNT; i++) {
		c.section = (enum assay_section_kind)i;
		for (struct assay_rule *r = policy->tree.sections[i].rules;
		    r != NULL; r = r->next)
			check_rule(&c, r);
	}
	return !c.no_memory;
}
