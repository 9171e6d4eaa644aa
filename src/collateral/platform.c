/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/mem.h"
#include "collateral/platform.h"

struct assay_platform *
assay_platform_ref(struct assay_platform *p)
{
	(void)__atomic_add_fetch(&p->refs, 1, __ATOMIC_RELAXED);
	return p;
}

void
assay_platform_free(struct assay_platform *p)
{
	if (p == NULL || __atomic_sub_fetch(&p->refs, 1, __ATOMIC_ACQ_REL) != 0)
		return;
	assay_qe_memo_free(p->qe_memo);
	assay_pck_chain_free(&p->chain);
	assay_collateral_free(p->collateral);
	free(p);
}

/* The very numbers that were asked for, in both documents. */
static bool
check_number(const struct assay_collateral *c, uint32_t number,
    struct assay_checks *checks, struct assay_error *err)
{
	uint32_t tcb = c->tcb_info->tcb_evaluation_data_number;
	uint32_t qe = c->qe_identity->tcb_evaluation_data_number;

	if (!assay_check(checks, ASSAY_CHECK_TCB_EVALUATION_NUMBER,
	    number == 0 || (tcb == number && qe == number)))
		return assay_fail(err, ASSAY_ERR_BASELINE_UNKNOWN,
		    "tcbEvaluationDataNumber %u was asked for; TCB info has "
		    "%u, QE identity %u", number, tcb, qe);
	return true;
}

bool
assay_platform_new(struct assay_pck_chain *chain,
    struct assay_collateral *collateral,
    const struct assay_dcap_wanted *wanted, bool test_anchor,
    struct assay_checks *checks, struct assay_platform **out,
    struct assay_error *err)
{
	struct assay_platform *p;

	if (!check_number(collateral, wanted->tcb_evaluation_data_number,
	    checks, err) ||
	    !assay_tcb_info_fits(collateral->tcb_info, &chain->pck,
	    wanted->tee, checks, err))
		return false;
	if ((p = assay_alloc(1, sizeof(*p))) == NULL ||
	    (p->qe_memo = assay_qe_memo_new()) == NULL) {
		free(p);
		return assay_fail_memory(err, "platform");
	}
	p->refs = 1;
	p->collateral = assay_collateral_ref(collateral);
	p->chain = *chain;
	*chain = (struct assay_pck_chain){ 0 };
	p->wanted = *wanted;
	p->test_anchor = test_anchor;
	if (wanted->tee == ASSAY_TEE_SGX)
		p->sgx_level = assay_tcb_info_match(collateral->tcb_info,
		    &p->chain.pck, NULL);
	assay_pck_chain_windows(&p->chain, p->windows);
	p->checks = *checks;
	*out = p;
	return true;
}

void
assay_platform_look(const struct assay_platform *p, struct assay_freshness *f,
    struct assay_checks *checks)
{
	assay_windows_look(p->windows, ASSAY_PCK_WINDOWS, f, checks);
	assay_windows_look(p->collateral->windows, ASSAY_COLLATERAL_WINDOWS,
	    f, checks);
}
