/* SPDX-License-Identifier: Apache-2.0 */
/* X.509 revocation lists (RFC 5280 section 5), immutable once parsed. */
#ifndef ASSAY_CRYPTO_CRL_H
#define ASSAY_CRYPTO_CRL_H

#include "crypto/cert.h"

struct assay_crl;

/*
 * DER, or PEM "X509 CRL". Strict DER, nextUpdate required. Looking up a
 * serial is O(log n) afterwards. Free with assay_crl_free().
 */
ASSAY_MUST_USE bool assay_crl_parse(struct assay_bytes in,
    struct assay_crl **out, struct assay_error *err);
void assay_crl_free(struct assay_crl *crl);

struct assay_bytes assay_crl_der(const struct assay_crl *crl);
struct assay_bytes assay_crl_issuer(const struct assay_crl *crl);	/* DER */
int64_t assay_crl_this_update(const struct assay_crl *crl);
int64_t assay_crl_next_update(const struct assay_crl *crl);
size_t assay_crl_entries(const struct assay_crl *crl);
/* Big-endian magnitude; false if the extension is absent. */
bool assay_crl_number(const struct assay_crl *crl, struct assay_bytes *out);
bool assay_crl_has_aki(const struct assay_crl *crl);
/* As assay_cert_unknown_critical; entry extensions included. */
const char *assay_crl_unknown_critical(const struct assay_crl *crl);
/* Issuer name and signature, as assay_cert_signed_by. */
ASSAY_MUST_USE bool assay_crl_signed_by(const struct assay_crl *crl,
    const struct assay_cert *issuer, struct assay_error *err);
/* Serials compare as integers (big-endian magnitude). */
bool assay_crl_revokes(const struct assay_crl *crl, struct assay_bytes serial);
/* Append PEM, 64 columns, final newline. */
bool assay_crl_pem(const struct assay_crl *crl, struct assay_buffer *out);

#endif
