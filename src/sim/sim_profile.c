/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a machine starts, event by event. Made content stands for the bytes of
 * firmware, loaders and kernels: only their digests reach a log.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sim/sim_eventlog.h"

#define DATA_MAX	4096

/* GUIDs as they lie in memory (UEFI 2.10, appendix A). */
static const uint8_t efi_global[16] = { 0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93,
	0xd2, 0x11, 0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c };
static const uint8_t image_security[16] = { 0xcb, 0xb2, 0x19, 0xd7, 0x3a, 0x3d,
	0x96, 0x45, 0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65, 0x6f };
static const uint8_t shim_lock[16] = { 0x50, 0xab, 0x5d, 0x60, 0x46, 0xe0,
	0x00, 0x43, 0xab, 0xb6, 0x3d, 0xd8, 0x10, 0xdd, 0x8b, 0x23 };
static const uint8_t cert_sha256[16] = { 0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50,
	0x92, 0x40, 0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28 };
static const uint8_t esp_type[16] = { 0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2,
	0x11, 0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b };

static struct assay_bytes
of(const uint8_t *p, size_t n)
{
	return (struct assay_bytes){ p, n };
}

static void
put_utf16(struct assay_buffer *out, const char *text, bool nul)
{
	for (const char *c = text; *c != '\0'; c++)
		(void)assay_buffer_put_le(out, (uint8_t)*c, 2);
	if (nul)
		(void)assay_buffer_put_le(out, 0, 2);
}

/* An event whose data is in a buffer, which this frees. */
static void
event_taken(struct sim_boot_run *run, unsigned int pcr,
    enum sim_event_type type, struct assay_buffer *data,
    struct assay_bytes measured)
{
	run->bytes.failed = run->bytes.failed || data->failed;
	sim_measure(run, pcr, type, assay_buffer_bytes(data),
	    measured.ptr != NULL ? measured : assay_buffer_bytes(data));
	assay_buffer_free(data);
}

static const struct assay_bytes itself = { NULL, 0 };

/* ---- firmware ------------------------------------------------------------- */

/* UEFI_VARIABLE_DATA: PFP 1.06, 10.4.2.6. */
static void
variable(struct sim_boot_run *run, unsigned int pcr, enum sim_event_type type,
    const uint8_t guid[16], const char *name, struct assay_bytes value)
{
	struct assay_buffer data = assay_buffer(DATA_MAX);

	(void)assay_buffer_put(&data, of(guid, 16));
	(void)assay_buffer_put_le(&data, strlen(name), 8);
	(void)assay_buffer_put_le(&data, value.len, 8);
	put_utf16(&data, name, false);
	(void)assay_buffer_put(&data, value);
	/* Boot variables are measured by their value alone in most firmware. */
	event_taken(run, pcr, type, &data,
	    type == SIM_EV_EFI_VARIABLE_BOOT ? value : itself);
}

/* EFI_SIGNATURE_LIST of n SHA-256 hashes: UEFI 2.10, 32.4.1. */
static void
signature_list(struct sim_boot_run *run, const char *name, size_t n)
{
	const uint8_t *guid = strcmp(name, "PK") == 0 ||
	    strcmp(name, "KEK") == 0 ? efi_global : image_security;
	struct assay_buffer list = assay_buffer(DATA_MAX);

	(void)assay_buffer_put(&list, of(cert_sha256, 16));
	(void)assay_buffer_put_le(&list, 28 + 48 * n, 4);
	(void)assay_buffer_put_le(&list, 0, 4);
	(void)assay_buffer_put_le(&list, 48, 4);
	for (size_t i = 0; i < n; i++) {
		(void)assay_buffer_put(&list, of(shim_lock, 16));
		(void)assay_buffer_fill(&list,
		    (uint8_t)((size_t)name[0] + i), 32);
	}
	variable(run, 7, SIM_EV_EFI_VARIABLE_DRIVER_CONFIG, guid, name,
	    assay_buffer_bytes(&list));
	assay_buffer_free(&list);
}

/* UEFI_PLATFORM_FIRMWARE_BLOB: address and length; the content is measured. */
static void
firmware_blob(struct sim_boot_run *run, uint64_t base, uint64_t length,
    const char *content)
{
	struct assay_buffer data = assay_buffer(16);

	(void)assay_buffer_put_le(&data, base, 8);
	(void)assay_buffer_put_le(&data, length, 8);
	event_taken(run, 0, SIM_EV_EFI_PLATFORM_FIRMWARE_BLOB, &data,
	    assay_bytes_of(content));
}

