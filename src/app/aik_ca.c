/* SPDX-License-Identifier: Apache-2.0 */
#include "app/aik_ca.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "app/aik_promise.h"
#include "app/aik_revoked.h"
#include "app/challenges.h"
#include "base/encode.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/when.h"
#include "crypto/der.h"
#include "crypto/digest.h"
#include "crypto/issue.h"
#include "crypto/seal.h"
#include "json/json.h"

#define PURPOSE		"assay AIK CA"
#define KEY_NAME	"aik-ca-key"	/* PKCS #8, sealed */
#define CERT_NAME	"aik-ca-cert"	/* DER */
#define MAX_PKCS8	4096
#define CONTEXT_MAX	4096
#define CHALLENGE_LIFE	300000		/* ms */
#define BACKDATED	3600		/* clocks differ */

struct assay_aik_ca {
	struct assay_store	*store;
	struct assay_signer	*key;
	struct assay_cert	*cert;
	struct assay_buffer	 pem;
	uint8_t			 seal[ASSAY_SEAL_KEY];
	struct assay_challenges	*proven;	/* not again */
	int64_t			 lifetime;
	bool			 fresh;
	struct assay_trust_texts {
		struct assay_buffer	*copy;
		struct assay_bytes	*text;
		size_t			 n;
	} anchors_pem, intermediates_pem;
	pthread_rwlock_t	 lock;		/* of the two below */
	struct assay_tpm_anchors *anchors;
	struct assay_aik_revoked revoked;
};

/* ---- the CA's key and certificate --------------------------------------- */

static bool
make_cert(const struct assay_signer *key, const char *issuer, int64_t now,
    struct assay_buffer *der, struct assay_error *err)
{
	const struct assay_name_part subject[] = { { "O", "Assay AIK CA" },
	    { "CN", issuer } };
	struct assay_cert_spec spec = {
		.subject = subject,
		.n_subject = 2,
		.not_before = now - BACKDATED,
		.key = assay_signer_public(key),
		.is_ca = true,
		.pathlen = 0,
		.key_usage = ASSAY_KU_KEY_CERT_SIGN,
	};

	return (assay_when_civil(2050, 12, 31, 23, 59, 59, &spec.not_after) ||
	    assay_fail(err, ASSAY_ERR_INTERNAL, "calendar")) &&
	    assay_cert_issue(&spec, NULL, key, der, err);
}

static bool
make_key(struct assay_aik_ca *ca, struct assay_error *err)
{
	struct assay_buffer pkcs8 = assay_buffer(MAX_PKCS8);
	struct assay_buffer sealed = assay_buffer(2 * MAX_PKCS8);
	bool ok;

	ok = assay_signer_generate(ASSAY_KEY_EC_P256, 0, &ca->key, err) &&
	    assay_signer_pkcs8(ca->key, &pkcs8, err) &&
	    assay_seal(ca->seal, assay_bytes_of(KEY_NAME),
	    assay_buffer_bytes(&pkcs8), &sealed, err) &&
	    assay_store_set(ca->store, KEY_NAME, assay_buffer_bytes(&sealed),
	    err);
	ca->fresh = ok;
	assay_buffer_wipe(&pkcs8);
	assay_buffer_free(&sealed);
	return ok;
}

static bool
open_key(struct assay_aik_ca *ca, struct assay_error *err)
{
	struct assay_buffer pkcs8 = assay_buffer(MAX_PKCS8);
	struct assay_buffer sealed = assay_buffer(2 * MAX_PKCS8);
	bool found, ok;

	ok = assay_store_get(ca->store, KEY_NAME, &sealed, &found, err);
	if (ok && !found)
		ok = make_key(ca, err);
	else if (ok)
		ok = (assay_unseal(ca->seal, assay_bytes_of(KEY_NAME),
		    assay_buffer_bytes(&sealed), &pkcs8, err) &&
		    assay_signer_from_pkcs8(assay_buffer_bytes(&pkcs8),
		    &ca->key, err)) || assay_fail_in(err, "key of the AIK CA");
	assay_buffer_wipe(&pkcs8);
	assay_buffer_free(&sealed);
	return ok;
}

