/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service's signing keys: made at first start, kept sealed in the store,
 * published with a certificate.
 *
 * At rest a key is encrypted with a key that lies beside the store, in a
 * file of mode 0600. That protects backups and copies of the store alone;
 * it does not protect against whoever can read the whole data directory as
 * the service's user.
 */
#ifndef ASSAY_APP_KEYS_H
#define ASSAY_APP_KEYS_H

#include "app/store.h"
#include "crypto/signer.h"

struct assay_keys;

struct assay_keys_options {
	struct assay_store	*store;
	const char		*data_dir;	/* DIR/seal.key */
	const char		*issuer;	/* subject of certificates */
	int64_t			 now;
	unsigned int		 threads;	/* how many will sign */
};

/*
 * Load every key; make one (RSA-2048) if there is none in use. A key whose
 * certificate names another issuer gets a new certificate. SEAL_BROKEN: the
 * file is not the one that the keys were sealed with.
 */
ASSAY_MUST_USE bool assay_keys_open(const struct assay_keys_options *opt,
    struct assay_keys **out, struct assay_error *err);
void assay_keys_free(struct assay_keys *keys);	/* or NULL */

/* True if this call made a key. */
bool assay_keys_fresh(const struct assay_keys *keys);
/* base64(SHA-256(PEM of the public key and a NUL)): api.md section 6. */
const char *assay_keys_kid(const struct assay_keys *keys);
/*
 * The private key to sign with, one per thread as long as there are enough:
 * threads do not wait for each other's blinding factors.
 */
const struct assay_signer *assay_keys_signer(struct assay_keys *keys);

/* Append x5t of the certificate of the key in use (RFC 7515 4.1.7). */
ASSAY_MUST_USE bool assay_keys_x5t(const struct assay_keys *keys,
    struct assay_buffer *out, struct assay_error *err);
/*
 * A key for another purpose, from the secret that seals these: the same for
 * every process that can open them, and of no use for opening them. 32
 * bytes; wipe them after use.
 */
ASSAY_MUST_USE bool assay_keys_derive(const struct assay_keys *keys,
    const char *purpose, uint8_t out[32], struct assay_error *err);

/* Every published key, the one in use first. */
size_t assay_keys_count(const struct assay_keys *keys);
const char *assay_keys_kid_at(const struct assay_keys *keys, size_t index);
struct assay_bytes assay_keys_cert_at(const struct assay_keys *keys,
    size_t index);		/* DER */

#endif
