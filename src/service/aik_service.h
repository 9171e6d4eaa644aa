/* SPDX-License-Identifier: Apache-2.0 */
/* The service as CA of AIKs, if its operator switched that on. */
#ifndef ASSAY_SERVICE_AIK_SERVICE_H
#define ASSAY_SERVICE_AIK_SERVICE_H

#include "service/service.h"

/* Needs configuration, issuer, store and keys of the service; sets its
 * aik_ca, which stays NULL if that is off. */
ASSAY_MUST_USE bool assay_aik_service_open(struct assay_service *service,
    struct assay_error *err);

#endif
