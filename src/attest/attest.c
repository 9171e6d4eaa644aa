/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <assay/attest.h>

#include "attest/baseline.h"
#include "attest/block.h"
#include "attest/judge.h"
#include "attest/token_claims.h"
#include "attest/verifier.h"
#include "base/encode.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/when.h"
#include "evidence/bound.h"
#include "evidence/kind.h"
#include "json/json.h"

/* One attestation on its way. */
struct judging {
	const struct assay_attest_request	*request;
	const struct assay_attest_context	*ctx;
	const struct assay_evidence_kind	*kind;
	void					*evidence;
	struct assay_finding			 finding;
	struct assay_evidence_slots		 slots;
	/* The baseline that the policy chose. */
	char					 identifier[
	    ASSAY_BASELINE_NAME];
	struct assay_baseline			 baseline;
};

/* ---- the result -------------------------------------------------------- */

static bool
copy_advisories(const struct assay_finding *f, struct assay_attest_result *r,
    struct assay_error *err)
{
	if ((r->advisories = assay_alloc(f->n_advisories + 1,
	    sizeof(*r->advisories))) == NULL)
		return assay_fail_memory(err, "advisory ids");
	for (size_t i = 0; i < f->n_advisories; i++) {
		r->advisories[i] = strdup(f->advisories[i]);
		if (r->advisories[i] == NULL)
			return assay_fail_memory(err, "advisory ids");
		r->n_advisories++;
	}
	return true;
}

/* What verification found, as far as it came. */
static bool
report_finding(const struct judging *j, struct assay_attest_result *r,
    struct assay_error *err)
{
	const struct assay_finding *f = &j->finding;

	r->has_wanted = f->has_wanted;
	r->wanted = f->wanted;
	r->tcb_status = f->tcb_status;
	r->collateral_expired = f->freshness.expired;
	r->collateral_grace = f->freshness.in_grace;
	memcpy(r->baseline, j->identifier, sizeof(r->baseline));
	if (f->platform != NULL) {
		r->test_anchor = f->platform->test_anchor;
		r->tcb_evaluation_data_number = f->platform->collateral->
		    tcb_info->tcb_evaluation_data_number;
	}
	if (f->tcb_status == ASSAY_TCB_UNKNOWN)
		return true;
	r->baseline_grace = assay_baseline_in_grace(&j->baseline,
	    f->tcb_status);
	(void)assay_when_text(f->tcb_date, r->tcb_date);
	return copy_advisories(f, r, err);
}

/* ---- steps ------------------------------------------------------------- */

static bool
parse(struct judging *j, struct assay_error *err)
{
	const struct assay_attest_request *q = j->request;

	if (q->kind == NULL ||
	    (j->kind = assay_evidence_kind_find(q->kind)) == NULL)
		return assay_fail(err, ASSAY_ERR_NOT_FOUND,
		    "no kind of evidence is named \"%.64s\"",
		    q->kind == NULL ? "" : q->kind);
	if (q->evidence.len > ASSAY_MAX_EVIDENCE_BYTES)
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "evidence has %zu bytes, at most %u", q->evidence.len,
		    ASSAY_MAX_EVIDENCE_BYTES);
	if (q->runtime_data.bytes.len > ASSAY_MAX_RUNTIME_DATA_BYTES ||
	    q->init_time_data.bytes.len > ASSAY_MAX_RUNTIME_DATA_BYTES)
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "runtime or init-time data has more than %u bytes",
		    ASSAY_MAX_RUNTIME_DATA_BYTES);
	if (!j->kind->parse(q->evidence, &j->finding.checks, &j->evidence,
	    err))
		return false;
	j->slots = j->kind->slots(j->evidence);
	return true;
}

static bool
configure(struct judging *j, struct assay_error *err)
{
	if (!assay_baseline_name(j->ctx->policy, j->identifier, err) ||
	    !assay_baseline_find(j->ctx, j->identifier, &j->baseline, err))
		return false;
	/* A default may be one that has a name of its own. */
	if (strcmp(j->identifier, ASSAY_BASELINE_DEFAULT) == 0 &&
	    j->baseline.name != NULL)
		(void)snprintf(j->identifier, sizeof(j->identifier), "%s",
		    j->baseline.name);
	return true;
}

