/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /attest/OpenEnclave: a report as oe_get_report() makes it, 16 bytes in
 * front of a quote:
 *
 *	version u32 = 1 | type u32 = 2 (remote) | size u64 | quote
 *
 * Little endian. Source: Open Enclave SDK, oe_report_header_t. Its newer
 * "evidence" formats are other formats and not taken here.
 */
#include <stdlib.h>

#include "base/reader.h"
#include "evidence/dcap_mandatory.h"
#include "evidence/sgx_kind.h"

#define HEADER_LEN	16
#define VERSION		1
#define TYPE_REMOTE	2

static bool
read_header(struct assay_bytes in, struct assay_checks *checks,
    struct assay_bytes *quote, struct assay_error *err)
{
	const enum assay_code code = ASSAY_ERR_UNSUPPORTED_QUOTE_FORMAT;
	struct assay_reader r = assay_reader(in);
	uint32_t version, type;
	uint64_t size;

	if (!assay_read_u32le(&r, &version) || !assay_read_u32le(&r, &type) ||
	    !assay_read_u64le(&r, &size))
		return assay_fail(err, code, "Open Enclave report of %zu "
		    "bytes, want a header of %d", in.len, HEADER_LEN);
	if (!assay_check(checks, ASSAY_CHECK_OE_VERSION, version == VERSION))
		return assay_fail(err, code, "Open Enclave report: version "
		    "is %u, want %d", version, VERSION);
	if (!assay_check(checks, ASSAY_CHECK_OE_TYPE, type == TYPE_REMOTE))
		return assay_fail(err, code, "Open Enclave report: type is "
		    "%u%s, want %d (remote)", type, type == 1 ? " (local)" :
		    "", TYPE_REMOTE);
	/* The SDK demands equality; nothing else was ever seen. */
	if (!assay_check(checks, ASSAY_CHECK_OE_SIZE,
	    size == assay_reader_left(&r)))
		return assay_fail(err, code, "Open Enclave report: header "
		    "says %llu bytes, %zu follow", (unsigned long long)size,
		    assay_reader_left(&r));
	*quote = assay_reader_rest(&r);
	return true;
}

static bool
parse(struct assay_bytes in, struct assay_checks *checks, void **out,
    struct assay_error *err)
{
	struct assay_bytes quote;

	return read_header(in, checks, &quote, err) &&
	    assay_sgx_evidence_parse(in, quote, checks, out, err);
}

static const enum assay_check_id mandatory[] = {
	ASSAY_CHECK_OE_VERSION,
	ASSAY_CHECK_OE_TYPE,
	ASSAY_CHECK_OE_SIZE,
	ASSAY_DCAP_MANDATORY
};

const struct assay_evidence_kind assay_openenclave_kind = {
	.name = "OpenEnclave",
	.attestation_type = "sgx",
	.parse = parse,
	.verify = assay_sgx_verify,
	.slots = assay_sgx_slots,
	.claims = assay_sgx_claims,
	.free = free,
	.mandatory = mandatory,
	.n_mandatory = sizeof(mandatory) / sizeof(mandatory[0]),
};
