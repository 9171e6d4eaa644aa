/* SPDX-License-Identifier: Apache-2.0 */
#include "service/tpm_service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/aik_ca.h"
#include "app/aik_revoked.h"
#include "app/clock.h"
#include "base/limits.h"
#include "base/mem.h"

/* ---- trust ----------------------------------------------------------------- */

static void
trust_free(struct assay_tpm_trust *trust)
{
	if (trust == NULL)
		return;
	assay_tpm_anchors_free(trust->anchors);
	assay_trust_free(&trust->roots);
	assay_trust_free(&trust->intermediates);
	free(trust);
}

/* Anchors from files, the service's own CA, and what is revoked. */
static bool
make_anchors(const struct assay_service *service,
    struct assay_tpm_trust *trust, struct assay_error *err)
{
	struct assay_tpm_anchors_config config = {
		.n_pem = trust->roots.n,
		.intermediates = trust->intermediates.anchors,
		.n_intermediates = trust->intermediates.n,
	};
	struct assay_bytes *pem = assay_alloc(trust->roots.n + 1,
	    sizeof(*pem));
	struct assay_aik_revoked revoked = { NULL, 0 };
	bool ok;

	if (pem == NULL)
		return assay_fail_memory(err, "TPM trust anchors");
	if (trust->roots.n != 0)
		memcpy(pem, trust->roots.anchors,
		    trust->roots.n * sizeof(*pem));
	if (service->aik_ca != NULL)
		pem[config.n_pem++] = assay_aik_ca_pem(service->aik_ca);
	config.pem = pem;
	ok = assay_aik_revoked_load(service->store, &revoked, err);
	config.revoked = (const uint8_t (*)[32])revoked.print;
	config.n_revoked = revoked.n;
	ok = ok && assay_tpm_anchors_new(&config, &trust->anchors, err);
	assay_aik_revoked_free(&revoked);
	free(pem);
	return ok;
}

static bool
trust_load(const struct assay_service *service, struct assay_tpm_trust **out,
    struct assay_error *err)
{
	const struct assay_config *config = service->config;
	struct assay_tpm_trust *trust = assay_alloc(1, sizeof(*trust));

	if (trust == NULL)
		return assay_fail_memory(err, "TPM trust anchors");
	trust->users = 1;
	if (!assay_trust_load(config->tpm_anchors.items,
	    config->tpm_anchors.n, &trust->roots, err) ||
	    !assay_trust_load(config->tpm_intermediates.items,
	    config->tpm_intermediates.n, &trust->intermediates, err) ||
	    !make_anchors(service, trust, err)) {
		trust_free(trust);
		return assay_fail_in(err, "TPM trust anchor");
	}
	*out = trust;
	return true;
}

static void
warn_of_anchors(const struct assay_config *config)
{
	for (size_t i = 0; i < config->tpm_anchors.n; i++)
		ASSAY_LOG(ASSAY_LOG_WARNING, "test-anchor",
		    assay_log_str("what", "TPM EVIDENCE UNDER A TRUST ANCHOR "
		    "THAT IS NOT BUILT IN WILL BE BELIEVED; its reports say "
		    "x-assay-test-anchor"),
		    assay_log_str("file", config->tpm_anchors.items[i]));
}

struct assay_tpm_trust *
assay_tpm_trust_get(struct assay_tpm_service *tpm)
{
	struct assay_tpm_trust *trust;

	(void)pthread_mutex_lock(&tpm->lock);
	trust = tpm->trust;
	trust->users++;
	(void)pthread_mutex_unlock(&tpm->lock);
	return trust;
}

void
assay_tpm_trust_release(struct assay_tpm_service *tpm,
    struct assay_tpm_trust *trust)
{
	bool last;

	(void)pthread_mutex_lock(&tpm->lock);
	last = --trust->users == 0;
	(void)pthread_mutex_unlock(&tpm->lock);
	if (last)
		trust_free(trust);
}

bool
assay_tpm_service_reload(const struct assay_service *service,
    struct assay_error *err)
{
	struct assay_tpm_service *tpm = service->tpm;
	struct assay_tpm_trust *fresh, *old;

	if (!trust_load(service, &fresh, err))
		return false;
	(void)pthread_mutex_lock(&tpm->lock);
	old = tpm->trust;
	tpm->trust = fresh;
	(void)pthread_mutex_unlock(&tpm->lock);
	assay_tpm_trust_release(tpm, old);
	return true;
}

/* ---- open ------------------------------------------------------------------- */

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

/* A custom claim's type is a URL of the service and the claim's name. */
static bool
make_settings(const struct assay_service *service,
    struct assay_tpm_service *tpm, struct assay_error *err)
{
	const struct assay_config *config = service->config;

	tpm->lifetime = config->tpm_challenge_lifetime * 1000;
	tpm->settings.sha1_signatures = config->tpm_sha1_signatures;
	tpm->settings.pcr_encoding = config->tpm_pcr_hex ? ASSAY_PCR_HEX :
	    ASSAY_PCR_BASE64URL;
	if (config->tpm_claim_prefix != NULL)
		tpm->claim_prefix = strdup(config->tpm_claim_prefix);
	else if (asprintf(&tpm->claim_prefix, "%s/", service->issuer) < 0)
		tpm->claim_prefix = NULL;
	if (tpm->claim_prefix == NULL)
		return assay_fail_memory(err, "prefix of custom claims");
	tpm->settings.claim_prefix = tpm->claim_prefix;
	return true;
}

bool
assay_tpm_service_open(const struct assay_service *service,
    struct assay_tpm_service **out, struct assay_error *err)
{
	struct assay_tpm_service *tpm = assay_alloc(1, sizeof(*tpm));

	if (tpm == NULL || pthread_mutex_init(&tpm->lock, NULL) != 0) {
		free(tpm);
		return assay_fail_memory(err, "TPM attestation");
	}
	if (!make_settings(service, tpm, err) ||
	    !make_key(service, &tpm->key, err) ||
	    !trust_load(service, &tpm->trust, err) ||
	    !assay_challenges_new(assay_clock_now_ms(),
	    ASSAY_MAX_TPM_CHALLENGES, &tpm->challenges, err)) {
		assay_tpm_service_free(tpm);
		return false;
	}
	warn_of_anchors(service->config);
	*out = tpm;
	return true;
}

void
assay_tpm_service_free(struct assay_tpm_service *tpm)
{
	if (tpm == NULL)
		return;
	trust_free(tpm->trust);
	free(tpm->claim_prefix);
	assay_challenges_free(tpm->challenges);
	(void)pthread_mutex_destroy(&tpm->lock);
	assay_wipe_free(tpm, sizeof(*tpm));
}
