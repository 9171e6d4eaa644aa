/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One function for each production of the grammar (doc/policy.md), headed by
 * its rule. Each returns false after it reported a mistake; the rule that
 * holds it is then dropped, and parsing goes on behind the next ";".
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "policy/parser.h"

struct parser {
	struct assay_lexer		 lex;
	struct assay_token		 now;
	struct assay_token		 last;	/* the one before */
	const struct assay_source	*src;
	struct assay_arena		*arena;
	struct assay_diagnostics	*diag;
	struct assay_tree		*tree;
	size_t				 depth;
	bool				 no_memory;
	bool				 too_many;	/* reported */
	bool				 ended;		/* reported */
};

static void
advance(struct parser *p)
{
	p->last = p->now;
	p->now = assay_lexer_next(&p->lex);
	if (p->lex.no_memory)
		p->no_memory = true;
}

static void *
node(struct parser *p, size_t size)
{
	void *out = assay_arena_alloc(p->arena, 1, size);

	if (out == NULL)
		p->no_memory = true;
	return out;
}

/* Bytes of a text that a message shows, whole characters only. */
static int
cut(struct assay_bytes text)
{
	size_t n = text.len < 40 ? text.len : 40;

	while (n > 0 && n < text.len && (text.ptr[n] & 0xc0) == 0x80)
		n--;
	return (int)n;
}

/* How to speak of what stands there. */
static const char *
found(const struct assay_token *t, char *out, size_t size)
{
	switch (t->kind) {
	case ASSAY_TOKEN_WORD:
	case ASSAY_TOKEN_INTEGER:
		(void)snprintf(out, size, "\"%.*s\"", cut(t->text),
		    (const char *)t->text.ptr);
		return out;
	case ASSAY_TOKEN_STRING:
		(void)snprintf(out, size, "the string \"%.*s\"",
		    cut(t->text), (const char *)t->text.ptr);
		return out;
	default:
		return assay_token_kind_name(t->kind);
	}
}

/* Report what stands at the current token. A token that the lexer reported
 * is not reported twice, nor is the end of the policy. */
