/* SPDX-License-Identifier: Apache-2.0 */
/* The pipeline of TPM requests; order of checks: tpm.md section 4. */
#include <stdlib.h>
#include <string.h>

#include <assay/tpm.h>

#include "attest/judge.h"
#include "attest/token_claims.h"
#include "attest/aik_check.h"
#include "attest/tpm_bind.h"
#include "attest/tpm_claims.h"
#include "attest/tpm_rules.h"
#include "attest/tpm_vbs.h"
#include "base/encode.h"
#include "base/mem.h"
#include "crypto/cert.h"

#define DEFAULT_LIFETIME (24 * 60 * 60)	/* report_validity_in_minutes 1440 */

/* One request on its way; outlives the judgement, for claims yet to make. */
struct judging {
	const struct assay_tpm_request	*request;
	const struct assay_tpm_context	*ctx;
	struct assay_tpm_submission	 m;
	struct assay_checks		 checks;
	struct assay_tpm_rules		 rules;
	struct assay_tpm_aik		 aik;
	struct assay_tpm_facts		 facts;
};

static void
judging_free(void *held)
{
	struct judging *j = held;

	assay_tpm_state_free(&j->facts.current);
	assay_tpm_state_free(&j->facts.boot);
	assay_tpm_aik_free(&j->aik);
	assay_tpm_submission_free(&j->m);
	free(j);
}

/* ---- the request -------------------------------------------------------- */

static bool
check_challenge(struct judging *j, struct assay_error *err)
{
	if (assay_check(&j->checks, ASSAY_CHECK_TPM_CHALLENGE,
	    j->request->challenge.len != 0 && assay_bytes_equal(
	    j->m.challenge, j->request->challenge)))
		return true;
	return assay_fail(err, ASSAY_ERR_TPM_CHALLENGE_MISMATCH,
	    "challenge of the request (%zu bytes) is not the one that its "
	    "service_context was made for (%zu bytes)", j->m.challenge.len,
	    j->request->challenge.len);
}

static bool
check_request(struct judging *j, struct assay_error *err)
{
	return assay_tpm_submission_open(j->request->jws, &j->m, err) &&
	    assay_tpm_bind_header(&j->m, &j->checks, err) &&
	    assay_tpm_submission_read(&j->m, err) && check_challenge(j, err) &&
	    assay_tpm_bind_signature(&j->m, &j->checks, err);
}

/* ---- the AIK ------------------------------------------------------------ */

static bool
check_aik(struct judging *j, struct assay_error *err)
{
	bool ok = assay_tpm_aik_check(&j->m.current, j->ctx,
	    j->rules.require_aik, &j->checks, &j->aik, err);

	j->facts.aik = j->aik.key;
	j->facts.aik_validated = j->aik.validated;
	return ok;
}

/* ---- the states --------------------------------------------------------- */

static bool
check_current(struct judging *j, struct assay_error *err)
{
	struct assay_digest qualifying;
	const struct assay_tpm_state_rules rules = {
		.aik = j->facts.aik, .sha1 = j->ctx->settings.sha1_signatures,
		.required_mask = j->rules.required_mask, .qualifying = &qualifying,
	};

	if (!assay_tpm_bind_data(&j->m, &qualifying, err))
		return false;
	return assay_tpm_state_verify(&j->m.current, &rules, &j->checks,
	    &j->facts.current, err) ||
	    assay_fail_in(err, "current attestation");
}

/* Both by one AIK: whose counters could be compared otherwise? */
static bool
same_aik(const struct judging *j, struct assay_error *err)
{
	const struct assay_tpm_statement *st = &j->m.boot;
	struct assay_cert *cert;
	bool same;

	if (st->aik_pub != NULL)
		return assay_pkey_equal(st->aik_pub, j->facts.aik);
	if (!assay_cert_parse(st->aik_cert, &cert, err))
		return false;
	same = assay_pkey_equal(assay_cert_key(cert), j->facts.aik);
	assay_cert_free(cert);
	return same;
}

/*
 * The boot attestation was made in the same cold boot, before a hibernation:
 * TPM 2.0 part 1, 36.2 (resetCount, restartCount), part 2, 10.11.1 (clock).
 * Without a resume, boot_claim of V1 is of the very state that runs.
 */
