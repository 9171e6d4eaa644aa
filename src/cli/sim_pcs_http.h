/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated collateral service on a socket. */
#ifndef ASSAY_CLI_SIM_PCS_HTTP_H
#define ASSAY_CLI_SIM_PCS_HTTP_H

#include "sim/sim_pcs.h"

struct cli_pcs_server;

struct cli_pcs_options {
	const char		*address;	/* numeric IPv4 */
	uint16_t		 port;		/* 0: any free one */
	const char		*tls_cert, *tls_key;	/* PEM text; NULL: HTTP */
	struct assay_sim_pcs	 pcs;		/* how it begins */
};

/*
 * Serve until cli_pcs_stop(). Besides the paths of the API:
 *
 *	GET  /sim/requests			counts by item, JSON
 *	POST /sim/failure?item=I&mode=M		from now on
 *	POST /sim/number?value=N		tcbEvaluationDataNumber
 *	POST /sim/life?value=SECONDS		of documents
 */
ASSAY_MUST_USE bool cli_pcs_start(const struct cli_pcs_options *opt,
    struct cli_pcs_server **out, uint16_t *port, struct assay_error *err);
void cli_pcs_stop(struct cli_pcs_server *server);

#endif