static bool
mistake(struct parser *p, const char *id, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static bool
mistake(struct parser *p, const char *id, const char *fmt, ...)
{
	char what[64], text[512];
	va_list ap;

	if (p->now.kind == ASSAY_TOKEN_BAD || p->no_memory || p->ended)
		return false;
	p->ended = p->now.kind == ASSAY_TOKEN_END;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	assay_diagnose(p->diag, p->src, ASSAY_DIAGNOSTIC_ERROR, p->now.span,
	    id, "found %s, expected %s",
	    found(&p->now, what, sizeof(what)), text);
	return false;
}

static bool
at(const struct parser *p, enum assay_token_kind kind)
{
	return p->now.kind == kind;
}

static bool
at_word(const struct parser *p, const char *word)
{
	return at(p, ASSAY_TOKEN_WORD) && assay_text_is(p->now.text, word);
}

static bool
accept(struct parser *p, enum assay_token_kind kind)
{
	if (!at(p, kind))
		return false;
	advance(p);
	return true;
}

static bool
expect(struct parser *p, enum assay_token_kind kind)
{
	if (accept(p, kind))
		return true;
	return mistake(p, "syntax", "%s", assay_token_kind_name(kind));
}

/* As expect, naming where the thing to be closed was opened. */
static bool
expect_close(struct parser *p, enum assay_token_kind kind,
    const struct assay_token *open)
{
	struct assay_place place;

	if (accept(p, kind))
		return true;
	place = assay_source_place(p->src, open->span.offset);
	return mistake(p, "syntax", "%s to close %s of line %zu, column %zu",
	    assay_token_kind_name(kind), assay_token_kind_name(open->kind),
	    place.line, place.column);
}

/* property = "type" | "value" | "valueType" | "issuer" */
static bool
property(struct parser *p, enum assay_property *out)
{
	static const char *const names[] = { "type", "value", "valueType",
	    "issuer" };
	const char *near = NULL;

	for (size_t i = 0; i < ASSAY_PROPERTY_COUNT; i++) {
		if (!at_word(p, names[i]))
			continue;
		*out = (enum assay_property)i;
		advance(p);
		return true;
	}
	if (at(p, ASSAY_TOKEN_WORD))
		near = assay_nearest_name(p->now.text, names,
		    ASSAY_PROPERTY_COUNT);
	if (near != NULL)
		return mistake(p, "unknown-property",
		    "\"type\", \"value\", \"valueType\" or \"issuer\"; did "
		    "you mean \"%s\"?", near);
	return mistake(p, "unknown-property",
	    "\"type\", \"value\", \"valueType\" or \"issuer\"");
}

static bool expr(struct parser *p, struct assay_expr **out);

/* call = IDENT "(" [ expr { "," expr } ] ")"; the name is read already */
static bool
call(struct parser *p, struct assay_expr *e)
{
	struct assay_token open = p->now;
	struct assay_expr **tail = &e->args;

	e->kind = ASSAY_EXPR_CALL;
	advance(p);
	if (!at(p, ASSAY_TOKEN_CLOSE_PAREN)) {
		do {
			if (!expr(p, tail))
				return false;
			tail = &(*tail)->next;
			e->n_args++;
		} while (accept(p, ASSAY_TOKEN_COMMA));
	}
	return expect_close(p, ASSAY_TOKEN_CLOSE_PAREN, &open);
}

/* IDENT "." property | IDENT "(" ... ")" | "true" | "false" */
static bool
word_expr(struct parser *p, struct assay_expr *e)
{
	if (at_word(p, "true") || at_word(p, "false")) {
		e->kind = ASSAY_EXPR_LITERAL;
		e->literal = assay_value_boolean(at_word(p, "true"));
		advance(p);
		return true;
	}
	e->name = p->now.text;
	e->name_span = p->now.span;
	advance(p);
	if (at(p, ASSAY_TOKEN_OPEN_PAREN))
		return call(p, e);
	e->kind = ASSAY_EXPR_MEMBER;
	if (!at(p, ASSAY_TOKEN_DOT))
		return mistake(p, "syntax", "\".\" and a property, or \"(\" "
		    "and arguments, behind the name \"%.*s\"",
		    cut(e->name), (const char *)e->name.ptr);
	advance(p);
	return property(p, &e->property);
}

/* expr = STRING | INTEGER | "true" | "false" | IDENT "." property
 *      | IDENT "(" [ expr { "," expr } ] ")" */
static bool
expr_body(struct parser *p, struct assay_expr *e)
{
	switch (p->now.kind) {
	case ASSAY_TOKEN_STRING:
		e->literal = assay_value_string(p->now.text);
		advance(p);
		return true;
	case ASSAY_TOKEN_INTEGER:
		e->literal = assay_value_integer(p->now.integer);
		advance(p);
		return true;
	case ASSAY_TOKEN_WORD:
		return word_expr(p, e);
	case ASSAY_TOKEN_LT:
		return mistake(p, "syntax", "a value: replace the placeholder "
		    "between \"<\" and \">\"");
	default:
		return mistake(p, "syntax", "a string, an integer, true, "
		    "false, an identifier with a property, or a function");
	}
}

static bool
expr(struct parser *p, struct assay_expr **out)
{
	struct assay_expr *e = node(p, sizeof(*e));
	struct assay_token first = p->now;
	bool ok;

	if (e == NULL)
		return false;
	if (p->depth == ASSAY_MAX_DEPTH)
		return mistake(p, "too-deep", "at most %d function calls "
		    "inside each other", ASSAY_MAX_DEPTH);
	p->depth++;
	ok = expr_body(p, e);
	p->depth--;
	e->span = assay_span_join(first.span, p->last.span);
	*out = e;
	return ok;
}

/* compare = "==" | "!=" | "<" | "<=" | ">" | ">=" */
static bool
compare(struct parser *p, enum assay_compare *out)
{
	static const struct {
		enum assay_token_kind	token;
		enum assay_compare	compare;
	} rows[] = {
		{ ASSAY_TOKEN_EQ, ASSAY_COMPARE_EQ },
		{ ASSAY_TOKEN_NE, ASSAY_COMPARE_NE },
		{ ASSAY_TOKEN_LT, ASSAY_COMPARE_LT },
		{ ASSAY_TOKEN_LE, ASSAY_COMPARE_LE },
		{ ASSAY_TOKEN_GT, ASSAY_COMPARE_GT },
		{ ASSAY_TOKEN_GE, ASSAY_COMPARE_GE },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!at(p, rows[i].token))
			continue;
		*out = rows[i].compare;
		advance(p);
		return true;
	}
	/* Published samples have it; the grammar never had. */
	if (at(p, ASSAY_TOKEN_ASSIGN)) {
		(void)mistake(p, "single-equals",
		    "a comparison; did you mean \"==\"?");
		*out = ASSAY_COMPARE_EQ;
		advance(p);
		return true;
	}
	return mistake(p, "syntax",
	    "\"==\", \"!=\", \"<\", \"<=\", \">\" or \">=\"");
}

