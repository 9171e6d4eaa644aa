/* SPDX-License-Identifier: Apache-2.0 */
#include "app/collateral_list.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/file.h"
#include "base/encode.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/when.h"
#include "crypto/crl.h"
#include "json/json.h"

static const char *const kind_names[ASSAY_COLLATERAL_KINDS] = {
	[ASSAY_COLLATERAL_TCB_INFO] = "tcb_info",
	[ASSAY_COLLATERAL_QE_IDENTITY] = "qe_identity",
	[ASSAY_COLLATERAL_PCK_CRL] = "pck_crl",
	[ASSAY_COLLATERAL_ROOT_CA_CRL] = "root_ca_crl",
	[ASSAY_COLLATERAL_PCK_CHAIN] = "pck_chain",
};

const char *
assay_collateral_kind_name(enum assay_collateral_kind kind)
{
	return kind_names[kind];
}

bool
assay_collateral_kind_parse(const char *name,
    enum assay_collateral_kind *out)
{
	for (size_t i = 0; i < ASSAY_COLLATERAL_KINDS; i++) {
		if (strcmp(name, kind_names[i]) == 0) {
			*out = (enum assay_collateral_kind)i;
			return true;
		}
	}
	return false;
}

/* ---- what a document is about ------------------------------------------ */

/* issueDate, nextUpdate and tcbEvaluationDataNumber (absent before v2). */
static bool
index_common(const json_t *body, struct assay_collateral_item *item,
    struct assay_error *err)
{
	struct assay_bytes text;
	int64_t number = 0;

	if (!assay_json_get_string(body, "issueDate", &text, err) ||
	    !assay_when_parse(text, &item->issued, err) ||
	    !assay_json_get_string(body, "nextUpdate", &text, err) ||
	    !assay_when_parse(text, &item->next, err))
		return false;
	if (json_object_get(body, "tcbEvaluationDataNumber") != NULL &&
	    !assay_json_get_int(body, "tcbEvaluationDataNumber", 0,
	    UINT32_MAX, &number, err))
		return false;
	item->number = (uint32_t)number;
	return true;
}

/* Intel PCS API: version 2 TCB info has no "id" and is for SGX. */
static bool
index_tcb_info(const json_t *root, struct assay_collateral_item *item,
    struct assay_error *err)
{
	struct assay_buffer fmspc = assay_buffer(sizeof(item->fmspc));
	struct assay_bytes text;
	json_t *body;
	bool ok = false;

	if (!assay_json_get_object(root, "tcbInfo", &body, err) ||
	    !assay_json_get_string(body, "fmspc", &text, err) ||
	    !assay_hex_decode(text, &fmspc, err))
		goto out;
	if (fmspc.len != sizeof(item->fmspc)) {
		assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "fmspc has %zu bytes, want %zu", fmspc.len,
		    sizeof(item->fmspc));
		goto out;
	}
	memcpy(item->fmspc, fmspc.ptr, sizeof(item->fmspc));
	item->tee = ASSAY_TEE_SGX;
	if (json_object_get(body, "id") != NULL) {
		if (!assay_json_get_string(body, "id", &text, err))
			goto out;
		if (assay_text_is(text, "TDX"))
			item->tee = ASSAY_TEE_TDX;
		else if (!assay_text_is(text, "SGX")) {
			assay_fail(err, ASSAY_ERR_BAD_FIELD,
			    "tcbInfo.id is neither SGX nor TDX");
			goto out;
		}
	}
	ok = index_common(body, item, err);
out:
	assay_buffer_free(&fmspc);
	return ok;
}

static bool
index_qe_identity(const json_t *root, struct assay_collateral_item *item,
    struct assay_error *err)
{
	struct assay_bytes id;
	json_t *body;

	if (!assay_json_get_object(root, "enclaveIdentity", &body, err) ||
	    !assay_json_get_string(body, "id", &id, err))
		return false;
	if (assay_text_is(id, "QE"))
		item->tee = ASSAY_TEE_SGX;
	else if (assay_text_is(id, "TD_QE"))
		item->tee = ASSAY_TEE_TDX;
	else
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "enclaveIdentity.id is neither QE nor TD_QE");
	return index_common(body, item, err);
}

static bool
index_json(struct assay_collateral_item *item, struct assay_error *err)
{
	struct assay_json_options opt = {
		.max_bytes = ASSAY_MAX_COLLATERAL_JSON };
	json_t *root = assay_json_parse(item->body, &opt, err);
	bool ok;

	if (root == NULL)
		return false;
	if (item->kind == ASSAY_COLLATERAL_TCB_INFO)
		ok = index_tcb_info(root, item, err);
	else
		ok = index_qe_identity(root, item, err);
	json_decref(root);
	return ok;
}

