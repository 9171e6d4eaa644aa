/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "collateral/tcbinfo.h"

const struct assay_signed_json_rules assay_tcb_info_rules = {
	.name = "tcbInfo",
	.unsupported = ASSAY_ERR_SGX_TCB_INFO_UNSUPPORTED_FORMAT,
	.invalid = ASSAY_ERR_SGX_TCB_INFO_INVALID,
	.bad_signature = ASSAY_ERR_TCB_INFO_INVALID_SIGNATURE,
	.signature = ASSAY_CHECK_TCB_INFO_SIGNATURE,
};

void
assay_tcb_info_free(struct assay_tcb_info *info)
{
	if (info == NULL)
		return;
	for (size_t i = 0; i < info->n_levels; i++)
		assay_tcb_verdict_free(&info->levels[i].verdict);
	free(info->levels);
	for (size_t i = 0; i < info->n_modules; i++)
		assay_svn_levels_free(&info->modules[i].levels);
	free(info->modules);
	free(info);
}

/* ---- levels ------------------------------------------------------------ */

/* Version 2: sgxtcbcomp01svn to sgxtcbcomp16svn. */
static bool
read_components_v2(const json_t *tcb, uint8_t *out, struct assay_error *err)
{
	char name[24];
	int64_t v;

	for (unsigned int i = 0; i < ASSAY_TCB_COMPONENTS; i++) {
		(void)snprintf(name, sizeof(name), "sgxtcbcomp%02usvn", i + 1);
		if (!assay_json_get_int(tcb, name, 0, UINT8_MAX, &v, err))
			return false;
		out[i] = (uint8_t)v;
	}
	return true;
}

/* Version 3: an array of exactly 16 objects with a member svn. */
static bool
read_components_v3(const json_t *tcb, const char *name, uint8_t *out,
    struct assay_error *err)
{
	json_t *array = NULL, *item;
	int64_t v;
	size_t i;

	if (!assay_json_get_array(tcb, name, ASSAY_TCB_COMPONENTS, &array, err))
		return false;
	if (json_array_size(array) != ASSAY_TCB_COMPONENTS)
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "%s has %zu entries, want %d", name,
		    json_array_size(array), ASSAY_TCB_COMPONENTS);
	json_array_foreach(array, i, item) {
		if (!json_is_object(item))
			return assay_fail(err, ASSAY_ERR_JSON_TYPE,
			    "%s[%zu] is not an object", name, i);
		if (!assay_json_get_int(item, "svn", 0, UINT8_MAX, &v, err))
			return assay_fail_in(err, name);
		out[i] = (uint8_t)v;
	}
	return true;
}

static bool
read_components(const struct assay_tcb_info *info, const json_t *tcb,
    struct assay_tcb_level *out, struct assay_error *err)
{
	if (info->version == 2)
		return read_components_v2(tcb, out->sgx, err);
	return read_components_v3(tcb, "sgxtcbcomponents", out->sgx, err) &&
	    (info->tee != ASSAY_TEE_TDX ||
	    read_components_v3(tcb, "tdxtcbcomponents", out->tdx, err));
}

static bool
read_level(const struct assay_tcb_info *info, const json_t *item,
    struct assay_tcb_level *out, struct assay_error *err)
{
	json_t *tcb = NULL;
	int64_t v;

	if (!json_is_object(item))
		return assay_fail(err, ASSAY_ERR_JSON_TYPE,
		    "is not an object");
	if (!assay_json_get_object(item, "tcb", &tcb, err) ||
	    !read_components(info, tcb, out, err) ||
	    !assay_json_get_int(tcb, "pcesvn", 0, UINT16_MAX, &v, err) ||
	    !assay_tcb_verdict_read(item, ASSAY_TCB_PLATFORM_STATUSES,
	    &out->verdict, err))
		return false;
	out->pcesvn = (uint16_t)v;
	return true;
}

