/* SPDX-License-Identifier: Apache-2.0 */
#include "base/reader.h"
#include "evidence/sgx_report.h"

static bool
parse_attributes(struct assay_bytes in, struct assay_sgx_report *out)
{
	struct assay_reader r = assay_reader(in);

	return assay_read_u64le(&r, &out->flags) &&
	    assay_read_u64le(&r, &out->xfrm);
}

bool
assay_sgx_report_parse(struct assay_bytes in, struct assay_sgx_report *out)
{
	struct assay_reader r = assay_reader(in);
	struct assay_sgx_report s = { 0 };

	/* Reserved bytes are passed over: KSS made fields of some. */
	if (!assay_read_bytes(&r, 16, &s.cpusvn) ||
	    !assay_read_bytes(&r, 4, &s.miscselect) ||
	    !assay_skip(&r, 12) ||
	    !assay_read_bytes(&r, 16, &s.isv_ext_prod_id) ||
	    !assay_read_bytes(&r, 16, &s.attributes) ||
	    !assay_read_bytes(&r, 32, &s.mrenclave) ||
	    !assay_skip(&r, 32) ||
	    !assay_read_bytes(&r, 32, &s.mrsigner) ||
	    !assay_skip(&r, 32) ||
	    !assay_read_bytes(&r, 64, &s.config_id) ||
	    !assay_read_u16le(&r, &s.isv_prod_id) ||
	    !assay_read_u16le(&r, &s.isv_svn) ||
	    !assay_read_u16le(&r, &s.config_svn) ||
	    !assay_skip(&r, 42) ||
	    !assay_read_bytes(&r, 16, &s.isv_family_id) ||
	    !assay_read_bytes(&r, 64, &s.report_data) ||
	    assay_reader_left(&r) != 0 ||
	    !parse_attributes(s.attributes, &s))
		return false;
	*out = s;
	return true;
}
