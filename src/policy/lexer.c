/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/text.h"
#include "policy/lexer.h"

struct assay_lexer
assay_lexer(const struct assay_source *src, struct assay_arena *arena,
    struct assay_diagnostics *diag)
{
	return (struct assay_lexer){ .src = src, .diag = diag, .arena = arena };
}

static const uint8_t *
here(const struct assay_lexer *lex)
{
	return lex->src->text.ptr + lex->at;
}

static size_t
left(const struct assay_lexer *lex)
{
	return lex->src->text.len - lex->at;
}

static bool
starts(const struct assay_lexer *lex, const char *with)
{
	size_t n = strlen(with);

	return left(lex) >= n && memcmp(here(lex), with, n) == 0;
}

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool
is_word(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	    is_digit(c);
}

/* Characters that web pages and word processors put where a " belongs. */
static const char *const quotes[] = {
	"\xe2\x80\x9c", "\xe2\x80\x9d", "\xe2\x80\x9e", "\xe2\x80\x9f",
	"\xe2\x80\xb3", "\xc2\xab", "\xc2\xbb", "\xef\xbc\x82",
	"\xe2\x80\x98", "\xe2\x80\x99",
};

/* Bytes of the typographic quote at the offset, or 0. */
static size_t
typographic(const struct assay_lexer *lex, size_t at)
{
	struct assay_lexer look = *lex;

	look.at = at;
	for (size_t i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++)
		if (starts(&look, quotes[i]))
			return strlen(quotes[i]);
	return 0;
}

static void
complain(struct assay_lexer *lex, size_t from, size_t to, const char *id,
    const char *message)
{
	assay_diagnose(lex->diag, lex->src, ASSAY_DIAGNOSTIC_ERROR,
	    (struct assay_span){ from, to - from }, id, "%s", message);
}

static void
skip_space(struct assay_lexer *lex)
{
	/* Editors on Windows put a byte order mark in front. */
	if (lex->at == 0 && starts(lex, "\xef\xbb\xbf"))
		lex->at = 3;
	for (;;) {
		while (left(lex) != 0 && strchr(" \t\r\n\f\v", *here(lex)) !=
		    NULL && *here(lex) != '\0')
			lex->at++;
		if (!starts(lex, "//"))
			return;
		while (left(lex) != 0 && *here(lex) != '\n')
			lex->at++;
	}
}

static struct assay_token
token(const struct assay_lexer *lex, enum assay_token_kind kind, size_t from)
{
	struct assay_span span = { from, lex->at - from };

	return (struct assay_token){ .kind = kind, .span = span,
	    .text = assay_source_text(lex->src, span) };
}

static const struct {
	const char		*text;
	enum assay_token_kind	 kind;
} marks[] = {	/* longer ones first */
	{ "==", ASSAY_TOKEN_EQ },
	{ "=>", ASSAY_TOKEN_ARROW },
	{ "!=", ASSAY_TOKEN_NE },
	{ "<=", ASSAY_TOKEN_LE },
	{ ">=", ASSAY_TOKEN_GE },
	{ "&&", ASSAY_TOKEN_AND },
	{ "=", ASSAY_TOKEN_ASSIGN },
	{ "!", ASSAY_TOKEN_NOT },
	{ "<", ASSAY_TOKEN_LT },
	{ ">", ASSAY_TOKEN_GT },
	{ ":", ASSAY_TOKEN_COLON },
	{ ";", ASSAY_TOKEN_SEMICOLON },
	{ ",", ASSAY_TOKEN_COMMA },
	{ ".", ASSAY_TOKEN_DOT },
	{ "(", ASSAY_TOKEN_OPEN_PAREN },
	{ ")", ASSAY_TOKEN_CLOSE_PAREN },
	{ "[", ASSAY_TOKEN_OPEN_BRACKET },
	{ "]", ASSAY_TOKEN_CLOSE_BRACKET },
	{ "{", ASSAY_TOKEN_OPEN_BRACE },
	{ "}", ASSAY_TOKEN_CLOSE_BRACE },
};

/* INTEGER = [ "-" ] digit { digit }, 64-bit signed decimal */
static struct assay_token
integer(struct assay_lexer *lex)
{
	size_t from = lex->at;
	struct assay_token t;

	lex->at++;
	while (left(lex) != 0 && is_word(*here(lex)))
		lex->at++;
	t = token(lex, ASSAY_TOKEN_INTEGER, from);
	if (assay_text_i64(t.text, &t.integer))
		return t;
	if (t.text.len > 2 && t.text.ptr[0] == '0' &&
	    (t.text.ptr[1] | 0x20) == 'x')
		complain(lex, from, lex->at, "bad-integer",
		    "integers are decimal: write a hexadecimal number in "
		    "digits");
	else
		complain(lex, from, lex->at, "bad-integer",
		    "not a 64-bit signed decimal integer");
	return t;
}

