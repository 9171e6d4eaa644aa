/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers for whoever watches a program, as Prometheus reads them (text
 * exposition format 0.0.4). A part of the program registers its families
 * once, before anything is collected; whoever asks calls each back, from any
 * thread. Names and labels are words of ours: nothing that a stranger sends
 * becomes a label, so that the number of series has a bound.
 */
#ifndef ASSAY_APP_METRICS_H
#define ASSAY_APP_METRICS_H

#include "base/buffer.h"

#define ASSAY_METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct assay_metrics;

enum assay_metric_type {
	ASSAY_METRIC_COUNTER,	/* only grows; its name ends in _total */
	ASSAY_METRIC_GAUGE,
	ASSAY_METRIC_HISTOGRAM,	/* of seconds, say */
};

struct assay_metric_label {
	const char	*name;
	const char	*value;
};

/* One collection of one family on its way; see assay_metric_put(). */
struct assay_metric_out;
typedef void assay_metric_fn(void *ctx, struct assay_metric_out *out);

/* All text static or living as long as the registry. */
struct assay_metric_family {
	const char		*name;	/* "assayd_requests_total" */
	const char		*help;	/* one sentence */
	enum assay_metric_type	 type;
	assay_metric_fn		*collect;
	void			*ctx;
};

ASSAY_MUST_USE bool assay_metrics_new(struct assay_metrics **out,
    struct assay_error *err);
void assay_metrics_free(struct assay_metrics *metrics);	/* or NULL */

/*
 * Not while another thread collects or registers. INTERNAL: the name is not
 * one, not of its type, or there already; LIMIT_EXCEEDED: too many.
 */
ASSAY_MUST_USE bool assay_metrics_register(struct assay_metrics *metrics,
    const struct assay_metric_family *family, struct assay_error *err);

/* For collect: one series of its family, a counter's or a gauge's. */
void assay_metric_put(struct assay_metric_out *out,
    const struct assay_metric_label *labels, size_t n, int64_t value);

/*
 * For collect: one histogram of times that were counted in milliseconds.
 * counts has one element more than bounds_ms: what is over the last. Each is
 * of its own interval, not of all up to it.
 */
struct assay_metric_histogram {
	const unsigned int	*bounds_ms;	/* rising */
	const uint64_t		*counts;
	size_t			 n;		/* bounds */
	uint64_t		 sum_ms;
};
void assay_metric_put_histogram(struct assay_metric_out *out,
    const struct assay_metric_label *labels, size_t n,
    const struct assay_metric_histogram *histogram);

/* Append the text of all families, in the order of their registration. */
ASSAY_MUST_USE bool assay_metrics_write(struct assay_metrics *metrics,
    struct assay_buffer *out, struct assay_error *err);

#endif
