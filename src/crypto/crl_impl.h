/* SPDX-License-Identifier: Apache-2.0 */
/* Private to crypto/: what a parsed revocation list is made of. */
#ifndef ASSAY_CRYPTO_CRL_IMPL_H
#define ASSAY_CRYPTO_CRL_IMPL_H

#include "crypto/cert_impl.h"
#include "crypto/crl.h"

struct assay_crl {
	struct assay_buffer	 der;		/* what follows borrows here */
	struct assay_signed	 outer;
	int			 version;
	struct assay_bytes	 issuer;
	int64_t			 this_update, next_update;
	struct assay_bytes	*serials;	/* sorted */
	size_t			 n_serials;
	struct assay_extension	 exts[ASSAY_MAX_CRL_EXTENSIONS];
	size_t			 n_exts;
	char			*unknown;	/* first critical extension */
	char			*unknown_to_chain; /* first but for IDP */
	bool			 has_number;
	struct assay_bytes	 number;
	X509_CRL		*x509;		/* for OpenSSL's verifier */
};

#endif
