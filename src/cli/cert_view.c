/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/reader.h"
#include "base/when.h"
#include "cli/cert_view.h"
#include "crypto/der.h"
#include "crypto/digest.h"

#define SGX "1.2.840.113741.1.13.1"

enum how { OCTETS, UINT, ENUM, BOOL, COMPONENT, LIST };

static const struct row {
	const char	*oid;
	const char	*name;
	enum how	 how;
} rows[] = {
	{ SGX ".1", "ppid", OCTETS },
	{ SGX ".2", "tcb", LIST },
	{ SGX ".2.1", "components", COMPONENT },
	{ SGX ".2.2", "components", COMPONENT },
	{ SGX ".2.3", "components", COMPONENT },
	{ SGX ".2.4", "components", COMPONENT },
	{ SGX ".2.5", "components", COMPONENT },
	{ SGX ".2.6", "components", COMPONENT },
	{ SGX ".2.7", "components", COMPONENT },
	{ SGX ".2.8", "components", COMPONENT },
	{ SGX ".2.9", "components", COMPONENT },
	{ SGX ".2.10", "components", COMPONENT },
	{ SGX ".2.11", "components", COMPONENT },
	{ SGX ".2.12", "components", COMPONENT },
	{ SGX ".2.13", "components", COMPONENT },
	{ SGX ".2.14", "components", COMPONENT },
	{ SGX ".2.15", "components", COMPONENT },
	{ SGX ".2.16", "components", COMPONENT },
	{ SGX ".2.17", "pcesvn", UINT },
	{ SGX ".2.18", "cpusvn", OCTETS },
	{ SGX ".3", "pceid", OCTETS },
	{ SGX ".4", "fmspc", OCTETS },
	{ SGX ".5", "sgx_type", ENUM },
	{ SGX ".6", "platform_instance_id", OCTETS },
	{ SGX ".7", "configuration", LIST },
	{ SGX ".7.1", "dynamic_platform", BOOL },
	{ SGX ".7.2", "cached_keys", BOOL },
	{ SGX ".7.3", "smt_enabled", BOOL },
};

static json_t *
hex_value(struct assay_bytes in)
{
	struct assay_buffer hex = assay_buffer(2 * ASSAY_MAX_CERT_BYTES);
	json_t *value = NULL;

	if (assay_hex_encode(in, &hex))
		value = json_string(assay_buffer_str(&hex));
	assay_buffer_free(&hex);
	return value;
}

static json_t *
sgx_type_value(uint64_t type)
{
	static const char *const names[] = {
		"standard", "scalable", "scalable with integrity",
	};

	return type < sizeof(names) / sizeof(names[0]) ?
	    json_string(names[type]) : json_integer((json_int_t)type);
}

/* The value of a row at r; NULL if it is not of the row's type. */
static json_t *
leaf_value(struct assay_reader *r, enum how how)
{
	struct assay_bytes octets;
	uint64_t number;
	bool flag;

	switch (how) {
	case OCTETS:
		return assay_der_octets(r, &octets) ? hex_value(octets) :
		    NULL;
	case UINT:
	case COMPONENT:
		return assay_der_uint(r, ASSAY_DER_INTEGER, &number) ?
		    json_integer((json_int_t)number) : NULL;
	case ENUM:
		return assay_der_uint(r, ASSAY_DER_ENUMERATED, &number) ?
		    sgx_type_value(number) : NULL;
	case BOOL:
		return assay_der_bool(r, &flag) ? json_boolean(flag) : NULL;
	case LIST:
		return NULL;
	}
	return NULL;
}

static void
put_leaf(json_t *object, const struct row *row, struct assay_reader *r)
{
	json_t *value = leaf_value(r, row->how), *list;

	if (value == NULL)
		value = json_string("(not readable)");
	if (row->how != COMPONENT) {
		(void)json_object_set_new(object, row->name, value);
		return;
	}
	if ((list = json_object_get(object, row->name)) == NULL) {
		list = json_array();
		(void)json_object_set_new(object, row->name, list);
	}
	(void)json_array_append_new(list, value);
}

static const struct row *
find_row(struct assay_reader *r)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (assay_der_is_oid(r, rows[i].oid))
			return &rows[i];
	return NULL;
}

