/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection: bytes of a socket, in the clear or in TLS, to exchanges and
 * back, one request after the other, each with deadlines. It never blocks and
 * belongs to one thread.
 */
#ifndef ASSAY_SERVICE_HTTP_CONN_H
#define ASSAY_SERVICE_HTTP_CONN_H

#include <stdatomic.h>
#include <sys/socket.h>

#include "crypto/tls.h"
#include "service/http_exchange.h"
#include "service/http_peers.h"

/* What connections of one server share. */
struct assay_conn_env {
	struct assay_http_handler	 handler;
	struct assay_tls_server		*tls;	/* NULL: in the clear */
	struct assay_peers		*peers;
	atomic_bool			 stopping;
};

enum assay_conn_next {
	ASSAY_CONN_READ,	/* call again when the socket is readable */
	ASSAY_CONN_WRITE,	/* ... is writable */
	ASSAY_CONN_CLOSE,	/* free it */
};

struct assay_conn;

/*
 * fd is taken, also on failure: NULL when out of memory or when the client
 * has too many connections.
 */
struct assay_conn *assay_conn_new(struct assay_conn_env *env, int fd,
    const struct sockaddr_storage *address);
void assay_conn_free(struct assay_conn *conn);

/* Go on as far as that goes. At most one buffer is read from the socket. */
enum assay_conn_next assay_conn_run(struct assay_conn *conn);
/* Its deadlines; to be asked now and then. */
enum assay_conn_next assay_conn_tick(struct assay_conn *conn, int64_t now);
/*
 * The server stops: serve a request that is whole, close if there is none;
 * what goes on keeps its deadlines.
 */
enum assay_conn_next assay_conn_stop(struct assay_conn *conn, int64_t now);
int assay_conn_fd(const struct assay_conn *conn);

/* For the owner's list and what it waits for; not used by the connection. */
struct assay_conn_link {
	struct assay_conn	*prev, *next;
	enum assay_conn_next	 armed;
};
struct assay_conn_link *assay_conn_link(struct assay_conn *conn);

#endif
