/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/x509.h"

#define OID_TEXT_MAX	512

/* RFC 4519 and what certificates of attestation carry. */
static const struct {
	const char	*oid;
	const char	*name;
} attributes[] = {
	{ "2.5.4.3", "CN" },
	{ "2.5.4.10", "O" },
	{ "2.5.4.11", "OU" },
	{ "2.5.4.7", "L" },
	{ "2.5.4.8", "ST" },
	{ "2.5.4.6", "C" },
	{ "2.5.4.5", "serialNumber" },
	{ "2.5.4.4", "SN" },
	{ "2.5.4.12", "title" },
	{ "2.5.4.42", "GN" },
	{ "2.5.4.46", "dnQualifier" },
	{ "0.9.2342.19200300.100.1.25", "DC" },
	{ "0.9.2342.19200300.100.1.1", "UID" },
	{ "1.2.840.113549.1.9.1", "emailAddress" },
	{ "2.23.133.2.1", "tpmManufacturer" },	/* TCG EK profile 3.1.2 */
	{ "2.23.133.2.2", "tpmModel" },
	{ "2.23.133.2.3", "tpmVersion" },
};

struct attribute {
	struct assay_reader	type;	/* the whole OID element */
	uint8_t			tag;
	struct assay_bytes	value;
};

static bool
attribute_next(struct assay_reader *set, struct attribute *out)
{
	struct assay_reader seq;
	struct assay_bytes type;
	uint8_t tag;

	if (!assay_der_next(set, ASSAY_DER_SEQUENCE, &seq))
		return false;
	out->type = seq;
	return assay_der_any(&seq, &tag, &type, NULL) &&
	    tag == ASSAY_DER_OID &&
	    assay_der_any(&seq, &out->tag, &out->value, NULL) &&
	    assay_reader_left(&seq) == 0;
}

/* The SEQUENCE's content; false if der is not one SEQUENCE. */
static bool
name_content(struct assay_bytes der, struct assay_reader *out)
{
	struct assay_reader r = assay_reader(der);

	return assay_der_next(&r, ASSAY_DER_SEQUENCE, out) &&
	    assay_reader_left(&r) == 0;
}

bool
assay_name_valid(struct assay_bytes der)
{
	struct assay_reader seq, set;
	struct attribute a;

	if (!name_content(der, &seq))
		return false;
	while (assay_reader_left(&seq) != 0) {
		if (!assay_der_next(&seq, ASSAY_DER_SET, &set) ||
		    assay_reader_left(&set) == 0)
			return false;
		while (assay_reader_left(&set) != 0)
			if (!attribute_next(&set, &a))
				return false;
	}
	return true;
}

bool
assay_name_empty(struct assay_bytes der)
{
	struct assay_reader seq;

	return name_content(der, &seq) && assay_reader_left(&seq) == 0;
}

static bool
is_text(uint8_t tag)
{
	return tag == ASSAY_DER_UTF8_STRING || tag == ASSAY_DER_IA5_STRING ||
	    tag == ASSAY_DER_PRINTABLE_STRING;
}

struct assay_bytes
assay_name_cn(struct assay_bytes der)
{
	struct assay_reader seq, set;
	struct attribute a;

	if (!name_content(der, &seq))
		return (struct assay_bytes){ NULL, 0 };
	while (assay_der_next(&seq, ASSAY_DER_SET, &set))
		while (attribute_next(&set, &a))
			if (assay_der_is_oid(&a.type, "2.5.4.3"))
				return is_text(a.tag) ? a.value :
				    (struct assay_bytes){ NULL, 0 };
	return (struct assay_bytes){ NULL, 0 };
}

/*
 * Characters that move, hide or reverse their neighbours: C1 controls, zero
 * width, line separators, bidirectional marks, byte order mark, soft hyphen.
 */
static bool
deceptive(struct assay_bytes c)
{
	uint32_t v;

	if (c.len == 2) {
		v = (uint32_t)(c.ptr[0] & 0x1f) << 6 | (c.ptr[1] & 0x3f);
		return v < 0xa0 || v == 0xad;
	}
	if (c.len != 3)
		return false;
	v = (uint32_t)(c.ptr[0] & 0x0f) << 12 |
	    (uint32_t)(c.ptr[1] & 0x3f) << 6 | (c.ptr[2] & 0x3f);
	return (v >= 0x200b && v <= 0x200f) || (v >= 0x2028 && v <= 0x202e) ||
	    (v >= 0x2060 && v <= 0x206f) || v == 0xfeff;
}

static bool
put_character(struct assay_bytes c, const char *special,
    struct assay_buffer *out)
{
	bool ok = true;

	if (c.len == 1 && c.ptr[0] >= 0x20 && c.ptr[0] < 0x7f) {
		if (strchr(special, c.ptr[0]) != NULL)
			(void)assay_buffer_putc(out, '\\');
		return assay_buffer_putc(out, c.ptr[0]);
	}
	if (c.len > 1 && !deceptive(c))
		return assay_buffer_put(out, c);
	for (size_t i = 0; i < c.len; i++)
		ok = assay_buffer_printf(out, "\\%02x", c.ptr[i]);
	return ok;
}

