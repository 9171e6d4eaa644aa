/* SPDX-License-Identifier: Apache-2.0 */
#include "service/framing.h"

#include <string.h>

#include "base/text.h"

static bool
refuse(unsigned int *status, unsigned int with, struct assay_error *err,
    const char *why)
{
	*status = with;
	return assay_fail(err, ASSAY_ERR_REQUEST_INVALID, "%s", why);
}

/* ---- the head ------------------------------------------------------------- */

/* RFC 9112 section 3.2: exactly one in HTTP/1.1; no userinfo, no list. */
static bool
check_host(const struct assay_head *head, unsigned int *status,
    struct assay_error *err)
{
	struct assay_bytes host;
	size_t n = assay_head_count(head, "Host");

	if (n == 0 && head->minor == 0)
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
	size_t n = assay_head_count(head, "Content-Length");

	if (assay_head_count(head, "Transfer-Encoding") > 0)
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
	if (head->target.len > ASSAY_MAX_HTTP_TARGET)
		return refuse(status, 414, err, "target is too long");
	/* Nobody who is to be served well speaks HTTP/1.0 any more. */
	out->close = head->minor == 0 ||
	    assay_head_lists(head, "Connection", "close");
	return check_host(head, status, err) &&
	    check_length(head, out, status, err) &&
	    check_expect(head, out, status, err);
}

/* ---- the target ------------------------------------------------------------- */

static int
hex_value(uint8_t c)
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
is_target_char(uint8_t c)
{
	return c > ' ' && c < 0x7f && strchr("\"<>\\^`{|}#", c) == NULL;
}

static bool
decode_escape(const uint8_t *at, size_t left, char *out)
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
assay_target_parse(struct assay_bytes target, char *path,
    struct assay_bytes *query, unsigned int *status, struct assay_error *err)
{
	const uint8_t *p = target.ptr;
	size_t i, n = 0;

	if (target.len > ASSAY_MAX_HTTP_TARGET)
		return refuse(status, 414, err, "target is too long");
	if (target.len == 0 || p[0] != '/')
		return refuse(status, 400, err,
		    "target is not a path that begins with /");
	for (i = 0; i < target.len; i++) {
		if (!is_target_char(p[i]))
			return refuse(status, 400, err,
			    "target has a character that must be escaped");
	}
	for (i = 0; i < target.len && p[i] != '?'; n++) {
		path[n] = (char)p[i];
		if (p[i] != '%') {
			i++;
			continue;
		}
		if (!decode_escape(p + i, target.len - i, &path[n]))
			return refuse(status, 400, err,
			    "path has an escape that is malformed or stands "
			    "for a character that a path may not hide");
		i += 3;
	}
	path[n] = '\0';
	if (i < target.len)
		i++;
	*query = (struct assay_bytes){ p + i, target.len - i };
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
