/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The properties that issueproperty() may set (policy language, section 5),
 * and the claim types that a policy may not issue (section 3).
 */
#ifndef ASSAY_POLICY_SETTING_H
#define ASSAY_POLICY_SETTING_H

#include "policy/ast.h"

struct assay_setting {
	const char		*name;
	enum assay_section_kind	 section;
	enum assay_value_type	 type;
	int64_t			 min, max;	/* INTEGER */
	const char		*applies;	/* attestation types; lint */
};

extern const struct assay_setting assay_settings[];
extern const size_t assay_settings_count;

/* NULL if there is no property of this name. */
const struct assay_setting *assay_setting_find(struct assay_bytes name);
/* Why the setting may not have the value, in out; false if it may not. */
bool assay_setting_accepts(const struct assay_setting *s,
    const struct assay_value *value, char *out, size_t size);

/* NULL, or why a claim of this type may not be issued; static. */
const char *assay_reserved_type(struct assay_bytes type);

#endif
