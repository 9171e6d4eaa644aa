/* SPDX-License-Identifier: Apache-2.0 */
#include "app/config.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/baseline_text.h"
#include "app/file.h"
#include "app/key_seal.h"
#include "app/pcs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

struct option;
typedef bool set_fn(struct assay_config *config, const struct option *opt,
    const char *value, struct assay_error *err);

static set_fn set_string, set_issuer, set_list, set_flag, set_integer,
    set_accept, set_grace, set_source, set_update, set_pcr_encoding,
    set_seal_key, set_key_algorithm,
    set_require, set_log_format, set_log_level;

static const struct option {
	const char	*name;
	const char	*value;		/* placeholder; NULL: a flag */
	set_fn		*set;
	size_t		 at;		/* offset in struct assay_config */
	int64_t		 min, max;	/* for integers */
} options[] = {
#define AT(member) offsetof(struct assay_config, member)
	{ "data-dir", "DIR", set_string, AT(data_dir), 0, 0 },
	{ "listen", "ADDR:PORT", set_string, AT(listen), 0, 0 },
	{ "issuer", "URL", set_issuer, AT(issuer), 0, 0 },
	{ "tls-cert", "FILE", set_string, AT(tls_cert), 0, 0 },
	{ "tls-key", "FILE", set_string, AT(tls_key), 0, 0 },
	{ "seal-key", "file:PATH|credential:NAME|pkcs11:URI", set_seal_key,
	    AT(seal_key), 0, 0 },
	{ "key-algorithm", "RS256|ES256", set_key_algorithm, 0, 0, 0 },
	{ "key-lifetime", "DAYS", set_integer, AT(key_lifetime), 7, 3650 },
	{ "collateral", "DIR", set_list, AT(collateral), 0, 0 },
	{ "trust-anchor", "FILE", set_list, AT(trust_anchors), 0, 0 },
	{ "policy-signers", "FILE", set_string, AT(policy_signers), 0, 0 },
	{ "tpm-anchor", "FILE", set_list, AT(tpm_anchors), 0, 0 },
	{ "tpm-intermediate", "FILE", set_list, AT(tpm_intermediates), 0, 0 },
	{ "aik-ca", NULL, set_flag, AT(aik_ca), 0, 0 },
	{ "ek-anchor", "FILE", set_list, AT(ek_anchors), 0, 0 },
	{ "ek-intermediate", "FILE", set_list, AT(ek_intermediates), 0, 0 },
	{ "aik-lifetime", "DAYS", set_integer, AT(aik_lifetime), 1, 3650 },
	{ "tpm-sha1-signatures", NULL, set_flag, AT(tpm_sha1_signatures),
	    0, 0 },
	{ "tpm-pcr-encoding", "base64url|hex", set_pcr_encoding, 0, 0, 0 },
	{ "tpm-claim-prefix", "TEXT", set_string, AT(tpm_claim_prefix),
	    0, 0 },
	{ "tpm-challenge-lifetime", "SECONDS", set_integer,
	    AT(tpm_challenge_lifetime), 1, ASSAY_MAX_TPM_LIFETIME },
	{ "collateral-source", "intel|pcs:URL|pccs:URL", set_source,
	    AT(collateral_sources), 0, 0 },
	{ "collateral-update", "standard|early", set_update,
	    AT(collateral_update), 0, 0 },
	{ "collateral-cacert", "FILE", set_string, AT(collateral_cacert),
	    0, 0 },
	{ "collateral-deadline", "MS", set_integer, AT(collateral_deadline),
	    100, 300000 },
	{ "collateral-wait", "MS", set_integer, AT(collateral_wait),
	    0, 60000 },
	{ "require-policy-binding", NULL, set_flag,
	    AT(require_policy_binding), 0, 0 },
	{ "insecure-http", NULL, set_flag, AT(insecure_http), 0, 0 },
	{ "trace-policy", NULL, set_flag, AT(trace_policy), 0, 0 },
	{ "accept-tcb", "STATUS[,STATUS]...", set_accept, 0, 0, 0 },
	{ "baselines", "FILE", set_string, AT(baselines), 0, 0 },
	{ "collateral-grace", "SECONDS|KIND:SECONDS,...|any", set_grace, 0, 0, 0 },
	{ "threads", "N", set_integer, AT(threads), 0, 256 },
	{ "max-connections", "N", set_integer, AT(max_connections),
	    1, 1000000 },
	{ "max-connections-per-address", "N", set_integer,
	    AT(max_connections_per_address), 1, 1000000 },
	{ "rate-limit", "N", set_integer, AT(rate_limit), 0, 1000000 },
	{ "rate-burst", "N", set_integer, AT(rate_burst), 0, 1000000 },
	{ "callers", "FILE", set_string, AT(callers), 0, 0 },
	{ "require-caller", "never|azure|always", set_require, 0, 0, 0 },
	{ "trust-loopback", NULL, set_flag, AT(trust_loopback), 0, 0 },
	{ "caller-rate-limit", "N", set_integer, AT(caller_rate_limit), 0,
	    1000000 },
	{ "caller-rate-burst", "N", set_integer, AT(caller_rate_burst), 0,
	    1000000 },
	{ "log-format", "auto|text|json", set_log_format, 0, 0, 0 },
	{ "log-level", "debug|info|warning|error", set_log_level, 0, 0, 0 },
#undef AT
};
#define N_OPTIONS (sizeof(options) / sizeof(options[0]))

