/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole pipeline as one pure call: parse, find collateral, verify, claim,
 * apply the policy. Reads no clock, file or network; time, trust anchors,
 * collateral, baseline and policy are arguments. Signs nothing.
 */
#ifndef ASSAY_ATTEST_H
#define ASSAY_ATTEST_H

#include <assay/claims.h>
#include <assay/policy.h>

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
 * that find() would answer changes: verified objects are kept per generation.
 */
struct assay_collateral_source {
	bool	(*find)(void *ctx, const struct assay_dcap_wanted *wanted,
		    struct assay_dcap_collateral *out, void **token,
		    uint64_t *generation, struct assay_error *err);
	void	(*release)(void *ctx, void *token);
	/* The generation alone, for a cache to see that it is still true. */
	uint64_t (*generation)(void *ctx);
	void	*ctx;
};

/* ---- baseline --------------------------------------------------------- */

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

/* What the operator accepts. Revoked is never accepted. */
struct assay_baseline {
	uint32_t	accepted;	/* bit (1 << enum assay_tcb_status) */
	/* Seconds past expiry during which collateral still counts; 0: none;
	 * INT64_MAX: any age. */
	int64_t		grace;
};
/* The default: UpToDate, SWHardeningNeeded, ConfigurationNeeded,
 * ConfigurationAndSWHardeningNeeded; no grace. */
ASSAY_API struct assay_baseline assay_baseline_default(void);
/* Every status but Revoked; no grace: for appraisal without a baseline. */
ASSAY_API struct assay_baseline assay_baseline_any(void);

/* ---- verifier --------------------------------------------------------- */

/*
 * Trust anchors and the cache of verified collateral and certificate chains.
 * Safe for use from several threads at once.
 */
struct assay_verifier;

struct assay_verifier_config {
	/* PEM certificates whose keys are trusted as SGX root. */
	const struct assay_bytes	*anchors;
	size_t				 n_anchors;
	bool				 without_builtin; /* anchors replace
							     Intel's root */
	size_t				 cache_entries;	/* 0: a default */
};
ASSAY_API bool assay_verifier_new(const struct assay_verifier_config *config,
    struct assay_verifier **out, struct assay_error *err);
ASSAY_API void assay_verifier_free(struct assay_verifier *v);

/* ---- one attestation -------------------------------------------------- */

enum assay_data_type { ASSAY_DATA_BINARY, ASSAY_DATA_JSON };

struct assay_bound_data {
	bool			present;
	struct assay_bytes	bytes;		/* decoded, as hashed */
	enum assay_data_type	type;
};

struct assay_attest_request {
	/* "SgxEnclave", "OpenEnclave": a row of the table of kinds. */
	const char		*kind;
	struct assay_bytes	 evidence;	/* decoded, as submitted */
	struct assay_bound_data	 runtime_data;
	struct assay_bound_data	 init_time_data;
	/* JSON text of the nonce (a string or number); empty: none. */
	struct assay_bytes	 nonce;
};

struct assay_attest_context {
	int64_t					 now;
	struct assay_verifier			*verifier;
	const struct assay_collateral_source	*collateral;
	struct assay_baseline			 baseline;
	/* NULL: everything is permitted, nothing is issued. */
	const struct assay_policy		*policy;
	bool					 trace;
};

enum assay_verdict {
	ASSAY_UNDECIDED = 0,	/* so that a zeroed result is never a yes */
	ASSAY_REJECT,
	ASSAY_ACCEPT,
};

/* Zero it before use; free with assay_attest_result_free(). */
struct assay_attest_result {
	enum assay_verdict	 verdict;
	struct assay_error	 error;		/* why not; OK for accept */
	/* From verified evidence, as the policy saw them: also there for a
	 * reject by baseline or policy. NULL if it did not get so far. */
	struct assay_claims	*claims;
	struct assay_policy_result policy;
	/* Compact JSON object: every claim that belongs into the token, but
	 * not iss, iat, nbf, exp, jti. NULL unless ACCEPT. free()d here. */
	char			*token_claims;
	/* Seconds the token should live, 0: the default of 8 hours. */
	int64_t			 token_lifetime;
	enum assay_tcb_status	 tcb_status;
	char			 tcb_date[32];	/* RFC 3339 or "" */
	char			**advisories;	/* sorted, unique */
	size_t			 n_advisories;
	bool			 collateral_expired;
	bool			 test_anchor;	/* root is not a built-in one */
	/* Names of checks made, in list order; the first that failed. */
	const char		**checks_passed;
	size_t			 n_checks_passed;
	const char		*check_failed;	/* NULL: none */
	bool			 has_wanted;	/* collateral identifiers known */
	struct assay_dcap_wanted wanted;
};
ASSAY_API void assay_attest_result_free(struct assay_attest_result *r);

/*
 * Judge. Returns true if a verdict of accept or reject was reached, false if
 * undecided; result->verdict and result->error say which and why (UNAVAILABLE
 * for missing or expired collateral, MALFORMED evidence is a reject, INTERNAL
 * is undecided).
 */
ASSAY_API bool assay_attest(const struct assay_attest_request *request,
    const struct assay_attest_context *ctx,
    struct assay_attest_result *result);

/* base64url(SHA-256(base64url(text))), NUL-terminated (api.md section 6). */
ASSAY_API bool assay_policy_hash(struct assay_bytes text,
    char out[ASSAY_POLICY_HASH_TEXT], struct assay_error *err);

#endif
