/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JMESPath: the benchmark cases of the compliance suite (where the shared
 * vectors are present), queries of published policies over event logs of
 * growing length, and expressions made to hurt.
 *
 * Lines: "name parse-ns search-ns", or what ended it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "json/json.h"
#include "policy/jmes.h"

#define NANOSECONDS	1000000000.0
#define SECONDS		0.1	/* for each measurement */
#define NAME_WIDTH	30

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / NANOSECONDS;
}

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "bench_jmespath: %s: %s\n", what, why);
	exit(1);
}

static double
parse_time(struct assay_bytes expression)
{
	const double start = now();
	size_t runs = 0;
	double spent;

	do {
		struct assay_error err = { 0 };
		struct assay_jmes *e = NULL;

		if (!assay_jmes_compile(expression, &e, NULL, &err))
			return -1;
		assay_jmes_free(e);
		runs++;
	} while ((spent = now() - start) < SECONDS);
	return spent / (double)runs * NANOSECONDS;
}

/* Negative when the search ends in an error, whose text err has. */
static double
search_time(const struct assay_jmes *e, json_t *input,
    struct assay_error *err)
{
	const double start = now();
	size_t runs = 0;
	double spent;

	do {
		struct assay_jmes_budget budget = { ASSAY_MAX_POLICY_STEPS,
		    ASSAY_MAX_POLICY_MEMORY };
		json_t *result = assay_jmes_search(e, input, &budget, NULL,
		    err);

		runs++;
		spent = now() - start;
		if (result == NULL)
			return -spent * NANOSECONDS;
		json_decref(result);
	} while (spent < SECONDS);
	return spent / (double)runs * NANOSECONDS;
}

static void
measure(const char *name, struct assay_bytes expression, json_t *input)
{
	struct assay_error err = { 0 };
	struct assay_jmes *e = NULL;
	double parse, search;

	if (!assay_jmes_compile(expression, &e, NULL, &err)) {
		printf("%-*.*s refused: %.60s\n", NAME_WIDTH, NAME_WIDTH,
		    name, err.text);
		return;
	}
	parse = parse_time(expression);
	search = search_time(e, input, &err);
	if (search >= 0)
		printf("%-*.*s %12.0f %12.0f\n", NAME_WIDTH, NAME_WIDTH, name,
		    parse, search);
	else
		printf("%-*.*s %12.0f stopped after %.0f: %.40s...\n",
		    NAME_WIDTH, NAME_WIDTH, name, parse, -search, err.text);
	assay_jmes_free(e);
}

static bool
read_file(const char *path, struct assay_buffer *out)
{
	uint8_t chunk[4096];
	size_t n;
	FILE *f;

	*out = assay_buffer(ASSAY_MAX_JSON_TEXT);
	if ((f = fopen(path, "rb")) == NULL)
		return false;
	while ((n = fread(chunk, 1, sizeof(chunk), f)) != 0)
		(void)assay_buffer_put(out, (struct assay_bytes){ chunk, n });
	(void)fclose(f);
	return !out->failed;
}

static void
suite_cases(json_t *groups)
{
	json_t *group, *c;
	size_t i, j;

	json_array_foreach(groups, i, group)
		json_array_foreach(json_object_get(group, "cases"), j, c) {
			const char *comment = json_string_value(
			    json_object_get(c, "comment"));

			measure(comment != NULL ? comment : "(unnamed)",
			    assay_bytes_of(json_string_value(
			    json_object_get(c, "expression"))),
			    json_object_get(group, "given"));
		}
}

static void
suite(void)
{
	const char *root = getenv("ASSAY_SHARED");
	struct assay_error err = { 0 };
	struct assay_buffer text;
	char path[4096];
	json_t *groups;

	(void)snprintf(path, sizeof(path),
	    "%s/suites/jmespath/benchmarks.json",
	    root != NULL ? root : "../shared");
	if (!read_file(path, &text)) {
		printf("SKIPPED: cases of the compliance suite (no %s; set "
		    "ASSAY_SHARED)\n", path);
		return;
	}
	groups = assay_json_parse(assay_buffer_bytes(&text), NULL, &err);
	if (groups == NULL)
		die(path, err.text);
	suite_cases(groups);
	json_decref(groups);
	assay_buffer_free(&text);
}

