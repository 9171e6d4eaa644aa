/* SPDX-License-Identifier: Apache-2.0 */
/* Policy text to tree: structure only; names and types are static_check.c's. */
#ifndef ASSAY_POLICY_PARSER_H
#define ASSAY_POLICY_PARSER_H

#include "policy/ast.h"

/*
 * Parse the whole source. Mistakes go to diag; the tree then holds the rules
 * that could be read. False only when memory ran out.
 */
ASSAY_MUST_USE bool assay_policy_parse(const struct assay_source *src,
    struct assay_arena *arena, struct assay_diagnostics *diag,
    struct assay_tree *tree);

#endif
