/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cursor over bytes we do not own and do not trust.
 *
 * A reader only moves forward, never past its end, and not at all when it
 * fails. Everything in this project that comes from outside as binary is read
 * through one; nothing is cast onto a struct.
 */
#ifndef ASSAY_BASE_READER_H
#define ASSAY_BASE_READER_H

#include <assay/bytes.h>

struct assay_reader {
	const uint8_t	*start;
	const uint8_t	*pos;
	const uint8_t	*end;
};

struct assay_reader	assay_reader(struct assay_bytes in);
size_t			assay_reader_left(const struct assay_reader *r);
size_t			assay_reader_offset(const struct assay_reader *r);

/* Each returns false, and changes nothing, when fewer bytes are left. */
ASSAY_MUST_USE bool assay_read_u8(struct assay_reader *r, uint8_t *out);
ASSAY_MUST_USE bool assay_read_u16le(struct assay_reader *r, uint16_t *out);
ASSAY_MUST_USE bool assay_read_u32le(struct assay_reader *r, uint32_t *out);
ASSAY_MUST_USE bool assay_read_u64le(struct assay_reader *r, uint64_t *out);
ASSAY_MUST_USE bool assay_read_u16be(struct assay_reader *r, uint16_t *out);
ASSAY_MUST_USE bool assay_read_u32be(struct assay_reader *r, uint32_t *out);
ASSAY_MUST_USE bool assay_read_u64be(struct assay_reader *r, uint64_t *out);
ASSAY_MUST_USE bool assay_read_bytes(struct assay_reader *r, size_t n,
    struct assay_bytes *out);
/* Copy exactly n bytes into out. */
ASSAY_MUST_USE bool assay_read_copy(struct assay_reader *r, void *out,
    size_t n);
ASSAY_MUST_USE bool assay_skip(struct assay_reader *r, size_t n);
/* What is left, without moving. */
struct assay_bytes assay_reader_rest(const struct assay_reader *r);

/* Cut off the next n bytes as a reader of their own. */
ASSAY_MUST_USE bool assay_read_sub(struct assay_reader *r, size_t n,
    struct assay_reader *out);

#endif
