/* SPDX-License-Identifier: Apache-2.0 */
/* Entry: a policy text. Compiled, checked, and its messages read back. */
#include <stdlib.h>
#include <string.h>

#include <assay/policy.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Every place lies in the text, and every message is a line of text. */
static void
read_back(const struct assay_diagnostics *d, size_t len)
{
	for (size_t i = 0; i < assay_diagnostics_count(d); i++) {
		const struct assay_diagnostic *g = assay_diagnostics_at(d, i);

		if (g->line == 0 || g->column == 0 || g->offset > len ||
		    g->length > len - g->offset ||
		    strchr(g->message, '\n') != NULL ||
		    strstr(g->text, g->message) == NULL)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const types[] = { NULL, "SgxEnclave", "Tpm" };
	struct assay_diagnostics *d = assay_diagnostics_new();
	struct assay_policy *policy = NULL;
	struct assay_error err = { 0 };
	bool ok;

	if (d == NULL)
		return 0;
	ok = assay_policy_compile((struct assay_bytes){ data, len }, &policy,
	    d, &err);
	if (ok != (policy != NULL) || (ok && assay_diagnostics_count(d) != 0))
		abort();
	for (size_t i = 0; ok && i < sizeof(types) / sizeof(types[0]); i++)
		(void)assay_policy_lint(policy, types[i], d, &err);
	read_back(d, len);
	if (ok)
		(void)assay_policy_may_read(policy, "events");
	assay_policy_free(policy);
	assay_diagnostics_free(d);
	return 0;
}
