/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Grammar: jmespath.org/specification.html. Two kinds of operator: postfix
 * ones ('.', brackets) bind tightest and extend a chain of steps in a loop;
 * the binary ones follow the table of precedence (operator precedence
 * parsing). Recursion is for brackets, calls and '!' only, and is counted.
 */
#include <string.h>

#include "base/limits.h"
#include "policy/jmes_function.h"
#include "policy/jmes_lexer.h"

struct parser {
	struct assay_jmes	*e;
	struct jmes_report	*report;
	struct jmes_lexer	 lexer;
	struct jmes_token	 tok, ahead;
	size_t			 depth;
};

/* A chain under construction. */
struct chain {
	struct jmes_node	*first, *last;
	struct jmes_node	*open;	/* first step behind the last stop */
	struct jmes_item	*item;	/* last operand of a lone || or && */
	size_t			 growth; /* nesting that it can add */
};

/* Operands of a list, hash, call, || or && under construction. */
struct operands {
	struct jmes_item	*first, *last;
	size_t			 count;
	size_t			 growth;	/* the most of any */
	size_t			 reference;	/* the most of any &expr */
};

static const struct binary {
	enum jmes_token_kind	token;
	unsigned int		power;	/* higher binds tighter */
	enum jmes_kind		kind;
	enum jmes_compare	op;
} binaries[] = {
	{ JMES_T_PIPE,	1, JMES_BARRIER, JMES_EQ },
	{ JMES_T_OR,	2, JMES_OR,	 JMES_EQ },
	{ JMES_T_AND,	3, JMES_AND,	 JMES_EQ },
	{ JMES_T_EQ,	4, JMES_COMPARE, JMES_EQ },
	{ JMES_T_NE,	4, JMES_COMPARE, JMES_NE },
	{ JMES_T_LT,	4, JMES_COMPARE, JMES_LT },
	{ JMES_T_LE,	4, JMES_COMPARE, JMES_LE },
	{ JMES_T_GT,	4, JMES_COMPARE, JMES_GT },
	{ JMES_T_GE,	4, JMES_COMPARE, JMES_GE },
};

static bool expression(struct parser *p, unsigned int min, struct chain *out);

static bool
advance(struct parser *p)
{
	p->tok = p->ahead;
	return assay_jmes_next(&p->lexer, &p->ahead);
}

static bool
unexpected(struct parser *p, const char *expected)
{
	char found[JMES_TOKEN_TEXT];

	assay_jmes_describe(&p->tok, found);
	return assay_jmes_fail(p->report, ASSAY_JMES_SYNTAX, p->tok.offset,
	    "found %s, expected %s", found, expected);
}

static bool
expect(struct parser *p, enum jmes_token_kind kind, const char *expected)
{
	return p->tok.kind == kind ? advance(p) : unexpected(p, expected);
}

static bool
no_memory(struct parser *p)
{
	return assay_jmes_fail(p->report, ASSAY_JMES_MEMORY, p->tok.offset,
	    "out of memory");
}

static bool
too_deep(struct parser *p, const char *what)
{
	return assay_jmes_fail(p->report, ASSAY_JMES_LIMIT, p->tok.offset,
	    "%s deeper than %d levels", what, ASSAY_MAX_DEPTH);
}

/* What stands between brackets: a whole expression, one level down. */
static bool
nested(struct parser *p, struct chain *out)
{
	bool ok;

	if (p->depth == ASSAY_MAX_DEPTH)
		return too_deep(p, "expression nests");
	p->depth++;
	ok = expression(p, 0, out);
	p->depth--;
	return ok;
}

static struct jmes_node *
node(struct parser *p, enum jmes_kind kind)
{
	struct jmes_node *n;

	if ((n = assay_arena_alloc(p->e->arena, 1, sizeof(*n))) == NULL) {
		(void)no_memory(p);
		return NULL;
	}
	n->kind = kind;
	n->offset = p->tok.offset;
	return n;
}

