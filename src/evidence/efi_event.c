/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/reader.h"
#include "base/text.h"
#include "evidence/efi_event.h"

#define GPT_HEADER	92
#define GPT_DISK_GUID	56
#define GPT_ENTRY	128
#define SIGLIST_HEADER	28

bool
assay_event_vouches(const struct assay_event *e, struct assay_bytes part)
{
	uintptr_t from = (uintptr_t)e->vouched.ptr, at = (uintptr_t)part.ptr;

	return e->trust == ASSAY_EVENT_VERIFIED && at >= from &&
	    at - from <= e->vouched.len &&
	    part.len <= e->vouched.len - (at - from);
}

const char *
assay_guid_text(struct assay_bytes guid, char out[ASSAY_GUID_TEXT])
{
	/* The first three groups are little endian (UEFI, appendix A). */
	static const uint8_t order[ASSAY_GUID_LEN] = {
		3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15,
	};
	static const char digits[] = "0123456789ABCDEF";
	size_t n = 0;

	out[0] = '\0';
	if (guid.len != ASSAY_GUID_LEN)
		return out;
	for (size_t i = 0; i < ASSAY_GUID_LEN; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			out[n++] = '-';
		out[n++] = digits[guid.ptr[order[i]] >> 4];
		out[n++] = digits[guid.ptr[order[i]] & 0xf];
	}
	out[n] = '\0';
	return out;
}

bool
assay_efi_variable(struct assay_bytes in, struct assay_efi_variable *out)
{
	struct assay_reader r = assay_reader(in);
	struct assay_efi_variable v;
	uint64_t chars, len;

	if (!assay_read_bytes(&r, ASSAY_GUID_LEN, &v.guid) ||
	    !assay_read_u64le(&r, &chars) || !assay_read_u64le(&r, &len) ||
	    chars > in.len || len > in.len ||
	    !assay_read_bytes(&r, (size_t)chars * 2, &v.name) ||
	    !assay_read_bytes(&r, (size_t)len, &v.data))
		return false;
	v.rest = assay_reader_rest(&r);
	*out = v;
	return true;
}

bool
assay_efi_image(struct assay_bytes in, struct assay_efi_image *out)
{
	struct assay_reader r = assay_reader(in);
	struct assay_efi_image v;
	uint64_t len;

	if (!assay_read_u64le(&r, &v.address) ||
	    !assay_read_u64le(&r, &v.length) ||
	    !assay_read_u64le(&r, &v.link_time) ||
	    !assay_read_u64le(&r, &len) || len > in.len ||
	    !assay_read_bytes(&r, (size_t)len, &v.path))
		return false;
	v.rest = assay_reader_rest(&r);
	*out = v;
	return true;
}

bool
assay_efi_blob(struct assay_bytes in, bool described,
    struct assay_efi_blob *out)
{
	struct assay_reader r = assay_reader(in);
	struct assay_efi_blob v = { 0 };
	uint8_t len;

	if ((described && (!assay_read_u8(&r, &len) ||
	    !assay_read_bytes(&r, len, &v.description))) ||
	    !assay_read_u64le(&r, &v.address) ||
	    !assay_read_u64le(&r, &v.length) || assay_reader_left(&r) != 0)
		return false;
	*out = v;
	return true;
}

bool
assay_efi_gpt(struct assay_bytes in, struct assay_efi_gpt *out)
{
	struct assay_reader r = assay_reader(in);
	struct assay_efi_gpt v;

	if (!assay_skip(&r, GPT_DISK_GUID) ||
	    !assay_read_bytes(&r, ASSAY_GUID_LEN, &v.disk) ||
	    !assay_skip(&r, GPT_HEADER - GPT_DISK_GUID - ASSAY_GUID_LEN) ||
	    !assay_read_u64le(&r, &v.n) ||
	    v.n != assay_reader_left(&r) / GPT_ENTRY ||
	    assay_reader_left(&r) % GPT_ENTRY != 0)
		return false;
	v.entries = assay_reader_rest(&r);
	*out = v;
	return true;
}

bool
assay_efi_partition_next(struct assay_bytes *entries,
    struct assay_efi_partition *out)
{
	struct assay_reader r = assay_reader(*entries);
	struct assay_efi_partition v;

	if (!assay_read_bytes(&r, ASSAY_GUID_LEN, &v.type) ||
	    !assay_read_bytes(&r, ASSAY_GUID_LEN, &v.unique) ||
	    !assay_read_u64le(&r, &v.first_lba) ||
	    !assay_read_u64le(&r, &v.last_lba) ||
	    !assay_read_u64le(&r, &v.attributes) ||
	    !assay_read_bytes(&r, 72, &v.name))
		return false;
	*out = v;
	*entries = assay_reader_rest(&r);
	return true;
}

bool
assay_efi_signatures_next(struct assay_bytes *rest,
    struct assay_efi_signatures *out)
{
	struct assay_reader r = assay_reader(*rest);
	struct assay_efi_signatures v;
	uint32_t list, header;

	if (!assay_read_bytes(&r, ASSAY_GUID_LEN, &v.type) ||
	    !assay_read_u32le(&r, &list) || !assay_read_u32le(&r, &header) ||
	    !assay_read_u32le(&r, &v.size) || list < SIGLIST_HEADER ||
	    header > list - SIGLIST_HEADER || v.size <= ASSAY_GUID_LEN ||
	    (list - SIGLIST_HEADER - header) % v.size != 0)
		return false;
	if (!assay_skip(&r, header) || !assay_read_bytes(&r,
	    list - SIGLIST_HEADER - header, &v.signatures))
		return false;
	v.n = v.signatures.len / v.size;
	*out = v;
	*rest = assay_reader_rest(&r);
	return true;
}

