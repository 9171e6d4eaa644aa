/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of an HTTP/1.1 request (RFC 9112 sections 2 to 5), read strictly:
 * bytes to a struct, structure only. A parser that is more lenient than one
 * in front of it can be made to see other requests in the same bytes, so
 * there is one form only: lines end in CR LF, single spaces, no folding, no
 * control characters. What the fields mean together is framing.h's.
 */
#ifndef ASSAY_SERVICE_HEAD_H
#define ASSAY_SERVICE_HEAD_H

#include <assay/error.h>

#include "base/limits.h"

#define ASSAY_HTTP_METHOD_TEXT	32	/* a method and its NUL */

struct assay_header {
	struct assay_bytes	name;
	struct assay_bytes	value;	/* without white space around it */
};

struct assay_head {
	char			 method[ASSAY_HTTP_METHOD_TEXT];
	struct assay_bytes	 target;	/* raw */
	unsigned int		 minor;		/* of HTTP/1.x: 0 or 1 */
	struct assay_header	 headers[ASSAY_MAX_HTTP_HEADERS];
	size_t			 n_headers;
};

enum assay_head_scan {
	ASSAY_HEAD_MORE,	/* no end yet, nothing wrong so far */
	ASSAY_HEAD_WHOLE,	/* *scanned is its length, empty line included */
	ASSAY_HEAD_REFUSED,	/* *status and err say why */
};

/*
 * Look for the end of the head in what has come so far. *scanned is 0 at
 * first, then where the last call left off. A byte that no head may have is
 * refused as soon as it is seen, and so is a head that is too long: 400,
 * 414, 431.
 */
enum assay_head_scan assay_head_scan(struct assay_bytes in, size_t *scanned,
    unsigned int *status, struct assay_error *err);

/*
 * Cut a head that was scanned to its end. Everything in out but the method
 * points into in. False: *status (400, 431, 505) is the answer to give before
 * closing the connection, and err the reason.
 */
ASSAY_MUST_USE bool assay_head_parse(struct assay_bytes in,
    struct assay_head *out, unsigned int *status, struct assay_error *err);

/* The value of the first header of the name, without regard to case. */
bool assay_head_find(const struct assay_head *head, const char *name,
    struct assay_bytes *value);
/* How many headers have the name. */
size_t assay_head_count(const struct assay_head *head, const char *name);
/*
 * Is the word an element of a header that is a list (RFC 9110 section 5.6.1),
 * in any of its fields?
 */
bool assay_head_lists(const struct assay_head *head, const char *name,
    const char *word);

#endif
