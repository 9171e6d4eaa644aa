/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/when.h"
#include "collateral/tcb.h"
#include "json/json.h"

static const char *const names[] = {
	[ASSAY_TCB_UP_TO_DATE] = "UpToDate",
	[ASSAY_TCB_SW_HARDENING_NEEDED] = "SWHardeningNeeded",
	[ASSAY_TCB_CONFIGURATION_NEEDED] = "ConfigurationNeeded",
	[ASSAY_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED] =
	    "ConfigurationAndSWHardeningNeeded",
	[ASSAY_TCB_OUT_OF_DATE] = "OutOfDate",
	[ASSAY_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED] =
	    "OutOfDateConfigurationNeeded",
	[ASSAY_TCB_TD_RELAUNCH_ADVISED] = "TDRelaunchAdvised",
	[ASSAY_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED] =
	    "TDRelaunchAdvisedConfigurationNeeded",
	[ASSAY_TCB_REVOKED] = "Revoked",
};

const char *
assay_tcb_status_name(enum assay_tcb_status status)
{
	return status < ASSAY_TCB_UNKNOWN ? names[status] : "";
}

bool
assay_tcb_status_parse(struct assay_bytes name, enum assay_tcb_status *out)
{
	for (int i = 0; i < ASSAY_TCB_UNKNOWN; i++)
		if (assay_text_is(name, names[i])) {
			*out = (enum assay_tcb_status)i;
			return true;
		}
	return false;
}

/* ---- reading ----------------------------------------------------------- */

void
assay_tcb_verdict_free(struct assay_tcb_verdict *v)
{
	for (size_t i = 0; i < v->n_advisories; i++)
		free(v->advisories[i]);
	free(v->advisories);
	*v = (struct assay_tcb_verdict){ 0 };
}

static bool
read_advisories(const json_t *level, struct assay_tcb_verdict *out,
    struct assay_error *err)
{
	json_t *array = NULL, *item;
	size_t i;

	if (json_object_get(level, "advisoryIDs") == NULL)
		return true;
	if (!assay_json_get_array(level, "advisoryIDs", ASSAY_MAX_ADVISORIES,
	    &array, err))
		return false;
	if ((out->advisories = assay_alloc(json_array_size(array) + 1,
	    sizeof(*out->advisories))) == NULL)
		return assay_fail_memory(err, "advisory ids");
	json_array_foreach(array, i, item) {
		if (!json_is_string(item))
			return assay_fail(err, ASSAY_ERR_JSON_TYPE,
			    "advisoryIDs[%zu] is not a string", i);
		if ((out->advisories[i] = assay_strdup_bytes(
		    (struct assay_bytes){
		    (const uint8_t *)json_string_value(item),
		    json_string_length(item) })) == NULL)
			return assay_fail_memory(err, "advisory ids");
		out->n_advisories++;
	}
	return true;
}

bool
assay_tcb_verdict_read(const json_t *level, uint32_t allowed,
    struct assay_tcb_verdict *out, struct assay_error *err)
{
	struct assay_tcb_verdict v = { 0 };
	struct assay_bytes text;

	if (!assay_json_get_string(level, "tcbStatus", &text, err))
		return false;
	if (!assay_tcb_status_parse(text, &v.status) ||
	    (allowed >> v.status & 1) == 0)
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "tcbStatus \"%.*s\" is not known here",
		    text.len < 64 ? (int)text.len : 64,
		    (const char *)text.ptr);
	if (!assay_json_get_string(level, "tcbDate", &text, err) ||
	    !assay_when_parse(text, &v.date, err))
		return assay_fail_in(err, "tcbDate");
	if (!read_advisories(level, &v, err)) {
		assay_tcb_verdict_free(&v);
		return false;
	}
	*out = v;
	return true;
}

/* ---- levels by ISVSVN -------------------------------------------------- */

void
assay_svn_levels_free(struct assay_svn_levels *l)
{
	for (size_t i = 0; i < l->n; i++)
		assay_tcb_verdict_free(&l->levels[i].verdict);
	free(l->levels);
	*l = (struct assay_svn_levels){ 0 };
}

static bool
read_svn_level(const json_t *item, struct assay_svn_level *out,
    struct assay_error *err)
{
	json_t *tcb = NULL;
	int64_t svn;

