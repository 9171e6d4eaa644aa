/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of a key set: how a token finds its key. */
#ifndef ASSAY_TOKEN_KEYSET_H
#define ASSAY_TOKEN_KEYSET_H

#include <assay/token.h>

#include "token/jwk.h"

/*
 * The key with this kid, compared byte for byte. kid.ptr NULL: the token has
 * none, and the set must have exactly one key. TOKEN_KEY_UNKNOWN.
 */
ASSAY_MUST_USE bool assay_keyset_find(const struct assay_keyset *set,
    struct assay_bytes kid, const struct assay_jwk **out,
    struct assay_error *err);

#endif
