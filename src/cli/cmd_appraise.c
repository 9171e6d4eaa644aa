/* SPDX-License-Identifier: Apache-2.0 */
/* assay appraise: what would the service say, and why; offline. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <assay/attest.h>

#include "app/collateral_set.h"
#include "base/limits.h"
#include "cli/appraise_tpm.h"
#include "cli/baseline_option.h"
#include "cli/claims_view.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "client/session.h"

struct appraise_options {
	const char	*kind;
	const char	*evidence, *policy, *at;
	const char	*runtime_data, *runtime_type, *challenge;
	const char	*init_time_data, *init_time_type, *nonce;
	const char	*accept_tcb, *collateral_grace, *baselines, *baseline;
	struct cli_list	 collateral, trust_anchor;
	bool		 trace, accept_expired, sha1, json;
};

#define AT(member) offsetof(struct appraise_options, member)

static const struct cli_argument arguments[] = {
	{ "KIND", CLI_TEXT, AT(kind), "sgx, openenclave, tpm or azureguest",
	    false },
	{ .name = NULL },
};

static const struct cli_option options[] = {
	{ "evidence", 0, CLI_TEXT, AT(evidence), "FILE",
	    "the evidence, raw bytes as a client would send it; - for "
	    "standard input; for tpm the request, a JWS; for azureguest the "
	    "AttestationInfo, JSON", true },
	{ "collateral", 0, CLI_LIST, AT(collateral), "DIR",
	    "folder with pck_crl.der, root_ca_crl.der (or .pem), "
	    "tcb_info.json, tcb_info_chain.pem, qe_identity.json, "
	    "qe_identity_chain.pem and, if the quote has none, "
	    "pck_chain.pem", false },
	{ "at", 0, CLI_TEXT, AT(at), "TIME",
	    "judge as of this time, RFC 3339 or seconds since 1970", false },
	{ "policy", 0, CLI_TEXT, AT(policy), "FILE",
	    "apply this policy; without one everything is permitted",
	    false },
	{ "trace", 0, CLI_FLAG, AT(trace), NULL,
	    "show what each rule of the policy did", false },
	{ "runtime-data", 0, CLI_TEXT, AT(runtime_data), "FILE",
	    "data whose SHA-256 the evidence must carry", false },
	{ "runtime-type", 0, CLI_TEXT, AT(runtime_type), "TYPE",
	    "json or binary (default: binary)", false },
	{ "init-time-data", 0, CLI_TEXT, AT(init_time_data), "FILE",
	    "data whose SHA-256 the enclave's CONFIGID must carry", false },
	{ "init-time-type", 0, CLI_TEXT, AT(init_time_type), "TYPE",
	    "json or binary (default: binary)", false },
	{ "nonce", 0, CLI_TEXT, AT(nonce), "TEXT",
	    "becomes the claim \"nonce\"", false },
	{ "trust-anchor", 0, CLI_LIST, AT(trust_anchor), "FILE",
	    "PEM certificate to trust as root instead of the built-in ones",
	    false },
	{ "accept-expired", 0, CLI_FLAG, AT(accept_expired), NULL,
	    "use collateral that has expired, however long ago", false },
	{ "challenge", 0, CLI_TEXT, AT(challenge), "BASE64URL",
	    "tpm: the challenge that the request answers", false },
	{ "tpm-sha1-signatures", 0, CLI_FLAG, AT(sha1), NULL,
	    "tpm: accept an AIK that signs with SHA-1", false },
	{ "accept-tcb", 0, CLI_TEXT, AT(accept_tcb), "STATUS[,STATUS]...",
	    "reject every other TCB status, as assayd does by the option of "
	    "this name", false },
	{ "collateral-grace", 0, CLI_TEXT, AT(collateral_grace),
	    "SECONDS|any",
	    "use collateral that expired no longer ago than this, as assayd "
	    "does by the option of this name", false },
	{ "baselines", 0, CLI_TEXT, AT(baselines), "FILE",
	    "the baselines that a policy may name, as assayd reads them",
	    false },
	{ "baseline", 0, CLI_TEXT, AT(baseline), "NAME",
	    "judge by this one of them, or by this tcbEvaluationDataNumber, "
	    "where the policy names none", false },
	{ "json", 0, CLI_FLAG, AT(json), NULL,
	    "print one JSON object", false },
	{ .name = NULL },
};

/* Everything that one run holds. */
struct appraise {
	struct assay_buffer		 evidence, runtime_data;
	struct assay_buffer		 init_time_data, nonce, policy_text;
	struct assay_buffer		 anchors[CLI_LIST_MAX];
	struct assay_verifier		*verifier;
	struct assay_collateral_set	*set;
	struct assay_collateral_source	 source;
	struct assay_policy		*policy;
	struct assay_baselines		*baselines;
	struct assay_attest_request	 request;
	struct assay_attest_context	 context;
	struct assay_attest_result	 result;
	bool				 tpm, guest;
};

