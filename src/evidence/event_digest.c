/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/reader.h"
#include "base/text.h"
#include "evidence/event_digest.h"
#include "evidence/event_type.h"

/* What is hashed instead of the whole data, and which data that covers. */
struct part {
	struct assay_bytes	hashed, vouched;
	uint8_t			narrow[64];
};

/*
 * Do all digests that can be computed say H(in)? False also when there is no
 * such digest; *known counts them up to the first that differs.
 */
static bool
digests_match(const struct assay_event *e, struct assay_bytes in,
    bool *match, size_t *known, struct assay_error *err)
{
	struct assay_digest d;
	enum assay_hash hash;

	*match = false;
	*known = 0;
	for (size_t i = 0; i < e->n_digests; i++) {
		if (!assay_tpm_hash(e->digests[i].alg, &hash))
			continue;
		++*known;
		if (!assay_digest(hash, in, &d, err))
			return false;
		if (!assay_bytes_equal(assay_digest_bytes(&d),
		    e->digests[i].bytes)) {
			*match = false;
			return true;
		}
		*match = true;
	}
	return true;
}

/*
 * UEFI_VARIABLE_DATA: GUID, u64 characters of name, u64 bytes of data, name,
 * data (PFP 10.2.6). Most firmware hashes the data alone for boot variables.
 */
static bool
variable_data(const struct assay_event *e, struct part *p)
{
	struct assay_reader r = assay_reader(e->data);
	uint64_t chars, len;

	if (!assay_skip(&r, 16) || !assay_read_u64le(&r, &chars) ||
	    !assay_read_u64le(&r, &len) || chars > e->data.len ||
	    !assay_skip(&r, (size_t)chars * 2) || len > e->data.len ||
	    !assay_read_bytes(&r, (size_t)len, &p->hashed))
		return false;
	p->vouched = p->hashed;
	return true;
}

/* shim and some firmware count one byte more in the event than they hash. */
static bool
all_but_last(const struct assay_event *e, struct part *p)
{
	if (e->data.len == 0)
		return false;
	p->hashed = (struct assay_bytes){ e->data.ptr, e->data.len - 1 };
	p->vouched = p->hashed;
	return true;
}

/*
 * GRUB hashes the command without the label that it puts before it in the
 * log, and without the NUL behind it. The label itself is not vouched for.
 */
static bool
grub_command(const struct assay_event *e, struct part *p)
{
	static const char *const labels[] = {
		"grub_cmd: ", "kernel_cmdline: ", "module_cmdline: ",
		"grub_cmd ", "grub_kernel_cmdline ", "grub_module_cmdline ",
	};
	struct assay_bytes d = e->data;

	if (d.len > 0 && d.ptr[d.len - 1] == 0)
		d.len--;
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		size_t n = strlen(labels[i]);

		if (d.len < n || memcmp(d.ptr, labels[i], n) != 0)
			continue;
		p->hashed = (struct assay_bytes){ d.ptr + n, d.len - n };
		p->vouched = p->hashed;
		return true;
	}
	return false;
}

/*
 * systemd-stub hashes the name of a PE section as ASCII with its NUL and
 * logs it as UTF-16 (systemd, src/boot/efi/measure.c): one follows from the
 * other, so the digest covers the data.
 */
static bool
section_name(const struct assay_event *e, struct part *p)
{
	struct assay_bytes d = e->data;
	size_t n = d.len / 2;

	if (d.len % 2 != 0 || n < 2 || n > sizeof(p->narrow))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (d.ptr[2 * i + 1] != 0 || d.ptr[2 * i] > 0x7e ||
		    (d.ptr[2 * i] == 0) != (i == n - 1))
			return false;
		p->narrow[i] = d.ptr[2 * i];
	}
	p->hashed = (struct assay_bytes){ p->narrow, n };
	p->vouched = d;
	return true;
}

static const struct {
	uint32_t	type;
	bool		(*part)(const struct assay_event *, struct part *);
} parts[] = {
	{ ASSAY_EV_EFI_VARIABLE_BOOT, variable_data },
	{ ASSAY_EV_EFI_VARIABLE_AUTHORITY, all_but_last },
	{ ASSAY_EV_IPL, grub_command },
	{ ASSAY_EV_IPL, section_name },
};

/*
 * Windows' tagged events begin with a SIPA id: a class from 1 to 15 in bits
 * 16 to 19 and two flags on top; the tags that systemd and the Linux stub use
 * for measurements of other content are random numbers.
 */
static bool
is_sipa(const struct assay_event *e)
{
	struct assay_reader r = assay_reader(e->data);
	uint32_t id;

	return assay_read_u32le(&r, &id) && (id & 0x3ff00000) == 0 &&
	    (id & 0x000f0000) != 0;
}

/* An error separator: H(01 00 00 00), the data says what went wrong. */
static bool
is_error_separator(const struct assay_event *e, bool *is,
    struct assay_error *err)
{
	static const uint8_t one[4] = { 1 };
	size_t known;

	return digests_match(e, (struct assay_bytes){ one, sizeof(one) }, is,
	    &known, err);
}

/*
 * Types whose digest is that of the data in every log of a real machine that
 * was seen, as the profile demands: 371 of 371 separators, 258 of 258 driver
 * configurations, and so on. Others are left alone, since firmware differs.
 */
static bool
rule_is_certain(const struct assay_event *e)
{
	switch (e->type) {
	case ASSAY_EV_SEPARATOR:
	case ASSAY_EV_ACTION:
	case ASSAY_EV_EFI_ACTION:
	case ASSAY_EV_EFI_VARIABLE_DRIVER_CONFIG:
	case ASSAY_EV_EFI_GPT_EVENT:
		return true;
	case ASSAY_EV_EVENT_TAG:
		return ((e->pcr >= 11 && e->pcr <= 14) || e->pcr == 19 ||
		    e->pcr == 20) && is_sipa(e);
	default:
		return false;
	}
}

static bool
judge_parts(struct assay_event *e, bool *match, struct assay_error *err)
{
	size_t known;

	for (size_t i = 0; !*match &&
	    i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct part p = { 0 };

		if (parts[i].type != e->type || !parts[i].part(e, &p))
			continue;
		if (!digests_match(e, p.hashed, match, &known, err))
			return false;
		if (*match)
			e->vouched = p.vouched;
	}
	return true;
}

bool
assay_event_judge(struct assay_event *e, struct assay_error *err)
{
	bool match, excused = false;
	size_t known;

	e->vouched = (struct assay_bytes){ NULL, 0 };
	e->trust = ASSAY_EVENT_NOT_EXTENDED;
	if (e->type == ASSAY_EV_NO_ACTION)
		return true;
	e->trust = ASSAY_EVENT_OPAQUE;
	if (!digests_match(e, e->data, &match, &known, err))
		return false;
	if (match)
		e->vouched = e->data;
	else if (!judge_parts(e, &match, err))
		return false;
	if (match) {
		e->trust = ASSAY_EVENT_VERIFIED;
		return true;
	}
	if (known == 0 || !rule_is_certain(e))
		return true;
	if (e->type == ASSAY_EV_SEPARATOR &&
	    !is_error_separator(e, &excused, err))
		return false;
	if (!excused)
		e->trust = ASSAY_EVENT_FORGED;
	return true;
}
