/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "cli/policy_type.h"

/* api.md section 2; the set is open there, closed here. */
static const struct {
	const char	*word;
	const char	*type;
} types[] = {
	{ "sgx",	"SgxEnclave" },
	{ "openenclave", "OpenEnclave" },
	{ "tpm",	"Tpm" },
	{ "snp",	"SevSnpVm" },
	{ "tdx",	"TdxVm" },
	{ "azureguest",	"AzureGuest" },
};

bool
cli_policy_type(const char *name, const char **out, struct assay_error *err)
{
	const struct assay_bytes text = assay_bytes_of(name);

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (assay_text_is_nocase(text, types[i].word) ||
		    assay_text_is_nocase(text, types[i].type)) {
			*out = types[i].type;
			return true;
		}
	return assay_fail(err, ASSAY_ERR_USAGE, "unknown type \"%.64s\", want "
	    "SgxEnclave, OpenEnclave, Tpm, SevSnpVm, TdxVm or AzureGuest",
	    name);
}
