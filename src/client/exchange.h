/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request to an attestation service, tried again when the service says
 * that it cannot answer now, and its refusals in its own words.
 */
#ifndef ASSAY_CLIENT_EXCHANGE_H
#define ASSAY_CLIENT_EXCHANGE_H

#include "app/fetch.h"
#include "json/json.h"

/* How one reaches a service. */
struct assay_service_address {
	const char	*url;		/* https://HOST[:PORT], no path */
	const char	*cacert;	/* as in struct assay_fetch_request */
	const char	*authorization;	/* header line to show; NULL: none */
};

/*
 * What a service said against a request (api.md section 10). Every text is
 * other people's: it may hold anything that JSON can. Free with
 * assay_refusal_free(); a member that was not there is NULL.
 */
struct assay_refusal {
	int	 status;	/* HTTP; 0: there was no refusal */
	char	*code;
	char	*message;
	char	*inner_code;
	char	*inner_message;
	char	*request_id;
};
void assay_refusal_free(struct assay_refusal *refusal);

/*
 * Send request, which has no headers of its own, to path (which begins with a
 * slash) and parse the JSON of a 200 into *out, a new reference. 429 and 503 are tried again, at most
 * ASSAY_CLIENT_TRIES times in all, after what Retry-After asks for but never
 * more than ASSAY_CLIENT_WAIT_MAX seconds each.
 *
 * SERVICE_REFUSED: 400, with *refusal filled. FETCH_FAILED: any other
 * status (also with *refusal filled), an answer that is not JSON, or none.
 */
#define ASSAY_CLIENT_TRIES	4
#define ASSAY_CLIENT_WAIT_MAX	10
ASSAY_MUST_USE bool assay_exchange(const struct assay_service_address *to,
    const char *path, const struct assay_fetch_request *request,
    json_t **out, struct assay_refusal *refusal, struct assay_error *err);

/* The same for a whole address; GET. */
ASSAY_MUST_USE bool assay_exchange_get(const char *url, const char *cacert,
    json_t **out, struct assay_error *err);

#endif
