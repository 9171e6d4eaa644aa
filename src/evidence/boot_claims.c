/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "evidence/boot_scan.h"
#include "evidence/sipa.h"

/* PCRs in which the documents look for a setting: policy version 1.2. */
#define SETTINGS	(1u << 12 | 1u << 13 | 1u << 19 | 1u << 20)
#define STATES		(1u << 12 | 1u << 19)
#define KEYS		(1u << 12)

/*
 * A claim holds if its settings were measured at all, and every time with the
 * value wanted: one that says otherwise, or that is no boolean, decides.
 */
static const struct {
	const char	*claim;
	uint32_t	 pcrs;
	bool		 want;
	uint32_t	 ids[2];	/* 0: none */
} rules[] = {
	{ "bootDebuggingDisabled", SETTINGS, false,
	    { ASSAY_SIPA_BOOTDEBUGGING, 0 } },
	{ "iommuEnabled", SETTINGS, true,
	    { ASSAY_SIPA_VBS_IOMMU_REQUIRED, 0 } },
	{ "notSafeMode", SETTINGS, false, { ASSAY_SIPA_SAFEMODE, 0 } },
	{ "notWinPE", SETTINGS, false, { ASSAY_SIPA_WINPE, 0 } },
	{ "vbsEnabled", STATES, true,
	    { ASSAY_SIPA_VBS_VSM_REQUIRED, ASSAY_SIPA_VBS_MANDATORY } },
};
#define N_RULES	(sizeof(rules) / sizeof(rules[0]))

struct tally {
	bool	seen[N_RULES], spoilt[N_RULES];
};

typedef bool visit_fn(void *ctx, const struct assay_event *e,
    const struct assay_sipa *tree, const struct assay_sipa_node *boundary,
    struct assay_error *err);

static bool
visit_event(const struct assay_event *e, visit_fn *visit, void *ctx,
    struct assay_error *err)
{
	const struct assay_sipa_node *boundary;
	struct assay_sipa tree = { 0 };
	bool ok;
	size_t n;

	if (!assay_sipa_parse(e->vouched, &tree, err))
		return false;
	boundary = assay_sipa_children(&tree, &tree.nodes[0],
	    ASSAY_SIPA_TRUSTBOUNDARY, &n);
	ok = boundary == NULL || visit(ctx, e, &tree, boundary, err);
	assay_sipa_free(&tree);
	return ok;
}

/* Every trust boundary that may be read, in order. */
static bool
visit_all(const struct assay_boot_scan *scan, visit_fn *visit, void *ctx,
    struct assay_error *err)
{
	for (size_t i = 0; i < scan->n_items; i++)
		if (scan->items[i].form == ASSAY_BOOT_TAGGED &&
		    !visit_event(scan->items[i].event, visit, ctx, err))
			return false;
	return true;
}

static void
tally_id(struct tally *t, size_t rule, const struct assay_sipa *tree,
    const struct assay_sipa_node *boundary, uint32_t id)
{
	const struct assay_sipa_node *node;
	size_t n;
	bool value;

	node = assay_sipa_children(tree, boundary, id, &n);
	for (size_t i = 0; i < n; i++) {
		t->seen[rule] = true;
		if (!assay_sipa_bool(node[i].payload, &value) ||
		    value != rules[rule].want)
			t->spoilt[rule] = true;
	}
}

static bool
tally_boundary(void *ctx, const struct assay_event *e,
    const struct assay_sipa *tree, const struct assay_sipa_node *boundary,
    struct assay_error *err)
{
	(void)err;
	for (size_t i = 0; i < N_RULES; i++) {
		if ((rules[i].pcrs >> e->pcr & 1) == 0)
			continue;
		for (size_t j = 0; j < 2 && rules[i].ids[j] != 0; j++)
			tally_id(ctx, i, tree, boundary, rules[i].ids[j]);
	}
	return true;
}

bool
assay_boot_claims(const struct assay_boot_logs *logs,
    struct assay_claims *out, struct assay_error *err)
{
	struct assay_boot_scan scan = { 0 };
	struct tally t = { 0 };
	bool ok;

	ok = assay_boot_scan(logs, &scan, err) &&
	    visit_all(&scan, tally_boundary, &t, err) &&
	    assay_claims_add_boolean(out, "secureBootEnabled",
	    scan.secure_boot, err);
	for (size_t i = 0; ok && i < N_RULES; i++)
		ok = assay_claims_add_boolean(out, rules[i].claim,
		    t.seen[i] && !t.spoilt[i], err);
	assay_boot_scan_free(&scan);
	return ok;
}

/* ---- settings of Windows ------------------------------------------------ */

