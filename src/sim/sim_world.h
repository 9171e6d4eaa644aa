/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of a simulated world: shared by the files of this folder only. */
#ifndef ASSAY_SIM_SIM_WORLD_H
#define ASSAY_SIM_SIM_WORLD_H

#include "crypto/cert.h"
#include "crypto/issue.h"
#include "crypto/signer.h"
#include "sim/sim.h"

/* Who holds a key. Labels of derivation: changing one changes the world. */
enum sim_key {
	SIM_KEY_ROOT,
	SIM_KEY_PROCESSOR_CA,
	SIM_KEY_PLATFORM_CA,
	SIM_KEY_PCK,
	SIM_KEY_TCB_SIGNING,
	SIM_KEY_QE_SIGNING,	/* only with qe_own_chain */
	SIM_KEY_ATTESTATION,
	SIM_KEY_STRANGER,	/* belongs to nobody whom anyone trusts */
	SIM_KEY_COUNT
};

struct assay_sim_world {
	struct assay_sim_params	 params;
	struct assay_signer	*keys[SIM_KEY_COUNT];
	struct assay_signer	*stranger384;
	struct assay_cert	*root;		/* sound; signs everything */
	struct assay_cert	*intermediate;
	struct assay_buffer	 anchor;	/* PEM */
	struct assay_buffer	 pck_chain;	/* PEM: leaf, CA, root */
	struct assay_buffer	 pck_crl, root_ca_crl;
	struct assay_buffer	 tcb_info, tcb_info_chain;
	struct assay_buffer	 qe_identity, qe_identity_chain;
};

/* n bytes that follow from the seed and the label. */
ASSAY_MUST_USE bool sim_derive(const char *seed, const char *label,
    uint8_t *out, size_t n, struct assay_error *err);

/* sim_pki.c */
ASSAY_MUST_USE bool sim_make_pki(struct assay_sim_world *w,
    struct assay_error *err);
/* The signing key of a CA by its role, and the key in the certificate. */
enum sim_key sim_ca_key(enum assay_sim_ca ca);

/* sim_collateral.c: the signed JSON of the world. */
ASSAY_MUST_USE bool sim_make_json(struct assay_sim_world *w,
    struct assay_error *err);

#endif
