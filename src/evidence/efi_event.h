/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What UEFI firmware and the loaders of Linux put into events: variables,
 * images, partition tables, commands, sections. Structure only, for whoever
 * shows or judges events: whether a decoded part may be believed is asked of
 * the event, by assay_event_vouches(). Source: TCG PFP 1.06, section 10.2;
 * UEFI 2.10, sections 3.1.3, 5.3, 10.3 and 32.4.1. Little endian; text is
 * UTF-16 and may be anything.
 */
#ifndef ASSAY_EVIDENCE_EFI_EVENT_H
#define ASSAY_EVIDENCE_EFI_EVENT_H

#include "base/buffer.h"
#include "evidence/eventlog.h"

/* Is the part, cut out of the event's data, covered by its digests? */
bool assay_event_vouches(const struct assay_event *e,
    struct assay_bytes part);

#define ASSAY_GUID_LEN	16
#define ASSAY_GUID_TEXT	37
/* "8BE4DF61-93CA-11D2-AA0D-00E098032B8C" of 16 bytes; returns out. */
const char *assay_guid_text(struct assay_bytes guid,
    char out[ASSAY_GUID_TEXT]);

/* UEFI_VARIABLE_DATA. */
struct assay_efi_variable {
	struct assay_bytes	guid;	/* 16 */
	struct assay_bytes	name;	/* UTF-16 without NUL */
	struct assay_bytes	data;
	struct assay_bytes	rest;	/* behind it: shim leaves some bytes,
					   old firmware the next variable */
};
ASSAY_MUST_USE bool assay_efi_variable(struct assay_bytes in,
    struct assay_efi_variable *out);

/* UEFI_IMAGE_LOAD_EVENT. */
struct assay_efi_image {
	uint64_t		address, length, link_time;
	struct assay_bytes	path;	/* EFI_DEVICE_PATH */
	struct assay_bytes	rest;	/* behind it; shim leaves some */
};
ASSAY_MUST_USE bool assay_efi_image(struct assay_bytes in,
    struct assay_efi_image *out);

/*
 * UEFI_PLATFORM_FIRMWARE_BLOB, or with a counted description before it
 * UEFI_PLATFORM_FIRMWARE_BLOB2. The whole of in.
 */
struct assay_efi_blob {
	struct assay_bytes	description;	/* text, for BLOB2 */
	uint64_t		address, length;
};
ASSAY_MUST_USE bool assay_efi_blob(struct assay_bytes in, bool described,
    struct assay_efi_blob *out);

/* UEFI_GPT_DATA: the header's GUID and the partitions, 128 bytes each. */
struct assay_efi_gpt {
	struct assay_bytes	disk;	/* GUID */
	uint64_t		n;
	struct assay_bytes	entries;
};
ASSAY_MUST_USE bool assay_efi_gpt(struct assay_bytes in,
    struct assay_efi_gpt *out);
struct assay_efi_partition {
	struct assay_bytes	type, unique;	/* GUIDs */
	uint64_t		first_lba, last_lba, attributes;
	struct assay_bytes	name;		/* UTF-16, NULs behind it */
};
/* Take the next of the entries; false when none is left. */
bool assay_efi_partition_next(struct assay_bytes *entries,
    struct assay_efi_partition *out);

/*
 * EFI_SIGNATURE_LIST: the content of PK, KEK, db and dbx is a row of them.
 * The signatures start behind SignatureHeaderSize bytes, which are not hashes
 * although they may look so.
 */
struct assay_efi_signatures {
	struct assay_bytes	type;		/* GUID */
	uint32_t		size;		/* of each, its owner included */
	size_t			n;
	struct assay_bytes	signatures;	/* n * size */
};
/*
 * Take the next list; false at the end (rest is empty then) or when the list
 * breaks its own sizes (rest is what was not taken).
 */
bool assay_efi_signatures_next(struct assay_bytes *rest,
    struct assay_efi_signatures *out);
/* "X.509", "SHA-256", ...; NULL for another type of signature. Static. */
const char *assay_efi_signature_type(struct assay_bytes guid);

/* EFI_LOAD_OPTION: the content of Boot0001 and the like. */
struct assay_efi_load_option {
	uint32_t		attributes;
	struct assay_bytes	description;	/* UTF-16 without NUL */
	struct assay_bytes	path;		/* EFI_DEVICE_PATH */
	struct assay_bytes	optional;
};
ASSAY_MUST_USE bool assay_efi_load_option(struct assay_bytes in,
    struct assay_efi_load_option *out);

/*
 * Append a device path as text, after UEFI 2.10 section 10.6 for the nodes
 * that boot paths consist of, "Path(type,subtype,hex)" for the others; at
 * most ASSAY_DEVICE_PATH_NODES. False if it does not parse or out is full.
 */
#define ASSAY_DEVICE_PATH_NODES 64
ASSAY_MUST_USE bool assay_device_path_text(struct assay_bytes path,
    struct assay_buffer *out);

/* What an EV_IPL event is, by its data and PCR. */
enum assay_ipl_kind {
	ASSAY_IPL_OTHER,
	ASSAY_IPL_COMMAND,	/* GRUB: label, text; the digest is of text */
	ASSAY_IPL_FILE,		/* GRUB: path; the digest is of the content */
	ASSAY_IPL_MOK,		/* shim: variable; digest of its content */
	ASSAY_IPL_COMMAND_LINE,	/* systemd-boot: UTF-16; digest of it */
	ASSAY_IPL_SECTION,	/* systemd-stub: UTF-16 name; digest of the
				   name or of the section, as vouched says */
};
struct assay_ipl {
	enum assay_ipl_kind	kind;
	struct assay_bytes	label;	/* "grub_cmd", for COMMAND */
	struct assay_bytes	text;	/* without NUL */
	bool			utf16;
};
void assay_ipl(const struct assay_event *e, struct assay_ipl *out);

#endif
