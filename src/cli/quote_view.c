/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Source of the layouts: Intel SGX DCAP ECDSA Quote Library API, "Quote
 * Format"; Intel TDX DCAP Quoting Library API, "Quote Format"; Intel SDM
 * volume 3D, REPORT; Open Enclave, report.h.
 */
#include <inttypes.h>
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/reader.h"
#include "cli/cert_view.h"
#include "cli/quote_view.h"

#define FIELD_MAX	ASSAY_MAX_EVIDENCE_BYTES
#define TEE_TDX		0x81
#define CERT_PCK_CHAIN	5
#define SIGNATURE_AND_KEY 128

enum how { NUMBER, FLAGS, BYTES, RESERVED };

struct row {
	const char	*name;
	size_t		 len;
	enum how	 how;
	const char	*(*meaning)(uint64_t value);
};

/* What is being taken apart, and what came of it so far. */
struct view {
	struct assay_reader	 r;
	size_t			 base;
	json_t			*out;
	json_t			*section;	/* borrowed from out */
	bool			 failed;	/* something ended too early */
};

/* ---- meanings ------------------------------------------------------------ */

static const char *
key_type_meaning(uint64_t value)
{
	return value == 2 ? "ECDSA-256-with-P-256" :
	    value == 3 ? "ECDSA-384-with-P-384" : "unknown";
}

static const char *
tee_meaning(uint64_t value)
{
	return value == 0 ? "SGX" : value == TEE_TDX ? "TDX" : "unknown";
}

static const char *
body_meaning(uint64_t value)
{
	static const char *const names[] = { "unknown", "SGX enclave report",
	    "TD report 1.0", "TD report 1.5", "TD report 1.5 extended" };

	return value < 5 ? names[value] : names[0];
}

static const char *
certification_meaning(uint64_t value)
{
	static const char *const names[] = { "unknown", "plain PPID",
	    "PPID, RSA-2048", "PPID, RSA-3072", "PCK leaf certificate",
	    "PCK certificate chain", "QE report certification data" };

	return value < 7 ? names[value] : names[0];
}

/* Intel SDM volume 3D, ATTRIBUTES: the bits that a reader looks for. */
static const char *
sgx_flags_meaning(uint64_t value)
{
	if ((value & 0x2) != 0)
		return "DEBUG: memory of the enclave is open to its host";
	return (value & 0x10) != 0 ? "PROVISION_KEY" : NULL;
}

static const char *
td_attributes_meaning(uint64_t value)
{
	return (value & 1) != 0 ?
	    "DEBUG: memory of the TD is open to its host" : NULL;
}

static const char *
oe_type_meaning(uint64_t value)
{
	return value == 1 ? "local report" : value == 2 ? "remote report" :
	    "unknown";
}

/* ---- layouts --------------------------------------------------------------- */

static const struct row header_3[] = {
	{ "version", 2, NUMBER, NULL },
	{ "att_key_type", 2, NUMBER, key_type_meaning },
	{ "reserved", 4, RESERVED, NULL },
	{ "qe_svn", 2, NUMBER, NULL },
	{ "pce_svn", 2, NUMBER, NULL },
	{ "qe_vendor_id", 16, BYTES, NULL },
	{ "user_data", 20, BYTES, NULL },
};

static const struct row header_4[] = {
	{ "version", 2, NUMBER, NULL },
	{ "att_key_type", 2, NUMBER, key_type_meaning },
	{ "tee_type", 4, NUMBER, tee_meaning },
	{ "reserved", 4, RESERVED, NULL },
	{ "qe_vendor_id", 16, BYTES, NULL },
	{ "user_data", 20, BYTES, NULL },
};

static const struct row body_descriptor[] = {
	{ "body_type", 2, NUMBER, body_meaning },
	{ "body_size", 4, NUMBER, NULL },
};

