/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/ast.h"

const char *
assay_property_name(enum assay_property property)
{
	switch (property) {
	case ASSAY_PROPERTY_TYPE:	return "type";
	case ASSAY_PROPERTY_VALUE:	return "value";
	case ASSAY_PROPERTY_VALUE_TYPE:	return "valueType";
	case ASSAY_PROPERTY_ISSUER:	return "issuer";
	case ASSAY_PROPERTY_COUNT:	break;
	}
	return "?";
}

const char *
assay_compare_name(enum assay_compare compare)
{
	switch (compare) {
	case ASSAY_COMPARE_EQ:	return "==";
	case ASSAY_COMPARE_NE:	return "!=";
	case ASSAY_COMPARE_LT:	return "<";
	case ASSAY_COMPARE_LE:	return "<=";
	case ASSAY_COMPARE_GT:	return ">";
	case ASSAY_COMPARE_GE:	return ">=";
	}
	return "?";
}

const char *
assay_action_name(enum assay_action_kind kind)
{
	switch (kind) {
	case ASSAY_ACTION_PERMIT:	 return "permit";
	case ASSAY_ACTION_DENY:		 return "deny";
	case ASSAY_ACTION_ADD:		 return "add";
	case ASSAY_ACTION_ISSUE:	 return "issue";
	case ASSAY_ACTION_ISSUEPROPERTY: return "issueproperty";
	case ASSAY_ACTION_COUNT:	 break;
	}
	return "?";
}

const char *
assay_section_name(enum assay_section_kind kind)
{
	switch (kind) {
	case ASSAY_SECTION_CONFIGURATION: return "configurationrules";
	case ASSAY_SECTION_AUTHORIZATION: return "authorizationrules";
	case ASSAY_SECTION_ISSUANCE:	  return "issuancerules";
	case ASSAY_SECTION_COUNT:	  break;
	}
	return "?";
}
