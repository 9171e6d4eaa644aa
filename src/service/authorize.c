/* SPDX-License-Identifier: Apache-2.0 */
#include "service/authorize.h"

#include <stdio.h>
#include <string.h>

#include "app/clock.h"
#include "base/text.h"
#include "service/local_peer.h"

/* ---- what it takes --------------------------------------------------------- */

static enum assay_need
need_of_attest(bool azure_demands_it, enum assay_require require,
    bool knows_callers)
{
	switch (require) {
	case ASSAY_REQUIRE_ALWAYS:
		return ASSAY_NEED_CALLER;
	case ASSAY_REQUIRE_AZURE:
		return azure_demands_it ? ASSAY_NEED_CALLER :
		    ASSAY_NEED_NOTHING;
	case ASSAY_REQUIRE_DEFAULT:
		return azure_demands_it && knows_callers ?
		    ASSAY_NEED_CALLER : ASSAY_NEED_NOTHING;
	case ASSAY_REQUIRE_NEVER:
		break;
	}
	return ASSAY_NEED_NOTHING;
}

enum assay_need
assay_need_of(enum assay_action action, enum assay_require require,
    bool knows_callers)
{
	switch (action) {
	case ASSAY_ACTION_METADATA:
		return ASSAY_NEED_NOTHING;
	case ASSAY_ACTION_ATTEST:
		return need_of_attest(false, require, knows_callers);
	case ASSAY_ACTION_ATTEST_CALLER:
		return need_of_attest(true, require, knows_callers);
	case ASSAY_ACTION_READ:
		return ASSAY_NEED_READER;
	case ASSAY_ACTION_CHANGE:
		break;
	}
	return ASSAY_NEED_CONTRIBUTOR;
}

bool
assay_need_is_met(enum assay_need need, const struct assay_caller *caller)
{
	switch (need) {
	case ASSAY_NEED_NOTHING:
		return true;
	case ASSAY_NEED_CALLER:
		return caller->known;
	case ASSAY_NEED_READER:
		return caller->known &&
		    (caller->roles & ASSAY_ROLE_READER) != 0;
	case ASSAY_NEED_CONTRIBUTOR:
		return caller->known &&
		    (caller->roles & ASSAY_ROLE_CONTRIBUTOR) != 0;
	}
	return false;
}

static const char *
need_text(enum assay_need need)
{
	switch (need) {
	case ASSAY_NEED_READER:
		return "the role Attestation Reader";
	case ASSAY_NEED_CONTRIBUTOR:
		return "the role Attestation Contributor";
	case ASSAY_NEED_NOTHING:
	case ASSAY_NEED_CALLER:
		break;
	}
	return "a caller who is known";
}

/* ---- who calls ------------------------------------------------------------- */

/*
 * A request from this machine that somebody else made: one that a proxy
 * passed on (RFC 7239, RFC 9110 section 7.6.3), or that a web page made the
 * browser of someone on this machine send (Fetch standard, section 3.2).
 */
static const char *
made_elsewhere(const struct assay_http_request *request)
{
	static const char *const names[] = { "Forwarded", "X-Forwarded-For",
	    "X-Forwarded-Host", "X-Real-IP", "Via", "Origin",
	    "Sec-Fetch-Site" };
	struct assay_bytes value;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (assay_head_find(request->head, names[i], &value))
			return names[i];
	return NULL;
}

static struct assay_credentials
credentials_of(const struct assay_http_request *request)
{
	struct assay_credentials shown = {
		.n_authorization = assay_head_count(request->head,
		    "Authorization"),
		.certs = request->certs, .n_certs = request->n_certs,
	};

	(void)!assay_head_find(request->head, "Authorization",
	    &shown.authorization);
	return shown;
}

/* Could it count that the request is from this machine? */
static bool
local_counts(const struct assay_authorize *a,
    const struct assay_http_request *request)
{
	return request->loopback &&
	    (a->trust_loopback || !assay_callers_any(a->callers));
}

static bool
is_local(const struct assay_authorize *a,
    const struct assay_http_request *request)
{
	return local_counts(a, request) && made_elsewhere(request) == NULL &&
	    (a->trust_loopback || assay_local_peer_is_operator(request->fd));
}

static const struct assay_caller local_caller = {
	.known = true, .name = "loopback",
	.roles = ASSAY_ROLE_READER | ASSAY_ROLE_CONTRIBUTOR,
};

/* Credentials count where somebody is known by them; else the address. */
static bool
identify(const struct assay_authorize *a, struct assay_http_request *request,
    struct assay_error *err)
{
	const struct assay_credentials shown = credentials_of(request);
	bool any = shown.n_authorization != 0 || shown.n_certs != 0;

	if (request->identified)
		return true;
	if (is_local(a, request) && !(any && assay_callers_any(a->callers)))
		request->caller = local_caller;
	else if (any && !assay_callers_any(a->callers))
		return assay_fail(err, ASSAY_ERR_UNAUTHORIZED,
		    "this service knows no callers but root and its own user "
		    "on its own machine (its operator has not set callers)");
	else if (!assay_callers_identify(a->callers, &shown,
	    assay_clock_now(), &request->caller, err))
		return false;
	request->identified = true;
	return true;
}

