/* SPDX-License-Identifier: Apache-2.0 */
/* A request and its answer, with a handler that says what it was asked. */
#include <stdio.h>
#include <string.h>

#include "service/http_exchange.h"
#include "testlib.h"

#define MAX_BODY 8

static unsigned int served;

static bool
look(void *ctx, struct assay_http_request *request, size_t *max_body,
    struct assay_http_answer *answer)
{
	(void)ctx;
	if (strcmp(request->path, "/no") != 0) {
		*max_body = MAX_BODY;
		return true;
	}
	answer->status = 404;
	answer->body = assay_buffer(16);
	assay_buffer_puts(&answer->body, "\"no\"");
	return false;
}

static void
serve(void *ctx, struct assay_http_request *request,
    struct assay_http_answer *answer)
{
	(void)ctx;
	served++;
	answer->status = 200;
	answer->body = assay_buffer(256);
	assay_buffer_printf(&answer->body, "\"%s %s ? %.*s [%.*s] %s\"",
	    request->method, request->path, (int)request->query.len,
	    (const char *)request->query.ptr, (int)request->body.len,
	    (const char *)request->body.ptr, request->peer);
}

static void
refuse(void *ctx, const struct assay_http_request *request,
    unsigned int status, const struct assay_error *err,
    struct assay_http_answer *answer)
{
	(void)ctx;
	(void)err;
	answer->error_code = "Refused";
	answer->retry_after = status == 413 ? 7 : 0;
	answer->body = assay_buffer(256);
	assay_buffer_printf(&answer->body, "\"%s\"", request->request_id);
}

static const struct assay_http_handler handler = {
	.look = look, .serve = serve, .refuse = refuse,
};
static const struct assay_http_peer peer = { .address = "192.0.2.1",
	.fd = -1 };

/* Head and body in, the answer as a string out (until the next call). */
static const char *
ask(const char *head, const char *body, bool *close)
{
	static char text[4096];
	struct assay_http_exchange *x = assay_http_exchange_new(&handler, &peer);
	struct assay_buffer out = assay_buffer(0);
	struct assay_bytes rest = assay_bytes_of(body);
	size_t taken;

	assert_non_null(x);
	assay_http_exchange_head(x, assay_bytes_of(head));
	while (assay_http_exchange_wants(x) > 0 && rest.len > 0) {
		/* A byte at a time. */
		assert_true(assay_http_exchange_body(x, (struct assay_bytes){
		    rest.ptr, 1 }, &taken));
		assert_int_equal(taken, 1);
		rest.ptr++;
		rest.len--;
	}
	assert_int_equal(assay_http_exchange_wants(x), 0);
	assert_true(assay_http_exchange_answer(x, false, &out, close));
	(void)snprintf(text, sizeof(text), "%s", assay_buffer_str(&out));
	assay_buffer_free(&out);
	assay_http_exchange_free(x);
	return text;
}

static void
serves(void **state)
{
	const char *text;
	bool close;

	(void)state;
	served = 0;
	text = ask("POST /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
	    "x-ms-client-request-id: mine\r\n\r\n", "xyz", &close);
	assert_int_equal(served, 1);
	assert_false(close);
	assert_ptr_equal(strstr(text, "HTTP/1.1 200 OK\r\n"), text);
	assert_non_null(strstr(text, "\r\n\r\n\"POST /a ? b [xyz] 192.0.2.1\""));
	assert_non_null(strstr(text, "\r\nContent-Length: 29\r\n"));
	assert_non_null(strstr(text, "\r\nx-ms-request-id: 00-"));
	assert_non_null(strstr(text, "\r\nx-ms-client-request-id: mine\r\n"));
	assert_non_null(strstr(text, " GMT\r\n"));
	assert_null(strstr(text, "Connection"));
}

static void
answers_head_without_body(void **state)
{
	const char *text;
	bool close;

	(void)state;
	text = ask("HEAD /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
	    "", &close);
	assert_true(close);
	assert_non_null(strstr(text, "\r\nConnection: close\r\n\r\n"));
	assert_string_equal(strstr(text, "\r\n\r\n"), "\r\n\r\n");
	assert_null(strstr(text, "Content-Length: 0"));
}

#define TRACE "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

