/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The collateral that an operator holds, as the pipeline asks for it.
 *
 * A list becomes the content of a set in one step. Readers hold on to the
 * content that they found, so that a request sees one state from its
 * beginning to its end.
 */
#ifndef ASSAY_APP_COLLATERAL_SET_H
#define ASSAY_APP_COLLATERAL_SET_H

#include "app/collateral_list.h"

struct assay_collateral_set;

enum assay_collateral_lookup {
	/* By FMSPC, TEE, CA and number. */
	ASSAY_COLLATERAL_BY_IDENTIFIER,
	/* Whatever there is, one item of each kind: for an appraisal with
	 * collateral that somebody chose for this evidence. */
	ASSAY_COLLATERAL_AS_IS,
};

/* An empty set. */
ASSAY_MUST_USE bool assay_collateral_set_new(
    enum assay_collateral_lookup lookup, struct assay_collateral_set **out,
    struct assay_error *err);
/* No find() may be running and no token be outstanding. */
void assay_collateral_set_free(struct assay_collateral_set *set);
/*
 * The list, which the set now owns, becomes the content, in one step for
 * all threads; whoever found something in the old content keeps it.
 */
void assay_collateral_set_replace(struct assay_collateral_set *set,
    struct assay_collateral_list *list);
size_t assay_collateral_set_count(struct assay_collateral_set *set);
/* Append a copy of every item. */
ASSAY_MUST_USE bool assay_collateral_set_copy(
    struct assay_collateral_set *set, struct assay_collateral_list *out,
    struct assay_error *err);

/* All items of one content, borrowed; false (with err set) stops. */
typedef bool assay_collateral_item_fn(void *ctx,
    const struct assay_collateral_item *item, struct assay_error *err);
ASSAY_MUST_USE bool assay_collateral_set_each(
    struct assay_collateral_set *set, assay_collateral_item_fn *fn, void *ctx,
    struct assay_error *err);

/* The identifiers of documents: TCB info, QE identity, two lists. */
struct assay_collateral_lack {
	struct assay_collateral_item	item[4];
	size_t				n;
};
/* What wanted needs and the set does not have, or has expired and is past
 * its grace. */
void assay_collateral_set_lacks(struct assay_collateral_set *set,
    const struct assay_dcap_wanted *wanted, int64_t now,
    const struct assay_grace *grace, struct assay_collateral_lack *out);

/* To be handed to the pipeline; lives as long as the set. */
struct assay_collateral_source assay_collateral_set_source(
    struct assay_collateral_set *set);

#endif
