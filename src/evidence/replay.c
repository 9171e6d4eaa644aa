/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "evidence/event_type.h"
#include "evidence/replay.h"

#define LOCALITY	"StartupLocality"	/* 16 bytes with the NUL */
#define HCRTM_LOCALITY	4
#define DRTM_FIRST	17
#define DRTM_LAST	22

static const enum assay_hash hashes[ASSAY_PCR_BANKS] = {
	ASSAY_SHA1, ASSAY_SHA256, ASSAY_SHA384, ASSAY_SHA512,
};

static bool
is_drtm_pcr(uint32_t pcr)
{
	return pcr >= DRTM_FIRST && pcr <= DRTM_LAST;
}

/* PC Client TPM profile, table 5: ones mean that nothing was launched. */
void
assay_replay_init(struct assay_replay *r)
{
	*r = (struct assay_replay){ 0 };
	for (size_t b = 0; b < ASSAY_PCR_BANKS; b++) {
		r->bank[b].alg = assay_tpm_alg(hashes[b]);
		for (size_t i = DRTM_FIRST; i <= DRTM_LAST; i++)
			memset(r->bank[b].pcr[i].value, 0xff,
			    assay_hash_size(hashes[b]));
	}
}

static bool
extend(enum assay_hash hash, uint8_t value[ASSAY_DIGEST_MAX],
    struct assay_bytes digest, struct assay_error *err)
{
	const struct assay_bytes parts[] = {
		{ value, assay_hash_size(hash) }, digest,
	};
	struct assay_digest d;

	if (!assay_digest_parts(hash, parts, 2, &d, err))
		return false;
	memcpy(value, d.bytes, d.len);
	return true;
}

/* PCR 0 starts as the locality of TPM2_Startup, in its last byte. */
static void
set_locality(struct assay_replay *r, uint8_t locality)
{
	r->startup_locality = locality;
	for (size_t b = 0; b < ASSAY_PCR_BANKS; b++)
		r->bank[b].pcr[0].value[assay_hash_size(hashes[b]) - 1] =
		    locality;
}

static bool
pcr0_extended(const struct assay_replay *r)
{
	for (size_t b = 0; b < ASSAY_PCR_BANKS; b++)
		if (r->bank[b].pcr[0].extends != 0)
			return true;
	return false;
}

/*
 * PFP 10.4.5.3: before the first measurement into PCR 0; later ones change
 * nothing. A wrong value leads to a wrong PCR 0.
 */
static bool
apply_locality(struct assay_replay *r, const struct assay_event *e,
    struct assay_error *err)
{
	uint8_t locality;

	if (e->data.len != sizeof(LOCALITY) + 1 || pcr0_extended(r) ||
	    memcmp(e->data.ptr, LOCALITY, sizeof(LOCALITY)) != 0)
		return true;
	locality = e->data.ptr[sizeof(LOCALITY)];
	if (locality != 0 && locality != 3 && locality != HCRTM_LOCALITY)
		return assay_fail(err, ASSAY_ERR_EVENTLOG_MALFORMED,
		    "event log: event %" PRIu32 ", offset %zu: "
		    "StartupLocality is %u, want 0, 3 or 4", e->seq,
		    e->offset, locality);
	if (r->startup_locality != 0 && locality != r->startup_locality)
		return assay_fail(err, ASSAY_ERR_EVENTLOG_MALFORMED,
		    "event log: event %" PRIu32 ", offset %zu: "
		    "StartupLocality is %u after %u", e->seq, e->offset,
		    locality, r->startup_locality);
	set_locality(r, locality);
	return true;
}

/*
 * A core root of trust that the hardware measured before TPM2_Startup leaves
 * PCR 0 at locality 4, whether or not the log says so (PC Client TPM profile,
 * _TPM_Hash_Start).
 */
static void
apply_hcrtm(struct assay_replay *r, const struct assay_event *e)
{
	if (e->type != ASSAY_EV_EFI_HCRTM_EVENT || e->pcr != 0 ||
	    pcr0_extended(r))
		return;
	r->hcrtm = true;
	set_locality(r, HCRTM_LOCALITY);
}

