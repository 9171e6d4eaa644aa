/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of JMESPath, with their place in the expression. */
#ifndef ASSAY_POLICY_JMES_LEXER_H
#define ASSAY_POLICY_JMES_LEXER_H

#include "policy/jmes_ast.h"

enum jmes_token_kind {
	JMES_T_END,
	JMES_T_NAME,		/* unquoted identifier */
	JMES_T_QUOTED,		/* "identifier" */
	JMES_T_RAW,		/* 'raw string' */
	JMES_T_LITERAL,		/* `JSON` */
	JMES_T_NUMBER,
	JMES_T_DOT,
	JMES_T_STAR,
	JMES_T_COMMA,
	JMES_T_COLON,
	JMES_T_CURRENT,		/* @ */
	JMES_T_REFERENCE,	/* & */
	JMES_T_NOT,
	JMES_T_PIPE,
	JMES_T_OR,
	JMES_T_AND,
	JMES_T_EQ,
	JMES_T_NE,
	JMES_T_LT,
	JMES_T_LE,
	JMES_T_GT,
	JMES_T_GE,
	JMES_T_LBRACKET,
	JMES_T_RBRACKET,
	JMES_T_FLATTEN,		/* [] */
	JMES_T_FILTER,		/* [? */
	JMES_T_LBRACE,
	JMES_T_RBRACE,
	JMES_T_LPAREN,
	JMES_T_RPAREN,
};

struct jmes_token {
	enum jmes_token_kind	 kind;
	size_t			 offset;
	struct assay_bytes	 text;	/* as written, delimiters included */
};

struct jmes_lexer {
	struct jmes_report	*report;
	size_t			 pos;
};

/* The next token of report->text; JMES_T_END for ever at its end. */
ASSAY_MUST_USE bool assay_jmes_next(struct jmes_lexer *lexer,
    struct jmes_token *out);

/*
 * What a token stands for. Strings are in the arena, with a NUL behind them
 * and none inside; a literal is a new reference. Numbers that do not fit are
 * saturated: no list has an element there either.
 */
ASSAY_MUST_USE bool assay_jmes_identifier(const struct jmes_token *token,
    struct assay_arena *arena, struct jmes_report *report, const char **out);
ASSAY_MUST_USE json_t *assay_jmes_literal(const struct jmes_token *token,
    struct assay_arena *arena, struct jmes_report *report);
int64_t assay_jmes_number(const struct jmes_token *token);

/* "the number \"12\"", for error texts. */
#define JMES_TOKEN_TEXT 48
void assay_jmes_describe(const struct jmes_token *token,
    char out[JMES_TOKEN_TEXT]);

#endif
