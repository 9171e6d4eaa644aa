/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "base/when.h"
#include "crypto/der.h"

#define MULTI_BYTE_TAG	0x1f	/* X.690 8.1.2.4: none is used in X.509 */
#define CONSTRUCTED	0x20
#define CLASS_MASK	0xc0
#define OID_MAX		128	/* content octets */

/* X.690 10.1: definite, in as few octets as possible. */
static bool
length_of(struct assay_reader *r, size_t *out)
{
	uint8_t first, b;
	size_t n, v = 0;

	if (!assay_read_u8(r, &first))
		return false;
	if (first < 0x80) {
		*out = first;
		return true;
	}
	n = first & 0x7f;
	if (n == 0 || n > 4)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!assay_read_u8(r, &b) || (i == 0 && b == 0))
			return false;
		v = v << 8 | b;
	}
	if (v < 0x80)
		return false;
	*out = v;
	return true;
}

uint8_t
assay_der_peek(const struct assay_reader *r)
{
	return assay_reader_left(r) != 0 ? r->pos[0] : 0;
}

bool
assay_der_any(struct assay_reader *r, uint8_t *tag,
    struct assay_bytes *content, struct assay_bytes *whole)
{
	struct assay_reader at = *r;
	struct assay_bytes body;
	uint8_t t;
	size_t n;

	if (!assay_read_u8(&at, &t) || (t & MULTI_BYTE_TAG) == MULTI_BYTE_TAG ||
	    !length_of(&at, &n) || !assay_read_bytes(&at, n, &body))
		return false;
	*tag = t;
	*content = body;
	if (whole != NULL)
		*whole = (struct assay_bytes){ r->pos,
		    (size_t)(at.pos - r->pos) };
	*r = at;
	return true;
}

static bool
next(struct assay_reader *r, uint8_t tag, struct assay_bytes *content)
{
	struct assay_reader at = *r;
	struct assay_bytes body;
	uint8_t found;

	if (!assay_der_any(&at, &found, &body, NULL) || found != tag)
		return false;
	*content = body;
	*r = at;
	return true;
}

bool
assay_der_next(struct assay_reader *r, uint8_t tag, struct assay_reader *out)
{
	struct assay_bytes body;

	if (!next(r, tag, &body))
		return false;
	*out = assay_reader(body);
	return true;
}

bool
assay_der_octets(struct assay_reader *r, struct assay_bytes *out)
{
	return next(r, ASSAY_DER_OCTET_STRING, out);
}

/* X.690 8.3.2: not empty; the first nine bits are not all alike. */
static bool
integer_minimal(struct assay_bytes b)
{
	if (b.len == 0)
		return false;
	return b.len == 1 || !((b.ptr[0] == 0x00 && b.ptr[1] < 0x80) ||
	    (b.ptr[0] == 0xff && b.ptr[1] >= 0x80));
}

static bool
unsigned_of(struct assay_reader *r, uint8_t tag, struct assay_bytes *out)
{
	struct assay_reader at = *r;
	struct assay_bytes b;

	if (!next(&at, tag, &b) || !integer_minimal(b) || b.ptr[0] >= 0x80)
		return false;
	if (b.ptr[0] == 0 && b.len > 1)
		b = (struct assay_bytes){ b.ptr + 1, b.len - 1 };
	*out = b;
	*r = at;
	return true;
}

bool
assay_der_uint(struct assay_reader *r, uint8_t tag, uint64_t *out)
{
	struct assay_reader at = *r;
	struct assay_bytes b;
	uint64_t v = 0;

	if (!unsigned_of(&at, tag, &b) || b.len > sizeof(v))
		return false;
	for (size_t i = 0; i < b.len; i++)
		v = v << 8 | b.ptr[i];
	*out = v;
	*r = at;
	return true;
}

bool
assay_der_big(struct assay_reader *r, struct assay_bytes *out)
{
	return unsigned_of(r, ASSAY_DER_INTEGER, out);
}