static void
appraise_free(struct appraise *a)
{
	assay_attest_result_free(&a->result);
	assay_verifier_free(a->verifier);
	if (a->set != NULL)
		assay_collateral_set_free(a->set);
	assay_policy_free(a->policy);
	assay_baselines_free(a->baselines);
	assay_buffer_free(&a->evidence);
	assay_buffer_free(&a->runtime_data);
	assay_buffer_free(&a->init_time_data);
	assay_buffer_free(&a->nonce);
	assay_buffer_free(&a->policy_text);
	for (size_t i = 0; i < CLI_LIST_MAX; i++)
		assay_buffer_free(&a->anchors[i]);
}

/* As the JSON string that a client would send. */
static bool
load_nonce(const char *text, struct appraise *a, struct assay_error *err)
{
	if (text == NULL)
		return true;
	a->nonce = assay_buffer(ASSAY_MAX_JSON_TEXT);
	if (!assay_json_write_string(assay_bytes_of(text), &a->nonce, err))
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "--nonce is not UTF-8 text");
	a->request.nonce = assay_buffer_bytes(&a->nonce);
	return true;
}

static bool
load_request(const struct appraise_options *opt, struct appraise *a,
    struct assay_error *err)
{
	const struct assay_client_kind *kind =
	    assay_client_kind_find(opt->kind);

	if (kind == NULL)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "unknown kind \"%s\", want %s, tpm or azureguest", opt->kind,
		    assay_client_kind_words());
	a->request.kind = kind->type;
	if (!cli_bound_data("runtime", opt->runtime_data, opt->runtime_type,
	    &a->runtime_data, &a->request.runtime_data, err) ||
	    !cli_bound_data("init-time", opt->init_time_data,
	    opt->init_time_type, &a->init_time_data,
	    &a->request.init_time_data, err) ||
	    !load_nonce(opt->nonce, a, err) ||
	    !cli_read(opt->evidence, ASSAY_MAX_EVIDENCE_BYTES, &a->evidence,
	    err))
		return false;
	a->request.evidence = assay_buffer_bytes(&a->evidence);
	return true;
}

/* A folder without collateral may still do for evidence that is refused. */
static bool
add_folder(struct assay_collateral_list *list, const char *folder,
    struct cli_output *out, struct assay_error *err)
{
	if (assay_collateral_list_add_dir(list, folder, true, err))
		return true;
	if (err->code != ASSAY_ERR_CONFIG_INVALID)
		return assay_fail_in(err, "--collateral");
	(void)fprintf(out->errors, "%s: note: ", out->path);
	cli_put_text(out->errors, assay_bytes_of(err->text), false);
	(void)fputc('\n', out->errors);
	return true;
}

static bool
load_collateral(const struct cli_list *folders, struct appraise *a,
    struct cli_output *out, struct assay_error *err)
{
	struct assay_collateral_list *list = assay_collateral_list_new();

	if (list == NULL)
		return assay_fail_memory(err, "collateral");
	for (size_t i = 0; i < folders->n; i++) {
		if (!add_folder(list, folders->item[i], out, err)) {
			assay_collateral_list_free(list);
			return false;
		}
	}
	if (!assay_collateral_set_new(ASSAY_COLLATERAL_AS_IS, &a->set, err)) {
		assay_collateral_list_free(list);
		return false;
	}
	assay_collateral_set_replace(a->set, list);
	a->source = assay_collateral_set_source(a->set);
	a->context.collateral = &a->source;
	return true;
}

static bool
load_anchors(const struct cli_list *files, struct appraise *a,
    struct assay_error *err)
{
	struct assay_bytes anchors[CLI_LIST_MAX];
	const struct assay_verifier_config config = {
		.anchors = anchors,
		.n_anchors = files->n,
		.without_builtin = files->n != 0,
	};

