/* SPDX-License-Identifier: Apache-2.0 */
/* assay collateral: what the operator holds, in and out of the store. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/clock.h"
#include "app/file.h"
#include "app/store.h"
#include "app/trust.h"
#include "base/encode.h"
#include "base/limits.h"
#include "cli/collateral_bundle.h"
#include "app/collateral_check.h"
#include "cli/collateral_commands.h"
#include "cli/input.h"

struct collateral_options {
	const char	*source;	/* import */
	const char	*data_dir;
	struct cli_list	 trust_anchor;
	const char	*out;		/* export */
	bool		 json;
};

#define AT(member) offsetof(struct collateral_options, member)

static const struct cli_argument import_arguments[] = {
	{ "SOURCE", CLI_TEXT, AT(source),
	    "a folder of collateral, or of such folders, or a bundle (see "
	    "export); - for a bundle on standard input", false },
	{ .name = NULL },
};

#define DATA_DIR							\
	{ "data-dir", 0, CLI_TEXT, AT(data_dir), "DIR",			\
	    "assayd's data directory", true }
#define JSON								\
	{ "json", 0, CLI_FLAG, AT(json), NULL,				\
	    "print one JSON object", false }

static const struct cli_option import_options[] = {
	DATA_DIR,
	{ "trust-anchor", 0, CLI_LIST, AT(trust_anchor), "FILE",
	    "PEM certificate to trust as root besides the built-in ones",
	    false },
	JSON,
	{ .name = NULL },
};

static const struct cli_option export_options[] = {
	DATA_DIR,
	{ "out", 'o', CLI_TEXT, AT(out), "FILE",
	    "write the bundle here instead of to standard output", false },
	{ .name = NULL },
};

static const struct cli_option show_options[] = {
	DATA_DIR,
	JSON,
	{ .name = NULL },
};

/* Everything that one run holds. */
struct work {
	struct assay_store		*store;
	struct assay_collateral_list	*held, *fresh;
	struct assay_trust		 trust;
	struct assay_anchors		 anchors;
};

static void
work_free(struct work *w)
{
	assay_store_close(w->store);
	assay_collateral_list_free(w->held);
	assay_collateral_list_free(w->fresh);
	assay_trust_free(&w->trust);
	assay_anchors_free(&w->anchors);
}

static bool
work_open(const char *data_dir, struct work *w, struct assay_error *err)
{
	w->held = assay_collateral_list_new();
	w->fresh = assay_collateral_list_new();
	if (w->held == NULL || w->fresh == NULL)
		return assay_fail_memory(err, "collateral");
	return assay_store_open(data_dir, &w->store, err) &&
	    assay_store_collateral_load(w->store, w->held, err) &&
	    assay_store_collateral_mark(w->store, w->held, err);
}

/* ---- showing --------------------------------------------------------------- */

static void
hex6(const uint8_t in[6], char out[13])
{
	assay_hex((struct assay_bytes){ in, 6 }, out);
}

static json_t *
item_json(const struct assay_collateral_item *item)
{
	char issued[ASSAY_WHEN_TEXT], next[ASSAY_WHEN_TEXT], fmspc[13];
	json_t *value = json_pack("{s:s, s:s, s:s, s:o}",
	    "kind", assay_collateral_kind_name(item->kind),
	    "issued", assay_when_text(item->issued, issued),
	    "next_update", assay_when_text(item->next, next),
	    "source", cli_json_text(item->source));

	if (value == NULL)
		return NULL;
	if (item->obtained != 0)
		(void)cli_set_text(value, "obtained",
		    assay_when_text(item->obtained, issued));
	hex6(item->fmspc, fmspc);
	switch (item->kind) {
	case ASSAY_COLLATERAL_TCB_INFO:
		(void)cli_set_text(value, "fmspc", fmspc);
		/* FALLTHROUGH */
	case ASSAY_COLLATERAL_QE_IDENTITY:
		(void)cli_set_text(value, "tee",
		    item->tee == ASSAY_TEE_TDX ? "TDX" : "SGX");
		(void)json_object_set_new(value, "tcb_evaluation_data_number",
		    json_integer((json_int_t)item->number));
		(void)json_object_set_new(value, "default",
		    json_boolean(!item->aside));
		break;
	case ASSAY_COLLATERAL_PCK_CRL:
		(void)cli_set_text(value, "ca",
		    item->ca == ASSAY_PCK_CA_PLATFORM ? "platform" :
		    "processor");
		break;
	case ASSAY_COLLATERAL_PCK_CHAIN:
	case ASSAY_COLLATERAL_ROOT_CA_CRL:
		break;
	}
	return value;
}

