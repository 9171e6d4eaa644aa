/* SPDX-License-Identifier: Apache-2.0 */
/* Names that nobody can guess: request ids, token ids. */
#ifndef ASSAY_APP_IDENT_H
#define ASSAY_APP_IDENT_H

#include <assay/error.h>

#define ASSAY_IDENT_MAX_BYTES 64

/*
 * 2 * n lower-case hex digits and a NUL, from n random bytes; n at most
 * ASSAY_IDENT_MAX_BYTES. CRYPTO_FAILED.
 */
ASSAY_MUST_USE bool assay_ident(size_t n, char *out,
    struct assay_error *err);

#endif