/* Two, since C promises no string longer than 4,095 bytes. */
static const char *const help[] = {
    "usage: assayd --data-dir DIR [option]...\n"
    "       assayd --config FILE [option]...\n"
    "\n"
    "  --config FILE             lines \"name = value\", names as below\n"
    "  --data-dir DIR            keys, policies, collateral; made if absent\n"
    "  --listen ADDR:PORT        default 127.0.0.1:8443; port 0: any free\n"
    "  --issuer URL              name in tokens and metadata (64 bytes)\n"
    "  --tls-cert FILE           PEM certificate chain\n"
    "  --tls-key FILE            PEM private key\n"
    "  --insecure-http           plain HTTP on other than loopback\n"
    "  --seal-key file:PATH|credential:NAME|pkcs11:URI\n"
    "                            what encrypts keys in the store (default:\n"
    "                            DIR/seal.key, made if absent)\n"
    "  --key-algorithm RS256|ES256\n"
    "                            of signing keys made from now on (RS256)\n"
    "  --key-lifetime DAYS       how long each signs (default: 90)\n"
    "  --collateral DIR          collateral; may be repeated\n"
    "  --collateral-source intel|pcs:URL|pccs:URL\n"
    "                            fetch what is missing or will expire; may\n"
    "                            be repeated, asked in order\n"
    "  --collateral-update standard|early\n"
    "                            Intel's update policy (default: standard)\n"
    "  --collateral-cacert FILE  PEM; the CAs of the sources' servers\n"
    "                            (default: the system's)\n"
    "  --collateral-deadline MS  of one exchange (default: 30000)\n"
    "  --collateral-wait MS      how long an attestation waits for what is\n"
    "                            missing (default: 5000)\n"
    "  --trust-anchor FILE       PEM; trusted besides the built-in roots;\n"
    "                            may be repeated\n"
    "  --policy-signers FILE     PEM; isolated: policies must be signed by\n"
    "                            one of these or of those added later\n"
    "  --require-policy-binding  signed changes must say for which type and\n"
    "                            action they were signed\n"
    "  --trace-policy            explain refusals by stored policies\n"
    "  --accept-tcb STATUS,...   TCB statuses that the baseline accepts\n"
    "  --baselines FILE          baselines that policies may name; sections\n"
    "                            [NAME] of lines \"key = value\"\n"
    "  --collateral-grace SECONDS|KIND:SECONDS,...|any\n"
    "                            how long past its date collateral still\n"
    "                            counts, all or by kind (tcb_info,\n"
    "                            qe_identity, pck_crl, root_ca_crl);\n"
    "                            certificates only with any\n",
    "  --tpm-anchor FILE         PEM; trusted as issuers of AIK\n"
    "                            certificates besides the built-in roots;\n"
    "                            may be repeated\n"
    "  --tpm-intermediate FILE   PEM; between such a root and AIK\n"
    "                            certificates, believed for nothing; may\n"
    "                            be repeated\n"
    "  --aik-ca                  enrol AIKs of machines whose endorsement\n"
    "                            key is known, and believe their\n"
    "                            certificates\n"
    "  --ek-anchor FILE          PEM; vendors' CAs of endorsement keys; may\n"
    "                            be repeated\n"
    "  --ek-intermediate FILE    PEM; between such a CA and the certificates;\n"
    "                            may be repeated\n"
    "  --aik-lifetime DAYS       of certificates of AIKs (default: 365)\n"
    "  --tpm-sha1-signatures     accept TPM signatures over SHA-1\n"
    "  --tpm-pcr-encoding base64url|hex\n"
    "                            of digests in the claim pcrs\n"
    "  --tpm-claim-prefix TEXT   of custom claims; default: the issuer\n"
    "                            and a slash\n"
    "  --tpm-challenge-lifetime SECONDS\n"
    "                            default 300\n"
    "  --threads N               default: one per processor\n"
    "  --max-connections N       default 4096\n"
    "  --max-connections-per-address N\n"
    "                            default 2048\n"
    "  --rate-limit N            requests a minute and address; default 0:\n"
    "                            as many as there are\n"
    "  --rate-burst N            of these at once; default: all of a minute\n"
    "  --callers FILE            JSON; issuers of access tokens, client\n"
    "                            certificates, and their roles\n"
    "  --require-caller never|azure|always\n"
    "                            to attest; default, with callers: azure,\n"
    "                            for TPM and the version of 2018\n"
    "  --trust-loopback          whoever is on this machine may do all\n"
    "  --caller-rate-limit N     requests a minute and caller; default 0:\n"
    "                            as many as there are\n"
    "  --caller-rate-burst N     of these at once; default: all of a minute\n"
    "  --log-format auto|text|json\n"
    "  --log-level debug|info|warning|error\n"
    "  --help, --version\n"
};

