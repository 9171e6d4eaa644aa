/* SPDX-License-Identifier: Apache-2.0 */
#include "base/limits.h"
#include "base/reader.h"
#include "crypto/sigver.h"
#include "evidence/vbs_report.h"

#define PACKAGE_VERSION		1
#define SCHEME_PSS_SHA256	1
#define REPORT_VERSION		1
#define VARDATA_MODULE		1
#define PACKAGE_HEADER		24
#define VARDATA_HEADER		8
#define MODULE_FIXED		100	/* up to the name */

static bool
ends_early(const struct assay_reader *r, const char *what,
    struct assay_error *err)
{
	return assay_fail(err, ASSAY_ERR_VBS_REPORT_MALFORMED,
	    "VBS report: it ends in %s at offset %zu, %zu bytes are left",
	    what, assay_reader_offset(r), assay_reader_left(r));
}

/* A u32 that has one right value. */
static bool
expect(struct assay_reader *r, const char *what, uint32_t want,
    struct assay_error *err)
{
	size_t at = assay_reader_offset(r);
	uint32_t have;

	if (!assay_read_u32le(r, &have))
		return ends_early(r, what, err);
	if (have != want)
		return assay_fail(err, ASSAY_ERR_VBS_REPORT_MALFORMED,
		    "VBS report: %s at offset %zu is %u, want %u", what, at,
		    have, want);
	return true;
}

struct field {
	const char		*name;
	size_t			 len;
	struct assay_bytes	*bytes;		/* or */
	uint32_t		*number;
};

static bool
read_fields(struct assay_reader *r, const struct field *fields, size_t n,
    struct assay_error *err)
{
	for (size_t i = 0; i < n; i++) {
		const struct field *f = &fields[i];

		if (!(f->bytes != NULL ?
		    assay_read_bytes(r, f->len, f->bytes) :
		    assay_read_u32le(r, f->number)))
			return ends_early(r, f->name, err);
	}
	return true;
}

static bool
read_identity(struct assay_reader *r, struct assay_vbs_report *out,
    struct assay_error *err)
{
	const struct field fields[] = {
		{ "EnclaveData", 64, &out->enclave_data, NULL },
		{ "OwnerId", 32, &out->owner_id, NULL },
		{ "UniqueId", 32, &out->unique_id, NULL },
		{ "AuthorId", 32, &out->author_id, NULL },
		{ "FamilyId", 16, &out->family_id, NULL },
		{ "ImageId", 16, &out->image_id, NULL },
		{ "EnclaveSvn", 4, NULL, &out->enclave_svn },
		{ "SecureKernelSvn", 4, NULL, &out->secure_kernel_svn },
		{ "PlatformSvn", 4, NULL, &out->platform_svn },
		{ "Flags", 4, NULL, &out->flags },
		{ "SigningLevel", 4, NULL, &out->signing_level },
		{ "EnclaveType", 4, NULL, &out->enclave_type },
	};

	return read_fields(r, fields, sizeof(fields) / sizeof(fields[0]),
	    err);
}

/* The name fills the record and ends in a NUL, which is left out. */
static bool
read_module(struct assay_reader *r, struct assay_vbs_module *out,
    struct assay_error *err)
{
	const struct field fields[] = {
		{ "UniqueId of a module", 32, &out->unique_id, NULL },
		{ "AuthorId of a module", 32, &out->author_id, NULL },
		{ "FamilyId of a module", 16, &out->family_id, NULL },
		{ "ImageId of a module", 16, &out->image_id, NULL },
		{ "Svn of a module", 4, NULL, &out->svn },
	};
	struct assay_bytes name;

	if (!read_fields(r, fields, sizeof(fields) / sizeof(fields[0]), err))
		return false;
	name = assay_reader_rest(r);
	if (name.len % 2 != 0 || name.len < 2 ||
	    name.ptr[name.len - 1] != 0 || name.ptr[name.len - 2] != 0)
		return assay_fail(err, ASSAY_ERR_VBS_REPORT_MALFORMED,
		    "VBS report: the name of a module is %zu bytes, want "
		    "UTF-16 that ends in a NUL", name.len);
	out->name = (struct assay_bytes){ name.ptr, name.len - 2 };
	return true;
}

/* The next record of r, header included in size; false at its end. */
static bool
next_vardata(struct assay_reader *r, uint32_t *type,
    struct assay_reader *data, struct assay_error *err)
{
	size_t at = assay_reader_offset(r);
	uint32_t size;

