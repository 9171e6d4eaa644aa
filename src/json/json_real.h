/* SPDX-License-Identifier: Apache-2.0 */
/* Reals as JSON spells them, whatever the locale of the program. */
#ifndef ASSAY_JSON_JSON_REAL_H
#define ASSAY_JSON_JSON_REAL_H

#include <stdbool.h>

#define ASSAY_JSON_REAL_TEXT 40	/* room that assay_json_real_text() needs */

/*
 * The nearest double of a number that the JSON grammar allows; one too small
 * becomes zero. False if it is too large to be finite.
 */
bool assay_json_real_parse(const char *text, double *out);

/*
 * 15 to 17 digits, the fewest that read back as the same double, and a point
 * or an exponent so that they read back as a real. v is finite.
 */
void assay_json_real_text(double v, char out[ASSAY_JSON_REAL_TEXT]);

#endif