/* ---- the decision ------------------------------------------------------------ */

#define PREFIX_TEXT	128

static const char *
access_text(const struct assay_http_request *request, const char *rest,
    char out[PREFIX_TEXT])
{
	char show[ASSAY_TEXT_SHOW];

	(void)snprintf(out, PREFIX_TEXT, "Access to %s %s",
	    assay_text_show(assay_bytes_of(request->path), show), rest);
	return out;
}

static bool
deny_nobody(const struct assay_authorize *a,
    const struct assay_http_request *request, enum assay_need need,
    struct assay_error *err)
{
	const char *header = local_counts(a, request) ?
	    made_elsewhere(request) : NULL;
	char prefix[PREFIX_TEXT];

	if (header != NULL)
		assay_fail(err, ASSAY_ERR_UNAUTHORIZED, "it needs %s, which "
		    "callers on the service's own machine have, and the "
		    "header %s says that the request was made elsewhere",
		    need_text(need), header);
	else if (!assay_callers_any(a->callers))
		assay_fail(err, ASSAY_ERR_UNAUTHORIZED, "it needs %s, and "
		    "this service knows no callers but root and its own user "
		    "on its own machine (its operator has not set callers)",
		    need_text(need));
	else
		assay_fail(err, ASSAY_ERR_UNAUTHORIZED, "it needs %s, and "
		    "the request has no Authorization header%s",
		    need_text(need), request->tls ?
		    " and no client certificate" : "");
	return assay_fail_in(err, access_text(request,
	    "requires a valid JWT bearer token", prefix));
}

static bool
deny_role(const struct assay_http_request *request, enum assay_need need,
    struct assay_error *err)
{
	const struct assay_caller *c = &request->caller;
	char prefix[PREFIX_TEXT];

	assay_fail(err, ASSAY_ERR_UNAUTHORIZED, "%s has %s", c->name,
	    (c->roles & ASSAY_ROLE_READER) != 0 ?
	    "the role Attestation Reader only" : "no role here");
	return assay_fail_in(err, access_text(request,
	    need == ASSAY_NEED_READER ?
	    "requires the role Attestation Reader" :
	    "requires the role Attestation Contributor", prefix));
}

/* What cannot be decided is no refusal. */
static bool
deny_credentials(const struct assay_http_request *request,
    enum assay_denial *denial, struct assay_error *err)
{
	char prefix[PREFIX_TEXT];

	switch (assay_code_class(err->code)) {
	case ASSAY_CLASS_OK:
	case ASSAY_CLASS_UNAVAILABLE:
	case ASSAY_CLASS_INTERNAL:
		return false;
	case ASSAY_CLASS_MALFORMED:
	case ASSAY_CLASS_REJECTED:
		break;
	}
	*denial = ASSAY_DENIAL_CREDENTIALS;
	return assay_fail_in(err, access_text(request,
	    "requires a valid JWT bearer token", prefix));
}

bool
assay_may(const struct assay_authorize *a,
    struct assay_http_request *request, enum assay_action action,
    enum assay_denial *denial, struct assay_error *err)
{
	const enum assay_need need = assay_need_of(action, a->require,
	    assay_callers_any(a->callers));

	*denial = ASSAY_DENIAL_NONE;
	if (need == ASSAY_NEED_NOTHING)
		return true;
	if (!identify(a, request, err))
		return deny_credentials(request, denial, err);
	if (assay_need_is_met(need, &request->caller))
		return true;
	*denial = request->caller.known ? ASSAY_DENIAL_ROLE :
	    ASSAY_DENIAL_NOBODY;
	return request->caller.known ? deny_role(request, need, err) :
	    deny_nobody(a, request, need, err);
}

/* ---- WWW-Authenticate ---------------------------------------------------------- */

/* RFC 6750 section 3: %x20-21 / %x23-5B / %x5D-7E. */
static void
quote(const char *text, char *out, size_t size)
{
	size_t n = 0;

	for (; *text != '\0' && n + 1 < size; text++, n++)
		out[n] = *text == '"' || *text == '\\' ? '\'' :
		    *text < ' ' || *text > '~' ? '?' : *text;
	out[n] = '\0';
}

void
assay_challenge(enum assay_denial denial, const char *realm,
    const struct assay_error *err, char out[ASSAY_CHALLENGE_TEXT])
{
	char description[ASSAY_CHALLENGE_TEXT - 192], name[80];

	quote(realm, name, sizeof(name));
	quote(err->text, description, sizeof(description));
	if (denial == ASSAY_DENIAL_CREDENTIALS || denial == ASSAY_DENIAL_ROLE)
		(void)snprintf(out, ASSAY_CHALLENGE_TEXT, "Bearer realm=\"%s"
		    "\", error=\"%s\", error_description=\"%s\"", name,
		    denial == ASSAY_DENIAL_ROLE ? "insufficient_scope" :
		    "invalid_token", description);
	else
		(void)snprintf(out, ASSAY_CHALLENGE_TEXT,
		    "Bearer realm=\"%s\"", name);
}
