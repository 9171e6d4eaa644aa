/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry: a TPM request as JWS; or, if it starts with a brace, its payload,
 * which is then read in both versions.
 */
#include <stdlib.h>

#include <assay/tpm.h>

#include "attest/tpm_request.h"
#include "base/encode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
read_one(struct assay_bytes jws)
{
	struct assay_tpm_submission m = { .v2 = false };
	struct assay_error err = { 0 };
	char *context = NULL;
	size_t n;

	if (assay_tpm_submission_open(jws, &m, &err) &&
	    assay_tpm_submission_read(&m, &err)) {
		/* What can be read has a context; what is hashed is JSON. */
		if (!assay_tpm_service_context(jws, &context, &n, &err) ||
		    n == 0 || (m.v2 && m.key.jwk_text.ptr[0] != '{') ||
		    (m.vbs && m.report_signed.ptr[0] != '{'))
			abort();
		free(context);
	}
	assay_tpm_submission_free(&m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const headers[] = {
		"{\"alg\":\"PS256\",\"typ\":\"attReq\"}",
		"{\"alg\":\"PS256\",\"typ\":\"attReqV2\"}",
	};
	const struct assay_bytes in = { data, len };

	if (len == 0 || data[0] != '{') {
		read_one(in);
		return 0;
	}
	for (size_t i = 0; i < 2; i++) {
		struct assay_buffer jws = assay_buffer(1u << 24);

		(void)assay_base64url_encode(assay_bytes_of(headers[i]),
		    &jws);
		(void)assay_buffer_putc(&jws, '.');
		(void)assay_base64url_encode(in, &jws);
		(void)assay_buffer_puts(&jws, ".AAAA");
		read_one(assay_buffer_bytes(&jws));
		assay_buffer_free(&jws);
	}
	return 0;
}
