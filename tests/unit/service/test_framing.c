/* SPDX-License-Identifier: Apache-2.0 */
/* One good head, and each thing that gives a head two readings. */
#include <stdio.h>
#include <string.h>

#include "service/framing.h"
#include "testlib.h"

#define GOOD "Host:attest.example\nContent-Length:2"

static const struct {
	const char	*name;
	const char	*method;
	unsigned int	 minor;
	const char	*headers;	/* lines "name:value" */
	unsigned int	 status;	/* 0: accepted */
} heads[] = {
	{ "good", "POST", 1, GOOD, 0 },
	{ "get_without_length", "GET", 1, "Host:a", 0 },
	{ "http_1_0_without_host", "GET", 0, "", 0 },
	{ "host_ipv6_port", "GET", 1, "Host:[::1]:8443", 0 },
	{ "expect", "POST", 1, GOOD "\nExpect:100-Continue", 0 },
	{ "no_host", "POST", 1, "Content-Length:2", 400 },
	{ "two_hosts", "POST", 1, GOOD "\nhost:b", 400 },
	{ "two_hosts_1_0", "GET", 0, "Host:a\nHost:b", 400 },
	{ "host_empty", "GET", 1, "Host:", 400 },
	{ "host_user", "GET", 1, "Host:u@a", 400 },
	{ "host_list", "GET", 1, "Host:a,b", 400 },
	{ "no_length", "POST", 1, "Host:a", 411 },
	{ "put_no_length", "PUT", 1, "Host:a", 411 },
	{ "two_lengths", "POST", 1, GOOD "\nContent-Length:2", 400 },
	{ "length_list", "POST", 1, "Host:a\nContent-Length:2,2", 400 },
	{ "length_plus", "POST", 1, "Host:a\nContent-Length:+2", 400 },
	{ "length_hex", "POST", 1, "Host:a\nContent-Length:0x2", 400 },
	{ "length_empty", "POST", 1, "Host:a\nContent-Length:", 400 },
	{ "length_overflow", "POST", 1,
	    "Host:a\nContent-Length:18446744073709551616", 400 },
	{ "chunked", "POST", 1, "Host:a\nTransfer-Encoding:chunked", 411 },
	{ "chunked_1_0", "POST", 0, "Host:a\nTransfer-Encoding:chunked",
	    411 },
	{ "chunked_and_length", "POST", 1,
	    GOOD "\ntransfer-encoding:chunked", 400 },
	{ "expect_other", "POST", 1, GOOD "\nExpect:cake", 417 },
};

static struct assay_head
make_head(const char *method, unsigned int minor, const char *lines)
{
	struct assay_head head = { .minor = minor,
		.target = assay_bytes_of("/") };

	(void)snprintf(head.method, sizeof(head.method), "%s", method);
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
		    heads[i].minor, heads[i].headers);
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
	struct assay_head head = make_head("POST", 1,
	    "Host:a\nContent-Length:18446744073709551615\n"
	    "Expect:100-continue");
	struct assay_framing framing;
	struct assay_error err;
	unsigned int status;

	(void)state;
	assert_true(assay_framing_check(&head, &framing, &status, &err));
	assert_true(framing.has_length && framing.expect_continue);
	assert_true(framing.length == UINT64_MAX);
	assert_false(framing.close);
	head = make_head("GET", 1, "Host:a");
	assert_true(assay_framing_check(&head, &framing, &status, &err));
	assert_false(framing.has_length || framing.expect_continue);
	assert_false(framing.close);
}

static void
who_wants_to_close(void **state)
{
	static const struct {
		unsigned int	 minor;
		const char	*headers;
		bool		 close;
	} rows[] = {
		{ 1, "Host:a\nConnection:close", true },
		{ 1, "Host:a\nConnection:x\nConnection:y, CLOSE", true },
		{ 1, "Host:a\nConnection:keep-alive", false },
		{ 1, "Host:a\nConnection:closed", false },
		{ 0, "Host:a\nConnection:keep-alive", true },
	};
	struct assay_framing framing;
	struct assay_error err;
	unsigned int status;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_head head = make_head("GET", rows[i].minor,
		    rows[i].headers);

		assert_true(assay_framing_check(&head, &framing, &status,
		    &err));
		assert_int_equal(framing.close, rows[i].close);
	}
}

static void
targets_have_a_limit(void **state)
{
	static char path[ASSAY_MAX_HTTP_TARGET + 1];
	static uint8_t target[ASSAY_MAX_HTTP_TARGET + 1];
	struct assay_head head = make_head("GET", 1, "Host:a");
	struct assay_framing framing;
	struct assay_bytes query;
	struct assay_error err;
	unsigned int status = 0;

	(void)state;
	memset(target, 'a', sizeof(target));
	target[0] = '/';
	head.target = (struct assay_bytes){ target, sizeof(target) - 1 };
	assert_true(assay_framing_check(&head, &framing, &status, &err));
	assert_true(assay_target_parse(head.target, path, &query, &status,
	    &err));
	assert_int_equal(strlen(path), ASSAY_MAX_HTTP_TARGET);
	head.target.len++;
	assert_false(assay_framing_check(&head, &framing, &status, &err));
	assert_int_equal(status, 414);
	status = 0;
	assert_false(assay_target_parse(head.target, path, &query, &status,
	    &err));
	assert_int_equal(status, 414);
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
		bool ok = assay_target_parse(assay_bytes_of(targets[i].target),
		    path, &query, &status, &err);

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
		cmocka_unit_test(who_wants_to_close),
		cmocka_unit_test(targets_have_a_limit),
		cmocka_unit_test(targets_have_one_spelling),
		cmocka_unit_test(parameters_by_name),
		cmocka_unit_test(traceparents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
