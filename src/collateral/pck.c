/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/reader.h"
#include "collateral/pck.h"
#include "crypto/der.h"

#define CHAIN_CERTS	3
#define TCB_ELEMENTS	18	/* 16 components, PCESVN, CPUSVN */

/* ---- the SGX extension ------------------------------------------------- */

static bool
bad_extension(struct assay_error *err, const char *what)
{
	return assay_fail(err, ASSAY_ERR_SGX_PCK_INVALID_EXTENSIONS,
	    "SGX extension of the PCK certificate: %s", what);
}

/* An OCTET STRING of exactly n bytes. */
static bool
read_octets(struct assay_reader *r, uint8_t *out, size_t n)
{
	struct assay_bytes b;

	if (!assay_der_octets(r, &b) || b.len != n)
		return false;
	memcpy(out, b.ptr, n);
	return true;
}

/*
 * The last arc of the next element's OID, which must lie directly under
 * parent; 0 if it does not.
 */
static unsigned int
next_arc(struct assay_reader *r, const char *parent, unsigned int max)
{
	char oid[64];

	for (unsigned int arc = 1; arc <= max; arc++) {
		(void)snprintf(oid, sizeof(oid), "%s.%u", parent, arc);
		if (assay_der_is_oid(r, oid))
			return arc;
	}
	return 0;
}

static bool
read_tcb_value(unsigned int arc, struct assay_reader *r, struct assay_pck *out)
{
	uint64_t v;

	if (arc == TCB_ELEMENTS)
		return read_octets(r, out->cpusvn, sizeof(out->cpusvn));
	if (!assay_der_uint(r, ASSAY_DER_INTEGER, &v))
		return false;
	if (arc == TCB_ELEMENTS - 1) {
		out->pcesvn = (uint16_t)v;
		return v <= UINT16_MAX;
	}
	out->components[arc - 1] = (uint8_t)v;
	return v <= UINT8_MAX;
}

/* Each element is SEQUENCE { OID, value }; each known one exactly once. */
static bool
read_tcb(struct assay_reader *r, struct assay_pck *out, struct assay_error *err)
{
	struct assay_reader seq, element;
	uint32_t seen = 0;
	unsigned int arc;

	if (!assay_der_next(r, ASSAY_DER_SEQUENCE, &seq))
		return bad_extension(err, "TCB is not a sequence");
	while (assay_reader_left(&seq) != 0) {
		if (!assay_der_next(&seq, ASSAY_DER_SEQUENCE, &element) ||
		    (arc = next_arc(&element, ASSAY_OID_SGX ".2",
		    TCB_ELEMENTS)) == 0)
			return bad_extension(err, "unknown element in TCB");
		if ((seen & UINT32_C(1) << arc) != 0)
			return bad_extension(err, "TCB has an element twice");
		seen |= UINT32_C(1) << arc;
		if (!read_tcb_value(arc, &element, out) ||
		    assay_reader_left(&element) != 0)
			return bad_extension(err, "TCB has a bad value");
	}
	if (seen != (UINT32_C(1) << (TCB_ELEMENTS + 1)) - 2)
		return bad_extension(err, "TCB lacks a component, the PCESVN "
		    "or the CPUSVN");
	return true;
}

static bool
read_configuration(struct assay_reader *r, struct assay_pck *out)
{
	bool *const flags[] = {
		&out->dynamic_platform, &out->cached_keys, &out->smt_enabled,
	};
	struct assay_reader seq, element;
	unsigned int arc, seen = 0;

	if (!assay_der_next(r, ASSAY_DER_SEQUENCE, &seq))
		return false;
	while (assay_reader_left(&seq) != 0) {
		if (!assay_der_next(&seq, ASSAY_DER_SEQUENCE, &element) ||
		    (arc = next_arc(&element, ASSAY_OID_SGX ".7", 3)) == 0 ||
		    (seen & 1u << arc) != 0 ||
		    !assay_der_bool(&element, flags[arc - 1]) ||
		    assay_reader_left(&element) != 0)
			return false;
		seen |= 1u << arc;
	}
	return true;
}

static bool
read_element(unsigned int arc, struct assay_reader *r, struct assay_pck *out,
    struct assay_error *err)
{
	bool ok = false;
	uint64_t v;

