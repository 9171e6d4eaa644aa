/* SPDX-License-Identifier: Apache-2.0 */
#include "service/framing.h"

#include <string.h>

#include "base/text.h"

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

/* RFC 9110 section 5.5: visible, space, tab, obs-text; no other control. */
static bool
is_field_value(struct assay_bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.ptr[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

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

static size_t
count_headers(const struct assay_head *head, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < head->n_headers; i++)
		n += assay_text_is_nocase(head->headers[i].name, name);
	return n;
}

static bool
refuse(unsigned int *status, unsigned int with, struct assay_error *err,
    const char *why)
{
	*status = with;
	return assay_fail(err, ASSAY_ERR_REQUEST_INVALID, "%s", why);
}

/* ---- where the strings lie ---------------------------------------------- */

static bool
line_in_place(const struct assay_header *h, const char **end)
{
	const char *name = (const char *)h->name.ptr;
	const char *value = (const char *)h->value.ptr;
	const char *gap = name + h->name.len + 1;

	if (gap > value)
		return false;
	for (; gap < value; gap++) {
		if (*gap != ' ' && *gap != '\t')
			return false;
	}
	*end = value + strlen(value);
	return true;
}

/*
 * Each string begins right behind the one before: one space inside the
 * request line, CR and LF (now two NULs) behind it and behind each header.
 * A folded header was moved elsewhere, a bare LF left one NUL, a NUL within
 * a line made a string end early: all three show as a gap of another size.
 */
static bool
all_in_place(const struct assay_head *head)
{
	const char *end;

	if (head->target != head->method + strlen(head->method) + 1 ||
	    head->version != head->target + head->target_len + 1)
		return false;
	end = head->version + strlen(head->version);
	for (size_t i = 0; i < head->n_headers; i++) {
		if ((const char *)head->headers[i].name.ptr != end + 2 ||
		    !line_in_place(&head->headers[i], &end))
			return false;
	}
	/*
	 * Behind the last line comes the empty one. The library's records of
	 * the headers lie behind all this in the same block, so that reading
	 * four bytes is safe even where two were received.
	 */
	return head->n_headers == 0 || memcmp(end, "\0\0\0", 4) == 0;
}

/* ---- the head ------------------------------------------------------------- */

static bool
check_size(const struct assay_head *head, unsigned int *status,
    struct assay_error *err)
{
	size_t total = strlen(head->method) + head->target_len;

	for (size_t i = 0; i < head->n_headers; i++)
		total += head->headers[i].name.len +
		    head->headers[i].value.len + 4;
	if (head->target_len > ASSAY_MAX_HTTP_TARGET)
		return refuse(status, 414, err, "target is too long");
	if (head->too_many || total > ASSAY_MAX_HTTP_HEAD)
		return refuse(status, 431, err,
		    "headers are too many or too long");
	return true;
}

static bool
check_headers(const struct assay_head *head, unsigned int *status,
    struct assay_error *err)
{
	for (size_t i = 0; i < head->n_headers; i++) {
		if (!is_token(head->headers[i].name))
			return refuse(status, 400, err,
			    "header name is not a token");
		if (!is_field_value(head->headers[i].value))
			return refuse(status, 400, err,
			    "header value has a control character");
	}
	return true;
}

/* RFC 9112 section 3.2: exactly one in HTTP/1.1; no userinfo, no list. */
static bool
check_host(const struct assay_head *head, unsigned int *status,
    struct assay_error *err)
{
	struct assay_bytes host;
	size_t n = count_headers(head, "Host");

	if (n == 0 && strcmp(head->version, "HTTP/1.0") == 0)
		return true;
	if (n != 1 || !assay_head_find(head, "Host", &host))
		return refuse(status, 400, err, "want exactly one Host header");
	for (size_t i = 0; i < host.len; i++) {
		uint8_t c = host.ptr[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z') ||
		    (c != '\0' && strchr(".-_~:[]", c) != NULL)))
			return refuse(status, 400, err,
			    "Host is not a host name");
	}
	if (host.len == 0)
		return refuse(status, 400, err, "Host is empty");
	return true;
}

/* RFC 9112 section 6.3; stricter: one field, digits, no Transfer-Encoding. */
static bool
check_length(const struct assay_head *head, struct assay_framing *out,
    unsigned int *status, struct assay_error *err)
{
	struct assay_bytes value;
	size_t n = count_headers(head, "Content-Length");

	if (count_headers(head, "Transfer-Encoding") > 0)
		return refuse(status, n > 0 ? 400 : 411, err,
		    "Transfer-Encoding is not accepted: send Content-Length");
	if (n > 1)
		return refuse(status, 400, err,
		    "more than one Content-Length");
	if (n == 1) {
		if (!assay_head_find(head, "Content-Length", &value) ||
		    !assay_text_u64(value, &out->length))
			return refuse(status, 400, err,
			    "Content-Length is not a number");
		out->has_length = true;
	} else if (strcmp(head->method, "POST") == 0 ||
	    strcmp(head->method, "PUT") == 0) {
		return refuse(status, 411, err, "Content-Length is missing");
	}
	return true;
}

