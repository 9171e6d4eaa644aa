/* SPDX-License-Identifier: Apache-2.0 */
/* What Intel's certificates have in common, whichever chain they are in. */
#ifndef ASSAY_COLLATERAL_INTEL_CERT_H
#define ASSAY_COLLATERAL_INTEL_CERT_H

#include "base/check.h"
#include "collateral/window.h"
#include "crypto/cert.h"

/*
 * A failure from below gets the code that this layer promises, unless it was
 * our own fault: "could not decide" is never turned into "rejected". Keeps
 * the text, prefixes what; returns false.
 */
bool assay_fail_as(struct assay_error *err, enum assay_code code,
    const char *what);
/*
 * A named check of something that reported its failure in err. Internal
 * failures pass through without counting as a judgement.
 */
ASSAY_MUST_USE bool assay_check_outcome(struct assay_checks *checks,
    enum assay_check_id id, bool ok, enum assay_code code, const char *what,
    struct assay_error *err);

/* Does the subject's common name contain this phrase? (QVL: substring) */
bool assay_intel_cert_named(const struct assay_cert *cert,
    const char *phrase);
/*
 * Every Intel certificate carries authority and subject key identifier, CRL
 * distribution point, key usage and basic constraints (QVL Certificate), and
 * no critical extension that we do not know (RFC 5280 section 4.2). False
 * names the one that is wrong.
 */
ASSAY_MUST_USE bool assay_intel_cert_extensions(const struct assay_cert *cert,
    enum assay_code code, struct assay_error *err);
/* CA flag, path length of at least depth, keyCertSign. QVL does not look. */
ASSAY_MUST_USE bool assay_intel_cert_is_ca(const struct assay_cert *cert,
    int depth, enum assay_code code, struct assay_error *err);
/* Not a CA, digitalSignature. QVL does not look. */
ASSAY_MUST_USE bool assay_intel_cert_is_leaf(const struct assay_cert *cert,
    enum assay_code code, struct assay_error *err);

/* The dotted OID of Intel's SGX extension in PCK certificates. */
#define ASSAY_OID_SGX	"1.2.840.113741.1.13.1"

#endif
