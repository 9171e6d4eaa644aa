/* SPDX-License-Identifier: Apache-2.0 */
/*
 * assay policy diff: what a change of policy changes, over recorded evidence
 * or over the claims that were made of it.
 */
#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cli/policy_commands.h"
#include "cli/policy_evidence.h"
#include "cli/policy_run.h"

#define FILES_MAX	65536
#define PATH_SIZE	4096

struct diff_options {
	const char	*before, *after, *claims, *folder;
	struct cli_evidence_options evidence;
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
	    "attestation, as \"assay policy eval\" reads them", false },
	{ "evidence", 0, CLI_TEXT, AT(folder), "DIR",
	    "a folder of recorded evidence: bodies of requests (*.json), raw "
	    "quotes and reports (*.bin, *.quote) with NAME.runtime or "
	    "NAME.runtime.json beside them, requests of TPM clients (*.jws) "
	    "with NAME.challenge", false },
	{ "collateral", 0, CLI_LIST, AT(evidence.collateral), "DIR",
	    "collateral to judge the evidence with; may be repeated", false },
	{ "at", 0, CLI_TEXT, AT(evidence.at), "TIME",
	    "judge as of this time, RFC 3339 or seconds since 1970", false },
	{ "trust-anchor", 0, CLI_LIST, AT(evidence.trust_anchor), "FILE",
	    "PEM certificate to trust as root instead of the built-in ones",
	    false },
	{ "accept-expired", 0, CLI_FLAG, AT(evidence.accept_expired), NULL,
	    "use collateral that has expired, however long ago", false },
	{ "json", 0, CLI_FLAG, AT(json), NULL,
	    "print one JSON object", false },
	{ .name = NULL },
};

/* One comparison: two policies, what was seen so far. */
struct diff {
	struct assay_policy	*before, *after;
	json_t			*files;		/* of those that differ */
	json_t			*unjudged;	/* that no policy saw */
	struct cli_evidence	*evidence;	/* NULL: files of claims */
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
compare_claims(struct diff *d, const char *path, const char *file,
    struct assay_error *err)
{
	struct cli_policy_outcome a = { 0 }, b = { 0 };
	struct assay_claims *claims = NULL;
	bool ok;

	ok = cli_policy_claims(path, &claims, err) &&
	    cli_policy_run(d->before, claims, true, &a, err) &&
	    cli_policy_run(d->after, claims, true, &b, err) &&
	    note(d, file, &a, &b, err);
	cli_policy_outcome_free(&a);
	cli_policy_outcome_free(&b);
	assay_claims_free(claims);
	return ok;
}

static bool
note_unjudged(struct diff *d, const char *file, const struct assay_error *why,
    struct assay_error *err)
{
	return json_array_append_new(d->unjudged, json_pack("{s:o, s:s, s:o}",
	    "file", cli_json_text(file), "code", assay_code_name(why->code),
	    "reason", cli_json_text(why->text))) == 0 ||
	    assay_fail_memory(err, "differences");
}

static bool
compare_evidence(struct diff *d, const char *path, const char *file,
    struct assay_error *err)
{
	struct cli_evidence_outcomes both = { .unjudged = false };
	bool ok;

	ok = cli_evidence_compare(d->evidence, path, d->before, d->after,
	    &both, err);
	if (ok && both.unjudged)
		ok = note_unjudged(d, file, &both.before.error, err);
	else if (ok)
		ok = note(d, file, &both.before, &both.after, err);
	cli_policy_outcome_free(&both.before);
	cli_policy_outcome_free(&both.after);
	return ok;
}

static bool
compare_file(struct diff *d, const char *dir, const char *file,
    struct assay_error *err)
{
	char path[PATH_SIZE];