static bool
open_cert(struct assay_aik_ca *ca, const char *issuer, int64_t now,
    struct assay_error *err)
{
	struct assay_buffer der = assay_buffer(ASSAY_MAX_CERT_BYTES);
	bool found, ok;

	ok = assay_store_get(ca->store, CERT_NAME, &der, &found, err);
	if (ok && !found)
		ok = make_cert(ca->key, issuer, now, &der, err) &&
		    assay_store_set(ca->store, CERT_NAME,
		    assay_buffer_bytes(&der), err);
	ok = ok && assay_cert_parse(assay_buffer_bytes(&der), &ca->cert,
	    err);
	if (ok && !assay_pkey_equal(assay_cert_key(ca->cert),
	    assay_signer_public(ca->key)))
		ok = assay_fail(err, ASSAY_ERR_STORE_FAILED, "store: the AIK "
		    "CA's certificate is for another key than its own");
	assay_buffer_free(&der);
	return ok && (assay_cert_pem(ca->cert, &ca->pem) ||
	    assay_fail_memory(err, "certificate of the AIK CA"));
}

/* ---- whom it believes --------------------------------------------------- */

static void
drop_texts(struct assay_trust_texts *t)
{
	for (size_t i = 0; i < t->n; i++)
		assay_buffer_free(&t->copy[i]);
	free(t->copy);
	free(t->text);
}

static bool
keep_texts(const struct assay_bytes *text, size_t n,
    struct assay_trust_texts *out, struct assay_error *err)
{
	if ((out->copy = assay_alloc(n + 1, sizeof(*out->copy))) == NULL ||
	    (out->text = assay_alloc(n + 1, sizeof(*out->text))) == NULL)
		return assay_fail_memory(err, "trust anchors of EKs");
	for (; out->n < n; out->n++) {
		struct assay_buffer *copy = &out->copy[out->n];

		*copy = assay_buffer(text[out->n].len);
		assay_buffer_put(copy, text[out->n]);
		if (!assay_buffer_ok(copy, "trust anchors of EKs", err))
			return false;
		out->text[out->n] = assay_buffer_bytes(copy);
	}
	return true;
}

bool
assay_aik_ca_reload(struct assay_aik_ca *ca, struct assay_error *err)
{
	struct assay_aik_revoked revoked, old_revoked;
	struct assay_tpm_anchors *anchors = NULL, *old;
	struct assay_tpm_anchors_config config = {
		.pem = ca->anchors_pem.text,
		.n_pem = ca->anchors_pem.n,
		.intermediates = ca->intermediates_pem.text,
		.n_intermediates = ca->intermediates_pem.n,
		.without_builtin = true,
	};

	if (assay_aik_revoked_load(ca->store, &revoked, err)) {
		config.revoked = (const uint8_t (*)[32])revoked.print;
		config.n_revoked = revoked.n;
		if (assay_tpm_anchors_new(&config, &anchors, err)) {
			(void)pthread_rwlock_wrlock(&ca->lock);
			old = ca->anchors;
			old_revoked = ca->revoked;
			ca->anchors = anchors;
			ca->revoked = revoked;
			(void)pthread_rwlock_unlock(&ca->lock);
			assay_tpm_anchors_free(old);
			assay_aik_revoked_free(&old_revoked);
			return true;
		}
	}
	assay_aik_revoked_free(&revoked);
	return assay_fail_in(err, "trust anchors of EKs");
}

/* ---- open --------------------------------------------------------------- */

bool
assay_aik_ca_open(const struct assay_aik_ca_options *opt,
    struct assay_aik_ca **out, struct assay_error *err)
{
	struct assay_aik_ca *ca = assay_alloc(1, sizeof(*ca));