/* EFI_LOAD_OPTION: UEFI 2.10, 3.1.3; the path is only its end node. */
static void
boot_option(struct sim_boot_run *run, const char *title)
{
	static const uint8_t path_end[] = { 0x7f, 0xff, 4, 0 };
	static const uint8_t order[] = { 0, 0 };
	struct assay_buffer option = assay_buffer(DATA_MAX);

	variable(run, 1, SIM_EV_EFI_VARIABLE_BOOT, efi_global, "BootOrder",
	    of(order, sizeof(order)));
	(void)assay_buffer_put_le(&option, 1, 4);
	(void)assay_buffer_put_le(&option, sizeof(path_end), 2);
	put_utf16(&option, title, true);
	(void)assay_buffer_put(&option, of(path_end, sizeof(path_end)));
	variable(run, 1, SIM_EV_EFI_VARIABLE_BOOT, efi_global, "Boot0000",
	    assay_buffer_bytes(&option));
	assay_buffer_free(&option);
}

/* UEFI_GPT_DATA: PFP 1.06, 10.4.2.5: header, count, entries. */
static void
partition_table(struct sim_boot_run *run)
{
	struct assay_buffer data = assay_buffer(DATA_MAX);

	(void)assay_buffer_puts(&data, "EFI PART");
	(void)assay_buffer_put_le(&data, 0x00010000, 4);
	(void)assay_buffer_put_le(&data, 92, 4);
	(void)assay_buffer_fill(&data, 0, 8);	/* CRC, reserved */
	(void)assay_buffer_put_le(&data, 1, 8);
	(void)assay_buffer_put_le(&data, 0x3bfffff, 8);
	(void)assay_buffer_put_le(&data, 34, 8);
	(void)assay_buffer_put_le(&data, 0x3bfffde, 8);
	(void)assay_buffer_fill(&data, 0xd1, 16);
	(void)assay_buffer_put_le(&data, 2, 8);
	(void)assay_buffer_put_le(&data, 128, 4);
	(void)assay_buffer_put_le(&data, 128, 4);
	(void)assay_buffer_put_le(&data, 0, 4);
	(void)assay_buffer_put_le(&data, 1, 8);
	(void)assay_buffer_put(&data, of(esp_type, 16));
	(void)assay_buffer_fill(&data, 0xe1, 16);
	(void)assay_buffer_put_le(&data, 2048, 8);
	(void)assay_buffer_put_le(&data, 1050623, 8);
	(void)assay_buffer_put_le(&data, 0, 8);
	put_utf16(&data, "EFI System Partition", false);
	(void)assay_buffer_fill(&data, 0, 72 - 40);
	event_taken(run, 5, SIM_EV_EFI_GPT_EVENT, &data, itself);
}

/*
 * UEFI_IMAGE_LOAD_EVENT with a file path node: PFP 1.06, 10.4.2.3. What is
 * measured is the Authenticode hash of the image.
 */
static void
image(struct sim_boot_run *run, const char *path, const char *content)
{
	struct assay_buffer data = assay_buffer(DATA_MAX);
	size_t node = 4 + 2 * (strlen(path) + 1);

	(void)assay_buffer_put_le(&data, 0x7a000000, 8);
	(void)assay_buffer_put_le(&data, 0x100000, 8);
	(void)assay_buffer_put_le(&data, 0, 8);
	(void)assay_buffer_put_le(&data, node + 4, 8);
	(void)assay_buffer_put_le(&data, 0x0404, 2);
	(void)assay_buffer_put_le(&data, node, 2);
	put_utf16(&data, path, true);
	(void)assay_buffer_put_le(&data, 0xff7f, 2);
	(void)assay_buffer_put_le(&data, 4, 2);
	event_taken(run, 4, SIM_EV_EFI_BOOT_SERVICES_APPLICATION, &data,
	    assay_bytes_of(content));
}

static void
action(struct sim_boot_run *run, unsigned int pcr, const char *text)
{
	sim_event(run, pcr, SIM_EV_EFI_ACTION, assay_bytes_of(text));
}

