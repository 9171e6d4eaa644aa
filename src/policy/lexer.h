/* SPDX-License-Identifier: Apache-2.0 */
/* Policy text to tokens, each with its span. */
#ifndef ASSAY_POLICY_LEXER_H
#define ASSAY_POLICY_LEXER_H

#include "policy/diagnose.h"

enum assay_token_kind {
	ASSAY_TOKEN_END,
	ASSAY_TOKEN_BAD,	/* reported already */
	ASSAY_TOKEN_WORD,
	ASSAY_TOKEN_STRING,
	ASSAY_TOKEN_INTEGER,
	ASSAY_TOKEN_ASSIGN,	/* = */
	ASSAY_TOKEN_EQ,		/* == */
	ASSAY_TOKEN_NE,		/* != */
	ASSAY_TOKEN_LT,
	ASSAY_TOKEN_LE,
	ASSAY_TOKEN_GT,
	ASSAY_TOKEN_GE,
	ASSAY_TOKEN_ARROW,	/* => */
	ASSAY_TOKEN_AND,	/* && */
	ASSAY_TOKEN_NOT,	/* ! */
	ASSAY_TOKEN_COLON,
	ASSAY_TOKEN_SEMICOLON,
	ASSAY_TOKEN_COMMA,
	ASSAY_TOKEN_DOT,
	ASSAY_TOKEN_OPEN_PAREN,
	ASSAY_TOKEN_CLOSE_PAREN,
	ASSAY_TOKEN_OPEN_BRACKET,
	ASSAY_TOKEN_CLOSE_BRACKET,
	ASSAY_TOKEN_OPEN_BRACE,
	ASSAY_TOKEN_CLOSE_BRACE,
};

struct assay_token {
	enum assay_token_kind	 kind;
	struct assay_span	 span;
	struct assay_bytes	 text;		/* STRING: without escapes;
						   else as written */
	int64_t			 integer;	/* INTEGER */
};

struct assay_lexer {
	const struct assay_source	*src;
	struct assay_diagnostics	*diag;
	struct assay_arena		*arena;	/* un-escaped strings */
	size_t				 at;
	bool				 skipping; /* not a word on characters
						      that mean nothing */
	bool				 no_memory;
};

struct assay_lexer assay_lexer(const struct assay_source *src,
    struct assay_arena *arena, struct assay_diagnostics *diag);

/*
 * The next token; END for ever at the end. A mistake in the text is reported
 * to diag; what comes back then is the token that was probably meant, or BAD.
 */
struct assay_token assay_lexer_next(struct assay_lexer *lex);

/* How to speak of a kind that is expected: "\"=>\"", "a string"; static. */
const char *assay_token_kind_name(enum assay_token_kind kind);

#endif
