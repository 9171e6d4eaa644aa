/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the seeds of eventlog, ima and efi_event: log_seeds FOLDER. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "evidence/event_type.h"
#include "madelog.h"

#define T(s) MADE_TEXT(s)
#define GUID "\x61\xdf\xe4\x8b\xca\x93\xd2\x11\xaa\x0d\x00\xe0\x98\x03\x2b\x8c"
#define X509 "\xa1\x59\xc0\xa5\xe4\x94\xa7\x4a\x87\xb5\xab\x15\x5c\x2b\xf0\x72"
#define SECURE_BOOT GUID "\12\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0" \
    "S\0e\0c\0u\0r\0e\0B\0o\0o\0t\0\1"
#define LISTS X509 "\x2d\0\0\0\0\0\0\0\x11\0\0\0" "ownerownerowner.c"
#define DB GUID "\2\0\0\0\0\0\0\0\x2d\0\0\0\0\0\0\0d\0b\0" LISTS
#define PATH "\2\1\x0c\0\xd0\x41\x03\x0a\0\0\0\0" "\1\1\6\0\2\x1f" \
    "\4\4\x0a\0\\\0a\0\0\0" "\x7f\xff\4\0"
#define OPTION "\1\0\0\0\x20\0u\0\0\0" PATH
#define IMAGE "\0\0\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0" \
    "\x20\0\0\0\0\0\0\0" PATH
#define SECTION ".\0l\0i\0n\0u\0x\0\0\0"

static const char *folder;

static void
save(const char *kind, const char *name, struct assay_bytes bytes)
{
	char path[4096];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s/%s", folder, kind, name);
	if ((f = fopen(path, "wb")) == NULL ||
	    fwrite(bytes.ptr, 1, bytes.len, f) != bytes.len ||
	    fclose(f) != 0) {
		perror(path);
		exit(1);
	}
}

static void
fill_log(struct made_log *log)
{
	made_log_event(log, 0, ASSAY_EV_NO_ACTION, T("StartupLocality\0\3"));
	made_log_event(log, 0, ASSAY_EV_S_CRTM_VERSION, T("1\0\0\0"));
	made_log_event(log, 7, ASSAY_EV_EFI_VARIABLE_DRIVER_CONFIG,
	    T(SECURE_BOOT));
	made_log_hashed(log, 1, ASSAY_EV_EFI_VARIABLE_BOOT, T(DB),
	    T(LISTS));
	made_log_event(log, 7, ASSAY_EV_SEPARATOR, T("\0\0\0\0"));
	made_log_hashed(log, 8, ASSAY_EV_IPL, T("grub_cmd: ls\0"), T("ls"));
	made_log_hashed(log, 11, ASSAY_EV_IPL, T(SECTION), T(".linux\0"));
	made_log_event(log, 0xffffffff, ASSAY_EV_NO_ACTION, T("TrustPoint"));
}

static void
logs(void)
{
	static const uint16_t banks[] = { 4, 0x12, 0xb, 0xc, 0xd, 0 };
	static const uint16_t some[] = { 0xb, 0 };
	struct made_log old = made_log_sha1();
	struct made_log agile = made_log_agile(banks);
	struct made_log drtm = made_log_agile(some);

	fill_log(&old);
	save("eventlog", "sha1", made_log_bytes(&old));
	fill_log(&agile);
	made_log_banks(&agile, some, 12, ASSAY_EV_EVENT_TAG,
	    T("\1\0\1\x40\5\0\0\0\2\0\5\0\1"), T("forged"));
	save("eventlog", "agile", made_log_bytes(&agile));
	made_log_hashed(&drtm, 0, ASSAY_EV_EFI_HCRTM_EVENT, T("HCRTM"),
	    T("code"));
	made_log_event(&drtm, 255, ASSAY_EV_TXT_PCR_MAPPING, T(""));
	made_log_event(&drtm, 17, 0x402, T("launch"));
	assay_buffer_fill(&drtm.bytes, 0xff, 40);
	save("eventlog", "drtm", made_log_bytes(&drtm));
	made_log_free(&old);
	made_log_free(&agile);
	made_log_free(&drtm);
}

static void
put_field(struct assay_buffer *b, struct assay_bytes field)
{
	assay_buffer_put_le(b, field.len, 4);
	assay_buffer_put(b, field);
}

static void
put_entry(struct assay_buffer *log, uint32_t pcr, struct assay_bytes name,
    struct assay_bytes data, bool violation)
{
	struct assay_digest d = { .len = 20 };
	struct assay_error err;

	if (!violation && !assay_digest(ASSAY_SHA1, data, &d, &err))
		exit(1);
	assay_buffer_put_le(log, pcr, 4);
	assay_buffer_put(log, assay_digest_bytes(&d));
	put_field(log, name);
	put_field(log, data);
}

static void
lists(void)
{
	struct assay_buffer log = assay_buffer(65536);
	struct assay_buffer data = assay_buffer(65536);

	put_field(&data, T("sha1:\0" "01234567890123456789"));
	put_field(&data, T("/bin/a\0"));
	put_entry(&log, 10, T("ima-ng"), assay_buffer_bytes(&data), false);
	put_entry(&log, 10, T("ima-ng"), assay_buffer_bytes(&data), true);
	put_field(&data, T("\3\2\4"));
	put_entry(&log, 11, T("ima-sig"), assay_buffer_bytes(&data), false);
	put_entry(&log, 10, T("ima-buf"), assay_buffer_bytes(&data), false);
	save("ima", "binary", assay_buffer_bytes(&log));
	assay_buffer_clear(&log);
	assay_buffer_put_le(&log, 10, 4);
	assay_buffer_fill(&log, 0x22, 20);
	put_field(&log, T("ima"));
	assay_buffer_fill(&log, 0x33, 20);
	put_field(&log, T("/init"));
	save("ima", "old", assay_buffer_bytes(&log));
	save("ima", "ascii", T(
	    "10 00112233445566778899aabbccddeeff00112233 ima-ng "
	    "sha1:00112233445566778899aabbccddeeff00112233 /a\n"
	    "10 0000000000000000000000000000000000000000 ima-modsig "
	    "sha256:0011 /b  sha1:22 3001\n"
	    " 9 00112233445566778899aabbccddeeff00112233 ima "
	    "00112233445566778899aabbccddeeff00112233 /c\n"));
	save("ima", "evm", T(
	    "10 00112233445566778899aabbccddeeff00112233 evm-sig "
	    "verity:sha256:0011 /e 05 security.ima 01 09 65536 2 33261\n"));
	assay_buffer_free(&log);
	assay_buffer_free(&data);
}

int
main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	folder = argv[1];
	logs();
	lists();
	save("efi_event", "secure_boot", T(SECURE_BOOT));
	save("efi_event", "db", T(DB));
	save("efi_event", "option", T(OPTION));
	save("efi_event", "image", T(IMAGE));
	save("efi_event", "path", T(PATH));
	save("efi_event", "lists", T(LISTS LISTS));
	save("efi_event", "section", T(SECTION));
	save("efi_event", "grub", T("kernel_cmdline: /vmlinuz quiet\0"));
	return 0;
}
