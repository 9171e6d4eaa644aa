/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy signers: the certificates that may sign changes of an isolated
 * instance. Once isolated, an instance stays so, whatever its command line
 * says later. Not for several threads at once: policies.c has the lock.
 */
#ifndef ASSAY_SERVICE_SIGNERS_H
#define ASSAY_SERVICE_SIGNERS_H

#include "app/store.h"
#include "token/policy_jws.h"

struct assay_signers;

/*
 * pem_file: the first signers of an instance that is to be isolated, or
 * NULL; not read again once it is. CONFIG_INVALID, CERT_*, IO_FAILED.
 */
ASSAY_MUST_USE bool assay_signers_open(struct assay_store *store,
    const char *pem_file, struct assay_signers **out,
    struct assay_error *err);
void assay_signers_free(struct assay_signers *signers);	/* or NULL */
ASSAY_MUST_USE bool assay_signers_reload(struct assay_signers *signers,
    struct assay_error *err);

bool assay_signers_isolated(const struct assay_signers *signers);
/* As assay_policy_jws_trusted(), with these certificates. */
ASSAY_MUST_USE bool assay_signers_trust(const struct assay_signers *signers,
    const struct assay_policy_jws *jws, struct assay_error *err);
/*
 * Is it a signer, or was it one? Then what it signed while it was stays in
 * force. INVALID_OPERATION if it never was one.
 */
ASSAY_MUST_USE bool assay_signers_ever(const struct assay_signers *signers,
    const struct assay_cert *cert, struct assay_error *err);
/* thumbprint: that of cert, also if nothing had to be changed. */
ASSAY_MUST_USE bool assay_signers_change(struct assay_signers *signers,
    const struct assay_cert *cert, bool add,
    const struct assay_store_change *change,
    char thumbprint[ASSAY_THUMBPRINT_TEXT], struct assay_error *err);
/* A new array, NULL on failure. */
ASSAY_MUST_USE json_t *assay_signers_json(
    const struct assay_signers *signers, struct assay_error *err);

#endif
