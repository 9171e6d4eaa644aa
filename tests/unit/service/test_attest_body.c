/* SPDX-License-Identifier: Apache-2.0 */
/* One good body, every spelling that clients use, and each breakage. */
#include <string.h>

#include "service/attest_body.h"
#include "testlib.h"

#define GOOD "\"quote\":\"AQID\""
#define DATA "\"runtimeData\":{\"data\":\"aGk=\",\"dataType\":\"JSON\"}"

static const struct {
	const char	*name;
	const char	*text;
	enum assay_code	 want;
} bodies[] = {
	{ "good", "{" GOOD "," DATA "}", ASSAY_ERR_OK },
	{ "quote_alone", "{" GOOD "}", ASSAY_ERR_OK },
	{ "names_in_other_case", "{\"Quote\":\"AQID\"}", ASSAY_ERR_OK },
	{ "unknown_member", "{" GOOD ",\"x\":1}", ASSAY_ERR_OK },
	{ "nonce_text", "{" GOOD ",\"nonce\":\"n\"}", ASSAY_ERR_OK },
	{ "nonce_big", "{" GOOD ",\"nonce\":18446744073709551615}",
	    ASSAY_ERR_OK },
	{ "not_json", "{", ASSAY_ERR_JSON_SYNTAX },
	{ "empty", "", ASSAY_ERR_JSON_SYNTAX },
	{ "not_an_object", "[]", ASSAY_ERR_JSON_TYPE },
	{ "no_quote", "{" DATA "}", ASSAY_ERR_JSON_MISSING_MEMBER },
	{ "quote_null", "{\"quote\":null}", ASSAY_ERR_JSON_MISSING_MEMBER },
	{ "quote_number", "{\"quote\":1}", ASSAY_ERR_JSON_TYPE },
	{ "quote_twice", "{" GOOD "," GOOD "}",
	    ASSAY_ERR_JSON_DUPLICATE_MEMBER },
	{ "quote_in_two_cases", "{" GOOD ",\"Quote\":\"AQID\"}",
	    ASSAY_ERR_JSON_DUPLICATE_MEMBER },
	{ "data_in_two_cases", "{" GOOD ",\"runtimeData\":{\"data\":\"\","
	    "\"Data\":\"\"}}", ASSAY_ERR_JSON_DUPLICATE_MEMBER },
	{ "runtime_text", "{" GOOD ",\"runtimeData\":\"aGk\"}",
	    ASSAY_ERR_JSON_TYPE },
	{ "data_number", "{" GOOD ",\"runtimeData\":{\"data\":1,"
	    "\"dataType\":\"JSON\"}}", ASSAY_ERR_JSON_TYPE },
	{ "type_number", "{" GOOD ",\"runtimeData\":{\"data\":\"aGk\","
	    "\"dataType\":1}}", ASSAY_ERR_JSON_TYPE },
	{ "type_missing", "{" GOOD ",\"runtimeData\":{\"data\":\"aGk\"}}",
	    ASSAY_ERR_REQUEST_INVALID },
	{ "type_unknown", "{" GOOD ",\"initTimeData\":{\"data\":\"aGk\","
	    "\"dataType\":\"Text\"}}", ASSAY_ERR_REQUEST_INVALID },
	{ "nonce_object", "{" GOOD ",\"nonce\":{}}", ASSAY_ERR_JSON_TYPE },
	{ "nonce_boolean", "{" GOOD ",\"nonce\":true}", ASSAY_ERR_JSON_TYPE },
	{ "draft_number", "{" GOOD ",\"draftPolicyForAttestation\":1}",
	    ASSAY_ERR_JSON_TYPE },
};

static void
bodies_by_code(void **state)
{
	struct test_table t = { "bodies", 0, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct assay_attest_body b = { 0 };
		struct assay_error err = { ASSAY_ERR_OK, "" };
		bool ok = assay_attest_body_read(assay_bytes_of(
		    bodies[i].text), "SgxEnclave", "quote", &b, &err);

		test_row(&t, bodies[i].name,
		    ok == (bodies[i].want == ASSAY_ERR_OK) &&
		    (ok || err.code == bodies[i].want), "%s: %s",
		    assay_code_name(err.code), err.text);
		assay_attest_body_free(&b);
	}
	test_table_end(&t);
}

