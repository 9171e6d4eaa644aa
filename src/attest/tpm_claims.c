/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/tpm_claims.h"
#include "attest/tpm_member.h"
#include "base/encode.h"
#include "base/text.h"
#include "evidence/pcrs_json.h"
#include "evidence/tpm_public.h"
#include "json/json.h"

#define VERSION_WITH_EVENTS	12	/* of the policy */
#define MAX_NAME		256

/* ---- the AIK ------------------------------------------------------------ */

/*
 * base64 of SHA-256 of the "AIK public key DER": SubjectPublicKeyInfo here,
 * since the documents do not say which structure they mean.
 */
static bool
add_aik_hash(const struct assay_pkey *aik, struct assay_claims *out,
    struct assay_error *err)
{
	struct assay_buffer der = assay_buffer(ASSAY_MAX_TPM_BLOB);
	struct assay_buffer text = assay_buffer(ASSAY_MAX_TPM_BLOB);
	struct assay_digest digest;
	bool ok;

	ok = assay_pkey_spki(aik, &der, err) && assay_digest(ASSAY_SHA256,
	    assay_buffer_bytes(&der), &digest, err);
	if (ok) {
		(void)assay_base64_encode(assay_digest_bytes(&digest), &text);
		ok = assay_buffer_ok(&text, "aikPubHash", err) &&
		    assay_claims_add_string(out, "aikPubHash",
		    assay_buffer_bytes(&text), err);
	}
	assay_buffer_free(&der);
	assay_buffer_free(&text);
	return ok;
}

/* ---- VBS ---------------------------------------------------------------- */

static bool
add_id(struct assay_claims *out, const char *name, struct assay_bytes id,
    struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(ASSAY_MAX_TPM_BLOB);
	bool ok;

	(void)assay_base64url_encode(id, &text);
	ok = assay_buffer_ok(&text, name, err) && assay_claims_add_string(out,
	    name, assay_buffer_bytes(&text), err);
	assay_buffer_free(&text);
	return ok;
}

static bool
add_vbs(const struct assay_tpm_facts *f, struct assay_claims *out,
    struct assay_error *err)
{
	const struct assay_vbs_report *v = &f->vbs;

	if (!assay_claims_add_boolean(out, "vbsReportPresent", f->has_vbs,
	    err) || !assay_claims_add_boolean(out, "vsmReportPresent",
	    f->has_vbs, err))
		return false;
	return !f->has_vbs || (
	    add_id(out, "enclaveAuthorId", v->author_id, err) &&
	    add_id(out, "enclaveImageId", v->image_id, err) &&
	    add_id(out, "enclaveOwnerId", v->owner_id, err) &&
	    add_id(out, "enclaveFamilyId", v->family_id, err) &&
	    assay_claims_add_integer(out, "enclaveSvn", v->enclave_svn,
	    err) && assay_claims_add_integer(out, "enclavePlatformSvn",
	    v->platform_svn, err) && assay_claims_add_integer(out,
	    "enclaveFlags", v->flags, err));
}

/* ---- policy 1.2: events and PCRs ---------------------------------------- */

static bool
make_events(void *ctx, char **text, struct assay_error *err)
{
	return assay_boot_events_json(ctx, text, err);
}

static bool
make_pcrs(void *ctx, char **text, struct assay_error *err)
{
	const struct assay_tpm_facts *f = ctx;

	return assay_pcrs_json(&f->current.pcrs, f->hex_pcrs, text, err);
}

static bool
add_lazy(struct assay_claims *out, const char *name,
    bool (*make)(void *, char **, struct assay_error *), void *ctx,
    struct assay_error *err)
{
	const struct assay_lazy_text lazy = { make, ctx };

	return assay_claims_add_lazy(out, name, lazy, err);
}

static bool
add_events(struct assay_tpm_facts *f, struct assay_claims *out,
    struct assay_error *err)
{
	f->current_logs = assay_tpm_state_logs(&f->current);
	if (!add_lazy(out, "events", make_events, &f->current_logs, err) ||
	    !add_lazy(out, "pcrs", make_pcrs, f, err))
		return false;
	if (!f->has_boot)
		return true;
	f->boot_logs = assay_tpm_state_logs(&f->boot);
	return add_lazy(out, "bootEvents", make_events, &f->boot_logs, err);
}

