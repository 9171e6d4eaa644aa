/* SPDX-License-Identifier: Apache-2.0 */
/* Raw heads: one good one, and each line that has two readings. */
#include <string.h>

#include "service/head.h"
#include "testlib.h"

#define HOST "Host: a\r\n"
#define END "\r\n"

/* With its length: some rows hold a NUL. */
#define RAW(text) text, sizeof(text) - 1

static const struct {
	const char	*name;
	const char	*raw;
	size_t		 len;
	unsigned int	 status;	/* 0: accepted */
} heads[] = {
	{ "good", RAW("GET / HTTP/1.1\r\n" HOST END), 0 },
	{ "http_1_0", RAW("GET / HTTP/1.0\r\n" END), 0 },
	{ "no_fields", RAW("GET / HTTP/1.1\r\n" END), 0 },
	{ "odd_method", RAW("M-SEARCH * HTTP/1.1\r\n" HOST END), 0 },
	{ "space_around_value", RAW("GET / HTTP/1.1\r\nHost:\t a \t\r\n" END),
	    0 },
	{ "empty_value", RAW("GET / HTTP/1.1\r\nX:\r\n" END), 0 },
	{ "obs_text", RAW("GET / HTTP/1.1\r\nX: \xe9\ty\r\n" END), 0 },
	{ "colon_in_value", RAW("GET / HTTP/1.1\r\nX: a:b\r\n" END), 0 },
	{ "empty_line", RAW("\r\n"), 400 },
	{ "lf_line", RAW("GET / HTTP/1.1\n" HOST END), 400 },
	{ "lf_field", RAW("GET / HTTP/1.1\r\nHost: a\n" END), 400 },
	{ "lf_end", RAW("GET / HTTP/1.1\r\n" HOST "\n"), 400 },
	{ "lf_first", RAW("\nGET / HTTP/1.1\r\n" HOST END), 400 },
	{ "bare_cr", RAW("GET / HTTP/1.1\r\nX: a\rb\r\n" END), 400 },
	{ "cr_cr_lf", RAW("GET / HTTP/1.1\r\r\n" HOST END), 400 },
	{ "nul_in_target", RAW("GET /\0 HTTP/1.1\r\n" HOST END), 400 },
	{ "nul_in_value", RAW("GET / HTTP/1.1\r\nX: a\0b\r\n" END), 400 },
	{ "nul_in_name", RAW("GET / HTTP/1.1\r\nX\0: a\r\n" END), 400 },
	{ "vertical_tab", RAW("GET / HTTP/1.1\r\nX: \va\r\n" END), 400 },
	{ "del", RAW("GET / HTTP/1.1\r\nX: \x7f\r\n" END), 400 },
	{ "tls_hello", RAW("\x16\x03\x01\x02"), 400 },
	{ "folded", RAW("GET / HTTP/1.1\r\nX: a\r\n b\r\n" END), 400 },
	{ "folded_by_tab", RAW("GET / HTTP/1.1\r\nX: a\r\n\tb\r\n" END),
	    400 },
	{ "first_folded", RAW("GET / HTTP/1.1\r\n Host: x\r\n" END), 400 },
	{ "no_version", RAW("GET /\r\n" HOST END), 400 },
	{ "no_target", RAW("GET\r\n" HOST END), 400 },
	{ "empty_target", RAW("GET  HTTP/1.1\r\n" HOST END), 400 },
	{ "two_spaces_after", RAW("GET /  HTTP/1.1\r\n" HOST END), 400 },
	{ "space_behind", RAW("GET / HTTP/1.1 \r\n" HOST END), 400 },
	{ "space_before", RAW(" GET / HTTP/1.1\r\n" HOST END), 400 },
	{ "space_in_target", RAW("GET /a b HTTP/1.1\r\n" HOST END), 400 },
	{ "tabs", RAW("GET\t/\tHTTP/1.1\r\n" HOST END), 400 },
	{ "method_not_token", RAW("G(T / HTTP/1.1\r\n" HOST END), 400 },
	{ "method_high", RAW("G\xe9T / HTTP/1.1\r\n" HOST END), 400 },
	{ "method_32", RAW("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF / HTTP/1.1\r\n"
	    END), 400 },
	{ "version_case", RAW("GET / http/1.1\r\n" HOST END), 400 },
	{ "version_longer", RAW("GET / HTTP/1.1x\r\n" HOST END), 400 },
	{ "version_2", RAW("GET / HTTP/2.0\r\n" HOST END), 505 },
	{ "version_1_2", RAW("GET / HTTP/1.2\r\n" HOST END), 505 },
	{ "name_space", RAW("GET / HTTP/1.1\r\nHost : a\r\n" END), 400 },
	{ "name_empty", RAW("GET / HTTP/1.1\r\n: a\r\n" END), 400 },
	{ "name_high", RAW("GET / HTTP/1.1\r\nX\xe9: a\r\n" END), 400 },
	{ "no_colon", RAW("GET / HTTP/1.1\r\nXfoo\r\n" END), 400 },
};

static bool
read_head(struct assay_bytes in, struct assay_head *head,
    unsigned int *status, struct assay_error *err)
{
	size_t scanned = 0;

	if (assay_head_scan(in, &scanned, status, err) != ASSAY_HEAD_WHOLE)
		return false;
	assert_int_equal(scanned, in.len);
	return assay_head_parse(in, head, status, err);
}