	switch (arc) {
	case 1:
		ok = read_octets(r, out->ppid, sizeof(out->ppid));
		break;
	case 2:
		return read_tcb(r, out, err);
	case 3:
		ok = read_octets(r, out->pceid, sizeof(out->pceid));
		break;
	case 4:
		ok = read_octets(r, out->fmspc, sizeof(out->fmspc));
		break;
	case 5:
		ok = assay_der_uint(r, ASSAY_DER_ENUMERATED, &v) && v <= 2;
		out->sgx_type = ok ? (uint8_t)v : 0;
		break;
	case 6:
		ok = read_octets(r, out->instance_id,
		    sizeof(out->instance_id));
		break;
	case 7:
		ok = read_configuration(r, out);
		break;
	}
	if (!ok)
		return assay_fail(err, ASSAY_ERR_SGX_PCK_INVALID_EXTENSIONS,
		    "SGX extension of the PCK certificate: element %s.%u has "
		    "a bad value", ASSAY_OID_SGX, arc);
	return true;
}

/* 5 elements under the Processor CA, 7 under the Platform CA. */
static bool
read_elements(struct assay_reader *seq, struct assay_pck *out,
    struct assay_error *err)
{
	const unsigned int five = 0x3e, seven = 0xfe;
	struct assay_reader element;
	unsigned int arc, seen = 0;

	while (assay_reader_left(seq) != 0) {
		if (!assay_der_next(seq, ASSAY_DER_SEQUENCE, &element) ||
		    (arc = next_arc(&element, ASSAY_OID_SGX, 7)) == 0)
			return bad_extension(err, "unknown element");
		if ((seen & 1u << arc) != 0)
			return bad_extension(err, "an element occurs twice");
		seen |= 1u << arc;
		if (!read_element(arc, &element, out, err))
			return false;
		if (assay_reader_left(&element) != 0)
			return bad_extension(err, "bytes behind a value");
	}
	if (seen != five && seen != seven)
		return assay_fail(err, ASSAY_ERR_SGX_PCK_INVALID_EXTENSIONS,
		    "SGX extension of the PCK certificate has the elements "
		    "0x%02x (bit n: element %s.n), want 0x%02x or 0x%02x",
		    seen, ASSAY_OID_SGX, five, seven);
	out->has_platform = seen == seven;
	return true;
}

static bool
read_sgx_extension(const struct assay_cert *leaf, struct assay_pck *out,
    struct assay_error *err)
{
	struct assay_reader r, seq;
	struct assay_bytes value;

	if (!assay_cert_extension(leaf, ASSAY_OID_SGX, &value, NULL))
		return bad_extension(err, "is not there");
	r = assay_reader(value);
	if (!assay_der_next(&r, ASSAY_DER_SEQUENCE, &seq) ||
	    assay_reader_left(&r) != 0)
		return bad_extension(err, "is not one sequence");
	return read_elements(&seq, out, err);
}

/* ---- the chain --------------------------------------------------------- */

void
assay_pck_chain_free(struct assay_pck_chain *chain)
{
	if (chain == NULL)
		return;
	assay_cert_free(chain->leaf);
	assay_cert_free(chain->intermediate);
	assay_cert_free(chain->root);
	*chain = (struct assay_pck_chain){ 0 };
}

/*
 * QVL finds each by what it is, not by where it stands: the root is self-
 * issued, the leaf says PCK Certificate, the intermediate is another CA.
 */
static void
assign(struct assay_pck_chain *c, struct assay_cert *cert)
{
	struct assay_cert **slot = NULL;

	if (assay_cert_self_issued(cert))
		slot = &c->root;
	else if (assay_intel_cert_named(cert, "SGX PCK Certificate"))
		slot = &c->leaf;
	else if (assay_intel_cert_named(cert, "CA"))
		slot = &c->intermediate;
	if (slot != NULL && *slot == NULL)
		*slot = assay_cert_ref(cert);
}

