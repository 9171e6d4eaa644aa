/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON (RFC 8259), strict in, sorted out. jansson's json_t is the value; text
 * becomes a value only here and leaves only here.
 *
 * In: one value, UTF-8 without BOM; no duplicate member names, no lone
 * surrogates, no NUL (raw or \u0000) in any string or name, nothing behind
 * the value but white space, depth at most ASSAY_MAX_DEPTH, size as given.
 * Integers must fit 64 bits signed. Reals must be finite; one too small for
 * a double is zero.
 */
#ifndef ASSAY_JSON_JSON_H
#define ASSAY_JSON_JSON_H

#include <jansson.h>

#include "base/buffer.h"

struct assay_json_options {
	size_t	max_bytes;	/* 0: ASSAY_MAX_JSON_TEXT */
	size_t	max_depth;	/* 0: ASSAY_MAX_DEPTH */
	/*
	 * Integers outside int64_t become strings of their digits instead of
	 * an error: a nonce may be any number up to 2^64-1 (api.md 3).
	 */
	bool	big_integers_as_text;
};

/*
 * A new reference, NULL on failure. JSON_SYNTAX, JSON_DUPLICATE_MEMBER,
 * LIMIT_EXCEEDED (size, depth, members, numbers out of range), naming line,
 * column and offset. opt NULL: defaults.
 */
ASSAY_MUST_USE json_t *assay_json_parse(struct assay_bytes text,
    const struct assay_json_options *opt, struct assay_error *err);

/* Where a member stands, as names of members with '/' between, and, after
 * parsing, the exact bytes of its value, borrowed; ptr NULL: there is none. */
struct assay_json_span {
	const char		*path;	/* "att_data/report_signed" */
	struct assay_bytes	 text;
};
/*
 * The same, and in the same pass the bytes of n members. Names with '/' in
 * them and elements of arrays have no path.
 */
ASSAY_MUST_USE json_t *assay_json_parse_paths(struct assay_bytes text,
    const struct assay_json_options *opt, struct assay_json_span *spans,
    size_t n, struct assay_error *err);

/*
 * The same for one member at the top, which may have any name without '/':
 * ptr is NULL if there is none. Borrowed from text.
 */
ASSAY_MUST_USE json_t *assay_json_parse_spans(struct assay_bytes text,
    const struct assay_json_options *opt, const char *name,
    struct assay_bytes *span, struct assay_error *err);

/*
 * The exact bytes of the value of the top-level member, as they stand in an
 * object text that assay_json_parse() accepts: what a signature over "the
 * JSON as served" covers. JSON_MISSING_MEMBER if there is none.
 */
ASSAY_MUST_USE bool assay_json_member_text(struct assay_bytes object,
    const char *name, struct assay_bytes *out, struct assay_error *err);

/*
 * Append compact text, members sorted by code point at every level, no
 * escapes that JSON does not demand.
 */
ASSAY_MUST_USE bool assay_json_write(const json_t *value,
    struct assay_buffer *out, struct assay_error *err);
/* The same, indented for people. */
ASSAY_MUST_USE bool assay_json_write_pretty(const json_t *value,
    struct assay_buffer *out, struct assay_error *err);

/*
 * Append one string with its quotes, for texts that are written without a
 * value. BAD_ENCODING for what is not UTF-8.
 */
ASSAY_MUST_USE bool assay_json_write_string(struct assay_bytes text,
    struct assay_buffer *out, struct assay_error *err);

/* The bytes of a string, borrowed from it; none of anything else. */
struct assay_bytes assay_json_string(const json_t *value);

/*
 * Borrowed members with their types checked. JSON_MISSING_MEMBER, JSON_TYPE
 * (also for null), BAD_FIELD (integer out of range), LIMIT_EXCEEDED.
 */
ASSAY_MUST_USE bool assay_json_get_string(const json_t *object,
    const char *name, struct assay_bytes *out, struct assay_error *err);
ASSAY_MUST_USE bool assay_json_get_int(const json_t *object, const char *name,
    int64_t min, int64_t max, int64_t *out, struct assay_error *err);
ASSAY_MUST_USE bool assay_json_get_bool(const json_t *object,
    const char *name, bool *out, struct assay_error *err);
ASSAY_MUST_USE bool assay_json_get_object(const json_t *object,
    const char *name, json_t **out, struct assay_error *err);
ASSAY_MUST_USE bool assay_json_get_array(const json_t *object,
    const char *name, size_t max, json_t **out, struct assay_error *err);
/*
 * Member by name without regard to ASCII case; NULL if absent or null, and
 * if the object has the name in two spellings, which sets *ambiguous.
 */
json_t *assay_json_get_nocase(const json_t *object, const char *name,
    bool *ambiguous);

#endif