static bool
check_counters(struct judging *j, struct assay_error *err)
{
	const struct assay_tpm_attest *boot = &j->facts.boot.quote;
	const struct assay_tpm_attest *now = &j->facts.current.quote;
	bool same = j->m.boot_is_current;

	if (!assay_check(&j->checks, ASSAY_CHECK_TPM_BOOT_RESET,
	    boot->reset_count == now->reset_count))
		return assay_fail(err, ASSAY_ERR_BOOT_MISMATCH,
		    "boot attestation has resetCount %u, the current one %u: "
		    "another boot", boot->reset_count, now->reset_count);
	if (!assay_check(&j->checks, ASSAY_CHECK_TPM_BOOT_RESTART, same ?
	    boot->restart_count <= now->restart_count :
	    boot->restart_count < now->restart_count))
		return assay_fail(err, ASSAY_ERR_BOOT_MISMATCH,
		    "boot attestation has restartCount %u, the current one "
		    "%u: want a smaller one", boot->restart_count,
		    now->restart_count);
	if (!assay_check(&j->checks, ASSAY_CHECK_TPM_BOOT_CLOCK,
	    boot->clock <= now->clock))
		return assay_fail(err, ASSAY_ERR_BOOT_MISMATCH,
		    "boot attestation has clock %llu, the current one %llu: "
		    "want a smaller one", (unsigned long long)boot->clock,
		    (unsigned long long)now->clock);
	return true;
}

static bool
check_boot(struct judging *j, struct assay_error *err)
{
	const struct assay_tpm_state_rules rules = {
		.aik = j->facts.aik, .sha1 = j->ctx->settings.sha1_signatures,
		.required_mask = j->rules.required_mask,
	};

	if (!j->m.boot.present)
		return true;
	err->code = ASSAY_ERR_OK;
	if (!assay_check(&j->checks, ASSAY_CHECK_TPM_BOOT_AIK,
	    same_aik(j, err)))
		return err->code != ASSAY_ERR_OK ?
		    assay_fail_in(err, "boot attestation") :
		    assay_fail(err, ASSAY_ERR_BOOT_MISMATCH, "boot "
		    "attestation is by another AIK than the current one");
	if (!assay_tpm_state_verify(&j->m.boot, &rules, &j->checks,
	    &j->facts.boot, err))
		return assay_fail_in(err, "boot attestation");
	j->facts.has_boot = true;
	return check_counters(j, err);
}

static bool
check_vbs(struct judging *j, struct assay_error *err)
{
	if (!j->m.vbs)
		return true;
	return j->facts.has_vbs = assay_tpm_vbs_verify(&j->m,
	    &j->facts.current, &j->checks, &j->facts.vbs, err);
}

static bool
check_keys(struct judging *j, struct assay_error *err)
{
	const struct assay_tpm_certifier by = {
		.aik = j->facts.aik, .sha1 = j->ctx->settings.sha1_signatures,
		.challenge = j->request->challenge,
	};

	return assay_tpm_bind_keys(&j->m, &by, &j->checks, err);
}

/* ---- claims, policy, completeness --------------------------------------- */

static bool
make_claims(struct judging *j, struct assay_attest_result *r,
    struct assay_error *err)
{
	j->facts.request = &j->m;
	if ((r->claims = assay_claims_new()) == NULL)
		return assay_fail_memory(err, "claims");
	return assay_tpm_claims(&j->facts, j->ctx->policy, &j->ctx->settings,
	    r->claims, err);
}

static const enum assay_check_id always[] = {
	ASSAY_CHECK_TPM_REQUEST_ALG, ASSAY_CHECK_TPM_REQUEST_TYPE,
	ASSAY_CHECK_TPM_REQUEST_HEADER, ASSAY_CHECK_TPM_CHALLENGE,
	ASSAY_CHECK_TPM_REQUEST_SIGNATURE, ASSAY_CHECK_TPM_QUOTE_MAGIC,
	ASSAY_CHECK_TPM_QUOTE_TYPE, ASSAY_CHECK_TPM_QUOTE_HASH,
	ASSAY_CHECK_TPM_QUOTE_SIGNATURE, ASSAY_CHECK_TPM_QUOTE_DATA,
	ASSAY_CHECK_TPM_QUOTE_SELECTION, ASSAY_CHECK_TPM_REQUIRED_PCRS,
	ASSAY_CHECK_TPM_PCR_DIGEST, ASSAY_CHECK_TPM_IMA_REPLAY,
	ASSAY_CHECK_TPM_LOG_REPLAY, ASSAY_CHECK_TPM_BANK_MEASURED,
	ASSAY_CHECK_TPM_EVENTS,
};
static const enum assay_check_id v2[] = { ASSAY_CHECK_TPM_KEY_BOUND };
static const enum assay_check_id others[] = {
	ASSAY_CHECK_TPM_OTHER_KEY_BINDING,
};
static const enum assay_check_id certified[] = {
	ASSAY_CHECK_TPM_CERTIFY_MAGIC, ASSAY_CHECK_TPM_CERTIFY_TYPE,
	ASSAY_CHECK_TPM_CERTIFY_HASH, ASSAY_CHECK_TPM_CERTIFY_SIGNATURE,
	ASSAY_CHECK_TPM_CERTIFY_DATA, ASSAY_CHECK_TPM_CERTIFY_NAME,
	ASSAY_CHECK_TPM_CERTIFY_KEY,
};
static const enum assay_check_id boot[] = {
	ASSAY_CHECK_TPM_BOOT_AIK, ASSAY_CHECK_TPM_BOOT_RESET,
	ASSAY_CHECK_TPM_BOOT_RESTART, ASSAY_CHECK_TPM_BOOT_CLOCK,
};
static const enum assay_check_id vbs[] = {
	ASSAY_CHECK_VBS_KEY, ASSAY_CHECK_VBS_SIGNATURE,
	ASSAY_CHECK_VBS_ENCLAVE_DATA,
};

