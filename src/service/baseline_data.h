/* SPDX-License-Identifier: Apache-2.0 */
/* The collateral of one service: directories, store, and what is fetched. */
#ifndef ASSAY_SERVICE_BASELINE_DATA_H
#define ASSAY_SERVICE_BASELINE_DATA_H

#include "app/tcb_numbers.h"
#include "service/service.h"

/* Fill service->collateral and, with sources configured, ->feed. */
ASSAY_MUST_USE bool assay_baseline_open(struct assay_service *service,
    struct assay_error *err);
void assay_baseline_close(struct assay_service *service);
/* All directories and the store again; on failure the old content stays. */
ASSAY_MUST_USE bool assay_baseline_reload(struct assay_service *service,
    struct assay_error *err);
/* Call several times a second: queues what is about to expire. */
void assay_baseline_tick(struct assay_service *service);

/* The data sets held now; read once for each content of the collateral.
 * Errors of assay_tcb_numbers_read(). */
ASSAY_MUST_USE bool assay_baseline_numbers(struct assay_service *service,
    enum assay_tee tee, struct assay_tcb_numbers *out,
    struct assay_error *err);

#endif