void
assay_config_help(FILE *to)
{
	for (size_t i = 0; i < sizeof(help) / sizeof(help[0]); i++)
		(void)fputs(help[i], to);
}

/* ---- setting one value ------------------------------------------------- */

static bool
set_string(struct assay_config *config, const struct option *opt,
    const char *value, struct assay_error *err)
{
	char **slot = (char **)(void *)((char *)config + opt->at);
	char *copy;

	if (value[0] == '\0')
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "%s is empty", opt->name);
	if ((copy = strdup(value)) == NULL)
		return assay_fail_memory(err, opt->name);
	free(*slot);
	*slot = copy;
	return true;
}

/*
 * The issuer is a name in every token, the subject of the signing
 * certificate (X.520 ub-common-name: 64) and the prefix of URLs: a plain
 * http or https URL of printable characters, without path or trailing slash.
 */
static bool
issuer_ok(const char *url)
{
	size_t n = strlen(url), scheme;

	if (strncmp(url, "https://", 8) == 0)
		scheme = 8;
	else if (strncmp(url, "http://", 7) == 0)
		scheme = 7;
	else
		return false;
	if (n <= scheme || n > 64)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (url[i] <= ' ' || url[i] > '~' ||
		    strchr("\"<>\\^`{|}?#@", url[i]) != NULL)
			return false;
	}
	return true;
}

static bool
set_issuer(struct assay_config *config, const struct option *opt,
    const char *value, struct assay_error *err)
{
	size_t n;

	if (!set_string(config, opt, value, err))
		return false;
	n = strlen(config->issuer);
	while (n > 0 && config->issuer[n - 1] == '/')
		config->issuer[--n] = '\0';
	if (!issuer_ok(config->issuer))
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "issuer is not a URL \"https://HOST[:PORT]\" of at most "
		    "64 characters");
	return true;
}

static bool
set_list(struct assay_config *config, const struct option *opt,
    const char *value, struct assay_error *err)
{
	struct assay_config_list *list =
	    (struct assay_config_list *)(void *)((char *)config + opt->at);
	char **items, *copy;

	if (value[0] == '\0')
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "%s is empty", opt->name);
	items = realloc(list->items, (list->n + 1) * sizeof(*items));
	if (items == NULL)
		return assay_fail_memory(err, opt->name);
	list->items = items;
	if ((copy = strdup(value)) == NULL)
		return assay_fail_memory(err, opt->name);
	list->items[list->n++] = copy;
	return true;
}

static bool
set_source(struct assay_config *config, const struct option *opt,
    const char *value, struct assay_error *err)
{
	struct assay_pcs_source source;

	if (!assay_pcs_source_parse(value, &source, err))
		return assay_fail_in(err, opt->name);
	assay_pcs_source_free(&source);
	return set_list(config, opt, value, err);
}

static bool
set_update(struct assay_config *config, const struct option *opt,
    const char *value, struct assay_error *err)
{
	if (strcmp(value, "standard") != 0 && strcmp(value, "early") != 0)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "%s is \"%s\", want standard or early", opt->name,
		    value);
	return set_string(config, opt, value, err);
}

