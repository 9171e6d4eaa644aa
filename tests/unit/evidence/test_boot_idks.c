/* SPDX-License-Identifier: Apache-2.0 */
/* The VBS signing keys of a boot log: made logs, and the real ones. */
#include <stdlib.h>
#include <string.h>

#include "crypto/signer.h"
#include "evidence/boot_events.h"
#include "evidence/event_type.h"
#include "evidence/sipa.h"
#include "evidence/vbs_report.h"
#include "madelog.h"
#include "madesipa.h"
#include "testlib.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define N_KEYS	(ASSAY_BOOT_IDKS + 1)

static struct assay_signer *signers[N_KEYS];

static int
make_keys(void **state)
{
	struct assay_error err = { 0 };

	(void)state;
	for (size_t i = 0; i < N_KEYS; i++)
		if (!assay_signer_generate(ASSAY_KEY_RSA, 2048, &signers[i],
		    &err))
			return -1;
	return 0;
}

static int
free_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_KEYS; i++)
		assay_signer_free(signers[i]);
	return 0;
}

enum what { NONE, KEY, WBCL, SHORT_KEY, FLAT, FORGED, NOT_QUOTED };

static const struct {
	const char	*name;
	struct {
		enum what	what;
		uint32_t	pcr;
		size_t		key;
	}		 steps[6];
	size_t		 want;
	enum assay_code	 code;
} rows[] = {
	{ "none", { { NONE, 0, 0 } }, 0, 0 },
	{ "one", { { KEY, 12, 0 }, { WBCL, 12, 0 } }, 1, 0 },
	{ "the_same_twice", { { KEY, 12, 0 }, { KEY, 12, 0 } }, 1, 0 },
	{ "four", { { KEY, 12, 0 }, { KEY, 12, 1 }, { KEY, 12, 2 },
	    { KEY, 12, 3 } }, 4, 0 },
	{ "five", { { KEY, 12, 0 }, { KEY, 12, 1 }, { KEY, 12, 2 },
	    { KEY, 12, 3 }, { KEY, 12, 4 } }, 0, ASSAY_ERR_LIMIT_EXCEEDED },
	{ "after_separator", { { WBCL, 12, 0 }, { KEY, 12, 0 } }, 0, 0 },
	{ "in_pcr_13", { { KEY, 13, 0 } }, 0, 0 },
	{ "in_pcr_19", { { KEY, 19, 0 } }, 0, 0 },
	{ "in_pcr_16", { { KEY, 16, 0 } }, 0, 0 },
	{ "not_quoted", { { NOT_QUOTED, 12, 0 } }, 0, 0 },
	{ "outside_a_boundary", { { FLAT, 12, 0 } }, 0, 0 },
	{ "data_not_measured", { { KEY, 12, 0 }, { FORGED, 12, 1 } }, 0,
	    ASSAY_ERR_EVENT_FORGED },
	{ "short_key", { { SHORT_KEY, 12, 0 } }, 0,
	    ASSAY_ERR_EVENTLOG_MALFORMED },
};

static struct assay_buffer
key_data(enum what what, size_t key)
{
	struct assay_buffer b = assay_buffer(1024);
	size_t at;

	if (what == WBCL) {
		(void)assay_buffer_puts(&b, "WBCL");
		return b;
	}
	if (what == FLAT) {
		made_sipa_key(&b, ASSAY_SIPA_VSM_IDKS_INFO,
		    assay_signer_public(signers[key]));
		return b;
	}
	at = made_sipa_begin(&b, ASSAY_SIPA_TRUSTBOUNDARY);
	if (what == SHORT_KEY)
		made_sipa(&b, ASSAY_SIPA_VSM_IDKS_INFO, MADE_TEXT("key"));
	else
		made_sipa_key(&b, ASSAY_SIPA_VSM_IDKS_INFO,
		    assay_signer_public(signers[key]));
	made_sipa_end(&b, at);
	return b;
}

static void
add_step(struct made_log *log, enum what what, uint32_t pcr, size_t key)
{
	static const uint16_t sha1[] = { ASSAY_TPM_ALG_SHA1, 0 };
	struct assay_buffer b = key_data(what, key);
	struct assay_bytes in = assay_buffer_bytes(&b);

	if (what == WBCL)
		made_log_event(log, pcr, ASSAY_EV_SEPARATOR, in);
	else if (what == FORGED)
		made_log_hashed(log, pcr, ASSAY_EV_EVENT_TAG, in,
		    MADE_TEXT("another"));
	else if (what == NOT_QUOTED)
		made_log_banks(log, sha1, pcr, ASSAY_EV_EVENT_TAG, in, in);
	else
		made_log_event(log, pcr, ASSAY_EV_EVENT_TAG, in);
	assay_buffer_free(&b);
}

