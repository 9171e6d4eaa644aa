/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a signing key is published, used, and gone: functions of what the
 * store holds and of the time, so that every node, and a node after its
 * restart, comes to the same answer.
 *
 *	created            active              next one's active   gone
 *	|---- published ---|---- published ----|---- published ----|
 *	                   |------ signs ------|  tokens expire
 *
 * A key signs from its active time until that of the next one. It stays
 * published until the last token that it can have signed has expired.
 */
#ifndef ASSAY_APP_KEY_SCHEDULE_H
#define ASSAY_APP_KEY_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ASSAY_DAY		86400
/* From publication to first use: who fetches keys once a day has it. */
#define ASSAY_KEY_LEAD		ASSAY_DAY
/* Tokens up to this lifetime need no record of when they expire. */
#define ASSAY_KEY_TOKEN_LIFETIME 28800
/* How far clocks (ours, other nodes', relying parties') may differ. */
#define ASSAY_KEY_SKEW		300

struct assay_key_times {
	int64_t	created;	/* published from */
	int64_t	active;		/* signs from */
	int64_t	covers;		/* no longer-lived token expires later */
	int64_t	withdrawn;	/* 0: no; else not published any more */
};

enum assay_key_state {
	ASSAY_KEY_NEXT,		/* published, signs later */
	ASSAY_KEY_IN_USE,
	ASSAY_KEY_USED,		/* published, signs no more */
	ASSAY_KEY_GONE,
	ASSAY_KEY_WITHDRAWN,
};
const char *assay_key_state_name(enum assay_key_state state);

/* By active, then created: the order that the others want. */
int assay_key_order(const struct assay_key_times *a,
    const struct assay_key_times *b);
/*
 * The one that signs at now: the last whose time has come, or the first if
 * none has (a clock that went back must not stop a service). n if every one
 * is withdrawn.
 */
size_t assay_key_in_use(const struct assay_key_times *keys, size_t n,
    int64_t now);
/* Published before this; INT64_MAX if nothing ends its use. */
int64_t assay_key_until(const struct assay_key_times *keys, size_t n,
    size_t index);
enum assay_key_state assay_key_state(const struct assay_key_times *keys,
    size_t n, size_t index, int64_t now);
bool assay_key_published(enum assay_key_state state);
/* The next time after now at which an answer above changes. */
int64_t assay_key_boundary(const struct assay_key_times *keys, size_t n,
    int64_t now);

/*
 * When a key that is made now is to sign: after lifetime seconds of use of
 * the one before it and never before it was published for ASSAY_KEY_LEAD;
 * at once if there is no other.
 */
int64_t assay_key_first_use(const struct assay_key_times *keys, size_t n,
    int64_t lifetime, int64_t now);

#endif
