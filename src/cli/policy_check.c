/* SPDX-License-Identifier: Apache-2.0 */
/* assay policy check: every mistake of a policy, with its place. */
#include <stddef.h>
#include <string.h>

#include "cli/policy_commands.h"
#include "cli/policy_run.h"
#include "cli/policy_type.h"

struct check_options {
	const char	*file, *type;
	bool		 strict, json;
};

#define AT(member) offsetof(struct check_options, member)

static const struct cli_argument arguments[] = {
	{ "FILE", CLI_TEXT, AT(file), "the policy; - for standard input",
	    false },
	{ .name = NULL },
};

static const struct cli_option options[] = {
	{ "type", 0, CLI_TEXT, AT(type), "TYPE",
	    "the attestation type that it is for, as SgxEnclave or Tpm: "
	    "claims that this type never has are found too", false },
	{ "strict", 0, CLI_FLAG, AT(strict), NULL,
	    "exit with 1 for warnings as well", false },
	{ "json", 0, CLI_FLAG, AT(json), NULL,
	    "print one JSON object", false },
	{ .name = NULL },
};

static size_t
count_of(const struct assay_diagnostics *d, enum assay_diagnostic_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < assay_diagnostics_count(d); i++)
		n += assay_diagnostics_at(d, i)->kind == kind;
	return n;
}

static const char *
kind_name(enum assay_diagnostic_kind kind)
{
	switch (kind) {
	case ASSAY_DIAGNOSTIC_ERROR:
		return "error";
	case ASSAY_DIAGNOSTIC_WARNING:
		return "warning";
	}
	return "error";
}

static json_t *
diagnostic_json(const struct assay_diagnostic *d)
{
	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:o, s:o}",
	    "kind", kind_name(d->kind), "id", d->id,
	    "line", (json_int_t)d->line, "column", (json_int_t)d->column,
	    "offset", (json_int_t)d->offset, "length", (json_int_t)d->length,
	    "message", cli_json_text(d->message),
	    "text", cli_json_text(d->text));
}

static json_t *
list_json(const struct assay_diagnostics *d)
{
	json_t *list = json_array();

	for (size_t i = 0; i < assay_diagnostics_count(d); i++)
		if (json_array_append_new(list, diagnostic_json(
		    assay_diagnostics_at(d, i))) != 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static enum cli_exit
answer_json(struct cli_output *out, const struct assay_diagnostics *d,
    const struct assay_policy *policy, enum cli_exit status)
{
	json_t *object = json_pack("{s:s, s:I, s:I, s:o}",
	    "verdict", cli_verdict_name(status),
	    "errors", (json_int_t)count_of(d, ASSAY_DIAGNOSTIC_ERROR),
	    "warnings", (json_int_t)count_of(d, ASSAY_DIAGNOSTIC_WARNING),
	    "diagnostics", list_json(d));
	char version[16];

	if (policy != NULL) {
		(void)snprintf(version, sizeof(version), "%u.%u",
		    assay_policy_version(policy) / 10,
		    assay_policy_version(policy) % 10);
		if (!cli_set_text(object, "version", version)) {
			json_decref(object);
			object = NULL;
		}
	}
	return cli_answer(out, object, status);
}

static void
put_count(struct cli_output *out, size_t n, const char *what)
{
	cli_printf(out, "%zu %s%s", n, what, n == 1 ? "" : "s");
}

static enum cli_exit
answer_text(struct cli_output *out, const struct assay_diagnostics *d,
    const char *file, enum cli_exit status)
{
	for (size_t i = 0; i < assay_diagnostics_count(d); i++) {
		struct assay_bytes text = assay_bytes_of(
		    assay_diagnostics_at(d, i)->text);

		cli_put_text(out->to, assay_bytes_of(file), false);
		cli_printf(out, ": ");
		cli_put_text(out->to, text, true);
		if (text.len == 0 || text.ptr[text.len - 1] != '\n')
			cli_printf(out, "\n");
	}
	cli_put_text(out->to, assay_bytes_of(file), false);
	cli_printf(out, ": ");
	put_count(out, count_of(d, ASSAY_DIAGNOSTIC_ERROR), "error");
	cli_printf(out, ", ");
	put_count(out, count_of(d, ASSAY_DIAGNOSTIC_WARNING), "warning");
	cli_printf(out, "\n");
	return status;
}

static enum cli_exit
judge(const struct assay_diagnostics *d, bool strict)
{
	if (count_of(d, ASSAY_DIAGNOSTIC_ERROR) != 0)
		return CLI_NO;
	return strict && count_of(d, ASSAY_DIAGNOSTIC_WARNING) != 0 ?
	    CLI_NO : CLI_YES;
}

/* Diagnostics answer the question; only what prevents them is a failure. */
static bool
diagnose(const struct check_options *opt, struct assay_policy **policy,
    struct assay_diagnostics *d, struct assay_error *err)
{
	const char *type = NULL;

	if (opt->type != NULL && !cli_policy_type(opt->type, &type, err))
		return false;
	if (!cli_policy_load(opt->file, policy, d, err))
		return err->code == ASSAY_ERR_POLICY_PARSING_ERROR &&
		    count_of(d, ASSAY_DIAGNOSTIC_ERROR) != 0;
	return assay_policy_lint(*policy, type, d, err);
}

static enum cli_exit
run(const void *values, struct cli_output *out)
{
	const struct check_options *opt = values;
	struct assay_diagnostics *d = assay_diagnostics_new();
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct assay_policy *policy = NULL;
	enum cli_exit status;

	out->json = opt->json;
	if (d == NULL)
		(void)assay_fail_memory(&err, "diagnostics");
	if (d == NULL || !diagnose(opt, &policy, d, &err))
		status = cli_hindered(out, &err);
	else if (opt->json)
		status = answer_json(out, d, policy, judge(d, opt->strict));
	else
		status = answer_text(out, d, opt->file,
		    judge(d, opt->strict));
	assay_policy_free(policy);
	assay_diagnostics_free(d);
	return status;
}

const struct cli_command cmd_policy_check = {
	.name = "check",
	.summary = "find the mistakes of a policy before the service does",
	.description =
	    "Compile a policy and print every mistake with its line, its "
	    "column and the source, then what the checker warns of: claims "
	    "that do not exist, conditions that never hold, and the like. "
	    "Exit status: 0 good, 1 mistakes (with --strict: or warnings), "
	    "3 the file cannot be read.",
	.arguments = arguments,
	.options = options,
	.options_size = sizeof(struct check_options),
	.run = run,
};
