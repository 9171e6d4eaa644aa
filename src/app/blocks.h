/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The platforms that the operator has blocked, as the pipeline looks at them.
 * Read from the store; a new content holds for every request that begins
 * after it, on all threads.
 */
#ifndef ASSAY_APP_BLOCKS_H
#define ASSAY_APP_BLOCKS_H

#include <assay/attest.h>

#include "app/store.h"

struct assay_blocks;
struct assay_blocks_held;

ASSAY_MUST_USE bool assay_blocks_new(struct assay_blocks **out,
    struct assay_error *err);
void assay_blocks_free(struct assay_blocks *blocks);	/* or NULL */
/* On failure the old content stays. */
ASSAY_MUST_USE bool assay_blocks_reload(struct assay_blocks *blocks,
    struct assay_store *store, struct assay_error *err);

/* The content now; the list is good until it is given back. */
struct assay_blocks_held *assay_blocks_hold(struct assay_blocks *blocks,
    struct assay_block_list *out);
void assay_blocks_release(struct assay_blocks *blocks,
    struct assay_blocks_held *held);

/* "fmspc", "pck-serial", "ppid"; static. */
const char *assay_block_kind_name(enum assay_block_kind kind);
bool assay_block_kind_parse(const char *name, enum assay_block_kind *out);

#endif
