/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Report of a VBS enclave: package header, VBS_ENCLAVE_REPORT, signature by
 * the IDKS. Source: ntenclv.h (Windows SDK); tpm.md 8.4. Little endian.
 */
#ifndef ASSAY_EVIDENCE_VBS_REPORT_H
#define ASSAY_EVIDENCE_VBS_REPORT_H

#include "crypto/pkey.h"

/* All bytes are borrowed. */
struct assay_vbs_report {
	struct assay_bytes	signed_part, signature;
	struct assay_bytes	enclave_data;			/* 64 */
	struct assay_bytes	owner_id, unique_id, author_id;	/* 32 */
	struct assay_bytes	family_id, image_id;		/* 16 */
	uint32_t		enclave_svn, secure_kernel_svn, platform_svn;
	uint32_t		flags, signing_level, enclave_type;
	size_t			n_modules;
};

/* VBS_REPORT_MALFORMED naming field and offset. */
ASSAY_MUST_USE bool assay_vbs_report_parse(struct assay_bytes in,
    struct assay_vbs_report *out, struct assay_error *err);
/* RSA-PSS SHA-256 by key. SIGNATURE_INVALID. */
ASSAY_MUST_USE bool assay_vbs_report_verify(
    const struct assay_vbs_report *report, const struct assay_pkey *idks,
    struct assay_error *err);

#endif
