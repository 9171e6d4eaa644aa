/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/limits.h"
#include "base/reader.h"
#include "evidence/dcap_quote.h"

#define HEADER_LEN	48
#define KEY_TYPE_P256	2
#define CERT_DATA_QE	6	/* QE report certification data: v4, v5 */

/* Intel's quoting enclaves; no other vendor has one. */
static const uint8_t intel_vendor_id[16] = {
	0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
	0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07,
};

static const struct {
	enum assay_quote_body	 type;
	uint32_t		 tee_type;
	uint32_t		 size;
	const char		*name;
} bodies[] = {
	{ ASSAY_BODY_SGX, ASSAY_TEE_TYPE_SGX, 384, "SGX enclave report" },
	{ ASSAY_BODY_TD10, ASSAY_TEE_TYPE_TDX, 584, "TD report 1.0" },
	{ ASSAY_BODY_TD15, ASSAY_TEE_TYPE_TDX, 648, "TD report 1.5" },
	{ ASSAY_BODY_TD15_EX, ASSAY_TEE_TYPE_TDX, 885, "TD report 1.5 Ex" },
};
#define N_BODIES (sizeof(bodies) / sizeof(bodies[0]))

const char *
assay_quote_body_name(enum assay_quote_body type)
{
	for (size_t i = 0; i < N_BODIES; i++)
		if (bodies[i].type == type)
			return bodies[i].name;
	return "unknown";
}

const char *
assay_cert_data_name(uint16_t type)
{
	static const char *const names[] = {
		"none", "plain PPID", "encrypted PPID (RSA-2048)",
		"encrypted PPID (RSA-3072)", "PCK certificate alone",
		"PCK certificate chain", "QE report certification data",
	};

	return type < sizeof(names) / sizeof(names[0]) ? names[type] :
	    "unknown";
}

static bool
ends_early(struct assay_error *err, const char *where, size_t wanted,
    const struct assay_reader *r)
{
	return assay_fail(err, ASSAY_ERR_UNSUPPORTED_QUOTE_FORMAT,
	    "quote: %s wants %zu bytes at offset %zu, %zu are left", where,
	    wanted, assay_reader_offset(r), assay_reader_left(r));
}

static bool
read_header(struct assay_reader *r, struct assay_dcap_quote *q,
    struct assay_error *err)
{
	if (assay_reader_left(r) < HEADER_LEN)
		return ends_early(err, "header", HEADER_LEN, r);
	return assay_read_u16le(r, &q->version) &&
	    assay_read_u16le(r, &q->att_key_type) &&
	    assay_read_u32le(r, &q->tee_type) &&
	    assay_read_u16le(r, &q->qe_svn) &&
	    assay_read_u16le(r, &q->pce_svn) &&
	    assay_read_bytes(r, 16, &q->qe_vendor_id) &&
	    assay_read_bytes(r, 20, &q->user_data);
}

static bool
check_header(const struct assay_dcap_quote *q, struct assay_checks *checks,
    struct assay_error *err)
{
	const enum assay_code code = ASSAY_ERR_UNSUPPORTED_QUOTE_FORMAT;

	if (!assay_check(checks, ASSAY_CHECK_QUOTE_VERSION,
	    q->version >= 3 && q->version <= 5))
		return assay_fail(err, code,
		    "quote: version is %u, want 3, 4 or 5", q->version);
	if (!assay_check(checks, ASSAY_CHECK_QUOTE_KEY_TYPE,
	    q->att_key_type == KEY_TYPE_P256))
		return assay_fail(err, code, "quote: attestation key type is "
		    "%u, want %u (ECDSA P-256)", q->att_key_type,
		    KEY_TYPE_P256);
	if (!assay_check(checks, ASSAY_CHECK_QUOTE_TEE_TYPE,
	    q->tee_type == ASSAY_TEE_TYPE_SGX ||
	    (q->tee_type == ASSAY_TEE_TYPE_TDX && q->version != 3)))
		return assay_fail(err, code, "quote: TEE type is 0x%x, want "
		    "0 (SGX)%s", q->tee_type, q->version == 3 ?
		    " in version 3" : " or 0x81 (TDX)");
	if (!assay_check(checks, ASSAY_CHECK_QUOTE_QE_VENDOR,
	    memcmp(q->qe_vendor_id.ptr, intel_vendor_id,
	    sizeof(intel_vendor_id)) == 0))
		return assay_fail(err, code,
		    "quote: QE vendor is not Intel's");
	return true;
}

