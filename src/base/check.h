/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Named checks. Whatever decides whether evidence is believed goes through
 * assay_check(), which remembers that the check was made. A verdict is only
 * signed when the set of checks that its kind demands is complete, so a check
 * that was skipped never counts as passed.
 *
 *	if (!assay_check(checks, ASSAY_CHECK_QUOTE_SIGNATURE, good))
 *		return assay_fail(err, ASSAY_ERR_INVALID_QUOTE_SIGNATURE, ...);
 *
 * In a build for mutation testing (-Dmutation=true) the one check that
 * ASSAY_MUTATE names is answered with "passed" whatever its condition; some
 * test must then fail.
 */
#ifndef ASSAY_BASE_CHECK_H
#define ASSAY_BASE_CHECK_H

#include <assay/bytes.h>

#include "base/check_list.h"

enum assay_check_id {
#define X(id, name, source) ASSAY_CHECK_##id,
	ASSAY_CHECKS(X)
#undef X
	ASSAY_CHECK_COUNT
};

#define ASSAY_CHECK_WORDS ((ASSAY_CHECK_COUNT + 63) / 64)

/* Zeroed: nothing was checked. */
struct assay_checks {
	uint64_t	done[ASSAY_CHECK_WORDS];	/* made and passed */
	bool		any_failed;
	enum assay_check_id failed;			/* the first to fail */
};

/* Records the outcome, returns it. */
ASSAY_MUST_USE bool assay_check(struct assay_checks *set,
    enum assay_check_id id, bool ok);

/* Add all of from, whose subject was verified earlier (a cached object). */
void assay_checks_merge(struct assay_checks *set,
    const struct assay_checks *from);
bool assay_checks_has(const struct assay_checks *set, enum assay_check_id id);
/* The first id of want[0..n) that set lacks, or ASSAY_CHECK_COUNT. */
enum assay_check_id assay_checks_missing(const struct assay_checks *set,
    const enum assay_check_id *want, size_t n);

/* "quote-signature"; never NULL, static. */
const char *assay_check_name(enum assay_check_id id);
/* Where it is specified; never NULL, static. */
const char *assay_check_source(enum assay_check_id id);

#endif
