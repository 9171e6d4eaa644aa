/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/mem.h"

#define FIRST_CAPACITY 64

struct assay_buffer
assay_buffer(size_t max)
{
	return (struct assay_buffer){ .max = max };
}

void
assay_buffer_free(struct assay_buffer *b)
{
	if (b == NULL)
		return;
	free(b->ptr);
	*b = assay_buffer(b->max);
}

void
assay_buffer_wipe(struct assay_buffer *b)
{
	if (b == NULL)
		return;
	assay_wipe_free(b->ptr, b->cap);
	*b = assay_buffer(b->max);
}

void
assay_buffer_clear(struct assay_buffer *b)
{
	b->len = 0;
	b->failed = false;
	if (b->ptr != NULL)
		b->ptr[0] = '\0';
}

static bool
failed(struct assay_buffer *b)
{
	b->failed = true;
	return false;
}

/* Copies by hand instead of realloc, so that secrets leave no stale copy. */
static bool
grow(struct assay_buffer *b, size_t need)
{
	size_t cap = b->cap != 0 ? b->cap : FIRST_CAPACITY;
	uint8_t *ptr;

	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	if ((ptr = malloc(cap)) == NULL)
		return failed(b);
	if (b->len != 0)
		memcpy(ptr, b->ptr, b->len);
	assay_wipe_free(b->ptr, b->cap);
	b->ptr = ptr;
	b->cap = cap;
	return true;
}

bool
assay_buffer_extend(struct assay_buffer *b, size_t n, uint8_t **at)
{
	if (b->failed || n > b->max || b->len > b->max - n ||
	    b->len + n == SIZE_MAX)
		return failed(b);
	if (b->len + n + 1 > b->cap && !grow(b, b->len + n + 1))
		return false;
	*at = b->ptr + b->len;
	b->len += n;
	b->ptr[b->len] = '\0';
	return true;
}

bool
assay_buffer_put(struct assay_buffer *b, struct assay_bytes in)
{
	uint8_t *at;

	if (!assay_buffer_extend(b, in.len, &at))
		return false;
	if (in.len != 0)
		memcpy(at, in.ptr, in.len);
	return true;
}

bool
assay_buffer_puts(struct assay_buffer *b, const char *str)
{
	return assay_buffer_put(b, assay_bytes_of(str));
}

bool
assay_buffer_putc(struct assay_buffer *b, uint8_t byte)
{
	return assay_buffer_put(b, (struct assay_bytes){ &byte, 1 });
}

bool
assay_buffer_fill(struct assay_buffer *b, uint8_t byte, size_t n)
{
	uint8_t *at;

	if (!assay_buffer_extend(b, n, &at))
		return false;
	if (n != 0)
		memset(at, byte, n);
	return true;
}

bool
assay_buffer_printf(struct assay_buffer *b, const char *fmt, ...)
{
	va_list ap;
	uint8_t *at;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !assay_buffer_extend(b, (size_t)n, &at))
		return failed(b);
	va_start(ap, fmt);
	(void)vsnprintf((char *)at, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return true;
}

bool
assay_buffer_put_le(struct assay_buffer *b, uint64_t v, size_t n)
{
	uint8_t out[8];

	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(v >> (8 * i));
	return assay_buffer_put(b, (struct assay_bytes){ out, n });
}

bool
assay_buffer_put_be(struct assay_buffer *b, uint64_t v, size_t n)
{
	uint8_t out[8];

	for (size_t i = 0; i < n; i++)
		out[n - 1 - i] = (uint8_t)(v >> (8 * i));
	return assay_buffer_put(b, (struct assay_bytes){ out, n });
}

void
assay_buffer_patch_le(struct assay_buffer *b, size_t at, uint64_t v, size_t n)
{
	if (b->failed || at > b->len || n > b->len - at) {
		b->failed = true;
		return;
	}
	for (size_t i = 0; i < n; i++)
		b->ptr[at + i] = (uint8_t)(v >> (8 * i));
}

bool
assay_buffer_ok(const struct assay_buffer *b, const char *what,
    struct assay_error *err)
{
	if (!b->failed)
		return true;
	return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
	    "%s: does not fit into %zu bytes (or memory ran out)", what,
	    b->max);
}

struct assay_bytes
assay_buffer_bytes(const struct assay_buffer *b)
{
	return (struct assay_bytes){ b->ptr, b->len };
}

const char *
assay_buffer_str(const struct assay_buffer *b)
{
	return b->ptr != NULL ? (const char *)b->ptr : "";
}

char *
assay_buffer_take(struct assay_buffer *b)
{
	char *out = NULL;

	if (!b->failed) {
		out = (char *)b->ptr;
		b->ptr = NULL;
	}
	assay_buffer_free(b);
	return out;
}
