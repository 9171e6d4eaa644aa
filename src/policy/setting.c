/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "policy/setting.h"

#define MINUTES_OF_A_YEAR (365 * 24 * 60)

const struct assay_setting assay_settings[] = {
	{ "x-ms-sgx-tcbidentifier", ASSAY_SECTION_CONFIGURATION,
	    ASSAY_VALUE_STRING, 0, 0, "SgxEnclave, OpenEnclave" },
	{ "require_valid_aik_cert", ASSAY_SECTION_CONFIGURATION,
	    ASSAY_VALUE_BOOLEAN, 0, 0, "Tpm" },
	/* Bit n is PCR n; a TPM has 24. */
	{ "required_pcr_mask", ASSAY_SECTION_CONFIGURATION,
	    ASSAY_VALUE_INTEGER, 0, 0xffffff, "Tpm" },
	{ "report_validity_in_minutes", ASSAY_SECTION_ISSUANCE,
	    ASSAY_VALUE_INTEGER, 1, MINUTES_OF_A_YEAR, NULL },
	{ "omit_x5c", ASSAY_SECTION_ISSUANCE, ASSAY_VALUE_BOOLEAN, 0, 0,
	    "Tpm" },
};
const size_t assay_settings_count =
    sizeof(assay_settings) / sizeof(assay_settings[0]);

const struct assay_setting *
assay_setting_find(struct assay_bytes name)
{
	for (size_t i = 0; i < assay_settings_count; i++)
		if (assay_text_is(name, assay_settings[i].name))
			return &assay_settings[i];
	return NULL;
}

bool
assay_setting_accepts(const struct assay_setting *s,
    const struct assay_value *value, char *out, size_t size)
{
	if (value->type != s->type) {
		(void)snprintf(out, size, "property %s takes a value of type "
		    "%s, found %s", s->name, assay_value_type_name(s->type),
		    assay_value_type_name(value->type));
		return false;
	}
	if (s->type == ASSAY_VALUE_INTEGER &&
	    (value->integer < s->min || value->integer > s->max)) {
		(void)snprintf(out, size, "property %s is %" PRId64
		    ", expected %" PRId64 " to %" PRId64, s->name,
		    value->integer, s->min, s->max);
		return false;
	}
	return true;
}

/*
 * A policy that could issue these could forge what the service itself says,
 * since issued claims stand beside the service's own in the token.
 */
const char *
assay_reserved_type(struct assay_bytes type)
{
	static const char *const token[] = { "iss", "iat", "exp", "nbf", "jti",
	    "nonce", "cnf", "rp_data" };
	static const char *const older[] = { "maa-ehd", "aas-ehd",
	    "maa-attestationcollateral" };
	static const char *const ours[] = { "x-ms-", "x-assay-" };
	static const char *const read_only[] = { "events", "bootEvents",
	    "pcrs" };

	for (size_t i = 0; i < sizeof(token) / sizeof(token[0]); i++)
		if (assay_text_is(type, token[i]))
			return "is reserved for the token";
	for (size_t i = 0; i < sizeof(older) / sizeof(older[0]); i++)
		if (assay_text_is(type, older[i]))
			return "is reserved for the service";
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (type.len >= strlen(ours[i]) &&
		    memcmp(type.ptr, ours[i], strlen(ours[i])) == 0)
			return "is reserved for the service, like all that "
			    "begin with \"x-ms-\" or \"x-assay-\"";
	for (size_t i = 0; i < sizeof(read_only) / sizeof(read_only[0]); i++)
		if (assay_text_is(type, read_only[i]))
			return "is read-only: issue its value under another "
			    "type";
	return NULL;
}
