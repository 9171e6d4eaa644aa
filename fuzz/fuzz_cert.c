/* SPDX-License-Identifier: Apache-2.0 */
/* Entry: one certificate in DER, or PEM text with several. */
#include <stdlib.h>

#include "base/limits.h"
#include "crypto/chain.h"

static void
use(struct assay_cert *cert)
{
	struct assay_buffer text = assay_buffer(64u * 1024 * 1024);
	const struct assay_chain_params params = {
		.now = 1750000000,
		.anchors = (const struct assay_cert *const *)&cert,
		.n_anchors = 1,
	};
	struct assay_bytes value;
	struct assay_cert *again;
	struct assay_error err;
	unsigned int usage;

	if (!assay_cert_describe(cert, &text) || !assay_cert_pem(cert, &text))
		abort();
	(void)assay_cert_subject_cn(cert);
	(void)assay_cert_issuer_cn(cert);
	(void)assay_cert_extension(cert, "2.5.29.14", &value, NULL);
	(void)assay_cert_key_usage(cert, &usage);
	(void)assay_cert_unknown_critical(cert, NULL, 0);
	(void)!assay_cert_signed_by(cert, cert, &err);
	(void)!assay_chain_verify(cert, &params, &err);
	/* What was accepted is accepted again, byte for byte. */
	if (!assay_cert_parse(assay_cert_der(cert), &again, &err))
		abort();
	assay_cert_free(again);
	assay_buffer_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct assay_cert *certs[4];
	struct assay_error err;
	size_t n = 1;

	if (!assay_cert_parse((struct assay_bytes){ data, len }, certs,
	    &err) && !assay_certs_from_pem((struct assay_bytes){ data, len },
	    certs, 4, &n, &err))
		return 0;
	while (n-- > 0) {
		use(certs[n]);
		assay_cert_free(certs[n]);
	}
	return 0;
}
