/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "attest/token_claims.h"
#include "testlib.h"

struct issued {
	const char		*type;
	enum assay_value_type	 value_type;
	const char		*text;
	int64_t			 integer;
};

#define STRING	ASSAY_VALUE_STRING
#define INTEGER	ASSAY_VALUE_INTEGER
#define BOOLEAN	ASSAY_VALUE_BOOLEAN

static const struct {
	const char	*name;
	const char	*nonce;
	struct issued	 issued[4];
	enum assay_code	 code;
	const char	*want;
} rows[] = {
	{ "nothing_issued", "", { { 0 } }, ASSAY_ERR_OK,
	    "{\"maa-ehd\":\"AA\",\"x-ms-sgx-svn\":7,\"x-ms-ver\":\"1.0\"}" },
	{ "string_nonce", "\"a\\u0022b\"", { { 0 } }, ASSAY_ERR_OK,
	    "{\"maa-ehd\":\"AA\",\"nonce\":\"a\\\"b\",\"x-ms-sgx-svn\":7,"
	    "\"x-ms-ver\":\"1.0\"}" },
	{ "largest_nonce", "18446744073709551615", { { 0 } }, ASSAY_ERR_OK,
	    "{\"maa-ehd\":\"AA\",\"nonce\":18446744073709551615,"
	    "\"x-ms-sgx-svn\":7,\"x-ms-ver\":\"1.0\"}" },
	{ "nonce_object", "{}", { { 0 } }, ASSAY_ERR_BAD_FIELD, NULL },
	{ "nonce_real", "1.5", { { 0 } }, ASSAY_ERR_BAD_FIELD, NULL },
	{ "nonce_broken", "\"", { { 0 } }, ASSAY_ERR_JSON_SYNTAX, NULL },
	{ "twice_and_sorted", "", { { "zz", STRING, "1", 0 },
	    { "aa", INTEGER, NULL, -5 }, { "zz", BOOLEAN, NULL, 1 } },
	    ASSAY_ERR_OK, "{\"aa\":-5,\"maa-ehd\":\"AA\","
	    "\"x-ms-policy\":{\"aa\":-5,\"zz\":[\"1\",true]},"
	    "\"x-ms-sgx-svn\":7,\"x-ms-ver\":\"1.0\","
	    "\"zz\":[\"1\",true]}" },
	{ "array_keeps_order", "", { { "a", STRING, "z", 0 },
	    { "a", STRING, "b", 0 }, { "a", STRING, "m", 0 } }, ASSAY_ERR_OK,
	    "{\"a\":[\"z\",\"b\",\"m\"],\"maa-ehd\":\"AA\","
	    "\"x-ms-policy\":{\"a\":[\"z\",\"b\",\"m\"]},"
	    "\"x-ms-sgx-svn\":7,\"x-ms-ver\":\"1.0\"}" },
	{ "control_and_utf8", "", { { "a", STRING, "\x01\xc3\xa9", 0 } },
	    ASSAY_ERR_OK, "{\"a\":\"\\u0001\xc3\xa9\",\"maa-ehd\":\"AA\","
	    "\"x-ms-policy\":{\"a\":\"\\u0001\xc3\xa9\"},"
	    "\"x-ms-sgx-svn\":7,\"x-ms-ver\":\"1.0\"}" },
	{ "repeats_the_service", "", { { "x-ms-sgx-svn", INTEGER, NULL, 7 } },
	    ASSAY_ERR_OK, "{\"maa-ehd\":\"AA\","
	    "\"x-ms-policy\":{\"x-ms-sgx-svn\":7},\"x-ms-sgx-svn\":7,"
	    "\"x-ms-ver\":\"1.0\"}" },
	{ "contradicts_the_service", "",
	    { { "x-ms-sgx-svn", INTEGER, NULL, 8 } },
	    ASSAY_ERR_POLICY_RUNTIME_ERROR, NULL },
	{ "contradicts_an_old_name", "", { { "maa-ehd", STRING, "BB", 0 } },
	    ASSAY_ERR_POLICY_RUNTIME_ERROR, NULL },
	/* The service says neither here, and only it may. */
	{ "old_name_of_held_data", "", { { "aas-ehd", STRING, "BB", 0 } },
	    ASSAY_ERR_POLICY_RUNTIME_ERROR, NULL },
	{ "old_name_of_collateral", "",
	    { { "maa-attestationcollateral", STRING, "BB", 0 } },
	    ASSAY_ERR_POLICY_RUNTIME_ERROR, NULL },
	{ "reserved_prefix", "", { { "x-ms-anything", STRING, "x", 0 } },
	    ASSAY_ERR_POLICY_RUNTIME_ERROR, NULL },
	{ "our_prefix", "", { { "x-assay-tcb-status", STRING, "x", 0 } },
	    ASSAY_ERR_POLICY_RUNTIME_ERROR, NULL },
	{ "iss", "", { { "iss", STRING, "x", 0 } },
	    ASSAY_ERR_POLICY_RUNTIME_ERROR, NULL },
	{ "exp", "", { { "exp", INTEGER, NULL, 1 } },
	    ASSAY_ERR_POLICY_RUNTIME_ERROR, NULL },
	{ "nonce", "", { { "nonce", STRING, "x", 0 } },
	    ASSAY_ERR_POLICY_RUNTIME_ERROR, NULL },
};

