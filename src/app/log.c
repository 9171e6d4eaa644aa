/* SPDX-License-Identifier: Apache-2.0 */
#include "app/log.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "app/clock.h"
#include "base/buffer.h"
#include "base/text.h"
#include "base/when.h"

#define LINE_MAX_BYTES	(32 * 1024)
#define TEXT_MAX_BYTES	1024
#define FIELDS_MAX	64
#define BURST		50	/* lines in each */
#define WINDOW		5	/* seconds */

static struct {
	bool			text;
	enum assay_log_level	least;
} setup = { .text = false, .least = ASSAY_LOG_INFO };

static const char *const level_names[] = {
	[ASSAY_LOG_DEBUG] = "debug",
	[ASSAY_LOG_INFO] = "info",
	[ASSAY_LOG_WARNING] = "warning",
	[ASSAY_LOG_ERROR] = "error",
};

void
assay_log_setup(enum assay_log_format format, enum assay_log_level least)
{
	setup.text = format == ASSAY_LOG_TEXT ||
	    (format == ASSAY_LOG_AUTO && isatty(STDERR_FILENO));
	setup.least = least;
}

struct assay_log_field
assay_log_bytes(const char *name, struct assay_bytes text)
{
	return (struct assay_log_field){ .name = name,
	    .type = ASSAY_LOG_TEXT_FIELD, .text = text };
}

struct assay_log_field
assay_log_str(const char *name, const char *text)
{
	return assay_log_bytes(text == NULL ? NULL : name,
	    assay_bytes_of(text));
}

struct assay_log_field
assay_log_int(const char *name, int64_t value)
{
	return (struct assay_log_field){ .name = name,
	    .type = ASSAY_LOG_INTEGER_FIELD, .integer = value };
}

/*
 * JSON string content. What is not UTF-8, and every control character (C0,
 * DEL, and C1 in its UTF-8 form), becomes an escape, so that the line is
 * safe to show on a terminal too.
 */
static void
put_escaped(struct assay_buffer *line, struct assay_bytes text)
{
	size_t n = text.len < TEXT_MAX_BYTES ? text.len : TEXT_MAX_BYTES;

	for (size_t i = 0; i < n;) {
		struct assay_bytes rest = { text.ptr + i, n - i };
		size_t len = assay_utf8_length(rest);
		uint8_t c = text.ptr[i];

		if (len == 0 || c < 0x20 || c == 0x7f)
			assay_buffer_printf(line, "\\u00%02x", c);
		else if (len == 2 && c == 0xc2 && text.ptr[i + 1] < 0xa0)
			assay_buffer_printf(line, "\\u00%02x",
			    text.ptr[i + 1]);
		else if (c == '"' || c == '\\')
			assay_buffer_printf(line, "\\%c", c);
		else
			assay_buffer_put(line,
			    (struct assay_bytes){ rest.ptr, len });
		i += len == 0 ? 1 : len;
	}
	if (n < text.len)
		assay_buffer_puts(line, "...");
}

static void
put_field(struct assay_buffer *line, const struct assay_log_field *f)
{
	if (f->name == NULL)
		return;
	assay_buffer_printf(line, setup.text ? " %s=" : ",\"%s\":", f->name);
	if (f->type == ASSAY_LOG_INTEGER_FIELD) {
		assay_buffer_printf(line, "%lld", (long long)f->integer);
		return;
	}
	assay_buffer_putc(line, '"');
	put_escaped(line, f->text);
	assay_buffer_putc(line, '"');
}

static void
put_head(struct assay_buffer *line, enum assay_log_level level,
    const char *event)
{
	char when[ASSAY_WHEN_TEXT];
	int64_t ms = assay_clock_now_ms();

	assay_when_text(ms / 1000, when);
	when[strlen(when) - 1] = '\0';	/* its Z: milliseconds come first */
	assay_buffer_printf(line, setup.text ? "%s.%03dZ %-7s %s" :
	    "{\"time\":\"%s.%03dZ\",\"level\":\"%s\",\"event\":\"%s\"",
	    when, (int)(ms % 1000), level_names[level], event);
}

static void
write_line(struct assay_bytes line)
{
	/* A log that cannot be written has nobody to complain to. */
	ssize_t n = write(STDERR_FILENO, line.ptr, line.len);

	(void)n;
}

void
assay_log(enum assay_log_level level, const char *event,
    const struct assay_log_field *fields, size_t n)
{
	struct assay_buffer line = assay_buffer(LINE_MAX_BYTES);

	if (level < setup.least)
		return;
	put_head(&line, level, event);
	for (size_t i = 0; i < n && i < FIELDS_MAX; i++)
		put_field(&line, &fields[i]);
	assay_buffer_puts(&line, setup.text ? "\n" : "}\n");
	if (!line.failed)
		write_line(assay_buffer_bytes(&line));
	assay_buffer_free(&line);
}

void
assay_log_error(enum assay_log_level level, const char *event,
    const char *what, const struct assay_error *err)
{
	ASSAY_LOG(level, event,
	    assay_log_str("what", what),
	    assay_log_str("code", assay_code_name(err->code)),
	    assay_log_str("reason", err->text));
}

static pthread_mutex_t limit_lock = PTHREAD_MUTEX_INITIALIZER;

bool
assay_log_allowed(struct assay_log_limit *limit, int64_t *skipped)
{
	int64_t window = assay_clock_monotonic_ms() / 1000 / WINDOW;
	bool allowed;

	pthread_mutex_lock(&limit_lock);
	if (limit->window != window) {
		limit->window = window;
		limit->used = 0;
	}
	allowed = limit->used < BURST;
	if (allowed) {
		*skipped = limit->skipped;
		limit->used++;
		limit->skipped = 0;
	} else {
		limit->skipped++;
	}
	pthread_mutex_unlock(&limit_lock);
	return allowed;
}
