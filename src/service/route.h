/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which handler answers: method, path, api-version, and who may call it. The
 * whole interface is the table in route.c.
 */
#ifndef ASSAY_SERVICE_ROUTE_H
#define ASSAY_SERVICE_ROUTE_H

#include "service/service.h"

/* What a caller wants to do, for the one place that permits it. */
enum assay_action {
	ASSAY_ACTION_METADATA,	/* anybody */
	ASSAY_ACTION_ATTEST,	/* anybody */
	ASSAY_ACTION_READ,	/* policies and signers */
	ASSAY_ACTION_CHANGE,	/* policies and signers */
};

struct assay_route {
	const char		*method;
	/* Lower case; "{type}" for one word, or "?tee" behind it: then the
	 * query names the type. */
	const char		*path;
	enum assay_action	 action;
	unsigned int		 versions;	/* mask; 0: not looked at */
	size_t			 max_body;
	assay_serve_fn		*serve;
};

/* An attestation type, as it stands in paths (api.md section 2). */
struct assay_type {
	const char	*name;		/* canonical spelling */
	const char	*evidence;	/* member of the request; NULL: not yet */
	const char	*default_policy; /* text; NULL: none, deny */
};
/* Without regard to case; NULL if there is none. */
const struct assay_type *assay_type_find(const char *name);
/* Also the names that only 2018-09-01-preview has. */
const struct assay_type *assay_type_of_tee(const char *name);
size_t assay_type_count(void);
const struct assay_type *assay_type_at(size_t index);
size_t assay_type_index(const struct assay_type *type);

/* The handler's table for struct assay_http_options; ctx is the service. */
struct assay_http_handler assay_route_handler(struct assay_service *service);

/*
 * May this caller do this? The only place that decides it. Reading and
 * changing policies and signers is for callers on this machine until callers
 * can prove who they are. UNAUTHORIZED, naming what is missing.
 */
ASSAY_MUST_USE bool assay_may(const struct assay_http_request *request,
    enum assay_action action, struct assay_error *err);

/* The version of 2018, which has paths and bodies of its own. */
bool assay_route_is_2018(const struct assay_route *route);

#endif
