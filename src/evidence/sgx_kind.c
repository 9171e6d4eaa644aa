/* SPDX-License-Identifier: Apache-2.0 */
/* /attest/SgxEnclave: a quote as the platform's quoting enclave made it. */
#include <stdlib.h>

#include "base/mem.h"
#include "evidence/dcap_claims.h"
#include "evidence/dcap_mandatory.h"
#include "evidence/dcap_verify.h"
#include "evidence/sgx_kind.h"

bool
assay_sgx_evidence_parse(struct assay_bytes submitted,
    struct assay_bytes quote, struct assay_checks *checks, void **out,
    struct assay_error *err)
{
	struct assay_sgx_evidence *e;
	bool ok;

	if ((e = assay_alloc(1, sizeof(*e))) == NULL)
		return assay_fail_memory(err, "SGX evidence");
	if (!assay_dcap_quote_parse(quote, checks, &e->quote, err))
		goto out;
	ok = e->quote.body_type == ASSAY_BODY_SGX &&
	    assay_sgx_report_parse(e->quote.body, &e->report);
	if (!assay_check(checks, ASSAY_CHECK_QUOTE_BODY_KIND, ok)) {
		(void)assay_fail(err, ASSAY_ERR_UNSUPPORTED_QUOTE_FORMAT,
		    "the quote has a %s as its body, want an SGX enclave "
		    "report", assay_quote_body_name(e->quote.body_type));
		goto out;
	}
	e->submitted = submitted;
	*out = e;
	return true;
out:
	free(e);
	return false;
}

static bool
parse(struct assay_bytes in, struct assay_checks *checks, void **out,
    struct assay_error *err)
{
	return assay_sgx_evidence_parse(in, in, checks, out, err);
}

bool
assay_sgx_verify(const void *evidence,
    const struct assay_evidence_context *ctx, struct assay_finding *f,
    struct assay_error *err)
{
	const struct assay_sgx_evidence *e = evidence;
	const struct assay_svn_level *qe = NULL;
	const struct assay_tcb_level *level;

	if (!assay_dcap_find_platform(&e->quote, ASSAY_TEE_SGX, ctx, f, err) ||
	    !assay_dcap_verify_quote(&e->quote, f->platform, ASSAY_TEE_SGX,
	    &f->checks, &qe, err))
		return false;
	level = f->platform->sgx_level;
	return assay_dcap_judge_tcb(level == NULL ? NULL : &level->verdict,
	    qe == NULL ? NULL : &qe->verdict, NULL, f, err);
}

struct assay_evidence_slots
assay_sgx_slots(const void *evidence)
{
	const struct assay_sgx_evidence *e = evidence;
	struct assay_evidence_slots s = {
		.report_data = e->report.report_data,
	};

	/* Without KSS the processor does not fill CONFIGID. */
	if ((e->report.flags & ASSAY_SGX_FLAG_KSS) != 0)
		s.init_data = e->report.config_id;
	return s;
}

static bool
add_kss(const struct assay_sgx_report *r, struct assay_claims *out,
    struct assay_error *err)
{
	return assay_claims_add_hex(out, "x-ms-sgx-config-id", r->config_id,
	    err) &&
	    assay_claims_add_integer(out, "x-ms-sgx-config-svn",
	    r->config_svn, err) &&
	    assay_claims_add_hex(out, "x-ms-sgx-isv-extended-product-id",
	    r->isv_ext_prod_id, err) &&
	    assay_claims_add_hex(out, "x-ms-sgx-isv-family-id",
	    r->isv_family_id, err);
}

static bool
add_collateral(const struct assay_sgx_evidence *e,
    const struct assay_finding *f, struct assay_claims *out,
    struct assay_error *err)
{
	char text[ASSAY_COLLATERAL_CLAIM_TEXT];

	return assay_dcap_collateral_claim(e->submitted,
	    &f->platform->collateral->hashes, text, err) &&
	    assay_claims_add_json(out, "x-ms-sgx-collateral",
	    assay_bytes_of(text), err) &&
	    assay_claims_add_json(out, "maa-attestationcollateral",
	    assay_bytes_of(text), err);
}

bool
assay_sgx_claims(const void *evidence, const struct assay_finding *f,
    struct assay_claims *out, struct assay_error *err)
{
	const struct assay_sgx_evidence *e = evidence;
	const struct assay_sgx_report *r = &e->report;

	return assay_claims_add_boolean(out, "x-ms-sgx-is-debuggable",
	    (r->flags & ASSAY_SGX_FLAG_DEBUG) != 0, err) &&
	    assay_claims_add_hex(out, "x-ms-sgx-mrenclave", r->mrenclave,
	    err) &&
	    assay_claims_add_hex(out, "x-ms-sgx-mrsigner", r->mrsigner, err) &&
	    assay_claims_add_integer(out, "x-ms-sgx-product-id",
	    r->isv_prod_id, err) &&
	    assay_claims_add_integer(out, "x-ms-sgx-svn", r->isv_svn, err) &&
	    assay_claims_add_hex(out, "x-ms-sgx-report-data", r->report_data,
	    err) &&
	    ((r->flags & ASSAY_SGX_FLAG_KSS) == 0 || add_kss(r, out, err)) &&
	    add_collateral(e, f, out, err) && assay_dcap_claims(f, out, err);
}

static const enum assay_check_id mandatory[] = { ASSAY_DCAP_MANDATORY };

const struct assay_evidence_kind assay_sgx_kind = {
	.name = "SgxEnclave",
	.attestation_type = "sgx",
	.parse = parse,
	.verify = assay_sgx_verify,
	.slots = assay_sgx_slots,
	.claims = assay_sgx_claims,
	.free = free,
	.mandatory = mandatory,
	.n_mandatory = sizeof(mandatory) / sizeof(mandatory[0]),
};
