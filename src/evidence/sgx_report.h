/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body of an SGX report, 384 bytes (sgx_report_body_t): of the enclave in
 * a quote and of the quoting enclave behind it. Source: Intel SDM volume 3D,
 * REPORT structure; Intel DCAP API, with the fields of KSS.
 */
#ifndef ASSAY_EVIDENCE_SGX_REPORT_H
#define ASSAY_EVIDENCE_SGX_REPORT_H

#include <assay/bytes.h>

#define ASSAY_SGX_REPORT_LEN	384

/* ATTRIBUTES.FLAGS (SDM 3D, SECS). */
#define ASSAY_SGX_FLAG_DEBUG	(UINT64_C(1) << 1)
#define ASSAY_SGX_FLAG_KSS	(UINT64_C(1) << 7)

/* Bytes are borrowed from the input. */
struct assay_sgx_report {
	struct assay_bytes	cpusvn;			/* 16 */
	struct assay_bytes	miscselect;		/* 4 */
	struct assay_bytes	isv_ext_prod_id;	/* 16, KSS */
	struct assay_bytes	attributes;		/* 16: flags, xfrm */
	uint64_t		flags, xfrm;
	struct assay_bytes	mrenclave, mrsigner;	/* 32 */
	struct assay_bytes	config_id;		/* 64, KSS */
	uint16_t		isv_prod_id, isv_svn;
	uint16_t		config_svn;		/* KSS */
	struct assay_bytes	isv_family_id;		/* 16, KSS */
	struct assay_bytes	report_data;		/* 64 */
};

/* False only if in is not exactly ASSAY_SGX_REPORT_LEN bytes long. */
ASSAY_MUST_USE bool assay_sgx_report_parse(struct assay_bytes in,
    struct assay_sgx_report *out);

#endif
