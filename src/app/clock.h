/* SPDX-License-Identifier: Apache-2.0 */
/* The only caller of time(): everything else gets "now" as an argument. */
#ifndef ASSAY_APP_CLOCK_H
#define ASSAY_APP_CLOCK_H

#include <assay/error.h>

/*
 * No correct clock shows an earlier time than this program's making: a
 * service that believed such a clock would accept collateral and
 * certificates that have long expired.
 */
#define ASSAY_CLOCK_FLOOR 1763856000	/* 2025-11-23T00:00:00Z */

/* Seconds since 1970. */
int64_t assay_clock_now(void);
/* Milliseconds since 1970, for logs. */
int64_t assay_clock_now_ms(void);
/* Milliseconds on a clock that only moves forward, for deadlines. */
int64_t assay_clock_monotonic_ms(void);
/* CONFIG_INVALID if the system's clock is before ASSAY_CLOCK_FLOOR. */
ASSAY_MUST_USE bool assay_clock_check(struct assay_error *err);

#endif
