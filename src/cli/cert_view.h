/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates for people and programs to look at; nothing is verified. */
#ifndef ASSAY_CLI_CERT_VIEW_H
#define ASSAY_CLI_CERT_VIEW_H

#include "cli/output.h"
#include "crypto/cert.h"

/* Subject, issuer, serial, times, key, uses, fingerprint, and "sgx" for
 * Intel's SGX extension. A new reference, NULL on failure. */
ASSAY_MUST_USE json_t *cli_cert_json(const struct assay_cert *cert,
    struct assay_error *err);
/* What cli_cert_json() gave, a line for each value. */
void cli_cert_print(struct cli_output *out, json_t *cert);
ASSAY_MUST_USE bool cli_cert_text(struct cli_output *out,
    const struct assay_cert *cert, struct assay_error *err);

/*
 * The values of Intel's SGX extension (1.2.840.113741.1.13.1) by name, as
 * far as they can be read; NULL if the certificate has none.
 * Source: Intel SGX PCK Certificate and CRL Profile Specification, 1.3.5.
 */
json_t *cli_sgx_extension(const struct assay_cert *cert);

#endif
