/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every named check of a guest's AttestationInfo has one in which exactly it
 * fails, with its code; tools/mutate.sh removes one after the other, and this
 * program must notice. Also: only the key that was verified opens the answer.
 */
#include <stdlib.h>
#include <string.h>

#include <assay/guest.h>

#include "base/check.h"
#include "json/json.h"
#include "sim/sim_guest.h"
#include "testlib.h"

#define AT	INT64_C(1800000000)

#define ROWS(X) \
	X(confidential, GUEST_ISOLATION, GUEST_ISOLATION_UNSUPPORTED, \
	    p->isolation = "SevSnp") \
	X(unknown_isolation, GUEST_ISOLATION, GUEST_ISOLATION_UNSUPPORTED, \
	    p->isolation = "trustedlaunch") \
	X(no_aik_cert, AIK_CERT_PRESENT, AIK_CERT_MISSING, \
	    p->no_aik_cert = true) \
	X(other_aik_cert, AIK_CERT_KEY, AIK_KEY_MISMATCH, \
	    p->other_aik_cert = true) \
	X(quote_magic, TPM_QUOTE_MAGIC, TPM_NOT_GENERATED, \
	    p->state.attest.wrong_magic = true) \
	X(quote_type, TPM_QUOTE_TYPE, TPM_ATTEST_TYPE, \
	    p->state.attest.wrong_type = true) \
	X(quote_signature, TPM_QUOTE_SIGNATURE, SIGNATURE_INVALID, \
	    p->state.attest.bad_signature = true) \
	X(quote_by_stranger, TPM_QUOTE_SIGNATURE, SIGNATURE_INVALID, \
	    p->state.attest.by_stranger = true) \
	X(quote_for_another_protocol, TPM_QUOTE_DATA, \
	    QUALIFYING_DATA_MISMATCH, p->state.attest.wrong_data = true) \
	X(unlisted, TPM_QUOTE_SELECTION, PCR_SELECTION_MISMATCH, \
	    p->state.unlisted = 1u << 5) \
	X(listed_unquoted, TPM_QUOTE_SELECTION, PCR_SELECTION_MISMATCH, \
	    (p->state.mask = 0x7f, p->state.unquoted = 1u << 7)) \
	X(few_pcrs, TPM_REQUIRED_PCRS, PCR_NOT_QUOTED, \
	    p->state.mask = 0x7f) \
	X(pcr_digest, TPM_PCR_DIGEST, PCR_DIGEST_MISMATCH, \
	    p->state.wrong_digest = true) \
	X(unlogged, TPM_LOG_REPLAY, REPLAY_MISMATCH, \
	    p->state.unlogged = true) \
	X(unlogged_beyond_firmware, TPM_LOG_REPLAY, REPLAY_MISMATCH, \
	    (p->state.mask = 0x4ff, p->state.ima_elsewhere = true)) \
	X(unused_bank, TPM_BANK_MEASURED, PCR_BANK_UNUSED, \
	    p->state.empty_log = true) \
	X(forged_event, TPM_EVENTS, EVENT_FORGED, \
	    p->state.forged_event = true) \
	X(aik_unrestricted, GUEST_AIK_ATTRIBUTES, AIK_REFUSED, \
	    p->aik_attributes &= ~(1u << 16)) \
	X(aik_imported, GUEST_AIK_ATTRIBUTES, AIK_REFUSED, \
	    p->aik_attributes &= ~(1u << 5)) \
	X(aik_movable, GUEST_AIK_ATTRIBUTES, AIK_REFUSED, \
	    p->aik_attributes &= ~(1u << 1)) \
	X(aik_decrypts, GUEST_AIK_ATTRIBUTES, AIK_REFUSED, \
	    p->aik_attributes |= 1u << 17) \
	X(certify_magic, TPM_CERTIFY_MAGIC, TPM_NOT_GENERATED, \
	    p->certify.wrong_magic = true) \
	X(certify_type, TPM_CERTIFY_TYPE, TPM_ATTEST_TYPE, \
	    p->certify.wrong_type = true) \
	X(certify_signature, TPM_CERTIFY_SIGNATURE, SIGNATURE_INVALID, \
	    p->certify.bad_signature = true) \
	X(certify_by_stranger, TPM_CERTIFY_SIGNATURE, SIGNATURE_INVALID, \
	    p->certify.by_stranger = true) \
	X(certify_data, TPM_CERTIFY_DATA, QUALIFYING_DATA_MISMATCH, \
	    p->certify.wrong_data = true) \
	X(certify_name, TPM_CERTIFY_NAME, KEY_MISMATCH, \
	    p->certify_other_name = true) \
	X(other_boot, GUEST_SAME_BOOT, BOOT_MISMATCH, \
	    p->certify_reset_count = 6) \
	X(key_by_auth, GUEST_KEY_ATTRIBUTES, GUEST_KEY_REFUSED, \
	    p->key_attributes |= 1u << 6) \
	X(key_movable, GUEST_KEY_ATTRIBUTES, GUEST_KEY_REFUSED, \
	    p->key_attributes &= ~(1u << 1)) \
	X(key_imported, GUEST_KEY_ATTRIBUTES, GUEST_KEY_REFUSED, \
	    p->key_attributes &= ~(1u << 5)) \
	X(key_signs, GUEST_KEY_ATTRIBUTES, GUEST_KEY_REFUSED, \
	    p->key_attributes |= 1u << 18) \
	X(key_for_oaep, GUEST_KEY_ALGORITHMS, GUEST_KEY_REFUSED, \
	    p->key_scheme = 0x0017) \
	X(key_policy, GUEST_KEY_POLICY, GUEST_KEY_POLICY_MISMATCH, \
	    p->other_policy = true) \
	X(good, COUNT, OK, (void)p) \
	X(good_rsaes, COUNT, OK, p->key_scheme = 0x0015) \
	X(good_version_1, COUNT, OK, p->isolation = NULL)

