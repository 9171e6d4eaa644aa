/* SPDX-License-Identifier: Apache-2.0 */
#include "service/tpm_service.h"

#include "app/clock.h"
#include "base/limits.h"
#include "base/mem.h"

static bool
make_key(const struct assay_service *service,
    struct assay_service_context_key *out, struct assay_error *err)
{
	uint8_t secret[32];
	bool ok;

	ok = assay_keys_derive(service->keys, "assay TPM challenges", secret,
	    err) && assay_service_context_key(
	    (struct assay_bytes){ secret, sizeof(secret) }, service->issuer,
	    out, err);
	assay_wipe(secret, sizeof(secret));
	return ok;
}

bool
assay_tpm_service_open(const struct assay_service *service,
    struct assay_tpm_service **out, struct assay_error *err)
{
	struct assay_tpm_service *tpm = assay_alloc(1, sizeof(*tpm));

	if (tpm == NULL)
		return assay_fail_memory(err, "TPM attestation");
	tpm->lifetime = service->config->tpm_challenge_lifetime * 1000;
	if (!make_key(service, &tpm->key, err) ||
	    !assay_challenges_new(assay_clock_now_ms(),
	    ASSAY_MAX_TPM_CHALLENGES, &tpm->challenges, err)) {
		assay_tpm_service_free(tpm);
		return false;
	}
	*out = tpm;
	return true;
}

void
assay_tpm_service_free(struct assay_tpm_service *tpm)
{
	if (tpm == NULL)
		return;
	assay_challenges_free(tpm->challenges);
	assay_wipe_free(tpm, sizeof(*tpm));
}
