/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for things that live and die together: parsed trees, one evaluation.
 * Nothing is freed singly. Zeroed, aligned for any type, bounded by a maximum.
 */
#ifndef ASSAY_BASE_ARENA_H
#define ASSAY_BASE_ARENA_H

#include <assay/bytes.h>

struct assay_arena;

/* NULL when out of memory. max bounds the sum of all allocations. */
struct assay_arena *assay_arena_new(size_t max);
/* Accepts NULL. */
void assay_arena_free(struct assay_arena *a);
/* Forget every allocation, keep the first block for reuse. */
void assay_arena_reset(struct assay_arena *a);

/* NULL when memory or the maximum runs out, or when n * size overflows. */
void *assay_arena_alloc(struct assay_arena *a, size_t n, size_t size);
/* A copy with a NUL behind it, which len excludes; ptr NULL on failure. */
struct assay_bytes assay_arena_dup(struct assay_arena *a,
    struct assay_bytes in);
/* Bytes handed out so far. */
size_t assay_arena_used(const struct assay_arena *a);

#endif
