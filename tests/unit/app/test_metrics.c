/* SPDX-License-Identifier: Apache-2.0 */
/* The text that Prometheus reads, byte for byte. */
#include <stdio.h>

#include "app/metrics.h"
#include "base/limits.h"
#include "testlib.h"

static void
collect_two(void *ctx, struct assay_metric_out *out)
{
	const int64_t *value = ctx;
	const struct assay_metric_label a[] = { { "code", "OK" },
		{ "type", "Sgx" } };
	const struct assay_metric_label b = { "code",
		"a \"quoted\\\nline" };

	assay_metric_put(out, a, 2, *value);
	assay_metric_put(out, &b, 1, -1);
}

static void
collect_plain(void *ctx, struct assay_metric_out *out)
{
	(void)ctx;
	assay_metric_put(out, NULL, 0, 7);
}

static void
collect_times(void *ctx, struct assay_metric_out *out)
{
	static const unsigned int bounds[] = { 5, 2500 };
	static const uint64_t counts[] = { 1, 2, 4 };
	static const struct assay_metric_histogram h = { .bounds_ms = bounds,
		.counts = counts, .n = 2, .sum_ms = 12034 };
	const struct assay_metric_label label = { "action", "attest" };

	(void)ctx;
	assay_metric_put_histogram(out, &label, 1, &h);
	assay_metric_put_histogram(out, NULL, 0, &h);
}

static struct assay_metrics *
metrics_new(void)
{
	struct assay_metrics *metrics;
	struct assay_error err;

	assert_true(assay_metrics_new(&metrics, &err));
	return metrics;
}

static void
text_is_exact(void **state)
{
	static const char want[] =
	    "# HELP x_total Two.\n# TYPE x_total counter\n"
	    "x_total{code=\"OK\",type=\"Sgx\"} 42\n"
	    "x_total{code=\"a \\\"quoted\\\\\\nline\"} -1\n"
	    "# HELP y Plain.\n# TYPE y gauge\ny 7\n"
	    "# HELP z_seconds Times.\n# TYPE z_seconds histogram\n"
	    "z_seconds_bucket{action=\"attest\",le=\"0.005\"} 1\n"
	    "z_seconds_bucket{action=\"attest\",le=\"2.500\"} 3\n"
	    "z_seconds_bucket{action=\"attest\",le=\"+Inf\"} 7\n"
	    "z_seconds_sum{action=\"attest\"} 12.034\n"
	    "z_seconds_count{action=\"attest\"} 7\n"
	    "z_seconds_bucket{le=\"0.005\"} 1\n"
	    "z_seconds_bucket{le=\"2.500\"} 3\n"
	    "z_seconds_bucket{le=\"+Inf\"} 7\n"
	    "z_seconds_sum 12.034\nz_seconds_count 7\n";
	struct assay_metrics *metrics = metrics_new();
	struct assay_buffer out = assay_buffer(4096);
	struct assay_error err;
	int64_t value = 42;
	const struct assay_metric_family families[] = {
		{ "x_total", "Two.", ASSAY_METRIC_COUNTER, collect_two,
		    &value },
		{ "y", "Plain.", ASSAY_METRIC_GAUGE, collect_plain, NULL },
		{ "z_seconds", "Times.", ASSAY_METRIC_HISTOGRAM,
		    collect_times, NULL } };

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_true(assay_metrics_register(metrics, &families[i],
		    &err));
	assert_true(assay_metrics_write(metrics, &out, &err));
	assert_string_equal(assay_buffer_str(&out), want);
	assay_buffer_free(&out);
	assay_metrics_free(metrics);
}

static const struct {
	const char		*row, *name;
	enum assay_metric_type	 type;
	enum assay_code		 code;
} names[] = {
	{ "gauge", "a_b2", ASSAY_METRIC_GAUGE, ASSAY_ERR_OK },
	{ "twice", "a_b2", ASSAY_METRIC_GAUGE, ASSAY_ERR_INTERNAL },
	{ "counter", "c_total", ASSAY_METRIC_COUNTER, ASSAY_ERR_OK },
	{ "counter_no_total", "c", ASSAY_METRIC_COUNTER,
	    ASSAY_ERR_INTERNAL },
	{ "gauge_total", "d_total", ASSAY_METRIC_GAUGE, ASSAY_ERR_INTERNAL },
	{ "only_total", "_total", ASSAY_METRIC_COUNTER, ASSAY_ERR_INTERNAL },
	{ "empty", "", ASSAY_METRIC_GAUGE, ASSAY_ERR_INTERNAL },
	{ "digit_first", "2a", ASSAY_METRIC_GAUGE, ASSAY_ERR_INTERNAL },
	{ "space", "a b", ASSAY_METRIC_GAUGE, ASSAY_ERR_INTERNAL },
	{ "colon", "a:b", ASSAY_METRIC_GAUGE, ASSAY_ERR_INTERNAL },
	{ "upper", "aB", ASSAY_METRIC_GAUGE, ASSAY_ERR_INTERNAL },
};

static void
names_are_checked(void **state)
{
	struct test_table t = { .name = "metric names" };
	struct assay_metrics *metrics = metrics_new();

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct assay_metric_family family = { names[i].name,
			"Help.", names[i].type, collect_plain, NULL };
		struct assay_error err = { 0 };
		bool ok = assay_metrics_register(metrics, &family, &err);

		test_row(&t, names[i].row, ok ==
		    (names[i].code == ASSAY_ERR_OK) && (ok ||
		    err.code == names[i].code), "found %s: %s",
		    assay_code_name(err.code), err.text);
	}
	test_table_end(&t);
	assay_metrics_free(metrics);
}

static void
number_is_bounded(void **state)
{
	static char text[ASSAY_MAX_METRICS + 1][16];
	struct assay_metrics *metrics = metrics_new();
	struct assay_error err = { 0 };

	(void)state;
	for (unsigned int i = 0; i <= ASSAY_MAX_METRICS; i++) {
		const struct assay_metric_family family = { text[i], "Help.",
			ASSAY_METRIC_GAUGE, collect_plain, NULL };

		(void)snprintf(text[i], sizeof(text[i]), "m%u", i);
		assert_int_equal(assay_metrics_register(metrics, &family,
		    &err), i < ASSAY_MAX_METRICS);
	}
	assert_int_equal(err.code, ASSAY_ERR_LIMIT_EXCEEDED);
	assay_metrics_free(metrics);
}

static void
no_room(void **state)
{
	const struct assay_metric_family family = { "y", "Plain.",
		ASSAY_METRIC_GAUGE, collect_plain, NULL };
	struct assay_metrics *metrics = metrics_new();
	struct assay_buffer out = assay_buffer(16);
	struct assay_error err = { 0 };

	(void)state;
	assert_true(assay_metrics_register(metrics, &family, &err));
	assert_false(assay_metrics_write(metrics, &out, &err));
	assay_buffer_free(&out);
	assay_metrics_free(metrics);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_exact),
		cmocka_unit_test(names_are_checked),
		cmocka_unit_test(number_is_bounded),
		cmocka_unit_test(no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
