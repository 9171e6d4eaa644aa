/* SPDX-License-Identifier: Apache-2.0 */
#include "app/key_schedule.h"

const char *
assay_key_state_name(enum assay_key_state state)
{
	switch (state) {
	case ASSAY_KEY_NEXT:
		return "next";
	case ASSAY_KEY_IN_USE:
		return "in use";
	case ASSAY_KEY_USED:
		return "used";
	case ASSAY_KEY_GONE:
		return "gone";
	case ASSAY_KEY_WITHDRAWN:
		return "withdrawn";
	}
	return "unknown";
}

static int
compare(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

int
assay_key_order(const struct assay_key_times *a,
    const struct assay_key_times *b)
{
	int c = compare(a->active, b->active);

	return c != 0 ? c : compare(a->created, b->created);
}

size_t
assay_key_in_use(const struct assay_key_times *keys, size_t n, int64_t now)
{
	size_t first = n, last = n;

	for (size_t i = 0; i < n; i++) {
		if (keys[i].withdrawn != 0)
			continue;
		if (first == n)
			first = i;
		if (keys[i].active <= now)
			last = i;
	}
	return last == n ? first : last;
}

/* A sum that a far-off time cannot overflow. */
static int64_t
later(int64_t time, int64_t by)
{
	return time > INT64_MAX - by ? INT64_MAX : time + by;
}

int64_t
assay_key_until(const struct assay_key_times *keys, size_t n, size_t index)
{
	int64_t end = INT64_MAX;

	for (size_t i = index + 1; i < n && end == INT64_MAX; i++) {
		if (keys[i].withdrawn == 0)
			end = keys[i].active;
	}
	end = later(end, ASSAY_KEY_TOKEN_LIFETIME);
	if (end < keys[index].covers)
		end = keys[index].covers;
	return later(end, ASSAY_KEY_SKEW);
}

enum assay_key_state
assay_key_state(const struct assay_key_times *keys, size_t n, size_t index,
    int64_t now)
{
	size_t used = assay_key_in_use(keys, n, now);

	if (keys[index].withdrawn != 0)
		return ASSAY_KEY_WITHDRAWN;
	if (index == used)
		return ASSAY_KEY_IN_USE;
	if (index > used)
		return ASSAY_KEY_NEXT;
	return now < assay_key_until(keys, n, index) ? ASSAY_KEY_USED :
	    ASSAY_KEY_GONE;
}

bool
assay_key_published(enum assay_key_state state)
{
	switch (state) {
	case ASSAY_KEY_NEXT:
	case ASSAY_KEY_IN_USE:
	case ASSAY_KEY_USED:
		return true;
	case ASSAY_KEY_GONE:
	case ASSAY_KEY_WITHDRAWN:
		return false;
	}
	return false;
}

int64_t
assay_key_boundary(const struct assay_key_times *keys, size_t n, int64_t now)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < n; i++) {
		int64_t until = assay_key_until(keys, n, i);

		if (keys[i].withdrawn != 0)
			continue;
		if (keys[i].active > now && keys[i].active < first)
			first = keys[i].active;
		if (until > now && until < first)
			first = until;
	}
	return first;
}

int64_t
assay_key_first_use(const struct assay_key_times *keys, size_t n,
    int64_t lifetime, int64_t now)
{
	size_t used = assay_key_in_use(keys, n, now);
	int64_t soonest = later(now, ASSAY_KEY_LEAD), due;

	if (used == n)
		return now;
	due = later(keys[used].active, lifetime);
	return due > soonest ? due : soonest;
}
