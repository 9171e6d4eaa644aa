/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/file.h"
#include "base/mem.h"
#include "client/tpm_aik.h"
#include "client/tpm_session.h"
#include "crypto/cert.h"

#define PATH "/attest/Tpm?api-version=2022-08-01"

/* What one run holds; freed together. */
struct session {
	const struct assay_tpm_params	*params;
	struct assay_device		*device;
	struct assay_device_key		*aik, *request_key;
	struct assay_buffer		 aik_cert;	/* from NV */
	struct assay_tpm_challenge	 challenge;
	struct assay_device_bank	 banks[ASSAY_DEVICE_BANKS];
	struct assay_device_attest	 quote, certify;
	struct assay_buffer		 logs[ASSAY_MAX_TCG_LOGS], ima;
	size_t				 n_logs;
	const char			*step;
};

static void
session_free(struct session *s)
{
	assay_device_key_free(s->request_key);
	assay_device_key_free(s->aik);
	assay_device_close(s->device);
	assay_buffer_free(&s->aik_cert);
	assay_tpm_challenge_free(&s->challenge);
	assay_device_attest_free(&s->quote);
	assay_device_attest_free(&s->certify);
	for (size_t i = 0; i < s->n_logs; i++)
		assay_buffer_free(&s->logs[i]);
	assay_buffer_free(&s->ima);
	free(s);
}

/* ---- keys ----------------------------------------------------------------------- */

/*
 * Virtual TPMs of Azure come with an AIK and its certificate in NV. The area
 * is as large as it is; the certificate ends where its DER says.
 */
static bool
read_nv_cert(struct session *s, struct assay_error *err)
{
	struct assay_buffer area = assay_buffer(ASSAY_MAX_CERT_BYTES);
	struct assay_bytes der = { NULL, 0 };
	bool found = false;
	size_t len;

	if (!assay_device_nv_read(s->device, ASSAY_DEVICE_NV_AIK, &area,
	    &found, err)) {
		assay_buffer_free(&area);
		return false;
	}
	if (found && area.len > 4 && area.ptr[0] == 0x30 &&
	    area.ptr[1] == 0x82) {
		len = 4u + ((size_t)area.ptr[2] << 8 | area.ptr[3]);
		der = (struct assay_bytes){ area.ptr, len <= area.len ? len :
		    area.len };
	}
	s->aik_cert = assay_buffer(ASSAY_MAX_CERT_BYTES);
	(void)assay_buffer_put(&s->aik_cert, der);
	assay_buffer_free(&area);
	return assay_buffer_ok(&s->aik_cert, "AIK certificate", err);
}

/* The certificate must be the AIK's: the TPM knows, the file may be stale. */
static bool
check_cert(const struct session *s, struct assay_bytes der,
    struct assay_error *err)
{
	struct assay_cert *cert = NULL;
	struct assay_pkey *key = NULL;
	bool ok;

	if (der.len == 0)
		return true;
	ok = assay_cert_parse(der, &cert, err) &&
	    assay_device_key_pkey(s->aik, &key, err) &&
	    (assay_pkey_equal(assay_cert_key(cert), key) ||
	    assay_fail(err, ASSAY_ERR_KEY_INVALID,
	    "the certificate is of another key than this AIK"));
	assay_pkey_free(key);
	assay_cert_free(cert);
	return ok;
}

static bool
open_keys(struct session *s, struct assay_error *err)
{
	const struct assay_tpm_params *p = s->params;
	char azure[16];

	s->step = "opening the TPM";
	if (!assay_device_open(p->tcti, &s->device, err))
		return false;
	s->step = "looking for an AIK certificate";
	if (p->aik == NULL && p->aik_cert.len == 0 && !read_nv_cert(s, err))
		return false;
	s->step = "attestation key (AIK)";
	(void)snprintf(azure, sizeof(azure), "0x%08x", ASSAY_DEVICE_AZURE_AIK);
	if (!assay_tpm_key_open(s->device, s->aik_cert.len != 0 ? azure :
	    p->aik, p->aik_kind, &s->aik, err))
		return false;
	s->step = "request key";
	if (!assay_tpm_key_open(s->device, p->request_key,
	    ASSAY_DEVICE_REQUEST, &s->request_key, err))
		return false;
	s->step = "AIK certificate";
	return check_cert(s, p->aik_cert.len != 0 ? p->aik_cert :
	    assay_buffer_bytes(&s->aik_cert), err);
}

/* ---- logs ------------------------------------------------------------------------- */

static bool
read_log(const char *path, struct assay_buffer *out, struct assay_error *err)
{
	if (assay_file_read(path, ASSAY_MAX_EVENTLOG_BYTES, out, err))
		return true;
	if (access(path, F_OK) == 0 && access(path, R_OK) == -1) {
		struct assay_error denied = *err;

		return assay_fail(err, denied.code, "%.300s; only root may "
		    "read it: run as root, or give a copy that you may read",
		    denied.text);
	}
	return false;
}

