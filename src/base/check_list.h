/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every named check: identifier, name as shown to people, source. Names are
 * API. One list per area. A row needs a test in which only that check fails;
 * tools/mutate.sh finds rows whose deletion no test notices.
 */
#ifndef ASSAY_BASE_CHECK_LIST_H
#define ASSAY_BASE_CHECK_LIST_H

#define ASSAY_CHECKS_DCAP(X)						\
	X(QUOTE_SIGNATURE, "quote-signature",				\
	    "Intel DCAP API, ECDSA quote; QVL QuoteVerifier")

#define ASSAY_CHECKS(X)							\
	ASSAY_CHECKS_DCAP(X)

#endif
