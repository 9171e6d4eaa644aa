/* SPDX-License-Identifier: Apache-2.0 */
/* Hash functions (FIPS 180-4). */
#ifndef ASSAY_CRYPTO_DIGEST_H
#define ASSAY_CRYPTO_DIGEST_H

#include <assay/error.h>

enum assay_hash {
	ASSAY_SHA1,		/* only where a format demands it */
	ASSAY_SHA256,
	ASSAY_SHA384,
	ASSAY_SHA512,
};

#define ASSAY_DIGEST_MAX 64

struct assay_digest {
	uint8_t	bytes[ASSAY_DIGEST_MAX];
	size_t	len;
};

size_t assay_hash_size(enum assay_hash alg);
/* "sha256"; static. */
const char *assay_hash_name(enum assay_hash alg);

ASSAY_MUST_USE bool assay_digest(enum assay_hash alg, struct assay_bytes in,
    struct assay_digest *out, struct assay_error *err);
/* Over the concatenation of n parts. */
ASSAY_MUST_USE bool assay_digest_parts(enum assay_hash alg,
    const struct assay_bytes *parts, size_t n, struct assay_digest *out,
    struct assay_error *err);
struct assay_bytes assay_digest_bytes(const struct assay_digest *d);

#endif