static bool
set_flag(struct assay_config *config, const struct option *opt,
    const char *value, struct assay_error *err)
{
	bool *slot = (bool *)((char *)config + opt->at);

	if (strcmp(value, "true") == 0 || strcmp(value, "yes") == 0)
		*slot = true;
	else if (strcmp(value, "false") == 0 || strcmp(value, "no") == 0)
		*slot = false;
	else
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "%s is \"%s\", want true or false", opt->name, value);
	return true;
}

static bool
set_integer(struct assay_config *config, const struct option *opt,
    const char *value, struct assay_error *err)
{
	int64_t *slot = (int64_t *)(void *)((char *)config + opt->at), n;

	if (!assay_text_i64(assay_bytes_of(value), &n) || n < opt->min ||
	    n > opt->max)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "%s is \"%s\", want a number from %lld to %lld",
		    opt->name, value, (long long)opt->min,
		    (long long)opt->max);
	*slot = n;
	return true;
}

static bool
set_accept(struct assay_config *config, const struct option *opt,
    const char *value, struct assay_error *err)
{
	(void)opt;
	return assay_baseline_parse_accept(value, &config->baseline, err);
}

static bool
set_grace(struct assay_config *config, const struct option *opt,
    const char *value, struct assay_error *err)
{
	(void)opt;
	return assay_baseline_parse_grace(value, &config->baseline, err);
}

static bool
set_seal_key(struct assay_config *config, const struct option *opt,
    const char *value, struct assay_error *err)
{
	if (!assay_key_seal_check(value, err))
		return assay_fail_in(err, opt->name);
	return set_string(config, opt, value, err);
}

static bool
set_key_algorithm(struct assay_config *config, const struct option *opt,
    const char *value, struct assay_error *err)
{
	bool es256 = strcmp(value, "ES256") == 0;

	if (!es256 && strcmp(value, "RS256") != 0)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "%s is \"%s\", want RS256 or ES256", opt->name, value);
	config->key_es256 = es256;
	return true;
}

/* Either of the two forms that published policies compare with. */
static bool
set_pcr_encoding(struct assay_config *config, const struct option *opt,
    const char *value, struct assay_error *err)
{
	bool hex = strcmp(value, "hex") == 0;

	if (!hex && strcmp(value, "base64url") != 0)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "%s is \"%s\", want base64url or hex", opt->name, value);
	config->tpm_pcr_hex = hex;
	return true;
}

static bool
set_require(struct assay_config *config, const struct option *opt,
    const char *value, struct assay_error *err)
{
	static const struct {
		const char		*name;
		enum assay_require	 require;
	} names[] = {
		{ "never", ASSAY_REQUIRE_NEVER },
		{ "azure", ASSAY_REQUIRE_AZURE },
		{ "always", ASSAY_REQUIRE_ALWAYS },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(value, names[i].name) == 0) {
			config->require_caller = names[i].require;
			return true;
		}
	}
	return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
	    "%s is \"%s\", want never, azure or always", opt->name, value);
}

static bool
set_log_format(struct assay_config *config, const struct option *opt,
    const char *value, struct assay_error *err)
{
	static const char *const names[] = {
		[ASSAY_LOG_AUTO] = "auto", [ASSAY_LOG_TEXT] = "text",
		[ASSAY_LOG_JSON] = "json" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(value, names[i]) == 0) {
			config->log_format = (enum assay_log_format)i;
			return true;
		}
	}
	return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
	    "%s is \"%s\", want auto, text or json", opt->name, value);
}

static bool
set_log_level(struct assay_config *config, const struct option *opt,
    const char *value, struct assay_error *err)
{
	static const char *const names[] = {
		[ASSAY_LOG_DEBUG] = "debug", [ASSAY_LOG_INFO] = "info",
		[ASSAY_LOG_WARNING] = "warning", [ASSAY_LOG_ERROR] = "error" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(value, names[i]) == 0) {
			config->log_level = (enum assay_log_level)i;
			return true;
		}
	}
	return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
	    "%s is \"%s\", want debug, info, warning or error", opt->name,
	    value);
}

static const struct option *
find_option(const char *name, size_t len)
{
	for (size_t i = 0; i < N_OPTIONS; i++) {
		if (strlen(options[i].name) == len &&
		    memcmp(options[i].name, name, len) == 0)
			return &options[i];
	}
	return NULL;
}

