/* SPDX-License-Identifier: Apache-2.0 */
/* The public face: compile once, evaluate many times. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "policy/static_check.h"
#include "policy/eval.h"
#include "policy/parser.h"
#include "policy/trace.h"

/* A tree takes some forty bytes for each byte of the densest text. */
#define TREE_MEMORY (128u * ASSAY_MAX_POLICY_BYTES)

struct assay_policy *
assay_policy_ref(struct assay_policy *policy)
{
	if (policy != NULL)
		(void)atomic_fetch_add_explicit(&policy->refs, 1,
		    memory_order_relaxed);
	return policy;
}

void
assay_policy_free(struct assay_policy *policy)
{
	if (policy == NULL || atomic_fetch_sub_explicit(&policy->refs, 1,
	    memory_order_acq_rel) != 1)
		return;
	for (struct assay_query *q = policy->queries; q != NULL; q = q->next)
		assay_jmes_free(q->compiled);
	assay_arena_free(policy->arena);
	free(policy);
}

struct assay_bytes
assay_policy_text(const struct assay_policy *policy)
{
	return policy->source.text;
}

unsigned int
assay_policy_version(const struct assay_policy *policy)
{
	return policy->tree.version;
}

static bool
refused(const struct assay_diagnostics *diag, struct assay_error *err)
{
	const struct assay_diagnostic *first =
	    assay_diagnostics_first_error(diag);
	size_t more = assay_diagnostics_errors(diag) - 1;

	if (!assay_diagnostics_ok(diag) || first == NULL)
		return assay_fail_memory(err, "policy diagnostics");
	if (more == 0)
		return assay_fail(err, ASSAY_ERR_POLICY_PARSING_ERROR,
		    "line %zu, column %zu: %s", first->line, first->column,
		    first->message);
	return assay_fail(err, ASSAY_ERR_POLICY_PARSING_ERROR,
	    "line %zu, column %zu: %.300s (and %zu more mistake%s)",
	    first->line, first->column, first->message, more,
	    more == 1 ? "" : "s");
}

/* What must be right before there can be tokens. */
static bool
check_text(const struct assay_policy *p, struct assay_diagnostics *diag)
{
	struct assay_bytes text = p->source.text;
	size_t bad;

	if (assay_utf8_valid(text, &bad))
		return true;
	assay_diagnose(diag, &p->source, ASSAY_DIAGNOSTIC_ERROR,
	    (struct assay_span){ bad, 1 }, "not-utf8",
	    "byte 0x%02x at offset %zu is not UTF-8", text.ptr[bad], bad);
	return false;
}

static bool
compile(struct assay_policy *p, struct assay_bytes text,
    struct assay_diagnostics *diag, struct assay_error *err)
{
	if ((p->arena = assay_arena_new(TREE_MEMORY)) == NULL ||
	    !assay_source_init(&p->source, text, p->arena))
		return assay_fail_memory(err, "policy");
	if (!check_text(p, diag))
		return refused(diag, err);
	if (!assay_policy_parse(&p->source, p->arena, diag, &p->tree) ||
	    !assay_policy_check(p, diag))
		return assay_fail_memory(err, "policy");
	if (assay_diagnostics_errors(diag) != 0)
		return refused(diag, err);
	return true;
}

bool
assay_policy_compile(struct assay_bytes text, struct assay_policy **out,
    struct assay_diagnostics *diag, struct assay_error *err)
{
	struct assay_diagnostics *own = NULL;
	struct assay_policy *p;
	bool ok = false;

	if (text.len > ASSAY_MAX_POLICY_BYTES)
		return assay_fail(err, ASSAY_ERR_POLICY_PARSING_ERROR,
		    "policy of %zu bytes, at most %u", text.len,
		    ASSAY_MAX_POLICY_BYTES);
	if ((p = assay_alloc(1, sizeof(*p))) == NULL)
		return assay_fail_memory(err, "policy");
	atomic_init(&p->refs, 1);
	if (diag == NULL && (own = assay_diagnostics_new()) == NULL) {
		(void)assay_fail_memory(err, "policy");
		goto out;
	}
	if (!compile(p, text, diag != NULL ? diag : own, err))
		goto out;
	*out = p;
	p = NULL;
	ok = true;
out:
	assay_diagnostics_free(own);
	assay_policy_free(p);
	return ok;
}

