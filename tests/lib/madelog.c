/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "madelog.h"
#include "testlib.h"

#define LOG_MAX (16u * 1024 * 1024)

struct made_log
made_log_sha1(void)
{
	return (struct made_log){ .bytes = assay_buffer(LOG_MAX),
	    .algs = { ASSAY_TPM_ALG_SHA1 }, .n_algs = 1 };
}

static size_t
size_of(uint16_t alg)
{
	enum assay_hash hash;

	return assay_tpm_hash(alg, &hash) ? assay_hash_size(hash) : 32;
}

static void
spec_id(struct made_log *log)
{
	struct assay_buffer *b = &log->bytes;

	assay_buffer_put_le(b, 0, 4);
	assay_buffer_put_le(b, 3, 4);
	assay_buffer_fill(b, 0, 20);
	assay_buffer_put_le(b, 29 + 4 * log->n_algs, 4);
	assay_buffer_put(b, MADE_BYTES("Spec ID Event03"));
	assay_buffer_put_le(b, 0, 4);			/* platformClass */
	assay_buffer_put_le(b, 0x02000200, 4);		/* 2.0, 64 bit */
	assay_buffer_put_le(b, log->n_algs, 4);
	for (size_t i = 0; i < log->n_algs; i++) {
		assay_buffer_put_le(b, log->algs[i], 2);
		assay_buffer_put_le(b, size_of(log->algs[i]), 2);
	}
	assay_buffer_put_le(b, 0, 1);
	assert_false(b->failed);
}

struct made_log
made_log_agile(const uint16_t *algs)
{
	struct made_log log = { .bytes = assay_buffer(LOG_MAX),
	    .agile = true };

	while (algs[log.n_algs] != 0) {
		log.algs[log.n_algs] = algs[log.n_algs];
		log.n_algs++;
	}
	spec_id(&log);
	return log;
}

/* Algorithms that the project does not know get ones. */
static void
put_digest(struct assay_buffer *b, uint16_t alg, uint32_t type,
    struct assay_bytes hashed)
{
	struct assay_error err = { 0 };
	struct assay_digest d;
	enum assay_hash hash;

	if (type == 3)
		assay_buffer_fill(b, 0, size_of(alg));
	else if (!assay_tpm_hash(alg, &hash))
		assay_buffer_fill(b, 0x11, size_of(alg));
	else if (!assay_digest(hash, hashed, &d, &err))
		fail_msg("%s", err.text);
	else
		assay_buffer_put(b, assay_digest_bytes(&d));
}

void
made_log_banks(struct made_log *log, const uint16_t *algs, uint32_t pcr,
    uint32_t type, struct assay_bytes data, struct assay_bytes hashed)
{
	struct assay_buffer *b = &log->bytes;
	size_t n = 0;

	while (n < 8 && algs[n] != 0)
		n++;
	assay_buffer_put_le(b, pcr, 4);
	assay_buffer_put_le(b, type, 4);
	if (log->agile)
		assay_buffer_put_le(b, n, 4);
	for (size_t i = 0; i < n; i++) {
		if (log->agile)
			assay_buffer_put_le(b, algs[i], 2);
		put_digest(b, algs[i], type, hashed);
	}
	assay_buffer_put_le(b, data.len, 4);
	assay_buffer_put(b, data);
	assert_false(b->failed);
}

void
made_log_hashed(struct made_log *log, uint32_t pcr, uint32_t type,
    struct assay_bytes data, struct assay_bytes hashed)
{
	uint16_t algs[9] = { 0 };

	memcpy(algs, log->algs, sizeof(log->algs));
	made_log_banks(log, algs, pcr, type, data, hashed);
}

void
made_log_event(struct made_log *log, uint32_t pcr, uint32_t type,
    struct assay_bytes data)
{
	made_log_hashed(log, pcr, type, data, data);
}

struct assay_bytes
made_log_bytes(const struct made_log *log)
{
	return assay_buffer_bytes(&log->bytes);
}

void
made_log_free(struct made_log *log)
{
	assay_buffer_free(&log->bytes);
}
