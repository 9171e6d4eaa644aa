/* SPDX-License-Identifier: Apache-2.0 */
/* Platforms that the operator has blocked. */
#ifndef ASSAY_ATTEST_BLOCK_H
#define ASSAY_ATTEST_BLOCK_H

#include <assay/attest.h>

#include "collateral/platform.h"

/* PLATFORM_BLOCKED, naming what is blocked. */
ASSAY_MUST_USE bool assay_block_check(const struct assay_block_list *blocked,
    const struct assay_platform *platform, struct assay_checks *checks,
    struct assay_error *err);

#endif