bool
assay_der_bits(struct assay_reader *r, struct assay_bytes *out)
{
	struct assay_reader at = *r;
	struct assay_bytes b;

	if (!next(&at, ASSAY_DER_BIT_STRING, &b) || b.len == 0 ||
	    b.ptr[0] != 0)
		return false;
	*out = (struct assay_bytes){ b.ptr + 1, b.len - 1 };
	*r = at;
	return true;
}

/* X.690 11.1 */
static bool
bool_of(struct assay_bytes b, bool *out)
{
	if (b.len != 1 || (b.ptr[0] != 0x00 && b.ptr[0] != 0xff))
		return false;
	*out = b.ptr[0] == 0xff;
	return true;
}

bool
assay_der_bool(struct assay_reader *r, bool *out)
{
	struct assay_reader at = *r;
	struct assay_bytes b;

	if (!next(&at, ASSAY_DER_BOOLEAN, &b) || !bool_of(b, out))
		return false;
	*r = at;
	return true;
}

static bool
two_digits(const uint8_t *p, int *out)
{
	if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
		return false;
	*out = (p[0] - '0') * 10 + (p[1] - '0');
	return true;
}

/* n pairs of digits, then 'Z' and the end. */
static bool
time_fields(struct assay_bytes b, size_t n, int *field)
{
	if (b.len != 2 * n + 1 || b.ptr[2 * n] != 'Z')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!two_digits(b.ptr + 2 * i, &field[i]))
			return false;
	return true;
}

/*
 * RFC 5280 4.1.2.5: YYMMDDHHMMSSZ with YY below 50 in this century,
 * YYYYMMDDHHMMSSZ from the year 2050 on, or 9999 for "no end". Earlier years
 * as GeneralizedTime break the rule, yet real TPM and AMD roots have them: the
 * value is not ambiguous, so it is taken.
 */
static bool
time_of(uint8_t tag, struct assay_bytes b, int64_t *out)
{
	int f[7], year;

	if (tag == ASSAY_DER_UTC_TIME) {
		if (!time_fields(b, 6, f))
			return false;
		year = f[0] < 50 ? 2000 + f[0] : 1900 + f[0];
		return assay_when_civil(year, f[1], f[2], f[3], f[4], f[5],
		    out);
	}
	return tag == ASSAY_DER_GENERALIZED_TIME && time_fields(b, 7, f) &&
	    assay_when_civil(f[0] * 100 + f[1], f[2], f[3], f[4], f[5], f[6],
	    out);
}

bool
assay_der_time(struct assay_reader *r, int64_t *out)
{
	struct assay_reader at = *r;
	struct assay_bytes b;
	uint8_t tag;

	if (!assay_der_any(&at, &tag, &b, NULL) || !time_of(tag, b, out))
		return false;
	*r = at;
	return true;
}

/* X.690 8.19: sub-identifiers in base 128, minimal, the last one complete. */
static bool
oid_valid(struct assay_bytes b)
{
	bool first = true;

	if (b.len == 0 || b.len > OID_MAX || b.ptr[b.len - 1] >= 0x80)
		return false;
	for (size_t i = 0; i < b.len; i++) {
		if (first && b.ptr[i] == 0x80)
			return false;
		first = b.ptr[i] < 0x80;
	}
	return true;
}

static bool
put_base128(struct assay_buffer *out, uint64_t v)
{
	int shift = 63;

	while (shift > 0 && v >> shift == 0)
		shift -= 7;
	for (; shift > 0; shift -= 7)
		if (!assay_buffer_putc(out, (uint8_t)(v >> shift | 0x80)))
			return false;
	return assay_buffer_putc(out, v & 0x7f);
}

