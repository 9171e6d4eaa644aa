/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attestation policies: compile once, evaluate many times.
 * Language: doc/policy.md. A compiled policy is immutable and shared between
 * threads. Evaluation is pure and bounded by the limits of doc/limits.md.
 */
#ifndef ASSAY_POLICY_H
#define ASSAY_POLICY_H

#include <assay/claims.h>

struct assay_policy;

/* One message about a policy text, with its place. */
enum assay_diagnostic_kind {
	ASSAY_DIAGNOSTIC_ERROR,
	ASSAY_DIAGNOSTIC_WARNING,	/* from the checker only */
};

struct assay_diagnostic {
	enum assay_diagnostic_kind	 kind;
	const char			*id;	/* stable: "unknown-claim" */
	size_t				 line, column;	/* from 1; columns
							   count characters */
	size_t				 offset, length; /* bytes */
	const char			*message;	/* found, expected, hint */
	/* The message with file-less position, source line and carets. */
	const char			*text;
};

/* Owned by the caller, filled by compile and check. */
struct assay_diagnostics;
ASSAY_API struct assay_diagnostics *assay_diagnostics_new(void);
ASSAY_API void assay_diagnostics_free(struct assay_diagnostics *d);
ASSAY_API size_t assay_diagnostics_count(const struct assay_diagnostics *d);
ASSAY_API const struct assay_diagnostic *assay_diagnostics_at(
    const struct assay_diagnostics *d, size_t index);

/*
 * Compile. diag may be NULL. POLICY_PARSING_ERROR: err->text is the first
 * mistake (with line and column), diag has all that one pass finds.
 * Free with assay_policy_free().
 */
ASSAY_API bool assay_policy_compile(struct assay_bytes text,
    struct assay_policy **out, struct assay_diagnostics *diag,
    struct assay_error *err);
ASSAY_API void assay_policy_free(struct assay_policy *policy);
/* A second owner. */
ASSAY_API struct assay_policy *assay_policy_ref(struct assay_policy *policy);

/*
 * Let evaluations of this policy take at most so many steps (and never more
 * than ASSAY_MAX_POLICY_STEPS, the default): for texts of strangers. Call it
 * before the policy is shared.
 */
ASSAY_API void assay_policy_limit(struct assay_policy *policy, size_t steps);

/* The text it was made from, and 10, 11 or 12. */
ASSAY_API struct assay_bytes assay_policy_text(
    const struct assay_policy *policy);
ASSAY_API unsigned int assay_policy_version(const struct assay_policy *policy);
/*
 * base64url(SHA-256(ASCII of base64url(text))), NUL-terminated: the claim
 * x-ms-policy-hash (api.md section 6). 44 bytes.
 */
#define ASSAY_POLICY_HASH_TEXT 44
/* (computed by attest/, which may use crypto/) */

/*
 * Static checker beyond what compiling refuses: adds warnings to diag.
 * attestation_type: "SgxEnclave", "OpenEnclave", "Tpm", ... or NULL for any.
 */
ASSAY_API bool assay_policy_lint(const struct assay_policy *policy,
    const char *attestation_type, struct assay_diagnostics *diag,
    struct assay_error *err);

/*
 * Does the text of the policy mention this claim type, or could it see it by
 * a condition that does not name its type? Lets the caller leave out what
 * nobody asks for.
 */
ASSAY_API bool assay_policy_may_read(const struct assay_policy *policy,
    const char *claim_type);

/* A record of one evaluation, for people and programs. */
struct assay_policy_trace;
/* JSON text (array of rules); NULL when out of memory; free() it. */
ASSAY_API char *assay_policy_trace_json(const struct assay_policy_trace *t);
/* For a terminal, with source lines; free() it. */
ASSAY_API char *assay_policy_trace_text(const struct assay_policy_trace *t);

/* What an evaluation leaves behind. All parts owned; zero it before use. */
struct assay_policy_result {
	struct assay_claims		*issued;	/* in order; origin kept */
	struct assay_claims		*properties;	/* issueproperty */
	struct assay_policy_trace	*trace;		/* if it was asked for */
};
ASSAY_API void assay_policy_result_free(struct assay_policy_result *r);

/*
 * Run configurationrules (from 1.1; empty otherwise) against nothing:
 * result->properties. Defaults of absent properties are the caller's.
 * Errors as assay_policy_evaluate().
 */
ASSAY_API bool assay_policy_configure(const struct assay_policy *policy,
    struct assay_policy_result *result, struct assay_error *err);

struct assay_policy_options {
	bool	trace;		/* keep a trace, also of a refusal */
};

/*
 * Run authorizationrules and issuancerules over the incoming claims (which
 * stay unchanged). True: permitted, result->issued is what goes into the
 * token. False: POLICY_DENIED, POLICY_NOT_PERMITTED, POLICY_RUNTIME_ERROR or
 * POLICY_LIMIT; result->trace is filled all the same if asked for.
 */
ASSAY_API bool assay_policy_evaluate(const struct assay_policy *policy,
    struct assay_claims *incoming, const struct assay_policy_options *opt,
    struct assay_policy_result *result, struct assay_error *err);

#endif
