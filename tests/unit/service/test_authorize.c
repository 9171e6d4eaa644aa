/* SPDX-License-Identifier: Apache-2.0 */
/* What each action takes, who has it, and what is said to who has not. */
#include <string.h>

#include "service/authorize.h"
#include "testlib.h"

#define R ASSAY_ROLE_READER
#define C ASSAY_ROLE_CONTRIBUTOR

static const struct {
	enum assay_action	 action;
	enum assay_require	 require;
	bool			 knows;
	enum assay_need		 want;
} needs[] = {
#define ROW(action, require, knows, need) { ASSAY_ACTION_##action, \
	ASSAY_REQUIRE_##require, knows, ASSAY_NEED_##need }
	ROW(METADATA, ALWAYS, true, NOTHING),
	ROW(METADATA, DEFAULT, false, NOTHING),
	ROW(ATTEST, DEFAULT, true, NOTHING),
	ROW(ATTEST, AZURE, true, NOTHING),
	ROW(ATTEST, NEVER, true, NOTHING),
	ROW(ATTEST, ALWAYS, true, CALLER),
	ROW(ATTEST, ALWAYS, false, CALLER),
	ROW(ATTEST_CALLER, DEFAULT, true, CALLER),
	ROW(ATTEST_CALLER, DEFAULT, false, NOTHING),
	ROW(ATTEST_CALLER, AZURE, false, CALLER),
	ROW(ATTEST_CALLER, ALWAYS, true, CALLER),
	ROW(ATTEST_CALLER, NEVER, true, NOTHING),
	ROW(READ, DEFAULT, false, READER),
	ROW(READ, NEVER, true, READER),
	ROW(READ, ALWAYS, true, READER),
	ROW(CHANGE, DEFAULT, false, CONTRIBUTOR),
	ROW(CHANGE, NEVER, true, CONTRIBUTOR),
	ROW(CHANGE, ALWAYS, true, CONTRIBUTOR),
#undef ROW
};

static void
what_it_takes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		assert_int_equal(assay_need_of(needs[i].action,
		    needs[i].require, needs[i].knows), needs[i].want);
}

static const struct {
	bool		known;
	unsigned int	roles;
	bool		caller, reader, contributor;
} callers[] = {
	{ false, 0, false, false, false },
	{ false, R | C, false, false, false },	/* no roles of nobody */
	{ true, 0, true, false, false },
	{ true, R, true, true, false },
	{ true, C, true, false, true },
	{ true, R | C, true, true, true },
};

static void
who_has_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(callers) / sizeof(callers[0]); i++) {
		struct assay_caller c = { .known = callers[i].known,
			.roles = callers[i].roles };

		assert_true(assay_need_is_met(ASSAY_NEED_NOTHING, &c));
		assert_int_equal(assay_need_is_met(ASSAY_NEED_CALLER, &c),
		    callers[i].caller);
		assert_int_equal(assay_need_is_met(ASSAY_NEED_READER, &c),
		    callers[i].reader);
		assert_int_equal(assay_need_is_met(ASSAY_NEED_CONTRIBUTOR,
		    &c), callers[i].contributor);
	}
}

/* ---- requests --------------------------------------------------------------- */

struct request {
	const char	*name;
	bool		 trust, loopback;
	const char	*header, *value;	/* or NULL */
	bool		 may;
	enum assay_denial denial;
};

static const struct request requests[] = {
	{ "nobody", false, false, NULL, NULL, false, ASSAY_DENIAL_NOBODY },
	{ "loopback", false, true, NULL, NULL, false, ASSAY_DENIAL_NOBODY },
	{ "trusted", true, true, NULL, NULL, true, ASSAY_DENIAL_NONE },
	{ "from_afar", true, false, NULL, NULL, false,
	    ASSAY_DENIAL_NOBODY },
	{ "proxied", true, true, "X-Forwarded-For", "192.0.2.1", false,
	    ASSAY_DENIAL_NOBODY },
	{ "via", true, true, "Via", "1.1 x", false, ASSAY_DENIAL_NOBODY },
	{ "web_page", true, true, "Origin", "https://evil.example", false,
	    ASSAY_DENIAL_NOBODY },
	{ "token_of_nobody", false, true, "Authorization", "Bearer a.b.c",
	    false, ASSAY_DENIAL_CREDENTIALS },
	{ "token_from_afar", true, false, "authorization", "Bearer a.b.c",
	    false, ASSAY_DENIAL_CREDENTIALS },
};

static bool
ask(const struct request *r, enum assay_action action,
    enum assay_denial *denial, struct assay_error *err)
{
	struct assay_authorize authorize = {
		.trust_loopback = r->trust };
	struct assay_head head = { .n_headers = 0 };
	struct assay_http_request request = { .head = &head,
		.path = "/policies/Tpm", .loopback = r->loopback, .fd = -1 };
	bool ok;

	if (r->header != NULL)
		head.headers[head.n_headers++] = (struct assay_header){
			assay_bytes_of(r->header), assay_bytes_of(r->value) };
	assert_true(assay_callers_open(NULL, "https://me.example",
	    &authorize.callers, err));
	ok = assay_may(&authorize, &request, action, denial, err);
	assay_callers_close(authorize.callers);
	return ok;
}

static void
without_callers(void **state)
{
	struct test_table t = { .name = "without callers" };

	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		const struct request *r = &requests[i];
		struct assay_error err = { ASSAY_ERR_OK, "" };
		enum assay_denial denial;

		for (int change = 0; change < 2; change++) {
			bool may = ask(r, change ? ASSAY_ACTION_CHANGE :
			    ASSAY_ACTION_READ, &denial, &err);

			test_row(&t, r->name, may == r->may &&
			    denial == r->denial && (may || (err.code ==
			    ASSAY_ERR_UNAUTHORIZED && strstr(err.text,
			    "Access to /policies/Tpm") != NULL)),
			    "%d, %d: %s", may, denial, err.text);
		}
		test_row(&t, r->name, ask(r, ASSAY_ACTION_METADATA, &denial,
		    &err) && denial == ASSAY_DENIAL_NONE, "metadata");
	}
	test_table_end(&t);
}

static void
challenges(void **state)
{
	struct assay_error err = { ASSAY_ERR_TOKEN_EXPIRED, "" };
	char text[ASSAY_CHALLENGE_TEXT];

	(void)state;
	assay_challenge(ASSAY_DENIAL_NOBODY, "https://me.example", &err,
	    text);
	assert_string_equal(text, "Bearer realm=\"https://me.example\"");
	(void)assay_fail(&err, ASSAY_ERR_TOKEN_EXPIRED,
	    "of \"x\\y\"\r\nSet-Cookie: a=\xc3\xa9");
	assay_challenge(ASSAY_DENIAL_CREDENTIALS, "r", &err, text);
	assert_string_equal(text, "Bearer realm=\"r\", "
	    "error=\"invalid_token\", error_description="
	    "\"of 'x'y'??Set-Cookie: a=??\"");
	memset(err.text, 'z', sizeof(err.text) - 1);
	assay_challenge(ASSAY_DENIAL_ROLE, "r", &err, text);
	assert_non_null(strstr(text, "error=\"insufficient_scope\""));
	assert_int_equal(text[strlen(text) - 1], '"');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_takes),
		cmocka_unit_test(who_has_it),
		cmocka_unit_test(without_callers),
		cmocka_unit_test(challenges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