static bool
names(struct assay_bytes der, const char *part)
{
	return memmem(der.ptr, der.len, part, strlen(part)) != NULL;
}

/* Intel PCK certificate specification: the CAs are told by their names. */
static bool
index_crl(struct assay_collateral_item *item, struct assay_error *err)
{
	struct assay_crl *crl;
	struct assay_bytes issuer, number;
	bool ok = true;

	if (!assay_crl_parse(item->body, &crl, err))
		return false;
	issuer = assay_crl_issuer(crl);
	item->issued = assay_crl_this_update(crl);
	item->next = assay_crl_next_update(crl);
	/* RFC 5280 section 5.2.3: at most 20 octets. */
	memset(item->crl_number, 0, sizeof(item->crl_number));
	if (assay_crl_number(crl, &number) &&
	    number.len <= sizeof(item->crl_number))
		memcpy(item->crl_number + sizeof(item->crl_number) -
		    number.len, number.ptr, number.len);
	if (item->kind == ASSAY_COLLATERAL_ROOT_CA_CRL)
		ok = names(issuer, "Root CA");
	else if (names(issuer, "PCK Platform CA"))
		item->ca = ASSAY_PCK_CA_PLATFORM;
	else if (names(issuer, "PCK Processor CA"))
		item->ca = ASSAY_PCK_CA_PROCESSOR;
	else
		ok = false;
	assay_crl_free(crl);
	if (!ok)
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "revocation list has an unexpected issuer, want %s",
		    item->kind == ASSAY_COLLATERAL_ROOT_CA_CRL ?
		    "a Root CA" : "a PCK Platform CA or PCK Processor CA");
	return true;
}

bool
assay_collateral_index(struct assay_collateral_item *item,
    struct assay_error *err)
{
	switch (item->kind) {
	case ASSAY_COLLATERAL_TCB_INFO:
	case ASSAY_COLLATERAL_QE_IDENTITY:
		return index_json(item, err);
	case ASSAY_COLLATERAL_PCK_CRL:
	case ASSAY_COLLATERAL_ROOT_CA_CRL:
		return index_crl(item, err);
	case ASSAY_COLLATERAL_PCK_CHAIN:
		return true;
	}
	return assay_fail(err, ASSAY_ERR_INTERNAL,
	    "no such kind of collateral: %d", (int)item->kind);
}

/* ---- the list ---------------------------------------------------------- */

struct assay_collateral_list *
assay_collateral_list_new(void)
{
	return assay_alloc(1, sizeof(struct assay_collateral_list));
}

static void
item_free(struct assay_collateral_item *item)
{
	free((void *)(uintptr_t)item->body.ptr);
	free((void *)(uintptr_t)item->chain.ptr);
	free((void *)(uintptr_t)item->source);
}

void
assay_collateral_list_free(struct assay_collateral_list *list)
{
	if (list == NULL)
		return;
	for (size_t i = 0; i < list->n; i++)
		item_free(&list->items[i]);
	free(list->items);
	free(list);
}

static bool
copy_bytes(struct assay_bytes in, struct assay_bytes *out)
{
	uint8_t *copy;

	*out = (struct assay_bytes){ NULL, 0 };
	if (in.ptr == NULL)
		return true;
	if ((copy = assay_alloc(in.len + 1, 1)) == NULL)
		return false;
	if (in.len > 0)
		memcpy(copy, in.ptr, in.len);
	*out = (struct assay_bytes){ copy, in.len };
	return true;
}

static bool
grow(struct assay_collateral_list *list)
{
	struct assay_collateral_item *items;
	size_t cap = list->cap == 0 ? 8 : list->cap * 2;

	if (list->n < list->cap)
		return true;
	if (cap > SIZE_MAX / sizeof(*items))
		return false;
	items = realloc(list->items, cap * sizeof(*items));
	if (items == NULL)
		return false;
	list->items = items;
	list->cap = cap;
	return true;
}

bool
assay_collateral_list_add(struct assay_collateral_list *list,
    const struct assay_collateral_item *item, struct assay_error *err)
{
	struct assay_collateral_item copy = *item;
	bool ok;

	ok = copy_bytes(item->body, &copy.body);
	ok = copy_bytes(item->chain, &copy.chain) && ok;
	copy.source = strdup(item->source == NULL ? "" : item->source);
	if (!ok || copy.source == NULL || !grow(list)) {
		item_free(&copy);
		return assay_fail_memory(err, "collateral");
	}
	list->items[list->n++] = copy;
	return true;
}

/* ---- directories ------------------------------------------------------- */