	for (size_t i = 0; i < files->n; i++) {
		if (!cli_read(files->item[i], ASSAY_MAX_PEM_BYTES,
		    &a->anchors[i], err))
			return false;
		anchors[i] = assay_buffer_bytes(&a->anchors[i]);
	}
	if (!assay_verifier_new(&config, &a->verifier, err))
		return assay_fail_in(err, "trust anchors");
	a->context.verifier = a->verifier;
	return true;
}

static bool
load_policy(const char *path, struct appraise *a, struct assay_error *err)
{
	if (path == NULL)
		return true;
	if (!cli_read(path, ASSAY_MAX_POLICY_BYTES, &a->policy_text, err))
		return false;
	if (!assay_policy_compile(assay_buffer_bytes(&a->policy_text),
	    &a->policy, NULL, err))
		return assay_fail_in(err, path);
	a->context.policy = a->policy;
	return true;
}

static bool
load_baseline(const struct appraise_options *opt, struct appraise *a,
    struct assay_error *err)
{
	const struct cli_baseline_options baseline = {
		.accept_tcb = opt->accept_tcb,
		.collateral_grace = opt->collateral_grace,
		.file = opt->baselines,
		.name = opt->baseline,
		.accept_expired = opt->accept_expired,
	};

	return cli_baseline(&baseline, &a->context, &a->baselines, err);
}

static bool
prepare(const struct appraise_options *opt, struct appraise *a,
    struct cli_output *out, struct assay_error *err)
{
	if (!cli_time(opt->at, &a->context.now, err))
		return false;
	a->context.trace = opt->trace;
	return load_baseline(opt, a, err) &&
	    load_request(opt, a, err) &&
	    load_collateral(&opt->collateral, a, out, err) &&
	    load_anchors(&opt->trust_anchor, a, err) &&
	    load_policy(opt->policy, a, err);
}

/* Options that mean nothing for the kind. */
static bool
check_options(const struct appraise_options *opt, const struct appraise *a,
    struct assay_error *err)
{
	bool tpm = a->tpm || a->guest;

	if (!a->tpm && (opt->challenge != NULL || opt->sha1))
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "--challenge and --tpm-sha1-signatures are for tpm");
	if (tpm && (opt->runtime_data != NULL || opt->collateral.n != 0 ||
	    opt->accept_expired || opt->init_time_data != NULL ||
	    opt->nonce != NULL || opt->accept_tcb != NULL ||
	    opt->collateral_grace != NULL || opt->baselines != NULL ||
	    opt->baseline != NULL))
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "--runtime-data, --init-time-data, --nonce, --collateral, "
		    "--accept-expired, --accept-tcb and --collateral-grace "
		    "are not for tpm or azureguest");
	return true;
}

static bool
appraise_tpm(const struct appraise_options *opt, struct appraise *a,
    struct assay_error *err)
{
	struct cli_tpm_appraisal tpm = {
		.evidence = opt->evidence, .challenge = opt->challenge,
		.trust_anchor = &opt->trust_anchor, .guest = a->guest,
		.context = { .trace = opt->trace,
		    .settings = { .sha1_signatures = opt->sha1 } },
	};

	if (!cli_time(opt->at, &tpm.context.now, err) ||
	    !load_policy(opt->policy, a, err))
		return false;
	tpm.context.policy = a->policy;
	return cli_appraise_tpm(&tpm, &a->result, err);
}

/* True if a->result is the answer. */
static bool
appraise(const struct appraise_options *opt, struct appraise *a,
    struct cli_output *out, struct assay_error *err)
{
	a->tpm = strcmp(opt->kind, "tpm") == 0;
	a->guest = strcmp(opt->kind, "azureguest") == 0;
	if (!check_options(opt, a, err))
		return false;
	if (a->tpm || a->guest)
		return appraise_tpm(opt, a, err);
	if (!prepare(opt, a, out, err))
		return false;
	(void)assay_attest(&a->request, &a->context, &a->result);
	return true;
}

static enum cli_exit
status_of(enum assay_verdict verdict)
{
	switch (verdict) {
	case ASSAY_ACCEPT:
		return CLI_YES;
	case ASSAY_REJECT:
		return CLI_NO;
	case ASSAY_UNDECIDED:
		return CLI_UNDECIDED;
	}
	return CLI_UNDECIDED;
}

/* ---- for programs -------------------------------------------------------- */

static json_t *
check_value(const char *name, bool passed)
{
	const char *source = cli_check_source(name);

	return json_pack("{s:s, s:b, s:s}", "name", name, "passed", passed,
	    "source", source);
}

