/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/baseline.h"

#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/text.h"
#include "base/when.h"

#define PROPERTY	"x-ms-sgx-tcbidentifier"

#define BIT(status) (UINT32_C(1) << ASSAY_TCB_##status)

struct assay_baseline
assay_baseline_default(void)
{
	return (struct assay_baseline){
		.accepted = BIT(UP_TO_DATE) | BIT(SW_HARDENING_NEEDED) |
		    BIT(CONFIGURATION_NEEDED) |
		    BIT(CONFIGURATION_AND_SW_HARDENING_NEEDED),
	};
}

struct assay_baseline
assay_baseline_any(void)
{
	struct assay_baseline b = { 0 };

	for (int s = 0; s < ASSAY_TCB_UNKNOWN; s++)
		if (s != ASSAY_TCB_REVOKED)
			b.accepted |= UINT32_C(1) << s;
	return b;
}

/* ---- the one that a policy names ---------------------------------------- */

bool
assay_baseline_is_number(const char *name, uint32_t *number)
{
	uint64_t n;

	if (!assay_text_u64(assay_bytes_of(name), &n) || n == 0 ||
	    n > UINT32_MAX)
		return false;
	*number = (uint32_t)n;
	return true;
}

static bool
copy_name(const struct assay_claim *claim, char out[ASSAY_BASELINE_NAME],
    struct assay_error *err)
{
	if (claim->value_type != ASSAY_VALUE_STRING)
		return assay_fail(err, ASSAY_ERR_BASELINE_UNKNOWN,
		    PROPERTY " is not a string");
	if (claim->text.len == 0 || claim->text.len >= ASSAY_BASELINE_NAME ||
	    memchr(claim->text.ptr, '\0', claim->text.len) != NULL)
		return assay_fail(err, ASSAY_ERR_BASELINE_UNKNOWN,
		    PROPERTY " has %zu characters, want 1 to %d",
		    claim->text.len, ASSAY_BASELINE_NAME - 1);
	memcpy(out, claim->text.ptr, claim->text.len);
	out[claim->text.len] = '\0';
	return true;
}

/* Configuration rules run first and see nothing of the evidence. */
bool
assay_baseline_name(const struct assay_policy *policy,
    char out[ASSAY_BASELINE_NAME], struct assay_error *err)
{
	struct assay_policy_result result = { 0 };
	struct assay_claim claim;
	bool ok = true;

	(void)snprintf(out, ASSAY_BASELINE_NAME, "%s",
	    ASSAY_BASELINE_DEFAULT);
	if (policy == NULL)
		return true;
	if (!assay_policy_configure(policy, &result, err))
		ok = false;
	else if (result.properties != NULL &&
	    assay_claims_find(result.properties, PROPERTY, &claim))
		ok = copy_name(&claim, out, err);
	assay_policy_result_free(&result);
	return ok;
}

/* ---- the one that is meant ----------------------------------------------- */

static const struct assay_baseline *
find_named(const struct assay_attest_context *ctx, const char *name)
{
	for (size_t i = 0; i < ctx->n_baselines; i++)
		if (strcmp(ctx->baselines[i].name, name) == 0)
			return &ctx->baselines[i];
	return NULL;
}

bool
assay_baseline_find(const struct assay_attest_context *ctx, const char *name,
    struct assay_baseline *out, struct assay_error *err)
{
	const struct assay_baseline *named = find_named(ctx, name);
	char shown[ASSAY_TEXT_SHOW];
	uint32_t number;

	if (named != NULL) {
		*out = *named;
	} else if (strcmp(name, ASSAY_BASELINE_DEFAULT) == 0) {
		*out = ctx->baseline;
	} else if (assay_baseline_is_number(name, &number)) {
		*out = ctx->baseline;
		out->tcb_evaluation_data_number = number;
	} else {
		return assay_fail(err, ASSAY_ERR_BASELINE_UNKNOWN,
		    PROPERTY " is \"%s\", want \"" ASSAY_BASELINE_DEFAULT
		    "\", a tcbEvaluationDataNumber, or one of the %zu "
		    "baselines that the operator has defined",
		    assay_text_show(assay_bytes_of(name), shown),
		    ctx->n_baselines);
	}
	return true;
}

/* ---- its rules ------------------------------------------------------------ */

static bool
is_in(uint32_t set, enum assay_tcb_status status)
{
	return status < ASSAY_TCB_UNKNOWN && status != ASSAY_TCB_REVOKED &&
	    (set >> status & 1) != 0;
}

bool
assay_baseline_in_grace(const struct assay_baseline *b,
    enum assay_tcb_status status)
{
	return !is_in(b->accepted, status) &&
	    is_in(b->accepted_until, status);
}

static const char *
name_of(const struct assay_baseline *b)
{
	return b->name == NULL ? ASSAY_BASELINE_DEFAULT : b->name;
}

static bool
check_status(const struct assay_baseline *b, int64_t now,
    struct assay_finding *f, struct assay_error *err)
{
	char until[ASSAY_WHEN_TEXT], at[ASSAY_WHEN_TEXT];
	bool grace = assay_baseline_in_grace(b, f->tcb_status);

