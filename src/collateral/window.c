/* SPDX-License-Identifier: Apache-2.0 */
#include "base/when.h"
#include "collateral/window.h"

struct assay_freshness
assay_freshness(int64_t now, int64_t grace)
{
	return (struct assay_freshness){
		.now = now, .grace = grace, .expiry = INT64_MAX,
	};
}

/* Is now at most grace seconds before from, or past until? */
static bool
within(int64_t past, int64_t present, int64_t grace)
{
	int64_t end;

	if (grace < 0 || __builtin_add_overflow(past, grace, &end))
		end = grace < 0 ? past : INT64_MAX;
	return present <= end;
}

static void
defer(struct assay_freshness *f, enum assay_check_id check,
    enum assay_code code, const struct assay_window *w, bool early)
{
	char edge[ASSAY_WHEN_TEXT], now[ASSAY_WHEN_TEXT];

	if (f->failed)
		return;
	f->failed = true;
	f->check = check;
	(void)assay_fail(&f->error, code, "%s %s %s; the time asked for is %s",
	    w->what, early ? "is not valid before" : "has expired at",
	    assay_when_text(early ? w->from : w->until, edge),
	    assay_when_text(f->now, now));
}

static void
look_early(const struct assay_window *w, struct assay_freshness *f,
    struct assay_checks *checks)
{
	bool as_expired = w->from_code == ASSAY_ERR_COLLATERAL_EXPIRED;
	bool ok = f->now >= w->from;

	if (!ok && as_expired) {
		f->expired = true;
		ok = within(f->now, w->from, f->grace);
	}
	if (!assay_check(checks, w->from_check, ok))
		defer(f, w->from_check, w->from_code, w, true);
}

static void
look_late(const struct assay_window *w, struct assay_freshness *f,
    struct assay_checks *checks)
{
	if (f->now > w->until)
		f->expired = true;
	if (!assay_check(checks, w->until_check,
	    within(w->until, f->now, f->grace)))
		defer(f, w->until_check, ASSAY_ERR_COLLATERAL_EXPIRED, w,
		    false);
}

void
assay_windows_look(const struct assay_window *windows, size_t n,
    struct assay_freshness *f, struct assay_checks *checks)
{
	for (size_t i = 0; i < n; i++) {
		look_early(&windows[i], f, checks);
		look_late(&windows[i], f, checks);
		if (windows[i].until < f->expiry)
			f->expiry = windows[i].until;
	}
}
