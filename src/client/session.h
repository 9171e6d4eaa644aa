/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence to a service, a token back (api.md sections 2 and 3). */
#ifndef ASSAY_CLIENT_SESSION_H
#define ASSAY_CLIENT_SESSION_H

#include <assay/attest.h>

#include "client/exchange.h"

/* A kind of evidence as people, the API and its bodies name it. */
struct assay_client_kind {
	const char	*word;		/* "sgx" */
	const char	*type;		/* "SgxEnclave" */
	const char	*member;	/* "quote" */
};
/* NULL if there is no such word. */
const struct assay_client_kind *assay_client_kind_find(const char *word);
/* "sgx or openenclave"; static. */
const char *assay_client_kind_words(void);

struct assay_client_request {
	const struct assay_client_kind	*kind;
	struct assay_bytes		 evidence;
	struct assay_bound_data		 runtime_data;
	const char			*nonce;		/* or NULL */
	struct assay_bytes		 draft_policy;	/* ptr NULL: none */
};

/*
 * The token as the service sent it, NUL-terminated, not verified; free() it.
 * Errors and *refusal as assay_exchange(); free the refusal in any case.
 */
ASSAY_MUST_USE bool assay_session_attest(
    const struct assay_service_address *to,
    const struct assay_client_request *request, char **token,
    struct assay_refusal *refusal, struct assay_error *err);

#endif
