/* SPDX-License-Identifier: Apache-2.0 */
#include "app/metrics.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

struct assay_metrics {
	struct assay_metric_family	families[ASSAY_MAX_METRICS];
	size_t				n;
};

struct assay_metric_out {
	const struct assay_metric_family	*family;
	struct assay_buffer			*text;
};

static const char *const type_names[] = {
	[ASSAY_METRIC_COUNTER] = "counter",
	[ASSAY_METRIC_GAUGE] = "gauge",
	[ASSAY_METRIC_HISTOGRAM] = "histogram",
};

bool
assay_metrics_new(struct assay_metrics **out, struct assay_error *err)
{
	struct assay_metrics *metrics = assay_alloc(1, sizeof(*metrics));

	if (metrics == NULL)
		return assay_fail_memory(err, "metrics");
	*out = metrics;
	return true;
}

void
assay_metrics_free(struct assay_metrics *metrics)
{
	free(metrics);
}

/* ---- families -------------------------------------------------------------- */

/* Prometheus data model, "metric names and labels", less the colon, which is
 * for recording rules. */
static bool
name_ok(const char *name)
{
	return strspn(name, "abcdefghijklmnopqrstuvwxyz_0123456789") ==
	    strlen(name) && name[0] >= 'a' && name[0] <= 'z';
}

/* OpenMetrics demands of counters what Prometheus only recommends. */
static bool
fits_type(const struct assay_metric_family *family)
{
	static const char total[] = "_total";
	const size_t n = strlen(family->name), tail = sizeof(total) - 1;
	const bool ends = n > tail &&
	    strcmp(family->name + n - tail, total) == 0;

	return ends == (family->type == ASSAY_METRIC_COUNTER);
}

bool
assay_metrics_register(struct assay_metrics *metrics,
    const struct assay_metric_family *family, struct assay_error *err)
{
	if (!name_ok(family->name) || !fits_type(family))
		return assay_fail(err, ASSAY_ERR_INTERNAL,
		    "\"%s\" is no name of a %s", family->name,
		    type_names[family->type]);
	for (size_t i = 0; i < metrics->n; i++)
		if (strcmp(metrics->families[i].name, family->name) == 0)
			return assay_fail(err, ASSAY_ERR_INTERNAL,
			    "metric %s is registered twice", family->name);
	if (metrics->n == ASSAY_MAX_METRICS)
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "metric %s is one more than %u", family->name,
		    ASSAY_MAX_METRICS);
	metrics->families[metrics->n++] = *family;
	return true;
}

/* ---- text -------------------------------------------------------------------- */

/* Label values escape these three (exposition formats, "text format
 * details"); help texts are ours and hold none. */
static void
put_value(struct assay_buffer *text, const char *value)
{
	for (; *value != '\0'; value++) {
		if (*value == '\n')
			assay_buffer_puts(text, "\\n");
		else if (*value == '"' || *value == '\\')
			assay_buffer_printf(text, "\\%c", *value);
		else
			assay_buffer_putc(text, (uint8_t)*value);
	}
}

/* Name, labels and, for a histogram's buckets, their bound. */
static void
put_series(struct assay_metric_out *out, const char *suffix,
    const struct assay_metric_label *labels, size_t n, const char *le)
{
	const char *between = "{";

	assay_buffer_printf(out->text, "%s%s", out->family->name, suffix);
	for (size_t i = 0; i < n; i++) {
		assay_buffer_printf(out->text, "%s%s=\"", between,
		    labels[i].name);
		put_value(out->text, labels[i].value);
		assay_buffer_putc(out->text, '"');
		between = ",";
	}
	if (le != NULL)
		assay_buffer_printf(out->text, "%sle=\"%s\"", between, le);
	assay_buffer_puts(out->text, n > 0 || le != NULL ? "} " : " ");
}

void
assay_metric_put(struct assay_metric_out *out,
    const struct assay_metric_label *labels, size_t n, int64_t value)
{
	put_series(out, "", labels, n, NULL);
	assay_buffer_printf(out->text, "%lld\n", (long long)value);
}

static void
put_bucket(struct assay_metric_out *out,
    const struct assay_metric_label *labels, size_t n, unsigned int bound_ms,
    uint64_t count)
{
	struct assay_buffer le = assay_buffer(16);

	assay_buffer_printf(&le, "%u.%03u", bound_ms / 1000,
	    bound_ms % 1000);
	put_series(out, "_bucket", labels, n, assay_buffer_str(&le));
	assay_buffer_printf(out->text, "%llu\n", (unsigned long long)count);
	assay_buffer_free(&le);
}

void
assay_metric_put_histogram(struct assay_metric_out *out,
    const struct assay_metric_label *labels, size_t n,
    const struct assay_metric_histogram *h)
{
	uint64_t count = 0;

	for (size_t i = 0; i < h->n; i++) {
		count += h->counts[i];
		put_bucket(out, labels, n, h->bounds_ms[i], count);
	}
	count += h->counts[h->n];
	put_series(out, "_bucket", labels, n, "+Inf");
	assay_buffer_printf(out->text, "%llu\n", (unsigned long long)count);
	put_series(out, "_sum", labels, n, NULL);
	assay_buffer_printf(out->text, "%llu.%03u\n",
	    (unsigned long long)(h->sum_ms / 1000),
	    (unsigned int)(h->sum_ms % 1000));
	put_series(out, "_count", labels, n, NULL);
	assay_buffer_printf(out->text, "%llu\n", (unsigned long long)count);
}

bool
assay_metrics_write(struct assay_metrics *metrics, struct assay_buffer *out,
    struct assay_error *err)
{
	for (size_t i = 0; i < metrics->n; i++) {
		const struct assay_metric_family *family =
		    &metrics->families[i];
		struct assay_metric_out one = { .family = family,
		    .text = out };

		assay_buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n",
		    family->name, family->help, family->name,
		    type_names[family->type]);
		family->collect(family->ctx, &one);
	}
	return assay_buffer_ok(out, "metrics", err);
}
