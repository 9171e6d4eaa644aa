/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "evidence/boot_scan.h"
#include "evidence/event_type.h"
#include "evidence/replay.h"
#include "evidence/sipa.h"

#define PCR_SECURE_BOOT	7
#define PCR_BOOT	12	/* Windows: settings and loaded modules */
#define PCR_DETAIL	13	/* the same in detail */
#define PCR_AUTHORITY	14	/* who signed them */
#define PCR_DRTM_FIRST	19
#define PCR_DRTM_LAST	20

/* EFI_GLOBAL_VARIABLE, 8be4df61-93ca-11d2-aa0d-00e098032b8c. */
static const uint8_t efi_global[16] = {
	0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11,
	0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c,
};

/*
 * What ends a phase: separators of PFP 10.4.1 (normal, error, error code)
 * and Windows' own.
 */
static const char separators[][5] = {
	"\0\0\0\0", "\377\377\377\377", "\1\0\0\0", "WBCL",
};
#define N_SEPARATORS	(sizeof(separators) / sizeof(separators[0]))
#define WBCL		(N_SEPARATORS - 1)

struct scanner {
	const struct assay_boot_logs	*logs;
	struct assay_boot_scan		*out;
	struct assay_digest		 ends[N_SEPARATORS][ASSAY_PCR_BANKS];
	bool				 windows;
	uint32_t			 closed;	/* bit i: PCR i */
	/* PCR 7 before its separator. */
	bool				 relabelled;
	size_t				 n_secure_boot;
	bool				 secure_boot_on;
	struct assay_error		*err;
};

bool
assay_boot_covers_bank(const struct assay_boot_logs *logs, uint32_t pcr,
    uint16_t alg)
{
	const struct assay_pcr_bank *bank;

	if (logs->quoted == NULL || pcr >= ASSAY_PCR_COUNT)
		return false;
	bank = assay_pcrs_bank(logs->quoted, alg);
	return bank != NULL && (bank->mask >> pcr & 1) != 0;
}

static bool
covered(const struct scanner *s, const struct assay_event *e)
{
	return s->logs->quoted != NULL &&
	    assay_replay_covers(s->logs->quoted, e);
}

static bool
make_ends(struct scanner *s)
{
	for (size_t i = 0; i < N_SEPARATORS; i++)
		for (size_t h = 0; h < ASSAY_PCR_BANKS; h++)
			if (!assay_digest((enum assay_hash)h,
			    (struct assay_bytes){
			    (const uint8_t *)separators[i], 4 },
			    &s->ends[i][h], s->err))
				return false;
	return true;
}

/* Was this separator measured, whatever the event says it is? */
static bool
is_end(const struct scanner *s, const struct assay_event *e, size_t which)
{
	enum assay_hash hash;

	for (size_t i = 0; i < e->n_digests; i++)
		if (assay_boot_covers_bank(s->logs, e->pcr,
		    e->digests[i].alg) &&
		    assay_tpm_hash(e->digests[i].alg, &hash) &&
		    assay_bytes_equal(e->digests[i].bytes,
		    assay_digest_bytes(&s->ends[which][hash])))
			return true;
	return false;
}

static bool
ends_phase(const struct scanner *s, const struct assay_event *e)
{
	if (e->pcr >= PCR_BOOT && e->pcr <= PCR_AUTHORITY)
		return is_end(s, e, WBCL);
	if (e->pcr != PCR_SECURE_BOOT)
		return false;
	for (size_t i = 0; i < WBCL; i++)
		if (is_end(s, e, i))
			return true;
	return false;
}

static bool
for_windows(uint32_t pcr)
{
	return (pcr >= PCR_BOOT && pcr <= PCR_AUTHORITY) ||
	    (pcr >= PCR_DRTM_FIRST && pcr <= PCR_DRTM_LAST);
}

static bool
is_tagged(const struct assay_event *e)
{
	return e->type == ASSAY_EV_EVENT_TAG && for_windows(e->pcr) &&
	    e->trust == ASSAY_EVENT_VERIFIED && assay_sipa_like(e->vouched);
}

/* Did Windows boot? Its separator cannot be hidden, its events can. */
static bool
shows_windows(const struct scanner *s, const struct assay_event *e)
{
	return covered(s, e) && for_windows(e->pcr) && (is_tagged(e) ||
	    (e->pcr <= PCR_AUTHORITY && is_end(s, e, WBCL)));
}

bool
assay_boot_variable(const struct assay_event *e,
    struct assay_efi_variable *out)
{
	struct assay_efi_variable v = { .data = e->vouched };
	size_t unhashed = e->data.len - e->vouched.len;

