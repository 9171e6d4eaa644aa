/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <assay/tpm.h>

#include "attest/tpm_key.h"
#include "attest/tpm_request.h"
#include "attest/tpm_member.h"
#include "base/text.h"
#include "evidence/tpla.h"
#include "json/json.h"

#define TYPE_V1	"attReq"
#define TYPE_V2	"attReqV2"

/* ---- life --------------------------------------------------------------- */

void
assay_tpm_submission_free(struct assay_tpm_submission *m)
{
	if (m == NULL)
		return;
	assay_pkey_free(m->current.aik_pub);
	assay_pkey_free(m->boot.aik_pub);
	assay_pkey_free(m->key.key);
	for (size_t i = 0; i < m->n_other; i++)
		assay_pkey_free(m->other[i].key);
	for (size_t i = 0; i < m->n_blobs; i++)
		assay_buffer_free(&m->blobs[i]);
	json_decref(m->document);
	assay_jws_free(&m->jws);
	memset(m, 0, sizeof(*m));
}

/* The texts that are hashed as they stand. */
enum {
	SPAN_REPORT_SIGNED, SPAN_JWK, SPAN_SIGNED_JWK, SPANS
};

static bool
parse_payload(struct assay_tpm_submission *m, struct assay_error *err)
{
	static const struct assay_json_options opt = {
		.max_bytes = ASSAY_MAX_TPM_REQUEST,
	};
	struct assay_json_span spans[SPANS] = {
		[SPAN_REPORT_SIGNED] = { .path = "att_data/report_signed" },
		[SPAN_JWK] = { .path = "att_data/request_key/jwk" },
		[SPAN_SIGNED_JWK] = {
		    .path = "att_data/report_signed/request_key/jwk" },
	};

	m->document = assay_json_parse_paths(
	    assay_buffer_bytes(&m->jws.payload), &opt, spans, SPANS, err);
	if (m->document == NULL)
		return assay_fail_in(err, "payload of the request");
	m->report_signed = spans[SPAN_REPORT_SIGNED].text;
	m->key.jwk_text = m->report_signed.ptr != NULL ?
	    spans[SPAN_SIGNED_JWK].text : spans[SPAN_JWK].text;
	return true;
}

bool
assay_tpm_submission_open(struct assay_bytes jws,
    struct assay_tpm_submission *out, struct assay_error *err)
{
	struct assay_tpm_submission m = { .v2 = false };

	if (!assay_jws_parse_max(jws, ASSAY_MAX_TPM_REQUEST, &m.jws, err))
		return assay_fail_in(err, "request");
	if (!assay_jws_header_string(&m.jws, "typ", &m.type, err) ||
	    !parse_payload(&m, err)) {
		assay_tpm_submission_free(&m);
		return false;
	}
	m.v2 = assay_text_is(m.type, TYPE_V2);
	*out = m;
	return true;
}

/* ---- PCR values of V2 --------------------------------------------------- */

static bool
read_pcr_value(const json_t *value, enum assay_hash hash,
    struct assay_pcr_bank *bank, struct assay_error *err)
{
	int64_t index;

	if (!assay_json_get_int(value, "index", 0, ASSAY_PCR_COUNT - 1,
	    &index, err) || !assay_tpm_member_digest(value, "digest",
	    assay_hash_size(hash), bank->value[index], err))
		return false;
	if ((bank->mask >> index & 1) != 0)
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "PCR %d is listed twice", (int)index);
	bank->mask |= UINT32_C(1) << index;
	return true;
}

static bool
read_bank(const json_t *value, struct assay_pcrs *out,
    struct assay_error *err)
{
	struct assay_pcr_bank *bank = &out->bank[out->n_banks];
	enum assay_hash hash;
	json_t *values;
	int64_t alg;

	if (!assay_json_get_int(value, "algorithm", 0, UINT16_MAX, &alg, err) ||
	    !assay_json_get_array(value, "values", ASSAY_PCR_COUNT, &values,
	    err))
		return false;
	if (!assay_tpm_hash((uint16_t)alg, &hash))
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "algorithm is %d, want a TPM_ALG_ID: 4, 11, 12 or 13",
		    (int)alg);
	if (assay_pcrs_bank(out, (uint16_t)alg) != NULL)
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "bank %d (%s) is listed twice", (int)alg,
		    assay_hash_name(hash));
	bank->alg = (uint16_t)alg;
	out->n_banks++;
	for (size_t i = 0; i < json_array_size(values); i++)
		if (!read_pcr_value(json_array_get(values, i), hash, bank,
		    err))
			return assay_fail_in(err, assay_hash_name(hash));
	return true;
}