static bool
check_expect(const struct assay_head *head, struct assay_framing *out,
    unsigned int *status, struct assay_error *err)
{
	struct assay_bytes value;

	if (!assay_head_find(head, "Expect", &value))
		return true;
	if (!assay_text_is_nocase(value, "100-continue"))
		return refuse(status, 417, err,
		    "the only expectation that can be met is 100-continue");
	out->expect_continue = true;
	return true;
}

bool
assay_framing_check(const struct assay_head *head, struct assay_framing *out,
    unsigned int *status, struct assay_error *err)
{
	*out = (struct assay_framing){ 0 };
	if (strcmp(head->version, "HTTP/1.1") != 0 &&
	    strcmp(head->version, "HTTP/1.0") != 0)
		return refuse(status, 505, err, "want HTTP/1.1");
	if (!is_token(assay_bytes_of(head->method)))
		return refuse(status, 400, err, "method is not a token");
	if (head->in_place && !head->too_many && !all_in_place(head))
		return refuse(status, 400, err,
		    "a line is folded, does not end in CR LF, or holds a NUL "
		    "or more spaces than one");
	return check_size(head, status, err) &&
	    check_headers(head, status, err) &&
	    check_host(head, status, err) &&
	    check_length(head, out, status, err) &&
	    check_expect(head, out, status, err);
}

/* ---- the target ------------------------------------------------------------- */

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* RFC 3986 section 3.3 and 3.4: what may stand for itself. */
static bool
is_target_char(char c)
{
	return c > ' ' && c < 0x7f && strchr("\"<>\\^`{|}#", c) == NULL;
}

static bool
decode_escape(const char *at, size_t left, char *out)
{
	int high, low;

	if (left < 3 || (high = hex_value(at[1])) < 0 ||
	    (low = hex_value(at[2])) < 0)
		return false;
	*out = (char)(high << 4 | low);
	return *out >= ' ' && *out < 0x7f && *out != '/' && *out != '\\' &&
	    *out != '%' && *out != '?' && *out != '#';
}

bool
assay_target_parse(const char *target, size_t len, char *path,
    struct assay_bytes *query, unsigned int *status, struct assay_error *err)
{
	size_t i, n = 0;

	if (len > ASSAY_MAX_HTTP_TARGET)
		return refuse(status, 414, err, "target is too long");
	if (len == 0 || target[0] != '/')
		return refuse(status, 400, err,
		    "target is not a path that begins with /");
	for (i = 0; i < len; i++) {
		if (!is_target_char(target[i]))
			return refuse(status, 400, err,
			    "target has a character that must be escaped");
	}
	for (i = 0; i < len && target[i] != '?'; n++) {
		path[n] = target[i];
		if (target[i] != '%') {
			i++;
			continue;
		}
		if (!decode_escape(target + i, len - i, &path[n]))
			return refuse(status, 400, err,
			    "path has an escape that is malformed or stands "
			    "for a character that a path may not hide");
		i += 3;
	}
	path[n] = '\0';
	if (i < len)
		i++;
	*query = (struct assay_bytes){ (const uint8_t *)target + i, len - i };
	return true;
}

bool
assay_query_find(struct assay_bytes query, const char *name,
    struct assay_bytes *value, bool *repeated)
{
	size_t name_len = strlen(name), i = 0;
	bool found = false;

	*repeated = false;
	while (i < query.len) {
		const uint8_t *at = query.ptr + i;
		const uint8_t *amp = memchr(at, '&', query.len - i);
		size_t n = amp == NULL ? query.len - i : (size_t)(amp - at);
		struct assay_bytes key = { at, n < name_len ? n : name_len };

		if (n > name_len && at[name_len] == '=' &&
		    assay_text_is_nocase(key, name)) {
			*repeated = *repeated || found;
			*value = (struct assay_bytes){ at + name_len + 1,
			    n - name_len - 1 };
			found = true;
		}
		i += n + 1;
	}
	return found;
}

/* W3C Trace Context, section 3.2; an all-zero id is not one. */
static bool
lower_hex(struct assay_bytes text, size_t from, size_t to)
{
	bool zero = true;

	for (size_t i = from; i < to; i++) {
		uint8_t c = text.ptr[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
		zero = zero && c == '0';
	}
	return !zero || to - from == 2;
}

bool
assay_traceparent_ok(struct assay_bytes text)
{
	return text.len == 55 && text.ptr[2] == '-' && text.ptr[35] == '-' &&
	    text.ptr[52] == '-' && text.ptr[0] == '0' && text.ptr[1] == '0' &&
	    lower_hex(text, 3, 35) && lower_hex(text, 36, 52) &&
	    lower_hex(text, 53, 55);
}
