/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/encode.h"
#include "base/limits.h"
#include "evidence/boot_json.h"
#include "evidence/pcrs_json.h"

/* As UEFI writes a GUID, in upper case: the first three fields are little
 * endian (UEFI 2.10, appendix A). */
static void
put_guid(struct assay_buffer *out, struct assay_bytes guid)
{
	static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10,
		11, 12, 13, 14, 15 };

	(void)assay_buffer_putc(out, '"');
	for (size_t i = 0; i < sizeof(order); i++)
		(void)assay_buffer_printf(out, "%s%02X",
		    i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
		    guid.ptr[order[i]]);
	(void)assay_buffer_putc(out, '"');
}

static void
put_variable(struct assay_buffer *out, const struct assay_event *e)
{
	struct assay_buffer name = assay_buffer(2 * e->vouched.len + 1);
	struct assay_efi_variable v;

	if (!assay_boot_variable(e, &v) ||
	    !assay_utf16le_decode(v.name, &name)) {
		assay_boot_put_raw(out, e->vouched);
		goto out;
	}
	(void)assay_buffer_putc(out, '{');
	if (v.guid.len != 0) {
		assay_boot_put_name(out, "VariableGuid");
		put_guid(out, v.guid);
		assay_boot_put_name(out, "UnicodeName");
		assay_boot_put_text(out, assay_buffer_bytes(&name));
	}
	assay_boot_put_name(out, "VariableData");
	assay_boot_put_base64url(out, v.data);
out:
	(void)assay_buffer_putc(out, '}');
	assay_buffer_free(&name);
}

static void
put_digest(const struct assay_boot_logs *logs, struct assay_buffer *out,
    uint32_t pcr, uint16_t alg, struct assay_bytes digest)
{
	const char *bank = assay_pcr_bank_name(alg);

	if (bank == NULL || !assay_boot_covers_bank(logs, pcr, alg))
		return;
	assay_boot_put_name(out, bank);
	assay_boot_put_base64url(out, digest);
}

static bool
put_processed(struct assay_buffer *out, const struct assay_boot_item *item,
    struct assay_error *err)
{
	const struct assay_event *e = item->event;

	switch (item->form) {
	case ASSAY_BOOT_UNLISTED:
	case ASSAY_BOOT_BARE:
		(void)assay_buffer_puts(out, "{}");
		break;
	case ASSAY_BOOT_RAW:
		assay_boot_put_raw(out, e->vouched);
		(void)assay_buffer_putc(out, '}');
		break;
	case ASSAY_BOOT_VARIABLE:
		put_variable(out, e);
		break;
	case ASSAY_BOOT_TAGGED:
		return assay_boot_put_tagged(out, e->vouched, err);
	}
	return true;
}

static bool
put_event(const struct assay_boot_logs *logs, struct assay_buffer *out,
    const struct assay_boot_item *item, struct assay_error *err)
{
	const struct assay_event *e = item->event;
	const char *type = assay_event_type_name(e->type);
	char unknown[16];

	(void)snprintf(unknown, sizeof(unknown), "0x%08x", e->type);
	assay_boot_put_name(out, "EventSeq");
	assay_boot_put_number(out, item->seq);
	assay_boot_put_name(out, "EventType");
	assay_boot_put_number(out, e->type);
	assay_boot_put_name(out, "EventTypeString");
	assay_boot_put_text(out, assay_bytes_of(type != NULL ? type :
	    unknown));
	assay_boot_put_name(out, "PcrIndex");
	assay_boot_put_number(out, e->pcr);
	assay_boot_put_name(out, "Digests");
	(void)assay_buffer_putc(out, '{');
	for (size_t i = 0; i < e->n_digests; i++)
		put_digest(logs, out, e->pcr, e->digests[i].alg,
		    e->digests[i].bytes);
	(void)assay_buffer_putc(out, '}');
	assay_boot_put_name(out, "ProcessedData");
	return put_processed(out, item, err);
}

static bool
ima_covered(const struct assay_boot_logs *logs, uint32_t pcr)
{
	for (size_t i = 0; logs->quoted != NULL &&
	    i < logs->quoted->n_banks; i++)
		if (assay_boot_covers_bank(logs, pcr,
		    logs->quoted->bank[i].alg))
			return true;
	return false;
}

/*
 * The replay of an entry is computed from its data, so the quote covers the
 * data; but for a violation the kernel extends FF..FF, whatever it logs.
 */
static bool
put_ima(struct assay_buffer *out, uint64_t seq,
    const struct assay_ima_entry *e, const struct assay_pcrs *quoted,
    struct assay_error *err)
{
	assay_boot_put_name(out, "EventSeq");
	assay_boot_put_number(out, seq);
	assay_boot_put_name(out, "EventTypeString");
	assay_boot_put_text(out, assay_bytes_of("IMA_MEASUREMENT_EVENT"));
	assay_boot_put_name(out, "PcrIndex");
	assay_boot_put_number(out, e->pcr);
	assay_boot_put_name(out, "ProcessedData");
	if (!e->violation)
		return assay_boot_put_ima(out, e, quoted, err);
	(void)assay_buffer_puts(out, "{\"Violation\":true}");
	return true;
}

static bool
put_all(const struct assay_boot_logs *logs,
    const struct assay_boot_scan *scan, struct assay_buffer *out,
    struct assay_error *err)
{
	bool first = true;

	for (size_t i = 0; i < scan->n_items; i++) {
		if (scan->items[i].form == ASSAY_BOOT_UNLISTED)
			continue;
		(void)assay_buffer_puts(out, first ? "{" : ",{");
		first = false;
		if (!put_event(logs, out, &scan->items[i], err))
			return false;
		(void)assay_buffer_putc(out, '}');
	}
	for (size_t i = 0; logs->ima != NULL && i < logs->ima_used &&
	    i < logs->ima->n_entries; i++) {
		const struct assay_ima_entry *e = &logs->ima->entries[i];

		if (!ima_covered(logs, e->pcr))
			continue;
		(void)assay_buffer_puts(out, first ? "{" : ",{");
		first = false;
		if (!put_ima(out, scan->n_items + i, e, logs->quoted, err))
			return false;
		(void)assay_buffer_putc(out, '}');
	}
	return true;
}

bool
assay_boot_events_json(const struct assay_boot_logs *logs, char **out,
    struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(ASSAY_MAX_EVENTS_JSON);
	struct assay_boot_scan scan = { 0 };
	bool ok;

	(void)assay_buffer_puts(&text, "{\"Events\":[");
	ok = assay_boot_scan(logs, &scan, err) &&
	    put_all(logs, &scan, &text, err);
	(void)assay_buffer_puts(&text, "]}");
	ok = ok && assay_buffer_ok(&text, "the claim events", err);
	assay_boot_scan_free(&scan);
	if (ok)
		*out = assay_buffer_take(&text);
	assay_buffer_free(&text);
	return ok;
}

bool
assay_boot_events_make(void *ctx, char **out, struct assay_error *err)
{
	return assay_boot_events_json(ctx, out, err);
}