void
sim_boot_firmware(struct sim_boot_run *run)
{
	static const uint8_t zeros[4];
	const uint8_t secure_boot[1] = {
	    run->params->secure_boot_off ? 0 : 1 };
	struct assay_buffer version = assay_buffer(64);

	put_utf16(&version, "Assay simulated firmware 1.0", true);
	event_taken(run, 0, SIM_EV_S_CRTM_VERSION, &version, itself);
	firmware_blob(run, 0xff000000, 0x400000, "simulated PEI volume");
	firmware_blob(run, 0x820000, 0xe0000, "simulated DXE volume");
	run->secure_boot = run->n;
	variable(run, 7, SIM_EV_EFI_VARIABLE_DRIVER_CONFIG, efi_global,
	    "SecureBoot", of(secure_boot, 1));
	signature_list(run, "PK", 1);
	signature_list(run, "KEK", 1);
	signature_list(run, "db", 2);
	signature_list(run, "dbx", 3);
	for (unsigned int pcr = 0; pcr < 8; pcr++)
		sim_event(run, pcr, SIM_EV_SEPARATOR, of(zeros, 4));
}

static void
leave_firmware(struct sim_boot_run *run)
{
	action(run, 5, "Exit Boot Services Invocation");
	action(run, 5, "Exit Boot Services Returned with Success");
}

/* The db entry under which the first loader was started. */
static void
authority(struct sim_boot_run *run)
{
	uint8_t entry[48];

	if (run->params->secure_boot_off)
		return;
	memcpy(entry, shim_lock, 16);
	memset(entry + 16, 'd', 32);
	variable(run, 7, SIM_EV_EFI_VARIABLE_AUTHORITY, image_security, "db",
	    of(entry, sizeof(entry)));
}

/* ---- Linux with shim and GRUB ---------------------------------------------- */

/* Text with its NUL; measured is what stands behind the prefix, without it. */
static void
grub_text(struct sim_boot_run *run, const char *prefix, const char *text)
{
	struct assay_buffer data = assay_buffer(DATA_MAX);

	(void)assay_buffer_puts(&data, prefix);
	(void)assay_buffer_puts(&data, text);
	(void)assay_buffer_putc(&data, 0);
	event_taken(run, 8, SIM_EV_IPL, &data, assay_bytes_of(text));
}

/* A name with its NUL; measured is the content. */
static void
named(struct sim_boot_run *run, unsigned int pcr, const char *name,
    const char *content)
{
	sim_measure(run, pcr, SIM_EV_IPL,
	    of((const uint8_t *)name, strlen(name) + 1),
	    assay_bytes_of(content));
}

void
sim_boot_linux_grub(struct sim_boot_run *run)
{
	boot_option(run, "Linux");
	action(run, 4, "Calling EFI Application from Boot Option");
	authority(run);
	partition_table(run);
	image(run, "\\EFI\\debian\\shimx64.efi", "simulated shim 15.8");
	named(run, 14, "MokList", "simulated list of machine owner keys");
	named(run, 14, "MokListX", "simulated list of forbidden keys");
	image(run, "\\EFI\\debian\\grubx64.efi", "simulated GRUB 2.12");
	grub_text(run, "grub_cmd: ", "search.fs_uuid 5f3c root hd0,gpt2");
	named(run, 9, "(hd0,gpt2)/boot/grub/grub.cfg",
	    "simulated configuration of GRUB");
	grub_text(run, "grub_cmd: ", "menuentry Linux --class os");
	named(run, 9, "(hd0,gpt2)/boot/vmlinuz-6.1.0-18-amd64",
	    "simulated kernel 6.1");
	image(run, "\\boot\\vmlinuz-6.1.0-18-amd64", "simulated kernel 6.1");
	run->victim = run->n;
	grub_text(run, "kernel_cmdline: ", "/boot/vmlinuz-6.1.0-18-amd64 "
	    "root=UUID=5f3c ro quiet lockdown=integrity");
	named(run, 9, "(hd0,gpt2)/boot/initrd.img-6.1.0-18-amd64",
	    "simulated initrd");
	grub_text(run, "grub_cmd: ", "boot");
	leave_firmware(run);
}

/* ---- Linux with systemd-boot and a unified kernel image -------------------- */

/*
 * systemd-stub measures each section twice: its name, then its content; the
 * data of both is the name in UTF-16.
 */
static void
section(struct sim_boot_run *run, const char *name, const char *content)
{
	struct assay_buffer data = assay_buffer(64), again = assay_buffer(64);

	put_utf16(&data, name, true);
	put_utf16(&again, name, true);
	event_taken(run, 11, SIM_EV_IPL, &data,
	    of((const uint8_t *)name, strlen(name) + 1));
	event_taken(run, 11, SIM_EV_IPL, &again, assay_bytes_of(content));
}