/*
 * A dynamic launch sets PCRs 17 to 22 to zeros and measures into 17 first, so
 * the first extension of any of them tells of it (without a launch, locality
 * 0 cannot extend them); so does the register map of Intel TXT. It counts
 * once and before any extension: no event of a log can stand before a reset
 * and be believed although the quoted value does not contain it.
 */
static void
apply_launch(struct assay_replay *r, const struct assay_event *e)
{
	bool launched = is_drtm_pcr(e->pcr) ? e->type != ASSAY_EV_NO_ACTION :
	    e->pcr >= ASSAY_PCR_COUNT && e->type == ASSAY_EV_TXT_PCR_MAPPING;

	if (r->drtm || !launched)
		return;
	r->drtm = true;
	for (size_t b = 0; b < ASSAY_PCR_BANKS; b++)
		for (size_t i = DRTM_FIRST; i <= DRTM_LAST; i++)
			memset(r->bank[b].pcr[i].value, 0, ASSAY_DIGEST_MAX);
}

/* Events by which Windows' loader shows which banks it logs. */
static void
note_windows(struct assay_replay *r, const struct assay_event *e)
{
	if (e->pcr < 11 || e->pcr > 14 || (e->type != ASSAY_EV_EVENT_TAG &&
	    e->type != ASSAY_EV_COMPACT_HASH))
		return;
	for (size_t b = 0; b < ASSAY_PCR_BANKS; b++) {
		if (assay_event_digest(e, r->bank[b].alg) != NULL)
			r->windows_logged |= (uint8_t)(1u << b);
		else
			r->windows_missed |= (uint8_t)(1u << b);
	}
}

static bool
extend_event(struct assay_replay *r, const struct assay_event *e,
    struct assay_error *err)
{
	const struct assay_event_digest *d;
	struct assay_replay_pcr *pcr;

	for (size_t b = 0; b < ASSAY_PCR_BANKS; b++) {
		if ((d = assay_event_digest(e, r->bank[b].alg)) == NULL)
			continue;
		pcr = &r->bank[b].pcr[e->pcr];
		if (!extend(hashes[b], pcr->value, d->bytes, err))
			return false;
		pcr->extends++;
	}
	return true;
}

static bool
cap(enum assay_hash hash, struct assay_replay_pcr *pcr,
    struct assay_bytes digest, struct assay_error *err)
{
	if (!pcr->has_capped)
		memcpy(pcr->capped, pcr->value, sizeof(pcr->capped));
	pcr->has_capped = true;
	return extend(hash, pcr->capped, digest, err);
}

/* PCR 11 gets the two events that Windows logs there in the other bank. */
static bool
cap_pcr11(enum assay_hash hash, struct assay_replay_pcr *pcr,
    struct assay_error *err)
{
	static const uint8_t data[2][4] = { { 0x10 }, { 0xff, 0xff } };
	struct assay_digest d;

	for (size_t i = 0; i < 2; i++)
		if (!assay_digest(hash, (struct assay_bytes){ data[i],
		    sizeof(data[i]) }, &d, err) ||
		    !cap(hash, pcr, assay_digest_bytes(&d), err))
			return false;
	return true;
}

/*
 * Windows logs one bank and extends PCRs 0 to 10, 12 and 13 of another one
 * with zeros, PCR 11 with its usual events besides; none of it is logged.
 * Found on machines with an idle SHA-1 bank; not documented.
 */
static bool
cap_bank(struct assay_replay *r, size_t b, struct assay_error *err)
{
	static const uint8_t zeros[ASSAY_DIGEST_MAX];
	const struct assay_bytes zero = { zeros, assay_hash_size(hashes[b]) };
	struct assay_replay_pcr *pcr = r->bank[b].pcr;

	for (size_t i = 0; i <= 13; i++) {
		pcr[i].has_capped = false;
		if (!cap(hashes[b], &pcr[i], zero, err))
			return false;
	}
	return cap_pcr11(hashes[b], &pcr[11], err);
}

static bool
cap_banks(struct assay_replay *r, struct assay_error *err)
{
	for (size_t b = 0; b < ASSAY_PCR_BANKS; b++) {
		unsigned int bit = 1u << b;

		if ((r->windows_missed & bit) != 0 && r->windows_logged != 0 &&
		    (r->windows_logged & bit) == 0 && !cap_bank(r, b, err))
			return false;
	}
	return true;
}