/* QVL TcbLevel: components as a string of bytes, PCESVN, TDX components. */
static int
compare_levels(const struct assay_tcb_level *a, const struct assay_tcb_level *b)
{
	int c;

	if ((c = memcmp(a->sgx, b->sgx, sizeof(a->sgx))) != 0)
		return c;
	if (a->pcesvn != b->pcesvn)
		return a->pcesvn < b->pcesvn ? -1 : 1;
	return memcmp(a->tdx, b->tdx, sizeof(a->tdx));
}

static int
descending(const void *a, const void *b)
{
	return -compare_levels(a, b);
}

static bool
distinct(const struct assay_tcb_info *info, struct assay_error *err)
{
	if (info->n_levels == 0)
		return assay_fail(err, ASSAY_ERR_SGX_TCB_INFO_INVALID,
		    "tcbInfo: there is no TCB level");
	for (size_t i = 1; i < info->n_levels; i++)
		if (compare_levels(&info->levels[i - 1],
		    &info->levels[i]) == 0)
			return assay_fail(err, ASSAY_ERR_SGX_TCB_INFO_INVALID,
			    "tcbInfo: two TCB levels are equal");
	return true;
}

static bool
read_levels(struct assay_tcb_info *info, const json_t *body,
    struct assay_checks *checks, struct assay_error *err)
{
	json_t *array = NULL, *item;
	char where[48];
	size_t i;

	if (!assay_json_get_array(body, "tcbLevels", ASSAY_MAX_TCB_LEVELS,
	    &array, err))
		return false;
	if ((info->levels = assay_alloc(json_array_size(array) + 1,
	    sizeof(*info->levels))) == NULL)
		return assay_fail_memory(err, "TCB levels");
	json_array_foreach(array, i, item) {
		if (!read_level(info, item, &info->levels[i], err)) {
			(void)snprintf(where, sizeof(where), "tcbLevels[%zu]",
			    i);
			return assay_fail_in(err, where);
		}
		info->n_levels++;
	}
	qsort(info->levels, info->n_levels, sizeof(*info->levels), descending);
	return assay_check(checks, ASSAY_CHECK_TCB_INFO_LEVELS,
	    distinct(info, err));
}

/* ---- TDX modules ------------------------------------------------------- */

static bool
read_module(const json_t *object, struct assay_tdx_module *out,
    struct assay_error *err)
{
	return assay_json_get_hex(object, "mrsigner", out->mrsigner,
	    sizeof(out->mrsigner), err) &&
	    assay_json_get_hex(object, "attributes", out->attributes,
	    sizeof(out->attributes), err) &&
	    assay_json_get_hex(object, "attributesMask", out->attributes_mask,
	    sizeof(out->attributes_mask), err);
}

static bool
read_identity(const json_t *object, struct assay_tdx_module *out,
    struct assay_error *err)
{
	struct assay_bytes id;
	json_t *levels = NULL;
	bool distinct_levels = false;

	if (!json_is_object(object))
		return assay_fail(err, ASSAY_ERR_JSON_TYPE,
		    "is not an object");
	if (!read_module(object, out, err) ||
	    !assay_json_get_string(object, "id", &id, err))
		return false;
	if (id.len == 0 || id.len >= sizeof(out->id))
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "id has %zu characters, want 1 to %zu", id.len,
		    sizeof(out->id) - 1);
	memcpy(out->id, id.ptr, id.len);
	return assay_json_get_array(object, "tcbLevels", ASSAY_MAX_TCB_LEVELS,
	    &levels, err) &&
	    assay_svn_levels_read(levels, &out->levels, &distinct_levels,
	    err) && distinct_levels;
}

static bool
read_identities(struct assay_tcb_info *info, const json_t *body,
    struct assay_error *err)
{
	json_t *array = NULL, *item;
	char where[48];
	size_t i;

