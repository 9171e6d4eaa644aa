/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that libassay promises. */
#ifndef ASSAY_ASSAY_H
#define ASSAY_ASSAY_H

#include <assay/attest.h>
#include <assay/bytes.h>
#include <assay/claims.h>
#include <assay/dcap.h>
#include <assay/error.h>
#include <assay/guest.h>
#include <assay/policy.h>
#include <assay/token.h>
#include <assay/tpm.h>

#define ASSAY_VERSION "0.1.0"

/* The version of the library that runs; static. */
ASSAY_API const char *assay_version(void);

#endif