static bool
check_roles(const struct assay_pck_chain *c, struct assay_checks *checks,
    struct assay_error *err)
{
	if (!assay_check(checks, ASSAY_CHECK_PCK_CHAIN_ROOT,
	    c->root != NULL && assay_intel_cert_named(c->root, "SGX Root CA")))
		return assay_fail(err, ASSAY_ERR_SGX_ROOT_CA_MISSING,
		    "PCK chain has no self-issued certificate named "
		    "\"SGX Root CA\"");
	if (!assay_check(checks, ASSAY_CHECK_PCK_CHAIN_INTERMEDIATE,
	    c->intermediate != NULL &&
	    (assay_intel_cert_named(c->intermediate, "Processor CA") ||
	    assay_intel_cert_named(c->intermediate, "Platform CA"))))
		return assay_fail(err, ASSAY_ERR_SGX_INTERMEDIATE_CA_MISSING,
		    "PCK chain has no certificate named \"Processor CA\" or "
		    "\"Platform CA\"");
	if (!assay_check(checks, ASSAY_CHECK_PCK_CHAIN_LEAF, c->leaf != NULL))
		return assay_fail(err, ASSAY_ERR_SGX_PCK_MISSING,
		    "PCK chain has no certificate named "
		    "\"SGX PCK Certificate\"");
	return true;
}

static bool
check_extensions(const struct assay_pck_chain *c, struct assay_checks *checks,
    struct assay_error *err)
{
	const enum assay_code code = ASSAY_ERR_SGX_ROOT_CA_INVALID_EXTENSIONS;
	bool ok;

	ok = c->root != NULL && c->intermediate != NULL && c->leaf != NULL &&
	    assay_intel_cert_extensions(c->root, code, err) &&
	    assay_intel_cert_extensions(c->intermediate, code, err) &&
	    assay_intel_cert_extensions(c->leaf, code, err);
	return assay_check_outcome(checks, ASSAY_CHECK_PCK_CHAIN_EXTENSIONS,
	    ok, code, "PCK chain", err);
}

/* The certificates of the text in their roles. */
static bool
read_roles(struct assay_bytes pem, struct assay_checks *checks,
    struct assay_pck_chain *out, struct assay_error *err)
{
	struct assay_cert *certs[ASSAY_MAX_CHAIN_CERTS];
	size_t n = 0;

	if (!assay_certs_from_pem(pem, certs, ASSAY_MAX_CHAIN_CERTS, &n, err))
		return assay_fail_as(err, ASSAY_ERR_UNSUPPORTED_CERT_FORMAT,
		    "PCK chain");
	for (size_t i = 0; i < n; i++) {
		assign(out, certs[i]);
		assay_cert_free(certs[i]);
	}
	if (!assay_check(checks, ASSAY_CHECK_PCK_CHAIN_LENGTH,
	    n == CHAIN_CERTS))
		return assay_fail(err, ASSAY_ERR_UNSUPPORTED_CERT_FORMAT,
		    "PCK chain has %zu certificates, want %d", n, CHAIN_CERTS);
	return check_roles(out, checks, err);
}

bool
assay_pck_chain_parse(struct assay_bytes pem, struct assay_checks *checks,
    struct assay_pck_chain *out, struct assay_error *err)
{
	struct assay_pck_chain c = { 0 };
	bool ok;

	if (!read_roles(pem, checks, &c, err))
		goto out;
	if (c.root == NULL || c.intermediate == NULL || c.leaf == NULL) {
		(void)assay_fail(err, ASSAY_ERR_INTERNAL,
		    "PCK chain lacks a certificate");
		goto out;
	}
	if (!check_extensions(&c, checks, err))
		goto out;
	c.ca = assay_intel_cert_named(c.intermediate, "Platform CA") ?
	    ASSAY_PCK_CA_PLATFORM : ASSAY_PCK_CA_PROCESSOR;
	ok = read_sgx_extension(c.leaf, &c.pck, err);
	if (!assay_check(checks, ASSAY_CHECK_PCK_SGX_EXTENSIONS, ok))
		goto out;
	*out = c;
	return true;
out:
	assay_pck_chain_free(&c);
	return false;
}

static bool
check_signatures(const struct assay_pck_chain *c, struct assay_checks *checks,
    struct assay_error *err)
{
	bool ok;

