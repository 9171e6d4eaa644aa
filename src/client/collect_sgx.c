/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SGX quotes from inside an enclave, through the pseudo-files that Gramine
 * (and Occlum and others after it) shows there: what is written to
 * user_report_data becomes the report data of the quote read next.
 * Source: Gramine documentation, "Attestation and Secret Provisioning",
 * "Low-level /dev/attestation interface".
 */
#include <stdio.h>

#include "app/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "client/collector.h"

#define PATH_LENGTH_MAX	4096
#define OE_HEADER	16

static bool
path_of(const char *folder, const char *name, char out[PATH_LENGTH_MAX],
    struct assay_error *err)
{
	int n = snprintf(out, PATH_LENGTH_MAX, "%s/%s", folder, name);

	if (n < 0 || n >= PATH_LENGTH_MAX)
		return assay_fail(err, ASSAY_ERR_IO_FAILED,
		    "path of %s is longer than %d bytes", name,
		    PATH_LENGTH_MAX);
	return true;
}

/* Enclaves made without DCAP give EPID quotes or none; older ones do not say. */
static bool
is_dcap(const char *folder, struct assay_error *err)
{
	struct assay_buffer type = { 0 };
	char path[PATH_LENGTH_MAX];
	bool found = false, ok = true;

	if (!path_of(folder, "attestation_type", path, err) ||
	    !assay_file_read_if(path, 64, &type, &found, err))
		return false;
	while (type.len != 0 && type.ptr[type.len - 1] == '\n')
		type.len--;
	if (found && !assay_text_is(assay_buffer_bytes(&type), "dcap"))
		ok = assay_fail(err, ASSAY_ERR_IO_FAILED,
		    "%s says that this enclave attests by \"%.*s\", want "
		    "\"dcap\"", path, (int)type.len, assay_buffer_str(&type));
	assay_buffer_free(&type);
	return ok;
}

static bool
collect_quote(const char *folder,
    const uint8_t report_data[ASSAY_REPORT_DATA], struct assay_buffer *out,
    struct assay_error *err)
{
	const struct assay_bytes data = { report_data, ASSAY_REPORT_DATA };
	char in[PATH_LENGTH_MAX], quote[PATH_LENGTH_MAX];

	return is_dcap(folder, err) &&
	    path_of(folder, "user_report_data", in, err) &&
	    path_of(folder, "quote", quote, err) &&
	    assay_file_write_device(in, data, err) &&
	    assay_file_read(quote, ASSAY_MAX_EVIDENCE_BYTES, out, err);
}

/* The wrapper of /attest/OpenEnclave: version 1, type 2 (remote), size. */
static bool
collect_report(const char *folder,
    const uint8_t report_data[ASSAY_REPORT_DATA], struct assay_buffer *out,
    struct assay_error *err)
{
	struct assay_buffer quote = { 0 };
	struct assay_buffer report =
	    assay_buffer(OE_HEADER + ASSAY_MAX_EVIDENCE_BYTES);

	if (!collect_quote(folder, report_data, &quote, err))
		return false;
	(void)assay_buffer_put_le(&report, 1, 4);
	(void)assay_buffer_put_le(&report, 2, 4);
	(void)assay_buffer_put_le(&report, quote.len, 8);
	(void)assay_buffer_put(&report, assay_buffer_bytes(&quote));
	assay_buffer_free(&quote);
	if (!assay_buffer_ok(&report, "Open Enclave report", err)) {
		assay_buffer_free(&report);
		return false;
	}
	*out = report;
	return true;
}

const struct assay_collector assay_collect_sgx = {
	.kind = "sgx",
	.source = "the enclave's attestation pseudo-files",
	.path = "/dev/attestation",
	.collect = collect_quote,
};

const struct assay_collector assay_collect_openenclave = {
	.kind = "openenclave",
	.source = "the enclave's attestation pseudo-files",
	.path = "/dev/attestation",
	.collect = collect_report,
};
