/* SPDX-License-Identifier: Apache-2.0 */
#include "service/http.h"

#include <assay/assay.h>

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "app/clock.h"
#include "app/ident.h"
#include "base/mem.h"
#include "base/text.h"

/*
 * Deadlines in milliseconds. libmicrohttpd knows only idle time, which a
 * client that sends a byte now and then never exceeds; these are absolute.
 */
#define ACCEPT_POLL_MS	100
#define ACCEPT_PAUSE_MS	10
#define HEAD_MS		10000	/* accept, TLS handshake, head */
#define IDLE_MS		60000	/* between requests, next line included */
#define BODY_GRACE_MS	10000	/* then at least BODY_RATE */
#define BODY_RATE	1024	/* bytes a second */
#define BODY_MS		120000
#define SEND_MS		30000	/* an answer is at most some 100 kB */
#define LINGER_MS	2000	/* reading on after a refusal */
#define QUIET_MS	500	/* before an end of sending is believed */
#define MAX_LINGERING	256
#define BACKLOG		1024

/*
 * Head and pieces of the body; more than ASSAY_MAX_HTTP_HEAD so that a head
 * that is too long is mostly refused by us, with a reason.
 */
#define CONNECTION_MEMORY	(24u * 1024)
#define DISCARD_MAX		(64u * 1024)	/* body of a refused request */

enum phase { PHASE_HEAD, PHASE_BODY, PHASE_WORK, PHASE_SEND, PHASE_IDLE };

/* One connection, as the deadlines see it. */
struct conn {
	struct conn		*prev, *next;	/* under http->lock */
	int			 fd;
	atomic_int		 phase;
	atomic_int_fast64_t	 since;		/* of the phase */
	atomic_size_t		 received;	/* of the body */
	bool			 loopback;
	char			 peer[INET6_ADDRSTRLEN];
};

/* A socket that is read for a while so that the answer is not lost. */
struct lingering {
	int		fd;
	int64_t		until;
};

struct assay_http {
	struct assay_http_handler handler;
	struct MHD_Daemon	*daemon;
	int			 listen_fd;
	pthread_t		 acceptor;
	char			*tls_cert, *tls_key;
	bool			 in_place;
	atomic_bool		 stopping;
	pthread_mutex_t		 lock;
	struct conn		*conns;
	struct lingering	 lingering[MAX_LINGERING];
	size_t			 n_lingering;
};

/* One request. */
struct exchange {
	struct conn		 *conn;
	const char		 *raw;		/* where the target stood */
	char			 *target;	/* a copy of it */
	struct assay_head	  head;
	struct assay_framing	  framing;
	char			  path[ASSAY_MAX_HTTP_TARGET + 1];
	struct assay_http_request request;
	struct assay_http_answer  answer;
	struct assay_buffer	  body;
	bool			  looked;	/* at the head */
	bool			  refused;	/* answer is there already */
	bool			  close;
};

static void
enter(struct conn *conn, enum phase phase)
{
	atomic_store(&conn->since, assay_clock_monotonic_ms());
	atomic_store(&conn->phase, phase);
}

/* ---- connections and their deadlines --------------------------------------- */

static void
note_peer(struct conn *conn, const struct sockaddr *sa)
{
	if (sa != NULL && sa->sa_family == AF_INET) {
		const struct sockaddr_in *v4 = (const void *)sa;

		(void)inet_ntop(AF_INET, &v4->sin_addr, conn->peer,
		    sizeof(conn->peer));
		conn->loopback = ntohl(v4->sin_addr.s_addr) >> 24 == 127;
	} else if (sa != NULL && sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *v6 = (const void *)sa;

		(void)inet_ntop(AF_INET6, &v6->sin6_addr, conn->peer,
		    sizeof(conn->peer));
		conn->loopback = IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
	}
}

