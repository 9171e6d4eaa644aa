/* SPDX-License-Identifier: Apache-2.0 */
/* Text with a length: UTF-8, ASCII case, bounded numbers. */
#ifndef ASSAY_BASE_TEXT_H
#define ASSAY_BASE_TEXT_H

#include <assay/bytes.h>

/*
 * RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. On
 * failure *bad (may be NULL) is the offset of the first byte that is wrong.
 */
bool assay_utf8_valid(struct assay_bytes text, size_t *bad);
/* Bytes of the sequence that starts text, 0 if none is valid there. */
size_t assay_utf8_length(struct assay_bytes text);

/* Equal to a C string; the second without regard to ASCII case. */
bool assay_text_is(struct assay_bytes text, const char *str);
bool assay_text_is_nocase(struct assay_bytes text, const char *str);

#define ASSAY_TEXT_SHOW 68	/* room that assay_text_show() needs */

/*
 * For messages: the first 60 bytes of what a stranger sent, '?' for each that
 * is not printable ASCII and "..." if there are more; returns out.
 */
const char *assay_text_show(struct assay_bytes text,
    char out[ASSAY_TEXT_SHOW]);

/* Decimal digits only, no sign, no space; false on overflow or more. */
bool assay_text_u64(struct assay_bytes text, uint64_t *out);
/* An optional '-' and digits. */
bool assay_text_i64(struct assay_bytes text, int64_t *out);

#endif
