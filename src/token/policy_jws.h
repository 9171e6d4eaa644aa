/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies and policy signers travel as JWS (Azure Attestation, author and
 * sign a policy). The certificate in the header says who signed; whether that
 * one may is decided against configured certificates and nothing else.
 *
 * Accepted is what the released SDKs send: RS256, ES256, and RSA256, ECDH256
 * as .NET and Python write them; ECDSA as r || s or DER (C++, Python); the
 * certificates in x5c or in jwk.x5c (Python); unsecured {"alg":"none"}.
 */
#ifndef ASSAY_TOKEN_POLICY_JWS_H
#define ASSAY_TOKEN_POLICY_JWS_H

#include <jansson.h>

#include "base/limits.h"
#include "crypto/cert.h"
#include "token/jws.h"

/* Ours: no SDK sends them, and no service minds them. */
#define ASSAY_POLICY_SERIAL		"x-assay-serial"
#define ASSAY_POLICY_TYPE		"x-assay-type"
#define ASSAY_POLICY_ACTION		"x-assay-action"
#define ASSAY_POLICY_BINDING_MAX	32	/* of either value, and NUL */
#define ASSAY_THUMBPRINT_TEXT		41	/* hex of 20 bytes, NUL */
#define ASSAY_POLICY_TOKEN_HASH_TEXT	44	/* base64url of 32, NUL */

/* What the payload must be. */
enum assay_policy_body {
	ASSAY_POLICY_BODY_TEXT,		/* {"AttestationPolicy": base64url} */
	ASSAY_POLICY_BODY_PLAIN,	/* that, or plain: 2018-09-01-preview */
	ASSAY_POLICY_BODY_EMPTY,	/* nothing, or x-assay-*: reset */
	ASSAY_POLICY_BODY_CERTIFICATE,	/* {"policyCertificate": JWK} */
};

/* Free with assay_policy_jws_free(). */
struct assay_policy_jws {
	/* The signature verifies under chain[0]. Whom that certificate belongs
	 * to is not known yet: see assay_policy_jws_trusted(). */
	bool			 is_signed;
	struct assay_cert	*chain[ASSAY_MAX_CHAIN_CERTS];
	size_t			 n_chain;
	struct assay_buffer	 policy;	/* TEXT, PLAIN: not empty */
	bool			 has_serial;	/* member x-assay-serial */
	int64_t			 serial;
	char			 type[ASSAY_POLICY_BINDING_MAX];   /* or "" */
	char			 action[ASSAY_POLICY_BINDING_MAX]; /* or "" */
	struct assay_cert	*certificate;	/* CERTIFICATE */
};

/*
 * Parse and check everything that does not need configuration: for a signed
 * one the algorithm, the signature, that the certificates form a chain, and
 * assay_policy_signer_check() of the first; exp and nbf if there; the payload
 * (policy text is UTF-8 without NUL). TOKEN_MALFORMED, TOKEN_HEADER,
 * ALGORITHM_REFUSED, SIGNATURE_INVALID, CERT_*, TOKEN_CLAIM, TOKEN_EXPIRED,
 * TOKEN_NOT_YET_VALID. *out is written only on success.
 */
ASSAY_MUST_USE bool assay_policy_jws_parse(struct assay_bytes text,
    enum assay_policy_body body, int64_t now, struct assay_policy_jws *out,
    struct assay_error *err);
void assay_policy_jws_free(struct assay_policy_jws *jws);
/*
 * Append the policy text of a JWS that was checked when it was stored: of
 * either spelling, and as lenient with the base64 as older versions were.
 */
ASSAY_MUST_USE bool assay_policy_jws_text(const struct assay_jws *jws,
    struct assay_buffer *out, struct assay_error *err);

/*
 * May it change an isolated instance? Signed, and by one of exactly these
 * certificates: one that they issued does not count. INVALID_OPERATION if
 * unsigned, CERT_UNTRUSTED.
 */
ASSAY_MUST_USE bool assay_policy_jws_trusted(
    const struct assay_policy_jws *jws,
    const struct assay_cert *const *signers, size_t n,
    struct assay_error *err);

/*
 * Was it made for this? A signed text says neither for which type nor whether
 * to set or to reset, so that it could be used for another; what the members
 * x-assay-type and x-assay-action say must be so. type NULL: the change has
 * none. demanded: members that are absent refuse a signed one too.
 * INVALID_OPERATION.
 */
ASSAY_MUST_USE bool assay_policy_jws_bound(
    const struct assay_policy_jws *jws, const char *type, const char *action,
    bool demanded, struct assay_error *err);

/*
 * Can this certificate sign policies: basicConstraints CA, an RSA or P-256
 * key, valid at now, no unknown critical extension? CERT_PROFILE,
 * CERT_EXPIRED, CERT_NOT_YET_VALID, KEY_INVALID.
 */
ASSAY_MUST_USE bool assay_policy_signer_check(const struct assay_cert *cert,
    int64_t now, struct assay_error *err);

/* {"alg","kty","use":"sig","x5c"}: a new reference, NULL on failure. */
ASSAY_MUST_USE json_t *assay_policy_signer_jwk(
    const struct assay_cert *const *chain, size_t n, struct assay_error *err);
/* x-ms-certificate-thumbprint: upper-case hex of SHA-1 over the DER. */
ASSAY_MUST_USE bool assay_policy_thumbprint(const struct assay_cert *cert,
    char out[ASSAY_THUMBPRINT_TEXT], struct assay_error *err);
/* x-ms-policy-token-hash: base64url of SHA-256 over the JWS as received. */
ASSAY_MUST_USE bool assay_policy_token_hash(struct assay_bytes jws,
    char out[ASSAY_POLICY_TOKEN_HASH_TEXT], struct assay_error *err);

/* ---- making ----------------------------------------------------------- */

/* What a payload may say beside the policy; NULL: not said. */
struct assay_policy_terms {
	const int64_t	*serial;
	const char	*type;		/* "SgxEnclave" */
	const char	*action;	/* "set", "reset", "add", "remove" */
};
/*
 * Append {"AttestationPolicy": ...}. policy.ptr NULL: that of a reset, which
 * is empty unless there are terms.
 */
ASSAY_MUST_USE bool assay_policy_payload(struct assay_bytes policy,
    const struct assay_policy_terms *terms, struct assay_buffer *out,
    struct assay_error *err);
/* Append {"policyCertificate": {"kty","x5c"}}; action NULL: not said. */
ASSAY_MUST_USE bool assay_policy_certificate_payload(
    const struct assay_cert *cert, const char *action,
    struct assay_buffer *out, struct assay_error *err);

/* Who signs; chain[0] is the signer's own certificate. */
struct assay_policy_signer {
	const struct assay_signer	*key;
	const struct assay_cert *const	*chain;
	size_t				 n_chain;
};
/*
 * Append the JWS around payload (which may be empty); signer NULL: unsecured.
 * KEY_INVALID if the certificate is not of the key.
 */
ASSAY_MUST_USE bool assay_policy_jws_make(struct assay_bytes payload,
    const struct assay_policy_signer *signer, struct assay_buffer *out,
    struct assay_error *err);

#endif
