/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may be read of each event of a boot. A digest covers the data of an
 * event by the rule of its type, but never the type: whoever holds a log can
 * relabel its events, add events that no quoted bank has, and extend PCRs
 * with what he likes once the system runs. So an event counts by the PCR that
 * its kind belongs in, before the event that ends its phase, and that event
 * is known by its digest, not by its label.
 */
#ifndef ASSAY_EVIDENCE_BOOT_SCAN_H
#define ASSAY_EVIDENCE_BOOT_SCAN_H

#include "evidence/boot_events.h"
#include "evidence/efi_event.h"

enum assay_boot_form {
	ASSAY_BOOT_UNLISTED,	/* not in the quote */
	ASSAY_BOOT_BARE,	/* nothing vouches for the data */
	ASSAY_BOOT_RAW,		/* the vouched bytes */
	ASSAY_BOOT_VARIABLE,	/* UEFI_VARIABLE_DATA, or its value alone */
	ASSAY_BOOT_TAGGED,	/* tagged data of Windows */
};

struct assay_boot_item {
	const struct assay_event	*event;
	uint64_t			 seq;	/* through all logs */
	enum assay_boot_form		 form;
};

struct assay_boot_scan {
	struct assay_boot_item	*items;
	size_t			 n_items;
	bool			 secure_boot;	/* measured as on, once */
	/* Windows booted; its settings in PCR 12 end with its separator. */
	bool			 windows, settings_closed;
};

/* Errors as in boot_events.h. Free with assay_boot_scan_free(). */
ASSAY_MUST_USE bool assay_boot_scan(const struct assay_boot_logs *logs,
    struct assay_boot_scan *out, struct assay_error *err);
void assay_boot_scan_free(struct assay_boot_scan *scan);

/* Does the quote cover a digest of the event in this bank? */
bool assay_boot_covers_bank(const struct assay_boot_logs *logs, uint32_t pcr,
    uint16_t alg);

/*
 * From the vouched part of the event: all of it, or where the digest covers
 * the value alone, only that, without guid and name. False if it does not parse.
 */
ASSAY_MUST_USE bool assay_boot_variable(const struct assay_event *e,
    struct assay_efi_variable *out);

#endif
