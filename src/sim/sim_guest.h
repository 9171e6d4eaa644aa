/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Simulated AttestationInfo of a guest with a virtual TPM, written from the
 * byte layouts alone. What is called a fault is for tests: all but the broken
 * point stays validly signed.
 */
#ifndef ASSAY_SIM_SIM_GUEST_H
#define ASSAY_SIM_SIM_GUEST_H

#include "sim/sim_tpm_evidence.h"

/* Keys and the CA of AIK certificates; RSA keys are new each time. */
struct assay_sim_guest;
ASSAY_MUST_USE bool assay_sim_guest_new(int64_t at,
    struct assay_sim_guest **out, struct assay_error *err);
void assay_sim_guest_free(struct assay_sim_guest *w);
/* The CA as PEM; borrowed. */
struct assay_bytes assay_sim_guest_root(const struct assay_sim_guest *w);

struct assay_sim_guest_params {
	const char		*isolation;	/* NULL: not said */
	struct assay_sim_tpm_state state;	/* says_sha1, other_aik and
						   ima_elsewhere do not apply */
	struct assay_sim_tpm_attest certify;	/* says_sha1: does not apply */
	uint32_t		 aik_attributes, key_attributes;
	uint16_t		 key_scheme;
	uint32_t		 certify_reset_count;
	/* Faults. */
	bool			 no_aik_cert, other_aik_cert;
	bool			 certify_other_name, other_policy;
};

/* A sound TrustedLaunch guest that quotes PCRs 0 to 7. */
struct assay_sim_guest_params assay_sim_guest_params_default(void);
/* Append the JSON text. */
ASSAY_MUST_USE bool assay_sim_guest_info(const struct assay_sim_guest *w,
    const struct assay_sim_guest_params *p, struct assay_buffer *out,
    struct assay_error *err);

#endif