static void
conn_opened(struct assay_http *http, struct MHD_Connection *connection,
    void **slot)
{
	const union MHD_ConnectionInfo *fd, *address;
	struct conn *conn = assay_alloc(1, sizeof(*conn));

	*slot = conn;
	if (conn == NULL)
		return;
	fd = MHD_get_connection_info(connection,
	    MHD_CONNECTION_INFO_CONNECTION_FD);
	address = MHD_get_connection_info(connection,
	    MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	conn->fd = fd == NULL ? -1 : fd->connect_fd;
	note_peer(conn, address == NULL ? NULL : address->client_addr);
	enter(conn, PHASE_HEAD);
	pthread_mutex_lock(&http->lock);
	conn->next = http->conns;
	if (http->conns != NULL)
		http->conns->prev = conn;
	http->conns = conn;
	pthread_mutex_unlock(&http->lock);
}

/*
 * Closing a socket with unread data in it makes the kernel send a reset,
 * which can overtake the answer that says why. A copy of the descriptor
 * keeps the socket until the client has gone or the time is up.
 */
static void
linger(struct assay_http *http, int fd)
{
	struct lingering *l;
	char byte;
	int copy;

	if (http->n_lingering == MAX_LINGERING ||
	    atomic_load(&http->stopping) ||
	    recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0 ||
	    (copy = dup(fd)) < 0)
		return;
	(void)shutdown(copy, SHUT_WR);
	l = &http->lingering[http->n_lingering++];
	l->fd = copy;
	l->until = assay_clock_monotonic_ms() + LINGER_MS;
}

static void
conn_closed(struct assay_http *http, struct conn *conn)
{
	if (conn == NULL)
		return;
	pthread_mutex_lock(&http->lock);
	if (conn->prev != NULL)
		conn->prev->next = conn->next;
	else
		http->conns = conn->next;
	if (conn->next != NULL)
		conn->next->prev = conn->prev;
	if (atomic_load(&conn->phase) != PHASE_IDLE)
		linger(http, conn->fd);
	pthread_mutex_unlock(&http->lock);
	free(conn);
}

static void
on_connection(void *cls, struct MHD_Connection *connection, void **slot,
    enum MHD_ConnectionNotificationCode code)
{
	struct assay_http *http = cls;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		conn_opened(http, connection, slot);
	} else {
		conn_closed(http, *slot);
		*slot = NULL;
	}
}

/*
 * Has the client finished sending? The library does not notice an end that
 * came together with a request; what it has in memory by now, it has also
 * worked off.
 */
