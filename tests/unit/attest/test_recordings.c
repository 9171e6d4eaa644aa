/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the real service answered to recorded requests for SGX and Open
 * Enclave, claim by claim, from the very evidence and collateral behind them.
 * That collateral had expired, so the rows grant grace.
 */
#include "attest_world.h"

#include "base/encode.h"
#include "base/text.h"

#define MAA	"vectors/maa-pairs"
#define E10	"vectors/sgxtdx/sgx-v3-00906ed50000-azsdkcpp-maa-token-e10"

/* The default policies behind the two hashes that recordings have. */
#define RULES								\
	"authorizationrules{=> permit();};issuancerules{"		\
	"c:[type==\"x-ms-sgx-is-debuggable\"] => "			\
	"issue(type=\"is-debuggable\", value=c.value);"			\
	"c:[type==\"x-ms-sgx-mrsigner\"] => "				\
	"issue(type=\"sgx-mrsigner\", value=c.value);"			\
	"c:[type==\"x-ms-sgx-mrenclave\"] => "				\
	"issue(type=\"sgx-mrenclave\", value=c.value);"			\
	"c:[type==\"x-ms-sgx-product-id\"] => "				\
	"issue(type=\"product-id\", value=c.value);"			\
	"c:[type==\"x-ms-sgx-svn\"] => "				\
	"issue(type=\"svn\", value=c.value);"				\
	"c:[type==\"x-ms-attestation-type\"] => "			\
	"issue(type=\"tee\", value=c.value);};"
static const char policy_of_2022[] = "version= 1.0;" RULES;
static const char policy_of_today[] = "version= 1.1;configurationrules{"
    "=> issueproperty(type=\"x-ms-sgx-tcbidentifier\", "
    "value=\"azuredefault\");};" RULES;

/* One exchange, wherever it was kept. */
struct exchange {
	json_t			*file;
	const char		*kind;
	struct assay_buffer	 evidence, runtime;
	bool			 has_runtime;
	enum assay_data_type	 type;
	char			 draft[2048];
	const json_t		*claims;	/* NULL: refused */
	const char		*error;		/* recorded error code */
};