	ok = assay_cert_signed_by(c->root, c->root, err);
	if (!assay_check_outcome(checks, ASSAY_CHECK_PCK_ROOT_SIGNATURE, ok,
	    ASSAY_ERR_SGX_ROOT_CA_INVALID_ISSUER, "root of the PCK chain",
	    err))
		return false;
	ok = assay_cert_signed_by(c->intermediate, c->root, err);
	if (!assay_check_outcome(checks, ASSAY_CHECK_PCK_INTERMEDIATE_SIGNATURE,
	    ok, ASSAY_ERR_SGX_INTERMEDIATE_CA_INVALID_ISSUER,
	    "intermediate of the PCK chain", err))
		return false;
	ok = assay_cert_signed_by(c->leaf, c->intermediate, err);
	return assay_check_outcome(checks, ASSAY_CHECK_PCK_LEAF_SIGNATURE, ok,
	    ASSAY_ERR_SGX_PCK_INVALID_ISSUER, "PCK certificate", err);
}

static bool
check_usage(const struct assay_pck_chain *c, struct assay_checks *checks,
    struct assay_error *err)
{
	enum assay_code code = ASSAY_ERR_SGX_ROOT_CA_INVALID_EXTENSIONS;

	if (!assay_check(checks, ASSAY_CHECK_PCK_ROOT_CA,
	    assay_intel_cert_is_ca(c->root, 1, code, err)))
		return false;
	code = ASSAY_ERR_SGX_INTERMEDIATE_CA_INVALID_EXTENSIONS;
	if (!assay_check(checks, ASSAY_CHECK_PCK_INTERMEDIATE_CA,
	    assay_intel_cert_is_ca(c->intermediate, 0, code, err)))
		return false;
	code = ASSAY_ERR_SGX_PCK_INVALID_EXTENSIONS;
	return assay_check(checks, ASSAY_CHECK_PCK_LEAF_USAGE,
	    assay_intel_cert_is_leaf(c->leaf, code, err));
}

bool
assay_pck_chain_verify(const struct assay_pck_chain *c,
    const struct assay_anchors *anchors, struct assay_checks *checks,
    size_t *anchor, struct assay_error *err)
{
	size_t at;

	if (!check_signatures(c, checks, err))
		return false;
	at = assay_anchors_find(anchors, assay_cert_key(c->root));
	if (!assay_check(checks, ASSAY_CHECK_PCK_ROOT_TRUSTED, at < anchors->n))
		return assay_fail(err, ASSAY_ERR_SGX_PCK_CERT_CHAIN_UNTRUSTED,
		    "root \"%s\" of the PCK chain has a key that is not among "
		    "the %zu trusted ones", assay_cert_subject_text(c->root),
		    anchors->n);
	if (!check_usage(c, checks, err))
		return false;
	*anchor = at;
	return true;
}

void
assay_pck_chain_windows(const struct assay_pck_chain *c,
    struct assay_window out[ASSAY_PCK_WINDOWS])
{
	const struct {
		const char		*what;
		const struct assay_cert	*cert;
	} rows[ASSAY_PCK_WINDOWS] = {
		{ "root certificate of the PCK chain", c->root },
		{ "intermediate certificate of the PCK chain",
		    c->intermediate },
		{ "PCK certificate", c->leaf },
	};

	for (size_t i = 0; i < ASSAY_PCK_WINDOWS; i++)
		out[i] = (struct assay_window){
			.what = rows[i].what,
			.dated = ASSAY_DATED_CERTIFICATE,
			.from_check = ASSAY_CHECK_PCK_CHAIN_NOT_BEFORE,
			.until_check = ASSAY_CHECK_PCK_CHAIN_NOT_AFTER,
			.from_code =
			    ASSAY_ERR_SGX_PCK_CERT_CHAIN_NOT_YET_VALID,
			.from = assay_cert_not_before(rows[i].cert),
			.until = assay_cert_not_after(rows[i].cert),
		};
}

const char *
assay_pck_ca_name(enum assay_pck_ca ca)
{
	switch (ca) {
	case ASSAY_PCK_CA_PROCESSOR:
		return "processor";
	case ASSAY_PCK_CA_PLATFORM:
		return "platform";
	}
	return "unknown";
}
