/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of an issuer whom the relying party chose beforehand. The way
 * begins at the address that the caller gives, never at a token, and its
 * metadata cannot lead elsewhere (Microsoft Azure Attestation samples, issue
 * 29: whoever follows a token's jku trusts the attacker's keys).
 */
#ifndef ASSAY_CLIENT_DISCOVERY_H
#define ASSAY_CLIENT_DISCOVERY_H

#include <assay/token.h>

#include "client/exchange.h"

/*
 * The name that the service at url goes by: the url without slashes at its
 * end (api.md section 4). NULL when out of memory; free() it.
 */
char *assay_issuer_of_url(const char *url);

/*
 * GET <url>/.well-known/openid-configuration; its "issuer" must be exactly
 * issuer, its "jwks_uri" under the origin of url or of issuer; GET that and
 * parse it. FETCH_FAILED, FETCH_REFUSED, or what assay_keyset_parse() says.
 * Free with assay_keyset_free().
 */
ASSAY_MUST_USE bool assay_discover_keys(
    const struct assay_service_address *at, const char *issuer,
    struct assay_keyset **out, struct assay_error *err);

#endif
