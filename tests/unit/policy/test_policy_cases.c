/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the text files tests/policy/NAME.test, and the examples of the language
 * manual doc/policy.md. Format: tests/policy/README.md. For a case that fails
 * what really happened is printed in the form of the file.
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <assay/policy.h>

#include "base/text.h"
#include "json/json.h"
#include "testlib.h"

#define BLOCKS_MAX	16
#define OUT_MAX		(1024u * 1024)
#define CASES_AT_LEAST	300

struct block {
	char			 head[128];	/* "error POLICY_DENIED" */
	struct assay_buffer	 body;
};

struct test_case {
	char		name[160];
	struct block	blocks[BLOCKS_MAX];
	size_t		n_blocks;
};

/* What one run of a case leaves. */
struct run {
	struct assay_policy		*policy;
	struct assay_claims		*incoming;
	struct assay_diagnostics	*diag;
	struct assay_policy_result	 config, result;
	struct assay_error		 err;
	bool				 compiled, configured, permitted;
};

/* --- reading ----------------------------------------------------------- */

static struct block *
find(struct test_case *c, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < c->n_blocks; i++)
		if (strncmp(c->blocks[i].head, name, n) == 0 &&
		    (c->blocks[i].head[n] == '\0' ||
		    c->blocks[i].head[n] == ' '))
			return &c->blocks[i];
	return NULL;
}

static const char *
argument(const struct block *b)
{
	const char *space = strchr(b->head, ' ');

	return space != NULL ? space + 1 : "";
}

/* Blank lines that set a case off from the next are not in its last block. */
static void
trim_block(struct test_case *c)
{
	struct assay_buffer *b;

	if (c->n_blocks == 0)
		return;
	b = &c->blocks[c->n_blocks - 1].body;
	while (b->len > 1 && b->ptr[b->len - 1] == '\n' &&
	    b->ptr[b->len - 2] == '\n')
		b->ptr[--b->len] = '\0';
	if (b->len == 1 && b->ptr[0] == '\n')
		assay_buffer_clear(b);
}

static void
begin_block(struct test_case *c, const char *head)
{
	struct block *b;

	trim_block(c);
	if (c->n_blocks == BLOCKS_MAX)
		fail_msg("%s: too many blocks", c->name);
	b = &c->blocks[c->n_blocks++];
	(void)snprintf(b->head, sizeof(b->head), "%s", head);
	b->body = assay_buffer(OUT_MAX);
}

static void
add_line(struct test_case *c, const char *line)
{
	struct assay_buffer *body;

	if (c->n_blocks == 0)
		return;
	body = &c->blocks[c->n_blocks - 1].body;
	(void)assay_buffer_puts(body, line);
	(void)assay_buffer_putc(body, '\n');
}

static void
clear_case(struct test_case *c)
{
	for (size_t i = 0; i < c->n_blocks; i++)
		assay_buffer_free(&c->blocks[i].body);
	c->n_blocks = 0;
}

/* --- claims as lines --------------------------------------------------- */

static void
put_string(struct assay_buffer *out, struct assay_bytes text)
{
	json_t *s = json_stringn((const char *)text.ptr, text.len);
	struct assay_error err;

	assert_non_null(s);
	assert_true(assay_json_write(s, out, &err));
	json_decref(s);
}

static bool
is_plain(struct assay_bytes type)
{
	for (size_t i = 0; i < type.len; i++)
		if (strchr(" \"=()", type.ptr[i]) != NULL)
			return false;
	return type.len != 0;
}

/* TYPE [ISSUER] [json] = VALUE */
static void
put_claim(struct assay_buffer *out, const struct assay_claim *claim,
    enum assay_claim_issuer usual)
{
	if (is_plain(claim->type))
		(void)assay_buffer_put(out, claim->type);
	else
		put_string(out, claim->type);
	if (claim->issuer != usual)
		(void)assay_buffer_printf(out, " (%s)",
		    assay_claim_issuer_name(claim->issuer));
	if (claim->value_type == ASSAY_VALUE_JSON)
		(void)assay_buffer_puts(out, " json");
	(void)assay_buffer_puts(out, " = ");
	switch (claim->value_type) {
	case ASSAY_VALUE_STRING:
		put_string(out, claim->text);
		break;
	case ASSAY_VALUE_JSON:
		(void)assay_buffer_put(out, claim->text);
		break;
	case ASSAY_VALUE_INTEGER:
		(void)assay_buffer_printf(out, "%" PRId64, claim->integer);
		break;
	case ASSAY_VALUE_BOOLEAN:
		(void)assay_buffer_puts(out, claim->boolean ? "true" :
		    "false");
		break;
	}
	(void)assay_buffer_putc(out, '\n');
}

