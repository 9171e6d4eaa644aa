/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/policy_evidence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <assay/tpm.h>

#include "app/collateral_set.h"
#include "base/encode.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/input.h"

#define PATH_SIZE 4096

struct cli_evidence {
	struct assay_buffer		 anchor_texts[CLI_LIST_MAX];
	struct assay_bytes		 anchors[CLI_LIST_MAX];
	size_t				 n_anchors;
	struct assay_verifier		*verifier;	/* when needed */
	struct assay_tpm_anchors	*tpm_anchors;	/* when needed */
	struct assay_collateral_set	*set;
	struct assay_collateral_source	 source;
	struct assay_attest_context	 context;
};

/* ---- what all evidence of a folder shares ------------------------------------ */

static bool
load_collateral(const struct cli_list *folders, struct cli_evidence *e,
    struct assay_error *err)
{
	struct assay_collateral_list *list = assay_collateral_list_new();
	bool ok = list != NULL || assay_fail_memory(err, "collateral");

	for (size_t i = 0; ok && i < folders->n; i++)
		ok = assay_collateral_list_add_dir(list, folders->item[i],
		    false, err) || assay_fail_in(err, "--collateral");
	ok = ok && assay_collateral_set_new(ASSAY_COLLATERAL_BY_IDENTIFIER,
	    &e->set, err);
	if (!ok) {
		if (list != NULL)
			assay_collateral_list_free(list);
		return false;
	}
	assay_collateral_set_replace(e->set, list);
	e->source = assay_collateral_set_source(e->set);
	e->context.collateral = &e->source;
	return true;
}

static bool
load_anchors(const struct cli_list *files, struct cli_evidence *e,
    struct assay_error *err)
{
	for (size_t i = 0; i < files->n; i++) {
		if (!cli_read(files->item[i], ASSAY_MAX_PEM_BYTES,
		    &e->anchor_texts[i], err))
			return false;
		e->anchors[i] = assay_buffer_bytes(&e->anchor_texts[i]);
	}
	e->n_anchors = files->n;
	return true;
}

/* A root is one of SGX or of TPMs: nobody complains about those that the
 * folder does not need. */
static bool
need_verifier(struct cli_evidence *e, struct assay_error *err)
{
	const struct assay_verifier_config config = { .anchors = e->anchors,
	    .n_anchors = e->n_anchors, .without_builtin = e->n_anchors != 0 };

	if (e->verifier == NULL &&
	    !assay_verifier_new(&config, &e->verifier, err))
		return assay_fail_in(err, "trust anchors");
	e->context.verifier = e->verifier;
	return true;
}

static bool
need_tpm_anchors(struct cli_evidence *e, struct assay_error *err)
{
	const struct assay_tpm_anchors_config config = { .pem = e->anchors,
	    .n_pem = e->n_anchors, .without_builtin = e->n_anchors != 0 };

	return e->tpm_anchors != NULL ||
	    assay_tpm_anchors_new(&config, &e->tpm_anchors, err) ||
	    assay_fail_in(err, "trust anchors");
}

bool
cli_evidence_open(const struct cli_evidence_options *opt,
    struct cli_evidence **out, struct assay_error *err)
{
	struct cli_evidence *e = assay_alloc(1, sizeof(*e));

	if (e == NULL)
		return assay_fail_memory(err, "evidence");
	e->context.baseline = assay_baseline_any();
	if (opt->accept_expired)
		e->context.baseline.grace.any_age = true;
	if (cli_time(opt->at, &e->context.now, err) &&
	    load_collateral(&opt->collateral, e, err) &&
	    load_anchors(&opt->trust_anchor, e, err)) {
		*out = e;
		return true;
	}
	cli_evidence_free(e);
	return false;
}

void
cli_evidence_free(struct cli_evidence *e)
{
	if (e == NULL)
		return;
	assay_verifier_free(e->verifier);
	assay_tpm_anchors_free(e->tpm_anchors);
	if (e->set != NULL)
		assay_collateral_set_free(e->set);
	for (size_t i = 0; i < CLI_LIST_MAX; i++)
		assay_buffer_free(&e->anchor_texts[i]);
	free(e);
}

/* ---- files --------------------------------------------------------------------- */

/* A piece of evidence; the request borrows from the buffers. */
struct piece {
	struct assay_attest_request	request;
	bool				is_tpm;
	struct assay_tpm_request	tpm;
	/* Of a TPM: evidence is the JWS, runtime the challenge. */
	struct assay_buffer		text, evidence, runtime, init_time;
	json_t				*json;
};

static void
piece_free(struct piece *p)
{
	assay_buffer_free(&p->text);
	assay_buffer_free(&p->evidence);
	assay_buffer_free(&p->runtime);
	assay_buffer_free(&p->init_time);
	json_decref(p->json);
}

static bool
ends_with(const char *name, const char *tail)
{
	const size_t n = strlen(name), t = strlen(tail);

	return n > t && strcmp(name + n - t, tail) == 0;
}