#define SET(a)	a, sizeof(a) / sizeof((a)[0])

static bool
has_certified(const struct assay_tpm_submission *m)
{
	bool found = m->key.binding == ASSAY_TPM_BY_CERTIFY;

	for (size_t i = 0; i < m->n_other; i++)
		found = found || m->other[i].binding == ASSAY_TPM_BY_CERTIFY;
	return found;
}

/* What was asked for decides what had to be looked at. */
static bool
check_complete(const struct judging *j, struct assay_error *err)
{
	const struct {
		bool				 asked;
		const enum assay_check_id	*set;
		size_t				 n;
	} sets[] = {
		{ true, SET(always) },
		{ j->rules.require_aik || j->aik.validated,
		    assay_tpm_aik_mandatory, assay_tpm_n_aik_mandatory },
		{ j->m.v2, SET(v2) },
		{ j->m.n_other != 0, SET(others) },
		{ has_certified(&j->m), SET(certified) },
		{ j->m.boot.present, SET(boot) },
		{ j->m.vbs, SET(vbs) },
	};

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		if (sets[i].asked && !assay_judge_complete(&j->checks,
		    sets[i].set, sets[i].n, err))
			return false;
	return true;
}

static bool
make_token_claims(const struct judging *j, struct assay_attest_result *r,
    struct assay_error *err)
{
	struct assay_buffer nonce = assay_buffer(ASSAY_MAX_TOKEN_BYTES);
	char hash[ASSAY_POLICY_HASH_TEXT];
	struct assay_token_claims_parts parts = {
		.service = assay_claims_new(), .issued = r->policy.issued,
		.known = r->claims, .flat = true,
	};
	bool ok = false;

	if (parts.service == NULL) {
		(void)assay_fail_memory(err, "token claims");
		goto out;
	}
	if (j->ctx->policy != NULL) {
		if (!assay_policy_hash(assay_policy_text(j->ctx->policy),
		    hash, err))
			goto out;
		parts.policy_hash = hash;
	}
	if (!assay_tpm_report_claims(&j->m, parts.service, &nonce, err))
		goto out;
	parts.nonce = assay_buffer_bytes(&nonce);
	ok = assay_token_claims_make(&parts, &r->token_claims, err);
out:
	assay_claims_free(parts.service);
	assay_buffer_free(&nonce);
	return ok;
}

static bool
judge(struct judging *j, struct assay_attest_result *r,
    struct assay_error *err)
{
	return assay_tpm_rules_read(j->ctx->policy, &j->rules, err) &&
	    check_request(j, err) &&
	    check_aik(j, err) && check_current(j, err) &&
	    check_boot(j, err) && check_vbs(j, err) && check_keys(j, err) &&
	    make_claims(j, r, err) && assay_judge_policy(j->ctx->policy,
	    j->ctx->trace, r, err) && check_complete(j, err) &&
	    make_token_claims(j, r, err);
}

bool
assay_tpm_attest(const struct assay_tpm_request *request,
    const struct assay_tpm_context *ctx, struct assay_attest_result *result)
{
	struct assay_attest_result r = {
		.tcb_status = ASSAY_TCB_UNKNOWN,
		.token_lifetime = DEFAULT_LIFETIME,
	};
	struct assay_error err = { 0 };
	struct judging *j;
	bool ok;

	if ((j = assay_alloc(1, sizeof(*j))) == NULL) {
		(void)assay_fail_memory(&r.error, "TPM attestation");
		*result = r;
		return false;
	}
	j->request = request;
	j->ctx = ctx;
	r.held = j;
	r.release = judging_free;
	ok = judge(j, &r, &err);
	if (!assay_judge_report(&j->checks, &r, &err))
		ok = false;
	r.test_anchor = j->aik.test_anchor;
	assay_judge_settle(ok, &err, &r);
	*result = r;
	return r.verdict != ASSAY_UNDECIDED;
}
