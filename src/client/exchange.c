/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "base/mem.h"
#include "client/exchange.h"

#define URL_MAX 2048

void
assay_refusal_free(struct assay_refusal *refusal)
{
	free(refusal->code);
	free(refusal->message);
	free(refusal->inner_code);
	free(refusal->inner_message);
	free(refusal->request_id);
	memset(refusal, 0, sizeof(*refusal));
}

static char *
member_text(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	if (!json_is_string(value))
		return NULL;
	return assay_strdup_bytes((struct assay_bytes){
	    (const uint8_t *)json_string_value(value),
	    json_string_length(value) });
}

/* Whatever of a refusal is there; a service in trouble may send HTML. */
static void
read_refusal(const struct assay_fetch_answer *answer,
    struct assay_refusal *out)
{
	struct assay_error ignored;
	struct assay_bytes id;
	const json_t *error, *inner;
	json_t *body;

	memset(out, 0, sizeof(*out));
	out->status = answer->status;
	if (assay_fetch_header(answer, "x-ms-request-id", &id))
		out->request_id = assay_strdup_bytes(id);
	body = assay_json_parse(assay_buffer_bytes(&answer->body), NULL,
	    &ignored);
	error = json_object_get(body, "error");
	inner = json_object_get(error, "innererror");
	out->code = member_text(error, "code");
	out->message = member_text(error, "message");
	out->inner_code = member_text(inner, "code");
	out->inner_message = member_text(inner, "message");
	json_decref(body);
}

static bool
refused(const char *url, const struct assay_fetch_answer *answer,
    struct assay_refusal *refusal, struct assay_error *err)
{
	read_refusal(answer, refusal);
	return assay_fail(err, answer->status == 400 ?
	    ASSAY_ERR_SERVICE_REFUSED : ASSAY_ERR_FETCH_FAILED,
	    "%s answers %d%s%s%s%.300s", url, answer->status,
	    refusal->code != NULL ? " " : "",
	    refusal->code != NULL ? refusal->code : "",
	    refusal->message != NULL ? ": " : "",
	    refusal->message != NULL ? refusal->message : "");
}

/* api.md section 1: 429 and 503 come with the seconds to wait. */
static bool
may_try_again(const struct assay_fetch_answer *answer, int tried)
{
	return (answer->status == 429 || answer->status == 503) &&
	    tried < ASSAY_CLIENT_TRIES;
}

static void
wait_seconds(int64_t asked)
{
	struct timespec left = { .tv_sec = asked < 0 ? 1 :
	    asked > ASSAY_CLIENT_WAIT_MAX ? ASSAY_CLIENT_WAIT_MAX : asked };

	while (nanosleep(&left, &left) == -1 && errno == EINTR)
		continue;
}

static bool
fetch_patiently(const struct assay_fetch_request *request,
    struct assay_fetch_answer *answer, struct assay_error *err)
{
	for (int tried = 1; ; tried++) {
		if (!assay_fetch(request, answer, err))
			return false;
		if (!may_try_again(answer, tried))
			return true;
		wait_seconds(answer->retry_after);
		assay_fetch_answer_free(answer);
	}
}

static bool
exchange(const struct assay_fetch_request *request, json_t **out,
    struct assay_refusal *refusal, struct assay_error *err)
{
	struct assay_fetch_answer answer = { 0 };
	json_t *body = NULL;

	if (!fetch_patiently(request, &answer, err))
		return false;
	if (answer.status != 200) {
		(void)refused(request->url, &answer, refusal, err);
	} else if ((body = assay_json_parse(assay_buffer_bytes(&answer.body),
	    NULL, err)) == NULL) {
		(void)assay_fail_in(err, request->url);
		err->code = ASSAY_ERR_FETCH_FAILED;
	}
	assay_fetch_answer_free(&answer);
	if (body == NULL)
		return false;
	*out = body;
	return true;
}

bool
assay_exchange(const struct assay_service_address *to, const char *path,
    const struct assay_fetch_request *request, json_t **out,
    struct assay_refusal *refusal, struct assay_error *err)
{
	const char *const shown[] = { to->authorization, NULL };
	struct assay_fetch_request full = *request;
	size_t len = strlen(to->url);
	char url[URL_MAX];
	int n;

	while (len != 0 && to->url[len - 1] == '/')
		len--;
	n = snprintf(url, sizeof(url), "%.*s%s", (int)len, to->url, path);
	if (n < 0 || (size_t)n >= sizeof(url))
		return assay_fail(err, ASSAY_ERR_FETCH_REFUSED,
		    "address is longer than %d bytes", URL_MAX);
	full.url = url;
	full.cacert = to->cacert;
	if (to->authorization != NULL)
		full.headers = shown;
	return exchange(&full, out, refusal, err);
}

bool
assay_exchange_get(const char *url, const char *cacert, json_t **out,
    struct assay_error *err)
{
	const struct assay_fetch_request request = {
		.url = url,
		.cacert = cacert,
		.max_bytes = ASSAY_MAX_HTTP_BODY,
		.deadline_ms = ASSAY_FETCH_DEADLINE_MS,
	};
	struct assay_refusal refusal = { 0 };
	bool ok = exchange(&request, out, &refusal, err);

	assay_refusal_free(&refusal);
	return ok;
}
