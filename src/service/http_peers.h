/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many connections each client has: so that one cannot take them all.
 * A client is an IPv4 address or an IPv6 /64, since who has one address of a
 * /64 has them all.
 */
#ifndef ASSAY_SERVICE_HTTP_PEERS_H
#define ASSAY_SERVICE_HTTP_PEERS_H

#include <assay/error.h>

#include <sys/socket.h>

struct assay_peers;

ASSAY_MUST_USE bool assay_peers_new(unsigned int max_total,
    unsigned int max_each, struct assay_peers **out,
    struct assay_error *err);
void assay_peers_free(struct assay_peers *peers);

/*
 * Count one more, or one less; from any thread. False: there would be too
 * many, and nothing was counted. IPv4 and IPv6 only.
 */
bool assay_peers_enter(struct assay_peers *peers,
    const struct sockaddr_storage *address);
void assay_peers_leave(struct assay_peers *peers,
    const struct sockaddr_storage *address);

#endif