/* test = property compare expr */
static bool
test(struct parser *p, struct assay_test **out)
{
	struct assay_test *t = node(p, sizeof(*t));
	struct assay_token first = p->now;

	if (t == NULL || !property(p, &t->property) ||
	    !compare(p, &t->compare) || !expr(p, &t->expr))
		return false;
	t->span = assay_span_join(first.span, p->last.span);
	*out = t;
	return true;
}

/* "[" [ test { "," test } ] "]" */
static bool
tests(struct parser *p, struct assay_condition *c)
{
	struct assay_test **tail = &c->tests;
	struct assay_token open = p->now;
	size_t n = 0;

	if (!expect(p, ASSAY_TOKEN_OPEN_BRACKET))
		return false;
	if (!at(p, ASSAY_TOKEN_CLOSE_BRACKET)) {
		do {
			if (n++ == ASSAY_MAX_POLICY_TESTS)
				return mistake(p, "too-many-tests", "at most "
				    "%d tests in a condition",
				    ASSAY_MAX_POLICY_TESTS);
			if (!test(p, tail))
				return false;
			tail = &(*tail)->next;
		} while (accept(p, ASSAY_TOKEN_COMMA));
	}
	return expect_close(p, ASSAY_TOKEN_CLOSE_BRACKET, &open);
}

/* condition = [ "!" ] [ IDENT ":" ] "[" [ test { "," test } ] "]" */
static bool
condition(struct parser *p, struct assay_condition **out)
{
	struct assay_condition *c = node(p, sizeof(*c));
	struct assay_token first = p->now;

	if (c == NULL)
		return false;
	c->negated = accept(p, ASSAY_TOKEN_NOT);
	if (at(p, ASSAY_TOKEN_WORD)) {
		c->name = p->now.text;
		c->name_span = p->now.span;
		advance(p);
		if (!expect(p, ASSAY_TOKEN_COLON))
			return false;
	}
	if (!at(p, ASSAY_TOKEN_OPEN_BRACKET))
		return mistake(p, "syntax", "a condition in \"[\" and \"]\"");
	if (!tests(p, c))
		return false;
	c->span = assay_span_join(first.span, p->last.span);
	*out = c;
	return true;
}

/* assign = property "=" expr */
static bool
assign(struct parser *p, struct assay_assign **out)
{
	struct assay_assign *a = node(p, sizeof(*a));
	struct assay_token first = p->now;

	if (a == NULL)
		return false;
	if (at(p, ASSAY_TOKEN_STRING))
		return mistake(p, "syntax",
		    "a property; did you mean type=\"...\"?");
	if (!property(p, &a->property))
		return false;
	if (at(p, ASSAY_TOKEN_EQ)) {
		(void)mistake(p, "double-equals",
		    "an assignment; did you mean \"=\"?");
		advance(p);
	} else if (!expect(p, ASSAY_TOKEN_ASSIGN))
		return false;
	if (!expr(p, &a->expr))
		return false;
	a->span = assay_span_join(first.span, p->last.span);
	*out = a;
	return true;
}

