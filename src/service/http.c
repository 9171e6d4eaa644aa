/* SPDX-License-Identifier: Apache-2.0 */
#include "service/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/clock.h"
#include "base/mem.h"
#include "service/http_conn.h"

#define ACCEPT_POLL_MS	100
#define ACCEPT_PAUSE_MS	10
#define TICK_MS		250	/* between looks at the deadlines */
#define EVENTS		64	/* of one epoll_wait */
#define BACKLOG		1024

/* A thread and the connections that it serves. */
struct worker {
	struct assay_http	*http;
	pthread_t		 thread;
	int			 epoll, wake;
	pthread_mutex_t		 lock;		/* of the list's head */
	struct assay_conn	*conns;
};

struct assay_http {
	struct assay_conn_env	 env;
	int			 listen_fd;
	pthread_t		 acceptor;
	bool			 accepting;
	struct worker		*workers;
	unsigned int		 n_workers;	/* that run */
	_Atomic int64_t		 stop_at;	/* monotonic; while stopping */
};

/* ---- the listening socket -------------------------------------------------- */

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

/* ---- a worker's connections ------------------------------------------------ */

static uint32_t
events_of(enum assay_conn_next next)
{
	return next == ASSAY_CONN_WRITE ? EPOLLOUT : EPOLLIN;
}

/*
 * By the acceptor: the only change to the list that others than w make. Under
 * the lock until its last use of the connection, which w cannot free before.
 */
static void
adopt(struct worker *w, struct assay_conn *conn)
{
	struct epoll_event event = { .events = EPOLLIN,
		.data = { .ptr = conn } };
	struct assay_conn_link *link = assay_conn_link(conn);

	link->armed = ASSAY_CONN_READ;
	pthread_mutex_lock(&w->lock);
	link->next = w->conns;
	if (w->conns != NULL)
		assay_conn_link(w->conns)->prev = conn;
	w->conns = conn;
	/* Should this fail, its deadline ends it. */
	(void)epoll_ctl(w->epoll, EPOLL_CTL_ADD, assay_conn_fd(conn), &event);
	pthread_mutex_unlock(&w->lock);
}

static void
drop(struct worker *w, struct assay_conn *conn)
{
	struct assay_conn_link *link = assay_conn_link(conn);

	pthread_mutex_lock(&w->lock);
	if (link->prev != NULL)
		assay_conn_link(link->prev)->next = link->next;
	else
		w->conns = link->next;
	if (link->next != NULL)
		assay_conn_link(link->next)->prev = link->prev;
	pthread_mutex_unlock(&w->lock);
	assay_conn_free(conn);
}

static void
heed(struct worker *w, struct assay_conn *conn, enum assay_conn_next next)
{
	struct epoll_event event = { .events = events_of(next),
		.data = { .ptr = conn } };
	struct assay_conn_link *link = assay_conn_link(conn);

	if (next == ASSAY_CONN_CLOSE) {
		drop(w, conn);
	} else if (next != link->armed) {
		link->armed = next;
		(void)epoll_ctl(w->epoll, EPOLL_CTL_MOD, assay_conn_fd(conn),
		    &event);
	}
}

static struct assay_conn *
first_of(struct worker *w)
{
	struct assay_conn *first;

	pthread_mutex_lock(&w->lock);
	first = w->conns;
	pthread_mutex_unlock(&w->lock);
	return first;
}

static void
look_at_all(struct worker *w, int64_t now)
{
	bool stopping = atomic_load(&w->http->env.stopping);
	struct assay_conn *conn, *next;

	for (conn = first_of(w); conn != NULL; conn = next) {
		next = assay_conn_link(conn)->next;
		heed(w, conn, stopping ? assay_conn_stop(conn, now) :
		    assay_conn_tick(conn, now));
	}
}

static bool
finished(struct worker *w, int64_t now)
{
	return atomic_load(&w->http->env.stopping) &&
	    (first_of(w) == NULL || now >= atomic_load(&w->http->stop_at));
}

static void
take_wake(struct worker *w)
{
	eventfd_t ignored;

	(void)eventfd_read(w->wake, &ignored);
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct epoll_event ready[EVENTS];
	int64_t now = assay_clock_monotonic_ms(), looked = now;
	int n;

	while (!finished(w, now)) {
		n = epoll_wait(w->epoll, ready, EVENTS, TICK_MS);
		for (int i = 0; i < n; i++) {
			struct assay_conn *conn = ready[i].data.ptr;

			if (conn == NULL)
				take_wake(w);
			else
				heed(w, conn, assay_conn_run(conn));
		}
		now = assay_clock_monotonic_ms();
		if (now - looked >= TICK_MS ||
		    atomic_load(&w->http->env.stopping)) {
			looked = now;
			look_at_all(w, now);
		}
	}
	while (first_of(w) != NULL)
		drop(w, first_of(w));
	return NULL;
}