static bool
is_raw(const char *name)
{
	return ends_with(name, ".bin") || ends_with(name, ".quote");
}

bool
cli_evidence_is(const char *name)
{
	return name[0] != '.' && (is_raw(name) || ends_with(name, ".jws") ||
	    (ends_with(name, ".json") && !ends_with(name, ".runtime.json")));
}

/* A member without regard to case, as services read them; NULL if absent. */
static bool
member(const json_t *object, const char *name, json_t **out,
    struct assay_error *err)
{
	bool ambiguous = false;

	*out = assay_json_get_nocase(object, name, &ambiguous);
	return !ambiguous || assay_fail(err, ASSAY_ERR_JSON_DUPLICATE_MEMBER,
	    "%s is there twice in different case", name);
}

static bool
decode(const json_t *value, const char *name, size_t max,
    struct assay_buffer *out, struct assay_error *err)
{
	*out = assay_buffer(max);
	if (!json_is_string(value))
		return assay_fail(err, ASSAY_ERR_JSON_TYPE,
		    "%s is not a string", name);
	return assay_base64_decode_any(assay_bytes_of(
	    json_string_value(value)), out, err) || assay_fail_in(err, name);
}

/* {"data","dataType"}; without data there is none. */
static bool
read_bound(const json_t *body, const char *name, struct assay_buffer *buffer,
    struct assay_bound_data *out, struct assay_error *err)
{
	json_t *object, *data, *type;

	if (!member(body, name, &object, err))
		return false;
	if (object == NULL)
		return true;
	if (!member(object, "data", &data, err) ||
	    !member(object, "dataType", &type, err))
		return assay_fail_in(err, name);
	if (data == NULL || json_string_length(data) == 0)
		return true;
	if (!decode(data, name, ASSAY_MAX_RUNTIME_DATA_BYTES, buffer, err))
		return false;
	out->present = true;
	out->bytes = assay_buffer_bytes(buffer);
	out->type = json_is_string(type) && assay_text_is_nocase(
	    assay_bytes_of(json_string_value(type)), "JSON") ?
	    ASSAY_DATA_JSON : ASSAY_DATA_BINARY;
	return true;
}

static bool
read_body(const json_t *body, struct piece *p, struct assay_error *err)
{
	static const struct {
		const char	*member, *kind;
	} kinds[] = {
		{ "quote", "SgxEnclave" }, { "report", "OpenEnclave" },
	};
	json_t *value;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!member(body, kinds[i].member, &value, err))
			return false;
		if (value == NULL)
			continue;
		p->request.kind = kinds[i].kind;
		if (!decode(value, kinds[i].member, ASSAY_MAX_EVIDENCE_BYTES,
		    &p->evidence, err))
			return false;
		p->request.evidence = assay_buffer_bytes(&p->evidence);
		return read_bound(body, "runtimeData", &p->runtime,
		    &p->request.runtime_data, err) &&
		    read_bound(body, "initTimeData", &p->init_time,
		    &p->request.init_time_data, err);
	}
	return assay_fail(err, ASSAY_ERR_JSON_MISSING_MEMBER,
	    "neither quote nor report is in the body of the request");
}

/* A recording keeps the request beside its answer. */
static bool
read_json(const char *path, struct piece *p, struct assay_error *err)
{
	const struct assay_json_options opt = { .big_integers_as_text = true };
	const json_t *body, *inner;

	if (!cli_read(path, ASSAY_MAX_HTTP_BODY, &p->text, err) ||
	    (p->json = assay_json_parse(assay_buffer_bytes(&p->text), &opt,
	    err)) == NULL)
		return false;
	body = json_object_get(p->json, "request");
	if (body == NULL)
		body = p->json;
	inner = json_object_get(body, "body");
	return read_body(inner == NULL ? body : inner, p, err);
}

/* The header of Open Enclave: version 1, type 2 (sgx-tdx.md: OE report). */
static const char *
kind_of(struct assay_bytes evidence)
{
	static const uint8_t oe[] = { 1, 0, 0, 0, 2, 0, 0, 0 };

	return evidence.len > sizeof(oe) &&
	    memcmp(evidence.ptr, oe, sizeof(oe)) == 0 ? "OpenEnclave" :
	    "SgxEnclave";
}

/* The file of the same name with another ending. */
static bool
path_beside(const char *path, const char *tail, char out[PATH_SIZE],
    struct assay_error *err)
{
	const char *dot = strrchr(path, '.');

	return snprintf(out, PATH_SIZE, "%.*s%s", (int)(dot - path), path,
	    tail) < PATH_SIZE || assay_fail(err, ASSAY_ERR_IO_FAILED,
	    "path is too long");
}

static bool
read_beside(const char *path, const char *tail, const char *type,
    struct piece *p, struct assay_error *err)
{
	char beside[PATH_SIZE];
	struct stat st;

