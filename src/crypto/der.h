/* SPDX-License-Identifier: Apache-2.0 */
/* A small strict DER walker over assay_reader, for vendor extensions. */
#ifndef ASSAY_CRYPTO_DER_H
#define ASSAY_CRYPTO_DER_H

#include "base/buffer.h"
#include "base/reader.h"

enum assay_der_tag {
	ASSAY_DER_BOOLEAN = 0x01,
	ASSAY_DER_INTEGER = 0x02,
	ASSAY_DER_BIT_STRING = 0x03,
	ASSAY_DER_OCTET_STRING = 0x04,
	ASSAY_DER_NULL = 0x05,
	ASSAY_DER_OID = 0x06,
	ASSAY_DER_ENUMERATED = 0x0a,
	ASSAY_DER_UTF8_STRING = 0x0c,
	ASSAY_DER_PRINTABLE_STRING = 0x13,
	ASSAY_DER_IA5_STRING = 0x16,
	ASSAY_DER_UTC_TIME = 0x17,
	ASSAY_DER_GENERALIZED_TIME = 0x18,
	ASSAY_DER_SEQUENCE = 0x30,
	ASSAY_DER_SET = 0x31,
};

/*
 * One element and nothing behind it, strict DER throughout (ITU-T X.690):
 * lengths definite and minimal, constructed where the type is, booleans 00 or
 * ff, integers minimal and not empty, unused bits zero, OIDs minimal, text in
 * its alphabet, times in the one form that RFC 5280 allows, sets in order, at
 * most ASSAY_MAX_DEPTH deep. BAD_ENCODING, TRUNCATED or TRAILING_DATA with
 * the offset if not. Contents of OCTET and BIT STRINGs are not looked into.
 */
ASSAY_MUST_USE bool assay_der_valid(struct assay_bytes in,
    struct assay_error *err);

/* The tag of the next element, without moving; 0 at the end. */
uint8_t assay_der_peek(const struct assay_reader *r);
/* Next element, whatever its tag. whole covers tag and length too. */
ASSAY_MUST_USE bool assay_der_any(struct assay_reader *r, uint8_t *tag,
    struct assay_bytes *content, struct assay_bytes *whole);
/* Next element must have this tag; its content becomes *out. Definite,
 * minimal lengths only. False, and nothing moves, otherwise. */
ASSAY_MUST_USE bool assay_der_next(struct assay_reader *r, uint8_t tag,
    struct assay_reader *out);
ASSAY_MUST_USE bool assay_der_octets(struct assay_reader *r,
    struct assay_bytes *out);
/* Non-negative, minimal, fits. Tag INTEGER or ENUMERATED. */
ASSAY_MUST_USE bool assay_der_uint(struct assay_reader *r, uint8_t tag,
    uint64_t *out);
ASSAY_MUST_USE bool assay_der_bool(struct assay_reader *r, bool *out);
/* Non-negative INTEGER of any size, without its leading zero octet. */
ASSAY_MUST_USE bool assay_der_big(struct assay_reader *r,
    struct assay_bytes *out);
/* BIT STRING of whole octets. */
ASSAY_MUST_USE bool assay_der_bits(struct assay_reader *r,
    struct assay_bytes *out);
/* UTCTime or GeneralizedTime as RFC 5280 section 4.1.2.5 has them. */
ASSAY_MUST_USE bool assay_der_time(struct assay_reader *r, int64_t *out);
/* The next element is this OID? Moves past it only if so. */
ASSAY_MUST_USE bool assay_der_is_oid(struct assay_reader *r, const char *oid);
/* Content octets of a dotted OID; false if it is not one or does not fit. */
ASSAY_MUST_USE bool assay_oid_encode(const char *oid,
    struct assay_buffer *out);
/* Append the dotted form of content octets; false if they are not an OID. */
ASSAY_MUST_USE bool assay_oid_text(struct assay_bytes content,
    struct assay_buffer *out);

/* Writers, for made certificates: append tag, length, content. */
bool assay_der_put(struct assay_buffer *out, uint8_t tag,
    struct assay_bytes content);
bool assay_der_put_oid(struct assay_buffer *out, const char *oid);
bool assay_der_put_uint(struct assay_buffer *out, uint8_t tag, uint64_t v);
/* INTEGER from an unsigned big-endian magnitude. */
bool assay_der_put_big(struct assay_buffer *out, struct assay_bytes magnitude);
/* BIT STRING of whole octets. */
bool assay_der_put_bits(struct assay_buffer *out, struct assay_bytes octets);
/* UTCTime until 2049, GeneralizedTime from 2050 (RFC 5280 4.1.2.5). */
bool assay_der_put_time(struct assay_buffer *out, int64_t when);
/* What was appended since out->len was from becomes one element's content. */
bool assay_der_wrap(struct assay_buffer *out, size_t from, uint8_t tag);

#endif
