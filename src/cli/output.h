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

/* The value on a line of its own, compact, members sorted. */
ASSAY_MUST_USE bool cli_put_json(struct cli_output *out, const json_t *value,
    struct assay_error *err);

/* "assay verify: ..." and where help is; returns CLI_USAGE. */
enum cli_exit cli_usage(struct cli_output *out, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Report a failure that ends the command: a sentence with its code, or with
 * --json {"code","reason","verdict"}. Returns what its class means.
 */
enum cli_exit cli_fail(struct cli_output *out, const struct assay_error *err);

/* MALFORMED and REJECTED: no; UNAVAILABLE and INTERNAL: undecided. */
enum cli_exit cli_exit_of(const struct assay_error *err);

/* "reject" or "undecided"; static. */
const char *cli_verdict_of(const struct assay_error *err);

#endif
