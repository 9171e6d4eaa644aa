/* SPDX-License-Identifier: Apache-2.0 */
#include "service/problem.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "json/json.h"

struct problem {
	unsigned int	 status;
	const char	*code;
	unsigned int	 retry_after;
};

/* By class; what is not evidence's fault must not look like it. */
static const struct problem by_class[] = {
	[ASSAY_CLASS_OK] = { 500, "InternalError", 0 },
	[ASSAY_CLASS_MALFORMED] = { 400, "InvalidParameter", 0 },
	[ASSAY_CLASS_REJECTED] = { 400, "InvalidParameter", 0 },
	[ASSAY_CLASS_UNAVAILABLE] = { 503, "ServiceUnavailable", 30 },
	[ASSAY_CLASS_INTERNAL] = { 500, "InternalError", 0 },
};

/* Codes that clients of the interface know by their own names. */
static const struct {
	enum assay_code	code;
	struct problem	problem;
} by_code[] = {
	{ ASSAY_ERR_NOT_FOUND, { 404, "NotFound", 0 } },
	{ ASSAY_ERR_METHOD_NOT_ALLOWED, { 405, "MethodNotAllowed", 0 } },
	{ ASSAY_ERR_UNAUTHORIZED, { 401, "Unauthorized", 0 } },
	{ ASSAY_ERR_INVALID_OPERATION, { 400, "InvalidOperation", 0 } },
	{ ASSAY_ERR_CALLER_KEYS_MISSING, { 503, "ServiceUnavailable", 2 } },
	{ ASSAY_ERR_OVERLOADED, { 429, "TooManyRequests", 1 } },
	{ ASSAY_ERR_POLICY_PARSING_ERROR, { 400, "PolicyParsingError", 0 } },
	{ ASSAY_ERR_POLICY_DENIED, { 400, "PolicyEvaluationError", 0 } },
	{ ASSAY_ERR_POLICY_NOT_PERMITTED,
	    { 400, "PolicyEvaluationError", 0 } },
	{ ASSAY_ERR_POLICY_RUNTIME_ERROR,
	    { 400, "PolicyEvaluationError", 0 } },
	{ ASSAY_ERR_POLICY_LIMIT, { 400, "PolicyEvaluationError", 0 } },
	{ ASSAY_ERR_POLICY_NOT_SET, { 400, "PolicyEvaluationError", 0 } },
};

static const struct problem *
find_problem(const struct assay_error *err)
{
	for (size_t i = 0; i < sizeof(by_code) / sizeof(by_code[0]); i++) {
		if (by_code[i].code == err->code)
			return &by_code[i].problem;
	}
	return &by_class[assay_code_class(err->code)];
}

unsigned int
assay_problem_status(const struct assay_error *err)
{
	return find_problem(err)->status;
}

/* Statuses that only the HTTP server gives. */
static const char *
code_of_status(unsigned int status, const struct problem *problem)
{
	switch (status) {
	case 401: return "Unauthorized";
	case 411: return "LengthRequired";
	case 413: return "RequestTooLarge";
	case 414: return "UriTooLong";
	case 415: return "UnsupportedMediaType";
	case 417: return "ExpectationFailed";
	case 431: return "HeadersTooLarge";
	case 505: return "HttpVersionNotSupported";
	default: return problem->code;
	}
}

/* Known clients look at how the message ends (api.md section 10). */
static const char *
known_ending(const struct assay_error *err)
{
	if (err->code == ASSAY_ERR_POLICY_NOT_PERMITTED)
		return "No Permit claim was issued in the authorizationrules "
		    "section, authorization failed.";
	if (err->code == ASSAY_ERR_POLICY_DENIED)
		return "A Deny claim was issued in the authorizationrules "
		    "section, authorization failed.";
	return NULL;
}

/* Texts quote what was sent and are cut to size, in the midst of a character
 * too; JSON holds whole ones only. */
static void
make_utf8(char *text)
{
	size_t bad;

	while (!assay_utf8_valid(assay_bytes_of(text), &bad))
		text[bad] = '?';
}

static void
make_message(const struct assay_error *err, char *out, size_t size)
{
	const char *ending = known_ending(err);

	if (ending == NULL || strstr(err->text, ending) != NULL)
		(void)snprintf(out, size, "%s", err->text);
	else
		(void)snprintf(out, size, "%s. %s", err->text, ending);
	make_utf8(out);
}

static json_t *
make_body(const struct assay_error *err, const char *code,
    const char *request_id, const json_t *details)
{
	char message[ASSAY_ERROR_TEXT_MAX + 160];
	json_t *inner, *body;

	make_message(err, message, sizeof(message));
	inner = json_pack("{s:s, s:s, s:s, s:s}",
	    "code", assay_code_name(err->code),
	    "message", message,
	    "class", assay_class_name(assay_code_class(err->code)),
	    "requestId", request_id);
	if (inner != NULL && details != NULL &&
	    json_object_update_missing(inner, (json_t *)(uintptr_t)details)
	    != 0) {
		json_decref(inner);
		inner = NULL;
	}
	if (inner == NULL)
		return NULL;
	body = json_pack("{s:{s:s, s:s, s:o}}", "error", "code", code,
	    "message", message, "innererror", inner);
	return body;
}

void
assay_problem_answer(const struct assay_error *err, unsigned int status,
    const char *request_id, const json_t *details,
    struct assay_http_answer *answer)
{
	static const char last_resort[] = "{\"error\":{\"code\":"
	    "\"InternalError\",\"message\":\"out of memory\"}}";
	const struct problem *problem = find_problem(err);
	const char *code = status == 0 ? problem->code :
	    code_of_status(status, problem);
	struct assay_error ignored;
	json_t *body = make_body(err, code, request_id, details);

	assay_buffer_free(&answer->body);
	answer->body = assay_buffer(ASSAY_MAX_JSON_TEXT);
	answer->status = status == 0 ? problem->status : status;
	answer->error_code = code;
	answer->retry_after = status == 0 ? problem->retry_after : 0;
	if (body == NULL || !assay_json_write(body, &answer->body, &ignored)) {
		assay_buffer_clear(&answer->body);
		assay_buffer_puts(&answer->body, last_resort);
		answer->status = 500;
	}
	json_decref(body);
}
