/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The context of an AIK enrolment: what the CA has to know again when a
 * client comes with the secret of its credential, encrypted and
 * authenticated, so that it keeps no state between the two calls.
 *
 *	salt 16 | sealed(id 16, issued 8, expiry 8, secret 32,
 *	    EK fingerprint 32, manufacturer, model, version (each 2 and bytes),
 *	    AIK as SPKI)
 *
 * Each is sealed with a key of its own (app/service_context.h says why).
 */
#ifndef ASSAY_APP_AIK_PROMISE_H
#define ASSAY_APP_AIK_PROMISE_H

#include "app/service_context.h"
#include "attest/enrol.h"

#define ASSAY_AIK_SECRET	32		/* of a credential */
#define ASSAY_AIK_PROMISE_MAX	4096

struct assay_aik_promise {
	/* Its time, and by which number it is used up. */
	struct assay_service_context	once;
	uint8_t				secret[ASSAY_AIK_SECRET];
	uint8_t				ek[32];	/* of its certificate */
	struct assay_tpm_attributes	tpm;	/* borrowed */
	struct assay_bytes		spki;	/* borrowed: the AIK */
};

/* A fresh secret for lifetime ms from now; the rest stays as it is. */
ASSAY_MUST_USE bool assay_aik_promise_new(int64_t now_ms, int64_t lifetime,
    struct assay_aik_promise *p, struct assay_error *err);

/* Append the sealed form. */
ASSAY_MUST_USE bool assay_aik_promise_seal(const uint8_t key[ASSAY_SEAL_KEY],
    const struct assay_aik_promise *p, struct assay_buffer *out,
    struct assay_error *err);
/*
 * TPM_CONTEXT_INVALID: not what this CA sealed. Says nothing about time or
 * earlier use. p borrows from plain, which the caller wipes.
 */
ASSAY_MUST_USE bool assay_aik_promise_open(const uint8_t key[ASSAY_SEAL_KEY],
    struct assay_bytes context, struct assay_buffer *plain,
    struct assay_aik_promise *p, struct assay_error *err);

#endif