/* Members that give no bound data, and such that do. */
static const struct {
	const char	*name;
	const char	*member;
	bool		 present;
} bound[] = {
	{ "absent", "\"x\":1", false },
	{ "null", "\"runtimeData\":null", false },
	{ "both_empty", "\"runtimeData\":{\"data\":\"\",\"dataType\":\"\"}",
	    false },
	{ "type_alone", "\"runtimeData\":{\"dataType\":\"JSON\"}", false },
	{ "padded", DATA, true },
	{ "unpadded", "\"runtimeData\":{\"data\":\"aGk\","
	    "\"dataType\":\"json\"}", true },
	{ "capitals", "\"RuntimeData\":{\"Data\":\"aGk\","
	    "\"DataType\":\"JSON\"}", true },
};

static void
bound_data_is_there_or_not(void **state)
{
	struct test_table t = { "bound", 0, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(bound) / sizeof(bound[0]); i++) {
		struct assay_buffer text = assay_buffer(512);
		struct assay_attest_body b = { 0 };
		struct assay_error err = { ASSAY_ERR_OK, "" };
		const struct assay_bound_data *d = &b.request.runtime_data;
		bool ok;

		assay_buffer_printf(&text, "{" GOOD ",%s}", bound[i].member);
		ok = assay_attest_body_read(assay_buffer_bytes(&text),
		    "SgxEnclave", "quote", &b, &err);
		test_row(&t, bound[i].name, ok &&
		    d->present == bound[i].present && (!d->present ||
		    (d->type == ASSAY_DATA_JSON && d->bytes.len == 2 &&
		    memcmp(d->bytes.ptr, "hi", 2) == 0)), "present %d %s",
		    d->present, err.text);
		assay_attest_body_free(&b);
		assay_buffer_free(&text);
	}
	test_table_end(&t);
}

static void
what_a_good_body_says(void **state)
{
	struct assay_attest_body b = { 0 };
	struct assay_error err;

	(void)state;
	assert_true(assay_attest_body_read(assay_bytes_of("{" GOOD ","
	    "\"nonce\":18446744073709551615,"
	    "\"draftPolicyForAttestation\":\"d\"}"), "SgxEnclave", "quote",
	    &b, &err));
	assert_string_equal(b.request.kind, "SgxEnclave");
	assert_int_equal(b.request.evidence.len, 3);
	assert_memory_equal(b.request.evidence.ptr, "\1\2\3", 3);
	assert_int_equal(b.draft.len, 1);
	assert_non_null(strstr(assay_buffer_str(&b.nonce),
	    "18446744073709551615"));
	assay_attest_body_free(&b);
}

static void
the_body_of_2018(void **state)
{
	struct assay_attest_body b = { 0 };
	struct assay_error err;

	(void)state;
	assert_true(assay_attest_body_read(assay_bytes_of("{\"Quote\":"
	    "\"AQID\",\"EnclaveHeldData\":\"aGk\"}"), "SgxEnclave", NULL, &b,
	    &err));
	assert_true(b.request.runtime_data.present);
	assert_int_equal(b.request.runtime_data.type, ASSAY_DATA_BINARY);
	assert_int_equal(b.request.runtime_data.bytes.len, 2);
	assay_attest_body_free(&b);
	assert_false(assay_attest_body_read(assay_bytes_of("{}"),
	    "SgxEnclave", NULL, &b, &err));
	test_assert_code("2018", &err, ASSAY_ERR_JSON_MISSING_MEMBER);
	assay_attest_body_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_by_code),
		cmocka_unit_test(bound_data_is_there_or_not),
		cmocka_unit_test(what_a_good_body_says),
		cmocka_unit_test(the_body_of_2018),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
