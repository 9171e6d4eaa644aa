/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a client certificate one that a rule of the callers file means? TLS has
 * shown that the caller holds its key, and nothing else.
 */
#ifndef ASSAY_APP_CALLER_CERT_H
#define ASSAY_APP_CALLER_CERT_H

#include "app/caller_config.h"
#include "base/check.h"

/* What the client sent: its own certificate first, then others. */
struct assay_caller_chain {
	struct assay_cert	*certs[ASSAY_MAX_CHAIN_CERTS];
	size_t			 n;
};
/* DER texts; CERT_MALFORMED. Free with assay_caller_chain_free(). */
ASSAY_MUST_USE bool assay_caller_chain_parse(const struct assay_bytes *ders,
    size_t n, struct assay_caller_chain *out, struct assay_error *err);
void assay_caller_chain_free(struct assay_caller_chain *chain);

/*
 * Named checks client-cert-*. CERT_UNTRUSTED, CERT_EXPIRED,
 * CERT_NOT_YET_VALID, CERT_PROFILE; UNAUTHORIZED: it is a good one, of
 * another caller.
 */
ASSAY_MUST_USE bool assay_caller_cert_matches(
    const struct assay_caller_certificate *rule,
    const struct assay_caller_chain *chain, int64_t now,
    struct assay_checks *checks, struct assay_error *err);

#endif
