/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intel's provisioning certification service, and a caching one, for the
 * simulated world: what they answer, and the ways in which they can fail.
 * Every FMSPC exists; every answer is freshly made. Source: Intel SGX and
 * TDX PCS API 4; SGX PCCS design guide section 3.
 */
#ifndef ASSAY_SIM_SIM_PCS_H
#define ASSAY_SIM_SIM_PCS_H

#include "sim/sim.h"

enum assay_sim_pcs_item {
	ASSAY_SIM_PCS_TCB,
	ASSAY_SIM_PCS_QE,
	ASSAY_SIM_PCS_PCK_CRL,
	ASSAY_SIM_PCS_ROOT_CRL,
	ASSAY_SIM_PCS_ITEMS
};

enum assay_sim_pcs_mode {
	ASSAY_SIM_PCS_OK,
	ASSAY_SIM_PCS_SLOW,		/* answers after 20 seconds */
	ASSAY_SIM_PCS_NOT_FOUND,	/* 404 */
	ASSAY_SIM_PCS_TOO_MANY,		/* 429, Retry-After: 2 */
	ASSAY_SIM_PCS_ERROR,		/* 503 */
	ASSAY_SIM_PCS_TRUNCATED,	/* half of the body, then the end */
	ASSAY_SIM_PCS_STALE,		/* expired when it is made */
	ASSAY_SIM_PCS_FORGED,		/* signed by a stranger */
	ASSAY_SIM_PCS_OTHER,		/* of another platform, TEE or CA */
	ASSAY_SIM_PCS_MODES
};

struct assay_sim_pcs {
	char				seed[64];
	int64_t				life;	/* s, of each document */
	uint32_t			number;	/* tcbEvaluationDataNumber */
	enum assay_sim_pcs_mode		mode[ASSAY_SIM_PCS_ITEMS];
	uint64_t			count[ASSAY_SIM_PCS_ITEMS];
};

/* "tcb", "qe", "pckcrl", "rootcrl"; static. */
const char *assay_sim_pcs_item_name(enum assay_sim_pcs_item item);
/* "ok", "slow", "404", "429", "5xx", "truncated", "stale", "forged",
 * "other"; static. */
const char *assay_sim_pcs_mode_name(enum assay_sim_pcs_mode mode);

/* What was asked for; members that the query does not have are NULL. */
struct assay_sim_pcs_query {
	const char	*path;
	const char	*fmspc, *ca, *encoding, *update, *number;
};

struct assay_sim_pcs_answer {
	unsigned int		 status;
	const char		*type;		/* Content-Type */
	const char		*chain_header;	/* name; NULL: none */
	struct assay_buffer	 chain;		/* percent-encoded PEM */
	struct assay_buffer	 body;
	unsigned int		 retry_after;	/* 0: not said */
	unsigned int		 delay;		/* seconds */
	bool			 truncated;
};

/*
 * The answer, counted in pcs->count. 404 for a path that there is not, 400
 * for a query that lacks something. Free with assay_sim_pcs_free().
 */
ASSAY_MUST_USE bool assay_sim_pcs_serve(struct assay_sim_pcs *pcs,
    const struct assay_sim_pcs_query *query, int64_t now,
    struct assay_sim_pcs_answer *out, struct assay_error *err);
void assay_sim_pcs_free(struct assay_sim_pcs_answer *answer);

#endif
