/* SPDX-License-Identifier: Apache-2.0 */
/* The pipeline of AttestationInfo; order of checks: tpm.md sections 4, 9. */
#include <stdlib.h>
#include <string.h>

#include <assay/guest.h>

#include "attest/guest_claims.h"
#include "attest/guest_key.h"
#include "attest/judge.h"
#include "attest/token_claims.h"
#include "attest/aik_check.h"
#include "attest/tpm_claims.h"
#include "attest/tpm_rules.h"
#include "base/mem.h"
#include "base/text.h"

#define FIRMWARE_PCRS	UINT32_C(0xff)	/* what every client quotes */

/* One request on its way; outlives the judgement, for claims yet to make. */
struct judging {
	const struct assay_tpm_context	*ctx;
	struct assay_guest_submission	 g;
	struct assay_checks		 checks;
	struct assay_tpm_rules		 rules;
	struct assay_tpm_aik		 aik;
	struct assay_tpm_facts		 facts;
	struct assay_claims		*service;
};

static void
judging_free(void *held)
{
	struct judging *j = held;

	assay_claims_free(j->service);
	assay_tpm_state_free(&j->facts.current);
	assay_tpm_aik_free(&j->aik);
	assay_guest_submission_free(&j->g);
	free(j);
}

/*
 * A confidential guest proves by a hardware report what its virtual TPM is
 * made of. Without a look at that report, it is not judged as if it were less.
 */
static bool
check_isolation(struct judging *j, struct assay_error *err)
{
	char show[ASSAY_TEXT_SHOW];

	if (assay_check(&j->checks, ASSAY_CHECK_GUEST_ISOLATION,
	    j->g.isolation.ptr == NULL ||
	    assay_text_is(j->g.isolation, "TrustedLaunch")))
		return true;
	return assay_fail(err, ASSAY_ERR_GUEST_ISOLATION_UNSUPPORTED,
	    "IsolationInfo.Type is \"%s\", only TrustedLaunch can be judged",
	    assay_text_show(j->g.isolation, show));
}

static bool
check_aik(struct judging *j, struct assay_error *err)
{
	bool ok = assay_tpm_aik_check(&j->g.base.current, j->ctx,
	    j->rules.require_aik, &j->checks, &j->aik, err);

	j->facts.aik = j->aik.key;
	j->facts.aik_validated = j->aik.validated;
	return ok;
}

/* Unless a policy asks for less, everything that is quoted has to follow from
 * the log, and the firmware's PCRs have to be among it. */
static uint32_t
required_mask(const struct judging *j)
{
	if (j->rules.has_mask)
		return j->rules.required_mask;
	return FIRMWARE_PCRS | j->g.base.current.pcrs.bank[0].mask;
}

/* There is no challenge: what was signed for one is for something else. */
static bool
check_state(struct judging *j, struct assay_error *err)
{
	const struct assay_digest none = { .len = 0 };
	const struct assay_tpm_state_rules rules = {
		.aik = j->aik.key, .bare = true,
		.required_mask = required_mask(j), .qualifying = &none,
	};

	return assay_tpm_state_verify(&j->g.base.current, &rules, &j->checks,
	    &j->facts.current, err);
}

static bool
check_evidence(struct judging *j, struct assay_error *err)
{
	return check_isolation(j, err) && check_aik(j, err) &&
	    check_state(j, err) && assay_guest_aik(&j->g,
	    &j->checks, err) && assay_guest_key(&j->g, &j->facts.current,
	    &j->checks, err);
}

/* The policy sees what the token says, and all that it sees of a TPM. */
static bool
make_claims(struct judging *j, struct assay_attest_result *r,
    struct assay_error *err)
{
	j->facts.request = &j->g.base;
	if ((r->claims = assay_claims_new()) == NULL ||
	    (j->service = assay_claims_new()) == NULL)
		return assay_fail_memory(err, "claims");
	return assay_guest_claims(&j->g, &j->facts.current, j->service,
	    err) && assay_guest_claims(&j->g, &j->facts.current, r->claims,
	    err) && assay_tpm_claims(&j->facts, j->ctx->policy,
	    &j->ctx->settings, r->claims, err);
}

