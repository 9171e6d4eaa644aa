/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of a simulated boot: the events as they happen, and their log in the
 * crypto-agile format (PFP 1.06, section 10.2.2).
 */
#ifndef ASSAY_SIM_SIM_EVENTLOG_H
#define ASSAY_SIM_SIM_EVENTLOG_H

#include "sim/sim_boot.h"

#define SIM_EVENTS_MAX	256

/* PFP 1.06, table 27. */
enum sim_event_type {
	SIM_EV_NO_ACTION = 0x03,
	SIM_EV_SEPARATOR = 0x04,
	SIM_EV_EVENT_TAG = 0x06,
	SIM_EV_S_CRTM_VERSION = 0x08,
	SIM_EV_COMPACT_HASH = 0x0c,
	SIM_EV_IPL = 0x0d,
	SIM_EV_EFI_VARIABLE_DRIVER_CONFIG = (int)0x80000001,
	SIM_EV_EFI_VARIABLE_BOOT = (int)0x80000002,
	SIM_EV_EFI_BOOT_SERVICES_APPLICATION = (int)0x80000003,
	SIM_EV_EFI_GPT_EVENT = (int)0x80000006,
	SIM_EV_EFI_ACTION = (int)0x80000007,
	SIM_EV_EFI_PLATFORM_FIRMWARE_BLOB = (int)0x80000008,
	SIM_EV_EFI_HANDOFF_TABLES = (int)0x80000009,
	SIM_EV_EFI_VARIABLE_AUTHORITY = (int)0x800000e0,
};

/* Where data and measured bytes of an event lie in sim_boot_run.bytes. */
struct sim_span {
	size_t	at, len;
};

struct sim_event {
	unsigned int		pcr;
	enum sim_event_type	type;
	struct sim_span		data, measured;
	bool			unlogged;	/* IMA has a log of its own */
	struct assay_digest	digest[ASSAY_SIM_BANKS];
};

/* A boot while it runs. Appends that fail are remembered in bytes.failed. */
struct sim_boot_run {
	const struct assay_sim_boot_params *params;
	struct assay_buffer	 bytes;
	struct sim_event	 event[SIM_EVENTS_MAX];
	size_t			 n;
	bool			 full;
	/*
	 * What a tampered log lies about: the one variable whose data says
	 * that Secure Boot is on, or an event of what was started.
	 */
	size_t			 secure_boot, victim;
};

/* An event whose data is not, or not as such, what was measured. */
void sim_measure(struct sim_boot_run *run, unsigned int pcr,
    enum sim_event_type type, struct assay_bytes data,
    struct assay_bytes measured);
/* The usual one: the digest is of the event data. */
void sim_event(struct sim_boot_run *run, unsigned int pcr,
    enum sim_event_type type, struct assay_bytes data);

/* Digests of all events; INTERNAL if the boot did not fit. */
ASSAY_MUST_USE bool sim_events_hash(struct sim_boot_run *run,
    struct assay_error *err);
/* The log, with the lie that the parameters ask for. */
ASSAY_MUST_USE bool sim_events_log(const struct sim_boot_run *run,
    struct assay_buffer *out, char *lie, size_t lie_size,
    struct assay_error *err);
/* PCR values after the first n events. */
ASSAY_MUST_USE bool sim_events_replay(const struct sim_boot_run *run,
    size_t bank, unsigned int pcr, struct assay_digest *out,
    struct assay_error *err);

/* Profiles: what is started after the firmware. */
void sim_boot_firmware(struct sim_boot_run *run);
void sim_boot_linux_grub(struct sim_boot_run *run);
void sim_boot_linux_uki(struct sim_boot_run *run);
void sim_boot_windows(struct sim_boot_run *run);
/* The kernel's own measurements; appends to the IMA log. */
ASSAY_MUST_USE bool sim_boot_ima(struct sim_boot_run *run,
    struct assay_buffer *log, struct assay_error *err);

#endif
