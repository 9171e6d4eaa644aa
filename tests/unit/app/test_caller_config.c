/* SPDX-License-Identifier: Apache-2.0 */
/* The callers file: what it means where it is short, and what it refuses. */
#include <string.h>

#include "app/caller_config.h"
#include "testlib.h"

#define OWN	"https://me.example"
#define ISS	"\"issuer\":\"https://i.example/one/\""
#define AUD	"\"audience\":\"a\""
#define ONE(more) "{\"issuers\":[{" ISS "," AUD more "}]}"
#define CERT(more) "{\"certificates\":[{\"role\":\"reader\"" more "}]}"

static void
defaults(void **state)
{
	struct assay_caller_config c;
	struct assay_caller_issuer *i;
	struct assay_error err;

	(void)state;
	assert_true(assay_caller_config_parse(assay_bytes_of(ONE("")), OWN,
	    &c, &err));
	assert_int_equal(c.n_issuers, 1);
	assert_int_equal(c.n_certificates, 0);
	i = &c.issuers[0];
	assert_string_equal(i->issuer, "https://i.example/one/");
	assert_string_equal(i->discovery,
	    "https://i.example/one/.well-known/openid-configuration");
	assert_int_equal(i->audiences.n, 1);
	assert_int_equal(i->algs, 1u << ASSAY_SIG_RS256 |
	    1u << ASSAY_SIG_ES256_RAW);
	assert_int_equal(i->skew, 60);
	assert_int_equal(i->refresh, 3600);
	assert_int_equal(i->max_age, 86400);
	assert_int_equal(i->roles_claim.n, 1);
	assert_string_equal(i->roles_claim.items[0], "roles");
	assert_false(i->roles_words);
	assert_string_equal(i->readers.items[0], "Attestation Reader");
	assert_string_equal(i->contributors.items[0],
	    "Attestation Contributor");
	assay_caller_config_free(&c);
}

static void
everything(void **state)
{
	struct assay_caller_config c;
	struct assay_caller_issuer *i;
	struct assay_error err;

	(void)state;
	assert_true(assay_caller_config_parse(assay_bytes_of(
	    "{\"issuers\":[{" ISS ",\"audience\":[\"a\",\"b\"],\"algorithms\":"
	    "[\"PS256\",\"ES384\"],\"skew\":0,\"jwks_file\":\"/k\","
	    "\"cacert\":\"/c\",\"refresh\":1,\"max_age\":2,\"roles_claim\":"
	    "[\"x\",\"y\"],\"roles_form\":\"words\",\"reader\":[],"
	    "\"contributor\":[\"p\",\"q\"]}],\"certificates\":[]}"), OWN, &c,
	    &err));
	i = &c.issuers[0];
	assert_null(i->discovery);
	assert_string_equal(i->jwks_file, "/k");
	assert_string_equal(i->cacert, "/c");
	assert_int_equal(i->audiences.n, 2);
	assert_int_equal(i->algs, 1u << ASSAY_SIG_PS256 |
	    1u << ASSAY_SIG_ES384_RAW);
	assert_int_equal(i->skew, 0);
	assert_int_equal(i->max_age, 2);
	assert_string_equal(i->roles_claim.items[1], "y");
	assert_true(i->roles_words);
	assert_int_equal(i->readers.n, 0);
	assert_int_equal(i->contributors.n, 2);
	assay_caller_config_free(&c);
}

static const struct {
	const char	*name, *text, *word;
} refused[] = {
	{ "no_json", "{", "line" },
	{ "array", "[]", "want a JSON object" },
	{ "member_twice", "{\"issuers\":[],\"issuers\":[]}", "issuers" },
	{ "unknown_list", "{\"issuer\":[]}", "\"issuer\"" },
	{ "issuers_object", "{\"issuers\":{}}", "array" },
	{ "issuer_text", "{\"issuers\":[\"x\"]}", "issuers[0]" },
	{ "issuer_missing", "{\"issuers\":[{" AUD "}]}", "missing" },
	{ "issuer_number", "{\"issuers\":[{\"issuer\":1," AUD "}]}",
	    "issuer" },
	{ "issuer_http", "{\"issuers\":[{\"issuer\":\"http://i.example\","
	    AUD "}]}", "https" },
	{ "issuer_own", "{\"issuers\":[{\"issuer\":\"" OWN "\"," AUD "}]}",
	    "itself" },
	{ "audience_missing", "{\"issuers\":[{" ISS "}]}", "audience" },
	{ "audience_empty", "{\"issuers\":[{" ISS ",\"audience\":[]}]}",
	    "audience" },
	{ "audience_of_nothing", "{\"issuers\":[{" ISS
	    ",\"audience\":[\"\"]}]}", "audience" },
	{ "misspelt", ONE(",\"algorithm\":\"RS256\""), "algorithm" },
	{ "symmetric", ONE(",\"algorithms\":[\"RS256\",\"HS256\"]"),
	    "HS256" },
	{ "none", ONE(",\"algorithms\":\"none\""), "none" },
	{ "skew", ONE(",\"skew\":301"), "skew" },
	{ "refresh", ONE(",\"refresh\":0"), "refresh" },
	{ "max_age", ONE(",\"max_age\":\"1\""), "max_age" },
	{ "roles_claim", ONE(",\"roles_claim\":[]"), "roles_claim" },
	{ "roles_form", ONE(",\"roles_form\":\"csv\""), "roles_form" },
	{ "reader_number", ONE(",\"reader\":[1]"), "reader" },
	{ "two_sources", ONE(",\"jwks_file\":\"/k\",\"discovery\":"
	    "\"https://x\""), "one of them" },
	{ "discovery_http", ONE(",\"discovery\":\"http://x.example\""),
	    "https" },
	{ "same_twice", "{\"issuers\":[{" ISS "," AUD "},{" ISS "," AUD
	    "}]}", "same issuer" },
	{ "no_ca", CERT(""), "\"ca\"" },
	{ "ca_not_there", CERT(",\"ca\":\"/nowhere/ca.pem\",\"any\":true"),
	    "/nowhere/ca.pem" },
	{ "ca_no_pem", CERT(",\"ca\":\"/dev/null\",\"any\":true"),
	    "/dev/null" },
	{ "certificate_unknown", CERT(",\"cn\":\"x\""), "\"cn\"" },
};

static void
refusals(void **state)
{
	struct test_table t = { .name = "callers file" };

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct assay_error err = { ASSAY_ERR_OK, "" };
		struct assay_caller_config c;
		bool ok = assay_caller_config_parse(
		    assay_bytes_of(refused[i].text), OWN, &c, &err);

		test_row(&t, refused[i].name, !ok &&
		    (err.code == ASSAY_ERR_CONFIG_INVALID ||
		    err.code == ASSAY_ERR_IO_FAILED) &&
		    strstr(err.text, refused[i].word) != NULL, "%s: %s",
		    assay_code_name(err.code), err.text);
		assay_caller_config_free(&c);
	}
	test_table_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(everything),
		cmocka_unit_test(refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