static void
put_claims(struct assay_buffer *out, struct assay_claims *set)
{
	struct assay_claim claim;
	struct assay_error err;

	for (size_t i = 0; set != NULL && i < assay_claims_count(set); i++) {
		assert_true(assay_claims_at(set, i, &claim, &err));
		put_claim(out, &claim, ASSAY_ISSUER_POLICY);
	}
}

static const char *
skip_space(const char *s)
{
	return s + strspn(s, " ");
}

/* A type: one word, or a JSON string. */
static const char *
read_type(const char *line, json_t **out)
{
	struct assay_error err;
	size_t n;

	if (*line != '"') {
		n = strcspn(line, " ");
		*out = json_stringn(line, n);
		return line + n;
	}
	for (n = 1; line[n] != '\0' && line[n] != '"'; n++)
		if (line[n] == '\\')
			n++;
	*out = assay_json_parse((struct assay_bytes){
	    (const uint8_t *)line, n + 1 }, NULL, &err);
	return line + n + 1;
}

static const char *
read_issuer(const char *line, enum assay_claim_issuer *out)
{
	static const enum assay_claim_issuer all[] = { ASSAY_ISSUER_SERVICE,
	    ASSAY_ISSUER_POLICY, ASSAY_ISSUER_CUSTOM };
	const char *name;

	line = skip_space(line);
	for (size_t i = 0; *line == '(' && i < 3; i++) {
		name = assay_claim_issuer_name(all[i]);
		if (strncmp(line + 1, name, strlen(name)) != 0)
			continue;
		*out = all[i];
		return skip_space(line + strlen(name) + 2);
	}
	return line;
}

static void
read_value(const char *text, bool json, struct assay_claim *claim,
    json_t **keep)
{
	struct assay_error err;

	claim->text = assay_bytes_of(text);
	claim->value_type = ASSAY_VALUE_JSON;
	if (json)
		return;
	*keep = assay_json_parse(claim->text, NULL, &err);
	if (*keep == NULL)
		fail_msg("claim value %s: %s", text, err.text);
	if (json_is_boolean(*keep)) {
		claim->value_type = ASSAY_VALUE_BOOLEAN;
		claim->boolean = json_is_true(*keep);
	} else if (json_is_integer(*keep)) {
		claim->value_type = ASSAY_VALUE_INTEGER;
		claim->integer = json_integer_value(*keep);
	} else {
		assert_true(json_is_string(*keep));
		claim->value_type = ASSAY_VALUE_STRING;
		claim->text = (struct assay_bytes){
		    (const uint8_t *)json_string_value(*keep),
		    json_string_length(*keep) };
	}
}

static void
add_claim(struct assay_claims *set, const char *line)
{
	struct assay_claim claim = { .issuer = ASSAY_ISSUER_SERVICE };
	json_t *type = NULL, *keep = NULL;
	struct assay_error err;
	const char *rest;
	bool json;

	rest = read_issuer(read_type(line, &type), &claim.issuer);
	json = strncmp(rest, "json ", 5) == 0;
	rest = skip_space(json ? rest + 5 : rest);
	if (type == NULL || *rest != '=')
		fail_msg("bad claim line: %s", line);
	claim.type = assay_bytes_of(json_string_value(type));
	read_value(skip_space(rest + 1), json, &claim, &keep);
	assert_true(assay_claims_add(set, &claim, &err));
	json_decref(keep);
	json_decref(type);
}

static struct assay_claims *
read_claims(const struct block *b)
{
	struct assay_claims *set = assay_claims_new();
	char *text, *line, *save = NULL;

	assert_non_null(set);
	if (b == NULL || b->body.len == 0)
		return set;
	text = strdup(assay_buffer_str(&b->body));
	assert_non_null(text);
	for (line = strtok_r(text, "\n", &save); line != NULL;
	    line = strtok_r(NULL, "\n", &save))
		add_claim(set, line);
	free(text);
	return set;
}

/* --- running ----------------------------------------------------------- */

/* The policy of the case; "issuance" and "authorization" blocks are the
 * rules of that section, which begin in line 2. */
static void
policy_text(struct test_case *c, struct assay_buffer *out)
{
	struct block *b;
	const char *version;

	if ((b = find(c, "policy")) != NULL) {
		(void)assay_buffer_put(out, assay_buffer_bytes(&b->body));
		if (out->len > 0 && strcmp(argument(b), "no-newline") == 0)
			out->len--;
		return;
	}
	if ((b = find(c, "issuance")) != NULL) {
		version = argument(b);
		(void)assay_buffer_printf(out, "version=%s;"
		    "authorizationrules{=>permit();};issuancerules{\n%s};",
		    *version != '\0' ? version : "1.2",
		    assay_buffer_str(&b->body));
		return;
	}
	if ((b = find(c, "authorization")) == NULL)
		fail_msg("%s: no policy", c->name);
	version = argument(b);
	(void)assay_buffer_printf(out, "version=%s;authorizationrules{\n%s};",
	    *version != '\0' ? version : "1.2", assay_buffer_str(&b->body));
}

