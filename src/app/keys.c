/* SPDX-License-Identifier: Apache-2.0 */
#include "app/keys.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/file.h"
#include "base/encode.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/when.h"
#include "crypto/digest.h"
#include "crypto/issue.h"
#include "crypto/random.h"
#include "crypto/seal.h"

#define RSA_BITS	2048
#define MAX_KEYS	16
#define MAX_PKCS8	(16 * 1024)
#define SEAL_LABEL	"assay signing key: "

struct key {
	char			*kid;
	struct assay_buffer	 cert;		/* DER */
	struct assay_signer	**signers;	/* only of the key in use */
};

struct assay_keys {
	struct key		 key[MAX_KEYS];
	size_t			 n;
	unsigned int		 n_signers;
	atomic_uint		 next_thread;
	bool			 fresh;
	uint8_t			 seal[ASSAY_SEAL_KEY];
};

/* ---- names ----------------------------------------------------------------- */

static bool
make_kid(const struct assay_pkey *key, char **out, struct assay_error *err)
{
	struct assay_buffer pem = assay_buffer(ASSAY_MAX_PEM_BYTES);
	struct assay_buffer text = assay_buffer(64);
	struct assay_digest d;
	bool ok = false;

	if (!assay_pkey_pem(key, &pem, err))
		goto out;
	assay_buffer_putc(&pem, 0);
	if (!assay_buffer_ok(&pem, "key", err) ||
	    !assay_digest(ASSAY_SHA256, assay_buffer_bytes(&pem), &d, err))
		goto out;
	assay_base64_encode(assay_digest_bytes(&d), &text);
	if (!assay_buffer_ok(&text, "kid", err))
		goto out;
	*out = assay_buffer_take(&text);
	ok = true;
out:
	assay_buffer_free(&pem);
	assay_buffer_free(&text);
	return ok;
}

/* As the service that we follow: self-signed, the issuer as its name. */
static bool
make_cert(const struct assay_signer *signer, const char *issuer, int64_t now,
    struct assay_buffer *der, struct assay_error *err)
{
	const struct assay_name_part subject = { "CN", issuer };
	struct assay_cert_spec spec = {
		.subject = &subject,
		.n_subject = 1,
		.not_before = now - 24 * 3600,
		.key = assay_signer_public(signer),
		.pathlen = -1,
		.key_usage = ASSAY_KU_DIGITAL_SIGNATURE,
	};

	if (!assay_when_civil(2050, 12, 31, 23, 59, 59, &spec.not_after))
		return assay_fail(err, ASSAY_ERR_INTERNAL, "calendar");
	return assay_cert_issue(&spec, NULL, signer, der, err);
}

/* ---- at rest ---------------------------------------------------------------- */

/* A copy that was put back with the modes of its backup is no secret. */
static bool
check_seal_file(const char *path, struct assay_error *err)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return errno == ENOENT || assay_fail(err, ASSAY_ERR_IO_FAILED,
		    "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode) || (st.st_mode & 077) != 0)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "%s is not a file of mode 0600 (mode %03o)", path,
		    st.st_mode & 0777);
	return true;
}

static bool
load_seal_key(struct assay_keys *keys, const char *dir,
    struct assay_error *err)
{
	struct assay_buffer file = assay_buffer(0);
	char *path = NULL;
	bool found, ok = false;

	if (asprintf(&path, "%s/seal.key", dir) < 0)
		return assay_fail_memory(err, "path");
	if (!check_seal_file(path, err) ||
	    !assay_file_read_if(path, ASSAY_SEAL_KEY, &file, &found, err))
		goto out;
	if (found && file.len != ASSAY_SEAL_KEY) {
		assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "%s has %zu bytes, want %d", path, file.len,
		    ASSAY_SEAL_KEY);
		goto out;
	}
	if (found) {
		memcpy(keys->seal, file.ptr, ASSAY_SEAL_KEY);
		ok = true;
		goto out;
	}
	ok = assay_random(keys->seal, ASSAY_SEAL_KEY, err) &&
	    assay_file_write(path, (struct assay_bytes){ keys->seal,
	    ASSAY_SEAL_KEY }, 0600, err);
out:
	assay_buffer_wipe(&file);
	free(path);
	return ok;
}

