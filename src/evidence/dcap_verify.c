/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "crypto/digest.h"
#include "crypto/sigver.h"
#include "evidence/dcap_verify.h"

bool
assay_dcap_find_platform(const struct assay_dcap_quote *q, enum assay_tee tee,
    const struct assay_evidence_context *ctx, struct assay_finding *f,
    struct assay_error *err)
{
	struct assay_checks made = { 0 };
	bool ok;

	ok = ctx->platforms->get(ctx->platforms->ctx, q->cert_data, tee,
	    &f->platform, &f->wanted, &f->has_wanted, &made, err);
	assay_checks_merge(&f->checks, &made);
	if (!ok) {
		f->checks.any_failed = made.any_failed;
		f->checks.failed = made.failed;
		return false;
	}
	made = (struct assay_checks){ 0 };
	f->freshness = assay_freshness(ctx->now, &ctx->grace);
	assay_platform_look(f->platform, &f->freshness, &made);
	assay_checks_merge(&f->checks, &made);
	return true;
}

/* ---- the quoting enclave ------------------------------------------------ */

static bool
check_qe_report(const struct assay_dcap_quote *q,
    const struct assay_pkey *pck_key, struct assay_checks *checks,
    struct assay_error *err)
{
	const struct assay_bytes parts[] = {
		q->attestation_key, q->qe_auth_data,
	};
	uint8_t want[64] = { 0 };
	struct assay_digest d;
	bool ok;

	ok = assay_sig_verify(ASSAY_SIG_ES256_RAW, pck_key, q->qe_report,
	    q->qe_report_signature, err);
	if (!assay_check_outcome(checks, ASSAY_CHECK_QE_REPORT_SIGNATURE, ok,
	    ASSAY_ERR_INVALID_QE_REPORT_SIGNATURE, "QE report", err))
		return false;
	if (!assay_digest_parts(ASSAY_SHA256, parts, 2, &d, err))
		return assay_fail_in(err, "QE report");
	memcpy(want, d.bytes, d.len);
	/* Intel's library leaves the upper half of report data unread. */
	if (!assay_check(checks, ASSAY_CHECK_QE_REPORT_DATA,
	    assay_bytes_equal(q->qe.report_data,
	    (struct assay_bytes){ want, sizeof(want) })))
		return assay_fail(err, ASSAY_ERR_INVALID_QE_REPORT_DATA,
		    "QE report data is not SHA-256 of attestation key and QE "
		    "authentication data, followed by zeros");
	return true;
}

static bool
masked_equal(struct assay_bytes found, const uint8_t *mask,
    const uint8_t *want)
{
	for (size_t i = 0; i < found.len; i++)
		if ((found.ptr[i] & mask[i]) != want[i])
			return false;
	return true;
}

static bool
mismatch(struct assay_error *err, const char *what, struct assay_bytes found,
    const uint8_t *want)
{
	char a[2 * 32 + 1], b[2 * 32 + 1];

	assay_hex(found, a);
	assay_hex((struct assay_bytes){ want, found.len }, b);
	return assay_fail(err, ASSAY_ERR_QE_IDENTITY_MISMATCH,
	    "%s of the quoting enclave is %s, QE identity wants %s", what, a,
	    b);
}

static bool
check_qe_identity(const struct assay_sgx_report *qe,
    const struct assay_qe_identity *id, enum assay_tee tee,
    struct assay_checks *checks, struct assay_error *err)
{
	const enum assay_qe_id want = tee == ASSAY_TEE_TDX ? ASSAY_TD_QE :
	    ASSAY_QE;

	if (!assay_check(checks, ASSAY_CHECK_QE_IDENTITY_ID, id->id == want))
		return assay_fail(err, ASSAY_ERR_QE_IDENTITY_MISMATCH,
		    "QE identity is of another enclave, want that of the %s",
		    want == ASSAY_QE ? "QE" : "TD_QE");
	if (!assay_check(checks, ASSAY_CHECK_QE_MISCSELECT,
	    masked_equal(qe->miscselect, id->miscselect_mask,
	    id->miscselect)))
		return mismatch(err, "MISCSELECT", qe->miscselect,
		    id->miscselect);
	if (!assay_check(checks, ASSAY_CHECK_QE_ATTRIBUTES,
	    masked_equal(qe->attributes, id->attributes_mask,
	    id->attributes)))
		return mismatch(err, "ATTRIBUTES", qe->attributes,
		    id->attributes);
	if (!assay_check(checks, ASSAY_CHECK_QE_MRSIGNER,
	    memcmp(qe->mrsigner.ptr, id->mrsigner, sizeof(id->mrsigner)) == 0))
		return mismatch(err, "MRSIGNER", qe->mrsigner, id->mrsigner);
	if (!assay_check(checks, ASSAY_CHECK_QE_ISVPRODID,
	    qe->isv_prod_id == id->isvprodid))
		return assay_fail(err, ASSAY_ERR_QE_IDENTITY_MISMATCH,
		    "ISVPRODID of the quoting enclave is %u, QE identity "
		    "wants %u", qe->isv_prod_id, id->isvprodid);
	return true;
}

/* The QE, by all its checks: who it is and what key it vouches for. */
static bool
judge_qe(const struct assay_dcap_quote *q, const struct assay_platform *p,
    enum assay_tee tee, struct assay_checks *checks,
    struct assay_qe_verdict *out, struct assay_error *err)
{
	const struct assay_qe_identity *id = p->collateral->qe_identity;
	struct assay_checks own = { 0 };
	bool ok;

