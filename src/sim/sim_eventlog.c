/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "sim/sim_eventlog.h"

/* TCG algorithm registry. */
static uint16_t
alg_id(enum assay_hash hash)
{
	switch (hash) {
	case ASSAY_SHA1:
		return 0x0004;
	case ASSAY_SHA256:
		return 0x000b;
	case ASSAY_SHA384:
		return 0x000c;
	case ASSAY_SHA512:
		return 0x000d;
	}
	return 0;
}

/* ---- events as they happen ------------------------------------------------ */

static struct sim_span
keep(struct sim_boot_run *run, struct assay_bytes in)
{
	struct sim_span span = { run->bytes.len, in.len };

	(void)assay_buffer_put(&run->bytes, in);
	return span;
}

static struct assay_bytes
kept(const struct sim_boot_run *run, struct sim_span span)
{
	return (struct assay_bytes){ run->bytes.ptr + span.at, span.len };
}

void
sim_measure(struct sim_boot_run *run, unsigned int pcr,
    enum sim_event_type type, struct assay_bytes data,
    struct assay_bytes measured)
{
	struct sim_event *e = &run->event[run->n];

	if (run->n == SIM_EVENTS_MAX) {
		run->full = true;
		return;
	}
	memset(e, 0, sizeof(*e));
	e->pcr = pcr;
	e->type = type;
	e->data = keep(run, data);
	e->measured = keep(run, measured);
	run->n++;
}

void
sim_event(struct sim_boot_run *run, unsigned int pcr,
    enum sim_event_type type, struct assay_bytes data)
{
	sim_measure(run, pcr, type, data, data);
}

bool
sim_events_hash(struct sim_boot_run *run, struct assay_error *err)
{
	const struct assay_sim_boot_params *p = run->params;
	struct sim_event *e;

	if (run->full)
		return assay_fail(err, ASSAY_ERR_INTERNAL,
		    "simulated boot has more than %d events", SIM_EVENTS_MAX);
	if (!assay_buffer_ok(&run->bytes, "simulated boot", err))
		return false;
	for (size_t i = 0; i < run->n; i++) {
		e = &run->event[i];
		if (e->unlogged)
			continue;	/* has its digests already */
		for (size_t b = 0; b < p->n_banks; b++)
			if (!assay_digest(p->banks[b], kept(run, e->measured),
			    &e->digest[b], err))
				return false;
	}
	return true;
}

bool
sim_events_replay(const struct sim_boot_run *run, size_t bank,
    unsigned int pcr, struct assay_digest *out, struct assay_error *err)
{
	enum assay_hash hash = run->params->banks[bank];
	struct assay_bytes parts[2];
	struct assay_digest value = { .len = assay_hash_size(hash) };

	for (size_t i = 0; i < run->n; i++) {
		if (run->event[i].pcr != pcr)
			continue;
		parts[0] = assay_digest_bytes(&value);
		parts[1] = assay_digest_bytes(&run->event[i].digest[bank]);
		if (!assay_digest_parts(hash, parts, 2, &value, err))
			return false;
	}
	*out = value;
	return true;
}

/* ---- their log ------------------------------------------------------------ */

/* TCG_PCR_EVENT holding TCG_EfiSpecIDEvent: PFP 1.06, 10.4.5.1. */
static void
put_spec_id(const struct assay_sim_boot_params *p, struct assay_buffer *out)
{
	static const uint8_t signature[16] = "Spec ID Event03";
	size_t size_at;

	(void)assay_buffer_put_le(out, 0, 4);
	(void)assay_buffer_put_le(out, SIM_EV_NO_ACTION, 4);
	(void)assay_buffer_fill(out, 0, 20);
	size_at = out->len;
	(void)assay_buffer_put_le(out, 0, 4);
	(void)assay_buffer_put(out, (struct assay_bytes){ signature,
	    sizeof(signature) });
	(void)assay_buffer_put_le(out, 0, 4);	/* platformClass: client */
	(void)assay_buffer_put_le(out, 0, 1);	/* version 2.0, errata 0 */
	(void)assay_buffer_put_le(out, 2, 1);
	(void)assay_buffer_put_le(out, 0, 1);
	(void)assay_buffer_put_le(out, 2, 1);	/* uintn of 64 bits */
	(void)assay_buffer_put_le(out, p->n_banks, 4);
	for (size_t i = 0; i < p->n_banks; i++) {
		(void)assay_buffer_put_le(out, alg_id(p->banks[i]), 2);
		(void)assay_buffer_put_le(out, assay_hash_size(p->banks[i]),
		    2);
	}
	(void)assay_buffer_put_le(out, 0, 1);	/* no vendor information */
	if (!out->failed)
		assay_buffer_patch_le(out, size_at, out->len - size_at - 4, 4);
}

/* TCG_PCR_EVENT2: PFP 1.06, 10.2.2. */
static void
put_event(const struct assay_sim_boot_params *p, const struct sim_event *e,
    const struct assay_digest *digest, struct assay_bytes data,
    struct assay_buffer *out)
{
	(void)assay_buffer_put_le(out, e->pcr, 4);
	(void)assay_buffer_put_le(out, (uint32_t)e->type, 4);
	(void)assay_buffer_put_le(out, p->n_banks, 4);
	for (size_t i = 0; i < p->n_banks; i++) {
		(void)assay_buffer_put_le(out, alg_id(p->banks[i]), 2);
		(void)assay_buffer_put(out, assay_digest_bytes(&digest[i]));
	}
	(void)assay_buffer_put_le(out, data.len, 4);
	(void)assay_buffer_put(out, data);
}

static void
put_true_event(const struct sim_boot_run *run, size_t i,
    struct assay_buffer *out)
{
	const struct sim_event *e = &run->event[i];