static void
seal_label(const char *kid, char *out, size_t size)
{
	(void)snprintf(out, size, SEAL_LABEL "%s", kid);
}

static bool
store_key(struct assay_keys *keys, struct assay_store *store,
    const struct key *key, const struct assay_signer *signer, int64_t now,
    struct assay_error *err)
{
	struct assay_buffer pkcs8 = assay_buffer(MAX_PKCS8);
	struct assay_buffer sealed = assay_buffer(2 * MAX_PKCS8);
	struct assay_store_key row = { .kid = key->kid, .created = now };
	char label[128];
	bool ok;

	seal_label(key->kid, label, sizeof(label));
	ok = assay_signer_pkcs8(signer, &pkcs8, err) &&
	    assay_seal(keys->seal, assay_bytes_of(label),
	    assay_buffer_bytes(&pkcs8), &sealed, err);
	if (ok) {
		row.sealed = assay_buffer_bytes(&sealed);
		row.cert = assay_buffer_bytes(&key->cert);
		ok = assay_store_key_put(store, &row, err);
	}
	assay_buffer_wipe(&pkcs8);
	assay_buffer_free(&sealed);
	return ok;
}

/* ---- loading ------------------------------------------------------------------ */

struct loading {
	struct assay_keys		*keys;
	const struct assay_keys_options	*opt;
	struct assay_buffer		 pkcs8;		/* of the key in use */
	int64_t				 created;
};

static bool
load_row(void *ctx, const struct assay_store_key *row,
    struct assay_error *err)
{
	struct loading *l = ctx;
	struct key *key;
	char label[128];

	if (l->keys->n == MAX_KEYS)
		return true;	/* the oldest are no longer published */
	key = &l->keys->key[l->keys->n++];
	key->kid = strdup(row->kid);
	key->cert = assay_buffer(ASSAY_MAX_CERT_BYTES);
	assay_buffer_put(&key->cert, row->cert);
	if (key->kid == NULL || !assay_buffer_ok(&key->cert, "key", err))
		return assay_fail_memory(err, "key");
	if (row->retired != 0 || l->pkcs8.len > 0)
		return true;
	seal_label(row->kid, label, sizeof(label));
	if (!assay_unseal(l->keys->seal, assay_bytes_of(label), row->sealed,
	    &l->pkcs8, err))
		return assay_fail_in(err, "signing key in the store");
	l->created = row->created;
	/* The key in use comes first. */
	if (key != &l->keys->key[0]) {
		struct key first = l->keys->key[0];

		l->keys->key[0] = *key;
		*key = first;
	}
	return true;
}

static bool
make_key(struct loading *l, struct assay_error *err)
{
	struct assay_keys *keys = l->keys;
	struct assay_signer *signer = NULL;
	struct key key = { .cert = assay_buffer(ASSAY_MAX_CERT_BYTES) };
	bool ok = false;

	if (keys->n == MAX_KEYS)
		return assay_fail(err, ASSAY_ERR_INTERNAL,
		    "%d keys are retired and none is in use", MAX_KEYS);
	if (!assay_signer_generate(ASSAY_KEY_RSA, RSA_BITS, &signer, err) ||
	    !make_kid(assay_signer_public(signer), &key.kid, err) ||
	    !make_cert(signer, l->opt->issuer, l->opt->now, &key.cert, err) ||
	    !store_key(keys, l->opt->store, &key, signer, l->opt->now, err) ||
	    !assay_signer_pkcs8(signer, &l->pkcs8, err))
		goto out;
	memmove(&keys->key[1], &keys->key[0], keys->n * sizeof(key));
	keys->key[0] = key;
	key = (struct key){ 0 };
	keys->n++;
	keys->fresh = true;
	ok = true;
out:
	free(key.kid);
	assay_buffer_free(&key.cert);
	assay_signer_free(signer);
	return ok;
}

