/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What went wrong, for two readers: a program (code, class) and a person
 * (text). The caller owns the struct; the first function to fail fills it in
 * and callers on the way up only add where they were.
 */
#ifndef ASSAY_ERROR_H
#define ASSAY_ERROR_H

#include <assay/bytes.h>
#include <assay/error_list.h>

/*
 * What the caller can do about it. A service maps a class, never a code, to
 * an HTTP status. "Rejected" is an answer, "unavailable" is "could not
 * decide", "internal" is an apology: the three are never mixed.
 */
enum assay_class {
	ASSAY_CLASS_OK,
	ASSAY_CLASS_MALFORMED,	 /* the sender's bytes are not what they claim */
	ASSAY_CLASS_REJECTED,	 /* well formed, and not to be trusted */
	ASSAY_CLASS_UNAVAILABLE, /* cannot be decided now: something is missing */
	ASSAY_CLASS_INTERNAL,	 /* our fault */
};

enum assay_code {
#define X(name, class, text) ASSAY_ERR_##name,
	ASSAY_ERRORS(X)
#undef X
};

#define ASSAY_ERROR_TEXT_MAX 512

struct assay_error {
	enum assay_code	code;
	char		text[ASSAY_ERROR_TEXT_MAX];
};

/*
 * Record a failure and return false, so that a check reads as one statement:
 *
 *	if (version != 3)
 *		return assay_fail(err, ASSAY_ERR_UNSUPPORTED_QUOTE_FORMAT,
 *		    "quote version is %u, want 3 or 4", version);
 *
 * The text says what was found, what was wanted, and where.
 */
ASSAY_API bool assay_fail(struct assay_error *err, enum assay_code code,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Prefix "what: " to the text of a failure passing through; returns false. */
ASSAY_API bool assay_fail_in(struct assay_error *err, const char *what);

/* Out of memory while making "what"; returns false. */
ASSAY_API bool assay_fail_memory(struct assay_error *err, const char *what);

/*
 * The static analyzer sees one file at a time; without this it follows paths
 * on which a recorded failure returns true.
 */
#ifdef __clang_analyzer__
#define assay_fail(...)		((void)(assay_fail)(__VA_ARGS__), false)
#define assay_fail_in(...)	((void)(assay_fail_in)(__VA_ARGS__), false)
#define assay_fail_memory(...)	((void)(assay_fail_memory)(__VA_ARGS__), false)
#endif

ASSAY_API enum assay_class assay_code_class(enum assay_code code);
/* "INVALID_QUOTE_SIGNATURE"; never NULL, static. */
ASSAY_API const char *assay_code_name(enum assay_code code);
/* One phrase for manuals and metrics; never NULL, static. */
ASSAY_API const char *assay_code_text(enum assay_code code);
/* "malformed", "rejected", ...; never NULL, static. */
ASSAY_API const char *assay_class_name(enum assay_class cls);

#endif