	if (!json_is_object(item))
		return assay_fail(err, ASSAY_ERR_JSON_TYPE,
		    "is not an object");
	if (!assay_json_get_object(item, "tcb", &tcb, err) ||
	    !assay_json_get_int(tcb, "isvsvn", 0, UINT16_MAX, &svn, err) ||
	    !assay_tcb_verdict_read(item, ASSAY_TCB_ENCLAVE_STATUSES,
	    &out->verdict, err))
		return false;
	out->isvsvn = (uint16_t)svn;
	return true;
}

static int
descending(const void *a, const void *b)
{
	const struct assay_svn_level *x = a, *y = b;

	return (y->isvsvn > x->isvsvn) - (y->isvsvn < x->isvsvn);
}

static bool
distinct(const struct assay_svn_levels *l, struct assay_error *err)
{
	if (l->n == 0)
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "there is no TCB level");
	for (size_t i = 1; i < l->n; i++)
		if (l->levels[i].isvsvn == l->levels[i - 1].isvsvn)
			return assay_fail(err, ASSAY_ERR_BAD_FIELD,
			    "two TCB levels have ISVSVN %u",
			    l->levels[i].isvsvn);
	return true;
}

bool
assay_svn_levels_read(const json_t *array, struct assay_svn_levels *out,
    bool *ok, struct assay_error *err)
{
	struct assay_svn_levels l = { 0 };
	char where[48];
	json_t *item;
	size_t i;

	if ((l.levels = assay_alloc(json_array_size(array) + 1,
	    sizeof(*l.levels))) == NULL)
		return assay_fail_memory(err, "TCB levels");
	json_array_foreach(array, i, item) {
		if (!read_svn_level(item, &l.levels[i], err)) {
			(void)snprintf(where, sizeof(where),
			    "TCB level %zu", i);
			(void)assay_fail_in(err, where);
			goto out;
		}
		l.n++;
	}
	/* Intel serves them sorted, but nothing promises it (spec 4.7). */
	qsort(l.levels, l.n, sizeof(*l.levels), descending);
	*ok = distinct(&l, err);
	*out = l;
	return true;
out:
	assay_svn_levels_free(&l);
	return false;
}

const struct assay_svn_level *
assay_svn_levels_match(const struct assay_svn_levels *l, uint16_t svn)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->levels[i].isvsvn <= svn)
			return &l->levels[i];
	return NULL;
}

/* ---- convergence ------------------------------------------------------- */

static bool
needs_configuration(enum assay_tcb_status s)
{
	return s == ASSAY_TCB_CONFIGURATION_NEEDED ||
	    s == ASSAY_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED ||
	    s == ASSAY_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
}

static bool
is_out_of_date(enum assay_tcb_status s)
{
	return s == ASSAY_TCB_OUT_OF_DATE ||
	    s == ASSAY_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
}

/* QVL QuoteVerifier, checkTcbLevel and the convergence of statuses. */
static enum assay_tcb_status
lower(enum assay_tcb_status platform, enum assay_tcb_status part)
{
	if (platform == ASSAY_TCB_REVOKED || part == ASSAY_TCB_REVOKED)
		return ASSAY_TCB_REVOKED;
	if (part == ASSAY_TCB_UP_TO_DATE)
		return platform;
	return needs_configuration(platform) ?
	    ASSAY_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED :
	    ASSAY_TCB_OUT_OF_DATE;
}

enum assay_tcb_status
assay_tcb_converge(enum assay_tcb_status platform, enum assay_tcb_status qe,
    const enum assay_tcb_status *module)
{
	enum assay_tcb_status s = lower(platform, qe);

	return module == NULL ? s : lower(s, *module);
}

enum assay_tcb_status
assay_tcb_relaunch(enum assay_tcb_status launch, enum assay_tcb_status current)
{
	if (launch == ASSAY_TCB_REVOKED || current == ASSAY_TCB_REVOKED)
		return ASSAY_TCB_REVOKED;
	if (!is_out_of_date(launch) || is_out_of_date(current))
		return launch;
	return needs_configuration(launch) || needs_configuration(current) ?
	    ASSAY_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED :
	    ASSAY_TCB_TD_RELAUNCH_ADVISED;
}
