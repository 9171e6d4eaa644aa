/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened since the service started, and how old what it relies on is.
 * Counting is lock-free.
 */
#ifndef ASSAY_SERVICE_TALLY_H
#define ASSAY_SERVICE_TALLY_H

#include "service/route.h"

struct assay_tally;

/* Counters of zero, registered with service->metrics, and the gauges of the
 * service's store, collateral and challenges. */
ASSAY_MUST_USE bool assay_tally_open(struct assay_service *service,
    struct assay_tally **out, struct assay_error *err);
void assay_tally_free(struct assay_tally *tally);	/* or NULL */

/*
 * One request was answered. route and type NULL: it was refused before they
 * were known. code: OK for a 200. ms: from its head to its answer.
 */
struct assay_tally_request {
	const struct assay_route	*route;
	unsigned int			 status;
	enum assay_code			 code;
	int64_t				 ms;
};
void assay_tally_request(struct assay_tally *tally,
    const struct assay_tally_request *request);
/* Evidence was judged; code OK: accepted. */
void assay_tally_verdict(struct assay_tally *tally,
    const struct assay_type *type, bool draft, enum assay_code code);

#endif