	if (snprintf(path, sizeof(path), "%s/%s", dir, file) >=
	    (int)sizeof(path))
		return assay_fail(err, ASSAY_ERR_IO_FAILED,
		    "%s: path is too long", dir);
	d->total++;
	return d->evidence != NULL ? compare_evidence(d, path, file, err) :
	    compare_claims(d, path, file, err);
}

/* --- the folder -------------------------------------------------------- */

static int
is_claims_file(const struct dirent *e)
{
	const char *dot = strrchr(e->d_name, '.');

	return e->d_name[0] != '.' && dot != NULL && strcmp(dot, ".json") == 0;
}

static int
is_evidence_file(const struct dirent *e)
{
	return cli_evidence_is(e->d_name);
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
	int n = scandir(dir, &files, d->evidence != NULL ? is_evidence_file :
	    is_claims_file, by_name);
	bool ok = true;

	if (n < 0)
		return assay_fail(err, ASSAY_ERR_IO_FAILED, "%s: %s", dir,
		    strerror(errno));
	if (n == 0)
		ok = assay_fail(err, ASSAY_ERR_IO_FAILED,
		    "%s: no *.json%s in this folder", dir,
		    d->evidence != NULL ? ", *.bin, *.quote or *.jws" : "");
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

static void
put_unjudged(struct cli_output *out, const json_t *file)
{
	cli_put_text(out->to, assay_bytes_of(json_string_value(
	    json_object_get(file, "file"))), false);
	cli_printf(out, ": seen by neither policy: ");
	cli_put_text(out->to, assay_bytes_of(json_string_value(
	    json_object_get(file, "reason"))), false);
	cli_printf(out, "\n");
}

static enum cli_exit
answer_text(struct cli_output *out, const struct diff *d,
    enum cli_exit status)
{
	const size_t unjudged = json_array_size(d->unjudged);
	struct assay_error err = { ASSAY_ERR_OK, "" };

	for (size_t i = 0; i < json_array_size(d->files); i++)
		if (!put_file(out, json_array_get(d->files, i), &err))
			return cli_hindered(out, &err);
	for (size_t i = 0; i < unjudged; i++)
		put_unjudged(out, json_array_get(d->unjudged, i));
	cli_printf(out, "%zu of %zu differ", json_array_size(d->files),
	    d->total - unjudged);
	if (unjudged != 0)
		cli_printf(out, ", %zu not compared", unjudged);
	cli_printf(out, "\n");
	return status;
}

/* What no policy saw shows nothing about policies: no "same" over it. */
static enum cli_exit
answer(struct cli_output *out, const struct diff *d)
{
	const size_t changed = json_array_size(d->files);
	const size_t unjudged = json_array_size(d->unjudged);
	const enum cli_exit status = changed != 0 ? CLI_NO :
	    unjudged != 0 ? CLI_UNDECIDED : CLI_YES;

	if (!out->json)
		return answer_text(out, d, status);
	return cli_answer(out, json_pack("{s:s, s:I, s:I, s:O, s:O}",
	    "verdict", changed != 0 ? "different" :
	    unjudged != 0 ? "undecided" : "same",
	    "total", (json_int_t)d->total, "changed", (json_int_t)changed,
	    "files", d->files, "unjudged", d->unjudged), status);
}

static bool
usable(const struct diff_options *opt, struct assay_error *err)
{
	const struct cli_evidence_options *e = &opt->evidence;

	if ((opt->claims != NULL) == (opt->folder != NULL))
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "want either --claims or --evidence");
	return opt->folder != NULL || (e->collateral.n == 0 &&
	    e->trust_anchor.n == 0 && e->at == NULL && !e->accept_expired) ||
	    assay_fail(err, ASSAY_ERR_USAGE, "--collateral, --at, "
	    "--trust-anchor and --accept-expired go with --evidence");
}

static enum cli_exit
run(const void *values, struct cli_output *out)
{
	const struct diff_options *opt = values;
	struct diff d = { .files = json_array(), .unjudged = json_array() };
	struct assay_error err = { ASSAY_ERR_OK, "" };
	enum cli_exit status = CLI_UNDECIDED;

	out->json = opt->json;
	if (d.files == NULL || d.unjudged == NULL)
		(void)assay_fail_memory(&err, "differences");
	else if (usable(opt, &err) && (opt->folder == NULL ||
	    cli_evidence_open(&opt->evidence, &d.evidence, &err)) &&
	    cli_policy_load(opt->before, &d.before, NULL, &err) &&
	    cli_policy_load(opt->after, &d.after, NULL, &err) &&
	    compare_folder(&d, opt->folder != NULL ? opt->folder :
	    opt->claims, &err))
		status = answer(out, &d);
	if (err.code != ASSAY_ERR_OK)
		status = err.code == ASSAY_ERR_USAGE ? cli_fail(out, &err) :
		    cli_hindered(out, &err);
	cli_evidence_free(d.evidence);
	json_decref(d.files);
	json_decref(d.unjudged);
	assay_policy_free(d.before);
	assay_policy_free(d.after);
	return status;
}

const struct cli_command cmd_policy_diff = {
	.name = "diff",
	.summary = "show which outcomes a new policy would change",
	.description =
	    "Run two policies over a folder of recorded evidence, judged as "
	    "the service would judge it, or of recorded claims, and show for "
	    "which of them verdict, issued claims or properties differ, and "
	    "how. Exit status: 0 nothing differs, 1 something does, 3 a "
	    "policy or a file is not usable, or evidence was refused before "
	    "any policy saw it.",
	.arguments = arguments,
	.options = options,
	.options_size = sizeof(struct diff_options),
	.run = run,
};
