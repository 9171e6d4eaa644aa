/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is collateral what it claims to be? Looked at before it is stored, so that
 * an operator learns of a bad document when he brings it and not when quotes
 * begin to fail. The verifier trusts none of this and does it all again.
 */
#ifndef ASSAY_APP_COLLATERAL_CHECK_H
#define ASSAY_APP_COLLATERAL_CHECK_H

#include "app/collateral_list.h"
#include "collateral/anchors.h"

/* What a document may lean on. */
struct assay_collateral_world {
	const struct assay_collateral_list	*fresh;	/* to be imported */
	const struct assay_collateral_list	*held;	/* in the store */
	const struct assay_anchors		*anchors;
};

/*
 * Structure, signature, and a chain to a trusted root none of whose
 * certificates is revoked. Says nothing of time: expired collateral may be
 * wanted. Revocation lists are verified with the certificates in item->chain
 * or in the chains of the other items. Errors are the verifier's own, and
 * COLLATERAL_MISSING for what is needed and neither fresh nor held.
 */
ASSAY_MUST_USE bool assay_collateral_check(
    const struct assay_collateral_world *world,
    const struct assay_collateral_item *item, struct assay_error *err);

#endif
