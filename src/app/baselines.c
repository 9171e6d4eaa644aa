/* SPDX-License-Identifier: Apache-2.0 */
#include "app/baselines.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/baseline_text.h"
#include "app/file.h"
#include "base/arena.h"
#include "base/encode.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/when.h"

struct key;
struct reading;
typedef bool set_fn(struct reading *r, const struct key *key,
    struct assay_bytes value, struct assay_error *err);

static set_fn set_accept, set_grace_tcb, set_date, set_number,
    set_collateral_grace, set_advisories, set_identifiers;

static const struct key {
	const char	*name;
	set_fn		*set;
	size_t		 at;		/* offset in struct assay_baseline */
	size_t		 bytes;		/* of an identifier */
	bool		 adds;		/* may be repeated */
} keys[] = {
#define AT(member) offsetof(struct assay_baseline, member)
	{ "accept-tcb", set_accept, 0, 0, false },
	{ "grace-tcb", set_grace_tcb, 0, 0, false },
	{ "grace-until", set_date, AT(until), 0, false },
	{ "min-tcb-date", set_date, AT(min_tcb_date), 0, false },
	{ "accept-advisory", set_advisories, AT(advisories), 0, true },
	{ "tcb-evaluation-number", set_number,
	    AT(tcb_evaluation_data_number), 0, false },
	{ "collateral-grace", set_collateral_grace, 0, 0, false },
	{ "allow-fmspc", set_identifiers,
	    AT(allowed[ASSAY_BASELINE_FMSPC]), 6, true },
	{ "deny-fmspc", set_identifiers,
	    AT(denied[ASSAY_BASELINE_FMSPC]), 6, true },
	{ "allow-ppid", set_identifiers,
	    AT(allowed[ASSAY_BASELINE_PPID]), 16, true },
	{ "deny-ppid", set_identifiers,
	    AT(denied[ASSAY_BASELINE_PPID]), 16, true },
	{ "allow-cpu-svn", set_identifiers,
	    AT(allowed[ASSAY_BASELINE_CPU_SVN]), 16, true },
	{ "deny-cpu-svn", set_identifiers,
	    AT(denied[ASSAY_BASELINE_CPU_SVN]), 16, true },
#undef AT
};
#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

/* A file on its way. */
struct reading {
	struct assay_baselines		*out;
	const struct assay_baseline	*base;
	struct assay_baseline		*section;	/* NULL: none yet */
	bool				 has_default;
	unsigned int			 line;
	unsigned int			 given[N_KEYS];	/* line in section */
};

/* ---- values ---------------------------------------------------------------- */

static void *
member(const struct reading *r, const struct key *key)
{
	return (char *)r->section + key->at;
}

static bool
set_accept(struct reading *r, const struct key *key, struct assay_bytes value,
    struct assay_error *err)
{
	(void)key;
	return assay_baseline_parse_statuses(value, &r->section->accepted,
	    err);
}

static bool
set_grace_tcb(struct reading *r, const struct key *key,
    struct assay_bytes value, struct assay_error *err)
{
	(void)key;
	return assay_baseline_parse_statuses(value,
	    &r->section->accepted_until, err);
}

/* A date alone is its first second, in UTC. */
static bool
set_date(struct reading *r, const struct key *key, struct assay_bytes value,
    struct assay_error *err)
{
	char text[ASSAY_WHEN_TEXT], shown[ASSAY_TEXT_SHOW];
	struct assay_error ignored;
	int64_t when;

	(void)snprintf(text, sizeof(text), "%.*s%s",
	    value.len > 24 ? 24 : (int)value.len, (const char *)value.ptr,
	    value.len == strlen("2027-01-31") ? "T00:00:00Z" : "");
	if (!assay_when_parse(assay_bytes_of(text), &when, &ignored) ||
	    when <= 0)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "\"%s\" is no date, want 2027-01-31 or "
		    "2027-01-31T00:00:00Z", assay_text_show(value, shown));
	*(int64_t *)member(r, key) = when;
	return true;
}

