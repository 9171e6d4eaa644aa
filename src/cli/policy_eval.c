/* SPDX-License-Identifier: Apache-2.0 */
/* assay policy eval, assay policy explain: a policy over given claims. */
#include <stddef.h>
#include <stdlib.h>

#include "cli/policy_commands.h"
#include "cli/policy_run.h"

struct eval_options {
	const char	*policy, *claims;
	bool		 json;
};

#define AT(member) offsetof(struct eval_options, member)

static const struct cli_option options[] = {
	{ "policy", 0, CLI_TEXT, AT(policy), "FILE",
	    "the policy; - for standard input", true },
	{ "claims", 0, CLI_TEXT, AT(claims), "FILE",
	    "the incoming claims: [{\"type\",\"value\",\"issuer\"?}, ...] or "
	    "what \"assay appraise --json\" printed", true },
	{ "json", 0, CLI_FLAG, AT(json), NULL,
	    "print one JSON object", false },
	{ .name = NULL },
};

/* The array of rules, empty if the policy did not get so far. */
static json_t *
trace_json(const struct assay_policy_trace *trace, struct assay_error *err)
{
	json_t *array;
	char *text;

	if (trace == NULL)
		return json_array();
	if ((text = assay_policy_trace_json(trace)) == NULL) {
		(void)assay_fail_memory(err, "trace");
		return NULL;
	}
	array = assay_json_parse(assay_bytes_of(text), NULL, err);
	free(text);
	return array;
}

/*
 * No policy or no claims: an error of the same shape, so that a program reads
 * one kind of answer.
 */
static enum cli_exit
could_not_run(struct cli_output *out, const struct assay_error *err)
{
	json_t *object;

	if (!out->json || err->code == ASSAY_ERR_USAGE)
		return cli_hindered(out, err);
	(void)fprintf(out->errors, "%s: ", out->path);
	cli_put_text(out->errors, assay_bytes_of(err->text), false);
	(void)fprintf(out->errors, " [%s]\n", assay_code_name(err->code));
	object = json_pack("{s:s, s:s, s:o, s:{}, s:{}, s:[]}", "verdict",
	    "error", "code", assay_code_name(err->code), "reason",
	    cli_json_text(err->text), "claims", "properties", "trace");
	return cli_answer(out, object, CLI_UNDECIDED);
}

static enum cli_exit
answer_json(struct cli_output *out, const struct cli_policy_outcome *outcome)
{
	struct assay_error err = { ASSAY_ERR_OK, "" };
	json_t *trace = trace_json(outcome->trace, &err);
	json_t *object;

	if (trace == NULL)
		return could_not_run(out, &err);
	object = cli_policy_outcome_json(outcome);
	if (json_object_set_new(object, "trace", trace) != 0) {
		json_decref(object);
		object = NULL;
	}
	return cli_answer(out, object, cli_policy_exit(outcome->verdict));
}

static void
put_verdict(struct cli_output *out, const struct cli_policy_outcome *outcome)
{
	cli_printf(out, "%s", cli_policy_verdict_name(outcome->verdict));
	if (outcome->verdict != CLI_POLICY_PERMIT) {
		cli_printf(out, ": ");
		cli_put_text(out->to, assay_bytes_of(outcome->error.text),
		    false);
		cli_printf(out, " [%s]",
		    assay_code_name(outcome->error.code));
	}
	cli_printf(out, "\n");
}

static bool
put_object(struct cli_output *out, const char *what, const json_t *object,
    struct assay_error *err)
{
	if (json_object_size(object) == 0)
		return true;
	cli_printf(out, "%s ", what);
	return cli_put_pretty(out, object, err);
}

static enum cli_exit
answer_text(struct cli_output *out, const struct cli_policy_outcome *outcome)
{
	struct assay_error err = { ASSAY_ERR_OK, "" };

	put_verdict(out, outcome);
	if (!put_object(out, "claims", outcome->claims, &err) ||
	    !put_object(out, "properties", outcome->properties, &err))
		return cli_hindered(out, &err);
	return cli_policy_exit(outcome->verdict);
}

/* The trace comes first, so that the verdict is where the eye ends. */
static enum cli_exit
answer_trace(struct cli_output *out, const struct cli_policy_outcome *outcome)
{
	struct assay_error err = { ASSAY_ERR_OK, "" };
	char *text;

	if (outcome->trace != NULL) {
		if ((text = assay_policy_trace_text(outcome->trace)) == NULL) {
			(void)assay_fail_memory(&err, "trace");
			return cli_hindered(out, &err);
		}
		cli_put_text(out->to, assay_bytes_of(text), true);
		cli_printf(out, "\n");
		free(text);
	}
	return answer_text(out, outcome);
}

static enum cli_exit
answer(struct cli_output *out, const struct cli_policy_outcome *outcome,
    bool explain)
{
	if (out->json)
		return answer_json(out, outcome);
	return explain ? answer_trace(out, outcome) :
	    answer_text(out, outcome);
}

static enum cli_exit
evaluate(const struct eval_options *opt, struct cli_output *out, bool explain)
{
	struct cli_policy_outcome outcome = { 0 };
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct assay_policy *policy = NULL;
	struct assay_claims *claims = NULL;
	enum cli_exit status;

	out->json = opt->json;
	if (!cli_policy_load(opt->policy, &policy, NULL, &err) ||
	    !cli_policy_claims(opt->claims, &claims, &err) ||
	    !cli_policy_run(policy, claims, true, &outcome, &err))
		status = could_not_run(out, &err);
	else
		status = answer(out, &outcome, explain);
	cli_policy_outcome_free(&outcome);
	assay_claims_free(claims);
	assay_policy_free(policy);
	return status;
}

static enum cli_exit
run_eval(const void *values, struct cli_output *out)
{
	return evaluate(values, out, false);
}

static enum cli_exit
run_explain(const void *values, struct cli_output *out)
{
	return evaluate(values, out, true);
}

const struct cli_command cmd_policy_eval = {
	.name = "eval",
	.summary = "run a policy over given claims",
	.description =
	    "Run a policy over claims from a file and print the verdict, the "
	    "claims that it issues and its properties. Exit status: 0 permit, "
	    "1 deny, 3 error.",
	.options = options,
	.options_size = sizeof(struct eval_options),
	.run = run_eval,
};

const struct cli_command cmd_policy_explain = {
	.name = "explain",
	.summary = "show rule by rule what a policy does with given claims",
	.description =
	    "Run a policy over claims from a file and show for each rule "
	    "which claims its conditions selected, what its action did, and "
	    "for a refusal what decided it. Exit status as \"assay policy "
	    "eval\".",
	.options = options,
	.options_size = sizeof(struct eval_options),
	.run = run_explain,
};
