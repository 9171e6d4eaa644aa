/* SPDX-License-Identifier: Apache-2.0 */
#include "service/http_peers.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define BUCKETS	1024u	/* of chains; a power of two */

struct peer {
	struct peer	*next;
	uint64_t	 client;
	unsigned int	 count;
};

struct assay_peers {
	pthread_mutex_t	 lock;
	unsigned int	 max_total, max_each, total;
	struct peer	*buckets[BUCKETS];
};

/*
 * The network half of an IPv6 address, or the IPv4 address: a socket listens
 * in one family only, so that the two never meet in one table.
 */
static uint64_t
client_of(const struct sockaddr_storage *address)
{
	uint64_t client = 0;

	if (address->ss_family == AF_INET6) {
		const struct sockaddr_in6 *v6 = (const void *)address;

		memcpy(&client, &v6->sin6_addr, sizeof(client));
		return client;
	}
	const struct sockaddr_in *v4 = (const void *)address;

	return v4->sin_addr.s_addr;
}

/* Chains are short: they are no longer than there are connections. */
static struct peer **
find(struct assay_peers *peers, uint64_t client)
{
	size_t i = (size_t)((client * 0x9e3779b97f4a7c15u) >> 32) &
	    (BUCKETS - 1);
	struct peer **at = &peers->buckets[i];

	while (*at != NULL && (*at)->client != client)
		at = &(*at)->next;
	return at;
}

bool
assay_peers_new(unsigned int max_total, unsigned int max_each,
    struct assay_peers **out, struct assay_error *err)
{
	struct assay_peers *peers = assay_alloc(1, sizeof(*peers));

	if (peers == NULL || pthread_mutex_init(&peers->lock, NULL) != 0) {
		free(peers);
		return assay_fail_memory(err, "table of clients");
	}
	peers->max_total = max_total;
	peers->max_each = max_each;
	*out = peers;
	return true;
}

void
assay_peers_free(struct assay_peers *peers)
{
	if (peers == NULL)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		while (peers->buckets[i] != NULL) {
			struct peer *gone = peers->buckets[i];

			peers->buckets[i] = gone->next;
			free(gone);
		}
	}
	pthread_mutex_destroy(&peers->lock);
	free(peers);
}

static bool
count_one(struct assay_peers *peers, uint64_t client)
{
	struct peer **at = find(peers, client);

	if (peers->total >= peers->max_total ||
	    (*at != NULL && (*at)->count >= peers->max_each))
		return false;
	if (*at == NULL) {
		if ((*at = assay_alloc(1, sizeof(**at))) == NULL)
			return false;
		(*at)->client = client;
	}
	(*at)->count++;
	peers->total++;
	return true;
}

bool
assay_peers_enter(struct assay_peers *peers,
    const struct sockaddr_storage *address)
{
	bool ok;

	pthread_mutex_lock(&peers->lock);
	ok = count_one(peers, client_of(address));
	pthread_mutex_unlock(&peers->lock);
	return ok;
}

void
assay_peers_leave(struct assay_peers *peers,
    const struct sockaddr_storage *address)
{
	struct peer **at, *gone;

	pthread_mutex_lock(&peers->lock);
	at = find(peers, client_of(address));
	if (*at != NULL) {
		peers->total--;
		if (--(*at)->count == 0) {
			gone = *at;
			*at = gone->next;
			free(gone);
		}
	}
	pthread_mutex_unlock(&peers->lock);
}
