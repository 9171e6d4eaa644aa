/* SPDX-License-Identifier: Apache-2.0 */
/* The envelope: simulated quotes, then one edit of their bytes per row. */
#include <string.h>

#include "evidence/dcap_quote.h"
#include "evidence/kind.h"
#include "sim/sim.h"
#include "testlib.h"

#define AT	1800000000
/* Offsets in a version 3 quote. */
#define AUTH_LEN	432
#define QE_AUTH_LEN	(AUTH_LEN + 4 + 128 + 384 + 64)
#define CERT_TYPE	(QE_AUTH_LEN + 2 + 32)
#define CERT_LEN	(CERT_TYPE + 2)

static struct assay_buffer
make_quote(uint16_t version)
{
	struct assay_buffer quote = assay_buffer(ASSAY_SIM_MAX_BYTES);
	struct assay_sim_world *w = NULL;
	struct assay_sim_params p;
	struct assay_error err = { 0 };

	assay_sim_params_default(&p, AT);
	p.quote.version = version;
	if (!assay_sim_world_new(&p, &w, &err) ||
	    !assay_sim_quote(w, &p.quote, &quote, &err))
		fail_msg("%s", err.text);
	assay_sim_world_free(w);
	return quote;
}

static void
test_versions(void **state)
{
	struct assay_dcap_quote q;

	(void)state;
	for (uint16_t version = 3; version <= 5; version++) {
		struct assay_buffer quote = make_quote(version);
		struct assay_checks checks = { 0 };
		struct assay_error err = { 0 };
		size_t body = version == 5 ? 54 : 48;

		assert_true(assay_dcap_quote_parse(assay_buffer_bytes(&quote),
		    &checks, &q, &err));
		assert_int_equal(q.version, version);
		assert_int_equal(q.body_type, ASSAY_BODY_SGX);
		assert_int_equal(q.length, quote.len);
		assert_ptr_equal(q.body.ptr, quote.ptr + body);
		assert_int_equal(q.body.len, ASSAY_SGX_REPORT_LEN);
		assert_int_equal(q.signed_part.len,
		    body + ASSAY_SGX_REPORT_LEN);
		assert_int_equal(q.qe_auth_data.len, 32);
		assert_int_equal(q.cert_data_type, ASSAY_CERT_DATA_CHAIN);
		assay_buffer_free(&quote);
	}
}

/* Every proper prefix is too short, and says so the same way. */
static void
test_truncated(void **state)
{
	(void)state;
	for (uint16_t version = 3; version <= 5; version++) {
		struct assay_buffer quote = make_quote(version);

		for (size_t n = 0; n < quote.len; n++) {
			struct assay_checks checks = { 0 };
			struct assay_error err = { 0 };
			struct assay_dcap_quote q;

			assert_false(assay_dcap_quote_parse(
			    (struct assay_bytes){ quote.ptr, n }, &checks,
			    &q, &err));
			assert_int_equal(err.code,
			    ASSAY_ERR_UNSUPPORTED_QUOTE_FORMAT);
		}
		assay_buffer_free(&quote);
	}
}

static const struct {
	const char		*name;
	size_t			 at, n;
	uint64_t		 value;
	enum assay_code		 want;
	enum assay_check_id	 check;	/* COUNT: none failed */
} edits[] = {
	{ "version_0", 0, 2, 0, ASSAY_ERR_UNSUPPORTED_QUOTE_FORMAT,
	    ASSAY_CHECK_QUOTE_VERSION },
	{ "version_6", 0, 2, 6, ASSAY_ERR_UNSUPPORTED_QUOTE_FORMAT,
	    ASSAY_CHECK_QUOTE_VERSION },
	{ "key_type_p384", 2, 2, 3, ASSAY_ERR_UNSUPPORTED_QUOTE_FORMAT,
	    ASSAY_CHECK_QUOTE_KEY_TYPE },
	{ "tee_tdx_in_v3", 4, 4, 0x81, ASSAY_ERR_UNSUPPORTED_QUOTE_FORMAT,
	    ASSAY_CHECK_QUOTE_TEE_TYPE },
	{ "vendor", 12, 1, 0, ASSAY_ERR_UNSUPPORTED_QUOTE_FORMAT,
	    ASSAY_CHECK_QUOTE_QE_VENDOR },
	{ "auth_len_huge", AUTH_LEN, 4, 0xffffffff,
	    ASSAY_ERR_UNSUPPORTED_QUOTE_FORMAT, ASSAY_CHECK_COUNT },
	{ "auth_len_0", AUTH_LEN, 4, 0,
	    ASSAY_ERR_UNSUPPORTED_QUOTE_FORMAT, ASSAY_CHECK_COUNT },
	{ "qe_auth_len_huge", QE_AUTH_LEN, 2, 0xffff,
	    ASSAY_ERR_UNSUPPORTED_QUOTE_FORMAT, ASSAY_CHECK_COUNT },
	{ "cert_type_0", CERT_TYPE, 2, 0, ASSAY_ERR_UNSUPPORTED_QUOTE_FORMAT,
	    ASSAY_CHECK_QUOTE_CERT_DATA_TYPE },
	{ "cert_type_3", CERT_TYPE, 2, 3, ASSAY_ERR_UNSUPPORTED_CERT_FORMAT,
	    ASSAY_CHECK_QUOTE_CERT_DATA_TYPE },
	{ "cert_type_7", CERT_TYPE, 2, 7, ASSAY_ERR_UNSUPPORTED_QUOTE_FORMAT,
	    ASSAY_CHECK_QUOTE_CERT_DATA_TYPE },
	{ "cert_len_huge", CERT_LEN, 4, 0xffffffff,
	    ASSAY_ERR_UNSUPPORTED_QUOTE_FORMAT, ASSAY_CHECK_COUNT },
	{ "cert_len_less", CERT_LEN, 4, 1000,
	    ASSAY_ERR_UNSUPPORTED_QUOTE_FORMAT, ASSAY_CHECK_QUOTE_LENGTHS },
};