/* claim = "claim" "=" IDENT | assign { "," assign } */
static bool
claim(struct parser *p, struct assay_action *a)
{
	struct assay_assign **tail = &a->assigns;

	if (at_word(p, "claim")) {
		advance(p);
		if (!expect(p, ASSAY_TOKEN_ASSIGN))
			return false;
		if (!at(p, ASSAY_TOKEN_WORD))
			return mistake(p, "syntax",
			    "the identifier of a condition of this rule");
		a->claim = p->now.text;
		a->claim_span = p->now.span;
		advance(p);
		return true;
	}
	do {
		if (!assign(p, tail))
			return false;
		tail = &(*tail)->next;
	} while (accept(p, ASSAY_TOKEN_COMMA));
	return true;
}

static bool
action_name(struct parser *p, struct assay_action *a)
{
	static const char *const names[] = { "permit", "deny", "add", "issue",
	    "issueproperty" };
	const char *near = NULL;

	for (size_t i = 0; i < ASSAY_ACTION_COUNT; i++) {
		if (!at_word(p, names[i]))
			continue;
		a->kind = (enum assay_action_kind)i;
		a->name_span = p->now.span;
		advance(p);
		return true;
	}
	if (at(p, ASSAY_TOKEN_WORD))
		near = assay_nearest_name(p->now.text, names,
		    ASSAY_ACTION_COUNT);
	if (near != NULL)
		return mistake(p, "unknown-action", "permit, deny, add, issue "
		    "or issueproperty; did you mean \"%s\"?", near);
	return mistake(p, "unknown-action",
	    "permit, deny, add, issue or issueproperty");
}

/* action = ( "permit" | "deny" ) "(" ")"
 *        | ( "add" | "issue" | "issueproperty" ) "(" claim ")" */
static bool
action(struct parser *p, struct assay_action *a)
{
	struct assay_token open;

	if (!action_name(p, a))
		return false;
	open = p->now;
	if (!expect(p, ASSAY_TOKEN_OPEN_PAREN))
		return false;
	if (a->kind != ASSAY_ACTION_PERMIT && a->kind != ASSAY_ACTION_DENY &&
	    !claim(p, a))
		return false;
	if (!expect_close(p, ASSAY_TOKEN_CLOSE_PAREN, &open))
		return false;
	a->span = assay_span_join(a->name_span, p->last.span);
	return true;
}

/* { condition "&&" } condition */
static bool
conditions(struct parser *p, struct assay_rule *r)
{
	struct assay_condition **tail = &r->conditions;

	do {
		if (r->n_conditions == ASSAY_MAX_POLICY_CONDITIONS)
			return mistake(p, "too-many-conditions", "at most %d "
			    "conditions in a rule",
			    ASSAY_MAX_POLICY_CONDITIONS);
		if (!condition(p, tail))
			return false;
		tail = &(*tail)->next;
		r->n_conditions++;
	} while (accept(p, ASSAY_TOKEN_AND));
	return true;
}

static bool
starts_rule(const struct parser *p)
{
	return at(p, ASSAY_TOKEN_OPEN_BRACKET) || at(p, ASSAY_TOKEN_NOT) ||
	    at(p, ASSAY_TOKEN_ARROW) || at(p, ASSAY_TOKEN_WORD);
}

/* The ";" of a rule. One that is missing before "}" or before what begins
 * the next rule is reported, and the rule is kept. */
static bool
rule_end(struct parser *p)
{
	if (expect(p, ASSAY_TOKEN_SEMICOLON))
		return true;
	return starts_rule(p) || at(p, ASSAY_TOKEN_CLOSE_BRACE);
}

/* rule = [ condition { "&&" condition } ] "=>" action ";" */
static bool
rule(struct parser *p, struct assay_rule *r)
{
	struct assay_token first = p->now;

	if (!at(p, ASSAY_TOKEN_ARROW) && !conditions(p, r))
		return false;
	if (!at(p, ASSAY_TOKEN_ARROW))
		return mistake(p, "syntax", r->conditions != NULL ?
		    "\"&&\" or \"=>\"" : "\"=>\" or a condition");
	advance(p);
	if (!action(p, &r->action))
		return false;
	r->span = assay_span_join(first.span, p->last.span);
	return rule_end(p);
}