	if (!assay_check(&f->checks, ASSAY_CHECK_BASELINE, grace ||
	    is_in(b->accepted, f->tcb_status)))
		return assay_fail(err, ASSAY_ERR_BELOW_BASELINE,
		    "TCB status is %s, which the baseline \"%s\" does not "
		    "accept", assay_tcb_status_name(f->tcb_status),
		    name_of(b));
	if (!assay_check(&f->checks, ASSAY_CHECK_BASELINE_GRACE, !grace ||
	    now < b->until))
		return assay_fail(err, ASSAY_ERR_BASELINE_GRACE_OVER,
		    "TCB status is %s, which the baseline \"%s\" accepted "
		    "until %s; it is %s",
		    assay_tcb_status_name(f->tcb_status), name_of(b),
		    assay_when_text(b->until, until),
		    assay_when_text(now, at));
	return true;
}

static bool
check_date(const struct assay_baseline *b, struct assay_finding *f,
    struct assay_error *err)
{
	char found[ASSAY_WHEN_TEXT], want[ASSAY_WHEN_TEXT];

	if (!assay_check(&f->checks, ASSAY_CHECK_BASELINE_TCB_DATE,
	    b->min_tcb_date == 0 || f->tcb_date >= b->min_tcb_date))
		return assay_fail(err, ASSAY_ERR_BASELINE_TCB_DATE,
		    "the TCB level is of %s, the baseline \"%s\" wants %s or "
		    "later", assay_when_text(f->tcb_date, found), name_of(b),
		    assay_when_text(b->min_tcb_date, want));
	return true;
}

static bool
holds(const struct assay_baseline_values *list, struct assay_bytes value)
{
	for (size_t i = 0; i < list->n; i++)
		if (assay_bytes_equal(list->values[i], value))
			return true;
	return false;
}

/* The first that is not accepted, NULL if all are. */
static const char *
unaccepted(const struct assay_baseline_values *list,
    const struct assay_finding *f)
{
	for (size_t i = 0; list->given && i < f->n_advisories; i++)
		if (!holds(list, assay_bytes_of(f->advisories[i])))
			return f->advisories[i];
	return NULL;
}

static bool
check_advisories(const struct assay_baseline *b, struct assay_finding *f,
    struct assay_error *err)
{
	const char *bad = unaccepted(&b->advisories, f);

	if (!assay_check(&f->checks, ASSAY_CHECK_BASELINE_ADVISORIES,
	    bad == NULL))
		return assay_fail(err, ASSAY_ERR_BASELINE_ADVISORY,
		    "advisory %s concerns the platform and is not one of the "
		    "%zu that the baseline \"%s\" accepts",
		    bad == NULL ? "" : bad, b->advisories.n, name_of(b));
	return true;
}

/* What a platform is named by, and the checks of the two rules. */
static const struct {
	const char		*name;
	enum assay_check_id	 allowed, denied;
} identifiers[ASSAY_BASELINE_IDS] = {
	[ASSAY_BASELINE_FMSPC] = { "FMSPC",
	    ASSAY_CHECK_BASELINE_FMSPC_ALLOWED,
	    ASSAY_CHECK_BASELINE_FMSPC_NOT_DENIED },
	[ASSAY_BASELINE_PPID] = { "PPID",
	    ASSAY_CHECK_BASELINE_PPID_ALLOWED,
	    ASSAY_CHECK_BASELINE_PPID_NOT_DENIED },
	[ASSAY_BASELINE_CPU_SVN] = { "CPU SVN",
	    ASSAY_CHECK_BASELINE_CPU_SVN_ALLOWED,
	    ASSAY_CHECK_BASELINE_CPU_SVN_NOT_DENIED },
};

static struct assay_bytes
identifier(const struct assay_pck *pck, enum assay_baseline_id id)
{
	switch (id) {
	case ASSAY_BASELINE_FMSPC:
		return (struct assay_bytes){ pck->fmspc, sizeof(pck->fmspc) };
	case ASSAY_BASELINE_PPID:
		return (struct assay_bytes){ pck->ppid, sizeof(pck->ppid) };
	case ASSAY_BASELINE_CPU_SVN:
		break;
	}
	return (struct assay_bytes){ pck->cpusvn, sizeof(pck->cpusvn) };
}

static bool
check_identifier(const struct assay_baseline *b, enum assay_baseline_id id,
    struct assay_finding *f, struct assay_error *err)
{
	struct assay_bytes value = identifier(&f->platform->chain.pck, id);
	const struct assay_baseline_values *allowed = &b->allowed[id];
	char hex[2 * 16 + 1];

	assay_hex(value, hex);
	if (!assay_check(&f->checks, identifiers[id].allowed,
	    !allowed->given || holds(allowed, value)))
		return assay_fail(err, ASSAY_ERR_BASELINE_PLATFORM,
		    "%s %s is not one of the %zu that the baseline \"%s\" "
		    "allows", identifiers[id].name, hex, allowed->n,
		    name_of(b));
	if (!assay_check(&f->checks, identifiers[id].denied,
	    !b->denied[id].given || !holds(&b->denied[id], value)))
		return assay_fail(err, ASSAY_ERR_BASELINE_PLATFORM,
		    "%s %s is denied by the baseline \"%s\"",
		    identifiers[id].name, hex, name_of(b));
	return true;
}

bool
assay_baseline_check(const struct assay_baseline *b, int64_t now,
    struct assay_finding *f, struct assay_error *err)
{
	if (!check_status(b, now, f, err) || !check_date(b, f, err) ||
	    !check_advisories(b, f, err))
		return false;
	for (int id = 0; id < ASSAY_BASELINE_IDS; id++)
		if (!check_identifier(b, (enum assay_baseline_id)id, f, err))
			return false;
	return true;
}
