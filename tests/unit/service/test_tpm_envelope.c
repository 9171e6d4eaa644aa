/* SPDX-License-Identifier: Apache-2.0 */
/* One good message of each kind, every shape, and each breakage. */
#include <string.h>

#include "base/encode.h"
#include "service/tpm_envelope.h"
#include "testlib.h"

static const struct {
	const char	*name;
	const char	*inner;		/* goes into data */
	bool		 enveloped;
	enum assay_code	 want;
} messages[] = {
	{ "init", "{\"type\":\"aikcert\"}", false, ASSAY_ERR_OK },
	{ "init_enveloped", "{\"payload\": { \"type\": \"aikcert\" } }", true,
	    ASSAY_ERR_OK },
	{ "request", "{\"request\":\"a.b.c\"}", false, ASSAY_ERR_OK },
	{ "request_enveloped", "{\"payload\":{\"request\":\"a.b.c\"}}", true,
	    ASSAY_ERR_OK },
	{ "request_and_null_type", "{\"type\":null,\"request\":\"a.b.c\"}",
	    false, ASSAY_ERR_OK },
	{ "unknown_member", "{\"x\":1,\"type\":\"aikcert\"}", false,
	    ASSAY_ERR_OK },
	{ "other_case", "{\"Payload\":{\"Type\":\"aikcert\"}}", true,
	    ASSAY_ERR_OK },
	{ "type_vbs", "{\"type\":\"vbs\"}", false,
	    ASSAY_ERR_REQUEST_INVALID },
	{ "type_capitals", "{\"type\":\"AIKCERT\"}", false,
	    ASSAY_ERR_REQUEST_INVALID },
	{ "type_empty", "{\"type\":\"\"}", false, ASSAY_ERR_REQUEST_INVALID },
	{ "type_number", "{\"type\":1}", false, ASSAY_ERR_JSON_TYPE },
	{ "request_number", "{\"request\":1}", false, ASSAY_ERR_JSON_TYPE },
	{ "neither", "{}", false, ASSAY_ERR_REQUEST_INVALID },
	{ "both", "{\"type\":\"aikcert\",\"request\":\"a.b.c\"}", false,
	    ASSAY_ERR_REQUEST_INVALID },
	{ "beside_the_envelope", "{\"payload\":{},\"type\":\"aikcert\"}", true,
	    ASSAY_ERR_REQUEST_INVALID },
	{ "payload_text", "{\"payload\":\"x\"}", false, ASSAY_ERR_JSON_TYPE },
	{ "two_envelopes", "{\"payload\":{},\"Payload\":{}}", false,
	    ASSAY_ERR_JSON_DUPLICATE_MEMBER },
	{ "type_in_two_cases", "{\"type\":\"aikcert\",\"TYPE\":\"aikcert\"}",
	    false, ASSAY_ERR_JSON_DUPLICATE_MEMBER },
	{ "request_twice", "{\"request\":\"a\",\"request\":\"a\"}", false,
	    ASSAY_ERR_JSON_DUPLICATE_MEMBER },
	{ "inner_not_json", "{", false, ASSAY_ERR_JSON_SYNTAX },
	{ "inner_empty", "", false, ASSAY_ERR_JSON_SYNTAX },
	{ "inner_list", "[]", false, ASSAY_ERR_JSON_TYPE },
};

static void
messages_by_code(void **state)
{
	struct test_table t = { "messages", 0, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		struct assay_buffer body = assay_buffer(4096);
		struct assay_tpm_envelope m = { 0 };
		struct assay_error err = { ASSAY_ERR_OK, "" };
		bool ok;

		assay_buffer_puts(&body, "{\"data\":\"");
		assay_base64url_encode(assay_bytes_of(messages[i].inner),
		    &body);
		assay_buffer_puts(&body, "\"}");
		ok = assay_tpm_envelope_read(assay_buffer_bytes(&body), &m,
		    &err);
		test_row(&t, messages[i].name, err.code == messages[i].want &&
		    ok == (messages[i].want == ASSAY_ERR_OK) &&
		    (!ok || m.enveloped == messages[i].enveloped) &&
		    (!ok || m.kind == ASSAY_TPM_ENVELOPE_INIT ||
		    assay_bytes_equal(m.jws, assay_bytes_of("a.b.c"))),
		    "%s: %s", assay_code_name(err.code), err.text);
		assay_tpm_envelope_free(&m);
		assay_buffer_free(&body);
	}
	test_table_end(&t);
}

