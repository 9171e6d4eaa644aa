/* SPDX-License-Identifier: Apache-2.0 */
/* One connection over a socket pair, and what time does to it. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netinet/in.h>

#include "app/clock.h"
#include "service/http_conn.h"
#include "testlib.h"

#define MAX_BODY	(1024u * 1024)
#define LARGE		(4u * 1024 * 1024)	/* no socket holds it */
#define HOST		"Host: a\r\n"
#define GET		"GET /a HTTP/1.1\r\n" HOST
#define OK_A		"HTTP/1.1 200 OK\r\n"

/* ---- a handler that answers with the path and the length of the body ---- */

static bool
look(void *ctx, struct assay_http_request *request, size_t *max_body,
    struct assay_http_answer *answer)
{
	(void)ctx;
	(void)request;
	(void)answer;
	*max_body = MAX_BODY;
	return true;
}

static void
serve(void *ctx, struct assay_http_request *request,
    struct assay_http_answer *answer)
{
	bool large = strcmp(request->path, "/large") == 0;

	(void)ctx;
	answer->status = 200;
	answer->body = assay_buffer(large ? LARGE : 256);
	if (large)
		assay_buffer_fill(&answer->body, 'x', LARGE);
	else
		assay_buffer_printf(&answer->body, "<%s %zu>", request->path,
		    request->body.len);
}

static void
refuse(void *ctx, const struct assay_http_request *request,
    unsigned int status, const struct assay_error *err,
    struct assay_http_answer *answer)
{
	(void)ctx;
	(void)request;
	(void)status;
	answer->body = assay_buffer(256);
	assay_buffer_printf(&answer->body, "<%s>", err->text);
}

/* ---- both ends of one connection ------------------------------------------ */

struct ends {
	struct assay_conn_env	 env;
	struct assay_conn	*conn;		/* NULL: it closed itself */
	int			 client;
	int64_t			 begun;		/* before the last write */
	struct assay_buffer	 got;
};

static struct sockaddr_storage
peer_address(void)
{
	struct sockaddr_storage out = { 0 };
	struct sockaddr_in *v4 = (void *)&out;

	v4->sin_family = AF_INET;
	v4->sin_addr.s_addr = htonl(0xc0000201);	/* 192.0.2.1 */
	return out;
}

static void
open_ends(struct ends *e)
{
	struct sockaddr_storage peer = peer_address();
	struct assay_error err;
	int fd[2];

	*e = (struct ends){ .env = { .handler = { .look = look,
	    .serve = serve, .refuse = refuse } }, .got = assay_buffer(65536) };
	atomic_init(&e->env.stopping, false);
	assert_true(assay_peers_new(1, 1, &e->env.peers, &err));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
	    fd), 0);
	e->begun = assay_clock_monotonic_ms();
	e->conn = assay_conn_new(&e->env, fd[0], &peer);
	e->client = fd[1];
	assert_non_null(e->conn);
}

static void
close_ends(struct ends *e)
{
	assay_conn_free(e->conn);
	assay_peers_free(e->env.peers);
	assay_buffer_free(&e->got);
	(void)close(e->client);
}

/* As its owner does: remember what it waits for, free it when it says so. */
static void
heed(struct ends *e, enum assay_conn_next next)
{
	if (next == ASSAY_CONN_CLOSE) {
		assay_conn_free(e->conn);
		e->conn = NULL;
	} else {
		assay_conn_link(e->conn)->armed = next;
	}
}

static void
run(struct ends *e)
{
	for (int i = 0; i < 16 && e->conn != NULL; i++)
		heed(e, assay_conn_run(e->conn));
}

static void
say_bytes(struct ends *e, struct assay_bytes text)
{
	e->begun = assay_clock_monotonic_ms();
	while (text.len > 0) {
		ssize_t n = send(e->client, text.ptr, text.len, MSG_NOSIGNAL);

		assert_true(n > 0);
		text.ptr += n;
		text.len -= (size_t)n;
		run(e);
	}
}