static const struct row sgx_body[] = {
	{ "cpusvn", 16, BYTES, NULL },
	{ "miscselect", 4, FLAGS, NULL },
	{ "reserved1", 12, RESERVED, NULL },
	{ "isvextprodid", 16, BYTES, NULL },
	{ "attributes", 8, FLAGS, sgx_flags_meaning },
	{ "xfrm", 8, FLAGS, NULL },
	{ "mrenclave", 32, BYTES, NULL },
	{ "reserved2", 32, RESERVED, NULL },
	{ "mrsigner", 32, BYTES, NULL },
	{ "reserved3", 32, RESERVED, NULL },
	{ "configid", 64, BYTES, NULL },
	{ "isvprodid", 2, NUMBER, NULL },
	{ "isvsvn", 2, NUMBER, NULL },
	{ "configsvn", 2, NUMBER, NULL },
	{ "reserved4", 42, RESERVED, NULL },
	{ "isvfamilyid", 16, BYTES, NULL },
	{ "report_data", 64, BYTES, NULL },
};

static const struct row td_body[] = {
	{ "tee_tcb_svn", 16, BYTES, NULL },
	{ "mrseam", 48, BYTES, NULL },
	{ "mrsignerseam", 48, BYTES, NULL },
	{ "seamattributes", 8, FLAGS, NULL },
	{ "tdattributes", 8, FLAGS, td_attributes_meaning },
	{ "xfam", 8, FLAGS, NULL },
	{ "mrtd", 48, BYTES, NULL },
	{ "mrconfigid", 48, BYTES, NULL },
	{ "mrowner", 48, BYTES, NULL },
	{ "mrownerconfig", 48, BYTES, NULL },
	{ "rtmr0", 48, BYTES, NULL },
	{ "rtmr1", 48, BYTES, NULL },
	{ "rtmr2", 48, BYTES, NULL },
	{ "rtmr3", 48, BYTES, NULL },
	{ "report_data", 64, BYTES, NULL },
};

static const struct row td_body_1_5[] = {
	{ "tee_tcb_svn2", 16, BYTES, NULL },
	{ "mrservicetd", 48, BYTES, NULL },
};

static const struct row signature[] = {
	{ "signature_data_len", 4, NUMBER, NULL },
	{ "quote_signature", 64, BYTES, NULL },
	{ "ecdsa_attestation_key", 64, BYTES, NULL },
};

static const struct row outer_certification[] = {
	{ "certification_data_type", 2, NUMBER, certification_meaning },
	{ "certification_data_size", 4, NUMBER, NULL },
};

static const struct row qe_signature[] = {
	{ "qe_report_signature", 64, BYTES, NULL },
	{ "qe_authentication_data_size", 2, NUMBER, NULL },
};

static const struct row inner_certification[] = {
	{ "qe_certification_data_type", 2, NUMBER, certification_meaning },
	{ "qe_certification_data_size", 4, NUMBER, NULL },
};

static const struct row oe_header[] = {
	{ "version", 4, NUMBER, NULL },
	{ "type", 4, NUMBER, oe_type_meaning },
	{ "size", 8, NUMBER, NULL },
};

#define ROWS(table) table, sizeof(table) / sizeof((table)[0])

/* ---- taking apart ----------------------------------------------------------- */

static json_t *
hex_value(struct assay_bytes in)
{
	struct assay_buffer hex = assay_buffer(2 * (size_t)FIELD_MAX);
	json_t *value = NULL;

	if (assay_hex_encode(in, &hex))
		value = json_string(assay_buffer_str(&hex));
	assay_buffer_free(&hex);
	return value;
}

static uint64_t
number_of(struct assay_bytes in)
{
	uint64_t value = 0;

	for (size_t i = 0; i < in.len && i < 8; i++)
		value |= (uint64_t)in.ptr[i] << (8 * i);
	return value;
}

static bool
all_zero(struct assay_bytes in)
{
	for (size_t i = 0; i < in.len; i++)
		if (in.ptr[i] != 0)
			return false;
	return true;
}

