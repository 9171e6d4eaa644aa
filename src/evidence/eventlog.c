/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/reader.h"
#include "evidence/event_digest.h"
#include "evidence/event_type.h"

#define SPEC_ID		"Spec ID Event03"	/* 16 bytes with the NUL */
#define SHA1_LEN	20

/* TCG_EfiSpecIDEvent: how long the digests of each algorithm are. */
struct spec_id {
	struct {
		uint16_t	alg, size;
	}	algs[ASSAY_EVENT_DIGESTS];
	size_t	n;
};

struct cursor {
	struct assay_reader	 r;
	size_t			 padding;	/* offset at which it starts */
	uint32_t		 seq;
	bool			 agile;
	struct spec_id		 spec;
	struct assay_error	*err;
};

static bool
malformed(const struct cursor *c, const char *what)
{
	return assay_fail(c->err, ASSAY_ERR_EVENTLOG_MALFORMED,
	    "event log: event %" PRIu32 ", offset %zu: %s, %zu bytes are left",
	    c->seq, assay_reader_offset(&c->r), what,
	    assay_reader_left(&c->r));
}

/*
 * Dumps of the firmware's log area end in zeros, or in ones of erased flash.
 * The length of the longest such tail.
 */
static size_t
tail_length(struct assay_bytes in)
{
	size_t n = 0;
	uint8_t last;

	if (in.len == 0)
		return 0;
	last = in.ptr[in.len - 1];
	if (last != 0x00 && last != 0xff)
		return 0;
	while (n < in.len && in.ptr[in.len - 1 - n] == last)
		n++;
	return n;
}

static bool
at_end(const struct cursor *c)
{
	return assay_reader_left(&c->r) == 0 ||
	    assay_reader_offset(&c->r) >= c->padding;
}

static bool
read_data(struct cursor *c, struct assay_event *e)
{
	uint32_t len;

	if (!assay_read_u32le(&c->r, &len))
		return malformed(c, "ends before eventSize");
	if (len > ASSAY_MAX_EVENT_BYTES)
		return assay_fail(c->err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "event log: event %" PRIu32 ", offset %zu: eventSize is "
		    "%" PRIu32 ", at most %u is allowed", c->seq,
		    e->offset, len, ASSAY_MAX_EVENT_BYTES);
	if (!assay_read_bytes(&c->r, len, &e->data))
		return assay_fail(c->err, ASSAY_ERR_EVENTLOG_MALFORMED,
		    "event log: event %" PRIu32 ", offset %zu: eventSize is "
		    "%" PRIu32 ", %zu bytes are left", c->seq, e->offset, len,
		    assay_reader_left(&c->r));
	return true;
}

/*
 * Events that extend nothing carry any index: Windows' TrustPoint 0xffffffff,
 * the register map of Intel TXT 255.
 */
static bool
check_index(const struct cursor *c, const struct assay_event *e)
{
	if (e->pcr < ASSAY_PCR_COUNT || e->type == ASSAY_EV_NO_ACTION ||
	    e->type == ASSAY_EV_TXT_PCR_MAPPING)
		return true;
	return assay_fail(c->err, ASSAY_ERR_EVENTLOG_MALFORMED,
	    "event log: event %" PRIu32 ", offset %zu: pcrIndex is %" PRIu32
	    ", at most %u is there", c->seq, e->offset, e->pcr,
	    ASSAY_PCR_COUNT - 1);
}

/* TCG_PCR_EVENT (PFP 10.2.1). */
static bool
read_sha1_event(struct cursor *c, struct assay_event *e)
{
	if (!assay_read_u32le(&c->r, &e->pcr) ||
	    !assay_read_u32le(&c->r, &e->type) ||
	    !assay_read_bytes(&c->r, SHA1_LEN, &e->digests[0].bytes))
		return malformed(c, "ends in a TCG_PCR_EVENT");
	e->digests[0].alg = ASSAY_TPM_ALG_SHA1;
	e->n_digests = 1;
	return check_index(c, e) && read_data(c, e);
}

static bool
digest_size(const struct spec_id *spec, uint16_t alg, uint16_t *size)
{
	for (size_t i = 0; i < spec->n; i++) {
		if (spec->algs[i].alg != alg)
			continue;
		*size = spec->algs[i].size;
		return true;
	}
	return false;
}

