/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A measured boot that never happened: the TCG event log and the IMA log that
 * firmware, boot loaders and kernel would leave, and what they would extend
 * into the TPM. Written from the specifications by code of its own: PC Client
 * Platform Firmware Profile 1.06 (PFP), sections 9 and 10; for IMA the
 * kernel's Documentation/security/IMA-templates.rst.
 */
#ifndef ASSAY_SIM_SIM_BOOT_H
#define ASSAY_SIM_SIM_BOOT_H

#include "base/buffer.h"
#include "crypto/digest.h"

#define ASSAY_SIM_BANKS		4
#define ASSAY_SIM_LOG_MAX	(256u * 1024)

/* Ways for a log to lie about what the TPM saw; the last is none. */
enum assay_sim_tamper {
	ASSAY_SIM_TAMPER_NONE,
	ASSAY_SIM_TAMPER_CHANGED_DATA,	/* of an event; digests as they were */
	ASSAY_SIM_TAMPER_CHANGED_EVENT,	/* its digests too */
	ASSAY_SIM_TAMPER_DROPPED_EVENT,
	ASSAY_SIM_TAMPER_SWAPPED_EVENTS,	/* of one PCR */
	ASSAY_SIM_TAMPER_ADDED_EVENT,
};
/* "changed-data"; false for a name of none of them. */
bool assay_sim_tamper_parse(const char *name, enum assay_sim_tamper *out);
/* "changed-data, changed-event, ..."; static. */
const char *assay_sim_tamper_words(void);

/* "linux-grub, linux-uki or windows"; static. */
const char *assay_sim_profile_words(void);

struct assay_sim_boot_params {
	const char		*profile;
	/* Hashes of the banks that the platform keeps, in ascending order. */
	enum assay_hash		 banks[ASSAY_SIM_BANKS];
	size_t			 n_banks;
	bool			 secure_boot_off;
	bool			 ima;
	enum assay_sim_tamper	 tamper;	/* of the log, not of the TPM */
};

/* One TPM2_PCR_Extend: a digest for each bank of the parameters. */
struct assay_sim_extend {
	unsigned int		pcr;
	struct assay_digest	digest[ASSAY_SIM_BANKS];
};

struct assay_sim_boot {
	struct assay_buffer	 log;	/* binary_bios_measurements */
	struct assay_buffer	 ima;	/* binary_runtime_measurements */
	struct assay_sim_extend	*extends;	/* in their order */
	size_t			 n_extends;
	/* What is wrong with the log, for people; "" if nothing. */
	char			 lie[160];
};

/*
 * USAGE: unknown profile, or no bank. Free with assay_sim_boot_free() in any
 * case; zero *out before.
 */
ASSAY_MUST_USE bool assay_sim_boot(const struct assay_sim_boot_params *p,
    struct assay_sim_boot *out, struct assay_error *err);
void assay_sim_boot_free(struct assay_sim_boot *boot);

#endif