static json_t *
field_value(const struct row *row, struct assay_bytes in)
{
	char flags[32];

	switch (row->how) {
	case NUMBER:
		if (number_of(in) <= INT64_MAX)
			return json_integer((json_int_t)number_of(in));
		break;
	case FLAGS:
		(void)snprintf(flags, sizeof(flags), "0x%0*" PRIx64,
		    (int)(2 * in.len), number_of(in));
		return json_string(flags);
	case BYTES:
	case RESERVED:
		break;
	}
	return hex_value(in);
}

static void
put_field(struct view *v, const struct row *row, size_t offset,
    struct assay_bytes in)
{
	json_t *field = json_pack("{s:I, s:o}", "offset",
	    (json_int_t)(v->base + offset), "value", field_value(row, in));
	const char *meaning = NULL;

	if (row->meaning != NULL)
		meaning = row->meaning(number_of(in));
	else if (row->how == RESERVED && !all_zero(in))
		meaning = "reserved, yet not zero";
	if (meaning != NULL && field != NULL)
		(void)cli_set_text(field, "meaning", meaning);
	(void)json_object_set_new(v->section, row->name, field);
}

static void
begin(struct view *v, const char *section)
{
	v->section = json_object();
	(void)json_object_set_new(v->out, section, v->section);
}

static void
problem(struct view *v, const char *text)
{
	v->failed = true;
	(void)cli_set_text(v->out, "problem", text);
}

/* Every row, up to the one that does not fit. */
static bool
take(struct view *v, const struct row *rows, size_t n)
{
	struct assay_bytes in;
	char text[128];
	size_t offset;

	for (size_t i = 0; i < n && !v->failed; i++) {
		offset = assay_reader_offset(&v->r);
		if (assay_read_bytes(&v->r, rows[i].len, &in)) {
			put_field(v, &rows[i], offset, in);
			continue;
		}
		(void)snprintf(text, sizeof(text),
		    "ends at byte %zu, inside %s (%zu bytes at %zu)",
		    v->base + offset + assay_reader_left(&v->r),
		    rows[i].name, rows[i].len, v->base + offset);
		problem(v, text);
	}
	return !v->failed;
}

/* One field whose length another field said. */
static bool
take_sized(struct view *v, const char *name, size_t len)
{
	const struct row row = { name, len, BYTES, NULL };

	return take(v, &row, 1);
}

/* The number that a field of this section was read as. */
static uint64_t
number_at(const struct view *v, const char *name)
{
	const json_t *field = json_object_get(v->section, name);

	return (uint64_t)json_integer_value(json_object_get(field, "value"));
}

static void
take_certificates(struct view *v, struct assay_bytes pem)
{
	struct assay_cert *certs[ASSAY_MAX_CHAIN_CERTS];
	struct assay_error err = { ASSAY_ERR_OK, "" };
	json_t *list;
	size_t n = 0;

	if (!assay_certs_from_pem(pem, certs, ASSAY_MAX_CHAIN_CERTS, &n,
	    &err)) {
		problem(v, err.text);
		return;
	}
	list = json_array();
	for (size_t i = 0; i < n; i++) {
		(void)json_array_append_new(list, cli_cert_json(certs[i],
		    &err));
		assay_cert_free(certs[i]);
	}
	(void)json_object_set_new(v->out, "certificates", list);
	(void)cli_set_text(json_object_get(v->section,
	    "qe_certification_data"), "meaning", "PEM, shown below");
}

static void
take_certification(struct view *v)
{
	struct assay_bytes data;
	uint64_t type, size;

	if (!take(v, ROWS(inner_certification)))
		return;
	type = number_at(v, "qe_certification_data_type");
	size = number_at(v, "qe_certification_data_size");
	data = assay_reader_rest(&v->r);
	if (!take_sized(v, "qe_certification_data", (size_t)size))
		return;
	data.len = (size_t)size;
	if (type == CERT_PCK_CHAIN)
		take_certificates(v, data);
}

