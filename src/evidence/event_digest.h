/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the digests of an event say about its data, by the rule of its type.
 * Source: TCG PFP 1.06, section 10.4; the rules that loaders follow (GRUB,
 * shim, systemd) and where firmware departs from the profile were measured
 * on logs of real machines.
 */
#ifndef ASSAY_EVIDENCE_EVENT_DIGEST_H
#define ASSAY_EVIDENCE_EVENT_DIGEST_H

#include "evidence/eventlog.h"

/*
 * Fill in trust and vouched of an event that is otherwise complete. False
 * only when hashing fails (CRYPTO_FAILED).
 */
ASSAY_MUST_USE bool assay_event_judge(struct assay_event *e,
    struct assay_error *err);

#endif
