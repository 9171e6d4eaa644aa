/* SPDX-License-Identifier: Apache-2.0 */
/* assay policy diff: what a change of policy changes, over recorded claims. */
#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cli/policy_commands.h"
#include "cli/policy_run.h"

#define FILES_MAX	65536
#define PATH_SIZE	4096

struct diff_options {
	const char	*before, *after, *claims;
	bool		 json;
};

#define AT(member) offsetof(struct diff_options, member)

static const struct cli_argument arguments[] = {
	{ "OLD", CLI_TEXT, AT(before), "the policy that is in force", false },
	{ "NEW", CLI_TEXT, AT(after), "the policy that shall be", false },
	{ .name = NULL },
};

static const struct cli_option options[] = {
	{ "claims", 0, CLI_TEXT, AT(claims), "DIR",
	    "a folder of recorded claims, one file (*.json) for each "
	    "attestation, as \"assay policy eval\" reads them", true },
	{ "json", 0, CLI_FLAG, AT(json), NULL,
	    "print one JSON object", false },
	{ .name = NULL },
};

/* One comparison: two policies, what was seen so far. */
struct diff {
	struct assay_policy	*before, *after;
	json_t			*files;		/* of those that differ */
	size_t			 total;
};

/* --- what differs ------------------------------------------------------ */

/* null stands for "not there": claims are never null. */
static json_t *
or_null(json_t *value)
{
	return value != NULL ? value : json_null();
}

static bool
add_change(json_t *changes, const char *type, json_t *before, json_t *after)
{
	if (before != NULL && after != NULL && json_equal(before, after))
		return true;
	return json_object_set_new(changes, type, json_pack("{s:O, s:O}",
	    "before", or_null(before), "after", or_null(after))) == 0;
}

/* {type: {"before","after"}} of what differs; NULL when out of memory. */
static json_t *
changes_of(json_t *before, json_t *after)
{
	json_t *changes = json_object(), *value;
	const char *type;
	bool ok = changes != NULL;

	json_object_foreach(before, type, value)
		ok = ok && add_change(changes, type, value,
		    json_object_get(after, type));
	json_object_foreach(after, type, value)
		ok = ok && (json_object_get(before, type) != NULL ||
		    add_change(changes, type, NULL, value));
	if (ok)
		return changes;
	json_decref(changes);
	return NULL;
}

static json_t *
side_json(const struct cli_policy_outcome *o)
{
	const bool permit = o->verdict == CLI_POLICY_PERMIT;

	return json_pack("{s:s, s:s, s:o}",
	    "verdict", cli_policy_verdict_name(o->verdict),
	    "code", permit ? "OK" : assay_code_name(o->error.code),
	    "reason", cli_json_text(permit ? "" : o->error.text));
}

/* Reasons carry line numbers, which may differ without meaning anything. */
static bool
same_outcome(const struct cli_policy_outcome *a,
    const struct cli_policy_outcome *b)
{
	return a->verdict == b->verdict &&
	    (a->verdict == CLI_POLICY_PERMIT ||
	    a->error.code == b->error.code) &&
	    json_equal(a->claims, b->claims) &&
	    json_equal(a->properties, b->properties);
}

static bool
note(struct diff *d, const char *file, const struct cli_policy_outcome *a,
    const struct cli_policy_outcome *b, struct assay_error *err)
{
	if (same_outcome(a, b))
		return true;
	return json_array_append_new(d->files,
	    json_pack("{s:o, s:o, s:o, s:o, s:o}",
	    "file", cli_json_text(file), "before", side_json(a),
	    "after", side_json(b), "claims", changes_of(a->claims, b->claims),
	    "properties", changes_of(a->properties, b->properties))) == 0 ||
	    assay_fail_memory(err, "differences");
}

static bool
compare_file(struct diff *d, const char *dir, const char *file,
    struct assay_error *err)
{
	struct cli_policy_outcome a = { 0 }, b = { 0 };
	struct assay_claims *claims = NULL;
	char path[PATH_SIZE];
	bool ok;

	if (snprintf(path, sizeof(path), "%s/%s", dir, file) >=
	    (int)sizeof(path))
		return assay_fail(err, ASSAY_ERR_IO_FAILED,
		    "%s: path is too long", dir);
	d->total++;
	ok = cli_policy_claims(path, &claims, err) &&
	    cli_policy_run(d->before, claims, true, &a, err) &&
	    cli_policy_run(d->after, claims, true, &b, err) &&
	    note(d, file, &a, &b, err);
	cli_policy_outcome_free(&a);
	cli_policy_outcome_free(&b);
	assay_claims_free(claims);
	return ok;
}

/* --- the folder -------------------------------------------------------- */

