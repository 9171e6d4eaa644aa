/* SPDX-License-Identifier: Apache-2.0 */
#include "service/route.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "app/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "service/problem.h"
#include "service/rate.h"
#include "service/tally.h"

/* ---- attestation types -------------------------------------------------- */

/* The text that a new instance of Azure Attestation has for SGX. */
static const char sgx_policy[] =
    "version= 1.1;configurationrules{=> issueproperty(type=\""
    "x-ms-sgx-tcbidentifier\", value=\"azuredefault\");};"
    "authorizationrules{=> permit();};issuancerules{"
    "c:[type==\"x-ms-sgx-is-debuggable\"] => "
    "issue(type=\"is-debuggable\", value=c.value);"
    "c:[type==\"x-ms-sgx-mrsigner\"] => "
    "issue(type=\"sgx-mrsigner\", value=c.value);"
    "c:[type==\"x-ms-sgx-mrenclave\"] => "
    "issue(type=\"sgx-mrenclave\", value=c.value);"
    "c:[type==\"x-ms-sgx-product-id\"] => "
    "issue(type=\"product-id\", value=c.value);"
    "c:[type==\"x-ms-sgx-svn\"] => issue(type=\"svn\", value=c.value);"
    "c:[type==\"x-ms-attestation-type\"] => "
    "issue(type=\"tee\", value=c.value);};";

static const char permit_policy[] =
    "version= 1.0;authorizationrules{=> permit();};";

static const struct assay_type types[] = {
	{ "SgxEnclave", "quote", sgx_policy },
	{ "OpenEnclave", "report", sgx_policy },
	{ "Tpm", NULL, NULL },
	{ "SevSnpVm", NULL, permit_policy },
	{ "TdxVm", NULL, permit_policy },
	{ "AzureGuest", NULL, permit_policy },
};
#define N_TYPES (sizeof(types) / sizeof(types[0]))

const struct assay_type *
assay_type_find(const char *name)
{
	for (size_t i = 0; i < N_TYPES; i++) {
		if (assay_text_is_nocase(assay_bytes_of(name),
		    types[i].name))
			return &types[i];
	}
	return NULL;
}

/* What TPM attestation was called before it was (issue texts: "A VBS
 * attestation policy has not been set" at /attest/Tpm). */
const struct assay_type *
assay_type_of_tee(const char *name)
{
	const struct assay_bytes text = assay_bytes_of(name);

	if (assay_text_is_nocase(text, "VbsEnclave") ||
	    assay_text_is_nocase(text, "VSMEnclave"))
		name = "Tpm";
	return assay_type_find(name);
}

size_t
assay_type_count(void)
{
	return N_TYPES;
}

const struct assay_type *
assay_type_at(size_t index)
{
	return &types[index];
}

size_t
assay_type_index(const struct assay_type *type)
{
	return (size_t)(type - types);
}

/* ---- versions ------------------------------------------------------------ */

#define V2018	(1u << 0)
#define VREST	(~V2018)	/* every later one */
#define VBASELINES	(~7u)	/* from 2022-09-01-preview */

/* api.md section 2. */
static const char *const versions[] = {
	"2018-09-01-preview", "2020-10-01", "2022-08-01",
	"2022-09-01-preview", "2023-04-01-preview", "2025-06-01",
	"2026-03-11-preview",
};

static bool
check_version(const struct assay_route *route, struct assay_bytes query,
    struct assay_error *err)
{
	struct assay_bytes found;
	bool repeated;

	if (route->versions == 0)
		return true;
	if (!assay_query_find(query, "api-version", &found, &repeated))
		return assay_fail(err, ASSAY_ERR_API_VERSION,
		    "api-version is missing from the query, want for example "
		    "api-version=2022-08-01");
	if (repeated)
		return assay_fail(err, ASSAY_ERR_API_VERSION,
		    "api-version is given more than once");
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		if (!assay_text_is_nocase(found, versions[i]))
			continue;
		if ((route->versions & (1u << i)) != 0)
			return true;
		return assay_fail(err, ASSAY_ERR_API_VERSION,
		    "api-version %s does not have %s", versions[i],
		    route->path);
	}
	return assay_fail(err, ASSAY_ERR_API_VERSION,
	    "api-version \"%.*s\" is not known, want one of 2020-10-01, "
	    "2022-08-01, 2022-09-01-preview, 2023-04-01-preview, 2025-06-01, "
	    "2026-03-11-preview",
	    found.len > 40 ? 40 : (int)found.len, (const char *)found.ptr);
}