static bool
verify(struct judging *j, struct assay_error *err)
{
	struct assay_verifier_lookup lookup = {
		.verifier = j->ctx->verifier,
		.source = j->ctx->collateral,
		.number = j->baseline.tcb_evaluation_data_number,
	};
	struct assay_platform_keeper platforms =
	    assay_verifier_keeper(&lookup);
	const struct assay_evidence_context ctx = {
		.now = j->ctx->now,
		.grace = j->baseline.grace,
		.platforms = &platforms,
	};

	return j->kind->verify(j->evidence, &ctx, &j->finding, err) &&
	    assay_block_check(&j->ctx->blocked, j->finding.platform,
	    &j->finding.checks, err);
}

static bool
bind(struct judging *j, struct assay_error *err)
{
	const struct assay_attest_request *q = j->request;

	return (!q->runtime_data.present || assay_bound_check(
	    q->runtime_data.bytes, j->slots.report_data,
	    ASSAY_CHECK_RUNTIME_DATA, &j->finding.checks, err)) &&
	    (!q->init_time_data.present || assay_bound_check(
	    q->init_time_data.bytes, j->slots.init_data,
	    ASSAY_CHECK_INIT_TIME_DATA, &j->finding.checks, err));
}

/* ---- claims ------------------------------------------------------------ */

/* JSON that clients hash as a C string ends in its NUL. */
static struct assay_bytes
without_nul(struct assay_bytes b)
{
	while (b.len != 0 && b.ptr[b.len - 1] == '\0')
		b.len--;
	return b;
}

static bool
add_json(struct assay_claims *out, const char *name, struct assay_bytes bytes,
    struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(ASSAY_MAX_TOKEN_BYTES);
	json_t *value;
	bool ok = false;

	if ((value = assay_json_parse(without_nul(bytes), NULL, err)) == NULL)
		return assay_fail_in(err, name);
	if (!json_is_object(value) && !json_is_array(value))
		(void)assay_fail(err, ASSAY_ERR_JSON_TYPE,
		    "%s: the data is neither an object nor an array", name);
	else
		ok = assay_json_write(value, &text, err) &&
		    assay_claims_add_json(out, name,
		    assay_buffer_bytes(&text), err);
	json_decref(value);
	assay_buffer_free(&text);
	return ok;
}

static bool
add_held_data(struct assay_claims *out, struct assay_bytes bytes,
    struct assay_error *err)
{
	static const char *const names[] = {
		"x-ms-sgx-ehd", "maa-ehd", "aas-ehd",
	};
	struct assay_buffer text = assay_buffer(ASSAY_MAX_TOKEN_BYTES * 2);
	bool ok;

	(void)assay_base64url_encode(bytes, &text);
	ok = assay_buffer_ok(&text, "runtime data", err);
	for (size_t i = 0; ok && i < sizeof(names) / sizeof(names[0]); i++)
		ok = assay_claims_add_string(out, names[i],
		    assay_buffer_bytes(&text), err);
	assay_buffer_free(&text);
	return ok;
}

static bool
add_bound(const struct judging *j, struct assay_claims *out,
    struct assay_error *err)
{
	const struct assay_bound_data *runtime = &j->request->runtime_data;
	const struct assay_bound_data *init = &j->request->init_time_data;

	if (runtime->present && !(runtime->type == ASSAY_DATA_JSON ?
	    add_json(out, "x-ms-runtime", runtime->bytes, err) :
	    add_held_data(out, runtime->bytes, err)))
		return false;
	return !init->present || init->type != ASSAY_DATA_JSON ||
	    add_json(out, "x-ms-inittime", init->bytes, err);
}

/* A relying party must see that what judged was past its date. */
static bool
add_grace(uint32_t kinds, struct assay_claims *out, struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(256);
	bool ok;

	if (kinds == 0)
		return true;
	for (int i = 0; i < ASSAY_DATED_KINDS; i++)
		if ((kinds & UINT32_C(1) << i) != 0) {
			assay_buffer_puts(&text, text.len == 0 ? "[\"" :
			    ",\"");
			assay_buffer_puts(&text,
			    assay_dated_name((enum assay_dated)i));
			assay_buffer_putc(&text, '"');
		}
	assay_buffer_putc(&text, ']');
	ok = assay_buffer_ok(&text, "grace", err) &&
	    assay_claims_add_json(out, "x-assay-collateral-grace",
	    assay_buffer_bytes(&text), err);
	assay_buffer_free(&text);
	return ok;
}

