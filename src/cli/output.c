/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/output.h"

void
cli_printf(struct cli_output *out, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vfprintf(out->to, fmt, ap);
	va_end(ap);
}

/* The code point that starts text, whose valid sequence has len bytes. */
static uint32_t
code_point(struct assay_bytes text, size_t len)
{
	uint32_t cp = text.ptr[0];

	if (len > 1)
		cp &= 0x7fu >> len;
	for (size_t i = 1; i < len; i++)
		cp = cp << 6 | (text.ptr[i] & 0x3fu);
	return cp;
}

/* Characters that change what a reader sees around them. */
static bool
deceives(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) ||	/* C0, C1 */
	    cp == 0x061c || (cp >= 0x200b && cp <= 0x200f) ||	/* marks */
	    (cp >= 0x2028 && cp <= 0x202e) ||	/* separators, embeddings */
	    (cp >= 0x2066 && cp <= 0x2069) || cp == 0xfeff;	/* isolates */
}

void
cli_put_text(FILE *to, struct assay_bytes text, bool keep_lines)
{
	while (text.len != 0) {
		size_t len = assay_utf8_length(text);
		uint32_t cp = len != 0 ? code_point(text, len) : 0;

		if (len == 0) {
			len = 1;
			(void)fprintf(to, "\\x%02x", text.ptr[0]);
		} else if ((keep_lines && cp == '\n') || !deceives(cp)) {
			(void)fwrite(text.ptr, 1, len, to);
		} else if (cp < 0x100) {
			(void)fprintf(to, "\\x%02x", (unsigned int)cp);
		} else {
			(void)fprintf(to, "\\u%04x", (unsigned int)cp);
		}
		text.ptr += len;
		text.len -= len;
	}
}

void
cli_put_coloured(struct cli_output *out, const char *text, int width,
    const char *colour)
{
	if (colour != NULL && isatty(fileno(out->to)) == 1 &&
	    getenv("NO_COLOR") == NULL)
		cli_printf(out, "\033[%sm%-*s\033[0m", colour, width, text);
	else
		cli_printf(out, "%-*s", width, text);
}

bool
cli_put_json(struct cli_output *out, const json_t *value,
    struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(ASSAY_MAX_JSON_TEXT);
	bool ok = assay_json_write(value, &text, err);

	if (ok)
		(void)fprintf(out->to, "%s\n", assay_buffer_str(&text));
	assay_buffer_free(&text);
	return ok;
}

bool
cli_put_pretty(struct cli_output *out, const json_t *value,
    struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(ASSAY_MAX_JSON_TEXT);
	bool ok = assay_json_write_pretty(value, &text, err);

	if (ok) {
		cli_put_text(out->to, assay_buffer_bytes(&text), true);
		(void)fputc('\n', out->to);
	}
	assay_buffer_free(&text);
	return ok;
}

static enum cli_exit
answered(struct cli_output *out, bool ok, const struct assay_error *err,
    enum cli_exit status)
{
	if (ok)
		return status;
	(void)fprintf(out->errors, "%s: %s\n", out->path, err->text);
	return CLI_UNDECIDED;
}

enum cli_exit
cli_answer(struct cli_output *out, json_t *object, enum cli_exit status)
{
	struct assay_error err = { ASSAY_ERR_OK, "" };
	bool ok;

	ok = object != NULL ? cli_put_json(out, object, &err) :
	    assay_fail_memory(&err, "answer");
	json_decref(object);
	return answered(out, ok, &err, status);
}

/* A value and what stands before it, on no line of its own. */
static bool
put_part(struct cli_output *out, const char *before, const json_t *value,
    struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(ASSAY_MAX_JSON_TEXT);
	bool ok = value != NULL ? assay_json_write(value, &text, err) :
	    assay_fail_memory(err, "answer");

	if (ok)
		(void)fprintf(out->to, "%s%s", before,
		    assay_buffer_str(&text));
	assay_buffer_free(&text);
	return ok;
}

static bool
put_array(struct cli_output *out, cli_element *element, const void *ctx,
    size_t n, struct assay_error *err)
{
	bool ok = true;

	(void)fputc('[', out->to);
	for (size_t i = 0; i < n && ok; i++) {
		json_t *value = element(ctx, i);

		ok = put_part(out, i == 0 ? "" : ",", value, err);
		json_decref(value);
	}
	(void)fputc(']', out->to);
	return ok;
}

