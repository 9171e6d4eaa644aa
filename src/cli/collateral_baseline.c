/* SPDX-License-Identifier: Apache-2.0 */
/* assay collateral block, unblock, blocked, floor: what is never taken. */
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/baseline_number.h"
#include "app/blocks.h"
#include "app/clock.h"
#include "base/encode.h"
#include "base/when.h"
#include "cli/collateral_commands.h"
#include "json/json.h"

struct baseline_options {
	const char	*data_dir, *fmspc, *serial, *ppid, *reason;
	const char	*kind, *tee, *ca;
	bool		 lower, json;
};

#define AT(member) offsetof(struct baseline_options, member)

#define DATA_DIR							\
	{ "data-dir", 0, CLI_TEXT, AT(data_dir), "DIR",			\
	    "assayd's data directory", true }
#define WHAT								\
	{ "fmspc", 0, CLI_TEXT, AT(fmspc), "HEX",			\
	    "platforms of this type, 6 bytes", false },			\
	{ "pck-serial", 0, CLI_TEXT, AT(serial), "HEX",			\
	    "platforms with the PCK certificate of this serial", false }, \
	{ "ppid", 0, CLI_TEXT, AT(ppid), "HEX",				\
	    "the platform with this PPID, 16 bytes", false }
#define JSON								\
	{ "json", 0, CLI_FLAG, AT(json), NULL,				\
	    "print one JSON object", false }

static const struct cli_option block_options[] = {
	DATA_DIR,
	WHAT,
	{ "reason", 0, CLI_TEXT, AT(reason), "TEXT",
	    "kept with the block", false },
	{ .name = NULL },
};

static const struct cli_option unblock_options[] = {
	DATA_DIR,
	WHAT,
	{ .name = NULL },
};

static const struct cli_option blocked_options[] = {
	DATA_DIR,
	JSON,
	{ .name = NULL },
};

static const struct cli_option floor_options[] = {
	DATA_DIR,
	{ "lower", 0, CLI_FLAG, AT(lower), NULL,
	    "forget the floor of --kind: older documents are taken again",
	    false },
	{ "kind", 0, CLI_TEXT, AT(kind), "KIND",
	    "tcb_info, qe_identity, pck_crl or root_ca_crl; default: the "
	    "number that is set for the default baseline", false },
	{ "tee", 0, CLI_TEXT, AT(tee), "sgx|tdx",
	    "of TCB info and QE identity (default: sgx)", false },
	{ "fmspc", 0, CLI_TEXT, AT(fmspc), "HEX", "of TCB info", false },
	{ "ca", 0, CLI_TEXT, AT(ca), "processor|platform",
	    "of a PCK CRL", false },
	JSON,
	{ .name = NULL },
};

/* ---- who ------------------------------------------------------------------------ */

static struct assay_store_change
this_change(char name[64])
{
	const struct passwd *pw = getpwuid(getuid());

	(void)snprintf(name, 64, "%s on this machine",
	    pw == NULL ? "somebody" : pw->pw_name);
	return (struct assay_store_change){ .now = assay_clock_now(),
	    .actor = name, .request_id = "" };
}

/* ---- blocks ---------------------------------------------------------------------- */

/* One of the three, as bytes; serials without leading zeros. */
static bool
take_what(const struct baseline_options *o, enum assay_block_kind *kind,
    struct assay_buffer *value, struct assay_error *err)
{
	const char *texts[] = { o->fmspc, o->serial, o->ppid };
	const size_t want[] = { 6, 0, 16 };
	size_t given = 0, zeros = 0;

	for (size_t i = 0; i < 3; i++)
		if (texts[i] != NULL) {
			*kind = (enum assay_block_kind)i;
			given++;
		}
	if (given != 1)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "want one of --fmspc, --pck-serial and --ppid");
	if (!assay_hex_decode(assay_bytes_of(texts[*kind]), value, err) ||
	    value->len == 0 || (want[*kind] != 0 &&
	    value->len != want[*kind]))
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "--%s: \"%.64s\" is not %s%s", assay_block_kind_name(*kind),
		    texts[*kind], *kind == ASSAY_BLOCK_FMSPC ? "6 bytes" :
		    *kind == ASSAY_BLOCK_PPID ? "16 bytes" :
		    "1 to 20 bytes", " in hex");
	while (*kind == ASSAY_BLOCK_PCK_SERIAL && zeros + 1 < value->len &&
	    value->ptr[zeros] == 0)
		zeros++;
	memmove(value->ptr, value->ptr + zeros, value->len - zeros);
	value->len -= zeros;
	return true;
}

