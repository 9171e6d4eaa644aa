/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "json/json.h"
#include "policy/jmes_lexer.h"

/* Longer ones first: the first that fits is the token. */
static const struct {
	const char		*text;
	enum jmes_token_kind	 kind;
} symbols[] = {
	{ "||", JMES_T_OR },		{ "&&", JMES_T_AND },
	{ "==", JMES_T_EQ },		{ "!=", JMES_T_NE },
	{ "<=", JMES_T_LE },		{ ">=", JMES_T_GE },
	{ "[]", JMES_T_FLATTEN },	{ "[?", JMES_T_FILTER },
	{ ".", JMES_T_DOT },		{ "*", JMES_T_STAR },
	{ ",", JMES_T_COMMA },		{ ":", JMES_T_COLON },
	{ "@", JMES_T_CURRENT },	{ "&", JMES_T_REFERENCE },
	{ "!", JMES_T_NOT },		{ "|", JMES_T_PIPE },
	{ "<", JMES_T_LT },		{ ">", JMES_T_GT },
	{ "[", JMES_T_LBRACKET },	{ "]", JMES_T_RBRACKET },
	{ "{", JMES_T_LBRACE },		{ "}", JMES_T_RBRACE },
	{ "(", JMES_T_LPAREN },		{ ")", JMES_T_RPAREN },
};

static bool
is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool
is_name_start(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool
is_name(uint8_t c)
{
	return is_name_start(c) || is_digit(c);
}

/* Length of the run of bytes from at that the class accepts. */
static size_t
run_length(struct assay_bytes text, size_t at, bool (*class)(uint8_t))
{
	size_t n = 0;

	while (at + n < text.len && class(text.ptr[at + n]))
		n++;
	return n;
}

static bool
emit(struct jmes_lexer *lexer, enum jmes_token_kind kind, size_t len,
    struct jmes_token *out)
{
	*out = (struct jmes_token){ .kind = kind, .offset = lexer->pos,
	    .text = { lexer->report->text.ptr + lexer->pos, len } };
	lexer->pos += len;
	return true;
}

/* From the delimiter to the next one that no backslash stands before. */
static bool
delimited(struct jmes_lexer *lexer, enum jmes_token_kind kind,
    struct jmes_token *out)
{
	const struct assay_bytes text = lexer->report->text;
	const uint8_t delimiter = text.ptr[lexer->pos];

	for (size_t i = lexer->pos + 1; i < text.len; i++) {
		if (text.ptr[i] == delimiter)
			return emit(lexer, kind, i + 1 - lexer->pos, out);
		if (text.ptr[i] == '\\')
			i++;
	}
	return assay_jmes_fail(lexer->report, ASSAY_JMES_SYNTAX, lexer->pos,
	    "found %c without its closing %c", delimiter, delimiter);
}

static bool
symbol(struct jmes_lexer *lexer, struct jmes_token *out)
{
	const struct assay_bytes text = lexer->report->text;
	const size_t left = text.len - lexer->pos;

	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		size_t n = strlen(symbols[i].text);

		if (n <= left && memcmp(text.ptr + lexer->pos,
		    symbols[i].text, n) == 0)
			return emit(lexer, symbols[i].kind, n, out);
	}
	if (text.ptr[lexer->pos] == '=')
		return assay_jmes_fail(lexer->report, ASSAY_JMES_SYNTAX,
		    lexer->pos, "found '=', expected '=='");
	return assay_jmes_fail(lexer->report, ASSAY_JMES_SYNTAX, lexer->pos,
	    "found '%.*s', which begins nothing",
	    (int)assay_utf8_length((struct assay_bytes){
	    text.ptr + lexer->pos, left }), text.ptr + lexer->pos);
}

/* number = ["-"]1*digit */
static size_t
number_length(struct assay_bytes text, size_t at)
{
	size_t sign = text.ptr[at] == '-' ? 1 : 0;
	size_t n = run_length(text, at + sign, is_digit);

	return n == 0 ? 0 : sign + n;
}