	if (json_object_get(body, "tdxModuleIdentities") == NULL)
		return true;
	if (!assay_json_get_array(body, "tdxModuleIdentities",
	    ASSAY_MAX_TDX_MODULES, &array, err))
		return false;
	if (json_array_size(array) == 0)
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "tdxModuleIdentities is empty");
	if ((info->modules = assay_alloc(json_array_size(array),
	    sizeof(*info->modules))) == NULL)
		return assay_fail_memory(err, "TDX modules");
	json_array_foreach(array, i, item) {
		info->n_modules++;
		if (read_identity(item, &info->modules[i], err))
			continue;
		(void)snprintf(where, sizeof(where),
		    "tdxModuleIdentities[%zu]", i);
		return assay_fail_in(err, where);
	}
	return true;
}

static bool
read_tdx(struct assay_tcb_info *info, const json_t *body,
    struct assay_error *err)
{
	json_t *module = NULL;

	if (info->tee != ASSAY_TEE_TDX)
		return true;
	if (!assay_json_get_object(body, "tdxModule", &module, err))
		return false;
	if (!read_module(module, &info->module, err))
		return assay_fail_in(err, "tdxModule");
	return read_identities(info, body, err);
}

/* ---- the document ------------------------------------------------------ */

static bool
read_id(struct assay_tcb_info *info, const json_t *body,
    struct assay_error *err)
{
	struct assay_bytes id;

	if (info->version == 2) {
		info->tee = ASSAY_TEE_SGX;
		return true;
	}
	if (!assay_json_get_string(body, "id", &id, err))
		return false;
	if (assay_text_is(id, "SGX"))
		info->tee = ASSAY_TEE_SGX;
	else if (assay_text_is(id, "TDX"))
		info->tee = ASSAY_TEE_TDX;
	else
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "id is neither \"SGX\" nor \"TDX\"");
	return true;
}

static bool
read_version(struct assay_tcb_info *info, const json_t *body,
    struct assay_checks *checks, struct assay_error *err)
{
	int64_t v;

	if (!assay_json_get_int(body, "version", INT64_MIN, INT64_MAX, &v,
	    err))
		return false;
	if (!assay_check(checks, ASSAY_CHECK_TCB_INFO_VERSION,
	    v == 2 || v == 3))
		return assay_fail(err, ASSAY_ERR_SGX_TCB_INFO_INVALID,
		    "version is %lld, want 2 or 3", (long long)v);
	info->version = v == 2 ? 2 : 3;
	return true;
}

static bool
read_head(struct assay_tcb_info *info, const json_t *body,
    struct assay_checks *checks, struct assay_error *err)
{
	int64_t v;

	if (!read_id(info, body, err) ||
	    !assay_json_get_when(body, "issueDate", &info->issue_date, err) ||
	    !assay_json_get_when(body, "nextUpdate", &info->next_update,
	    err) ||
	    !assay_json_get_hex(body, "fmspc", info->fmspc,
	    sizeof(info->fmspc), err) ||
	    !assay_json_get_hex(body, "pceId", info->pceid,
	    sizeof(info->pceid), err) ||
	    !assay_json_get_int(body, "tcbEvaluationDataNumber", 0,
	    UINT32_MAX, &v, err))
		return false;
	info->tcb_evaluation_data_number = (uint32_t)v;
	if (!assay_json_get_int(body, "tcbType", INT64_MIN, INT64_MAX, &v,
	    err))
		return false;
	if (!assay_check(checks, ASSAY_CHECK_TCB_INFO_TCB_TYPE, v == 0))
		return assay_fail(err, ASSAY_ERR_SGX_TCB_INFO_INVALID,
		    "tcbType is %lld, want 0", (long long)v);
	return true;
}

bool
assay_tcb_info_read(const json_t *body, struct assay_checks *checks,
    struct assay_tcb_info **out, struct assay_error *err)
{
	struct assay_tcb_info *info;

	if ((info = assay_alloc(1, sizeof(*info))) == NULL)
		return assay_fail_memory(err, "TCB info");
	if (!read_version(info, body, checks, err) ||
	    !read_head(info, body, checks, err) ||
	    !read_tdx(info, body, err) ||
	    !read_levels(info, body, checks, err)) {
		assay_tcb_info_free(info);
		return assay_fail_as(err, ASSAY_ERR_SGX_TCB_INFO_INVALID,
		    "tcbInfo");
	}
	*out = info;
	return true;
}

