/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Marshalled TPM structures, read field by field; every failure names the
 * structure, the field and its offset. Source: TPM 2.0 library, part 2. Big
 * endian.
 */
#ifndef ASSAY_EVIDENCE_TPM_WIRE_H
#define ASSAY_EVIDENCE_TPM_WIRE_H

#include <assay/error.h>

#include "base/reader.h"

struct assay_tpm_wire {
	struct assay_reader	 r;
	const char		*structure;	/* "TPMS_ATTEST" */
	enum assay_code		 code;		/* of a failure */
	struct assay_error	*err;
};

/* Each names the field when bytes lack. */
ASSAY_MUST_USE bool assay_tpm_u8(struct assay_tpm_wire *w, const char *field,
    uint8_t *out);
ASSAY_MUST_USE bool assay_tpm_u16(struct assay_tpm_wire *w, const char *field,
    uint16_t *out);
ASSAY_MUST_USE bool assay_tpm_u32(struct assay_tpm_wire *w, const char *field,
    uint32_t *out);
ASSAY_MUST_USE bool assay_tpm_u64(struct assay_tpm_wire *w, const char *field,
    uint64_t *out);
/* A TPM2B: size of two bytes, then as many, at most max. */
ASSAY_MUST_USE bool assay_tpm_sized(struct assay_tpm_wire *w,
    const char *field, size_t max, struct assay_bytes *out);
/* Nothing may be left. */
ASSAY_MUST_USE bool assay_tpm_end(const struct assay_tpm_wire *w);
/* Record "STRUCTURE: FIELD before offset N: ..."; returns false. */
bool assay_tpm_bad(const struct assay_tpm_wire *w, const char *field,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
