/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/event_view.h"
#include "cli/input.h"
#include "cli/inspect.h"
#include "cli/pcr_file.h"

#define LINE_MAX_DATA	160

struct options {
	struct inspect_options	 common;
	const char		*pcrs, *quote;
	bool			 full;
};

/* What was given and what came of it. */
struct look {
	struct assay_eventlog	log;
	size_t			bytes;
	struct assay_error	problem;	/* of the log; OK: none */
	struct assay_replay	replay;
	bool			has_pcrs, has_quote;
	struct assay_pcrs	pcrs;		/* of the file */
	struct assay_buffer	quote_bytes;
	struct assay_tpm_attest	quote;
	bool			quote_matches;
	size_t			forged, differ;
};

static const char *
trust_name(const struct assay_event *e)
{
	switch (e->trust) {
	case ASSAY_EVENT_NOT_EXTENDED:
		return "not extended";
	case ASSAY_EVENT_OPAQUE:
		return "opaque";
	case ASSAY_EVENT_VERIFIED:
		return e->vouched.len == e->data.len ? "verified" : "partly";
	case ASSAY_EVENT_FORGED:
		return "FORGED";
	}
	return "?";
}

static const char *
type_name(uint32_t type, char out[16])
{
	const char *name = assay_event_type_name(type);

	if (name != NULL)
		return name;
	(void)snprintf(out, 16, "0x%08" PRIx32, type);
	return out;
}

/* How the value of a file stands to the log. */
static const char *
compare(const struct look *k, size_t b, unsigned int i, bool *differs)
{
	const struct assay_replay_pcr *pcr = &k->replay.bank[b].pcr[i];
	const struct assay_pcr_bank *bank = assay_pcrs_bank(&k->pcrs,
	    k->replay.bank[b].alg);
	struct assay_error ignored;
	struct assay_pcrs one = { .n_banks = 1 };
	struct assay_bytes value;

	*differs = false;
	if (bank == NULL || (value = assay_pcr_value(bank, i)).len == 0)
		return NULL;
	one.bank[0] = *bank;
	if (assay_replay_compare(&k->replay, &one, 1u << i, &ignored))
		return memcmp(pcr->value, value.ptr, value.len) == 0 ?
		    "matches" : "matches, capped by Windows";
	if (pcr->extends == 0)
		return "not in this log";
	*differs = true;
	return "DIFFERS";
}

static void
count_differences(struct look *k)
{
	bool differs;

	for (size_t i = 0; i < k->log.n_events; i++)
		k->forged += k->log.events[i].trust == ASSAY_EVENT_FORGED;
	for (size_t b = 0; k->has_pcrs && b < ASSAY_PCR_BANKS; b++)
		for (unsigned int i = 0; i < ASSAY_PCR_COUNT; i++) {
			(void)compare(k, b, i, &differs);
			k->differ += differs;
		}
}

static void
look_at_quote(struct look *k)
{
	struct assay_pcrs values = k->pcrs;

	if (!k->has_pcrs)
		cli_replayed_values(&k->replay, &values);
	k->quote_matches = cli_quote_matches(&k->quote, &values);
}

static json_t *
event_json(const void *ctx, size_t at)
{
	const struct look *k = ctx;
	const struct assay_event *e = &k->log.events[at];
	json_t *digests = json_object(), *object;
	char buf[16];

	for (size_t i = 0; i < e->n_digests; i++)
		(void)json_object_set_new(digests, cli_alg_name(
		    e->digests[i].alg, buf), cli_hex_json(
		    e->digests[i].bytes));
	object = json_pack("{s:I, s:I, s:I, s:s, s:o, s:b, s:s, s:o}",
	    "seq", (json_int_t)e->seq, "offset", (json_int_t)e->offset,
	    "pcr", (json_int_t)e->pcr, "type", type_name(e->type, buf),
	    "digests", digests, "digest_verified",
	    e->trust == ASSAY_EVENT_VERIFIED, "trust",
	    e->trust == ASSAY_EVENT_FORGED ? "forged" : trust_name(e),
	    "data", cli_event_data(e));
	return object;
}

static json_t *
comparison_json(const struct look *k)
{
	json_t *result = json_object();
	char index[8];
	bool differs;

	for (size_t b = 0; b < ASSAY_PCR_BANKS; b++) {
		json_t *bank = json_object();
		char buf[16];

		for (unsigned int i = 0; i < ASSAY_PCR_COUNT; i++) {
			const char *state = compare(k, b, i, &differs);

			(void)snprintf(index, sizeof(index), "%u", i);
			if (state != NULL)
				(void)json_object_set_new(bank, index,
				    json_string(differs ? "differs" :
				    state));
		}
		if (json_object_size(bank) != 0)
			(void)json_object_set_new(result, cli_alg_name(
			    k->replay.bank[b].alg, buf), bank);
		else
			json_decref(bank);
	}
	return result;
}