static bool
set_number(struct reading *r, const struct key *key, struct assay_bytes value,
    struct assay_error *err)
{
	char shown[ASSAY_TEXT_SHOW];
	uint64_t n;

	if (!assay_text_u64(value, &n) || n == 0 || n > UINT32_MAX)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "\"%s\" is no tcbEvaluationDataNumber",
		    assay_text_show(value, shown));
	*(uint32_t *)member(r, key) = (uint32_t)n;
	return true;
}

static bool
set_collateral_grace(struct reading *r, const struct key *key,
    struct assay_bytes value, struct assay_error *err)
{
	char text[128];

	(void)key;
	if (value.len >= sizeof(text))
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "collateral-grace is longer than %zu bytes",
		    sizeof(text) - 1);
	memcpy(text, value.ptr, value.len);
	text[value.len] = '\0';
	return assay_baseline_parse_grace(text, r->section, err);
}

/* ---- lists ------------------------------------------------------------------- */

static bool
add_value(struct reading *r, struct assay_baseline_values *list,
    struct assay_bytes value, struct assay_error *err)
{
	struct assay_bytes *values, copy;

	if (list->n == ASSAY_MAX_BASELINE_VALUES)
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "more than %u values", ASSAY_MAX_BASELINE_VALUES);
	/* Full at each power of two. */
	if ((list->n & (list->n - 1)) == 0) {
		values = assay_arena_alloc(r->out->arena,
		    list->n == 0 ? 1 : 2 * list->n, sizeof(*values));
		if (values == NULL)
			return assay_fail_memory(err, "baselines");
		if (list->n != 0)
			memcpy(values, list->values,
			    list->n * sizeof(*values));
		list->values = values;
	}
	copy = assay_arena_dup(r->out->arena, value);
	if (copy.ptr == NULL)
		return assay_fail_memory(err, "baselines");
	values = (struct assay_bytes *)(uintptr_t)list->values;
	values[list->n++] = copy;
	return true;
}

static bool
add_identifier(struct reading *r, const struct key *key,
    struct assay_bytes text, struct assay_error *err)
{
	struct assay_buffer value = assay_buffer(64);
	char shown[ASSAY_TEXT_SHOW];
	bool ok;

	if (!assay_hex_decode(text, &value, err) || value.len != key->bytes)
		ok = assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "\"%s\" is not %zu bytes in hex",
		    assay_text_show(text, shown), key->bytes);
	else
		ok = add_value(r, member(r, key), assay_buffer_bytes(&value),
		    err);
	assay_buffer_free(&value);
	return ok;
}

/* As Intel writes them: INTEL-SA-00615. */
static bool
add_advisory(struct reading *r, const struct key *key,
    struct assay_bytes text, struct assay_error *err)
{
	char shown[ASSAY_TEXT_SHOW];
	bool ok = text.len != 0 && text.len <= 64;

	for (size_t i = 0; ok && i < text.len; i++) {
		uint8_t c = text.ptr[i];

		ok = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    c == '-';
	}
	if (!ok)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "\"%s\" is no advisory, want for example "
		    "INTEL-SA-00615, or none", assay_text_show(text, shown));
	return add_value(r, member(r, key), text, err);
}

static struct assay_bytes
trimmed(struct assay_bytes b)
{
	while (b.len != 0 && (b.ptr[0] == ' ' || b.ptr[0] == '\t')) {
		b.ptr++;
		b.len--;
	}
	while (b.len != 0 && strchr(" \t\r", b.ptr[b.len - 1]) != NULL &&
	    b.ptr[b.len - 1] != '\0')
		b.len--;
	return b;
}

typedef bool add_fn(struct reading *r, const struct key *key,
    struct assay_bytes text, struct assay_error *err);

/* Words between commas; "none" alone for a list without any. */
static bool
add_words(struct reading *r, const struct key *key, struct assay_bytes value,
    add_fn *add, struct assay_error *err)
{
	struct assay_baseline_values *list = member(r, key);
	bool none = assay_text_is(value, "none");

	if (list->given && (none || list->n == 0))
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "none is for a list that has nothing else");
	list->given = true;
	for (size_t at = 0; !none && at <= value.len;) {
		size_t n = 0;

		while (at + n < value.len && value.ptr[at + n] != ',')
			n++;
		if (!add(r, key, trimmed((struct assay_bytes){
		    value.ptr + at, n }), err))
			return false;
		at += n + 1;
	}
	return true;
}

