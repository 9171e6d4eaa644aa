/* SPDX-License-Identifier: Apache-2.0 */
#include "service/head.h"

#include <string.h>

#include "base/text.h"

static bool
refuse(unsigned int *status, unsigned int with, struct assay_error *err,
    const char *why)
{
	*status = with;
	return assay_fail(err, ASSAY_ERR_REQUEST_INVALID, "%s", why);
}

/* ---- where the head ends -------------------------------------------------- */

/* RFC 9110 section 5.5: visible, space, tab, obs-text; no other control. */
static bool
is_text(uint8_t c)
{
	return c >= 0x20 ? c != 0x7f : c == '\t';
}

/* One byte, knowing those before it. */
static bool
byte_ok(const uint8_t *p, size_t i, struct assay_error *err,
    unsigned int *status)
{
	bool after_cr = i > 0 && p[i - 1] == '\r';

	if (p[i] == '\n')
		return after_cr || refuse(status, 400, err,
		    "a line ends in LF alone, want CR LF");
	if (after_cr)
		return refuse(status, 400, err, "a CR stands without LF");
	return p[i] == '\r' || is_text(p[i]) || refuse(status, 400, err,
	    "the head has a control character");
}

static enum assay_head_scan
too_long(struct assay_bytes in, unsigned int *status, struct assay_error *err)
{
	if (memchr(in.ptr, '\n', in.len) == NULL)
		(void)refuse(status, 414, err, "target is too long");
	else
		(void)refuse(status, 431, err,
		    "headers are too many or too long");
	return ASSAY_HEAD_REFUSED;
}

enum assay_head_scan
assay_head_scan(struct assay_bytes in, size_t *scanned, unsigned int *status,
    struct assay_error *err)
{
	const uint8_t *p = in.ptr;
	size_t i;

	for (i = *scanned; i < in.len && i < ASSAY_MAX_HTTP_HEAD; i++) {
		if (!byte_ok(p, i, err, status))
			return ASSAY_HEAD_REFUSED;
		/* CR LF after the LF of a line, or at the very start. */
		if (p[i] == '\n' && (i == 1 || (i > 1 && p[i - 2] == '\n'))) {
			*scanned = i + 1;
			return ASSAY_HEAD_WHOLE;
		}
	}
	*scanned = i;
	return i < ASSAY_MAX_HTTP_HEAD ? ASSAY_HEAD_MORE :
	    too_long(in, status, err);
}

/* ---- its lines ------------------------------------------------------------ */

/* RFC 9110 section 5.6.2. */
static bool
is_tchar(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z') ||
	    (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool
is_token(struct assay_bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!is_tchar(text.ptr[i]))
			return false;
	}
	return text.len > 0;
}

/*
 * Cut rest at the first byte c: what is before it into *part, which is all
 * of it if there is none. True if there is one.
 */
static bool
cut(struct assay_bytes *rest, uint8_t c, struct assay_bytes *part)
{
	const uint8_t *at = rest->len == 0 ? NULL :
	    memchr(rest->ptr, c, rest->len);
	size_t n = at == NULL ? rest->len : (size_t)(at - rest->ptr);

	*part = (struct assay_bytes){ rest->ptr, n };
	n += at != NULL;
	*rest = (struct assay_bytes){ rest->ptr + n, rest->len - n };
	return at != NULL;
}

static struct assay_bytes
trim(struct assay_bytes text)
{
	while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t')) {
		text.ptr++;
		text.len--;
	}
	while (text.len > 0 && (text.ptr[text.len - 1] == ' ' ||
	    text.ptr[text.len - 1] == '\t'))
		text.len--;
	return text;
}

/* RFC 9112 section 2.3; only major version 1 has this syntax. */
static bool
parse_version(struct assay_bytes text, unsigned int *minor,
    unsigned int *status, struct assay_error *err)
{
	if (assay_text_is(text, "HTTP/1.1") ||
	    assay_text_is(text, "HTTP/1.0")) {
		*minor = text.ptr[7] - '0';
		return true;
	}
	if (text.len == 8 && memcmp(text.ptr, "HTTP/", 5) == 0)
		return refuse(status, 505, err, "want HTTP/1.1");
	return refuse(status, 400, err,
	    "request line is not \"METHOD TARGET HTTP/1.1\"");
}

/* RFC 9112 section 3: method SP request-target SP HTTP-version. */
static bool
parse_request_line(struct assay_bytes line, struct assay_head *out,
    unsigned int *status, struct assay_error *err)
{
	struct assay_bytes method;

	if (!cut(&line, ' ', &method) || !is_token(method))
		return refuse(status, 400, err,
		    "request line does not begin with a method and a space");
	if (method.len >= sizeof(out->method))
		return refuse(status, 400, err, "method is too long");
	memcpy(out->method, method.ptr, method.len);
	out->method[method.len] = '\0';
	if (!cut(&line, ' ', &out->target) || out->target.len == 0)
		return refuse(status, 400, err,
		    "request line is not \"METHOD TARGET HTTP/1.1\"");
	return parse_version(line, &out->minor, status, err);
}

/* RFC 9112 section 5.1: no space before the colon; 5.2: no folding. */
static bool
parse_field(struct assay_bytes line, struct assay_header *out,
    unsigned int *status, struct assay_error *err)
{
	if (line.ptr[0] == ' ' || line.ptr[0] == '\t')
		return refuse(status, 400, err, "a line is folded");
	if (!cut(&line, ':', &out->name))
		return refuse(status, 400, err, "a header has no colon");
	if (!is_token(out->name))
		return refuse(status, 400, err, "header name is not a token");
	out->value = trim(line);
	return true;
}

/* The next line without its CR LF; the scan has made sure of both. */
static struct assay_bytes
next_line(struct assay_bytes *rest)
{
	struct assay_bytes line;

	if (cut(rest, '\n', &line) && line.len > 0)
		line.len--;
	return line;
}

bool
assay_head_parse(struct assay_bytes in, struct assay_head *out,
    unsigned int *status, struct assay_error *err)
{
	struct assay_bytes line = next_line(&in);

	out->n_headers = 0;
	if (!parse_request_line(line, out, status, err))
		return false;
	for (line = next_line(&in); line.len > 0; line = next_line(&in)) {
		if (out->n_headers == ASSAY_MAX_HTTP_HEADERS)
			return refuse(status, 431, err,
			    "headers are too many or too long");
		if (!parse_field(line, &out->headers[out->n_headers], status,
		    err))
			return false;
		out->n_headers++;
	}
	return true;
}

/* ---- asking --------------------------------------------------------------- */

bool
assay_head_find(const struct assay_head *head, const char *name,
    struct assay_bytes *value)
{
	for (size_t i = 0; i < head->n_headers; i++) {
		if (assay_text_is_nocase(head->headers[i].name, name)) {
			*value = head->headers[i].value;
			return true;
		}
	}
	return false;
}

size_t
assay_head_count(const struct assay_head *head, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < head->n_headers; i++)
		n += assay_text_is_nocase(head->headers[i].name, name);
	return n;
}

static bool
list_has(struct assay_bytes list, const char *word)
{
	struct assay_bytes element;
	bool more;

	do {
		more = cut(&list, ',', &element);
		if (assay_text_is_nocase(trim(element), word))
			return true;
	} while (more);
	return false;
}

bool
assay_head_lists(const struct assay_head *head, const char *name,
    const char *word)
{
	for (size_t i = 0; i < head->n_headers; i++) {
		if (assay_text_is_nocase(head->headers[i].name, name) &&
		    list_has(head->headers[i].value, word))
			return true;
	}
	return false;
}
