/* SPDX-License-Identifier: Apache-2.0 */
#include "app/caller_cert.h"

#include <string.h>

#include "base/text.h"
#include "crypto/chain.h"
#include "crypto/der.h"
#include "crypto/digest.h"

#define OID_SAN		"2.5.29.17"
#define OID_CLIENT_AUTH	"1.3.6.1.5.5.7.3.2"	/* RFC 5280 4.2.1.12 */
#define SAN_DNS		0x82	/* GeneralName, RFC 5280 4.2.1.6 */
#define SAN_URI		0x86

bool
assay_caller_chain_parse(const struct assay_bytes *ders, size_t n,
    struct assay_caller_chain *out, struct assay_error *err)
{
	struct assay_caller_chain chain = { .n = 0 };

	if (n == 0 || n > ASSAY_MAX_CHAIN_CERTS)
		return assay_fail(err, ASSAY_ERR_CERT_MALFORMED,
		    "%zu client certificates, want 1 to %d", n,
		    ASSAY_MAX_CHAIN_CERTS);
	for (; chain.n < n; chain.n++)
		if (!assay_cert_parse(ders[chain.n], &chain.certs[chain.n],
		    err)) {
			assay_caller_chain_free(&chain);
			return false;
		}
	*out = chain;
	return true;
}

void
assay_caller_chain_free(struct assay_caller_chain *chain)
{
	for (size_t i = 0; i < chain->n; i++)
		assay_cert_free(chain->certs[i]);
	chain->n = 0;
}

/* ---- is it a client's certificate? ------------------------------------------ */

static bool
path_ok(const struct assay_caller_certificate *rule,
    const struct assay_caller_chain *chain, int64_t now,
    struct assay_error *err)
{
	const struct assay_chain_params params = {
		.now = now,
		.anchors = (const struct assay_cert *const *)rule->ca,
		.n_anchors = rule->n_ca,
		.untrusted = (const struct assay_cert *const *)
		    &chain->certs[1],
		.n_untrusted = chain->n - 1,
	};

	return assay_chain_verify(chain->certs[0], &params, err);
}

/*
 * A CA that signs, or a server, is no client: what such a key signed for
 * another purpose must open nothing here.
 */
static bool
usage_ok(const struct assay_cert *leaf, struct assay_error *err)
{
	unsigned int usage;
	bool has_eku;

	if (assay_cert_is_ca(leaf, NULL))
		return assay_fail(err, ASSAY_ERR_CERT_PROFILE,
		    "\"%s\" is a CA, want a client's certificate",
		    assay_cert_subject_text(leaf));
	if (!assay_cert_extended_usage(leaf, OID_CLIENT_AUTH, &has_eku))
		return assay_fail(err, ASSAY_ERR_CERT_PROFILE,
		    "\"%s\" %s extKeyUsage clientAuth",
		    assay_cert_subject_text(leaf),
		    has_eku ? "is for other purposes than" : "lacks");
	if (assay_cert_key_usage(leaf, &usage) &&
	    (usage & ASSAY_KU_DIGITAL_SIGNATURE) == 0)
		return assay_fail(err, ASSAY_ERR_CERT_PROFILE,
		    "\"%s\" lacks keyUsage digitalSignature",
		    assay_cert_subject_text(leaf));
	return true;
}

/* ---- is it the one? ------------------------------------------------------------ */

/* DNS names without regard to case, no wildcards; URIs byte for byte. */
static bool
san_has(const struct assay_cert *leaf, uint8_t tag, const char *want)
{
	struct assay_bytes value, content, whole;
	struct assay_reader names, all;
	uint8_t found;

	if (!assay_cert_extension(leaf, OID_SAN, &value, NULL))
		return false;
	all = assay_reader(value);
	if (!assay_der_next(&all, ASSAY_DER_SEQUENCE, &names))
		return false;
	while (assay_der_any(&names, &found, &content, &whole)) {
		if (found != tag)
			continue;
		if (tag == SAN_DNS ? assay_text_is_nocase(content, want) :
		    assay_text_is(content, want))
			return true;
	}
	return false;
}

static bool
fingerprint_is(const struct assay_cert *leaf, const uint8_t want[32],
    struct assay_error *err)
{
	struct assay_digest d;

	if (!assay_digest(ASSAY_SHA256, assay_cert_der(leaf), &d, err))
		return false;
	return memcmp(d.bytes, want, 32) == 0 || assay_fail(err,
	    ASSAY_ERR_UNAUTHORIZED, "\"%s\" has another sha256",
	    assay_cert_subject_text(leaf));
}

static bool
identity_ok(const struct assay_caller_certificate *rule,
    const struct assay_cert *leaf, struct assay_error *err)
{
	const char *subject = assay_cert_subject_text(leaf);

	if (rule->subject != NULL && strcmp(rule->subject, subject) != 0)
		return assay_fail(err, ASSAY_ERR_UNAUTHORIZED,
		    "certificate is of \"%s\", want \"%s\"", subject,
		    rule->subject);
	if (rule->dns != NULL && !san_has(leaf, SAN_DNS, rule->dns))
		return assay_fail(err, ASSAY_ERR_UNAUTHORIZED,
		    "\"%s\" has no subjectAltName DNS:%s", subject,
		    rule->dns);
	if (rule->uri != NULL && !san_has(leaf, SAN_URI, rule->uri))
		return assay_fail(err, ASSAY_ERR_UNAUTHORIZED,
		    "\"%s\" has no subjectAltName URI:%s", subject,
		    rule->uri);
	return !rule->has_sha256 || fingerprint_is(leaf, rule->sha256, err);
}

bool
assay_caller_cert_matches(const struct assay_caller_certificate *rule,
    const struct assay_caller_chain *chain, int64_t now,
    struct assay_checks *checks, struct assay_error *err)
{
	const struct assay_cert *leaf = chain->certs[0];

	return assay_check(checks, ASSAY_CHECK_CLIENT_CERT_PATH,
	    path_ok(rule, chain, now, err)) &&
	    assay_check(checks, ASSAY_CHECK_CLIENT_CERT_USAGE,
	    usage_ok(leaf, err)) &&
	    assay_check(checks, ASSAY_CHECK_CLIENT_CERT_IDENTITY,
	    identity_ok(rule, leaf, err));
}