static bool
read_pcrs(const json_t *object, struct assay_pcrs *out,
    struct assay_error *err)
{
	json_t *banks;

	if (!assay_json_get_array(object, "pcrs", ASSAY_PCR_BANKS, &banks,
	    err))
		return false;
	for (size_t i = 0; i < json_array_size(banks); i++)
		if (!read_bank(json_array_get(banks, i), out, err))
			return assay_fail_in(err, "pcrs");
	return true;
}

/* ---- statements --------------------------------------------------------- */

static bool
add_tcg(struct assay_tpm_statement *st, struct assay_bytes log,
    struct assay_error *err)
{
	if (st->ima.len != 0)
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "a TCG log stands behind the IMA log, want it before");
	if (st->n_tcg == ASSAY_MAX_TCG_LOGS)
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "more than %d TCG logs", ASSAY_MAX_TCG_LOGS);
	st->tcg[st->n_tcg++] = log;
	return true;
}

static bool
read_log(struct assay_tpm_submission *m, const json_t *value,
    struct assay_tpm_statement *st, struct assay_error *err)
{
	struct assay_bytes type, log;
	char show[ASSAY_TEXT_SHOW];

	if (!assay_json_get_string(value, "type", &type, err) ||
	    !assay_tpm_member(m, value, &assay_tpm_log_member, &log, err))
		return false;
	if (log.len == 0)
		return true;
	if (assay_text_is(type, "TCG"))
		return add_tcg(st, log, err);
	if (!assay_text_is(type, "IMA"))
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "log has type \"%s\", want TCG or IMA",
		    assay_text_show(type, show));
	if (st->ima.len != 0)
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "there are two IMA logs, want at most one");
	st->ima = log;
	return true;
}

static bool
read_logs(struct assay_tpm_submission *m, const json_t *object,
    struct assay_tpm_statement *st, struct assay_error *err)
{
	json_t *logs;

	if (assay_tpm_absent(object, "logs"))
		return true;
	if (!assay_json_get_array(object, "logs", 2 * ASSAY_MAX_TCG_LOGS,
	    &logs, err))
		return false;
	for (size_t i = 0; i < json_array_size(logs); i++)
		if (!read_log(m, json_array_get(logs, i), st, err))
			return assay_fail_in(err, "logs");
	return true;
}

/* aik_cert and aik_pub: at least one. */
static bool
read_aik(struct assay_tpm_submission *m, const json_t *object,
    struct assay_tpm_statement *st, struct assay_error *err)
{
	static const struct assay_tpm_member cert = {
		"aik_cert", ASSAY_MAX_CERT_BYTES, false
	};

	if (!assay_tpm_member(m, object, &cert, &st->aik_cert, err))
		return false;
	if (!assay_tpm_absent(object, "aik_pub"))
		return assay_tpm_key_parse(json_object_get(object, "aik_pub"),
		    &st->aik_pub, err) || assay_fail_in(err, "aik_pub");
	return st->aik_cert.len != 0 ||
	    assay_fail(err, ASSAY_ERR_JSON_MISSING_MEMBER,
	    "neither \"aik_cert\" nor \"aik_pub\" is there, want one");
}

/* current_attestation or boot_attestation of V2. */
static bool
read_statement(struct assay_tpm_submission *m, const json_t *object,
    struct assay_tpm_statement *st, struct assay_error *err)
{
	static const struct assay_tpm_member quote = {
		"quote", ASSAY_MAX_TPM_BLOB, true
	}, signature = {
		"signature", ASSAY_MAX_TPM_BLOB, true
	};

	st->present = true;
	return read_logs(m, object, st, err) && read_aik(m, object, st, err) &&
	    read_pcrs(object, &st->pcrs, err) &&
	    assay_tpm_member(m, object, &quote, &st->quote, err) &&
	    assay_tpm_member(m, object, &signature, &st->signature, err);
}

static bool
read_statements_v2(struct assay_tpm_submission *m, const json_t *tpm,
    struct assay_error *err)
{
	json_t *object;

	if (!assay_json_get_object(tpm, "current_attestation", &object, err))
		return false;
	if (!read_statement(m, object, &m->current, err))
		return assay_fail_in(err, "current_attestation");
	if (assay_tpm_absent(tpm, "boot_attestation"))
		return true;
	return assay_json_get_object(tpm, "boot_attestation", &object, err) &&
	    (read_statement(m, object, &m->boot, err) ||
	    assay_fail_in(err, "boot_attestation"));
}

/* ---- statements of V1 --------------------------------------------------- */

enum { SRTM_BOOT, SRTM_RESUME, DRTM_BOOT, DRTM_RESUME, WINDOWS_LOGS };