/* One handle for each thread, made from the same private key. */
static bool
make_signers(struct loading *l, struct assay_error *err)
{
	struct key *key = &l->keys->key[0];
	unsigned int n = l->opt->threads == 0 ? 1 : l->opt->threads;

	key->signers = assay_alloc(n, sizeof(struct assay_signer *));
	if (key->signers == NULL)
		return assay_fail_memory(err, "signers");
	for (; l->keys->n_signers < n; l->keys->n_signers++) {
		if (!assay_signer_from_pkcs8(assay_buffer_bytes(&l->pkcs8),
		    &key->signers[l->keys->n_signers], err))
			return false;
	}
	return true;
}

static bool
check_issuer(struct loading *l, struct assay_error *err)
{
	struct key *key = &l->keys->key[0];
	struct assay_cert *cert;
	bool same;

	if (!assay_cert_parse(assay_buffer_bytes(&key->cert), &cert, err))
		return assay_fail_in(err, "certificate in the store");
	same = assay_text_is(assay_cert_subject_cn(cert), l->opt->issuer);
	assay_cert_free(cert);
	if (same)
		return true;
	assay_buffer_clear(&key->cert);
	return make_cert(key->signers[0], l->opt->issuer, l->opt->now,
	    &key->cert, err) && store_key(l->keys, l->opt->store, key,
	    key->signers[0], l->created, err);
}

bool
assay_keys_open(const struct assay_keys_options *opt,
    struct assay_keys **out, struct assay_error *err)
{
	struct assay_keys *keys = assay_alloc(1, sizeof(*keys));
	struct loading l = { .keys = keys, .opt = opt,
		.pkcs8 = assay_buffer(MAX_PKCS8), .created = opt->now };
	bool ok = false;

	if (keys == NULL)
		return assay_fail_memory(err, "keys");
	if (!load_seal_key(keys, opt->data_dir, err) ||
	    !assay_store_keys_each(opt->store, load_row, &l, err))
		goto out;
	if (l.pkcs8.len == 0 && !make_key(&l, err))
		goto out;
	if (!make_signers(&l, err) || !check_issuer(&l, err))
		goto out;
	*out = keys;
	keys = NULL;
	ok = true;
out:
	assay_buffer_wipe(&l.pkcs8);
	assay_keys_free(keys);
	return ok;
}

void
assay_keys_free(struct assay_keys *keys)
{
	if (keys == NULL)
		return;
	for (size_t i = 0; i < keys->n; i++) {
		struct key *key = &keys->key[i];

		for (size_t j = 0; key->signers != NULL &&
		    j < keys->n_signers; j++)
			assay_signer_free(key->signers[j]);
		free(key->signers);
		free(key->kid);
		assay_buffer_free(&key->cert);
	}
	assay_wipe_free(keys, sizeof(*keys));
}

/* ---- use ------------------------------------------------------------------------ */

bool
assay_keys_fresh(const struct assay_keys *keys)
{
	return keys->fresh;
}

const char *
assay_keys_kid(const struct assay_keys *keys)
{
	return keys->key[0].kid;
}

const struct assay_signer *
assay_keys_signer(struct assay_keys *keys)
{
	static _Thread_local unsigned int number;

	if (number == 0)
		number = 1 + atomic_fetch_add(&keys->next_thread, 1);
	return keys->key[0].signers[(number - 1) % keys->n_signers];
}

/* SHA-1 by definition: it tells certificates apart and proves nothing. */
bool
assay_keys_x5t(const struct assay_keys *keys, struct assay_buffer *out,
    struct assay_error *err)
{
	struct assay_digest d;

	if (!assay_digest(ASSAY_SHA1, assay_keys_cert_at(keys, 0), &d, err))
		return false;
	assay_base64url_encode(assay_digest_bytes(&d), out);
	return assay_buffer_ok(out, "x5t", err);
}

bool
assay_keys_derive(const struct assay_keys *keys, const char *purpose,
    uint8_t out[32], struct assay_error *err)
{
	return assay_hkdf((struct assay_bytes){ keys->seal,
	    sizeof(keys->seal) }, assay_bytes_of(purpose), out, 32, err);
}

size_t
assay_keys_count(const struct assay_keys *keys)
{
	return keys->n;
}

const char *
assay_keys_kid_at(const struct assay_keys *keys, size_t index)
{
	return keys->key[index].kid;
}

struct assay_bytes
assay_keys_cert_at(const struct assay_keys *keys, size_t index)
{
	return assay_buffer_bytes(&keys->key[index].cert);
}