	if (!assay_read_u32le(r, type) || !assay_read_u32le(r, &size))
		return ends_early(r, "the header of variable data", err);
	if (size < VARDATA_HEADER ||
	    !assay_read_sub(r, size - VARDATA_HEADER, data))
		return assay_fail(err, ASSAY_ERR_VBS_REPORT_MALFORMED,
		    "VBS report: variable data at offset %zu of it has size "
		    "%u, want %d to %zu", at, size, VARDATA_HEADER,
		    assay_reader_left(r) + VARDATA_HEADER);
	return true;
}

static bool
check_vardata(struct assay_vbs_report *out, struct assay_error *err)
{
	struct assay_reader r = assay_reader(out->vardata), data;
	struct assay_vbs_module module;
	uint32_t type;

	while (assay_reader_left(&r) != 0) {
		if (!next_vardata(&r, &type, &data, err))
			return false;
		if (type != VARDATA_MODULE)
			return assay_fail(err,
			    ASSAY_ERR_VBS_REPORT_MALFORMED,
			    "VBS report: variable data of type %u, want %d "
			    "(a module)", type, VARDATA_MODULE);
		if (out->n_modules++ == ASSAY_MAX_VBS_MODULES)
			return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
			    "VBS report has more than %d modules",
			    ASSAY_MAX_VBS_MODULES);
		if (!read_module(&data, &module, err))
			return false;
	}
	return true;
}

static bool
read_statement(struct assay_vbs_report *out, struct assay_error *err)
{
	struct assay_reader r = assay_reader(out->signed_part);

	if (!expect(&r, "ReportSize", (uint32_t)out->signed_part.len, err) ||
	    !expect(&r, "ReportVersion", REPORT_VERSION, err) ||
	    !read_identity(&r, out, err))
		return false;
	out->vardata = assay_reader_rest(&r);
	return check_vardata(out, err);
}

bool
assay_vbs_report_parse(struct assay_bytes in, struct assay_vbs_report *out,
    struct assay_error *err)
{
	struct assay_reader r = assay_reader(in);
	struct assay_vbs_report report = { 0 };
	uint32_t statement, signature;

	if (in.len > ASSAY_MAX_VBS_REPORT_BYTES)
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "VBS report is %zu bytes long, at most %u are allowed",
		    in.len, ASSAY_MAX_VBS_REPORT_BYTES);
	if (!expect(&r, "PackageSize", (uint32_t)in.len, err) ||
	    !expect(&r, "Version", PACKAGE_VERSION, err) ||
	    !expect(&r, "SignatureScheme", SCHEME_PSS_SHA256, err))
		return false;
	if (!assay_read_u32le(&r, &statement) ||
	    !assay_read_u32le(&r, &signature) ||
	    !assay_skip(&r, sizeof(uint32_t)))
		return ends_early(&r, "the package header", err);
	if (!assay_read_bytes(&r, statement, &report.signed_part) ||
	    !assay_read_bytes(&r, signature, &report.signature) ||
	    assay_reader_left(&r) != 0)
		return assay_fail(err, ASSAY_ERR_VBS_REPORT_MALFORMED,
		    "VBS report: statement of %u and signature of %u bytes, "
		    "but %zu follow the header", statement, signature,
		    in.len - PACKAGE_HEADER);
	if (!read_statement(&report, err))
		return false;
	*out = report;
	return true;
}

void
assay_vbs_report_module(const struct assay_vbs_report *report, size_t index,
    struct assay_vbs_module *out)
{
	struct assay_reader r = assay_reader(report->vardata), data;
	struct assay_error err;
	uint32_t type;

	*out = (struct assay_vbs_module){ 0 };
	for (size_t i = 0; i <= index; i++)
		if (!next_vardata(&r, &type, &data, &err))
			return;
	if (!read_module(&data, out, &err))
		*out = (struct assay_vbs_module){ 0 };
}

bool
assay_vbs_report_verify(const struct assay_vbs_report *report,
    const struct assay_pkey *idks, struct assay_error *err)
{
	/* No document says how long the salt is. */
	const struct assay_sig_parts sig = { .kind = ASSAY_SIG_KIND_RSAPSS,
	    .hash = ASSAY_SHA256, .rsa = report->signature };

	if (assay_pkey_type(idks) != ASSAY_KEY_RSA)
		return assay_fail(err, ASSAY_ERR_KEY_INVALID,
		    "the key of a VBS report is RSA");
	return assay_sig_verify_parts(&sig, idks, report->signed_part, err) ||
	    assay_fail_in(err, "VBS report");
}