/* ---- file --------------------------------------------------------------- */

static char *
trim(char *text)
{
	size_t n;

	text += strspn(text, " \t");
	n = strlen(text);
	while (n > 0 && strchr(" \t\r", text[n - 1]) != NULL)
		text[--n] = '\0';
	return text;
}

/*
 * A second value for a setting that has one would silently win over the
 * first, which is then believed to be in force.
 */
static bool
first_time(const struct option *opt, unsigned int number,
    unsigned int given[N_OPTIONS], struct assay_error *err)
{
	unsigned int *line = &given[opt - options];

	if (*line != 0 && opt->set != set_list && opt->set != set_source)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "%s is set again, it is set in line %u already",
		    opt->name, *line);
	*line = number;
	return true;
}

static bool
set_line(struct assay_config *config, char *line, unsigned int number,
    unsigned int given[N_OPTIONS], struct assay_error *err)
{
	char *name = trim(line), *equals, *value;
	const struct option *opt;

	if (name[0] == '\0' || name[0] == '#')
		return true;
	if ((equals = strchr(name, '=')) == NULL)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "\"%.64s\": want name = value", name);
	*equals = '\0';
	value = trim(equals + 1);
	name = trim(name);
	opt = find_option(name, strlen(name));
	if (opt == NULL)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "there is no setting \"%.64s\"", name);
	return first_time(opt, number, given, err) &&
	    opt->set(config, opt, value, err);
}

static bool
set_lines(struct assay_config *config, const char *path, char *text,
    struct assay_error *err)
{
	unsigned int number = 1, given[N_OPTIONS] = { 0 };

	for (char *line = text; line != NULL; number++) {
		char *end = strchr(line, '\n'), where[32];

		if (end != NULL)
			*end = '\0';
		if (!set_line(config, line, number, given, err)) {
			(void)snprintf(where, sizeof(where), "line %u",
			    number);
			assay_fail_in(err, where);
			return assay_fail_in(err, path);
		}
		line = end == NULL ? NULL : end + 1;
	}
	return true;
}

static bool
load_file(struct assay_config *config, const char *path,
    struct assay_error *err)
{
	struct assay_buffer content = assay_buffer(0);
	char *text;
	bool ok;

	if (!assay_file_read(path, ASSAY_MAX_CONFIG_BYTES, &content, err))
		return false;
	text = assay_strdup_bytes(assay_buffer_bytes(&content));
	assay_buffer_free(&content);
	if (text == NULL)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "%s holds a NUL byte", path);
	ok = set_lines(config, path, text, err);
	free(text);
	return ok;
}

/* ---- command line ------------------------------------------------------- */

/* argv[*i] is an option; its value may be behind '=' or the next argument. */
static bool
take_option(int argc, char **argv, int *i, const char **name, size_t *len,
    const char **value, struct assay_error *err)
{
	const char *arg = argv[*i];

	if (strncmp(arg, "--", 2) != 0)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "unexpected argument \"%.64s\"", arg);
	*name = arg + 2;
	*len = strcspn(*name, "=");
	*value = NULL;
	if ((*name)[*len] == '=')
		*value = *name + *len + 1;
	else if (*i + 1 < argc && strncmp(argv[*i + 1], "--", 2) != 0)
		*value = argv[++*i];
	return true;
}

static bool
set_argument(struct assay_config *config, const char *name, size_t len,
    const char *value, struct assay_error *err)
{
	const struct option *opt;

	if (len == 4 && memcmp(name, "help", 4) == 0) {
		config->help = true;
		return true;
	}
	if (len == 7 && memcmp(name, "version", 7) == 0) {
		config->version = true;
		return true;
	}
	opt = find_option(name, len);
	if (opt == NULL)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "there is no option --%.*s", (int)len, name);
	if (value == NULL && opt->value == NULL)
		value = "true";
	if (value == NULL)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "option --%s needs a value: %s", opt->name, opt->value);
	return opt->set(config, opt, value, err);
}

static bool
each_argument(struct assay_config *config, int argc, char **argv,
    bool only_file, struct assay_error *err)
{
	for (int i = 1; i < argc; i++) {
		const char *name = NULL, *value = NULL;
		size_t len = 0;
		bool is_file;

		if (!take_option(argc, argv, &i, &name, &len, &value, err))
			return false;
		is_file = len == 6 && memcmp(name, "config", 6) == 0;
		if (is_file && value == NULL)
			return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
			    "option --config needs a value: FILE");
		if (is_file != only_file)
			continue;
		if (is_file && !load_file(config, value, err))
			return false;
		if (!is_file && !set_argument(config, name, len, value, err))
			return false;
	}
	return true;
}

