/* SPDX-License-Identifier: Apache-2.0 */
#include "service/http_conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/clock.h"
#include "base/mem.h"

/* A head and the empty line that may come before it (RFC 9112, 2.2). */
#define IN_SIZE		(ASSAY_MAX_HTTP_HEAD + 2)
#define DRAIN_SIZE	4096
#define CONTINUE	"HTTP/1.1 100 Continue\r\n\r\n"

enum phase {
	PHASE_HANDSHAKE,
	PHASE_HEAD,
	PHASE_BODY,
	PHASE_SEND,
	PHASE_IDLE,
	PHASE_LINGER,
};

/* What one step of the connection came to. */
enum step {
	STEP_ON,		/* something changed: take the next step */
	STEP_NEEDS_INPUT,
	STEP_NEEDS_OUTPUT,
	STEP_CLOSE,
};

struct assay_conn {
	struct assay_conn_link	 link;
	struct assay_conn_env	*env;
	struct sockaddr_storage	 address;
	struct assay_http_peer	 peer;
	int			 fd;
	struct assay_tls	*tls;
	struct assay_tls_chain	 chain;		/* of the client */
	enum phase		 phase;
	int64_t			 since;		/* of the phase */
	uint8_t			*in;		/* IN_SIZE, or NULL: empty */
	size_t			 in_at, in_len;	/* what is not used yet */
	size_t			 scanned;	/* of that, as a head */
	bool			 skipped_line;	/* empty, before the head */
	bool			 eof;
	uint64_t		 received;	/* of the body */
	struct assay_http_exchange	*x;
	struct assay_buffer	 out;
	size_t			 sent;
	bool			 close;		/* after what is in out */
};

static void
enter(struct assay_conn *conn, enum phase phase)
{
	conn->since = assay_clock_monotonic_ms();
	conn->phase = phase;
}

/* ---- beginning and end ---------------------------------------------------- */

static void
name_peer(struct assay_http_peer *peer, const struct sockaddr_storage *sa)
{
	if (sa->ss_family == AF_INET6) {
		const struct sockaddr_in6 *v6 = (const void *)sa;

		(void)inet_ntop(AF_INET6, &v6->sin6_addr, peer->address,
		    sizeof(peer->address));
		peer->loopback = IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
	} else {
		const struct sockaddr_in *v4 = (const void *)sa;

		(void)inet_ntop(AF_INET, &v4->sin_addr, peer->address,
		    sizeof(peer->address));
		peer->loopback = ntohl(v4->sin_addr.s_addr) >> 24 == 127;
	}
}

struct assay_conn *
assay_conn_new(struct assay_conn_env *env, int fd,
    const struct sockaddr_storage *address)
{
	struct assay_conn *conn = NULL;
	int on = 1;

	if (!assay_peers_enter(env->peers, address)) {
		(void)close(fd);
		return NULL;
	}
	if ((conn = assay_alloc(1, sizeof(*conn))) == NULL || (env->tls !=
	    NULL && (conn->tls = assay_tls_new(env->tls, fd)) == NULL)) {
		free(conn);
		assay_peers_leave(env->peers, address);
		(void)close(fd);
		return NULL;
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	conn->env = env;
	conn->fd = fd;
	conn->address = *address;
	name_peer(&conn->peer, address);
	conn->peer.fd = fd;
	enter(conn, env->tls != NULL ? PHASE_HANDSHAKE : PHASE_HEAD);
	return conn;
}

void
assay_conn_free(struct assay_conn *conn)
{
	if (conn == NULL)
		return;
	assay_tls_free(conn->tls);
	assay_tls_chain_free(&conn->chain);
	(void)close(conn->fd);
	assay_peers_leave(conn->env->peers, &conn->address);
	assay_http_exchange_free(conn->x);
	assay_buffer_free(&conn->out);
	free(conn->in);
	free(conn);
}

struct assay_conn_link *
assay_conn_link(struct assay_conn *conn)
{
	return &conn->link;
}

int
assay_conn_fd(const struct assay_conn *conn)
{
	return conn->fd;
}

/* ---- bytes ---------------------------------------------------------------- */

static enum assay_io
from_errno(enum assay_io would_block)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ?
	    would_block : ASSAY_IO_FAILED;
}

static enum assay_io
receive(struct assay_conn *conn, void *buf, size_t size, size_t *n)
{
	ssize_t got;

	if (conn->tls != NULL)
		return assay_tls_read(conn->tls, buf, size, n);
	got = recv(conn->fd, buf, size, 0);
	if (got < 0)
		return from_errno(ASSAY_IO_WANT_READ);
	*n = (size_t)got;
	return got == 0 ? ASSAY_IO_END : ASSAY_IO_OK;
}

