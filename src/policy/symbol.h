/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The claim types that a policy names, numbered: a condition with
 * type=="..." then looks only at the claims of that number. Sorted, not
 * hashed: whoever writes a policy cannot make it slow.
 */
#ifndef ASSAY_POLICY_SYMBOL_H
#define ASSAY_POLICY_SYMBOL_H

#include "base/arena.h"

struct assay_symbols {
	struct assay_bytes	*names;		/* sorted, once each */
	size_t			 count;
};

/* Room for at most max names; false when out of memory. */
ASSAY_MUST_USE bool assay_symbols_init(struct assay_symbols *t, size_t max,
    struct assay_arena *arena);
/* Collect a name, borrowed; any number of times. */
void assay_symbols_add(struct assay_symbols *t, struct assay_bytes name);
/* All names are there: give them their numbers. */
void assay_symbols_sort(struct assay_symbols *t);
/* SIZE_MAX if the policy does not name it. */
size_t assay_symbols_find(const struct assay_symbols *t,
    struct assay_bytes name);

/* FNV-1a, continued from seed: for tables whose use is charged for. */
uint64_t assay_symbol_hash(struct assay_bytes text, uint64_t seed);
#define ASSAY_SYMBOL_SEED 0xcbf29ce484222325u

#endif
