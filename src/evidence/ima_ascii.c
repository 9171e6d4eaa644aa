/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ascii_runtime_measurements: "PCR templatehash template field...", a field
 * per space; file names have none, the kernel writes '_' for them. The
 * template data is built again, since it is what was measured.
 */
#include <inttypes.h>
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/text.h"
#include "evidence/ima_impl.h"

struct line {
	struct assay_ima_build	*b;
	struct assay_ima_entry	*e;
	struct assay_bytes	 rest;
};

static bool
malformed(const struct line *l, const char *what)
{
	return assay_fail(l->b->err, ASSAY_ERR_IMA_LOG_MALFORMED,
	    "IMA log: entry %" PRIu32 ", offset %zu: %s", l->e->seq,
	    l->e->offset, what);
}

/* Up to the next space, which is taken too; false at the end of the line. */
static bool
next_word(struct line *l, struct assay_bytes *out)
{
	const uint8_t *space;
	size_t n;

	if (l->rest.ptr == NULL)
		return false;
	space = l->rest.len == 0 ? NULL :
	    memchr(l->rest.ptr, ' ', l->rest.len);
	n = space == NULL ? l->rest.len : (size_t)(space - l->rest.ptr);
	*out = (struct assay_bytes){ l->rest.ptr, n };
	if (space == NULL)
		l->rest = (struct assay_bytes){ NULL, 0 };
	else
		l->rest = (struct assay_bytes){ space + 1,
		    l->rest.len - n - 1 };
	return true;
}

static bool
put_hex(struct line *l, struct assay_bytes text, struct assay_buffer *out)
{
	struct assay_error ignored;

	return assay_hex_decode(text, out, &ignored) ||
	    malformed(l, "a field is not hexadecimal");
}

/* "sha256:HEX" is "sha256:", NUL, bytes. */
static bool
put_digest_alg(struct line *l, struct assay_bytes text,
    struct assay_buffer *out)
{
	size_t n = text.len;

	while (n != 0 && text.ptr[n - 1] != ':')
		n--;
	if (n == 0)
		return malformed(l, "a digest has no algorithm");
	assay_buffer_put(out, (struct assay_bytes){ text.ptr, n });
	assay_buffer_putc(out, 0);
	return put_hex(l, (struct assay_bytes){ text.ptr + n, text.len - n },
	    out);
}

static bool
put_number(struct line *l, struct assay_bytes text, size_t n,
    struct assay_buffer *out)
{
	uint64_t v;

	if (!assay_text_u64(text, &v) || v >> (8 * n) != 0)
		return malformed(l, "a field is not a number in range");
	return assay_buffer_put_le(out, v, n);
}

/* A field as it was hashed. An empty one is empty whatever its format. */
static bool
put_field(struct line *l, enum assay_ima_format format,
    struct assay_bytes text, struct assay_buffer *out)
{
	if (text.len == 0)
		return true;
	switch (format) {
	case ASSAY_IMA_DIGEST:
	case ASSAY_IMA_HEX:
		return put_hex(l, text, out);
	case ASSAY_IMA_DIGEST_ALG:
		return put_digest_alg(l, text, out);
	case ASSAY_IMA_STRING:
		assay_buffer_put(out, text);
		return assay_buffer_putc(out, 0);
	case ASSAY_IMA_U16:
		return put_number(l, text, 2, out);
	case ASSAY_IMA_U32:
		return put_number(l, text, 4, out);
	}
	return false;
}

/* Where each field lies in the data, to be cut once the log owns it. */
struct spans {
	size_t	at[ASSAY_IMA_FIELDS], len[ASSAY_IMA_FIELDS];
};

static bool
build_data(struct line *l, const struct assay_ima_template *t,
    struct assay_buffer *data, struct spans *spans)
{
	struct assay_bytes text;

	for (size_t i = 0; i < t->n; i++) {
		size_t at = data->len;

		if (!next_word(l, &text))
			return malformed(l, "fields are missing");
		assay_buffer_put_le(data, 0, 4);
		if (!put_field(l, t->fields[i]->format, text, data))
			return data->failed ? assay_buffer_ok(data,
			    "IMA template data", l->b->err) : false;
		spans->at[i] = at + 4;
		spans->len[i] = data->len - at - 4;
		assay_buffer_patch_le(data, at, spans->len[i], 4);
	}
	if (l->rest.ptr != NULL)
		return malformed(l, "text behind the last field");
	return assay_buffer_ok(data, "IMA template data", l->b->err);
}

