/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded map from bytes to counted objects, for several threads at once.
 * Four places for each hash; the one used longest ago makes room. Keys are
 * compared whole: a hash that an attacker hits only costs a place.
 */
#ifndef ASSAY_ATTEST_CACHE_H
#define ASSAY_ATTEST_CACHE_H

#include <assay/error.h>

struct assay_cache;

struct assay_cache_type {
	void	(*ref)(void *object);
	void	(*unref)(void *object);
};

struct assay_cache_key {
	struct assay_bytes	head, tail;
};

/* Room for about entries objects. */
ASSAY_MUST_USE bool assay_cache_new(size_t entries,
    const struct assay_cache_type *type, struct assay_cache **out,
    struct assay_error *err);
void assay_cache_free(struct assay_cache *c);	/* or NULL */

/* A reference of the caller's own, or NULL. */
void *assay_cache_get(struct assay_cache *c,
    const struct assay_cache_key *key);
/* Keeps a reference of its own; forgets silently when out of memory. */
void assay_cache_put(struct assay_cache *c, const struct assay_cache_key *key,
    void *object);

#endif
