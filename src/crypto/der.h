/* SPDX-License-Identifier: Apache-2.0 */
/* A small strict DER walker over assay_reader, for vendor extensions. */
#ifndef ASSAY_CRYPTO_DER_H
#define ASSAY_CRYPTO_DER_H

#include "base/buffer.h"
#include "base/reader.h"

enum assay_der_tag {
	ASSAY_DER_BOOLEAN = 0x01,
	ASSAY_DER_INTEGER = 0x02,
	ASSAY_DER_OCTET_STRING = 0x04,
	ASSAY_DER_OID = 0x06,
	ASSAY_DER_ENUMERATED = 0x0a,
	ASSAY_DER_UTF8_STRING = 0x0c,
	ASSAY_DER_SEQUENCE = 0x30,
	ASSAY_DER_SET = 0x31,
};

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
/* The next element is this OID? Moves past it only if so. */
ASSAY_MUST_USE bool assay_der_is_oid(struct assay_reader *r, const char *oid);
/* Content octets of a dotted OID; false if it is not one or does not fit. */
ASSAY_MUST_USE bool assay_oid_encode(const char *oid,
    struct assay_buffer *out);

/* Writers, for made certificates: append tag, length, content. */
bool assay_der_put(struct assay_buffer *out, uint8_t tag,
    struct assay_bytes content);
bool assay_der_put_oid(struct assay_buffer *out, const char *oid);
bool assay_der_put_uint(struct assay_buffer *out, uint8_t tag, uint64_t v);

#endif
