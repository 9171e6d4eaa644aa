/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A DCAP quote taken apart for people: every field with its offset, as far
 * as the bytes go. Unlike the verifier's parser it does not stop at what is
 * wrong, since broken quotes are what people look at; what it shows is never
 * used to judge.
 */
#ifndef ASSAY_CLI_QUOTE_VIEW_H
#define ASSAY_CLI_QUOTE_VIEW_H

#include "cli/output.h"

/*
 * {section: {field: {"offset","value","meaning"?}}, "certificates": [...],
 * "trailing_bytes": n, "problem": text?}. Offsets count from base. A new
 * reference, NULL when out of memory.
 */
json_t *cli_quote_view(struct assay_bytes quote, size_t base);
/* The 16 bytes that Open Enclave puts before a quote, and the quote. */
json_t *cli_report_view(struct assay_bytes report);

/*
 * Either view for a program: {section: {field: value}, "offsets": {section:
 * {field: offset}}} and the rest as above. A new reference or NULL.
 */
json_t *cli_quote_json(json_t *view);
/* Either view for a terminal. */
void cli_quote_print(struct cli_output *out, json_t *view);

#endif
