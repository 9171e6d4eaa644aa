/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owned bytes that grow to a maximum given at birth. A buffer cannot be made
 * without its maximum. A failed append changes nothing and is remembered, so
 * that a series of appends may be checked once, at its end.
 */
#ifndef ASSAY_BASE_BUFFER_H
#define ASSAY_BASE_BUFFER_H

#include <assay/error.h>

struct assay_buffer {
	uint8_t	*ptr;		/* always followed by a NUL that len excludes */
	size_t	 len;
	size_t	 cap;
	size_t	 max;
	bool	 failed;	/* an append did not fit or memory ran out */
};

struct assay_buffer assay_buffer(size_t max);
/* Frees; accepts NULL and a zeroed struct; the buffer is empty afterwards. */
void assay_buffer_free(struct assay_buffer *b);
/* Wipes, then frees: for secrets. */
void assay_buffer_wipe(struct assay_buffer *b);
/* Keeps the memory, forgets the content and a failure. */
void assay_buffer_clear(struct assay_buffer *b);

/* Appenders. False when the maximum would be crossed or memory ran out. */
bool assay_buffer_put(struct assay_buffer *b, struct assay_bytes in);
bool assay_buffer_puts(struct assay_buffer *b, const char *str);
bool assay_buffer_putc(struct assay_buffer *b, uint8_t byte);
bool assay_buffer_fill(struct assay_buffer *b, uint8_t byte, size_t n);
bool assay_buffer_printf(struct assay_buffer *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* n little- or big-endian bytes of v, n at most 8. */
bool assay_buffer_put_le(struct assay_buffer *b, uint64_t v, size_t n);
bool assay_buffer_put_be(struct assay_buffer *b, uint64_t v, size_t n);
/* Room for n more bytes at *at, already counted in len, not yet written. */
bool assay_buffer_extend(struct assay_buffer *b, size_t n, uint8_t **at);

/* Overwrite n little-endian bytes at offset: back-patched lengths. */
void assay_buffer_patch_le(struct assay_buffer *b, size_t at, uint64_t v,
    size_t n);

/* True if every append so far succeeded; otherwise records why in err. */
ASSAY_MUST_USE bool assay_buffer_ok(const struct assay_buffer *b,
    const char *what, struct assay_error *err);

/* Borrow the content. */
struct assay_bytes assay_buffer_bytes(const struct assay_buffer *b);
/* Borrow as a C string ("" when empty); a NUL inside is the caller's care. */
const char *assay_buffer_str(const struct assay_buffer *b);
/* Take the memory (free() it); NULL if a failure happened or it is empty. */
char *assay_buffer_take(struct assay_buffer *b);

#endif
