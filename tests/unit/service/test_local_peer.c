/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "service/local_peer.h"
#include "testlib.h"

#define NOBODY	65534

/* Client 127.0.0.1:54321, server 127.0.0.1:8080; numbers as on this machine. */
#define HEADING	"  sl  local_address rem_address   st tx_queue rx_queue tr " \
	"tm->when retrnsmt   uid  timeout inode\n"
#define LINE(from, to, state, uid, inode)				\
	"   1: " from " " to " " state " 00000000:00000000 00:00000000 "	\
	"00000000  " uid "        0 " inode " 1 0000000000000000 20 4 30 10 -1\n"
#define CLIENT	"0100007F:D431"
#define SERVER	"0100007F:1F90"

static struct sockaddr_storage
loopback(uint16_t port)
{
	struct sockaddr_storage out = { 0 };
	struct sockaddr_in *v4 = (void *)&out;

	v4->sin_family = AF_INET;
	v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	v4->sin_port = htons(port);
	return out;
}

static const struct row {
	const char	*name, *table;
	bool		 found;
	uid_t		 uid;
} rows[] = {
	{ "a user", HEADING LINE(CLIENT, SERVER, "01", "1000", "77"),
	    true, 1000 },
	{ "root", HEADING LINE(CLIENT, SERVER, "01", "0", "77"), true, 0 },
	{ "after others", HEADING LINE(SERVER, CLIENT, "01", "0", "76")
	    LINE("0100007F:D432", SERVER, "01", "0", "75")
	    LINE(CLIENT, SERVER, "01", "1001", "77"), true, 1001 },
	{ "the service's own end", HEADING
	    LINE(SERVER, CLIENT, "01", "0", "77"), false, 0 },
	{ "another server", HEADING
	    LINE(CLIENT, "0100007F:1F91", "01", "0", "77"), false, 0 },
	{ "let go of", HEADING LINE(CLIENT, SERVER, "01", "0", "0"),
	    false, 0 },
	{ "closed, waiting", HEADING LINE(CLIENT, SERVER, "06", "0", "77"),
	    false, 0 },
	{ "closing", HEADING LINE(CLIENT, SERVER, "04", "0", "77"),
	    false, 0 },
	{ "uid is no number", HEADING
	    LINE(CLIENT, SERVER, "01", "-", "77"), false, 0 },
	{ "uid is too large", HEADING
	    LINE(CLIENT, SERVER, "01", "4294967296", "77"), false, 0 },
	{ "cut line", HEADING "   1: " CLIENT " " SERVER " 01\n", false, 0 },
	{ "no end of line", HEADING "   1: " CLIENT " " SERVER " 01 0:0 0:0 "
	    "0 0 0 77", false, 0 },
	{ "empty", "", false, 0 },
};

static void
the_table_is_read(void **state)
{
	const struct sockaddr_storage client = loopback(54321);
	const struct sockaddr_storage server = loopback(8080);
	uid_t uid = NOBODY;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		bool found = assay_local_peer_find(assay_bytes_of(r->table),
		    &client, &server, &uid);

		if (found != r->found || (found && uid != r->uid))
			fail_msg("%s: %d, user %u", r->name, found,
			    (unsigned int)uid);
	}
}

static int
listen_on(const struct sockaddr_storage *at, socklen_t len,
    struct sockaddr_storage *bound)
{
	int fd = socket(at->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1 || bind(fd, (const void *)at, len) != 0) {
		if (fd != -1)
			(void)close(fd);
		return -1;
	}
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (void *)bound, &len), 0);
	return fd;
}

/* As Java does it: one socket for both families. */
static struct sockaddr_storage
mapped(const struct sockaddr_storage *address)
{
	const struct sockaddr_in *v4 = (const void *)address;
	struct sockaddr_storage out = { 0 };
	struct sockaddr_in6 *v6 = (void *)&out;

	v6->sin6_family = AF_INET6;
	v6->sin6_port = v4->sin_port;
	assert_int_equal(inet_pton(AF_INET6, "::ffff:127.0.0.1",
	    &v6->sin6_addr), 1);
	return out;
}

/* Both ends are this process's: its own user. */
static void
check_real(const struct sockaddr_storage *at, socklen_t len, bool map)
{
	struct sockaddr_storage bound = { 0 };
	int listener = listen_on(at, len, &bound), client, server;

	if (listener == -1) {
		print_message("SKIP: family %d is not here\n", at->ss_family);
		return;
	}
	if (map)
		bound = mapped(&bound);
	client = socket(bound.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client == -1) {
		print_message("SKIP: no IPv6 here\n");
		(void)close(listener);
		return;
	}
	assert_int_equal(connect(client, (void *)&bound, map ?
	    sizeof(struct sockaddr_in6) : len), 0);
	server = accept(listener, NULL, NULL);
	assert_true(server >= 0);
	assert_true(assay_local_peer_is_operator(server));
	/* Nobody holds it any more: nobody's. */
	(void)close(client);
	assert_false(assay_local_peer_is_operator(server));
	(void)close(server);
	(void)close(listener);
	assert_false(assay_local_peer_is_operator(-1));
}

static void
a_real_connection(void **state)
{
	const struct sockaddr_storage v4 = loopback(0);
	struct sockaddr_storage any6 = { 0 };
	struct sockaddr_in6 *v6 = (void *)&any6;

	(void)state;
	v6->sin6_family = AF_INET6;
	v6->sin6_addr = in6addr_loopback;
	check_real(&v4, sizeof(struct sockaddr_in), false);
	check_real(&v4, sizeof(struct sockaddr_in), true);
	check_real(&any6, sizeof(struct sockaddr_in6), false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_read),
		cmocka_unit_test(a_real_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
