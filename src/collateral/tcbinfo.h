/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCB info: the levels of one kind of platform. Versions 2 (SGX) and 3 (SGX
 * and TDX). Source: Intel PCS API v3 and v4, TCB info; QVL TcbInfo.
 */
#ifndef ASSAY_COLLATERAL_TCBINFO_H
#define ASSAY_COLLATERAL_TCBINFO_H

#include "collateral/pck.h"
#include "collateral/signed_json.h"
#include "collateral/tcb.h"
#include "collateral/window.h"

#define ASSAY_TCB_COMPONENTS 16

struct assay_tcb_level {
	uint8_t		sgx[ASSAY_TCB_COMPONENTS];
	uint8_t		tdx[ASSAY_TCB_COMPONENTS];	/* TDX only */
	uint16_t	pcesvn;
	struct assay_tcb_verdict verdict;
};

struct assay_tdx_module {
	char		id[16];		/* "TDX_01"; "" for tdxModule */
	uint8_t		mrsigner[48];
	uint8_t		attributes[8];
	uint8_t		attributes_mask[8];
	struct assay_svn_levels levels;	/* of identities only */
};

struct assay_tcb_info {
	int			 version;	/* 2, 3 */
	enum assay_tee		 tee;		/* member id; SGX for 2 */
	int64_t			 issue_date, next_update;
	uint8_t			 fmspc[6];
	uint8_t			 pceid[2];
	uint32_t		 tcb_evaluation_data_number;
	struct assay_tcb_level	*levels;	/* Intel's order: descending */
	size_t			 n_levels;
	/* TDX: the module of old, then those with an identity of their own. */
	struct assay_tdx_module	 module;
	struct assay_tdx_module	*modules;
	size_t			 n_modules;
};

extern const struct assay_signed_json_rules assay_tcb_info_rules;

/*
 * Read the inner object; structure and closed sets only. SGX_TCB_INFO_INVALID.
 * Free with assay_tcb_info_free().
 */
ASSAY_MUST_USE bool assay_tcb_info_read(const json_t *body,
    struct assay_checks *checks, struct assay_tcb_info **out,
    struct assay_error *err);
void assay_tcb_info_free(struct assay_tcb_info *info);
struct assay_window assay_tcb_info_window(const struct assay_tcb_info *info);

/* Made for this platform and TEE? TCB_INFO_MISMATCH. */
ASSAY_MUST_USE bool assay_tcb_info_fits(const struct assay_tcb_info *info,
    const struct assay_pck *pck, enum assay_tee tee,
    struct assay_checks *checks, struct assay_error *err);

/*
 * The highest level that every component reaches, compared one by one, never
 * as a whole; NULL if none. tee_tcb_svn is NULL for SGX. The SVNs of SGX are
 * those of the PCK certificate, not those in the body of a quote.
 */
const struct assay_tcb_level *assay_tcb_info_match(
    const struct assay_tcb_info *info, const struct assay_pck *pck,
    const uint8_t tee_tcb_svn[ASSAY_TCB_COMPONENTS]);

/*
 * The TDX module that runs: by tee_tcb_svn[1], its version. NULL if TCB info
 * does not know it.
 */
const struct assay_tdx_module *assay_tcb_info_module(
    const struct assay_tcb_info *info, uint8_t module_version);

#endif