static enum cli_exit
change_block(const struct baseline_options *o, bool block,
    struct cli_output *out)
{
	struct assay_buffer value = assay_buffer(20);
	struct assay_store *store = NULL;
	struct assay_error err = { 0 };
	enum assay_block_kind kind = ASSAY_BLOCK_FMSPC;
	struct assay_store_change change;
	enum cli_exit status = CLI_YES;
	char who[64];
	bool ok;

	change = this_change(who);
	if (!take_what(o, &kind, &value, &err)) {
		assay_buffer_free(&value);
		return cli_usage(out, "%s", err.text);
	}
	ok = assay_store_open(o->data_dir, &store, &err) && (block ?
	    assay_store_block(store, assay_block_kind_name(kind),
	    assay_buffer_bytes(&value), o->reason == NULL ? "" : o->reason,
	    &change, &err) :
	    assay_store_unblock(store, assay_block_kind_name(kind),
	    assay_buffer_bytes(&value), &change, &err));
	if (!ok)
		status = cli_hindered(out, &err);
	assay_store_close(store);
	assay_buffer_free(&value);
	return status;
}

static enum cli_exit
run_block(const void *values, struct cli_output *out)
{
	return change_block(values, true, out);
}

static enum cli_exit
run_unblock(const void *values, struct cli_output *out)
{
	return change_block(values, false, out);
}

static bool
list_block(void *ctx, const char *what, struct assay_bytes value,
    const char *reason, struct assay_error *err)
{
	struct assay_buffer hex = assay_buffer(64);
	json_t *row;

	(void)assay_hex_encode(value, &hex);
	row = json_pack("{s:s, s:s, s:o}", "what", what, "value",
	    assay_buffer_str(&hex), "reason", cli_json_text(reason));
	assay_buffer_free(&hex);
	if (json_array_append_new(ctx, row) != 0)
		return assay_fail_memory(err, "blocks");
	return true;
}

static enum cli_exit
show_rows(const struct baseline_options *o, struct cli_output *out,
    json_t *rows)
{
	const json_t *row, *cell;
	const char *name;
	size_t i;

	if (o->json)
		return cli_answer(out, json_pack("{s:O}", "items", rows),
		    CLI_YES);
	json_array_foreach(rows, i, row) {
		/* jansson's iterator wants what is not const. */
		json_t *cells = (json_t *)(uintptr_t)row;
		const char *gap = "";

		json_object_foreach(cells, name, cell) {
			cli_printf(out, "%s", gap);
			cli_put_text(stdout, assay_json_string(cell), false);
			gap = " ";
		}
		cli_printf(out, "\n");
	}
	return CLI_YES;
}

static enum cli_exit
run_blocked(const void *values, struct cli_output *out)
{
	const struct baseline_options *o = values;
	struct assay_store *store = NULL;
	struct assay_error err = { 0 };
	json_t *rows = json_array();
	enum cli_exit status;

	out->json = o->json;
	if (!assay_store_open(o->data_dir, &store, &err) ||
	    !assay_store_blocks_each(store, list_block, rows, &err))
		status = cli_hindered(out, &err);
	else
		status = show_rows(o, out, rows);
	json_decref(rows);
	assay_store_close(store);
	return status;
}

/* ---- floors ------------------------------------------------------------------------ */

static bool
list_floor(void *ctx, const struct assay_collateral_item *floor,
    struct assay_error *err)
{
	char issued[ASSAY_WHEN_TEXT], number[16], fmspc[13], crl[41];

	assay_hex((struct assay_bytes){ floor->fmspc, 6 }, fmspc);
	assay_hex((struct assay_bytes){ floor->crl_number, 20 }, crl);
	(void)snprintf(number, sizeof(number), "%u", floor->number);
	if (json_array_append_new(ctx, json_pack(
	    "{s:s, s:s, s:s, s:s, s:s, s:s, s:s}",
	    "kind", assay_collateral_kind_name(floor->kind),
	    "tee", floor->tee == ASSAY_TEE_TDX ? "TDX" : "SGX",
	    "fmspc", fmspc,
	    "ca", floor->ca == ASSAY_PCK_CA_PLATFORM ? "platform" :
	    "processor",
	    "number", number,
	    "issued", assay_when_text(floor->issued, issued),
	    "crl_number", crl)) != 0)
		return assay_fail_memory(err, "floors");
	return true;
}

static bool
take_floor(const struct baseline_options *o,
    struct assay_collateral_item *like, struct assay_error *err)
{
	struct assay_buffer fmspc = assay_buffer(6);
	bool ok = true;

