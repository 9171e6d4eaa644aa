/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/reader.h"
#include "base/text.h"
#include "cli/event_view.h"
#include "cli/sipa_view.h"
#include "evidence/efi_event.h"
#include "evidence/event_type.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

json_t *
cli_hex_json(struct assay_bytes bytes)
{
	struct assay_buffer b = assay_buffer(2 * ASSAY_MAX_EVENT_BYTES);
	json_t *value = NULL;

	if (assay_hex_encode(bytes, &b))
		value = json_string(assay_buffer_str(&b));
	assay_buffer_free(&b);
	return value;
}

const char *
cli_alg_name(uint16_t alg, char out[16])
{
	enum assay_hash hash;

	if (assay_tpm_hash(alg, &hash))
		return assay_hash_name(hash);
	if (alg == 0x0012)
		return "sm3_256";
	(void)snprintf(out, 16, "0x%04x", alg);
	return out;
}

static void
set_hex(json_t *object, const char *name, struct assay_bytes bytes)
{
	(void)json_object_set_new(object, name, cli_hex_json(bytes));
}

static void
set_guid(json_t *object, const char *name, struct assay_bytes guid)
{
	char text[ASSAY_GUID_TEXT];

	(void)json_object_set_new(object, name,
	    json_string(assay_guid_text(guid, text)));
}

static void
set_u64(json_t *object, const char *name, uint64_t v)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "0x%" PRIx64, v);
	(void)json_object_set_new(object, name, json_string(text));
}

/* Text that is none stays away; the raw bytes are there. */
static bool
set_utf16(json_t *object, const char *name, struct assay_bytes in)
{
	struct assay_buffer b = assay_buffer(2 * ASSAY_MAX_EVENT_BYTES);
	bool ok = assay_utf16le_decode(in, &b) &&
	    json_object_set_new(object, name,
	    json_string(assay_buffer_str(&b))) == 0;

	assay_buffer_free(&b);
	return ok;
}

static bool
set_utf8(json_t *object, const char *name, struct assay_bytes in)
{
	while (in.len != 0 && in.ptr[in.len - 1] == 0)
		in.len--;
	if (!assay_utf8_valid(in, NULL) ||
	    (in.len != 0 && memchr(in.ptr, 0, in.len) != NULL))
		return false;
	return json_object_set_new(object, name,
	    json_stringn((const char *)in.ptr, in.len)) == 0;
}

static void
set_path(json_t *object, struct assay_bytes path)
{
	struct assay_buffer b = assay_buffer(ASSAY_MAX_EVENT_BYTES);

	if (path.len != 0 && assay_device_path_text(path, &b))
		(void)json_object_set_new(object, "DevicePath",
		    cli_json_text(assay_buffer_str(&b)));
	assay_buffer_free(&b);
}

static void
view_signatures(json_t *out, struct assay_bytes data)
{
	json_t *array = json_array();
	struct assay_efi_signatures v;

	while (array != NULL && assay_efi_signatures_next(&data, &v)) {
		const char *type = assay_efi_signature_type(v.type);
		json_t *list = json_pack("{s:I}", "count", (json_int_t)v.n);

		if (type != NULL)
			(void)json_object_set_new(list, "type",
			    json_string(type));
		else
			set_guid(list, "type", v.type);
		(void)json_array_append_new(array, list);
	}
	if (data.len == 0)
		(void)json_object_set_new(out, "SignatureLists", array);
	else
		json_decref(array);
}

static void
view_boot_order(json_t *out, struct assay_bytes data)
{
	struct assay_reader r = assay_reader(data);
	json_t *array = json_array();
	uint16_t option;
	char text[8];

	while (assay_read_u16le(&r, &option)) {
		(void)snprintf(text, sizeof(text), "%04X", option);
		(void)json_array_append_new(array, json_string(text));
	}
	(void)json_object_set_new(out, "BootOrder", array);
}

