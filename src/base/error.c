/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <assay/error.h>

#undef assay_fail
#undef assay_fail_in
#undef assay_fail_memory

bool
assay_fail(struct assay_error *err, enum assay_code code, const char *fmt, ...)
{
	va_list ap;

	err->code = code;
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return false;
}

bool
assay_fail_in(struct assay_error *err, const char *what)
{
	char text[sizeof(err->text)];
	size_t used = 0;
	int n;

	/* Too long a trail loses its tail, never its head. */
	n = snprintf(text, sizeof(text), "%s: ", what);
	if (n > 0)
		used = (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1;
	(void)snprintf(text + used, sizeof(text) - used, "%s", err->text);
	memcpy(err->text, text, sizeof(text));
	return false;
}

bool
assay_fail_memory(struct assay_error *err, const char *what)
{
	return assay_fail(err, ASSAY_ERR_NO_MEMORY, "%s: out of memory", what);
}

enum assay_class
assay_code_class(enum assay_code code)
{
	switch (code) {	/* no default: the compiler reports a missing row */
#define X(name, class, text) case ASSAY_ERR_##name: return ASSAY_CLASS_##class;
	ASSAY_ERRORS(X)
#undef X
	}
	return ASSAY_CLASS_INTERNAL;
}

const char *
assay_code_name(enum assay_code code)
{
	switch (code) {
#define X(name, class, text) case ASSAY_ERR_##name: return #name;
	ASSAY_ERRORS(X)
#undef X
	}
	return "UNKNOWN";
}

const char *
assay_code_text(enum assay_code code)
{
	switch (code) {
#define X(name, class, text) case ASSAY_ERR_##name: return text;
	ASSAY_ERRORS(X)
#undef X
	}
	return "unknown error";
}

const char *
assay_class_name(enum assay_class cls)
{
	switch (cls) {
	case ASSAY_CLASS_OK:
		return "ok";
	case ASSAY_CLASS_MALFORMED:
		return "malformed";
	case ASSAY_CLASS_REJECTED:
		return "rejected";
	case ASSAY_CLASS_UNAVAILABLE:
		return "unavailable";
	case ASSAY_CLASS_INTERNAL:
		return "internal";
	}
	return "internal";
}