static void
say(struct ends *e, const char *text)
{
	say_bytes(e, assay_bytes_of(text));
}

/* All that has come since the last time. */
static const char *
hear(struct ends *e)
{
	char piece[4096];
	ssize_t n;

	assay_buffer_clear(&e->got);
	while ((n = recv(e->client, piece, sizeof(piece), 0)) > 0)
		assay_buffer_put(&e->got, (struct assay_bytes){
		    (const uint8_t *)piece, (size_t)n });
	return assay_buffer_str(&e->got);
}

static size_t
occurrences(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

/* ---- requests -------------------------------------------------------------- */

static void
one_after_the_other(void **state)
{
	struct ends e;
	const char *text;

	(void)state;
	open_ends(&e);
	say(&e, GET "\r\n");
	text = hear(&e);
	assert_ptr_equal(strstr(text, OK_A), text);
	assert_non_null(strstr(text, "</a 0>"));
	say(&e, "POST /b HTTP/1.1\r\nContent-Le");
	assert_string_equal(hear(&e), "");
	say(&e, "ngth: 5\r\n" HOST "\r\nab");
	assert_string_equal(hear(&e), "");
	say(&e, "cde");
	assert_non_null(strstr(hear(&e), "</b 5>"));
	assert_non_null(e.conn);
	close_ends(&e);
}

static void
many_at_once(void **state)
{
	struct ends e;
	const char *text;

	(void)state;
	open_ends(&e);
	say(&e, GET "\r\nPOST /b HTTP/1.1\r\nContent-Length: 2\r\n" HOST
	    "\r\nxy" GET "\r\n" GET "Connection: close\r\n\r\n" GET "\r\n");
	text = hear(&e);
	assert_int_equal(occurrences(text, OK_A), 4);
	assert_int_equal(occurrences(text, "</b 2>"), 1);
	assert_int_equal(occurrences(text, "Connection: close"), 1);
	close_ends(&e);
}

static void
an_empty_line_comes_before(void **state)
{
	struct ends e;

	(void)state;
	open_ends(&e);
	say(&e, "\r");
	say(&e, "\n" GET "\r\n\r\n" GET "\r\n");
	assert_int_equal(occurrences(hear(&e), OK_A), 2);
	say(&e, "\r\n\r\n");
	assert_non_null(strstr(hear(&e), "HTTP/1.1 400 "));
	close_ends(&e);
}

static void
a_body_is_asked_for(void **state)
{
	struct ends e;

	(void)state;
	open_ends(&e);
	say(&e, "POST /b HTTP/1.1\r\nContent-Length: 2\r\n" HOST
	    "Expect: 100-continue\r\n\r\n");
	assert_string_equal(hear(&e), "HTTP/1.1 100 Continue\r\n\r\n");
	say(&e, "xy");
	assert_non_null(strstr(hear(&e), "</b 2>"));
	/* Who does not wait is not told to go on. */
	say(&e, "POST /b HTTP/1.1\r\nContent-Length: 2\r\n" HOST
	    "Expect: 100-continue\r\n\r\nx");
	assert_string_equal(hear(&e), "");
	say(&e, "y");
	assert_non_null(strstr(hear(&e), "</b 2>"));
	close_ends(&e);
}

static const struct {
	const char	*name;
	const char	*text;		/* then the client stops sending */
	const char	*answer;	/* NULL: none */
} ends_of_streams[] = {
	{ "before_any_byte", "", NULL },
	{ "after_an_empty_line", "\r\n", NULL },
	{ "in_the_head", GET, "before the end of the head" },
	{ "half_an_empty_line", "\r", "before the end of the head" },
	{ "in_the_body", "POST /b HTTP/1.1\r\nContent-Length: 2\r\n" HOST
	    "\r\nx", "before the end of the body" },
	{ "after_a_request", GET "\r\n", "</a 0>" },
	{ "rubbish_behind", GET "\r\n\n", "a line ends in LF alone" },
};

static void
streams_end(void **state)
{
	struct test_table t = { "ends of streams", 0, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(ends_of_streams) /
	    sizeof(ends_of_streams[0]); i++) {
		const char *want = ends_of_streams[i].answer, *text;
		struct ends e;

		open_ends(&e);
		say(&e, ends_of_streams[i].text);
		assert_int_equal(shutdown(e.client, SHUT_WR), 0);
		run(&e);
		text = hear(&e);
		test_row(&t, ends_of_streams[i].name, e.conn == NULL &&
		    (want == NULL ? text[0] == '\0' :
		    strstr(text, want) != NULL), "%s", text);
		close_ends(&e);
	}
	test_table_end(&t);
}

/* What was read behind a refused head is never another request. */
static void
nothing_behind_a_refusal(void **state)
{
	struct ends e;
	const char *text;

	(void)state;
	open_ends(&e);
	say(&e, "GET  /a HTTP/1.1\r\n" HOST "\r\n" GET "\r\n");
	text = hear(&e);
	assert_non_null(strstr(text, "HTTP/1.1 400 "));
	assert_int_equal(occurrences(text, "HTTP/1.1 "), 1);
	say(&e, GET "\r\n");
	assert_string_equal(hear(&e), "");
	close_ends(&e);
}

/* ---- deadlines --------------------------------------------------------------- */

static const struct {
	const char	*name;
	const char	*text;		/* what the client says */
	size_t		 body;		/* and as many bytes behind that */
	int64_t		 ms;		/* in which it goes on; then: */
	const char	*last;		/* words, or "" */
} deadlines[] = {
	{ "nothing", "", 0, ASSAY_MAX_HTTP_HEAD_MS, "" },
	{ "half_a_head", GET, 0, ASSAY_MAX_HTTP_HEAD_MS,
	    "the head of the request came too slowly" },
	{ "silent_after_an_answer", GET "\r\n", 0, ASSAY_MAX_HTTP_IDLE_MS,
	    "" },
	{ "next_head_begun", GET "\r\nG", 0, ASSAY_MAX_HTTP_HEAD_MS,
	    "the head of the request came too slowly" },
	/* Its grace, and the second in which its first bytes are due. */
	{ "slow_body", "POST /b HTTP/1.1\r\nContent-Length: 999999\r\n" HOST
	    "\r\n", 1, ASSAY_MAX_HTTP_BODY_GRACE_MS + 999,
	    "the body of the request came too slowly" },
	{ "body_at_the_least_rate", "POST /b HTTP/1.1\r\n"
	    "Content-Length: 999999\r\n" HOST "\r\n",
	    5 * ASSAY_MIN_HTTP_BODY_RATE, ASSAY_MAX_HTTP_BODY_GRACE_MS + 5999,
	    "the body of the request came too slowly" },
	{ "long_body", "POST /b HTTP/1.1\r\nContent-Length: 999999\r\n" HOST
	    "\r\n", 500000, ASSAY_MAX_HTTP_BODY_MS,
	    "the body of the request came too slowly" },
	{ "asked_to_go_on", "POST /b HTTP/1.1\r\nContent-Length: 2\r\n" HOST
	    "Expect: 100-continue\r\n\r\n", 0,
	    ASSAY_MAX_HTTP_BODY_GRACE_MS + 999,
	    "the body of the request came too slowly" },
	{ "answer_not_taken", "GET /large HTTP/1.1\r\n" HOST "\r\n", 0,
	    ASSAY_MAX_HTTP_SEND_MS, NULL },
	{ "goodbye_not_heard", GET "Connection: close\r\n\r\n", 0,
	    ASSAY_MAX_HTTP_LINGER_MS, "" },
};

/* A number of bytes that the test's own buffers hold. */
static void
say_body(struct ends *e, size_t n)
{
	struct assay_buffer body = assay_buffer(n);
	int64_t begun = e->begun;

	assert_true(assay_buffer_fill(&body, 'x', n));
	say_bytes(e, assay_buffer_bytes(&body));
	assay_buffer_free(&body);
	e->begun = begun;
}

static void
each_wait_has_an_end(void **state)
{
	struct test_table t = { "deadlines", 0, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(deadlines) / sizeof(deadlines[0]);
	    i++) {
		const char *last = deadlines[i].last, *text = "";
		int64_t ms = deadlines[i].ms;
		struct ends e;
		bool early;

		open_ends(&e);
		say(&e, deadlines[i].text);
		say_body(&e, deadlines[i].body);
		if (last != NULL)
			(void)hear(&e);
		heed(&e, assay_conn_tick(e.conn, e.begun + ms));
		early = e.conn == NULL || (last != NULL && *hear(&e) != '\0');
		if (!early) {
			/* Now it has begun no later than this. */
			heed(&e, assay_conn_tick(e.conn,
			    assay_clock_monotonic_ms() + ms + 1));
			text = last == NULL ? "" : hear(&e);
		}
		test_row(&t, deadlines[i].name, !early && (last == NULL ||
		    *last == '\0' ? e.conn == NULL && *text == '\0' :
		    strstr(text, "HTTP/1.1 408 ") == text &&
		    strstr(text, last) != NULL &&
		    strstr(text, "\r\nConnection: close\r\n") != NULL),
		    "%s %s", early ? "too early" : "", text);
		close_ends(&e);
	}
	test_table_end(&t);
}

/* ---- a server that stops ------------------------------------------------------ */

static void
stop(struct ends *e)
{
	atomic_store(&e->env.stopping, true);
	heed(e, assay_conn_stop(e->conn, assay_clock_monotonic_ms()));
}

static void
a_stop_answers_what_is_whole(void **state)
{
	struct ends e;
	const char *text;

	(void)state;
	/* In the socket, not read yet. */
	open_ends(&e);
	assert_true(send(e.client, GET "\r\n" GET "\r\n",
	    2 * strlen(GET "\r\n"), MSG_NOSIGNAL) > 0);
	stop(&e);
	text = hear(&e);
	assert_int_equal(occurrences(text, OK_A), 1);
	assert_int_equal(occurrences(text, "Connection: close"), 1);
	close_ends(&e);
	/* A body on its way. */
	open_ends(&e);
	say(&e, "POST /b HTTP/1.1\r\nContent-Length: 2\r\n" HOST "\r\nx");
	stop(&e);
	assert_non_null(e.conn);
	say(&e, "y");
	text = hear(&e);
	assert_non_null(strstr(text, "</b 2>"));
	assert_non_null(strstr(text, "\r\nConnection: close\r\n"));
	close_ends(&e);
}

static void
a_stop_closes_the_others(void **state)
{
	static const char *const texts[] = { "", GET, GET "\r\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct ends e;

		open_ends(&e);
		say(&e, texts[i]);
		(void)hear(&e);
		stop(&e);
		assert_null(e.conn);
		assert_string_equal(hear(&e), "");
		close_ends(&e);
	}
}

static void
a_client_too_many_is_closed(void **state)
{
	struct sockaddr_storage peer = peer_address();
	struct ends e;
	char c;
	int fd[2];

	(void)state;
	open_ends(&e);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
	    fd), 0);
	assert_null(assay_conn_new(&e.env, fd[0], &peer));
	assert_int_equal(recv(fd[1], &c, 1, 0), 0);
	(void)close(fd[1]);
	/* Who has gone makes room. */
	heed(&e, ASSAY_CONN_CLOSE);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
	    fd), 0);
	e.conn = assay_conn_new(&e.env, fd[0], &peer);
	assert_non_null(e.conn);
	(void)close(fd[1]);
	close_ends(&e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_after_the_other),
		cmocka_unit_test(many_at_once),
		cmocka_unit_test(an_empty_line_comes_before),
		cmocka_unit_test(a_body_is_asked_for),
		cmocka_unit_test(streams_end),
		cmocka_unit_test(nothing_behind_a_refusal),
		cmocka_unit_test(each_wait_has_an_end),
		cmocka_unit_test(a_stop_answers_what_is_whole),
		cmocka_unit_test(a_stop_closes_the_others),
		cmocka_unit_test(a_client_too_many_is_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
