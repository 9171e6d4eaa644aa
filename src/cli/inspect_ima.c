/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/event_view.h"
#include "cli/input.h"
#include "cli/inspect.h"
#include "cli/pcr_file.h"
#include "evidence/boot_aggregate.h"

#define MATCHES	"matches"
#define DIFFERS	"differs"

struct options {
	struct inspect_options	 common;
	const char		*pcrs, *event_log, *quote;
};

struct look {
	struct assay_ima_log	log;
	struct assay_replay	replay;		/* of all entries */
	bool			has_pcrs, found;
	struct assay_pcrs	pcrs;		/* of the PCR file */
	size_t			used;		/* entries in the PCR file */
	struct assay_error	why;		/* it was not found */
	size_t			unverified;
	bool			has_boot;
	struct assay_replay	boot;		/* of the event log */
	bool			has_quote, quote_found;
	size_t			quoted;		/* entries in the quote */
	const char		*by_pcrs, *by_boot;	/* boot_aggregate */
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
entry_json(const void *ctx, size_t at)
{
	const struct look *k = ctx;
	const struct assay_ima_entry *e = &k->log.entries[at];
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

/* All but the entries. */
static json_t *
look_json(const struct look *k)
{
	json_t *object;

	object = json_pack("{s:o, s:s}", "pcrs", cli_pcrs_json(&k->replay), "format",
	    k->log.ascii ? "ascii" : "binary");
	if (k->has_pcrs && k->found)
		(void)json_object_set_new(object, "entries_in_pcrs",
		    json_integer((json_int_t)k->used));
	else if (k->has_pcrs)
		(void)json_object_set_new(object, "problem",
		    cli_json_text(k->why.text));
	if (k->has_quote)
		(void)json_object_set_new(object, "quote_matches",
		    json_boolean(k->quote_found));
	if (k->quote_found)
		(void)json_object_set_new(object, "entries_in_quote",
		    json_integer((json_int_t)k->quoted));
	if (k->by_pcrs != NULL || k->by_boot != NULL)
		(void)json_object_set_new(object, "boot_aggregate",
		    json_pack("{s:s*, s:s*}", "pcrs", k->by_pcrs,
		    "event_log", k->by_boot));
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
	cli_printf(out, "%6" PRIu32 "  %3" PRIu32 "  ", e->seq, e->pcr);
	cli_put_coloured(out, state_name(e), 10, e->verified ? "32" :
	    e->violation ? "33" : "1;31");
	cli_printf(out, "  ");
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
print_aggregate(struct cli_output *out, const char *of, const char *state)
{
	if (state == NULL)
		return;
	cli_printf(out, "\nboot_aggregate, by %s: ", of);
	cli_put_coloured(out, state, 0, strcmp(state, MATCHES) == 0 ? "32" :
	    "1;31");
	cli_printf(out, "\n");
}

static void
print_verdicts(struct cli_output *out, const struct look *k)
{
	if (k->has_pcrs && k->found)
		cli_printf(out, "\nthe PCR file has the first %zu of %zu "
		    "entries\n", k->used, k->log.n_entries);
	if (k->has_pcrs && !k->found)
		cli_printf(out, "\nthe PCR file has no state of this list: "
		    "%s\n", k->why.text);
	if (k->has_quote && k->quote_found)
		cli_printf(out, "\nthe quote has the first %zu of %zu "
		    "entries\n", k->quoted, k->log.n_entries);
	if (k->has_quote && !k->quote_found)
		cli_printf(out, "\nthe quote does NOT have the digest of any "
		    "state of this list%s\n", k->has_pcrs || k->has_boot ?
		    "" : ": its other PCRs need --pcrs or --event-log");
	print_aggregate(out, "the PCR file", k->by_pcrs);
	print_aggregate(out, "the event log", k->by_boot);
	if (k->unverified != 0)
		cli_printf(out, "\n%zu UNVERIFIED: their template hash is "
		    "not that of their data\n", k->unverified);
}

static void
print_look(struct cli_output *out, const struct look *k)
{
	cli_printf(out, "   seq  pcr  digest      template  hash  file\n");
	for (size_t i = 0; i < k->log.n_entries; i++)
		print_entry(out, &k->log.entries[i]);
	print_values(out, k);
	print_verdicts(out, k);
}

/* ---- what it is compared with ---------------------------------------------- */

static bool
find_in_pcrs(const struct options *opt, struct look *k,
    struct assay_error *err)
{
	struct assay_replay r;

	if (opt->pcrs == NULL)
		return true;
	if (!cli_pcr_file(opt->pcrs, &k->pcrs, err))
		return false;
	k->has_pcrs = true;
	assay_replay_init(&r);
	k->found = assay_replay_ima(&r, &k->log, &k->pcrs, &k->used, &k->why);
	return true;
}

static bool
replay_boot(const struct options *opt, struct look *k,
    struct assay_error *err)
{
	struct assay_buffer file = { 0 };
	struct assay_eventlog log = { .n_events = 0 };
	bool ok;

	assay_replay_init(&k->boot);
	if (opt->event_log == NULL)
		return true;
	k->has_boot = true;
	ok = (cli_read(opt->event_log, ASSAY_MAX_EVENTLOG_BYTES, &file,
	    err) && assay_eventlog_parse(assay_buffer_bytes(&file), &log,
	    err) && assay_replay_log(&k->boot, &log, err)) ||
	    assay_fail_in(err, "--event-log");
	assay_eventlog_free(&log);
	assay_buffer_free(&file);
	return ok;
}

/* The quote of these values, or of those of the list and the boot so far. */
static bool
is_quoted(const struct look *k, const struct assay_tpm_attest *quote,
    const struct assay_replay *so_far)
{
	struct assay_pcrs values;

	if (k->has_pcrs)
		return cli_quote_matches(quote, &k->pcrs);
	cli_replayed_values(so_far, &values);
	return cli_quote_matches(quote, &values);
}

/* A list grows after a quote: try each of its states. */
static bool
find_in_quote(const struct options *opt, struct look *k,
    struct assay_error *err)
{
	struct assay_replay r = k->boot;
	struct assay_buffer bytes = { 0 };
	struct assay_tpm_attest quote;
	bool ok = true;

	if (opt->quote == NULL)
		return true;
	if (!cli_quote_file(opt->quote, &bytes, &quote, err)) {
		assay_buffer_free(&bytes);
		return false;
	}
	k->has_quote = true;
	k->quote_found = is_quoted(k, &quote, &r);
	k->quoted = k->has_pcrs ? k->used : 0;
	for (size_t i = 0; i < k->log.n_entries && ok && !k->has_pcrs &&
	    !k->quote_found; i++) {
		const struct assay_ima_log one = {
			.entries = &k->log.entries[i], .n_entries = 1,
		};

		ok = assay_replay_ima_all(&r, &one, err);
		k->quote_found = ok && is_quoted(k, &quote, &r);
		k->quoted = i + 1;
	}
	assay_buffer_free(&bytes);
	return ok;
}

static const char *
aggregate_name(enum assay_aggregate state)
{
	switch (state) {
	case ASSAY_AGGREGATE_UNKNOWN:
		return "cannot be told: bank or PCRs 0 to 9 are not there";
	case ASSAY_AGGREGATE_DIFFERS:
		return DIFFERS;
	case ASSAY_AGGREGATE_ZEROS:
		return "zeros: IMA saw no TPM when it started";
	case ASSAY_AGGREGATE_MATCHES:
		return MATCHES;
	}
	return "?";
}

/* Of several, after a kexec, the first that does not match. */
static bool
compare_aggregate(const struct look *k, const struct assay_pcrs *values,
    const char **out, struct assay_error *err)
{
	enum assay_aggregate state = ASSAY_AGGREGATE_MATCHES;
	bool any = false;

	for (size_t i = 0; i < k->log.n_entries &&
	    state == ASSAY_AGGREGATE_MATCHES; i++) {
		if (!assay_ima_is_aggregate(&k->log.entries[i]))
			continue;
		any = true;
		if (!assay_ima_aggregate(&k->log.entries[i], values, &state,
		    err))
			return false;
	}
	*out = any ? aggregate_name(state) : "absent from the list";
	return true;
}

static bool
compare_aggregates(struct look *k, struct assay_error *err)
{
	struct assay_pcrs values;

	if (k->has_pcrs && !compare_aggregate(k, &k->pcrs, &k->by_pcrs, err))
		return false;
	cli_replayed_values(&k->boot, &values);
	return !k->has_boot || compare_aggregate(k, &values, &k->by_boot,
	    err);
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
	    find_in_pcrs(opt, k, err) && replay_boot(opt, k, err) &&
	    find_in_quote(opt, k, err) && compare_aggregates(k, err);
}

/* Nothing that was compared may contradict the list. */
static bool
is_good(const struct look *k)
{
	const char *const aggregates[] = { k->by_pcrs, k->by_boot };

	for (size_t i = 0; i < 2; i++)
		if (aggregates[i] != NULL &&
		    strcmp(aggregates[i], DIFFERS) == 0)
			return false;
	return k->unverified == 0 && (!k->has_pcrs || k->found) &&
	    (!k->has_quote || k->quote_found);
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
	status = is_good(k) ? CLI_YES : CLI_NO;
	if (out->json)
		status = cli_answer_array(out, look_json(k), "entries",
		    entry_json, k, k->log.n_entries, status);
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
	{ "event-log", 0, CLI_TEXT, offsetof(struct options, event_log),
	    "FILE", "compare boot_aggregate with what this TCG log leads to",
	    false },
	{ "quote", 0, CLI_TEXT, offsetof(struct options, quote), "FILE",
	    "compare with the digest of a quote (TPMS_ATTEST), of --pcrs or "
	    "of --event-log and this list", false },
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
	    "grows while one looks at the TPM: with --pcrs or --quote the "
	    "entries are found that the values contain. The first "
	    "entry, boot_aggregate, ties the list to the boot before it; it "
	    "is compared with --pcrs and --event-log. The exit status is 1 if a "
	    "template hash is wrong, the values are no state of the list, or "
	    "boot_aggregate differs.",
	.arguments = arguments,
	.options = options,
	.options_size = sizeof(struct options),
	.run = run,
};
