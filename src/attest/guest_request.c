/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "attest/guest_request.h"
#include "attest/tpm_member.h"
#include "base/text.h"
#include "json/json.h"

#define SHA256_BYTES	32

void
assay_guest_submission_free(struct assay_guest_submission *g)
{
	if (g == NULL)
		return;
	assay_tpm_public_free(&g->aik);
	assay_tpm_public_free(&g->key);
	/* The key of the statement is another owner's of the AIK. */
	assay_tpm_submission_free(&g->base);
	memset(g, 0, sizeof(*g));
}

/* ---- what the guest says of itself -------------------------------------- */

/* Other versions may say things that have to be looked at. */
static bool
read_version(struct assay_guest_submission *g, struct assay_error *err)
{
	char show[ASSAY_TEXT_SHOW];

	if (!assay_json_get_string(g->base.document,
	    "AttestationProtocolVersion", &g->version, err))
		return false;
	return assay_text_is(g->version, "1.0") ||
	    assay_text_is(g->version, "2.0") ||
	    assay_fail(err, ASSAY_ERR_BAD_FIELD,
	    "AttestationProtocolVersion is \"%s\", want 1.0 or 2.0",
	    assay_text_show(g->version, show));
}

static bool
read_number(const json_t *object, const char *name, int64_t *out, bool *has,
    struct assay_error *err)
{
	*has = !assay_tpm_absent(object, name);
	return !*has || assay_json_get_int(object, name, 0, INT32_MAX, out,
	    err);
}

static bool
read_system_text(struct assay_guest_submission *g, const char *name,
    struct assay_bytes *out, struct assay_error *err)
{
	const struct assay_tpm_member member = {
		name, ASSAY_MAX_GUEST_TEXT, false
	};

	return assay_tpm_member(&g->base, g->base.document, &member, out,
	    err);
}

static bool
read_system(struct assay_guest_submission *g, struct assay_error *err)
{
	struct assay_guest_system *s = &g->system;
	const json_t *object = g->base.document;

	return read_system_text(g, "OSType", &s->type, err) &&
	    read_system_text(g, "OSDistro", &s->distro, err) &&
	    read_system_text(g, "OSBuild", &s->build, err) &&
	    read_number(object, "OSVersionMajor", &s->major, &s->has_major,
	    err) && read_number(object, "OSVersionMinor", &s->minor,
	    &s->has_minor, err);
}

/* Strings, which the token repeats as they are. */
static bool
read_payload(struct assay_guest_submission *g, struct assay_error *err)
{
	const char *name;
	json_t *payload, *value;

	if (assay_tpm_absent(g->base.document, "ClientPayload"))
		return true;
	if (!assay_json_get_object(g->base.document, "ClientPayload",
	    &payload, err))
		return false;
	if (json_object_size(payload) > ASSAY_MAX_GUEST_PAYLOAD)
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "ClientPayload has %zu members, at most %d",
		    json_object_size(payload), ASSAY_MAX_GUEST_PAYLOAD);
	json_object_foreach(payload, name, value)
		if (!json_is_string(value) ||
		    json_string_length(value) > ASSAY_MAX_TPM_BLOB)
			return assay_fail(err, ASSAY_ERR_JSON_TYPE,
			    "a member of ClientPayload is not a string of at "
			    "most %u characters", ASSAY_MAX_TPM_BLOB);
	g->payload = payload;
	return true;
}

static bool
read_isolation(struct assay_guest_submission *g, struct assay_error *err)
{
	json_t *info;

	if (assay_tpm_absent(g->base.document, "IsolationInfo"))
		return true;
	return assay_json_get_object(g->base.document, "IsolationInfo", &info,
	    err) && (assay_json_get_string(info, "Type", &g->isolation,
	    err) || assay_fail_in(err, "IsolationInfo"));
}

/* ---- PCRs --------------------------------------------------------------- */

static bool
add_pcr(struct assay_pcr_bank *bank, const json_t *value,
    struct assay_error *err)
{
	int64_t index;

	if (!assay_json_get_int(value, "Index", 0, ASSAY_PCR_COUNT - 1,
	    &index, err) || !assay_tpm_member_digest(value, "Digest",
	    SHA256_BYTES, bank->value[index], err))
		return false;
	if ((bank->mask >> index & 1) != 0)
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "PCR %d is listed twice", (int)index);
	bank->mask |= UINT32_C(1) << index;
	return true;
}

