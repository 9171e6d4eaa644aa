/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to crypto/: what certificates and revocation lists have in common,
 * names and extensions (RFC 5280 sections 4.1.2.4 and 4.2). Everything borrows
 * from DER that assay_der_valid() has passed.
 */
#ifndef ASSAY_CRYPTO_X509_H
#define ASSAY_CRYPTO_X509_H

#include "base/reader.h"
#include "crypto/der.h"

/* Name ::= SEQUENCE OF SET OF { type, value }. Is it one? May be empty. */
ASSAY_MUST_USE bool assay_name_valid(struct assay_bytes der);
/* No attributes at all. */
bool assay_name_empty(struct assay_bytes der);
/*
 * Append "CN=Root, O=Example" in the order of the DER; RFC 2253 escapes;
 * what could deceive a reader's eye or terminal is escaped as \xx, too.
 */
bool assay_name_text(struct assay_bytes der, struct assay_buffer *out);
/* The first commonName, if it is text in UTF-8; empty otherwise. */
struct assay_bytes assay_name_cn(struct assay_bytes der);
/* Append text with controls and what is not UTF-8 escaped as \xx. */
bool assay_safe_text(struct assay_bytes text, const char *special,
    struct assay_buffer *out);

struct assay_extension {
	struct assay_bytes	oid;		/* content octets */
	bool			critical;
	struct assay_bytes	value;		/* inside the OCTET STRING */
};

/* Read one Extension from the sequence; false if it is malformed. */
ASSAY_MUST_USE bool assay_extension_next(struct assay_reader *seq,
    struct assay_extension *out);
/*
 * Every Extension of the content of an Extensions into out[0..max): at least
 * one, none twice. Malformed: BAD_ENCODING; too many: LIMIT_EXCEEDED.
 */
ASSAY_MUST_USE bool assay_extensions_read(struct assay_reader seq,
    struct assay_extension *out, size_t max, size_t *n,
    struct assay_error *err);
bool assay_extension_is(const struct assay_extension *ext, const char *oid);
/* The one with this dotted OID, or NULL. */
const struct assay_extension *assay_extension_find(
    const struct assay_extension *exts, size_t n, const char *oid);
/* The dotted OID; free() it; NULL when memory runs out. */
char *assay_extension_oid(const struct assay_extension *ext);

#endif
