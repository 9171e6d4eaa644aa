/* SPDX-License-Identifier: Apache-2.0 */
/* The store in SQLite: collateral. */
#include "app/store_sqlite.h"

#include <sqlite3.h>
#include <string.h>

/* ---- collateral -------------------------------------------------------------------- */

void
sql_bind_identifiers(sqlite3_stmt *s, const struct assay_collateral_item *item)
{
	sql_bind_text(s, 1, assay_collateral_kind_name(item->kind));
	sql_bind_int(s, 2, item->tee);
	sql_bind_blob(s, 3, (struct assay_bytes){ item->fmspc,
	    sizeof(item->fmspc) });
	sql_bind_int(s, 4, item->ca);
	sql_bind_int(s, 5, item->number);
}

static bool
collateral_write(struct assay_store *store,
    const struct assay_collateral_item *item, size_t *stored,
    struct assay_error *err)
{
	sqlite3_stmt *s;

	if (!sql_raise_floor(store, item, err) ||
	    !sql_prepare(store, "INSERT INTO collateral"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT DO UPDATE SET issued = excluded.issued,"
	    " next = excluded.next, body = excluded.body,"
	    " chain = excluded.chain, source = excluded.source,"
	    " obtained = excluded.obtained"
	    " WHERE excluded.issued >= collateral.issued", &s, err))
		return false;
	sql_bind_identifiers(s, item);
	sql_bind_int(s, 6, item->issued);
	sql_bind_int(s, 7, item->next);
	sql_bind_blob(s, 8, item->body);
	if (item->chain.ptr != NULL)
		sql_bind_blob(s, 9, item->chain);
	sql_bind_text(s, 10, item->source);
	sql_bind_int(s, 11, item->obtained);
	if (!sql_finish(store, s, err))
		return false;
	*stored += sqlite3_changes(store->db) > 0;
	return true;
}

bool
assay_store_collateral_put(struct assay_store *store,
    const struct assay_collateral_list *items, size_t *stored,
    struct assay_error *err)
{
	size_t n = 0;
	bool ok = true;

	if (!sql_begin(store, err))
		return false;
	for (size_t i = 0; ok && i < items->n; i++)
		ok = collateral_write(store, &items->items[i], &n, err);
	if (!sql_end(store, ok, err))
		return false;
	*stored = n;
	return true;
}

static bool
collateral_row(sqlite3_stmt *s, struct assay_collateral_list *list,
    struct assay_error *err)
{
	struct assay_bytes fmspc = sql_column_blob(s, 2);
	struct assay_collateral_item item = {
		.tee = (enum assay_tee)sqlite3_column_int(s, 1),
		.ca = (enum assay_pck_ca)sqlite3_column_int(s, 3),
		.number = (uint32_t)sqlite3_column_int64(s, 4),
		.issued = sqlite3_column_int64(s, 5),
		.next = sqlite3_column_int64(s, 6),
		.body = sql_column_blob(s, 7),
		.chain = sql_column_blob(s, 8),
		.source = sql_column_text(s, 9),
		.obtained = sqlite3_column_int64(s, 10),
	};

	if (!assay_collateral_kind_parse(sql_column_text(s, 0), &item.kind) ||
	    fmspc.len != sizeof(item.fmspc))
		return assay_fail(err, ASSAY_ERR_STORE_FAILED,
		    "store holds collateral of an unknown kind");
	memcpy(item.fmspc, fmspc.ptr, sizeof(item.fmspc));
	return assay_collateral_list_add(list, &item, err);
}

bool
assay_store_collateral_load(struct assay_store *store,
    struct assay_collateral_list *list, struct assay_error *err)
{
	sqlite3_stmt *s;
	int row = -1;

	pthread_mutex_lock(&store->lock);
	if (sql_prepare(store, "SELECT kind, tee, fmspc, ca, number, issued,"
	    " next, body, chain, source, obtained FROM collateral", &s,
	    err)) {
		while ((row = sql_next_row(store, s, err)) == 1) {
			if (!collateral_row(s, list, err)) {
				row = -1;
				break;
			}
		}
		sqlite3_finalize(s);
	}
	pthread_mutex_unlock(&store->lock);
	return row == 0;
}

bool
assay_store_collateral_remove(struct assay_store *store,
    const struct assay_collateral_item *like, size_t *removed,
    struct assay_error *err)
{
	sqlite3_stmt *s;
	bool ok;
	int n = 0;

	if (!sql_begin(store, err))
		return false;
	ok = sql_prepare(store, "DELETE FROM collateral WHERE kind = ? AND"
	    " tee = ? AND fmspc = ? AND ca = ? AND number = ?", &s, err);
	if (ok) {
		sql_bind_identifiers(s, like);
		ok = sql_finish(store, s, err);
		n = sqlite3_changes(store->db);
	}
	if (!sql_end(store, ok, err))
		return false;
	*removed = (size_t)n;
	return true;
}