	/* The value alone: its name could be any. */
	if (e->vouched.ptr != e->data.ptr) {
		*out = v;
		return true;
	}
	if (!assay_efi_variable(e->data, &v) || v.rest.len != 0 ||
	    unhashed > v.data.len)
		return false;
	/* shim and some firmware log a byte that they do not hash. */
	v.data.len -= unhashed;
	*out = v;
	return true;
}

static bool
name_is(struct assay_bytes utf16, const char *name)
{
	size_t n = strlen(name);

	if (utf16.len != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (utf16.ptr[2 * i] != (uint8_t)name[i] ||
		    utf16.ptr[2 * i + 1] != 0)
			return false;
	return true;
}

/* Variables that PCR 7 alone speaks of (PFP 1.06, 3.3.4.8). */
static bool
belongs_in_7(struct assay_bytes name)
{
	static const char *const names[] = { "SecureBoot", "PK", "KEK", "db",
		"dbx", "dbt", "dbr", "CurrentPolicy" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (name_is(name, names[i]))
			return true;
	return false;
}

/*
 * Note what PCR 7 says before its separator. Bytes that are a variable are
 * one whatever their label: a Secure Boot that is off could be measured, and
 * then be called something that nobody looks for.
 */
static void
note_secure_boot(struct scanner *s, const struct assay_event *e)
{
	const struct assay_event whole = { .data = e->vouched,
	    .vouched = e->vouched };
	struct assay_efi_variable v;

	if (e->trust != ASSAY_EVENT_VERIFIED) {
		s->relabelled = true;
		return;
	}
	if (!assay_boot_variable(&whole, &v))
		return;
	if (e->type != ASSAY_EV_EFI_VARIABLE_DRIVER_CONFIG &&
	    (e->type != ASSAY_EV_EFI_VARIABLE_AUTHORITY ||
	    name_is(v.name, "SecureBoot")))
		s->relabelled = true;
	if (!name_is(v.name, "SecureBoot") || !assay_bytes_equal(v.guid,
	    (struct assay_bytes){ efi_global, sizeof(efi_global) }))
		return;
	s->n_secure_boot++;
	s->secure_boot_on = v.data.len == 1 && v.data.ptr[0] == 1;
}

static enum assay_boot_form
variable_form(const struct scanner *s, const struct assay_event *e)
{
	bool config = e->type == ASSAY_EV_EFI_VARIABLE_DRIVER_CONFIG;
	struct assay_efi_variable v;

	/* Only firmware measures variables, and only into its own PCRs. */
	if (e->pcr > PCR_SECURE_BOOT || (config &&
	    e->pcr == PCR_SECURE_BOOT && (s->closed >> e->pcr & 1) != 0))
		return ASSAY_BOOT_BARE;
	if (!assay_boot_variable(e, &v))
		return ASSAY_BOOT_RAW;
	if (config && e->pcr != PCR_SECURE_BOOT && belongs_in_7(v.name))
		return ASSAY_BOOT_BARE;
	return ASSAY_BOOT_VARIABLE;
}

/*
 * In a Windows boot, before the separator, these PCRs hold nothing that is
 * not shown for what it is: a setting that was measured and then relabelled
 * would be missing from the set that a policy looks at.
 */
static bool
check_hidden(struct scanner *s, const struct assay_event *e, uint64_t seq)
{
	const char *name = assay_event_type_name(e->type);

	if (!s->windows || !for_windows(e->pcr) || e->pcr == PCR_AUTHORITY ||
	    is_tagged(e) || (s->closed >> e->pcr & 1) != 0)
		return true;
	if (e->trust != ASSAY_EVENT_VERIFIED)
		return assay_fail(s->err, ASSAY_ERR_EVENT_FORGED,
		    "event %llu (%s) in PCR %u of a Windows boot: its data "
		    "is not what was measured", (unsigned long long)seq,
		    name != NULL ? name : "unknown type", e->pcr);
	if (assay_sipa_like(e->vouched))
		return assay_fail(s->err, ASSAY_ERR_EVENT_FORGED,
		    "event %llu in PCR %u is labelled %s, but is a tagged "
		    "event of Windows", (unsigned long long)seq, e->pcr,
		    name != NULL ? name : "with an unknown type");
	return true;
}

/* One trust boundary at most: of two, policies would look at neither. */
static bool
check_tagged(struct scanner *s, const struct assay_event *e, uint64_t seq)
{
	struct assay_sipa tree = { 0 };
	char where[48];
	size_t n = 0;
	bool ok;

	(void)snprintf(where, sizeof(where), "event %llu in PCR %u",
	    (unsigned long long)seq, e->pcr);
	if (!assay_sipa_parse(e->vouched, &tree, s->err))
		return assay_fail_in(s->err, where);
	(void)assay_sipa_children(&tree, &tree.nodes[0],
	    ASSAY_SIPA_TRUSTBOUNDARY, &n);
	ok = n <= 1 || assay_fail(s->err, ASSAY_ERR_EVENTLOG_MALFORMED,
	    "%s has %zu trust boundaries, want at most one", where, n);
	assay_sipa_free(&tree);
	return ok;
}

static enum assay_boot_form
form_of(const struct scanner *s, const struct assay_event *e)
{
	if (e->type == ASSAY_EV_NO_ACTION)
		return ASSAY_BOOT_BARE;
	if (!covered(s, e))
		return ASSAY_BOOT_UNLISTED;
	if (e->trust != ASSAY_EVENT_VERIFIED ||
	    (e->pcr >= PCR_BOOT && e->pcr <= PCR_AUTHORITY &&
	    (s->closed >> e->pcr & 1) != 0))
		return ASSAY_BOOT_BARE;
	switch (e->type) {
	case ASSAY_EV_EFI_VARIABLE_DRIVER_CONFIG:
	case ASSAY_EV_EFI_VARIABLE_BOOT:
	case ASSAY_EV_EFI_VARIABLE_BOOT2:
	case ASSAY_EV_EFI_VARIABLE_AUTHORITY:
		return variable_form(s, e);
	case ASSAY_EV_EVENT_TAG:
		return is_tagged(e) ? ASSAY_BOOT_TAGGED : ASSAY_BOOT_RAW;
	default:
		return ASSAY_BOOT_RAW;
	}
}

static bool
scan_event(struct scanner *s, const struct assay_event *e,
    struct assay_boot_item *item)
{
	bool end = covered(s, e) && ends_phase(s, e);

	item->event = e;
	item->form = form_of(s, e);
	if (item->form == ASSAY_BOOT_UNLISTED || e->type == ASSAY_EV_NO_ACTION)
		return true;
	if (end) {
		s->closed |= UINT32_C(1) << e->pcr;
		return true;
	}
	if (e->pcr == PCR_SECURE_BOOT && (s->closed >> e->pcr & 1) == 0)
		note_secure_boot(s, e);
	return check_hidden(s, e, item->seq) &&
	    (item->form != ASSAY_BOOT_TAGGED ||
	    check_tagged(s, e, item->seq));
}

/* Nothing of what PCR 7 says of Secure Boot, if something may be hidden. */
static void
withhold_secure_boot(struct scanner *s)
{
	bool closed = (s->closed >> PCR_SECURE_BOOT & 1) != 0;

	s->out->secure_boot = closed && !s->relabelled &&
	    s->n_secure_boot == 1 && s->secure_boot_on;
	if (closed && !s->relabelled)
		return;
	for (size_t i = 0; i < s->out->n_items; i++) {
		struct assay_boot_item *item = &s->out->items[i];

		if (item->form == ASSAY_BOOT_VARIABLE &&
		    item->event->pcr == PCR_SECURE_BOOT)
			item->form = ASSAY_BOOT_BARE;
	}
}

static bool
scan_logs(struct scanner *s)
{
	const struct assay_boot_logs *logs = s->logs;
	size_t at = 0;

	for (size_t i = 0; i < logs->n_tcg; i++)
		for (size_t j = 0; j < logs->tcg[i].n_events; j++)
			s->windows |= shows_windows(s,
			    &logs->tcg[i].events[j]);
	for (size_t i = 0; i < logs->n_tcg; i++)
		for (size_t j = 0; j < logs->tcg[i].n_events; j++, at++) {
			s->out->items[at].seq = at;
			if (!scan_event(s, &logs->tcg[i].events[j],
			    &s->out->items[at]))
				return false;
		}
	withhold_secure_boot(s);
	s->out->windows = s->windows;
	s->out->settings_closed = (s->closed >> PCR_BOOT & 1) != 0;
	return true;
}

bool
assay_boot_scan(const struct assay_boot_logs *logs,
    struct assay_boot_scan *out, struct assay_error *err)
{
	struct assay_boot_scan scan = { 0 };
	struct scanner s = { .logs = logs, .out = &scan, .err = err };

	for (size_t i = 0; i < logs->n_tcg; i++)
		scan.n_items += logs->tcg[i].n_events;
	scan.items = assay_alloc(scan.n_items + 1, sizeof(*scan.items));
	if (scan.items == NULL)
		return assay_fail_memory(err, "events of a boot");
	if (!make_ends(&s) || !scan_logs(&s)) {
		assay_boot_scan_free(&scan);
		return false;
	}
	*out = scan;
	return true;
}

void
assay_boot_scan_free(struct assay_boot_scan *scan)
{
	free(scan->items);
	*scan = (struct assay_boot_scan){ 0 };
}
