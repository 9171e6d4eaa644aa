/* SPDX-License-Identifier: Apache-2.0 */
/* Every option, from a file and from the command line, and what is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/config.h"
#include "app/file.h"
#include "base/limits.h"
#include "testlib.h"

static char path[64];

static int
make_file(void **state)
{
	int fd;

	(void)state;
	(void)snprintf(path, sizeof(path), "/tmp/assay-config.XXXXXX");
	fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int
drop_file(void **state)
{
	(void)state;
	return unlink(path);
}

static void
write_file(struct assay_bytes text)
{
	struct assay_error err;

	if (!assay_file_write(path, text, 0600, &err))
		fail_msg("%s", err.text);
}

/* The file alone. */
static bool
load(const char *text, struct assay_config *c, struct assay_error *err)
{
	char program[] = "assayd", config[] = "--config";
	char *argv[] = { program, config, path, NULL };

	write_file(assay_bytes_of(text));
	return assay_config_load(c, 3, argv, err);
}

static void
every_setting_of_a_file(void **state)
{
	struct assay_config c;
	struct assay_error err = { ASSAY_ERR_OK, "" };

	(void)state;
	if (!load("# comment\n\n data-dir = /d \r\nlisten=[::]:0\n"
	    "issuer = https://a.example/\ntls-cert = c\ntls-key = k\n"
	    "collateral = one\ncollateral = two\ntrust-anchor = t\n"
	    "policy-signers = s\ninsecure-http = yes\ntrace-policy = true\n"
	    "require-policy-binding = true\n"
	    "accept-tcb = UpToDate,OutOfDate\ncollateral-grace = 60\n"
	    "tpm-anchor = a\ntpm-anchor = b\ntpm-sha1-signatures = yes\n"
	    "tpm-intermediate = i\ntpm-pcr-encoding = hex\ntpm-claim-prefix = p:\n"
	    "tpm-challenge-lifetime = 3600\n"
	    "seal-key = credential:a.key\nkey-algorithm = ES256\n"
	    "key-lifetime = 7\n"
	    "threads = 256\nmax-connections = 1\n"
	    "max-connections-per-address = 1000000\nlog-format = json\n"
	    "rate-limit = 600\nrate-burst = 20\n"
	    "log-level = error", &c, &err))
		fail_msg("%s", err.text);
	assert_string_equal(c.data_dir, "/d");
	assert_string_equal(c.listen, "[::]:0");
	assert_string_equal(c.issuer, "https://a.example");
	assert_string_equal(c.tls_cert, "c");
	assert_string_equal(c.tls_key, "k");
	assert_string_equal(c.policy_signers, "s");
	assert_int_equal(c.collateral.n, 2);
	assert_string_equal(c.collateral.items[1], "two");
	assert_int_equal(c.trust_anchors.n, 1);
	assert_true(c.insecure_http && c.trace_policy);
	assert_true(c.require_policy_binding);
	assert_int_equal(c.baseline.accepted, 1u << ASSAY_TCB_UP_TO_DATE |
	    1u << ASSAY_TCB_OUT_OF_DATE);
	assert_int_equal(c.baseline.grace.seconds[ASSAY_DATED_PCK_CRL], 60);
	assert_string_equal(c.seal_key, "credential:a.key");
	assert_true(c.key_es256);
	assert_int_equal(c.key_lifetime, 7);
	assert_int_equal(c.tpm_anchors.n, 2);
	assert_string_equal(c.tpm_anchors.items[1], "b");
	assert_int_equal(c.tpm_intermediates.n, 1);
	assert_true(c.tpm_sha1_signatures);
	assert_true(c.tpm_pcr_hex);
	assert_string_equal(c.tpm_claim_prefix, "p:");
	assert_int_equal(c.tpm_challenge_lifetime, 3600);
	assert_int_equal(c.threads, 256);
	assert_int_equal(c.max_connections, 1);
	assert_int_equal(c.max_connections_per_address, 1000000);
	assert_int_equal(c.rate_limit, 600);
	assert_int_equal(c.rate_burst, 20);
	assert_int_equal(c.log_format, ASSAY_LOG_JSON);
	assert_int_equal(c.log_level, ASSAY_LOG_ERROR);
	assay_config_free(&c);
}