static json_t *
list_json(const struct assay_collateral_list *list)
{
	json_t *array = json_array();

	for (size_t i = 0; array != NULL && i < list->n; i++) {
		if (json_array_append_new(array, item_json(&list->items[i])) ==
		    -1) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

/* What a document is about, on one line. */
static void
print_item(struct cli_output *out, const struct assay_collateral_item *item,
    int64_t now)
{
	char next[ASSAY_WHEN_TEXT], words[CLI_SPAN_TEXT], about[64] = "";
	char fmspc[13];

	hex6(item->fmspc, fmspc);
	if (item->kind == ASSAY_COLLATERAL_TCB_INFO)
		(void)snprintf(about, sizeof(about), " %s FMSPC %s number %u",
		    item->tee == ASSAY_TEE_TDX ? "TDX" : "SGX", fmspc,
		    item->number);
	else if (item->kind == ASSAY_COLLATERAL_QE_IDENTITY)
		(void)snprintf(about, sizeof(about), " %s number %u",
		    item->tee == ASSAY_TEE_TDX ? "TDX" : "SGX", item->number);
	else if (item->kind == ASSAY_COLLATERAL_PCK_CRL)
		(void)snprintf(about, sizeof(about), " %s CA",
		    item->ca == ASSAY_PCK_CA_PLATFORM ? "platform" :
		    "processor");
	cli_printf(out, "%s%s%s", assay_collateral_kind_name(item->kind),
	    about, item->aside ? " (not the default)" : "");
	if (item->kind != ASSAY_COLLATERAL_PCK_CHAIN)
		cli_printf(out, ", %s %s (%s)",
		    item->next < now ? "EXPIRED" : "until",
		    assay_when_text(item->next, next),
		    cli_time_words(item->next, now, words));
	cli_printf(out, "\n");
}

/* What will expire first is first; chains say nothing of time. */
static int
by_expiry(const void *pa, const void *pb)
{
	const struct assay_collateral_item *a = pa, *b = pb;
	bool chain_a = a->kind == ASSAY_COLLATERAL_PCK_CHAIN;
	bool chain_b = b->kind == ASSAY_COLLATERAL_PCK_CHAIN;

	if (chain_a != chain_b)
		return chain_a ? 1 : -1;
	return a->next < b->next ? -1 : a->next > b->next;
}

static void
print_origin(struct cli_output *out, const struct assay_collateral_item *item)
{
	char when[ASSAY_WHEN_TEXT];

	cli_printf(out, "    from ");
	cli_put_text(out->to, assay_bytes_of(item->source), false);
	if (item->obtained != 0)
		cli_printf(out, ", %s", assay_when_text(item->obtained,
		    when));
	cli_printf(out, "\n");
}

static void
print_all(struct cli_output *out, const struct assay_collateral_list *list)
{
	int64_t now = assay_clock_now();

	for (size_t i = 0; i < list->n; i++) {
		print_item(out, &list->items[i], now);
		print_origin(out, &list->items[i]);
	}
}

static enum cli_exit
run_show(const void *values, struct cli_output *out)
{
	const struct collateral_options *opt = values;
	struct assay_error err = { ASSAY_ERR_OK, "" };
	enum cli_exit status = CLI_YES;
	struct work w = { 0 };

	out->json = opt->json;
	if (!work_open(opt->data_dir, &w, &err)) {
		status = cli_hindered(out, &err);
		work_free(&w);
		return status;
	}
	if (w.held->n != 0)
		qsort(w.held->items, w.held->n, sizeof(*w.held->items),
		    by_expiry);
	if (opt->json)
		status = cli_answer(out, json_pack("{s:o}", "items",
		    list_json(w.held)), CLI_YES);
	else
		print_all(out, w.held);
	work_free(&w);
	return status;
}

/* ---- export ------------------------------------------------------------------ */

static bool
deliver(struct cli_output *out, const char *path, const json_t *bundle,
    struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(ASSAY_MAX_JSON_TEXT);
	bool ok = assay_json_write_pretty(bundle, &text, err);

	(void)assay_buffer_putc(&text, '\n');
	if (ok && (ok = assay_buffer_ok(&text, "bundle", err))) {
		if (path != NULL)
			ok = assay_file_write(path, assay_buffer_bytes(&text),
			    0644, err);
		else
			cli_printf(out, "%s", assay_buffer_str(&text));
	}
	assay_buffer_free(&text);
	return ok;
}

static enum cli_exit
run_export(const void *values, struct cli_output *out)
{
	const struct collateral_options *opt = values;
	struct assay_error err = { ASSAY_ERR_OK, "" };
	enum cli_exit status = CLI_YES;
	struct work w = { 0 };
	json_t *bundle = NULL;

	if (!work_open(opt->data_dir, &w, &err) ||
	    (bundle = cli_bundle_json(w.held, &err)) == NULL ||
	    !deliver(out, opt->out, bundle, &err))
		status = cli_hindered(out, &err);
	json_decref(bundle);
	work_free(&w);
	return status;
}

/* ---- import ------------------------------------------------------------------ */

/*
 * The issuer chain of the PCK CRL, as Intel's service sends it along, is not
 * part of a folder that the verifier reads; here it is wanted.
 */
static bool
add_issuer_chain(const char *folder, struct work *w, struct assay_error *err)
{
	struct assay_collateral_list *list;
	struct assay_buffer chain = { 0 };
	bool found = false, ok = true;
	char path[4096];

	if (snprintf(path, sizeof(path), "%s/pck_crl_chain.pem", folder) >=
	    (int)sizeof(path))
		return assay_fail(err, ASSAY_ERR_IO_FAILED, "path too long");
	if (!assay_file_read_if(path, ASSAY_MAX_PEM_BYTES, &chain, &found,
	    err))
		return false;
	if (!found)
		return true;
	if ((list = assay_collateral_list_new()) == NULL) {
		assay_buffer_free(&chain);
		return assay_fail_memory(err, "collateral");
	}
	for (size_t i = 0; ok && i < w->fresh->n; i++) {
		struct assay_collateral_item item = w->fresh->items[i];

		if (item.kind == ASSAY_COLLATERAL_PCK_CRL)
			item.chain = assay_buffer_bytes(&chain);
		ok = assay_collateral_list_add(list, &item, err);
	}
	assay_collateral_list_free(w->fresh);
	w->fresh = list;
	assay_buffer_free(&chain);
	return ok;
}

static bool
load_source(const char *source, struct work *w, struct assay_error *err)
{
	struct assay_buffer text = { 0 };
	struct stat st;
	bool ok;

	if (stat(source, &st) == 0 && S_ISDIR(st.st_mode))
		return assay_collateral_list_add_dir(w->fresh, source, false,
		    err) && add_issuer_chain(source, w, err);
	if (!cli_read(source, ASSAY_MAX_JSON_TEXT, &text, err))
		return false;
	ok = cli_bundle_read(assay_buffer_bytes(&text), source,
	    assay_clock_now(), w->fresh, err);
	assay_buffer_free(&text);
	return ok || assay_fail_in(err, source);
}

static bool
load_anchors(const struct cli_list *files, struct work *w,
    struct assay_error *err)
{
	char *paths[CLI_LIST_MAX];

	for (size_t i = 0; i < files->n; i++)
		paths[i] = (char *)(uintptr_t)files->item[i];
	return assay_trust_load(paths, files->n, &w->trust, err) &&
	    assay_anchors_make(w->trust.anchors, w->trust.n, false,
	    &w->anchors, err);
}

/* All of it, or nothing is stored. */
static bool
check_all(const struct work *w, struct assay_error *err)
{
	const struct assay_collateral_world world = { w->fresh, w->held,
	    &w->anchors };
	const int64_t now = assay_clock_now();

	for (size_t i = 0; i < w->fresh->n; i++) {
		struct assay_collateral_item *item = &w->fresh->items[i];

		item->obtained = now;
		if (!assay_collateral_check(&world, item, err)) {
			(void)assay_fail_in(err,
			    assay_collateral_kind_name(item->kind));
			return assay_fail_in(err, item->source);
		}
	}
	return true;
}

static enum cli_exit
print_stored(struct cli_output *out, const struct work *w, size_t stored)
{
	if (out->json)
		return cli_answer(out, json_pack("{s:I, s:o, s:s}", "stored",
		    (json_int_t)stored, "items", list_json(w->fresh),
		    "verdict", "accept"), CLI_YES);
	for (size_t i = 0; i < w->fresh->n; i++)
		print_item(out, &w->fresh->items[i], assay_clock_now());
	cli_printf(out, "%zu of %zu verified documents stored%s\n", stored,
	    w->fresh->n, stored < w->fresh->n ?
	    "; the others are not newer than what was there" : "");
	return CLI_YES;
}

static enum cli_exit
run_import(const void *values, struct cli_output *out)
{
	const struct collateral_options *opt = values;
	struct assay_error err = { ASSAY_ERR_OK, "" };
	enum cli_exit status;
	struct work w = { 0 };
	size_t stored = 0;

	out->json = opt->json;
	if (!work_open(opt->data_dir, &w, &err) ||
	    !load_anchors(&opt->trust_anchor, &w, &err))
		status = cli_hindered(out, &err);
	else if (!load_source(opt->source, &w, &err) ||
	    !check_all(&w, &err) ||
	    !assay_store_collateral_put(w.store, w.fresh, &stored, &err) ||
	    !assay_store_collateral_mark(w.store, w.fresh, &err))
		status = cli_fail(out, &err);
	else
		status = print_stored(out, &w, stored);
	work_free(&w);
	return status;
}

static const struct cli_command cmd_import = {
	.name = "import",
	.summary = "verify collateral and put it into the store",
	.description =
	    "Read a folder of collateral or a bundle, verify every document "
	    "up to a trusted root, and store all of it, or nothing if one "
	    "does not verify. Expired documents are taken and marked: whether "
	    "they count is the service's setting. The folder may also have "
	    "pck_crl_chain.pem, the certificates of the PCK CRL's issuer.",
	.arguments = import_arguments,
	.options = import_options,
	.options_size = sizeof(struct collateral_options),
	.run = run_import,
};

static const struct cli_command cmd_export = {
	.name = "export",
	.summary = "write the store's collateral as one bundle",
	.description =
	    "Write everything in the store as a bundle: one JSON object with "
	    "the members \"format\" (\"assay-collateral-1\") and \"items\", "
	    "an array of objects with \"kind\", \"body\" and, where there is "
	    "one, \"chain\", the last two in base64.",
	.options = export_options,
	.options_size = sizeof(struct collateral_options),
	.run = run_export,
};

static const struct cli_command cmd_show = {
	.name = "show",
	.summary = "list the store's collateral, what expires first on top",
	.description =
	    "Each document with what it is about, until when it counts, "
	    "where it came from and when.",
	.options = show_options,
	.options_size = sizeof(struct collateral_options),
	.run = run_show,
};

static const struct cli_command *const subcommands[] = {
	&cmd_import,
	&cmd_export,
	&cmd_show,
	&cmd_collateral_block,
	&cmd_collateral_unblock,
	&cmd_collateral_blocked,
	&cmd_collateral_floor,
	NULL
};

const struct cli_command cmd_collateral = {
	.name = "collateral",
	.summary = "import, export, show or block collateral of assayd",
	.subcommands = subcommands,
};
