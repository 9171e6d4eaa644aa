/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of one issuer of access tokens, kept fresh by a thread of their
 * own: requests never fetch. Fetched again after a while, and at once when a
 * token names a key that is not there, though not more often than each half
 * minute, so that strangers cannot make us ask. What was fetched serves on
 * while the issuer is down, up to a greatest age.
 */
#ifndef ASSAY_APP_CALLER_KEYS_H
#define ASSAY_APP_CALLER_KEYS_H

#include <assay/token.h>

#include "app/caller_config.h"

struct assay_caller_keys;

/* A key set with several owners. */
struct assay_shared_keys;
const struct assay_keyset *assay_shared_keys_set(
    const struct assay_shared_keys *shared);
void assay_shared_keys_release(struct assay_shared_keys *shared); /* or NULL */

/* Get the issuer's keys now: may take seconds. */
typedef bool assay_caller_fetch_fn(const struct assay_caller_issuer *issuer,
    struct assay_keyset **out, struct assay_error *err);
/* From jwks_file; or discovery, then jwks_uri. CALLER_KEYS_MISSING. */
assay_caller_fetch_fn assay_caller_fetch;

/*
 * issuer is borrowed and must stay. From a file: read here, CONFIG_INVALID or
 * IO_FAILED if it is unusable. Else fetching begins; old (or NULL) is the
 * cache of the same issuer from before a reload, whose keys serve meanwhile.
 */
ASSAY_MUST_USE bool assay_caller_keys_open(
    const struct assay_caller_issuer *issuer, assay_caller_fetch_fn *fetch,
    struct assay_caller_keys *old, struct assay_caller_keys **out,
    struct assay_error *err);
void assay_caller_keys_close(struct assay_caller_keys *keys);	/* or NULL */

/*
 * The keys to verify a token with this kid (ptr NULL: it has none), at a
 * monotonic time. If the kid is not among them although they were fetched
 * just now, that is for the verification to say. CALLER_KEYS_MISSING: there
 * are none, or none of that name and the issuer cannot be asked; one request
 * waits a moment for a fetch in progress, others are told to come again.
 */
ASSAY_MUST_USE bool assay_caller_keys_get(struct assay_caller_keys *keys,
    struct assay_bytes kid, struct assay_shared_keys **out,
    struct assay_error *err);

#endif
