/* SPDX-License-Identifier: Apache-2.0 */
/* assay policy history: who changed policies and signers, and when. */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include "app/store.h"
#include "base/when.h"
#include "cli/policy_commands.h"
#include "cli/policy_type.h"

struct history_options {
	const char	*type, *data_dir;
	bool		 json;
};

#define AT(member) offsetof(struct history_options, member)

static const struct cli_argument arguments[] = {
	{ "TYPE", CLI_TEXT, AT(type),
	    "SgxEnclave, OpenEnclave, Tpm, ...: changes of this policy only",
	    true },
	{ .name = NULL },
};

static const struct cli_option options[] = {
	{ "data-dir", 0, CLI_TEXT, AT(data_dir), "DIR",
	    "where the service keeps its data", true },
	{ "json", 0, CLI_FLAG, AT(json), NULL,
	    "print one JSON object", false },
	{ .name = NULL },
};

static json_t *
event_json(const struct assay_store_event *e)
{
	char when[ASSAY_WHEN_TEXT];
	json_t *o = json_pack("{s:I, s:s, s:o, s:o, s:o, s:o, s:o, s:o}",
	    "id", (json_int_t)e->id,
	    "time", assay_when_text(e->time, when),
	    "subject", cli_json_text(e->subject),
	    "name", cli_json_text(e->name),
	    "action", cli_json_text(e->action),
	    "actor", cli_json_text(e->actor),
	    "request_id", cli_json_text(e->request_id),
	    "hash", cli_json_text(e->hash));

	if (e->has_serial && json_object_set_new(o, "serial",
	    json_integer((json_int_t)e->serial)) != 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

/* Both lists are in the order of id. Takes both; NULL if either is. */
static json_t *
merged(json_t *a, json_t *b)
{
	json_t *out = json_array();
	size_t i = 0, j = 0;

	while (i < json_array_size(a) || j < json_array_size(b)) {
		json_t *x = json_array_get(a, i), *y = json_array_get(b, j);
		const bool first = y == NULL || (x != NULL &&
		    json_integer_value(json_object_get(x, "id")) <
		    json_integer_value(json_object_get(y, "id")));

		if (json_array_append(out, first ? x : y) != 0)
			break;
		i += first;
		j += !first;
	}
	if (json_array_size(out) != json_array_size(a) + json_array_size(b)) {
		json_decref(out);
		out = NULL;
	}
	json_decref(a);
	json_decref(b);
	return out;
}

static bool
collect(void *ctx, const struct assay_store_event *e, struct assay_error *err)
{
	json_t *events = ctx;

	return json_array_append_new(events, event_json(e)) == 0 ||
	    assay_fail_memory(err, "history");
}

static void
put_column(struct cli_output *out, const json_t *event, const char *name)
{
	const char *text = json_string_value(json_object_get(event, name));

	cli_put_text(out->to, assay_bytes_of(text), false);
}

static void
put_event(struct cli_output *out, const json_t *e)
{
	const json_t *serial = json_object_get(e, "serial");

	put_column(out, e, "time");
	cli_printf(out, " ");
	put_column(out, e, "subject");
	cli_printf(out, " ");
	put_column(out, e, "name");
	cli_printf(out, " ");
	put_column(out, e, "action");
	cli_printf(out, " by ");
	put_column(out, e, "actor");
	if (serial != NULL)
		cli_printf(out, ", serial %lld",
		    (long long)json_integer_value(serial));
	cli_printf(out, "\n    hash ");
	put_column(out, e, "hash");
	cli_printf(out, "\n    request ");
	put_column(out, e, "request_id");
	cli_printf(out, "\n");
}

static enum cli_exit
answer(struct cli_output *out, json_t *events)
{
	if (out->json)
		return cli_answer(out, json_pack("{s:O}", "events", events),
		    CLI_YES);
	for (size_t i = 0; i < json_array_size(events); i++)
		put_event(out, json_array_get(events, i));
	if (json_array_size(events) == 0)
		cli_printf(out, "no changes\n");
	return CLI_YES;
}

/* Opening a store makes one; whoever mistypes DIR shall not get one. */
static bool
has_store(const char *dir, struct assay_error *err)
{
	char path[4096];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/assay.db", dir);
	return stat(path, &st) == 0 || assay_fail(err, ASSAY_ERR_IO_FAILED,
	    "%s: %s", path, strerror(errno));
}

static bool
read_events(struct assay_store *store, const char *type, json_t **out,
    struct assay_error *err)
{
	json_t *policies = json_array(), *certificates = json_array();
	bool ok;

	if (policies == NULL || certificates == NULL)
		ok = assay_fail_memory(err, "history");
	else
		ok = assay_store_history_each(store, "policy", type, collect,
		    policies, err) && (type != NULL ||
		    assay_store_history_each(store, "certificate", NULL,
		    collect, certificates, err));
	*out = merged(policies, certificates);
	return ok && (*out != NULL || assay_fail_memory(err, "history"));
}

static enum cli_exit
run(const void *values, struct cli_output *out)
{
	const struct history_options *opt = values;
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct assay_store *store = NULL;
	const char *type = NULL;
	json_t *events = NULL;
	enum cli_exit status;

	out->json = opt->json;
	if ((opt->type == NULL || cli_policy_type(opt->type, &type, &err)) &&
	    has_store(opt->data_dir, &err) &&
	    assay_store_open(opt->data_dir, &store, &err) &&
	    read_events(store, type, &events, &err))
		status = answer(out, events);
	else
		status = cli_hindered(out, &err);
	assay_store_close(store);
	json_decref(events);
	return status;
}

const struct cli_command cmd_policy_history = {
	.name = "history",
	.summary = "list every change of policies and policy signers",
	.description =
	    "List the changes that a service's data directory records, oldest "
	    "first: when, what, by whom, in which request, the hash of the "
	    "content and the serial number if it has one.",
	.arguments = arguments,
	.options = options,
	.options_size = sizeof(struct history_options),
	.run = run,
};
