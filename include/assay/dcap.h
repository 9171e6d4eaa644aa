/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intel DCAP: collateral as it is served, where it comes from, and what can
 * be said of it and of a quote without judging an attestation.
 */
#ifndef ASSAY_DCAP_H
#define ASSAY_DCAP_H

#include <assay/error.h>

/* ---- collateral ------------------------------------------------------- */

/*
 * The collateral of one Intel platform, as served (raw signed bytes). A
 * member that is not there has ptr NULL.
 */
struct assay_dcap_collateral {
	struct assay_bytes pck_crl;		/* DER or PEM */
	struct assay_bytes root_ca_crl;		/* DER or PEM */
	struct assay_bytes tcb_info;		/* JSON with its signature */
	struct assay_bytes tcb_info_chain;	/* PEM */
	struct assay_bytes qe_identity;		/* JSON with its signature */
	struct assay_bytes qe_identity_chain;	/* PEM */
	struct assay_bytes pck_chain;		/* PEM; only if the quote
						   does not carry it */
};

enum assay_pck_ca { ASSAY_PCK_CA_PROCESSOR, ASSAY_PCK_CA_PLATFORM };
enum assay_tee { ASSAY_TEE_SGX, ASSAY_TEE_TDX };

/* What a piece of evidence needs, in its own identifiers. */
struct assay_dcap_wanted {
	uint8_t			fmspc[6];
	enum assay_pck_ca	ca;
	enum assay_tee		tee;
	/* 0: whatever the operator holds as the default; else exactly this
	 * tcbEvaluationDataNumber. */
	uint32_t		tcb_evaluation_data_number;
};

/*
 * Where the pipeline asks. find() must be safe to call from several threads.
 * True: *out is filled with bytes that stay valid until release() is called
 * with the same token. False: COLLATERAL_MISSING naming what is wanted, or
 * another UNAVAILABLE or INTERNAL error. generation changes whenever anything
 * that find() would answer changes: verified objects are kept per generation,
 * find and ctx, so a generation must never come again with other content
 * while a verifier lives.
 */
struct assay_collateral_source {
	bool	(*find)(void *ctx, const struct assay_dcap_wanted *wanted,
		    struct assay_dcap_collateral *out, void **token,
		    uint64_t *generation, struct assay_error *err);
	void	(*release)(void *ctx, void *token);
	/* The generation alone, for a cache to see that it is still true.
	 * NULL: nothing found here is kept. */
	uint64_t (*generation)(void *ctx);
	void	*ctx;
};

/* What of a platform's collateral has an end. */
enum assay_dated {
	ASSAY_DATED_CERTIFICATE,
	ASSAY_DATED_TCB_INFO,
	ASSAY_DATED_QE_IDENTITY,
	ASSAY_DATED_PCK_CRL,
	ASSAY_DATED_ROOT_CA_CRL,
};
#define ASSAY_DATED_KINDS 5

/*
 * How long each kind still counts past its nextUpdate. Certificates never do;
 * with any_age everything does: for evidence that was recorded long ago.
 */
struct assay_grace {
	int64_t	seconds[ASSAY_DATED_KINDS];
	bool	any_age;
};

/* ---- TCB status ------------------------------------------------------- */

enum assay_tcb_status {
	ASSAY_TCB_UP_TO_DATE,
	ASSAY_TCB_SW_HARDENING_NEEDED,
	ASSAY_TCB_CONFIGURATION_NEEDED,
	ASSAY_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED,
	ASSAY_TCB_OUT_OF_DATE,
	ASSAY_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED,
	ASSAY_TCB_TD_RELAUNCH_ADVISED,
	ASSAY_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED,
	ASSAY_TCB_REVOKED,
	ASSAY_TCB_UNKNOWN,	/* not computed */
};
/* "SWHardeningNeeded": as Intel's TCB info spells it; static. */
ASSAY_API const char *assay_tcb_status_name(enum assay_tcb_status status);
ASSAY_API bool assay_tcb_status_parse(struct assay_bytes name,
    enum assay_tcb_status *out);

#endif
