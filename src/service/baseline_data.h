/* SPDX-License-Identifier: Apache-2.0 */
/* The collateral of one service: directories, store, and what is fetched. */
#ifndef ASSAY_SERVICE_BASELINE_DATA_H
#define ASSAY_SERVICE_BASELINE_DATA_H

#include "app/baselines.h"
#include "app/tcb_numbers.h"
#include "service/route.h"

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

/* The operator's baselines now; give them back with
 * assay_baselines_free(). */
struct assay_baselines *assay_baseline_rules(struct assay_service *service);
/* Read their file again; on failure the old ones stay. */
ASSAY_MUST_USE bool assay_baseline_rules_reload(
    struct assay_service *service, struct assay_error *err);
/*
 * Does the policy in force for the type name a baseline that is there?
 * BASELINE_UNKNOWN. A policy that cannot be used is no matter here.
 */
ASSAY_MUST_USE bool assay_baseline_of_policy(struct assay_service *service,
    const struct assay_type *type, struct assay_error *err);
/* Log a warning for each policy of which that is not so. */
void assay_baseline_warn(struct assay_service *service);

#endif