static const struct {
	const char	*name;
	const char	*head, *body;
	const char	*status;
	const char	*has;		/* the answer, too */
	bool		 close;
} refusals[] = {
	{ "handler_says_no", "GET /no HTTP/1.1\r\nHost: a\r\n\r\n", "",
	    "404 Not Found", "\"no\"", false },
	{ "no_and_small_body", "POST /no HTTP/1.1\r\nHost: a\r\n"
	    "Content-Length: 2\r\n\r\n", "xy", "404 Not Found", "", false },
	{ "no_and_large_body", "POST /no HTTP/1.1\r\nHost: a\r\n"
	    "Content-Length: 99999999\r\n\r\n", "", "404 Not Found", "",
	    true },
	{ "no_and_expect", "POST /no HTTP/1.1\r\nHost: a\r\n"
	    "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n", "",
	    "404 Not Found", "", true },
	{ "too_large", "POST / HTTP/1.1\r\nHost: a\r\n"
	    "Content-Length: 9\r\n\r\n", "123456789",
	    "413 Content Too Large", "Retry-After: 7\r\n", false },
	{ "compressed", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
	    "Content-Encoding: gzip\r\n\r\n", "x",
	    "415 Unsupported Media Type", "x-ms-error-code: Refused\r\n",
	    false },
	{ "malformed", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "",
	    "400 Bad Request", "x-ms-request-id: 00-", true },
	{ "two_hosts", "GET / HTTP/1.1\r\ntraceparent: " TRACE "\r\n"
	    "Host: a\r\nHost: a\r\n\r\n", "", "400 Bad Request",
	    "\"" TRACE "\"", true },
	{ "chunked", "POST / HTTP/1.1\r\nHost: a\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n", "", "411 Length Required",
	    "", true },
};

static void
refuses(void **state)
{
	struct test_table t = { "refusals", 0, 0 };
	char line[64];

	(void)state;
	served = 0;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		bool close = false;
		const char *text = ask(refusals[i].head, refusals[i].body,
		    &close);

		(void)snprintf(line, sizeof(line), "HTTP/1.1 %s\r\n",
		    refusals[i].status);
		test_row(&t, refusals[i].name, close == refusals[i].close &&
		    strncmp(text, line, strlen(line)) == 0 &&
		    strstr(text, refusals[i].has) != NULL &&
		    strstr(text, "\r\nx-ms-request-id: 00-") != NULL &&
		    (strstr(text, "\r\nConnection: close\r\n") != NULL) ==
		    close, "%s", text);
	}
	test_table_end(&t);
	assert_int_equal(served, 0);
}

static void
asks_to_go_on(void **state)
{
	static const struct {
		const char	*head;
		bool		 want;
	} rows[] = {
		{ "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
		    "Expect: 100-continue\r\n\r\n", true },
		{ "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n"
		    "Expect: 100-continue\r\n\r\n", false },
		{ "POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 2\r\n"
		    "Expect: 100-continue\r\n\r\n", false },
		{ "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n",
		    false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_http_exchange *x = assay_http_exchange_new(&handler,
		    &peer);

		assert_non_null(x);
		assay_http_exchange_head(x, assay_bytes_of(rows[i].head));
		assert_int_equal(assay_http_exchange_wants_continue(x),
		    rows[i].want);
		assay_http_exchange_free(x);
	}
}

/* The body ends where it said, whatever follows. */
static void
leaves_what_is_not_its_own(void **state)
{
	struct assay_http_exchange *x = assay_http_exchange_new(&handler, &peer);
	struct assay_buffer out = assay_buffer(0);
	size_t taken = 0;
	bool close;

	(void)state;
	assert_non_null(x);
	assay_http_exchange_head(x, assay_bytes_of("POST / HTTP/1.1\r\nHost: a\r\n"
	    "Content-Length: 3\r\n\r\n"));
	assert_int_equal(assay_http_exchange_wants(x), 3);
	assert_true(assay_http_exchange_body(x, assay_bytes_of("abcGET /"),
	    &taken));
	assert_int_equal(taken, 3);
	assert_int_equal(assay_http_exchange_wants(x), 0);
	assert_true(assay_http_exchange_answer(x, true, &out, &close));
	assert_true(close);
	assert_non_null(strstr(assay_buffer_str(&out), "[abc]"));
	assay_buffer_free(&out);
	assay_http_exchange_free(x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(serves),
		cmocka_unit_test(answers_head_without_body),
		cmocka_unit_test(refuses),
		cmocka_unit_test(asks_to_go_on),
		cmocka_unit_test(leaves_what_is_not_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