/* ---- the acceptor ----------------------------------------------------------- */

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
	struct assay_conn *conn;
	unsigned int turn = 0;
	socklen_t len;
	int fd;

	while (!atomic_load(&http->env.stopping)) {
		if (poll(&ready, 1, ACCEPT_POLL_MS) <= 0)
			continue;
		len = sizeof(peer);
		fd = accept4(http->listen_fd, (struct sockaddr *)&peer, &len,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0 && (conn = assay_conn_new(&http->env, fd,
		    &peer)) != NULL)
			adopt(&http->workers[turn++ % http->n_workers], conn);
		else if (fd < 0 && (errno == EMFILE || errno == ENFILE))
			(void)poll(NULL, 0, ACCEPT_PAUSE_MS);
	}
	return NULL;
}

/* ---- start and stop --------------------------------------------------------- */

static bool
start_worker(struct worker *w, struct assay_http *http)
{
	struct epoll_event event = { .events = EPOLLIN };

	w->http = http;
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->epoll >= 0 && w->wake >= 0 &&
	    epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->wake, &event) == 0 &&
	    pthread_mutex_init(&w->lock, NULL) == 0) {
		if (pthread_create(&w->thread, NULL, work, w) == 0)
			return true;
		pthread_mutex_destroy(&w->lock);
	}
	if (w->epoll >= 0)
		(void)close(w->epoll);
	if (w->wake >= 0)
		(void)close(w->wake);
	return false;
}

static bool
start_threads(struct assay_http *http, unsigned int n,
    struct assay_error *err)
{
	if ((http->workers = assay_alloc(n, sizeof(*http->workers))) == NULL)
		return assay_fail_memory(err, "HTTP server");
	while (http->n_workers < n) {
		if (!start_worker(&http->workers[http->n_workers], http))
			return assay_fail(err, ASSAY_ERR_INTERNAL,
			    "a thread of the HTTP server does not start: %s",
			    strerror(errno));
		http->n_workers++;
	}
	if (pthread_create(&http->acceptor, NULL, accept_all, http) != 0)
		return assay_fail(err, ASSAY_ERR_INTERNAL,
		    "the thread that accepts connections does not start");
	http->accepting = true;
	return true;
}

bool
assay_http_start(const struct assay_http_options *opt,
    struct assay_http **out, struct assay_error *err)
{
	struct assay_http *http = assay_alloc(1, sizeof(*http));
	bool ok;

	if (http == NULL) {
		(void)close(opt->listen_fd);
		return assay_fail_memory(err, "HTTP server");
	}
	http->env.handler = opt->handler;
	http->listen_fd = opt->listen_fd;
	ok = opt->tls_cert.len == 0 || (assay_tls_server_new(opt->tls_cert,
	    opt->tls_key, &http->env.tls, err) && (opt->client_cas.len == 0 ||
	    assay_tls_server_ask(http->env.tls, opt->client_cas, err)));
	ok = ok && assay_peers_new(opt->max_connections,
	    opt->max_per_address, &http->env.peers, err) &&
	    start_threads(http, opt->threads, err);
	if (!ok) {
		assay_http_stop(http, 0);
		return false;
	}
	*out = http;
	return true;
}

static void
stop_worker(struct worker *w)
{
	(void)eventfd_write(w->wake, 1);
	(void)pthread_join(w->thread, NULL);
	(void)close(w->epoll);
	(void)close(w->wake);
	pthread_mutex_destroy(&w->lock);
}

void
assay_http_stop(struct assay_http *http, int64_t wait_ms)
{
	if (http == NULL)
		return;
	atomic_store(&http->stop_at, assay_clock_monotonic_ms() + wait_ms);
	atomic_store(&http->env.stopping, true);
	(void)shutdown(http->listen_fd, SHUT_RDWR); /* nobody waits in vain */
	if (http->accepting)
		(void)pthread_join(http->acceptor, NULL);
	(void)close(http->listen_fd);
	for (unsigned int i = 0; i < http->n_workers; i++)
		stop_worker(&http->workers[i]);
	free(http->workers);
	assay_peers_free(http->env.peers);
	assay_tls_server_free(http->env.tls);
	free(http);
}
