/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "evidence/ima_impl.h"

/* Padded data of old entries, or data rebuilt from text. */
#define MAX_OWNED	(ASSAY_MAX_IMA_ENTRIES * (ASSAY_IMA_OLD_DATA + 64u) + \
    2u * ASSAY_MAX_EVENTLOG_BYTES)

static bool
is_zero(struct assay_bytes in)
{
	for (size_t i = 0; i < in.len; i++)
		if (in.ptr[i] != 0)
			return false;
	return true;
}

static bool
hash_of_length(size_t len, enum assay_hash *out)
{
	static const enum assay_hash all[] = {
		ASSAY_SHA1, ASSAY_SHA256, ASSAY_SHA384, ASSAY_SHA512,
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (assay_hash_size(all[i]) != len)
			continue;
		*out = all[i];
		return true;
	}
	return false;
}

static bool
judge(struct assay_ima_entry *e, struct assay_error *err)
{
	struct assay_digest d;
	enum assay_hash hash;

	e->violation = is_zero(e->template_hash);
	if (e->violation || !hash_of_length(e->template_hash.len, &hash))
		return true;
	if (!assay_digest(hash, e->data, &d, err))
		return false;
	e->verified = assay_bytes_equal(assay_digest_bytes(&d),
	    e->template_hash);
	return true;
}

static bool
grow(struct assay_ima_build *b)
{
	size_t cap = b->cap == 0 ? 256 : 2 * b->cap;
	struct assay_ima_entry *entries;

	entries = reallocarray(b->log->entries, cap, sizeof(*entries));
	if (entries == NULL)
		return assay_fail_memory(b->err, "IMA entries");
	b->log->entries = entries;
	b->cap = cap;
	return true;
}

bool
assay_ima_append(struct assay_ima_build *b, struct assay_ima_entry *e)
{
	if (b->log->n_entries == ASSAY_MAX_IMA_ENTRIES)
		return assay_fail(b->err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "IMA log: more than %u entries", ASSAY_MAX_IMA_ENTRIES);
	if (e->pcr >= ASSAY_PCR_COUNT)
		return assay_fail(b->err, ASSAY_ERR_IMA_LOG_MALFORMED,
		    "IMA log: entry %" PRIu32 ", offset %zu: PCR is %" PRIu32
		    ", at most %u is there", e->seq, e->offset, e->pcr,
		    ASSAY_PCR_COUNT - 1);
	if (b->log->n_entries == b->cap && !grow(b))
		return false;
	if (!judge(e, b->err))
		return false;
	b->log->entries[b->log->n_entries++] = *e;
	return true;
}

bool
assay_ima_old_data(struct assay_ima_build *b, struct assay_bytes digest,
    struct assay_bytes name, struct assay_ima_entry *e)
{
	uint8_t *data;

	if (digest.len != ASSAY_IMA_OLD_DIGEST ||
	    name.len >= ASSAY_IMA_OLD_NAME)
		return assay_fail(b->err, ASSAY_ERR_IMA_LOG_MALFORMED,
		    "IMA log: entry %" PRIu32 ", offset %zu: name of %zu "
		    "bytes, less than %u are allowed", e->seq, e->offset,
		    name.len, ASSAY_IMA_OLD_NAME);
	data = assay_arena_alloc(b->arena, ASSAY_IMA_OLD_DATA, 1);
	if (data == NULL)
		return assay_fail_memory(b->err, "IMA template data");
	memcpy(data, digest.ptr, digest.len);
	if (name.len != 0)
		memcpy(data + digest.len, name.ptr, name.len);
	e->data = (struct assay_bytes){ data, ASSAY_IMA_OLD_DATA };
	return true;
}

/* No PCR has the number of a digit or a space. */
static bool
looks_ascii(struct assay_bytes in)
{
	return in.ptr[0] == ' ' || (in.ptr[0] >= '0' && in.ptr[0] <= '9');
}

bool
assay_ima_parse(struct assay_bytes in, struct assay_ima_log *out,
    struct assay_error *err)
{
	struct assay_ima_log log = { 0 };
	struct assay_ima_build b = { .log = &log, .err = err };
	bool ok;

	if (in.len == 0)
		return assay_fail(err, ASSAY_ERR_IMA_LOG_MALFORMED,
		    "IMA log: empty");
	if (in.len > ASSAY_MAX_EVENTLOG_BYTES)
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED, "IMA log: "
		    "%zu bytes, at most %u are allowed", in.len,
		    ASSAY_MAX_EVENTLOG_BYTES);
	if ((b.arena = assay_arena_new(MAX_OWNED)) == NULL)
		return assay_fail_memory(err, "IMA log");
	log.owned = b.arena;
	log.ascii = looks_ascii(in);
	ok = log.ascii ? assay_ima_read_ascii(&b, in) :
	    assay_ima_read_binary(&b, in);
	if (!ok) {
		assay_ima_free(&log);
		return false;
	}
	*out = log;
	return true;
}

void
assay_ima_free(struct assay_ima_log *log)
{
	if (log == NULL)
		return;
	free(log->entries);
	assay_arena_free(log->owned);
	*log = (struct assay_ima_log){ 0 };
}

bool
assay_ima_digest(const struct assay_ima_entry *e, enum assay_hash bank,
    bool padded, struct assay_digest *out, struct assay_error *err)
{
	enum assay_hash hash = padded ? ASSAY_SHA1 : bank;
	struct assay_digest d = { .len = assay_hash_size(hash) };

	/* Linux, ima_queue.c: violations extend with ones. */
	if (e->violation)
		memset(d.bytes, 0xff, d.len);
	else if (!assay_digest(hash, e->data, &d, err))
		return false;
	memset(d.bytes + d.len, 0, sizeof(d.bytes) - d.len);
	d.len = assay_hash_size(bank);
	*out = d;
	return true;
}
