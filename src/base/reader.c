/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/reader.h"

struct assay_reader
assay_reader(struct assay_bytes in)
{
	static const uint8_t nothing;

	if (in.ptr == NULL)
		return (struct assay_reader){ &nothing, &nothing, &nothing };
	return (struct assay_reader){ in.ptr, in.ptr, in.ptr + in.len };
}

size_t
assay_reader_left(const struct assay_reader *r)
{
	return (size_t)(r->end - r->pos);
}

size_t
assay_reader_offset(const struct assay_reader *r)
{
	return (size_t)(r->pos - r->start);
}

/* The one place where the position moves. */
static bool
take(struct assay_reader *r, size_t n, const uint8_t **out)
{
	if (n > assay_reader_left(r))
		return false;
	*out = r->pos;
	r->pos += n;
	return true;
}

static bool
take_le(struct assay_reader *r, size_t n, uint64_t *out)
{
	const uint8_t *p;
	uint64_t v = 0;

	if (!take(r, n, &p))
		return false;
	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)p[i] << (8 * i);
	*out = v;
	return true;
}

static bool
take_be(struct assay_reader *r, size_t n, uint64_t *out)
{
	const uint8_t *p;
	uint64_t v = 0;

	if (!take(r, n, &p))
		return false;
	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	*out = v;
	return true;
}

bool
assay_read_u8(struct assay_reader *r, uint8_t *out)
{
	const uint8_t *p;

	if (!take(r, 1, &p))
		return false;
	*out = p[0];
	return true;
}

bool
assay_read_u16le(struct assay_reader *r, uint16_t *out)
{
	uint64_t v;

	if (!take_le(r, 2, &v))
		return false;
	*out = (uint16_t)v;
	return true;
}

bool
assay_read_u32le(struct assay_reader *r, uint32_t *out)
{
	uint64_t v;

	if (!take_le(r, 4, &v))
		return false;
	*out = (uint32_t)v;
	return true;
}

bool
assay_read_u64le(struct assay_reader *r, uint64_t *out)
{
	return take_le(r, 8, out);
}

bool
assay_read_u16be(struct assay_reader *r, uint16_t *out)
{
	uint64_t v;

	if (!take_be(r, 2, &v))
		return false;
	*out = (uint16_t)v;
	return true;
}

bool
assay_read_u32be(struct assay_reader *r, uint32_t *out)
{
	uint64_t v;

	if (!take_be(r, 4, &v))
		return false;
	*out = (uint32_t)v;
	return true;
}

bool
assay_read_u64be(struct assay_reader *r, uint64_t *out)
{
	return take_be(r, 8, out);
}

bool
assay_read_bytes(struct assay_reader *r, size_t n, struct assay_bytes *out)
{
	const uint8_t *p;

	if (!take(r, n, &p))
		return false;
	*out = (struct assay_bytes){ p, n };
	return true;
}

bool
assay_read_copy(struct assay_reader *r, void *out, size_t n)
{
	const uint8_t *p;

	if (!take(r, n, &p))
		return false;
	if (n != 0)
		memcpy(out, p, n);
	return true;
}

bool
assay_skip(struct assay_reader *r, size_t n)
{
	const uint8_t *p;

	return take(r, n, &p);
}

struct assay_bytes
assay_reader_rest(const struct assay_reader *r)
{
	return (struct assay_bytes){ r->pos, assay_reader_left(r) };
}

bool
assay_read_sub(struct assay_reader *r, size_t n, struct assay_reader *out)
{
	struct assay_bytes b;

	if (!assay_read_bytes(r, n, &b))
		return false;
	*out = assay_reader(b);
	return true;
}