bool
assay_policy_may_read(const struct assay_policy *policy,
    const char *claim_type)
{
	struct assay_bytes type = assay_bytes_of(claim_type);
	size_t symbol = assay_symbols_find(&policy->symbols, type);

	if (policy->scans)
		return true;
	if (symbol == SIZE_MAX)
		return false;
	for (size_t i = ASSAY_SECTION_AUTHORIZATION; i < ASSAY_SECTION_COUNT;
	    i++)
		for (const struct assay_rule *r =
		    policy->tree.sections[i].rules; r != NULL; r = r->next)
			for (const struct assay_condition *c = r->conditions;
			    c != NULL; c = c->next)
				if (c->symbol == symbol)
					return true;
	return false;
}

void
assay_policy_limit(struct assay_policy *policy, size_t steps)
{
	policy->max_steps = steps;
}

void
assay_policy_result_free(struct assay_policy_result *r)
{
	if (r == NULL)
		return;
	assay_claims_free(r->issued);
	assay_claims_free(r->properties);
	assay_trace_free(r->trace);
	*r = (struct assay_policy_result){ 0 };
}

bool
assay_policy_configure(const struct assay_policy *policy,
    struct assay_policy_result *result, struct assay_error *err)
{
	struct assay_claims *properties = NULL;
	struct assay_eval ev;
	bool ok;

	ok = assay_eval_init(&ev, policy, err) &&
	    assay_eval_section(&ev, ASSAY_SECTION_CONFIGURATION, err) &&
	    assay_eval_export(&ev, &ev.properties, &properties, err);
	if (ok)
		result->properties = properties;
	assay_eval_finish(&ev);
	return ok;
}

/* The two sentences are Azure Attestation's; clients look for them at the
 * end of the message. What stands before them tells about the policy, so it
 * is there only for a caller who may see a trace. */
static bool
denied(struct assay_eval *ev, struct assay_error *err)
{
	static const char sentence[] =
	    "A Deny claim was issued, authorization failed.";
	struct assay_place place = assay_source_place(&ev->policy->source,
	    ev->denied_by->span.offset);

	if (ev->trace == NULL)
		return assay_fail(err, ASSAY_ERR_POLICY_DENIED, "%s",
		    sentence);
	assay_trace_denied(ev->trace);
	return assay_fail(err, ASSAY_ERR_POLICY_DENIED,
	    "rule %zu in line %zu denies: %s", ev->denied_by->number,
	    place.line, sentence);
}

static bool
not_permitted(struct assay_eval *ev, struct assay_error *err)
{
	static const char sentence[] = "No Permit claim was issued in the "
	    "authorizationrules section, authorization failed.";
	const char *reason;

	if (ev->trace == NULL)
		return assay_fail(err, ASSAY_ERR_POLICY_NOT_PERMITTED, "%s",
		    sentence);
	assay_trace_decide(ev->trace, &reason);
	return assay_fail(err, ASSAY_ERR_POLICY_NOT_PERMITTED, "%s: %s",
	    reason, sentence);
}

/*
 * The claims of configurationrules are incoming claims for the rules behind
 * them, and see none of the evidence: so they are made first. What they set
 * is the business of assay_policy_configure().
 */
static bool
run(struct assay_eval *ev, struct assay_claims *incoming,
    struct assay_policy_result *result, struct assay_error *err)
{
	struct assay_claims *issued = NULL, *properties = NULL;

	if (!assay_eval_section(ev, ASSAY_SECTION_CONFIGURATION, err))
		return false;
	ev->properties.count = 0;
	if (!assay_eval_load(ev, incoming, err) ||
	    !assay_eval_section(ev, ASSAY_SECTION_AUTHORIZATION, err))
		return false;
	if (ev->denied_by != NULL)
		return denied(ev, err);
	if (!ev->permitted)
		return not_permitted(ev, err);
	if (!assay_eval_section(ev, ASSAY_SECTION_ISSUANCE, err) ||
	    !assay_eval_export(ev, &ev->issued, &issued, err))
		return false;
	if (!assay_eval_export(ev, &ev->properties, &properties, err)) {
		assay_claims_free(issued);
		return false;
	}
	result->issued = issued;
	result->properties = properties;
	return true;
}

bool
assay_policy_evaluate(const struct assay_policy *policy,
    struct assay_claims *incoming, const struct assay_policy_options *opt,
    struct assay_policy_result *result, struct assay_error *err)
{
	struct assay_policy_trace *trace = NULL;
	struct assay_eval ev;
	bool ok;

	if (opt != NULL && opt->trace && (trace = assay_trace_new()) == NULL)
		return assay_fail_memory(err, "policy trace");
	ok = assay_eval_init(&ev, policy, err);
	ev.trace = trace;
	ok = ok && run(&ev, incoming, result, err);
	assay_eval_finish(&ev);
	result->trace = trace;
	return ok;
}