void
sim_boot_linux_uki(struct sim_boot_run *run)
{
	static const char cmdline[] = "root=/dev/mapper/root ro quiet "
	    "lockdown=integrity";
	struct assay_buffer text = assay_buffer(DATA_MAX);
	struct assay_buffer more = assay_buffer(DATA_MAX);

	boot_option(run, "Linux Boot Manager");
	action(run, 4, "Calling EFI Application from Boot Option");
	authority(run);
	partition_table(run);
	image(run, "\\EFI\\systemd\\systemd-bootx64.efi",
	    "simulated systemd-boot 255");
	image(run, "\\EFI\\Linux\\linux-6.6.efi", "simulated UKI 6.6");
	section(run, ".linux", "simulated kernel 6.6");
	section(run, ".osrel", "ID=assay-sim");
	section(run, ".cmdline", cmdline);
	section(run, ".initrd", "simulated initrd");
	section(run, ".uname", "6.6.0-sim");
	run->victim = run->n;
	put_utf16(&text, cmdline, true);
	event_taken(run, 12, SIM_EV_IPL, &text, itself);
	/* What the stub was told beyond the image. */
	put_utf16(&more, "systemd.hostname=sim", true);
	event_taken(run, 12, SIM_EV_IPL, &more, itself);
	leave_firmware(run);
}

/* ---- Windows ---------------------------------------------------------------- */

/* wbcl.h: {u32 id, u32 size, payload}. */
static void
sipa(struct assay_buffer *out, uint32_t id, uint64_t value, size_t n)
{
	(void)assay_buffer_put_le(out, id, 4);
	(void)assay_buffer_put_le(out, n, 4);
	(void)assay_buffer_put_le(out, value, n);
}

static size_t
container(struct assay_buffer *out, uint32_t id)
{
	(void)assay_buffer_put_le(out, id, 4);
	(void)assay_buffer_put_le(out, 0, 4);
	return out->len;
}

static void
container_end(struct assay_buffer *out, size_t from)
{
	if (!out->failed)
		assay_buffer_patch_le(out, from - 4, out->len - from, 4);
}

/* A module as PCR 13 has it: path, hash, that it was validated. */
static void
module(struct assay_buffer *out, const char *path)
{
	size_t from = container(out, 0x40010003);

	(void)assay_buffer_put_le(out, 0x00070001, 4);
	(void)assay_buffer_put_le(out, 2 * (strlen(path) + 1), 4);
	put_utf16(out, path, true);
	sipa(out, 0x00070003, 0x800c, 4);
	(void)assay_buffer_put_le(out, 0x00070004, 4);
	(void)assay_buffer_put_le(out, 32, 4);
	(void)assay_buffer_fill(out, (uint8_t)path[strlen(path) - 5], 32);
	sipa(out, 0x0007000a, 1, 1);
	container_end(out, from);
}

/* The settings of one boot component, and in PCR 13 its modules. */
static void
trust_boundary(struct sim_boot_run *run, unsigned int pcr, bool os,
    const char *path)
{
	struct assay_buffer data = assay_buffer(DATA_MAX);
	size_t from = container(&data, 0x40010001);

	if (pcr == 12)
		sipa(&data, 0x00020002, 42, 8);		/* BOOTCOUNTER */
	sipa(&data, 0x00020005, 4, 4);			/* BITLOCKER_UNLOCK */
	sipa(&data, 0x00020009, 1, 4);			/* APPLICATION_SVN */
	sipa(&data, 0x00050002, 1, 1);			/* CODEINTEGRITY */
	if (os) {
		sipa(&data, 0x00050001, 0, 1);		/* OSKERNELDEBUG */
		sipa(&data, 0x00050004, 1, 8);		/* DEP */
		sipa(&data, 0x00050005, 0, 1);		/* SAFEMODE */
		sipa(&data, 0x00050006, 0, 1);		/* WINPE */
		sipa(&data, 0x000a0001, 1, 1);		/* VSM_REQUIRED */
		sipa(&data, 0x000a0003, 1, 1);		/* IOMMU_REQUIRED */
		sipa(&data, 0x000a0007, 1, 8);		/* HVCI_POLICY */
	} else {
		sipa(&data, 0x00020003, 1, 4);		/* TRANSFER_CONTROL */
	}
	if (pcr == 13)
		module(&data, path);
	sipa(&data, 0x00050003, 0, 1);			/* TESTSIGNING */
	sipa(&data, 0x00040001, 0, 1);			/* BOOTDEBUGGING */
	container_end(&data, from);
	if (os && pcr == 12)
		run->victim = run->n;
	event_taken(run, pcr, SIM_EV_EVENT_TAG, &data, itself);
}