static bool
hung_up(const struct conn *conn, int64_t spent)
{
	char byte;

	return spent > QUIET_MS && spent < 4 * QUIET_MS &&
	    recv(conn->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static bool
too_slow(const struct conn *conn, int64_t now)
{
	int64_t spent = now - atomic_load(&conn->since);

	switch ((enum phase)atomic_load(&conn->phase)) {
	case PHASE_HEAD:
		return spent > HEAD_MS || hung_up(conn, spent);
	case PHASE_BODY:
		return spent > BODY_MS || (spent > BODY_GRACE_MS &&
		    (int64_t)atomic_load(&conn->received) <
		    (spent - BODY_GRACE_MS) / 1000 * BODY_RATE);
	case PHASE_WORK:
		return false;	/* ours, not theirs */
	case PHASE_SEND:
		return spent > SEND_MS;
	case PHASE_IDLE:
		return spent > IDLE_MS || hung_up(conn, spent);
	}
	return true;
}

static bool
still_lingering(const struct lingering *l, int64_t now)
{
	char drain[4096];
	ssize_t n;

	for (int i = 0; i < 64; i++) {
		n = recv(l->fd, drain, sizeof(drain), MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			return false;
		if (n < 0)
			break;
	}
	return now < l->until;
}

static void
tick_lingering(struct assay_http *http, int64_t now)
{
	for (size_t i = 0; i < http->n_lingering;) {
		if (still_lingering(&http->lingering[i], now)) {
			i++;
			continue;
		}
		(void)close(http->lingering[i].fd);
		http->lingering[i] = http->lingering[--http->n_lingering];
	}
}

void
assay_http_tick(struct assay_http *http)
{
	int64_t now = assay_clock_monotonic_ms();

	pthread_mutex_lock(&http->lock);
	for (struct conn *c = http->conns; c != NULL; c = c->next) {
		/* The library sees the end of the stream and cleans up. */
		if (c->fd >= 0 && too_slow(c, now))
			(void)shutdown(c->fd, SHUT_RDWR);
	}
	tick_lingering(http, now);
	pthread_mutex_unlock(&http->lock);
}

/* ---- one request -------------------------------------------------------------- */

/* The request line is there: the first that we hear of a request. */
static void *
on_target(void *cls, const char *uri, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct exchange *x = assay_alloc(1, sizeof(*x));

	(void)cls;
	if (x == NULL)
		return NULL;
	x->conn = info == NULL ? NULL : info->socket_context;
	x->raw = uri;
	x->target = strdup(uri == NULL ? "" : uri);
	x->request.started_ms = assay_clock_monotonic_ms();
	if (x->conn != NULL)
		enter(x->conn, PHASE_HEAD);
	return x;
}

static void
on_completed(void *cls, struct MHD_Connection *connection, void **slot,
    enum MHD_RequestTerminationCode code)
{
	struct exchange *x = *slot;

	(void)cls;
	(void)connection;
	if (x == NULL)
		return;
	if (x->conn != NULL && code == MHD_REQUEST_TERMINATED_COMPLETED_OK &&
	    !x->close)
		enter(x->conn, PHASE_IDLE);
	free(x->target);
	assay_buffer_free(&x->body);
	assay_buffer_free(&x->answer.body);
	free(x);
	*slot = NULL;
}

static enum MHD_Result
on_header(void *cls, enum MHD_ValueKind kind, const char *name,
    size_t name_len, const char *value, size_t value_len)
{
	struct assay_head *head = cls;
	struct assay_header *h;

	(void)kind;
	if (head->n_headers == ASSAY_MAX_HTTP_HEADERS) {
		head->too_many = true;
		return MHD_NO;
	}
	while (value_len > 0 && (value[value_len - 1] == ' ' ||
	    value[value_len - 1] == '\t'))
		value_len--;
	h = &head->headers[head->n_headers++];
	h->name = (struct assay_bytes){ (const uint8_t *)name, name_len };
	h->value = (struct assay_bytes){ (const uint8_t *)value, value_len };
	return MHD_YES;
}

/* The client's own, if it is one (api.md section 1), else a new one. */
static void
name_request(struct exchange *x)
{
	char *out = x->request.request_id;
	struct assay_bytes parent;
	struct assay_error err;

	if (assay_head_find(&x->head, "traceparent", &parent) &&
	    assay_traceparent_ok(parent)) {
		memcpy(out, parent.ptr, parent.len);
		return;
	}
	(void)snprintf(out, sizeof("00-"), "00-");
	if (!assay_ident(24, out + 3, &err))
		memset(out + 3, '0', 48);
	memmove(out + 36, out + 35, 16);
	out[35] = '-';
	memcpy(out + 52, "-00", 4);
}

static void
refuse(struct assay_http *http, struct exchange *x, unsigned int status,
    const struct assay_error *err)
{
	http->handler.refuse(http->handler.ctx, &x->request, status, err,
	    &x->answer);
	x->answer.status = status;
	x->refused = true;
}

static void
read_head(struct assay_http *http, struct exchange *x,
    struct MHD_Connection *connection, const char *method,
    const char *version)
{
	x->head.method = method;
	x->head.target = http->in_place ? x->raw : x->target;
	x->head.target_len = strlen(x->target);
	x->head.version = version;
	x->head.in_place = http->in_place;
	(void)MHD_get_connection_values_n(connection, MHD_HEADER_KIND,
	    on_header, &x->head);
	x->request.head = &x->head;
	x->request.method = method;
	x->request.path = x->path;
	x->request.peer = x->conn->peer;
	x->request.loopback = x->conn->loopback;
	name_request(x);
}

/* What every body must be, whatever it is for. */
static bool
check_body_headers(const struct assay_head *head, unsigned int *status,
    struct assay_error *err)
{
	struct assay_bytes value;

	*status = 415;
	if (assay_head_find(head, "Content-Encoding", &value) &&
	    !assay_text_is_nocase(value, "identity"))
		return assay_fail(err, ASSAY_ERR_REQUEST_INVALID,
		    "Content-Encoding is not accepted: send the body as it "
		    "is");
	return true;
}

/* Decides how to go on; a refusal leaves its answer in x. */
static void
look_at_head(struct assay_http *http, struct exchange *x)
{
	size_t max_body = 0;
	struct assay_error err = { 0 };
	unsigned int status;

	if (!assay_framing_check(&x->head, &x->framing, &status, &err) ||
	    !assay_target_parse(x->target, x->head.target_len, x->path,
	    &x->request.query, &status, &err)) {
		x->close = true;
		refuse(http, x, status, &err);
		return;
	}
	if (!check_body_headers(&x->head, &status, &err)) {
		refuse(http, x, status, &err);
	} else if (!http->handler.look(http->handler.ctx, &x->request,
	    &max_body, &x->answer)) {
		x->refused = true;
	} else if (x->framing.length > max_body) {
		assay_fail(&err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "body has %llu bytes, want at most %zu",
		    (unsigned long long)x->framing.length, max_body);
		refuse(http, x, 413, &err);
	}
	/* Without its body read, a refused request ends the connection. */
	if (x->refused && x->framing.length > 0 &&
	    (x->framing.length > DISCARD_MAX || x->framing.expect_continue))
		x->close = true;
	x->body = assay_buffer(x->refused ? 0 : max_body);
}

static void
echo_client_id(const struct exchange *x, struct MHD_Response *r)
{
	struct assay_bytes id;
	char text[129];

	if (!assay_head_find(&x->head, "x-ms-client-request-id", &id) ||
	    id.len == 0 || id.len >= sizeof(text))
		return;
	for (size_t i = 0; i < id.len; i++) {
		if (id.ptr[i] <= ' ' || id.ptr[i] > '~')
			return;
		text[i] = (char)id.ptr[i];
	}
	text[id.len] = '\0';
	(void)MHD_add_response_header(r, "x-ms-client-request-id", text);
}

static void
add_headers(const struct assay_http *http, const struct exchange *x,
    struct MHD_Response *r)
{
	const struct assay_http_answer *a = &x->answer;
	char seconds[12];

	(void)MHD_add_response_header(r, "Content-Type",
	    "application/json; charset=utf-8");
	(void)MHD_add_response_header(r, "x-ms-request-id",
	    x->request.request_id);
	(void)MHD_add_response_header(r, "x-ms-maa-service-version",
	    ASSAY_VERSION);
	(void)MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
	echo_client_id(x, r);
	if (a->error_code != NULL)
		(void)MHD_add_response_header(r, "x-ms-error-code",
		    a->error_code);
	if (a->allow != NULL)
		(void)MHD_add_response_header(r, "Allow", a->allow);
	if (a->retry_after != 0) {
		(void)snprintf(seconds, sizeof(seconds), "%u",
		    a->retry_after);
		(void)MHD_add_response_header(r, "Retry-After", seconds);
	}
	if (x->close || atomic_load(&http->stopping))
		(void)MHD_add_response_header(r, "Connection", "close");
}

static enum MHD_Result
send_answer(struct assay_http *http, struct exchange *x,
    struct MHD_Connection *connection)
{
	size_t len = x->answer.body.len;
	char *body = assay_buffer_take(&x->answer.body);
	struct MHD_Response *r;
	enum MHD_Result result;

	enter(x->conn, PHASE_SEND);
	r = MHD_create_response_from_buffer(body == NULL ? 0 : len, body,
	    MHD_RESPMEM_MUST_FREE);
	if (r == NULL) {
		free(body);
		return MHD_NO;
	}
	add_headers(http, x, r);
	result = MHD_queue_response(connection, x->answer.status, r);
	MHD_destroy_response(r);
	return result;
}

/* The library calls for the head, each piece of body, and the end. */
static enum MHD_Result
on_request(void *cls, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *data, size_t *size,
    void **slot)
{
	struct assay_http *http = cls;
	struct exchange *x = *slot;

	(void)url;
	if (x == NULL || x->target == NULL || x->conn == NULL)
		return MHD_NO;	/* no memory even to say so */
	if (!x->looked) {
		x->looked = true;
		read_head(http, x, connection, method, version);
		look_at_head(http, x);
		if (x->close)
			return send_answer(http, x, connection);
		if (x->framing.length > 0)
			enter(x->conn, PHASE_BODY);
		return MHD_YES;
	}
	if (*size > 0) {
		atomic_fetch_add(&x->conn->received, *size);
		if (!x->refused)
			assay_buffer_put(&x->body, (struct assay_bytes){
			    (const uint8_t *)data, *size });
		*size = 0;
		return x->body.failed ? MHD_NO : MHD_YES;
	}
	atomic_store(&x->conn->received, 0);
	if (!x->refused) {
		enter(x->conn, PHASE_WORK);
		x->request.body = assay_buffer_bytes(&x->body);
		http->handler.serve(http->handler.ctx, &x->request,
		    &x->answer);
	}
	return send_answer(http, x, connection);
}

/* ---- start and stop ------------------------------------------------------------ */

static socklen_t
make_address(const struct assay_listen_address *at,
    struct sockaddr_storage *out)
{
	*out = (struct sockaddr_storage){ 0 };
	if (at->ipv6) {
		struct sockaddr_in6 *v6 = (void *)out;

		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(at->port);
		(void)inet_pton(AF_INET6, at->address, &v6->sin6_addr);
		return sizeof(*v6);
	}
	struct sockaddr_in *v4 = (void *)out;

	v4->sin_family = AF_INET;
	v4->sin_port = htons(at->port);
	(void)inet_pton(AF_INET, at->address, &v4->sin_addr);
	return sizeof(*v4);
}

static uint16_t
port_of(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)
		    (const void *)address)->sin6_port);
	return ntohs(((const struct sockaddr_in *)
	    (const void *)address)->sin_port);
}

