/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "cli/option.h"

#define HELP_COLUMN	26	/* where explanations start */
#define HELP_WIDTH	80
#define USAGE_MAX	1024

static size_t
size_of_kind(enum cli_kind kind)
{
	switch (kind) {
	case CLI_FLAG:
		return sizeof(bool);
	case CLI_TEXT:
		return sizeof(const char *);
	case CLI_LIST:
		return sizeof(struct cli_list);
	case CLI_NUMBER:
		return sizeof(struct cli_number);
	}
	return 0;
}

static bool
set_flag(bool *to, const char *name, struct assay_error *err)
{
	if (*to)
		return assay_fail(err, ASSAY_ERR_USAGE, "%s is given twice",
		    name);
	*to = true;
	return true;
}

static bool
set_text(const char **to, const char *name, const char *value,
    struct assay_error *err)
{
	if (*to != NULL)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "%s is given twice: \"%s\" and \"%s\"", name, *to, value);
	*to = value;
	return true;
}

static bool
set_list(struct cli_list *to, const char *name, const char *value,
    struct assay_error *err)
{
	if (to->n == CLI_LIST_MAX)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "%s is given more than %d times", name, CLI_LIST_MAX);
	to->item[to->n++] = value;
	return true;
}

static bool
set_number(struct cli_number *to, const char *name, const char *value,
    struct assay_error *err)
{
	int64_t number;

	if (to->given)
		return assay_fail(err, ASSAY_ERR_USAGE, "%s is given twice",
		    name);
	if (!assay_text_i64(assay_bytes_of(value), &number) || number < 0)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "%s wants a decimal number, not \"%s\"", name, value);
	to->value = number;
	to->given = true;
	return true;
}

static bool
set_value(void *values, enum cli_kind kind, size_t offset, const char *name,
    const char *value, struct assay_error *err)
{
	void *to = (char *)values + offset;

	switch (kind) {
	case CLI_FLAG:
		return set_flag(to, name, err);
	case CLI_TEXT:
		return set_text(to, name, value, err);
	case CLI_LIST:
		return set_list(to, name, value, err);
	case CLI_NUMBER:
		return set_number(to, name, value, err);
	}
	return assay_fail(err, ASSAY_ERR_INTERNAL, "%s has no kind", name);
}

static bool
is_given(const void *values, enum cli_kind kind, size_t offset)
{
	static const char zero[sizeof(struct cli_list)];

	return memcmp((const char *)values + offset, zero,
	    size_of_kind(kind)) != 0;
}

/* word is "--name", "--name=value" or "-x"; *value is NULL without "=". */
static const struct cli_option *
find_option(const struct cli_option *options, const char *word,
    const char **value)
{
	const struct cli_option *opt;
	size_t len;

	*value = NULL;
	if (options == NULL)
		return NULL;
	if (word[1] != '-') {
		for (opt = options; opt->name != NULL; opt++)
			if (opt->letter != '\0' && opt->letter == word[1] &&
			    word[2] == '\0')
				return opt;
		return NULL;
	}
	len = strcspn(word + 2, "=");
	if (word[2 + len] == '=')
		*value = word + 2 + len + 1;
	for (opt = options; opt->name != NULL; opt++)
		if (strlen(opt->name) == len &&
		    memcmp(opt->name, word + 2, len) == 0)
			return opt;
	return NULL;
}

/* One option at argv[*i]; moves *i over a value in the next word. */
static bool
parse_option(const struct cli_command *cmd, int argc, char *const *argv,
    int *i, void *values, struct assay_error *err)
{
	const struct cli_option *opt;
	const char *word = argv[*i], *value;
	char name[64];

	if ((opt = find_option(cmd->options, word, &value)) == NULL)
		return assay_fail(err, ASSAY_ERR_USAGE, "unknown option %s",
		    word);
	(void)snprintf(name, sizeof(name), "--%s", opt->name);
	if (opt->kind == CLI_FLAG && value != NULL)
		return assay_fail(err, ASSAY_ERR_USAGE, "%s takes no value",
		    name);
	if (opt->kind != CLI_FLAG && value == NULL) {
		if (*i + 1 >= argc)
			return assay_fail(err, ASSAY_ERR_USAGE,
			    "%s wants a value: %s", name, opt->value);
		value = argv[++*i];
	}
	return set_value(values, opt->kind, opt->offset, name, value, err);
}

static bool
parse_argument(const struct cli_argument **next, const char *word,
    void *values, struct assay_error *err)
{
	const struct cli_argument *arg = *next;

	if (arg == NULL || arg->name == NULL)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "unexpected argument \"%s\"", word);
	if (arg->kind != CLI_LIST)
		(*next)++;
	return set_value(values, arg->kind, arg->offset, arg->name, word, err);
}

static bool
all_there(const struct cli_command *cmd, const void *values,
    struct assay_error *err)
{
	const struct cli_argument *arg = cmd->arguments;
	const struct cli_option *opt = cmd->options;

