/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PCK certificate chain: leaf (one per platform and TCB), Processor or
 * Platform CA, root. Source: Intel SGX PCK Certificate and Certificate
 * Revocation List Profile Specification; QVL PckCertVerifier.
 */
#ifndef ASSAY_COLLATERAL_PCK_H
#define ASSAY_COLLATERAL_PCK_H

#include <assay/dcap.h>

#include "collateral/anchors.h"
#include "collateral/intel_cert.h"

/* Intel's SGX extension of a PCK certificate, as values. */
struct assay_pck {
	uint8_t			ppid[16];
	uint8_t			components[16];	/* SGX TCB component SVNs */
	uint16_t		pcesvn;
	uint8_t			cpusvn[16];
	uint8_t			pceid[2];
	uint8_t			fmspc[6];
	uint8_t			sgx_type; /* 0 standard, 1 scalable, 2 with
					     integrity */
	/* Platform CA only. */
	bool			has_platform;
	uint8_t			instance_id[16];
	bool			dynamic_platform, cached_keys, smt_enabled;
};

#define ASSAY_PCK_WINDOWS 3

struct assay_pck_chain {
	struct assay_cert	*leaf, *intermediate, *root;
	enum assay_pck_ca	 ca;
	struct assay_pck	 pck;
};

/*
 * Find the three certificates and read them; trusts nothing. Order in the
 * text does not matter. UNSUPPORTED_CERT_FORMAT, SGX_ROOT_CA_MISSING,
 * SGX_INTERMEDIATE_CA_MISSING, SGX_PCK_MISSING, SGX_ROOT_CA_INVALID_EXTENSIONS
 * (as QVL: for any of the three), SGX_PCK_INVALID_EXTENSIONS. Free with
 * assay_pck_chain_free().
 */
ASSAY_MUST_USE bool assay_pck_chain_parse(struct assay_bytes pem,
    struct assay_checks *checks, struct assay_pck_chain *out,
    struct assay_error *err);
void assay_pck_chain_free(struct assay_pck_chain *chain);

/*
 * Signatures up to a trusted root and the uses that certificates are for;
 * *anchor is the index of the root's key. Says nothing of time or
 * revocation.
 */
ASSAY_MUST_USE bool assay_pck_chain_verify(
    const struct assay_pck_chain *chain, const struct assay_anchors *anchors,
    struct assay_checks *checks, size_t *anchor, struct assay_error *err);
void assay_pck_chain_windows(const struct assay_pck_chain *chain,
    struct assay_window out[ASSAY_PCK_WINDOWS]);

/* "processor", "platform": as Intel's collateral service spells it. */
const char *assay_pck_ca_name(enum assay_pck_ca ca);

#endif
