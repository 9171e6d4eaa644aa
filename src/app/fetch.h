/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One HTTP exchange as a client; the only code that uses libcurl.
 *
 * https always, with the server's certificate and name verified (there is no
 * switch for less) and TLS 1.2 or newer; http to this machine's loopback
 * only. Redirects are not followed. Every exchange has a deadline and a
 * largest answer.
 */
#ifndef ASSAY_APP_FETCH_H
#define ASSAY_APP_FETCH_H

#include "base/buffer.h"

#define ASSAY_FETCH_DEADLINE_MS 30000	/* for who has no better number */

struct assay_fetch_request {
	const char		*method;	/* NULL: "GET" */
	const char		*url;
	struct assay_bytes	 body;		/* not with GET */
	const char		*content_type;	/* of body */
	const char *const	*headers;	/* "Name: value", then NULL */
	/* PEM file of the only CAs to trust; NULL: the system's. */
	const char		*cacert;
	size_t			 max_bytes;	/* of the answer's body */
	int64_t			 deadline_ms;	/* for everything together */
};

struct assay_fetch_answer {
	int			 status;	/* 200, 404, ... */
	struct assay_buffer	 head;		/* header lines as they came */
	struct assay_buffer	 body;
	int64_t			 retry_after;	/* seconds; -1: not said */
};

/*
 * Any status but a redirect is success: the caller looks at answer->status.
 * FETCH_REFUSED: the address or a redirect breaks the rules above.
 * FETCH_FAILED: no answer, saying why. Free with assay_fetch_answer_free().
 */
ASSAY_MUST_USE bool assay_fetch(const struct assay_fetch_request *request,
    struct assay_fetch_answer *answer, struct assay_error *err);
/* Accepts a zeroed struct. */
void assay_fetch_answer_free(struct assay_fetch_answer *answer);
/* Borrowed value of the first header of that name, any case. */
bool assay_fetch_header(const struct assay_fetch_answer *answer,
    const char *name, struct assay_bytes *value);

/*
 * Would assay_fetch() go there? https, or http on loopback; a host; no user,
 * password or fragment. FETCH_REFUSED, saying what is wrong.
 */
ASSAY_MUST_USE bool assay_url_check(const char *url, struct assay_error *err);
/*
 * Both pass assay_url_check() and have the same scheme, host and port
 * (RFC 6454). FETCH_REFUSED, naming both, if not.
 */
ASSAY_MUST_USE bool assay_url_same_origin(const char *a, const char *b,
    struct assay_error *err);

#endif