static bool
set_advisories(struct reading *r, const struct key *key,
    struct assay_bytes value, struct assay_error *err)
{
	return add_words(r, key, value, add_advisory, err);
}

static bool
set_identifiers(struct reading *r, const struct key *key,
    struct assay_bytes value, struct assay_error *err)
{
	return add_words(r, key, value, add_identifier, err);
}

/* ---- lines ------------------------------------------------------------------- */

static bool
name_ok(struct assay_bytes name)
{
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.ptr[i], lower = c | 0x20;
		bool letter = lower >= 'a' && lower <= 'z';

		if (!letter && (i == 0 || !((c >= '0' && c <= '9') ||
		    c == '-' || c == '_' || c == '.')))
			return false;
	}
	return name.len != 0 && name.len < ASSAY_BASELINE_NAME;
}

/* Of one that ends: what goes only together. */
static bool
end_section(const struct reading *r, struct assay_error *err)
{
	const struct assay_baseline *b = r->section;

	if (b == NULL || (b->accepted_until == 0) == (b->until == 0))
		return true;
	return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
	    "[%s]: grace-tcb and grace-until go together, and %s is missing",
	    b->name == NULL ? ASSAY_BASELINE_DEFAULT : b->name,
	    b->until == 0 ? "grace-until" : "grace-tcb");
}

static bool
add_section(struct reading *r, struct assay_bytes name,
    struct assay_error *err)
{
	struct assay_baselines *out = r->out;
	struct assay_bytes copy;

	for (size_t i = 0; i < out->n; i++)
		if (assay_text_is(name, out->named[i].name))
			return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
			    "section [%s] is there twice",
			    out->named[i].name);
	if (out->n == ASSAY_MAX_BASELINES)
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "more than %u baselines", ASSAY_MAX_BASELINES);
	copy = assay_arena_dup(out->arena, name);
	if (copy.ptr == NULL)
		return assay_fail_memory(err, "baselines");
	r->section = &out->named[out->n++];
	*r->section = *r->base;
	r->section->name = (const char *)copy.ptr;
	return true;
}

static bool
begin_section(struct reading *r, struct assay_bytes line,
    struct assay_error *err)
{
	struct assay_bytes name = { line.ptr + 1, line.len - 1 };
	char shown[ASSAY_TEXT_SHOW];

	if (!end_section(r, err))
		return false;
	if (name.len == 0 || name.ptr[name.len - 1] != ']')
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "\"%s\": want [NAME]", assay_text_show(line, shown));
	name.len--;
	memset(r->given, 0, sizeof(r->given));
	if (assay_text_is(name, ASSAY_BASELINE_DEFAULT)) {
		if (r->has_default)
			return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
			    "section [" ASSAY_BASELINE_DEFAULT "] is there "
			    "twice");
		r->has_default = true;
		r->section = &r->out->by_default;
		return true;
	}
	if (!name_ok(name))
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "\"%s\" is no name for a baseline: want a letter, then up "
		    "to %d letters, digits, '.', '_', '-'",
		    assay_text_show(name, shown), ASSAY_BASELINE_NAME - 2);
	return add_section(r, name, err);
}

static const struct key *
find_key(struct assay_bytes name)
{
	for (size_t i = 0; i < N_KEYS; i++)
		if (assay_text_is(name, keys[i].name))
			return &keys[i];
	return NULL;
}

static bool
set_key(struct reading *r, const struct key *key, struct assay_bytes value,
    struct assay_error *err)
{
	unsigned int *given = &r->given[key - keys];

	if (*given != 0 && !key->adds)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "is set again, it is set in line %u already", *given);
	*given = r->line;
	return key->set(r, key, value, err);
}

