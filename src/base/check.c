/* SPDX-License-Identifier: Apache-2.0 */
#include "base/check.h"

#ifdef ASSAY_MUTATION
#include <stdlib.h>
#include <string.h>

/* Test builds only: is this the check that the mutation run removes? */
static bool
is_mutated(enum assay_check_id id)
{
	static const char *victim;
	static bool looked;

	if (!looked) {
		victim = getenv("ASSAY_MUTATE");
		looked = true;
	}
	return victim != NULL && strcmp(victim, assay_check_name(id)) == 0;
}
#else
static bool
is_mutated(enum assay_check_id id)
{
	(void)id;
	return false;
}
#endif

bool
assay_check(struct assay_checks *set, enum assay_check_id id, bool ok)
{
	if (!ok && !is_mutated(id)) {
		if (!set->any_failed)
			set->failed = id;
		set->any_failed = true;
		return false;
	}
	set->done[id / 64] |= UINT64_C(1) << (id % 64);
	return true;
}

void
assay_checks_merge(struct assay_checks *set, const struct assay_checks *from)
{
	for (size_t i = 0; i < ASSAY_CHECK_WORDS; i++)
		set->done[i] |= from->done[i];
}

bool
assay_checks_has(const struct assay_checks *set, enum assay_check_id id)
{
	return (set->done[id / 64] >> (id % 64) & 1) != 0;
}

enum assay_check_id
assay_checks_missing(const struct assay_checks *set,
    const enum assay_check_id *want, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!assay_checks_has(set, want[i]))
			return want[i];
	return ASSAY_CHECK_COUNT;
}

const char *
assay_check_name(enum assay_check_id id)
{
	static const char *const names[] = {
#define X(id, name, source) [ASSAY_CHECK_##id] = name,
		ASSAY_CHECKS(X)
#undef X
	};

	return id < ASSAY_CHECK_COUNT ? names[id] : "none";
}

const char *
assay_check_source(enum assay_check_id id)
{
	static const char *const sources[] = {
#define X(id, name, source) [ASSAY_CHECK_##id] = source,
		ASSAY_CHECKS(X)
#undef X
	};

	return id < ASSAY_CHECK_COUNT ? sources[id] : "none";
}