static bool
read_digest(struct cursor *c, struct assay_event *e)
{
	struct assay_event_digest *d = &e->digests[e->n_digests];
	uint16_t size;

	if (!assay_read_u16le(&c->r, &d->alg))
		return malformed(c, "ends before a digest");
	if (!digest_size(&c->spec, d->alg, &size))
		return assay_fail(c->err, ASSAY_ERR_EVENTLOG_MALFORMED,
		    "event log: event %" PRIu32 ", offset %zu: digest of "
		    "algorithm 0x%04x, which the Spec ID event does not list",
		    c->seq, e->offset, d->alg);
	if (assay_event_digest(e, d->alg) != NULL)
		return assay_fail(c->err, ASSAY_ERR_EVENTLOG_MALFORMED,
		    "event log: event %" PRIu32 ", offset %zu: two digests "
		    "of algorithm 0x%04x", c->seq, e->offset, d->alg);
	if (!assay_read_bytes(&c->r, size, &d->bytes))
		return malformed(c, "ends in a digest");
	e->n_digests++;
	return true;
}

/* TCG_PCR_EVENT2 (PFP 10.2.2). Windows leaves banks out: fewer is fine. */
static bool
read_agile_event(struct cursor *c, struct assay_event *e)
{
	uint32_t count;

	if (!assay_read_u32le(&c->r, &e->pcr) ||
	    !assay_read_u32le(&c->r, &e->type) ||
	    !assay_read_u32le(&c->r, &count))
		return malformed(c, "ends in a TCG_PCR_EVENT2");
	if (count > c->spec.n || (count == 0 &&
	    e->type != ASSAY_EV_NO_ACTION))
		return assay_fail(c->err, ASSAY_ERR_EVENTLOG_MALFORMED,
		    "event log: event %" PRIu32 ", offset %zu: %" PRIu32
		    " digests, want 1 to %zu", c->seq, e->offset, count,
		    c->spec.n);
	while (e->n_digests < count)
		if (!read_digest(c, e))
			return false;
	return check_index(c, e) && read_data(c, e);
}

static bool
read_event(struct cursor *c, struct assay_event *e)
{
	*e = (struct assay_event){ .seq = c->seq,
	    .offset = assay_reader_offset(&c->r) };
	if (!(c->agile ? read_agile_event(c, e) : read_sha1_event(c, e)))
		return false;
	c->seq++;
	return true;
}

static bool
read_spec_alg(struct assay_reader *r, struct spec_id *spec,
    struct assay_error *err)
{
	const enum assay_code code = ASSAY_ERR_EVENTLOG_MALFORMED;
	enum assay_hash hash;
	uint16_t alg, size, other;

	if (!assay_read_u16le(r, &alg) || !assay_read_u16le(r, &size))
		return assay_fail(err, code, "event log: Spec ID event ends "
		    "in its list of algorithms");
	if (digest_size(spec, alg, &other))
		return assay_fail(err, code, "event log: Spec ID event lists "
		    "algorithm 0x%04x twice", alg);
	if (assay_tpm_hash(alg, &hash) ? size != assay_hash_size(hash) :
	    size == 0 || size > ASSAY_DIGEST_MAX)
		return assay_fail(err, code, "event log: Spec ID event gives "
		    "digests of algorithm 0x%04x %u bytes", alg, size);
	spec->algs[spec->n].alg = alg;
	spec->algs[spec->n++].size = size;
	return true;
}

/*
 * TCG_EfiSpecIDEvent (PFP 10.4.5.1): signature, platformClass, versions,
 * uintnSize, numberOfAlgorithms, digestSizes, vendorInfoSize, vendorInfo.
 */
static bool
read_spec_id(struct assay_bytes data, struct spec_id *out,
    struct assay_error *err)
{
	struct assay_reader r = assay_reader(data);
	struct spec_id spec = { .n = 0 };
	uint32_t n;
	uint8_t vendor_info;

	if (!assay_skip(&r, sizeof(SPEC_ID) + 8) ||
	    !assay_read_u32le(&r, &n))
		return assay_fail(err, ASSAY_ERR_EVENTLOG_MALFORMED,
		    "event log: Spec ID event of %zu bytes is too short",
		    data.len);
	if (n == 0)
		return assay_fail(err, ASSAY_ERR_EVENTLOG_MALFORMED,
		    "event log: Spec ID event lists no algorithm");
	if (n > ASSAY_EVENT_DIGESTS)
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "event log: Spec ID event lists %" PRIu32 " algorithms, "
		    "at most %d are allowed", n, ASSAY_EVENT_DIGESTS);
	while (spec.n < n)
		if (!read_spec_alg(&r, &spec, err))
			return false;
	if (!assay_read_u8(&r, &vendor_info) || !assay_skip(&r, vendor_info))
		return assay_fail(err, ASSAY_ERR_EVENTLOG_MALFORMED,
		    "event log: Spec ID event ends before its vendorInfo");
	*out = spec;
	return true;
}