	put_event(run->params, e, e->digest, kept(run, e->data), out);
}

/* SIM_EVENTS_MAX: an honest log. */
static size_t
victim(const struct sim_boot_run *run)
{
	switch (run->params->tamper) {
	case ASSAY_SIM_TAMPER_NONE:
		return SIM_EVENTS_MAX;
	case ASSAY_SIM_TAMPER_CHANGED_DATA:
		return run->secure_boot;
	case ASSAY_SIM_TAMPER_CHANGED_EVENT:
	case ASSAY_SIM_TAMPER_DROPPED_EVENT:
	case ASSAY_SIM_TAMPER_SWAPPED_EVENTS:
	case ASSAY_SIM_TAMPER_ADDED_EVENT:
		return run->victim;
	}
	return SIM_EVENTS_MAX;
}

/* The last letter of text, NUL-terminated or not; else the last byte. */
static size_t
last_letter(struct assay_bytes in)
{
	const uint8_t *end = in.ptr + in.len;

	if (in.len >= 2 && end[-1] == 0 && end[-2] != 0)
		return in.len - 2;
	if (in.len >= 4 && end[-1] == 0 && end[-2] == 0 && end[-3] == 0 &&
	    end[-4] != 0)
		return in.len - 4;	/* UTF-16LE */
	return in.len - 1;
}

static bool
changed(struct assay_bytes in, struct assay_buffer *out,
    struct assay_error *err)
{
	*out = assay_buffer(in.len);
	(void)assay_buffer_put(out, in);
	if (in.len == 0 || !assay_buffer_ok(out, "changed event", err))
		return false;
	out->ptr[last_letter(in)] ^= 1;
	return true;
}

/* The victim with its last letter changed, and digests to match if asked. */
static bool
put_changed(const struct sim_boot_run *run, bool rehash,
    struct assay_buffer *out, struct assay_error *err)
{
	const struct sim_event *e = &run->event[victim(run)];
	struct assay_buffer data = { 0 }, measured = { 0 };
	struct assay_digest digest[ASSAY_SIM_BANKS];
	bool ok;

	memcpy(digest, e->digest, sizeof(digest));
	ok = changed(kept(run, e->data), &data, err) &&
	    changed(kept(run, e->measured), &measured, err);
	for (size_t b = 0; rehash && ok && b < run->params->n_banks; b++)
		ok = assay_digest(run->params->banks[b],
		    assay_buffer_bytes(&measured), &digest[b], err);
	if (ok)
		put_event(run->params, e, digest, assay_buffer_bytes(&data),
		    out);
	assay_buffer_free(&data);
	assay_buffer_free(&measured);
	return ok;
}

static size_t
next_of_pcr(const struct sim_boot_run *run, size_t i)
{
	for (size_t k = i + 1; k < run->n; k++)
		if (run->event[k].pcr == run->event[i].pcr &&
		    !run->event[k].unlogged)
			return k;
	return i;
}

static const char *const words[] = {
	[ASSAY_SIM_TAMPER_NONE] = "none",
	[ASSAY_SIM_TAMPER_CHANGED_DATA] = "changed-data",
	[ASSAY_SIM_TAMPER_CHANGED_EVENT] = "changed-event",
	[ASSAY_SIM_TAMPER_DROPPED_EVENT] = "dropped-event",
	[ASSAY_SIM_TAMPER_SWAPPED_EVENTS] = "swapped-events",
	[ASSAY_SIM_TAMPER_ADDED_EVENT] = "added-event",
};

bool
assay_sim_tamper_parse(const char *name, enum assay_sim_tamper *out)
{
	for (size_t i = 1; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i], name) == 0) {
			*out = (enum assay_sim_tamper)i;
			return true;
		}
	return false;
}

const char *
assay_sim_tamper_words(void)
{
	return "changed-data, changed-event, dropped-event, swapped-events or "
	    "added-event";
}

/* Event numbers count from the Spec ID event, which is 0. */
static bool
put_lie(const struct sim_boot_run *run, struct assay_buffer *out, char *lie,
    size_t lie_size, struct assay_error *err)
{
	size_t i = victim(run);

	(void)snprintf(lie, lie_size, "%s: event %zu, PCR %u",
	    words[run->params->tamper], i + 1, run->event[i].pcr);
	switch (run->params->tamper) {
	case ASSAY_SIM_TAMPER_NONE:
		break;
	case ASSAY_SIM_TAMPER_CHANGED_DATA:
		return put_changed(run, false, out, err);
	case ASSAY_SIM_TAMPER_CHANGED_EVENT:
		return put_changed(run, true, out, err);
	case ASSAY_SIM_TAMPER_DROPPED_EVENT:
		return true;
	case ASSAY_SIM_TAMPER_SWAPPED_EVENTS:
		put_true_event(run, next_of_pcr(run, i), out);
		return true;
	case ASSAY_SIM_TAMPER_ADDED_EVENT:
		put_true_event(run, i, out);
		put_true_event(run, i, out);
		return true;
	}
	return true;
}

bool
sim_events_log(const struct sim_boot_run *run, struct assay_buffer *out,
    char *lie, size_t lie_size, struct assay_error *err)
{
	bool swap = run->params->tamper == ASSAY_SIM_TAMPER_SWAPPED_EVENTS;
	size_t other = swap ? next_of_pcr(run, victim(run)) : SIM_EVENTS_MAX;

	lie[0] = '\0';
	put_spec_id(run->params, out);
	for (size_t i = 0; i < run->n; i++) {
		if (run->event[i].unlogged)
			continue;
		if (i == victim(run)) {
			if (!put_lie(run, out, lie, lie_size, err))
				return false;
		} else {
			put_true_event(run, i == other ? victim(run) : i, out);
		}
	}
	return assay_buffer_ok(out, "event log", err);
}
