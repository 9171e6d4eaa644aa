/* SPDX-License-Identifier: Apache-2.0 */
/* The store in SQLite: floors of collateral, blocked platforms. */
#include "app/store_sqlite.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/when.h"

#define SUBJECT "collateral"

/* ---- floors -------------------------------------------------------------------- */

static bool
floor_row(sqlite3_stmt *s, struct assay_collateral_item *out,
    struct assay_error *err)
{
	struct assay_bytes fmspc = sql_column_blob(s, 2);
	struct assay_bytes crl = sql_column_blob(s, 6);

	*out = (struct assay_collateral_item){
		.tee = (enum assay_tee)sqlite3_column_int(s, 1),
		.ca = (enum assay_pck_ca)sqlite3_column_int(s, 3),
		.number = (uint32_t)sqlite3_column_int64(s, 4),
		.issued = sqlite3_column_int64(s, 5),
	};
	if (!assay_collateral_kind_parse(sql_column_text(s, 0), &out->kind) ||
	    fmspc.len != sizeof(out->fmspc) ||
	    crl.len != sizeof(out->crl_number))
		return assay_fail(err, ASSAY_ERR_STORE_FAILED,
		    "store holds a floor of an unknown kind");
	memcpy(out->fmspc, fmspc.ptr, sizeof(out->fmspc));
	memcpy(out->crl_number, crl.ptr, sizeof(out->crl_number));
	return true;
}

static bool
below(const struct assay_collateral_item *item,
    const struct assay_collateral_item *floor, struct assay_error *err)
{
	char has[ASSAY_WHEN_TEXT], want[ASSAY_WHEN_TEXT];
	const char *kind = assay_collateral_kind_name(item->kind);

	if (item->issued < floor->issued)
		return assay_fail(err, ASSAY_ERR_COLLATERAL_ROLLBACK,
		    "%s is of %s, but one of %s has been seen; `assay "
		    "collateral floor --lower` forgets that", kind,
		    assay_when_text(item->issued, has),
		    assay_when_text(floor->issued, want));
	if (memcmp(item->crl_number, floor->crl_number,
	    sizeof(item->crl_number)) < 0)
		return assay_fail(err, ASSAY_ERR_COLLATERAL_ROLLBACK,
		    "%s has a lower CRL number than one that has been seen; "
		    "`assay collateral floor --lower` forgets that", kind);
	return true;
}

static bool
check_floor(struct assay_store *store,
    const struct assay_collateral_item *item, struct assay_error *err)
{
	struct assay_collateral_item floor;
	sqlite3_stmt *s;
	int row;
	bool ok = true;

	if (!sql_prepare(store, "SELECT kind, tee, fmspc, ca, number, issued,"
	    " crl_number FROM floor WHERE kind = ? AND tee = ? AND fmspc = ?"
	    " AND ca = ? AND number = ?", &s, err))
		return false;
	sql_bind_identifiers(s, item);
	if ((row = sql_next_row(store, s, err)) == 1)
		ok = floor_row(s, &floor, err) && below(item, &floor, err);
	sqlite3_finalize(s);
	return ok && row >= 0;
}

/* ---- which number is the default ------------------------------------------------ */

static bool
is_numbered(const struct assay_collateral_item *item)
{
	return item->kind == ASSAY_COLLATERAL_TCB_INFO ||
	    item->kind == ASSAY_COLLATERAL_QE_IDENTITY;
}

/* 1: *number was the default before; 0: none was; -1: failed. */
static int
newest_of(struct assay_store *store, sqlite3_stmt *s,
    const struct assay_collateral_item *item, uint32_t *number,
    struct assay_error *err)
{
	int row;

	sql_bind_identifiers(s, item);
	if ((row = sql_next_row(store, s, err)) == 1)
		*number = (uint32_t)sqlite3_column_int64(s, 0);
	(void)sqlite3_reset(s);
	return row;
}

#define SELECT_NEWEST							\
	"SELECT number FROM newest WHERE kind = ?1 AND tee = ?2 AND"	\
	" fmspc = ?3 AND ?5 IS NOT NULL"

/* What a source calls its newest must not go back. */
static bool
check_newest(struct assay_store *store,
    const struct assay_collateral_item *item, struct assay_error *err)
{
	uint32_t before = 0;
	sqlite3_stmt *s;
	int row;

	if (item->asked != ASSAY_ASKED_NEWEST)
		return true;
	if (!sql_prepare(store, SELECT_NEWEST, &s, err))
		return false;
	row = newest_of(store, s, item, &before, err);
	sqlite3_finalize(s);
	if (row == 1 && item->number < before)
		return assay_fail(err, ASSAY_ERR_COLLATERAL_ROLLBACK,
		    "%s from %s has tcbEvaluationDataNumber %u, but %u has "
		    "been the default; `assay collateral floor --lower` "
		    "forgets that", assay_collateral_kind_name(item->kind),
		    item->source, item->number, before);
	return row >= 0;
}

