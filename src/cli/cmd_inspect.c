/* SPDX-License-Identifier: Apache-2.0 */
/* assay inspect: show what is there, without believing any of it. */
#include <stddef.h>

#include "cli/commands.h"
#include "cli/inspect.h"

const struct cli_argument inspect_arguments[] = {
	{ "FILE", CLI_TEXT, offsetof(struct inspect_options, file),
	    "what to look at; - for standard input", false },
	{ .name = NULL },
};

const struct cli_option inspect_options[] = {
	{ "json", 0, CLI_FLAG, offsetof(struct inspect_options, json), NULL,
	    "print one JSON object", false },
	{ .name = NULL },
};

static const struct cli_command *const subcommands[] = {
	&cmd_inspect_quote,
	&cmd_inspect_report,
	&cmd_inspect_eventlog,
	&cmd_inspect_ima,
	&cmd_inspect_token,
	&cmd_inspect_cert,
	NULL
};

const struct cli_command cmd_inspect = {
	.name = "inspect",
	.summary = "show what a quote, log, token or certificate says",
	.description =
	    "Show evidence, tokens and certificates in readable form. Nothing "
	    "is verified: use \"assay appraise\" and \"assay verify\" for "
	    "that.",
	.subcommands = subcommands,
};