/* ---- routes ---------------------------------------------------------------- */

#define SMALL_BODY	(4u * 1024)
#define POLICY_BODY	ASSAY_MAX_TOKEN_BYTES
#define AIK_BODY	(64u * 1024)	/* certificates and public areas */
#define OPERATIONS	"/operations/policy"	/* api.md section 12 */

static const struct assay_route routes[] = {
	{ "GET", "/.well-known/openid-configuration", ASSAY_ACTION_METADATA,
	    0, SMALL_BODY, assay_api_metadata },
	{ "GET", "/certs", ASSAY_ACTION_METADATA, 0, SMALL_BODY,
	    assay_api_certs },
	{ "GET", "/healthz", ASSAY_ACTION_METADATA, 0, SMALL_BODY,
	    assay_api_health },
	{ "GET", "/readyz", ASSAY_ACTION_METADATA, 0, SMALL_BODY,
	    assay_api_ready },
	{ "GET", "/metrics", ASSAY_ACTION_READ, 0, SMALL_BODY,
	    assay_api_metrics },
	{ "POST", "/attest/tpm", ASSAY_ACTION_ATTEST_CALLER, VREST,
	    ASSAY_MAX_TPM_BODY, assay_api_attest_tpm },
	{ "POST", "/attest/azureguest", ASSAY_ACTION_ATTEST, VREST,
	    ASSAY_MAX_TPM_BODY, assay_api_attest_guest },
	{ "POST", "/aik/challenge", ASSAY_ACTION_ATTEST_CALLER, 0, AIK_BODY,
	    assay_api_aik_challenge },
	{ "POST", "/aik/certificate", ASSAY_ACTION_ATTEST_CALLER, 0, AIK_BODY,
	    assay_api_aik_certificate },
	{ "POST", "/attest/{type}", ASSAY_ACTION_ATTEST, VREST,
	    ASSAY_MAX_HTTP_BODY, assay_api_attest },
	{ "POST", "/attest/tee/{type}", ASSAY_ACTION_ATTEST_CALLER, V2018,
	    ASSAY_MAX_HTTP_BODY, assay_api_attest },
	{ "GET", "/policies/{type}", ASSAY_ACTION_READ, VREST, SMALL_BODY,
	    assay_api_policy_get },
	{ "PUT", "/policies/{type}", ASSAY_ACTION_CHANGE, VREST,
	    POLICY_BODY, assay_api_policy_set },
	{ "POST", "/policies/{type}:reset", ASSAY_ACTION_CHANGE, VREST,
	    POLICY_BODY, assay_api_policy_reset },
	{ "GET", "/certificates", ASSAY_ACTION_READ, VREST, SMALL_BODY,
	    assay_api_certificates_get },
	{ "POST", "/certificates:add", ASSAY_ACTION_CHANGE, VREST,
	    POLICY_BODY, assay_api_certificates_add },
	{ "POST", "/certificates:remove", ASSAY_ACTION_CHANGE, VREST,
	    POLICY_BODY, assay_api_certificates_remove },
	/* Published facts; which of them the policy names is in each token. */
	{ "GET", "/tcbbaselines/{type}", ASSAY_ACTION_ATTEST, VBASELINES,
	    SMALL_BODY, assay_api_baselines },
	{ "GET", OPERATIONS "/current?tee", ASSAY_ACTION_READ, V2018,
	    SMALL_BODY, assay_api_2018_policy_get },
	{ "POST", OPERATIONS "/updatepolicy?tee", ASSAY_ACTION_CHANGE, V2018,
	    POLICY_BODY, assay_api_2018_policy_prepare },
	{ "PUT", OPERATIONS "/current?tee", ASSAY_ACTION_CHANGE, V2018,
	    POLICY_BODY, assay_api_2018_policy_set },
	{ "POST", OPERATIONS "/current?tee", ASSAY_ACTION_CHANGE, V2018,
	    POLICY_BODY, assay_api_2018_policy_reset },
	{ "GET", OPERATIONS "/certificates", ASSAY_ACTION_READ, V2018,
	    SMALL_BODY, assay_api_2018_certificates_get },
	{ "PUT", OPERATIONS "/certificates", ASSAY_ACTION_CHANGE, V2018,
	    POLICY_BODY, assay_api_2018_certificates_add },
	{ "POST", OPERATIONS "/certificates", ASSAY_ACTION_CHANGE, V2018,
	    POLICY_BODY, assay_api_2018_certificates_remove },
};
#define N_ROUTES (sizeof(routes) / sizeof(routes[0]))

