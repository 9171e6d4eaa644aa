/* SPDX-License-Identifier: Apache-2.0 */
#include "base/limits.h"
#include "base/text.h"
#include "crypto/cert.h"
#include "evidence/boot_json.h"

static bool
is_text(struct assay_bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		if (b.ptr[i] == 0)
			return false;
	return assay_utf8_valid(b, NULL);
}

/* Names of files are bytes; most are UTF-8. */
static void
put_bytes(struct assay_buffer *out, const char *name, struct assay_bytes b)
{
	if (b.len == 0)
		return;
	assay_boot_put_name(out, name);
	if (is_text(b)) {
		assay_boot_put_text(out, b);
		return;
	}
	assay_boot_put_raw(out, b);
	(void)assay_buffer_putc(out, '}');
}

/*
 * The name of a template is not hashed. A signed file would read as a buffer
 * of that name if ima-sig were called ima-buf; but of a buffer the kernel
 * logs the hash of the buffer (ima_main.c, process_buffer_measurement).
 */
static bool
is_buffer(const struct assay_ima_entry *e, bool *is, struct assay_error *err)
{
	struct assay_digest d;

	*is = false;
	for (int h = ASSAY_SHA1; e->buffer.len != 0 && h <= ASSAY_SHA512;
	    h++) {
		enum assay_hash hash = (enum assay_hash)h;

		if (!assay_text_is(e->file_hash_alg, assay_hash_name(hash)))
			continue;
		if (!assay_digest(hash, e->buffer, &d, err))
			return false;
		*is = assay_bytes_equal(assay_digest_bytes(&d),
		    e->file_hash);
	}
	return true;
}

/* A key that the kernel took in: the buffer is its certificate. */
static bool
put_key(struct assay_buffer *out, const struct assay_ima_entry *e)
{
	struct assay_cert *cert = NULL;
	struct assay_error err;
	bool is_cert = e->buffer.len != 0 &&
	    e->buffer.len <= ASSAY_MAX_CERT_BYTES &&
	    assay_cert_parse(e->buffer, &cert, &err);

	if (!is_cert && (e->file_name.len == 0 || e->file_name.ptr[0] != '.'))
		return false;
	put_bytes(out, "Keyring", e->file_name);
	if (is_cert) {
		const char *subject = assay_cert_subject_text(cert);

		put_bytes(out, "CertificateSubject", assay_bytes_of(subject));
	}
	assay_cert_free(cert);
	return true;
}

/* ---- boot_aggregate ----------------------------------------------------- */

/* Is the hash that of the values of PCRs 0 to n - 1? */
static bool
is_aggregate(const struct assay_pcr_bank *bank, unsigned int n,
    enum assay_hash hash, struct assay_bytes found, bool *is,
    struct assay_error *err)
{
	struct assay_bytes parts[ASSAY_PCR_COUNT];
	struct assay_digest want;

	for (unsigned int i = 0; i < n; i++)
		parts[i] = assay_pcr_value(bank, i);
	if (!assay_digest_parts(hash, parts, n, &want, err))
		return false;
	*is = assay_bytes_equal(found, assay_digest_bytes(&want));
	return true;
}

/*
 * The first entry says what the PCRs of the boot were when IMA began (kernel,
 * ima_crypto.c, ima_calc_boot_aggregate_tfm()): PCRs 0 to 9, before 5.8 and
 * with SHA-1 0 to 7. A finding for policies: what extends one of them later
 * makes it differ, and another boot's list does.
 */
static bool
put_aggregate(struct assay_buffer *out, const struct assay_ima_entry *e,
    const struct assay_pcrs *quoted, struct assay_error *err)
{
	static const unsigned int counts[] = { 8, 10 };
	const struct assay_pcr_bank *bank = NULL;
	bool is = false, all = false;
	enum assay_hash hash = ASSAY_SHA1;

	if (quoted == NULL || !assay_text_is(e->file_name, "boot_aggregate"))
		return true;
	for (int h = ASSAY_SHA1; h <= ASSAY_SHA512 && bank == NULL; h++) {
		hash = (enum assay_hash)h;
		if (assay_text_is(e->file_hash_alg, assay_hash_name(hash)))
			bank = assay_pcrs_bank(quoted, assay_tpm_alg(hash));
	}
	for (size_t i = 0; bank != NULL && !is && i < 2; i++) {
		uint32_t mask = (UINT32_C(1) << counts[i]) - 1;

		all = (bank->mask & mask) == mask;
		if (all && !is_aggregate(bank, counts[i], hash, e->file_hash,
		    &is, err))
			return false;
	}
	if (is || all) {
		assay_boot_put_name(out, "MatchesPCRs");
		(void)assay_buffer_puts(out, is ? "true" : "false");
	}
	return true;
}

bool
assay_boot_put_ima(struct assay_buffer *out, const struct assay_ima_entry *e,
    const struct assay_pcrs *quoted, struct assay_error *err)
{
	bool buffer;

	if (!is_buffer(e, &buffer, err))
		return false;
	(void)assay_buffer_putc(out, '{');
	put_bytes(out, "TemplateName", e->template_name);
	put_bytes(out, "FileName", e->file_name);
	assay_boot_put_name(out, "FileHash");
	assay_boot_put_base64url(out, e->file_hash);
	if (buffer) {
		if (assay_text_is(e->file_name, "kernel_version"))
			put_bytes(out, "KernelVersion", e->buffer);
		else if (!put_key(out, e)) {
			assay_boot_put_name(out, "Buffer");
			assay_boot_put_base64url(out, e->buffer);
		}
	}
	if (!put_aggregate(out, e, quoted, err))
		return false;
	(void)assay_buffer_putc(out, '}');
	return true;
}