/* The first event is in the old format always, and may announce the new. */
static bool
read_first(struct cursor *c, struct assay_event *e)
{
	if (at_end(c))
		return assay_fail(c->err, ASSAY_ERR_EVENTLOG_MALFORMED,
		    "event log: no event in %zu bytes",
		    assay_reader_left(&c->r));
	if (!read_event(c, e))
		return false;
	if (e->type != ASSAY_EV_NO_ACTION || e->data.len < sizeof(SPEC_ID) ||
	    memcmp(e->data.ptr, SPEC_ID, sizeof(SPEC_ID)) != 0)
		return true;
	c->agile = true;
	return read_spec_id(e->data, &c->spec, c->err);
}

/*
 * Structure of all events; their number, also if one of them is ill-formed.
 * Nothing is allocated before.
 */
static bool
count_events(struct cursor c, size_t *n)
{
	struct assay_event e;

	*n = 0;
	if (!read_first(&c, &e))
		return false;
	for (*n = 1; !at_end(&c); *n = c.seq) {
		if (c.seq == ASSAY_MAX_EVENTS)
			return assay_fail(c.err, ASSAY_ERR_LIMIT_EXCEEDED,
			    "event log: more than %u events",
			    ASSAY_MAX_EVENTS);
		if (!read_event(&c, &e))
			return false;
	}
	return true;
}

static bool
fill(struct cursor *c, struct assay_eventlog *log)
{
	for (size_t i = 0; i < log->n_events; i++) {
		struct assay_event *e = &log->events[i];

		if (!(i == 0 ? read_first(c, e) : read_event(c, e)) ||
		    !assay_event_judge(e, c->err))
			return false;
	}
	log->agile = c->agile;
	log->length = assay_reader_offset(&c->r);
	return true;
}

/* The first n events, which count_events() has seen. */
static bool
take_events(struct cursor *c, size_t n, struct assay_eventlog *out,
    struct assay_error *err)
{
	struct assay_eventlog log = { .n_events = n };

	log.events = assay_alloc(n, sizeof(*log.events));
	if (log.events == NULL)
		return assay_fail_memory(err, "events");
	if (!fill(c, &log)) {
		assay_eventlog_free(&log);
		return false;
	}
	*out = log;
	return true;
}

static bool
check_size(struct assay_bytes in, struct assay_error *err)
{
	if (in.len <= ASSAY_MAX_EVENTLOG_BYTES)
		return true;
	return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED, "event log: "
	    "%zu bytes, at most %u are allowed", in.len,
	    ASSAY_MAX_EVENTLOG_BYTES);
}

bool
assay_eventlog_parse(struct assay_bytes in, struct assay_eventlog *out,
    struct assay_error *err)
{
	struct cursor c = { .r = assay_reader(in), .err = err,
	    .padding = in.len - tail_length(in) };
	size_t n;

	return check_size(in, err) && count_events(c, &n) &&
	    take_events(&c, n, out, err);
}

bool
assay_eventlog_parse_prefix(struct assay_bytes in,
    struct assay_eventlog *out, struct assay_error *err)
{
	struct assay_error ignored = { ASSAY_ERR_OK, "" };
	struct cursor c = { .r = assay_reader(in), .err = err,
	    .padding = in.len - tail_length(in) };
	size_t n;

	*out = (struct assay_eventlog){ 0 };
	if (!check_size(in, err))
		return false;
	if (count_events(c, &n))
		return take_events(&c, n, out, err);
	c.err = &ignored;
	if (n != 0)
		(void)take_events(&c, n, out, &ignored);
	return false;
}

void
assay_eventlog_free(struct assay_eventlog *log)
{
	if (log == NULL)
		return;
	free(log->events);
	*log = (struct assay_eventlog){ 0 };
}

const struct assay_event_digest *
assay_event_digest(const struct assay_event *e, uint16_t alg)
{
	for (size_t i = 0; i < e->n_digests; i++)
		if (e->digests[i].alg == alg)
			return &e->digests[i];
	return NULL;
}
