/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

#include "service/http_peers.h"
#include "testlib.h"

static struct sockaddr_storage
address(const char *text)
{
	struct sockaddr_storage out = { 0 };
	struct sockaddr_in *v4 = (void *)&out;
	struct sockaddr_in6 *v6 = (void *)&out;

	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
	} else {
		assert_int_equal(inet_pton(AF_INET6, text, &v6->sin6_addr), 1);
		v6->sin6_family = AF_INET6;
	}
	return out;
}

static bool
enter(struct assay_peers *peers, const char *text)
{
	struct sockaddr_storage a = address(text);

	return assay_peers_enter(peers, &a);
}

static void
leave(struct assay_peers *peers, const char *text)
{
	struct sockaddr_storage a = address(text);

	assay_peers_leave(peers, &a);
}

static void
each_has_a_limit(void **state)
{
	struct assay_peers *peers;
	struct assay_error err;

	(void)state;
	assert_true(assay_peers_new(100, 2, &peers, &err));
	assert_true(enter(peers, "192.0.2.1"));
	assert_true(enter(peers, "192.0.2.1"));
	assert_false(enter(peers, "192.0.2.1"));
	assert_true(enter(peers, "192.0.2.2"));
	leave(peers, "192.0.2.1");
	assert_true(enter(peers, "192.0.2.1"));
	assert_false(enter(peers, "192.0.2.1"));
	assay_peers_free(peers);
}

static void
a_network_is_one_client(void **state)
{
	struct assay_peers *peers;
	struct assay_error err;

	(void)state;
	assert_true(assay_peers_new(100, 2, &peers, &err));
	assert_true(enter(peers, "2001:db8:0:1::1"));
	assert_true(enter(peers, "2001:db8:0:1:ffff::2"));
	assert_false(enter(peers, "2001:db8:0:1::3"));
	assert_true(enter(peers, "2001:db8:0:2::1"));
	assay_peers_free(peers);
}

static void
all_have_a_limit(void **state)
{
	struct assay_peers *peers;
	struct assay_error err;
	char text[32];

	(void)state;
	assert_true(assay_peers_new(2000, 2, &peers, &err));
	/* More than there are chains. */
	for (unsigned int i = 0; i < 2000; i++) {
		(void)snprintf(text, sizeof(text), "198.51.%u.%u", i / 250,
		    i % 250);
		assert_true(enter(peers, text));
	}
	assert_false(enter(peers, "192.0.2.1"));
	leave(peers, "198.51.3.7");
	assert_true(enter(peers, "192.0.2.1"));
	/* Who is not counted cannot be counted off. */
	leave(peers, "198.51.3.7");
	assert_false(enter(peers, "198.51.3.7"));
	for (unsigned int i = 0; i < 2000; i++) {
		(void)snprintf(text, sizeof(text), "198.51.%u.%u", i / 250,
		    i % 250);
		leave(peers, text);
	}
	leave(peers, "192.0.2.1");
	for (unsigned int i = 0; i < 1000; i++) {
		(void)snprintf(text, sizeof(text), "203.0.%u.%u", i / 250,
		    i % 250);
		assert_true(enter(peers, text));
		assert_true(enter(peers, text));
		assert_false(enter(peers, text));
	}
	assay_peers_free(peers);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_a_limit),
		cmocka_unit_test(a_network_is_one_client),
		cmocka_unit_test(all_have_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
