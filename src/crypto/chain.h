/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Path building and validation by RFC 5280 section 6 under the strict profile
 * of doc/x509-profile.md, for every chain that is not Intel's (those have
 * their own named checks in collateral/). Built on OpenSSL's verifier.
 */
#ifndef ASSAY_CRYPTO_CHAIN_H
#define ASSAY_CRYPTO_CHAIN_H

#include "crypto/crl.h"

struct assay_chain_params {
	int64_t				 now;
	const struct assay_cert *const	*anchors;	/* trusted as they are */
	size_t				 n_anchors;
	const struct assay_cert *const	*untrusted;	/* intermediates */
	size_t				 n_untrusted;
	const struct assay_crl *const	*crls;
	size_t				 n_crls;
	bool				 require_crl;	/* for each non-anchor */
};

/*
 * True if a path from leaf to an anchor is valid at now. CERT_UNTRUSTED,
 * CERT_EXPIRED, CERT_NOT_YET_VALID, CERT_REVOKED, CERT_PROFILE, CRL_MISSING,
 * CRL_EXPIRED or CRL_INVALID otherwise, naming the certificate and the rule.
 */
ASSAY_MUST_USE bool assay_chain_verify(const struct assay_cert *leaf,
    const struct assay_chain_params *params, struct assay_error *err);

#endif