/* After the quote: a log may know more than a quote, never less. */
static bool
read_logs(struct session *s, struct assay_error *err)
{
	const struct assay_tpm_params *p = s->params;
	const char *kernel = ASSAY_TPM_EVENT_LOG, *ima = p->ima_log;
	size_t n = p->n_event_logs != 0 ? p->n_event_logs : 1;

	s->step = "event log";
	for (size_t i = 0; i < n; i++) {
		if (!read_log(p->n_event_logs != 0 ? p->event_logs[i] :
		    kernel, &s->logs[i], err))
			return false;
		s->n_logs++;
	}
	if (ima == NULL && p->n_event_logs == 0 &&
	    access(ASSAY_TPM_IMA_LOG, F_OK) == 0)
		ima = ASSAY_TPM_IMA_LOG;
	s->step = "IMA log";
	return ima == NULL || read_log(ima, &s->ima, err);
}

/* ---- steps ------------------------------------------------------------------------ */

static bool
post(const struct assay_service_address *to, struct assay_buffer *body,
    json_t **answer, struct assay_refusal *refusal, struct assay_error *err)
{
	const struct assay_fetch_request request = {
		.method = "POST",
		.content_type = "application/json",
		.body = assay_buffer_bytes(body),
		.max_bytes = ASSAY_MAX_HTTP_BODY,
		.deadline_ms = ASSAY_FETCH_DEADLINE_MS,
	};

	return assay_exchange(to, PATH, &request, answer, refusal, err);
}

static bool
get_challenge(struct session *s, const struct assay_service_address *to,
    struct assay_refusal *refusal, struct assay_error *err)
{
	struct assay_buffer body = assay_buffer(ASSAY_MAX_HTTP_BODY);
	json_t *answer = NULL;
	bool ok;

	s->step = "asking for a challenge";
	ok = assay_tpm_body_init(&body, err) &&
	    post(to, &body, &answer, refusal, err) &&
	    assay_tpm_read_challenge(answer, &s->challenge, err);
	json_decref(answer);
	assay_buffer_free(&body);
	return ok;
}

static bool
quote(struct session *s, struct assay_error *err)
{
	const struct assay_tpm_params *p = s->params;
	struct assay_bytes challenge = assay_buffer_bytes(&s->challenge.bytes);
	struct assay_bytes qualifying = challenge;
	struct assay_digest bound;

	for (size_t i = 0; i < p->n_banks; i++) {
		s->banks[i].alg = p->banks[i];
		s->banks[i].mask = p->mask;
	}
	if (p->certify) {
		s->step = "certifying the request key";
		if (!assay_device_certify(s->aik, s->request_key, challenge,
		    &s->certify, err))
			return false;
	} else {
		s->step = "binding the request key";
		if (!assay_tpm_quote_binding(s->request_key, challenge, &bound,
		    err))
			return false;
		qualifying = assay_digest_bytes(&bound);
	}
	s->step = "quoting the PCRs";
	return assay_device_quote(s->aik, qualifying, s->banks, p->n_banks,
	    &s->quote, err);
}

static bool
write_request(struct session *s, struct assay_buffer *body,
    struct assay_error *err)
{
	const struct assay_tpm_params *p = s->params;
	struct assay_buffer jws = assay_buffer(ASSAY_MAX_HTTP_BODY);
	struct assay_bytes tcg[ASSAY_MAX_TCG_LOGS];
	const struct assay_tpm_said said = {
		.challenge = &s->challenge,
		.aik = s->aik, .request_key = s->request_key,
		.aik_cert = p->aik_cert.len != 0 ? p->aik_cert :
		    assay_buffer_bytes(&s->aik_cert),
		.tcg = tcg, .n_tcg = s->n_logs,
		.ima = assay_buffer_bytes(&s->ima),
		.banks = s->banks, .n_banks = p->n_banks,
		.quote = &s->quote, .certify = p->certify ? &s->certify : NULL,
		.rp_id = p->rp_id, .rp_data = p->rp_data,
		.claims = p->claims, .n_claims = p->n_claims,
	};
	bool ok;

	for (size_t i = 0; i < s->n_logs; i++)
		tcg[i] = assay_buffer_bytes(&s->logs[i]);
	ok = assay_tpm_request_jws(&said, &jws, err) &&
	    assay_tpm_body_request(assay_buffer_bytes(&jws), body, err);
	assay_buffer_free(&jws);
	return ok;
}

static bool
get_report(struct session *s, const struct assay_service_address *to,
    char **token, struct assay_refusal *refusal, struct assay_error *err)
{
	struct assay_buffer body = assay_buffer(ASSAY_MAX_HTTP_BODY);
	json_t *answer = NULL;
	bool ok;

	s->step = "writing the request";
	if (!write_request(s, &body, err)) {
		assay_buffer_free(&body);
		return false;
	}
	s->step = "sending the evidence";
	ok = post(to, &body, &answer, refusal, err) &&
	    assay_tpm_read_report(answer, token, err);
	json_decref(answer);
	assay_buffer_free(&body);
	return ok;
}

bool
assay_tpm_session_attest(const struct assay_service_address *to,
    const struct assay_tpm_params *params, char **token, const char **step,
    struct assay_refusal *refusal, struct assay_error *err)
{
	struct session *s = assay_alloc(1, sizeof(*s));
	bool ok;

	*step = "preparing";
	if (s == NULL)
		return assay_fail_memory(err, "TPM attestation");
	s->params = params;
	/* The challenge ages: whatever takes long comes before it. */
	ok = open_keys(s, err) && get_challenge(s, to, refusal, err) &&
	    quote(s, err) && read_logs(s, err) &&
	    get_report(s, to, token, refusal, err);
	*step = s->step;
	session_free(s);
	return ok || assay_fail_in(err, *step);
}
