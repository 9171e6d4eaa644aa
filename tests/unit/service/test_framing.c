/* SPDX-License-Identifier: Apache-2.0 */
/* One good head, and each thing that gives a head two readings. */
#include <string.h>

#include "service/framing.h"
#include "testlib.h"

#define GOOD "Host:attest.example\nContent-Length:2"

static const struct {
	const char	*name;
	const char	*method, *version;
	const char	*headers;	/* lines "name:value" */
	unsigned int	 status;	/* 0: accepted */
} heads[] = {
	{ "good", "POST", "HTTP/1.1", GOOD, 0 },
	{ "get_without_length", "GET", "HTTP/1.1", "Host:a", 0 },
	{ "http_1_0_without_host", "GET", "HTTP/1.0", "", 0 },
	{ "host_ipv6_port", "GET", "HTTP/1.1", "Host:[::1]:8443", 0 },
	{ "expect", "POST", "HTTP/1.1", GOOD "\nExpect:100-Continue", 0 },
	{ "obs_text", "GET", "HTTP/1.1", "Host:a\nX:\xe9\ty", 0 },
	{ "http_2", "POST", "HTTP/2.0", GOOD, 505 },
	{ "version_case", "POST", "http/1.1", GOOD, 505 },
	{ "method_space", "PO ST", "HTTP/1.1", GOOD, 400 },
	{ "method_empty", "", "HTTP/1.1", GOOD, 400 },
	{ "no_host", "POST", "HTTP/1.1", "Content-Length:2", 400 },
	{ "two_hosts", "POST", "HTTP/1.1", GOOD "\nhost:b", 400 },
	{ "two_hosts_1_0", "GET", "HTTP/1.0", "Host:a\nHost:b", 400 },
	{ "host_empty", "GET", "HTTP/1.1", "Host:", 400 },
	{ "host_user", "GET", "HTTP/1.1", "Host:u@a", 400 },
	{ "host_list", "GET", "HTTP/1.1", "Host:a,b", 400 },
	{ "name_space", "POST", "HTTP/1.1", GOOD "\nX :1", 400 },
	{ "name_empty", "POST", "HTTP/1.1", GOOD "\n:1", 400 },
	{ "value_cr", "POST", "HTTP/1.1", GOOD "\nX:a\rb", 400 },
	{ "value_del", "POST", "HTTP/1.1", GOOD "\nX:a\x7f", 400 },
	{ "no_length", "POST", "HTTP/1.1", "Host:a", 411 },
	{ "put_no_length", "PUT", "HTTP/1.1", "Host:a", 411 },
	{ "two_lengths", "POST", "HTTP/1.1", GOOD "\nContent-Length:2", 400 },
	{ "length_list", "POST", "HTTP/1.1", "Host:a\nContent-Length:2,2",
	    400 },
	{ "length_plus", "POST", "HTTP/1.1", "Host:a\nContent-Length:+2",
	    400 },
	{ "length_hex", "POST", "HTTP/1.1", "Host:a\nContent-Length:0x2",
	    400 },
	{ "length_empty", "POST", "HTTP/1.1", "Host:a\nContent-Length:", 400 },
	{ "length_overflow", "POST", "HTTP/1.1",
	    "Host:a\nContent-Length:18446744073709551616", 400 },
	{ "chunked", "POST", "HTTP/1.1", "Host:a\nTransfer-Encoding:chunked",
	    411 },
	{ "chunked_and_length", "POST", "HTTP/1.1",
	    GOOD "\ntransfer-encoding:chunked", 400 },
	{ "expect_other", "POST", "HTTP/1.1", GOOD "\nExpect:cake", 417 },
};

static struct assay_head
make_head(const char *method, const char *version, const char *lines)
{
	struct assay_head head = { .method = method, .version = version,
		.target = "/", .target_len = 1 };

	while (*lines != '\0') {
		size_t n = strcspn(lines, "\n"), name = strcspn(lines, ":");

		head.headers[head.n_headers++] = (struct assay_header){
			{ (const uint8_t *)lines, name },
			{ (const uint8_t *)lines + name + 1, n - name - 1 } };
		lines += n + (lines[n] != '\0');
	}
	return head;
}