bool
assay_replay_log(struct assay_replay *r, const struct assay_eventlog *log,
    struct assay_error *err)
{
	for (size_t i = 0; i < log->n_events; i++) {
		const struct assay_event *e = &log->events[i];

		if (e->type == ASSAY_EV_NO_ACTION &&
		    !apply_locality(r, e, err))
			return false;
		apply_launch(r, e);
		if (e->type == ASSAY_EV_NO_ACTION ||
		    e->pcr >= ASSAY_PCR_COUNT)
			continue;
		apply_hcrtm(r, e);
		note_windows(r, e);
		if (!extend_event(r, e, err))
			return false;
	}
	return cap_banks(r, err);
}

static bool
mismatch(const struct assay_replay_pcr *pcr, enum assay_hash hash,
    size_t index, struct assay_bytes want, struct assay_error *err)
{
	char found[2 * ASSAY_DIGEST_MAX + 1], wanted[2 * ASSAY_DIGEST_MAX + 1];
	char extended[48];

	assay_hex((struct assay_bytes){ pcr->value, assay_hash_size(hash) },
	    found);
	assay_hex(want, wanted);
	snprintf(extended, sizeof(extended), "which %" PRIu32 " event%s "
	    "extend%s", pcr->extends, pcr->extends == 1 ? "" : "s",
	    pcr->extends == 1 ? "s" : "");
	return assay_fail(err, ASSAY_ERR_REPLAY_MISMATCH,
	    "replay: PCR %zu of the %s bank is %s, the logs lead to %s (%s)",
	    index, assay_hash_name(hash), wanted, found, extended);
}

static bool
pcr_follows(const struct assay_replay_pcr *pcr, struct assay_bytes want)
{
	return assay_bytes_equal((struct assay_bytes){ pcr->value, want.len },
	    want) || (pcr->has_capped && assay_bytes_equal(
	    (struct assay_bytes){ pcr->capped, want.len }, want));
}

static bool
compare_bank(const struct assay_replay *r, size_t b,
    const struct assay_pcr_bank *want, uint32_t mask,
    struct assay_error *err)
{
	for (unsigned int i = 0; i < ASSAY_PCR_COUNT; i++) {
		struct assay_bytes value = assay_pcr_value(want, i);

		if (value.len == 0 || (mask >> i & 1) == 0)
			continue;
		if (!pcr_follows(&r->bank[b].pcr[i], value))
			return mismatch(&r->bank[b].pcr[i], hashes[b], i,
			    value, err);
	}
	return true;
}

bool
assay_replay_compare(const struct assay_replay *r,
    const struct assay_pcrs *want, uint32_t mask, struct assay_error *err)
{
	for (size_t b = 0; b < ASSAY_PCR_BANKS; b++) {
		const struct assay_pcr_bank *bank =
		    assay_pcrs_bank(want, r->bank[b].alg);

		if (bank != NULL && !compare_bank(r, b, bank, mask, err))
			return false;
	}
	return true;
}

bool
assay_replay_covers(const struct assay_pcrs *quoted,
    const struct assay_event *e)
{
	if (e->type == ASSAY_EV_NO_ACTION || e->pcr >= ASSAY_PCR_COUNT)
		return false;
	for (size_t i = 0; i < quoted->n_banks; i++)
		if ((quoted->bank[i].mask >> e->pcr & 1) != 0 &&
		    assay_event_digest(e, quoted->bank[i].alg) != NULL)
			return true;
	return false;
}

/* What is to be reached: wanted values of PCRs that the IMA log extends. */
struct goals {
	struct {
		struct assay_bytes	want;
		bool			met;
	}	pcr[ASSAY_PCR_BANKS][ASSAY_PCR_COUNT];
	bool	bank[ASSAY_PCR_BANKS];
	size_t	unmet;
};

static bool
extend_ima(struct assay_replay *r, const struct assay_ima_entry *e, size_t b,
    bool padded, struct assay_error *err)
{
	struct assay_replay_pcr *pcr = &r->bank[b].pcr[e->pcr];
	struct assay_digest d;

	if (!assay_ima_digest(e, hashes[b], padded, &d, err) ||
	    !extend(hashes[b], pcr->value, assay_digest_bytes(&d), err))
		return false;
	pcr->extends++;
	return true;
}

