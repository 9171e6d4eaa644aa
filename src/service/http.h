/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1.1 with or without TLS: sockets to requests, answers to sockets.
 * Knows no path and no JSON. Every answer, to whatever was sent, goes through
 * the handler, so that all have one form.
 */
#ifndef ASSAY_SERVICE_HTTP_H
#define ASSAY_SERVICE_HTTP_H

#include "app/callers.h"
#include "app/config.h"
#include "base/buffer.h"
#include "service/framing.h"

#define ASSAY_REQUEST_ID_TEXT	56	/* a traceparent and its NUL */
#define ASSAY_CHALLENGE_TEXT	512	/* of WWW-Authenticate, and its NUL */

struct assay_http_request {
	/* Of a head that could not be read: what was, or empty. */
	const struct assay_head	*head;
	const char		*method;
	const char		*path;		/* decoded */
	struct assay_bytes	 query;		/* raw */
	struct assay_bytes	 body;
	const char		*peer;		/* numeric address */
	bool			 loopback;
	int			 fd;		/* the connection; to ask about */
	bool			 tls;
	/* What the client proved to have the key of: DER, its own first. */
	const struct assay_bytes *certs;
	size_t			 n_certs;
	char			 request_id[ASSAY_REQUEST_ID_TEXT];
	int64_t			 started_ms;	/* monotonic */
	/* What the first look decided; the handler's own. */
	const void		*route;
	/* Who calls, where that was asked. */
	bool			 identified;
	struct assay_caller	 caller;
};

struct assay_http_answer {
	unsigned int		 status;
	struct assay_buffer	 body;		/* taken by the server */
	const char		*content_type;	/* static; NULL: JSON */
	const char		*allow;		/* for 405; static */
	const char		*error_code;	/* x-ms-error-code; static */
	unsigned int		 retry_after;	/* seconds; 0: no header */
	char			 challenge[ASSAY_CHALLENGE_TEXT]; /* or "" */
};

/* All may be called from several threads at once. */
struct assay_http_handler {
	/*
	 * The head is there, the body is not. True: go on, with bodies of
	 * at most *max_body bytes. False: *answer says why not.
	 */
	bool	(*look)(void *ctx, struct assay_http_request *request,
		    size_t *max_body, struct assay_http_answer *answer);
	void	(*serve)(void *ctx, struct assay_http_request *request,
		    struct assay_http_answer *answer);
	/* Words for what the server refuses by itself. */
	void	(*refuse)(void *ctx, const struct assay_http_request *request,
		    unsigned int status, const struct assay_error *err,
		    struct assay_http_answer *answer);
	void	*ctx;
};

struct assay_http_options {
	int				 listen_fd;	/* taken */
	/* PEM, borrowed; empty: no TLS. */
	struct assay_bytes		 tls_cert, tls_key;
	/* PEM, borrowed; empty: clients are not asked for certificates. */
	struct assay_bytes		 client_cas;
	unsigned int			 threads;
	unsigned int			 max_connections;
	unsigned int			 max_per_address;
	struct assay_http_handler	 handler;
};

struct assay_http;

/*
 * A listening socket, and its port (for port 0). IO_FAILED naming address
 * and reason.
 */
ASSAY_MUST_USE bool assay_http_listen(const struct assay_listen_address *at,
    int *fd, uint16_t *port, struct assay_error *err);

/* Serves when it returns. CONFIG_INVALID: certificate or key is unusable. */
ASSAY_MUST_USE bool assay_http_start(const struct assay_http_options *opt,
    struct assay_http **out, struct assay_error *err);
/*
 * Accept nobody more, answer what is in flight (for at most the given time),
 * close everything, free.
 */
void assay_http_stop(struct assay_http *http, int64_t wait_ms);

#endif
