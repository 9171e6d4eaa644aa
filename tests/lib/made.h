/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, certificates and lists made on the spot, the same at every run. */
#ifndef ASSAY_TEST_MADE_H
#define ASSAY_TEST_MADE_H

#include "crypto/crl.h"
#include "crypto/issue.h"

/* Certificates made here are valid from MADE_FROM to MADE_TO. */
#define MADE_FROM	((int64_t)1700000000)
#define MADE_NOW	((int64_t)1750000000)
#define MADE_TO		((int64_t)1800000000)

struct made {
	struct assay_signer	*key;
	struct assay_cert	*cert;
};

/* A P-256 key that depends on the name only. */
struct assay_signer *made_key(const char *name);
/* What a plain certificate of this name has: not a CA, digitalSignature, the
 * times above, serial 0x1001. subject must outlive the spec. */
struct assay_cert_spec made_spec(const struct assay_name_part *subject,
    const struct assay_signer *key);
/* Issue and parse; by NULL: self-signed. The test fails if that fails. */
struct assay_cert *made_cert(const struct assay_cert_spec *spec,
    const struct made *by, const struct assay_signer *key);
/* A CA (pathlen -1: any) or a leaf with this common name. */
struct made made_ca(const char *name, const struct made *by, int pathlen);
struct made made_leaf(const char *name, const struct made *by);
/* The list of one CA, from MADE_FROM to MADE_TO, that revokes serials. */
struct assay_crl *made_crl(const struct made *by,
    const struct assay_bytes *serials, size_t n);
void made_free(struct made *m);

/*
 * Overwrite the first occurrence of from (hex) by to (hex, of the same
 * length); the test fails if it is not there.
 */
void made_patch(struct assay_buffer *b, const char *from, const char *to);
/* OpenSSL's error queue is empty: nothing of crypto/ leaves anything there. */
void made_assert_clean(void);

#endif
