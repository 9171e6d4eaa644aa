/* SPDX-License-Identifier: Apache-2.0 */
/* assay key: the service's signing keys, as the store has them. */
#include <stddef.h>

#include "app/store.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "crypto/cert.h"

struct key_options {
	const char	*data_dir;
	bool		 json;
};

#define AT(member) offsetof(struct key_options, member)

static const struct cli_option options[] = {
	{ "data-dir", 0, CLI_TEXT, AT(data_dir), "DIR",
	    "assayd's data directory", true },
	{ "json", 0, CLI_FLAG, AT(json), NULL,
	    "print one JSON object", false },
	{ .name = NULL },
};

static bool
add_key(void *ctx, const struct assay_store_key *key, struct assay_error *err)
{
	char created[ASSAY_WHEN_TEXT], retired[ASSAY_WHEN_TEXT];
	struct assay_cert *cert = NULL;
	json_t *list = ctx, *value;

	if (!assay_cert_parse(key->cert, &cert, err))
		return assay_fail_in(err, "certificate of a signing key");
	value = json_pack("{s:o, s:s, s:o, s:i, s:b}", "kid",
	    cli_json_text(key->kid), "created",
	    assay_when_text(key->created, created), "subject",
	    cli_json_text(assay_cert_subject_text(cert)), "bits",
	    (int)assay_pkey_bits(assay_cert_key(cert)), "in_use",
	    key->retired == 0);
	if (value != NULL && key->retired != 0)
		(void)cli_set_text(value, "retired",
		    assay_when_text(key->retired, retired));
	assay_cert_free(cert);
	if (json_array_append_new(list, value) == -1)
		return assay_fail_memory(err, "keys");
	return true;
}

static void
print_keys(struct cli_output *out, const json_t *list)
{
	const json_t *key;
	size_t i;

	json_array_foreach(list, i, key) {
		cli_put_text(out->to, assay_json_string(json_object_get(key,
		    "kid")), false);
		cli_printf(out, "  %s, made %s, ",
		    json_is_true(json_object_get(key, "in_use")) ?
		    "in use" : "retired",
		    json_string_value(json_object_get(key, "created")));
		cli_put_text(out->to, assay_json_string(json_object_get(key,
		    "subject")), false);
		cli_printf(out, "\n");
	}
}

static enum cli_exit
run_list(const void *values, struct cli_output *out)
{
	const struct key_options *opt = values;
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct assay_store *store = NULL;
	json_t *list = json_array();
	enum cli_exit status = CLI_YES;

	out->json = opt->json;
	if (list == NULL)
		(void)assay_fail_memory(&err, "keys");
	if (list == NULL || !assay_store_open(opt->data_dir, &store, &err) ||
	    !assay_store_keys_each(store, add_key, list, &err))
		status = cli_hindered(out, &err);
	else if (opt->json)
		status = cli_answer(out, json_pack("{s:O}", "keys", list),
		    CLI_YES);
	else
		print_keys(out, list);
	json_decref(list);
	assay_store_close(store);
	return status;
}

static const struct cli_command cmd_list = {
	.name = "list",
	.summary = "list the signing keys, newest first",
	.options = options,
	.options_size = sizeof(struct key_options),
	.run = run_list,
};

static const struct cli_command *const subcommands[] = {
	&cmd_list,
	NULL
};

const struct cli_command cmd_key = {
	.name = "key",
	.summary = "the service's signing keys",
	.subcommands = subcommands,
};