/* The files of one directory; of two names the first that exists counts. */
static const struct layout {
	enum assay_collateral_kind	 kind;
	const char			*name[2];
	const char			*chain;
	size_t				 max;
} layout[] = {
	{ ASSAY_COLLATERAL_TCB_INFO, { "tcb_info.json", NULL },
	    "tcb_info_chain.pem", ASSAY_MAX_COLLATERAL_JSON },
	{ ASSAY_COLLATERAL_QE_IDENTITY, { "qe_identity.json", NULL },
	    "qe_identity_chain.pem", ASSAY_MAX_COLLATERAL_JSON },
	{ ASSAY_COLLATERAL_PCK_CRL, { "pck_crl.der", "pck_crl.pem" },
	    NULL, ASSAY_MAX_CRL_BYTES },
	{ ASSAY_COLLATERAL_ROOT_CA_CRL,
	    { "root_ca_crl.der", "root_ca_crl.pem" },
	    NULL, ASSAY_MAX_CRL_BYTES },
	{ ASSAY_COLLATERAL_PCK_CHAIN, { "pck_chain.pem", NULL },
	    NULL, ASSAY_MAX_PEM_BYTES },
};

static bool
join(const char *dir, const char *name, char **out, struct assay_error *err)
{
	if (asprintf(out, "%s/%s", dir, name) < 0) {
		*out = NULL;
		return assay_fail_memory(err, "path");
	}
	return true;
}

/* Success with *found false if dir/name does not exist. */
static bool
read_in(const char *dir, const char *name, size_t max,
    struct assay_buffer *out, bool *found, struct assay_error *err)
{
	char *path;
	bool ok;

	if (!join(dir, name, &path, err))
		return false;
	ok = assay_file_read_if(path, max, out, found, err);
	free(path);
	return ok;
}

static bool
add_file(struct assay_collateral_list *list, const char *dir,
    const struct layout *row, bool as_is, uint8_t fmspc[6],
    struct assay_error *err)
{
	struct assay_buffer body = assay_buffer(0), chain = assay_buffer(0);
	struct assay_collateral_item item = { .kind = row->kind,
		.source = dir };
	bool found = false, has_chain = false, ok = false;

	for (size_t i = 0; i < 2 && row->name[i] != NULL && !found; i++) {
		if (!read_in(dir, row->name[i], row->max, &body, &found, err))
			goto out;
		if (found)
			item.body = assay_buffer_bytes(&body);
	}
	if (!found) {
		ok = true;
		goto out;
	}
	if (row->chain != NULL && !read_in(dir, row->chain,
	    ASSAY_MAX_PEM_BYTES, &chain, &has_chain, err))
		goto out;
	if (has_chain)
		item.chain = assay_buffer_bytes(&chain);
	memcpy(item.fmspc, row->kind == ASSAY_COLLATERAL_PCK_CHAIN ?
	    fmspc : item.fmspc, sizeof(item.fmspc));
	if (!as_is && !assay_collateral_index(&item, err)) {
		assay_fail_in(err, row->name[0]);
		assay_fail_in(err, dir);
		goto out;
	}
	if (row->kind == ASSAY_COLLATERAL_TCB_INFO)
		memcpy(fmspc, item.fmspc, sizeof(item.fmspc));
	ok = assay_collateral_list_add(list, &item, err);
out:
	assay_buffer_free(&body);
	assay_buffer_free(&chain);
	return ok;
}

static bool
add_one_dir(struct assay_collateral_list *list, const char *dir, bool as_is,
    struct assay_error *err)
{
	uint8_t fmspc[6] = { 0 };

	for (size_t i = 0; i < sizeof(layout) / sizeof(layout[0]); i++) {
		if (!add_file(list, dir, &layout[i], as_is, fmspc, err))
			return false;
	}
	return true;
}

static int
visible_directory(const struct dirent *entry)
{
	return entry->d_name[0] != '.' &&
	    (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN ||
	    entry->d_type == DT_LNK);
}

static bool
add_subdirs(struct assay_collateral_list *list, const char *path,
    struct assay_error *err)
{
	struct dirent **entries = NULL;
	int n = scandir(path, &entries, visible_directory, alphasort);
	bool ok = true;

	if (n < 0)
		return assay_fail(err, ASSAY_ERR_IO_FAILED,
		    "cannot read directory %s: %s", path, strerror(errno));
	for (int i = 0; i < n; i++) {
		char *dir = NULL;

		ok = ok && join(path, entries[i]->d_name, &dir, err) &&
		    add_one_dir(list, dir, false, err);
		free(dir);
		free(entries[i]);
	}
	free(entries);
	return ok;
}

bool
assay_collateral_list_add_dir(struct assay_collateral_list *list,
    const char *path, bool as_is, struct assay_error *err)
{
	size_t before = list->n;

	if (!add_one_dir(list, path, as_is, err) ||
	    (!as_is && !add_subdirs(list, path, err)))
		return false;
	if (list->n == before)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "directory %s holds no collateral (tcb_info.json, "
		    "qe_identity.json, pck_crl.der, ...)", path);
	return true;
}