static json_t *
checks_value(const struct assay_attest_result *r)
{
	json_t *array = json_array();

	for (size_t i = 0; array != NULL && i < r->n_checks_passed; i++)
		if (json_array_append_new(array,
		    check_value(r->checks_passed[i], true)) == -1)
			goto fail;
	if (r->check_failed != NULL && json_array_append_new(array,
	    check_value(r->check_failed, false)) == -1)
		goto fail;
	return array;
fail:
	json_decref(array);
	return NULL;
}

static json_t *
advisories_value(const struct assay_attest_result *r)
{
	json_t *array = json_array();

	for (size_t i = 0; array != NULL && i < r->n_advisories; i++) {
		if (json_array_append_new(array,
		    cli_json_text(r->advisories[i])) == -1) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

/*
 * What a token would hold, or else what was verified. The report of a TPM
 * holds only what a policy issues: without one, what a policy would see.
 */
static json_t *
claims_value(const struct appraise *a, struct assay_error *err)
{
	const struct assay_attest_result *r = &a->result;

	if (r->token_claims != NULL && !(a->tpm && a->policy == NULL))
		return assay_json_parse(assay_bytes_of(r->token_claims), NULL,
		    err);
	if (r->claims != NULL)
		return cli_claims_json(r->claims, err);
	return json_object();
}

static bool
set_trace(json_t *object, const struct assay_policy_trace *trace,
    struct assay_error *err)
{
	char *text;
	json_t *value;

	if (trace == NULL)
		return true;
	if ((text = assay_policy_trace_json(trace)) == NULL)
		return assay_fail_memory(err, "trace");
	value = assay_json_parse(assay_bytes_of(text), NULL, err);
	free(text);
	return value != NULL &&
	    (json_object_set_new(object, "trace", value) == 0 ||
	    assay_fail_memory(err, "trace"));
}

static bool
set_tcb(json_t *object, const struct assay_attest_result *r)
{
	if (r->tcb_status == ASSAY_TCB_UNKNOWN)
		return true;
	return cli_set_text(object, "tcb_status",
	    assay_tcb_status_name(r->tcb_status)) &&
	    (r->tcb_date[0] == '\0' ||
	    cli_set_text(object, "tcb_date", r->tcb_date));
}

static bool
set_baseline(json_t *object, const struct assay_attest_result *r)
{
	json_t *b;

	if (r->baseline[0] == '\0')
		return true;
	b = json_pack("{s:o, s:b}", "name", cli_json_text(r->baseline),
	    "grace", r->baseline_grace);
	if (b != NULL && r->tcb_evaluation_data_number != 0)
		(void)json_object_set_new(b, "tcb_evaluation_data_number",
		    json_integer(r->tcb_evaluation_data_number));
	return json_object_set_new(object, "baseline", b) == 0;
}

static enum cli_exit
print_json(struct cli_output *out, const struct appraise *a,
    enum cli_exit status)
{
	const struct assay_attest_result *r = &a->result;
	struct assay_error err = { ASSAY_ERR_OK, "" };
	json_t *claims = claims_value(a, &err), *object;

	if (claims == NULL)
		return cli_hindered(out, &err);
	object = json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:b}",
	    "verdict", cli_verdict_name(status),
	    "code", assay_code_name(r->error.code),
	    "reason", cli_json_text(r->error.text),
	    "claims", claims,
	    "checks", checks_value(r),
	    "advisories", advisories_value(r),
	    "collateral_expired", r->collateral_expired);
	if (object != NULL && (!set_tcb(object, r) ||
	    !set_baseline(object, r) ||
	    !set_trace(object, r->policy.trace, &err))) {
		json_decref(object);
		object = NULL;
	}
	return cli_answer(out, object, status);
}

/* ---- for people ---------------------------------------------------------- */

static void
put_reason(struct cli_output *out, const struct assay_attest_result *r,
    enum cli_exit status)
{
	cli_printf(out, "verdict:    %s\n", cli_verdict_name(status));
	if (r->error.code != ASSAY_ERR_OK) {
		cli_printf(out, "reason:     ");
		cli_put_text(out->to, assay_bytes_of(r->error.text), false);
		cli_printf(out, "\n            code %s (%s)\n",
		    assay_code_name(r->error.code),
		    assay_code_text(r->error.code));
	}
	if (r->test_anchor && r->tcb_status != ASSAY_TCB_UNKNOWN)
		cli_printf(out, "WARNING:    the root is one that you gave, "
		    "not Intel's\n");
}

