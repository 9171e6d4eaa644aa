/* SPDX-License-Identifier: Apache-2.0 */
/* A shared vector, or recorded evidence, as one call of the pipeline. */
#ifndef ASSAY_TEST_ATTEST_WORLD_H
#define ASSAY_TEST_ATTEST_WORLD_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <assay/attest.h>

#include "json/json.h"
#include "testlib.h"

enum {
	WORLD_PCK_CRL, WORLD_ROOT_CRL, WORLD_TCB_INFO, WORLD_TCB_CHAIN,
	WORLD_QE_IDENTITY, WORLD_QE_CHAIN, WORLD_FILES
};

struct world {
	json_t				*meta;
	const char			*tee;	/* "SGX", "TDX" */
	struct assay_buffer		 evidence;
	struct assay_buffer		 root;
	struct assay_buffer		 files[WORLD_FILES];
	bool				 has[WORLD_FILES];
	struct assay_verifier		*verifier;
	struct assay_attest_request	 request;
	struct assay_attest_context	 ctx;
	struct assay_collateral_source	 source;
};

static inline bool
world_find(void *ctx, const struct assay_dcap_wanted *wanted,
    struct assay_dcap_collateral *out, void **token, uint64_t *generation,
    struct assay_error *err)
{
	struct world *w = ctx;
	struct assay_bytes *const members[WORLD_FILES] = {
		&out->pck_crl, &out->root_ca_crl, &out->tcb_info,
		&out->tcb_info_chain, &out->qe_identity,
		&out->qe_identity_chain,
	};

	(void)wanted;
	(void)err;
	*out = (struct assay_dcap_collateral){ 0 };
	for (int i = 0; i < WORLD_FILES; i++)
		if (w->has[i])
			*members[i] = assay_buffer_bytes(&w->files[i]);
	*token = NULL;
	*generation = 1;
	return true;
}

static inline void
world_release(void *ctx, void *token)
{
	(void)ctx;
	assert_null(token);
}

static inline uint64_t
world_generation(void *ctx)
{
	(void)ctx;
	return 1;
}

/* root NULL: the built-in anchor. */
static inline void
world_start(struct world *w, const struct assay_buffer *root)
{
	struct assay_bytes pem = root == NULL ? (struct assay_bytes){ 0 } :
	    assay_buffer_bytes(root);
	const struct assay_verifier_config config = {
		.anchors = &pem,
		.n_anchors = root == NULL ? 0 : 1,
		.without_builtin = root != NULL,
	};
	struct assay_error err = { 0 };

	if (!assay_verifier_new(&config, &w->verifier, &err))
		fail_msg("verifier: %s", err.text);
	w->source = (struct assay_collateral_source){
		world_find, world_release, world_generation, w,
	};
	w->request.evidence = assay_buffer_bytes(&w->evidence);
	w->ctx.verifier = w->verifier;
	w->ctx.collateral = &w->source;
	w->ctx.baseline = assay_baseline_any();
}

static inline json_t *
world_json(const char *path)
{
	struct assay_buffer text = test_read(path);
	struct assay_error err = { 0 };
	json_t *value = assay_json_parse(assay_buffer_bytes(&text), NULL,
	    &err);

	if (value == NULL)
		fail_msg("%s: %s", path, err.text);
	assay_buffer_free(&text);
	return value;
}

/* An Open Enclave report, by the first bytes of its header? */
static inline bool
world_is_report(const struct assay_buffer *b)
{
	static const uint8_t head[8] = { 1, 0, 0, 0, 2, 0, 0, 0 };

	return b->len > sizeof(head) && memcmp(b->ptr, head,
	    sizeof(head)) == 0;
}

static inline const char *
world_kind(const struct world *w)
{
	if (strcmp(w->tee, "TDX") == 0)
		return "TdxVm";
	return world_is_report(&w->evidence) ? "OpenEnclave" : "SgxEnclave";
}

/*
 * False if as_sent and the vector has nothing but the quote. The vectors of
 * another verifier's suite do not name the TEE; they are all TDX.
 */