static int
is_claims_file(const struct dirent *e)
{
	const char *dot = strrchr(e->d_name, '.');

	return e->d_name[0] != '.' && dot != NULL && strcmp(dot, ".json") == 0;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool
compare_folder(struct diff *d, const char *dir, struct assay_error *err)
{
	struct dirent **files = NULL;
	int n = scandir(dir, &files, is_claims_file, by_name);
	bool ok = true;

	if (n < 0)
		return assay_fail(err, ASSAY_ERR_IO_FAILED, "%s: %s", dir,
		    strerror(errno));
	if (n == 0)
		ok = assay_fail(err, ASSAY_ERR_IO_FAILED,
		    "%s: no *.json in this folder", dir);
	else if (n > FILES_MAX)
		ok = assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "%s: %d files, at most %d are compared at once", dir, n,
		    FILES_MAX);
	for (int i = 0; i < n; i++) {
		ok = ok && compare_file(d, dir, files[i]->d_name, err);
		free(files[i]);
	}
	free(files);
	return ok;
}

/* --- what is said ------------------------------------------------------ */

static void
put_side(struct cli_output *out, const json_t *side)
{
	const char *reason = json_string_value(json_object_get(side, "reason"));

	cli_printf(out, "%s",
	    json_string_value(json_object_get(side, "verdict")));
	if (reason[0] == '\0')
		return;
	cli_printf(out, " (");
	cli_put_text(out->to, assay_bytes_of(reason), false);
	cli_printf(out, ")");
}

static bool
put_value(struct cli_output *out, const json_t *value, struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(1 << 24);
	bool ok = true;

	if (json_is_null(value))
		cli_printf(out, "(none)");
	else if ((ok = assay_json_write(value, &text, err)))
		cli_put_text(out->to, assay_buffer_bytes(&text), false);
	assay_buffer_free(&text);
	return ok;
}

static bool
put_changes(struct cli_output *out, const char *what, json_t *changes,
    struct assay_error *err)
{
	const char *type;
	json_t *change;

	json_object_foreach(changes, type, change) {
		cli_printf(out, "    %s ", what);
		cli_put_text(out->to, assay_bytes_of(type), false);
		cli_printf(out, ": ");
		if (!put_value(out, json_object_get(change, "before"), err))
			return false;
		cli_printf(out, " -> ");
		if (!put_value(out, json_object_get(change, "after"), err))
			return false;
		cli_printf(out, "\n");
	}
	return true;
}

static bool
put_file(struct cli_output *out, const json_t *file, struct assay_error *err)
{
	cli_put_text(out->to, assay_bytes_of(json_string_value(
	    json_object_get(file, "file"))), false);
	cli_printf(out, ": ");
	put_side(out, json_object_get(file, "before"));
	cli_printf(out, " -> ");
	put_side(out, json_object_get(file, "after"));
	cli_printf(out, "\n");
	return put_changes(out, "claim", json_object_get(file, "claims"),
	    err) && put_changes(out, "property",
	    json_object_get(file, "properties"), err);
}

static enum cli_exit
answer(struct cli_output *out, const struct diff *d)
{
	const size_t changed = json_array_size(d->files);
	const enum cli_exit status = changed == 0 ? CLI_YES : CLI_NO;
	struct assay_error err = { ASSAY_ERR_OK, "" };

	if (out->json)
		return cli_answer(out, json_pack("{s:s, s:I, s:I, s:O}",
		    "verdict", changed == 0 ? "same" : "different",
		    "total", (json_int_t)d->total,
		    "changed", (json_int_t)changed, "files", d->files),
		    status);
	for (size_t i = 0; i < changed; i++)
		if (!put_file(out, json_array_get(d->files, i), &err))
			return cli_hindered(out, &err);
	cli_printf(out, "%zu of %zu differ\n", changed, d->total);
	return status;
}

static enum cli_exit
run(const void *values, struct cli_output *out)
{
	const struct diff_options *opt = values;
	struct diff d = { .files = json_array() };
	struct assay_error err = { ASSAY_ERR_OK, "" };
	enum cli_exit status;

	out->json = opt->json;
	if (d.files == NULL)
		(void)assay_fail_memory(&err, "differences");
	if (d.files != NULL &&
	    cli_policy_load(opt->before, &d.before, NULL, &err) &&
	    cli_policy_load(opt->after, &d.after, NULL, &err) &&
	    compare_folder(&d, opt->claims, &err))
		status = answer(out, &d);
	else
		status = cli_hindered(out, &err);
	json_decref(d.files);
	assay_policy_free(d.before);
	assay_policy_free(d.after);
	return status;
}

const struct cli_command cmd_policy_diff = {
	.name = "diff",
	.summary = "show which outcomes a new policy would change",
	.description =
	    "Run two policies over a folder of recorded claims and show for "
	    "which of them verdict, issued claims or properties differ, and "
	    "how. Exit status: 0 nothing differs, 1 something does, 3 a "
	    "policy or a file is not usable.",
	.arguments = arguments,
	.options = options,
	.options_size = sizeof(struct diff_options),
	.run = run,
};