static int
by_name(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

enum cli_exit
cli_answer_array(struct cli_output *out, json_t *rest, const char *name,
    cli_element *element, const void *ctx, size_t n, enum cli_exit status)
{
	struct assay_error err = { ASSAY_ERR_OK, "" };
	const char *names[32] = { name }, *key;
	size_t members = 1;
	json_t *value;
	bool ok;

	if ((ok = rest != NULL && json_object_size(rest) < 32)) {
		json_object_foreach(rest, key, value)
			names[members++] = key;
	} else {
		(void)assay_fail_memory(&err, "answer");
	}
	qsort(names, members, sizeof(names[0]), by_name);
	for (size_t i = 0; i < members && ok; i++) {
		(void)fprintf(out->to, "%s\"%s\":", i == 0 ? "{" : ",",
		    names[i]);
		ok = names[i] == name ? put_array(out, element, ctx, n,
		    &err) : put_part(out, "", json_object_get(rest,
		    names[i]), &err);
	}
	if (ok)
		(void)fputs("}\n", out->to);
	json_decref(rest);
	return answered(out, ok, &err, status);
}

json_t *
cli_json_text(const char *text)
{
	struct assay_buffer safe = assay_buffer(ASSAY_MAX_JSON_TEXT);
	struct assay_bytes in = assay_bytes_of(text);
	json_t *value;
	size_t len;

	while (in.len != 0) {
		if ((len = assay_utf8_length(in)) != 0) {
			(void)assay_buffer_put(&safe,
			    (struct assay_bytes){ in.ptr, len });
		} else {
			len = 1;
			(void)assay_buffer_printf(&safe, "\\x%02x", *in.ptr);
		}
		in.ptr += len;
		in.len -= len;
	}
	value = safe.failed ? NULL : json_string(assay_buffer_str(&safe));
	assay_buffer_free(&safe);
	return value;
}

bool
cli_set_text(json_t *object, const char *name, const char *text)
{
	return text == NULL ||
	    json_object_set_new(object, name, cli_json_text(text)) == 0;
}

enum cli_exit
cli_usage(struct cli_output *out, const char *fmt, ...)
{
	struct assay_error err = { ASSAY_ERR_USAGE, "" };
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(err.text, sizeof(err.text), fmt, ap);
	va_end(ap);
	return cli_fail(out, &err);
}

static enum cli_exit
usage_error(struct cli_output *out, const struct assay_error *err)
{
	(void)fprintf(out->errors, "%s: ", out->path);
	cli_put_text(out->errors, assay_bytes_of(err->text), false);
	(void)fprintf(out->errors, "\nTry \"%s --help\".\n", out->path);
	return CLI_USAGE;
}

enum cli_exit
cli_exit_of(const struct assay_error *err)
{
	if (err->code == ASSAY_ERR_USAGE)
		return CLI_USAGE;
	switch (assay_code_class(err->code)) {
	case ASSAY_CLASS_MALFORMED:
	case ASSAY_CLASS_REJECTED:
		return CLI_NO;
	case ASSAY_CLASS_OK:	/* a failure without a reason is ours */
	case ASSAY_CLASS_UNAVAILABLE:
	case ASSAY_CLASS_INTERNAL:
		return CLI_UNDECIDED;
	}
	return CLI_UNDECIDED;
}

const char *
cli_verdict_name(enum cli_exit status)
{
	switch (status) {
	case CLI_YES:
		return "accept";
	case CLI_NO:
		return "reject";
	case CLI_USAGE:
	case CLI_UNDECIDED:
		return "undecided";
	}
	return "undecided";
}

static enum cli_exit
report(struct cli_output *out, const struct assay_error *err,
    enum cli_exit status)
{
	json_t *object;

	(void)fprintf(out->errors, "%s: ", out->path);
	cli_put_text(out->errors, assay_bytes_of(err->text), false);
	(void)fprintf(out->errors, " [%s]\n", assay_code_name(err->code));
	if (!out->json)
		return status;
	object = json_pack("{s:s, s:o, s:s}", "code",
	    assay_code_name(err->code), "reason", cli_json_text(err->text),
	    "verdict", cli_verdict_name(status));
	return cli_answer(out, object, status);
}

enum cli_exit
cli_fail(struct cli_output *out, const struct assay_error *err)
{
	if (err->code == ASSAY_ERR_USAGE)
		return usage_error(out, err);
	return report(out, err, cli_exit_of(err));
}

enum cli_exit
cli_hindered(struct cli_output *out, const struct assay_error *err)
{
	if (err->code == ASSAY_ERR_USAGE)
		return usage_error(out, err);
	return report(out, err, CLI_UNDECIDED);
}
