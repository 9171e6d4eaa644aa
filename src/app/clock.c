/* SPDX-License-Identifier: Apache-2.0 */
#include "app/clock.h"

#include <time.h>

#include "base/when.h"

static int64_t
read_ms(clockid_t id)
{
	struct timespec ts;

	if (clock_gettime(id, &ts) != 0)
		return 0;
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
assay_clock_now(void)
{
	return (int64_t)time(NULL);
}

int64_t
assay_clock_now_ms(void)
{
	return read_ms(CLOCK_REALTIME);
}

int64_t
assay_clock_monotonic_ms(void)
{
	return read_ms(CLOCK_MONOTONIC);
}

bool
assay_clock_check(struct assay_error *err)
{
	char found[ASSAY_WHEN_TEXT], floor[ASSAY_WHEN_TEXT];
	int64_t now = assay_clock_now();

	if (now >= ASSAY_CLOCK_FLOOR)
		return true;
	return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
	    "the system clock shows %s, which is before %s, when this "
	    "program was made: set the clock first",
	    assay_when_text(now, found),
	    assay_when_text(ASSAY_CLOCK_FLOOR, floor));
}
