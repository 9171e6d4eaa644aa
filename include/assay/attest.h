/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole pipeline as one pure call: parse, find collateral, verify, claim,
 * apply the policy. Reads no clock, file or network; time, trust anchors,
 * collateral, baseline and policy are arguments. Signs nothing.
 */
#ifndef ASSAY_ATTEST_H
#define ASSAY_ATTEST_H

#include <assay/claims.h>
#include <assay/dcap.h>
#include <assay/policy.h>

/* ---- baseline --------------------------------------------------------- */

#define ASSAY_BASELINE_DEFAULT	"azuredefault"
#define ASSAY_BASELINE_NAME	64	/* room for a name and its end */

/* What platforms are named by in the rules of a baseline. */
enum assay_baseline_id {
	ASSAY_BASELINE_FMSPC,		/* 6 bytes */
	ASSAY_BASELINE_PPID,		/* 16 bytes */
	ASSAY_BASELINE_CPU_SVN,		/* 16 bytes, of the PCK certificate */
};
#define ASSAY_BASELINE_IDS	3

struct assay_baseline_values {
	bool				 given;	/* false: asks nothing */
	const struct assay_bytes	*values;
	size_t				 n;
};

/*
 * What the operator accepts. Revoked is never accepted. What is zero asks
 * nothing, but for accepted. Borrows everything.
 */
struct assay_baseline {
	const char	*name;		/* NULL: ASSAY_BASELINE_DEFAULT */
	/* Collateral of exactly this tcbEvaluationDataNumber; 0: of the one
	 * that is the default where collateral is found. */
	uint32_t	 tcb_evaluation_data_number;
	uint32_t	 accepted;	/* bit (1 << enum assay_tcb_status) */
	uint32_t	 accepted_until; /* these too, before until */
	int64_t		 until;
	int64_t		 min_tcb_date;	/* of the level; seconds, 0: any */
	/* No advisory but these may concern the platform: ids as text. */
	struct assay_baseline_values advisories;
	/* The platform's must be in the one and not in the other. */
	struct assay_baseline_values allowed[ASSAY_BASELINE_IDS];
	struct assay_baseline_values denied[ASSAY_BASELINE_IDS];
	struct assay_grace grace;	/* of collateral past its date */
};
/* The default: UpToDate, SWHardeningNeeded, ConfigurationNeeded,
 * ConfigurationAndSWHardeningNeeded; no grace. */
ASSAY_API struct assay_baseline assay_baseline_default(void);
/* Every status but Revoked; no grace: for appraisal without a baseline. */
ASSAY_API struct assay_baseline assay_baseline_any(void);

/* ---- blocks ----------------------------------------------------------- */

/* What an operator refuses, whatever the collateral says of it. */
enum assay_block_kind {
	ASSAY_BLOCK_FMSPC,		/* 6 bytes */
	ASSAY_BLOCK_PCK_SERIAL,		/* big-endian, no leading zeros */
	ASSAY_BLOCK_PPID,		/* 16 bytes */
};
struct assay_block {
	enum assay_block_kind	kind;
	struct assay_bytes	value;
};
struct assay_block_list {
	const struct assay_block	*blocks;
	size_t				 n;
};

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
	/* The default, and those that a policy may name instead. */
	struct assay_baseline			 baseline;
	const struct assay_baseline		*baselines;
	size_t					 n_baselines;
	struct assay_block_list			 blocked;
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
	/* Policy property of TPM reports: x5t instead of x5c in the header. */
	bool			 omit_x5c;
	enum assay_tcb_status	 tcb_status;
	char			 tcb_date[32];	/* RFC 3339 or "" */
	char			**advisories;	/* sorted, unique */
	size_t			 n_advisories;
	bool			 collateral_expired;
	/* What was past its date, and accepted: (1 << enum assay_dated). */
	uint32_t		 collateral_grace;
	char			 baseline[ASSAY_BASELINE_NAME];	/* "": none */
	/* Of the TCB info that judged; 0 if it did not get so far. */
	uint32_t		 tcb_evaluation_data_number;
	bool			 baseline_grace; /* by accepted_until only */
	bool			 test_anchor;	/* root is not a built-in one */
	/* Names of checks made, in list order; the first that failed. */
	const char		**checks_passed;
	size_t			 n_checks_passed;
	const char		*check_failed;	/* NULL: none */
	/* AzureGuest: the verified key that the answer has to be encrypted to
	 * (SubjectPublicKeyInfo). NULL unless ACCEPT. free()d here. */
	char			*reply_key;
	size_t			 reply_key_len;
	/* What claims need that are made when somebody looks. */
	void			*held;
	void			(*release)(void *held);
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