static void
test_edits(void **state)
{
	struct assay_buffer quote = make_quote(3);
	struct test_table t = { .name = "quote edits" };

	(void)state;
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		struct assay_buffer b = assay_buffer(quote.len);
		struct assay_checks checks = { 0 };
		struct assay_error err = { 0 };
		struct assay_dcap_quote q;
		bool ok;

		assert_true(assay_buffer_put(&b, assay_buffer_bytes(&quote)));
		assay_buffer_patch_le(&b, edits[i].at, edits[i].value,
		    edits[i].n);
		ok = assay_dcap_quote_parse(assay_buffer_bytes(&b), &checks,
		    &q, &err);
		test_row(&t, edits[i].name, err.code == edits[i].want &&
		    ok == (edits[i].want == ASSAY_ERR_OK) &&
		    checks.any_failed ==
		    (edits[i].check != ASSAY_CHECK_COUNT) &&
		    (!checks.any_failed || checks.failed == edits[i].check),
		    "got %s \"%s\"", assay_code_name(err.code), err.text);
		assay_buffer_free(&b);
	}
	assay_buffer_free(&quote);
	test_table_end(&t);
}

/* An unsupported type is named for people. */
static void
test_names_type(void **state)
{
	struct assay_buffer quote = make_quote(3);
	struct assay_checks checks = { 0 };
	struct assay_error err = { 0 };
	struct assay_dcap_quote q;

	(void)state;
	assay_buffer_patch_le(&quote, CERT_TYPE, 3, 2);
	assert_false(assay_dcap_quote_parse(assay_buffer_bytes(&quote),
	    &checks, &q, &err));
	assert_non_null(strstr(err.text, "encrypted PPID (RSA-3072)"));
	assert_true(assay_dcap_quote_split(assay_buffer_bytes(&quote), &q,
	    &err));
	assert_int_equal(q.cert_data_type, 3);
	assay_buffer_free(&quote);
}

/* ---- the Open Enclave header -------------------------------------------- */

static const struct {
	const char		*name;
	size_t			 at, n;
	uint64_t		 value;
	enum assay_check_id	 check;
} headers[] = {
	{ "version_2", 0, 4, 2, ASSAY_CHECK_OE_VERSION },
	{ "local_report", 4, 4, 1, ASSAY_CHECK_OE_TYPE },
	{ "size_0", 8, 8, 0, ASSAY_CHECK_OE_SIZE },
	{ "size_huge", 8, 8, UINT64_MAX, ASSAY_CHECK_OE_SIZE },
};

static struct assay_buffer
make_report(void)
{
	struct assay_buffer quote = make_quote(3);
	struct assay_buffer report = assay_buffer(ASSAY_SIM_MAX_BYTES);

	(void)assay_buffer_put_le(&report, 1, 4);
	(void)assay_buffer_put_le(&report, 2, 4);
	(void)assay_buffer_put_le(&report, quote.len, 8);
	(void)assay_buffer_put(&report, assay_buffer_bytes(&quote));
	assay_buffer_free(&quote);
	return report;
}

static bool
parse_report(const struct assay_buffer *report, struct assay_checks *checks,
    struct assay_error *err)
{
	const struct assay_evidence_kind *kind =
	    assay_evidence_kind_find("openenclave");
	void *evidence = NULL;
	bool ok;

	assert_non_null(kind);
	ok = kind->parse(assay_buffer_bytes(report), checks, &evidence, err);
	kind->free(evidence);
	return ok;
}

static void
test_open_enclave(void **state)
{
	struct assay_buffer report = make_report();
	struct assay_checks checks = { 0 };
	struct assay_error err = { 0 };
	struct test_table t = { .name = "Open Enclave header" };

	(void)state;
	assert_true(parse_report(&report, &checks, &err));
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		struct assay_buffer b = make_report();

		checks = (struct assay_checks){ 0 };
		assay_buffer_patch_le(&b, headers[i].at, headers[i].value,
		    headers[i].n);
		test_row(&t, headers[i].name, !parse_report(&b, &checks,
		    &err) && err.code == ASSAY_ERR_UNSUPPORTED_QUOTE_FORMAT &&
		    checks.failed == headers[i].check, "got %s \"%s\"",
		    assay_code_name(err.code), err.text);
		assay_buffer_free(&b);
	}
	report.len = 15;
	assert_false(parse_report(&report, &checks, &err));
	assay_buffer_free(&report);
	test_table_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_edits),
		cmocka_unit_test(test_names_type),
		cmocka_unit_test(test_open_enclave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