static const struct {
	const char	*name;
	const char	*line;		/* second of the file */
	const char	*says;
} lines[] = {
	{ "unknown", "colour = red", "colour" },
	{ "config_in_file", "config = x", "config" },
	{ "no_equals", "threads", "name = value" },
	{ "no_value", "listen =", "listen" },
	{ "list_no_value", "collateral =", "collateral" },
	{ "flag", "insecure-http = maybe", "insecure-http" },
	{ "number_text", "threads = four", "threads" },
	{ "number_behind", "threads = 4x", "threads" },
	{ "number_negative", "threads = -1", "threads" },
	{ "number_above", "threads = 257", "threads" },
	{ "number_zero", "max-connections = 0", "max-connections" },
	{ "number_overflow",
	    "max-connections-per-address = 99999999999999999999",
	    "max-connections-per-address" },
	{ "tcb_unknown", "accept-tcb = Fine", "accept-tcb" },
	{ "tcb_revoked", "accept-tcb = UpToDate,Revoked", "accept-tcb" },
	{ "tcb_empty_part", "accept-tcb = UpToDate,", "accept-tcb" },
	{ "seal_key_form", "seal-key = /a", "file:PATH" },
	{ "seal_key_empty", "seal-key = file:", "file:PATH" },
	{ "seal_key_path", "seal-key = credential:a/b", "credential:NAME" },
	{ "seal_key_up", "seal-key = credential:..", "credential:NAME" },
	{ "key_algorithm", "key-algorithm = PS256", "RS256 or ES256" },
	{ "key_lifetime", "key-lifetime = 6", "from 7 to 3650" },
	{ "lifetime_none", "tpm-challenge-lifetime = 0", "from 1 to 3600" },
	{ "lifetime_long", "tpm-challenge-lifetime = 3601",
	    "from 1 to 3600" },
	{ "pcr_encoding", "tpm-pcr-encoding = base64", "base64url or hex" },
	{ "grace", "collateral-grace = -1", "collateral-grace" },
	{ "format", "log-format = xml", "log-format" },
	{ "level", "log-level = loud", "log-level" },
	{ "issuer_scheme", "issuer = ftp://a", "issuer" },
	{ "issuer_user", "issuer = https://u@a", "issuer" },
	{ "issuer_query", "issuer = https://a?b", "issuer" },
	{ "issuer_no_host", "issuer = https://", "issuer" },
	{ "issuer_long", "issuer = https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaa", "issuer" },
};

static void
a_bad_line_is_named(void **state)
{
	struct test_table t = { "lines", 0, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct assay_error err = { ASSAY_ERR_OK, "" };
		struct assay_config c;
		char text[256];
		bool ok;

		(void)snprintf(text, sizeof(text), "data-dir = /d\n%s\n",
		    lines[i].line);
		ok = load(text, &c, &err);
		test_row(&t, lines[i].name, !ok &&
		    err.code == ASSAY_ERR_CONFIG_INVALID &&
		    strstr(err.text, path) != NULL &&
		    strstr(err.text, "line 2: ") != NULL &&
		    strstr(err.text, lines[i].says) != NULL, "%s", err.text);
		assay_config_free(&c);
	}
	test_table_end(&t);
}

static const struct {
	const char	*name;
	const char	*text;
	const char	*says;		/* NULL: accepted */
} repeated[] = {
	{ "list", "data-dir = /d\ncollateral = a\ncollateral = b\n", NULL },
	{ "sources", "data-dir = /d\ncollateral-source = intel\n"
	    "collateral-source = pcs:https://a\n", NULL },
	{ "string", "data-dir = /c\n\ndata-dir = /d\n",
	    "line 3: data-dir is set again, it is set in line 1 already" },
	{ "same_value", "data-dir = /d\ndata-dir = /d\n", "in line 1" },
	{ "number", "threads = 1\ndata-dir = /d\nthreads = 2\n",
	    "line 3: threads is set again, it is set in line 1 already" },
	{ "flag", "data-dir = /d\ntrace-policy = no\ntrace-policy = yes\n",
	    "in line 2" },
	{ "baseline", "data-dir = /d\naccept-tcb = UpToDate\n"
	    "accept-tcb = OutOfDate\n", "in line 2" },
};

static void
one_value_is_given_once(void **state)
{
	struct test_table t = { "repeated", 0, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(repeated) / sizeof(repeated[0]); i++) {
		struct assay_error err = { ASSAY_ERR_OK, "" };
		struct assay_config c;
		bool ok = load(repeated[i].text, &c, &err);

		test_row(&t, repeated[i].name, repeated[i].says == NULL ? ok :
		    !ok && err.code == ASSAY_ERR_CONFIG_INVALID &&
		    strstr(err.text, repeated[i].says) != NULL, "%s",
		    err.text);
		assay_config_free(&c);
	}
	test_table_end(&t);
}

