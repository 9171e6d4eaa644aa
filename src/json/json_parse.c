/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One recursive descent over the text, one function per rule of RFC 8259,
 * which builds the value and finds spans in the same pass: what a signature
 * was verified over and what is used cannot differ.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "json/json.h"
#include "json/json_real.h"

struct parser {
	const uint8_t		*start;
	const uint8_t		*pos;
	const uint8_t		*end;
	size_t			 depth;		/* containers open now */
	size_t			 max_depth;
	size_t			 members;	/* and elements, so far */
	bool			 big_as_text;
	/* A stack of decoded text: names of the objects that are open, and
	 * above them the string that is being read. */
	struct assay_buffer	 scratch;
	struct assay_json_span	*spans;		/* of watched members */
	size_t			 n_spans;
	struct assay_error	*err;
};

static json_t *parse_value(struct parser *p);

/* Lines and columns count from 1, columns in characters. */
static bool
fail_at(struct parser *p, const uint8_t *at, enum assay_code code,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static bool
fail_at(struct parser *p, const uint8_t *at, enum assay_code code,
    const char *fmt, ...)
{
	char what[ASSAY_ERROR_TEXT_MAX / 2];
	size_t line = 1, column = 1;
	va_list ap;

	for (const uint8_t *c = p->start; c < at; c++) {
		if (*c == '\n') {
			line++;
			column = 1;
		} else if ((*c & 0xc0) != 0x80) {
			column++;
		}
	}
	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return assay_fail(p->err, code,
	    "JSON line %zu, column %zu (offset %zu): %s", line, column,
	    (size_t)(at - p->start), what);
}

static bool
expected(struct parser *p, const char *want)
{
	uint8_t c;

	if (p->pos == p->end)
		return fail_at(p, p->pos, ASSAY_ERR_JSON_SYNTAX,
		    "text ends, want %s", want);
	c = *p->pos;
	if (c > 0x20 && c < 0x7f)
		return fail_at(p, p->pos, ASSAY_ERR_JSON_SYNTAX,
		    "found '%c', want %s", c, want);
	return fail_at(p, p->pos, ASSAY_ERR_JSON_SYNTAX,
	    "found byte 0x%02x, want %s", c, want);
}

static void
out_of_memory(struct parser *p)
{
	(void)assay_fail_memory(p->err, "JSON");
}

/* ws = *( space / tab / line feed / carriage return ) */
static void
skip_space(struct parser *p)
{
	while (p->pos < p->end && (*p->pos == ' ' || *p->pos == '\t' ||
	    *p->pos == '\n' || *p->pos == '\r'))
		p->pos++;
}

static bool
at_byte(const struct parser *p, uint8_t c)
{
	return p->pos < p->end && *p->pos == c;
}

static bool
take_byte(struct parser *p, uint8_t c)
{
	if (!at_byte(p, c))
		return false;
	p->pos++;
	return true;
}

/* ---- strings ---------------------------------------------------------- */

/* The four digits of "\uXXXX", whose u was taken. */
static bool
parse_hex4(struct parser *p, uint32_t *out)
{
	uint32_t v = 0;

	for (int i = 0; i < 4; i++, p->pos++) {
		uint8_t c = p->pos < p->end ? *p->pos : 0;

		if (c >= '0' && c <= '9')
			v = v << 4 | (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (uint32_t)(c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			v = v << 4 | (uint32_t)(c - 'A' + 10);
		else
			return expected(p, "four hex digits behind \\u");
	}
	*out = v;
	return true;
}

/* UTF-16 code units: a high surrogate needs a low one right behind it. */
static bool
parse_code_point(struct parser *p, uint32_t *out)
{
	const uint8_t *at = p->pos - 2;
	uint32_t high, low;

	if (!parse_hex4(p, &high))
		return false;
	*out = high;
	if (high == 0)
		return fail_at(p, at, ASSAY_ERR_JSON_SYNTAX,
		    "\\u0000 is not allowed in a string");
	if (high < 0xd800 || high > 0xdfff)
		return true;
	if (high < 0xdc00 && p->end - p->pos >= 6 && p->pos[0] == '\\' &&
	    p->pos[1] == 'u') {
		p->pos += 2;
		if (!parse_hex4(p, &low))
			return false;
		if (low >= 0xdc00 && low <= 0xdfff) {
			*out = 0x10000 + ((high - 0xd800) << 10) +
			    (low - 0xdc00);
			return true;
		}
	}
	return fail_at(p, at, ASSAY_ERR_JSON_SYNTAX,
	    "\\u%04x is one half of a surrogate pair", high);
}

static void
put_code_point(struct assay_buffer *out, uint32_t c)
{
	if (c < 0x80) {
		(void)assay_buffer_putc(out, (uint8_t)c);
	} else if (c < 0x800) {
		(void)assay_buffer_putc(out, (uint8_t)(0xc0 | c >> 6));
		(void)assay_buffer_putc(out, (uint8_t)(0x80 | (c & 63)));
	} else if (c < 0x10000) {
		(void)assay_buffer_putc(out, (uint8_t)(0xe0 | c >> 12));
		(void)assay_buffer_putc(out, (uint8_t)(0x80 | (c >> 6 & 63)));
		(void)assay_buffer_putc(out, (uint8_t)(0x80 | (c & 63)));
	} else {
		(void)assay_buffer_putc(out, (uint8_t)(0xf0 | c >> 18));
		(void)assay_buffer_putc(out, (uint8_t)(0x80 | (c >> 12 & 63)));
		(void)assay_buffer_putc(out, (uint8_t)(0x80 | (c >> 6 & 63)));
		(void)assay_buffer_putc(out, (uint8_t)(0x80 | (c & 63)));
	}
}

static bool
parse_escape(struct parser *p)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	const char *hit;
	uint32_t c;

	if (take_byte(p, 'u')) {
		if (!parse_code_point(p, &c))
			return false;
		put_code_point(&p->scratch, c);
		return true;
	}
	if (p->pos == p->end || *p->pos == '\0' ||
	    (hit = strchr(from, *p->pos)) == NULL)
		return expected(p, "one of \"\\/bfnrtu behind \\");
	(void)assay_buffer_putc(&p->scratch, (uint8_t)to[hit - from]);
	p->pos++;
	return true;
}

/* The bytes up to the next quote or backslash, checked. */
static bool
parse_plain(struct parser *p)
{
	const uint8_t *from = p->pos;
	size_t n;

	while (p->pos < p->end && *p->pos != '"' && *p->pos != '\\') {
		if (*p->pos < 0x20)
			return expected(p, "control characters escaped");
		if (*p->pos < 0x80) {
			p->pos++;
			continue;
		}
		n = assay_utf8_length((struct assay_bytes){ p->pos,
		    (size_t)(p->end - p->pos) });
		if (n == 0)
			return expected(p, "UTF-8 (RFC 3629)");
		p->pos += n;
	}
	(void)assay_buffer_put(&p->scratch,
	    (struct assay_bytes){ from, (size_t)(p->pos - from) });
	return true;
}

/* Pushes the decoded string on the scratch stack. */
static bool
parse_string(struct parser *p)
{
	if (!take_byte(p, '"'))
		return expected(p, "'\"'");
	for (;;) {
		if (!parse_plain(p))
			return false;
		if (take_byte(p, '"'))
			break;
		if (!take_byte(p, '\\'))
			return expected(p, "'\"' at the end of the string");
		if (!parse_escape(p))
			return false;
	}
	return assay_buffer_ok(&p->scratch, "JSON string", p->err);
}

static json_t *
parse_string_value(struct parser *p)
{
	size_t mark = p->scratch.len;
	json_t *out = NULL;

	if (!parse_string(p))
		return NULL;
	/* An empty scratch has no memory to point into. */
	out = p->scratch.len == mark ? json_string_nocheck("") :
	    json_stringn_nocheck((const char *)p->scratch.ptr + mark,
	    p->scratch.len - mark);
	if (out == NULL)
		out_of_memory(p);
	p->scratch.len = mark;
	return out;
}

/* ---- numbers and literals --------------------------------------------- */

static size_t
skip_digits(struct parser *p)
{
	const uint8_t *from = p->pos;

	while (p->pos < p->end && *p->pos >= '0' && *p->pos <= '9')
		p->pos++;
	return (size_t)(p->pos - from);
}

/* number = [ "-" ] int [ frac ] [ exp ] */
static bool
scan_number(struct parser *p, bool *is_real)
{
	*is_real = false;
	(void)take_byte(p, '-');
	if (!take_byte(p, '0') && skip_digits(p) == 0)
		return expected(p, "a digit");
	if (take_byte(p, '.')) {
		*is_real = true;
		if (skip_digits(p) == 0)
			return expected(p, "a digit behind the point");
	}
	if (take_byte(p, 'e') || take_byte(p, 'E')) {
		*is_real = true;
		if (!take_byte(p, '+'))
			(void)take_byte(p, '-');
		if (skip_digits(p) == 0)
			return expected(p, "a digit of the exponent");
	}
	return true;
}

static json_t *
make_real(struct parser *p, struct assay_bytes token)
{
	char text[ASSAY_MAX_JSON_NUMBER + 1];
	json_t *out;
	double v;

	memcpy(text, token.ptr, token.len);
	text[token.len] = '\0';
	if (!assay_json_real_parse(text, &v)) {
		(void)fail_at(p, token.ptr, ASSAY_ERR_LIMIT_EXCEEDED,
		    "number is too large for a double");
		return NULL;
	}
	if ((out = json_real(v)) == NULL)
		out_of_memory(p);
	return out;
}

static json_t *
make_integer(struct parser *p, struct assay_bytes token)
{
	json_t *out;
	int64_t v;

	if (assay_text_i64(token, &v)) {
		out = json_integer(v);
	} else if (p->big_as_text) {
		out = json_stringn_nocheck((const char *)token.ptr,
		    token.len);
	} else {
		(void)fail_at(p, token.ptr, ASSAY_ERR_LIMIT_EXCEEDED,
		    "integer does not fit 64 bits signed");
		return NULL;
	}
	if (out == NULL)
		out_of_memory(p);
	return out;
}

static json_t *
parse_number(struct parser *p)
{
	struct assay_bytes token = { p->pos, 0 };
	bool is_real;

	if (!scan_number(p, &is_real))
		return NULL;
	token.len = (size_t)(p->pos - token.ptr);
	if (token.len > ASSAY_MAX_JSON_NUMBER) {
		(void)fail_at(p, token.ptr, ASSAY_ERR_LIMIT_EXCEEDED,
		    "number of %zu characters, at most %u", token.len,
		    ASSAY_MAX_JSON_NUMBER);
		return NULL;
	}
	return is_real ? make_real(p, token) : make_integer(p, token);
}

static bool
take_word(struct parser *p, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(p->end - p->pos) < n || memcmp(p->pos, word, n) != 0)
		return false;
	p->pos += n;
	return true;
}

static json_t *
parse_literal(struct parser *p)
{
	if (take_word(p, "true"))
		return json_true();
	if (take_word(p, "false"))
		return json_false();
	if (take_word(p, "null"))
		return json_null();
	(void)expected(p, "a JSON value");
	return NULL;
}

/* ---- containers ------------------------------------------------------- */

static bool
enter(struct parser *p)
{
	if (p->depth == p->max_depth)
		return fail_at(p, p->pos, ASSAY_ERR_LIMIT_EXCEEDED,
		    "nested deeper than %zu", p->max_depth);
	p->depth++;
	p->pos++;	/* the bracket */
	skip_space(p);
	return true;
}

static void
leave(struct parser *p)
{
	p->depth--;
}

static bool
count_member(struct parser *p)
{
	if (++p->members <= ASSAY_MAX_JSON_MEMBERS)
		return true;
	return fail_at(p, p->pos, ASSAY_ERR_LIMIT_EXCEEDED,
	    "more than %u members and elements", ASSAY_MAX_JSON_MEMBERS);
}

/* Behind an element: another one (*more), or the bracket, which is taken. */
static bool
parse_separator(struct parser *p, uint8_t close, bool *more)
{
	skip_space(p);
	*more = take_byte(p, ',');
	if (*more) {
		skip_space(p);
		return true;
	}
	if (take_byte(p, close))
		return true;
	return expected(p, close == ']' ? "',' or ']'" : "',' or '}'");
}

static const char *
name_at(const struct parser *p, size_t mark)
{
	return (const char *)p->scratch.ptr + mark;
}

/* Pushes the name, with a NUL, on the scratch stack. */
static bool
parse_name(struct parser *p, const json_t *object, size_t mark)
{
	const uint8_t *at = p->pos;

	if (!parse_string(p))
		return false;
	(void)assay_buffer_putc(&p->scratch, '\0');
	if (!assay_buffer_ok(&p->scratch, "JSON name", p->err))
		return false;
	if (json_object_get(object, name_at(p, mark)) != NULL)
		return fail_at(p, at, ASSAY_ERR_JSON_DUPLICATE_MEMBER,
		    "member \"%.64s\" stands twice in one object",
		    name_at(p, mark));
	skip_space(p);
	if (!take_byte(p, ':'))
		return expected(p, "':'");
	skip_space(p);
	return true;
}

/*
 * Does the path lead to the member that was just parsed? The names of all
 * open members lie on the scratch stack, each with its NUL; elements of arrays
 * add depth but no name, so that a path never leads into one.
 */
static bool
is_path(const struct parser *p, const char *path)
{
	size_t at = 0, names = 0, n;

	for (const char *end; path != NULL; path = end) {
		end = strchr(path, '/');
		n = end != NULL ? (size_t)(end++ - path) : strlen(path);
		if (n >= p->scratch.len - at || name_at(p, at)[n] != '\0' ||
		    memcmp(name_at(p, at), path, n) != 0)
			return false;
		at += n + 1;
		names++;
	}
	return at == p->scratch.len && names == p->depth;
}

static void
note_span(struct parser *p, struct assay_bytes text)
{
	for (size_t i = 0; i < p->n_spans; i++)
		if (is_path(p, p->spans[i].path))
			p->spans[i].text = text;
}

/* member = string ":" value */
static bool
parse_member(struct parser *p, json_t *object)
{
	size_t mark = p->scratch.len;
	struct assay_bytes span;
	json_t *value;

	if (!count_member(p) || !parse_name(p, object, mark))
		return false;
	span.ptr = p->pos;
	if ((value = parse_value(p)) == NULL)
		return false;
	span.len = (size_t)(p->pos - span.ptr);
	note_span(p, span);
	if (json_object_set_new_nocheck(object, name_at(p, mark),
	    value) != 0) {
		out_of_memory(p);
		return false;
	}
	p->scratch.len = mark;
	return true;
}

static json_t *
parse_object(struct parser *p)
{
	json_t *out = NULL;
	bool more = true;

	if (!enter(p))
		return NULL;
	if ((out = json_object()) == NULL) {
		out_of_memory(p);
		return NULL;
	}
	if (take_byte(p, '}'))
		more = false;
	while (more)
		if (!parse_member(p, out) ||
		    !parse_separator(p, '}', &more)) {
			json_decref(out);
			return NULL;
		}
	leave(p);
	return out;
}

static bool
parse_element(struct parser *p, json_t *array)
{
	json_t *value;

	if (!count_member(p) || (value = parse_value(p)) == NULL)
		return false;
	if (json_array_append_new(array, value) == 0)
		return true;
	out_of_memory(p);
	return false;
}

static json_t *
parse_array(struct parser *p)
{
	json_t *out = NULL;
	bool more = true;

	if (!enter(p))
		return NULL;
	if ((out = json_array()) == NULL) {
		out_of_memory(p);
		return NULL;
	}
	if (take_byte(p, ']'))
		more = false;
	while (more)
		if (!parse_element(p, out) ||
		    !parse_separator(p, ']', &more)) {
			json_decref(out);
			return NULL;
		}
	leave(p);
	return out;
}

static json_t *
parse_value(struct parser *p)
{
	if (at_byte(p, '{'))
		return parse_object(p);
	if (at_byte(p, '['))
		return parse_array(p);
	if (at_byte(p, '"'))
		return parse_string_value(p);
	if (at_byte(p, '-') ||
	    (p->pos < p->end && *p->pos >= '0' && *p->pos <= '9'))
		return parse_number(p);
	return parse_literal(p);
}

/* JSON-text = ws value ws */
static json_t *
parse_text(struct parser *p)
{
	json_t *out;

	/* RFC 8259 section 8.1 lets a parser ignore a BOM; ours does not. */
	if (take_word(p, "\xef\xbb\xbf")) {
		(void)fail_at(p, p->start, ASSAY_ERR_JSON_SYNTAX,
		    "byte order mark, want none");
		return NULL;
	}
	skip_space(p);
	if ((out = parse_value(p)) == NULL)
		return NULL;
	skip_space(p);
	if (p->pos == p->end)
		return out;
	(void)expected(p, "nothing behind the value");
	json_decref(out);
	return NULL;
}

json_t *
assay_json_parse_paths(struct assay_bytes text,
    const struct assay_json_options *opt, struct assay_json_span *spans,
    size_t n, struct assay_error *err)
{
	static const uint8_t nothing[1];
	const struct assay_json_options defaults = { 0 };
	struct parser p = { .spans = spans, .n_spans = n, .err = err };
	size_t max_bytes;
	json_t *out;

	for (size_t i = 0; i < n; i++)
		spans[i].text = (struct assay_bytes){ NULL, 0 };
	if (opt == NULL)
		opt = &defaults;
	max_bytes = opt->max_bytes != 0 ? opt->max_bytes : ASSAY_MAX_JSON_TEXT;
	if (text.len > max_bytes) {
		(void)assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "JSON of %zu bytes, at most %zu", text.len, max_bytes);
		return NULL;
	}
	p.start = p.pos = text.len != 0 ? text.ptr : nothing;
	p.end = p.start + text.len;
	p.max_depth = opt->max_depth != 0 ? opt->max_depth : ASSAY_MAX_DEPTH;
	p.big_as_text = opt->big_integers_as_text;
	/* Decoded text is never longer; one NUL for each open name. */
	p.scratch = assay_buffer(text.len + p.max_depth);
	out = parse_text(&p);
	assay_buffer_free(&p.scratch);
	return out;
}

json_t *
assay_json_parse_spans(struct assay_bytes text,
    const struct assay_json_options *opt, const char *name,
    struct assay_bytes *span, struct assay_error *err)
{
	struct assay_json_span watched = { .path = name };
	json_t *out = assay_json_parse_paths(text, opt, &watched, 1, err);

	if (out != NULL)
		*span = watched.text;
	return out;
}

json_t *
assay_json_parse(struct assay_bytes text,
    const struct assay_json_options *opt, struct assay_error *err)
{
	return assay_json_parse_paths(text, opt, NULL, 0, err);
}

bool
assay_json_member_text(struct assay_bytes object, const char *name,
    struct assay_bytes *out, struct assay_error *err)
{
	struct assay_bytes span = { NULL, 0 };
	json_t *value;

	if ((value = assay_json_parse_spans(object, NULL, name, &span,
	    err)) == NULL)
		return false;
	json_decref(value);
	if (span.ptr == NULL)
		return assay_fail(err, ASSAY_ERR_JSON_MISSING_MEMBER,
		    "JSON has no member \"%s\" at its top", name);
	*out = span;
	return true;
}
