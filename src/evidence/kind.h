/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kinds of evidence. A kind is one file that fills in one of these;
 * adding a kind is adding a file and a row in kinds.c.
 *
 * Parse knows structure, verify decides trust, claims turns what was verified
 * into names. They are three functions and stay three.
 */
#ifndef ASSAY_EVIDENCE_KIND_H
#define ASSAY_EVIDENCE_KIND_H

#include <assay/claims.h>

#include "collateral/platform.h"

/* What a verifier is told about the world; it looks up nothing itself. */
struct assay_evidence_context {
	int64_t					 now;
	struct assay_grace			 grace;
	/* How Intel evidence gets its platform. */
	const struct assay_platform_keeper	*platforms;
};

/*
 * What verification found. Filled as far as it came, also when it failed:
 * an answer says what it can. Zero it before, free it after.
 */
struct assay_finding {
	struct assay_checks	 checks;
	enum assay_tcb_status	 tcb_status;	/* ASSAY_TCB_UNKNOWN before */
	int64_t			 tcb_date;
	const char		**advisories;	/* borrowed from platform */
	size_t			 n_advisories;
	struct assay_freshness	 freshness;
	struct assay_platform	*platform;	/* owned */
	bool			 has_wanted;
	struct assay_dcap_wanted wanted;
};
void assay_finding_free(struct assay_finding *f);

/* Bytes of evidence that the outside may be bound to. */
struct assay_evidence_slots {
	struct assay_bytes	report_data;
	struct assay_bytes	init_data;	/* empty: nowhere to bind */
};

struct assay_evidence_kind {
	const char	*name;			/* as in the URL: "SgxEnclave" */
	const char	*attestation_type;	/* x-ms-attestation-type */

	/* Structure only. *out is freed by free(). Borrows in. */
	bool	(*parse)(struct assay_bytes in, struct assay_checks *checks,
		    void **out, struct assay_error *err);
	/*
	 * Everything that decides whether to believe it, to the end: windows
	 * that are not open are in finding->freshness, not an error.
	 */
	bool	(*verify)(const void *evidence,
		    const struct assay_evidence_context *ctx,
		    struct assay_finding *finding, struct assay_error *err);
	struct assay_evidence_slots (*slots)(const void *evidence);
	/* Only from what was verified. */
	bool	(*claims)(const void *evidence,
		    const struct assay_finding *finding,
		    struct assay_claims *out, struct assay_error *err);
	void	(*free)(void *evidence);

	/* Nothing is accepted unless all of these were made. */
	const enum assay_check_id	*mandatory;
	size_t				 n_mandatory;
};

extern const struct assay_evidence_kind assay_sgx_kind;
extern const struct assay_evidence_kind assay_openenclave_kind;

/* Name without regard to ASCII case; NULL if there is none. */
const struct assay_evidence_kind *assay_evidence_kind_find(const char *name);
/* The kind at index, NULL behind the last. */
const struct assay_evidence_kind *assay_evidence_kind_at(size_t index);

#endif
