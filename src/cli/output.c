/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>

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
cli_verdict_of(const struct assay_error *err)
{
	return cli_exit_of(err) == CLI_NO ? "reject" : "undecided";
}

enum cli_exit
cli_fail(struct cli_output *out, const struct assay_error *err)
{
	if (err->code == ASSAY_ERR_USAGE)
		return usage_error(out, err);
	(void)fprintf(out->errors, "%s: ", out->path);
	cli_put_text(out->errors, assay_bytes_of(err->text), false);
	(void)fprintf(out->errors, " [%s]\n", assay_code_name(err->code));
	return cli_exit_of(err);
}