static bool
set_fields(struct line *l, const struct assay_ima_template *t,
    const struct spans *spans)
{
	for (size_t i = 0; i < t->n; i++)
		if (!assay_ima_set_field(l->e, t->fields[i],
		    (struct assay_bytes){ l->e->data.ptr + spans->at[i],
		    spans->len[i] }))
			return malformed(l, "a field does not parse");
	return true;
}

static bool
read_new(struct line *l, const struct assay_ima_template *t)
{
	struct assay_buffer data = assay_buffer(ASSAY_MAX_EVENT_BYTES);
	struct spans spans = { .at = { 0 } };
	bool ok = false;

	if (!build_data(l, t, &data, &spans))
		goto out;
	l->e->data = assay_arena_dup(l->b->arena, assay_buffer_bytes(&data));
	if (l->e->data.ptr == NULL) {
		(void)assay_fail_memory(l->b->err, "IMA template data");
		goto out;
	}
	ok = set_fields(l, t, &spans);
out:
	assay_buffer_free(&data);
	return ok;
}

static bool
read_old(struct line *l)
{
	struct assay_buffer digest = assay_buffer(ASSAY_DIGEST_MAX);
	struct assay_bytes hex, name;
	bool ok = false;

	if (!next_word(l, &hex) || !next_word(l, &name) ||
	    l->rest.ptr != NULL || hex.len != 2 * ASSAY_IMA_OLD_DIGEST)
		return malformed(l, "want a SHA-1 digest and a name");
	ok = put_hex(l, hex, &digest) && assay_ima_old_data(l->b,
	    assay_buffer_bytes(&digest), name, l->e);
	assay_buffer_free(&digest);
	if (!ok)
		return false;
	l->e->file_hash_alg = assay_bytes_of("sha1");
	l->e->file_hash = (struct assay_bytes){ l->e->data.ptr,
	    ASSAY_IMA_OLD_DIGEST };
	l->e->file_name = name;
	return true;
}

/* As long as those of the first line, which has that of any hash. */
static bool
read_template_hash(struct line *l)
{
	struct assay_buffer hash = assay_buffer(ASSAY_DIGEST_MAX);
	struct assay_bytes hex;
	bool ok = false;

	if (!next_word(l, &hex) || hex.len == 0 ||
	    hex.len > 2 * ASSAY_DIGEST_MAX)
		return malformed(l, "no template hash");
	if (l->b->hash_len == 0)
		l->b->hash_len = hex.len / 2;
	if (hex.len != 2 * l->b->hash_len)
		return malformed(l, "template hash of another length");
	if (!put_hex(l, hex, &hash))
		goto out;
	l->e->template_hash = assay_arena_dup(l->b->arena,
	    assay_buffer_bytes(&hash));
	ok = l->e->template_hash.ptr != NULL ||
	    assay_fail_memory(l->b->err, "IMA template hash");
out:
	assay_buffer_free(&hash);
	return ok;
}

static bool
read_line(struct line *l)
{
	struct assay_ima_template t;
	struct assay_bytes pcr;
	uint64_t v;

	/* The PCR is printed in two columns. */
	if (l->rest.len != 0 && l->rest.ptr[0] == ' ')
		l->rest = (struct assay_bytes){ l->rest.ptr + 1,
		    l->rest.len - 1 };
	if (!next_word(l, &pcr) || !assay_text_u64(pcr, &v) ||
	    v > UINT32_MAX)
		return malformed(l, "does not start with a PCR");
	l->e->pcr = (uint32_t)v;
	if (!read_template_hash(l))
		return false;
	if (!next_word(l, &l->e->template_name) ||
	    !assay_ima_template_find(l->e->template_name, &t))
		return malformed(l, "unknown template");
	return assay_ima_is_old(l->e->template_name) ? read_old(l) :
	    read_new(l, &t);
}

bool
assay_ima_read_ascii(struct assay_ima_build *b, struct assay_bytes in)
{
	size_t at = 0;

	for (uint32_t seq = 0; at < in.len; seq++) {
		struct assay_ima_entry e = { .seq = seq, .offset = at };
		const uint8_t *start = in.ptr + at;
		const uint8_t *end = memchr(start, '\n', in.len - at);
		size_t n = end == NULL ? in.len - at : (size_t)(end - start);
		struct line l = { .b = b, .e = &e, .rest = { start, n } };

		if (!read_line(&l) || !assay_ima_append(b, &e))
			return false;
		at += n + 1;
	}
	return true;
}
