/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration of assayd: options on the command line, or a file of
 * lines "name = value" with the same names. The command line wins; options
 * that may be given several times add up.
 */
#ifndef ASSAY_APP_CONFIG_H
#define ASSAY_APP_CONFIG_H

#include <stdio.h>

#include <assay/attest.h>

#include "app/log.h"

struct assay_config_list {
	char	**items;
	size_t	  n;
};

/* Who must show who they are to attest (option require-caller). */
enum assay_require {
	ASSAY_REQUIRE_DEFAULT,	/* as Azure, if any callers are known */
	ASSAY_REQUIRE_NEVER,
	ASSAY_REQUIRE_AZURE,
	ASSAY_REQUIRE_ALWAYS,
};

struct assay_config {
	char	*data_dir;
	char	*listen;		/* "127.0.0.1:8080" */
	char	*issuer;		/* URL without trailing slash; NULL:
					   from the address listened at */
	char	*seal_key;		/* key_seal.h; NULL: data_dir/seal.key */
	bool	 key_es256;		/* new signing keys: ES256, not RS256 */
	int64_t	 key_lifetime;		/* days of use of each */
	char	*tls_cert, *tls_key;	/* PEM files; both or none */
	char	*policy_signers;	/* PEM file: isolated mode */
	struct assay_config_list collateral;	/* directories */
	struct assay_config_list trust_anchors;	/* PEM files */
	struct assay_config_list tpm_anchors;	/* PEM files */
	struct assay_config_list tpm_intermediates; /* PEM files */
	bool	 aik_ca;		/* the service enrols AIKs */
	struct assay_config_list ek_anchors, ek_intermediates;	/* PEM files */
	int64_t	 aik_lifetime;		/* of their certificates, days */
	bool	 tpm_sha1_signatures;
	bool	 tpm_pcr_hex;		/* claim pcrs in hex, not base64url */
	char	*tpm_claim_prefix;	/* of custom claims; NULL: issuer/ */
	int64_t	 tpm_challenge_lifetime; /* seconds */
	struct assay_config_list collateral_sources; /* intel, pcs:, pccs: */
	char	*collateral_update;	/* "standard" or "early" */
	char	*collateral_cacert;	/* PEM file; NULL: the system's */
	int64_t	 collateral_deadline;	/* ms, of one exchange */
	int64_t	 collateral_wait;	/* ms, of one attestation */
	bool	 insecure_http;		/* plain HTTP beyond loopback */
	bool	 require_policy_binding; /* x-assay-type, x-assay-action */
	bool	 trace_policy;		/* explain stored policies' refusals */
	struct assay_baseline baseline;
	char	*baselines;		/* file; NULL: none besides */
	int64_t	 threads;		/* 0: one per processor */
	int64_t	 max_connections;
	int64_t	 max_connections_per_address;
	int64_t	 rate_limit;		/* a minute and address; 0: none */
	int64_t	 rate_burst;		/* 0: as many as rate_limit */
	char	*callers;		/* JSON file; NULL: nobody is known */
	enum assay_require require_caller;
	bool	 trust_loopback;
	int64_t	 caller_rate_limit;	/* a minute and caller; 0: none */
	int64_t	 caller_rate_burst;	/* 0: as many as caller_rate_limit */
	enum assay_log_format log_format;
	enum assay_log_level log_level;
	bool	 help, version;		/* asked for on the command line */
};

/*
 * Defaults, then the file that --config names, then the other options.
 * CONFIG_INVALID naming option or file, line and name; IO_FAILED. Call
 * assay_config_free() whatever happens.
 */
ASSAY_MUST_USE bool assay_config_load(struct assay_config *config, int argc,
    char **argv, struct assay_error *err);
void assay_config_free(struct assay_config *config);

/* Write the text of --help, one line per option. */
void assay_config_help(FILE *to);

/*
 * Cut "ADDRESS:PORT" or "[ADDRESS]:PORT": a numeric IPv4 or IPv6 address.
 * CONFIG_INVALID if it is not. loopback: 127.0.0.0/8 or ::1.
 */
struct assay_listen_address {
	char	 address[64];
	uint16_t port;
	bool	 ipv6;
	bool	 loopback;
};
ASSAY_MUST_USE bool assay_config_listen(const char *text,
    struct assay_listen_address *out, struct assay_error *err);

#endif
