/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JWS in compact serialization (RFC 7515), with the algorithms of RFC 7518
 * that this project allows: RS256/384/512, PS256/384/512, ES256, ES384.
 * Parsing trusts nothing; whoever verifies says which key and algorithm.
 */
#ifndef ASSAY_TOKEN_JWS_H
#define ASSAY_TOKEN_JWS_H

#include <jansson.h>

#include "crypto/signer.h"

/* "RS256"; NULL for the DER forms, which JWS does not know. Static. */
const char *assay_jws_alg_name(enum assay_sig_alg alg);
/* Exact spelling. False for anything else, "none" included. */
bool assay_jws_alg_parse(struct assay_bytes name, enum assay_sig_alg *out);
/* Can a key of this type make signatures of this algorithm? */
bool assay_jws_alg_fits(enum assay_sig_alg alg, enum assay_key_type type);
/* The one algorithm of a key that does not say: RS256, ES256 or ES384. */
enum assay_sig_alg assay_jws_alg_default(enum assay_key_type type);

/* A JWS taken apart. Free with assay_jws_free(). */
struct assay_jws {
	/* Borrowed from the text: what the signature covers. */
	struct assay_bytes	 signing_input;
	struct assay_buffer	 header_text;
	json_t			*header;	/* an object with a string alg */
	struct assay_bytes	 alg;		/* borrowed from header */
	struct assay_buffer	 payload;	/* decoded, any bytes */
	struct assay_buffer	 signature;	/* decoded; may be empty */
};

/*
 * Exactly three parts in canonical base64url; a header that is one JSON
 * object, names no member twice, has a string alg, and none of crit, b64, zip
 * and enc, which change what a JWS means (RFC 7515 section 4.1.11: what is
 * critical and not understood must be refused). TOKEN_MALFORMED,
 * TOKEN_HEADER, LIMIT_EXCEEDED. Zero *out before; it owns nothing on failure.
 */
ASSAY_MUST_USE bool assay_jws_parse(struct assay_bytes text,
    struct assay_jws *out, struct assay_error *err);
/* The same for messages that are no tokens, with a maximum of their own. */
ASSAY_MUST_USE bool assay_jws_parse_max(struct assay_bytes text, size_t max,
    struct assay_jws *out, struct assay_error *err);
void assay_jws_free(struct assay_jws *jws);

/* alg is "none" and the signature is empty (RFC 7518 section 3.6). */
bool assay_jws_is_unsecured(const struct assay_jws *jws);
/*
 * The string member of the header, or empty bytes if absent; TOKEN_HEADER if
 * it is there and not a string.
 */
ASSAY_MUST_USE bool assay_jws_header_string(const struct assay_jws *jws,
    const char *name, struct assay_bytes *out, struct assay_error *err);
/*
 * Does key verify it under alg, which the caller got with the key and not
 * from the token? ALGORITHM_REFUSED if the header names another algorithm or
 * the key is of another kind, SIGNATURE_INVALID.
 */
ASSAY_MUST_USE bool assay_jws_verify(const struct assay_jws *jws,
    const struct assay_pkey *key, enum assay_sig_alg alg,
    struct assay_error *err);

/*
 * Append a signed JWS. header_json is one JSON object whose alg is the name
 * of alg (INTERNAL if not: a token that lies about itself is never made).
 */
ASSAY_MUST_USE bool assay_jws_sign(const struct assay_signer *signer,
    enum assay_sig_alg alg, struct assay_bytes header_json,
    struct assay_bytes payload, struct assay_buffer *out,
    struct assay_error *err);
/*
 * Append an unsecured JWS: header with alg "none", third part empty. Only for
 * answers to draft policies and for unsigned policies; it proves nothing.
 */
ASSAY_MUST_USE bool assay_jws_unsecured(struct assay_bytes header_json,
    struct assay_bytes payload, struct assay_buffer *out,
    struct assay_error *err);

/*
 * A failure of a lower layer, seen as a fault of a token: malformed input
 * becomes TOKEN_MALFORMED with the same text behind "what: "; other classes
 * keep their code. Returns false.
 */
bool assay_jws_malformed(struct assay_error *err, const char *what);

#endif
