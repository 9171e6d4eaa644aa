/* SPDX-License-Identifier: Apache-2.0 */
/* TCG logs made on the spot, from the specification. */
#ifndef ASSAY_TEST_MADELOG_H
#define ASSAY_TEST_MADELOG_H

#include "base/buffer.h"
#include "evidence/pcrs.h"

struct made_log {
	struct assay_buffer	bytes;
	bool			agile;
	uint16_t		algs[8];
	size_t			n_algs;
};

/* A SHA-1 log, empty. */
struct made_log made_log_sha1(void);
/* A crypto-agile log with its Spec ID event; algs end with 0. */
struct made_log made_log_agile(const uint16_t *algs);
/* An event whose digests, in all banks of the log, are those of hashed. */
void made_log_hashed(struct made_log *log, uint32_t pcr, uint32_t type,
    struct assay_bytes data, struct assay_bytes hashed);
/* The same of the data itself. */
void made_log_event(struct made_log *log, uint32_t pcr, uint32_t type,
    struct assay_bytes data);
/* An event with digests in these banks only. */
void made_log_banks(struct made_log *log, const uint16_t *algs, uint32_t pcr,
    uint32_t type, struct assay_bytes data, struct assay_bytes hashed);
struct assay_bytes made_log_bytes(const struct made_log *log);
void made_log_free(struct made_log *log);

/* The bytes of an array. */
#define MADE_BYTES(a) ((struct assay_bytes){ (const uint8_t *)(a), sizeof(a) })
/* The bytes of a string literal without its NUL. */
#define MADE_TEXT(s) ((struct assay_bytes)MADE_INIT(s))
/* The same in a static table, where gcc wants constants. */
#define MADE_INIT(s) { (const uint8_t *)(s), sizeof(s) - 1 }

#endif
