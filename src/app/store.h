/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the service remembers: policies and policy signers with their whole
 * history, signing keys (sealed), collateral, and a few named values. A
 * change is durable when the function that makes it returns true, and is
 * there whole or not at all. All functions may be called from any thread;
 * a store may be open in several processes (assayd and assay) at once.
 *
 * Errors are STORE_FAILED unless said otherwise. Nothing that is read is
 * interpreted here.
 */
#ifndef ASSAY_APP_STORE_H
#define ASSAY_APP_STORE_H

#include "app/collateral_list.h"
#include "app/key_schedule.h"
#include "base/buffer.h"

struct assay_store;

/*
 * Open or make DIR/assay.db (mode 0600; DIR is made with mode 0700) and
 * check that it is whole. CONFIG_INVALID: DIR or the file may be read by
 * others, or the file was written by a newer version.
 */
ASSAY_MUST_USE bool assay_store_open(const char *dir,
    struct assay_store **out, struct assay_error *err);
void assay_store_close(struct assay_store *store);	/* or NULL */
/*
 * Changes whenever something else than this handle (`assay`, say) has
 * changed the content. Cheap enough to ask every second.
 */
ASSAY_MUST_USE bool assay_store_version(struct assay_store *store,
    uint64_t *version, struct assay_error *err);

/* ---- named values ------------------------------------------------------- */

/* Append the value; success with *found false if there is none. */
ASSAY_MUST_USE bool assay_store_get(struct assay_store *store,
    const char *name, struct assay_buffer *value, bool *found,
    struct assay_error *err);
ASSAY_MUST_USE bool assay_store_set(struct assay_store *store,
    const char *name, struct assay_bytes value, struct assay_error *err);

/* ---- who and when ------------------------------------------------------- */

/* Kept with each change. */
struct assay_store_change {
	int64_t		 now;
	const char	*actor;		/* address or credential */
	const char	*request_id;
};

/* ---- policies ----------------------------------------------------------- */

struct assay_store_policy {
	struct assay_buffer	jws;	/* verbatim; empty: the default */
	bool			has_serial;
	int64_t			serial;	/* highest ever in force */
};
/* Zeroed out if never set. Free with assay_store_policy_free(). */
ASSAY_MUST_USE bool assay_store_policy_get(struct assay_store *store,
    const char *type, struct assay_store_policy *out,
    struct assay_error *err);
void assay_store_policy_free(struct assay_store_policy *policy);

/*
 * Put the JWS in force, or the default if jws is empty. The serial decides
 * whether it may: once a policy with a serial was in force for the type, one
 * without a serial is refused, and so is one with a lower serial, or with
 * the same serial and other content (INVALID_OPERATION, naming both).
 */
ASSAY_MUST_USE bool assay_store_policy_put(struct assay_store *store,
    const char *type, struct assay_bytes jws, const int64_t *serial,
    const struct assay_store_change *change, struct assay_error *err);

/* ---- policy signers ------------------------------------------------------ */

/* Called for each row; false (with err set) stops and fails the whole. */
typedef bool assay_store_signer_fn(void *ctx, const char *thumbprint,
    struct assay_bytes der, struct assay_error *err);
ASSAY_MUST_USE bool assay_store_signers_each(struct assay_store *store,
    assay_store_signer_fn *fn, void *ctx, struct assay_error *err);
/* Adding one that is there is no change. */
ASSAY_MUST_USE bool assay_store_signer_add(struct assay_store *store,
    const char *thumbprint, struct assay_bytes der,
    const struct assay_store_change *change, struct assay_error *err);
/*
 * Removing one that is not there is no change. INVALID_OPERATION: it is the
 * last one.
 */
ASSAY_MUST_USE bool assay_store_signer_remove(struct assay_store *store,
    const char *thumbprint, const struct assay_store_change *change,
    struct assay_error *err);

/* ---- history ------------------------------------------------------------- */

struct assay_store_event {
	int64_t		 id;		/* counts up */
	int64_t		 time;
	const char	*subject;	/* "policy", "certificate", "aik", "key" */
	const char	*name;		/* type, thumbprint, fingerprint */
	const char	*action;	/* "set", "reset", "add", "remove" */
	const char	*actor;
	const char	*request_id;
	const char	*hash;		/* base64url SHA-256 of the content */
	bool		 has_serial;
	int64_t		 serial;
	struct assay_bytes content;	/* JWS or DER */
};
typedef bool assay_store_event_fn(void *ctx,
    const struct assay_store_event *event, struct assay_error *err);
/* Oldest first; name NULL: all. */
ASSAY_MUST_USE bool assay_store_history_each(struct assay_store *store,
    const char *subject, const char *name, assay_store_event_fn *fn,
    void *ctx, struct assay_error *err);

/*
 * Append an event of a subject that is not kept elsewhere: id, time, actor,
 * request_id and hash are not looked at.
 */
ASSAY_MUST_USE bool assay_store_history_add(struct assay_store *store,
    const struct assay_store_event *event,
    const struct assay_store_change *change, struct assay_error *err);