/* Type and size of the body, said (v5) or implied. */
static bool
read_body_type(struct assay_reader *r, struct assay_dcap_quote *q,
    struct assay_checks *checks, size_t *size, struct assay_error *err)
{
	uint16_t type = q->tee_type == ASSAY_TEE_TYPE_TDX ?
	    ASSAY_BODY_TD10 : ASSAY_BODY_SGX;
	uint32_t said = 0;
	size_t i;

	if (q->version == 5 && (!assay_read_u16le(r, &type) ||
	    !assay_read_u32le(r, &said)))
		return ends_early(err, "body descriptor", 6, r);
	for (i = 0; i < N_BODIES && bodies[i].type != type; i++)
		;
	if (i == N_BODIES)
		return assay_fail(err, ASSAY_ERR_UNSUPPORTED_QUOTE_FORMAT,
		    "quote: body type is %u, want 1 to 4", type);
	if (!assay_check(checks, ASSAY_CHECK_QUOTE_BODY_TYPE,
	    bodies[i].tee_type == q->tee_type &&
	    (q->version != 5 || said == bodies[i].size)))
		return assay_fail(err, ASSAY_ERR_UNSUPPORTED_QUOTE_FORMAT,
		    "quote: body of type %u (%s) and %u bytes with TEE type "
		    "0x%x, want %u bytes and TEE type 0x%x", type,
		    bodies[i].name, said, q->tee_type, bodies[i].size,
		    bodies[i].tee_type);
	q->body_type = bodies[i].type;
	*size = bodies[i].size;
	return true;
}

static bool
read_body(struct assay_reader *r, struct assay_dcap_quote *q,
    struct assay_checks *checks, struct assay_error *err)
{
	size_t size = 0;

	if (!read_body_type(r, q, checks, &size, err))
		return false;
	if (!assay_read_bytes(r, size, &q->body))
		return ends_early(err, "body", size, r);
	q->signed_part = (struct assay_bytes){ r->start,
	    assay_reader_offset(r) };
	return true;
}

/* QE report, its signature, QE authentication data, certification data. */
static bool
read_certification(struct assay_reader *r, struct assay_dcap_quote *q,
    struct assay_error *err)
{
	uint32_t cert_len;
	uint16_t auth_len;

	if (!assay_read_bytes(r, ASSAY_SGX_REPORT_LEN, &q->qe_report) ||
	    !assay_sgx_report_parse(q->qe_report, &q->qe))
		return ends_early(err, "QE report", ASSAY_SGX_REPORT_LEN, r);
	if (!assay_read_bytes(r, 64, &q->qe_report_signature))
		return ends_early(err, "QE report signature", 64, r);
	if (!assay_read_u16le(r, &auth_len))
		return ends_early(err, "QE authentication data length", 2, r);
	if (!assay_read_bytes(r, auth_len, &q->qe_auth_data))
		return ends_early(err, "QE authentication data", auth_len, r);
	if (!assay_read_u16le(r, &q->cert_data_type) ||
	    !assay_read_u32le(r, &cert_len))
		return ends_early(err, "certification data head", 6, r);
	if (!assay_read_bytes(r, cert_len, &q->cert_data))
		return ends_early(err, "certification data", cert_len, r);
	return true;
}