static const char *
text_at(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

static void
decode(const char *text, struct assay_buffer *out)
{
	struct assay_error err = { 0 };

	*out = assay_buffer(1024 * 1024);
	if (!assay_base64_decode_any(assay_bytes_of(text), out, &err))
		fail_msg("base64: %s", err.text);
}

static void read_draft(struct exchange *x, bool denies);

/* ---- recordings --------------------------------------------------------- */

static bool
open_recording(const char *name, struct exchange *x)
{
	const json_t *request, *body, *runtime, *response;
	const char *path;

	memset(x, 0, sizeof(*x));
	x->file = world_json(test_shared_path("recordings/%s", name));
	request = json_object_get(x->file, "request");
	path = text_at(request, "path");
	if (strncmp(path, "/attest/SgxEnclave", 18) == 0)
		x->kind = "SgxEnclave";
	else if (strncmp(path, "/attest/OpenEnclave", 19) == 0)
		x->kind = "OpenEnclave";
	else
		return false;
	body = json_object_get(request, "body");
	if (!json_is_object(body))
		return false;
	decode(text_at(body, strcmp(x->kind, "SgxEnclave") == 0 ? "quote" :
	    "report"), &x->evidence);
	runtime = json_object_get(body, "runtimeData");
	if (runtime != NULL) {
		x->has_runtime = true;
		x->type = strcmp(text_at(runtime, "dataType"), "JSON") == 0 ?
		    ASSAY_DATA_JSON : ASSAY_DATA_BINARY;
		decode(text_at(runtime, "data"), &x->runtime);
	}
	(void)snprintf(x->draft, sizeof(x->draft), "%s",
	    text_at(body, "draftPolicyForAttestation"));
	x->claims = json_object_get(json_object_get(x->file,
	    "decoded_token"), "claims");
	response = json_object_get(x->file, "response");
	x->error = text_at(json_object_get(json_object_get(response, "body"),
	    "error"), "code");
	/* Older ones were kept without the text, which their hash proves. */
	if (strncmp(name, "old_", 4) == 0 &&
	    strstr(name, "WithDraftPolicy") != NULL)
		read_draft(x, false);
	return true;
}

/* ---- pairs -------------------------------------------------------------- */

/* The drafts of the C++ SDK's tests, as other recordings hold them. */
static void
read_draft(struct exchange *x, bool denies)
{
	struct exchange r;

	assert_true(open_recording(denies ?
	    "AttestWithDraftPolicy_SgxEnclave_Aad_2.json" :
	    "AttestWithDraftPolicy_SgxEnclave_Aad.json", &r));
	(void)snprintf(x->draft, sizeof(x->draft), "%s", r.draft);
	assay_buffer_free(&r.evidence);
	json_decref(r.file);
}

static bool
open_pair(const char *name, struct exchange *x)
{
	const json_t *runtime;
	bool refused;

	memset(x, 0, sizeof(*x));
	if (strstr(name, "-Aad-") == NULL && strstr(name, "-Shared-") == NULL)
		return false;
	x->file = world_json(test_shared_path(MAA "/%s", name));
	x->kind = strncmp(name, "Sgx", 3) == 0 ? "SgxEnclave" : "OpenEnclave";
	x->evidence = test_read(test_shared_path(MAA "/%s",
	    strcmp(x->kind, "SgxEnclave") == 0 ? "evidence_sgx_quote.bin" :
	    "evidence_openenclave_report.bin"));
	runtime = json_object_get(json_object_get(x->file, "request"),
	    "runtimeData");
	if (runtime != NULL) {
		x->has_runtime = true;
		x->type = strcmp(text_at(runtime, "dataType"), "JSON") == 0 ?
		    ASSAY_DATA_JSON : ASSAY_DATA_BINARY;
		x->runtime = test_read(test_shared_path(
		    MAA "/runtime_data.bin"));
	}
	x->claims = json_object_get(x->file, "payload");
	refused = x->claims == NULL;
	if (strstr(name, "WithDraftPolicy") != NULL)
		read_draft(x, refused);
	x->error = text_at(json_object_get(json_object_get(x->file, "error"),
	    "error"), "code");
	return true;
}

static void
close_exchange(struct exchange *x)
{
	assay_buffer_free(&x->evidence);
	assay_buffer_free(&x->runtime);
	json_decref(x->file);
}

/* ---- one row ------------------------------------------------------------ */

static void
open_world(const struct exchange *x, struct world *w)
{
	const json_t *collateral = json_object_get(x->claims,
	    "x-ms-sgx-collateral");
	bool of_2021 = strncmp(text_at(collateral, "qeidcrlhash"), "0597",
	    4) == 0;

	memset(w, 0, sizeof(*w));
	w->files[WORLD_PCK_CRL] = test_read(test_shared_path(
	    E10 "/pck_crl.der"));
	w->files[WORLD_ROOT_CRL] = test_read(test_shared_path(
	    MAA "/collateral_root_ca_crl_%s.pem", of_2021 ? "2021" : "2022"));
	w->files[WORLD_TCB_INFO] = test_read(test_shared_path(
	    MAA "/collateral_tcb_info.json"));
	w->files[WORLD_QE_IDENTITY] = test_read(test_shared_path(
	    MAA "/collateral_qe_identity.json"));
	w->files[WORLD_TCB_CHAIN] = test_read(test_shared_path(
	    MAA "/collateral_issuer_chain.pem"));
	w->files[WORLD_QE_CHAIN] = test_read(test_shared_path(
	    MAA "/collateral_issuer_chain.pem"));
	for (int i = 0; i < WORLD_FILES; i++)
		w->has[i] = true;
	w->evidence = assay_buffer(x->evidence.len);
	assert_true(assay_buffer_put(&w->evidence,
	    assay_buffer_bytes(&x->evidence)));
	world_start(w, NULL);
	w->ctx.now = x->claims != NULL ? json_integer_value(json_object_get(
	    x->claims, "iat")) : 1668716909;
	w->ctx.baseline = assay_baseline_default();
	w->ctx.baseline.grace.any_age = true;
	w->request.kind = x->kind;
	w->request.runtime_data = (struct assay_bound_data){
		x->has_runtime, assay_buffer_bytes(&x->runtime), x->type,
	};
}

static bool
by_time(const char *name)
{
	static const char *const names[] = {
		"iat", "exp", "nbf", "jti", "iss",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static void
compare_claims(struct test_table *t, const char *row, const json_t *want,
    const json_t *have)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)want, name, value)
		if (!by_time(name))
			test_row(t, row, json_equal(value,
			    json_object_get(have, name)),
			    "claim %s differs", name);
	json_object_foreach((json_t *)(uintptr_t)have, name, value)
		test_row(t, row, json_object_get(want, name) != NULL ||
		    strncmp(name, "x-assay-", 8) == 0 ||
		    strcmp(name, "x-ms-sgx-tcbidentifier") == 0,
		    "claim %s was not recorded", name);
}