	if (!path_beside(path, tail, beside, err))
		return false;
	if (stat(beside, &st) != 0)
		return true;
	if (p->request.runtime_data.present)
		return assay_fail(err, ASSAY_ERR_IO_FAILED,
		    "%s and .runtime are both there", tail);
	return cli_bound_data("runtime", beside, type, &p->runtime,
	    &p->request.runtime_data, err);
}

static bool
read_raw(const char *path, struct piece *p, struct assay_error *err)
{
	if (!cli_read(path, ASSAY_MAX_EVIDENCE_BYTES, &p->evidence, err))
		return false;
	p->request.evidence = assay_buffer_bytes(&p->evidence);
	p->request.kind = kind_of(p->request.evidence);
	return read_beside(path, ".runtime", "binary", p, err) &&
	    read_beside(path, ".runtime.json", "json", p, err);
}

static bool
read_tpm(const char *path, struct piece *p, struct assay_error *err)
{
	char beside[PATH_SIZE];

	p->is_tpm = true;
	p->runtime = assay_buffer(ASSAY_MAX_TPM_BLOB);
	if (!path_beside(path, ".challenge", beside, err) ||
	    !cli_read(path, ASSAY_MAX_TPM_REQUEST, &p->evidence, err) ||
	    !cli_read(beside, ASSAY_MAX_TPM_BLOB, &p->text, err))
		return false;
	if (!assay_base64url_decode(cli_chomp(assay_buffer_bytes(&p->text)),
	    &p->runtime, err))
		return assay_fail_in(err, beside);
	p->tpm.jws = cli_chomp(assay_buffer_bytes(&p->evidence));
	p->tpm.challenge = assay_buffer_bytes(&p->runtime);
	return true;
}

static bool
read_piece(const char *path, struct piece *p, struct assay_error *err)
{
	if (ends_with(path, ".jws"))
		return read_tpm(path, p, err);
	return is_raw(path) ? read_raw(path, p, err) : read_json(path, p, err);
}

/* ---- judging ---------------------------------------------------------------------- */

/* Did the policy have its say? Otherwise the pipeline ended before it. */
static bool
was_asked(const struct assay_attest_result *r)
{
	switch (r->error.code) {
	case ASSAY_ERR_OK:
	case ASSAY_ERR_POLICY_DENIED:
	case ASSAY_ERR_POLICY_NOT_PERMITTED:
	case ASSAY_ERR_POLICY_RUNTIME_ERROR:
	case ASSAY_ERR_POLICY_LIMIT:
		return r->claims != NULL;
	default:
		return false;
	}
}

static bool
not_asked(const struct assay_attest_result *r, struct cli_policy_outcome *out,
    struct assay_error *err)
{
	out->verdict = CLI_POLICY_ERROR;
	out->error = r->error;
	out->claims = json_object();
	out->properties = json_object();
	return (out->claims != NULL && out->properties != NULL) ||
	    assay_fail_memory(err, "outcome");
}

static void
attest(struct cli_evidence *e, const struct piece *p,
    const struct assay_policy *policy, struct assay_attest_result *r)
{
	struct assay_attest_context context = e->context;
	const struct assay_tpm_context tpm = { .now = e->context.now,
	    .anchors = e->tpm_anchors, .policy = policy };

	context.policy = policy;
	if (p->is_tpm)
		(void)assay_tpm_attest(&p->tpm, &tpm, r);
	else
		(void)assay_attest(&p->request, &context, r);
}

/*
 * The pipeline decides; the policy is then run once more over the claims that
 * it saw, for what it issued.
 */
static bool
judge(struct cli_evidence *e, const struct piece *p,
    const struct assay_policy *policy, struct cli_policy_outcome *out,
    bool *asked, struct assay_error *err)
{
	struct assay_attest_result r = { .verdict = ASSAY_UNDECIDED };
	bool ok;

	attest(e, p, policy, &r);
	*asked = was_asked(&r);
	if (*asked)
		ok = cli_policy_run(policy, r.claims, false, out, err);
	else
		ok = not_asked(&r, out, err);
	if (r.verdict != ASSAY_ACCEPT && out->verdict == CLI_POLICY_PERMIT) {
		out->verdict = CLI_POLICY_ERROR;
		out->error = r.error;
	}
	assay_attest_result_free(&r);
	return ok;
}

bool
cli_evidence_compare(struct cli_evidence *e, const char *path,
    const struct assay_policy *before, const struct assay_policy *after,
    struct cli_evidence_outcomes *out, struct assay_error *err)
{
	struct piece p = { .json = NULL };
	bool asked[2] = { false, false }, ok;

	ok = read_piece(path, &p, err) || assay_fail_in(err, path);
	ok = ok && (p.is_tpm ? need_tpm_anchors(e, err) :
	    need_verifier(e, err));
	ok = ok && judge(e, &p, before, &out->before, &asked[0], err) &&
	    judge(e, &p, after, &out->after, &asked[1], err);
	out->unjudged = !asked[0] && !asked[1];
	piece_free(&p);
	return ok;
}
