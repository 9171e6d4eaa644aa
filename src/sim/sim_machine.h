/* SPDX-License-Identifier: Apache-2.0 */
/* A small measured boot: PCRs of SHA-256 and the log that leads to them.
 * Source: TCG PC Client Platform Firmware Profile, section 10. */
#ifndef ASSAY_SIM_SIM_MACHINE_H
#define ASSAY_SIM_SIM_MACHINE_H

#include "crypto/pkey.h"
#include "sim/sim_tpm_evidence.h"

#define ASSAY_SIM_PCRS		24
#define ASSAY_SIM_PCR_BYTES	32	/* SHA-256 */

struct assay_sim_machine {
	uint8_t			pcr[ASSAY_SIM_PCRS][ASSAY_SIM_PCR_BYTES];
	struct assay_buffer	log;
	bool			ok;
};

/* Boot with the faults of s; idks: the key that VBS measures, or NULL. Free
 * the log in any case. */
ASSAY_MUST_USE bool assay_sim_machine_boot(
    const struct assay_sim_tpm_state *s, const struct assay_pkey *idks,
    struct assay_sim_machine *m, struct assay_error *err);

#endif
