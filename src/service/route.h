/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which handler answers: method, path, api-version, and what may be done
 * there. The whole interface is the table in route.c.
 */
#ifndef ASSAY_SERVICE_ROUTE_H
#define ASSAY_SERVICE_ROUTE_H

#include "service/authorize.h"
#include "service/service.h"

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

/* The version of 2018, which has paths and bodies of its own. */
bool assay_route_is_2018(const struct assay_route *route);

#endif