bool
assay_jmes_next(struct jmes_lexer *lexer, struct jmes_token *out)
{
	const struct assay_bytes text = lexer->report->text;
	size_t n;

	lexer->pos += run_length(text, lexer->pos, is_space);
	if (lexer->pos == text.len)
		return emit(lexer, JMES_T_END, 0, out);
	switch (text.ptr[lexer->pos]) {
	case '"':
		return delimited(lexer, JMES_T_QUOTED, out);
	case '\'':
		return delimited(lexer, JMES_T_RAW, out);
	case '`':
		return delimited(lexer, JMES_T_LITERAL, out);
	default:
		break;
	}
	if (is_name_start(text.ptr[lexer->pos]))
		return emit(lexer, JMES_T_NAME,
		    run_length(text, lexer->pos, is_name), out);
	if ((n = number_length(text, lexer->pos)) != 0)
		return emit(lexer, JMES_T_NUMBER, n, out);
	return symbol(lexer, out);
}

/*
 * What stands between the delimiters, with backslash and delimiter become the
 * delimiter. Any other backslash stays, together with what follows: JSON
 * gives it its meaning in a literal, nothing does in a raw string.
 */
static struct assay_bytes
unescape(const struct jmes_token *token, struct assay_arena *arena)
{
	const uint8_t *in = token->text.ptr;
	const size_t end = token->text.len - 1;
	uint8_t *text;
	size_t n = 0;

	if ((text = assay_arena_alloc(arena, token->text.len, 1)) == NULL)
		return (struct assay_bytes){ NULL, 0 };
	for (size_t i = 1; i < end; i++) {
		if (in[i] != '\\' || i + 1 == end) {
			text[n++] = in[i];
			continue;
		}
		if (in[i + 1] != in[0])
			text[n++] = in[i];
		text[n++] = in[++i];
	}
	return (struct assay_bytes){ text, n };
}

static bool
out_of_memory(struct jmes_report *report, size_t offset)
{
	return assay_jmes_fail(report, ASSAY_JMES_MEMORY, offset,
	    "out of memory");
}

/* The text as JSON, or a syntax error that names what it should have been. */
static json_t *
from_json(struct assay_bytes text, const struct jmes_token *token,
    struct jmes_report *report, const char *what)
{
	struct assay_error err = { 0 };
	json_t *value;

	if ((value = assay_json_parse(text, NULL, &err)) != NULL)
		return value;
	if (err.code == ASSAY_ERR_NO_MEMORY)
		(void)out_of_memory(report, token->offset);
	else
		(void)assay_jmes_fail(report, ASSAY_JMES_SYNTAX, token->offset,
		    "%s is not JSON (%.120s)", what, err.text);
	return NULL;
}

bool
assay_jmes_identifier(const struct jmes_token *token,
    struct assay_arena *arena, struct jmes_report *report, const char **out)
{
	struct assay_bytes name = token->text;
	json_t *value = NULL;

	if (token->kind == JMES_T_QUOTED) {
		value = from_json(token->text, token, report,
		    "quoted identifier");
		if (value == NULL)
			return false;
		name = (struct assay_bytes){
		    (const uint8_t *)json_string_value(value),
		    json_string_length(value) };
	}
	name = assay_arena_dup(arena, name);
	json_decref(value);
	if (name.ptr == NULL)
		return out_of_memory(report, token->offset);
	*out = (const char *)name.ptr;
	return true;
}

json_t *
assay_jmes_literal(const struct jmes_token *token, struct assay_arena *arena,
    struct jmes_report *report)
{
	struct assay_bytes text;
	json_t *value;

	if ((text = unescape(token, arena)).ptr == NULL) {
		(void)out_of_memory(report, token->offset);
		return NULL;
	}
	if (token->kind == JMES_T_LITERAL)
		return from_json(text, token, report,
		    "literal between backquotes");
	if ((value = json_stringn((const char *)text.ptr, text.len)) == NULL)
		(void)out_of_memory(report, token->offset);
	return value;
}

int64_t
assay_jmes_number(const struct jmes_token *token)
{
	int64_t value;

	if (assay_text_i64(token->text, &value))
		return value;
	return token->text.ptr[0] == '-' ? INT64_MIN : INT64_MAX;
}

void
assay_jmes_describe(const struct jmes_token *token, char out[JMES_TOKEN_TEXT])
{
	const size_t most = 24;
	size_t n = token->text.len;

	if (token->kind == JMES_T_END) {
		(void)snprintf(out, JMES_TOKEN_TEXT, "the end");
		return;
	}
	if (n > most)
		for (n = most; n > 0 &&
		    (token->text.ptr[n] & 0xc0) == 0x80; n--)
			;
	(void)snprintf(out, JMES_TOKEN_TEXT, "%.*s%s", (int)n,
	    (const char *)token->text.ptr, n < token->text.len ? "..." : "");
}
