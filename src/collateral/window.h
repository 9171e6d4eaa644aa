/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time in which a certificate, a revocation list or a signed document
 * counts. Verified objects are kept for long; their windows are looked at
 * again on every use.
 */
#ifndef ASSAY_COLLATERAL_WINDOW_H
#define ASSAY_COLLATERAL_WINDOW_H

#include <assay/dcap.h>

#include "base/check.h"

struct assay_window {
	const char		*what;		/* static */
	enum assay_dated	 dated;
	enum assay_check_id	 from_check;
	enum assay_check_id	 until_check;
	/* What being too early is called. COLLATERAL_EXPIRED where Intel's
	 * library calls both ends so (revocation lists). Grace is for what
	 * is late; any age is then for both. */
	enum assay_code		 from_code;
	int64_t			 from, until;	/* both inclusive */
};

/*
 * What looking at windows found. A window that is not open does not end a
 * verification: the rest is computed all the same, so that an answer can say
 * what it would have been.
 */
struct assay_freshness {
	int64_t			now;
	struct assay_grace	grace;
	bool			expired;	/* some window, grace or not */
	uint32_t		in_grace;	/* (1 << enum assay_dated) */
	int64_t			expiry;		/* the earliest end */
	bool			failed;		/* error and check are set */
	struct assay_error	error;
	enum assay_check_id	check;
};

struct assay_freshness assay_freshness(int64_t now,
    const struct assay_grace *grace);
void assay_windows_look(const struct assay_window *windows, size_t n,
    struct assay_freshness *f, struct assay_checks *checks);

/* "tcb_info", "certificate"; static. */
const char *assay_dated_name(enum assay_dated dated);

#endif