/* ---- policy 1.2: keys --------------------------------------------------- */

/* {"name_alg":11,"obj_attr":50,"auth_policy":"..."} of TPMT_PUBLIC. */
static json_t *
certify_value(const struct assay_tpm_key *key, struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(ASSAY_MAX_TPM_BLOB);
	struct assay_tpm_public pub;
	json_t *value;

	if (!assay_tpm_public_parse(key->public_area, &pub, err))
		return NULL;
	value = json_pack("{s:i, s:I}", "name_alg", (int)pub.name_alg,
	    "obj_attr", (json_int_t)pub.attributes);
	(void)assay_base64url_encode(pub.auth_policy, &text);
	if (value != NULL && pub.auth_policy.len != 0 &&
	    json_object_set_new(value, "auth_policy",
	    json_string(assay_buffer_str(&text))) == -1) {
		json_decref(value);
		value = NULL;
	}
	if (value == NULL)
		(void)assay_fail_memory(err, "key claim");
	assay_tpm_public_free(&pub);
	assay_buffer_free(&text);
	return value;
}

/* A key as a policy sees it: unchanged, but for what was certified. */
static json_t *
key_value(const struct assay_tpm_key *key, struct assay_error *err)
{
	json_t *certify, *value;

	if (key->binding != ASSAY_TPM_BY_CERTIFY) {
		value = json_copy((json_t *)(uintptr_t)key->value);
		if (value == NULL)
			(void)assay_fail_memory(err, "key claim");
		return value;
	}
	if ((certify = certify_value(key, err)) == NULL)
		return NULL;
	value = json_pack("{s:O, s:{s:o}}", "jwk",
	    json_object_get(key->value, "jwk"), "info", "tpm_certify",
	    certify);
	if (value == NULL)
		(void)assay_fail_memory(err, "key claim");
	return value;
}

static bool
add_value(struct assay_claims *out, const char *name, json_t *value,
    struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(ASSAY_MAX_TOKEN_BYTES);
	bool ok;

	ok = value != NULL && assay_json_write(value, &text, err) &&
	    assay_claims_add_json(out, name, assay_buffer_bytes(&text), err);
	json_decref(value);
	assay_buffer_free(&text);
	return ok;
}

static bool
add_other_keys(const struct assay_tpm_submission *m, struct assay_claims *out,
    struct assay_error *err)
{
	json_t *array = json_array(), *value;

	if (array == NULL)
		return assay_fail_memory(err, "key claims");
	for (size_t i = 0; i < m->n_other; i++)
		if ((value = key_value(&m->other[i], err)) == NULL ||
		    json_array_append_new(array, value) == -1) {
			json_decref(array);
			return false;
		}
	return add_value(out, "x-ms-tpm-other-keys", array, err);
}

static bool
add_keys(const struct assay_tpm_submission *m, struct assay_claims *out,
    struct assay_error *err)
{
	if (!m->v2)
		return true;
	return add_value(out, "x-ms-tpm-request-key", key_value(&m->key, err),
	    err) && (m->n_other == 0 || add_other_keys(m, out, err));
}

/* ---- what the client claims --------------------------------------------- */

static bool
set_typed(const json_t *value, struct assay_bytes type,
    struct assay_claim *out)
{
	struct assay_bytes text = assay_json_string(value);

	out->text = text;
	if (assay_text_is_nocase(type, "string")) {
		out->value_type = ASSAY_VALUE_STRING;
		return json_is_string(value);
	}
	if (assay_text_is_nocase(type, "integer")) {
		out->value_type = ASSAY_VALUE_INTEGER;
		out->integer = json_integer_value(value);
		return json_is_integer(value) ||
		    assay_text_i64(text, &out->integer);
	}
	out->value_type = ASSAY_VALUE_BOOLEAN;
	out->boolean = json_is_true(value) ||
	    assay_text_is_nocase(text, "true");
	return assay_text_is_nocase(type, "boolean") && (json_is_boolean(value) ||
	    out->boolean || assay_text_is_nocase(text, "false"));
}

