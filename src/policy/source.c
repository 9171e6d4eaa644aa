/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/text.h"
#include "policy/source.h"

/* A quoted line is cut to this many bytes around the span: policies that
 * are one long line are common. */
#define WINDOW_BEFORE	60
#define WINDOW_AFTER	60

#define MARK 64	/* bytes from one count of characters to the next */

/* A byte that continues a UTF-8 character takes no column. */
static bool
is_tail(uint8_t byte)
{
	return (byte & 0xc0) == 0x80;
}

static size_t
count_lines(struct assay_bytes text)
{
	size_t n = 1;

	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] == '\n')
			n++;
	return n;
}

bool
assay_source_init(struct assay_source *src, struct assay_bytes text,
    struct assay_arena *arena)
{
	size_t n = count_lines(text);
	uint32_t seen = 0;

	src->text = assay_arena_dup(arena, text);
	src->lines = assay_arena_alloc(arena, n, sizeof(*src->lines));
	src->marks = assay_arena_alloc(arena, text.len / MARK + 1,
	    sizeof(*src->marks));
	if (src->text.ptr == NULL || src->lines == NULL || src->marks == NULL)
		return false;
	src->n_lines = 1;
	for (size_t i = 0; i < text.len; i++) {
		if (i % MARK == 0)
			src->marks[i / MARK] = seen;
		if (text.ptr[i] == '\n')
			src->lines[src->n_lines++] = i + 1;
		seen += !is_tail(text.ptr[i]);
	}
	if (text.len % MARK == 0)
		src->marks[text.len / MARK] = seen;
	return true;
}

/* Index of the line that holds the offset. */
static size_t
line_index(const struct assay_source *src, size_t offset)
{
	size_t low = 0, high = src->n_lines;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (src->lines[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* Characters before the offset. */
static size_t
characters(const struct assay_source *src, size_t offset)
{
	size_t n = src->marks[offset / MARK];

	for (size_t i = offset / MARK * MARK; i < offset; i++)
		n += !is_tail(src->text.ptr[i]);
	return n;
}

struct assay_place
assay_source_place(const struct assay_source *src, size_t offset)
{
	size_t line = line_index(src, offset);

	return (struct assay_place){ line + 1, characters(src, offset) -
	    characters(src, src->lines[line]) + 1 };
}

struct assay_bytes
assay_source_text(const struct assay_source *src, struct assay_span span)
{
	return (struct assay_bytes){ src->text.ptr + span.offset, span.length };
}

struct assay_span
assay_span_join(struct assay_span first, struct assay_span last)
{
	return (struct assay_span){ first.offset,
	    last.offset + last.length - first.offset };
}

static size_t
line_end(const struct assay_source *src, size_t line)
{
	size_t end = line + 1 < src->n_lines ? src->lines[line + 1] - 1 :
	    src->text.len;

	if (end > src->lines[line] && src->text.ptr[end - 1] == '\r')
		end--;
	return end;
}

struct window {
	size_t	from, to;
	bool	cut_front, cut_back;
};

static struct window
window(const struct assay_source *src, size_t line, struct assay_span span)
{
	struct window w = { src->lines[line], line_end(src, line), false,
	    false };

	if (span.offset > w.from + WINDOW_BEFORE) {
		w.from = span.offset - WINDOW_BEFORE;
		w.cut_front = true;
	}
	if (w.to > span.offset + WINDOW_AFTER) {
		w.to = span.offset + WINDOW_AFTER;
		w.cut_back = true;
	}
	while (w.from < span.offset && is_tail(src->text.ptr[w.from]))
		w.from++;
	while (w.cut_back && w.to > span.offset && is_tail(src->text.ptr[w.to]))
		w.to--;
	return w;
}

void
assay_plain_text(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

/* Control characters would move the terminal's cursor; a tab is kept, so
 * that the carets line up whatever its width. */
static void
put_shown(struct assay_buffer *out, uint8_t byte)
{
	(void)assay_buffer_putc(out,
	    byte == '\t' || (byte >= 0x20 && byte != 0x7f) ? byte : '?');
}

static void
put_carets(const struct assay_source *src, struct window w,
    struct assay_span span, struct assay_buffer *out)
{
	size_t end = span.offset + span.length;
	bool any = false;

	for (size_t i = w.from; i < w.to && i < span.offset; i++)
		if (!is_tail(src->text.ptr[i]))
			(void)assay_buffer_putc(out,
			    src->text.ptr[i] == '\t' ? '\t' : ' ');
	for (size_t i = span.offset; i < end && i < w.to; i++) {
		if (is_tail(src->text.ptr[i]))
			continue;
		(void)assay_buffer_putc(out, '^');
		any = true;
	}
	if (!any)	/* at the end of a line or of the text */
		(void)assay_buffer_putc(out, '^');
}

void
assay_source_quote(const struct assay_source *src, struct assay_span span,
    struct assay_buffer *out)
{
	size_t line = line_index(src, span.offset);
	struct window w = window(src, line, span);

	(void)assay_buffer_printf(out, "%5zu | %s", line + 1,
	    w.cut_front ? "..." : "");
	for (size_t i = w.from; i < w.to; i++)
		put_shown(out, src->text.ptr[i]);
	(void)assay_buffer_printf(out, "%s\n      | %s",
	    w.cut_back ? "..." : "", w.cut_front ? "   " : "");
	put_carets(src, w, span, out);
	(void)assay_buffer_putc(out, '\n');
}