bool
assay_http_listen(const struct assay_listen_address *at, int *fd,
    uint16_t *port, struct assay_error *err)
{
	struct sockaddr_storage address;
	socklen_t len = make_address(at, &address);
	int s, on = 1;

	s = socket(address.ss_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s < 0 ||
	    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    (at->ipv6 && setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &on,
	    sizeof(on)) != 0) ||
	    bind(s, (struct sockaddr *)&address, len) != 0 ||
	    listen(s, BACKLOG) != 0 ||
	    getsockname(s, (struct sockaddr *)&address, &len) != 0) {
		assay_fail(err, ASSAY_ERR_IO_FAILED,
		    "cannot listen on %s port %u: %s", at->address, at->port,
		    strerror(errno));
		if (s >= 0)
			(void)close(s);
		return false;
	}
	*fd = s;
	*port = port_of(&address);
	return true;
}

static bool
start_daemon(struct assay_http *http, const struct assay_http_options *opt,
    struct assay_error *err)
{
	unsigned int flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC |
	    MHD_USE_NO_LISTEN_SOCKET;
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, http->tls_cert },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, http->tls_key },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)
		    "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2" },
		{ MHD_OPTION_END, 0, NULL } };
	struct MHD_OptionItem plain[] = { { MHD_OPTION_END, 0, NULL } };

	if (http->tls_cert != NULL)
		flags |= MHD_USE_TLS;
	http->daemon = MHD_start_daemon(flags, 0, NULL, NULL,
	    on_request, http,
	    MHD_OPTION_THREAD_POOL_SIZE, opt->threads,
	    MHD_OPTION_CONNECTION_LIMIT, opt->max_connections,
	    MHD_OPTION_PER_IP_CONNECTION_LIMIT, opt->max_per_address,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)(BODY_MS / 1000),
	    MHD_OPTION_STRICT_FOR_CLIENT, 1,
	    MHD_OPTION_URI_LOG_CALLBACK, on_target, http,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, http,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, http,
	    MHD_OPTION_ARRAY, http->tls_cert != NULL ? tls : plain,
	    MHD_OPTION_END);
	if (http->daemon == NULL)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "the HTTP server does not start%s",
		    http->tls_cert == NULL ? "" : ": are TLS certificate "
		    "and key in PEM form, and do they belong together?");
	return true;
}

