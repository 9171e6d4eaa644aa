/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "policy/jmes_ast.h"

/* Each byte of an expression makes at most a node, an item and a name. */
#define ARENA_PER_BYTE	(2 * (sizeof(struct jmes_node) + \
			    sizeof(struct jmes_item) + 32))
#define EXCERPT		24	/* bytes shown on each side of an error */

const char *
assay_jmes_error_name(enum assay_jmes_error kind)
{
	switch (kind) {
	case ASSAY_JMES_OK:
		return "ok";
	case ASSAY_JMES_SYNTAX:
		return "syntax";
	case ASSAY_JMES_INVALID_TYPE:
		return "invalid-type";
	case ASSAY_JMES_INVALID_VALUE:
		return "invalid-value";
	case ASSAY_JMES_INVALID_ARITY:
		return "invalid-arity";
	case ASSAY_JMES_UNKNOWN_FUNCTION:
		return "unknown-function";
	case ASSAY_JMES_LIMIT:
		return "limit";
	case ASSAY_JMES_MEMORY:
		return "memory";
	}
	return "unknown";
}

static enum assay_code
code_of(enum assay_jmes_error kind)
{
	if (kind == ASSAY_JMES_LIMIT)
		return ASSAY_ERR_POLICY_LIMIT;
	if (kind == ASSAY_JMES_MEMORY)
		return ASSAY_ERR_NO_MEMORY;
	return ASSAY_ERR_POLICY_RUNTIME_ERROR;
}

/* The nearest start of a character at or before at. */
static size_t
boundary(struct assay_bytes text, size_t at)
{
	while (at > 0 && at < text.len && (text.ptr[at] & 0xc0) == 0x80)
		at--;
	return at;
}

/* The surroundings of an error; a run-time query is in no file to look at. */
static void
excerpt(struct assay_bytes text, size_t offset, char *out, size_t size)
{
	size_t from, to;
	int n;

	if (!assay_utf8_valid(text, NULL))
		text.len = 0;
	if (offset > text.len)
		offset = text.len;
	from = boundary(text, offset > EXCERPT ? offset - EXCERPT : 0);
	to = text.len - offset > EXCERPT ?
	    boundary(text, offset + EXCERPT) : text.len;
	n = snprintf(out, size, "%s%.*s%s", from > 0 ? "..." : "",
	    (int)(to - from), text.len != 0 ? (const char *)text.ptr + from : "",
	    to < text.len ? "..." : "");
	for (int i = 0; i < n && (size_t)i < size; i++)
		if ((unsigned char)out[i] < 0x20)
			out[i] = ' ';
}

bool
assay_jmes_fail(struct jmes_report *report, enum assay_jmes_error kind,
    size_t offset, const char *fmt, ...)
{
	char what[ASSAY_ERROR_TEXT_MAX / 2], where[3 * EXCERPT];
	va_list ap;

	report->kind = kind;
	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	excerpt(report->text, offset, where, sizeof(where));
	return assay_fail(report->err, code_of(kind),
	    "JMESPath %s: %s, at offset %zu of \"%s\"",
	    assay_jmes_error_name(kind), what, offset, where);
}

static bool
check_text(struct jmes_report *report)
{
	size_t bad;

	if (report->text.len > ASSAY_MAX_JMESPATH_BYTES)
		return assay_jmes_fail(report, ASSAY_JMES_LIMIT, 0,
		    "expression has %zu bytes, at most %u are allowed",
		    report->text.len, ASSAY_MAX_JMESPATH_BYTES);
	if (!assay_utf8_valid(report->text, &bad))
		return assay_jmes_fail(report, ASSAY_JMES_SYNTAX, bad,
		    "found a byte that is not UTF-8");
	if (report->text.len != 0 &&
	    memchr(report->text.ptr, '\0', report->text.len) != NULL)
		return assay_jmes_fail(report, ASSAY_JMES_SYNTAX, 0,
		    "found a NUL character");
	return true;
}

static struct assay_jmes *
make(struct assay_bytes text)
{
	struct assay_jmes *e;

	if ((e = assay_alloc(1, sizeof(*e))) == NULL)
		return NULL;
	e->arena = assay_arena_new((text.len + 64) * ARENA_PER_BYTE);
	e->literals = json_array();
	if (e->arena != NULL)
		e->text = assay_arena_dup(e->arena, text);
	if (e->text.ptr == NULL || e->literals == NULL) {
		assay_jmes_free(e);
		return NULL;
	}
	return e;
}

bool
assay_jmes_compile(struct assay_bytes expression, struct assay_jmes **out,
    enum assay_jmes_error *kind, struct assay_error *err)
{
	struct jmes_report report = { .text = expression, .err = err };
	struct assay_jmes *e = NULL;
	bool ok = false;

	if (!check_text(&report))
		goto out;
	if ((e = make(expression)) == NULL) {
		(void)assay_jmes_fail(&report, ASSAY_JMES_MEMORY, 0,
		    "out of memory");
		goto out;
	}
	if (!assay_jmes_parse(e, &report))
		goto out;
	*out = e;
	e = NULL;
	ok = true;
out:
	if (kind != NULL)
		*kind = report.kind;
	assay_jmes_free(e);
	return ok;
}

void
assay_jmes_free(struct assay_jmes *e)
{
	if (e == NULL)
		return;
	json_decref(e->literals);
	assay_arena_free(e->arena);
	free(e);
}
