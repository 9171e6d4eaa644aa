/* SPDX-License-Identifier: Apache-2.0 */
/* assay baseline check: what assayd would make of a file of baselines. */
#include <stddef.h>
#include <string.h>

#include "app/baselines.h"
#include "base/encode.h"
#include "base/when.h"
#include "cli/commands.h"
#include "collateral/window.h"
#include "json/json.h"

struct check_options {
	const char	*file;
	bool		 json;
};

static const struct cli_argument arguments[] = {
	{ "FILE", CLI_TEXT, offsetof(struct check_options, file),
	    "sections [NAME] of lines \"key = value\"", false },
	{ .name = NULL },
};

static const struct cli_option options[] = {
	{ "json", 0, CLI_FLAG, offsetof(struct check_options, json), NULL,
	    "print one JSON object", false },
	{ .name = NULL },
};

/* ---- one baseline as a value, by the keys of the file ------------------------- */

static void
set_statuses(json_t *row, const char *key, uint32_t set)
{
	json_t *names = json_array();

	for (int s = 0; s < ASSAY_TCB_UNKNOWN; s++)
		if ((set >> s & 1) != 0)
			(void)json_array_append_new(names, json_string(
			    assay_tcb_status_name((enum assay_tcb_status)s)));
	if (set != 0)
		(void)json_object_set(row, key, names);
	json_decref(names);
}

static void
set_date(json_t *row, const char *key, int64_t when)
{
	char text[ASSAY_WHEN_TEXT];

	if (when != 0)
		(void)json_object_set_new(row, key,
		    json_string(assay_when_text(when, text)));
}

static void
set_values(json_t *row, const char *key,
    const struct assay_baseline_values *list, bool as_hex)
{
	json_t *values = json_array();

	for (size_t i = 0; i < list->n; i++) {
		char hex[2 * 16 + 1];

		if (as_hex) {
			assay_hex(list->values[i], hex);
			(void)json_array_append_new(values,
			    json_string(hex));
		} else
			(void)json_array_append_new(values, json_stringn(
			    (const char *)list->values[i].ptr,
			    list->values[i].len));
	}
	if (list->given)
		(void)json_object_set(row, key, values);
	json_decref(values);
}

/* As it may be written: "any", one number, or a list by kind. */
static void
set_grace(json_t *row, const struct assay_grace *grace)
{
	const int64_t *s = grace->seconds;
	json_t *list = json_array();
	bool same = true;
	char text[64];

	for (int i = ASSAY_DATED_TCB_INFO; i < ASSAY_DATED_KINDS; i++) {
		same = same && s[i] == s[ASSAY_DATED_TCB_INFO];
		(void)snprintf(text, sizeof(text), "%s:%lld",
		    assay_dated_name((enum assay_dated)i), (long long)s[i]);
		if (s[i] != 0)
			(void)json_array_append_new(list, json_string(text));
	}
	if (grace->any_age)
		(void)json_object_set_new(row, "collateral-grace",
		    json_string("any"));
	else if (same && s[ASSAY_DATED_TCB_INFO] != 0)
		(void)json_object_set_new(row, "collateral-grace",
		    json_integer(s[ASSAY_DATED_TCB_INFO]));
	else if (!same)
		(void)json_object_set(row, "collateral-grace", list);
	json_decref(list);
}

static json_t *
row_of(const struct assay_baseline *b)
{
	static const char *const allow[ASSAY_BASELINE_IDS] = {
		"allow-fmspc", "allow-ppid", "allow-cpu-svn" };
	static const char *const deny[ASSAY_BASELINE_IDS] = {
		"deny-fmspc", "deny-ppid", "deny-cpu-svn" };
	json_t *row = json_pack("{s:s}", "name", b->name == NULL ?
	    ASSAY_BASELINE_DEFAULT : b->name);

	set_statuses(row, "accept-tcb", b->accepted);
	set_statuses(row, "grace-tcb", b->accepted_until);
	set_date(row, "grace-until", b->until);
	set_date(row, "min-tcb-date", b->min_tcb_date);
	set_values(row, "accept-advisory", &b->advisories, false);
	for (size_t i = 0; i < ASSAY_BASELINE_IDS; i++) {
		set_values(row, allow[i], &b->allowed[i], true);
		set_values(row, deny[i], &b->denied[i], true);
	}
	if (b->tcb_evaluation_data_number != 0)
		(void)json_object_set_new(row, "tcb-evaluation-number",
		    json_integer(b->tcb_evaluation_data_number));
	set_grace(row, &b->grace);
	return row;
}

/* ---- output --------------------------------------------------------------------- */

static void
put_value(struct cli_output *out, const json_t *value)
{
	if (json_is_integer(value))
		cli_printf(out, "%lld",
		    (long long)json_integer_value(value));
	else
		cli_put_text(out->to, assay_json_string(value), false);
}

static void
put_row(struct cli_output *out, json_t *row)
{
	const char *key, *gap;
	json_t *value, *item;
	size_t i;

	cli_printf(out, "[%s]\n", json_string_value(json_object_get(row,
	    "name")));
	(void)json_object_del(row, "name");
	json_object_foreach(row, key, value) {
		cli_printf(out, "%s = ", key);
		gap = "";
		json_array_foreach(value, i, item) {
			cli_printf(out, "%s", gap);
			put_value(out, item);
			gap = ",";
		}
		if (!json_is_array(value))
			put_value(out, value);
		else if (json_array_size(value) == 0)
			cli_printf(out, "none");
		cli_printf(out, "\n");
	}
}

static enum cli_exit
run_check(const void *values, struct cli_output *out)
{
	const struct check_options *o = values;
	const struct assay_baseline base = assay_baseline_default();
	struct assay_baselines *b = NULL;
	struct assay_error err = { ASSAY_ERR_OK, "" };
	json_t *rows, *row;
	size_t i;

	out->json = o->json;
	if (!assay_baselines_read(o->file, &base, &b, &err))
		return cli_fail(out, &err);
	rows = json_array();
	(void)json_array_append_new(rows, row_of(&b->by_default));
	for (i = 0; i < b->n; i++)
		(void)json_array_append_new(rows, row_of(&b->named[i]));
	assay_baselines_free(b);
	if (o->json)
		return cli_answer(out, json_pack("{s:s, s:o}", "verdict",
		    "accept", "baselines", rows), CLI_YES);
	json_array_foreach(rows, i, row) {
		cli_printf(out, "%s", i == 0 ? "" : "\n");
		put_row(out, row);
	}
	json_decref(rows);
	return CLI_YES;
}

static const struct cli_command cmd_check = {
	.name = "check",
	.summary = "read a file of baselines as assayd would",
	.description =
	    "Every baseline with all that holds for it, where no option of "
	    "assayd says otherwise; or the first mistake, with its line, "
	    "section and key.",
	.arguments = arguments,
	.options = options,
	.options_size = sizeof(struct check_options),
	.run = run_check,
};

static const struct cli_command *const subcommands[] = {
	&cmd_check,
	NULL
};

const struct cli_command cmd_baseline = {
	.name = "baseline",
	.summary = "check the baselines that an operator defines",
	.subcommands = subcommands,
};
