/* SPDX-License-Identifier: Apache-2.0 */
/* Device paths as text: UEFI 2.10, sections 10.3 and 10.6. */
#include <inttypes.h>

#include "base/encode.h"
#include "base/reader.h"
#include "evidence/efi_event.h"

#define END_TYPE	0x7f

struct node {
	uint8_t			type, subtype;
	struct assay_bytes	data;
};

static bool
put_guid(struct assay_buffer *out, const char *name, struct assay_bytes data,
    size_t at)
{
	char text[ASSAY_GUID_TEXT];

	if (data.len < at + ASSAY_GUID_LEN)
		return false;
	return assay_buffer_printf(out, "%s(%s)", name, assay_guid_text(
	    (struct assay_bytes){ data.ptr + at, ASSAY_GUID_LEN }, text));
}

static bool
put_acpi(const struct node *n, struct assay_buffer *out)
{
	struct assay_reader r = assay_reader(n->data);
	uint32_t hid, uid;

	if (!assay_read_u32le(&r, &hid) || !assay_read_u32le(&r, &uid))
		return false;
	if (hid == 0x0a0341d0)
		return assay_buffer_printf(out, "PciRoot(0x%" PRIx32 ")",
		    uid);
	return assay_buffer_printf(out, "Acpi(0x%" PRIx32 ",0x%" PRIx32 ")",
	    hid, uid);
}

static bool
put_pci(const struct node *n, struct assay_buffer *out)
{
	return n->data.len == 2 && assay_buffer_printf(out,
	    "Pci(0x%x,0x%x)", n->data.ptr[1], n->data.ptr[0]);
}

static bool
put_usb(const struct node *n, struct assay_buffer *out)
{
	return n->data.len == 2 && assay_buffer_printf(out,
	    "USB(0x%x,0x%x)", n->data.ptr[0], n->data.ptr[1]);
}

static bool
put_sata(const struct node *n, struct assay_buffer *out)
{
	struct assay_reader r = assay_reader(n->data);
	uint16_t port, multiplier, lun;

	return assay_read_u16le(&r, &port) &&
	    assay_read_u16le(&r, &multiplier) && assay_read_u16le(&r, &lun) &&
	    assay_buffer_printf(out, "Sata(0x%x,0x%x,0x%x)", port,
	    multiplier, lun);
}

static bool
put_nvme(const struct node *n, struct assay_buffer *out)
{
	struct assay_reader r = assay_reader(n->data);
	uint32_t id;

	if (!assay_read_u32le(&r, &id) || assay_reader_left(&r) != 8)
		return false;
	assay_buffer_printf(out, "NVMe(0x%" PRIx32, id);
	for (size_t i = 8; i > 0; i--)
		assay_buffer_printf(out, "%c%02X", i == 8 ? ',' : '-',
		    n->data.ptr[4 + i - 1]);
	return assay_buffer_putc(out, ')');
}

static bool
put_hard_drive(const struct node *n, struct assay_buffer *out)
{
	struct assay_reader r = assay_reader(n->data);
	uint32_t number;

	if (!assay_read_u32le(&r, &number) || n->data.len != 38)
		return false;
	assay_buffer_printf(out, "HD(%" PRIu32 ",", number);
	return put_guid(out, "GPT", n->data, 20) &&
	    assay_buffer_putc(out, ')');
}

static bool
put_file(const struct node *n, struct assay_buffer *out)
{
	return assay_utf16le_decode(n->data, out);
}

static bool
put_vendor(const struct node *n, struct assay_buffer *out)
{
	return put_guid(out, n->type == 1 ? "VenHw" : n->type == 3 ?
	    "VenMsg" : "VenMedia", n->data, 0);
}

static bool
put_fv_file(const struct node *n, struct assay_buffer *out)
{
	return put_guid(out, "FvFile", n->data, 0);
}

static bool
put_fv(const struct node *n, struct assay_buffer *out)
{
	return put_guid(out, "Fv", n->data, 0);
}

static const struct {
	uint8_t	type, subtype;
	bool	(*put)(const struct node *, struct assay_buffer *);
} nodes[] = {
	{ 1, 1, put_pci }, { 1, 4, put_vendor },
	{ 2, 1, put_acpi },
	{ 3, 5, put_usb }, { 3, 10, put_vendor }, { 3, 18, put_sata },
	{ 3, 23, put_nvme },
	{ 4, 1, put_hard_drive }, { 4, 3, put_vendor }, { 4, 4, put_file },
	{ 4, 6, put_fv_file }, { 4, 7, put_fv },
};

/* A node that does not have the form of its type is shown as bytes. */
static void
put_node(const struct node *n, struct assay_buffer *out)
{
	size_t before = out->len;

	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		if (nodes[i].type != n->type ||
		    nodes[i].subtype != n->subtype)
			continue;
		if (nodes[i].put(n, out) || out->failed)
			return;
		out->len = before;
		break;
	}
	assay_buffer_printf(out, "Path(%u,%u,", n->type, n->subtype);
	assay_hex_encode(n->data, out);
	assay_buffer_putc(out, ')');
}

static bool
read_node(struct assay_reader *r, struct node *n)
{
	uint16_t len;

	return assay_read_u8(r, &n->type) && assay_read_u8(r, &n->subtype) &&
	    assay_read_u16le(r, &len) && len >= 4 &&
	    assay_read_bytes(r, (size_t)len - 4, &n->data);
}

bool
assay_device_path_text(struct assay_bytes path, struct assay_buffer *out)
{
	struct assay_reader r = assay_reader(path);
	struct node n;

	for (size_t i = 0; assay_reader_left(&r) != 0; i++) {
		if (i == ASSAY_DEVICE_PATH_NODES || !read_node(&r, &n))
			return false;
		if (n.type == END_TYPE && n.subtype == 0xff)
			return !out->failed;
		if (i > 0)
			assay_buffer_putc(out, n.type == END_TYPE ? ',' :
			    '/');
		if (n.type != END_TYPE)
			put_node(&n, out);
	}
	return !out->failed;
}
