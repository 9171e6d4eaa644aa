/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Points in time as seconds since 1970-01-01T00:00:00Z. Pure: nothing here
 * reads a clock.
 */
#ifndef ASSAY_BASE_WHEN_H
#define ASSAY_BASE_WHEN_H

#include <assay/error.h>

#define ASSAY_WHEN_TEXT 32	/* room that assay_when_text() needs */

/*
 * "2026-11-23T19:32:00Z": exactly this RFC 3339 form, the only one that
 * Intel's collateral uses. Calendar checked; years 1970 to 9999.
 */
ASSAY_MUST_USE bool assay_when_parse(struct assay_bytes text, int64_t *out,
    struct assay_error *err);

/* Civil date and time in UTC; false if out of the calendar. */
ASSAY_MUST_USE bool assay_when_civil(int year, int month, int day, int hour,
    int minute, int second, int64_t *out);

/* RFC 3339 in UTC; returns out. */
const char *assay_when_text(int64_t when, char out[ASSAY_WHEN_TEXT]);

#endif