#define X(name, check, code, change)					\
static void								\
change_##name(struct assay_sim_guest_params *p)				\
{									\
	(void)(change);							\
}
ROWS(X)
#undef X

static const struct {
	const char		*name;
	enum assay_check_id	 check;
	enum assay_code		 code;
	void			(*change)(struct assay_sim_guest_params *p);
} rows[] = {
#define X(name, check, code, change) \
	{ #name, ASSAY_CHECK_##check, ASSAY_ERR_##code, change_##name },
	ROWS(X)
#undef X
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static struct assay_sim_guest *sim;
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
	if (!assay_sim_guest_new(AT, &sim, &err))
		return -1;
	pem = assay_sim_guest_root(sim);
	return assay_tpm_anchors_new(&config, &anchors, &err) ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	assay_tpm_anchors_free(anchors);
	assay_sim_guest_free(sim);
	return 0;
}

static void
judge(const struct assay_sim_guest_params *p, struct assay_attest_result *r)
{
	const struct assay_tpm_context ctx = { .now = AT,
	    .anchors = anchors };
	struct assay_buffer info = assay_buffer(1u << 20);
	struct assay_error err;

	if (!assay_sim_guest_info(sim, p, &info, &err))
		fail_msg("simulator: %s", err.text);
	(void)assay_guest_attest(assay_buffer_bytes(&info), &ctx, r);
	assay_buffer_free(&info);
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
	struct test_table t = { .name = "guest checks" };

	(void)state;
	for (size_t i = 0; i < N_ROWS; i++) {
		struct assay_sim_guest_params p =
		    assay_sim_guest_params_default();
		bool accept = rows[i].code == ASSAY_ERR_OK;
		struct assay_attest_result r;

		if (!is_wanted(i))
			continue;
		rows[i].change(&p);
		judge(&p, &r);
		test_row(&t, rows[i].name, r.error.code == rows[i].code &&
		    (r.verdict == ASSAY_ACCEPT) == accept &&
		    (r.reply_key != NULL) == accept &&
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
		ASSAY_CHECKS_GUEST(X)
#undef X
	};
	struct test_table t = { .name = "guest checks with a row" };

	(void)state;
	for (size_t k = 0; k < sizeof(ids) / sizeof(ids[0]); k++) {
		bool found = false;

		for (size_t i = 0; i < N_ROWS; i++)
			found = found || rows[i].check == ids[k];
		test_row(&t, assay_check_name(ids[k]), found, "no row");
	}
	test_table_end(&t);
}

/* The members that both clients read, as long as they have to be. */
static void
test_reply(void **state)
{
	static const struct {
		const char	*name;
		size_t		 length;	/* of base64 */
	} members[] = {
		{ "EncryptedInnerKey", 344 }, { "AuthenticationData", 24 },
		{ "Jwt", 8 },
	};
	struct assay_sim_guest_params p = assay_sim_guest_params_default();
	struct assay_attest_result r;
	struct assay_error err;
	struct assay_bytes text;
	json_t *object, *params;
	char *reply = NULL;

	(void)state;
	judge(&p, &r);
	assert_int_equal(r.verdict, ASSAY_ACCEPT);
	assert_true(assay_guest_reply((struct assay_bytes){
	    (const uint8_t *)r.reply_key, r.reply_key_len },
	    assay_bytes_of("a.b.c"), &reply, &err));
	object = assay_json_parse(assay_bytes_of(reply), NULL, &err);
	assert_non_null(object);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		assert_true(assay_json_get_string(object, members[i].name,
		    &text, &err));
		assert_int_equal(text.len, members[i].length);
	}
	assert_true(assay_json_get_object(object, "EncryptionParams", &params,
	    &err));
	assert_true(assay_json_get_string(params, "Iv", &text, &err));
	assert_int_equal(text.len, 16);
	json_decref(object);
	free(reply);
	assay_attest_result_free(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_every_check_has_a_row),
		cmocka_unit_test(test_reply),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