	if (ca == NULL || pthread_rwlock_init(&ca->lock, NULL) != 0) {
		free(ca);
		return assay_fail_memory(err, "AIK CA");
	}
	ca->store = opt->store;
	ca->lifetime = opt->lifetime;
	ca->pem = assay_buffer(ASSAY_MAX_PEM_BYTES);
	if (!keep_texts(opt->anchors, opt->n_anchors, &ca->anchors_pem,
	    err) || !keep_texts(opt->intermediates, opt->n_intermediates,
	    &ca->intermediates_pem, err) ||
	    !assay_keys_derive(opt->keys, PURPOSE, ca->seal, err) ||
	    !open_key(ca, err) ||
	    !open_cert(ca, opt->issuer, opt->now_ms / 1000, err) ||
	    !assay_challenges_new(opt->now_ms, ASSAY_MAX_TPM_CHALLENGES,
	    &ca->proven, err) ||
	    !assay_aik_ca_reload(ca, err)) {
		assay_aik_ca_free(ca);
		return assay_fail_in(err, "AIK CA");
	}
	*out = ca;
	return true;
}

void
assay_aik_ca_free(struct assay_aik_ca *ca)
{
	if (ca == NULL)
		return;
	assay_challenges_free(ca->proven);
	assay_signer_free(ca->key);
	assay_cert_free(ca->cert);
	assay_buffer_free(&ca->pem);
	assay_tpm_anchors_free(ca->anchors);
	assay_aik_revoked_free(&ca->revoked);
	drop_texts(&ca->anchors_pem);
	drop_texts(&ca->intermediates_pem);
	(void)pthread_rwlock_destroy(&ca->lock);
	assay_wipe_free(ca, sizeof(*ca));
}

bool
assay_aik_ca_fresh(const struct assay_aik_ca *ca)
{
	return ca->fresh;
}

struct assay_bytes
assay_aik_ca_der(const struct assay_aik_ca *ca)
{
	return assay_cert_der(ca->cert);
}

struct assay_bytes
assay_aik_ca_pem(const struct assay_aik_ca *ca)
{
	return assay_buffer_bytes(&ca->pem);
}

/* ---- the challenge ------------------------------------------------------ */

void
assay_aik_challenge_free(struct assay_aik_challenge *c)
{
	assay_buffer_free(&c->credential_blob);
	assay_buffer_free(&c->secret);
	assay_buffer_free(&c->context);
}

static bool
make_challenge(const struct assay_aik_ca *ca, const struct assay_enrolment *e,
    int64_t now_ms, struct assay_aik_challenge *out, struct assay_error *err)
{
	struct assay_buffer spki = assay_buffer(CONTEXT_MAX);
	struct assay_aik_promise p = { .tpm = e->tpm };
	bool ok;

	memcpy(p.ek, e->ek_fingerprint, sizeof(p.ek));
	ok = assay_aik_promise_new(now_ms, CHALLENGE_LIFE, &p, err) &&
	    assay_make_credential(&e->ek, (struct assay_bytes){
	    e->aik_name.bytes, e->aik_name.len }, (struct assay_bytes){
	    p.secret, sizeof(p.secret) }, &out->credential_blob,
	    &out->secret, err) &&
	    assay_pkey_spki(e->aik_pub.key, &spki, err);
	p.spki = assay_buffer_bytes(&spki);
	ok = ok && assay_aik_promise_seal(ca->seal, &p, &out->context,
	    err);
	assay_wipe(&p, sizeof(p));
	assay_buffer_free(&spki);
	return ok;
}

bool
assay_aik_ca_challenge(struct assay_aik_ca *ca,
    const struct assay_enrolment_request *request, int64_t now_ms,
    struct assay_aik_challenge *out, struct assay_error *err)
{
	struct assay_enrolment e;
	bool ok;

	*out = (struct assay_aik_challenge){ assay_buffer(CONTEXT_MAX),
	    assay_buffer(CONTEXT_MAX), assay_buffer(2 * CONTEXT_MAX) };
	(void)pthread_rwlock_rdlock(&ca->lock);
	ok = assay_enrol(request, ca->anchors, now_ms / 1000, &e, err);
	(void)pthread_rwlock_unlock(&ca->lock);
	if (!ok)
		return false;
	ok = make_challenge(ca, &e, now_ms, out, err);
	assay_enrolment_free(&e);
	return ok;
}

/* ---- the certificate ---------------------------------------------------- */