static struct assay_token
word(struct assay_lexer *lex)
{
	size_t from = lex->at;

	while (left(lex) != 0 && is_word(*here(lex)))
		lex->at++;
	return token(lex, ASSAY_TOKEN_WORD, from);
}

/* End of the line that holds the offset. */
static size_t
end_of_line(const struct assay_lexer *lex, size_t at)
{
	while (at < lex->src->text.len && lex->src->text.ptr[at] != '\n')
		at++;
	return at;
}

/* The next typographic quote before the end of the line, or SIZE_MAX. */
static size_t
find_typographic(const struct assay_lexer *lex, size_t at)
{
	struct assay_bytes s = lex->src->text;

	for (; at < s.len && s.ptr[at] != '\n'; at++)
		if (typographic(lex, at) != 0)
			return at;
	return SIZE_MAX;
}

/* A string whose closing quote is missing: end it where it was probably
 * meant to end, so that the rest of the policy is still read. */
static struct assay_token
unclosed(struct assay_lexer *lex, size_t from)
{
	size_t wrong = find_typographic(lex, from + 1);
	struct assay_token t;

	if (wrong != SIZE_MAX) {
		lex->at = wrong + typographic(lex, wrong);
		complain(lex, wrong, lex->at, "typographic-quote",
		    "typographic quote: a string is closed with a plain \"");
		t = token(lex, ASSAY_TOKEN_STRING, from);
		t.text = assay_source_text(lex->src,
		    (struct assay_span){ from + 1, wrong - from - 1 });
		return t;
	}
	lex->at = end_of_line(lex, from);
	complain(lex, from, from + 1, "unclosed-string",
	    "string is not closed on its line, expected a \"");
	return token(lex, ASSAY_TOKEN_BAD, from);
}

/* One escape at the current place into *out; true if it is a good one. */
static bool
escape(struct assay_lexer *lex, uint8_t *out)
{
	uint8_t c = left(lex) > 1 ? here(lex)[1] : '\0';

	*out = c;
	if (c == '"' || c == '\\')
		return true;
	complain(lex, lex->at, lex->at + (left(lex) > 1 ? 2 : 1), "bad-escape",
	    "unknown escape: a string knows \\\" and \\\\ only");
	return false;
}

/* Offset of the quote that closes the string opened at from, or SIZE_MAX. */
static size_t
closing_quote(const struct assay_lexer *lex, size_t from)
{
	struct assay_bytes s = lex->src->text;

	for (size_t i = from + 1; i < s.len && s.ptr[i] != '\n'; i++) {
		if (s.ptr[i] == '"')
			return i;
		if (s.ptr[i] == '\\' && i + 1 < s.len && s.ptr[i + 1] != '\n')
			i++;
	}
	return SIZE_MAX;
}

/* STRING = '"' { character | '\"' | '\\' } '"', on one line */
static struct assay_token
string(struct assay_lexer *lex)
{
	size_t from = lex->at, end = closing_quote(lex, from), n = 0;
	struct assay_token t;
	uint8_t *out;

	if (end == SIZE_MAX)
		return unclosed(lex, from);
	if ((out = assay_arena_alloc(lex->arena, end - from, 1)) == NULL) {
		lex->no_memory = true;
		lex->at = lex->src->text.len;
		return token(lex, ASSAY_TOKEN_BAD, from);
	}
	for (lex->at = from + 1; lex->at < end; lex->at++) {
		uint8_t c = *here(lex);

		if (c == '\\') {
			(void)escape(lex, &c);
			lex->at++;
		} else if (c < 0x20 && c != '\t')
			complain(lex, lex->at, lex->at + 1, "bad-character",
			    "control character in a string");
		out[n++] = c;
	}
	lex->at = end + 1;
	t = token(lex, ASSAY_TOKEN_STRING, from);
	t.text = (struct assay_bytes){ out, n };
	return t;
}

/* A string in quotes of the wrong kind: one message, and it goes on as a
 * string. */