/* All but the events. */
static json_t *
look_json(const struct look *k)
{
	json_t *object;

	object = json_pack("{s:o, s:s, s:I, s:I, s:i, s:b, s:b, s:I}",
	    "pcrs", cli_pcrs_json(&k->replay), "format",
	    k->log.agile ? "agile" : "sha1", "length",
	    (json_int_t)k->log.length, "trailing_bytes",
	    (json_int_t)(k->bytes - k->log.length), "startup_locality",
	    k->replay.startup_locality, "hcrtm", k->replay.hcrtm, "drtm",
	    k->replay.drtm, "forged", (json_int_t)k->forged);
	if (k->problem.code != ASSAY_ERR_OK)
		(void)json_object_set_new(object, "problem",
		    cli_json_text(k->problem.text));
	if (k->has_pcrs)
		(void)json_object_set_new(object, "compared",
		    comparison_json(k));
	if (k->has_quote)
		(void)json_object_set_new(object, "quote_matches",
		    json_boolean(k->quote_matches));
	return object;
}

static const char *
trust_colour(const struct assay_event *e)
{
	switch (e->trust) {
	case ASSAY_EVENT_VERIFIED:
		return "32";
	case ASSAY_EVENT_FORGED:
		return "1;31";
	case ASSAY_EVENT_NOT_EXTENDED:
	case ASSAY_EVENT_OPAQUE:
		return NULL;
	}
	return NULL;
}

static bool
print_event(struct cli_output *out, const struct assay_event *e, size_t max)
{
	json_t *data = cli_event_data(e);
	char buf[16];

	if (data == NULL)
		return false;
	cli_printf(out, "%5" PRIu32 "  ", e->seq);
	if (e->pcr < ASSAY_PCR_COUNT)
		cli_printf(out, "%3" PRIu32 "  ", e->pcr);
	else
		cli_printf(out, "  -  ");
	cli_put_coloured(out, trust_name(e), 14, trust_colour(e));
	cli_printf(out, "%-32s  ", type_name(e->type, buf));
	cli_put_event_data(out, data, max);
	cli_printf(out, "\n");
	json_decref(data);
	return true;
}

static void
print_value(struct cli_output *out, const struct look *k, size_t b,
    unsigned int i, size_t len)
{
	const struct assay_replay_pcr *pcr = &k->replay.bank[b].pcr[i];
	const char *state;
	bool differs;

	cli_printf(out, "  %2u  ", i);
	for (size_t n = 0; n < len; n++)
		cli_printf(out, "%02x", pcr->value[n]);
	if (k->has_pcrs && (state = compare(k, b, i, &differs)) != NULL) {
		cli_printf(out, "  ");
		cli_put_coloured(out, state, 0, differs ? "1;31" : "32");
	}
	cli_printf(out, "\n");
}

static void
print_values(struct cli_output *out, const struct look *k)
{
	for (size_t b = 0; b < ASSAY_PCR_BANKS; b++) {
		enum assay_hash hash = ASSAY_SHA1;
		bool any = false;

		(void)assay_tpm_hash(k->replay.bank[b].alg, &hash);
		for (unsigned int i = 0; i < ASSAY_PCR_COUNT; i++) {
			if (k->replay.bank[b].pcr[i].extends == 0)
				continue;
			if (!any)
				cli_printf(out, "\n%s\n",
				    assay_hash_name(hash));
			any = true;
			print_value(out, k, b, i, assay_hash_size(hash));
		}
	}
}

static void
print_verdicts(struct cli_output *out, const struct look *k)
{
	size_t trailing = k->bytes - k->log.length;

	if (trailing != 0 && k->problem.code == ASSAY_ERR_OK)
		cli_printf(out, "\n%zu bytes of padding behind the log\n",
		    trailing);
	if (k->has_quote)
		cli_printf(out, "\nquote: %s %s\n", k->has_pcrs ?
		    "the values of the PCR file" : "what the log leads to",
		    k->quote_matches ? "has the quoted digest" :
		    "does NOT have the quoted digest");
	if (k->forged != 0)
		cli_printf(out, "\n%zu FORGED: their data is not what was "
		    "measured\n", k->forged);
	if (k->differ != 0)
		cli_printf(out, "\n%zu PCR values differ from what the log "
		    "leads to\n", k->differ);
}