/* The next number of a dotted OID; moves past it and its dot. */
static bool
arc(const char **text, uint64_t *out)
{
	size_t n = strcspn(*text, ".");
	const uint8_t *p = (const uint8_t *)*text;

	if (!assay_text_u64((struct assay_bytes){ p, n }, out) ||
	    (n > 1 && p[0] == '0') || *out > UINT32_MAX)
		return false;
	*text += n;
	if (**text == '.')
		return *++*text != '\0';
	return true;
}

bool
assay_oid_encode(const char *oid, struct assay_buffer *out)
{
	uint64_t a, b;

	if (!arc(&oid, &a) || *oid == '\0' || !arc(&oid, &b) || a > 2 ||
	    (a < 2 && b > 39) || !put_base128(out, a * 40 + b))
		return false;
	while (*oid != '\0')
		if (!arc(&oid, &a) || !put_base128(out, a))
			return false;
	return true;
}

bool
assay_oid_text(struct assay_bytes content, struct assay_buffer *out)
{
	uint64_t v = 0;
	bool first = true;

	if (!oid_valid(content))
		return false;
	for (size_t i = 0; i < content.len; i++) {
		if (v >> 57 != 0)
			return false;
		v = v << 7 | (content.ptr[i] & 0x7f);
		if (content.ptr[i] >= 0x80)
			continue;
		if (first) {
			uint64_t a = v < 80 ? v / 40 : 2;

			(void)assay_buffer_printf(out, "%u.", (unsigned)a);
			v -= a * 40;
		} else
			(void)assay_buffer_putc(out, '.');
		if (!assay_buffer_printf(out, "%llu", (unsigned long long)v))
			return false;
		first = false;
		v = 0;
	}
	return true;
}

bool
assay_der_is_oid(struct assay_reader *r, const char *oid)
{
	struct assay_buffer want = assay_buffer(OID_MAX);
	struct assay_reader at = *r;
	struct assay_bytes b;
	bool ok;

	ok = next(&at, ASSAY_DER_OID, &b) && assay_oid_encode(oid, &want) &&
	    assay_bytes_equal(b, assay_buffer_bytes(&want));
	assay_buffer_free(&want);
	if (ok)
		*r = at;
	return ok;
}

static bool
bits_valid(struct assay_bytes b)
{
	if (b.len == 0 || b.ptr[0] > 7 || (b.len == 1 && b.ptr[0] != 0))
		return false;
	return b.len == 1 ||
	    (b.ptr[b.len - 1] & ((1u << b.ptr[0]) - 1)) == 0;
}

/* X.680 41.4 */
static bool
printable(struct assay_bytes b)
{
	static const char extra[] = " '()+,-./:=?";

	for (size_t i = 0; i < b.len; i++) {
		uint8_t c = b.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') ||
		    memchr(extra, c, sizeof(extra) - 1) != NULL))
			return false;
	}
	return true;
}

static bool
seven_bits(struct assay_bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		if (b.ptr[i] >= 0x80)
			return false;
	return true;
}

/* What is wrong with a primitive element of a universal type, or NULL. */
static const char *
primitive_fault(uint8_t tag, struct assay_bytes b)
{
	int64_t when;
	bool flag;

	switch (tag) {
	case ASSAY_DER_BOOLEAN:
		return bool_of(b, &flag) ? NULL : "BOOLEAN not 00 or ff";
	case ASSAY_DER_INTEGER:
	case ASSAY_DER_ENUMERATED:
		return integer_minimal(b) ? NULL : "INTEGER not minimal";
	case ASSAY_DER_BIT_STRING:
		return bits_valid(b) ? NULL : "BIT STRING with bad unused bits";
	case ASSAY_DER_NULL:
		return b.len == 0 ? NULL : "NULL with content";
	case ASSAY_DER_OID:
		return oid_valid(b) ? NULL : "OBJECT IDENTIFIER malformed";
	case ASSAY_DER_UTF8_STRING:
		return assay_utf8_valid(b, NULL) ? NULL : "UTF8String is not";
	case ASSAY_DER_PRINTABLE_STRING:
		return printable(b) ? NULL : "PrintableString is not";
	case ASSAY_DER_IA5_STRING:
		return seven_bits(b) ? NULL : "IA5String is not";
	case ASSAY_DER_UTC_TIME:
	case ASSAY_DER_GENERALIZED_TIME:
		return time_of(tag, b, &when) ? NULL : "time malformed";
	default:	/* tags come from the bytes: nothing more is known */
		return NULL;
	}
}