/* Behind the next ";", or before what ends the section. */
static void
recover(struct parser *p)
{
	p->lex.skipping = true;
	while (!at(p, ASSAY_TOKEN_SEMICOLON) && !at(p, ASSAY_TOKEN_END) &&
	    !at(p, ASSAY_TOKEN_CLOSE_BRACE))
		advance(p);
	p->lex.skipping = false;
	(void)accept(p, ASSAY_TOKEN_SEMICOLON);
}

/* Report, once, that the policy is longer than it may be. */
static bool
count_rule(struct parser *p)
{
	if (p->tree->n_rules < ASSAY_MAX_POLICY_RULES) {
		p->tree->n_rules++;
		return true;
	}
	if (!p->too_many)
		assay_diagnose(p->diag, p->src, ASSAY_DIAGNOSTIC_ERROR,
		    p->now.span, "too-many-rules",
		    "a policy has at most %d rules", ASSAY_MAX_POLICY_RULES);
	p->too_many = true;
	return false;
}

static const char *const section_names[] = { "configurationrules",
    "authorizationrules", "issuancerules" };

/* The "}" of this section is missing: the next one begins. */
static bool
at_section(const struct parser *p)
{
	for (size_t i = 0; i < ASSAY_SECTION_COUNT; i++)
		if (at(p, ASSAY_TOKEN_WORD) &&
		    assay_text_is_nocase(p->now.text, section_names[i]))
			return true;
	return false;
}

/* { rule } of a section, up to its "}" */
static void
rules(struct parser *p, struct assay_section *s)
{
	struct assay_rule **tail = &s->rules;

	while (*tail != NULL)
		tail = &(*tail)->next;
	while (!at(p, ASSAY_TOKEN_CLOSE_BRACE) && !at(p, ASSAY_TOKEN_END) &&
	    !at_section(p) && !p->no_memory) {
		struct assay_rule *r;

		if (!count_rule(p) || (r = node(p, sizeof(*r))) == NULL) {
			recover(p);
			continue;
		}
		r->number = ++s->n_rules;
		if (rule(p, r)) {
			*tail = r;
			tail = &r->next;
		} else
			recover(p);
	}
}

static void
section_report(struct parser *p, struct assay_span span, const char *id,
    const char *message, const char *arg)
{
	assay_diagnose(p->diag, p->src, ASSAY_DIAGNOSTIC_ERROR, span, id,
	    "%s%s", message, arg);
}

/* Which section the name opens; ASSAY_SECTION_COUNT after reporting one that
 * is unknown. */
static enum assay_section_kind
section_kind(struct parser *p)
{
	const char *near;

	for (size_t i = 0; i < ASSAY_SECTION_COUNT; i++)
		if (assay_text_is_nocase(p->now.text, section_names[i]))
			return (enum assay_section_kind)i;
	near = assay_nearest_name(p->now.text, section_names,
	    ASSAY_SECTION_COUNT);
	(void)mistake(p, "unknown-section", "configurationrules, "
	    "authorizationrules or issuancerules%s%s%s",
	    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "");
	return ASSAY_SECTION_COUNT;
}

/* A section may appear once, in the order of the enum. */
static void
section_place(struct parser *p, enum assay_section_kind kind)
{
	struct assay_section *s = &p->tree->sections[kind];

	if (s->present) {
		struct assay_place place = assay_source_place(p->src,
		    s->span.offset);

		assay_diagnose(p->diag, p->src, ASSAY_DIAGNOSTIC_ERROR,
		    p->now.span, "duplicate-section", "%s appears twice: the "
		    "first is in line %zu", section_names[kind], place.line);
		return;
	}
	for (size_t i = kind + 1; i < ASSAY_SECTION_COUNT; i++)
		if (p->tree->sections[i].present) {
			section_report(p, p->now.span, "section-order",
			    "sections come in the order configurationrules, "
			    "authorizationrules, issuancerules: move this one "
			    "before ", section_names[i]);
			break;
		}
	s->present = true;
	s->span = p->now.span;
}

