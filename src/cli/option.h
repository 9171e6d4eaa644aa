/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command lines. Each command owns one table of arguments and options, from
 * which its line is parsed and its help is printed; nothing else knows them.
 *
 * A value lands in the command's own zeroed struct, at the offset that its
 * row names, so that a run function reads plain members.
 */
#ifndef ASSAY_CLI_OPTION_H
#define ASSAY_CLI_OPTION_H

#include <stdio.h>

#include <assay/error.h>

#define CLI_LIST_MAX	64	/* times that one option may be repeated */

/* The value of an option that may be repeated. */
struct cli_list {
	const char	*item[CLI_LIST_MAX];
	size_t		 n;
};

/* The value of a number; given says whether there was one. */
struct cli_number {
	int64_t	value;
	bool	given;
};

enum cli_kind {
	CLI_FLAG,	/* bool */
	CLI_TEXT,	/* const char * */
	CLI_LIST,	/* struct cli_list */
	CLI_NUMBER,	/* struct cli_number: decimal, not negative */
};

/*
 * A table of options ends with a row whose name is NULL. Names are without
 * dashes. A row with letter 0 has no short form.
 */
struct cli_option {
	const char	*name;
	char		 letter;
	enum cli_kind	 kind;
	size_t		 offset;
	const char	*value;		/* "URL"; NULL for a flag */
	const char	*help;		/* one sentence, no final period */
	bool		 required;
};

/*
 * What stands without dashes, in order; ends with a row whose name is NULL.
 * TEXT or, in the last row, LIST. Optional ones come last.
 */
struct cli_argument {
	const char	*name;		/* "FILE" */
	enum cli_kind	 kind;
	size_t		 offset;
	const char	*help;
	bool		 optional;
};

struct cli_output;

/* What a program that calls us learns. */
enum cli_exit {
	CLI_YES = 0,		/* done; accepted; verified */
	CLI_NO = 1,		/* rejected; not verified */
	CLI_USAGE = 2,		/* the command line was wrong */
	CLI_UNDECIDED = 3,	/* could not decide */
};

/*
 * One command, or a group of commands (then only name, summary, description
 * and subcommands are set). run gets a struct of options_size bytes that
 * options and arguments were parsed into; strings in it live in argv.
 */
struct cli_command {
	const char			*name;
	const char			*summary;	/* a line of "assay help" */
	const char			*description;	/* paragraphs, or NULL */
	const struct cli_command *const	*subcommands;	/* NULL at the end */
	const struct cli_argument	*arguments;	/* or NULL */
	const struct cli_option		*options;	/* or NULL */
	size_t				 options_size;
	enum cli_exit			(*run)(const void *options,
					    struct cli_output *out);
};

/*
 * Parse what follows the command's name into values, which is zeroed first.
 * Options and arguments may be mixed; "--" ends the options; "-" is an
 * argument. USAGE: unknown, repeated, missing or badly valued.
 */
ASSAY_MUST_USE bool cli_parse(const struct cli_command *cmd, int argc,
    char *const *argv, void *values, struct assay_error *err);

/* Is --help or -h among the words before "--"? */
bool cli_wants_help(int argc, char *const *argv);

/* Help for one command; path is its full name: "assay policy check". */
void cli_help(FILE *to, const char *path, const struct cli_command *cmd);

#endif
