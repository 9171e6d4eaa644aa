/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/tpm_vbs.h"
#include "base/encode.h"

struct keys {
	struct assay_pkey	*key[ASSAY_BOOT_IDKS];
	size_t			 n;
};

/* By any of the keys that VSM measured in this boot. */
static bool
check_signature(const struct assay_vbs_report *report,
    const struct keys *idks, struct assay_checks *checks,
    struct assay_error *err)
{
	bool ok = false;

	for (size_t i = 0; i < idks->n && !ok; i++) {
		ok = assay_vbs_report_verify(report, idks->key[i], err);
		if (!ok && assay_code_class(err->code) ==
		    ASSAY_CLASS_INTERNAL)
			return false;
	}
	return assay_check(checks, ASSAY_CHECK_VBS_SIGNATURE, ok);
}

/* SHA-512 of report_signed as it stood in the payload, braces included. */
static bool
check_data(const struct assay_vbs_report *report,
    struct assay_bytes report_signed, struct assay_checks *checks,
    struct assay_error *err)
{
	char found[2 * ASSAY_DIGEST_MAX + 1], wanted[sizeof(found)];
	struct assay_digest digest;

	if (!assay_digest(ASSAY_SHA512, report_signed, &digest, err))
		return false;
	if (assay_check(checks, ASSAY_CHECK_VBS_ENCLAVE_DATA,
	    assay_bytes_equal(report->enclave_data,
	    assay_digest_bytes(&digest))))
		return true;
	assay_hex(report->enclave_data, found);
	assay_hex(assay_digest_bytes(&digest), wanted);
	return assay_fail(err, ASSAY_ERR_VBS_DATA_MISMATCH,
	    "VBS report has EnclaveData %s, the text of report_signed has "
	    "SHA-512 %s", found, wanted);
}

bool
assay_tpm_vbs_verify(const struct assay_tpm_submission *m,
    const struct assay_tpm_state *state, struct assay_checks *checks,
    struct assay_vbs_report *out, struct assay_error *err)
{
	const struct assay_boot_logs logs = assay_tpm_state_logs(state);
	struct keys idks = { .n = 0 };
	bool ok = false;

	if (!assay_vbs_report_parse(m->vbs_report, out, err) ||
	    !assay_boot_idks(&logs, idks.key, &idks.n, err))
		return false;
	if (!assay_check(checks, ASSAY_CHECK_VBS_KEY, idks.n != 0))
		(void)assay_fail(err, ASSAY_ERR_VBS_KEY_UNKNOWN,
		    "no event that the quote vouches for has VSM_IDKS_INFO in "
		    "PCR 12: VBS is off, or PCR 12 is not quoted");
	else
		ok = check_signature(out, &idks, checks, err) &&
		    check_data(out, m->report_signed, checks, err);
	for (size_t i = 0; i < idks.n; i++)
		assay_pkey_free(idks.key[i]);
	return ok;
}
