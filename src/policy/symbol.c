/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "policy/symbol.h"

bool
assay_symbols_init(struct assay_symbols *t, size_t max,
    struct assay_arena *arena)
{
	t->count = 0;
	t->names = assay_arena_alloc(arena, max + 1, sizeof(*t->names));
	return t->names != NULL;
}

void
assay_symbols_add(struct assay_symbols *t, struct assay_bytes name)
{
	t->names[t->count++] = name;
}

/* Shorter first: lengths differ more often than they agree. */
static int
order(const void *a, const void *b)
{
	const struct assay_bytes *x = a, *y = b;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return x->len == 0 ? 0 : memcmp(x->ptr, y->ptr, x->len);
}

void
assay_symbols_sort(struct assay_symbols *t)
{
	size_t kept = 0;

	if (t->count == 0)
		return;
	qsort(t->names, t->count, sizeof(*t->names), order);
	for (size_t i = 0; i < t->count; i++)
		if (kept == 0 ||
		    order(&t->names[kept - 1], &t->names[i]) != 0)
			t->names[kept++] = t->names[i];
	t->count = kept;
}

size_t
assay_symbols_find(const struct assay_symbols *t, struct assay_bytes name)
{
	size_t low = 0, high = t->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int o = order(&name, &t->names[middle]);

		if (o == 0)
			return middle;
		if (o < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return SIZE_MAX;
}

uint64_t
assay_symbol_hash(struct assay_bytes text, uint64_t seed)
{
	for (size_t i = 0; i < text.len; i++)
		seed = (seed ^ text.ptr[i]) * 0x100000001b3u;
	return seed;
}
