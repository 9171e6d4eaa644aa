/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/session.h"

/* The oldest version that has "nonce" (api.md section 2). */
#define API_VERSION "2022-08-01"

static const struct assay_client_kind kinds[] = {
	{ "sgx", "SgxEnclave", "quote" },
	{ "openenclave", "OpenEnclave", "report" },
};

const struct assay_client_kind *
assay_client_kind_find(const char *word)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].word, word) == 0)
			return &kinds[i];
	return NULL;
}

const char *
assay_client_kind_words(void)
{
	return "sgx or openenclave";
}

static json_t *
base64url_value(struct assay_bytes in)
{
	struct assay_buffer text = assay_buffer(ASSAY_MAX_HTTP_BODY);
	json_t *value = NULL;

	if (assay_base64url_encode(in, &text))
		value = json_stringn(assay_buffer_str(&text), text.len);
	assay_buffer_free(&text);
	return value;
}

/* json_object_set_new() takes NULL for a failure that happened before. */
static bool
put_runtime_data(json_t *body, const struct assay_bound_data *data)
{
	json_t *object;

	if (!data->present)
		return true;
	if ((object = json_object()) == NULL)
		return false;
	if (json_object_set_new(object, "data",
	    base64url_value(data->bytes)) == -1 ||
	    json_object_set_new(object, "dataType", json_string(
	    data->type == ASSAY_DATA_JSON ? "JSON" : "Binary")) == -1) {
		json_decref(object);
		return false;
	}
	return json_object_set_new(body, "runtimeData", object) == 0;
}

static bool
put_members(json_t *body, const struct assay_client_request *request)
{
	struct assay_bytes draft = request->draft_policy;

	return json_object_set_new(body, request->kind->member,
	    base64url_value(request->evidence)) == 0 &&
	    put_runtime_data(body, &request->runtime_data) &&
	    (request->nonce == NULL || json_object_set_new(body, "nonce",
	    json_string(request->nonce)) == 0) &&
	    (draft.ptr == NULL || json_object_set_new(body,
	    "draftPolicyForAttestation",
	    json_stringn((const char *)draft.ptr, draft.len)) == 0);
}

static bool
make_body(const struct assay_client_request *request,
    struct assay_buffer *out, struct assay_error *err)
{
	json_t *body = json_object();
	bool ok;

	if (body == NULL || !put_members(body, request)) {
		json_decref(body);
		return assay_fail(err, ASSAY_ERR_REQUEST_INVALID,
		    "the request cannot be written as JSON: nonce or policy "
		    "is not UTF-8, or something is too large");
	}
	ok = assay_json_write(body, out, err);
	json_decref(body);
	return ok;
}

static bool
take_token(const json_t *answer, char **token, struct assay_error *err)
{
	struct assay_bytes text;

	if (!assay_json_get_string(answer, "token", &text, err)) {
		err->code = ASSAY_ERR_FETCH_FAILED;
		return assay_fail_in(err, "answer of the service");
	}
	if ((*token = assay_strdup_bytes(text)) == NULL)
		return assay_fail_memory(err, "token");
	return true;
}

bool
assay_session_attest(const struct assay_service_address *to,
    const struct assay_client_request *request, char **token,
    struct assay_refusal *refusal, struct assay_error *err)
{
	struct assay_buffer body = assay_buffer(ASSAY_MAX_HTTP_BODY);
	struct assay_fetch_request post = {
		.method = "POST",
		.content_type = "application/json",
		.max_bytes = ASSAY_MAX_HTTP_BODY,
		.deadline_ms = ASSAY_FETCH_DEADLINE_MS,
	};
	json_t *answer = NULL;
	char path[128];
	bool ok = false;

	(void)snprintf(path, sizeof(path), "/attest/%s?api-version="
	    API_VERSION, request->kind->type);
	if (!make_body(request, &body, err))
		goto out;
	post.body = assay_buffer_bytes(&body);
	ok = assay_exchange(to, path, &post, &answer, refusal, err) &&
	    take_token(answer, token, err);
out:
	json_decref(answer);
	assay_buffer_free(&body);
	return ok;
}
