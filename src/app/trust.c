/* SPDX-License-Identifier: Apache-2.0 */
#include "app/trust.h"

#include <stdlib.h>

#include "app/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/cert.h"

static bool
check_certs(struct assay_bytes pem, struct assay_error *err)
{
	struct assay_cert *certs[ASSAY_MAX_CHAIN_CERTS];
	size_t n = 0;

	if (!assay_certs_from_pem(pem, certs, ASSAY_MAX_CHAIN_CERTS, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		assay_cert_free(certs[i]);
	return true;
}

bool
assay_trust_load(char *const *paths, size_t n, struct assay_trust *out,
    struct assay_error *err)
{
	*out = (struct assay_trust){ 0 };
	if (n == 0)
		return true;
	out->files = assay_alloc(n, sizeof(*out->files));
	out->anchors = assay_alloc(n, sizeof(*out->anchors));
	if (out->files == NULL || out->anchors == NULL)
		return assay_fail_memory(err, "trust anchors");
	for (; out->n < n; out->n++) {
		struct assay_buffer *file = &out->files[out->n];

		if (!assay_file_read(paths[out->n], ASSAY_MAX_PEM_BYTES, file,
		    err))
			return false;
		out->anchors[out->n] = assay_buffer_bytes(file);
		if (!check_certs(out->anchors[out->n], err)) {
			assay_buffer_free(file);
			return assay_fail_in(err, paths[out->n]);
		}
	}
	return true;
}

void
assay_trust_free(struct assay_trust *trust)
{
	for (size_t i = 0; i < trust->n; i++)
		assay_buffer_free(&trust->files[i]);
	free(trust->files);
	free(trust->anchors);
	*trust = (struct assay_trust){ 0 };
}