static void
heads_in_one_form(void **state)
{
	struct test_table t = { "heads", 0, 0 };
	struct assay_head head;

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		struct assay_error err = { ASSAY_ERR_OK, "" };
		unsigned int status = 0;
		bool ok = read_head((struct assay_bytes){
		    (const uint8_t *)heads[i].raw, heads[i].len }, &head,
		    &status, &err);

		test_row(&t, heads[i].name, ok == (heads[i].status == 0) &&
		    status == heads[i].status &&
		    (ok || err.code == ASSAY_ERR_REQUEST_INVALID),
		    "status %u %s", status, err.text);
	}
	test_table_end(&t);
}

/* However a head is cut into pieces, it is scanned alike. */
static void
heads_byte_by_byte(void **state)
{
	struct test_table t = { "byte by byte", 0, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		enum assay_head_scan whole, cut = ASSAY_HEAD_MORE;
		struct assay_error err = { ASSAY_ERR_OK, "" };
		struct assay_bytes in = { (const uint8_t *)heads[i].raw, 0 };
		unsigned int status = 0;
		size_t once = 0, scanned = 0;

		whole = assay_head_scan((struct assay_bytes){ in.ptr,
		    heads[i].len }, &once, &status, &err);
		while (cut == ASSAY_HEAD_MORE && in.len < heads[i].len) {
			in.len++;
			cut = assay_head_scan(in, &scanned, &status, &err);
		}
		test_row(&t, heads[i].name, cut == whole &&
		    (whole != ASSAY_HEAD_WHOLE || scanned == once),
		    "%d at once, %d in pieces", whole, cut);
	}
	test_table_end(&t);
}

static void
what_a_head_says(void **state)
{
	static const char raw[] = "POST /a?b HTTP/1.0\r\nHost: a\r\n"
	    "connection: keep-alive ,\tClose\r\nX:  y z \r\nx: 2\r\n\r\n"
	    "GET /smuggled";
	struct assay_bytes in = assay_bytes_of(raw), value;
	struct assay_error err;
	struct assay_head head;
	unsigned int status;
	size_t scanned = 0;

	(void)state;
	assert_int_equal(assay_head_scan(in, &scanned, &status, &err),
	    ASSAY_HEAD_WHOLE);
	assert_int_equal(scanned, sizeof(raw) - sizeof("GET /smuggled"));
	in.len = scanned;
	assert_true(assay_head_parse(in, &head, &status, &err));
	assert_string_equal(head.method, "POST");
	assert_true(assay_bytes_equal(head.target, assay_bytes_of("/a?b")));
	assert_int_equal(head.minor, 0);
	assert_int_equal(head.n_headers, 4);
	assert_true(assay_head_find(&head, "X", &value));
	assert_true(assay_bytes_equal(value, assay_bytes_of("y z")));
	assert_int_equal(assay_head_count(&head, "x"), 2);
	assert_false(assay_head_find(&head, "Y", &value));
	assert_true(assay_head_lists(&head, "Connection", "close"));
	assert_true(assay_head_lists(&head, "Connection", "keep-alive"));
	assert_false(assay_head_lists(&head, "Connection", "clos"));
	assert_false(assay_head_lists(&head, "Connection", ""));
	assert_false(assay_head_lists(&head, "Via", "close"));
}

static unsigned int
status_of(const struct assay_buffer *raw)
{
	struct assay_error err;
	struct assay_head head;
	unsigned int status = 0;

	return read_head(assay_buffer_bytes(raw), &head, &status, &err) ? 0 :
	    status;
}

static void
heads_have_limits(void **state)
{
	struct assay_buffer b = assay_buffer(64 * 1024);
	size_t rest;

	(void)state;
	/* A request line that does not end. */
	assay_buffer_puts(&b, "GET /");
	assay_buffer_fill(&b, 'a', ASSAY_MAX_HTTP_HEAD);
	assert_int_equal(status_of(&b), 414);
	/* A head of the greatest length, then one byte more. */
	for (size_t more = 0; more < 2; more++) {
		assay_buffer_clear(&b);
		assay_buffer_puts(&b, "GET / HTTP/1.1\r\nX: ");
		rest = ASSAY_MAX_HTTP_HEAD - b.len - 4 + more;
		assay_buffer_fill(&b, 'a', rest);
		assay_buffer_puts(&b, "\r\n\r\n");
		assert_int_equal(status_of(&b), more == 0 ? 0 : 431);
	}
	for (size_t more = 0; more < 2; more++) {
		assay_buffer_clear(&b);
		assay_buffer_puts(&b, "GET / HTTP/1.1\r\n");
		for (size_t i = 0; i < ASSAY_MAX_HTTP_HEADERS + more; i++)
			assay_buffer_puts(&b, "X: 1\r\n");
		assay_buffer_puts(&b, "\r\n");
		assert_int_equal(status_of(&b), more == 0 ? 0 : 431);
	}
	assay_buffer_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_in_one_form),
		cmocka_unit_test(heads_byte_by_byte),
		cmocka_unit_test(what_a_head_says),
		cmocka_unit_test(heads_have_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
