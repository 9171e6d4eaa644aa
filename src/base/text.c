/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/text.h"

static bool
is_tail(uint8_t byte)
{
	return (byte & 0xc0) == 0x80;
}

/* RFC 3629 section 4, one row per lead byte: length and second byte's range. */
static size_t
lead(uint8_t byte, uint8_t *low, uint8_t *high)
{
	*low = 0x80;
	*high = 0xbf;
	if (byte < 0x80)
		return 1;
	if (byte >= 0xc2 && byte <= 0xdf)
		return 2;
	if (byte >= 0xe0 && byte <= 0xef) {
		*low = byte == 0xe0 ? 0xa0 : 0x80;	/* overlong */
		*high = byte == 0xed ? 0x9f : 0xbf;	/* surrogates */
		return 3;
	}
	if (byte >= 0xf0 && byte <= 0xf4) {
		*low = byte == 0xf0 ? 0x90 : 0x80;	/* overlong */
		*high = byte == 0xf4 ? 0x8f : 0xbf;	/* above U+10FFFF */
		return 4;
	}
	return 0;
}

size_t
assay_utf8_length(struct assay_bytes text)
{
	uint8_t low, high;
	size_t n;

	if (text.len == 0)
		return 0;
	n = lead(text.ptr[0], &low, &high);
	if (n == 0 || n > text.len)
		return 0;
	if (n > 1 && (text.ptr[1] < low || text.ptr[1] > high))
		return 0;
	for (size_t i = 2; i < n; i++)
		if (!is_tail(text.ptr[i]))
			return 0;
	return n;
}

bool
assay_utf8_valid(struct assay_bytes text, size_t *bad)
{
	size_t at = 0, n;

	while (at < text.len) {
		n = assay_utf8_length(
		    (struct assay_bytes){ text.ptr + at, text.len - at });
		if (n == 0) {
			if (bad != NULL)
				*bad = at;
			return false;
		}
		at += n;
	}
	return true;
}

bool
assay_text_is(struct assay_bytes text, const char *str)
{
	size_t n = strlen(str);

	return text.len == n && (n == 0 || memcmp(text.ptr, str, n) == 0);
}

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

bool
assay_text_is_nocase(struct assay_bytes text, const char *str)
{
	if (text.len != strlen(str))
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (lower(text.ptr[i]) != lower((uint8_t)str[i]))
			return false;
	return true;
}

const char *
assay_text_show(struct assay_bytes text, char out[ASSAY_TEXT_SHOW])
{
	const size_t max = 60;
	size_t n = text.len < max ? text.len : max;

	for (size_t i = 0; i < n; i++)
		out[i] = text.ptr[i] >= 0x20 && text.ptr[i] < 0x7f ?
		    (char)text.ptr[i] : '?';
	memcpy(out + n, text.len > max ? "..." : "", text.len > max ? 4 : 1);
	return out;
}

bool
assay_text_u64(struct assay_bytes text, uint64_t *out)
{
	uint64_t v = 0;

	if (text.len == 0)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t digit = (uint8_t)(text.ptr[i] - '0');

		if (text.ptr[i] < '0' || digit > 9 ||
		    v > (UINT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*out = v;
	return true;
}

bool
assay_text_i64(struct assay_bytes text, int64_t *out)
{
	bool negative = text.len != 0 && text.ptr[0] == '-';
	uint64_t v;

	if (negative)
		text = (struct assay_bytes){ text.ptr + 1, text.len - 1 };
	if (!assay_text_u64(text, &v) ||
	    v > (uint64_t)INT64_MAX + (negative ? 1 : 0))
		return false;
	if (!negative)
		*out = (int64_t)v;
	else
		*out = v == 0 ? 0 : -(int64_t)(v - 1) - 1;
	return true;
}
