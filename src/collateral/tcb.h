/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCB levels and what follows from several of them together. Source: Intel
 * PCS API, TCB info and enclave identity; QVL QuoteVerifier (convergence).
 */
#ifndef ASSAY_COLLATERAL_TCB_H
#define ASSAY_COLLATERAL_TCB_H

#include <jansson.h>

#include <assay/dcap.h>

/* What every level says, whatever it is matched by. */
struct assay_tcb_verdict {
	enum assay_tcb_status	 status;
	int64_t			 date;		/* tcbDate */
	char			**advisories;
	size_t			 n_advisories;
};

/*
 * Read tcbStatus, tcbDate, advisoryIDs of a level. allowed is a set of bits
 * (1 << status). Free with assay_tcb_verdict_free(). BAD_FIELD, JSON_*.
 */
ASSAY_MUST_USE bool assay_tcb_verdict_read(const json_t *level,
    uint32_t allowed, struct assay_tcb_verdict *out, struct assay_error *err);
void assay_tcb_verdict_free(struct assay_tcb_verdict *v);

#define ASSAY_TCB_BIT(status)	(UINT32_C(1) << ASSAY_TCB_##status)
/* The statuses of a platform level, of a QE or module level. */
#define ASSAY_TCB_PLATFORM_STATUSES					\
	(ASSAY_TCB_BIT(UP_TO_DATE) | ASSAY_TCB_BIT(SW_HARDENING_NEEDED) | \
	ASSAY_TCB_BIT(CONFIGURATION_NEEDED) |				\
	ASSAY_TCB_BIT(CONFIGURATION_AND_SW_HARDENING_NEEDED) |		\
	ASSAY_TCB_BIT(OUT_OF_DATE) |					\
	ASSAY_TCB_BIT(OUT_OF_DATE_CONFIGURATION_NEEDED) |		\
	ASSAY_TCB_BIT(REVOKED))
#define ASSAY_TCB_ENCLAVE_STATUSES					\
	(ASSAY_TCB_BIT(UP_TO_DATE) | ASSAY_TCB_BIT(OUT_OF_DATE) |	\
	ASSAY_TCB_BIT(REVOKED))

/* A level of a QE or of a TDX module. */
struct assay_svn_level {
	uint16_t			isvsvn;
	struct assay_tcb_verdict	verdict;
};
struct assay_svn_levels {
	struct assay_svn_level	*levels;	/* descending by isvsvn */
	size_t			 n;
};
/*
 * An array of levels, sorted. *ok says that there is one and that no two are
 * equal, for the caller's named check; err has the text if not.
 */
ASSAY_MUST_USE bool assay_svn_levels_read(const json_t *array,
    struct assay_svn_levels *out, bool *ok, struct assay_error *err);
void assay_svn_levels_free(struct assay_svn_levels *l);
/* The highest level that svn reaches; NULL if none. */
const struct assay_svn_level *assay_svn_levels_match(
    const struct assay_svn_levels *l, uint16_t svn);

/*
 * Platform status, lowered by the status of the QE and, if not NULL, of the
 * TDX module.
 */
enum assay_tcb_status assay_tcb_converge(enum assay_tcb_status platform,
    enum assay_tcb_status qe, const enum assay_tcb_status *module);

/*
 * Launch against current TCB of a TD that can be measured twice (TD report
 * 1.5): advise a relaunch where the platform was updated under a running TD.
 */
enum assay_tcb_status assay_tcb_relaunch(enum assay_tcb_status launch,
    enum assay_tcb_status current);

#endif
