/* SPDX-License-Identifier: Apache-2.0 */
#include "app/baseline_number.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define NUMBER		"baseline-number"	/* decimal; "0": not set */
#define MAY_LOWER	"baseline-may-lower"	/* "1": once */

static bool
get(struct assay_store *store, const char *name, uint64_t *out,
    struct assay_error *err)
{
	struct assay_buffer value = assay_buffer(32);
	bool found = false, ok;

	*out = 0;
	ok = assay_store_get(store, name, &value, &found, err);
	if (ok && found && !assay_text_u64(assay_buffer_bytes(&value), out))
		ok = assay_fail(err, ASSAY_ERR_STORE_FAILED,
		    "store holds no number under %s", name);
	assay_buffer_free(&value);
	return ok;
}

static bool
set(struct assay_store *store, const char *name, const char *value,
    const char *action, const struct assay_store_change *change,
    struct assay_error *err)
{
	const struct assay_store_event event = { .subject = "baseline",
	    .name = "default-number", .action = action,
	    .content = assay_bytes_of(value) };

	return assay_store_history_add(store, &event, change, err) &&
	    assay_store_set(store, name, assay_bytes_of(value), err);
}

/* Is it lower than before, without leave? */
static bool
check(struct assay_store *store, uint64_t before, uint64_t number,
    struct assay_error *err)
{
	uint64_t may_lower;

	/* What the newest is may not be known yet. */
	if (number == 0 || number >= before)
		return true;
	if (!get(store, MAY_LOWER, &may_lower, err))
		return false;
	if (may_lower == 0)
		return assay_fail(err, ASSAY_ERR_COLLATERAL_ROLLBACK,
		    "tcb-evaluation-number of the default would go back from "
		    "%llu to %llu; `assay collateral floor --lower --kind "
		    "default` allows it once", (unsigned long long)before,
		    (unsigned long long)number);
	return assay_store_set(store, MAY_LOWER, assay_bytes_of("0"), err);
}

bool
assay_baseline_number_take(struct assay_store *store, uint32_t number,
    const struct assay_store_change *change, struct assay_error *err)
{
	uint64_t last;
	uint32_t newest;
	char text[16];

	if (!get(store, NUMBER, &last, err))
		return false;
	if (last == number)
		return true;
	(void)snprintf(text, sizeof(text), "%u", number);
	return assay_store_newest_number(store, &newest, err) &&
	    check(store, last != 0 ? last : newest,
	    number != 0 ? number : newest, err) &&
	    set(store, NUMBER, text, "set", change, err);
}

bool
assay_baseline_number_lower(struct assay_store *store,
    const struct assay_store_change *change, struct assay_error *err)
{
	return set(store, MAY_LOWER, "1", "lower-floor", change, err);
}
