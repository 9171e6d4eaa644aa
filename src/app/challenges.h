/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which challenges may still be answered: in their time, and once. One per
 * process; from any thread. What is remembered is a used challenge until it
 * has expired, so memory is bounded by what can be used within a lifetime.
 *
 * A process that starts remembers nothing, so it takes no challenge that was
 * issued before it started. Other processes of the same instance remember
 * for themselves: with n nodes, one challenge can be answered n times.
 */
#ifndef ASSAY_APP_CHALLENGES_H
#define ASSAY_APP_CHALLENGES_H

#include "app/service_context.h"

struct assay_challenges;

/* started: milliseconds since 1970, as all times here. max: how many. */
ASSAY_MUST_USE bool assay_challenges_new(int64_t started, size_t max,
    struct assay_challenges **out, struct assay_error *err);
void assay_challenges_free(struct assay_challenges *c);	/* or NULL */

/* TPM_CHALLENGE_EXPIRED, TPM_CHALLENGE_USED. Changes nothing. */
ASSAY_MUST_USE bool assay_challenges_check(struct assay_challenges *c,
    const struct assay_service_context *context, int64_t now,
    struct assay_error *err);
/*
 * The same, and nobody can use it after that: of several calls at the same
 * time for one challenge, one succeeds. TPM_CHALLENGES_FULL: no more can be
 * remembered; nothing that has not expired is ever forgotten instead.
 */
ASSAY_MUST_USE bool assay_challenges_use(struct assay_challenges *c,
    const struct assay_service_context *context, int64_t now,
    struct assay_error *err);

/* How many are remembered. */
size_t assay_challenges_count(struct assay_challenges *c);

#endif