/* Each element is a SEQUENCE of an OID and a value; lists nest once. */
static void
walk(struct assay_reader *list, json_t *object, bool may_nest)
{
	struct assay_reader item, inner;
	const struct row *row;

	while (assay_der_next(list, ASSAY_DER_SEQUENCE, &item)) {
		if ((row = find_row(&item)) == NULL)
			continue;
		if (row->how != LIST)
			put_leaf(object, row, &item);
		else if (may_nest &&
		    assay_der_next(&item, ASSAY_DER_SEQUENCE, &inner))
			walk(&inner, object, false);
	}
}

json_t *
cli_sgx_extension(const struct assay_cert *cert)
{
	struct assay_reader whole, list;
	struct assay_bytes value;
	json_t *object;

	if (!assay_cert_extension(cert, SGX, &value, NULL))
		return NULL;
	whole = assay_reader(value);
	if ((object = json_object()) != NULL &&
	    assay_der_next(&whole, ASSAY_DER_SEQUENCE, &list))
		walk(&list, object, true);
	return object;
}

static const char *
key_type_name(const struct assay_pkey *key)
{
	switch (assay_pkey_type(key)) {
	case ASSAY_KEY_EC_P256:
		return "EC P-256";
	case ASSAY_KEY_EC_P384:
		return "EC P-384";
	case ASSAY_KEY_RSA:
		return "RSA";
	}
	return "unknown";
}

json_t *
cli_cert_json(const struct assay_cert *cert, struct assay_error *err)
{
	char from[ASSAY_WHEN_TEXT], until[ASSAY_WHEN_TEXT];
	const struct assay_pkey *key = assay_cert_key(cert);
	struct assay_digest hash;
	json_t *object;

	if (!assay_digest(ASSAY_SHA256, assay_cert_der(cert), &hash, err))
		return NULL;
	object = json_pack("{s:o, s:o, s:o, s:s, s:s, s:b, s:{s:s, s:i}, s:o}",
	    "subject", cli_json_text(assay_cert_subject_text(cert)),
	    "issuer", cli_json_text(assay_cert_issuer_text(cert)),
	    "serial", hex_value(assay_cert_serial(cert)),
	    "not_before", assay_when_text(assay_cert_not_before(cert), from),
	    "not_after", assay_when_text(assay_cert_not_after(cert), until),
	    "ca", assay_cert_is_ca(cert, NULL),
	    "key", "type", key_type_name(key), "bits",
	    (int)assay_pkey_bits(key),
	    "sha256", hex_value(assay_digest_bytes(&hash)));
	if (object == NULL) {
		(void)assay_fail_memory(err, "certificate");
		return NULL;
	}
	/* set_new() drops a NULL: most certificates have no such part. */
	(void)json_object_set_new(object, "sgx", cli_sgx_extension(cert));
	return object;
}

static void
print_value(struct cli_output *out, const json_t *value)
{
	const json_t *item;
	size_t i;

	switch (json_typeof(value)) {
	case JSON_STRING:
		cli_put_text(out->to, assay_json_string(value), false);
		break;
	case JSON_INTEGER:
		cli_printf(out, "%" JSON_INTEGER_FORMAT,
		    json_integer_value(value));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		cli_printf(out, json_is_true(value) ? "yes" : "no");
		break;
	case JSON_ARRAY:
		json_array_foreach(value, i, item) {
			cli_printf(out, i == 0 ? "" : " ");
			print_value(out, item);
		}
		break;
	case JSON_OBJECT:
	case JSON_REAL:
	case JSON_NULL:
		break;
	}
}

static void
print_members(struct cli_output *out, json_t *object, int indent)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value) {
		if (json_is_object(value)) {
			cli_printf(out, "%*s%s\n", indent, "", name);
			print_members(out, value, indent + 2);
			continue;
		}
		cli_printf(out, "%*s%-*s ", indent, "", 24 - indent, name);
		print_value(out, value);
		cli_printf(out, "\n");
	}
}

void
cli_cert_print(struct cli_output *out, json_t *cert)
{
	print_members(out, cert, 2);
}

bool
cli_cert_text(struct cli_output *out, const struct assay_cert *cert,
    struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(16 * ASSAY_MAX_CERT_BYTES);
	bool ok = assay_cert_describe(cert, &text);

	if (!ok)
		(void)assay_fail_memory(err, "certificate");
	cli_put_text(out->to, assay_buffer_bytes(&text), true);
	assay_buffer_free(&text);
	return ok;
}
