/* SPDX-License-Identifier: Apache-2.0 */
/* Simulated evidence, judged by the whole pipeline. */
#ifndef ASSAY_SIMLIB_H
#define ASSAY_SIMLIB_H

#include <assay/attest.h>

#include "sim/breakage.h"
#include "testlib.h"

#define SIMLIB_NOW INT64_C(1795000000)

/* One attestation request against one simulated platform. */
struct sim_case {
	struct assay_sim_params	 params;
	const char		*kind;		/* "SgxEnclave" */
	/* What the request carries; NULL: nothing. The default quote binds
	 * both of these. */
	const char		*runtime_data, *init_time_data;
	const char		*policy;	/* NULL: none */
	struct assay_baseline	 baseline;	/* the default */
	const struct assay_baseline *baselines;	/* named ones */
	size_t			 n_baselines;
	struct assay_block_list	 blocked;
	int64_t			 now;
};

/* A good one: up to date, with runtime and init-time data, no policy. */
void sim_case_default(struct sim_case *c);
/* The request that shows this breakage, broken. */
void sim_case_broken(struct sim_case *c, const struct assay_breakage *b);

/*
 * A world with a verifier that trusts its root and keeps what it verified.
 * Fails the test if it cannot be made. Free with sim_court_free().
 */
struct sim_court;
struct sim_court *sim_court_new(const struct assay_sim_params *p);
void sim_court_free(struct sim_court *court);
/* The collateral as it will be served from now on, to be changed: borrowed
 * bytes. The verifier is told that it changed. */
struct assay_sim_collateral *sim_court_collateral(struct sim_court *court);
/* The case's evidence, wrapped as its kind wants it; free the buffer. */
struct assay_buffer sim_evidence(const struct sim_court *court,
    const struct sim_case *c);
/* Judge these bytes as the case's evidence; free the result. */
void sim_judge_bytes(struct sim_court *court, const struct sim_case *c,
    struct assay_bytes evidence, struct assay_attest_result *result);
/* Judge the case's quote; free the result. */
void sim_judge(struct sim_court *court, const struct sim_case *c,
    struct assay_attest_result *result);

/* Compare with what the breakage promises; records a row. */
void sim_row(struct test_table *t, const char *row,
    const struct assay_breakage *b, const struct assay_attest_result *r);

#endif
