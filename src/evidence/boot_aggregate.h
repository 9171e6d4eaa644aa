/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ties an IMA list to the boot before it: its first entry, the hash of
 * the PCRs that firmware and boot loaders extended. Source: Linux
 * security/integrity/ima/ima_crypto.c, ima_calc_boot_aggregate().
 */
#ifndef ASSAY_EVIDENCE_BOOT_AGGREGATE_H
#define ASSAY_EVIDENCE_BOOT_AGGREGATE_H

#include "evidence/ima.h"

enum assay_aggregate {
	ASSAY_AGGREGATE_UNKNOWN,	/* the values lack bank or PCRs */
	ASSAY_AGGREGATE_DIFFERS,
	ASSAY_AGGREGATE_ZEROS,		/* IMA saw no TPM when it started */
	ASSAY_AGGREGATE_MATCHES,
};

/* Is the entry one? A kexec adds another to the list that it carries over. */
bool assay_ima_is_aggregate(const struct assay_ima_entry *e);

/*
 * Is its hash that of PCR 0 to 9, or of PCR 0 to 7 (SHA-1, kernels before
 * 5.8), in the bank of that hash? Says nothing of whether the entry or the
 * values can be believed. Fails only as assay_digest() does.
 */
ASSAY_MUST_USE bool assay_ima_aggregate(const struct assay_ima_entry *e,
    const struct assay_pcrs *values, enum assay_aggregate *out,
    struct assay_error *err);

#endif