/* libmicrohttpd up to 0.9.75 parses leniently, but in place. */
static bool
parser_is_strict(void)
{
	static const unsigned long lenient[] = { 0, 9, 75 };
	const char *at = MHD_get_version();
	unsigned long part;
	char *end;

	for (size_t i = 0; i < 3; i++, at = end + 1) {
		part = strtoul(at, &end, 10);
		if (end == at || part != lenient[i])
			return end == at || part > lenient[i];
		if (*end == '\0')
			break;
	}
	return false;
}

static bool
copy_tls(struct assay_http *http, const struct assay_http_options *opt,
    struct assay_error *err)
{
	if (opt->tls_cert == NULL)
		return true;
	http->tls_cert = strdup(opt->tls_cert);
	http->tls_key = strdup(opt->tls_key);
	if (http->tls_cert == NULL || http->tls_key == NULL)
		return assay_fail_memory(err, "TLS key");
	return true;
}

static void
http_free(struct assay_http *http)
{
	free(http->tls_cert);
	if (http->tls_key != NULL)
		assay_wipe_free(http->tls_key, strlen(http->tls_key));
	pthread_mutex_destroy(&http->lock);
	free(http);
}

/*
 * Connections are handed to the threads in turn. Left to themselves, the
 * first thread to wake takes a whole burst, and the other cores idle.
 */