static bool
read_windows_logs(struct assay_tpm_submission *m, const json_t *tpm,
    struct assay_bytes out[WINDOWS_LOGS], struct assay_error *err)
{
	static const char *const names[WINDOWS_LOGS] = {
		"srtm_boot_log", "srtm_resume_log", "drtm_boot_log",
		"drtm_resume_log",
	};

	for (size_t i = 0; i < WINDOWS_LOGS; i++) {
		const struct assay_tpm_member log = {
			names[i], ASSAY_MAX_EVENTLOG_BYTES, false
		};

		if (!assay_tpm_member(m, tpm, &log, &out[i], err))
			return false;
	}
	return true;
}

static void
use_windows_logs(struct assay_tpm_statement *st, struct assay_bytes srtm,
    struct assay_bytes drtm)
{
	if (srtm.len != 0)
		st->tcg[st->n_tcg++] = srtm;
	if (drtm.len != 0)
		st->tcg[st->n_tcg++] = drtm;
}

static bool
read_claim(struct assay_tpm_submission *m, const json_t *tpm, const char *name,
    struct assay_tpm_statement *st, struct assay_error *err)
{
	const struct assay_tpm_member member = {
		name, ASSAY_MAX_TPM_BLOB, true
	};
	struct assay_tpla claim;
	struct assay_bytes blob;

	if (!assay_tpm_member(m, tpm, &member, &blob, err))
		return false;
	if (!assay_tpla_parse(blob, &claim, err))
		return assay_fail_in(err, name);
	st->present = true;
	st->quote = claim.quote;
	st->signature = claim.signature;
	st->pcrs = claim.pcrs;
	return true;
}

/*
 * Tbsi_Get_TCG_Log_Ex: after a resume from hibernation the PCRs are those of
 * the resume logs, which start with the firmware again; boot_claim, made
 * before, is about the boot logs. Without a resume both are about the boot.
 */
static bool
read_statements_v1(struct assay_tpm_submission *m, const json_t *tpm,
    struct assay_error *err)
{
	struct assay_bytes logs[WINDOWS_LOGS];
	bool resumed;

	if (!read_windows_logs(m, tpm, logs, err) ||
	    !read_aik(m, tpm, &m->current, err) ||
	    !read_claim(m, tpm, "current_claim", &m->current, err))
		return false;
	resumed = logs[SRTM_RESUME].len != 0 || logs[DRTM_RESUME].len != 0;
	if (resumed)
		use_windows_logs(&m->current, logs[SRTM_RESUME],
		    logs[DRTM_RESUME]);
	else
		use_windows_logs(&m->current, logs[SRTM_BOOT],
		    logs[DRTM_BOOT]);
	if (assay_tpm_absent(tpm, "boot_claim"))
		return true;
	m->boot_is_current = !resumed;
	use_windows_logs(&m->boot, logs[SRTM_BOOT], logs[DRTM_BOOT]);
	m->boot.aik_cert = m->current.aik_cert;
	m->boot.aik_pub = assay_pkey_ref(m->current.aik_pub);
	return read_claim(m, tpm, "boot_claim", &m->boot, err);
}

/* ---- the rest ----------------------------------------------------------- */

static bool
read_keys(struct assay_tpm_submission *m, const json_t *data,
    struct assay_error *err)
{
	json_t *value, *list;

	if (!assay_json_get_object(data, m->v2 ? "request_key" : "attest_key",
	    &value, err))
		return false;
	m->key.value = value;
	if (!m->v2)
		return assay_tpm_key_parse(value, &m->key.key, err) ||
		    assay_fail_in(err, "attest_key");
	if (!assay_tpm_key_read(m, value, &m->key, true, err))
		return assay_fail_in(err, "request_key");
	if (assay_tpm_absent(data, "other_keys"))
		return true;
	if (!assay_json_get_array(data, "other_keys", ASSAY_MAX_TPM_OTHER_KEYS,
	    &list, err))
		return false;
	for (; m->n_other < json_array_size(list); m->n_other++) {
		value = json_array_get(list, m->n_other);
		if (!assay_tpm_key_read(m, value, &m->other[m->n_other], false,
		    err))
			return assay_fail_in(err, "other_keys");
	}
	return true;
}

static bool
read_text(const json_t *data, const char *name, struct assay_bytes *out,
    struct assay_error *err)
{
	if (assay_tpm_absent(data, name))
		return true;
	if (!assay_json_get_string(data, name, out, err))
		return false;
	return out->len <= ASSAY_MAX_TPM_BLOB ||
	    assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
	    "%s has %zu characters, at most %u", name, out->len,
	    ASSAY_MAX_TPM_BLOB);
}

