/* SPDX-License-Identifier: Apache-2.0 */
/* Entry: a revocation list, DER or PEM. */
#include <stdlib.h>

#include "base/limits.h"
#include "crypto/crl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct assay_buffer pem = assay_buffer(2 * ASSAY_MAX_CRL_BYTES);
	struct assay_crl *crl, *again;
	struct assay_bytes number;
	struct assay_error err;

	if (!assay_crl_parse((struct assay_bytes){ data, len }, &crl, &err))
		return 0;
	(void)assay_crl_number(crl, &number);
	(void)assay_crl_has_aki(crl);
	(void)assay_crl_unknown_critical(crl);
	(void)assay_crl_revokes(crl, (struct assay_bytes){ data, len % 20 });
	/* What was accepted is accepted again through its own PEM. */
	if (!assay_crl_pem(crl, &pem) ||
	    !assay_crl_parse(assay_buffer_bytes(&pem), &again, &err) ||
	    !assay_bytes_equal(assay_crl_der(crl), assay_crl_der(again)))
		abort();
	assay_crl_free(again);
	assay_crl_free(crl);
	assay_buffer_free(&pem);
	return 0;
}
