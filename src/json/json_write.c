/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "json/json.h"
#include "json/json_real.h"

#define INDENT 2

struct writer {
	struct assay_buffer	*out;
	size_t			 depth;
	bool			 pretty;
	struct assay_error	*err;
};

static bool write_value(struct writer *w, const json_t *value);

static void
write_control(struct assay_buffer *out, uint8_t c)
{
	static const char from[] = "\b\f\n\r\t";
	static const char to[] = "bfnrt";
	const char *hit = c != 0 ? strchr(from, c) : NULL;

	if (hit != NULL)
		(void)assay_buffer_printf(out, "\\%c", to[hit - from]);
	else
		(void)assay_buffer_printf(out, "\\u%04x", c);
}

/* RFC 8259 section 7 demands escapes for quote, backslash, controls. */
bool
assay_json_write_string(struct assay_bytes text, struct assay_buffer *out,
    struct assay_error *err)
{
	size_t from = 0, bad;

	if (!assay_utf8_valid(text, &bad))
		return assay_fail(err, ASSAY_ERR_BAD_ENCODING,
		    "text for JSON is not UTF-8 at offset %zu", bad);
	(void)assay_buffer_putc(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.ptr[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		(void)assay_buffer_put(out,
		    (struct assay_bytes){ text.ptr + from, i - from });
		if (c < 0x20) {
			write_control(out, c);
		} else {
			(void)assay_buffer_putc(out, '\\');
			(void)assay_buffer_putc(out, c);
		}
		from = i + 1;
	}
	if (from < text.len)
		(void)assay_buffer_put(out,
		    (struct assay_bytes){ text.ptr + from, text.len - from });
	return assay_buffer_putc(out, '"') ||
	    assay_buffer_ok(out, "JSON", err);
}

static void
write_newline(struct writer *w)
{
	if (!w->pretty)
		return;
	(void)assay_buffer_putc(w->out, '\n');
	(void)assay_buffer_fill(w->out, ' ', w->depth * INDENT);
}

static bool
enter(struct writer *w, char bracket)
{
	if (w->depth == ASSAY_MAX_JSON_WRITE_DEPTH)
		return assay_fail(w->err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "JSON value nested deeper than %u",
		    ASSAY_MAX_JSON_WRITE_DEPTH);
	w->depth++;
	(void)assay_buffer_putc(w->out, (uint8_t)bracket);
	return true;
}

static void
leave(struct writer *w, char bracket, size_t members)
{
	w->depth--;
	if (members != 0)
		write_newline(w);
	(void)assay_buffer_putc(w->out, (uint8_t)bracket);
}

static bool
write_array(struct writer *w, const json_t *array)
{
	size_t n = json_array_size(array);

	if (!enter(w, '['))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (i != 0)
			(void)assay_buffer_putc(w->out, ',');
		write_newline(w);
		if (!write_value(w, json_array_get(array, i)))
			return false;
	}
	leave(w, ']', n);
	return true;
}

/* Order of bytes in UTF-8 is order of code points. */
static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char **
sorted_names(const json_t *object)
{
	size_t n = json_object_size(object), i = 0;
	json_t *mutable = (json_t *)(uintptr_t)object;
	const char **names;
	void *at;

	if ((names = assay_alloc(n + 1, sizeof(*names))) == NULL)
		return NULL;
	for (at = json_object_iter(mutable); at != NULL && i < n;
	    at = json_object_iter_next(mutable, at))
		names[i++] = json_object_iter_key(at);
	qsort(names, n, sizeof(*names), compare_names);
	return names;
}

static bool
write_member(struct writer *w, const json_t *object, const char *name)
{
	if (!assay_json_write_string(assay_bytes_of(name), w->out,
		    w->err))
		return false;
	(void)assay_buffer_puts(w->out, w->pretty ? ": " : ":");
	return write_value(w, json_object_get(object, name));
}

static bool
write_object(struct writer *w, const json_t *object)
{
	size_t n = json_object_size(object);
	const char **names;
	bool ok = true;

	if (!enter(w, '{'))
		return false;
	if ((names = sorted_names(object)) == NULL)
		return assay_fail_memory(w->err, "JSON");
	for (size_t i = 0; ok && i < n; i++) {
		if (i != 0)
			(void)assay_buffer_putc(w->out, ',');
		write_newline(w);
		ok = write_member(w, object, names[i]);
	}
	free(names);
	if (ok)
		leave(w, '}', n);
	return ok;
}

static bool
write_real(struct writer *w, double v)
{
	char text[ASSAY_JSON_REAL_TEXT];

	assay_json_real_text(v, text);
	return assay_buffer_puts(w->out, text);
}

static bool
write_value(struct writer *w, const json_t *value)
{
	if (value == NULL)
		return assay_fail(w->err, ASSAY_ERR_INTERNAL,
		    "JSON value is missing where one is written");
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return write_object(w, value);
	case JSON_ARRAY:
		return write_array(w, value);
	case JSON_STRING:
		return assay_json_write_string(assay_json_string(value),
		    w->out, w->err);
	case JSON_INTEGER:
		(void)assay_buffer_printf(w->out, "%" JSON_INTEGER_FORMAT,
		    json_integer_value(value));
		break;
	case JSON_REAL:
		(void)write_real(w, json_real_value(value));
		break;
	case JSON_TRUE:
		(void)assay_buffer_puts(w->out, "true");
		break;
	case JSON_FALSE:
		(void)assay_buffer_puts(w->out, "false");
		break;
	case JSON_NULL:
		(void)assay_buffer_puts(w->out, "null");
		break;
	}
	return assay_buffer_ok(w->out, "JSON", w->err);
}

bool
assay_json_write(const json_t *value, struct assay_buffer *out,
    struct assay_error *err)
{
	struct writer w = { .out = out, .err = err };

	return write_value(&w, value) && assay_buffer_ok(out, "JSON", err);
}

bool
assay_json_write_pretty(const json_t *value, struct assay_buffer *out,
    struct assay_error *err)
{
	struct writer w = { .out = out, .pretty = true, .err = err };

	return write_value(&w, value) && assay_buffer_ok(out, "JSON", err);
}