bool
assay_safe_text(struct assay_bytes text, const char *special,
    struct assay_buffer *out)
{
	struct assay_reader r = assay_reader(text);
	struct assay_bytes c;
	size_t n;

	while (assay_reader_left(&r) != 0) {
		n = assay_utf8_length(assay_reader_rest(&r));
		if (!assay_read_bytes(&r, n != 0 ? n : 1, &c) ||
		    !put_character(c, special, out))
			return false;
	}
	return !out->failed;
}

static bool
put_type(struct assay_reader type, struct assay_buffer *out)
{
	struct assay_reader oid;

	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		if (assay_der_is_oid(&type, attributes[i].oid))
			return assay_buffer_puts(out, attributes[i].name);
	return assay_der_next(&type, ASSAY_DER_OID, &oid) &&
	    assay_oid_text(assay_reader_rest(&oid), out);
}

/* RFC 2253 2.4: what is not text is given as "#" and hex. */
static bool
put_attribute(const struct attribute *a, struct assay_buffer *out)
{
	(void)put_type(a->type, out);
	(void)assay_buffer_putc(out, '=');
	if (is_text(a->tag))
		return assay_safe_text(a->value, ",+\"\\<>;#", out);
	(void)assay_buffer_printf(out, "#%02x:", a->tag);
	for (size_t i = 0; i < a->value.len; i++)
		(void)assay_buffer_printf(out, "%02x", a->value.ptr[i]);
	return !out->failed;
}

bool
assay_name_text(struct assay_bytes der, struct assay_buffer *out)
{
	struct assay_reader seq, set;
	struct attribute a;
	const char *between = "";

	if (!name_content(der, &seq))
		return false;
	while (assay_der_next(&seq, ASSAY_DER_SET, &set)) {
		while (attribute_next(&set, &a)) {
			(void)assay_buffer_puts(out, between);
			(void)put_attribute(&a, out);
			between = " + ";
		}
		between = ", ";
	}
	return !out->failed;
}

/* Extension ::= SEQUENCE { extnID, critical DEFAULT FALSE, extnValue } */
bool
assay_extension_next(struct assay_reader *seq, struct assay_extension *out)
{
	struct assay_reader ext, oid;
	struct assay_extension e = { .critical = false };

	if (!assay_der_next(seq, ASSAY_DER_SEQUENCE, &ext) ||
	    !assay_der_next(&ext, ASSAY_DER_OID, &oid))
		return false;
	e.oid = assay_reader_rest(&oid);
	/* X.690 11.5: a default value is not encoded. */
	if (assay_der_peek(&ext) == ASSAY_DER_BOOLEAN &&
	    (!assay_der_bool(&ext, &e.critical) || !e.critical))
		return false;
	if (!assay_der_octets(&ext, &e.value) || assay_reader_left(&ext) != 0)
		return false;
	*out = e;
	return true;
}

static bool
present(const struct assay_extension *exts, size_t n, struct assay_bytes oid)
{
	for (size_t i = 0; i < n; i++)
		if (assay_bytes_equal(exts[i].oid, oid))
			return true;
	return false;
}

bool
assay_extensions_read(struct assay_reader seq, struct assay_extension *out,
    size_t max, size_t *n, struct assay_error *err)
{
	struct assay_extension e;
	size_t count = 0;

	while (assay_reader_left(&seq) != 0) {
		if (!assay_extension_next(&seq, &e))
			return assay_fail(err, ASSAY_ERR_BAD_ENCODING,
			    "extension %zu is not an Extension in DER", count);
		if (present(out, count, e.oid)) {
			char *oid = assay_extension_oid(&e);

			(void)assay_fail(err, ASSAY_ERR_BAD_ENCODING,
			    "extension %s is there twice",
			    oid != NULL ? oid : "");
			free(oid);
			return false;
		}
		if (count == max)
			return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
			    "more than %zu extensions", max);
		out[count++] = e;
	}
	if (count == 0)
		return assay_fail(err, ASSAY_ERR_BAD_ENCODING,
		    "an empty list of extensions");
	*n = count;
	return true;
}

bool
assay_extension_is(const struct assay_extension *ext, const char *oid)
{
	struct assay_buffer want = assay_buffer(OID_TEXT_MAX);
	bool same;

	same = assay_oid_encode(oid, &want) &&
	    assay_bytes_equal(ext->oid, assay_buffer_bytes(&want));
	assay_buffer_free(&want);
	return same;
}

const struct assay_extension *
assay_extension_find(const struct assay_extension *exts, size_t n,
    const char *oid)
{
	for (size_t i = 0; i < n; i++)
		if (assay_extension_is(&exts[i], oid))
			return &exts[i];
	return NULL;
}

char *
assay_extension_oid(const struct assay_extension *ext)
{
	struct assay_buffer text = assay_buffer(OID_TEXT_MAX);

	if (!assay_oid_text(ext->oid, &text)) {
		assay_buffer_free(&text);
		return NULL;
	}
	return assay_buffer_take(&text);
}
