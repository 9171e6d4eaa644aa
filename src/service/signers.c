/* SPDX-License-Identifier: Apache-2.0 */
#include "service/signers.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "app/clock.h"
#include "app/file.h"
#include "app/log.h"
#include "base/limits.h"
#include "base/mem.h"

#define ISOLATED	"isolated"	/* name of a value in the store */

struct assay_signers {
	struct assay_store	*store;
	atomic_bool		 isolated;
	struct assay_cert	*certs[ASSAY_MAX_POLICY_SIGNERS];
	size_t			 n;
};

static void
forget(struct assay_signers *s)
{
	while (s->n > 0)
		assay_cert_free(s->certs[--s->n]);
}

static bool
load_row(void *ctx, const char *thumbprint, struct assay_bytes der,
    struct assay_error *err)
{
	struct assay_signers *s = ctx;

	if (s->n == ASSAY_MAX_POLICY_SIGNERS)
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "store has more than %d policy signers",
		    ASSAY_MAX_POLICY_SIGNERS);
	if (!assay_cert_parse(der, &s->certs[s->n], err))
		return assay_fail_in(err, thumbprint);
	s->n++;
	return true;
}

bool
assay_signers_reload(struct assay_signers *s, struct assay_error *err)
{
	struct assay_buffer value = assay_buffer(16);
	bool isolated = false, ok;

	forget(s);
	ok = assay_store_get(s->store, ISOLATED, &value, &isolated, err) &&
	    assay_store_signers_each(s->store, load_row, s, err);
	assay_buffer_free(&value);
	if (ok && isolated)
		atomic_store(&s->isolated, true);
	if (!ok)
		forget(s);	/* not half of them */
	return ok;
}

/* ---- becoming isolated ----------------------------------------------------- */

static bool
add_first(struct assay_signers *s, const struct assay_cert *cert,
    struct assay_error *err)
{
	struct assay_store_change change = { .now = assay_clock_now(),
		.actor = "configuration", .request_id = "start" };
	char thumbprint[ASSAY_THUMBPRINT_TEXT];

	return assay_policy_signer_check(cert, change.now, err) &&
	    assay_policy_thumbprint(cert, thumbprint, err) &&
	    assay_store_signer_add(s->store, thumbprint,
	    assay_cert_der(cert), &change, err);
}

static bool
isolate(struct assay_signers *s, const char *path, struct assay_error *err)
{
	struct assay_cert *certs[ASSAY_MAX_POLICY_SIGNERS];
	struct assay_buffer pem = assay_buffer(0);
	size_t n = 0;
	bool ok;

	ok = assay_file_read(path, ASSAY_MAX_PEM_BYTES, &pem, err) &&
	    assay_certs_from_pem(assay_buffer_bytes(&pem), certs,
	    ASSAY_MAX_POLICY_SIGNERS, &n, err);
	for (size_t i = 0; i < n; i++) {
		ok = ok && add_first(s, certs[i], err);
		assay_cert_free(certs[i]);
	}
	assay_buffer_free(&pem);
	ok = ok && assay_store_set(s->store, ISOLATED, assay_bytes_of("1"),
	    err);
	return ok || assay_fail_in(err, path);
}

bool
assay_signers_open(struct assay_store *store, const char *pem_file,
    struct assay_signers **out, struct assay_error *err)
{
	struct assay_signers *s = assay_alloc(1, sizeof(*s));

	if (s == NULL)
		return assay_fail_memory(err, "policy signers");
	s->store = store;
	if (!assay_signers_reload(s, err))
		goto out;
	if (pem_file != NULL && s->isolated) {
		ASSAY_LOG(ASSAY_LOG_INFO, "isolated-already",
		    assay_log_str("not_read", pem_file));
	} else if (pem_file != NULL && (!isolate(s, pem_file, err) ||
	    !assay_signers_reload(s, err))) {
		goto out;
	}
	*out = s;
	return true;
out:
	assay_signers_free(s);
	return false;
}

void
assay_signers_free(struct assay_signers *s)
{
	if (s == NULL)
		return;
	forget(s);
	free(s);
}

/* ---- use ---------------------------------------------------------------------- */

bool
assay_signers_isolated(const struct assay_signers *s)
{
	return atomic_load(&s->isolated);
}

bool
assay_signers_trust(const struct assay_signers *s,
    const struct assay_policy_jws *jws, struct assay_error *err)
{
	return assay_policy_jws_trusted(jws,
	    (const struct assay_cert *const *)s->certs, s->n, err);
}

struct past {
	struct assay_bytes	der;
	bool			found;
};

static bool
look_back(void *ctx, const struct assay_store_event *event,
    struct assay_error *err)
{
	struct past *past = ctx;

	(void)err;
	if (assay_bytes_equal(event->content, past->der))
		past->found = true;
	return true;
}

bool
assay_signers_ever(const struct assay_signers *s,
    const struct assay_cert *cert, struct assay_error *err)
{
	struct past past = { .der = assay_cert_der(cert) };
	char thumbprint[ASSAY_THUMBPRINT_TEXT];

	for (size_t i = 0; i < s->n; i++)
		if (assay_bytes_equal(assay_cert_der(s->certs[i]), past.der))
			return true;
	if (!assay_policy_thumbprint(cert, thumbprint, err) ||
	    !assay_store_history_each(s->store, "certificate", thumbprint,
	    look_back, &past, err))
		return false;
	return past.found || assay_fail(err, ASSAY_ERR_INVALID_OPERATION,
	    "it is signed by \"%s\", which never was a policy signer of "
	    "this instance", assay_cert_subject_text(cert));
}

static bool
check_new(const struct assay_signers *s, const struct assay_cert *cert,
    int64_t now, struct assay_error *err)
{
	if (s->n == ASSAY_MAX_POLICY_SIGNERS)
		return assay_fail(err, ASSAY_ERR_INVALID_OPERATION,
		    "there are %zu policy signers, which is the most",
		    s->n);
	return assay_policy_signer_check(cert, now, err) ||
	    assay_fail_in(err, "policyCertificate");
}

bool
assay_signers_change(struct assay_signers *s, const struct assay_cert *cert,
    bool add, const struct assay_store_change *change,
    char thumbprint[ASSAY_THUMBPRINT_TEXT], struct assay_error *err)
{
	bool ok;

	if (!assay_policy_thumbprint(cert, thumbprint, err))
		return false;
	if (add)
		ok = check_new(s, cert, change->now, err) &&
		    assay_store_signer_add(s->store, thumbprint,
		    assay_cert_der(cert), change, err);
	else
		ok = assay_store_signer_remove(s->store, thumbprint, change,
		    err);
	return ok && assay_signers_reload(s, err);
}

json_t *
assay_signers_json(const struct assay_signers *s, struct assay_error *err)
{
	json_t *keys = json_array();

	for (size_t i = 0; i < s->n; i++) {
		const struct assay_cert *one = s->certs[i];
		json_t *key = assay_policy_signer_jwk(&one, 1, err);

		if (key == NULL || json_array_append_new(keys, key) != 0) {
			json_decref(keys);
			return NULL;
		}
	}
	if (keys == NULL)
		assay_fail_memory(err, "policy signers");
	return keys;
}