bool
assay_route_is_2018(const struct assay_route *route)
{
	return route->versions == V2018;
}

/* Does path match the pattern? *word is what stands for "{type}". */
static bool
match_path(const char *pattern, const char *path, struct assay_bytes *word)
{
	const char *hole = strstr(pattern, "{type}");
	size_t head, tail, n = strlen(path);
	const char *rest;

	*word = (struct assay_bytes){ NULL, 0 };
	if (hole == NULL)
		return n == strcspn(pattern, "?") &&
		    strncasecmp(path, pattern, n) == 0;
	head = (size_t)(hole - pattern);
	rest = hole + strlen("{type}");
	tail = strlen(rest);
	if (n <= head + tail ||
	    strncasecmp(path, pattern, head) != 0 ||
	    strcasecmp(path + n - tail, rest) != 0)
		return false;
	*word = (struct assay_bytes){ (const uint8_t *)path + head,
	    n - head - tail };
	return memchr(word->ptr, '/', word->len) == NULL &&
	    memchr(word->ptr, ':', word->len) == NULL;
}

/* HEAD is GET without the body, which the HTTP server leaves out. */
static bool
match_method(const struct assay_route *route, const char *method)
{
	return strcmp(route->method, method) == 0 ||
	    (strcmp(route->method, "GET") == 0 &&
	    strcmp(method, "HEAD") == 0);
}

static bool
fail_method(const char *method, const char *allow, struct assay_error *err)
{
	return assay_fail(err, ASSAY_ERR_METHOD_NOT_ALLOWED,
	    "method %.16s is not allowed here, want %s", method, allow);
}

/* "GET, HEAD", "GET, HEAD, PUT", ...: what the path would have allowed. */
static const char *
allow_text(bool get, bool put, bool post)
{
	static const char *const texts[] = { "", "GET, HEAD", "PUT",
		"GET, HEAD, PUT", "POST", "GET, HEAD, POST", "PUT, POST",
		"GET, HEAD, PUT, POST" };

	return texts[(get ? 1 : 0) | (put ? 2 : 0) | (post ? 4 : 0)];
}

static const struct assay_route *
find_route(const struct assay_http_request *request,
    struct assay_bytes *word, const char **allow, struct assay_error *err)
{
	bool get = false, put = false, post = false;

	*allow = NULL;
	for (size_t i = 0; i < N_ROUTES; i++) {
		if (!match_path(routes[i].path, request->path, word))
			continue;
		if (match_method(&routes[i], request->method))
			return &routes[i];
		get = get || strcmp(routes[i].method, "GET") == 0;
		put = put || strcmp(routes[i].method, "PUT") == 0;
		post = post || strcmp(routes[i].method, "POST") == 0;
	}
	if (get || put || post) {
		*allow = allow_text(get, put, post);
		fail_method(request->method, *allow, err);
	} else {
		assay_fail(err, ASSAY_ERR_NOT_FOUND,
		    "there is nothing at this path");
	}
	return NULL;
}

/* ---- the way of a request ------------------------------------------------------ */

void
assay_call_log(struct assay_call *call, struct assay_log_field field)
{
	if (call->n_log < sizeof(call->log) / sizeof(call->log[0]))
		call->log[call->n_log++] = field;
}

