/* SPDX-License-Identifier: Apache-2.0 */
#include "app/tcb_numbers.h"

#include <string.h>

#include "base/when.h"
#include "json/json.h"

struct gathering {
	enum assay_tee			 tee;
	struct assay_tcb_numbers	*out;
};

/* Intel PCS API: tcbInfo.tcbLevels[].tcbDate. */
static bool
latest_level(const json_t *info, int64_t *out, struct assay_error *err)
{
	const json_t *level;
	json_t *levels;
	size_t i;

	if (!assay_json_get_array(info, "tcbLevels", SIZE_MAX, &levels, err))
		return false;
	*out = INT64_MIN;
	json_array_foreach(levels, i, level) {
		struct assay_bytes text;
		int64_t date;

		if (!assay_json_get_string(level, "tcbDate", &text, err) ||
		    !assay_when_parse(text, &date, err))
			return false;
		if (date > *out)
			*out = date;
	}
	return true;
}

static bool
release_date(struct assay_bytes body, int64_t *out, struct assay_error *err)
{
	const struct assay_json_options opt = {
		.max_bytes = ASSAY_MAX_COLLATERAL_JSON };
	json_t *root = assay_json_parse(body, &opt, err), *info;
	bool ok;

	if (root == NULL)
		return false;
	ok = assay_json_get_object(root, "tcbInfo", &info, err) &&
	    latest_level(info, out, err);
	json_decref(root);
	return ok;
}

/* Its row, or a new one in its place; NULL if it is lower than all of many. */
static struct assay_tcb_number *
row_of(struct assay_tcb_numbers *t, uint32_t number)
{
	size_t at = 0;

	while (at < t->n && t->row[at].number > number)
		at++;
	if (at < t->n && t->row[at].number == number)
		return &t->row[at];
	if (at == ASSAY_MAX_TCB_NUMBERS)
		return NULL;
	if (t->n < ASSAY_MAX_TCB_NUMBERS)
		t->n++;
	memmove(&t->row[at + 1], &t->row[at],
	    (t->n - at - 1) * sizeof(t->row[0]));
	t->row[at] = (struct assay_tcb_number){ number, INT64_MIN };
	return &t->row[at];
}

static bool
take(void *ctx, const struct assay_collateral_item *item,
    struct assay_error *err)
{
	struct gathering *g = ctx;
	struct assay_tcb_number *row;
	int64_t date;

	/* Version 2 of old has no number; it cannot be asked for by one. */
	if (item->kind != ASSAY_COLLATERAL_TCB_INFO || item->tee != g->tee ||
	    item->number == 0)
		return true;
	if (!release_date(item->body, &date, err))
		return assay_fail_in(err, item->source);
	if (!item->aside && item->number > g->out->by_default)
		g->out->by_default = item->number;
	row = row_of(g->out, item->number);
	if (row != NULL && date > row->released)
		row->released = date;
	return true;
}

bool
assay_tcb_numbers_read(struct assay_collateral_set *set, enum assay_tee tee,
    struct assay_tcb_numbers *out, struct assay_error *err)
{
	struct assay_tcb_numbers found = { .n = 0 };
	struct gathering g = { .tee = tee, .out = &found };

	if (!assay_collateral_set_each(set, take, &g, err))
		return false;
	*out = found;
	return true;
}

const struct assay_tcb_number *
assay_tcb_numbers_find(const struct assay_tcb_numbers *numbers,
    uint32_t number)
{
	for (size_t i = 0; i < numbers->n; i++)
		if (numbers->row[i].number == number)
			return &numbers->row[i];
	return NULL;
}