void
sim_boot_windows(struct sim_boot_run *run)
{
	static const uint8_t start[] = { 0x10, 0, 0, 0 };
	static const uint8_t end[] = { 0xff, 0xff, 0, 0 };

	boot_option(run, "Windows Boot Manager");
	action(run, 4, "Calling EFI Application from Boot Option");
	authority(run);
	partition_table(run);
	image(run, "\\EFI\\Microsoft\\Boot\\bootmgfw.efi",
	    "simulated boot manager");
	sim_event(run, 11, SIM_EV_COMPACT_HASH, of(start, 4));
	trust_boundary(run, 12, false, "");
	trust_boundary(run, 13, false,
	    "\\EFI\\Microsoft\\Boot\\bootmgfw.efi");
	trust_boundary(run, 12, true, "");
	trust_boundary(run, 13, true,
	    "\\Windows\\system32\\ntoskrnl.exe");
	leave_firmware(run);
	sim_event(run, 11, SIM_EV_COMPACT_HASH, of(end, 4));
	for (unsigned int pcr = 12; pcr <= 14; pcr++)
		sim_event(run, pcr, SIM_EV_SEPARATOR, assay_bytes_of("WBCL"));
}

/* ---- all together ----------------------------------------------------------- */

static const struct {
	const char	*name;
	void		(*boot)(struct sim_boot_run *run);
} profiles[] = {
	{ "linux-grub", sim_boot_linux_grub },
	{ "linux-uki", sim_boot_linux_uki },
	{ "windows", sim_boot_windows },
};

const char *
assay_sim_profile_words(void)
{
	return "linux-grub, linux-uki or windows";
}

static bool
start(struct sim_boot_run *run, struct assay_error *err)
{
	size_t i = 0, n = sizeof(profiles) / sizeof(profiles[0]);

	while (i < n && strcmp(profiles[i].name, run->params->profile) != 0)
		i++;
	if (i == n)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "unknown profile \"%s\", want %s", run->params->profile,
		    assay_sim_profile_words());
	if (run->params->n_banks == 0 ||
	    run->params->n_banks > ASSAY_SIM_BANKS)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "%zu PCR banks, want 1 to %d", run->params->n_banks,
		    ASSAY_SIM_BANKS);
	sim_boot_firmware(run);
	profiles[i].boot(run);
	return true;
}

static bool
take_extends(const struct sim_boot_run *run, struct assay_sim_boot *out,
    struct assay_error *err)
{
	out->extends = assay_alloc(run->n, sizeof(*out->extends));
	if (out->extends == NULL)
		return assay_fail_memory(err, "simulated boot");
	for (size_t i = 0; i < run->n; i++) {
		out->extends[i].pcr = run->event[i].pcr;
		memcpy(out->extends[i].digest, run->event[i].digest,
		    sizeof(out->extends[i].digest));
	}
	out->n_extends = run->n;
	return true;
}

bool
assay_sim_boot(const struct assay_sim_boot_params *p,
    struct assay_sim_boot *out, struct assay_error *err)
{
	struct sim_boot_run *run = assay_alloc(1, sizeof(*run));
	bool ok;

	if (run == NULL)
		return assay_fail_memory(err, "simulated boot");
	run->params = p;
	run->bytes = assay_buffer(ASSAY_SIM_LOG_MAX);
	out->log = assay_buffer(ASSAY_SIM_LOG_MAX);
	out->ima = assay_buffer(ASSAY_SIM_LOG_MAX);
	ok = start(run, err) && sim_events_hash(run, err) &&
	    (!p->ima || sim_boot_ima(run, &out->ima, err)) &&
	    sim_events_log(run, &out->log, out->lie, sizeof(out->lie), err) &&
	    take_extends(run, out, err);
	assay_buffer_free(&run->bytes);
	free(run);
	return ok;
}

void
assay_sim_boot_free(struct assay_sim_boot *boot)
{
	assay_buffer_free(&boot->log);
	assay_buffer_free(&boot->ima);
	free(boot->extends);
	memset(boot, 0, sizeof(*boot));
}