static enum assay_io
transmit(struct assay_conn *conn, const void *buf, size_t len, size_t *n)
{
	ssize_t put;

	if (conn->tls != NULL)
		return assay_tls_write(conn->tls, buf, len, n);
	put = send(conn->fd, buf, len, MSG_NOSIGNAL);
	if (put < 0)
		return from_errno(ASSAY_IO_WANT_WRITE);
	*n = (size_t)put;
	return ASSAY_IO_OK;
}

static enum step
step_of(enum assay_io io)
{
	switch (io) {
	case ASSAY_IO_OK:
		return STEP_ON;
	case ASSAY_IO_WANT_READ:
		return STEP_NEEDS_INPUT;
	case ASSAY_IO_WANT_WRITE:
		return STEP_NEEDS_OUTPUT;
	case ASSAY_IO_END:
	case ASSAY_IO_FAILED:
		break;
	}
	return STEP_CLOSE;
}

/* Make room and read once. The end of the stream is remembered. */
static enum step
fill(struct assay_conn *conn)
{
	size_t n = 0;
	enum assay_io io;

	if (conn->in == NULL && (conn->in = malloc(IN_SIZE)) == NULL)
		return STEP_CLOSE;
	if (conn->in_at > 0) {
		memmove(conn->in, conn->in + conn->in_at, conn->in_len);
		conn->in_at = 0;
	}
	io = receive(conn, conn->in + conn->in_len, IN_SIZE - conn->in_len,
	    &n);
	if (io == ASSAY_IO_END) {
		conn->eof = true;
		return STEP_ON;
	}
	conn->in_len += n;
	return step_of(io);
}

static struct assay_bytes
input(const struct assay_conn *conn)
{
	if (conn->in_len == 0)
		return (struct assay_bytes){ NULL, 0 };
	return (struct assay_bytes){ conn->in + conn->in_at, conn->in_len };
}

static void
use_up(struct assay_conn *conn, size_t n)
{
	conn->in_at += n;
	conn->in_len -= n;
}

/* An open connection that waits costs as little as can be. */
static void
give_back(struct assay_conn *conn)
{
	if (conn->in_len > 0)
		return;
	free(conn->in);
	conn->in = NULL;
	conn->in_at = 0;
}

/* ---- steps ---------------------------------------------------------------- */

static enum step
step_handshake(struct assay_conn *conn)
{
	enum step step = step_of(assay_tls_handshake(conn->tls));

	if (step != STEP_ON)
		return step;
	if (!assay_tls_peer_chain(conn->tls, &conn->chain))
		return STEP_CLOSE;
	conn->peer.tls = true;
	conn->peer.certs = conn->chain.certs;
	conn->peer.n_certs = conn->chain.n;
	conn->phase = PHASE_HEAD;	/* one deadline for it and the head */
	return STEP_ON;
}

static enum step
answer(struct assay_conn *conn)
{
	bool last = atomic_load(&conn->env->stopping);

	if (!assay_http_exchange_answer(conn->x, last, &conn->out, &conn->close))
		return STEP_CLOSE;
	conn->sent = 0;
	enter(conn, PHASE_SEND);
	return STEP_ON;
}

/* The stream has become unreadable, or too slow: say so and end it. */
static enum step
refuse(struct assay_conn *conn, unsigned int status,
    const struct assay_error *err)
{
	if (conn->x == NULL && (conn->x = assay_http_exchange_new(
	    &conn->env->handler, &conn->peer)) == NULL)
		return STEP_CLOSE;
	assay_http_exchange_refuse(conn->x, status, err);
	return answer(conn);
}

static enum step
refuse_short(struct assay_conn *conn, const char *what)
{
	struct assay_error err = { 0 };

	assay_fail(&err, ASSAY_ERR_REQUEST_INVALID,
	    "the client stopped sending before the end of the %s", what);
	return refuse(conn, 400, &err);
}

static enum step
begin_body(struct assay_conn *conn)
{
	conn->received = 0;
	if (conn->in_len > 0 || !assay_http_exchange_wants_continue(conn->x)) {
		enter(conn, PHASE_BODY);
		return STEP_ON;
	}
	assay_buffer_free(&conn->out);
	conn->out = assay_buffer(sizeof(CONTINUE));
	conn->sent = 0;
	enter(conn, PHASE_SEND);
	return assay_buffer_puts(&conn->out, CONTINUE) ? STEP_ON : STEP_CLOSE;
}

