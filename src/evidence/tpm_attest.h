/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a TPM signs: TPMS_ATTEST of a quote or a certification, and
 * TPMT_SIGNATURE. Structure and signatures only; what the content must be is
 * decided by the pipeline. Source: TPM 2.0 library, part 2, sections 10.12
 * and 11.3. Big endian.
 */
#ifndef ASSAY_EVIDENCE_TPM_ATTEST_H
#define ASSAY_EVIDENCE_TPM_ATTEST_H

#include "crypto/sigver.h"
#include "evidence/pcrs.h"

#define ASSAY_TPM_GENERATED	UINT32_C(0xff544347)
#define ASSAY_TPM_ST_CERTIFY	0x8017
#define ASSAY_TPM_ST_QUOTE	0x8018

struct assay_pcr_selection {
	uint16_t	alg;		/* of the bank, any TPM_ALG_ID */
	uint32_t	mask;		/* bit i: PCR i */
};

/* All bytes are borrowed from the input. */
struct assay_tpm_attest {
	struct assay_bytes	raw;		/* what is signed */
	uint32_t		magic;		/* not looked at by parse */
	uint16_t		type;		/* one of the two */
	struct assay_bytes	qualified_signer;
	struct assay_bytes	extra_data;	/* qualifyingData */
	uint64_t		clock;		/* ms */
	uint32_t		reset_count, restart_count;
	bool			safe;
	uint64_t		firmware_version;	/* obfuscated: say it,
							   never judge it */
	/* A quote: */
	struct assay_pcr_selection select[ASSAY_PCR_BANKS];
	size_t			n_select;
	struct assay_bytes	pcr_digest;
	/* A certification: */
	struct assay_bytes	name, qualified_name;
};

/*
 * The whole of in. TPM_ATTEST_MALFORMED naming field and offset: lengths,
 * unknown type, a bank selected twice, a PCR above 23, bytes behind the end.
 */
ASSAY_MUST_USE bool assay_tpm_attest_parse(struct assay_bytes in,
    struct assay_tpm_attest *out, struct assay_error *err);

enum assay_tpm_scheme {
	ASSAY_TPM_RSASSA = 0x14,
	ASSAY_TPM_RSAPSS = 0x16,
	ASSAY_TPM_ECDSA = 0x18,
};

/* The setting that refusals of SHA-1 name. */
#define ASSAY_TPM_SHA1_SETTING	"tpm-sha1-signatures"

struct assay_tpm_signature {
	enum assay_tpm_scheme	scheme;
	enum assay_hash		hash;
	struct assay_bytes	rsa;		/* borrowed */
	struct assay_bytes	r, s;		/* borrowed */
};

/* A whole TPMT_SIGNATURE. TPM_SIGNATURE_MALFORMED; ALGORITHM_REFUSED for a
 * scheme (HMAC, none, ECDAA ...) or hash that is none of the above. */
ASSAY_MUST_USE bool assay_tpm_signature_parse(struct assay_bytes in,
    struct assay_tpm_signature *out, struct assay_error *err);

/*
 * Does key verify it over data? Any salt length for PSS (TPMs before revision
 * 1.38 use the longest). SIGNATURE_INVALID; ALGORITHM_REFUSED for a key of
 * another kind, and for SHA-1 unless sha1 allows it, naming the setting.
 */
ASSAY_MUST_USE bool assay_tpm_signature_verify(
    const struct assay_tpm_signature *sig, const struct assay_pkey *key,
    struct assay_bytes data, bool sha1, struct assay_error *err);

/*
 * The digest that a quote of these selections has: H(values in order of the
 * selection, ascending within it), with the hash of the signing scheme.
 * BAD_FIELD if pcrs lacks a selected value.
 */
ASSAY_MUST_USE bool assay_tpm_pcr_digest(
    const struct assay_tpm_attest *quote, const struct assay_pcrs *pcrs,
    enum assay_hash hash, struct assay_digest *out, struct assay_error *err);

#endif