static void
view_load_option(json_t *out, struct assay_bytes data)
{
	struct assay_efi_load_option v;

	if (!assay_efi_load_option(data, &v))
		return;
	(void)set_utf16(out, "Description", v.description);
	set_path(out, v.path);
	if (v.optional.len != 0)
		set_hex(out, "OptionalData", v.optional);
}

static void
view_variable_data(json_t *out, const char *name, struct assay_bytes data)
{
	static const char *const lists[] = {
		"PK", "KEK", "db", "dbx", "dbt", "dbr",
	};

	if (strcmp(name, "BootOrder") == 0)
		view_boot_order(out, data);
	else if (strncmp(name, "Boot", 4) == 0 && strlen(name) == 8)
		view_load_option(out, data);
	else if (strcmp(name, "SbatLevel") == 0)
		(void)set_utf8(out, "text", data);
	for (size_t i = 0; i < N(lists); i++)
		if (strcmp(name, lists[i]) == 0)
			view_signatures(out, data);
}

static void
view_variable(json_t *out, const struct assay_event *e)
{
	struct assay_efi_variable v;
	const char *name;

	if (!assay_efi_variable(e->data, &v))
		return;
	set_guid(out, "VariableGuid", v.guid);
	(void)set_utf16(out, "UnicodeName", v.name);
	name = json_string_value(json_object_get(out, "UnicodeName"));
	/* In EV_EFI_VARIABLE_AUTHORITY: one signature of db, owner first. */
	if (name != NULL && strcmp(name, "db") == 0 &&
	    e->type == ASSAY_EV_EFI_VARIABLE_AUTHORITY) {
		if (v.data.len > ASSAY_GUID_LEN)
			set_guid(out, "SignatureOwner", (struct assay_bytes){
			    v.data.ptr, ASSAY_GUID_LEN });
	} else if (name != NULL) {
		view_variable_data(out, name, v.data);
	}
	set_hex(out, "VariableData", v.data);
}

static void
view_image(json_t *out, const struct assay_event *e)
{
	struct assay_efi_image v;

	if (!assay_efi_image(e->data, &v))
		return;
	set_path(out, v.path);
	set_u64(out, "ImageLocationInMemory", v.address);
	set_u64(out, "ImageLengthInMemory", v.length);
}

static void
view_blob(json_t *out, const struct assay_event *e)
{
	bool described = e->type == ASSAY_EV_EFI_PLATFORM_FIRMWARE_BLOB2;
	struct assay_efi_blob v;

	if (!assay_efi_blob(e->data, described, &v))
		return;
	if (described)
		(void)set_utf8(out, "BlobDescription", v.description);
	set_u64(out, "BlobBase", v.address);
	set_u64(out, "BlobLength", v.length);
}

static void
view_gpt(json_t *out, const struct assay_event *e)
{
	json_t *array = json_array();
	struct assay_efi_partition p;
	struct assay_efi_gpt v;

	if (!assay_efi_gpt(e->data, &v)) {
		json_decref(array);
		return;
	}
	set_guid(out, "DiskGUID", v.disk);
	while (assay_efi_partition_next(&v.entries, &p)) {
		json_t *entry = json_object();

		(void)set_utf16(entry, "PartitionName", p.name);
		set_guid(entry, "PartitionTypeGUID", p.type);
		set_guid(entry, "UniquePartitionGUID", p.unique);
		set_u64(entry, "StartingLBA", p.first_lba);
		set_u64(entry, "EndingLBA", p.last_lba);
		(void)json_array_append_new(array, entry);
	}
	(void)json_object_set_new(out, "Partitions", array);
}

