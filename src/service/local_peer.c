/* SPDX-License-Identifier: Apache-2.0 */
#include "service/local_peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/file.h"
#include "base/text.h"

#define ADDRESS_TEXT	48	/* 32 or 8 digits, colon, 4 digits */
#define COLUMNS		10
#define COLUMN_LOCAL	1
#define COLUMN_REMOTE	2
#define COLUMN_STATE	3
#define COLUMN_UID	7
#define COLUMN_INODE	9
#define ESTABLISHED	"01"
/* Some 150 bytes a socket; more of them than that are not looked through. */
#define TABLE_MAX	(16u * 1024 * 1024)

/* As the kernel writes it: words of the address in the machine's own order. */
static void
address_text(const struct sockaddr_storage *sa, char out[ADDRESS_TEXT])
{
	uint32_t words[4] = { 0 };

	if (sa->ss_family == AF_INET6) {
		struct sockaddr_in6 v6;

		memcpy(&v6, sa, sizeof(v6));
		memcpy(words, &v6.sin6_addr, sizeof(words));
		(void)snprintf(out, ADDRESS_TEXT, "%08X%08X%08X%08X:%04X",
		    words[0], words[1], words[2], words[3],
		    ntohs(v6.sin6_port));
	} else {
		struct sockaddr_in v4;

		memcpy(&v4, sa, sizeof(v4));
		(void)snprintf(out, ADDRESS_TEXT, "%08X:%04X",
		    v4.sin_addr.s_addr, ntohs(v4.sin_port));
	}
}

/* The next run of other bytes than spaces; empty at the end of the line. */
static struct assay_bytes
next_word(struct assay_bytes *line)
{
	struct assay_bytes word;

	while (line->len > 0 && *line->ptr == ' ') {
		line->ptr++;
		line->len--;
	}
	word = (struct assay_bytes){ line->ptr, 0 };
	while (line->len > 0 && *line->ptr != ' ') {
		line->ptr++;
		line->len--;
		word.len++;
	}
	return word;
}

static bool
line_matches(struct assay_bytes line, const char *local, const char *remote,
    uid_t *uid)
{
	struct assay_bytes column[COLUMNS];
	uint64_t user, inode;

	for (size_t i = 0; i < COLUMNS; i++)
		column[i] = next_word(&line);
	if (!assay_text_is(column[COLUMN_LOCAL], local) ||
	    !assay_text_is(column[COLUMN_REMOTE], remote) ||
	    !assay_text_is(column[COLUMN_STATE], ESTABLISHED) ||
	    !assay_text_u64(column[COLUMN_INODE], &inode) || inode == 0 ||
	    !assay_text_u64(column[COLUMN_UID], &user) ||
	    user != (uid_t)user)
		return false;
	*uid = (uid_t)user;
	return true;
}

bool
assay_local_peer_find(struct assay_bytes table,
    const struct sockaddr_storage *local,
    const struct sockaddr_storage *remote, uid_t *uid)
{
	char from[ADDRESS_TEXT], to[ADDRESS_TEXT];
	const uint8_t *end;

	address_text(local, from);
	address_text(remote, to);
	while (table.len > 0 &&
	    (end = memchr(table.ptr, '\n', table.len)) != NULL) {
		const size_t n = (size_t)(end - table.ptr);

		if (line_matches((struct assay_bytes){ table.ptr, n }, from,
		    to, uid))
			return true;
		table.ptr += n + 1;
		table.len -= n + 1;
	}
	return false;
}

/* RFC 4291 section 2.5.5.2: as a socket for both families has it. */
static struct sockaddr_storage
mapped(const struct sockaddr_storage *address)
{
	const struct sockaddr_in *v4 = (const void *)address;
	struct sockaddr_storage out = { .ss_family = AF_INET6 };
	struct sockaddr_in6 *v6 = (void *)&out;

	v6->sin6_port = v4->sin_port;
	v6->sin6_addr.s6_addr[10] = v6->sin6_addr.s6_addr[11] = 0xff;
	memcpy(&v6->sin6_addr.s6_addr[12], &v4->sin_addr, 4);
	return out;
}

static bool
look_in(const char *path, const struct sockaddr_storage *client,
    const struct sockaddr_storage *server, uid_t *uid)
{
	struct assay_buffer table;
	struct assay_error err;
	bool found;

	if (!assay_file_read(path, TABLE_MAX, &table, &err))
		return false;
	found = assay_local_peer_find(assay_buffer_bytes(&table), client,
	    server, uid);
	assay_buffer_free(&table);
	return found;
}

#define TCP4	"/proc/self/net/tcp"
#define TCP6	"/proc/self/net/tcp6"

static bool
look_up(const struct sockaddr_storage *client,
    const struct sockaddr_storage *server, uid_t *uid)
{
	struct sockaddr_storage from, to;

	if (client->ss_family != AF_INET)
		return look_in(TCP6, client, server, uid);
	from = mapped(client);
	to = mapped(server);
	return look_in(TCP4, client, server, uid) ||
	    look_in(TCP6, &from, &to, uid);
}

bool
assay_local_peer_is_operator(int fd)
{
	struct sockaddr_storage client = { 0 }, server = { 0 };
	socklen_t client_len = sizeof(client), server_len = sizeof(server);
	uid_t first, second;

	if (getpeername(fd, (struct sockaddr *)&client, &client_len) != 0 ||
	    getsockname(fd, (struct sockaddr *)&server, &server_len) != 0)
		return false;
	/* A socket that is let go of while it is shown may be shown as root's
	 * by older kernels; the second time it is not shown as open. */
	return look_up(&client, &server, &first) &&
	    look_up(&client, &server, &second) && first == second &&
	    (first == 0 || first == geteuid());
}
