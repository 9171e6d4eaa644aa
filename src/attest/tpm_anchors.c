/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "attest/tpm_anchors.h"
#include "base/mem.h"

struct assay_tpm_anchors {
	struct assay_tpm_roots	roots;
};

bool
assay_tpm_anchors_new(const struct assay_tpm_anchors_config *config,
    struct assay_tpm_anchors **out, struct assay_error *err)
{
	const struct assay_tpm_roots_config roots = {
		.anchors = config->pem,
		.n_anchors = config->n_pem,
		.intermediates = config->intermediates,
		.n_intermediates = config->n_intermediates,
		.microsoft = !config->without_builtin,
		.revoked = config->revoked,
		.n_revoked = config->n_revoked,
	};
	struct assay_tpm_anchors *anchors = assay_alloc(1, sizeof(*anchors));

	if (anchors == NULL)
		return assay_fail_memory(err, "trust anchors of TPMs");
	if (!assay_tpm_roots_make(&roots, &anchors->roots, err)) {
		free(anchors);
		return false;
	}
	*out = anchors;
	return true;
}

void
assay_tpm_anchors_free(struct assay_tpm_anchors *anchors)
{
	if (anchors == NULL)
		return;
	assay_tpm_roots_free(&anchors->roots);
	free(anchors);
}

const struct assay_tpm_roots *
assay_tpm_anchors_roots(const struct assay_tpm_anchors *anchors)
{
	return &anchors->roots;
}
