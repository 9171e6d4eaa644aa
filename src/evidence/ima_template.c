/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/text.h"
#include "evidence/ima_template.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const struct assay_ima_field fields[] = {
	{ "d", ASSAY_IMA_DIGEST, ASSAY_IMA_FILE_HASH },
	{ "n", ASSAY_IMA_STRING, ASSAY_IMA_FILE_NAME },
	{ "d-ng", ASSAY_IMA_DIGEST_ALG, ASSAY_IMA_FILE_HASH },
	{ "d-ngv2", ASSAY_IMA_DIGEST_ALG, ASSAY_IMA_FILE_HASH },
	{ "n-ng", ASSAY_IMA_STRING, ASSAY_IMA_FILE_NAME },
	{ "sig", ASSAY_IMA_HEX, ASSAY_IMA_SIGNATURE },
	{ "buf", ASSAY_IMA_HEX, ASSAY_IMA_BUFFER },
	{ "d-modsig", ASSAY_IMA_DIGEST_ALG, ASSAY_IMA_OTHER },
	{ "modsig", ASSAY_IMA_HEX, ASSAY_IMA_OTHER },
	{ "evmsig", ASSAY_IMA_HEX, ASSAY_IMA_SIGNATURE },
	{ "xattrnames", ASSAY_IMA_STRING, ASSAY_IMA_OTHER },
	{ "xattrlengths", ASSAY_IMA_HEX, ASSAY_IMA_OTHER },
	{ "xattrvalues", ASSAY_IMA_HEX, ASSAY_IMA_OTHER },
	{ "iuid", ASSAY_IMA_U32, ASSAY_IMA_OTHER },
	{ "igid", ASSAY_IMA_U32, ASSAY_IMA_OTHER },
	{ "imode", ASSAY_IMA_U16, ASSAY_IMA_OTHER },
};

static const struct {
	const char	*name, *format;
} templates[] = {
	{ "ima", "d|n" },
	{ "ima-ng", "d-ng|n-ng" },
	{ "ima-ngv2", "d-ngv2|n-ng" },
	{ "ima-sig", "d-ng|n-ng|sig" },
	{ "ima-sigv2", "d-ngv2|n-ng|sig" },
	{ "ima-buf", "d-ng|n-ng|buf" },
	{ "ima-modsig", "d-ng|n-ng|sig|d-modsig|modsig" },
	{ "evm-sig", "d-ng|n-ng|evmsig|xattrnames|xattrlengths|xattrvalues|"
	    "iuid|igid|imode" },
};

static const struct assay_ima_field *
find_field(struct assay_bytes name)
{
	for (size_t i = 0; i < N(fields); i++)
		if (assay_text_is(name, fields[i].name))
			return &fields[i];
	return NULL;
}

/* "field|field|..." */
static bool
parse_format(struct assay_bytes text, struct assay_ima_template *out)
{
	struct assay_ima_template t = { .n = 0 };

	for (size_t start = 0, i = 0; i <= text.len; i++) {
		const struct assay_ima_field *field;

		if (i < text.len && text.ptr[i] != '|')
			continue;
		field = find_field((struct assay_bytes){ text.ptr + start,
		    i - start });
		if (field == NULL || t.n == ASSAY_IMA_FIELDS)
			return false;
		t.fields[t.n++] = field;
		start = i + 1;
	}
	*out = t;
	return true;
}

bool
assay_ima_template_find(struct assay_bytes name,
    struct assay_ima_template *out)
{
	for (size_t i = 0; i < N(templates); i++)
		if (assay_text_is(name, templates[i].name))
			return parse_format(assay_bytes_of(
			    templates[i].format), out);
	return name.len != 0 && parse_format(name, out);
}

bool
assay_ima_is_old(struct assay_bytes name)
{
	return assay_text_is(name, "ima");
}

/* "sha256:", NUL, digest; "verity:sha256:" in the second version. */
static bool
set_digest_alg(struct assay_ima_entry *e, struct assay_bytes bytes)
{
	const uint8_t *nul, *colon;
	struct assay_bytes alg;

	nul = bytes.len == 0 ? NULL : memchr(bytes.ptr, 0, bytes.len);
	if (nul == NULL || nul == bytes.ptr || nul[-1] != ':')
		return false;
	alg = (struct assay_bytes){ bytes.ptr,
	    (size_t)(nul - bytes.ptr) - 1 };
	e->file_hash = (struct assay_bytes){ nul + 1,
	    bytes.len - alg.len - 2 };
	if (alg.len != 0 && (colon = memchr(alg.ptr, ':', alg.len)) != NULL) {
		size_t n = (size_t)(colon - alg.ptr);

		e->file_hash_type = (struct assay_bytes){ alg.ptr, n };
		alg = (struct assay_bytes){ colon + 1, alg.len - n - 1 };
	}
	e->file_hash_alg = alg;
	return true;
}

/* One NUL at the end, none inside; the old template has none at all. */
static bool
set_name(struct assay_ima_entry *e, struct assay_bytes bytes)
{
	size_t n = bytes.len;

	if (n != 0 && bytes.ptr[n - 1] == 0)
		n--;
	if (n != 0 && memchr(bytes.ptr, 0, n) != NULL)
		return false;
	e->file_name = (struct assay_bytes){ bytes.ptr, n };
	return true;
}

bool
assay_ima_set_field(struct assay_ima_entry *e,
    const struct assay_ima_field *field, struct assay_bytes bytes)
{
	switch (field->slot) {
	case ASSAY_IMA_FILE_HASH:
		if (field->format == ASSAY_IMA_DIGEST_ALG)
			return set_digest_alg(e, bytes);
		e->file_hash_alg = assay_bytes_of("sha1");
		e->file_hash = bytes;
		return true;
	case ASSAY_IMA_FILE_NAME:
		return set_name(e, bytes);
	case ASSAY_IMA_SIGNATURE:
		e->signature = bytes;
		return true;
	case ASSAY_IMA_BUFFER:
		e->buffer = bytes;
		return true;
	case ASSAY_IMA_OTHER:
		return true;
	}
	return false;
}
