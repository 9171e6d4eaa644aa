/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "collateral/intel_cert.h"

bool
assay_fail_as(struct assay_error *err, enum assay_code code, const char *what)
{
	if (assay_code_class(err->code) != ASSAY_CLASS_INTERNAL)
		err->code = code;
	return assay_fail_in(err, what);
}

bool
assay_check_outcome(struct assay_checks *checks, enum assay_check_id id,
    bool ok, enum assay_code code, const char *what, struct assay_error *err)
{
	if (!ok && assay_code_class(err->code) == ASSAY_CLASS_INTERNAL)
		return assay_fail_in(err, what);
	if (!assay_check(checks, id, ok))
		return assay_fail_as(err, code, what);
	return true;
}

bool
assay_intel_cert_named(const struct assay_cert *cert, const char *phrase)
{
	struct assay_bytes cn = assay_cert_subject_cn(cert);

	return cn.len != 0 && memmem(cn.ptr, cn.len, phrase,
	    strlen(phrase)) != NULL;
}

bool
assay_intel_cert_extensions(const struct assay_cert *cert,
    enum assay_code code, struct assay_error *err)
{
	static const struct {
		const char	*oid;
		const char	*name;
	} wanted[] = {
		{ "2.5.29.35", "authority key identifier" },
		{ "2.5.29.31", "CRL distribution point" },
		{ "2.5.29.14", "subject key identifier" },
		{ "2.5.29.15", "key usage" },
		{ "2.5.29.19", "basic constraints" },
	};
	static const char *const known[] = { ASSAY_OID_SGX };
	struct assay_bytes value;
	const char *oid;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (!assay_cert_extension(cert, wanted[i].oid, &value, NULL))
			return assay_fail(err, code,
			    "certificate \"%s\" has no %s (%s)",
			    assay_cert_subject_text(cert), wanted[i].name,
			    wanted[i].oid);
	oid = assay_cert_unknown_critical(cert, known,
	    sizeof(known) / sizeof(known[0]));
	if (oid != NULL)
		return assay_fail(err, code, "certificate \"%s\" has the "
		    "unknown critical extension %s",
		    assay_cert_subject_text(cert), oid);
	return true;
}

bool
assay_intel_cert_is_ca(const struct assay_cert *cert, int depth,
    enum assay_code code, struct assay_error *err)
{
	unsigned int usage = 0;
	int pathlen = -1;

	if (!assay_cert_is_ca(cert, &pathlen))
		return assay_fail(err, code, "certificate \"%s\" stands where "
		    "a CA belongs and is none", assay_cert_subject_text(cert));
	if (pathlen >= 0 && pathlen < depth)
		return assay_fail(err, code, "CA \"%s\" has path length %d, "
		    "the chain needs %d", assay_cert_subject_text(cert),
		    pathlen, depth);
	if (!assay_cert_key_usage(cert, &usage) ||
	    (usage & ASSAY_KU_KEY_CERT_SIGN) == 0)
		return assay_fail(err, code, "CA \"%s\" may not sign "
		    "certificates (key usage 0x%x)",
		    assay_cert_subject_text(cert), usage);
	return true;
}

bool
assay_intel_cert_is_leaf(const struct assay_cert *cert, enum assay_code code,
    struct assay_error *err)
{
	unsigned int usage = 0;

	if (assay_cert_is_ca(cert, NULL))
		return assay_fail(err, code, "certificate \"%s\" is a CA, "
		    "want an end entity", assay_cert_subject_text(cert));
	if (!assay_cert_key_usage(cert, &usage) ||
	    (usage & ASSAY_KU_DIGITAL_SIGNATURE) == 0)
		return assay_fail(err, code, "certificate \"%s\" may not sign "
		    "data (key usage 0x%x)", assay_cert_subject_text(cert),
		    usage);
	return true;
}
