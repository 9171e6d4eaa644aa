/* SPDX-License-Identifier: Apache-2.0 */
/* A baseline in words, alike in the service's settings and on the CLI. */
#ifndef ASSAY_APP_BASELINE_TEXT_H
#define ASSAY_APP_BASELINE_TEXT_H

#include <assay/attest.h>

/* The statuses between commas, as bits (1 << enum assay_tcb_status). */
ASSAY_MUST_USE bool assay_baseline_parse_statuses(struct assay_bytes text,
    uint32_t *out, struct assay_error *err);
/*
 * "UpToDate,SWHardeningNeeded": the statuses that are accepted, as Intel's
 * TCB info spells them. CONFIG_INVALID for an unknown one, and for Revoked.
 */
ASSAY_MUST_USE bool assay_baseline_parse_accept(const char *text,
    struct assay_baseline *out, struct assay_error *err);
/* Seconds, or "any". CONFIG_INVALID. */
ASSAY_MUST_USE bool assay_baseline_parse_grace(const char *text,
    struct assay_baseline *out, struct assay_error *err);

#endif
