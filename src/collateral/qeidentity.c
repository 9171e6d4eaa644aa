/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "collateral/intel_cert.h"
#include "collateral/qeidentity.h"

const struct assay_signed_json_rules assay_qe_identity_rules = {
	.name = "enclaveIdentity",
	.unsupported = ASSAY_ERR_SGX_ENCLAVE_IDENTITY_UNSUPPORTED_FORMAT,
	.invalid = ASSAY_ERR_SGX_ENCLAVE_IDENTITY_INVALID,
	.bad_signature = ASSAY_ERR_SGX_ENCLAVE_IDENTITY_INVALID_SIGNATURE,
	.signature = ASSAY_CHECK_QE_IDENTITY_SIGNATURE,
};

void
assay_qe_identity_free(struct assay_qe_identity *q)
{
	if (q == NULL)
		return;
	assay_svn_levels_free(&q->levels);
	free(q);
}

static bool
read_version(const json_t *body, struct assay_checks *checks,
    struct assay_error *err)
{
	int64_t v;

	if (!assay_json_get_int(body, "version", INT64_MIN, INT64_MAX, &v,
	    err))
		return assay_fail_as(err,
		    ASSAY_ERR_SGX_ENCLAVE_IDENTITY_INVALID, "enclaveIdentity");
	if (!assay_check(checks, ASSAY_CHECK_QE_IDENTITY_VERSION, v == 2))
		return assay_fail(err,
		    ASSAY_ERR_SGX_ENCLAVE_IDENTITY_UNSUPPORTED_VERSION,
		    "enclaveIdentity: version is %lld, want 2", (long long)v);
	return true;
}

static bool
read_id(struct assay_qe_identity *q, const json_t *body,
    struct assay_error *err)
{
	static const char *const names[] = {
		[ASSAY_QE] = "QE", [ASSAY_TD_QE] = "TD_QE",
		[ASSAY_QVE] = "QVE",
	};
	struct assay_bytes id;

	if (!assay_json_get_string(body, "id", &id, err))
		return false;
	for (int i = 0; i <= ASSAY_QVE; i++)
		if (assay_text_is(id, names[i])) {
			q->id = (enum assay_qe_id)i;
			return true;
		}
	return assay_fail(err, ASSAY_ERR_BAD_FIELD,
	    "id is not \"QE\", \"TD_QE\" or \"QVE\"");
}

static bool
read_enclave(struct assay_qe_identity *q, const json_t *body,
    struct assay_error *err)
{
	int64_t v;

	if (!assay_json_get_hex(body, "miscselect", q->miscselect,
	    sizeof(q->miscselect), err) ||
	    !assay_json_get_hex(body, "miscselectMask", q->miscselect_mask,
	    sizeof(q->miscselect_mask), err) ||
	    !assay_json_get_hex(body, "attributes", q->attributes,
	    sizeof(q->attributes), err) ||
	    !assay_json_get_hex(body, "attributesMask", q->attributes_mask,
	    sizeof(q->attributes_mask), err) ||
	    !assay_json_get_hex(body, "mrsigner", q->mrsigner,
	    sizeof(q->mrsigner), err) ||
	    !assay_json_get_int(body, "isvprodid", 0, UINT16_MAX, &v, err))
		return false;
	q->isvprodid = (uint16_t)v;
	return true;
}

static bool
read_head(struct assay_qe_identity *q, const json_t *body,
    struct assay_error *err)
{
	int64_t v;

	if (!read_id(q, body, err) ||
	    !assay_json_get_when(body, "issueDate", &q->issue_date, err) ||
	    !assay_json_get_when(body, "nextUpdate", &q->next_update, err) ||
	    !assay_json_get_int(body, "tcbEvaluationDataNumber", 0,
	    UINT32_MAX, &v, err))
		return false;
	q->tcb_evaluation_data_number = (uint32_t)v;
	return read_enclave(q, body, err);
}

static bool
read_levels(struct assay_qe_identity *q, const json_t *body,
    struct assay_checks *checks, struct assay_error *err)
{
	json_t *levels = NULL;
	bool ok = false;

	return assay_json_get_array(body, "tcbLevels", ASSAY_MAX_TCB_LEVELS,
	    &levels, err) &&
	    assay_svn_levels_read(levels, &q->levels, &ok, err) &&
	    assay_check(checks, ASSAY_CHECK_QE_IDENTITY_LEVELS, ok);
}

bool
assay_qe_identity_read(const json_t *body, struct assay_checks *checks,
    struct assay_qe_identity **out, struct assay_error *err)
{
	struct assay_qe_identity *q;

	if (!read_version(body, checks, err))
		return false;
	if ((q = assay_alloc(1, sizeof(*q))) == NULL)
		return assay_fail_memory(err, "QE identity");
	if (!read_head(q, body, err) || !read_levels(q, body, checks, err)) {
		assay_qe_identity_free(q);
		return assay_fail_as(err,
		    ASSAY_ERR_SGX_ENCLAVE_IDENTITY_INVALID, "enclaveIdentity");
	}
	*out = q;
	return true;
}

struct assay_window
assay_qe_identity_window(const struct assay_qe_identity *q)
{
	return (struct assay_window){
		.what = "QE identity",
		.dated = ASSAY_DATED_QE_IDENTITY,
		.from_check = ASSAY_CHECK_QE_IDENTITY_ISSUE_DATE,
		.until_check = ASSAY_CHECK_QE_IDENTITY_NEXT_UPDATE,
		.from_code = ASSAY_ERR_SGX_ENCLAVE_IDENTITY_NOT_YET_VALID,
		.from = q->issue_date,
		.until = q->next_update,
	};
}