	for (; arg != NULL && arg->name != NULL; arg++)
		if (!arg->optional && !is_given(values, arg->kind,
		    arg->offset))
			return assay_fail(err, ASSAY_ERR_USAGE,
			    "%s is missing: %s", arg->name, arg->help);
	for (; opt != NULL && opt->name != NULL; opt++)
		if (opt->required && !is_given(values, opt->kind,
		    opt->offset))
			return assay_fail(err, ASSAY_ERR_USAGE,
			    "--%s %s is missing: %s", opt->name, opt->value,
			    opt->help);
	return true;
}

bool
cli_parse(const struct cli_command *cmd, int argc, char *const *argv,
    void *values, struct assay_error *err)
{
	const struct cli_argument *next = cmd->arguments;
	bool options_end = false;

	memset(values, 0, cmd->options_size);
	for (int i = 0; i < argc; i++) {
		const char *word = argv[i];

		if (options_end || word[0] != '-' || word[1] == '\0') {
			if (!parse_argument(&next, word, values, err))
				return false;
		} else if (strcmp(word, "--") == 0) {
			options_end = true;
		} else if (!parse_option(cmd, argc, argv, &i, values, err)) {
			return false;
		}
	}
	return all_there(cmd, values, err);
}

bool
cli_wants_help(int argc, char *const *argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 ||
		    strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

/* Print text in columns indent to HELP_WIDTH; at is the column now. */
static void
print_wrapped(FILE *to, const char *text, int at, int indent)
{
	int column = at;

	while (*text != '\0') {
		int word = (int)strcspn(text, " \n");
		int space = column > indent ? 1 : 0;

		if (column + space + word > HELP_WIDTH && column > indent) {
			(void)fprintf(to, "\n%*s", indent, "");
			column = indent;
			space = 0;
		}
		(void)fprintf(to, "%*s%.*s", space, "", word, text);
		column += space + word;
		text += word;
		if (*text == '\n') {
			(void)fprintf(to, "\n%*s", indent, "");
			column = indent;
		}
		text += *text != '\0';
	}
	(void)fputc('\n', to);
}

static void
print_row(FILE *to, const char *left, const char *help)
{
	int n = fprintf(to, "  %s", left);

	if (n + 1 >= HELP_COLUMN) {
		(void)fputc('\n', to);
		n = 0;
	}
	(void)fprintf(to, "%*s", HELP_COLUMN - n, "");
	print_wrapped(to, help, HELP_COLUMN, HELP_COLUMN);
}

static void
print_usage(FILE *to, const char *path, const struct cli_command *cmd)
{
	struct assay_buffer line = assay_buffer(USAGE_MAX);
	const struct cli_argument *arg = cmd->arguments;
	const struct cli_option *opt = cmd->options;

	(void)assay_buffer_printf(&line, "usage: %s", path);
	if (cmd->subcommands != NULL)
		(void)assay_buffer_puts(&line, " COMMAND ...");
	for (; arg != NULL && arg->name != NULL; arg++)
		(void)assay_buffer_printf(&line, arg->optional ?
		    " [%s]%s" : " %s%s", arg->name,
		    arg->kind == CLI_LIST ? "..." : "");
	for (; opt != NULL && opt->name != NULL; opt++)
		if (opt->required)
			(void)assay_buffer_printf(&line, " --%s %s",
			    opt->name, opt->value);
	if (cmd->options != NULL)
		(void)assay_buffer_puts(&line, " [OPTION]...");
	print_wrapped(to, assay_buffer_str(&line), 0, 0);
	assay_buffer_free(&line);
}

static void
print_option(FILE *to, const struct cli_option *opt)
{
	char left[96], help[512];

	(void)snprintf(left, sizeof(left), "%s%c%s--%s%s%s",
	    opt->letter != '\0' ? "-" : "",
	    opt->letter != '\0' ? opt->letter : ' ',
	    opt->letter != '\0' ? ", " : "   ", opt->name,
	    opt->value != NULL ? " " : "",
	    opt->value != NULL ? opt->value : "");
	(void)snprintf(help, sizeof(help), "%s%s", opt->help,
	    opt->kind == CLI_LIST ? "; may be repeated" : "");
	print_row(to, left, help);
}

void
cli_help(FILE *to, const char *path, const struct cli_command *cmd)
{
	const struct cli_command *const *sub = cmd->subcommands;
	const struct cli_argument *arg = cmd->arguments;
	const struct cli_option *opt = cmd->options;

	print_usage(to, path, cmd);
	(void)fputc('\n', to);
	print_wrapped(to, cmd->description != NULL ? cmd->description :
	    cmd->summary, 0, 0);
	if (sub != NULL)
		(void)fprintf(to, "\ncommands:\n");
	for (; sub != NULL && *sub != NULL; sub++)
		print_row(to, (*sub)->name, (*sub)->summary);
	if (arg != NULL)
		(void)fprintf(to, "\narguments:\n");
	for (; arg != NULL && arg->name != NULL; arg++)
		print_row(to, arg->name, arg->help);
	if (opt != NULL)
		(void)fprintf(to, "\noptions:\n");
	for (; opt != NULL && opt->name != NULL; opt++)
		print_option(to, opt);
}
