/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who on this machine is at the other end of a connection over loopback: the
 * kernel knows which user made the socket. Source: Linux, proc_net_tcp.
 */
#ifndef ASSAY_SERVICE_LOCAL_PEER_H
#define ASSAY_SERVICE_LOCAL_PEER_H

#include <assay/bytes.h>

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

/*
 * The user whose socket has the address local and is connected to remote, by
 * the text of /proc/net/tcp or tcp6. False if there is none, or it is not
 * open any more: the kernel shows what nobody holds as user 0.
 */
ASSAY_MUST_USE bool assay_local_peer_find(struct assay_bytes table,
    const struct sockaddr_storage *local,
    const struct sockaddr_storage *remote, uid_t *uid);

/* Is the client of this connected TCP socket root, or the user that this
 * process runs as? False if in doubt. */
bool assay_local_peer_is_operator(int fd);

#endif
