/* SPDX-License-Identifier: Apache-2.0 */
/* May this caller do this? The only place that decides it. */
#ifndef ASSAY_SERVICE_AUTHORIZE_H
#define ASSAY_SERVICE_AUTHORIZE_H

#include "app/callers.h"
#include "service/http.h"

/* What a caller wants to do. */
enum assay_action {
	ASSAY_ACTION_METADATA,	/* what everybody may see */
	ASSAY_ACTION_ATTEST,
	/* Attestation that Azure demands a caller for (api.md section 11):
	 * TPM, and all of 2018-09-01-preview. */
	ASSAY_ACTION_ATTEST_CALLER,
	ASSAY_ACTION_READ,	/* policies and signers */
	ASSAY_ACTION_CHANGE,	/* policies and signers */
};

/* What it takes. */
enum assay_need {
	ASSAY_NEED_NOTHING,
	ASSAY_NEED_CALLER,	/* any that is known, of any role */
	ASSAY_NEED_READER,
	ASSAY_NEED_CONTRIBUTOR,
};
enum assay_need assay_need_of(enum assay_action action,
    enum assay_require require, bool knows_callers);
/* Anonymous callers have nothing. */
bool assay_need_is_met(enum assay_need need,
    const struct assay_caller *caller);

/* Why not, for WWW-Authenticate (RFC 6750 section 3.1). */
enum assay_denial {
	ASSAY_DENIAL_NONE,	/* may, or it could not be decided */
	ASSAY_DENIAL_NOBODY,	/* no credentials */
	ASSAY_DENIAL_CREDENTIALS, /* not good ones */
	ASSAY_DENIAL_ROLE,
};

struct assay_authorize {
	struct assay_callers	*callers;
	enum assay_require	 require;
	/*
	 * Callers on this machine may do everything without credentials. If
	 * not, and where no callers are set, those may whose connection is
	 * root's or of the user that the service runs as.
	 */
	bool			 trust_loopback;
};

/*
 * False: *denial and err say why not; with ASSAY_DENIAL_NONE it could not be
 * decided, which is another answer. Fills in request->caller where it had to
 * know who calls; what was found out once for a request is not asked again.
 */
ASSAY_MUST_USE bool assay_may(const struct assay_authorize *authorize,
    struct assay_http_request *request, enum assay_action action,
    enum assay_denial *denial, struct assay_error *err);

/*
 * A challenge for the answer to what was denied: printable ASCII without line
 * ends. realm: the service's issuer.
 */
void assay_challenge(enum assay_denial denial, const char *realm,
    const struct assay_error *err, char out[ASSAY_CHALLENGE_TEXT]);

#endif