static enum step
head_is_whole(struct assay_conn *conn)
{
	struct assay_bytes head = { conn->in + conn->in_at, conn->scanned };

	if ((conn->x = assay_http_exchange_new(&conn->env->handler,
	    &conn->peer)) == NULL)
		return STEP_CLOSE;
	assay_http_exchange_head(conn->x, head);
	use_up(conn, conn->scanned);
	conn->scanned = 0;
	conn->skipped_line = false;
	return assay_http_exchange_wants(conn->x) > 0 ? begin_body(conn) :
	    answer(conn);
}

static void
skip_empty_line(struct assay_conn *conn)
{
	struct assay_bytes in = input(conn);

	if (!conn->skipped_line && conn->scanned == 0 && in.len >= 2 &&
	    memcmp(in.ptr, "\r\n", 2) == 0) {
		use_up(conn, 2);
		conn->skipped_line = true;
	}
}

static enum step
step_head(struct assay_conn *conn)
{
	struct assay_error err = { 0 };
	unsigned int status = 400;

	skip_empty_line(conn);
	if (conn->in_len == 0 && conn->eof)
		return STEP_CLOSE;
	if (conn->in_len == 0)
		return STEP_NEEDS_INPUT;
	if (conn->phase == PHASE_IDLE)
		enter(conn, PHASE_HEAD);
	/* CR alone may be half of the line that is to be skipped. */
	if (!conn->eof && conn->in_len == 1 && !conn->skipped_line &&
	    conn->in[conn->in_at] == '\r')
		return STEP_NEEDS_INPUT;
	switch (assay_head_scan(input(conn), &conn->scanned, &status, &err)) {
	case ASSAY_HEAD_MORE:
		return conn->eof ? refuse_short(conn, "head") :
		    STEP_NEEDS_INPUT;
	case ASSAY_HEAD_REFUSED:
		return refuse(conn, status, &err);
	case ASSAY_HEAD_WHOLE:
		break;
	}
	return head_is_whole(conn);
}

static enum step
step_body(struct assay_conn *conn)
{
	size_t taken;

	if (conn->in_len > 0) {
		if (!assay_http_exchange_body(conn->x, input(conn), &taken))
			return STEP_CLOSE;
		use_up(conn, taken);
		conn->received += taken;
	}
	if (assay_http_exchange_wants(conn->x) == 0)
		return answer(conn);
	return conn->eof ? refuse_short(conn, "body") : STEP_NEEDS_INPUT;
}

/*
 * Closing a socket with unread data in it makes the kernel send a reset,
 * which can overtake the answer. So the end is announced, and what the client
 * still sends is read for a while.
 */
static enum step
begin_linger(struct assay_conn *conn)
{
	if (conn->tls != NULL)
		assay_tls_end(conn->tls);
	(void)shutdown(conn->fd, SHUT_WR);
	conn->in_len = 0;
	give_back(conn);
	enter(conn, PHASE_LINGER);
	return STEP_ON;
}

static enum step
answer_is_sent(struct assay_conn *conn)
{
	assay_buffer_free(&conn->out);
	if (assay_http_exchange_wants(conn->x) > 0) {	/* 100 Continue */
		enter(conn, PHASE_BODY);
		return STEP_ON;
	}
	assay_http_exchange_free(conn->x);
	conn->x = NULL;
	if (conn->close)
		return begin_linger(conn);
	give_back(conn);
	enter(conn, PHASE_IDLE);
	return STEP_ON;
}

static enum step
step_send(struct assay_conn *conn)
{
	struct assay_bytes rest = assay_buffer_bytes(&conn->out);
	enum assay_io io;
	size_t n = 0;

	rest.ptr += conn->sent;
	rest.len -= conn->sent;
	io = transmit(conn, rest.ptr, rest.len, &n);
	if (io != ASSAY_IO_OK)
		return step_of(io);
	conn->sent += n;
	return n < rest.len ? STEP_ON : answer_is_sent(conn);
}

static enum step
step_linger(struct assay_conn *conn)
{
	char drain[DRAIN_SIZE];
	ssize_t n = recv(conn->fd, drain, sizeof(drain), 0);

	if (n == 0 || (n < 0 && from_errno(ASSAY_IO_OK) == ASSAY_IO_FAILED))
		return STEP_CLOSE;
	return STEP_NEEDS_INPUT;
}

static enum step
take_step(struct assay_conn *conn)
{
	switch (conn->phase) {
	case PHASE_HANDSHAKE:
		return step_handshake(conn);
	case PHASE_IDLE:
	case PHASE_HEAD:
		return step_head(conn);
	case PHASE_BODY:
		return step_body(conn);
	case PHASE_SEND:
		return step_send(conn);
	case PHASE_LINGER:
		return step_linger(conn);
	}
	return STEP_CLOSE;
}

