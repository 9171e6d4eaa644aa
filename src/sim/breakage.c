/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "crypto/cert.h"
#include "sim/breakage.h"
#include "sim/breakage_list.h"

#define DAY	(24 * 60 * 60)

/* One more level than there is, above all others. */
#define FOUR_COMPONENTS \
	"{\"svn\":20},{\"svn\":20},{\"svn\":20},{\"svn\":20}"
#define EXTRA_LEVEL \
	"{\"tcb\":{\"sgxtcbcomponents\":[" FOUR_COMPONENTS "," \
	FOUR_COMPONENTS "," FOUR_COMPONENTS "," FOUR_COMPONENTS "]," \
	"\"pcesvn\":13},\"tcbDate\":\"2025-08-13T00:00:00Z\"," \
	"\"tcbStatus\":\"UpToDate\"}"

/* Replace text, then sign. */
static void
resigned(struct assay_sim_json *json, const char *find, const char *replace)
{
	json->before[0] = (struct assay_sim_edit){ find, replace };
}

/* Sign, then replace text. */
static void
tampered(struct assay_sim_json *json, const char *find, const char *replace)
{
	json->after[0] = (struct assay_sim_edit){ find, replace };
}

/* TCB info and QE identity get chains of their own, so that what is broken in
 * one of them is whole in the other. */
static void
own_qe_chain(struct assay_sim_params *p)
{
	p->qe_own_chain = true;
}

static void
at_status(struct assay_sim_params *p, const char *status)
{
	if (!assay_sim_set_tcb_status(p, status))
		abort();	/* the list names a level that is not there */
}

#define X(id, name, check, code, what, change)				\
static void								\
break_##id(struct assay_sim_params *p)					\
{									\
	(void)(change);							\
}
ASSAY_BREAKAGES(X)
#undef X

static const struct assay_breakage breakages[] = {
#define X(id, name, check, code, what, change)				\
	{ name, what, ASSAY_ERR_##code, ASSAY_CHECK_##check, true,	\
	    break_##id },
	ASSAY_BREAKAGES_QUOTE(X)
#undef X
#define X(id, name, check, code, what, change)				\
	{ name, what, ASSAY_ERR_##code, ASSAY_CHECK_##check, false,	\
	    break_##id },
	ASSAY_BREAKAGES_WORLD(X)
#undef X
};

const struct assay_breakage *
assay_breakages(size_t *n)
{
	*n = sizeof(breakages) / sizeof(breakages[0]);
	return breakages;
}

const struct assay_breakage *
assay_breakage_find(const char *name)
{
	for (size_t i = 0; i < sizeof(breakages) / sizeof(breakages[0]); i++)
		if (strcmp(breakages[i].name, name) == 0)
			return &breakages[i];
	return NULL;
}