	*like = (struct assay_collateral_item){ 0 };
	if (o->kind == NULL ||
	    !assay_collateral_kind_parse(o->kind, &like->kind))
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "--lower wants --kind tcb_info, qe_identity, pck_crl or "
		    "root_ca_crl");
	if (o->tee != NULL && strcmp(o->tee, "tdx") == 0)
		like->tee = ASSAY_TEE_TDX;
	else if (o->tee != NULL && strcmp(o->tee, "sgx") != 0)
		return assay_fail(err, ASSAY_ERR_USAGE, "--tee: sgx or tdx");
	if (o->ca != NULL && strcmp(o->ca, "platform") == 0)
		like->ca = ASSAY_PCK_CA_PLATFORM;
	else if (o->ca != NULL && strcmp(o->ca, "processor") != 0)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "--ca: processor or platform");
	if (like->kind == ASSAY_COLLATERAL_TCB_INFO) {
		ok = o->fmspc != NULL && assay_hex_decode(
		    assay_bytes_of(o->fmspc), &fmspc, err) && fmspc.len == 6;
		if (ok)
			memcpy(like->fmspc, fmspc.ptr, 6);
		else
			(void)assay_fail(err, ASSAY_ERR_USAGE,
			    "--kind tcb_info wants --fmspc of 6 bytes");
	}
	assay_buffer_free(&fmspc);
	return ok;
}

static enum cli_exit
say_lowered(const struct baseline_options *o, size_t n,
    struct cli_output *out)
{
	if (o->json)
		return cli_answer(out, json_pack("{s:I}", "lowered",
		    (json_int_t)n), n != 0 ? CLI_YES : CLI_NO);
	cli_printf(out, "%zu lowered\n", n);
	return n != 0 ? CLI_YES : CLI_NO;
}

static enum cli_exit
lower(const struct baseline_options *o, struct assay_store *store,
    struct cli_output *out)
{
	struct assay_collateral_item like;
	struct assay_store_change change;
	struct assay_error err = { 0 };
	char who[64];
	size_t n;

	change = this_change(who);
	if (o->kind != NULL && strcmp(o->kind, "default") == 0) {
		if (!assay_baseline_number_lower(store, &change, &err))
			return cli_hindered(out, &err);
		return say_lowered(o, 1, out);
	}
	if (!take_floor(o, &like, &err))
		return cli_usage(out, "%s", err.text);
	if (!assay_store_floor_lower(store, &like, &change, &n, &err))
		return cli_hindered(out, &err);
	return say_lowered(o, n, out);
}

static enum cli_exit
run_floor(const void *values, struct cli_output *out)
{
	const struct baseline_options *o = values;
	struct assay_store *store = NULL;
	struct assay_error err = { 0 };
	json_t *rows = json_array();
	enum cli_exit status;

	out->json = o->json;
	if (!assay_store_open(o->data_dir, &store, &err))
		status = cli_hindered(out, &err);
	else if (o->lower)
		status = lower(o, store, out);
	else if (!assay_store_floors_each(store, list_floor, rows, &err))
		status = cli_hindered(out, &err);
	else
		status = show_rows(o, out, rows);
	json_decref(rows);
	assay_store_close(store);
	return status;
}

/* ---- commands ------------------------------------------------------------------------ */

const struct cli_command cmd_collateral_block = {
	.name = "block",
	.summary = "refuse a platform or a type of platforms at once",
	.description =
	    "Quotes of what is blocked are refused (PLATFORM_BLOCKED) on all "
	    "threads of the service within a second, whatever the collateral "
	    "says. In the history with time and user.",
	.options = block_options,
	.options_size = sizeof(struct baseline_options),
	.run = run_block,
};

const struct cli_command cmd_collateral_unblock = {
	.name = "unblock",
	.summary = "take back a block",
	.options = unblock_options,
	.options_size = sizeof(struct baseline_options),
	.run = run_unblock,
};

const struct cli_command cmd_collateral_blocked = {
	.name = "blocked",
	.summary = "list what is blocked",
	.options = blocked_options,
	.options_size = sizeof(struct baseline_options),
	.run = run_blocked,
};

const struct cli_command cmd_collateral_floor = {
	.name = "floor",
	.summary = "list or lower the age below which documents are refused",
	.description =
	    "A document that is older than one seen before (by issue date, "
	    "CRL number, or the tcbEvaluationDataNumber that a source calls "
	    "its newest) is refused, even when that one is gone. --lower "
	    "forgets this for the documents that --kind and its companions "
	    "name, and is in the history with time and user.",
	.options = floor_options,
	.options_size = sizeof(struct baseline_options),
	.run = run_floor,
};