static bool
check_complete(const struct judging *j, struct assay_error *err)
{
	static const enum assay_check_id always[] = {
		ASSAY_CHECK_GUEST_ISOLATION, ASSAY_CHECK_TPM_QUOTE_MAGIC,
		ASSAY_CHECK_TPM_QUOTE_TYPE, ASSAY_CHECK_TPM_QUOTE_HASH,
		ASSAY_CHECK_TPM_QUOTE_SIGNATURE, ASSAY_CHECK_TPM_QUOTE_DATA,
		ASSAY_CHECK_TPM_QUOTE_SELECTION,
		ASSAY_CHECK_TPM_REQUIRED_PCRS, ASSAY_CHECK_TPM_PCR_DIGEST,
		ASSAY_CHECK_TPM_LOG_REPLAY, ASSAY_CHECK_TPM_BANK_MEASURED,
		ASSAY_CHECK_TPM_EVENTS, ASSAY_CHECK_GUEST_AIK_ATTRIBUTES,
		ASSAY_CHECK_TPM_CERTIFY_MAGIC,
		ASSAY_CHECK_TPM_CERTIFY_TYPE, ASSAY_CHECK_TPM_CERTIFY_HASH,
		ASSAY_CHECK_TPM_CERTIFY_SIGNATURE,
		ASSAY_CHECK_TPM_CERTIFY_DATA, ASSAY_CHECK_TPM_CERTIFY_NAME,
		ASSAY_CHECK_GUEST_SAME_BOOT, ASSAY_CHECK_GUEST_KEY_ATTRIBUTES,
		ASSAY_CHECK_GUEST_KEY_ALGORITHMS,
		ASSAY_CHECK_GUEST_KEY_POLICY,
	};

	return assay_judge_complete(&j->checks, always,
	    sizeof(always) / sizeof(always[0]), err) &&
	    (!(j->rules.require_aik || j->aik.validated) ||
	    assay_judge_complete(&j->checks, assay_tpm_aik_mandatory,
	    assay_tpm_n_aik_mandatory, err));
}

static bool
make_reply_key(const struct judging *j, struct assay_attest_result *r,
    struct assay_error *err)
{
	struct assay_buffer spki = assay_buffer(ASSAY_MAX_TPM_BLOB);

	if (!assay_pkey_spki(j->g.key.key, &spki, err)) {
		assay_buffer_free(&spki);
		return false;
	}
	r->reply_key_len = spki.len;
	if ((r->reply_key = assay_buffer_take(&spki)) == NULL)
		return assay_fail_memory(err, "key for the answer");
	return true;
}

static bool
make_token_claims(const struct judging *j, struct assay_attest_result *r,
    struct assay_error *err)
{
	char hash[ASSAY_POLICY_HASH_TEXT];
	struct assay_token_claims_parts parts = {
		.service = j->service, .issued = r->policy.issued,
		.known = r->claims,
	};

	if (j->ctx->policy != NULL) {
		if (!assay_policy_hash(assay_policy_text(j->ctx->policy),
		    hash, err))
			return false;
		parts.policy_hash = hash;
	}
	return assay_token_claims_make(&parts, &r->token_claims, err);
}

static bool
judge(struct judging *j, struct assay_bytes info,
    struct assay_attest_result *r, struct assay_error *err)
{
	return assay_tpm_rules_read(j->ctx->policy, &j->rules, err) &&
	    assay_guest_submission_read(info, &j->g, err) &&
	    check_evidence(j, err) && make_claims(j, r, err) &&
	    assay_judge_policy(j->ctx->policy, j->ctx->trace, r, err) &&
	    check_complete(j, err) && make_reply_key(j, r, err) &&
	    make_token_claims(j, r, err);
}

bool
assay_guest_attest(struct assay_bytes info,
    const struct assay_tpm_context *ctx, struct assay_attest_result *result)
{
	struct assay_attest_result r = { .tcb_status = ASSAY_TCB_UNKNOWN };
	struct assay_error err = { 0 };
	struct judging *j;
	bool ok;

	if ((j = assay_alloc(1, sizeof(*j))) == NULL) {
		(void)assay_fail_memory(&r.error, "guest attestation");
		*result = r;
		return false;
	}
	j->ctx = ctx;
	r.held = j;
	r.release = judging_free;
	ok = judge(j, info, &r, &err);
	if (!assay_judge_report(&j->checks, &r, &err))
		ok = false;
	r.test_anchor = j->aik.test_anchor;
	assay_judge_settle(ok, &err, &r);
	*result = r;
	return r.verdict != ASSAY_UNDECIDED;
}
