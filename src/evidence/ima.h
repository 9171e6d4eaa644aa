/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measurement lists of Linux IMA, binary and ascii, in the templates of the
 * kernel (ima, ima-ng, ima-ngv2, ima-sig, ima-sigv2, ima-buf, ima-modsig,
 * evm-sig) and in formats of their fields ("d-ng|n-ng"). Source: Linux
 * Documentation/security/IMA-templates.rst; security/integrity/ima.
 */
#ifndef ASSAY_EVIDENCE_IMA_H
#define ASSAY_EVIDENCE_IMA_H

#include "evidence/pcrs.h"

/* All bytes are borrowed from the log, or from text that the log owns. */
struct assay_ima_entry {
	uint32_t		seq;		/* from 0 */
	size_t			offset;
	uint32_t		pcr;
	struct assay_bytes	template_hash;	/* as logged */
	struct assay_bytes	template_name;
	struct assay_bytes	data;		/* what is hashed; for "ima"
						   already padded */
	bool			violation;	/* logged as zeros */
	bool			verified;	/* template_hash == H(data), so
						   not for a violation */
	/* Fields, empty if the template lacks them. */
	struct assay_bytes	file_hash_type;	/* "ima", "verity" (ngv2) */
	struct assay_bytes	file_hash_alg, file_hash;
	struct assay_bytes	file_name;	/* without its NUL */
	struct assay_bytes	signature, buffer;
};

struct assay_ima_log {
	struct assay_ima_entry	*entries;
	size_t			 n_entries;
	bool			 ascii;
	void			*owned;
};

/*
 * Binary or ascii by the first byte, template hashes of SHA-1 or of another
 * bank by what fits the first entry. IMA_LOG_MALFORMED naming entry and
 * offset; LIMIT_EXCEEDED. Free with assay_ima_free(). An entry that is not
 * verified is no error here: replay computes from the data.
 */
ASSAY_MUST_USE bool assay_ima_parse(struct assay_bytes in,
    struct assay_ima_log *out, struct assay_error *err);
void assay_ima_free(struct assay_ima_log *log);
/*
 * What the entry extends the bank with: H(data), FF..FF for a violation. The
 * logged hash is never used, so that a replay covers the data. padded: the
 * SHA-1 digest with zeros behind it (kernels before 5.8).
 */
ASSAY_MUST_USE bool assay_ima_digest(const struct assay_ima_entry *e,
    enum assay_hash bank, bool padded, struct assay_digest *out,
    struct assay_error *err);

#endif
