/* SPDX-License-Identifier: Apache-2.0 */
/* Entry: the DER walker and its validity check, which must agree. */
#include <stdlib.h>

#include "crypto/der.h"

static void
walk(struct assay_bytes in, unsigned int depth)
{
	struct assay_reader r = assay_reader(in), at;
	struct assay_buffer text = assay_buffer(4096);
	struct assay_bytes body, whole;
	uint8_t tag;
	uint64_t v;
	int64_t when;
	bool flag;

	while (assay_reader_left(&r) != 0) {
		at = r;
		if (!assay_der_any(&r, &tag, &body, &whole))
			abort();	/* assay_der_valid() said otherwise */
		if (tag == ASSAY_DER_BOOLEAN && !assay_der_bool(&at, &flag))
			abort();
		if (tag == ASSAY_DER_UTC_TIME && !assay_der_time(&at, &when))
			abort();
		if (tag == ASSAY_DER_OID)
			(void)!assay_oid_text(body, &text);
		(void)!assay_der_uint(&at, ASSAY_DER_INTEGER, &v);
		(void)!assay_der_big(&at, &whole);
		(void)!assay_der_bits(&at, &whole);
		if ((tag & 0x20) != 0 && depth < 100)
			walk(body, depth + 1);
	}
	assay_buffer_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct assay_error err;

	if (assay_der_valid((struct assay_bytes){ data, len }, &err))
		walk((struct assay_bytes){ data, len }, 0);
	return 0;
}
