/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry: a JMESPath expression, then (behind a NUL, if there is one) the JSON
 * text to search; a document that has every shape otherwise.
 */
#include <string.h>

#include "json/json.h"
#include "policy/jmes.h"

static const char document[] =
    "{\"a\":[{\"b\":1,\"c\":\"x\"},{\"b\":2.5,\"c\":null},[[1,2],[3]]],"
    "\"b\":{\"c\":{\"d\":[true,false,null]}},\"s\":\"\\u00e9\\ud83d\\ude00\","
    "\"n\":[3,1,2],\"t\":[\"b\",\"a\"],\"e\":[],\"o\":{}}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct assay_jmes_budget budget = { 20000, 1 << 20 };
	struct assay_bytes expression = { data, len };
	struct assay_bytes text = assay_bytes_of(document);
	struct assay_error err = { 0 };
	struct assay_jmes *e = NULL;
	const uint8_t *nul = len != 0 ? memchr(data, '\0', len) : NULL;
	json_t *input = NULL, *result = NULL;

	if (nul != NULL) {
		expression.len = (size_t)(nul - data);
		text = (struct assay_bytes){ nul + 1,
		    len - expression.len - 1 };
	}
	if (assay_jmes_compile(expression, &e, NULL, &err) &&
	    (input = assay_json_parse(text, NULL, &err)) != NULL)
		result = assay_jmes_search(e, input, &budget, NULL, &err);
	json_decref(result);
	json_decref(input);
	assay_jmes_free(e);
	return 0;
}