/* X.690 8: of the universal types only these two are constructed in DER. */
static const char *
form_fault(uint8_t tag)
{
	bool constructed = (tag & CONSTRUCTED) != 0;
	uint8_t bare = tag & (uint8_t)~CONSTRUCTED;

	if ((tag & CLASS_MASK) != 0)
		return NULL;
	if (bare == 0)
		return "tag 0 is reserved";
	if (constructed != (bare == (ASSAY_DER_SEQUENCE & ~CONSTRUCTED) ||
	    bare == (ASSAY_DER_SET & ~CONSTRUCTED)))
		return "constructed and primitive are confused";
	return NULL;
}

/* X.690 11.6, as octet strings padded with zeros: shorter comes first. */
static bool
in_order(struct assay_bytes a, struct assay_bytes b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int c = n != 0 ? memcmp(a.ptr, b.ptr, n) : 0;

	return c < 0 || (c == 0 && a.len <= b.len);
}

static bool
fault(struct assay_error *err, const uint8_t *base, const uint8_t *at,
    const char *what)
{
	return assay_fail(err, ASSAY_ERR_BAD_ENCODING,
	    "not DER at offset %zu: %s", (size_t)(at - base), what);
}

/* One level; constructed elements recurse, at most ASSAY_MAX_DEPTH deep. */
static bool
elements_valid(const uint8_t *base, struct assay_bytes in, uint8_t parent,
    unsigned int depth, struct assay_error *err)
{
	struct assay_reader r = assay_reader(in);
	struct assay_bytes body, whole, last = { NULL, 0 };
	const char *wrong;
	uint8_t tag;

	if (depth > ASSAY_MAX_DEPTH)
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "DER deeper than %u", ASSAY_MAX_DEPTH);
	while (assay_reader_left(&r) != 0) {
		const uint8_t *at = r.pos;

		if (!assay_der_any(&r, &tag, &body, &whole))
			return fault(err, base, at, "bad tag or length");
		if ((wrong = form_fault(tag)) != NULL)
			return fault(err, base, at, wrong);
		if (parent == ASSAY_DER_SET && !in_order(last, whole))
			return fault(err, base, at, "SET OF out of order");
		last = whole;
		if ((tag & CONSTRUCTED) != 0) {
			if (!elements_valid(base, body, tag, depth + 1, err))
				return false;
		} else if ((wrong = primitive_fault(tag, body)) != NULL)
			return fault(err, base, at, wrong);
	}
	return true;
}

bool
assay_der_valid(struct assay_bytes in, struct assay_error *err)
{
	struct assay_reader r = assay_reader(in);
	struct assay_bytes body, whole;
	uint8_t tag;

	if (in.len == 0)
		return assay_fail(err, ASSAY_ERR_TRUNCATED,
		    "no bytes, want DER");
	if (!assay_der_any(&r, &tag, &body, &whole))
		return assay_fail(err, ASSAY_ERR_TRUNCATED, "%zu bytes do not "
		    "hold the DER element that they begin", in.len);
	if (assay_reader_left(&r) != 0)
		return assay_fail(err, ASSAY_ERR_TRAILING_DATA,
		    "%zu bytes after the end of the DER at offset %zu",
		    assay_reader_left(&r), assay_reader_offset(&r));
	return elements_valid(in.ptr, in, 0, 0, err);
}