/* Certification data of v4 and v5 is packed once more. */
static bool
read_packed_certification(struct assay_reader *r, struct assay_dcap_quote *q,
    bool *exact, struct assay_error *err)
{
	struct assay_reader inner;
	uint16_t type;
	uint32_t len;

	if (!assay_read_u16le(r, &type) || !assay_read_u32le(r, &len))
		return ends_early(err, "certification data head", 6, r);
	if (type != CERT_DATA_QE)
		return assay_fail(err, ASSAY_ERR_UNSUPPORTED_QUOTE_FORMAT,
		    "quote: outer certification data type is %u (%s), want %u",
		    type, assay_cert_data_name(type), CERT_DATA_QE);
	if (!assay_read_sub(r, len, &inner))
		return ends_early(err, "certification data", len, r);
	if (!read_certification(&inner, q, err))
		return assay_fail_in(err, "QE report certification data");
	*exact = assay_reader_left(&inner) == 0;
	return true;
}

static bool
read_auth_data(struct assay_reader *r, struct assay_dcap_quote *q,
    struct assay_checks *checks, struct assay_error *err)
{
	bool exact = true, ok;

	if (!assay_read_bytes(r, 64, &q->signature) ||
	    !assay_read_bytes(r, 64, &q->attestation_key))
		return ends_early(err, "signature and attestation key", 128,
		    r);
	ok = q->version == 3 ? read_certification(r, q, err) :
	    read_packed_certification(r, q, &exact, err);
	if (!ok)
		return false;
	/* Intel's library lets version 3 have bytes left over here. */
	if (!assay_check(checks, ASSAY_CHECK_QUOTE_LENGTHS,
	    exact && assay_reader_left(r) == 0))
		return assay_fail(err, ASSAY_ERR_UNSUPPORTED_QUOTE_FORMAT,
		    "quote: authentication data goes on behind the "
		    "certification data (%zu bytes)", assay_reader_left(r));
	return true;
}

static bool
read_quote(struct assay_bytes in, struct assay_checks *checks,
    struct assay_dcap_quote *q, struct assay_error *err)
{
	struct assay_reader r = assay_reader(in), auth;
	uint32_t len;

	if (!read_header(&r, q, err) || !check_header(q, checks, err) ||
	    !read_body(&r, q, checks, err))
		return false;
	if (!assay_read_u32le(&r, &len))
		return ends_early(err, "authentication data length", 4, &r);
	if (len > ASSAY_MAX_QUOTE_AUTH_BYTES)
		return assay_fail(err, ASSAY_ERR_UNSUPPORTED_QUOTE_FORMAT,
		    "quote: authentication data of %u bytes, at most %u", len,
		    ASSAY_MAX_QUOTE_AUTH_BYTES);
	if (!assay_read_sub(&r, len, &auth))
		return ends_early(err, "authentication data", len, &r);
	if (!read_auth_data(&auth, q, checks, err))
		return false;
	q->length = assay_reader_offset(&r);
	return true;
}

bool
assay_dcap_quote_split(struct assay_bytes in, struct assay_dcap_quote *out,
    struct assay_error *err)
{
	struct assay_checks unused = { 0 };
	struct assay_dcap_quote q = { 0 };

	if (!read_quote(in, &unused, &q, err))
		return false;
	*out = q;
	return true;
}

bool
assay_dcap_quote_parse(struct assay_bytes in, struct assay_checks *checks,
    struct assay_dcap_quote *out, struct assay_error *err)
{
	struct assay_dcap_quote q = { 0 };
	/* QVL knows 1 to 5 as quotes, QvE judges only 5. */
	enum assay_code code;

	if (!read_quote(in, checks, &q, err))
		return false;
	code = q.cert_data_type >= 1 && q.cert_data_type <= 5 ?
	    ASSAY_ERR_UNSUPPORTED_CERT_FORMAT :
	    ASSAY_ERR_UNSUPPORTED_QUOTE_FORMAT;
	if (!assay_check(checks, ASSAY_CHECK_QUOTE_CERT_DATA_TYPE,
	    q.cert_data_type == ASSAY_CERT_DATA_CHAIN))
		return assay_fail(err, code, "quote: certification data type "
		    "%u (%s) is unsupported, want %u (%s)", q.cert_data_type,
		    assay_cert_data_name(q.cert_data_type),
		    ASSAY_CERT_DATA_CHAIN,
		    assay_cert_data_name(ASSAY_CERT_DATA_CHAIN));
	*out = q;
	return true;
}
