/* SPDX-License-Identifier: Apache-2.0 */
/* Entry: the body of POST /attest/Tpm. What is taken has one meaning. */
#include <stdlib.h>

#include "service/tpm_envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct assay_tpm_envelope m = { 0 };
	struct assay_error err = { 0 };
	bool ok = assay_tpm_envelope_read((struct assay_bytes){ data, len },
	    &m, &err);

	if (ok == (err.code != ASSAY_ERR_OK))
		abort();
	if (ok && (m.kind == ASSAY_TPM_ENVELOPE_REQUEST) != (m.jws.ptr != NULL))
		abort();
	assay_tpm_envelope_free(&m);
	return 0;
}