/* {"name","value","value_type"}: the issuer says that the client made it. */
static bool
add_custom(const json_t *item, const char *prefix, struct assay_claims *out,
    struct assay_error *err)
{
	struct assay_claim claim = { .issuer = ASSAY_ISSUER_CUSTOM };
	struct assay_buffer type = assay_buffer(4 * MAX_NAME);
	struct assay_bytes name, kind;
	bool ok = false;

	if (!assay_json_get_string(item, "name", &name, err) ||
	    !assay_json_get_string(item, "value_type", &kind, err))
		return false;
	(void)assay_buffer_puts(&type, prefix != NULL ? prefix : "");
	(void)assay_buffer_put(&type, name);
	claim.type = assay_buffer_bytes(&type);
	if (name.len == 0 || name.len > MAX_NAME)
		(void)assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "name has %zu characters, want 1 to %d", name.len,
		    MAX_NAME);
	else if (!set_typed(json_object_get(item, "value"), kind, &claim))
		(void)assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "value is not of its value_type, or that is none of "
		    "string, integer and boolean");
	else
		ok = assay_buffer_ok(&type, "custom claim", err) &&
		    assay_claims_add(out, &claim, err);
	assay_buffer_free(&type);
	return ok;
}

static bool
add_custom_claims(const struct assay_tpm_submission *m, const char *prefix,
    struct assay_claims *out, struct assay_error *err)
{
	for (size_t i = 0; i < json_array_size(m->custom_claims); i++)
		if (!add_custom(json_array_get(m->custom_claims, i), prefix,
		    out, err))
			return assay_fail_in(err, "custom_claims");
	return true;
}

/* ---- together ----------------------------------------------------------- */

bool
assay_tpm_claims(struct assay_tpm_facts *f, const struct assay_policy *policy,
    const struct assay_tpm_settings *settings, struct assay_claims *out,
    struct assay_error *err)
{
	const struct assay_boot_logs logs = assay_tpm_state_logs(&f->current);

	f->hex_pcrs = settings->pcr_encoding == ASSAY_PCR_HEX;
	if (!assay_claims_add_boolean(out, "aikValidated", f->aik_validated,
	    err) || !add_aik_hash(f->aik, out, err) ||
	    !assay_claims_add_integer(out, "tpmVersion", 2, err) ||
	    !assay_boot_claims(&logs, out, err) || !add_vbs(f, out, err) ||
	    !add_custom_claims(f->request, settings->claim_prefix, out, err))
		return false;
	if (policy != NULL &&
	    assay_policy_version(policy) < VERSION_WITH_EVENTS)
		return true;
	return add_events(f, out, err) && add_keys(f->request, out, err);
}

/* ---- the report --------------------------------------------------------- */

static bool
add_cnf(const struct assay_tpm_submission *m, struct assay_claims *out,
    struct assay_error *err)
{
	const json_t *jwk = m->v2 ? json_object_get(m->key.value, "jwk") :
	    m->key.value;
	json_t *value = json_pack("{s:O}", "jwk", jwk);

	if (value == NULL)
		return assay_fail_memory(err, "cnf");
	return add_value(out, "cnf", value, err);
}

static bool
add_rp_data(const struct assay_tpm_submission *m, struct assay_claims *out,
    struct assay_buffer *nonce, struct assay_error *err)
{
	json_t *value;
	bool ok;

	if (m->rp_data.ptr == NULL)
		return true;
	value = json_stringn((const char *)m->rp_data.ptr, m->rp_data.len);
	if (value == NULL)
		return assay_fail_memory(err, "rp_data");
	ok = assay_json_write(value, nonce, err) &&
	    assay_claims_add_string(out, "rp_data", m->rp_data, err);
	json_decref(value);
	return ok;
}

bool
assay_tpm_report_claims(const struct assay_tpm_submission *m,
    struct assay_claims *out, struct assay_buffer *nonce,
    struct assay_error *err)
{
	return add_cnf(m, out, err) && add_rp_data(m, out, nonce, err) &&
	    assay_claims_add_string(out, "ver", assay_bytes_of("1.0"), err);
}
