/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The roots that Microsoft's AIK certificates end in, as keys: a root's
 * certificate may be issued anew, and a chain rarely carries it. RSA-4096,
 * exponent 65537. Source: www.microsoft.com/pkiops/certs; both keys verify
 * certificates of real TPMs in the tests.
 */
#ifndef ASSAY_EVIDENCE_TPM_MICROSOFT_H
#define ASSAY_EVIDENCE_TPM_MICROSOFT_H

#include <stddef.h>
#include <stdint.h>

#define ASSAY_MICROSOFT_MODULUS	512

struct assay_microsoft_root {
	const char	*cn;
	uint8_t		 modulus[ASSAY_MICROSOFT_MODULUS];
};

extern const struct assay_microsoft_root assay_microsoft_roots[];
extern const size_t assay_microsoft_roots_count;

#endif
