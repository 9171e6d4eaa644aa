/* SPDX-License-Identifier: Apache-2.0 */
/* assay sim pcs: a collateral service for the simulated world. */
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "app/config.h"
#include "app/file.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "cli/sim_pcs_http.h"

struct pcs_options {
	const char		*listen, *seed, *tls_cert, *tls_key;
	struct cli_number	 life, number;
	bool			 json;
};

#define OFFSET(member) offsetof(struct pcs_options, member)

static const struct cli_option options[] = {
	{ "listen", 0, CLI_TEXT, OFFSET(listen), "ADDR:PORT",
	    "IPv4 address (default: 127.0.0.1:0, any free port)", false },
	{ "tls-cert", 0, CLI_TEXT, OFFSET(tls_cert), "FILE",
	    "PEM certificate chain; without it plain HTTP", false },
	{ "tls-key", 0, CLI_TEXT, OFFSET(tls_key), "FILE",
	    "PEM private key", false },
	{ "seed", 0, CLI_TEXT, OFFSET(seed), "TEXT",
	    "same seed, same keys (default: assay)", false },
	{ "life", 0, CLI_NUMBER, OFFSET(life), "SECONDS",
	    "how long documents are valid (default: 30 days)", false },
	{ "number", 0, CLI_NUMBER, OFFSET(number), "N",
	    "tcbEvaluationDataNumber of the update policy \"standard\" "
	    "(default: 17); \"early\" is one more", false },
	{ "json", 0, CLI_FLAG, OFFSET(json), NULL, "print one JSON object",
	    false },
	{ .name = NULL },
};

#define DEFAULT_LIFE	(30 * 86400)

static bool
take(const struct pcs_options *o, struct cli_pcs_options *p,
    struct assay_listen_address *at, struct assay_error *err)
{
	const char *seed = o->seed == NULL ? "assay" : o->seed;

	if (!assay_config_listen(o->listen == NULL ? "127.0.0.1:0" :
	    o->listen, at, err))
		return false;
	if (strlen(seed) >= sizeof(p->pcs.seed))
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "--seed: at most %zu characters",
		    sizeof(p->pcs.seed) - 1);
	if ((o->life.given && o->life.value == 0) ||
	    (o->number.given && (o->number.value == 0 ||
	    o->number.value >= UINT32_MAX)))
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "--life and --number: want a number from 1");
	(void)snprintf(p->pcs.seed, sizeof(p->pcs.seed), "%s", seed);
	p->pcs.life = o->life.given ? (int64_t)o->life.value : DEFAULT_LIFE;
	p->pcs.number = o->number.given ? (uint32_t)o->number.value : 17;
	p->address = at->address;
	p->port = at->port;
	return true;
}

static enum cli_exit
serve(const struct cli_pcs_options *p, struct cli_output *out)
{
	const char *scheme = p->tls_cert != NULL ? "https" : "http";
	struct cli_pcs_server *server;
	struct assay_error err = { 0 };
	enum cli_exit status = CLI_YES;
	sigset_t signals;
	uint16_t port;
	char url[128];
	int ignored;

	/* Blocked before the server's threads are made, which inherit it. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	(void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
	if (!cli_pcs_start(p, &server, &port, &err))
		return cli_hindered(out, &err);
	(void)snprintf(url, sizeof(url), "%s://%s:%u", scheme, p->address,
	    port);
	if (out->json)
		status = cli_answer(out, json_pack("{s:s}", "url", url),
		    CLI_YES);
	else
		cli_printf(out, "serving simulated collateral at %s\n"
		    "use it with --collateral-source pcs:%s (or pccs:%s), "
		    "and a trust anchor of `assay sim sgx`\n", url, url, url);
	(void)fflush(stdout);
	if (status == CLI_YES)
		(void)sigwait(&signals, &ignored);
	cli_pcs_stop(server);
	return status;
}

static enum cli_exit
run(const void *values, struct cli_output *out)
{
	const struct pcs_options *o = values;
	struct assay_buffer cert = assay_buffer(0), key = assay_buffer(0);
	struct cli_pcs_options p = { .port = 0 };
	struct assay_listen_address at;
	struct assay_error err = { 0 };
	enum cli_exit status;

	out->json = o->json;
	if ((o->tls_cert == NULL) != (o->tls_key == NULL))
		return cli_usage(out, "--tls-cert and --tls-key go together");
	if (!take(o, &p, &at, &err))
		return cli_usage(out, "%s", err.text);
	if (o->tls_cert != NULL && (!assay_file_read(o->tls_cert,
	    ASSAY_MAX_PEM_BYTES, &cert, &err) ||
	    !assay_file_read(o->tls_key, ASSAY_MAX_PEM_BYTES, &key, &err))) {
		status = cli_hindered(out, &err);
	} else {
		if (o->tls_cert != NULL) {
			p.tls_cert = assay_buffer_str(&cert);
			p.tls_key = assay_buffer_str(&key);
		}
		status = serve(&p, out);
	}
	assay_buffer_free(&cert);
	assay_buffer_wipe(&key);
	return status;
}

const struct cli_command cmd_sim_pcs = {
	.name = "pcs",
	.summary = "serve the simulated world's collateral",
	.description =
	    "Serve the collateral of the world that `assay sim sgx` with the "
	    "same seed makes, as Intel's provisioning certification service "
	    "and as a PCCS do, for any FMSPC. Every answer is freshly made.\n"
	    "Failures on demand: POST /sim/failure?item=ITEM&mode=MODE with "
	    "tcb, qe, pckcrl or rootcrl and ok, slow, 404, 429, 5xx, "
	    "truncated, stale, forged or other. POST /sim/number?value=N and "
	    "/sim/life?value=SECONDS change what later answers say. GET "
	    "/sim/requests counts.",
	.options = options,
	.options_size = sizeof(struct pcs_options),
	.run = run,
};
