/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry: one byte that says which interface, then the body of a request to
 * attest. What is accepted must be consistent with itself.
 */
#include <stdlib.h>

#include "service/attest_body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const members[] = { "quote", "report", NULL };
	struct assay_attest_body body = { 0 };
	struct assay_error err = { 0 };
	bool ok;

	if (len == 0)
		return 0;
	ok = assay_attest_body_read((struct assay_bytes){ data + 1, len - 1 },
	    "SgxEnclave", members[data[0] % 3], &body, &err);
	if (ok == (err.code != ASSAY_ERR_OK))
		abort();
	if (ok && body.request.runtime_data.bytes.len > body.runtime.len)
		abort();
	assay_attest_body_free(&body);
	return 0;
}
