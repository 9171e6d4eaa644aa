/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "crypto/der.h"
#include "crypto/digest.h"
#include "evidence/tpm_cert.h"

#define DIRECTORY_NAME	0xa4	/* GeneralName, [4] EXPLICIT Name */

bool
assay_tpm_fingerprint(const struct assay_cert *cert, uint8_t out[32],
    struct assay_error *err)
{
	struct assay_digest d;

	if (!assay_digest(ASSAY_SHA256, assay_cert_der(cert), &d, err))
		return false;
	memcpy(out, d.bytes, 32);
	return true;
}

static bool
is_padding(struct assay_bytes in)
{
	for (size_t i = 0; i < in.len; i++)
		if (in.ptr[i] != in.ptr[0])
			return false;
	return in.len == 0 || in.ptr[0] == 0x00 || in.ptr[0] == 0xff;
}

bool
assay_tpm_cert_parse(struct assay_bytes in, struct assay_cert **out,
    struct assay_error *err)
{
	struct assay_reader r = assay_reader(in);
	struct assay_bytes content, whole;
	uint8_t tag;

	if (!assay_der_any(&r, &tag, &content, &whole) ||
	    !is_padding(assay_reader_rest(&r)))
		return assay_cert_parse(in, out, err);	/* says why not */
	return assay_cert_parse(whole, out, err);
}

static bool
malformed(struct assay_error *err, const char *what)
{
	return assay_fail(err, ASSAY_ERR_CERT_PROFILE,
	    "subjectAltName: %s", what);
}

/* Where the value belongs, or NULL. Moves past the OID if so. */
static struct assay_bytes *
attribute_slot(struct assay_reader *r, struct assay_tpm_attributes *out)
{
	if (assay_der_is_oid(r, "2.23.133.2.1"))
		return &out->manufacturer;
	if (assay_der_is_oid(r, "2.23.133.2.2"))
		return &out->model;
	if (assay_der_is_oid(r, "2.23.133.2.3"))
		return &out->version;
	return NULL;
}

/* AttributeTypeAndValue; types of others are passed over. */
static bool
read_attribute(struct assay_reader *set, struct assay_tpm_attributes *out,
    struct assay_error *err)
{
	struct assay_bytes *slot, value;
	struct assay_reader seq;
	uint8_t tag;

	if (!assay_der_next(set, ASSAY_DER_SEQUENCE, &seq))
		return malformed(err, "directoryName is not a Name");
	if ((slot = attribute_slot(&seq, out)) == NULL)
		return true;
	if (slot->len != 0)
		return malformed(err, "a TPM attribute is there twice");
	if (!assay_der_any(&seq, &tag, &value, NULL) ||
	    (tag != ASSAY_DER_UTF8_STRING &&
	    tag != ASSAY_DER_PRINTABLE_STRING) || value.len == 0 ||
	    assay_reader_left(&seq) != 0)
		return malformed(err, "a TPM attribute is not text");
	*slot = value;
	return true;
}

static bool
read_name(struct assay_bytes name, struct assay_tpm_attributes *out,
    struct assay_error *err)
{
	struct assay_reader r = assay_reader(name), seq, set;

	if (!assay_der_next(&r, ASSAY_DER_SEQUENCE, &seq) ||
	    assay_reader_left(&r) != 0)
		return malformed(err, "directoryName is not a Name");
	while (assay_reader_left(&seq) != 0) {
		if (!assay_der_next(&seq, ASSAY_DER_SET, &set))
			return malformed(err, "directoryName is not a Name");
		while (assay_reader_left(&set) != 0)
			if (!read_attribute(&set, out, err))
				return false;
	}
	return true;
}

bool
assay_tpm_cert_attributes(const struct assay_cert *cert,
    struct assay_tpm_attributes *out, bool *present, struct assay_error *err)
{
	struct assay_tpm_attributes a = { .model = { NULL, 0 } };
	struct assay_bytes value, name;
	struct assay_reader r, seq;
	uint8_t tag;

	*present = false;
	*out = a;
	if (!assay_cert_extension(cert, "2.5.29.17", &value, NULL))
		return true;
	r = assay_reader(value);
	if (!assay_der_next(&r, ASSAY_DER_SEQUENCE, &seq) ||
	    assay_reader_left(&r) != 0)
		return malformed(err, "not a sequence of names");
	while (assay_reader_left(&seq) != 0) {
		if (!assay_der_any(&seq, &tag, &name, NULL))
			return malformed(err, "not a sequence of names");
		if (tag == DIRECTORY_NAME && !read_name(name, &a, err))
			return false;
	}
	*present = a.manufacturer.len != 0 || a.model.len != 0 ||
	    a.version.len != 0;
	if (*present && (a.manufacturer.len == 0 || a.model.len == 0 ||
	    a.version.len == 0))
		return malformed(err, "manufacturer, model or version of the "
		    "TPM is missing");
	*out = a;
	return true;
}