/* PcrSet says the same as the indices of PCRs, or it is not one message. */
static bool
check_set(const json_t *tpm, uint32_t mask, struct assay_error *err)
{
	uint32_t found = 0;
	json_t *set;

	if (!assay_json_get_array(tpm, "PcrSet", ASSAY_PCR_COUNT, &set, err))
		return false;
	for (size_t i = 0; i < json_array_size(set); i++) {
		const json_t *value = json_array_get(set, i);
		json_int_t index = json_integer_value(value);

		if (!json_is_integer(value) || index < 0 ||
		    index >= ASSAY_PCR_COUNT)
			return assay_fail(err, ASSAY_ERR_BAD_FIELD,
			    "PcrSet has an item that is no integer from 0 "
			    "to %d", ASSAY_PCR_COUNT - 1);
		found |= UINT32_C(1) << index;
	}
	return found == mask || assay_fail(err, ASSAY_ERR_BAD_FIELD,
	    "PcrSet names PCRs 0x%06x, PCRs has 0x%06x", (unsigned int)found,
	    (unsigned int)mask);
}

static bool
read_pcrs(const json_t *tpm, struct assay_pcrs *out, struct assay_error *err)
{
	struct assay_pcr_bank *bank = &out->bank[0];
	json_t *values;

	if (!assay_json_get_array(tpm, "PCRs", ASSAY_PCR_COUNT, &values, err))
		return false;
	out->n_banks = 1;
	bank->alg = ASSAY_TPM_ALG_SHA256;
	for (size_t i = 0; i < json_array_size(values); i++)
		if (!add_pcr(bank, json_array_get(values, i), err))
			return assay_fail_in(err, "PCRs");
	return check_set(tpm, bank->mask, err);
}

/* ---- TpmInfo ------------------------------------------------------------ */

static bool
read_blob(struct assay_guest_submission *g, const json_t *tpm,
    const char *name, struct assay_bytes *out, struct assay_error *err)
{
	const struct assay_tpm_member member = {
		name, ASSAY_MAX_TPM_BLOB, true
	};

	return assay_tpm_member(&g->base, tpm, &member, out, err);
}

static bool
read_public(struct assay_guest_submission *g, const json_t *tpm,
    const char *name, struct assay_tpm_public *out, struct assay_error *err)
{
	struct assay_bytes area;

	if (!read_blob(g, tpm, name, &area, err))
		return false;
	return assay_tpm2b_public_parse(area, out, err) ||
	    assay_fail_in(err, name);
}

static bool
read_tpm(struct assay_guest_submission *g, const json_t *tpm,
    struct assay_error *err)
{
	static const struct assay_tpm_member cert = {
		"AikCert", ASSAY_MAX_CERT_BYTES, false
	};
	struct assay_tpm_statement *st = &g->base.current;

	if (!assay_tpm_member(&g->base, tpm, &cert, &st->aik_cert, err) ||
	    !read_public(g, tpm, "AikPub", &g->aik, err) ||
	    !read_blob(g, tpm, "PcrQuote", &st->quote, err) ||
	    !read_blob(g, tpm, "PcrSignature", &st->signature, err) ||
	    !read_pcrs(tpm, &st->pcrs, err) ||
	    !read_public(g, tpm, "EncKeyPub", &g->key, err) ||
	    !read_blob(g, tpm, "EncKeyCertifyInfo", &g->certification, err) ||
	    !read_blob(g, tpm, "EncKeyCertifyInfoSignature", &g->signature,
	    err))
		return assay_fail_in(err, "TpmInfo");
	st->aik_pub = assay_pkey_ref(g->aik.key);
	st->present = true;
	return true;
}

static bool
read_log(struct assay_guest_submission *g, struct assay_error *err)
{
	static const struct assay_tpm_member log = {
		"TcgLogs", ASSAY_MAX_EVENTLOG_BYTES, true
	};
	struct assay_tpm_statement *st = &g->base.current;

	st->n_tcg = 1;
	return assay_tpm_member(&g->base, g->base.document, &log,
	    &st->tcg[0], err);
}

static bool
read_all(struct assay_bytes info, struct assay_guest_submission *g,
    struct assay_error *err)
{
	static const struct assay_json_options opt = {
		.max_bytes = ASSAY_MAX_TPM_REQUEST,
	};
	json_t *tpm;

	g->base.document = assay_json_parse(info, &opt, err);
	if (g->base.document == NULL)
		return false;
	return read_version(g, err) && read_system(g, err) &&
	    read_payload(g, err) && read_isolation(g, err) &&
	    read_log(g, err) && assay_json_get_object(g->base.document,
	    "TpmInfo", &tpm, err) && read_tpm(g, tpm, err);
}

bool
assay_guest_submission_read(struct assay_bytes info,
    struct assay_guest_submission *out, struct assay_error *err)
{
	struct assay_guest_submission g = { .payload = NULL };

	if (!read_all(info, &g, err)) {
		assay_guest_submission_free(&g);
		return assay_fail_in(err, "AttestationInfo");
	}
	*out = g;
	return true;
}
