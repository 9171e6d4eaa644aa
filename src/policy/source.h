/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a policy, with its lines; quotes places with carets. */
#ifndef ASSAY_POLICY_SOURCE_H
#define ASSAY_POLICY_SOURCE_H

#include "base/arena.h"
#include "base/buffer.h"

/* A piece of the text, in bytes. */
struct assay_span {
	size_t	offset;
	size_t	length;
};

/* Both count from 1; a column is a character, and a tab is one. */
struct assay_place {
	size_t	line;
	size_t	column;
};

struct assay_source {
	struct assay_bytes	 text;		/* in the arena */
	size_t			*lines;		/* offset of each line */
	size_t			 n_lines;
	uint32_t		*marks;		/* characters before every
						   MARK bytes, so that a place
						   in a long line is cheap */
};

/* Copies the text into the arena; false when out of memory. */
ASSAY_MUST_USE bool assay_source_init(struct assay_source *src,
    struct assay_bytes text, struct assay_arena *arena);

struct assay_place assay_source_place(const struct assay_source *src,
    size_t offset);
struct assay_bytes assay_source_text(const struct assay_source *src,
    struct assay_span span);
/* From the start of first to the end of last. */
struct assay_span assay_span_join(struct assay_span first,
    struct assay_span last);

/*
 * Append the line of the span and a line of carets under it, each headed by
 * the line number or blanks. Long lines are cut to a window.
 */
void assay_source_quote(const struct assay_source *src, struct assay_span span,
    struct assay_buffer *out);

/* Replace control characters, which could move a terminal's cursor. */
void assay_plain_text(char *text);

#endif