static bool
grow(struct parser *p, struct chain *c, size_t by)
{
	c->growth += by;
	if (c->growth > ASSAY_MAX_DEPTH)
		return too_deep(p, "result can nest");
	return true;
}

/* A barrier or a flatten ends the projections that are open before it. */
static void
stop_projections(struct chain *c, struct jmes_node *stop)
{
	for (struct jmes_node *n = c->open; n != NULL; n = n->next)
		n->stop = stop;
	c->open = stop;
}

/* Every step joins its chain here. growth: what it can add in nesting. */
static bool
append(struct parser *p, struct chain *c, struct jmes_node *n, size_t growth)
{
	if (n->kind == JMES_BARRIER || n->kind == JMES_FLATTEN)
		stop_projections(c, n);
	else if (c->open == NULL)
		c->open = n;
	if (c->first == NULL)
		c->first = n;
	else
		c->last->next = n;
	c->last = n;
	c->item = NULL;
	return grow(p, c, growth);
}

/* Append a step of the kind that is all in its token. */
static bool
step(struct parser *p, struct chain *c, enum jmes_kind kind)
{
	struct jmes_node *n = node(p, kind);

	return n != NULL && append(p, c, n, 0) && advance(p);
}

static bool
add_operand(struct parser *p, struct operands *o, const struct chain *c,
    const char *key, bool reference)
{
	size_t *growth = reference ? &o->reference : &o->growth;
	struct jmes_item *item;

	if ((item = assay_arena_alloc(p->e->arena, 1, sizeof(*item))) == NULL)
		return no_memory(p);
	*item = (struct jmes_item){ .expr = c->first, .key = key,
	    .reference = reference };
	if (o->last == NULL)
		o->first = item;
	else
		o->last->next = item;
	o->last = item;
	o->count++;
	if (c->growth > *growth)
		*growth = c->growth;
	return true;
}

static void
set_operands(struct jmes_node *n, const struct operands *o)
{
	n->u.items.first = o->first;
	n->u.items.count = o->count;
}

/* identifier = unquoted-string / quoted-string */
static bool
field(struct parser *p, struct chain *c)
{
	struct jmes_node *n;

	if (p->ahead.kind == JMES_T_LPAREN)	/* a call was seen before */
		return assay_jmes_fail(p->report, ASSAY_JMES_SYNTAX,
		    p->tok.offset, "found a quoted name before '(', "
		    "expected the name of a function without quotes");
	return (n = node(p, JMES_FIELD)) != NULL &&
	    assay_jmes_identifier(&p->tok, p->e->arena, p->report,
	    &n->u.name) && append(p, c, n, 0) && advance(p);
}

/* How deep a value nests. */
static size_t
depth_of(json_t *value)
{
	size_t deepest = 0, depth, i;
	const char *name;
	json_t *inner;

	if (!json_is_array(value) && !json_is_object(value))
		return 0;
	json_array_foreach(value, i, inner)
		if ((depth = depth_of(inner)) > deepest)
			deepest = depth;
	json_object_foreach(value, name, inner)
		if ((depth = depth_of(inner)) > deepest)
			deepest = depth;
	return deepest + 1;
}

/* literal = "`" json-value "`"; raw-string = "'" *raw-string-char "'" */
static bool
literal(struct parser *p, struct chain *c)
{
	struct jmes_node *n;
	json_t *value;

	if ((n = node(p, JMES_LITERAL)) == NULL)
		return false;
	value = assay_jmes_literal(&p->tok, p->e->arena, p->report);
	if (value == NULL)
		return false;
	n->u.literal = value;
	if (json_array_append_new(p->e->literals, value) != 0)
		return no_memory(p);
	return append(p, c, n, depth_of(value)) && advance(p);
}

