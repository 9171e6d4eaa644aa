/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an operator changes about signing keys, in the store: no private key
 * is needed for it, and a running service follows within a second.
 */
#ifndef ASSAY_APP_KEY_CHANGE_H
#define ASSAY_APP_KEY_CHANGE_H

#include "app/store.h"

/*
 * The next key signs as soon as it has been published for ASSAY_KEY_LEAD;
 * *when says when. No change if it does so already. INVALID_OPERATION: there
 * is no next one (it is made by a running service).
 */
ASSAY_MUST_USE bool assay_keys_rotate(struct assay_store *store,
    const char *provider, const struct assay_store_change *change,
    int64_t *when, struct assay_error *err);
/*
 * Withdraw a key: published no more from now on, and its private key erased.
 * One that never signed may go at any time. One that has signed goes only if
 * compromised, since every token that it signed is believed no more; if it
 * is in use, the next one takes over at once. INVALID_OPERATION otherwise.
 */
ASSAY_MUST_USE bool assay_keys_retire(struct assay_store *store,
    const char *provider, const char *kid, bool compromised,
    const struct assay_store_change *change, struct assay_error *err);

#endif
