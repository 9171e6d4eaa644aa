/* SPDX-License-Identifier: Apache-2.0 */
/* PCR values from a file, and compared with what a log leads to. */
#ifndef ASSAY_CLI_PCR_FILE_H
#define ASSAY_CLI_PCR_FILE_H

#include "cli/output.h"
#include "evidence/replay.h"
#include "evidence/tpm_attest.h"

/*
 * What tpm2_pcrread prints ("sha256:", then "  0 : 0x..."), or JSON
 * {"sha256":{"0":HEX}}, also as the member "pcrs" of an object. Banks of
 * other algorithms are left out. BAD_FIELD naming the line or member, errors
 * of assay_json_parse(), and what reading the file may give.
 */
ASSAY_MUST_USE bool cli_pcr_file(const char *path, struct assay_pcrs *out,
    struct assay_error *err);

/* {"sha256":{"0":HEX}}: the values that the log extends. */
json_t *cli_pcrs_json(const struct assay_replay *r);
/* All values that logs lead to, also of PCRs that they leave alone. */
void cli_replayed_values(const struct assay_replay *r,
    struct assay_pcrs *out);

/*
 * The TPMS_ATTEST of a quote, borrowed from bytes, which the caller frees in
 * any case. Errors of cli_read() and assay_tpm_attest_parse(); BAD_FIELD for
 * what is no quote.
 */
ASSAY_MUST_USE bool cli_quote_file(const char *path,
    struct assay_buffer *bytes, struct assay_tpm_attest *out,
    struct assay_error *err);
/*
 * Have the values the quoted digest? Its hash is that of the signature, which
 * is not at hand: the length tells it. Nothing here verifies the signature.
 */
bool cli_quote_matches(const struct assay_tpm_attest *quote,
    const struct assay_pcrs *values);

#endif