/* multi-select-list = "[" expression *( "," expression ) "]", behind "[" */
static bool
list(struct parser *p, struct chain *c)
{
	struct operands o = { 0 };
	struct jmes_node *n;

	if ((n = node(p, JMES_LIST)) == NULL)
		return false;
	for (;;) {
		struct chain item = { 0 };

		if (!nested(p, &item) ||
		    !add_operand(p, &o, &item, NULL, false))
			return false;
		if (p->tok.kind != JMES_T_COMMA)
			break;
		if (!advance(p))
			return false;
	}
	set_operands(n, &o);
	return expect(p, JMES_T_RBRACKET, "',' or ']'") &&
	    append(p, c, n, o.growth + 1);
}

/* keyval-expr = identifier ":" expression */
static bool
member(struct parser *p, struct operands *o)
{
	struct chain value = { 0 };
	const char *key;

	if (p->tok.kind != JMES_T_NAME && p->tok.kind != JMES_T_QUOTED)
		return unexpected(p, "the name of a member");
	return assay_jmes_identifier(&p->tok, p->e->arena, p->report, &key) &&
	    advance(p) && expect(p, JMES_T_COLON, "':'") &&
	    nested(p, &value) && add_operand(p, o, &value, key, false);
}

/* multi-select-hash = "{" keyval-expr *( "," keyval-expr ) "}" */
static bool
hash(struct parser *p, struct chain *c)
{
	struct operands o = { 0 };
	struct jmes_node *n;

	if ((n = node(p, JMES_HASH)) == NULL)
		return false;
	do {
		if (!advance(p) || !member(p, &o))
			return false;
	} while (p->tok.kind == JMES_T_COMMA);
	set_operands(n, &o);
	return expect(p, JMES_T_RBRACE, "',' or '}'") &&
	    append(p, c, n, o.growth + 1);
}

static bool
check_arity(struct parser *p, const struct jmes_function *f, size_t count,
    size_t offset)
{
	if (count >= f->min && count <= f->max)
		return true;
	return assay_jmes_fail(p->report, ASSAY_JMES_INVALID_ARITY, offset,
	    "%s() has %zu argument%s, expected %s%zu", f->name, count,
	    count == 1 ? "" : "s",
	    f->max == JMES_ARGS_ANY ? "at least " : "", f->min);
}

/* An &expression stands where one is accepted, and only there. */
static bool
check_references(struct parser *p, const struct jmes_function *f,
    const struct operands *o, size_t offset)
{
	const struct jmes_item *item = o->first;

	for (size_t i = 0; i < o->count; i++, item = item->next) {
		bool want = assay_jmes_parameter(f, i) == JMES_P_REFERENCE;

		if (want == item->reference)
			continue;
		return assay_jmes_fail(p->report, ASSAY_JMES_INVALID_TYPE,
		    offset, "argument %zu of %s() is %s, expected %s", i + 1,
		    f->name, want ? "a value" : "an expression",
		    want ? "an expression (&...)" : "a value");
	}
	return true;
}

/* function-arg = expression / "&" expression */
static bool
arguments(struct parser *p, struct operands *o)
{
	if (p->tok.kind == JMES_T_RPAREN)
		return true;
	for (;;) {
		bool reference = p->tok.kind == JMES_T_REFERENCE;
		struct chain arg = { 0 };

		if ((reference && !advance(p)) || !nested(p, &arg) ||
		    !add_operand(p, o, &arg, NULL, reference))
			return false;
		if (p->tok.kind != JMES_T_COMMA)
			return true;
		if (!advance(p))
			return false;
	}
}

static size_t
call_growth(const struct jmes_function *f, const struct operands *o)
{
	if (f->growth == JMES_GROWS_NOT)
		return 0;
	return o->growth + o->reference +
	    (f->growth == JMES_GROWS_BY_ONE ? 1 : 0);
}