void
assay_call_log_copy(struct assay_call *call, const char *name,
    const char *text)
{
	char *copy;

	if (call->n_log_text ==
	    sizeof(call->log_text) / sizeof(call->log_text[0]))
		return;
	copy = call->log_text[call->n_log_text++];
	(void)snprintf(copy, sizeof(call->log_text[0]), "%s", text);
	assay_call_log(call, assay_log_str(name, copy));
}

static void
log_request(const struct assay_call *call, unsigned int status,
    const struct assay_error *err)
{
	const struct assay_http_request *r = call->http;
	struct assay_log_field fields[24];
	size_t n = 0;

	fields[n++] = assay_log_str("request_id", r->request_id);
	fields[n++] = assay_log_str("method", r->method);
	fields[n++] = assay_log_str("path", r->path);
	fields[n++] = assay_log_int("status", status);
	fields[n++] = assay_log_int("ms",
	    assay_clock_monotonic_ms() - r->started_ms);
	fields[n++] = assay_log_str("peer", r->peer);
	fields[n++] = assay_log_str("caller",
	    r->caller.known ? r->caller.name : NULL);
	for (size_t i = 0; i < call->n_log; i++)
		fields[n++] = call->log[i];
	if (err != NULL) {
		fields[n++] = assay_log_str("code",
		    assay_code_name(err->code));
		fields[n++] = assay_log_str("reason", err->text);
	}
	assay_log(status >= 500 ? ASSAY_LOG_ERROR : ASSAY_LOG_INFO,
	    "request", fields, n);
}

/* Everything that is answered is counted, here and in refuse(). */
static void
count_request(const struct assay_service *service,
    const struct assay_http_request *r, const struct assay_route *route,
    unsigned int status, enum assay_code code)
{
	const struct assay_tally_request counted = {
		.route = route, .status = status, .code = code,
		.ms = assay_clock_monotonic_ms() - r->started_ms };

	assay_tally_request(service->tally, &counted);
}

static void
count_call(const struct assay_service *service,
    const struct assay_call *call, unsigned int status, enum assay_code code)
{
	count_request(service, call->http, call->route, status, code);
	if (call->judged && call->type != NULL)
		assay_tally_verdict(service->tally, call->type, call->draft,
		    call->verdict);
}

static void
answer_error(const struct assay_service *service, struct assay_call *call,
    const struct assay_error *err, struct assay_http_answer *answer)
{
	assay_problem_answer(err, call->denial == ASSAY_DENIAL_NONE ? 0 : 401,
	    call->http->request_id, call->details, answer);
	if (call->denial != ASSAY_DENIAL_NONE)
		assay_challenge(call->denial, service->issuer, err,
		    answer->challenge);
	log_request(call, answer->status, err);
	count_call(service, call, answer->status, err->code);
}

static bool
names_tee(const struct assay_route *route)
{
	return strchr(route->path, '?') != NULL;
}

/* Names a type in the path, or has none. */
static bool
find_type(struct assay_call *call, struct assay_bytes word,
    struct assay_error *err)
{
	char name[32];

	if (word.ptr == NULL)
		return true;
	if (word.len < sizeof(name)) {
		memcpy(name, word.ptr, word.len);
		name[word.len] = '\0';
		call->type = names_tee(call->route) ? assay_type_of_tee(name) :
		    assay_type_find(name);
		if (call->type != NULL)
			return true;
	}
	return assay_fail(err, ASSAY_ERR_NOT_FOUND,
	    "there is no attestation type \"%.*s\"",
	    word.len > 40 ? 40 : (int)word.len, (const char *)word.ptr);
}

/* Where the path does not name the type, a parameter of the query does. */
static bool
find_tee(const struct assay_call *call, struct assay_bytes *word,
    struct assay_error *err)
{
	bool repeated;

	if (!names_tee(call->route))
		return true;
	if (!assay_query_find(call->http->query, "tee", word, &repeated))
		return assay_fail(err, ASSAY_ERR_REQUEST_INVALID,
		    "tee is missing from the query, want for example "
		    "tee=SgxEnclave");
	return !repeated || assay_fail(err, ASSAY_ERR_REQUEST_INVALID,
	    "tee is given more than once");
}

