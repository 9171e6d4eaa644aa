/* SPDX-License-Identifier: Apache-2.0 */
/*
 * binary_runtime_measurements: u32 PCR, template hash, u32 and template name,
 * u32 and template data (the old template: no length), little endian.
 */
#include <inttypes.h>

#include "base/limits.h"
#include "base/reader.h"
#include "evidence/ima_impl.h"

static bool
malformed(const struct assay_ima_build *b, const struct assay_ima_entry *e,
    const char *what)
{
	return assay_fail(b->err, ASSAY_ERR_IMA_LOG_MALFORMED,
	    "IMA log: entry %" PRIu32 ", offset %zu: %s", e->seq, e->offset,
	    what);
}

static bool
read_counted(struct assay_reader *r, struct assay_bytes *out)
{
	struct assay_reader copy = *r;
	uint32_t len;

	if (!assay_read_u32le(&copy, &len) ||
	    !assay_read_bytes(&copy, len, out))
		return false;
	*r = copy;
	return true;
}

/* Newer kernels offer a list with the template hashes of each bank. */
static size_t
guess_hash_length(struct assay_bytes in)
{
	static const enum assay_hash all[] = {
		ASSAY_SHA1, ASSAY_SHA256, ASSAY_SHA384, ASSAY_SHA512,
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct assay_reader r = assay_reader(in);
		size_t n = assay_hash_size(all[i]);
		struct assay_ima_template t;
		struct assay_bytes name;

		if (assay_skip(&r, 4 + n) && read_counted(&r, &name) &&
		    assay_ima_template_find(name, &t))
			return n;
	}
	return assay_hash_size(ASSAY_SHA1);
}

static bool
read_old(struct assay_ima_build *b, struct assay_reader *r,
    struct assay_ima_entry *e)
{
	struct assay_bytes digest;

	if (!assay_read_bytes(r, ASSAY_IMA_OLD_DIGEST, &digest) ||
	    !read_counted(r, &e->file_name))
		return malformed(b, e, "ends in its template data");
	e->file_hash_alg = assay_bytes_of("sha1");
	e->file_hash = digest;
	return assay_ima_old_data(b, digest, e->file_name, e);
}

static bool
read_fields(struct assay_ima_build *b, const struct assay_ima_template *t,
    struct assay_ima_entry *e)
{
	struct assay_reader r = assay_reader(e->data);
	struct assay_bytes field;

	for (size_t i = 0; i < t->n; i++)
		if (!read_counted(&r, &field) ||
		    !assay_ima_set_field(e, t->fields[i], field))
			return assay_fail(b->err, ASSAY_ERR_IMA_LOG_MALFORMED,
			    "IMA log: entry %" PRIu32 ", offset %zu: field "
			    "%s of its template does not parse", e->seq,
			    e->offset, t->fields[i]->name);
	if (assay_reader_left(&r) != 0)
		return malformed(b, e, "bytes behind its last field");
	return true;
}

/* Data of an unknown template is measured as it is and means nothing. */
static bool
read_data(struct assay_ima_build *b, struct assay_reader *r,
    struct assay_ima_entry *e)
{
	struct assay_ima_template t;

	if (assay_ima_is_old(e->template_name))
		return read_old(b, r, e);
	if (!read_counted(r, &e->data))
		return malformed(b, e, "ends in its template data");
	if (e->data.len > ASSAY_MAX_EVENT_BYTES)
		return assay_fail(b->err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "IMA log: entry %" PRIu32 ", offset %zu: %zu bytes of "
		    "data, at most %u are allowed", e->seq, e->offset,
		    e->data.len, ASSAY_MAX_EVENT_BYTES);
	return !assay_ima_template_find(e->template_name, &t) ||
	    read_fields(b, &t, e);
}

bool
assay_ima_read_binary(struct assay_ima_build *b, struct assay_bytes in)
{
	struct assay_reader r = assay_reader(in);

	b->hash_len = guess_hash_length(in);
	for (uint32_t seq = 0; assay_reader_left(&r) != 0; seq++) {
		struct assay_ima_entry e = { .seq = seq,
		    .offset = assay_reader_offset(&r) };

		if (!assay_read_u32le(&r, &e.pcr) ||
		    !assay_read_bytes(&r, b->hash_len, &e.template_hash) ||
		    !read_counted(&r, &e.template_name))
			return malformed(b, &e, "ends in its header");
		if (!read_data(b, &r, &e) || !assay_ima_append(b, &e))
			return false;
	}
	return true;
}
