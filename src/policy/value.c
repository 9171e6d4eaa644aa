/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/value.h"

struct assay_value
assay_value_string(struct assay_bytes text)
{
	return (struct assay_value){ .type = ASSAY_VALUE_STRING, .text = text };
}

struct assay_value
assay_value_integer(int64_t integer)
{
	return (struct assay_value){ .type = ASSAY_VALUE_INTEGER,
	    .integer = integer };
}

struct assay_value
assay_value_boolean(bool boolean)
{
	return (struct assay_value){ .type = ASSAY_VALUE_BOOLEAN,
	    .boolean = boolean };
}
