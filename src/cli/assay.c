/* SPDX-License-Identifier: Apache-2.0 */
/* The program assay: a table of commands, and the way into one. */
#include <stdlib.h>
#include <string.h>

#include <assay/assay.h>

#include "cli/commands.h"

static const struct cli_command *const commands[] = {
	&cmd_attest,
	&cmd_verify,
	&cmd_appraise,
	&cmd_inspect,
	&cmd_policy,
	&cmd_signer,
	&cmd_baseline,
	&cmd_collateral,
	&cmd_key,
	&cmd_aik,
	&cmd_sim,
	NULL
};

static const struct cli_command program = {
	.name = "assay",
	.summary = "attest, verify, appraise and inspect",
	.description =
	    "Client, relying party, policy author and operator of the "
	    "attestation service assayd.\n"
	    "Exit status: 0 yes, 1 no (rejected, not verified), 2 usage, "
	    "3 could not decide.",
	.subcommands = commands,
};

static const struct cli_command *
find(const struct cli_command *const *table, const char *name)
{
	for (; *table != NULL; table++)
		if (strcmp((*table)->name, name) == 0)
			return *table;
	return NULL;
}

/* Where a command line stands after its leading command names. */
struct place {
	const struct cli_command	*cmd;
	char				 path[64];
	int				 argc;	/* what follows the names */
	char				**argv;
};

static void
descend(struct place *at)
{
	const struct cli_command *sub;
	size_t len;

	while (at->cmd->subcommands != NULL && at->argc > 0 &&
	    (sub = find(at->cmd->subcommands, at->argv[0])) != NULL) {
		len = strlen(at->path);
		(void)snprintf(at->path + len, sizeof(at->path) - len, " %s",
		    sub->name);
		at->cmd = sub;
		at->argc--;
		at->argv++;
	}
}

static enum cli_exit
run(const struct place *at, struct cli_output *out)
{
	struct assay_error err = { ASSAY_ERR_OK, "" };
	enum cli_exit status;
	void *values;

	if (at->cmd->run == NULL)
		return cli_usage(out, "\"%s\" does nothing by itself",
		    at->path);
	/* A command without options still gets memory that it may point to. */
	if ((values = calloc(1, at->cmd->options_size + 1)) == NULL) {
		(void)assay_fail_memory(&err, "options");
		return cli_fail(out, &err);
	}
	if (cli_parse(at->cmd, at->argc, at->argv, values, &err))
		status = at->cmd->run(values, out);
	else
		status = cli_fail(out, &err);
	free(values);
	return status;
}

static enum cli_exit
dispatch(int argc, char **argv, struct cli_output *out)
{
	/* Once in a process; out->path points into it from now on. */
	static struct place at;
	bool help;

	at = (struct place){ &program, "assay", argc, argv };

	if (argc == 1 && strcmp(argv[0], "--version") == 0) {
		cli_printf(out, "assay %s\n", assay_version());
		return CLI_YES;
	}
	if ((help = argc > 0 && strcmp(argv[0], "help") == 0)) {
		at.argc--;
		at.argv++;
	}
	descend(&at);
	out->path = at.path;
	if (help ? at.argc == 0 : cli_wants_help(at.argc, at.argv)) {
		cli_help(out->to, at.path, at.cmd);
		return CLI_YES;
	}
	if (at.argc > 0 && (help || at.cmd->subcommands != NULL))
		return cli_usage(out, "unknown command \"%s\"", at.argv[0]);
	if (at.cmd->subcommands != NULL) {
		cli_help(out->errors, at.path, at.cmd);
		return CLI_USAGE;
	}
	return run(&at, out);
}

int
main(int argc, char **argv)
{
	struct cli_output out = { "assay", stdout, stderr, false };
	enum cli_exit status;

	status = dispatch(argc > 0 ? argc - 1 : 0, argv + 1, &out);
	/* An answer that did not reach the reader is not a yes. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		(void)fprintf(stderr, "assay: cannot write the answer\n");
		if (status == CLI_YES)
			status = CLI_UNDECIDED;
	}
	return (int)status;
}
