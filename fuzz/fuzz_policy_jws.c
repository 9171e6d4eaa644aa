/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry: which body (first byte), then a policy JWS; or, behind a NUL, a
 * payload, which a policy signer then signs.
 */
#include <stdlib.h>

#include "crypto/issue.h"
#include "token/policy_jws.h"

#define NOW INT64_C(1767225600)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct assay_signer *key;
static struct assay_cert *cert;

static void
make_signer(void)
{
	const struct assay_name_part subject[] = { { "CN", "Signer" } };
	struct assay_buffer der = assay_buffer(1u << 16);
	struct assay_cert_spec spec = {
		.subject = subject, .n_subject = 1, .not_before = 0,
		.not_after = 2 * NOW, .is_ca = true, .pathlen = -1,
		.serial = assay_bytes_of("serial"),
	};
	struct assay_error err = { 0 };

	if (!assay_signer_from_seed(
	    assay_bytes_of("01234567890123456789012345678901"), &key, &err))
		abort();
	spec.key = assay_signer_public(key);
	if (!assay_cert_issue(&spec, NULL, key, &der, &err) ||
	    !assay_cert_parse(assay_buffer_bytes(&der), &cert, &err))
		abort();
	assay_buffer_free(&der);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct assay_cert *chain[] = { cert };
	struct assay_policy_signer signer = { .chain = chain, .n_chain = 1 };
	struct assay_buffer text = assay_buffer(1u << 24);
	struct assay_policy_jws jws = { 0 };
	struct assay_error err = { 0 };
	bool made = false;

	if (cert == NULL)
		make_signer();
	if (len == 0)
		return 0;
	chain[0] = cert;
	signer.key = key;
	if (len > 1 && data[1] == 0)
		made = assay_policy_jws_make((struct assay_bytes){ data + 2,
		    len - 2 }, &signer, &text, &err);
	else
		(void)assay_buffer_put(&text,
		    (struct assay_bytes){ data + 1, len - 1 });
	if (assay_policy_jws_parse(assay_buffer_bytes(&text),
	    (enum assay_policy_body)(data[0] % 4), NOW, &jws, &err) &&
	    assay_policy_jws_trusted(&jws, chain, 1, &err) && !made)
		abort();	/* nobody else has the key */
	assay_policy_jws_free(&jws);
	assay_buffer_free(&text);
	return 0;
}