static void
put_attribute(struct assay_buffer *out, const char *oid,
    struct assay_bytes value)
{
	size_t from = out->len;

	(void)assay_der_put_oid(out, oid);
	(void)assay_der_put(out, ASSAY_DER_UTF8_STRING, value);
	(void)assay_der_wrap(out, from, ASSAY_DER_SEQUENCE);
	(void)assay_der_wrap(out, from, ASSAY_DER_SET);
}

/* The TPM's attributes as its EK certificate has them. */
static bool
put_san(struct assay_buffer *out, const struct assay_tpm_attributes *tpm,
    struct assay_error *err)
{
	put_attribute(out, "2.23.133.2.1", tpm->manufacturer);
	put_attribute(out, "2.23.133.2.2", tpm->model);
	put_attribute(out, "2.23.133.2.3", tpm->version);
	(void)assay_der_wrap(out, 0, ASSAY_DER_SEQUENCE);
	(void)assay_der_wrap(out, 0, 0xa4);	/* directoryName */
	(void)assay_der_wrap(out, 0, ASSAY_DER_SEQUENCE);
	return assay_buffer_ok(out, "subjectAltName", err);
}

static bool
put_purpose(struct assay_buffer *out, struct assay_error *err)
{
	(void)assay_der_put_oid(out, ASSAY_OID_AIK_CERTIFICATE);
	(void)assay_der_wrap(out, 0, ASSAY_DER_SEQUENCE);
	return assay_buffer_ok(out, "extKeyUsage", err);
}

/* "AIK " and 16 digits of the key's hash. */
static bool
name_aik(struct assay_bytes spki, char out[24], struct assay_error *err)
{
	struct assay_digest d;

	if (!assay_digest(ASSAY_SHA256, spki, &d, err))
		return false;
	(void)snprintf(out, 5, "AIK ");
	assay_hex((struct assay_bytes){ d.bytes, 8 }, out + 4);
	return true;
}

static int64_t
end_of(const struct assay_aik_ca *ca, int64_t now)
{
	int64_t ca_end = assay_cert_not_after(ca->cert);

	return now > ca_end - ca->lifetime ? ca_end : now + ca->lifetime;
}

static bool
issue(const struct assay_aik_ca *ca, const struct assay_aik_promise *p,
    int64_t now, struct assay_buffer *der, struct assay_error *err)
{
	struct assay_buffer san = assay_buffer(CONTEXT_MAX);
	struct assay_buffer purpose = assay_buffer(64);
	struct assay_extension_spec ext[2];
	char cn[24];
	const struct assay_name_part subject = { "CN", cn };
	struct assay_pkey *key = NULL;
	struct assay_cert_spec spec = {
		.subject = &subject,
		.n_subject = 1,
		.not_before = now - BACKDATED,
		.not_after = end_of(ca, now),
		.key_usage = ASSAY_KU_DIGITAL_SIGNATURE,
		.pathlen = -1,
		.extensions = ext,
		.n_extensions = 2,
	};
	bool ok;

	ok = name_aik(p->spki, cn, err) &&
	    assay_pkey_from_spki(p->spki, &key, err) &&
	    put_san(&san, &p->tpm, err) && put_purpose(&purpose, err);
	spec.key = key;
	ext[0] = (struct assay_extension_spec){ "2.5.29.37", false,
	    assay_buffer_bytes(&purpose) };
	ext[1] = (struct assay_extension_spec){ "2.5.29.17", false,
	    assay_buffer_bytes(&san) };
	ok = ok && assay_cert_issue(&spec, ca->cert, ca->key, der, err);
	assay_pkey_free(key);
	assay_buffer_free(&san);
	assay_buffer_free(&purpose);
	return ok;
}

/* {"certificate","ek","serial"}: what was issued, and to which TPM. */
static bool
describe(const struct assay_aik_promise *p, const struct assay_cert *cert,
    struct assay_buffer *out, struct assay_error *err)
{
	struct assay_buffer b64 = assay_buffer(2 * ASSAY_MAX_CERT_BYTES);
	struct assay_bytes serial = assay_cert_serial(cert);
	char ek[65], number[2 * 20 + 1] = "";
	json_t *record = NULL;
	bool ok;

