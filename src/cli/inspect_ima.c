/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/event_view.h"
#include "cli/input.h"
#include "cli/inspect.h"
#include "cli/pcr_file.h"

struct options {
	struct inspect_options	 common;
	const char		*pcrs;
};

struct look {
	struct assay_ima_log	log;
	struct assay_replay	replay;		/* of all entries */
	bool			has_pcrs, found;
	size_t			used;		/* entries in the PCR file */
	struct assay_error	why;		/* it was not found */
	size_t			unverified;
};

static const char *
state_name(const struct assay_ima_entry *e)
{
	return e->verified ? "verified" : e->violation ? "violation" :
	    "UNVERIFIED";
}

/* Text of other people as a JSON string, bytes that are none escaped. */
static void
set_text(json_t *object, const char *name, struct assay_bytes text)
{
	struct assay_buffer b = assay_buffer(ASSAY_MAX_EVENT_BYTES);

	if (text.len != 0 && assay_buffer_put(&b, text))
		(void)json_object_set_new(object, name,
		    cli_json_text(assay_buffer_str(&b)));
	assay_buffer_free(&b);
}

static json_t *
entry_json(const struct assay_ima_entry *e)
{
	json_t *object = json_pack("{s:I, s:I, s:I, s:o, s:b, s:b}", "seq",
	    (json_int_t)e->seq, "offset", (json_int_t)e->offset, "pcr",
	    (json_int_t)e->pcr, "template_hash",
	    cli_hex_json(e->template_hash), "digest_verified", e->verified,
	    "violation", e->violation);

	if (object == NULL)
		return NULL;
	set_text(object, "template", e->template_name);
	set_text(object, "file_hash_type", e->file_hash_type);
	set_text(object, "file_hash_alg", e->file_hash_alg);
	set_text(object, "file_name", e->file_name);
	if (e->file_hash.len != 0)
		(void)json_object_set_new(object, "file_hash",
		    cli_hex_json(e->file_hash));
	if (e->signature.len != 0)
		(void)json_object_set_new(object, "signature",
		    cli_hex_json(e->signature));
	if (e->buffer.len != 0)
		(void)json_object_set_new(object, "buffer",
		    cli_hex_json(e->buffer));
	return object;
}

static json_t *
look_json(const struct look *k)
{
	json_t *entries = json_array(), *object;

	for (size_t i = 0; i < k->log.n_entries; i++)
		if (json_array_append_new(entries,
		    entry_json(&k->log.entries[i])) == -1) {
			json_decref(entries);
			return NULL;
		}
	object = json_pack("{s:o, s:o, s:s}", "entries", entries, "pcrs",
	    cli_pcrs_json(&k->replay), "format",
	    k->log.ascii ? "ascii" : "binary");
	if (k->has_pcrs && k->found)
		(void)json_object_set_new(object, "entries_in_pcrs",
		    json_integer((json_int_t)k->used));
	else if (k->has_pcrs)
		(void)json_object_set_new(object, "problem",
		    cli_json_text(k->why.text));
	return object;
}

static void
print_hex(struct cli_output *out, struct assay_bytes bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		cli_printf(out, "%02x", bytes.ptr[i]);
}

static void
print_entry(struct cli_output *out, const struct assay_ima_entry *e)
{
	cli_printf(out, "%6" PRIu32 "  %3" PRIu32 "  %-10s  ", e->seq,
	    e->pcr, state_name(e));
	cli_put_text(out->to, e->template_name, false);
	cli_printf(out, "  ");
	if (e->file_hash_type.len != 0) {
		cli_put_text(out->to, e->file_hash_type, false);
		cli_printf(out, ":");
	}
	cli_put_text(out->to, e->file_hash_alg, false);
	cli_printf(out, ":");
	print_hex(out, e->file_hash);
	cli_printf(out, "  ");
	cli_put_text(out->to, e->file_name, false);
	if (e->signature.len != 0)
		cli_printf(out, "  signature of %zu bytes", e->signature.len);
	if (e->buffer.len != 0) {
		cli_printf(out, "  ");
		cli_put_text(out->to, e->buffer, false);
	}
	cli_printf(out, "\n");
}

