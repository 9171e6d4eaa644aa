/* SPDX-License-Identifier: Apache-2.0 */
/* PEM (RFC 7468), strict, and its writer. */
#ifndef ASSAY_CRYPTO_PEM_H
#define ASSAY_CRYPTO_PEM_H

#include "base/buffer.h"
#include "base/reader.h"

/* Skip white space and NULs; false at the end. */
bool assay_pem_more(struct assay_reader *r);
/*
 * Read one block; append its decoded content to der. Nothing may stand before
 * it but white space and NULs; no headers inside; the labels of both ends are
 * the same. BAD_ENCODING or LIMIT_EXCEEDED otherwise.
 */
ASSAY_MUST_USE bool assay_pem_next(struct assay_reader *r,
    struct assay_bytes *label, struct assay_buffer *der,
    struct assay_error *err);
/* Does the text begin as PEM does, after white space? */
bool assay_pem_looks_like(struct assay_bytes in);
/* Append a block with 64-column lines and a final newline. */
bool assay_pem_put(struct assay_buffer *out, const char *label,
    struct assay_bytes der);

#endif