static void
put_tcb(struct cli_output *out, const struct assay_attest_result *r)
{
	if (r->tcb_status != ASSAY_TCB_UNKNOWN)
		cli_printf(out, "TCB status: %s%s%s\n",
		    assay_tcb_status_name(r->tcb_status),
		    r->tcb_date[0] != '\0' ? ", level of " : "", r->tcb_date);
	for (size_t i = 0; i < r->n_advisories; i++) {
		cli_printf(out, i == 0 ? "advisories: " : ", ");
		cli_put_text(out->to, assay_bytes_of(r->advisories[i]),
		    false);
	}
	if (r->n_advisories != 0)
		cli_printf(out, "\n");
	if (r->collateral_expired)
		cli_printf(out, "collateral: EXPIRED at this time\n");
	if (r->tcb_evaluation_data_number != 0) {
		cli_printf(out, "baseline:   ");
		cli_put_text(out->to, assay_bytes_of(r->baseline), false);
		cli_printf(out, ", TCB evaluation data %u%s\n",
		    r->tcb_evaluation_data_number, r->baseline_grace ?
		    "; accepts the status for a time only" : "");
	}
}

static void
put_checks(struct cli_output *out, const struct assay_attest_result *r)
{
	cli_printf(out, "checks:     %zu passed%s\n", r->n_checks_passed,
	    r->check_failed != NULL ? ", then one failed" : "");
	for (size_t i = 0; i < r->n_checks_passed; i++)
		cli_printf(out, "  ok        %s\n", r->checks_passed[i]);
	if (r->check_failed != NULL)
		cli_printf(out, "  FAILED    %s  (%s)\n", r->check_failed,
		    cli_check_source(r->check_failed));
}

static enum cli_exit
print_text(struct cli_output *out, const struct appraise *a,
    enum cli_exit status)
{
	const struct assay_attest_result *r = &a->result;
	struct assay_error err = { ASSAY_ERR_OK, "" };
	json_t *claims;
	char *trace;
	bool ok;

	put_reason(out, r, status);
	put_tcb(out, r);
	put_checks(out, r);
	if (r->policy.trace != NULL &&
	    (trace = assay_policy_trace_text(r->policy.trace)) != NULL) {
		cli_printf(out, "policy:\n");
		cli_put_text(out->to, assay_bytes_of(trace), true);
		free(trace);
	}
	ok = (claims = claims_value(a, &err)) != NULL;
	if (ok && (a->tpm || a->guest)) {	/* long; --json has them */
		(void)json_object_del(claims, "events");
		(void)json_object_del(claims, "bootEvents");
	}
	if (ok && json_object_size(claims) != 0) {
		cli_printf(out, "claims:     ");
		ok = cli_put_pretty(out, claims, &err);
	}
	json_decref(claims);
	return ok ? status : cli_hindered(out, &err);
}

static enum cli_exit
run(const void *values, struct cli_output *out)
{
	const struct appraise_options *opt = values;
	struct assay_error err = { ASSAY_ERR_OK, "" };
	enum cli_exit status;
	struct appraise *a;

	out->json = opt->json;
	if ((a = calloc(1, sizeof(*a))) == NULL) {
		(void)assay_fail_memory(&err, "appraisal");
		return cli_hindered(out, &err);
	}
	if (!appraise(opt, a, out, &err))
		/* UNDECIDED, whatever class the hindrance has */
		a->result.error = err;
	status = status_of(a->result.verdict);
	if (a->result.error.code == ASSAY_ERR_USAGE)
		status = cli_fail(out, &err);
	else
		status = opt->json ? print_json(out, a, status) :
		    print_text(out, a, status);
	appraise_free(a);
	free(a);
	return status;
}

const struct cli_command cmd_appraise = {
	.name = "appraise",
	.summary = "judge evidence offline: what would the service say, and why",
	.description =
	    "Run the whole pipeline of the service on evidence and collateral "
	    "(for tpm: a request and its challenge) from files, at a time "
	    "that you choose, and show every check, claim and rule. The TCB "
	    "status alone does not reject (Revoked excepted): say what you "
	    "accept by --accept-tcb or in a policy. Missing or expired "
	    "collateral is \"undecided\", never \"reject\".",
	.arguments = arguments,
	.options = options,
	.options_size = sizeof(struct appraise_options),
	.run = run,
};