static void
view_ipl(json_t *out, const struct assay_event *e)
{
	static const char *const names[] = {
		[ASSAY_IPL_OTHER] = "text", [ASSAY_IPL_COMMAND] = "Command",
		[ASSAY_IPL_FILE] = "File", [ASSAY_IPL_MOK] = "MokVariable",
		[ASSAY_IPL_COMMAND_LINE] = "CommandLine",
		[ASSAY_IPL_SECTION] = "Section",
	};
	struct assay_ipl v;

	assay_ipl(e, &v);
	if (v.kind == ASSAY_IPL_COMMAND)
		(void)set_utf8(out, "Label", v.label);
	if (v.utf16)
		(void)set_utf16(out, names[v.kind], v.text);
	else
		(void)set_utf8(out, names[v.kind], v.text);
	if (v.kind == ASSAY_IPL_SECTION)
		(void)json_object_set_new(out, "Measured", json_string(
		    assay_event_vouches(e, e->data) ? "name" : "content"));
}

/* Which digests the log has: parsed before, so its sizes are right. */
static void
view_spec_id(json_t *out, const struct assay_event *e)
{
	struct assay_reader r = assay_reader(e->data);
	json_t *algs = json_array();
	uint16_t alg, size;
	uint32_t n;

	if (!assay_skip(&r, 24) || !assay_read_u32le(&r, &n))
		n = 0;
	for (uint32_t i = 0; i < n && assay_read_u16le(&r, &alg) &&
	    assay_read_u16le(&r, &size); i++) {
		char text[16];

		(void)json_array_append_new(algs,
		    json_string(cli_alg_name(alg, text)));
	}
	(void)json_object_set_new(out, "algorithms", algs);
}

/* The signature that starts the data of EV_NO_ACTION, and what follows. */
static void
view_no_action(json_t *out, const struct assay_event *e)
{
	const uint8_t *nul = e->data.len < 16 ? NULL :
	    memchr(e->data.ptr, 0, 16);
	struct assay_bytes name = { e->data.ptr, nul == NULL ? 0 :
	    (size_t)(nul - e->data.ptr) };

	if (e->pcr == UINT32_MAX && assay_sipa_like(e->data)) {
		cli_sipa_view(out, e->data);
		return;
	}
	if (e->data.len >= 16 && nul == NULL)
		name.len = 16;
	if (name.len < 8 || !set_utf8(out, "Signature", name))
		return;
	if (assay_text_is(name, "Spec ID Event03"))
		view_spec_id(out, e);
	if (assay_text_is(name, "StartupLocality") && e->data.len == 17)
		(void)json_object_set_new(out, "StartupLocality",
		    json_integer(e->data.ptr[16]));
}

/* Text in either encoding, if it is text; else the bytes say it all. */
static void
view_text(json_t *out, const struct assay_event *e)
{
	const struct assay_bytes d = e->data;

	if (d.len >= 4 && d.len % 2 == 0 && d.ptr[0] >= 0x20 &&
	    d.ptr[1] == 0) {
		(void)set_utf16(out, "text", d);
		return;
	}
	for (size_t i = 0; i < d.len; i++)
		if (d.ptr[i] < 0x20 && (d.ptr[i] != 0 || i + 1 != d.len))
			return;
	if (d.len > 1)
		(void)set_utf8(out, "text", d);
}

static void
view_tag(json_t *out, const struct assay_event *e)
{
	struct assay_reader r = assay_reader(e->data);
	struct assay_bytes data;
	uint32_t id, len;

	if (assay_sipa_like(e->data)) {
		cli_sipa_view(out, e->data);
		return;
	}
	/* TCG_PCClientTaggedEvent: of the Linux stub and systemd. */
	if (!assay_read_u32le(&r, &id) || !assay_read_u32le(&r, &len) ||
	    !assay_read_bytes(&r, len, &data))
		return;
	set_u64(out, "taggedEventID", id);
	(void)set_utf8(out, "taggedEventData", data);
}