/* ---- signing keys --------------------------------------------------------- */

#define ASSAY_PROVIDER_DEFAULT	""

struct assay_store_key {
	const char		*kid;
	const char		*alg;		/* "RS256", "ES256" */
	struct assay_key_times	 times;
	struct assay_bytes	 sealed;	/* PKCS #8; empty: erased */
	struct assay_bytes	 cert;		/* DER */
};
typedef bool assay_store_key_fn(void *ctx, const struct assay_store_key *key,
    struct assay_error *err);
/*
 * Those of one provider in the order of assay_key_order(), with the revision
 * of the whole set. fn must not call the store.
 */
ASSAY_MUST_USE bool assay_store_keys_each(struct assay_store *store,
    const char *provider, assay_store_key_fn *fn, void *ctx,
    int64_t *revision, struct assay_error *err);
/*
 * Add keys or replace those with the same kid (kid, alg and created stay;
 * covers never falls), all or none, and note the action for each in the
 * history. Success with *done false and nothing changed: the revision is no
 * longer this one; read again and decide again.
 */
ASSAY_MUST_USE bool assay_store_keys_change(struct assay_store *store,
    const char *provider, int64_t revision,
    const struct assay_store_key *keys, size_t n, const char *action,
    const struct assay_store_change *change, bool *done,
    struct assay_error *err);
/* Tokens of this key may expire as late as this: covers rises to it. */
ASSAY_MUST_USE bool assay_store_key_cover(struct assay_store *store,
    const char *provider, const char *kid, int64_t until,
    struct assay_error *err);

/* ---- collateral ------------------------------------------------------------ */

/*
 * Add, or replace the one with the same identifiers; several in one
 * transaction. *stored counts those that are new. COLLATERAL_ROLLBACK, and
 * nothing is stored, if one has an older date or CRL number than one that
 * was stored before, even if that is gone, or if a source's newest has a
 * lower number than its newest before: see the floors below.
 */
ASSAY_MUST_USE bool assay_store_collateral_put(struct assay_store *store,
    const struct assay_collateral_list *items, size_t *stored,
    struct assay_error *err);
/* Append all that is held. */
ASSAY_MUST_USE bool assay_store_collateral_load(struct assay_store *store,
    struct assay_collateral_list *list, struct assay_error *err);
/* Remove those with these identifiers; *removed counts. */
ASSAY_MUST_USE bool assay_store_collateral_remove(struct assay_store *store,
    const struct assay_collateral_item *like, size_t *removed,
    struct assay_error *err);

/* ---- floors ------------------------------------------------------------------ */

/*
 * The date (and CRL number) below which documents of these identifiers are
 * refused. Rises by itself with whatever is stored.
 */
typedef bool assay_store_floor_fn(void *ctx,
    const struct assay_collateral_item *floor, struct assay_error *err);
ASSAY_MUST_USE bool assay_store_floors_each(struct assay_store *store,
    assay_store_floor_fn *fn, void *ctx, struct assay_error *err);
/* Raise for documents that were verified but are not kept here. */
ASSAY_MUST_USE bool assay_store_floor_raise(struct assay_store *store,
    const struct assay_collateral_item *item, struct assay_error *err);
/*
 * Forget the floors of all numbers of these identifiers, and which number is
 * the default, and write that into the history; *n counts them.
 */
ASSAY_MUST_USE bool assay_store_floor_lower(struct assay_store *store,
    const struct assay_collateral_item *like,
    const struct assay_store_change *change, size_t *n,
    struct assay_error *err);

/*
 * Several numbers are kept side by side; the highest that was ever the
 * default (given by somebody, or a source's newest) stays it. Mark the
 * others of list as aside.
 */
ASSAY_MUST_USE bool assay_store_collateral_mark(struct assay_store *store,
    struct assay_collateral_list *list, struct assay_error *err);
/* The highest of all platforms, 0: there is none. */
ASSAY_MUST_USE bool assay_store_newest_number(struct assay_store *store,
    uint32_t *out, struct assay_error *err);

/* ---- blocks ------------------------------------------------------------------ */

/* what: "fmspc", "pck-serial" or "ppid". */
typedef bool assay_store_block_fn(void *ctx, const char *what,
    struct assay_bytes value, const char *reason, struct assay_error *err);
ASSAY_MUST_USE bool assay_store_blocks_each(struct assay_store *store,
    assay_store_block_fn *fn, void *ctx, struct assay_error *err);
/* Blocking what is blocked, and unblocking what is not, is no change. */
ASSAY_MUST_USE bool assay_store_block(struct assay_store *store,
    const char *what, struct assay_bytes value, const char *reason,
    const struct assay_store_change *change, struct assay_error *err);
ASSAY_MUST_USE bool assay_store_unblock(struct assay_store *store,
    const char *what, struct assay_bytes value,
    const struct assay_store_change *change, struct assay_error *err);

#endif