static void
take_qe_part(struct view *v)
{
	begin(v, "qe_report");
	if (!take(v, ROWS(sgx_body)))
		return;
	begin(v, "qe_certification");
	if (take(v, ROWS(qe_signature)) && take_sized(v,
	    "qe_authentication_data",
	    (size_t)number_at(v, "qe_authentication_data_size")))
		take_certification(v);
}

/* What the quote says of its own length against what its parts take. */
static void
compare_length(struct view *v, uint64_t said, size_t taken)
{
	char text[128];

	if (said == taken)
		return;
	(void)snprintf(text, sizeof(text), "signature_data_len is %" PRIu64
	    ", the parts of the signature data take %zu", said, taken);
	problem(v, text);
}

static void
take_signature_data(struct view *v, uint64_t version)
{
	uint64_t said;
	size_t start;

	begin(v, "signature_data");
	if (!take(v, ROWS(signature)))
		return;
	said = number_at(v, "signature_data_len");
	start = assay_reader_offset(&v->r) - SIGNATURE_AND_KEY;
	if (version >= 4 && !take(v, ROWS(outer_certification)))
		return;
	take_qe_part(v);
	if (!v->failed)
		compare_length(v, said, assay_reader_offset(&v->r) - start);
}

static bool
take_td_body(struct view *v, uint64_t body_type)
{
	if (!take(v, ROWS(td_body)))
		return false;
	return body_type < 3 || take(v, ROWS(td_body_1_5));
}

static void
take_quote(struct view *v, uint64_t version)
{
	uint64_t type = 1;

	begin(v, "header");
	if (!(version == 3 ? take(v, ROWS(header_3)) :
	    take(v, ROWS(header_4))))
		return;
	if (version < 3 || version > 5) {
		problem(v, "version is not 3, 4 or 5: the rest is unknown");
		return;
	}
	if (version >= 4 && number_at(v, "tee_type") == TEE_TDX)
		type = 2;
	if (version == 5) {
		begin(v, "body_descriptor");
		if (!take(v, ROWS(body_descriptor)))
			return;
		type = number_at(v, "body_type");
	}
	if (type == 0 || type > 3) {
		problem(v, "body type is unknown");
		return;
	}
	begin(v, "report_body");
	if (type == 1 ? take(v, ROWS(sgx_body)) : take_td_body(v, type))
		take_signature_data(v, version);
}

/* Field evidence is often longer than its quote; by how much, and of what. */
static void
note_rest(struct view *v)
{
	struct assay_bytes rest = assay_reader_rest(&v->r);

	if (v->failed)
		return;
	(void)json_object_set_new(v->out, "trailing_bytes",
	    json_integer((json_int_t)rest.len));
	if (rest.len != 0)
		(void)json_object_set_new(v->out, "trailing_zero",
		    json_boolean(all_zero(rest)));
}

json_t *
cli_quote_view(struct assay_bytes quote, size_t base)
{
	struct view v = { .r = assay_reader(quote), .base = base };

	if ((v.out = json_object()) == NULL)
		return NULL;
	take_quote(&v, number_of((struct assay_bytes){ quote.ptr,
	    quote.len < 2 ? quote.len : 2 }));
	note_rest(&v);
	return v.out;
}

json_t *
cli_report_view(struct assay_bytes report)
{
	struct view v = { .r = assay_reader(report) };
	json_t *quote;

	if ((v.out = json_object()) == NULL)
		return NULL;
	begin(&v, "open_enclave_header");
	if (!take(&v, ROWS(oe_header)))
		return v.out;
	if (number_at(&v, "size") != assay_reader_left(&v.r))
		problem(&v, "size in the Open Enclave header is not the "
		    "number of bytes behind it");
	quote = cli_quote_view(assay_reader_rest(&v.r),
	    assay_reader_offset(&v.r));
	(void)json_object_update_missing(v.out, quote);
	json_decref(quote);
	return v.out;
}

