/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a claim's value and an expression's result are made of. Values borrow
 * from the policy, from the incoming claims or from the arena of one run.
 */
#ifndef ASSAY_POLICY_VALUE_H
#define ASSAY_POLICY_VALUE_H

#include <jansson.h>

#include <assay/claims.h>

#include "base/arena.h"

/*
 * A string that is, or came out of, a JSON document: each form is made when
 * it is first asked for, and then kept.
 */
struct assay_document {
	json_t			*value;		/* or NULL: not parsed yet */
	struct assay_bytes	 text;		/* ptr NULL: not written yet */
	struct assay_document	*next;		/* of the run, which frees */
};

struct assay_value {
	enum assay_value_type	 type;		/* never JSON: see document */
	struct assay_bytes	 text;		/* STRING without document */
	struct assay_document	*document;	/* STRING, or NULL */
	int64_t			 integer;	/* INTEGER */
	bool			 boolean;	/* BOOLEAN */
};

/* Zero or more values: what an expression yields. In the arena. */
struct assay_values {
	struct assay_value	*at;
	size_t			 count;
	size_t			 room;
};

struct assay_value assay_value_string(struct assay_bytes text);
struct assay_value assay_value_integer(int64_t integer);
struct assay_value assay_value_boolean(bool boolean);

#endif