/* function-expression = unquoted-string "(" [ args ] ")" */
static bool
call(struct parser *p, struct chain *c)
{
	const struct jmes_function *f = assay_jmes_function(p->tok.text);
	struct operands o = { 0 };
	struct jmes_node *n;

	if (f == NULL)
		return assay_jmes_fail(p->report, ASSAY_JMES_UNKNOWN_FUNCTION,
		    p->tok.offset, "there is no function %.*s()",
		    p->tok.text.len > 64 ? 64 : (int)p->tok.text.len,
		    (const char *)p->tok.text.ptr);
	if ((n = node(p, JMES_CALL)) == NULL || !advance(p) || !advance(p) ||
	    !arguments(p, &o) || !expect(p, JMES_T_RPAREN, "',' or ')'") ||
	    !check_arity(p, f, o.count, n->offset) ||
	    !check_references(p, f, &o, n->offset))
		return false;
	set_operands(n, &o);
	n->u.items.function = f;
	return append(p, c, n, call_growth(f, &o));
}

/* [start][:stop][:step], of which a ':' was seen or follows; behind "[" */
static bool
slice_parts(struct parser *p, int64_t part[3], bool has[3])
{
	for (size_t i = 0; ; ) {
		if (p->tok.kind == JMES_T_NUMBER) {
			has[i] = true;
			part[i] = assay_jmes_number(&p->tok);
			if (!advance(p))
				return false;
		}
		if (p->tok.kind != JMES_T_COLON || ++i == 3)
			return true;
		if (!advance(p))
			return false;
	}
}

/* slice-expression = [number] ":" [number] [ ":" [number] ] */
static bool
slice(struct parser *p, struct chain *c)
{
	struct jmes_node *n = node(p, JMES_SLICE);
	bool has[3] = { false };
	int64_t part[3] = { 0 };
	size_t step_offset;

	if (n == NULL || !slice_parts(p, part, has))
		return false;
	step_offset = p->tok.offset;
	if (!expect(p, JMES_T_RBRACKET, "a number, ':' or ']'"))
		return false;
	if (has[2] && part[2] == 0)
		return assay_jmes_fail(p->report, ASSAY_JMES_INVALID_VALUE,
		    step_offset, "slice step is 0, expected another number");
	n->u.slice = (struct jmes_slice){ .start = part[0], .stop = part[1],
	    .step = has[2] ? part[2] : 1, .has_start = has[0],
	    .has_stop = has[1] };
	return append(p, c, n, 0);
}

static bool
is_slice(const struct parser *p)
{
	return p->tok.kind == JMES_T_COLON ||
	    (p->tok.kind == JMES_T_NUMBER && p->ahead.kind == JMES_T_COLON);
}

/*
 * bracket-specifier = "[" (number / "*" / slice-expression) "]", behind "[".
 * *found is false, and nothing consumed, if something else stands there.
 */
static bool
bracket(struct parser *p, struct chain *c, bool *found)
{
	struct jmes_node *n;

	*found = true;
	if (is_slice(p))
		return slice(p, c);
	if (p->tok.kind == JMES_T_NUMBER) {
		if ((n = node(p, JMES_INDEX)) == NULL)
			return false;
		n->u.index = assay_jmes_number(&p->tok);
		return append(p, c, n, 0) && advance(p) &&
		    expect(p, JMES_T_RBRACKET, "':' or ']'");
	}
	if (p->tok.kind == JMES_T_STAR && p->ahead.kind == JMES_T_RBRACKET)
		return step(p, c, JMES_ELEMENTS) && advance(p);
	*found = false;
	return true;
}

/* "[?" expression "]" */
static bool
filter(struct parser *p, struct chain *c)
{
	struct chain condition = { 0 };
	struct jmes_node *n;

	if ((n = node(p, JMES_FILTER)) == NULL || !advance(p) ||
	    !nested(p, &condition))
		return false;
	n->u.operand = condition.first;
	return expect(p, JMES_T_RBRACKET, "an operator or ']'") &&
	    append(p, c, n, 0);
}

/* At the start of an expression: a bracket-specifier of @, or a list. */
static bool
bracket_or_list(struct parser *p, struct chain *c)
{
	bool found;

	if (!advance(p) || !bracket(p, c, &found))
		return false;
	return found || list(p, c);
}

