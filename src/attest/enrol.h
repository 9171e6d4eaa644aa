/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Enrolment: does this endorsement key belong to a genuine TPM, and is this
 * key one that such a TPM would use as AIK? That both live in the same TPM is
 * then proven by TPM2_ActivateCredential (crypto/makecred.h). Source: TCG EK
 * Credential Profile 2.5; TPM 2.0 library, part 1, section 24.
 */
#ifndef ASSAY_ATTEST_ENROL_H
#define ASSAY_ATTEST_ENROL_H

#include "attest/tpm_anchors.h"
#include "crypto/makecred.h"
#include "evidence/aik_cert.h"
#include "evidence/tpm_public.h"
#include "evidence/tpm_roots.h"

#define ASSAY_OID_EK_CERTIFICATE	"2.23.133.8.1"

struct assay_enrolment {
	struct assay_cert	*ek_cert;	/* as all below, owned */
	struct assay_tpm_public	 ek_pub;	/* key NULL: none was sent */
	struct assay_tpm_public	 aik_pub;
	struct assay_ek		 ek;		/* borrowed from these */
	struct assay_tpm_name	 aik_name;
	uint8_t			 ek_fingerprint[32];	/* of its certificate */
	struct assay_tpm_attributes tpm;	/* borrowed from ek_cert */
};

struct assay_enrolment_request {
	struct assay_bytes	ek_cert;	/* DER, padding allowed */
	/* TPMT_PUBLIC or TPM2B_PUBLIC. ek_pub may be empty: an EK by the
	 * templates L-1 or L-2, or H-3 on P-384. */
	struct assay_bytes	ek_pub, aik_pub;
	/* DER of certificates between ek_cert and an anchor. */
	const struct assay_bytes *chain;
	size_t			 n_chain;
};

/*
 * Judge under these anchors of EKs. LIMIT_EXCEEDED for a chain that is too
 * long; otherwise as assay_enrolment_judge().
 */
ASSAY_MUST_USE bool assay_enrol(const struct assay_enrolment_request *request,
    const struct assay_tpm_anchors *anchors, int64_t now,
    struct assay_enrolment *out, struct assay_error *err);
/*
 * The same with a path of certificates; chain is not looked at. Every named
 * check ek-*, and aik-attributes and aik-algorithms. All bytes of the
 * request must outlive out. Malformed: CERT_MALFORMED,
 * TPM_PUBLIC_MALFORMED, KEY_INVALID; else CERT_*, EK_KEY_MISMATCH,
 * AIK_REFUSED. Free with assay_enrolment_free().
 */
ASSAY_MUST_USE bool assay_enrolment_judge(
    const struct assay_enrolment_request *request,
    const struct assay_tpm_path *path, struct assay_checks *checks,
    struct assay_enrolment *out, struct assay_error *err);
void assay_enrolment_free(struct assay_enrolment *e);

#endif
