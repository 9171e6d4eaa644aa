/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict hex, base64 and base64url (RFC 4648). Decoders accept exactly one
 * spelling of each value, except the one that says otherwise. Errors name the
 * offset and the byte.
 */
#ifndef ASSAY_BASE_ENCODE_H
#define ASSAY_BASE_ENCODE_H

#include "base/buffer.h"

/* Append lower-case hex. */
bool assay_hex_encode(struct assay_bytes in, struct assay_buffer *out);
/* Write 2 * in.len characters and a NUL to out. */
void assay_hex(struct assay_bytes in, char *out);
/* Append decoded bytes; either case, even length. */
ASSAY_MUST_USE bool assay_hex_decode(struct assay_bytes text,
    struct assay_buffer *out, struct assay_error *err);

/* Append base64 with padding; base64url without. */
bool assay_base64_encode(struct assay_bytes in, struct assay_buffer *out);
bool assay_base64url_encode(struct assay_bytes in, struct assay_buffer *out);

/* Standard alphabet, padded, canonical (unused bits zero). */
ASSAY_MUST_USE bool assay_base64_decode(struct assay_bytes text,
    struct assay_buffer *out, struct assay_error *err);
/* URL alphabet, never padded, canonical: RFC 7515 section 2. */
ASSAY_MUST_USE bool assay_base64url_decode(struct assay_bytes text,
    struct assay_buffer *out, struct assay_error *err);
/*
 * Members of request bodies: both alphabets (not mixed), padding optional but
 * right if there; real clients of Azure Attestation send every form.
 */
ASSAY_MUST_USE bool assay_base64_decode_any(struct assay_bytes text,
    struct assay_buffer *out, struct assay_error *err);

/*
 * Append UTF-16LE as UTF-8; NULs at the end are left out. False, with nothing
 * appended: odd length, a lone surrogate, a NUL inside, no room.
 */
ASSAY_MUST_USE bool assay_utf16le_decode(struct assay_bytes in,
    struct assay_buffer *out);

#endif