/* Phases whose bytes fill() gets for them. */
static bool
reads_requests(const struct assay_conn *conn)
{
	return conn->phase == PHASE_HEAD || conn->phase == PHASE_IDLE ||
	    conn->phase == PHASE_BODY;
}

enum assay_conn_next
assay_conn_run(struct assay_conn *conn)
{
	bool filled = false;
	enum step step;

	for (;;) {
		step = take_step(conn);
		/* One buffer and no more: others wait. */
		if (step == STEP_NEEDS_INPUT && reads_requests(conn) &&
		    (!filled || (conn->tls != NULL &&
		    assay_tls_pending(conn->tls) > 0))) {
			filled = true;
			step = fill(conn);
		}
		switch (step) {
		case STEP_ON:
			continue;
		case STEP_NEEDS_INPUT:
			return ASSAY_CONN_READ;
		case STEP_NEEDS_OUTPUT:
			return ASSAY_CONN_WRITE;
		case STEP_CLOSE:
			return ASSAY_CONN_CLOSE;
		}
	}
}

/* ---- deadlines ------------------------------------------------------------ */

/* Bytes of a body that must have come by now. */
static int64_t
body_due(int64_t spent)
{
	return spent <= ASSAY_MAX_HTTP_BODY_GRACE_MS ? 0 :
	    (spent - ASSAY_MAX_HTTP_BODY_GRACE_MS) / 1000 *
	    ASSAY_MIN_HTTP_BODY_RATE;
}

static bool
too_slow(const struct assay_conn *conn, int64_t now)
{
	int64_t spent = now - conn->since;

	switch (conn->phase) {
	case PHASE_HANDSHAKE:
	case PHASE_HEAD:
		return spent > ASSAY_MAX_HTTP_HEAD_MS;
	case PHASE_BODY:
		return spent > ASSAY_MAX_HTTP_BODY_MS ||
		    (int64_t)conn->received < body_due(spent);
	case PHASE_SEND:
		return spent > ASSAY_MAX_HTTP_SEND_MS;
	case PHASE_IDLE:
		return spent > ASSAY_MAX_HTTP_IDLE_MS;
	case PHASE_LINGER:
		return spent > ASSAY_MAX_HTTP_LINGER_MS;
	}
	return true;
}

/* Who does not take an answer leaves nothing behind in the kernel either. */
static enum assay_conn_next
reset(const struct assay_conn *conn)
{
	const struct linger none = { .l_onoff = 1, .l_linger = 0 };

	(void)setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &none,
	    sizeof(none));
	return ASSAY_CONN_CLOSE;
}

/*
 * What has arrived while this thread was busy with others is not late: it is
 * read, and served when it is whole, before anybody is called too slow.
 */
static enum assay_conn_next
catch_up(struct assay_conn *conn, int64_t now)
{
	enum assay_conn_next next;
	uint64_t received;

	do {
		received = conn->received;
		next = assay_conn_run(conn);
	} while (next == ASSAY_CONN_READ && conn->received != received &&
	    too_slow(conn, now));
	return next;
}

enum assay_conn_next
assay_conn_tick(struct assay_conn *conn, int64_t now)
{
	struct assay_error err = { 0 };
	enum assay_conn_next next;

	if (!too_slow(conn, now))
		return conn->link.armed;
	if (conn->phase == PHASE_SEND)
		return reset(conn);
	next = catch_up(conn, now);
	if (next == ASSAY_CONN_CLOSE || !too_slow(conn, now))
		return next;
	if (conn->phase != PHASE_BODY &&
	    (conn->phase != PHASE_HEAD || conn->in_len == 0))
		return ASSAY_CONN_CLOSE;
	assay_fail(&err, ASSAY_ERR_REQUEST_INVALID,
	    "the %s of the request came too slowly",
	    conn->phase == PHASE_BODY ? "body" : "head");
	return refuse(conn, 408, &err) == STEP_ON ? assay_conn_run(conn) :
	    ASSAY_CONN_CLOSE;
}

enum assay_conn_next
assay_conn_stop(struct assay_conn *conn, int64_t now)
{
	enum assay_conn_next next;

	if (conn->phase == PHASE_HANDSHAKE)
		return ASSAY_CONN_CLOSE;
	if (conn->phase != PHASE_IDLE && conn->phase != PHASE_HEAD)
		return assay_conn_tick(conn, now);
	/* What was sent before the end is answered. */
	next = assay_conn_run(conn);
	return conn->phase == PHASE_IDLE || conn->phase == PHASE_HEAD ?
	    ASSAY_CONN_CLOSE : next;
}
