/* SPDX-License-Identifier: Apache-2.0 */
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#define BLOCK_SIZE 4096

struct block {
	struct block	*next;
	size_t		 size;
	size_t		 used;
	alignas(max_align_t) uint8_t data[];
};

struct assay_arena {
	struct block	*head;
	size_t		 used;
	size_t		 max;
};

struct assay_arena *
assay_arena_new(size_t max)
{
	struct assay_arena *a;

	if ((a = calloc(1, sizeof(*a))) != NULL)
		a->max = max;
	return a;
}

static void
free_blocks(struct block *b)
{
	struct block *next;

	for (; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
}

void
assay_arena_free(struct assay_arena *a)
{
	if (a == NULL)
		return;
	free_blocks(a->head);
	free(a);
}

void
assay_arena_reset(struct assay_arena *a)
{
	if (a->head != NULL) {
		free_blocks(a->head->next);
		a->head->next = NULL;
		a->head->used = 0;
	}
	a->used = 0;
}

static struct block *
add_block(struct assay_arena *a, size_t n)
{
	size_t size = n > BLOCK_SIZE ? n : BLOCK_SIZE;
	struct block *b;

	if ((b = malloc(sizeof(*b) + size)) == NULL)
		return NULL;
	*b = (struct block){ .next = a->head, .size = size };
	a->head = b;
	return b;
}

void *
assay_arena_alloc(struct assay_arena *a, size_t n, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct block *b = a->head;
	size_t want;
	void *out;

	if (size != 0 && n > (SIZE_MAX / 2) / size)
		return NULL;
	want = (n * size + align - 1) / align * align;
	if (want == 0)
		want = align;
	if (want > a->max || a->used > a->max - want)
		return NULL;
	if (b == NULL || b->size - b->used < want)
		if ((b = add_block(a, want)) == NULL)
			return NULL;
	out = b->data + b->used;
	b->used += want;
	a->used += want;
	memset(out, 0, want);
	return out;
}

struct assay_bytes
assay_arena_dup(struct assay_arena *a, struct assay_bytes in)
{
	uint8_t *out;

	if (in.len == SIZE_MAX ||
	    (out = assay_arena_alloc(a, in.len + 1, 1)) == NULL)
		return (struct assay_bytes){ NULL, 0 };
	if (in.len != 0)
		memcpy(out, in.ptr, in.len);
	return (struct assay_bytes){ out, in.len };
}

size_t
assay_arena_used(const struct assay_arena *a)
{
	return a->used;
}