static void
note_switch(const struct assay_sipa *tree,
    const struct assay_sipa_node *boundary, uint32_t id, bool *on)
{
	const struct assay_sipa_node *node;
	size_t n;
	bool value;

	node = assay_sipa_children(tree, boundary, id, &n);
	for (size_t i = 0; i < n; i++)
		if (!assay_sipa_bool(node[i].payload, &value) || value)
			*on = true;
}

struct settings {
	struct assay_boot_settings	out;
	bool				has_hvci;
};

static void
note_hvci(struct settings *s, const struct assay_sipa *tree,
    const struct assay_sipa_node *boundary)
{
	const struct assay_sipa_node *node;
	uint64_t value;
	size_t n;

	node = assay_sipa_children(tree, boundary, ASSAY_SIPA_VBS_HVCI_POLICY,
	    &n);
	for (size_t i = 0; i < n; i++) {
		if (!assay_sipa_integer(node[i].payload, &value))
			value = 0;
		if (!s->has_hvci || value < s->out.hvci_policy)
			s->out.hvci_policy = value;
		s->has_hvci = true;
	}
}

static bool
note_settings(void *ctx, const struct assay_event *e,
    const struct assay_sipa *tree, const struct assay_sipa_node *boundary,
    struct assay_error *err)
{
	struct settings *s = ctx;
	struct assay_boot_settings *out = &s->out;

	(void)err;
	if ((SETTINGS >> e->pcr & 1) == 0)
		return true;
	note_switch(tree, boundary, ASSAY_SIPA_BOOTDEBUGGING,
	    &out->boot_debug);
	note_switch(tree, boundary, ASSAY_SIPA_OSKERNELDEBUG,
	    &out->kernel_debug);
	note_switch(tree, boundary, ASSAY_SIPA_HYPERVISOR_DEBUG,
	    &out->hypervisor_debug);
	note_switch(tree, boundary, ASSAY_SIPA_TESTSIGNING,
	    &out->test_signing);
	note_switch(tree, boundary, ASSAY_SIPA_FLIGHTSIGNING,
	    &out->flight_signing);
	note_hvci(s, tree, boundary);
	return true;
}

bool
assay_boot_settings(const struct assay_boot_logs *logs,
    struct assay_boot_settings *out, struct assay_error *err)
{
	struct assay_boot_scan scan = { 0 };
	struct settings s = { .has_hvci = false };
	bool ok;

	ok = assay_boot_scan(logs, &scan, err) &&
	    visit_all(&scan, note_settings, &s, err);
	if (ok) {
		s.out.secure_boot = scan.secure_boot;
		s.out.windows = scan.windows && scan.settings_closed;
		*out = s.out;
	}
	assay_boot_scan_free(&scan);
	return ok;
}

/* ---- keys of VBS -------------------------------------------------------- */

struct keys {
	struct assay_pkey	*key[ASSAY_BOOT_IDKS];
	size_t			 n;
};

static bool
add_key(struct keys *keys, struct assay_bytes payload,
    struct assay_error *err)
{
	struct assay_pkey *key;

	if (!assay_sipa_key(payload, &key, err))
		return assay_fail_in(err, "VSM_IDKS_INFO");
	for (size_t i = 0; i < keys->n; i++)
		if (assay_pkey_equal(keys->key[i], key)) {
			assay_pkey_free(key);
			return true;
		}
	if (keys->n == ASSAY_BOOT_IDKS) {
		assay_pkey_free(key);
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "the log holds more than %d VBS signing keys",
		    ASSAY_BOOT_IDKS);
	}
	keys->key[keys->n++] = key;
	return true;
}

static bool
collect_keys(void *ctx, const struct assay_event *e,
    const struct assay_sipa *tree, const struct assay_sipa_node *boundary,
    struct assay_error *err)
{
	const struct assay_sipa_node *node;
	size_t n;

	if ((KEYS >> e->pcr & 1) == 0)
		return true;
	node = assay_sipa_children(tree, boundary, ASSAY_SIPA_VSM_IDKS_INFO,
	    &n);
	for (size_t i = 0; i < n; i++)
		if (!add_key(ctx, node[i].payload, err))
			return false;
	return true;
}

bool
assay_boot_idks(const struct assay_boot_logs *logs,
    struct assay_pkey *out[ASSAY_BOOT_IDKS], size_t *n,
    struct assay_error *err)
{
	struct assay_boot_scan scan = { 0 };
	struct keys keys = { .n = 0 };
	bool ok;

	ok = assay_boot_scan(logs, &scan, err) &&
	    visit_all(&scan, collect_keys, &keys, err);
	assay_boot_scan_free(&scan);
	for (size_t i = 0; i < keys.n; i++) {
		if (ok)
			out[i] = keys.key[i];
		else
			assay_pkey_free(keys.key[i]);
	}
	if (ok)
		*n = keys.n;
	return ok;
}