static void
run_case(struct test_case *c, struct run *r)
{
	const struct assay_policy_options opt = {
	    .trace = find(c, "trace") != NULL ||
	    find(c, "traced-error") != NULL };
	struct assay_buffer text = assay_buffer(OUT_MAX);

	r->diag = assay_diagnostics_new();
	assert_non_null(r->diag);
	policy_text(c, &text);
	r->compiled = assay_policy_compile(assay_buffer_bytes(&text),
	    &r->policy, r->diag, &r->err);
	assay_buffer_free(&text);
	if (!r->compiled)
		return;
	r->incoming = read_claims(find(c, "claims"));
	r->configured = assay_policy_configure(r->policy, &r->config,
	    &r->err);
	if (!r->configured)
		return;
	r->permitted = assay_policy_evaluate(r->policy, r->incoming, &opt,
	    &r->result, &r->err);
}

static void
end_run(struct run *r)
{
	assay_policy_result_free(&r->config);
	assay_policy_result_free(&r->result);
	assay_claims_free(r->incoming);
	assay_policy_free(r->policy);
	assay_diagnostics_free(r->diag);
}

/* --- comparing --------------------------------------------------------- */

static void
put_diagnostics(struct assay_buffer *out, const struct assay_diagnostics *d)
{
	for (size_t i = 0; i < assay_diagnostics_count(d); i++) {
		const struct assay_diagnostic *g = assay_diagnostics_at(d, i);

		(void)assay_buffer_printf(out, "%zu:%zu %s: %s\n", g->line,
		    g->column, g->id, g->message);
	}
}

static void
put_lint(struct assay_buffer *out, const struct run *r, const char *type)
{
	struct assay_diagnostics *d = assay_diagnostics_new();
	struct assay_error err;

	assert_non_null(d);
	if (!assay_policy_lint(r->policy, *type != '\0' ? type : NULL, d,
	    &err))
		(void)assay_buffer_printf(out, "lint failed: %s\n", err.text);
	put_diagnostics(out, d);
	assay_diagnostics_free(d);
}

static void
put_reads(struct assay_buffer *out, const struct run *r,
    const struct assay_buffer *want)
{
	char *text = strdup(assay_buffer_str(want));
	char *line, *save = NULL;

	assert_non_null(text);
	for (line = strtok_r(text, "\n", &save); line != NULL;
	    line = strtok_r(NULL, "\n", &save)) {
		line[strcspn(line, " ")] = '\0';
		(void)assay_buffer_printf(out, "%s %s\n", line,
		    assay_policy_may_read(r->policy, line) ? "yes" : "no");
	}
	free(text);
}

static void
put_trace(struct assay_buffer *out, const struct run *r)
{
	char *text;

	if (r->result.trace == NULL)
		return;
	text = assay_policy_trace_text(r->result.trace);
	assert_non_null(text);
	(void)assay_buffer_puts(out, text);
	free(text);
}

static void
put_quotes(struct assay_buffer *out, const struct run *r)
{
	for (size_t i = 0; i < assay_diagnostics_count(r->diag); i++)
		(void)assay_buffer_puts(out,
		    assay_diagnostics_at(r->diag, i)->text);
}

/* What the block should have been; false for a block that is input. */
static bool
actual(const struct run *r, const struct block *b, struct assay_buffer *out)
{
	char word[32];

	(void)snprintf(word, sizeof(word), "%.*s", (int)strcspn(b->head, " "),
	    b->head);
	if (strcmp(word, "errors") == 0)
		put_diagnostics(out, r->diag);
	else if (strcmp(word, "quote") == 0)
		put_quotes(out, r);
	else if (strcmp(word, "permit") == 0) {
		if (!r->permitted)
			(void)assay_buffer_printf(out, "%s: %s\n",
			    assay_code_name(r->err.code), r->err.text);
		put_claims(out, r->result.issued);
	} else if (strcmp(word, "properties") == 0)
		put_claims(out, r->result.properties);
	else if (strcmp(word, "config") == 0)
		put_claims(out, r->config.properties);
	else if (strcmp(word, "error") == 0 ||
	    strcmp(word, "traced-error") == 0)
		(void)assay_buffer_printf(out, "%s\n",
		    r->permitted ? "permitted" : r->err.text);
	else if (strcmp(word, "lint") == 0 && r->compiled)
		put_lint(out, r, argument(b));
	else if (strcmp(word, "reads") == 0 && r->compiled)
		put_reads(out, r, &b->body);
	else if (strcmp(word, "trace") == 0)
		put_trace(out, r);
	else if (strcmp(word, "lint") == 0 || strcmp(word, "reads") == 0)
		(void)assay_buffer_printf(out, "%s\n", r->err.text);
	else
		return false;
	return true;
}