static void
judge(struct test_table *t, const char *row, const struct exchange *x,
    struct world *w)
{
	struct assay_attest_result r = { 0 };
	struct assay_error err = { 0 };
	json_t *have;

	(void)world_attest(w, &r);
	if (x->claims == NULL) {
		test_row(t, row, r.verdict == ASSAY_REJECT &&
		    r.error.code == ASSAY_ERR_POLICY_NOT_PERMITTED &&
		    strcmp(x->error, "PolicyEvaluationError") == 0 &&
		    r.token_claims == NULL, "got %s \"%s\", recorded %s",
		    assay_code_name(r.error.code), r.error.text, x->error);
	} else if (r.verdict != ASSAY_ACCEPT) {
		test_row(t, row, false, "got %s \"%s\"",
		    assay_code_name(r.error.code), r.error.text);
	} else {
		have = assay_json_parse(assay_bytes_of(r.token_claims), NULL,
		    &err);
		assert_non_null(have);
		compare_claims(t, row, x->claims, have);
		json_decref(have);
	}
	assay_attest_result_free(&r);
}

static void
run(struct test_table *t, const char *row, const struct exchange *x)
{
	struct assay_policy *policy = NULL;
	struct assay_error err = { 0 };
	const char *text = x->draft;
	struct world w;

	if (text[0] == '\0')
		text = json_object_get(x->claims, "x-ms-sgx-tcbidentifier") !=
		    NULL ? policy_of_today : policy_of_2022;
	if (!assay_policy_compile(assay_bytes_of(text), &policy, NULL, &err)) {
		test_row(t, row, false, "policy: %s", err.text);
		return;
	}
	open_world(x, &w);
	w.ctx.policy = policy;
	judge(t, row, x, &w);
	world_close(&w);
	assay_policy_free(policy);
}

/* ---- tables ------------------------------------------------------------- */

static void
run_folder(const char *folder, bool (*open)(const char *, struct exchange *))
{
	struct test_table t = { .name = folder };
	DIR *d = opendir(test_shared_path("%s", folder));
	struct dirent *e;
	struct exchange x;
	size_t n = 0;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		size_t len = strlen(e->d_name);

		if (len < 6 || strcmp(e->d_name + len - 5, ".json") != 0 ||
		    strcmp(e->d_name, "INDEX.json") == 0)
			continue;
		if (open(e->d_name, &x)) {
			run(&t, e->d_name, &x);
			n++;
		}
		if (x.file != NULL)
			close_exchange(&x);
	}
	(void)closedir(d);
	printf("%s: %zu exchanges\n", folder, n);
	test_table_end(&t);
}

static void
test_recordings(void **state)
{
	(void)state;
	if (test_shared("recorded requests") == NULL)
		skip();
	run_folder("recordings", open_recording);
}

static void
test_pairs(void **state)
{
	(void)state;
	if (test_shared("recorded requests") == NULL)
		skip();
	run_folder(MAA, open_pair);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recordings),
		cmocka_unit_test(test_pairs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