static bool
read_custom_claims(struct assay_tpm_submission *m, const json_t *data,
    struct assay_error *err)
{
	json_t *list;

	if (assay_tpm_absent(data, "custom_claims"))
		return true;
	if (!assay_json_get_array(data, "custom_claims",
	    ASSAY_MAX_CUSTOM_CLAIMS, &list, err))
		return false;
	m->custom_claims = list;
	return true;
}

static const struct assay_tpm_member service_context = {
	"service_context", ASSAY_MAX_TPM_CONTEXT, true
};

/* att_data, or what report_signed makes of it. */
static bool
read_data(struct assay_tpm_submission *m, const json_t *data,
    struct assay_error *err)
{
	static const struct assay_tpm_member challenge = {
		"challenge", ASSAY_MAX_TPM_BLOB, true
	};
	json_t *tpm;

	if (!read_text(data, "rp_id", &m->rp_id, err) ||
	    !read_text(data, "rp_data", &m->rp_data, err) ||
	    !assay_tpm_member(m, data, &challenge, &m->challenge, err) ||
	    !assay_tpm_member(m, data, &service_context, &m->service_context,
	    err) || !read_custom_claims(m, data, err) ||
	    !read_keys(m, data, err) ||
	    !assay_json_get_object(data, "tpm_att_data", &tpm, err))
		return false;
	return (m->v2 ? read_statements_v2(m, tpm, err) :
	    read_statements_v1(m, tpm, err)) ||
	    assay_fail_in(err, "tpm_att_data");
}

/* V1: "vsm_report":"<b64u>"; V2: "vsm_report":{"enclave":{"report":...}}. */
static bool
read_vbs_report(struct assay_tpm_submission *m, const json_t *data,
    struct assay_error *err)
{
	const struct assay_tpm_member member = {
		m->v2 ? "report" : "vsm_report", ASSAY_MAX_TPM_BLOB, true
	};
	json_t *report, *enclave;

	if (!m->v2)
		return assay_tpm_member(m, data, &member, &m->vbs_report, err);
	return assay_json_get_object(data, "vsm_report", &report, err) &&
	    (assay_json_get_object(report, "enclave", &enclave, err) ||
	    assay_fail_in(err, "vsm_report")) &&
	    (assay_tpm_member(m, enclave, &member, &m->vbs_report, err) ||
	    assay_fail_in(err, "vsm_report.enclave"));
}

/* {"att_type":"basic"|"vbs","att_data":{...}}: where the members stand. */
static bool
find_data(struct assay_tpm_submission *m, json_t **att_data, json_t **data,
    struct assay_error *err)
{
	char show[ASSAY_TEXT_SHOW];
	struct assay_bytes type;

	if (!assay_json_get_string(m->document, "att_type", &type, err) ||
	    !assay_json_get_object(m->document, "att_data", att_data, err))
		return false;
	m->vbs = assay_text_is(type, "vbs");
	if (!m->vbs && !assay_text_is(type, "basic"))
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "att_type is \"%s\", want basic or vbs",
		    assay_text_show(type, show));
	if (m->vbs)
		return assay_json_get_object(*att_data, "report_signed", data,
		    err);
	if (m->report_signed.ptr != NULL)
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "att_data has \"report_signed\", but att_type is basic");
	*data = *att_data;
	return true;
}

bool
assay_tpm_submission_read(struct assay_tpm_submission *m,
    struct assay_error *err)
{
	json_t *att_data, *data;

	if (!find_data(m, &att_data, &data, err) ||
	    (m->vbs && !read_vbs_report(m, att_data, err)))
		return assay_fail_in(err, "payload of the request");
	return read_data(m, data, err) ||
	    assay_fail_in(err, m->vbs ? "report_signed" : "att_data");
}

bool
assay_tpm_service_context(struct assay_bytes jws, char **out, size_t *len,
    struct assay_error *err)
{
	struct assay_tpm_submission m = { .v2 = false };
	struct assay_bytes context;
	json_t *att_data, *data;
	char *copy;
	bool ok;

	if (!assay_tpm_submission_open(jws, &m, err))
		return false;
	ok = find_data(&m, &att_data, &data, err) &&
	    assay_tpm_member(&m, data, &service_context, &context, err);
	if (ok) {
		*len = m.blobs[m.n_blobs - 1].len;
		copy = assay_buffer_take(&m.blobs[m.n_blobs - 1]);
		if (copy == NULL)
			ok = assay_fail_memory(err, "service_context");
		else
			*out = copy;
	}
	assay_tpm_submission_free(&m);
	return ok;
}