/* "{"type":"aikcert"}" in every spelling of base64. */
static const struct {
	const char	*name;
	const char	*body;
	enum assay_code	 want;
} bodies[] = {
	{ "unpadded", "{\"data\":\"eyJ0eXBlIjoiYWlrY2VydCJ9\"}",
	    ASSAY_ERR_OK },
	{ "padded", "{\"data\":\"eyJ0eXBlIjoiYWlrY2VydCIgfQ==\"}",
	    ASSAY_ERR_OK },
	{ "other_case", "{\"Data\":\"eyJ0eXBlIjoiYWlrY2VydCJ9\"}",
	    ASSAY_ERR_OK },
	{ "bad_padding", "{\"data\":\"eyJ0eXBlIjoiYWlrY2VydCIgfQ=\"}",
	    ASSAY_ERR_BAD_ENCODING },
	{ "bad_character", "{\"data\":\"eyJ0eXBl!joiYWlrY2VydCJ9\"}",
	    ASSAY_ERR_BAD_ENCODING },
	{ "data_missing", "{}", ASSAY_ERR_JSON_MISSING_MEMBER },
	{ "data_null", "{\"data\":null}", ASSAY_ERR_JSON_MISSING_MEMBER },
	{ "data_object", "{\"data\":{\"type\":\"aikcert\"}}",
	    ASSAY_ERR_JSON_TYPE },
	{ "data_twice", "{\"data\":\"\",\"Data\":\"\"}",
	    ASSAY_ERR_JSON_DUPLICATE_MEMBER },
	{ "not_an_object", "\"eyJ0eXBlIjoiYWlrY2VydCJ9\"",
	    ASSAY_ERR_JSON_TYPE },
	{ "empty", "", ASSAY_ERR_JSON_SYNTAX },
};

static void
bodies_by_code(void **state)
{
	struct test_table t = { "bodies", 0, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct assay_tpm_envelope m = { 0 };
		struct assay_error err = { ASSAY_ERR_OK, "" };
		bool ok = assay_tpm_envelope_read(assay_bytes_of(
		    bodies[i].body), &m, &err);

		test_row(&t, bodies[i].name, err.code == bodies[i].want &&
		    ok == (bodies[i].want == ASSAY_ERR_OK), "%s: %s",
		    assay_code_name(err.code), err.text);
		assay_tpm_envelope_free(&m);
	}
	test_table_end(&t);
}

static void
other_types_get_the_documented_text(void **state)
{
	struct assay_tpm_envelope m = { 0 };
	struct assay_error err = { ASSAY_ERR_OK, "" };

	(void)state;
	assert_false(assay_tpm_envelope_read(assay_bytes_of(
	    "{\"data\":\"eyJ0eXBlIjoieCJ9\"}"), &m, &err));
	assert_non_null(strstr(err.text,
	    "currently only aikcert is supported"));
	assay_tpm_envelope_free(&m);
}

static void
assert_answer(const struct assay_buffer *body, const char *inner)
{
	struct assay_buffer want = assay_buffer(4096);

	assay_buffer_puts(&want, "{\"data\":\"");
	assay_base64url_encode(assay_bytes_of(inner), &want);
	assay_buffer_puts(&want, "\"}");
	assert_string_equal(assay_buffer_str(body), assay_buffer_str(&want));
	assay_buffer_free(&want);
}

static void
answers_have_the_shape_asked_for(void **state)
{
	static const uint8_t one[] = { 0xfb, 0xff };
	struct assay_bytes bytes = { one, sizeof(one) };
	struct assay_buffer body = assay_buffer(4096);
	struct assay_error err;

	(void)state;
	assert_true(assay_tpm_envelope_challenge(false, bytes, bytes, &body,
	    &err));
	assert_answer(&body, "{\"challenge\":\"-_8\",\"service_context\":"
	    "\"-_8\"}");
	assay_buffer_clear(&body);
	assert_true(assay_tpm_envelope_challenge(true, bytes, bytes, &body,
	    &err));
	assert_answer(&body, "{\"payload\":{\"challenge\":\"-_8\","
	    "\"service_context\":\"-_8\"}}");
	assay_buffer_clear(&body);
	assert_true(assay_tpm_envelope_report(false, assay_bytes_of("a.b.c"),
	    &body, &err));
	assert_answer(&body, "{\"report\":\"a.b.c\"}");
	assay_buffer_clear(&body);
	assert_true(assay_tpm_envelope_report(true, assay_bytes_of("a.b.c"),
	    &body, &err));
	assert_answer(&body, "{\"payload\":{\"report\":\"a.b.c\"}}");
	assay_buffer_free(&body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_by_code),
		cmocka_unit_test(bodies_by_code),
		cmocka_unit_test(other_types_get_the_documented_text),
		cmocka_unit_test(answers_have_the_shape_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
