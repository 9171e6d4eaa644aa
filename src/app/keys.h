/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signing keys of one provider: made, published, used and retired by the
 * schedule of key_schedule.h, kept sealed in the store. There is always one
 * that is published and waits for its first use.
 *
 * At rest a private key is encrypted with the key of key_seal.h. That
 * protects backups and copies of the store; it does not protect against
 * whoever can read that key too.
 */
#ifndef ASSAY_APP_KEYS_H
#define ASSAY_APP_KEYS_H

#include "app/store.h"
#include "crypto/signer.h"

struct assay_keys;
struct assay_key_set;

struct assay_keys_options {
	struct assay_store	*store;
	const char		*provider;	/* NULL: the default one */
	const char		*data_dir;	/* DIR/seal.key */
	const char		*seal_source;	/* key_seal.h; NULL: that file */
	const char		*issuer;	/* subject of certificates */
	bool			 es256;		/* new keys: P-256, not RSA */
	int64_t			 lifetime;	/* seconds of use; 0: 90 days */
	int64_t			 now;
	unsigned int		 threads;	/* how many will sign */
};

/*
 * Load every key that is published; make those that are missing (one in use,
 * one next). A key that will sign and whose certificate names another issuer
 * gets a new certificate. SEAL_BROKEN: sealed with another key than this;
 * CONFIG_INVALID; STORE_FAILED. Nothing is changed then. opt's strings and
 * store must outlive the keys.
 */
ASSAY_MUST_USE bool assay_keys_open(const struct assay_keys_options *opt,
    struct assay_keys **out, struct assay_error *err);
void assay_keys_free(struct assay_keys *keys);	/* or NULL */

/*
 * Do what is due at now: read the keys again if reread or if the schedule
 * says so, make the next one, erase private keys that are gone. Cheap if
 * nothing is due. *changed: there is a new set. On failure the old one stays
 * in use.
 */
ASSAY_MUST_USE bool assay_keys_tick(struct assay_keys *keys, int64_t now,
    bool reread, bool *changed, struct assay_error *err);

/*
 * A key for another purpose, from the secret that seals these: the same for
 * every process that can open them, and of no use for opening them. 32
 * bytes; wipe them after use.
 */
ASSAY_MUST_USE bool assay_keys_derive(const struct assay_keys *keys,
    const char *purpose, uint8_t out[32], struct assay_error *err);

/* ---- one set ---------------------------------------------------------- */

/* What was loaded last, unchanging: release it after use. */
struct assay_key_set *assay_keys_take(struct assay_keys *keys);
void assay_key_set_release(struct assay_key_set *set);	/* or NULL */

struct assay_key_view {
	const char		*kid;
	enum assay_sig_alg	 alg;	/* RS256 or ES256_RAW */
	struct assay_bytes	 cert;	/* DER */
	enum assay_key_state	 state;
};
/*
 * Published at now, the one in use first, then the newest first. index from
 * 0; false behind the last. Borrowed from the set.
 */
bool assay_key_set_published(const struct assay_key_set *set, size_t index,
    int64_t now, struct assay_key_view *out);
/* The one in use at now. */
struct assay_key_view assay_key_set_current(const struct assay_key_set *set,
    int64_t now);
/*
 * The private key of that one, one handle per thread as long as there are
 * enough: threads do not wait for each other's blinding factors. A token
 * that expires at exp must be known to do so before it is signed: the key
 * then stays published for it, whatever becomes of this process.
 * STORE_FAILED if a lifetime beyond ASSAY_KEY_TOKEN_LIFETIME cannot be noted.
 */
ASSAY_MUST_USE bool assay_key_set_signer(struct assay_keys *keys,
    struct assay_key_set *set, int64_t now, int64_t exp,
    const struct assay_signer **out, struct assay_error *err);

#endif