/* {field: {"offset","value"}} cut in two. */
static void
split_section(const char *name, json_t *section, json_t *values,
    json_t *offsets)
{
	json_t *value_of = json_object(), *offset_of = json_object();
	const char *field;
	json_t *row;

	json_object_foreach(section, field, row) {
		(void)json_object_set(value_of, field,
		    json_object_get(row, "value"));
		(void)json_object_set(offset_of, field,
		    json_object_get(row, "offset"));
	}
	(void)json_object_set_new(values, name, value_of);
	(void)json_object_set_new(offsets, name, offset_of);
}

json_t *
cli_quote_json(json_t *view)
{
	json_t *values = json_object(), *offsets = json_object(), *part;
	const char *name;

	json_object_foreach(view, name, part) {
		if (json_is_object(part))
			split_section(name, part, values, offsets);
		else
			(void)json_object_set(values, name, part);
	}
	(void)json_object_set_new(values, "offsets", offsets);
	(void)json_object_set_new(values, "verified", json_false());
	return values;
}

/* ---- showing ------------------------------------------------------------------ */

static bool
only_zeros(const char *hex)
{
	return hex[strspn(hex, "0")] == '\0';
}

static void
print_hex(struct cli_output *out, const char *hex)
{
	size_t len = strlen(hex);

	if (len <= 40 || only_zeros(hex)) {
		cli_printf(out, "%s", only_zeros(hex) ? "zero" : hex);
		return;
	}
	for (size_t at = 0; at < len && at < 512; at += 64)
		cli_printf(out, "\n          %.64s", hex + at);
	if (len > 512)
		cli_printf(out, "\n          ... %zu bytes in all", len / 2);
}

static void
print_field(struct cli_output *out, const char *name, const json_t *field)
{
	const json_t *value = json_object_get(field, "value");
	const char *meaning =
	    json_string_value(json_object_get(field, "meaning"));

	cli_printf(out, "  %6" JSON_INTEGER_FORMAT "  %-28s ",
	    json_integer_value(json_object_get(field, "offset")), name);
	if (json_is_integer(value))
		cli_printf(out, "%" JSON_INTEGER_FORMAT,
		    json_integer_value(value));
	else if (meaning == NULL || strlen(json_string_value(value)) <= 40)
		print_hex(out, json_string_value(value));
	if (meaning != NULL)
		cli_printf(out, " (%s)", meaning);
	cli_printf(out, "\n");
}

static void
print_section(struct cli_output *out, const char *name, json_t *section)
{
	const char *field;
	json_t *value;

	cli_printf(out, "%s\n", name);
	json_object_foreach(section, field, value)
		print_field(out, field, value);
}

static void
print_rest(struct cli_output *out, const json_t *view)
{
	const json_t *trailing = json_object_get(view, "trailing_bytes");
	const json_t *text = json_object_get(view, "problem");

	if (json_integer_value(trailing) != 0)
		cli_printf(out, "%" JSON_INTEGER_FORMAT " bytes behind the "
		    "quote (%s); they belong to no field\n",
		    json_integer_value(trailing),
		    json_is_true(json_object_get(view, "trailing_zero")) ?
		    "all zero" : "not zero");
	if (text != NULL) {
		cli_printf(out, "PROBLEM: ");
		cli_put_text(out->to,
		    assay_bytes_of(json_string_value(text)), false);
		cli_printf(out, "\n");
	}
}

void
cli_quote_print(struct cli_output *out, json_t *view)
{
	const char *name;
	json_t *value;
	size_t i;

	json_object_foreach(view, name, value)
		if (json_is_object(value))
			print_section(out, name, value);
	json_array_foreach(json_object_get(view, "certificates"), i, value) {
		cli_printf(out, "certificate %zu\n", i + 1);
		cli_cert_print(out, value);
	}
	print_rest(out, view);
	cli_printf(out, "UNVERIFIED: no signature was looked at; \"assay "
	    "appraise\" does that\n");
}
