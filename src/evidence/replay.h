/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What PCRs must be after the events of logs. State is carried from one log
 * to the next: firmware, resume, dynamic launch, then IMA. Source: TCG PFP
 * 1.06 section 10; PC Client TPM profile, table 5 (initial values).
 */
#ifndef ASSAY_EVIDENCE_REPLAY_H
#define ASSAY_EVIDENCE_REPLAY_H

#include "evidence/eventlog.h"
#include "evidence/ima.h"

struct assay_replay_pcr {
	uint8_t		value[ASSAY_DIGEST_MAX];
	uint32_t	extends;	/* by events of a log */
	/* The value with the caps that Windows puts, unlogged, on a bank that
	 * it does not log (tpm.md 7.2); only if has_capped. */
	bool		has_capped;
	uint8_t		capped[ASSAY_DIGEST_MAX];
};

struct assay_replay {
	struct {
		uint16_t		alg;
		struct assay_replay_pcr	pcr[ASSAY_PCR_COUNT];
	}	bank[ASSAY_PCR_BANKS];		/* all four, in order of alg */
	uint8_t	startup_locality;
	bool	hcrtm, drtm;
	/* Bit i: a Windows loader's event has, or lacks, a digest in bank i. */
	uint8_t	windows_logged, windows_missed;
};

/* Every PCR of every bank at its reset value. */
void assay_replay_init(struct assay_replay *r);
/*
 * Extend by every event of the log. EVENTLOG_MALFORMED for a StartupLocality
 * that no TPM can be started at, or that contradicts another before it.
 */
ASSAY_MUST_USE bool assay_replay_log(struct assay_replay *r,
    const struct assay_eventlog *log, struct assay_error *err);
/*
 * Extend by the shortest prefix of the IMA log that brings the PCRs of the
 * log to those of want (a quoted state is a prefix of the log); *used is the
 * number of entries, 0 if want has none of these PCRs. Only the banks of want
 * are extended. One pass, and a second one for kernels before 5.8, which pad.
 * REPLAY_MISMATCH if no prefix does, naming bank, PCR and values.
 */
ASSAY_MUST_USE bool assay_replay_ima(struct assay_replay *r,
    const struct assay_ima_log *log, const struct assay_pcrs *want,
    size_t *used, struct assay_error *err);
/* Extend every bank by every entry. */
ASSAY_MUST_USE bool assay_replay_ima_all(struct assay_replay *r,
    const struct assay_ima_log *log, struct assay_error *err);
/*
 * Does every value of want follow? REPLAY_MISMATCH naming bank, PCR, both
 * values and whether any event extended it.
 */
ASSAY_MUST_USE bool assay_replay_compare(const struct assay_replay *r,
    const struct assay_pcrs *want, uint32_t mask, struct assay_error *err);

/*
 * Do these values, once assay_replay_compare() has found them to follow, prove
 * that the event was measured: is its PCR among them, in a bank in which the
 * event has a digest? An event that is not covered may have been made up.
 */
bool assay_replay_covers(const struct assay_pcrs *quoted,
    const struct assay_event *e);

#endif
