/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every named check of a TPM request has a request in which exactly it fails,
 * with its code; tools/mutate.sh removes one after the other, and this program
 * must notice. Many rows are mistakes that other verifiers have made.
 */
#include <stdlib.h>
#include <string.h>

#include <assay/tpm.h>

#include "base/check.h"
#include "sim/sim_tpm_evidence.h"
#include "testlib.h"

#define AT	INT64_C(1800000000)

#define ROWS(X) \
	X(alg, TPM_REQUEST_ALG, ALGORITHM_REFUSED, \
	    p->header = "{\"alg\":\"RS256\",\"typ\":\"attReqV2\"}") \
	X(alg_none, TPM_REQUEST_ALG, ALGORITHM_REFUSED, \
	    p->header = "{\"alg\":\"none\",\"typ\":\"attReqV2\"}") \
	X(typ, TPM_REQUEST_TYPE, TOKEN_HEADER, \
	    p->header = "{\"alg\":\"PS256\",\"typ\":\"JWT\"}") \
	X(kid, TPM_REQUEST_HEADER, TOKEN_HEADER, p->header = \
	    "{\"alg\":\"PS256\",\"typ\":\"attReqV2\",\"kid\":\"x\"}") \
	X(jwk, TPM_REQUEST_HEADER, TOKEN_HEADER, p->header = \
	    "{\"alg\":\"PS256\",\"typ\":\"attReqV2\",\"jwk\":{}}") \
	X(challenge, TPM_CHALLENGE, TPM_CHALLENGE_MISMATCH, \
	    p->other_challenge = true) \
	X(signer, TPM_REQUEST_SIGNATURE, SIGNATURE_INVALID, \
	    p->by_stranger = true) \
	X(no_aik_cert, AIK_CERT_PRESENT, AIK_CERT_MISSING, \
	    p->no_aik_cert = true) \
	X(other_aik_cert, AIK_CERT_KEY, AIK_KEY_MISMATCH, \
	    p->other_aik_cert = true) \
	X(quote_magic, TPM_QUOTE_MAGIC, TPM_NOT_GENERATED, \
	    p->current.attest.wrong_magic = true) /* CVE-2024-29039 */ \
	X(quote_type, TPM_QUOTE_TYPE, TPM_ATTEST_TYPE, \
	    p->current.attest.wrong_type = true) /* GHSA-gwfg-w3jr-xh66 */ \
	X(quote_sha1, TPM_QUOTE_HASH, ALGORITHM_REFUSED, \
	    p->current.attest.says_sha1 = true) \
	X(quote_signature, TPM_QUOTE_SIGNATURE, SIGNATURE_INVALID, \
	    p->current.attest.bad_signature = true) /* CVE-2023-3674 */ \
	X(quote_other_key, TPM_QUOTE_SIGNATURE, SIGNATURE_INVALID, \
	    p->current.attest.by_stranger = true) \
	X(quote_data, TPM_QUOTE_DATA, QUALIFYING_DATA_MISMATCH, \
	    p->current.attest.wrong_data = true) \
	X(unlisted, TPM_QUOTE_SELECTION, PCR_SELECTION_MISMATCH, \
	    p->current.unlisted = 1u << 9) /* CVE-2024-29038 */ \
	X(listed_unquoted, TPM_QUOTE_SELECTION, PCR_SELECTION_MISMATCH, \
	    (p->current.mask = 0x7fffff, p->current.unquoted = 1u << 23)) \
	X(few_pcrs, TPM_REQUIRED_PCRS, PCR_NOT_QUOTED, \
	    p->current.mask = 0xff) /* CVE-2022-0317 */ \
	X(no_pcrs, TPM_REQUIRED_PCRS, PCR_NOT_QUOTED, p->current.mask = 0) \
	X(pcr_digest, TPM_PCR_DIGEST, PCR_DIGEST_MISMATCH, \
	    p->current.wrong_digest = true) \
	X(ima, TPM_IMA_REPLAY, REPLAY_MISMATCH, \
	    p->current.ima_elsewhere = true) \
	X(unlogged, TPM_LOG_REPLAY, REPLAY_MISMATCH, \
	    p->current.unlogged = true) \
	X(unused_bank, TPM_BANK_MEASURED, PCR_BANK_UNUSED, \
	    p->current.empty_log = true) /* CVE-2021-42299 */ \
	X(forged_event, TPM_EVENTS, EVENT_FORGED, \
	    p->current.forged_event = true) \
	X(boot_aik, TPM_BOOT_AIK, BOOT_MISMATCH, \
	    (p->has_boot = true, p->boot.other_aik = true)) \
	X(boot_reset, TPM_BOOT_RESET, BOOT_MISMATCH, \
	    (p->has_boot = true, p->boot.reset_count = 6)) \
	X(boot_restart, TPM_BOOT_RESTART, BOOT_MISMATCH, \
	    (p->has_boot = true, p->boot.restart_count = 2)) \
	X(boot_clock, TPM_BOOT_CLOCK, BOOT_MISMATCH, \
	    (p->has_boot = true, p->boot.clock = 30000)) \
	X(boot_signature, TPM_QUOTE_SIGNATURE, SIGNATURE_INVALID, \
	    (p->has_boot = true, p->boot.attest.bad_signature = true)) \
	X(boot_replay, TPM_LOG_REPLAY, REPLAY_MISMATCH, \
	    (p->has_boot = true, p->boot.unlogged = true)) \
	X(boot_forged, TPM_EVENTS, EVENT_FORGED, \
	    (p->has_boot = true, p->boot.forged_event = true)) \
	X(unbound, TPM_KEY_BOUND, KEY_NOT_BOUND, \
	    p->binding = ASSAY_SIM_TPM_UNBOUND) \
	X(other_key, TPM_OTHER_KEY_BINDING, KEY_NOT_BOUND, \
	    p->other_key_by_quote = true) \
	X(certify_magic, TPM_CERTIFY_MAGIC, TPM_NOT_GENERATED, \
	    (certified(p), p->certify.wrong_magic = true)) \
	X(certify_type, TPM_CERTIFY_TYPE, TPM_ATTEST_TYPE, \
	    (certified(p), p->certify.wrong_type = true)) \
	X(certify_sha1, TPM_CERTIFY_HASH, ALGORITHM_REFUSED, \
	    (certified(p), p->certify.says_sha1 = true)) \
	X(certify_signature, TPM_CERTIFY_SIGNATURE, SIGNATURE_INVALID, \
	    (certified(p), p->certify.bad_signature = true)) \
	X(certify_data, TPM_CERTIFY_DATA, QUALIFYING_DATA_MISMATCH, \
	    (certified(p), p->certify.wrong_data = true)) \
	X(certify_name, TPM_CERTIFY_NAME, KEY_MISMATCH, \
	    (certified(p), p->certify_other_name = true)) \
	X(certify_key, TPM_CERTIFY_KEY, KEY_MISMATCH, \
	    (certified(p), p->certify_other_key = true)) \
	X(vbs_no_key, VBS_KEY, VBS_KEY_UNKNOWN, \
	    (p->vbs = true, p->no_idks = true)) \
	X(vbs_signature, VBS_SIGNATURE, SIGNATURE_INVALID, \
	    (p->vbs = true, p->vbs_bad_signature = true)) \
	X(vbs_data, VBS_ENCLAVE_DATA, VBS_DATA_MISMATCH, \
	    (p->vbs = true, p->vbs_other_data = true)) \
	X(good, COUNT, OK, (void)p) \
	X(good_boot, COUNT, OK, p->has_boot = true) \
	X(good_certified, COUNT, OK, certified(p)) \
	X(good_vbs, COUNT, OK, p->vbs = true)

