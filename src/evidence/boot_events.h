/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a policy sees of measured boot: the claims events and bootEvents as
 * JSON (tpm.md section 6), the boolean claims of versions 1.0 and 1.1, and the
 * keys of VBS. Only from events that the quote covers and whose digest
 * vouches for their data: doc/formats/boot-events.md.
 */
#ifndef ASSAY_EVIDENCE_BOOT_EVENTS_H
#define ASSAY_EVIDENCE_BOOT_EVENTS_H

#include <assay/claims.h>

#include "crypto/pkey.h"
#include "evidence/eventlog.h"
#include "evidence/ima.h"

/* The logs of one boot in the order of measurement; borrowed. */
struct assay_boot_logs {
	const struct assay_eventlog	*tcg;		/* array */
	size_t				 n_tcg;
	const struct assay_ima_log	*ima;		/* NULL: none */
	size_t				 ima_used;	/* in the quote */
	/*
	 * The values that the quote signs and that the logs were found to lead
	 * to (assay_replay_compare()). An event that they do not cover may
	 * have been made up and is left out. NULL: nothing is covered.
	 */
	const struct assay_pcrs		*quoted;
};

/*
 * All of these fail alike. EVENT_FORGED: an event of a Windows boot is
 * labelled as something else, or its data is not what was measured, in a PCR
 * where that would hide it from a policy. EVENTLOG_MALFORMED: tagged data of
 * Windows does not parse. LIMIT_EXCEEDED, NO_MEMORY.
 */

/* {"Events":[...]} as compact JSON text to be free()d. EventSeq counts on
 * through all logs. Cost linear in the logs. */
ASSAY_MUST_USE bool assay_boot_events_json(
    const struct assay_boot_logs *logs, char **out, struct assay_error *err);
/* The same as a lazy claim; ctx is a struct assay_boot_logs. */
ASSAY_MUST_USE bool assay_boot_events_make(void *ctx, char **out,
    struct assay_error *err);
/* secureBootEnabled, iommuEnabled, bootDebuggingDisabled, notSafeMode,
 * notWinPE, vbsEnabled: doc/claims.md. Always all of them; false unless the
 * log says otherwise. */
ASSAY_MUST_USE bool assay_boot_claims(const struct assay_boot_logs *logs,
    struct assay_claims *out, struct assay_error *err);

/* Secure Boot, and how Windows was set to boot. What was measured in a form that is not known
 * counts as on; without windows nothing of Windows is known. */
struct assay_boot_settings {
	bool		secure_boot;	/* measured as on, once */
	bool		windows;	/* its settings are there, to the
					   event that closes them */
	bool		boot_debug, kernel_debug, hypervisor_debug;
	bool		test_signing, flight_signing;
	uint64_t	hvci_policy;	/* the lowest measured; 0: none */
};
ASSAY_MUST_USE bool assay_boot_settings(const struct assay_boot_logs *logs,
    struct assay_boot_settings *out, struct assay_error *err);

#define ASSAY_BOOT_IDKS 4
/* The VBS signing keys (SIPA VSM_IDKS_INFO) of verified events in PCR 12
 * before the closing separator; free each. At most ASSAY_BOOT_IDKS, none of
 * them twice; KEY_INVALID. */
ASSAY_MUST_USE bool assay_boot_idks(const struct assay_boot_logs *logs,
    struct assay_pkey *out[ASSAY_BOOT_IDKS], size_t *n,
    struct assay_error *err);

#endif
