/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "policy/diagnose.h"

#define MESSAGE_MAX	1024
#define TEXT_MAX	4096
#define WORD_MAX	64	/* longest word compared for "did you mean" */

struct assay_diagnostics {
	struct assay_diagnostic	 items[ASSAY_MAX_POLICY_DIAGNOSTICS];
	size_t			 count;
	size_t			 errors;
	bool			 no_memory;
};

struct assay_diagnostics *
assay_diagnostics_new(void)
{
	return assay_alloc(1, sizeof(struct assay_diagnostics));
}

static void
free_item(struct assay_diagnostic *item)
{
	char *text = (char *)(uintptr_t)item->text;
	char *message = (char *)(uintptr_t)item->message;

	free(text);
	free(message);
}

void
assay_diagnostics_free(struct assay_diagnostics *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->count; i++)
		free_item(&d->items[i]);
	free(d);
}

size_t
assay_diagnostics_count(const struct assay_diagnostics *d)
{
	return d->count;
}

const struct assay_diagnostic *
assay_diagnostics_at(const struct assay_diagnostics *d, size_t index)
{
	return index < d->count ? &d->items[index] : NULL;
}

bool
assay_diagnostics_full(const struct assay_diagnostics *d)
{
	return d->count == ASSAY_MAX_POLICY_DIAGNOSTICS;
}

bool
assay_diagnostics_ok(const struct assay_diagnostics *d)
{
	return !d->no_memory;
}

size_t
assay_diagnostics_errors(const struct assay_diagnostics *d)
{
	return d->errors;
}

const struct assay_diagnostic *
assay_diagnostics_first_error(const struct assay_diagnostics *d)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->items[i].kind == ASSAY_DIAGNOSTIC_ERROR)
			return &d->items[i];
	return NULL;
}

static char *
full_text(const struct assay_source *src, const struct assay_diagnostic *item,
    struct assay_span span)
{
	struct assay_buffer out = assay_buffer(TEXT_MAX);
	char *text;

	(void)assay_buffer_printf(&out, "%s: line %zu, column %zu: %s [%s]\n",
	    item->kind == ASSAY_DIAGNOSTIC_ERROR ? "error" : "warning",
	    item->line, item->column, item->message, item->id);
	assay_source_quote(src, span, &out);
	text = assay_buffer_take(&out);
	assay_buffer_free(&out);
	return text;
}

/* Keeps the order of the text; equal places in the order of arrival. */
static void
insert(struct assay_diagnostics *d, const struct assay_diagnostic *item)
{
	size_t at = d->count;

	while (at > 0 && d->items[at - 1].offset > item->offset) {
		d->items[at] = d->items[at - 1];
		at--;
	}
	d->items[at] = *item;
	d->count++;
}

void
assay_diagnose(struct assay_diagnostics *d, const struct assay_source *src,
    enum assay_diagnostic_kind kind, struct assay_span span, const char *id,
    const char *fmt, ...)
{
	struct assay_diagnostic item = { .kind = kind, .id = id,
	    .offset = span.offset, .length = span.length };
	struct assay_place place;
	char message[MESSAGE_MAX];
	va_list ap;

	if (kind == ASSAY_DIAGNOSTIC_ERROR)
		d->errors++;
	if (d->count == ASSAY_MAX_POLICY_DIAGNOSTICS)
		return;
	place = assay_source_place(src, span.offset);
	item.line = place.line;
	item.column = place.column;
	va_start(ap, fmt);
	(void)vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	assay_plain_text(message);
	item.message = assay_strdup_bytes(assay_bytes_of(message));
	if (item.message != NULL)
		item.text = full_text(src, &item, span);
	if (item.text == NULL) {
		free_item(&item);
		d->no_memory = true;
		return;
	}
	insert(d, &item);
}

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t
assay_word_distance(struct assay_bytes a, struct assay_bytes b)
{
	size_t row[3][WORD_MAX + 1];

	if (a.len > WORD_MAX || b.len > WORD_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= b.len; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t *now = row[i % 3], *last = row[(i + 2) % 3];
		const size_t *before = row[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			bool same = lower(a.ptr[i - 1]) == lower(b.ptr[j - 1]);

			now[j] = least(last[j - 1] + (same ? 0 : 1),
			    least(last[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 &&
			    lower(a.ptr[i - 1]) == lower(b.ptr[j - 2]) &&
			    lower(a.ptr[i - 2]) == lower(b.ptr[j - 1]))
				now[j] = least(now[j], before[j - 2] + 1);
		}
	}
	return row[a.len % 3][b.len];
}

const char *
assay_nearest_name(struct assay_bytes word, const char *const *names, size_t n)
{
	/* One edit in three characters still looks like the same word. */
	size_t best = word.len / 3 + 1;
	const char *found = NULL;

	for (size_t i = 0; i < n; i++) {
		struct assay_bytes name = assay_bytes_of(names[i]);
		size_t d;

		/* A word that was cut short is as good as one edit. */
		if (word.len >= 3 && word.len < name.len && best > 1 &&
		    memcmp(word.ptr, name.ptr, word.len) == 0) {
			best = 1;
			found = names[i];
			continue;
		}
		/* Lengths alone can tell that it is too far. */
		if (name.len > word.len + best || word.len > name.len + best)
			continue;
		d = assay_word_distance(word, name);
		if (d < best) {
			best = d;
			found = names[i];
		}
	}
	return found;
}
