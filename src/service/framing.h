/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is the head of a request unambiguous? Two programs that read one byte
 * stream differently can be made to see different requests in it (request
 * smuggling, RFC 9112 section 11.2), so whatever has two readings is refused
 * and the connection closed. Pure functions over a head that was parsed.
 */
#ifndef ASSAY_SERVICE_FRAMING_H
#define ASSAY_SERVICE_FRAMING_H

#include "service/head.h"

struct assay_framing {
	bool		has_length;
	uint64_t	length;		/* of the body */
	bool		expect_continue;
	bool		close;		/* after the answer, by the client's wish */
};

/*
 * True if the head has one reading; else *status is the answer to give (400,
 * 411, 414, 417) before closing the connection, and err the reason.
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
ASSAY_MUST_USE bool assay_target_parse(struct assay_bytes target,
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
