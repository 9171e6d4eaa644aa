/* SPDX-License-Identifier: Apache-2.0 */
/* Trust anchors from files: what the operator trusts besides the built-in. */
#ifndef ASSAY_APP_TRUST_H
#define ASSAY_APP_TRUST_H

#include <assay/attest.h>

#include "base/buffer.h"

struct assay_trust {
	struct assay_buffer	*files;		/* PEM */
	struct assay_bytes	*anchors;	/* borrowed from files */
	size_t			 n;
};

/*
 * Read each file and see that it holds certificates (one or more). Free with
 * assay_trust_free() whatever happens. IO_FAILED, or a MALFORMED error, both
 * naming the file.
 */
ASSAY_MUST_USE bool assay_trust_load(char *const *paths, size_t n,
    struct assay_trust *out, struct assay_error *err);
void assay_trust_free(struct assay_trust *trust);

#endif
