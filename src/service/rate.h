/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often each client may ask: so many requests a minute, and so many at
 * once after a pause (a leaky bucket; ITU-T I.371, GCRA). A client is an IPv4
 * address or an IPv6 /64. Remembers a bounded number of clients: when there
 * are more, those that have asked least are forgotten, which only lets them
 * ask more.
 */
#ifndef ASSAY_SERVICE_RATE_H
#define ASSAY_SERVICE_RATE_H

#include <assay/error.h>

struct assay_rate;

/* seed: random, so that nobody can choose whom to push out. */
ASSAY_MUST_USE bool assay_rate_new(unsigned int per_minute,
    unsigned int burst, uint64_t seed, struct assay_rate **out,
    struct assay_error *err);
void assay_rate_free(struct assay_rate *rate);	/* or NULL */

/*
 * One more request of the client with this numeric address, at a monotonic
 * time; from any thread. OVERLOADED: too many, and *wait is the number of
 * seconds after which one will be taken.
 */
ASSAY_MUST_USE bool assay_rate_take(struct assay_rate *rate,
    const char *address, int64_t now_ms, unsigned int *wait,
    struct assay_error *err);
/* The same for a caller with a number; a table has one kind of client. */
ASSAY_MUST_USE bool assay_rate_take_id(struct assay_rate *rate, uint64_t id,
    int64_t now_ms, unsigned int *wait, struct assay_error *err);

#endif
