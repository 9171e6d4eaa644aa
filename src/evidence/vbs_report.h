/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Report of a VBS enclave: package header, VBS_ENCLAVE_REPORT, signature by
 * the IDKS. Source: ntenclv.h (Windows SDK); tpm.md 8.4. Little endian.
 *
 *	package: size u32 | version u32 | scheme u32 | statement size u32 |
 *	    signature size u32 | reserved u32 | statement | signature
 *	statement: size u32 | version u32 | EnclaveData 64 | ENCLAVE_IDENTITY
 *	    152 | { data type u32 | size u32 | data }...
 *	module: UniqueId 32 | AuthorId 32 | FamilyId 16 | ImageId 16 |
 *	    Svn u32 | name, UTF-16 with NUL
 */
#ifndef ASSAY_EVIDENCE_VBS_REPORT_H
#define ASSAY_EVIDENCE_VBS_REPORT_H

#include "crypto/pkey.h"

/* Bits of flags: ENCLAVE_FLAG_*, ntenclv.h. */
#define ASSAY_VBS_FULL_DEBUG		(UINT32_C(1) << 0)
#define ASSAY_VBS_DYNAMIC_DEBUG		(UINT32_C(1) << 1)
#define ASSAY_VBS_DYNAMIC_DEBUG_ACTIVE	(UINT32_C(1) << 2)

/* All bytes are borrowed. */
struct assay_vbs_report {
	struct assay_bytes	signed_part, signature;
	struct assay_bytes	enclave_data;			/* 64 */
	struct assay_bytes	owner_id, unique_id, author_id;	/* 32 */
	struct assay_bytes	family_id, image_id;		/* 16 */
	uint32_t		enclave_svn, secure_kernel_svn, platform_svn;
	uint32_t		flags, signing_level, enclave_type;
	struct assay_bytes	vardata;	/* behind the identity */
	size_t			n_modules;
};

struct assay_vbs_module {
	struct assay_bytes	unique_id, author_id;		/* 32 */
	struct assay_bytes	family_id, image_id;		/* 16 */
	uint32_t		svn;
	struct assay_bytes	name;	/* UTF-16, NUL left out */
};

/*
 * The whole of in. VBS_REPORT_MALFORMED naming field and offset;
 * LIMIT_EXCEEDED. Nothing is verified: the data of an enclave that its owner
 * may debug parses as any other.
 */
ASSAY_MUST_USE bool assay_vbs_report_parse(struct assay_bytes in,
    struct assay_vbs_report *out, struct assay_error *err);
/* The module at index (0 <= index < n_modules). */
void assay_vbs_report_module(const struct assay_vbs_report *report,
    size_t index, struct assay_vbs_module *out);
/* RSA-PSS SHA-256 by key over signed_part. SIGNATURE_INVALID; KEY_INVALID
 * for a key that is not RSA. */
ASSAY_MUST_USE bool assay_vbs_report_verify(
    const struct assay_vbs_report *report, const struct assay_pkey *idks,
    struct assay_error *err);

#endif