/* The ";" behind "}". Published policies leave out the last one, which is
 * tolerated; a missing one before another section is not. */
static void
section_end(struct parser *p, const struct assay_token *open)
{
	if (!expect_close(p, ASSAY_TOKEN_CLOSE_BRACE, open))
		return;
	if (!at(p, ASSAY_TOKEN_END))
		(void)expect(p, ASSAY_TOKEN_SEMICOLON);
}

/* section = ( "configurationrules" | "authorizationrules"
 *           | "issuancerules" ) "{" { rule } "}" ";" */
static void
section(struct parser *p)
{
	struct assay_section unknown = { 0 };
	enum assay_section_kind kind = section_kind(p);
	struct assay_token open;

	if (kind != ASSAY_SECTION_COUNT)
		section_place(p, kind);
	advance(p);
	open = p->now;
	if (!expect(p, ASSAY_TOKEN_OPEN_BRACE)) {
		recover(p);
		return;
	}
	rules(p, kind != ASSAY_SECTION_COUNT ? &p->tree->sections[kind] :
	    &unknown);
	section_end(p, &open);
}

/* NUMBER "." NUMBER, of a version that exists */
static bool
version_number(struct parser *p)
{
	static const struct {
		const char	*major, *minor;
		unsigned int	 version;
	} known[] = {
		{ "1", "0", 10 }, { "1", "1", 11 }, { "1", "2", 12 },
	};
	struct assay_token major = p->now, minor;

	if (!expect(p, ASSAY_TOKEN_INTEGER) || !expect(p, ASSAY_TOKEN_DOT))
		return false;
	minor = p->now;
	if (!expect(p, ASSAY_TOKEN_INTEGER))
		return false;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (assay_text_is(major.text, known[i].major) &&
		    assay_text_is(minor.text, known[i].minor))
			p->tree->version = known[i].version;
	if (p->tree->version == 0)
		assay_diagnose(p->diag, p->src, ASSAY_DIAGNOSTIC_ERROR,
		    assay_span_join(major.span, minor.span), "unknown-version",
		    "policy version %.*s.%.*s is unknown, expected 1.0, 1.1 "
		    "or 1.2", cut(major.text), (const char *)major.text.ptr,
		    cut(minor.text), (const char *)minor.text.ptr);
	return true;
}

/* version = "version" "=" NUMBER "." NUMBER ";" */
static void
version(struct parser *p)
{
	if (!at(p, ASSAY_TOKEN_WORD) ||
	    !assay_text_is_nocase(p->now.text, "version")) {
		(void)mistake(p, "no-version",
		    "\"version=1.0;\", 1.1 or 1.2, which comes first");
		return;
	}
	advance(p);
	if (expect(p, ASSAY_TOKEN_ASSIGN) && version_number(p) &&
	    expect(p, ASSAY_TOKEN_SEMICOLON))
		return;
	while (!at(p, ASSAY_TOKEN_SEMICOLON) && !at(p, ASSAY_TOKEN_WORD) &&
	    !at(p, ASSAY_TOKEN_END))
		advance(p);
	(void)accept(p, ASSAY_TOKEN_SEMICOLON);
}

/* policy = version { section } */
static void
policy(struct parser *p)
{
	bool reported = false;

	version(p);
	while (!at(p, ASSAY_TOKEN_END) && !p->no_memory) {
		if (at(p, ASSAY_TOKEN_WORD)) {
			section(p);
			reported = false;
			continue;
		}
		if (!reported)
			(void)mistake(p, "syntax", "configurationrules, "
			    "authorizationrules, issuancerules or the end of "
			    "the policy");
		reported = true;
		advance(p);
	}
}

bool
assay_policy_parse(const struct assay_source *src, struct assay_arena *arena,
    struct assay_diagnostics *diag, struct assay_tree *tree)
{
	struct parser p = { .src = src, .arena = arena, .diag = diag,
	    .tree = tree };

	p.lex = assay_lexer(src, arena, diag);
	advance(&p);
	policy(&p);
	return !p.no_memory;
}
