/* SPDX-License-Identifier: Apache-2.0 */
/* assay key: the service's signing keys, as the store has them. */
#include <stddef.h>
#include <stdlib.h>

#include "app/clock.h"
#include "app/key_change.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "crypto/cert.h"

struct key_options {
	const char	*kid, *data_dir;
	bool		 compromised, json;
};

#define AT(member) offsetof(struct key_options, member)

#define DATA_DIR { "data-dir", 0, CLI_TEXT, AT(data_dir), "DIR",	\
	    "assayd's data directory", true }
#define JSON { "json", 0, CLI_FLAG, AT(json), NULL,			\
	    "print one JSON object", false }

static const struct cli_option options[] = {
	DATA_DIR,
	JSON,
	{ .name = NULL },
};

/* ---- list ------------------------------------------------------------- */

struct listing {
	json_t			*list;		/* in the store's order */
	size_t			 n;
	struct assay_key_times	 times[ASSAY_MAX_SIGNING_KEYS * 4];
};

static bool
set_time(json_t *value, const char *name, int64_t time)
{
	char text[ASSAY_WHEN_TEXT];

	return time == INT64_MAX || time == 0 ||
	    cli_set_text(value, name, assay_when_text(time, text));
}

static bool
add_key(void *ctx, const struct assay_store_key *key, struct assay_error *err)
{
	struct listing *l = ctx;
	struct assay_cert *cert = NULL;
	json_t *value;

	if (l->n == sizeof(l->times) / sizeof(l->times[0]))
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "more than %zu keys in the store", l->n);
	if (!assay_cert_parse(key->cert, &cert, err))
		return assay_fail_in(err, "certificate of a signing key");
	l->times[l->n++] = key->times;
	value = json_pack("{s:o, s:s, s:o, s:i, s:b}", "kid",
	    cli_json_text(key->kid), "alg", key->alg, "subject",
	    cli_json_text(assay_cert_subject_text(cert)), "bits",
	    (int)assay_pkey_bits(assay_cert_key(cert)), "erased",
	    key->sealed.len == 0);
	assay_cert_free(cert);
	if (value == NULL || !set_time(value, "created", key->times.created) ||
	    !set_time(value, "signs_from", key->times.active) ||
	    !set_time(value, "withdrawn", key->times.withdrawn) ||
	    json_array_append(l->list, value) == -1) {
		json_decref(value);
		return assay_fail_memory(err, "keys");
	}
	json_decref(value);
	return true;
}

static bool
add_states(const struct listing *l, int64_t now, struct assay_error *err)
{
	for (size_t i = 0; i < l->n; i++) {
		enum assay_key_state state = assay_key_state(l->times, l->n,
		    i, now);
		json_t *key = json_array_get(l->list, i);

		/* Erased is for good, whatever the clock shows now. */
		if (json_is_true(json_object_get(key, "erased")) &&
		    assay_key_published(state))
			state = ASSAY_KEY_GONE;
		if (!cli_set_text(key, "state",
		    assay_key_state_name(state)) ||
		    !set_time(key, "published_until",
		    state == ASSAY_KEY_WITHDRAWN ? 0 :
		    assay_key_until(l->times, l->n, i)))
			return assay_fail_memory(err, "keys");
	}
	return true;
}

static const char *
text_of(const json_t *key, const char *name)
{
	return json_string_value(json_object_get(key, name));
}

static void
print_keys(struct cli_output *out, const json_t *list)
{
	const json_t *key;
	size_t i;

	json_array_foreach(list, i, key) {
		cli_put_text(out->to, assay_json_string(json_object_get(key,
		    "kid")), false);
		cli_printf(out, "  %s %s, made %s, signs from %s",
		    text_of(key, "alg"), text_of(key, "state"),
		    text_of(key, "created"), text_of(key, "signs_from"));
		if (text_of(key, "published_until") != NULL)
			cli_printf(out, ", published until %s",
			    text_of(key, "published_until"));
		if (text_of(key, "withdrawn") != NULL)
			cli_printf(out, ", withdrawn %s",
			    text_of(key, "withdrawn"));
		cli_printf(out, "\n");
	}
}

static bool
read_list(const char *dir, struct assay_store **store, struct listing *l,
    struct assay_error *err)
{
	int64_t revision;

