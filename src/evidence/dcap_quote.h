/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The envelope of a DCAP quote, versions 3, 4 and 5, whatever its body is.
 * Structure only. Source: Intel DCAP ECDSA quote library API, appendix A;
 * QVL Quote. Little endian.
 *
 *	header 48 | [v5: body type u16, body size u32] | body |
 *	auth data length u32 | auth data
 *	v3 auth data: signature 64 | attestation key 64 | QE report 384 |
 *	    QE report signature 64 | QE auth length u16 | QE auth data |
 *	    certification data type u16 | length u32 | certification data
 *	v4, v5 auth data: signature 64 | attestation key 64 | 6 u16 |
 *	    length u32 | { QE report and all behind it as in v3 }
 */
#ifndef ASSAY_EVIDENCE_DCAP_QUOTE_H
#define ASSAY_EVIDENCE_DCAP_QUOTE_H

#include <assay/error.h>

#include "base/check.h"
#include "evidence/sgx_report.h"

/* Body types of version 5; earlier versions are mapped to them. */
enum assay_quote_body {
	ASSAY_BODY_SGX = 1,		/* 384 */
	ASSAY_BODY_TD10 = 2,		/* 584 */
	ASSAY_BODY_TD15 = 3,		/* 648 */
	ASSAY_BODY_TD15_EX = 4,		/* 885 */
};

/* All bytes are borrowed from the input. */
struct assay_dcap_quote {
	uint16_t		version;
	uint16_t		att_key_type;
	uint32_t		tee_type;
	uint16_t		qe_svn, pce_svn;	/* version 3 */
	struct assay_bytes	qe_vendor_id;		/* 16 */
	struct assay_bytes	user_data;		/* 20 */
	enum assay_quote_body	body_type;
	struct assay_bytes	body;
	struct assay_bytes	signed_part;	/* header to end of body */
	struct assay_bytes	signature;		/* r || s */
	struct assay_bytes	attestation_key;	/* x || y */
	struct assay_bytes	qe_report;
	struct assay_bytes	qe_report_signature;
	struct assay_bytes	qe_auth_data;
	struct assay_sgx_report	qe;
	uint16_t		cert_data_type;
	struct assay_bytes	cert_data;
	size_t			length;		/* of the quote; the input may
						   go on behind it */
};

#define ASSAY_TEE_TYPE_SGX	UINT32_C(0)
#define ASSAY_TEE_TYPE_TDX	UINT32_C(0x81)
#define ASSAY_CERT_DATA_CHAIN	5

/*
 * UNSUPPORTED_QUOTE_FORMAT for every fault of the envelope,
 * UNSUPPORTED_CERT_FORMAT for certification data that is not a PCK chain.
 */
ASSAY_MUST_USE bool assay_dcap_quote_parse(struct assay_bytes in,
    struct assay_checks *checks, struct assay_dcap_quote *out,
    struct assay_error *err);
/* The same for people who look at a quote: certification data of any type,
 * no named checks. */
ASSAY_MUST_USE bool assay_dcap_quote_split(struct assay_bytes in,
    struct assay_dcap_quote *out, struct assay_error *err);

/* "encrypted PPID (RSA-3072)", ...; static. */
const char *assay_cert_data_name(uint16_t type);
/* "SGX enclave report", ...; static. */
const char *assay_quote_body_name(enum assay_quote_body type);

#endif
