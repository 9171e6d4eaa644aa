/* SPDX-License-Identifier: Apache-2.0 */
#include "base/encode.h"
#include "collateral/crlrules.h"

const struct assay_crl_rules assay_root_crl_rules = {
	.what = "root CA CRL",
	.dated = ASSAY_DATED_ROOT_CA_CRL,
	.issuer = ASSAY_CHECK_ROOT_CRL_ISSUER,
	.number = ASSAY_CHECK_ROOT_CRL_NUMBER,
	.extensions = ASSAY_CHECK_ROOT_CRL_EXTENSIONS,
	.signature = ASSAY_CHECK_ROOT_CRL_SIGNATURE,
	.window = ASSAY_CHECK_ROOT_CRL_WINDOW,
};

const struct assay_crl_rules assay_pck_crl_rules = {
	.what = "PCK CRL",
	.dated = ASSAY_DATED_PCK_CRL,
	.issuer = ASSAY_CHECK_PCK_CRL_ISSUER,
	.number = ASSAY_CHECK_PCK_CRL_NUMBER,
	.extensions = ASSAY_CHECK_PCK_CRL_EXTENSIONS,
	.signature = ASSAY_CHECK_PCK_CRL_SIGNATURE,
	.window = ASSAY_CHECK_PCK_CRL_WINDOW,
};

bool
assay_crl_open(struct assay_bytes in, const struct assay_crl_rules *rules,
    struct assay_crl **out, struct assay_error *err)
{
	if (!assay_crl_parse(in, out, err))
		return assay_fail_as(err, ASSAY_ERR_SGX_CRL_UNSUPPORTED_FORMAT,
		    rules->what);
	return true;
}

static bool
check_extensions(const struct assay_crl *crl,
    const struct assay_crl_rules *rules, struct assay_checks *checks,
    struct assay_error *err)
{
	struct assay_bytes number;
	const char *oid;

	if (!assay_check(checks, rules->number,
	    assay_crl_number(crl, &number)))
		return assay_fail(err, ASSAY_ERR_SGX_CRL_UNSUPPORTED_FORMAT,
		    "%s has no CRL number (2.5.29.20)", rules->what);
	oid = assay_crl_unknown_critical(crl);
	if (!assay_check(checks, rules->extensions,
	    assay_crl_has_aki(crl) && oid == NULL))
		return assay_fail(err, ASSAY_ERR_SGX_CRL_INVALID_EXTENSIONS,
		    "%s %s%s", rules->what, oid == NULL ?
		    "has no authority key identifier (2.5.29.35)" :
		    "has the unknown critical extension ",
		    oid == NULL ? "" : oid);
	return true;
}

bool
assay_crl_verify(const struct assay_crl *crl, const struct assay_cert *issuer,
    const struct assay_crl_rules *rules, struct assay_checks *checks,
    struct assay_error *err)
{
	bool ok;

	if (!assay_check(checks, rules->issuer,
	    assay_bytes_equal(assay_crl_issuer(crl),
	    assay_cert_subject(issuer))))
		return assay_fail(err, ASSAY_ERR_SGX_CRL_UNKNOWN_ISSUER,
		    "%s is issued by another than \"%s\"", rules->what,
		    assay_cert_subject_text(issuer));
	if (!check_extensions(crl, rules, checks, err))
		return false;
	ok = assay_crl_signed_by(crl, issuer, err);
	return assay_check_outcome(checks, rules->signature, ok,
	    ASSAY_ERR_SGX_CRL_INVALID_SIGNATURE, rules->what, err);
}

struct assay_window
assay_crl_window(const struct assay_crl *crl,
    const struct assay_crl_rules *rules)
{
	return (struct assay_window){
		.what = rules->what,
		.dated = rules->dated,
		.from_check = rules->window,
		.until_check = rules->window,
		.from_code = ASSAY_ERR_COLLATERAL_EXPIRED,
		.from = assay_crl_this_update(crl),
		.until = assay_crl_next_update(crl),
	};
}

bool
assay_crl_clears(const struct assay_crl *crl, const struct assay_cert *cert,
    enum assay_check_id id, enum assay_code code, struct assay_checks *checks,
    struct assay_error *err)
{
	char serial[2 * 20 + 1] = "";
	struct assay_bytes s = assay_cert_serial(cert);

	if (assay_check(checks, id, !assay_crl_revokes(crl, s)))
		return true;
	if (2 * s.len < sizeof(serial))
		assay_hex(s, serial);
	return assay_fail(err, code, "\"%s\", serial %s, is revoked",
	    assay_cert_subject_text(cert), serial);
}