/* UEFI 2.10, section 32.4.1. */
const char *
assay_efi_signature_type(struct assay_bytes guid)
{
	static const struct {
		const char	*guid, *name;
	} types[] = {
		{ "A5C059A1-94E4-4AA7-87B5-AB155C2BF072", "X.509" },
		{ "C1C41626-504C-4092-ACA9-41F936934328", "SHA-256" },
		{ "826CA512-CF10-4AC9-B187-BE01496631BD", "SHA-1" },
		{ "FF3E5307-9FD0-48C9-85F1-8AD56C701E01", "SHA-384" },
		{ "093E0FAE-A6C4-4F50-9F1B-D41E2B89C19A", "SHA-512" },
		{ "3C5766E8-269C-4E34-AA14-ED776E85B3B6", "RSA-2048" },
		{ "3BD2A492-96C0-4079-B420-FCF98EF103ED", "X.509 SHA-256" },
		{ "7076876E-80C2-4EE6-AAD2-28B349A6865B", "X.509 SHA-384" },
		{ "446DBF63-2502-4CDA-BCFA-2465D2B0FE9D", "X.509 SHA-512" },
	};
	char text[ASSAY_GUID_TEXT];

	assay_guid_text(guid, text);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].guid, text) == 0)
			return types[i].name;
	return NULL;
}

/* Up to a UTF-16 NUL, which is taken too. */
static bool
read_utf16(struct assay_reader *r, struct assay_bytes *out)
{
	struct assay_bytes rest = assay_reader_rest(r);

	for (size_t i = 0; i + 2 <= rest.len; i += 2)
		if (rest.ptr[i] == 0 && rest.ptr[i + 1] == 0)
			return assay_read_bytes(r, i, out) &&
			    assay_skip(r, 2);
	return false;
}

bool
assay_efi_load_option(struct assay_bytes in,
    struct assay_efi_load_option *out)
{
	struct assay_reader r = assay_reader(in);
	struct assay_efi_load_option v;
	uint16_t len;

	if (!assay_read_u32le(&r, &v.attributes) ||
	    !assay_read_u16le(&r, &len) ||
	    !read_utf16(&r, &v.description) ||
	    !assay_read_bytes(&r, len, &v.path))
		return false;
	v.optional = assay_reader_rest(&r);
	*out = v;
	return true;
}

static struct assay_bytes
without_nul(struct assay_bytes in, size_t width)
{
	static const uint8_t nul[2];

	if (in.len >= width &&
	    memcmp(in.ptr + in.len - width, nul, width) == 0)
		in.len -= width;
	return in;
}

/* GRUB's labels end in a colon, or in a space in old versions. */
static bool
ipl_command(struct assay_bytes data, struct assay_ipl *out)
{
	static const char *const labels[] = {
		"grub_cmd", "kernel_cmdline", "module_cmdline",
		"grub_kernel_cmdline", "grub_module_cmdline",
	};

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		size_t n = strlen(labels[i]);
		size_t skip = n + 1;

		if (data.len <= n || memcmp(data.ptr, labels[i], n) != 0 ||
		    (data.ptr[n] != ' ' && data.ptr[n] != ':'))
			continue;
		if (data.ptr[n] == ':' && data.len > skip &&
		    data.ptr[skip] == ' ')
			skip++;
		out->kind = ASSAY_IPL_COMMAND;
		out->label = (struct assay_bytes){ data.ptr, n };
		out->text = (struct assay_bytes){ data.ptr + skip,
		    data.len - skip };
		return true;
	}
	return false;
}

static bool
is_mok(struct assay_bytes text)
{
	return (text.len >= 7 && memcmp(text.ptr, "MokList", 7) == 0) ||
	    assay_text_is(text, "SbatLevel") || assay_text_is(text, "Shim") ||
	    assay_text_is(text, "MokSBState");
}

/* Text whose every second byte is zero, as of a file's or section's name. */
static bool
looks_utf16(struct assay_bytes data)
{
	return data.len >= 4 && data.len % 2 == 0 && data.ptr[0] != 0 &&
	    data.ptr[1] == 0 && data.ptr[data.len - 1] == 0;
}

void
assay_ipl(const struct assay_event *e, struct assay_ipl *out)
{
	struct assay_bytes text = without_nul(e->data, 1);

	*out = (struct assay_ipl){ .kind = ASSAY_IPL_OTHER, .text = text };
	if (ipl_command(text, out))
		return;
	if (looks_utf16(e->data)) {
		out->utf16 = true;
		out->text = without_nul(e->data, 2);
		if (e->pcr == 11)
			out->kind = ASSAY_IPL_SECTION;
		else if (e->pcr == 8 || e->pcr == 12)
			out->kind = ASSAY_IPL_COMMAND_LINE;
	} else if (e->pcr == 14 && is_mok(text)) {
		out->kind = ASSAY_IPL_MOK;
	} else if (e->pcr == 9 && text.len != 0 && (text.ptr[0] == '/' ||
	    text.ptr[0] == '(')) {
		out->kind = ASSAY_IPL_FILE;
	}
}