static bool
raise_newest(struct assay_store *store,
    const struct assay_collateral_item *item, struct assay_error *err)
{
	sqlite3_stmt *s;

	if (!is_numbered(item) || item->asked == ASSAY_ASKED_NUMBER)
		return true;
	if (!check_newest(store, item, err) || !sql_prepare(store,
	    "INSERT INTO newest VALUES (?1, ?2, ?3, ?5)"
	    " ON CONFLICT DO UPDATE SET number = excluded.number"
	    " WHERE excluded.number > newest.number", &s, err))
		return false;
	sql_bind_identifiers(s, item);
	return sql_finish(store, s, err);
}

bool
assay_store_collateral_mark(struct assay_store *store,
    struct assay_collateral_list *list, struct assay_error *err)
{
	sqlite3_stmt *s;
	int row = 0;

	pthread_mutex_lock(&store->lock);
	if (!sql_prepare(store, SELECT_NEWEST, &s, err))
		row = -1;
	for (size_t i = 0; row >= 0 && i < list->n; i++) {
		struct assay_collateral_item *item = &list->items[i];
		uint32_t number = 0;

		row = !is_numbered(item) ? 0 :
		    newest_of(store, s, item, &number, err);
		item->aside = row == 1 && item->number != number;
	}
	sqlite3_finalize(s);
	pthread_mutex_unlock(&store->lock);
	return row >= 0;
}

bool
assay_store_newest_number(struct assay_store *store, uint32_t *out,
    struct assay_error *err)
{
	int64_t n = 0;
	bool ok;

	pthread_mutex_lock(&store->lock);
	ok = sql_one_int(store, "SELECT coalesce(max(number), 0) FROM newest"
	    " WHERE kind = 'tcb_info'", &n, err);
	pthread_mutex_unlock(&store->lock);
	if (ok)
		*out = (uint32_t)n;
	return ok;
}

/* ---- raising and lowering ---------------------------------------------------------- */

bool
sql_raise_floor(struct assay_store *store,
    const struct assay_collateral_item *item, struct assay_error *err)
{
	sqlite3_stmt *s;

	/* A chain has no date of its own. */
	if (item->kind == ASSAY_COLLATERAL_PCK_CHAIN)
		return true;
	if (!check_floor(store, item, err) ||
	    !raise_newest(store, item, err) ||
	    !sql_prepare(store, "INSERT INTO floor"
	    " VALUES (?, ?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT DO UPDATE SET issued = excluded.issued,"
	    " crl_number = excluded.crl_number", &s, err))
		return false;
	sql_bind_identifiers(s, item);
	sql_bind_int(s, 6, item->issued);
	sql_bind_blob(s, 7, (struct assay_bytes){ item->crl_number,
	    sizeof(item->crl_number) });
	return sql_finish(store, s, err);
}

bool
assay_store_floor_raise(struct assay_store *store,
    const struct assay_collateral_item *item, struct assay_error *err)
{
	return sql_begin(store, err) &&
	    sql_end(store, sql_raise_floor(store, item, err), err);
}

bool
assay_store_floors_each(struct assay_store *store, assay_store_floor_fn *fn,
    void *ctx, struct assay_error *err)
{
	struct assay_collateral_item floor;
	sqlite3_stmt *s;
	int row = -1;

	pthread_mutex_lock(&store->lock);
	if (sql_prepare(store, "SELECT kind, tee, fmspc, ca, number, issued,"
	    " crl_number FROM floor", &s, err)) {
		while ((row = sql_next_row(store, s, err)) == 1) {
			if (!floor_row(s, &floor, err) ||
			    !fn(ctx, &floor, err)) {
				row = -1;
				break;
			}
		}
		sqlite3_finalize(s);
	}
	pthread_mutex_unlock(&store->lock);
	return row == 0;
}

/* "tcb_info SGX f0606a000000", "pck_crl platform", ... */
static void
floor_name(const struct assay_collateral_item *like, char *out, size_t n)
{
	char fmspc[13];

	assay_hex((struct assay_bytes){ like->fmspc, sizeof(like->fmspc) },
	    fmspc);
	(void)snprintf(out, n, "%s%s%s%s%s",
	    assay_collateral_kind_name(like->kind),
	    like->kind == ASSAY_COLLATERAL_TCB_INFO ||
	    like->kind == ASSAY_COLLATERAL_QE_IDENTITY ?
	    like->tee == ASSAY_TEE_TDX ? " TDX" : " SGX" : "",
	    like->kind == ASSAY_COLLATERAL_TCB_INFO ? " " : "",
	    like->kind == ASSAY_COLLATERAL_TCB_INFO ? fmspc : "",
	    like->kind != ASSAY_COLLATERAL_PCK_CRL ? "" :
	    like->ca == ASSAY_PCK_CA_PLATFORM ? " platform" : " processor");
}

