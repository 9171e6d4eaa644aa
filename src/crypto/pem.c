/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/encode.h"
#include "crypto/pem.h"

#define LINE		64
#define LABEL_MAX	64

static const char begin[] = "-----BEGIN ";
static const char end[] = "-----END ";
static const char dashes[] = "-----";

static bool
is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
at_space_or_nul(const struct assay_reader *r)
{
	struct assay_bytes rest = assay_reader_rest(r);

	return rest.len != 0 && (is_space(rest.ptr[0]) || rest.ptr[0] == '\0');
}

bool
assay_pem_more(struct assay_reader *r)
{
	while (at_space_or_nul(r) && assay_skip(r, 1))
		;
	return assay_reader_left(r) != 0;
}

static bool
literal(struct assay_reader *r, const char *text)
{
	struct assay_reader at = *r;
	struct assay_bytes b;

	if (!assay_read_bytes(&at, strlen(text), &b) ||
	    memcmp(b.ptr, text, b.len) != 0)
		return false;
	*r = at;
	return true;
}

bool
assay_pem_looks_like(struct assay_bytes in)
{
	struct assay_reader r = assay_reader(in);

	return assay_pem_more(&r) && literal(&r, begin);
}

/* "LABEL-----" */
static bool
label_of(struct assay_reader *r, struct assay_bytes *out)
{
	struct assay_reader at = *r;
	const uint8_t *start = at.pos;

	while (at.pos < at.end && *at.pos != '-') {
		if (*at.pos < 0x20 || *at.pos > 0x7e ||
		    at.pos - start == LABEL_MAX)
			return false;
		at.pos++;
	}
	*out = (struct assay_bytes){ start, (size_t)(at.pos - start) };
	*r = at;
	return literal(r, dashes);
}

/* Everything to the next '-', without white space. */
static bool
body_of(struct assay_reader *r, struct assay_buffer *out)
{
	for (; r->pos < r->end && *r->pos != '-'; r->pos++)
		if (!is_space(*r->pos) && !assay_buffer_putc(out, *r->pos))
			return false;
	return true;
}

static bool
block(struct assay_reader *r, struct assay_bytes *label,
    struct assay_buffer *text, struct assay_error *err)
{
	struct assay_bytes closing;
	size_t at = assay_reader_offset(r);

	if (!literal(r, begin) || !label_of(r, label))
		return assay_fail(err, ASSAY_ERR_BAD_ENCODING,
		    "no \"-----BEGIN ...-----\" at offset %zu", at);
	if (!body_of(r, text))
		return assay_buffer_ok(text, "PEM block", err);
	at = assay_reader_offset(r);
	if (!literal(r, end) || !label_of(r, &closing) ||
	    !assay_bytes_equal(*label, closing))
		return assay_fail(err, ASSAY_ERR_BAD_ENCODING, "no "
		    "\"-----END %.*s-----\" at offset %zu", (int)label->len,
		    (const char *)label->ptr, at);
	return true;
}

bool
assay_pem_next(struct assay_reader *r, struct assay_bytes *label,
    struct assay_buffer *der, struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(r->pos == NULL ? 0 :
	    assay_reader_left(r));
	bool ok;

	(void)assay_pem_more(r);
	ok = block(r, label, &text, err) && assay_base64_decode(
	    assay_buffer_bytes(&text), der, err);
	assay_buffer_wipe(&text);
	return ok;
}

bool
assay_pem_put(struct assay_buffer *out, const char *label,
    struct assay_bytes der)
{
	struct assay_buffer text = assay_buffer(der.len * 2 + 4);
	struct assay_reader r;
	struct assay_bytes line;

	(void)assay_base64_encode(der, &text);
	(void)assay_buffer_printf(out, "%s%s%s\n", begin, label, dashes);
	r = assay_reader(assay_buffer_bytes(&text));
	while (assay_read_bytes(&r, LINE, &line)) {
		(void)assay_buffer_put(out, line);
		(void)assay_buffer_putc(out, '\n');
	}
	if (assay_reader_left(&r) != 0) {
		(void)assay_buffer_put(out, assay_reader_rest(&r));
		(void)assay_buffer_putc(out, '\n');
	}
	if (text.failed)
		out->failed = true;
	assay_buffer_wipe(&text);
	return assay_buffer_printf(out, "%s%s%s\n", end, label, dashes);
}