static inline bool
world_open_vector(struct world *w, const char *name, bool as_sent)
{
	static const char *const files[WORLD_FILES] = {
		"pck_crl.der", "root_ca_crl.der", "tcb_info.json",
		"tcb_info_chain.pem", "qe_identity.json",
		"qe_identity_chain.pem",
	};
	const char *dir = "vectors/sgxtdx";
	const char *kind;

	memset(w, 0, sizeof(*w));
	if (!test_read_if(test_shared_path("%s/%s/%s", dir, name, as_sent ?
	    "evidence_as_sent.bin" : "quote.bin"), &w->evidence)) {
		assert_true(as_sent);
		return false;
	}
	w->meta = world_json(test_shared_path("%s/%s/meta.json", dir, name));
	kind = json_string_value(json_object_get(w->meta, "kind"));
	w->tee = json_string_value(json_object_get(w->meta, "tee"));
	if (w->tee == NULL)
		w->tee = "TDX";
	for (int i = 0; i < WORLD_FILES; i++)
		w->has[i] = test_read_if(test_shared_path("%s/%s/%s", dir,
		    name, files[i]), &w->files[i]);
	if (strcmp(kind, "synthetic-pki") == 0)
		w->root = test_read(test_shared_path("%s/%s/trusted_root.pem",
		    dir, name));
	world_start(w, w->root.len != 0 ? &w->root : NULL);
	w->request.kind = world_kind(w);
	w->ctx.now = json_integer_value(json_object_get(w->meta,
	    "verify_at"));
	return true;
}

static inline void
world_close(struct world *w)
{
	json_decref(w->meta);
	assay_buffer_free(&w->evidence);
	assay_buffer_free(&w->root);
	for (int i = 0; i < WORLD_FILES; i++)
		assay_buffer_free(&w->files[i]);
	assay_verifier_free(w->verifier);
}

static inline bool
world_attest(struct world *w, struct assay_attest_result *r)
{
	return assay_attest(&w->request, &w->ctx, r);
}

/* The TCB status behind the name of a status of Intel's library. */
static inline enum assay_tcb_status
world_status(const char *qvl)
{
	static const struct {
		const char		*name;
		enum assay_tcb_status	 status;
	} rows[] = {
		{ "OK", ASSAY_TCB_UP_TO_DATE },
		{ "TCB_SW_HARDENING_NEEDED", ASSAY_TCB_SW_HARDENING_NEEDED },
		{ "TCB_CONFIGURATION_NEEDED",
		    ASSAY_TCB_CONFIGURATION_NEEDED },
		{ "TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED",
		    ASSAY_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED },
		{ "TCB_OUT_OF_DATE", ASSAY_TCB_OUT_OF_DATE },
		{ "TCB_OUT_OF_DATE_CONFIGURATION_NEEDED",
		    ASSAY_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED },
		{ "TCB_TD_RELAUNCH_ADVISED", ASSAY_TCB_TD_RELAUNCH_ADVISED },
		{ "TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED",
		    ASSAY_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED },
		{ "TCB_REVOKED", ASSAY_TCB_REVOKED },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].name, qvl) == 0)
			return rows[i].status;
	return ASSAY_TCB_UNKNOWN;
}

/* ---- the list of vectors ----------------------------------------------- */

struct world_index {
	char	**names;
	size_t	 n;
};

static inline int
world_by_name(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static inline void
world_index_open(struct world_index *index)
{
	DIR *d = opendir(test_shared_path("vectors/sgxtdx"));
	struct dirent *e;

	*index = (struct world_index){ calloc(4096, sizeof(char *)), 0 };
	assert_non_null(d);
	assert_non_null(index->names);
	while ((e = readdir(d)) != NULL && index->n < 4096)
		if (e->d_name[0] != '.' && strchr(e->d_name, '.') == NULL)
			index->names[index->n++] = strdup(e->d_name);
	(void)closedir(d);
	qsort(index->names, index->n, sizeof(char *), world_by_name);
}

static inline void
world_index_close(struct world_index *index)
{
	for (size_t i = 0; i < index->n; i++)
		free(index->names[i]);
	free(index->names);
}

#endif
