/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>

#include "evidence/tpm_wire.h"

bool
assay_tpm_bad(const struct assay_tpm_wire *w, const char *field,
    const char *fmt, ...)
{
	char what[160];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return assay_fail(w->err, w->code, "%s: %s, before offset %zu: %s",
	    w->structure, field, assay_reader_offset(&w->r), what);
}

static bool
ends(const struct assay_tpm_wire *w, const char *field, size_t want)
{
	return assay_fail(w->err, w->code,
	    "%s: %s at offset %zu wants %zu bytes, %zu are left",
	    w->structure, field, assay_reader_offset(&w->r), want,
	    assay_reader_left(&w->r));
}

bool
assay_tpm_u8(struct assay_tpm_wire *w, const char *field, uint8_t *out)
{
	return assay_read_u8(&w->r, out) || ends(w, field, 1);
}

bool
assay_tpm_u16(struct assay_tpm_wire *w, const char *field, uint16_t *out)
{
	return assay_read_u16be(&w->r, out) || ends(w, field, 2);
}

bool
assay_tpm_u32(struct assay_tpm_wire *w, const char *field, uint32_t *out)
{
	return assay_read_u32be(&w->r, out) || ends(w, field, 4);
}

bool
assay_tpm_u64(struct assay_tpm_wire *w, const char *field, uint64_t *out)
{
	return assay_read_u64be(&w->r, out) || ends(w, field, 8);
}

bool
assay_tpm_sized(struct assay_tpm_wire *w, const char *field, size_t max,
    struct assay_bytes *out)
{
	struct assay_bytes bytes;
	uint16_t size;

	if (!assay_tpm_u16(w, field, &size))
		return false;
	if (size > max)
		return assay_tpm_bad(w, field, "%u bytes, at most %zu", size,
		    max);
	if (!assay_read_bytes(&w->r, size, &bytes))
		return ends(w, field, size);
	*out = bytes;
	return true;
}

bool
assay_tpm_end(const struct assay_tpm_wire *w)
{
	if (assay_reader_left(&w->r) == 0)
		return true;
	return assay_fail(w->err, w->code,
	    "%s: %zu bytes behind its end at offset %zu", w->structure,
	    assay_reader_left(&w->r), assay_reader_offset(&w->r));
}