static bool
certified(struct assay_sim_tpm_params *p)
{
	p->binding = ASSAY_SIM_TPM_BY_CERTIFY;
	return true;
}

#define X(name, check, code, change)					\
static void								\
change_##name(struct assay_sim_tpm_params *p)				\
{									\
	(void)(change);							\
}
ROWS(X)
#undef X

static const struct {
	const char		*name;
	enum assay_check_id	 check;
	enum assay_code		 code;
	void			(*change)(struct assay_sim_tpm_params *p);
} rows[] = {
#define X(name, check, code, change) \
	{ #name, ASSAY_CHECK_##check, ASSAY_ERR_##code, change_##name },
	ROWS(X)
#undef X
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static struct assay_sim_tpm *sim;
static struct assay_tpm_anchors *anchors;

static int
setup(void **state)
{
	struct assay_error err;
	struct assay_bytes pem;
	const struct assay_tpm_anchors_config config = {
		.pem = &pem, .n_pem = 1, .without_builtin = true,
	};

	(void)state;
	if (!assay_sim_tpm_new(AT, &sim, &err))
		return -1;
	pem = assay_sim_tpm_root(sim);
	return assay_tpm_anchors_new(&config, &anchors, &err) ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	assay_tpm_anchors_free(anchors);
	assay_sim_tpm_free(sim);
	return 0;
}

static void
judge_by(const struct assay_sim_tpm_params *p,
    const struct assay_policy *policy, struct assay_attest_result *r)
{
	const struct assay_tpm_context ctx = { .now = AT, .anchors = anchors,
	    .policy = policy };
	struct assay_buffer jws = assay_buffer(1u << 20);
	struct assay_tpm_request request;
	struct assay_error err;

	if (!assay_sim_tpm_request(sim, p, &jws, &err))
		fail_msg("simulator: %s", err.text);
	request.jws = assay_buffer_bytes(&jws);
	request.challenge = assay_sim_tpm_challenge(sim);
	(void)assay_tpm_attest(&request, &ctx, r);
	assay_buffer_free(&jws);
}

static void
judge(const struct assay_sim_tpm_params *p, struct assay_attest_result *r)
{
	judge_by(p, NULL, r);
}

/* In a mutation run only the rows of the check that was removed count. */
static bool
is_wanted(size_t i)
{
	const char *removed = getenv("ASSAY_MUTATE");

	return removed == NULL || removed[0] == '\0' ||
	    rows[i].check == ASSAY_CHECK_COUNT ||
	    strcmp(removed, assay_check_name(rows[i].check)) == 0;
}

static void
test_rows(void **state)
{
	struct test_table t = { .name = "TPM checks" };

	(void)state;
	for (size_t i = 0; i < N_ROWS; i++) {
		struct assay_sim_tpm_params p = assay_sim_tpm_params_default();
		bool accept = rows[i].code == ASSAY_ERR_OK;
		struct assay_attest_result r;

		if (!is_wanted(i))
			continue;
		rows[i].change(&p);
		judge(&p, &r);
		test_row(&t, rows[i].name, r.error.code == rows[i].code &&
		    (r.verdict == ASSAY_ACCEPT) == accept &&
		    (accept ? r.check_failed == NULL : r.check_failed != NULL &&
		    strcmp(r.check_failed, assay_check_name(rows[i].check)) ==
		    0), "got %s, check %s (%s)",
		    assay_code_name(r.error.code), r.check_failed != NULL ?
		    r.check_failed : "none", r.error.text);
		assay_attest_result_free(&r);
	}
	test_table_end(&t);
}

/* A new check without a row here is a check that nobody tests. */
static void
test_every_check_has_a_row(void **state)
{
	static const enum assay_check_id ids[] = {
#define X(id, name, source) ASSAY_CHECK_##id,
		ASSAY_CHECKS_TPM(X)
#undef X
	};
	struct test_table t = { .name = "TPM checks with a row" };

	(void)state;
	for (size_t k = 0; k < sizeof(ids) / sizeof(ids[0]); k++) {
		bool found = false;

		for (size_t i = 0; i < N_ROWS; i++)
			found = found || rows[i].check == ids[k];
		test_row(&t, assay_check_name(ids[k]), found, "no row");
	}
	test_table_end(&t);
}

#define POLICY(name, value) \
	"version=1.1;configurationrules{=>issueproperty(type=\"" name \
	"\",value=" value ");};authorizationrules{=>permit();};" \
	"issuancerules{};"

static void
no_change(struct assay_sim_tpm_params *p)
{
	(void)p;
}

static void
without_pcr7(struct assay_sim_tpm_params *p)
{
	p->current.mask = 0x7f;
}

static void
unlogged(struct assay_sim_tpm_params *p)
{
	p->current.unlogged = true;
}

static void
stray_event(struct assay_sim_tpm_params *p)
{
	p->current.empty_log = true;
	p->current.stray_event = true;
}

static void
without_cert(struct assay_sim_tpm_params *p)
{
	p->no_aik_cert = true;
}

static void
other_cert(struct assay_sim_tpm_params *p)
{
	p->other_aik_cert = true;
}

static void
other_ima(struct assay_sim_tpm_params *p)
{
	p->current.ima_elsewhere = true;
}

/*
 * What a policy may ask less of, and what it may not: an event counts only
 * if a quoted PCR vouches for it, and a certificate that need not be valid
 * is still not one of another key.
 */
static const struct {
	const char	*name, *policy;
	void		(*change)(struct assay_sim_tpm_params *p);
	enum assay_code	 code;
	const char	*claim;		/* a boolean; NULL: none */
	bool		 value;
} asked[] = {
	{ "all_pcrs", POLICY("required_pcr_mask", "16777215"), no_change,
	    ASSAY_ERR_OK, "secureBootEnabled", true },
	{ "pcr7_not_quoted", POLICY("required_pcr_mask", "127"), without_pcr7,
	    ASSAY_ERR_OK, "secureBootEnabled", false },
	{ "pcr7_not_quoted_but_asked", POLICY("required_pcr_mask", "255"),
	    without_pcr7, ASSAY_ERR_PCR_NOT_QUOTED, NULL, false },
	{ "pcr5_does_not_follow", POLICY("required_pcr_mask", "223"), unlogged,
	    ASSAY_ERR_OK, "secureBootEnabled", true },
	{ "pcr5_does_not_follow_but_asked", POLICY("required_pcr_mask", "255"),
	    unlogged, ASSAY_ERR_REPLAY_MISMATCH, NULL, false },
	{ "only_an_invented_event", POLICY("required_pcr_mask", "128"),
	    stray_event, ASSAY_ERR_PCR_BANK_UNUSED, NULL, false },
	{ "ima_leads_nowhere", POLICY("required_pcr_mask", "255"),
	    other_ima, ASSAY_ERR_OK, "secureBootEnabled", true },
	{ "cert_not_needed", POLICY("require_valid_aik_cert", "false"),
	    without_cert, ASSAY_ERR_OK, "aikValidated", false },
	{ "cert_not_needed_but_there", POLICY("require_valid_aik_cert",
	    "false"), no_change, ASSAY_ERR_OK, "aikValidated", true },
	{ "cert_of_another_key", POLICY("require_valid_aik_cert", "false"),
	    other_cert, ASSAY_ERR_AIK_KEY_MISMATCH, NULL, false },
};

static void
test_policies(void **state)
{
	struct test_table t = { .name = "what policies ask" };

	(void)state;
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		struct assay_sim_tpm_params p = assay_sim_tpm_params_default();
		struct assay_claim claim = { .boolean = false };
		struct assay_policy *policy = NULL;
		struct assay_attest_result r;
		struct assay_error err;
		bool ok;

		if (!assay_policy_compile(assay_bytes_of(asked[i].policy),
		    &policy, NULL, &err))
			fail_msg("%s: %s", asked[i].name, err.text);
		asked[i].change(&p);
		judge_by(&p, policy, &r);
		ok = r.error.code == asked[i].code && (asked[i].claim == NULL ||
		    (assay_claims_find(r.claims, asked[i].claim, &claim) &&
		    claim.boolean == asked[i].value));
		test_row(&t, asked[i].name, ok, "got %s (%s), %s",
		    assay_code_name(r.error.code), r.error.text,
		    claim.boolean ? "true" : "false");
		assay_attest_result_free(&r);
		assay_policy_free(policy);
	}
	test_table_end(&t);
}

/* Without the setting SHA-1 is refused by name; the refusal says which. */
static void
test_sha1_names_its_setting(void **state)
{
	struct assay_sim_tpm_params p = assay_sim_tpm_params_default();
	struct assay_attest_result r;

	(void)state;
	p.current.attest.says_sha1 = true;
	judge(&p, &r);
	assert_non_null(strstr(r.error.text, "tpm-sha1-signatures"));
	assay_attest_result_free(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_every_check_has_a_row),
		cmocka_unit_test(test_policies),
		cmocka_unit_test(test_sha1_names_its_setting),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