struct assay_window
assay_tcb_info_window(const struct assay_tcb_info *info)
{
	return (struct assay_window){
		.what = "TCB info",
		.dated = ASSAY_DATED_TCB_INFO,
		.from_check = ASSAY_CHECK_TCB_INFO_ISSUE_DATE,
		.until_check = ASSAY_CHECK_TCB_INFO_NEXT_UPDATE,
		.from_code = ASSAY_ERR_SGX_TCB_INFO_NOT_YET_VALID,
		.from = info->issue_date,
		.until = info->next_update,
	};
}

/* ---- matching ---------------------------------------------------------- */

static bool
mismatch(struct assay_error *err, const char *what, const uint8_t *found,
    const uint8_t *wanted, size_t n)
{
	char a[2 * 8 + 1], b[2 * 8 + 1];

	assay_hex((struct assay_bytes){ found, n }, a);
	assay_hex((struct assay_bytes){ wanted, n }, b);
	return assay_fail(err, ASSAY_ERR_TCB_INFO_MISMATCH,
	    "TCB info has %s %s, the PCK certificate %s", what, a, b);
}

bool
assay_tcb_info_fits(const struct assay_tcb_info *info,
    const struct assay_pck *pck, enum assay_tee tee,
    struct assay_checks *checks, struct assay_error *err)
{
	if (!assay_check(checks, ASSAY_CHECK_TCB_INFO_ID, info->tee == tee))
		return assay_fail(err, ASSAY_ERR_TCB_INFO_MISMATCH,
		    "TCB info is for %s, the quote for %s",
		    info->tee == ASSAY_TEE_TDX ? "TDX" : "SGX",
		    tee == ASSAY_TEE_TDX ? "TDX" : "SGX");
	if (!assay_check(checks, ASSAY_CHECK_TCB_INFO_FMSPC,
	    memcmp(info->fmspc, pck->fmspc, sizeof(pck->fmspc)) == 0))
		return mismatch(err, "FMSPC", info->fmspc, pck->fmspc,
		    sizeof(pck->fmspc));
	if (!assay_check(checks, ASSAY_CHECK_TCB_INFO_PCEID,
	    memcmp(info->pceid, pck->pceid, sizeof(pck->pceid)) == 0))
		return mismatch(err, "PCE id", info->pceid, pck->pceid,
		    sizeof(pck->pceid));
	return true;
}

static bool
reaches(const uint8_t *have, const uint8_t *want, size_t from)
{
	for (size_t i = from; i < ASSAY_TCB_COMPONENTS; i++)
		if (have[i] < want[i])
			return false;
	return true;
}

const struct assay_tcb_level *
assay_tcb_info_match(const struct assay_tcb_info *info,
    const struct assay_pck *pck,
    const uint8_t tee_tcb_svn[ASSAY_TCB_COMPONENTS])
{
	const struct assay_tcb_level *level;
	/* A module with an identity of its own is matched by that; the
	 * platform level then starts behind its version (QVL). */
	size_t from = tee_tcb_svn != NULL && tee_tcb_svn[1] > 0 ? 2 : 0;

	for (size_t i = 0; i < info->n_levels; i++) {
		level = &info->levels[i];
		if (reaches(pck->components, level->sgx, 0) &&
		    pck->pcesvn >= level->pcesvn && (tee_tcb_svn == NULL ||
		    reaches(tee_tcb_svn, level->tdx, from)))
			return level;
	}
	return NULL;
}

const struct assay_tdx_module *
assay_tcb_info_module(const struct assay_tcb_info *info,
    uint8_t module_version)
{
	char id[16];

	if (module_version == 0)
		return &info->module;
	(void)snprintf(id, sizeof(id), "TDX_%02X", module_version);
	for (size_t i = 0; i < info->n_modules; i++)
		if (assay_text_is_nocase(assay_bytes_of(info->modules[i].id),
		    id))
			return &info->modules[i];
	return NULL;
}
