/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request and its answer, without sockets: the bytes of a head and a body
 * go in, a handler is asked, the bytes of the answer come out.
 */
#ifndef ASSAY_SERVICE_HTTP_EXCHANGE_H
#define ASSAY_SERVICE_HTTP_EXCHANGE_H

#include "service/http.h"

struct assay_http_exchange;

/* The client as its connection knows it; lives longer than the exchange. */
struct assay_http_peer {
	char	 address[46];	/* numeric: INET6_ADDRSTRLEN */
	bool	 loopback;
	int	 fd;		/* the connection */
	bool	 tls;
	const struct assay_bytes *certs;	/* that it has the key of */
	size_t	 n_certs;
};

/*
 * A request whose head has begun to come. NULL: out of memory. The handler
 * and the peer are borrowed.
 */
struct assay_http_exchange *assay_http_exchange_new(
    const struct assay_http_handler *handler,
    const struct assay_http_peer *peer);
void assay_http_exchange_free(struct assay_http_exchange *x);

/*
 * The head is whole: parse and judge it, and let the handler look. Whatever
 * it says, assay_http_exchange_wants() tells what to do next.
 */
void assay_http_exchange_head(struct assay_http_exchange *x, struct assay_bytes head);
/* The request cannot go on: it is answered with the status and closed. */
void assay_http_exchange_refuse(struct assay_http_exchange *x, unsigned int status,
    const struct assay_error *err);

/* Bytes of the body still to come; 0 when it is time to answer. */
uint64_t assay_http_exchange_wants(const struct assay_http_exchange *x);
/* Does the client wait for a word before it sends the body? */
bool assay_http_exchange_wants_continue(const struct assay_http_exchange *x);
/*
 * Take as much of in as belongs to the body; *taken. False: out of memory;
 * there is no way to go on.
 */
ASSAY_MUST_USE bool assay_http_exchange_body(struct assay_http_exchange *x,
    struct assay_bytes in, size_t *taken);

/*
 * Serve, unless it is refused, and append the answer, head and body, to out.
 * last: the connection is to end with it; *close: it does, for that reason or
 * another. False: out of memory.
 */
ASSAY_MUST_USE bool assay_http_exchange_answer(struct assay_http_exchange *x, bool last,
    struct assay_buffer *out, bool *close);

#endif