/* Behind an expression: a bracket-specifier, nothing else. */
static bool
bracket_only(struct parser *p, struct chain *c)
{
	bool found;

	if (!advance(p) || !bracket(p, c, &found))
		return false;
	return found || unexpected(p, "a number, ':' or '*' (a list of "
	    "expressions begins with '.[')");
}

/* paren-expression = "(" expression ")"; its projections end in it. */
static bool
parenthesis(struct parser *p, struct chain *c)
{
	struct jmes_node *n;

	return advance(p) && nested(p, c) &&
	    (n = node(p, JMES_BARRIER)) != NULL &&
	    expect(p, JMES_T_RPAREN, "an operator or ')'") &&
	    append(p, c, n, 0);
}

static bool
name(struct parser *p, struct chain *c)
{
	return p->ahead.kind == JMES_T_LPAREN ? call(p, c) : field(p, c);
}

/* What an expression can begin with. */
static bool
primary(struct parser *p, struct chain *c)
{
	switch (p->tok.kind) {
	case JMES_T_NAME:
		return name(p, c);
	case JMES_T_QUOTED:
		return field(p, c);
	case JMES_T_RAW:
	case JMES_T_LITERAL:
		return literal(p, c);
	case JMES_T_CURRENT:
		return step(p, c, JMES_CURRENT);
	case JMES_T_STAR:
		return step(p, c, JMES_VALUES);
	case JMES_T_FLATTEN:
		return step(p, c, JMES_FLATTEN);
	case JMES_T_FILTER:
		return filter(p, c);
	case JMES_T_LBRACKET:
		return bracket_or_list(p, c);
	case JMES_T_LBRACE:
		return hash(p, c);
	case JMES_T_LPAREN:
		return parenthesis(p, c);
	case JMES_T_NUMBER:
		return unexpected(p, "an expression (a number is written "
		    "between backquotes)");
	case JMES_T_REFERENCE:
		return unexpected(p, "an expression ('&' is for arguments of "
		    "functions)");
	default:
		return unexpected(p, "an expression");
	}
}

/* sub-expression, behind its "." */
static bool
dotted(struct parser *p, struct chain *c)
{
	switch (p->tok.kind) {
	case JMES_T_NAME:
		return name(p, c);
	case JMES_T_QUOTED:
		return field(p, c);
	case JMES_T_STAR:
		return step(p, c, JMES_VALUES);
	case JMES_T_LBRACE:
		return hash(p, c);
	case JMES_T_LBRACKET:
		return advance(p) && list(p, c);
	default:
		return unexpected(p, "a name, '*', '[' or '{'");
	}
}

static bool
in_projection(const struct chain *c)
{
	for (const struct jmes_node *n = c->open; n != NULL; n = n->next)
		if (n->kind >= JMES_SLICE)
			return true;
	return false;
}

/*
 * "!a.b" is "(!a).b" by the binding powers of the reference implementation,
 * thus always null, and "!(a.b)" for whoever writes it. Either answer may be
 * a wrong yes for somebody, so the writer has to say.
 */
static bool
ambiguous(const struct parser *p, const struct chain *c)
{
	if (p->tok.kind == JMES_T_FLATTEN)
		return true;
	return (p->tok.kind == JMES_T_DOT || p->tok.kind == JMES_T_FILTER) &&
	    !in_projection(c);
}

/* A primary and all that binds tighter than any binary operator. */
static bool
path(struct parser *p, struct chain *c, bool negated)
{
	bool ok = primary(p, c);

	while (ok) {
		if (negated && ambiguous(p, c))
			return unexpected(p, "parentheses: !(a.b) or (!a).b");
		switch (p->tok.kind) {
		case JMES_T_DOT:
			ok = advance(p) && dotted(p, c);
			break;
		case JMES_T_LBRACKET:
			ok = bracket_only(p, c);
			break;
		case JMES_T_FILTER:
			ok = filter(p, c);
			break;
		case JMES_T_FLATTEN:
			ok = step(p, c, JMES_FLATTEN);
			break;
		default:
			return true;
		}
	}
	return false;
}