static void
heads_with_one_reading(void **state)
{
	struct test_table t = { "heads", 0, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		struct assay_head head = make_head(heads[i].method,
		    heads[i].version, heads[i].headers);
		struct assay_error err = { ASSAY_ERR_OK, "" };
		struct assay_framing framing;
		unsigned int status = 0;
		bool ok = assay_framing_check(&head, &framing, &status, &err);

		test_row(&t, heads[i].name, ok == (heads[i].status == 0) &&
		    status == heads[i].status &&
		    (ok || err.code == ASSAY_ERR_REQUEST_INVALID),
		    "status %u %s", status, err.text);
	}
	test_table_end(&t);
}

static void
what_a_good_head_says(void **state)
{
	struct assay_head head = make_head("POST", "HTTP/1.1",
	    "Host:a\nContent-Length:18446744073709551615\n"
	    "Expect:100-continue");
	struct assay_framing framing;
	struct assay_error err;
	unsigned int status;

	(void)state;
	assert_true(assay_framing_check(&head, &framing, &status, &err));
	assert_true(framing.has_length && framing.expect_continue);
	assert_true(framing.length == UINT64_MAX);
	head = make_head("GET", "HTTP/1.1", "Host:a");
	assert_true(assay_framing_check(&head, &framing, &status, &err));
	assert_false(framing.has_length || framing.expect_continue);
}

static void
heads_have_limits(void **state)
{
	static char long_value[ASSAY_MAX_HTTP_HEAD];
	struct assay_head head = make_head("GET", "HTTP/1.1", "Host:a");
	struct assay_framing framing;
	struct assay_error err;
	unsigned int status = 0;

	(void)state;
	head.too_many = true;
	assert_false(assay_framing_check(&head, &framing, &status, &err));
	assert_int_equal(status, 431);
	head.too_many = false;
	head.target_len = ASSAY_MAX_HTTP_TARGET + 1;
	assert_false(assay_framing_check(&head, &framing, &status, &err));
	assert_int_equal(status, 414);
	head.target_len = 1;
	memset(long_value, 'a', sizeof(long_value));
	head.headers[head.n_headers++] = (struct assay_header){
		assay_bytes_of("X"),
		{ (const uint8_t *)long_value, sizeof(long_value) } };
	assert_false(assay_framing_check(&head, &framing, &status, &err));
	assert_int_equal(status, 431);
}

static const struct {
	const char	*name;
	const char	*target;
	const char	*path;		/* NULL: refused */
	const char	*query;
} targets[] = {
	{ "good", "/attest/SgxEnclave?api-version=2022-08-01",
	    "/attest/SgxEnclave", "api-version=2022-08-01" },
	{ "no_query", "/certs", "/certs", "" },
	{ "empty_query", "/certs?", "/certs", "" },
	{ "escape", "/%63erts", "/certs", "" },
	{ "colon", "/certificates:%61dd", "/certificates:add", "" },
	{ "second_question_mark", "/a?b?c", "/a", "b?c" },
	{ "empty", "", NULL, "" },
	{ "no_slash", "certs", NULL, "" },
	{ "absolute", "http://a/certs", NULL, "" },
	{ "asterisk", "*", NULL, "" },
	{ "space", "/a b", NULL, "" },
	{ "fragment", "/a#b", NULL, "" },
	{ "backslash", "/a\\b", NULL, "" },
	{ "high_byte", "/\xe9", NULL, "" },
	{ "space_in_query", "/a?b c", NULL, "" },
	{ "escaped_slash", "/a%2Fb", NULL, "" },
	{ "escaped_backslash", "/a%5cb", NULL, "" },
	{ "escaped_percent", "/a%2562", NULL, "" },
	{ "escaped_nul", "/a%00", NULL, "" },
	{ "escaped_high", "/a%e9", NULL, "" },
	{ "escaped_question_mark", "/a%3Fb", NULL, "" },
	{ "cut_escape", "/a%6", NULL, "" },
	{ "lone_percent", "/a%", NULL, "" },
	{ "not_hex", "/a%6g", NULL, "" },
};