static bool
check_whole(const struct assay_config *config, struct assay_error *err)
{
	struct assay_listen_address at;

	if (config->data_dir == NULL)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "data-dir is not set");
	if ((config->tls_cert == NULL) != (config->tls_key == NULL))
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "tls-cert and tls-key must be set together");
	if (config->aik_ca && config->ek_anchors.n == 0)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "aik-ca is on and no ek-anchor is set: whose endorsement "
		    "keys are to be believed?");
	if (!assay_config_listen(config->listen, &at, err))
		return assay_fail_in(err, "listen");
	if (config->tls_cert == NULL && !at.loopback &&
	    !config->insecure_http)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "plain HTTP on %s would send tokens and policies in the "
		    "clear: set tls-cert and tls-key, listen on 127.0.0.1, or "
		    "insist with insecure-http", config->listen);
	if (config->issuer == NULL && (strcmp(at.address, "0.0.0.0") == 0 ||
	    strcmp(at.address, "::") == 0))
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "issuer is not set, and %s is no address to name the "
		    "service by", config->listen);
	return true;
}

bool
assay_config_load(struct assay_config *config, int argc, char **argv,
    struct assay_error *err)
{
	static const struct option listen = { .name = "listen",
		.at = offsetof(struct assay_config, listen) };

	*config = (struct assay_config){ 0 };
	config->baseline = assay_baseline_default();
	config->tpm_challenge_lifetime = 300;
	config->aik_lifetime = 365;
	config->key_lifetime = 90;
	config->max_connections = 4096;
	config->collateral_deadline = 30000;
	config->collateral_wait = 5000;
	config->max_connections_per_address = 2048;
	config->log_level = ASSAY_LOG_INFO;
	if (!set_string(config, &listen, "127.0.0.1:8443", err) ||
	    !each_argument(config, argc, argv, true, err) ||
	    !each_argument(config, argc, argv, false, err))
		return false;
	if (config->help || config->version)
		return true;
	return check_whole(config, err);
}

static void
list_free(struct assay_config_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->items[i]);
	free(list->items);
}

void
assay_config_free(struct assay_config *config)
{
	free(config->data_dir);
	free(config->listen);
	free(config->issuer);
	free(config->seal_key);
	free(config->tls_cert);
	free(config->tls_key);
	free(config->policy_signers);
	free(config->callers);
	list_free(&config->collateral);
	list_free(&config->collateral_sources);
	free(config->collateral_update);
	free(config->collateral_cacert);
	free(config->baselines);
	list_free(&config->trust_anchors);
	list_free(&config->tpm_anchors);
	list_free(&config->ek_anchors);
	list_free(&config->ek_intermediates);
	list_free(&config->tpm_intermediates);
	free(config->tpm_claim_prefix);
	*config = (struct assay_config){ 0 };
}

/* ---- addresses ---------------------------------------------------------- */

bool
assay_config_listen(const char *text, struct assay_listen_address *out,
    struct assay_error *err)
{
	struct assay_listen_address at = { .port = 0 };
	const char *colon = strrchr(text, ':'), *start = text;
	struct in_addr v4;
	struct in6_addr v6;
	uint64_t port = 0;
	size_t n;

	if (colon == NULL || !assay_text_u64(assay_bytes_of(colon + 1),
	    &port) || port > UINT16_MAX)
		goto out;
	n = (size_t)(colon - text);
	if (n >= 2 && text[0] == '[' && text[n - 1] == ']') {
		start = text + 1;
		n -= 2;
		at.ipv6 = true;
	}
	if (n == 0 || n >= sizeof(at.address))
		goto out;
	memcpy(at.address, start, n);
	at.port = (uint16_t)port;
	if (at.ipv6 && inet_pton(AF_INET6, at.address, &v6) == 1)
		at.loopback = IN6_IS_ADDR_LOOPBACK(&v6);
	else if (!at.ipv6 && inet_pton(AF_INET, at.address, &v4) == 1)
		at.loopback = ntohl(v4.s_addr) >> 24 == 127;
	else
		goto out;
	*out = at;
	return true;
out:
	return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
	    "\"%.64s\" is not ADDRESS:PORT with a numeric address", text);
}