	ok = check_qe_report(q, assay_cert_key(p->chain.leaf), &own, err) &&
	    check_qe_identity(&q->qe, id, tee, &own, err);
	assay_checks_merge(checks, &own);
	if (!ok) {
		checks->any_failed = own.any_failed;
		checks->failed = own.failed;
		return false;
	}
	out->checks = own;
	out->level = assay_svn_levels_match(&id->levels, q->qe.isv_svn);
	if (assay_pkey_from_point(ASSAY_KEY_EC_P256, q->attestation_key,
	    &out->attestation_key, err))
		return true;
	/* No signature verifies with what is not a key. */
	return assay_check_outcome(checks, ASSAY_CHECK_QUOTE_SIGNATURE, false,
	    ASSAY_ERR_INVALID_QUOTE_SIGNATURE, "attestation key", err) &&
	    assay_fail(err, ASSAY_ERR_INTERNAL, "attestation key is no key");
}

static bool
get_qe(const struct assay_dcap_quote *q, const struct assay_platform *p,
    enum assay_tee tee, struct assay_checks *checks,
    struct assay_qe_verdict *out, struct assay_error *err)
{
	const struct assay_qe_words words = {
		.attestation_key = q->attestation_key,
		.report = q->qe_report,
		.report_signature = q->qe_report_signature,
		.auth_data = q->qe_auth_data,
	};

	if (assay_qe_memo_recall(p->qe_memo, &words, out)) {
		assay_checks_merge(checks, &out->checks);
		return true;
	}
	if (!judge_qe(q, p, tee, checks, out, err))
		return false;
	assay_qe_memo_keep(p->qe_memo, &words, out);
	return true;
}

bool
assay_dcap_verify_quote(const struct assay_dcap_quote *q,
    const struct assay_platform *p, enum assay_tee tee,
    struct assay_checks *checks, const struct assay_svn_level **qe_level,
    struct assay_error *err)
{
	struct assay_qe_verdict qe = { 0 };
	bool ok;

	if (!get_qe(q, p, tee, checks, &qe, err))
		return false;
	ok = assay_sig_verify(ASSAY_SIG_ES256_RAW, qe.attestation_key,
	    q->signed_part, q->signature, err);
	assay_pkey_free(qe.attestation_key);
	*qe_level = qe.level;
	return assay_check_outcome(checks, ASSAY_CHECK_QUOTE_SIGNATURE, ok,
	    ASSAY_ERR_INVALID_QUOTE_SIGNATURE, "quote", err);
}

/* ---- the TCB ------------------------------------------------------------ */

static int
by_text(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* The union, sorted. */
static bool
collect_advisories(const struct assay_tcb_verdict *const *parts, size_t n,
    struct assay_finding *f, struct assay_error *err)
{
	const char **all;
	size_t room = 1, used = 0, kept = 0;

	for (size_t i = 0; i < n; i++)
		room += parts[i]->n_advisories;
	if ((all = assay_alloc(room, sizeof(*all))) == NULL)
		return assay_fail_memory(err, "advisory ids");
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < parts[i]->n_advisories; k++)
			all[used++] = parts[i]->advisories[k];
	qsort(all, used, sizeof(*all), by_text);
	for (size_t i = 0; i < used; i++)
		if (kept == 0 || strcmp(all[kept - 1], all[i]) != 0)
			all[kept++] = all[i];
	f->advisories = all;
	f->n_advisories = kept;
	return true;
}

static bool
converge(const struct assay_tcb_verdict *platform,
    const struct assay_tcb_verdict *qe,
    const struct assay_tcb_verdict *module, struct assay_finding *f,
    struct assay_error *err)
{
	const struct assay_tcb_verdict *parts[3] = { platform, qe, module };
	size_t n = module == NULL ? 2 : 3;

	f->tcb_status = assay_tcb_converge(platform->status, qe->status,
	    module == NULL ? NULL : &module->status);
	f->tcb_date = platform->date;
	for (size_t i = 1; i < n; i++)
		if (parts[i]->date < f->tcb_date)
			f->tcb_date = parts[i]->date;
	return collect_advisories(parts, n, f, err);
}

bool
assay_dcap_judge_tcb(const struct assay_tcb_verdict *platform,
    const struct assay_tcb_verdict *qe,
    const struct assay_tcb_verdict *module, struct assay_finding *f,
    struct assay_error *err)
{
	/* The levels are needed below whatever a mutated check says. */
	static const struct assay_tcb_verdict none = {
		.status = ASSAY_TCB_REVOKED,
	};

	if (!assay_check(&f->checks, ASSAY_CHECK_QE_LEVEL, qe != NULL))
		return assay_fail(err, ASSAY_ERR_TCB_NOT_SUPPORTED,
		    "ISVSVN of the quoting enclave is below every level in "
		    "QE identity");
	if (!assay_check(&f->checks, ASSAY_CHECK_TCB_LEVEL, platform != NULL))
		return assay_fail(err, ASSAY_ERR_TCB_NOT_SUPPORTED,
		    "the platform's TCB reaches no level in TCB info");
	if (!converge(platform == NULL ? &none : platform,
	    qe == NULL ? &none : qe, module, f, err))
		return false;
	if (!assay_check(&f->checks, ASSAY_CHECK_TCB_NOT_REVOKED,
	    f->tcb_status != ASSAY_TCB_REVOKED))
		return assay_fail(err, ASSAY_ERR_TCB_REVOKED,
		    "the TCB level that the platform reaches is revoked");
	return true;
}