static struct assay_token
wrong_quotes(struct assay_lexer *lex, size_t quote, const char *id,
    const char *message)
{
	struct assay_bytes s = lex->src->text;
	size_t from = lex->at, i = from + quote;
	struct assay_token t;

	complain(lex, from, i, id, message);
	while (i < s.len && s.ptr[i] != '\n' && s.ptr[i] != '"' &&
	    typographic(lex, i) == 0 && (quote != 1 || s.ptr[i] != '\''))
		i++;
	if (i == s.len || s.ptr[i] == '\n') {
		lex->at = i;
		return token(lex, ASSAY_TOKEN_BAD, from);
	}
	lex->at = i + (typographic(lex, i) != 0 ? typographic(lex, i) : 1);
	t = token(lex, ASSAY_TOKEN_STRING, from);
	t.text = assay_source_text(lex->src,
	    (struct assay_span){ from + quote, i - from - quote });
	return t;
}

/* Something that starts no token. */
static struct assay_token
stray(struct assay_lexer *lex)
{
	size_t from = lex->at, n = assay_utf8_length(
	    (struct assay_bytes){ here(lex), left(lex) });

	if (starts(lex, "||")) {
		lex->at += 2;
		complain(lex, from, lex->at, "no-or", "there is no \"||\": "
		    "write one rule for each alternative");
	} else if (starts(lex, "&")) {
		lex->at += 1;
		complain(lex, from, lex->at, "bad-character",
		    "found \"&\"; did you mean \"&&\"?");
	} else {
		lex->at += n != 0 ? n : 1;
		if (!lex->skipping)
			complain(lex, from, lex->at, "bad-character",
			    "character has no meaning here");
	}
	return token(lex, ASSAY_TOKEN_BAD, from);
}

struct assay_token
assay_lexer_next(struct assay_lexer *lex)
{
	size_t from, quote;
	uint8_t c;

	skip_space(lex);
	from = lex->at;
	if (left(lex) == 0)
		return token(lex, ASSAY_TOKEN_END, from);
	c = *here(lex);
	if (is_digit(c) ||
	    (c == '-' && left(lex) > 1 && is_digit(here(lex)[1])))
		return integer(lex);
	if (is_word(c))
		return word(lex);
	if (c == '"')
		return string(lex);
	if (c == '\'')
		return wrong_quotes(lex, 1, "single-quote",
		    "single quote: a string is written between \" and \"");
	if ((quote = typographic(lex, from)) != 0)
		return wrong_quotes(lex, quote, "typographic-quote",
		    "typographic quote: a string is written between plain \" "
		    "and \"");
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (starts(lex, marks[i].text)) {
			lex->at += strlen(marks[i].text);
			return token(lex, marks[i].kind, from);
		}
	return stray(lex);
}

const char *
assay_token_kind_name(enum assay_token_kind kind)
{
	switch (kind) {
	case ASSAY_TOKEN_END:		return "the end of the policy";
	case ASSAY_TOKEN_BAD:		return "an unreadable token";
	case ASSAY_TOKEN_WORD:		return "a name";
	case ASSAY_TOKEN_STRING:	return "a string";
	case ASSAY_TOKEN_INTEGER:	return "an integer";
	case ASSAY_TOKEN_ASSIGN:	return "\"=\"";
	case ASSAY_TOKEN_EQ:		return "\"==\"";
	case ASSAY_TOKEN_NE:		return "\"!=\"";
	case ASSAY_TOKEN_LT:		return "\"<\"";
	case ASSAY_TOKEN_LE:		return "\"<=\"";
	case ASSAY_TOKEN_GT:		return "\">\"";
	case ASSAY_TOKEN_GE:		return "\">=\"";
	case ASSAY_TOKEN_ARROW:		return "\"=>\"";
	case ASSAY_TOKEN_AND:		return "\"&&\"";
	case ASSAY_TOKEN_NOT:		return "\"!\"";
	case ASSAY_TOKEN_COLON:		return "\":\"";
	case ASSAY_TOKEN_SEMICOLON:	return "\";\"";
	case ASSAY_TOKEN_COMMA:		return "\",\"";
	case ASSAY_TOKEN_DOT:		return "\".\"";
	case ASSAY_TOKEN_OPEN_PAREN:	return "\"(\"";
	case ASSAY_TOKEN_CLOSE_PAREN:	return "\")\"";
	case ASSAY_TOKEN_OPEN_BRACKET:	return "\"[\"";
	case ASSAY_TOKEN_CLOSE_BRACKET:	return "\"]\"";
	case ASSAY_TOKEN_OPEN_BRACE:	return "\"{\"";
	case ASSAY_TOKEN_CLOSE_BRACE:	return "\"}\"";
	}
	return "a token";
}