	return assay_store_open(dir, store, err) &&
	    assay_store_keys_each(*store, ASSAY_PROVIDER_DEFAULT, add_key, l,
	    &revision, err) && add_states(l, assay_clock_now(), err);
}

static enum cli_exit
run_list(const void *values, struct cli_output *out)
{
	const struct key_options *opt = values;
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct listing *l = assay_alloc(1, sizeof(*l));
	struct assay_store *store = NULL;
	enum cli_exit status = CLI_YES;

	out->json = opt->json;
	if (l == NULL || (l->list = json_array()) == NULL) {
		(void)assay_fail_memory(&err, "keys");
		free(l);
		return cli_hindered(out, &err);
	}
	if (!read_list(opt->data_dir, &store, l, &err))
		status = cli_hindered(out, &err);
	else if (opt->json)
		status = cli_answer(out, json_pack("{s:O}", "keys", l->list),
		    CLI_YES);
	else
		print_keys(out, l->list);
	json_decref(l->list);
	free(l);
	assay_store_close(store);
	return status;
}

static const struct cli_command cmd_list = {
	.name = "list",
	.summary = "list the signing keys in the order of their use",
	.options = options,
	.options_size = sizeof(struct key_options),
	.run = run_list,
};

/* ---- rotate ----------------------------------------------------------- */

static enum cli_exit
run_rotate(const void *values, struct cli_output *out)
{
	const struct key_options *opt = values;
	const struct assay_store_change change = { .now = assay_clock_now(),
		.actor = "assay", .request_id = "" };
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct assay_store *store = NULL;
	enum cli_exit status = CLI_YES;
	char text[ASSAY_WHEN_TEXT];
	int64_t when;

	out->json = opt->json;
	if (!assay_store_open(opt->data_dir, &store, &err) ||
	    !assay_keys_rotate(store, ASSAY_PROVIDER_DEFAULT, &change, &when,
	    &err))
		status = cli_hindered(out, &err);
	else if (opt->json)
		status = cli_answer(out, json_pack("{s:s}", "signs_from",
		    assay_when_text(when, text)), CLI_YES);
	else
		cli_printf(out, "the next key signs from %s\n",
		    assay_when_text(when, text));
	assay_store_close(store);
	return status;
}

static const struct cli_command cmd_rotate = {
	.name = "rotate",
	.summary = "let the next key sign as soon as it may",
	.options = options,
	.options_size = sizeof(struct key_options),
	.run = run_rotate,
};

/* ---- retire ----------------------------------------------------------- */

static const struct cli_argument retire_arguments[] = {
	{ "KID", CLI_TEXT, AT(kid), "the key's name, as list prints it",
	    false },
	{ .name = NULL },
};

static const struct cli_option retire_options[] = {
	{ "compromised", 0, CLI_FLAG, AT(compromised), NULL,
	    "withdraw it though tokens that it signed are still valid",
	    false },
	DATA_DIR,
	JSON,
	{ .name = NULL },
};

static enum cli_exit
run_retire(const void *values, struct cli_output *out)
{
	const struct key_options *opt = values;
	const struct assay_store_change change = { .now = assay_clock_now(),
		.actor = "assay", .request_id = "" };
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct assay_store *store = NULL;
	enum cli_exit status = CLI_YES;

	out->json = opt->json;
	if (!assay_store_open(opt->data_dir, &store, &err) ||
	    !assay_keys_retire(store, ASSAY_PROVIDER_DEFAULT, opt->kid,
	    opt->compromised, &change, &err))
		status = cli_hindered(out, &err);
	else if (opt->json)
		status = cli_answer(out, json_pack("{s:o}", "withdrawn",
		    cli_json_text(opt->kid)), CLI_YES);
	else
		cli_printf(out, "withdrawn\n");
	assay_store_close(store);
	return status;
}

static const struct cli_command cmd_retire = {
	.name = "retire",
	.summary = "withdraw a key that must not be believed any more",
	.arguments = retire_arguments,
	.options = retire_options,
	.options_size = sizeof(struct key_options),
	.run = run_retire,
};

static const struct cli_command *const subcommands[] = {
	&cmd_list,
	&cmd_rotate,
	&cmd_retire,
	NULL
};

const struct cli_command cmd_key = {
	.name = "key",
	.summary = "the service's signing keys",
	.subcommands = subcommands,
};
