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

bool
assay_boot_put_ima(struct assay_buffer *out, const struct assay_ima_entry *e,
    struct assay_error *err)
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
	(void)assay_buffer_putc(out, '}');
	return true;
}
