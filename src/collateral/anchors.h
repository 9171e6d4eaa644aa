/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root keys that Intel chains may end in. Keys, not certificates: one
 * root key has three genuine certificates in the field, two that expire in
 * 2033 and one in 2049, and a chain may carry any of them.
 */
#ifndef ASSAY_COLLATERAL_ANCHORS_H
#define ASSAY_COLLATERAL_ANCHORS_H

#include "crypto/cert.h"

struct assay_anchors {
	struct assay_pkey	**keys;
	size_t			 n;
	size_t			 n_builtin;	/* the first of keys */
};

/*
 * The built-in Intel SGX Root CA key unless without_builtin, then the key of
 * each PEM certificate. KEY_INVALID, CERT_MALFORMED, BAD_FIELD if there would
 * be none. Free with assay_anchors_free().
 */
ASSAY_MUST_USE bool assay_anchors_make(const struct assay_bytes *pem, size_t n,
    bool without_builtin, struct assay_anchors *out, struct assay_error *err);
void assay_anchors_free(struct assay_anchors *a);

/* The index of the key, or a->n if it is not one of them. */
size_t assay_anchors_find(const struct assay_anchors *a,
    const struct assay_pkey *key);
bool assay_anchors_is_builtin(const struct assay_anchors *a, size_t index);

#endif