static bool
print_look(struct cli_output *out, const struct look *k, bool full)
{
	cli_printf(out, "  seq  pcr  %-14s%-32s  data\n", "digest", "type");
	for (size_t i = 0; i < k->log.n_events; i++)
		if (!print_event(out, &k->log.events[i],
		    full ? SIZE_MAX : LINE_MAX_DATA))
			return false;
	print_values(out, k);
	print_verdicts(out, k);
	if (k->problem.code != ASSAY_ERR_OK) {
		cli_printf(out, "\n");
		cli_put_text(out->to, assay_bytes_of(k->problem.text), false);
		cli_printf(out, "\n");
	}
	return true;
}

static bool
take_in(const struct options *opt, struct assay_buffer *file, struct look *k,
    struct assay_error *err)
{
	if (!cli_read(opt->common.file, ASSAY_MAX_EVENTLOG_BYTES, file, err))
		return false;
	k->bytes = file->len;
	if (opt->pcrs != NULL && !cli_pcr_file(opt->pcrs, &k->pcrs, err))
		return false;
	k->has_pcrs = opt->pcrs != NULL;
	if (opt->quote != NULL && !cli_quote_file(opt->quote,
	    &k->quote_bytes, &k->quote, err))
		return false;
	k->has_quote = opt->quote != NULL;
	assay_replay_init(&k->replay);
	if (!assay_eventlog_parse_prefix(assay_buffer_bytes(file), &k->log,
	    &k->problem)) {
		if (k->log.n_events == 0) {
			*err = k->problem;
			return false;
		}
		k->problem.code = ASSAY_ERR_EVENTLOG_MALFORMED;
	}
	if (!assay_replay_log(&k->replay, &k->log, err))
		return false;
	if (k->has_quote)
		look_at_quote(k);
	count_differences(k);
	return true;
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
		(void)assay_fail_memory(&err, "event log");
		return cli_fail(out, &err);
	}
	if (!take_in(opt, &file, k, &err)) {
		status = cli_fail(out, &err);
		goto out;
	}
	status = k->problem.code != ASSAY_ERR_OK || k->forged != 0 ||
	    k->differ != 0 || (k->has_quote && !k->quote_matches) ?
	    CLI_NO : CLI_YES;
	if (out->json) {
		status = cli_answer_array(out, look_json(k), "events",
		    event_json, k, k->log.n_events, status);
	} else if (!print_look(out, k, opt->full)) {
		(void)assay_fail_memory(&err, "event");
		status = cli_fail(out, &err);
	}
out:
	assay_eventlog_free(&k->log);
	assay_buffer_free(&k->quote_bytes);
	assay_buffer_free(&file);
	free(k);
	return status;
}

static const struct cli_option options[] = {
	{ "json", 0, CLI_FLAG, offsetof(struct options, common.json), NULL,
	    "print one JSON object", false },
	{ "pcrs", 0, CLI_TEXT, offsetof(struct options, pcrs), "FILE",
	    "compare with PCR values: what tpm2_pcrread prints, or JSON",
	    false },
	{ "quote", 0, CLI_TEXT, offsetof(struct options, quote), "FILE",
	    "compare with the digest of a quote (TPMS_ATTEST)", false },
	{ "full", 0, CLI_FLAG, offsetof(struct options, full), NULL,
	    "do not shorten the data of events", false },
	{ .name = NULL },
};

static const struct cli_argument arguments[] = {
	{ "FILE", CLI_TEXT, offsetof(struct options, common.file),
	    "a TCG log; - for standard input", false },
	{ .name = NULL },
};

const struct cli_command cmd_inspect_eventlog = {
	.name = "eventlog",
	.summary = "a TCG event log, what its digests cover, its PCR values",
	.description =
	    "Show each event of a TCG log (SHA-1 or crypto-agile) with its "
	    "PCR, whether the digest covers its data, its type and its data "
	    "in readable form, then the PCR values that the log leads to. "
	    "\"verified\" means that the digest is that of the data, "
	    "\"partly\" of a part of it (the value of a boot variable, a "
	    "command without its label), \"opaque\" that it is of something "
	    "that is not in the log, and \"FORGED\" that it should be of the "
	    "data and is not. The log itself proves nothing: compare its "
	    "values with a quote. The exit status is 1 if the log does not "
	    "parse to its end (it is shown up to there), if an event is "
	    "forged, or if a value that the log extends or the quote "
	    "differs.",
	.arguments = arguments,
	.options = options,
	.options_size = sizeof(struct options),
	.run = run,
};
