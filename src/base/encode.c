/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/encode.h"

static const char standard[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char hex[] = "0123456789abcdef";

void
assay_hex(struct assay_bytes in, char *out)
{
	for (size_t i = 0; i < in.len; i++) {
		out[2 * i] = hex[in.ptr[i] >> 4];
		out[2 * i + 1] = hex[in.ptr[i] & 15];
	}
	out[2 * in.len] = '\0';
}

bool
assay_hex_encode(struct assay_bytes in, struct assay_buffer *out)
{
	uint8_t *at;

	if (in.len > SIZE_MAX / 2 ||
	    !assay_buffer_extend(out, 2 * in.len, &at))
		return false;
	assay_hex(in, (char *)at);	/* its NUL is the buffer's own */
	return true;
}

static int
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
assay_hex_decode(struct assay_bytes text, struct assay_buffer *out,
    struct assay_error *err)
{
	uint8_t *at;

	if (text.len % 2 != 0)
		return assay_fail(err, ASSAY_ERR_BAD_ENCODING,
		    "hex of %zu characters, want an even number", text.len);
	for (size_t i = 0; i < text.len; i++)
		if (hex_digit(text.ptr[i]) < 0)
			return assay_fail(err, ASSAY_ERR_BAD_ENCODING,
			    "byte 0x%02x at offset %zu is not a hex digit",
			    text.ptr[i], i);
	if (!assay_buffer_extend(out, text.len / 2, &at))
		return assay_buffer_ok(out, "hex", err);
	for (size_t i = 0; i < text.len; i += 2)
		*at++ = (uint8_t)(hex_digit(text.ptr[i]) << 4 |
		    hex_digit(text.ptr[i + 1]));
	return true;
}

static size_t
encoded_length(size_t n, bool pad)
{
	if (pad)
		return (n + 2) / 3 * 4;
	return n / 3 * 4 + (n % 3 == 0 ? 0 : n % 3 + 1);
}

static bool
encode(struct assay_bytes in, const char *alphabet, bool pad,
    struct assay_buffer *out)
{
	const uint8_t *p = in.ptr;
	size_t n = in.len;
	uint8_t *at;

	if (n > SIZE_MAX / 2 ||
	    !assay_buffer_extend(out, encoded_length(n, pad), &at))
		return false;
	for (; n >= 3; n -= 3, p += 3) {
		*at++ = (uint8_t)alphabet[p[0] >> 2];
		*at++ = (uint8_t)alphabet[(p[0] << 4 | p[1] >> 4) & 63];
		*at++ = (uint8_t)alphabet[(p[1] << 2 | p[2] >> 6) & 63];
		*at++ = (uint8_t)alphabet[p[2] & 63];
	}
	if (n == 0)
		return true;
	*at++ = (uint8_t)alphabet[p[0] >> 2];
	if (n == 1) {
		*at++ = (uint8_t)alphabet[p[0] << 4 & 63];
	} else {
		*at++ = (uint8_t)alphabet[(p[0] << 4 | p[1] >> 4) & 63];
		*at++ = (uint8_t)alphabet[p[1] << 2 & 63];
	}
	for (size_t i = n; pad && i < 3; i++)
		*at++ = '=';
	return true;
}

bool
assay_base64_encode(struct assay_bytes in, struct assay_buffer *out)
{
	return encode(in, standard, true, out);
}

bool
assay_base64url_encode(struct assay_bytes in, struct assay_buffer *out)
{
	return encode(in, url, false, out);
}

/* What a decoder allows. */
struct form {
	bool	standard;	/* '+' and '/' */
	bool	url;		/* '-' and '_' */
	bool	pad_must;
	bool	pad_may;
};

/* The sextet of every byte, for both alphabets; 255: it has none. */
static const uint8_t sextets[256] = {
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	255, 255, 255, 255, 255, 255, 255,  62, 255,  62, 255,  63,
	 52,  53,  54,  55,  56,  57,  58,  59,  60,  61, 255, 255,
	255, 255, 255, 255, 255,   0,   1,   2,   3,   4,   5,   6,
	  7,   8,   9,  10,  11,  12,  13,  14,  15,  16,  17,  18,
	 19,  20,  21,  22,  23,  24,  25, 255, 255, 255, 255,  63,
	255,  26,  27,  28,  29,  30,  31,  32,  33,  34,  35,  36,
	 37,  38,  39,  40,  41,  42,  43,  44,  45,  46,  47,  48,
	 49,  50,  51, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	255, 255, 255, 255,
};

static bool
bad_byte(struct assay_error *err, uint8_t c, size_t at)
{
	return assay_fail(err, ASSAY_ERR_BAD_ENCODING,
	    "byte 0x%02x at offset %zu is not base64 of the form wanted", c,
	    at);
}

/* Cut the padding off text; it must be right if it is there. */
static bool
strip_padding(struct assay_bytes *text, const struct form *form,
    struct assay_error *err)
{
	size_t n = text->len, pad = 0;

	while (pad < 2 && n > 0 && text->ptr[n - 1] == '=') {
		n--;
		pad++;
	}
	if (pad != 0 && !form->pad_must && !form->pad_may)
		return assay_fail(err, ASSAY_ERR_BAD_ENCODING,
		    "base64url is padded at offset %zu, want none", n);
	if ((pad != 0 || form->pad_must) && (n + pad) % 4 != 0)
		return assay_fail(err, ASSAY_ERR_BAD_ENCODING,
		    "base64 of %zu characters with padding, want a multiple "
		    "of 4", n + pad);
	if (n % 4 == 1)
		return assay_fail(err, ASSAY_ERR_BAD_ENCODING,
		    "base64 of %zu characters encodes no whole byte", n);
	text->len = n;
	return true;
}

/* Every byte in an allowed alphabet, and only one of the two used. */
static bool
check_alphabet(struct assay_bytes text, const struct form *form,
    struct assay_error *err)
{
	bool saw_standard = false, saw_url = false;

	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.ptr[i];

		if (sextets[c] < 62)
			continue;
		if (c == '+' || c == '/')
			saw_standard = true;
		else if (c == '-' || c == '_')
			saw_url = true;
		else
			return bad_byte(err, c, i);
		if ((saw_standard && (saw_url || !form->standard)) ||
		    (saw_url && !form->url))
			return bad_byte(err, c, i);
	}
	return true;
}

