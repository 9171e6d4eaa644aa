/* SPDX-License-Identifier: Apache-2.0 */
#include "base/limits.h"
#include "cli/input.h"
#include "cli/inspect.h"
#include "cli/quote_view.h"

/* A view with a problem still shows what there is; the status says no. */
static enum cli_exit
show(const struct inspect_options *opt, struct cli_output *out, bool report)
{
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct assay_buffer file = { 0 };
	enum cli_exit status;
	json_t *view;

	out->json = opt->json;
	if (!cli_read(opt->file, ASSAY_MAX_EVIDENCE_BYTES, &file, &err))
		return cli_fail(out, &err);
	view = report ? cli_report_view(assay_buffer_bytes(&file)) :
	    cli_quote_view(assay_buffer_bytes(&file), 0);
	status = json_object_get(view, "problem") != NULL ? CLI_NO : CLI_YES;
	if (view == NULL || opt->json)
		status = cli_answer(out, view != NULL ?
		    cli_quote_json(view) : NULL, status);
	else
		cli_quote_print(out, view);
	json_decref(view);
	assay_buffer_free(&file);
	return status;
}

static enum cli_exit
run_quote(const void *values, struct cli_output *out)
{
	return show(values, out, false);
}

static enum cli_exit
run_report(const void *values, struct cli_output *out)
{
	return show(values, out, true);
}

const struct cli_command cmd_inspect_quote = {
	.name = "quote",
	.summary = "a DCAP quote, field by field with offsets",
	.description =
	    "Show every field of a DCAP quote (version 3, 4 or 5; SGX or TDX) "
	    "with its offset, and the certificates inside. Works on broken "
	    "quotes as far as they go; the exit status is then 1.",
	.arguments = inspect_arguments,
	.options = inspect_options,
	.options_size = sizeof(struct inspect_options),
	.run = run_quote,
};

const struct cli_command cmd_inspect_report = {
	.name = "report",
	.summary = "an Open Enclave report: its header and the quote in it",
	.description =
	    "Show the 16-byte header of an Open Enclave report and the quote "
	    "behind it, as \"assay inspect quote\" does.",
	.arguments = inspect_arguments,
	.options = inspect_options,
	.options_size = sizeof(struct inspect_options),
	.run = run_report,
};
