/* SPDX-License-Identifier: Apache-2.0 */
/* Where the client may go. The exchange itself: tests/cli/fetch.py. */
#include <stdio.h>
#include <string.h>

#include "app/fetch.h"
#include "testlib.h"

static const struct {
	const char	*name;
	const char	*url;
	bool		 want;
} addresses[] = {
	{ "https", "https://attest.example", true },
	{ "https_port_path", "https://attest.example:8443/certs", true },
	{ "https_ipv6", "https://[2001:db8::1]/", true },
	{ "http_localhost", "http://localhost:8080/", true },
	{ "http_loopback", "http://127.0.0.1:8080/", true },
	{ "http_loopback_net", "http://127.9.8.7/", true },
	{ "http_loopback_v6", "http://[::1]:80/", true },
	{ "http_elsewhere", "http://attest.example/", false },
	{ "http_name_like_loopback", "http://127.0.0.1.example/", false },
	{ "http_localhost_suffix", "http://localhost.example/", false },
	{ "http_any_address", "http://0.0.0.0/", false },
	{ "http_private_net", "http://10.0.0.1/", false },
	{ "user", "https://user@attest.example/", false },
	{ "user_hides_host", "https://attest.example:x@evil.example/", false },
	{ "fragment", "https://attest.example/#a", false },
	{ "file", "file:///etc/passwd", false },
	{ "ftp", "ftp://attest.example/", false },
	{ "no_scheme", "attest.example", false },
	{ "no_host", "https:///certs", false },
	{ "empty", "", false },
	{ "space", "https://attest.example /", false },
	{ "line", "https://attest.example/\r\nHost: x", false },
};

static void
only_safe_addresses(void **state)
{
	struct test_table t = { "addresses", 0, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		struct assay_error err = { ASSAY_ERR_OK, "" };
		bool ok = assay_url_check(addresses[i].url, &err);

		test_row(&t, addresses[i].name, ok == addresses[i].want &&
		    (ok || err.code == ASSAY_ERR_FETCH_REFUSED),
		    "%s %s", ok ? "allowed" : "refused", err.text);
	}
	test_table_end(&t);
}

static const struct {
	const char	*name;
	const char	*a, *b;
	bool		 want;
} origins[] = {
	{ "same", "https://a.example/certs", "https://a.example", true },
	{ "case", "https://A.example/certs", "https://a.EXAMPLE", true },
	{ "default_port", "https://a.example:443/c", "https://a.example",
	    true },
	{ "other_port", "https://a.example:444/c", "https://a.example",
	    false },
	{ "other_host", "https://b.example/c", "https://a.example", false },
	{ "subdomain", "https://x.a.example/c", "https://a.example", false },
	{ "prefix", "https://a.example.evil.example/c", "https://a.example",
	    false },
	{ "scheme", "http://localhost:443/c", "https://localhost", false },
	{ "user_part", "https://a.example@evil.example/c",
	    "https://a.example", false },
};

static void
origin_is_scheme_host_port(void **state)
{
	struct test_table t = { "origins", 0, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(origins) / sizeof(origins[0]); i++) {
		struct assay_error err = { ASSAY_ERR_OK, "" };
		bool ok = assay_url_same_origin(origins[i].a, origins[i].b,
		    &err);

		test_row(&t, origins[i].name, ok == origins[i].want, "%s",
		    err.text);
	}
	test_table_end(&t);
}

static void
headers_by_name(void **state)
{
	struct assay_fetch_answer answer = { .head = assay_buffer(256) };
	struct assay_bytes value;

	(void)state;
	assert_true(assay_buffer_puts(&answer.head, "HTTP/1.1 200 OK\r\n"
	    "x-ms-request-id: 00-12\r\nEmpty:\r\nX-Last:  a b\r\n\r\n"));
	assert_true(assay_fetch_header(&answer, "X-MS-Request-Id", &value));
	assert_true(assay_bytes_equal(value, assay_bytes_of("00-12")));
	assert_true(assay_fetch_header(&answer, "empty", &value));
	assert_int_equal(value.len, 0);
	assert_true(assay_fetch_header(&answer, "x-last", &value));
	assert_true(assay_bytes_equal(value, assay_bytes_of("a b")));
	assert_false(assay_fetch_header(&answer, "x-ms-request", &value));
	assay_fetch_answer_free(&answer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_safe_addresses),
		cmocka_unit_test(origin_is_scheme_host_port),
		cmocka_unit_test(headers_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