static void
decode_groups(struct assay_bytes text, uint8_t *at)
{
	const uint8_t *p = text.ptr;
	uint32_t bits;

	/* Of no bytes the pointer is NULL, and that has no neighbours. */
	for (size_t left = text.len / 4; left > 0; left--, p += 4, at += 3) {
		bits = (uint32_t)sextets[p[0]] << 18 |
		    (uint32_t)sextets[p[1]] << 12 |
		    (uint32_t)sextets[p[2]] << 6 | sextets[p[3]];
		at[0] = (uint8_t)(bits >> 16);
		at[1] = (uint8_t)(bits >> 8);
		at[2] = (uint8_t)bits;
	}
	if (text.len % 4 >= 2)
		at[0] = (uint8_t)(sextets[p[0]] << 2 | sextets[p[1]] >> 4);
	if (text.len % 4 == 3)
		at[1] = (uint8_t)(sextets[p[1]] << 4 | sextets[p[2]] >> 2);
}

static bool
decode(struct assay_bytes text, const struct form *form,
    struct assay_buffer *out, struct assay_error *err)
{
	uint8_t *at, last;

	if (!strip_padding(&text, form, err) ||
	    !check_alphabet(text, form, err))
		return false;
	last = text.len != 0 ? sextets[text.ptr[text.len - 1]] : 0;
	if ((text.len % 4 == 2 && (last & 15) != 0) ||
	    (text.len % 4 == 3 && (last & 3) != 0))
		return assay_fail(err, ASSAY_ERR_BAD_ENCODING,
		    "base64 has bits set behind its last byte (offset %zu)",
		    text.len - 1);
	if (!assay_buffer_extend(out, text.len / 4 * 3 +
	    (text.len % 4 == 0 ? 0 : text.len % 4 - 1), &at))
		return assay_buffer_ok(out, "base64", err);
	decode_groups(text, at);
	return true;
}

bool
assay_base64_decode(struct assay_bytes text, struct assay_buffer *out,
    struct assay_error *err)
{
	static const struct form form = { .standard = true, .pad_must = true };

	return decode(text, &form, out, err);
}

bool
assay_base64url_decode(struct assay_bytes text, struct assay_buffer *out,
    struct assay_error *err)
{
	static const struct form form = { .url = true };

	return decode(text, &form, out, err);
}

bool
assay_base64_decode_any(struct assay_bytes text, struct assay_buffer *out,
    struct assay_error *err)
{
	static const struct form form = {
		.standard = true, .url = true, .pad_may = true
	};

	return decode(text, &form, out, err);
}

/* RFC 2781 section 2.2; false at what is no character. *at moves behind it. */
static bool
utf16_next(struct assay_bytes in, size_t *at, uint32_t *out)
{
	uint32_t c = (uint32_t)(in.ptr[*at] | in.ptr[*at + 1] << 8), low;

	*at += 2;
	if (c < 0xd800 || c > 0xdfff) {
		*out = c;
		return c != 0;
	}
	if (c > 0xdbff || in.len - *at < 2)
		return false;
	low = (uint32_t)(in.ptr[*at] | in.ptr[*at + 1] << 8);
	*at += 2;
	if (low < 0xdc00 || low > 0xdfff)
		return false;
	*out = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	return true;
}

static size_t
utf8_of(uint32_t c, uint8_t out[4])
{
	static const uint8_t lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n; i-- > 1; c >>= 6)
		out[i] = (uint8_t)(0x80 | (c & 0x3f));
	out[0] = (uint8_t)(lead[n] | c);
	return n;
}

bool
assay_utf16le_decode(struct assay_bytes in, struct assay_buffer *out)
{
	uint8_t utf8[4], *to;
	size_t n = 0;
	uint32_t c;

	if (in.len % 2 != 0)
		return false;
	while (in.len != 0 && in.ptr[in.len - 1] == 0 &&
	    in.ptr[in.len - 2] == 0)
		in.len -= 2;
	for (size_t at = 0; at < in.len; n += utf8_of(c, utf8))
		if (!utf16_next(in, &at, &c))
			return false;
	if (!assay_buffer_extend(out, n, &to))
		return false;
	for (size_t at = 0; at < in.len && utf16_next(in, &at, &c); ) {
		n = utf8_of(c, utf8);
		memcpy(to, utf8, n);
		to += n;
	}
	return true;
}