static bool
make_claims(const struct judging *j, struct assay_attest_result *r,
    struct assay_error *err)
{
	if ((r->claims = assay_claims_new()) == NULL)
		return assay_fail_memory(err, "claims");
	return assay_claims_add_string(r->claims, "x-ms-attestation-type",
	    assay_bytes_of(j->kind->attestation_type), err) &&
	    j->kind->claims(j->evidence, &j->finding, r->claims, err) &&
	    assay_claims_add_string(r->claims, "x-ms-sgx-tcbidentifier",
	    assay_bytes_of(j->identifier), err) &&
	    (!assay_baseline_in_grace(&j->baseline, j->finding.tcb_status) ||
	    assay_claims_add_boolean(r->claims, "x-assay-baseline-grace",
	    true, err)) &&
	    add_grace(j->finding.freshness.in_grace, r->claims, err) &&
	    add_bound(j, r->claims, err);
}

/* ---- verdict ----------------------------------------------------------- */

static bool
check_fresh(struct judging *j, struct assay_error *err)
{
	struct assay_freshness *f = &j->finding.freshness;

	if (!f->failed)
		return true;
	*err = f->error;
	j->finding.checks.any_failed = true;
	j->finding.checks.failed = f->check;
	return false;
}

/* Nothing is accepted before everything was looked at. */
static bool
check_complete(const struct judging *j, struct assay_error *err)
{
	const enum assay_check_id bound[] = {
		ASSAY_CHECK_RUNTIME_DATA, ASSAY_CHECK_INIT_TIME_DATA,
	};
	const bool asked[] = {
		j->request->runtime_data.present,
		j->request->init_time_data.present,
	};
	const struct assay_checks *c = &j->finding.checks;

	for (size_t i = 0; i < 2; i++)
		if (asked[i] && !assay_judge_complete(c, &bound[i], 1, err))
			return false;
	return assay_judge_complete(c, j->kind->mandatory,
	    j->kind->n_mandatory, err);
}

static bool
make_token_claims(const struct judging *j, struct assay_attest_result *r,
    struct assay_error *err)
{
	char hash[ASSAY_POLICY_HASH_TEXT];
	struct assay_token_claims_parts parts = {
		.service = r->claims,
		.issued = r->policy.issued,
		.nonce = j->request->nonce,
	};

	if (j->ctx->policy != NULL) {
		if (!assay_policy_hash(assay_policy_text(j->ctx->policy),
		    hash, err))
			return false;
		parts.policy_hash = hash;
	}
	return assay_token_claims_make(&parts, &r->token_claims, err);
}

static bool
judge(struct judging *j, struct assay_attest_result *r,
    struct assay_error *err)
{
	return parse(j, err) && configure(j, err) && verify(j, err) &&
	    bind(j, err) && make_claims(j, r, err) && check_fresh(j, err) &&
	    assay_baseline_check(&j->baseline, j->ctx->now, &j->finding,
	    err) &&
	    assay_judge_policy(j->ctx->policy, j->ctx->trace, r, err) &&
	    check_complete(j, err) && make_token_claims(j, r, err);
}

bool
assay_attest(const struct assay_attest_request *request,
    const struct assay_attest_context *ctx,
    struct assay_attest_result *result)
{
	struct judging j = {
		.request = request, .ctx = ctx,
		.finding.tcb_status = ASSAY_TCB_UNKNOWN,
	};
	struct assay_error err = { 0 };
	struct assay_attest_result r = { .tcb_status = ASSAY_TCB_UNKNOWN };
	bool ok;

	ok = judge(&j, &r, &err);
	/* Told apart from the verdict: a report that does not fit into memory
	 * makes the whole undecided. */
	if (!report_finding(&j, &r, &err) ||
	    !assay_judge_report(&j.finding.checks, &r, &err))
		ok = false;
	assay_judge_settle(ok, &err, &r);
	assay_finding_free(&j.finding);
	if (j.kind != NULL)
		j.kind->free(j.evidence);
	*result = r;
	return r.verdict != ASSAY_UNDECIDED;
}