static bool
read_setting(struct reading *r, struct assay_bytes line,
    struct assay_error *err)
{
	const uint8_t *equals = memchr(line.ptr, '=', line.len);
	char where[ASSAY_BASELINE_NAME + 32], shown[ASSAY_TEXT_SHOW];
	struct assay_bytes name, value;
	const struct key *key;

	if (equals == NULL)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "\"%s\": want [NAME] or key = value",
		    assay_text_show(line, shown));
	name = trimmed((struct assay_bytes){ line.ptr,
	    (size_t)(equals - line.ptr) });
	value = trimmed((struct assay_bytes){ equals + 1,
	    line.len - (size_t)(equals - line.ptr) - 1 });
	if (r->section == NULL)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "\"%s\" before any [NAME]", assay_text_show(name, shown));
	if ((key = find_key(name)) == NULL)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "there is no key \"%s\"", assay_text_show(name, shown));
	if (set_key(r, key, value, err))
		return true;
	(void)snprintf(where, sizeof(where), "[%s] %s", r->section->name ==
	    NULL ? ASSAY_BASELINE_DEFAULT : r->section->name, key->name);
	return assay_fail_in(err, where);
}

static bool
read_line(struct reading *r, struct assay_bytes line, struct assay_error *err)
{
	char where[32];

	line = trimmed(line);
	r->line++;
	if (line.len == 0 || line.ptr[0] == '#' || (line.ptr[0] == '[' ?
	    begin_section(r, line, err) : read_setting(r, line, err)))
		return true;
	(void)snprintf(where, sizeof(where), "line %u", r->line);
	return assay_fail_in(err, where);
}

static bool
read_lines(struct reading *r, struct assay_bytes text,
    struct assay_error *err)
{
	for (size_t at = 0; at < text.len;) {
		const uint8_t *start = text.ptr + at;
		const uint8_t *end = memchr(start, '\n', text.len - at);
		size_t n = end == NULL ? text.len - at :
		    (size_t)(end - start);

		if (!read_line(r, (struct assay_bytes){ start, n }, err))
			return false;
		at += n + 1;
	}
	return end_section(r, err);
}

/* ---- the whole ------------------------------------------------------------------ */

static bool
make(const struct assay_baseline *base, struct assay_baselines **out,
    struct assay_error *err)
{
	struct assay_baselines *b = assay_alloc(1, sizeof(*b));

	if (b != NULL && (b->arena = assay_arena_new(
	    ASSAY_MAX_BASELINES_MEMORY)) != NULL)
		b->named = assay_arena_alloc(b->arena, ASSAY_MAX_BASELINES,
		    sizeof(*b->named));
	if (b == NULL || b->named == NULL) {
		assay_baselines_free(b);
		return assay_fail_memory(err, "baselines");
	}
	b->refs = 1;
	b->by_default = *base;
	*out = b;
	return true;
}

bool
assay_baselines_parse(struct assay_bytes text,
    const struct assay_baseline *base, struct assay_baselines **out,
    struct assay_error *err)
{
	struct reading r = { .base = base };

	if (!make(base, &r.out, err))
		return false;
	if (!read_lines(&r, text, err)) {
		assay_baselines_free(r.out);
		return false;
	}
	*out = r.out;
	return true;
}

bool
assay_baselines_read(const char *path, const struct assay_baseline *base,
    struct assay_baselines **out, struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(0);
	bool ok;

	if (path == NULL)
		return make(base, out, err);
	if (!assay_file_read(path, ASSAY_MAX_BASELINES_BYTES, &text, err))
		return false;
	ok = assay_baselines_parse(assay_buffer_bytes(&text), base, out,
	    err) || assay_fail_in(err, path);
	assay_buffer_free(&text);
	return ok;
}

struct assay_baselines *
assay_baselines_ref(struct assay_baselines *b)
{
	(void)__atomic_add_fetch(&b->refs, 1, __ATOMIC_RELAXED);
	return b;
}

void
assay_baselines_free(struct assay_baselines *b)
{
	if (b == NULL || (b->refs != 0 &&
	    __atomic_sub_fetch(&b->refs, 1, __ATOMIC_ACQ_REL) != 0))
		return;
	assay_arena_free(b->arena);
	free(b);
}
