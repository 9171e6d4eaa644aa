/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/aik_check.h"
#include "attest/tpm_anchors.h"
#include "evidence/aik_cert.h"

const enum assay_check_id assay_tpm_aik_mandatory[] = {
	ASSAY_CHECK_AIK_CERT_PRESENT, ASSAY_CHECK_AIK_CERT_KEY,
	ASSAY_CHECK_AIK_CHAIN_TRUSTED, ASSAY_CHECK_AIK_CHAIN_EXTENSIONS,
	ASSAY_CHECK_AIK_CERT_PURPOSE, ASSAY_CHECK_AIK_CHAIN_NOT_BEFORE,
	ASSAY_CHECK_AIK_CHAIN_NOT_AFTER, ASSAY_CHECK_AIK_NOT_REVOKED,
	ASSAY_CHECK_AIK_CERT_USAGE, ASSAY_CHECK_AIK_CERT_NAME,
};
const size_t assay_tpm_n_aik_mandatory = sizeof(assay_tpm_aik_mandatory) /
    sizeof(assay_tpm_aik_mandatory[0]);

void
assay_tpm_aik_free(struct assay_tpm_aik *aik)
{
	assay_cert_free(aik->cert);
	*aik = (struct assay_tpm_aik){ .cert = NULL };
}

static bool
validate(struct assay_tpm_aik *aik, const struct assay_tpm_context *ctx,
    struct assay_checks *checks, struct assay_error *err)
{
	const struct assay_tpm_path path = {
		.roots = assay_tpm_anchors_roots(ctx->anchors),
		.now = ctx->now,
	};
	struct assay_aik_info info;

	if (!assay_check(checks, ASSAY_CHECK_AIK_CERT_PRESENT,
	    aik->cert != NULL))
		return assay_fail(err, ASSAY_ERR_AIK_CERT_MISSING,
		    "request has no AIK certificate, and the policy does not "
		    "set require_valid_aik_cert to false");
	if (!assay_aik_validate(aik->cert, &path, aik->key, checks, &info,
	    err))
		return assay_fail_in(err, "AIK certificate");
	aik->validated = true;
	aik->test_anchor = !info.builtin_anchor;
	return true;
}

/* A certificate that need not be valid must still be of this key. */
static bool
attempt(struct assay_tpm_aik *aik, const struct assay_tpm_context *ctx,
    struct assay_checks *set, struct assay_error *err)
{
	struct assay_checks checks = { .any_failed = false };

	if (validate(aik, ctx, &checks, err)) {
		assay_checks_merge(set, &checks);
		return true;
	}
	if (assay_code_class(err->code) == ASSAY_CLASS_INTERNAL)
		return false;
	if (checks.failed == ASSAY_CHECK_AIK_CERT_KEY)
		return assay_check(set, ASSAY_CHECK_AIK_CERT_KEY, false);
	return true;
}

bool
assay_tpm_aik_check(const struct assay_tpm_statement *st,
    const struct assay_tpm_context *ctx, bool require,
    struct assay_checks *checks, struct assay_tpm_aik *out,
    struct assay_error *err)
{
	if (st->aik_cert.len != 0 && !assay_cert_parse(st->aik_cert,
	    &out->cert, err))
		return assay_fail_in(err, "AIK certificate");
	out->key = st->aik_pub != NULL ? st->aik_pub :
	    assay_cert_key(out->cert);
	return require ? validate(out, ctx, checks, err) :
	    attempt(out, ctx, checks, err);
}