/* Tag and length into head; returns their size. */
static size_t
header(uint8_t tag, size_t len, uint8_t head[1 + 1 + sizeof(size_t)])
{
	size_t n = 0, octets = 0;

	head[n++] = tag;
	if (len < 0x80) {
		head[n++] = (uint8_t)len;
		return n;
	}
	while (octets < sizeof(len) && len >> (8 * octets) != 0)
		octets++;
	head[n++] = (uint8_t)(0x80 | octets);
	while (octets-- > 0)
		head[n++] = (uint8_t)(len >> (8 * octets));
	return n;
}

bool
assay_der_put(struct assay_buffer *out, uint8_t tag,
    struct assay_bytes content)
{
	uint8_t head[2 + sizeof(size_t)];
	size_t n = header(tag, content.len, head);

	return assay_buffer_put(out, (struct assay_bytes){ head, n }) &&
	    assay_buffer_put(out, content);
}

bool
assay_der_wrap(struct assay_buffer *out, size_t from, uint8_t tag)
{
	uint8_t head[2 + sizeof(size_t)], *end;
	size_t len, n;

	if (out->failed)
		return false;
	len = out->len - from;
	n = header(tag, len, head);
	if (!assay_buffer_extend(out, n, &end))
		return false;
	if (len != 0)
		memmove(out->ptr + from + n, out->ptr + from, len);
	memcpy(out->ptr + from, head, n);
	return true;
}

bool
assay_der_put_oid(struct assay_buffer *out, const char *oid)
{
	size_t from = out->len;

	return assay_oid_encode(oid, out) &&
	    assay_der_wrap(out, from, ASSAY_DER_OID);
}

static bool
put_unsigned(struct assay_buffer *out, uint8_t tag, struct assay_bytes m)
{
	size_t from = out->len;

	while (m.len > 0 && m.ptr[0] == 0)
		m = (struct assay_bytes){ m.ptr + 1, m.len - 1 };
	if ((m.len == 0 || m.ptr[0] >= 0x80) && !assay_buffer_putc(out, 0))
		return false;
	return assay_buffer_put(out, m) && assay_der_wrap(out, from, tag);
}

bool
assay_der_put_uint(struct assay_buffer *out, uint8_t tag, uint64_t v)
{
	uint8_t be[8];

	for (size_t i = 0; i < sizeof(be); i++)
		be[i] = (uint8_t)(v >> (56 - 8 * i));
	return put_unsigned(out, tag, (struct assay_bytes){ be, sizeof(be) });
}

bool
assay_der_put_big(struct assay_buffer *out, struct assay_bytes magnitude)
{
	return put_unsigned(out, ASSAY_DER_INTEGER, magnitude);
}

bool
assay_der_put_bits(struct assay_buffer *out, struct assay_bytes octets)
{
	size_t from = out->len;

	return assay_buffer_putc(out, 0) && assay_buffer_put(out, octets) &&
	    assay_der_wrap(out, from, ASSAY_DER_BIT_STRING);
}

bool
assay_der_put_time(struct assay_buffer *out, int64_t when)
{
	char text[ASSAY_WHEN_TEXT], stamp[16];
	const char *t = assay_when_text(when, text);
	int64_t generalized, end;

	if (!assay_when_civil(2050, 1, 1, 0, 0, 0, &generalized) ||
	    !assay_when_civil(9999, 12, 31, 23, 59, 59, &end) || when < 0 ||
	    when > end) {
		out->failed = true;
		return false;
	}
	/* "2026-11-23T19:32:00Z" without its punctuation */
	(void)snprintf(stamp, sizeof(stamp), "%.4s%.2s%.2s%.2s%.2s%.2sZ", t,
	    t + 5, t + 8, t + 11, t + 14, t + 17);
	if (when >= generalized)
		return assay_der_put(out, ASSAY_DER_GENERALIZED_TIME,
		    assay_bytes_of(stamp));
	return assay_der_put(out, ASSAY_DER_UTC_TIME,
	    assay_bytes_of(stamp + 2));
}
