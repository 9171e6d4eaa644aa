/* SPDX-License-Identifier: Apache-2.0 */
/* The list is sound, and says of recorded tokens what they say. */
#include <string.h>

#include "base/encode.h"
#include "base/text.h"
#include "claims/claim_names.h"
#include "json/json.h"
#include "testlib.h"

static void
test_list(void **state)
{
	struct test_table t = { .name = "claim names" };
	const struct assay_claim_name *names;
	size_t n;

	(void)state;
	names = assay_claim_names(&n);
	for (size_t i = 0; i < n; i++) {
		test_row(&t, names[i].name, assay_claim_name_find(
		    assay_bytes_of(names[i].name)) == &names[i],
		    "listed twice");
		test_row(&t, names[i].name, names[i].kinds != 0 &&
		    names[i].use != 0 && names[i].meaning[0] != '\0' &&
		    strchr(names[i].meaning, '|') == NULL, "empty column");
		test_row(&t, names[i].name,
		    (strncmp(names[i].name, "x-assay-", 8) == 0) ==
		    (names[i].state == ASSAY_CLAIM_OURS),
		    "our own names begin with x-assay-");
	}
	test_table_end(&t);
	assert_null(assay_claim_name_find(assay_bytes_of("X-ms-ver")));
	assert_null(assay_claim_name_find(assay_bytes_of("")));
}

static void
test_kinds(void **state)
{
	(void)state;
	assert_int_equal(assay_claim_kind_parse(assay_bytes_of("SgxEnclave")),
	    ASSAY_CLAIM_SGX);
	assert_int_equal(assay_claim_kind_parse(
	    assay_bytes_of("openenclave")), ASSAY_CLAIM_SGX);
	assert_int_equal(assay_claim_kind_parse(assay_bytes_of("SevSnpVM")),
	    ASSAY_CLAIM_SNP);
	assert_int_equal(assay_claim_kind_parse(assay_bytes_of("TdxVm")),
	    ASSAY_CLAIM_TDX);
	assert_int_equal(assay_claim_kind_parse(assay_bytes_of("Tpm")),
	    ASSAY_CLAIM_TPM);
	assert_int_equal(assay_claim_kind_parse(
	    assay_bytes_of("azureguest")), ASSAY_CLAIM_GUEST);
	assert_int_equal(assay_claim_kind_parse(assay_bytes_of("Tpm2")), 0);
}

/* Claims that a recorded token has because its policy issued them. */
static bool
is_policy_issued(const json_t *payload, const char *name)
{
	return json_object_get(json_object_get(payload, "x-ms-policy"),
	    name) != NULL;
}

static bool
type_fits(const struct assay_claim_name *row, const json_t *value)
{
	switch (row->value_type) {
	case ASSAY_VALUE_STRING:
		return json_is_string(value);
	case ASSAY_VALUE_INTEGER:
		return json_is_integer(value);
	case ASSAY_VALUE_BOOLEAN:
		return json_is_boolean(value);
	case ASSAY_VALUE_JSON:
		return json_is_object(value) || json_is_array(value);
	}
	return false;
}

static void
check_payload(struct test_table *t, const char *file, json_t *payload,
    unsigned int kind)
{
	const char *name;
	json_t *value;

	json_object_foreach(payload, name, value) {
		const struct assay_claim_name *row =
		    assay_claim_name_find(assay_bytes_of(name));

		if (row == NULL && is_policy_issued(payload, name))
			continue;
		test_row(t, file, row != NULL, "%s is not listed", name);
		if (row == NULL)
			continue;
		test_row(t, file, (row->kinds & kind) != 0 &&
		    (row->use & ASSAY_CLAIM_IN_TOKEN) != 0,
		    "%s is not listed for this kind", name);
		test_row(t, file, type_fits(row, value), "%s has another type",
		    name);
	}
}

/* The member "token" of the recorded answer, decoded without trust. */
static json_t *
recorded_payload(const char *file)
{
	struct assay_buffer text = test_read(
	    test_shared_path("recordings/%s.json", file));
	struct assay_buffer body = assay_buffer(1u << 20);
	struct assay_error err;
	const char *at, *dot, *end;
	json_t *out = NULL;

	/* The JWT that follows "token": found by its header's first bytes. */
	at = strstr(strstr(assay_buffer_str(&text), "token"), "eyJ");
	if (at != NULL && (dot = strchr(at, '.')) != NULL &&
	    (end = strchr(dot + 1, '.')) != NULL &&
	    assay_base64url_decode((struct assay_bytes){
	    (const uint8_t *)dot + 1, (size_t)(end - dot - 1) }, &body, &err))
		out = assay_json_parse(assay_buffer_bytes(&body), NULL, &err);
	assay_buffer_free(&text);
	assay_buffer_free(&body);
	return out;
}

static const struct {
	const char	*file;
	unsigned int	 kind;
} recorded[] = {
	{ "SimpleAttest_SgxEnclave_Shared", ASSAY_CLAIM_SGX },
	{ "SimpleAttest_OpenEnclave_Aad", ASSAY_CLAIM_SGX },
	{ "AttestWithRuntimeData_SgxEnclave_Aad", ASSAY_CLAIM_SGX },
	{ "AttestWithRuntimeDataJson_OpenEnclave_Isolated", ASSAY_CLAIM_SGX },
	{ "snp_vm_attest", ASSAY_CLAIM_SNP },
};

static void
test_recorded(void **state)
{
	struct test_table t = { .name = "claims of recorded tokens" };

	(void)state;
	if (test_shared("recorded tokens") == NULL)
		skip();
	for (size_t i = 0; i < sizeof(recorded) / sizeof(recorded[0]); i++) {
		json_t *payload = recorded_payload(recorded[i].file);

		test_row(&t, recorded[i].file, payload != NULL, "no token");
		if (payload != NULL)
			check_payload(&t, recorded[i].file, payload,
			    recorded[i].kind);
		json_decref(payload);
	}
	test_table_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
