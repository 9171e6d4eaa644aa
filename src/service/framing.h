/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is the head of a request unambiguous? Two programs that read one byte
 * stream differently can be made to see different requests in it (request
 * smuggling, RFC 9112 section 11.2), so whatever has two readings is refused
 * and the connection closed. Pure functions over what the HTTP library says.
 */
#ifndef ASSAY_SERVICE_FRAMING_H
#define ASSAY_SERVICE_FRAMING_H

#include <assay/error.h>

#include "base/limits.h"

struct assay_header {
	struct assay_bytes	name;
	struct assay_bytes	value;	/* without white space around it */
};

struct assay_head {
	const char		*method;
	const char		*target;	/* where it stood */
	size_t			 target_len;
	const char		*version;	/* "HTTP/1.1" */
	struct assay_header	 headers[ASSAY_MAX_HTTP_HEADERS];
	size_t			 n_headers;
	bool			 too_many;	/* headers */
	/*
	 * The strings lie where they were received, with NULs for what ended
	 * them, as libmicrohttpd before 0.9.76 leaves them: then the gaps
	 * show which line ends, spaces and NULs its lenient parser passed
	 * over. Later versions refuse those themselves.
	 */
	bool			 in_place;
};

struct assay_framing {
	bool		has_length;
	uint64_t	length;		/* of the body */
	bool		expect_continue;
};

/* The value of the first header of the name, without regard to case. */
bool assay_head_find(const struct assay_head *head, const char *name,
    struct assay_bytes *value);

/*
 * True if the head has one reading; else *status is the answer to give (400,
 * 411, 417, 431, 501, 505) before closing the connection, and err the reason.
 */
ASSAY_MUST_USE bool assay_framing_check(const struct assay_head *head,
    struct assay_framing *out, unsigned int *status,
    struct assay_error *err);

/*
 * Cut the target (origin form, RFC 9112 section 3.2.1) at '?' and decode the
 * path: escapes well formed, and none for a slash, backslash, NUL, control
 * or byte above 0x7e, so that a path has one spelling for every reader.
 * path has room for ASSAY_MAX_HTTP_TARGET + 1; *query points into target.
 */
ASSAY_MUST_USE bool assay_target_parse(const char *target, size_t len,
    char *path, struct assay_bytes *query, unsigned int *status,
    struct assay_error *err);

/*
 * The value of a query parameter, not decoded: false if it is absent.
 * *repeated: it is there more than once, which has two readings.
 */
bool assay_query_find(struct assay_bytes query, const char *name,
    struct assay_bytes *value, bool *repeated);

/* "00-<32 hex>-<16 hex>-<2 hex>", lower case (W3C Trace Context). */
bool assay_traceparent_ok(struct assay_bytes text);

#endif