static void
print_values(struct cli_output *out, const struct look *k)
{
	for (size_t b = 0; b < ASSAY_PCR_BANKS; b++) {
		enum assay_hash hash = ASSAY_SHA1;

		(void)assay_tpm_hash(k->replay.bank[b].alg, &hash);
		cli_printf(out, "\n%s\n", assay_hash_name(hash));
		for (size_t i = 0; i < ASSAY_PCR_COUNT; i++) {
			const struct assay_replay_pcr *pcr =
			    &k->replay.bank[b].pcr[i];

			if (pcr->extends == 0)
				continue;
			cli_printf(out, "  %2zu  ", i);
			print_hex(out, (struct assay_bytes){ pcr->value,
			    assay_hash_size(hash) });
			cli_printf(out, "\n");
		}
	}
}

static void
print_look(struct cli_output *out, const struct look *k)
{
	cli_printf(out, "   seq  pcr  digest      template  hash  file\n");
	for (size_t i = 0; i < k->log.n_entries; i++)
		print_entry(out, &k->log.entries[i]);
	print_values(out, k);
	if (k->has_pcrs && k->found)
		cli_printf(out, "\nthe PCR file has the first %zu of %zu "
		    "entries\n", k->used, k->log.n_entries);
	if (k->has_pcrs && !k->found)
		cli_printf(out, "\nthe PCR file has no state of this list: "
		    "%s\n", k->why.text);
	if (k->unverified != 0)
		cli_printf(out, "\n%zu UNVERIFIED: their template hash is "
		    "not that of their data\n", k->unverified);
}

static bool
search(const struct options *opt, struct look *k, struct assay_error *err)
{
	struct assay_pcrs want;
	struct assay_replay r;

	if (opt->pcrs == NULL)
		return true;
	if (!cli_pcr_file(opt->pcrs, &want, err))
		return false;
	k->has_pcrs = true;
	assay_replay_init(&r);
	k->found = assay_replay_ima(&r, &k->log, &want, &k->used, &k->why);
	return true;
}

static bool
take_in(const struct options *opt, struct assay_buffer *file, struct look *k,
    struct assay_error *err)
{
	if (!cli_read(opt->common.file, ASSAY_MAX_EVENTLOG_BYTES, file,
	    err) || !assay_ima_parse(assay_buffer_bytes(file), &k->log, err))
		return false;
	for (size_t i = 0; i < k->log.n_entries; i++)
		k->unverified += !k->log.entries[i].verified &&
		    !k->log.entries[i].violation;
	assay_replay_init(&k->replay);
	return assay_replay_ima_all(&k->replay, &k->log, err) &&
	    search(opt, k, err);
}

static enum cli_exit
run(const void *values, struct cli_output *out)
{
	const struct options *opt = values;
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct assay_buffer file = { 0 };
	enum cli_exit status;
	struct look *k;

	out->json = opt->common.json;
	if ((k = calloc(1, sizeof(*k))) == NULL) {
		(void)assay_fail_memory(&err, "IMA log");
		return cli_fail(out, &err);
	}
	if (!take_in(opt, &file, k, &err)) {
		status = cli_fail(out, &err);
		goto out;
	}
	status = k->unverified != 0 || (k->has_pcrs && !k->found) ? CLI_NO :
	    CLI_YES;
	if (out->json)
		status = cli_answer(out, look_json(k), status);
	else
		print_look(out, k);
out:
	assay_ima_free(&k->log);
	assay_buffer_free(&file);
	free(k);
	return status;
}

static const struct cli_option options[] = {
	{ "json", 0, CLI_FLAG, offsetof(struct options, common.json), NULL,
	    "print one JSON object", false },
	{ "pcrs", 0, CLI_TEXT, offsetof(struct options, pcrs), "FILE",
	    "find the entries that PCR values contain: what tpm2_pcrread "
	    "prints, or JSON", false },
	{ .name = NULL },
};

static const struct cli_argument arguments[] = {
	{ "FILE", CLI_TEXT, offsetof(struct options, common.file),
	    "an IMA list; - for standard input", false },
	{ .name = NULL },
};

const struct cli_command cmd_inspect_ima = {
	.name = "ima",
	.summary = "a measurement list of Linux IMA, binary or ascii",
	.description =
	    "Show each entry of an IMA measurement list with its PCR, "
	    "whether the template hash is that of its data, the file's hash "
	    "and name, then the PCR values that the list leads to. A list "
	    "grows while one looks at the TPM: with --pcrs the entries are "
	    "found that the values contain. The exit status is 1 if a "
	    "template hash is wrong or the values are no state of the list.",
	.arguments = arguments,
	.options = options,
	.options_size = sizeof(struct options),
	.run = run,
};
