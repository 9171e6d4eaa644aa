/* SPDX-License-Identifier: Apache-2.0 */
/* Messages about a policy text, kept in the order of their places. */
#ifndef ASSAY_POLICY_DIAGNOSE_H
#define ASSAY_POLICY_DIAGNOSE_H

#include <assay/policy.h>

#include "policy/source.h"

/*
 * Add one message; the id is a static string. Beyond
 * ASSAY_MAX_POLICY_DIAGNOSTICS messages are counted and dropped. The first
 * shortage of memory is remembered (assay_diagnostics_ok).
 */
void assay_diagnose(struct assay_diagnostics *d,
    const struct assay_source *src, enum assay_diagnostic_kind kind,
    struct assay_span span, const char *id, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));

/* What is added from now on is dropped. */
bool assay_diagnostics_full(const struct assay_diagnostics *d);
bool assay_diagnostics_ok(const struct assay_diagnostics *d);
/* Errors, those that were dropped included. */
size_t assay_diagnostics_errors(const struct assay_diagnostics *d);
/* The first error in the order of the text, or NULL. */
const struct assay_diagnostic *assay_diagnostics_first_error(
    const struct assay_diagnostics *d);

/*
 * The best match for a misspelt word among n names, or NULL when none is
 * near: for "did you mean".
 */
const char *assay_nearest_name(struct assay_bytes word,
    const char *const *names, size_t n);
/* Edits (insert, delete, replace, swap neighbours) between two short words,
 * ASCII case ignored; SIZE_MAX when one of them is too long to compare. */
size_t assay_word_distance(struct assay_bytes a, struct assay_bytes b);

#endif
