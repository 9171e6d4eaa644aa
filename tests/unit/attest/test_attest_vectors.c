/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole pipeline over every shared SGX vector, at the time and with the
 * root that the vector names, against the verdict of Intel's library. Where
 * we differ, the row is below by name with the reason.
 */
#include <string.h>

#include <assay/attest.h>

#include "attest_world.h"

struct expectation {
	char			code[64];	/* "OK": accepted */
	enum assay_tcb_status	status;		/* UNKNOWN: not compared */
	bool			expired;
};

/* What we say instead of what Intel's library says. */
static const struct {
	const char		*name;
	const char		*code;
	enum assay_tcb_status	 status;
} deviations[] = {
	/* We pin the root key, which has several genuine certificates;
	 * Intel's library compares certificates. Azure does as we do. */
	{ "derived-sgx3-root-reissue-mismatch", "OK",
	    ASSAY_TCB_OUT_OF_DATE },
	{ "sgx-v3-00906ed50000-azsdkcpp-maa-token-e10", "COLLATERAL_EXPIRED",
	    ASSAY_TCB_SW_HARDENING_NEEDED },
	/* We verify the bytes that were served; Intel's library writes the
	 * JSON anew and verifies that. */
	{ "synth-sgx3-json-escaped-key", "OK", ASSAY_TCB_UP_TO_DATE },
	{ "synth-sgx3-json-signed-with-spaces", "OK", ASSAY_TCB_UP_TO_DATE },
	{ "synth-sgx3-json-pretty", "TCB_INFO_INVALID_SIGNATURE",
	    ASSAY_TCB_UNKNOWN },
	/* Stricter: text around the certificates. */
	{ "synth-sgx3-chain-trailing-junk", "UNSUPPORTED_CERT_FORMAT",
	    ASSAY_TCB_UNKNOWN },
	/* Stricter: SVN 256 is not cut to 8 bits. */
	{ "synth-sgx3-component-svn-256", "SGX_TCB_INFO_INVALID",
	    ASSAY_TCB_UNKNOWN },
	/* Stricter: an intermediate that is no CA. */
	{ "synth-sgx3-int-not-ca", "SGX_INTERMEDIATE_CA_INVALID_EXTENSIONS",
	    ASSAY_TCB_UNKNOWN },
	/* Stricter: a member that stands twice, though signed so. */
	{ "synth-sgx3-json-signed-duplicate-key", "SGX_TCB_INFO_INVALID",
	    ASSAY_TCB_UNKNOWN },
	/* Stricter: validity has two ends. */
	{ "synth-sgx3-pck-not-yet-valid", "SGX_PCK_CERT_CHAIN_NOT_YET_VALID",
	    ASSAY_TCB_UP_TO_DATE },
	{ "synth-sgx3-tcbsigning-not-yet-valid",
	    "SGX_TCB_SIGNING_CERT_CHAIN_NOT_YET_VALID",
	    ASSAY_TCB_UP_TO_DATE },
	{ "synth-sgx3-tcbinfo-issued-in-future", "SGX_TCB_INFO_NOT_YET_VALID",
	    ASSAY_TCB_UP_TO_DATE },
	{ "synth-sgx3-qeid-issued-in-future",
	    "SGX_ENCLAVE_IDENTITY_NOT_YET_VALID", ASSAY_TCB_UP_TO_DATE },
};

static void
set_expected(struct expectation *out, const char *code,
    enum assay_tcb_status status, bool expired)
{
	(void)snprintf(out->code, sizeof(out->code), "%s", code);
	out->status = status;
	out->expired = expired;
}

