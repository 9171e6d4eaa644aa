/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a TPM says, verified: that one AIK signed a structure made inside the
 * TPM, which PCR values a quote vouches for, and which events of the logs the
 * values vouch for. Source: tpm.md section 4, steps 6 to 8 and 10.
 */
#ifndef ASSAY_ATTEST_TPM_STATE_H
#define ASSAY_ATTEST_TPM_STATE_H

#include "attest/tpm_request.h"
#include "base/check.h"
#include "evidence/boot_events.h"
#include "evidence/tpm_attest.h"

/* ---- one signed structure ----------------------------------------------- */

/* What it must be, and the checks that say so. */
struct assay_tpm_seal_rules {
	const char		*what;		/* "quote" */
	uint16_t		 type;		/* ASSAY_TPM_ST_... */
	enum assay_check_id	 magic_id, type_id, hash_id, signature_id;
};

struct assay_tpm_seal {
	struct assay_bytes	 attest, signature;	/* as sent */
	/* The signature is RSASSA over SHA-256 without TPMT_SIGNATURE. */
	bool			 bare;
	const struct assay_pkey	*aik;
	bool			 sha1;		/* is allowed */
};

/* TPM_ATTEST_MALFORMED, TPM_SIGNATURE_MALFORMED, TPM_NOT_GENERATED,
 * TPM_ATTEST_TYPE, ALGORITHM_REFUSED, SIGNATURE_INVALID. */
ASSAY_MUST_USE bool assay_tpm_seal_verify(const struct assay_tpm_seal *seal,
    const struct assay_tpm_seal_rules *rules, struct assay_checks *checks,
    struct assay_tpm_attest *out, enum assay_hash *hash,
    struct assay_error *err);

/* ---- the state of a platform -------------------------------------------- */

struct assay_tpm_state_rules {
	const struct assay_pkey	*aik;
	bool			 sha1;
	bool			 bare;		/* see above */
	uint32_t		 required_mask;	/* bit i: PCR i */
	/* What extraData has to be; NULL: it is not looked at. */
	const struct assay_digest *qualifying;
};

/* Zero it before use; free with assay_tpm_state_free(). Borrows from the
 * statement. */
struct assay_tpm_state {
	struct assay_tpm_attest	 quote;
	struct assay_pcrs	 pcrs;		/* as quoted */
	struct assay_pcrs	 vouched;	/* those of them that the logs
						   lead to */
	struct assay_eventlog	 tcg[ASSAY_MAX_TCG_LOGS];
	size_t			 n_tcg;
	struct assay_ima_log	 ima;
	bool			 has_ima;
	size_t			 ima_used;
};

/*
 * Every check of a quote and its logs. PCRs outside the required mask need not
 * follow from the logs, but then their events are not believed; PCRs 16 and 23
 * can be reset by any program, so neither is looked at.
 */
ASSAY_MUST_USE bool assay_tpm_state_verify(
    const struct assay_tpm_statement *st,
    const struct assay_tpm_state_rules *rules, struct assay_checks *checks,
    struct assay_tpm_state *out, struct assay_error *err);
void assay_tpm_state_free(struct assay_tpm_state *s);
/* Borrowed from s. */
struct assay_boot_logs assay_tpm_state_logs(const struct assay_tpm_state *s);

#endif
