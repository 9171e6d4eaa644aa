/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who calls: access tokens and client certificates against the callers file.
 * Says who somebody is and which roles they have; what a role may do is the
 * service's. All functions but open and close may be called from any thread.
 */
#ifndef ASSAY_APP_CALLERS_H
#define ASSAY_APP_CALLERS_H

#include "app/caller_keys.h"

#define ASSAY_CALLER_NAME	128	/* for logs; cut to it */

struct assay_caller {
	bool		known;		/* false: anonymous, no role */
	unsigned int	roles;		/* ASSAY_ROLE_* */
	/* "alice (https://login.example)", printable ASCII. */
	char		name[ASSAY_CALLER_NAME];
	/* Of issuer and subject, or the certificate: for rates. */
	uint64_t	id;
};

/* Whatever a request has to show. */
struct assay_credentials {
	size_t			  n_authorization; /* headers of that name */
	struct assay_bytes	  authorization;   /* value of the first */
	const struct assay_bytes *certs;	/* DER, the client's first */
	size_t			  n_certs;
};

struct assay_callers;
/* file NULL: nobody is known. CONFIG_INVALID, IO_FAILED. */
ASSAY_MUST_USE bool assay_callers_open(const char *file,
    const char *own_issuer, struct assay_callers **out,
    struct assay_error *err);
void assay_callers_close(struct assay_callers *callers);	/* or NULL */
/* Read the file again; on failure all stays as it was. */
ASSAY_MUST_USE bool assay_callers_reload(struct assay_callers *callers,
    struct assay_error *err);
/* Is anybody known? */
bool assay_callers_any(const struct assay_callers *callers);
/*
 * The CAs of client certificates as the file named them at start, one PEM
 * text, for TLS to ask by; empty if there are none. Borrowed.
 */
struct assay_bytes assay_callers_client_cas(
    const struct assay_callers *callers);

/*
 * Who shows these? A token before a certificate. No credentials at all:
 * anonymous, which is success. Else they must be good: any code of
 * assay_bearer_verify() and assay_caller_cert_matches(), or UNAUTHORIZED;
 * CALLER_KEYS_MISSING: could not decide.
 */
ASSAY_MUST_USE bool assay_callers_identify(struct assay_callers *callers,
    const struct assay_credentials *shown, int64_t now,
    struct assay_caller *out, struct assay_error *err);

#endif
