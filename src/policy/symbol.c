/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "policy/symbol.h"

bool
assay_symbols_init(struct assay_symbols *t, size_t max,
    struct assay_arena *arena)
{
	size_t size = 4;

	while (size < 2 * max)	/* at most half full: short probes */
		size *= 2;
	*t = (struct assay_symbols){ .mask = size - 1 };
	t->names = assay_arena_alloc(arena, max + 1, sizeof(*t->names));
	t->slots = assay_arena_alloc(arena, size, sizeof(*t->slots));
	return t->names != NULL && t->slots != NULL;
}

uint64_t
assay_symbol_hash(struct assay_bytes text, uint64_t seed)
{
	for (size_t i = 0; i < text.len; i++)
		seed = (seed ^ text.ptr[i]) * 0x100000001b3u;
	return seed;
}

static bool
same(struct assay_bytes a, struct assay_bytes b)
{
	return a.len == b.len && (a.len == 0 ||
	    memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Where the name is, or where it would go. */
static size_t
slot_of(const struct assay_symbols *t, struct assay_bytes name)
{
	uint64_t hash = assay_symbol_hash(name, ASSAY_SYMBOL_SEED);
	size_t i = (size_t)(hash ^ hash >> 32) & t->mask;

	while (t->slots[i] != 0 && !same(t->names[t->slots[i] - 1], name))
		i = (i + 1) & t->mask;
	return i;
}

size_t
assay_symbols_add(struct assay_symbols *t, struct assay_bytes name)
{
	size_t slot = slot_of(t, name);

	if (t->slots[slot] == 0) {
		t->names[t->count++] = name;
		t->slots[slot] = (uint32_t)t->count;
	}
	return t->slots[slot] - 1;
}

size_t
assay_symbols_find(const struct assay_symbols *t, struct assay_bytes name)
{
	size_t slot = slot_of(t, name);

	return t->slots[slot] == 0 ? SIZE_MAX : t->slots[slot] - 1;
}
