/* SPDX-License-Identifier: Apache-2.0 */
/* What the handlers of one service share. */
#ifndef ASSAY_SERVICE_SERVICE_H
#define ASSAY_SERVICE_SERVICE_H

#include <assay/assay.h>

#include "app/blocks.h"
#include "app/collateral_feed.h"
#include "app/collateral_set.h"
#include "app/config.h"
#include "app/keys.h"
#include "app/store.h"
#include "app/trust.h"
#include "service/authorize.h"
#include "service/http.h"

struct assay_aik_ca;
struct assay_policies;
struct assay_tpm_service;
struct assay_rate;
struct assay_baseline_sources;
struct assay_metrics;
struct assay_tally;

struct assay_service {
	const struct assay_config	*config;
	const char			*issuer;
	struct assay_store		*store;
	struct assay_keys		*keys;
	struct assay_trust		 trust;
	struct assay_verifier		*verifier;
	struct assay_collateral_set	*collateral;
	struct assay_blocks		*blocks;
	struct assay_collateral_feed	*feed;		/* NULL: no sources */
	struct assay_baseline_sources	*sources;
	struct assay_collateral_source	 collateral_source;
	struct assay_policies		*policies;
	struct assay_tpm_service	*tpm;
	struct assay_aik_ca		*aik_ca;	/* NULL: off */
	struct assay_log_limit		 refusals;	/* of framing, rates */
	struct assay_metrics		*metrics;
	struct assay_tally		*tally;
	struct assay_authorize		 authorize;
	struct assay_rate		*rate;		/* of addresses; */
	struct assay_rate		*caller_rate;	/* NULL: no limit */
};

/* One request on its way through a handler. */
struct assay_call {
	struct assay_http_request	*http;
	const struct assay_route	*route;
	const struct assay_type		*type;	/* NULL: path has none */
	enum assay_denial		 denial;
	/* For the log line; borrowed, static or of the call. */
	struct assay_log_field		 log[12];
	size_t				 n_log;
	char				 log_text[4][96];
	size_t				 n_log_text;
	const char			*content_type;	/* static; NULL: JSON */
	/* Evidence was judged, with this code (OK: accepted). */
	bool				 judged, draft;
	enum assay_code			 verdict;
	/* An object for the error's innererror, made by the handler. */
	struct json_t			*details;
};

/* Add to the request's log line; the second copies (up to 95 bytes). */
void assay_call_log(struct assay_call *call, struct assay_log_field field);
void assay_call_log_copy(struct assay_call *call, const char *name,
    const char *text);

/* The answer of a handler is 200 and its text, or an error. */
typedef bool assay_serve_fn(struct assay_service *service,
    struct assay_call *call, struct assay_buffer *body,
    struct assay_error *err);

assay_serve_fn assay_api_metrics, assay_api_metadata, assay_api_certs, assay_api_health,
    assay_api_ready, assay_api_attest, assay_api_attest_tpm,
    assay_api_attest_guest,
    assay_api_aik_challenge, assay_api_aik_certificate,
    assay_api_policy_get, assay_api_policy_set, assay_api_policy_reset,
    assay_api_certificates_get, assay_api_certificates_add,
    assay_api_certificates_remove, assay_api_2018_policy_get,
    assay_api_2018_policy_prepare, assay_api_2018_policy_set,
    assay_api_2018_policy_reset, assay_api_2018_certificates_get,
    assay_api_2018_certificates_add, assay_api_2018_certificates_remove,
    assay_api_baselines;

#endif