static struct assay_claims *
make_issued(const struct issued *list)
{
	struct assay_claims *set = assay_claims_new();
	struct assay_error err = { 0 };

	assert_non_null(set);
	for (size_t i = 0; i < 4 && list[i].type != NULL; i++) {
		const struct assay_claim claim = {
			.type = assay_bytes_of(list[i].type),
			.issuer = ASSAY_ISSUER_POLICY,
			.value_type = list[i].value_type,
			.text = assay_bytes_of(list[i].text),
			.integer = list[i].integer,
			.boolean = list[i].integer != 0,
		};

		assert_true(assay_claims_add(set, &claim, &err));
	}
	return set;
}

static void
test_rows(void **state)
{
	struct test_table t = { .name = "token claims" };
	struct assay_claims *service = assay_claims_new();
	struct assay_error err = { 0 };

	(void)state;
	assert_non_null(service);
	assert_true(assay_claims_add_integer(service, "x-ms-sgx-svn", 7,
	    &err) && assay_claims_add_string(service, "maa-ehd",
	    assay_bytes_of("AA"), &err));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_claims *issued = make_issued(rows[i].issued);
		const struct assay_token_claims_parts parts = {
			.service = service,
			.issued = issued,
			.nonce = assay_bytes_of(rows[i].nonce),
		};
		char *text = NULL;
		bool ok;

		err = (struct assay_error){ 0 };
		ok = assay_token_claims_make(&parts, &text, &err);
		test_row(&t, rows[i].name, err.code == rows[i].code &&
		    ok == (rows[i].code == ASSAY_ERR_OK) &&
		    (rows[i].want == NULL ? text == NULL : text != NULL &&
		    strcmp(text, rows[i].want) == 0), "got %s \"%s\" %s",
		    assay_code_name(err.code), err.text,
		    text == NULL ? "" : text);
		free(text);
		assay_claims_free(issued);
	}
	assay_claims_free(service);
	test_table_end(&t);
}

/* Hashes of policies in recorded tokens (api.md section 6). */
static void
test_policy_hash(void **state)
{
	char out[ASSAY_POLICY_HASH_TEXT];
	struct assay_error err = { 0 };

	(void)state;
	assert_true(assay_policy_hash(assay_bytes_of("version= 1.0;"
	    "authorizationrules{=> permit();};"), out, &err));
	assert_string_equal(out,
	    "9NY0VnTQ-IiBriBplVUpFbczcDaEBUwsiFYAzHu_gco");
	assert_true(assay_policy_hash(assay_bytes_of("version= 1.0;\n\n"
	    "authorizationrules\n{\n    => permit();\n};"), out, &err));
	assert_string_equal(out,
	    "LTPRQQju-FejAwdYihF8YV_c2XWebG9joKvrHKc3bxs");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_policy_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
