/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Items of collateral (one signed document each), gathered from directories
 * or from a store. Nothing here is verified: documents are looked into just
 * far enough to know what they are about.
 */
#ifndef ASSAY_APP_COLLATERAL_LIST_H
#define ASSAY_APP_COLLATERAL_LIST_H

#include <assay/attest.h>

enum assay_collateral_kind {
	ASSAY_COLLATERAL_TCB_INFO,
	ASSAY_COLLATERAL_QE_IDENTITY,
	ASSAY_COLLATERAL_PCK_CRL,
	ASSAY_COLLATERAL_ROOT_CA_CRL,
	ASSAY_COLLATERAL_PCK_CHAIN,
};
#define ASSAY_COLLATERAL_KINDS 5

/* How a document came here. */
enum assay_collateral_asked {
	ASSAY_ASKED_NOT,	/* somebody gave it: imported, in a directory */
	ASSAY_ASKED_NEWEST,	/* a source was asked for its newest */
	ASSAY_ASKED_NUMBER,	/* a source was asked for this number */
};

/* Identifiers that a kind does not have are zero. */
struct assay_collateral_item {
	enum assay_collateral_kind	 kind;
	enum assay_tee			 tee;	/* TCB info, QE identity */
	uint8_t				 fmspc[6]; /* TCB info, PCK chain */
	enum assay_pck_ca		 ca;	/* PCK CRL */
	uint32_t			 number; /* tcbEvaluationDataNumber */
	uint8_t				 crl_number[20]; /* big-endian; 0 for
						    what is no list */
	int64_t				 issued; /* issueDate, thisUpdate */
	int64_t				 next;	/* nextUpdate */
	struct assay_bytes		 body;	/* as served */
	struct assay_bytes		 chain;	/* PEM, for signed JSON */
	const char			*source; /* where it came from */
	int64_t				 obtained; /* when; 0: unknown */
	enum assay_collateral_asked	 asked;
	bool				 aside;	/* beside the default: found
						   by its number only */
};

/* "tcb_info"; static. */
const char *assay_collateral_kind_name(enum assay_collateral_kind kind);
bool assay_collateral_kind_parse(const char *name,
    enum assay_collateral_kind *out);

/*
 * Fill the identifiers and dates of item from item->kind and item->body.
 * MALFORMED errors if the document is not of the kind. A PCK chain says
 * nothing that is read here; its fmspc stays as it is.
 */
ASSAY_MUST_USE bool assay_collateral_index(struct assay_collateral_item *item,
    struct assay_error *err);

/* ---- a list under construction ---------------------------------------- */

struct assay_collateral_list {
	struct assay_collateral_item	*items;
	size_t				 n, cap;
};
/* NULL when out of memory. */
struct assay_collateral_list *assay_collateral_list_new(void);
void assay_collateral_list_free(struct assay_collateral_list *list);
/* Everything is copied. */
ASSAY_MUST_USE bool assay_collateral_list_add(
    struct assay_collateral_list *list,
    const struct assay_collateral_item *item, struct assay_error *err);
/*
 * Add what the directory and its direct subdirectories hold under the names
 * tcb_info.json, tcb_info_chain.pem, qe_identity.json,
 * qe_identity_chain.pem, pck_crl.der or .pem, root_ca_crl.der or .pem, and
 * pck_chain.pem. With as_is the directory alone is read and documents that
 * do not parse are taken too: what they are worth is the verifier's to say.
 * CONFIG_INVALID if there is none of these files, IO_FAILED, or a MALFORMED
 * error naming the file.
 */
ASSAY_MUST_USE bool assay_collateral_list_add_dir(
    struct assay_collateral_list *list, const char *path, bool as_is,
    struct assay_error *err);

#endif
