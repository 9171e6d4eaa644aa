/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A collateral bundle: every document of a list in one JSON file, to be
 * carried to where there is no network.
 *
 *	{"format": "assay-collateral-1",
 *	 "items": [{"kind": "tcb_info", "body": BASE64, "chain": BASE64}, ...]}
 *
 * kind is tcb_info, qe_identity, pck_crl, root_ca_crl or pck_chain; body is
 * the document byte for byte as served; chain, which may be absent, the PEM
 * certificates of whoever signed it. What a document is about is read from
 * the document itself; nothing in the bundle is believed.
 */
#ifndef ASSAY_CLI_COLLATERAL_BUNDLE_H
#define ASSAY_CLI_COLLATERAL_BUNDLE_H

#include "app/collateral_list.h"
#include "json/json.h"

/* A new reference, NULL on failure. */
ASSAY_MUST_USE json_t *cli_bundle_json(
    const struct assay_collateral_list *list, struct assay_error *err);
/* Add every item; source is where the bundle came from, now when. */
ASSAY_MUST_USE bool cli_bundle_read(struct assay_bytes text,
    const char *source, int64_t now, struct assay_collateral_list *list,
    struct assay_error *err);

#endif