	assay_hex((struct assay_bytes){ p->ek, sizeof(p->ek) }, ek);
	if (serial.len <= 20)
		assay_hex(serial, number);
	ok = assay_base64url_encode(assay_cert_der(cert), &b64) &&
	    (record = json_pack("{s:s, s:s, s:s}", "certificate",
	    assay_buffer_str(&b64), "ek", ek, "serial", number)) != NULL;
	ok = ok ? assay_json_write(record, out, err) :
	    assay_fail_memory(err, "record");
	json_decref(record);
	assay_buffer_free(&b64);
	return ok;
}

static bool
record(const struct assay_aik_ca *ca, const struct assay_aik_promise *p,
    struct assay_bytes der, const struct assay_store_change *change,
    char fingerprint[65], struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(4 * ASSAY_MAX_CERT_BYTES);
	struct assay_store_event event = { .subject = ASSAY_AIK_SUBJECT,
	    .name = fingerprint, .action = "issue" };
	struct assay_cert *cert = NULL;
	struct assay_digest d;
	bool ok;

	ok = assay_cert_parse(der, &cert, err) &&
	    assay_digest(ASSAY_SHA256, der, &d, err) &&
	    describe(p, cert, &text, err);
	if (ok) {
		assay_hex(assay_digest_bytes(&d), fingerprint);
		event.content = assay_buffer_bytes(&text);
		ok = assay_store_history_add(ca->store, &event, change, err);
	}
	assay_cert_free(cert);
	assay_buffer_free(&text);
	return ok;
}

/*
 * Whoever does not know the secret uses nothing up: a proof is counted as
 * used when all else about it is right.
 */
static bool
keeps_promise(struct assay_aik_ca *ca, const struct assay_aik_promise *p,
    struct assay_bytes secret, int64_t now_ms, struct assay_error *err)
{
	bool revoked;

	if (p->once.expiry <= now_ms)
		return assay_fail(err, ASSAY_ERR_TPM_CHALLENGE_EXPIRED,
		    "the credential was made more than %d seconds ago",
		    CHALLENGE_LIFE / 1000);
	(void)pthread_rwlock_rdlock(&ca->lock);
	revoked = assay_aik_revoked_has(&ca->revoked, p->ek);
	(void)pthread_rwlock_unlock(&ca->lock);
	if (revoked)
		return assay_fail(err, ASSAY_ERR_CERT_REVOKED,
		    "the certificate of the endorsement key is revoked here");
	if (!assay_bytes_equal(secret, (struct assay_bytes){ p->secret,
	    sizeof(p->secret) }))
		return assay_fail(err, ASSAY_ERR_AIK_NOT_PROVEN,
		    "the secret is not the one in the credential: the AIK was "
		    "not shown to be in the TPM of this endorsement key");
	return assay_challenges_use(ca->proven, &p->once, now_ms, err) ||
	    assay_fail_in(err, "credential");
}

bool
assay_aik_ca_certify(struct assay_aik_ca *ca,
    const struct assay_aik_proof *proof, int64_t now_ms,
    const struct assay_store_change *change, struct assay_buffer *der,
    char fingerprint[65], struct assay_error *err)
{
	struct assay_buffer plain = assay_buffer(CONTEXT_MAX);
	struct assay_buffer cert = assay_buffer(ASSAY_MAX_CERT_BYTES);
	struct assay_aik_promise p = { .ek = { 0 } };
	bool ok;

	ok = assay_aik_promise_open(ca->seal, proof->context, &plain, &p,
	    err) && keeps_promise(ca, &p, proof->secret, now_ms, err) &&
	    issue(ca, &p, change->now, &cert, err) &&
	    record(ca, &p, assay_buffer_bytes(&cert), change, fingerprint,
	    err);
	if (ok) {
		assay_buffer_put(der, assay_buffer_bytes(&cert));
		ok = assay_buffer_ok(der, "certificate", err);
	}
	assay_wipe(&p, sizeof(p));
	assay_buffer_wipe(&plain);
	assay_buffer_free(&cert);
	return ok;
}