/* An event log of n events, as a policy sees it. */
static json_t *
event_log(size_t n)
{
	json_t *events = json_array();

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(events, json_pack(
		    "{s:s, s:I, s:{s:[{s:b, s:s}]}}", "EventTypeString",
		    i % 3 == 0 ? "EV_EVENT_TAG" : "EV_EFI_ACTION",
		    "PcrIndex", (json_int_t)(i % 24), "ProcessedData",
		    "EVENT_LOADEDMODULE_AGGREGATION", "EVENT_IMAGEVALIDATED",
		    1, "EVENT_FILEPATH",
		    "\\Windows\\System32\\drivers\\wd\\WdBoot.sys"));
	return json_pack("{s:o}", "Events", events);
}

static void
event_queries(void)
{
	static const char query[] = "Events[?EventTypeString == 'EV_EVENT_TAG'"
	    " && (PcrIndex == `12` || PcrIndex == `13` || PcrIndex == `6`)]."
	    "ProcessedData.EVENT_LOADEDMODULE_AGGREGATION[] | "
	    "[?EVENT_IMAGEVALIDATED == `true` && "
	    "equals_ignore_case(EVENT_FILEPATH, "
	    "'\\windows\\system32\\drivers\\wd\\wdboot.sys')] | length(@)";
	char name[NAME_WIDTH + 1];

	for (size_t n = 100; n <= 12800; n *= 2) {
		json_t *log = event_log(n);

		(void)snprintf(name, sizeof(name), "%zu events", n);
		measure(name, assay_bytes_of(query), log);
		json_decref(log);
	}
}

static const struct {
	const char	*name;
	const char	*head, *text, *tail;
} hostile[] = {
	{ "64 kB of path",		"a", ".a", "" },
	{ "64 kB of pipes",		"@", "|@", "" },
	{ "64 kB of projections",	"", "[*]", "" },
	{ "64 kB of flattens",		"", "[]", "" },
	{ "64 kB of filters",		"", "[?@]", "" },
	{ "64 kB of disjunctions",	"a", "||a", "" },
	{ "64 kB of comparisons",	"@", "==@", "" },
	{ "64 kB of brackets",		"", "[", "" },
	{ "64 kB of negations",		"", "!", "@" },
	{ "64 kB of list items",	"[@", ",@", "]" },
	{ "64 kB of arguments",		"not_null(a", ",a", ")" },
	{ "64 kB of merges",		"merge(@", ",@", ")" },
	{ "64 kB of joins",		"'ab'", "|join(@,[@,@])", "" },
	{ "64 kB of doublings",		"[@]", "|[@,@][]", "" },
	{ "64 kB of sorts",		"[a,a]", "|[@,@][]|sort(@)", "" },
	{ "64 kB of texts",		"@", "|to_string([@,@])", "" },
};

static void
hostile_queries(void)
{
	json_t *input = json_pack("{s:s}", "a", "b");

	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		struct assay_buffer b = assay_buffer(ASSAY_MAX_JMESPATH_BYTES);
		const size_t n = strlen(hostile[i].text);

		(void)assay_buffer_puts(&b, hostile[i].head);
		while (b.len + n + strlen(hostile[i].tail) <= b.max)
			(void)assay_buffer_puts(&b, hostile[i].text);
		(void)assay_buffer_puts(&b, hostile[i].tail);
		measure(hostile[i].name, assay_buffer_bytes(&b), input);
		assay_buffer_free(&b);
	}
	json_decref(input);
}

int
main(void)
{
	printf("%-*s %12s %12s\n", NAME_WIDTH, "# expression", "parse ns",
	    "search ns");
	suite();
	event_queries();
	hostile_queries();
	return 0;
}