static bool
start_call(struct assay_call *call, struct assay_http_request *request,
    const char **allow, struct assay_error *err)
{
	struct assay_bytes word;

	call->http = request;
	call->route = find_route(request, &word, allow, err);
	return call->route != NULL && find_tee(call, &word, err) &&
	    find_type(call, word, err) &&
	    check_version(call->route, request->query, err);
}

/* Strangers can cause these at will. */
static void
refuse(void *ctx, const struct assay_http_request *request,
    unsigned int status, const struct assay_error *err,
    struct assay_http_answer *answer)
{
	struct assay_service *service = ctx;
	int64_t skipped;

	assay_problem_answer(err, status, request->request_id, NULL, answer);
	count_request(service, request, NULL, answer->status, err->code);
	if (!assay_log_allowed(&service->refusals, &skipped))
		return;
	ASSAY_LOG(ASSAY_LOG_WARNING, "refused",
	    assay_log_str("request_id", request->request_id),
	    assay_log_int("status", answer->status),
	    assay_log_str("peer", request->peer),
	    assay_log_str("reason", err->text),
	    assay_log_int("not_logged", skipped));
}

/* Metadata, keys and health cost next to nothing, and are what a client or a
 * monitor asks for to learn how things are. */
static bool
check_rate(struct assay_service *service, const struct assay_call *call,
    unsigned int *wait, struct assay_error *err)
{
	return service->rate == NULL ||
	    call->route->action == ASSAY_ACTION_METADATA ||
	    assay_rate_take(service->rate, call->http->peer,
	    assay_clock_monotonic_ms(), wait, err);
}

/* Of who had to say who they are. */
static bool
check_caller_rate(struct assay_service *service,
    const struct assay_call *call, unsigned int *wait,
    struct assay_error *err)
{
	return service->caller_rate == NULL || !call->http->caller.known ||
	    assay_rate_take_id(service->caller_rate, call->http->caller.id,
	    assay_clock_monotonic_ms(), wait, err);
}

/* Tokens cost a signature to check: an address that asks too often is told
 * so before. */
static bool
welcome(struct assay_service *service, struct assay_call *call,
    struct assay_http_answer *answer)
{
	struct assay_error err = { 0 };
	unsigned int wait = 0;

	if (check_rate(service, call, &wait, &err)) {
		if (!assay_may(&service->authorize, call->http,
		    call->route->action, &call->denial, &err)) {
			answer_error(service, call, &err, answer);
			return false;
		}
		if (check_caller_rate(service, call, &wait, &err))
			return true;
	}
	refuse(service, call->http, 0, &err, answer);
	answer->retry_after = wait;
	return false;
}

static bool
look(void *ctx, struct assay_http_request *request, size_t *max_body,
    struct assay_http_answer *answer)
{
	struct assay_call call = { 0 };
	struct assay_error err = { 0 };
	const char *allow = NULL;

	if (!start_call(&call, request, &allow, &err)) {
		answer_error(ctx, &call, &err, answer);
		answer->allow = allow;
		return false;
	}
	*max_body = call.route->max_body;
	return welcome(ctx, &call, answer);
}

/* What look() permitted is permitted: it is asked again all the same, so that
 * no handler runs without. */
static void
serve(void *ctx, struct assay_http_request *request,
    struct assay_http_answer *answer)
{
	struct assay_service *service = ctx;
	struct assay_call call = { 0 };
	struct assay_error err = { 0 };
	const char *allow;

	answer->body = assay_buffer(ASSAY_MAX_JSON_TEXT);
	if (start_call(&call, request, &allow, &err) &&
	    assay_may(&service->authorize, request, call.route->action,
	    &call.denial, &err) &&
	    call.route->serve(service, &call, &answer->body, &err)) {
		answer->status = 200;
		answer->content_type = call.content_type;
		log_request(&call, 200, NULL);
		count_call(service, &call, 200, ASSAY_ERR_OK);
	} else {
		answer_error(service, &call, &err, answer);
	}
	json_decref(call.details);
}

struct assay_http_handler
assay_route_handler(struct assay_service *service)
{
	return (struct assay_http_handler){ .look = look, .serve = serve,
	    .refuse = refuse, .ctx = service };
}