static bool
delete_like(struct assay_store *store, const char *sql,
    const struct assay_collateral_item *like, size_t *n,
    struct assay_error *err)
{
	sqlite3_stmt *s;
	bool ok;

	if (!sql_prepare(store, sql, &s, err))
		return false;
	sql_bind_identifiers(s, like);
	ok = sql_finish(store, s, err);
	*n = (size_t)sqlite3_changes(store->db);
	return ok;
}

static bool
delete_floors(struct assay_store *store,
    const struct assay_collateral_item *like, size_t *n,
    struct assay_error *err)
{
	size_t numbers;

	return delete_like(store, "DELETE FROM newest WHERE kind = ?1 AND"
	    " tee = ?2 AND fmspc = ?3 AND ?5 IS NOT NULL", like, &numbers,
	    err) &&
	    delete_like(store, "DELETE FROM floor WHERE kind = ?1 AND"
	    " tee = ?2 AND fmspc = ?3 AND ca = ?4 AND ?5 IS NOT NULL", like,
	    n, err);
}

bool
assay_store_floor_lower(struct assay_store *store,
    const struct assay_collateral_item *like,
    const struct assay_store_change *change, size_t *n,
    struct assay_error *err)
{
	char name[64];
	struct assay_store_event event = { .subject = SUBJECT, .name = name,
	    .action = "lower-floor" };
	size_t count = 0;
	bool ok;

	floor_name(like, name, sizeof(name));
	event.content = assay_bytes_of(name);
	if (!sql_begin(store, err))
		return false;
	ok = delete_floors(store, like, &count, err) && (count == 0 ||
	    sql_add_history(store, &event, change, err));
	if (!sql_end(store, ok, err))
		return false;
	*n = count;
	return true;
}

/* ---- blocks ---------------------------------------------------------------------- */

bool
assay_store_blocks_each(struct assay_store *store, assay_store_block_fn *fn,
    void *ctx, struct assay_error *err)
{
	sqlite3_stmt *s;
	int row = -1;

	pthread_mutex_lock(&store->lock);
	if (sql_prepare(store, "SELECT what, value, reason FROM block", &s,
	    err)) {
		while ((row = sql_next_row(store, s, err)) == 1) {
			if (!fn(ctx, sql_column_text(s, 0),
			    sql_column_blob(s, 1), sql_column_text(s, 2),
			    err)) {
				row = -1;
				break;
			}
		}
		sqlite3_finalize(s);
	}
	pthread_mutex_unlock(&store->lock);
	return row == 0;
}

static bool
change_block(struct assay_store *store, const char *sql, const char *action,
    const char *what, struct assay_bytes value, const char *reason,
    const struct assay_store_change *change, struct assay_error *err)
{
	struct assay_buffer name = assay_buffer(256);
	struct assay_store_event event = { .subject = SUBJECT,
	    .action = action, .content = assay_bytes_of(reason) };
	sqlite3_stmt *s;
	bool ok;

	assay_buffer_puts(&name, what);
	assay_buffer_putc(&name, ' ');
	(void)assay_hex_encode(value, &name);
	if (!assay_buffer_ok(&name, "block", err) || !sql_begin(store, err)) {
		assay_buffer_free(&name);
		return false;
	}
	event.name = assay_buffer_str(&name);
	ok = sql_prepare(store, sql, &s, err);
	if (ok) {
		sql_bind_text(s, 1, what);
		sql_bind_blob(s, 2, value);
		sql_bind_text(s, 3, reason);
		ok = sql_finish(store, s, err) &&
		    (sqlite3_changes(store->db) == 0 ||
		    sql_add_history(store, &event, change, err));
	}
	ok = sql_end(store, ok, err);
	assay_buffer_free(&name);
	return ok;
}

bool
assay_store_block(struct assay_store *store, const char *what,
    struct assay_bytes value, const char *reason,
    const struct assay_store_change *change, struct assay_error *err)
{
	return change_block(store, "INSERT INTO block VALUES (?, ?, ?)"
	    " ON CONFLICT DO NOTHING", "block", what, value, reason, change,
	    err);
}

bool
assay_store_unblock(struct assay_store *store, const char *what,
    struct assay_bytes value, const struct assay_store_change *change,
    struct assay_error *err)
{
	return change_block(store, "DELETE FROM block WHERE what = ?1 AND"
	    " value = ?2 AND ?3 IS NOT NULL", "unblock", what, value, "",
	    change, err);
}