/* An "error CODE" block also fixes the code. */
static bool
code_fits(const struct run *r, const struct block *b)
{
	if (strncmp(b->head, "error ", 6) != 0 &&
	    strncmp(b->head, "traced-error ", 13) != 0)
		return true;
	return !r->permitted && strcmp(argument(b),
	    assay_code_name(r->err.code)) == 0;
}

/* Whether the case says what comes out of it, and every block is true. */
static bool
judge(struct test_case *c, const char *where)
{
	struct run r = { 0 };
	size_t expected = 0;
	bool ok = true;

	run_case(c, &r);
	for (size_t i = 0; i < c->n_blocks; i++) {
		struct assay_buffer out = assay_buffer(OUT_MAX);
		struct block *b = &c->blocks[i];

		if (!actual(&r, b, &out)) {
			assay_buffer_free(&out);
			continue;
		}
		expected++;
		if (!code_fits(&r, b) || strcmp(assay_buffer_str(&out),
		    assay_buffer_str(&b->body)) != 0) {
			printf("%s: %s: --- %s is (code %s)\n%s", where,
			    c->name, b->head, assay_code_name(r.err.code),
			    assay_buffer_str(&out));
			ok = false;
		}
		assay_buffer_free(&out);
	}
	if (expected == 0)
		printf("%s: %s: expects nothing\n", where, c->name);
	end_run(&r);
	return ok && expected != 0;
}

static size_t total;

static void
finish(struct test_case *c, const char *where, struct test_table *t)
{
	trim_block(c);
	if (c->n_blocks != 0) {
		test_row(t, c->name, judge(c, where), "see above");
		total++;
	}
	clear_case(c);
}

/* "=== name" begins a case, "--- head" a block, "#" before the first block
 * of a case a comment. */
static void
test_line(struct test_case *c, const char *where, const char *line,
    struct test_table *t)
{
	if (strncmp(line, "=== ", 4) == 0) {
		finish(c, where, t);
		(void)snprintf(c->name, sizeof(c->name), "%s", line + 4);
	} else if (strncmp(line, "--- ", 4) == 0)
		begin_block(c, line + 4);
	else
		add_line(c, line);
}

static bool in_fence;

/* In the manual a fence with a head is a block, and "policy", "issuance" or
 * "authorization" begins a case. */
static void
manual_line(struct test_case *c, const char *where, const char *line,
    struct test_table *t)
{
	static size_t number;

	if (strncmp(line, "```", 3) != 0) {
		if (in_fence)
			add_line(c, line);
		return;
	}
	in_fence = !in_fence && line[3] != '\0';
	if (!in_fence)
		return;
	if (strncmp(line + 3, "policy", 6) == 0 ||
	    strncmp(line + 3, "issuance", 8) == 0 ||
	    strncmp(line + 3, "authorization", 13) == 0) {
		finish(c, where, t);
		(void)snprintf(c->name, sizeof(c->name), "example %zu",
		    ++number);
	}
	begin_block(c, line + 3);
}

static void
run_file(const char *path, struct test_table *table,
    void (*each)(struct test_case *, const char *, const char *,
    struct test_table *))
{
	const char *name = strrchr(path, '/') + 1;
	struct assay_buffer text = test_read(path);
	struct test_case *c = calloc(1, sizeof(*c));
	char *at = (char *)text.ptr, *end;

	assert_non_null(c);
	while (at != NULL && *at != '\0') {
		if ((end = strchr(at, '\n')) != NULL)
			*end = '\0';
		each(c, name, at, table);
		at = end != NULL ? end + 1 : NULL;
	}
	finish(c, name, table);
	free(c);
	assay_buffer_free(&text);
}

static const char *
root(void)
{
	const char *set = getenv("ASSAY_SOURCE_ROOT");

	return set != NULL ? set : ".";
}

static int
is_test(const struct dirent *e)
{
	const char *dot = strrchr(e->d_name, '.');

	return dot != NULL && strcmp(dot, ".test") == 0;
}

static void
test_cases(void **state)
{
	struct test_table table = { .name = "policy cases" };
	char path[4096];
	struct dirent **names;
	int n;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/tests/policy", root());
	n = scandir(path, &names, is_test, alphasort);
	assert_true(n > 0);
	for (int i = 0; i < n; i++) {
		(void)snprintf(path, sizeof(path), "%s/tests/policy/%s",
		    root(), names[i]->d_name);
		run_file(path, &table, test_line);
		free(names[i]);
	}
	free(names);
	test_table_end(&table);
	assert_true(total >= CASES_AT_LEAST);
}

static void
test_manual(void **state)
{
	struct test_table table = { .name = "manual" };
	char path[4096];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/doc/policy.md", root());
	run_file(path, &table, manual_line);
	test_table_end(&table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_manual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