static void
look_at_goal(struct goals *g, const struct assay_replay *r, size_t b,
    size_t pcr)
{
	struct assay_bytes want = g->pcr[b][pcr].want;
	bool met;

	if (want.len == 0)
		return;
	met = memcmp(r->bank[b].pcr[pcr].value, want.ptr, want.len) == 0;
	if (met && !g->pcr[b][pcr].met)
		g->unmet--;
	else if (!met && g->pcr[b][pcr].met)
		g->unmet++;
	g->pcr[b][pcr].met = met;
}

static void
set_goals(struct goals *g, const struct assay_replay *r,
    const struct assay_ima_log *log, const struct assay_pcrs *want)
{
	uint32_t mask = 0;

	*g = (struct goals){ 0 };
	for (size_t i = 0; i < log->n_entries; i++)
		mask |= 1u << log->entries[i].pcr;
	for (size_t b = 0; b < ASSAY_PCR_BANKS; b++) {
		const struct assay_pcr_bank *bank =
		    assay_pcrs_bank(want, r->bank[b].alg);

		for (unsigned int i = 0; bank != NULL &&
		    i < ASSAY_PCR_COUNT; i++) {
			if (((mask & bank->mask) >> i & 1) == 0)
				continue;
			g->pcr[b][i].want = assay_pcr_value(bank, i);
			g->bank[b] = true;
			g->unmet++;
			look_at_goal(g, r, b, i);
		}
	}
}

/* Each entry is looked at once, whatever the length of the prefix. */
static bool
search_prefix(struct assay_replay *r, const struct assay_ima_log *log,
    struct goals *g, bool padded, size_t *used, struct assay_error *err)
{
	size_t i;

	for (i = 0; i < log->n_entries && g->unmet != 0; i++) {
		const struct assay_ima_entry *e = &log->entries[i];

		for (size_t b = 0; b < ASSAY_PCR_BANKS; b++) {
			if (!g->bank[b])
				continue;
			if (!extend_ima(r, e, b, padded, err))
				return false;
			look_at_goal(g, r, b, e->pcr);
		}
	}
	*used = i;
	return true;
}

static bool
no_prefix(const struct assay_replay *r, const struct goals *g,
    const struct assay_ima_log *log, struct assay_error *err)
{
	char what[48];

	for (size_t b = 0; b < ASSAY_PCR_BANKS; b++)
		for (size_t i = 0; i < ASSAY_PCR_COUNT; i++) {
			if (g->pcr[b][i].want.len == 0 || g->pcr[b][i].met)
				continue;
			(void)mismatch(&r->bank[b].pcr[i], hashes[b], i,
			    g->pcr[b][i].want, err);
			snprintf(what, sizeof(what), "IMA log, no prefix of "
			    "%zu entries", log->n_entries);
			return assay_fail_in(err, what);
		}
	return assay_fail(err, ASSAY_ERR_REPLAY_MISMATCH,
	    "IMA log: no prefix of %zu entries leads to all PCRs at once",
	    log->n_entries);
}

bool
assay_replay_ima(struct assay_replay *r, const struct assay_ima_log *log,
    const struct assay_pcrs *want, size_t *used, struct assay_error *err)
{
	struct assay_replay plain = *r, padded = *r;
	struct goals g, g_padded;
	size_t n;

	set_goals(&g, r, log, want);
	g_padded = g;
	if (!search_prefix(&plain, log, &g, false, &n, err))
		return false;
	if (g.unmet == 0) {
		*r = plain;
		*used = n;
		return true;
	}
	if (!search_prefix(&padded, log, &g_padded, true, &n, err))
		return false;
	if (g_padded.unmet != 0)
		return no_prefix(&plain, &g, log, err);
	*r = padded;
	*used = n;
	return true;
}

bool
assay_replay_ima_all(struct assay_replay *r, const struct assay_ima_log *log,
    struct assay_error *err)
{
	for (size_t i = 0; i < log->n_entries; i++)
		for (size_t b = 0; b < ASSAY_PCR_BANKS; b++)
			if (!extend_ima(r, &log->entries[i], b, false, err))
				return false;
	return true;
}
