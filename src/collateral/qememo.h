/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attestation keys that the quoting enclave of a platform vouched for. A QE
 * makes its key once and is certified once: every quote of the platform
 * carries the same QE report, and what was found out about it stays true as
 * long as the platform's chain and collateral are the same.
 */
#ifndef ASSAY_COLLATERAL_QEMEMO_H
#define ASSAY_COLLATERAL_QEMEMO_H

#include "base/check.h"
#include "collateral/tcb.h"
#include "crypto/pkey.h"

/* Everything that says who vouches for what, as it stands in the quote. */
struct assay_qe_words {
	struct assay_bytes	attestation_key;
	struct assay_bytes	report;
	struct assay_bytes	report_signature;
	struct assay_bytes	auth_data;
};

/* What was found out about those words, all checks passed. */
struct assay_qe_verdict {
	struct assay_pkey		*attestation_key;	/* owned */
	const struct assay_svn_level	*level;		/* NULL: below all */
	struct assay_checks		 checks;
};

struct assay_qe_memo;

/* NULL when out of memory. */
struct assay_qe_memo *assay_qe_memo_new(void);
void assay_qe_memo_free(struct assay_qe_memo *memo);	/* or NULL */
/* True only for exactly these words; *out has a reference of its own. */
ASSAY_MUST_USE bool assay_qe_memo_recall(struct assay_qe_memo *memo,
    const struct assay_qe_words *words, struct assay_qe_verdict *out);
/* Keeps a reference of its own; the oldest of a few makes room. */
void assay_qe_memo_keep(struct assay_qe_memo *memo,
    const struct assay_qe_words *words,
    const struct assay_qe_verdict *verdict);

#endif