static void
targets_have_one_spelling(void **state)
{
	struct test_table t = { "targets", 0, 0 };
	static char path[ASSAY_MAX_HTTP_TARGET + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		struct assay_bytes query = { NULL, 0 };
		struct assay_error err = { ASSAY_ERR_OK, "" };
		unsigned int status = 0;
		bool ok = assay_target_parse(targets[i].target,
		    strlen(targets[i].target), path, &query, &status, &err);

		test_row(&t, targets[i].name, targets[i].path == NULL ?
		    !ok && status == 400 : ok &&
		    strcmp(path, targets[i].path) == 0 &&
		    query.len == strlen(targets[i].query) &&
		    memcmp(query.ptr, targets[i].query, query.len) == 0,
		    "status %u %s", status, err.text);
	}
	test_table_end(&t);
}

static const struct {
	const char	*name;
	const char	*query;
	const char	*value;		/* NULL: absent */
	bool		 repeated;
} queries[] = {
	{ "alone", "v=1", "1", false },
	{ "second", "a=2&v=1", "1", false },
	{ "case", "V=1", "1", false },
	{ "empty_value", "v=", "", false },
	{ "absent", "a=1", NULL, false },
	{ "no_equals", "v", NULL, false },
	{ "longer_name", "vv=1", NULL, false },
	{ "empty", "", NULL, false },
	{ "twice", "v=1&V=1", "1", true },
};

static void
parameters_by_name(void **state)
{
	struct test_table t = { "queries", 0, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		struct assay_bytes value = { NULL, 0 };
		bool repeated = true;
		bool found = assay_query_find(assay_bytes_of(
		    queries[i].query), "v", &value, &repeated);

		test_row(&t, queries[i].name,
		    found == (queries[i].value != NULL) &&
		    repeated == queries[i].repeated && (!found ||
		    (value.len == strlen(queries[i].value) &&
		    memcmp(value.ptr, queries[i].value, value.len) == 0)),
		    "found %d, repeated %d", found, repeated);
	}
	test_table_end(&t);
}

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN "00f067aa0ba902b7"

static const struct {
	const char	*name;
	const char	*text;
	bool		 want;
} traces[] = {
	{ "good", "00-" TRACE "-" SPAN "-01", true },
	{ "flags_zero", "00-" TRACE "-" SPAN "-00", true },
	{ "version", "01-" TRACE "-" SPAN "-01", false },
	{ "upper_case", "00-4BF92f3577b34da6a3ce929d0e0e4736-" SPAN "-01",
	    false },
	{ "zero_trace", "00-00000000000000000000000000000000-" SPAN "-01",
	    false },
	{ "zero_span", "00-" TRACE "-0000000000000000-01", false },
	{ "short", "00-" TRACE "-" SPAN "-1", false },
	{ "long", "00-" TRACE "-" SPAN "-01-", false },
	{ "no_dash", "00-" TRACE "0" SPAN "-01", false },
	{ "empty", "", false },
};

static void
traceparents(void **state)
{
	struct test_table t = { "traceparents", 0, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(traces) / sizeof(traces[0]); i++)
		test_row(&t, traces[i].name, assay_traceparent_ok(
		    assay_bytes_of(traces[i].text)) == traces[i].want,
		    "want %d", traces[i].want);
	test_table_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_with_one_reading),
		cmocka_unit_test(what_a_good_head_says),
		cmocka_unit_test(heads_have_limits),
		cmocka_unit_test(targets_have_one_spelling),
		cmocka_unit_test(parameters_by_name),
		cmocka_unit_test(traceparents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
