/* SPDX-License-Identifier: Apache-2.0 */
#include "base/when.h"
#include "collateral/window.h"

const char *
assay_dated_name(enum assay_dated dated)
{
	static const char *const names[ASSAY_DATED_KINDS] = {
		[ASSAY_DATED_CERTIFICATE] = "certificate",
		[ASSAY_DATED_TCB_INFO] = "tcb_info",
		[ASSAY_DATED_QE_IDENTITY] = "qe_identity",
		[ASSAY_DATED_PCK_CRL] = "pck_crl",
		[ASSAY_DATED_ROOT_CA_CRL] = "root_ca_crl",
	};

	return names[dated];
}

struct assay_freshness
assay_freshness(int64_t now, const struct assay_grace *grace)
{
	return (struct assay_freshness){
		.now = now, .grace = *grace, .expiry = INT64_MAX,
	};
}

/* Is it past its end, and yet within the grace of its kind? */
static bool
in_grace(const struct assay_window *w, const struct assay_freshness *f)
{
	int64_t grace = f->grace.seconds[w->dated], end;

	if (f->grace.any_age)
		return true;
	if (w->dated == ASSAY_DATED_CERTIFICATE || grace <= 0)
		return false;
	return __builtin_add_overflow(w->until, grace, &end) || f->now <= end;
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
		ok = f->grace.any_age;
	}
	if (!assay_check(checks, w->from_check, ok))
		defer(f, w->from_check, w->from_code, w, true);
}

static void
look_late(const struct assay_window *w, struct assay_freshness *f,
    struct assay_checks *checks)
{
	bool late = f->now > w->until;
	bool ok = !late || in_grace(w, f);

	if (late)
		f->expired = true;
	if (late && ok)
		f->in_grace |= UINT32_C(1) << w->dated;
	if (!assay_check(checks, w->until_check, ok))
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
