/* SPDX-License-Identifier: Apache-2.0 */
#include "service/verdict.h"

#include <stdlib.h>

#include "app/ident.h"
#include "base/encode.h"
#include "json/json.h"

/* ---- refusals that explain themselves ---------------------------------------- */

static void
explain_wanted(const struct assay_dcap_wanted *wanted, json_t *details)
{
	char fmspc[13];

	assay_hex((struct assay_bytes){ wanted->fmspc,
	    sizeof(wanted->fmspc) }, fmspc);
	(void)json_object_set_new(details, "collateral", json_pack(
	    "{s:s, s:s, s:s}", "fmspc", fmspc,
	    "ca", wanted->ca == ASSAY_PCK_CA_PLATFORM ? "platform" :
	    "processor",
	    "tee", wanted->tee == ASSAY_TEE_TDX ? "TDX" : "SGX"));
}

/* Which baseline judged, and by which hashes what collateral. */
static void
explain_baseline(const struct assay_attest_result *r, json_t *details)
{
	struct assay_error ignored;
	struct assay_claim claim;

	if (r->baseline[0] != '\0')
		(void)json_object_set_new(details, "baseline",
		    json_string(r->baseline));
	if (r->tcb_evaluation_data_number != 0)
		(void)json_object_set_new(details, "tcbEvaluationDataNumber",
		    json_integer(r->tcb_evaluation_data_number));
	if (r->claims != NULL && assay_claims_find(r->claims,
	    "x-ms-sgx-collateral", &claim))
		(void)json_object_set_new(details, "collateralHashes",
		    assay_json_parse(claim.text, NULL, &ignored));
}

static void
explain_trace(const struct assay_policy_trace *trace, json_t *details)
{
	struct assay_error ignored;
	char *text;

	if (trace == NULL ||
	    (text = assay_policy_trace_json(trace)) == NULL)
		return;
	(void)json_object_set_new(details, "trace",
	    assay_json_parse(assay_bytes_of(text), NULL, &ignored));
	free(text);
}

json_t *
assay_verdict_explain(const struct assay_attest_result *r)
{
	json_t *details = json_object(), *advisories;

	if (details == NULL)
		return NULL;
	if (r->check_failed != NULL)
		(void)json_object_set_new(details, "check",
		    json_string(r->check_failed));
	if (r->tcb_status != ASSAY_TCB_UNKNOWN && r->tcb_date[0] != '\0') {
		(void)json_object_set_new(details, "tcbStatus", json_string(
		    assay_tcb_status_name(r->tcb_status)));
		(void)json_object_set_new(details, "tcbDate",
		    json_string(r->tcb_date));
		advisories = json_array();
		for (size_t i = 0; i < r->n_advisories; i++)
			(void)json_array_append_new(advisories,
			    json_string(r->advisories[i]));
		(void)json_object_set_new(details, "advisoryIds",
		    advisories);
	}
	if (r->has_wanted)
		explain_wanted(&r->wanted, details);
	explain_baseline(r, details);
	explain_trace(r->policy.trace, details);
	return details;
}

static const char *
verdict_name(enum assay_verdict verdict)
{
	switch (verdict) {
	case ASSAY_ACCEPT: return "accept";
	case ASSAY_REJECT: return "reject";
	case ASSAY_UNDECIDED: break;
	}
	return "undecided";
}

static void
log_grace(struct assay_call *call, uint32_t kinds)
{
	static const struct {
		enum assay_dated	 dated;
		const char		*name;
	} rows[] = {
		{ ASSAY_DATED_CERTIFICATE, "certificate" },
		{ ASSAY_DATED_TCB_INFO, "tcb_info" },
		{ ASSAY_DATED_QE_IDENTITY, "qe_identity" },
		{ ASSAY_DATED_PCK_CRL, "pck_crl" },
		{ ASSAY_DATED_ROOT_CA_CRL, "root_ca_crl" },
	};
	char text[96] = "";
	size_t n = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if ((kinds & UINT32_C(1) << rows[i].dated) != 0)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    "%s%s", n == 0 ? "" : ",", rows[i].name);
	if (kinds != 0)
		assay_call_log_copy(call, "collateral_grace", text);
}

void
assay_verdict_log(struct assay_call *call,
    const struct assay_attest_result *r, bool draft)
{
	char fmspc[13];

	call->judged = true;
	call->verdict = r->error.code;
	call->draft = draft;
	assay_call_log(call, assay_log_str("verdict",
	    verdict_name(r->verdict)));
	assay_call_log(call, assay_log_str("check", r->check_failed));
	if (draft)
		assay_call_log(call, assay_log_str("policy", "draft"));
	if (r->tcb_date[0] != '\0')
		assay_call_log(call, assay_log_str("tcb_status",
		    assay_tcb_status_name(r->tcb_status)));
	if (r->baseline[0] != '\0')
		assay_call_log_copy(call, "baseline", r->baseline);
	if (r->has_wanted) {
		assay_hex((struct assay_bytes){ r->wanted.fmspc,
		    sizeof(r->wanted.fmspc) }, fmspc);
		assay_call_log_copy(call, "fmspc", fmspc);
	}
	log_grace(call, r->collateral_grace);
	if (r->test_anchor)
		assay_call_log(call, assay_log_str("test_anchor", "true"));
}

/* ---- claims ---------------------------------------------------------------------- */

static bool
add_jti(struct assay_call *call, size_t bytes, json_t *claims,
    struct assay_error *err)
{
	char text[2 * ASSAY_IDENT_MAX_BYTES + 1];

	if (!assay_ident(bytes, text, err))
		return false;
	assay_call_log_copy(call, "jti", text);
	if (json_object_set_new(claims, "jti", json_string(text)) != 0)
		return assay_fail_memory(err, "jti");
	return true;
}

/* Who signed the stored policy: documented as {"jwk": {...}}. */
static bool
add_signer(const struct assay_policy_entry *entry, json_t *claims,
    struct assay_error *err)
{
	if (entry == NULL || entry->signer == NULL)
		return true;
	if (json_object_set_new(claims, "x-ms-policy-signer",
	    json_pack("{s:O}", "jwk", entry->signer)) != 0)
		return assay_fail_memory(err, "policy signer");
	return true;
}

bool
assay_verdict_claims(struct assay_call *call,
    const struct assay_attest_result *r,
    const struct assay_policy_entry *entry, size_t jti_bytes, json_t **out,
    struct assay_error *err)
{
	json_t *claims = assay_json_parse(assay_bytes_of(r->token_claims),
	    NULL, err);

	if (claims == NULL)
		return assay_fail(err, ASSAY_ERR_INTERNAL,
		    "claims of the token do not parse");
	if (!add_jti(call, jti_bytes, claims, err) ||
	    !add_signer(entry, claims, err))
		goto fail;
	if (r->test_anchor && json_object_set_new(claims,
	    "x-assay-test-anchor", json_true()) != 0) {
		assay_fail_memory(err, "token");
		goto fail;
	}
	*out = claims;
	return true;
fail:
	json_decref(claims);
	return false;
}
