/* SPDX-License-Identifier: Apache-2.0 */
/* POST /attest/Tpm: init to challenge, request to report. */
#include "app/clock.h"
#include "service/policies.h"
#include "service/tpm_envelope.h"
#include "service/tpm_service.h"

/* ---- policy ---------------------------------------------------------------- */

/*
 * The policy in force; release *entry in any case. There is no default: a
 * client hears of that with its first message, as from Azure Attestation.
 */
static bool
get_policy(struct assay_service *service,
    const struct assay_policy_entry **entry, struct assay_error *err)
{
	*entry = assay_policies_get(service->policies,
	    assay_type_find("Tpm"));
	if ((*entry)->policy != NULL)
		return true;
	if ((*entry)->broken.code != ASSAY_ERR_OK) {
		*err = (*entry)->broken;
		return false;
	}
	return assay_fail(err, ASSAY_ERR_POLICY_NOT_SET,
	    "a TPM attestation policy has not been set on this service, and "
	    "there is no default: set one with PUT /policies/Tpm or \"assay "
	    "policy set Tpm FILE\"");
}

/* ---- init -------------------------------------------------------------------- */

static bool
serve_init(struct assay_service *service, const struct assay_tpm_envelope *m,
    struct assay_buffer *body, struct assay_error *err)
{
	struct assay_buffer sealed = assay_buffer(ASSAY_SERVICE_CONTEXT_MAX);
	struct assay_tpm_service *tpm = service->tpm;
	struct assay_service_context context;
	bool ok;

	ok = assay_service_context_new(assay_clock_now_ms(), tpm->lifetime,
	    &context, err) &&
	    assay_service_context_seal(&tpm->key, &context, &sealed, err) &&
	    assay_tpm_envelope_challenge(m->enveloped,
	    (struct assay_bytes){ context.challenge,
	    sizeof(context.challenge) }, assay_buffer_bytes(&sealed), body,
	    err);
	assay_buffer_free(&sealed);
	return ok;
}

/* ---- the call ------------------------------------------------------------------ */

bool
assay_api_attest_tpm(struct assay_service *service, struct assay_call *call,
    struct assay_buffer *body, struct assay_error *err)
{
	const struct assay_policy_entry *entry;
	struct assay_tpm_envelope m = { 0 };
	bool ok = false;

	if (!assay_tpm_envelope_read(call->http->body, &m, err)) {
		assay_tpm_envelope_free(&m);
		return false;
	}
	assay_call_log(call, assay_log_str("message",
	    m.kind == ASSAY_TPM_ENVELOPE_INIT ? "init" : "request"));
	if (!get_policy(service, &entry, err))
		goto out;
	if (m.kind == ASSAY_TPM_ENVELOPE_INIT)
		ok = serve_init(service, &m, body, err);
	else
		assay_fail(err, ASSAY_ERR_INVALID_OPERATION,
		    "requests of type Tpm are not supported yet");
out:
	assay_policy_entry_release(service->policies, entry);
	assay_tpm_envelope_free(&m);
	return ok;
}
