/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a command says, to people and to programs.
 *
 * With --json exactly one JSON object goes to standard output, whatever the
 * outcome; people's text goes there otherwise. Complaints go to standard
 * error. Text that somebody else wrote passes through cli_put_text(), so that
 * no evidence, token or service can send control sequences to a terminal.
 */
#ifndef ASSAY_CLI_OUTPUT_H
#define ASSAY_CLI_OUTPUT_H

#include <stdio.h>

#include "cli/option.h"
#include "json/json.h"

struct cli_output {
	const char	*path;		/* "assay policy check" */
	FILE		*to;		/* results */
	FILE		*errors;	/* complaints */
	bool		 json;		/* set by commands that have --json */
};

/* Our own words; arguments must not be other people's text. */
void cli_printf(struct cli_output *out, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Other people's text: control characters (C0, DEL, C1), bidirectional
 * controls and what is not UTF-8 appear as \x1b, \u202e and the like.
 * Newlines stay if keep_lines.
 */
void cli_put_text(FILE *to, struct assay_bytes text, bool keep_lines);

/*
 * Our own word, padded, in the colour of an SGR sequence ("1;31") if a person
 * looks on: on a terminal, unless NO_COLOR is set. NULL: as it is.
 */
void cli_put_coloured(struct cli_output *out, const char *text, int width,
    const char *colour);

/* The value on a line of its own, compact, members sorted. */
ASSAY_MUST_USE bool cli_put_json(struct cli_output *out, const json_t *value,
    struct assay_error *err);
/* For people: indented, and escaped as other people's text. */
ASSAY_MUST_USE bool cli_put_pretty(struct cli_output *out,
    const json_t *value, struct assay_error *err);

/*
 * Print the object (a new reference, which this takes) and return status;
 * NULL, for memory that ran out while it was made, is a failure.
 */
enum cli_exit cli_answer(struct cli_output *out, json_t *object,
    enum cli_exit status);

/* Element i of an array, a new reference; NULL when out of memory. */
typedef json_t *cli_element(const void *ctx, size_t i);
/*
 * The same for an object with one more member, an array of n elements, which
 * are made and written one by one: its text may be longer than any value that
 * is written whole. Takes rest, of at most 31 members.
 */
enum cli_exit cli_answer_array(struct cli_output *out, json_t *rest,
    const char *name, cli_element *element, const void *ctx, size_t n,
    enum cli_exit status);

/* "assay verify: ..." and where help is; returns CLI_USAGE. */
enum cli_exit cli_usage(struct cli_output *out, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Report a failure that ends the command: a sentence with its code on
 * standard error, with --json {"code","reason","verdict"} too. Returns what
 * the class of its code means.
 */
enum cli_exit cli_fail(struct cli_output *out, const struct assay_error *err);
/*
 * The same for what hindered us rather than decided anything, whatever its
 * class: a broken policy or key set says nothing about evidence or a token.
 * Returns CLI_UNDECIDED (or CLI_USAGE).
 */
enum cli_exit cli_hindered(struct cli_output *out,
    const struct assay_error *err);

/* MALFORMED and REJECTED: no; UNAVAILABLE and INTERNAL: undecided. */
enum cli_exit cli_exit_of(const struct assay_error *err);
/* "accept", "reject" or "undecided"; static. */
const char *cli_verdict_name(enum cli_exit status);

/* Text of any bytes as a JSON string: what is not UTF-8 becomes \x80. */
json_t *cli_json_text(const char *text);
/*
 * Set a member that is there or stays away: false only if the value could
 * not be made or kept.
 */
bool cli_set_text(json_t *object, const char *name, const char *text);

#endif