static void
read_expected(const json_t *meta, const char *name, struct expectation *out)
{
	const json_t *e = json_object_get(meta, "expected");
	const char *code = json_string_value(json_object_get(e, "status"));
	bool expired = json_is_true(json_object_get(e,
	    "collateral_expired"));
	enum assay_tcb_status status;

	for (size_t i = 0; i < sizeof(deviations) / sizeof(deviations[0]); i++)
		if (strcmp(deviations[i].name, name) == 0) {
			set_expected(out, deviations[i].code,
			    deviations[i].status, strcmp(deviations[i].code,
			    "COLLATERAL_EXPIRED") == 0);
			return;
		}
	if (code == NULL) {	/* a quote without collateral */
		set_expected(out, "COLLATERAL_MISSING", ASSAY_TCB_UNKNOWN,
		    false);
		return;
	}
	code += strlen("STATUS_");
	status = world_status(code);
	if (status != ASSAY_TCB_UNKNOWN && status != ASSAY_TCB_REVOKED)
		code = expired ? "COLLATERAL_EXPIRED" : "OK";
	set_expected(out, code, status, expired);
}

static void
compare(struct test_table *t, const char *name,
    const struct expectation *want, const struct assay_attest_result *r)
{
	const char *code = assay_code_name(r->error.code);
	bool known = want->status != ASSAY_TCB_UNKNOWN;
	bool accept = strcmp(want->code, "OK") == 0;

	test_row(t, name, strcmp(code, want->code) == 0 &&
	    (!known || (want->status == r->tcb_status &&
	    want->expired == r->collateral_expired)) &&
	    (r->verdict == ASSAY_ACCEPT) == accept,
	    "got %s \"%s\" %s expired %d, want %s %s expired %d", code,
	    r->error.text, assay_tcb_status_name(r->tcb_status),
	    r->collateral_expired, want->code,
	    assay_tcb_status_name(want->status), want->expired);
}

/* As quote.bin, and as it was sent where that is more than the quote. */
static void
run_vector(struct test_table *t, const char *name, const char *tee)
{
	struct expectation want;
	struct world w;

	for (int as_sent = 0; as_sent < 2; as_sent++) {
		if (!world_open_vector(&w, name, as_sent == 1))
			continue;
		if (strcmp(w.tee, tee) == 0) {
			struct assay_attest_result r = { 0 };

			read_expected(w.meta, name, &want);
			(void)world_attest(&w, &r);
			compare(t, name, &want, &r);
			assay_attest_result_free(&r);
		}
		world_close(&w);
	}
}

/*
 * Expired collateral that is accepted explicitly gives the very status that
 * it gave before.
 */
static void
run_expired(struct test_table *t, const char *name)
{
	struct expectation want;
	struct world w;

	assert_true(world_open_vector(&w, name, false));
	read_expected(w.meta, name, &want);
	if (strcmp(w.tee, "SGX") == 0 &&
	    strcmp(want.code, "COLLATERAL_EXPIRED") == 0 &&
	    strcmp(name, "derived-sgx3-time-before-issue") != 0) {
		struct assay_attest_result r = { 0 };

		w.ctx.baseline.grace.any_age = true;
		set_expected(&want, "OK", want.status, true);
		(void)world_attest(&w, &r);
		compare(t, name, &want, &r);
		assay_attest_result_free(&r);
	}
	world_close(&w);
}

static void
test_sgx(void **state)
{
	struct test_table t = { .name = "sgx vectors" };
	struct world_index index;

	(void)state;
	if (test_shared("SGX vectors") == NULL)
		skip();
	world_index_open(&index);
	for (size_t i = 0; i < index.n; i++)
		run_vector(&t, index.names[i], "SGX");
	world_index_close(&index);
	test_table_end(&t);
}

static void
test_accepted_expired(void **state)
{
	struct test_table t = { .name = "sgx vectors, expired accepted" };
	struct world_index index;

	(void)state;
	if (test_shared("SGX vectors") == NULL)
		skip();
	world_index_open(&index);
	for (size_t i = 0; i < index.n; i++)
		run_expired(&t, index.names[i]);
	world_index_close(&index);
	test_table_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sgx),
		cmocka_unit_test(test_accepted_expired),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
