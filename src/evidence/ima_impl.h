/* SPDX-License-Identifier: Apache-2.0 */
/* An IMA list while it is read, shared by its two readers. */
#ifndef ASSAY_EVIDENCE_IMA_IMPL_H
#define ASSAY_EVIDENCE_IMA_IMPL_H

#include "base/arena.h"
#include "evidence/ima_template.h"

struct assay_ima_build {
	struct assay_ima_log	*log;
	struct assay_arena	*arena;		/* what the log will own */
	size_t			 cap;
	size_t			 hash_len;	/* of template hashes */
	struct assay_error	*err;
};

/*
 * Judge an entry that is otherwise complete and append it. LIMIT_EXCEEDED,
 * NO_MEMORY.
 */
ASSAY_MUST_USE bool assay_ima_append(struct assay_ima_build *b,
    struct assay_ima_entry *e);
/* The padded data of the old template, owned by the log. */
ASSAY_MUST_USE bool assay_ima_old_data(struct assay_ima_build *b,
    struct assay_bytes digest, struct assay_bytes name,
    struct assay_ima_entry *e);

ASSAY_MUST_USE bool assay_ima_read_binary(struct assay_ima_build *b,
    struct assay_bytes in);
ASSAY_MUST_USE bool assay_ima_read_ascii(struct assay_ima_build *b,
    struct assay_bytes in);

#endif