/* not-expression = "!" expression */
static bool
operand(struct parser *p, struct chain *c, bool negated)
{
	struct chain inner = { 0 };
	struct jmes_node *n;
	bool ok;

	if (p->tok.kind != JMES_T_NOT)
		return path(p, c, negated);
	if (p->depth == ASSAY_MAX_DEPTH)
		return too_deep(p, "expression nests");
	if ((n = node(p, JMES_NOT)) == NULL || !advance(p))
		return false;
	p->depth++;
	ok = operand(p, &inner, true);
	p->depth--;
	n->u.operand = inner.first;
	return ok && append(p, c, n, 0);
}

static bool
pipe_into(struct parser *p, struct chain *left, const struct chain *right,
    struct jmes_node *barrier)
{
	if (!append(p, left, barrier, 0))
		return false;
	left->last->next = right->first;
	left->last = right->last;
	left->open = right->open;
	return grow(p, left, right->growth);
}

/* a || b || c becomes one node: no recursion, whatever its length. */
static bool
join(struct parser *p, struct chain *left, const struct chain *right,
    struct jmes_node *n)
{
	struct operands o = { 0 };

	if (left->item != NULL && left->first->kind == n->kind) {
		n = left->first;
		o = (struct operands){ .first = left->item,
		    .last = left->item, .growth = left->growth };
		if (!add_operand(p, &o, right, NULL, false))
			return false;
		n->u.items.count++;
	} else {
		if (!add_operand(p, &o, left, NULL, false) ||
		    !add_operand(p, &o, right, NULL, false))
			return false;
		set_operands(n, &o);
	}
	*left = (struct chain){ 0 };
	if (!append(p, left, n, o.growth))
		return false;
	left->item = o.last;
	return true;
}

static bool
compare(struct parser *p, struct chain *left, const struct chain *right,
    struct jmes_node *n, enum jmes_compare op)
{
	n->u.compare.op = op;
	n->u.compare.left = left->first;
	n->u.compare.right = right->first;
	*left = (struct chain){ 0 };
	return append(p, left, n, 0);
}

static bool
combine(struct parser *p, const struct binary *b, struct jmes_node *n,
    struct chain *left, const struct chain *right)
{
	if (b->kind == JMES_BARRIER)
		return pipe_into(p, left, right, n);
	if (b->kind == JMES_COMPARE)
		return compare(p, left, right, n, b->op);
	return join(p, left, right, n);
}

static const struct binary *
binary_of(enum jmes_token_kind token)
{
	for (size_t i = 0; i < sizeof(binaries) / sizeof(binaries[0]); i++)
		if (binaries[i].token == token)
			return &binaries[i];
	return NULL;
}

/* Operands and the binary operators that bind tighter than min. */
static bool
expression(struct parser *p, unsigned int min, struct chain *out)
{
	const struct binary *b;

	if (!operand(p, out, false))
		return false;
	while ((b = binary_of(p->tok.kind)) != NULL && b->power > min) {
		struct jmes_node *n = node(p, b->kind);
		struct chain right = { 0 };

		if (n == NULL || !advance(p) ||
		    !expression(p, b->power, &right) ||
		    !combine(p, b, n, out, &right))
			return false;
	}
	return true;
}

bool
assay_jmes_parse(struct assay_jmes *e, struct jmes_report *report)
{
	struct parser p = { .e = e, .report = report,
	    .lexer = { .report = report } };
	struct chain root = { 0 };

	if (!advance(&p))	/* the first token is ahead now */
		return false;
	if (!advance(&p) || !expression(&p, 0, &root))
		return false;
	if (p.tok.kind != JMES_T_END)
		return unexpected(&p, "an operator or the end");
	e->root = root.first;
	return true;
}
