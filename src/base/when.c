/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/when.h"

static bool
is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int
days_in_month(int year, int month)
{
	static const int days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};

	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/*
 * Days since 1970-01-01 in the proleptic Gregorian calendar, counted in eras
 * of 400 years that begin on 1 March, so that the leap day comes last.
 */
static int64_t
days_from_civil(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

bool
assay_when_civil(int year, int month, int day, int hour, int minute,
    int second, int64_t *out)
{
	if (year < 1950 || year > 9999 || month < 1 || month > 12 || day < 1 ||
	    day > days_in_month(year, month) || hour < 0 || hour > 23 ||
	    minute < 0 || minute > 59 || second < 0 || second > 59)
		return false;
	*out = days_from_civil(year, month, day) * 86400 + hour * 3600 +
	    minute * 60 + second;
	return true;
}

/* n decimal digits at p, or -1. */
static int
digits(const uint8_t *p, size_t n)
{
	int v = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		v = v * 10 + (p[i] - '0');
	}
	return v;
}

bool
assay_when_parse(struct assay_bytes text, int64_t *out,
    struct assay_error *err)
{
	static const char shape[] = "0000-00-00T00:00:00Z";
	const uint8_t *p = text.ptr;

	if (text.len != sizeof(shape) - 1)
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "date of %zu characters, want YYYY-MM-DDThh:mm:ssZ",
		    text.len);
	for (size_t i = 0; i < text.len; i++)
		if (shape[i] != '0' && p[i] != (uint8_t)shape[i])
			return assay_fail(err, ASSAY_ERR_BAD_FIELD,
			    "date has 0x%02x at offset %zu, want '%c'", p[i],
			    i, shape[i]);
	if (!assay_when_civil(digits(p, 4), digits(p + 5, 2),
	    digits(p + 8, 2), digits(p + 11, 2), digits(p + 14, 2),
	    digits(p + 17, 2), out) || *out < 0)
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "date %.*s is not in the calendar", (int)text.len,
		    (const char *)text.ptr);
	return true;
}

const char *
assay_when_text(int64_t when, char out[ASSAY_WHEN_TEXT])
{
	int64_t days = when / 86400, secs = when % 86400;
	int64_t era, doe, yoe, doy, mp, y, m, d;

	if (secs < 0) {
		secs += 86400;
		days--;
	}
	days += 719468;	/* from 0000-03-01 */
	era = (days >= 0 ? days : days - 146096) / 146097;
	doe = days - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	d = doy - (153 * mp + 2) / 5 + 1;
	m = mp < 10 ? mp + 3 : mp - 9;
	y = yoe + era * 400 + (m <= 2 ? 1 : 0);
	(void)snprintf(out, ASSAY_WHEN_TEXT, "%04u-%02u-%02uT%02u:%02u:%02uZ",
	    (unsigned int)((uint64_t)y % 10000),
	    (unsigned int)((uint64_t)m % 100),
	    (unsigned int)((uint64_t)d % 100),
	    (unsigned int)(secs / 3600) % 100,
	    (unsigned int)(secs / 60 % 60) % 100,
	    (unsigned int)(secs % 60) % 100);
	return out;
}
