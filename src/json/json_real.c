/* SPDX-License-Identifier: Apache-2.0 */
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/json_real.h"

/*
 * strtod() and printf() obey the locale of the thread, which belongs to the
 * program. The "C" locale cannot fail to load, and costs nothing to load.
 */
static locale_t
enter_c_locale(locale_t *c)
{
	*c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	return uselocale(*c);
}

static void
leave_c_locale(locale_t c, locale_t before)
{
	(void)uselocale(before);
	if (c != (locale_t)0)
		freelocale(c);
}

bool
assay_json_real_parse(const char *text, double *out)
{
	locale_t c, before = enter_c_locale(&c);
	double v = strtod(text, NULL);

	leave_c_locale(c, before);
	if (!isfinite(v))
		return false;
	*out = v;
	return true;
}

void
assay_json_real_text(double v, char out[ASSAY_JSON_REAL_TEXT])
{
	locale_t c, before = enter_c_locale(&c);
	double back;

	/* 17 digits always suffice (IEEE 754, binary64). */
	for (int digits = 15; digits <= 17; digits++) {
		(void)snprintf(out, ASSAY_JSON_REAL_TEXT, "%.*g", digits, v);
		back = strtod(out, NULL);
		if (back >= v && back <= v)
			break;
	}
	leave_c_locale(c, before);
	if (strpbrk(out, ".e") == NULL)
		memcpy(out + strlen(out), ".0", sizeof(".0"));
}
