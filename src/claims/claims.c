/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <assay/claims.h>

#include "base/arena.h"
#include "base/encode.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

#define FIRST_CAPACITY 64

struct entry {
	struct assay_claim	 claim;
	struct assay_lazy_text	 lazy;		/* make NULL: text is there */
	char			*made;		/* by lazy; owned */
};

struct assay_claims {
	struct entry		*entries;
	size_t			 count;
	size_t			 capacity;
	struct assay_arena	*arena;		/* types and texts */
};

struct assay_claims *
assay_claims_new(void)
{
	struct assay_claims *set;

	if ((set = assay_alloc(1, sizeof(*set))) == NULL)
		return NULL;
	if ((set->arena = assay_arena_new(ASSAY_MAX_CLAIMS_BYTES)) == NULL) {
		free(set);
		return NULL;
	}
	return set;
}

void
assay_claims_free(struct assay_claims *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->count; i++)
		free(set->entries[i].made);
	free(set->entries);
	assay_arena_free(set->arena);
	free(set);
}

static bool
make_room(struct assay_claims *set, struct assay_error *err)
{
	size_t capacity;
	struct entry *entries;

	if (set->count < set->capacity)
		return true;
	if (set->count >= ASSAY_MAX_CLAIMS)
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "claim set is full: at most %u claims", ASSAY_MAX_CLAIMS);
	capacity = set->capacity == 0 ? FIRST_CAPACITY : 2 * set->capacity;
	if ((entries = assay_alloc(capacity, sizeof(*entries))) == NULL)
		return assay_fail_memory(err, "claim set");
	if (set->count != 0)
		memcpy(entries, set->entries,
		    set->count * sizeof(*entries));
	free(set->entries);
	set->entries = entries;
	set->capacity = capacity;
	return true;
}

static bool
has_text(enum assay_value_type type)
{
	return type == ASSAY_VALUE_STRING || type == ASSAY_VALUE_JSON;
}

/* Claims become JSON strings and C strings: see to it where they enter. */
static bool
check_text(struct assay_bytes text, const char *what,
    struct assay_error *err)
{
	size_t bad;

	if (!assay_utf8_valid(text, &bad))
		return assay_fail(err, ASSAY_ERR_BAD_ENCODING,
		    "claim %s is not UTF-8 at offset %zu", what, bad);
	if (text.len != 0 && memchr(text.ptr, '\0', text.len) != NULL)
		return assay_fail(err, ASSAY_ERR_BAD_ENCODING,
		    "claim %s holds a NUL", what);
	return true;
}

static bool
copy_text(struct assay_claims *set, struct assay_bytes *text,
    const char *what, struct assay_error *err)
{
	struct assay_bytes copy;

	if (!check_text(*text, what, err))
		return false;
	copy = assay_arena_dup(set->arena, *text);
	if (copy.ptr == NULL)
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "claim set holds more than %u bytes (or memory ran out)",
		    ASSAY_MAX_CLAIMS_BYTES);
	*text = copy;
	return true;
}

static bool
add_entry(struct assay_claims *set, struct entry entry,
    struct assay_error *err)
{
	if (entry.claim.type.len == 0)
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "claim has an empty type");
	if (!make_room(set, err) ||
	    !copy_text(set, &entry.claim.type, "type", err))
		return false;
	if (has_text(entry.claim.value_type) && entry.lazy.make == NULL &&
	    !copy_text(set, &entry.claim.text, "value", err))
		return false;
	set->entries[set->count++] = entry;
	return true;
}

bool
assay_claims_add(struct assay_claims *set, const struct assay_claim *claim,
    struct assay_error *err)
{
	return add_entry(set, (struct entry){ .claim = *claim }, err);
}

bool
assay_claims_add_string(struct assay_claims *set, const char *type,
    struct assay_bytes value, struct assay_error *err)
{
	const struct assay_claim claim = {
		.type = assay_bytes_of(type),
		.value_type = ASSAY_VALUE_STRING,
		.text = value,
	};

	return assay_claims_add(set, &claim, err);
}

bool
assay_claims_add_hex(struct assay_claims *set, const char *type,
    struct assay_bytes value, struct assay_error *err)
{
	struct assay_buffer hex = assay_buffer(ASSAY_MAX_CLAIMS_BYTES);
	bool ok;

	(void)assay_hex_encode(value, &hex);
	ok = assay_buffer_ok(&hex, type, err) && assay_claims_add_string(set,
	    type, assay_buffer_bytes(&hex), err);
	assay_buffer_free(&hex);
	return ok;
}