static const struct assay_pcrs *
quote_of(uint16_t alg)
{
	static struct assay_pcrs pcrs;

	pcrs.n_banks = 1;
	pcrs.bank[0].alg = alg;
	pcrs.bank[0].mask = 0xffffff;
	return &pcrs;
}

static bool
keys_of(struct assay_bytes bytes, struct assay_pkey *keys[ASSAY_BOOT_IDKS],
    size_t *n, struct assay_error *err)
{
	struct assay_eventlog log = { 0 };
	struct assay_boot_logs logs = { .tcg = &log, .n_tcg = 1,
	    .quoted = quote_of(ASSAY_TPM_ALG_SHA256) };
	bool ok;

	ok = assay_eventlog_parse(bytes, &log, err) &&
	    assay_boot_idks(&logs, keys, n, err);
	assay_eventlog_free(&log);
	return ok;
}

static void
test_rows(void **state)
{
	static const uint16_t algs[] = { ASSAY_TPM_ALG_SHA1,
		ASSAY_TPM_ALG_SHA256, 0 };
	struct test_table t = { .name = "VBS keys" };

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct made_log log = made_log_agile(algs);
		struct assay_pkey *keys[ASSAY_BOOT_IDKS];
		struct assay_error err = { 0 };
		size_t n = 0;
		bool ok;

		for (size_t j = 0; j < N(rows[i].steps) &&
		    rows[i].steps[j].what != NONE; j++)
			add_step(&log, rows[i].steps[j].what,
			    rows[i].steps[j].pcr, rows[i].steps[j].key);
		ok = keys_of(made_log_bytes(&log), keys, &n, &err);
		test_row(&t, rows[i].name, ok == (rows[i].code == 0) &&
		    err.code == rows[i].code && n == rows[i].want,
		    "got %zu, %s \"%s\"", n, assay_code_name(err.code),
		    err.text);
		for (size_t j = 0; j < n; j++) {
			test_row(&t, rows[i].name, assay_pkey_equal(keys[j],
			    assay_signer_public(signers[j])), "key %zu", j);
			assay_pkey_free(keys[j]);
		}
		made_log_free(&log);
	}
	test_table_end(&t);
}

/* The keys of the vectors with VBS verify the reports beside them. */
static void
test_vectors(void **state)
{
	static const struct {
		const char	*vector;
		size_t		 keys;
		bool		 report;
	} vectors[] = {
		{ "guard-x1carbon", 1, false },
		{ "guard-t480s", 0, false },
		{ "canonical-binary-bios-measurements", 0, false },
		{ "syn-v1-vbs-x1carbon", 1, true },
		{ "syn-v2-vbs-x1carbon", 1, true },
	};

	(void)state;
	if (test_shared("VBS keys in logs of real machines") == NULL)
		skip();
	for (size_t i = 0; i < N(vectors); i++) {
		struct assay_buffer b = test_read(test_shared_path(
		    "vectors/tpm/%s/eventlog.bin", vectors[i].vector));
		struct assay_pkey *keys[ASSAY_BOOT_IDKS];
		struct assay_error err = { 0 };
		struct assay_vbs_report report;
		size_t n = 0;

		if (!keys_of(assay_buffer_bytes(&b), keys, &n, &err))
			fail_msg("%s: %s", vectors[i].vector, err.text);
		assert_int_equal(n, vectors[i].keys);
		if (vectors[i].report) {
			struct assay_buffer r = test_read(test_shared_path(
			    "vectors/tpm/%s/vsm_report.bin",
			    vectors[i].vector));

			if (!assay_vbs_report_parse(assay_buffer_bytes(&r),
			    &report, &err) || !assay_vbs_report_verify(
			    &report, keys[0], &err))
				fail_msg("%s: %s", vectors[i].vector,
				    err.text);
			assay_buffer_free(&r);
		}
		for (size_t j = 0; j < n; j++)
			assay_pkey_free(keys[j]);
		assay_buffer_free(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_vectors),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