static void *
accept_all(void *arg)
{
	struct assay_http *http = arg;
	struct pollfd ready = { .fd = http->listen_fd, .events = POLLIN };
	struct sockaddr_storage peer;
	socklen_t len;
	int fd;

	while (!atomic_load(&http->stopping)) {
		if (poll(&ready, 1, ACCEPT_POLL_MS) <= 0)
			continue;
		len = sizeof(peer);
		fd = accept4(http->listen_fd, (struct sockaddr *)&peer, &len,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0)	/* closed there, whatever becomes of it */
			(void)MHD_add_connection(http->daemon, fd,
			    (struct sockaddr *)&peer, len);
		else if (errno == EMFILE || errno == ENFILE)
			(void)poll(NULL, 0, ACCEPT_PAUSE_MS);
	}
	return NULL;
}

static bool
start_acceptor(struct assay_http *http, int listen_fd,
    struct assay_error *err)
{
	http->listen_fd = listen_fd;
	if (pthread_create(&http->acceptor, NULL, accept_all, http) == 0)
		return true;
	MHD_stop_daemon(http->daemon);
	return assay_fail(err, ASSAY_ERR_INTERNAL,
	    "the thread that accepts connections does not start");
}

bool
assay_http_start(const struct assay_http_options *opt,
    struct assay_http **out, struct assay_error *err)
{
	struct assay_http *http = assay_alloc(1, sizeof(*http));

	if (http == NULL || pthread_mutex_init(&http->lock, NULL) != 0) {
		free(http);
		return assay_fail_memory(err, "HTTP server");
	}
	http->handler = opt->handler;
	http->in_place = !parser_is_strict();
	if (!copy_tls(http, opt, err) || !start_daemon(http, opt, err) ||
	    !start_acceptor(http, opt->listen_fd, err)) {
		http_free(http);
		return false;
	}
	*out = http;
	return true;
}

static bool
in_flight(struct assay_http *http)
{
	bool busy = false;

	pthread_mutex_lock(&http->lock);
	for (struct conn *c = http->conns; c != NULL; c = c->next)
		busy = busy || (atomic_load(&c->phase) != PHASE_IDLE &&
		    atomic_load(&c->phase) != PHASE_HEAD);
	pthread_mutex_unlock(&http->lock);
	return busy;
}

void
assay_http_stop(struct assay_http *http, int64_t wait_ms)
{
	int64_t until = assay_clock_monotonic_ms() + wait_ms;
	const struct timespec pause = { 0, 10 * 1000 * 1000 };

	if (http == NULL)
		return;
	atomic_store(&http->stopping, true);
	(void)shutdown(http->listen_fd, SHUT_RDWR); /* nobody waits in vain */
	(void)pthread_join(http->acceptor, NULL);
	while (in_flight(http) && assay_clock_monotonic_ms() < until) {
		(void)nanosleep(&pause, NULL);
		assay_http_tick(http);
	}
	MHD_stop_daemon(http->daemon);
	(void)close(http->listen_fd);
	for (size_t i = 0; i < http->n_lingering; i++)
		(void)close(http->lingering[i].fd);
	http_free(http);
}