bool
assay_claims_add_integer(struct assay_claims *set, const char *type,
    int64_t value, struct assay_error *err)
{
	const struct assay_claim claim = {
		.type = assay_bytes_of(type),
		.value_type = ASSAY_VALUE_INTEGER,
		.integer = value,
	};

	return assay_claims_add(set, &claim, err);
}

bool
assay_claims_add_boolean(struct assay_claims *set, const char *type,
    bool value, struct assay_error *err)
{
	const struct assay_claim claim = {
		.type = assay_bytes_of(type),
		.value_type = ASSAY_VALUE_BOOLEAN,
		.boolean = value,
	};

	return assay_claims_add(set, &claim, err);
}

bool
assay_claims_add_json(struct assay_claims *set, const char *type,
    struct assay_bytes text, struct assay_error *err)
{
	const struct assay_claim claim = {
		.type = assay_bytes_of(type),
		.value_type = ASSAY_VALUE_JSON,
		.text = text,
	};

	return assay_claims_add(set, &claim, err);
}

bool
assay_claims_add_lazy(struct assay_claims *set, const char *type,
    struct assay_lazy_text lazy, struct assay_error *err)
{
	const struct entry entry = {
		.claim = {
			.type = assay_bytes_of(type),
			.value_type = ASSAY_VALUE_JSON,
		},
		.lazy = lazy,
	};

	return add_entry(set, entry, err);
}

/* Make the text of a lazy claim, once. */
static bool
settle(struct entry *e, struct assay_error *err)
{
	struct assay_bytes text;
	char *made = NULL;

	if (e->lazy.make == NULL || e->made != NULL)
		return true;
	if (!e->lazy.make(e->lazy.ctx, &made, err))
		return assay_fail_in(err, (const char *)e->claim.type.ptr);
	if (made == NULL)
		return assay_fail(err, ASSAY_ERR_INTERNAL,
		    "%s: lazy claim made no text",
		    (const char *)e->claim.type.ptr);
	text = assay_bytes_of(made);
	if (!check_text(text, "value", err)) {
		free(made);
		return false;
	}
	e->made = made;
	e->claim.text = text;
	return true;
}

size_t
assay_claims_count(const struct assay_claims *set)
{
	return set->count;
}

bool
assay_claims_at(struct assay_claims *set, size_t index,
    struct assay_claim *out, struct assay_error *err)
{
	if (index >= set->count)
		return assay_fail(err, ASSAY_ERR_INTERNAL,
		    "claim %zu asked for of a set of %zu", index,
		    set->count);
	if (!settle(&set->entries[index], err))
		return false;
	*out = set->entries[index].claim;
	return true;
}

struct assay_bytes
assay_claims_type_at(const struct assay_claims *set, size_t index)
{
	if (index >= set->count)
		return (struct assay_bytes){ NULL, 0 };
	return set->entries[index].claim.type;
}

bool
assay_claims_find(struct assay_claims *set, const char *type,
    struct assay_claim *out)
{
	struct assay_error ignored;

	for (size_t i = 0; i < set->count; i++)
		if (assay_text_is(set->entries[i].claim.type, type))
			return assay_claims_at(set, i, out, &ignored);
	return false;
}

/* A policy sees JSON as a String, so the two compare alike. */
static bool
same_value(const struct assay_claim *a, const struct assay_claim *b)
{
	if (has_text(a->value_type) && has_text(b->value_type))
		return assay_bytes_equal(a->text, b->text);
	if (a->value_type != b->value_type)
		return false;
	if (a->value_type == ASSAY_VALUE_INTEGER)
		return a->integer == b->integer;
	return a->boolean == b->boolean;
}

bool
assay_claims_has(struct assay_claims *set, const struct assay_claim *claim)
{
	struct assay_error ignored;

	for (size_t i = 0; i < set->count; i++) {
		struct entry *e = &set->entries[i];

		if (e->claim.issuer == claim->issuer &&
		    assay_bytes_equal(e->claim.type, claim->type) &&
		    settle(e, &ignored) && same_value(&e->claim, claim))
			return true;
	}
	return false;
}

const char *
assay_claim_issuer_name(enum assay_claim_issuer issuer)
{
	switch (issuer) {
	case ASSAY_ISSUER_SERVICE:
		return "AttestationService";
	case ASSAY_ISSUER_POLICY:
		return "AttestationPolicy";
	case ASSAY_ISSUER_CUSTOM:
		return "CustomClaim";
	}
	return "unknown";
}

const char *
assay_value_type_name(enum assay_value_type type)
{
	switch (type) {
	case ASSAY_VALUE_STRING:
	case ASSAY_VALUE_JSON:
		return "String";
	case ASSAY_VALUE_INTEGER:
		return "Integer";
	case ASSAY_VALUE_BOOLEAN:
		return "Boolean";
	}
	return "unknown";
}
