/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/encode.h"
#include "base/limits.h"
#include "base/when.h"
#include "crypto/digest.h"
#include "evidence/dcap_claims.h"
#include "json/json.h"

bool
assay_dcap_collateral_claim(struct assay_bytes evidence,
    const struct assay_collateral_hashes *h,
    char out[ASSAY_COLLATERAL_CLAIM_TEXT], struct assay_error *err)
{
	char quote[2 * ASSAY_DIGEST_MAX + 1];
	struct assay_digest d;

	if (!assay_digest(ASSAY_SHA256, evidence, &d, err))
		return false;
	assay_hex(assay_digest_bytes(&d), quote);
	/* Names and order as recorded; nothing but hex to escape. */
	(void)snprintf(out, ASSAY_COLLATERAL_CLAIM_TEXT,
	    "{\"qeidcertshash\":\"%s\",\"qeidcrlhash\":\"%s\","
	    "\"qeidhash\":\"%s\",\"quotehash\":\"%s\","
	    "\"tcbinfocertshash\":\"%s\",\"tcbinfocrlhash\":\"%s\","
	    "\"tcbinfohash\":\"%s\"}", h->qe_identity_certs, h->root_crl,
	    h->qe_identity, quote, h->tcb_info_certs, h->root_crl,
	    h->tcb_info);
	return true;
}

static bool
add_advisories(const struct assay_finding *f, struct assay_claims *out,
    struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(ASSAY_MAX_COLLATERAL_JSON);
	json_t *array;
	bool ok = false;

	if ((array = json_array()) == NULL)
		return assay_fail_memory(err, "advisory ids");
	for (size_t i = 0; i < f->n_advisories; i++)
		if (json_array_append_new(array,
		    json_string(f->advisories[i])) != 0) {
			(void)assay_fail_memory(err, "advisory ids");
			goto out;
		}
	ok = assay_json_write(array, &text, err) &&
	    assay_claims_add_json(out, "x-assay-advisory-ids",
	    assay_buffer_bytes(&text), err);
out:
	json_decref(array);
	assay_buffer_free(&text);
	return ok;
}

bool
assay_dcap_claims(const struct assay_finding *f, struct assay_claims *out,
    struct assay_error *err)
{
	char date[ASSAY_WHEN_TEXT], expiry[ASSAY_WHEN_TEXT];

	return assay_claims_add_string(out, "x-assay-tcb-status",
	    assay_bytes_of(assay_tcb_status_name(f->tcb_status)), err) &&
	    assay_claims_add_string(out, "x-assay-tcb-date",
	    assay_bytes_of(assay_when_text(f->tcb_date, date)), err) &&
	    add_advisories(f, out, err) &&
	    assay_claims_add_integer(out, "x-assay-tcb-evaluation-number",
	    f->platform->collateral->tcb_info->tcb_evaluation_data_number,
	    err) &&
	    assay_claims_add_boolean(out, "x-assay-collateral-expired",
	    f->freshness.expired, err) &&
	    assay_claims_add_string(out, "x-assay-collateral-expiry",
	    assay_bytes_of(assay_when_text(f->freshness.expiry, expiry)),
	    err) &&
	    (!f->platform->test_anchor || assay_claims_add_boolean(out,
	    "x-assay-test-anchor", true, err));
}
