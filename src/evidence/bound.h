/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Data of the request that the evidence vouches for. Source: Azure
 * Attestation REST API, runtimeData and initTimeData.
 */
#ifndef ASSAY_EVIDENCE_BOUND_H
#define ASSAY_EVIDENCE_BOUND_H

#include <assay/error.h>

#include "base/check.h"

/*
 * SHA-256 of data, then zeros to the end of the slot. The recorded service is
 * only known to compare the first 32 bytes; every recorded slot has zeros
 * behind them, and a slot that holds something more is not what the client
 * says it is. RUNTIME_DATA_MISMATCH or INIT_TIME_DATA_MISMATCH, by id.
 */
ASSAY_MUST_USE bool assay_bound_check(struct assay_bytes data,
    struct assay_bytes slot, enum assay_check_id id,
    struct assay_checks *checks, struct assay_error *err);

#endif