static const struct {
	uint32_t	type;
	void		(*view)(json_t *, const struct assay_event *);
} views[] = {
	{ ASSAY_EV_NO_ACTION, view_no_action },
	{ ASSAY_EV_EVENT_TAG, view_tag },
	{ ASSAY_EV_IPL, view_ipl },
	{ ASSAY_EV_EFI_VARIABLE_DRIVER_CONFIG, view_variable },
	{ ASSAY_EV_EFI_VARIABLE_BOOT, view_variable },
	{ ASSAY_EV_EFI_VARIABLE_BOOT2, view_variable },
	{ ASSAY_EV_EFI_VARIABLE_AUTHORITY, view_variable },
	{ ASSAY_EV_EFI_BOOT_SERVICES_APPLICATION, view_image },
	{ ASSAY_EV_EFI_BOOT_SERVICES_DRIVER, view_image },
	{ ASSAY_EV_EFI_RUNTIME_SERVICES_DRIVER, view_image },
	{ ASSAY_EV_EFI_PLATFORM_FIRMWARE_BLOB, view_blob },
	{ ASSAY_EV_EFI_PLATFORM_FIRMWARE_BLOB2, view_blob },
	{ ASSAY_EV_EFI_GPT_EVENT, view_gpt },
	{ ASSAY_EV_EFI_GPT_EVENT2, view_gpt },
};

json_t *
cli_event_data(const struct assay_event *e)
{
	json_t *out = json_object();
	size_t i;

	for (i = 0; i < N(views) && views[i].type != e->type; i++)
		;
	(i < N(views) ? views[i].view : view_text)(out, e);
	set_hex(out, "raw", e->data);
	if (json_object_get(out, "raw") == NULL) {
		json_decref(out);
		return NULL;
	}
	return out;
}

static void flatten(json_t *value, struct assay_buffer *b);

static void
flatten_object(json_t *object, struct assay_buffer *b)
{
	json_t *value;
	bool alone = json_object_size(object) == 1;
	/* A variable has its GUID, name, data and raw bytes in any case. */
	bool decoded = json_object_size(object) > 4;
	const char *name, *space = "";

	json_object_foreach(object, name, value) {
		if ((strcmp(name, "raw") == 0 && !alone) ||
		    (strcmp(name, "VariableData") == 0 && decoded))
			continue;
		if (strcmp(name, "raw") == 0)
			(void)assay_buffer_puts(b, space);
		else
			(void)assay_buffer_printf(b, "%s%s=", space, name);
		flatten(value, b);
		space = " ";
	}
}

static void
flatten(json_t *value, struct assay_buffer *b)
{
	json_t *item;
	size_t i;

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		assay_buffer_putc(b, '{');
		flatten_object(value, b);
		assay_buffer_putc(b, '}');
		return;
	case JSON_ARRAY:
		assay_buffer_putc(b, '[');
		json_array_foreach(value, i, item) {
			if (i != 0)
				assay_buffer_putc(b, ',');
			flatten(item, b);
		}
		assay_buffer_putc(b, ']');
		return;
	case JSON_STRING:
		assay_buffer_put(b, assay_json_string(value));
		return;
	case JSON_INTEGER:
		assay_buffer_printf(b, "%" JSON_INTEGER_FORMAT,
		    json_integer_value(value));
		return;
	case JSON_REAL:
	case JSON_NULL:
		assay_buffer_putc(b, '-');
		return;
	case JSON_TRUE:
	case JSON_FALSE:
		assay_buffer_puts(b, json_is_true(value) ? "true" : "false");
		return;
	}
}

void
cli_put_event_data(struct cli_output *out, json_t *data, size_t max)
{
	struct assay_buffer b = assay_buffer(4 * ASSAY_MAX_EVENT_BYTES);
	struct assay_bytes text;

	flatten_object(data, &b);
	text = assay_buffer_bytes(&b);
	if (text.len > max)
		text.len = max;
	cli_put_text(out->to, text, false);
	if (text.len < b.len || b.failed)
		cli_printf(out, "...");
	assay_buffer_free(&b);
}