#define ARGS 6
static const struct {
	const char	*name;
	const char	*args[ARGS];
	const char	*says;		/* NULL: accepted */
} commands[] = {
	{ "good", { "--data-dir", "/d" }, NULL },
	{ "equals", { "--data-dir=/d", "--threads=4" }, NULL },
	{ "last_of_two", { "--data-dir=/c", "--data-dir=/d" }, NULL },
	{ "bare_flag", { "--trace-policy", "--data-dir", "/d" }, NULL },
	{ "help", { "--help" }, NULL },
	{ "version", { "--version" }, NULL },
	{ "with_insistence", { "--data-dir=/d", "--listen=10.0.0.1:80",
	    "--insecure-http" }, NULL },
	{ "no_data_dir", { "--threads=4" }, "data-dir" },
	{ "unknown", { "--data-dir=/d", "--colour=red" }, "--colour" },
	{ "stray", { "--data-dir=/d", "stray" }, "stray" },
	{ "value_missing", { "--data-dir" }, "--data-dir" },
	{ "config_missing", { "--config" }, "--config" },
	{ "next_is_option", { "--data-dir", "--threads=4" }, "--data-dir" },
	{ "cert_alone", { "--data-dir=/d", "--tls-cert=c" }, "tls-key" },
	{ "key_alone", { "--data-dir=/d", "--tls-key=k" }, "tls-cert" },
	{ "plain_http_elsewhere", { "--data-dir=/d",
	    "--listen=10.0.0.1:80" }, "insecure-http" },
	{ "any_address_without_issuer", { "--data-dir=/d",
	    "--listen=0.0.0.0:80", "--insecure-http" }, "issuer" },
	{ "listen_name", { "--data-dir=/d", "--listen=localhost:80" },
	    "listen" },
};

static void
command_lines(void **state)
{
	struct test_table t = { "commands", 0, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		struct assay_error err = { ASSAY_ERR_OK, "" };
		char text[ARGS + 1][64] = { "assayd" };
		char *argv[ARGS + 2] = { text[0] };
		struct assay_config c;
		int argc = 1;
		bool ok;

		for (; argc <= ARGS && commands[i].args[argc - 1] != NULL;
		    argc++) {
			(void)snprintf(text[argc], sizeof(text[argc]), "%s",
			    commands[i].args[argc - 1]);
			argv[argc] = text[argc];
		}
		ok = assay_config_load(&c, argc, argv, &err);
		test_row(&t, commands[i].name, commands[i].says == NULL ?
		    ok && (c.help || c.version ||
		    strcmp(c.data_dir, "/d") == 0) : !ok &&
		    err.code == ASSAY_ERR_CONFIG_INVALID &&
		    strstr(err.text, commands[i].says) != NULL, "%s",
		    err.text);
		assay_config_free(&c);
	}
	test_table_end(&t);
}

static void
the_command_line_wins(void **state)
{
	char program[] = "assayd", threads[] = "--threads=3";
	char more[] = "--collateral=two", option[] = "--config";
	char *argv[] = { program, threads, more, option, path, NULL };
	struct assay_config c;
	struct assay_error err = { ASSAY_ERR_OK, "" };

	(void)state;
	write_file(assay_bytes_of("data-dir = /d\nthreads = 9\n"
	    "collateral = one\ncollateral-grace = any\n"));
	if (!assay_config_load(&c, 5, argv, &err))
		fail_msg("%s", err.text);
	assert_int_equal(c.threads, 3);
	assert_int_equal(c.collateral.n, 2);
	assert_true(c.baseline.grace.any_age);
	assay_config_free(&c);
}

static void
files_have_limits(void **state)
{
	struct assay_buffer text = assay_buffer(ASSAY_MAX_CONFIG_BYTES + 1);
	char program[] = "assayd", option[] = "--config";
	char *argv[] = { program, option, path, NULL };
	struct assay_config c;
	struct assay_error err;

	(void)state;
	assert_true(assay_buffer_fill(&text, '\n', ASSAY_MAX_CONFIG_BYTES + 1));
	write_file(assay_buffer_bytes(&text));
	assay_buffer_free(&text);
	assert_false(assay_config_load(&c, 3, argv, &err));
	test_assert_code("long", &err, ASSAY_ERR_LIMIT_EXCEEDED);
	assay_config_free(&c);
	write_file((struct assay_bytes){ (const uint8_t *)"a\0b", 3 });
	assert_false(assay_config_load(&c, 3, argv, &err));
	test_assert_code("nul", &err, ASSAY_ERR_CONFIG_INVALID);
	assay_config_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_setting_of_a_file),
		cmocka_unit_test(a_bad_line_is_named),
		cmocka_unit_test(one_value_is_given_once),
		cmocka_unit_test(command_lines),
		cmocka_unit_test(the_command_line_wins),
		cmocka_unit_test(files_have_limits),
	};

	return cmocka_run_group_tests(tests, make_file, drop_file);
}
