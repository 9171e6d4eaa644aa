/* SPDX-License-Identifier: Apache-2.0 */
#include "app/pcs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/fetch.h"
#include "base/encode.h"
#include "base/limits.h"
#include "base/text.h"

#define INTEL_URL	"https://api.trustedservices.intel.com"
#define INTEL_ROOT_CRL							\
	"https://certificates.trustedservices.intel.com/IntelSGXRootCA.der"

/* ---- sources ------------------------------------------------------------- */

void
assay_pcs_source_free(struct assay_pcs_source *source)
{
	free(source->url);
	free(source->root_crl_url);
	*source = (struct assay_pcs_source){ 0 };
}

/* "base/path"; NULL without memory. */
static char *
join(const char *base, const char *path)
{
	size_t size = strlen(base) + strlen(path) + 2;
	char *joined = malloc(size);

	if (joined != NULL)
		(void)snprintf(joined, size, "%s/%s", base, path);
	return joined;
}

static bool
set_urls(struct assay_pcs_source *s, const char *url, const char *root_crl,
    struct assay_error *err)
{
	size_t n = strlen(url);

	while (n > 0 && url[n - 1] == '/')
		n--;
	s->url = strndup(url, n);
	if (s->url == NULL)
		return assay_fail_memory(err, "collateral source");
	s->root_crl_url = root_crl != NULL ? strdup(root_crl) :
	    join(s->url, s->pccs ? "sgx/certification/v4/rootcacrl" :
	    "IntelSGXRootCA.der");
	if (s->root_crl_url == NULL)
		return assay_fail_memory(err, "collateral source");
	return true;
}

bool
assay_pcs_source_parse(const char *text, struct assay_pcs_source *out,
    struct assay_error *err)
{
	struct assay_pcs_source s = { .pccs = strncmp(text, "pccs:", 5) == 0 };
	bool ok;

	if (strcmp(text, "intel") == 0)
		ok = set_urls(&s, INTEL_URL, INTEL_ROOT_CRL, err);
	else if (s.pccs || strncmp(text, "pcs:", 4) == 0)
		ok = assay_url_check(text + (s.pccs ? 5 : 4), err) &&
		    set_urls(&s, text + (s.pccs ? 5 : 4), NULL, err);
	else
		ok = assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "\"%.64s\" is no source of collateral, want intel, "
		    "pcs:URL or pccs:URL", text);
	if (!ok) {
		assay_pcs_source_free(&s);
		if (err->code == ASSAY_ERR_FETCH_REFUSED)
			err->code = ASSAY_ERR_CONFIG_INVALID;
		return false;
	}
	*out = s;
	return true;
}

/* ---- one request ----------------------------------------------------------- */

#define URL_MAX 2048

/* One number of the evaluation, or the newest of the update policy. */
static void
put_update(const struct assay_pcs_options *opt,
    const struct assay_collateral_item *want, char *out, size_t n)
{
	if (want->number != 0)
		(void)snprintf(out, n, "tcbEvaluationDataNumber=%u",
		    want->number);
	else
		(void)snprintf(out, n, "update=%s", opt->update);
}

/* *header: of the issuer chain, NULL if there is none. */
static bool
make_url(const struct assay_pcs_source *source,
    const struct assay_pcs_options *opt,
    const struct assay_collateral_item *want, char out[URL_MAX],
    const char **header, struct assay_error *err)
{
	const char *tee = want->tee == ASSAY_TEE_TDX ? "tdx" : "sgx";
	char update[64], fmspc[13];
	int n = -1;

	put_update(opt, want, update, sizeof(update));
	assay_hex((struct assay_bytes){ want->fmspc, sizeof(want->fmspc) },
	    fmspc);
	*header = NULL;
	switch (want->kind) {
	case ASSAY_COLLATERAL_TCB_INFO:
		*header = "TCB-Info-Issuer-Chain";
		n = snprintf(out, URL_MAX,
		    "%s/%s/certification/v4/tcb?fmspc=%s&%s", source->url,
		    tee, fmspc, update);
		break;
	case ASSAY_COLLATERAL_QE_IDENTITY:
		*header = "SGX-Enclave-Identity-Issuer-Chain";
		n = snprintf(out, URL_MAX,
		    "%s/%s/certification/v4/qe/identity?%s", source->url,
		    tee, update);
		break;
	case ASSAY_COLLATERAL_PCK_CRL:
		*header = "SGX-PCK-CRL-Issuer-Chain";
		n = snprintf(out, URL_MAX,
		    "%s/sgx/certification/v4/pckcrl?ca=%s&encoding=der",
		    source->url, want->ca == ASSAY_PCK_CA_PLATFORM ?
		    "platform" : "processor");
		break;
	case ASSAY_COLLATERAL_ROOT_CA_CRL:
		n = snprintf(out, URL_MAX, "%s", source->root_crl_url);
		break;
	case ASSAY_COLLATERAL_PCK_CHAIN:
		break;
	}
	if (n < 0 || n >= URL_MAX)
		return assay_fail(err, ASSAY_ERR_COLLATERAL_MISSING,
		    "%s is not to be had from %s",
		    assay_collateral_kind_name(want->kind), source->url);
	return true;
}

/* ---- what came back ---------------------------------------------------------- */

static int
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-encoded PEM (RFC 3986 section 2.1). */
static bool
decode_chain(struct assay_bytes in, struct assay_buffer *out,
    struct assay_error *err)
{
	for (size_t i = 0; i < in.len; i++) {
		uint8_t c = in.ptr[i];

		if (c == '%') {
			int high = i + 2 < in.len ?
			    hex_digit(in.ptr[i + 1]) : -1;
			int low = i + 2 < in.len ?
			    hex_digit(in.ptr[i + 2]) : -1;

			if (high < 0 || low < 0)
				return assay_fail(err,
				    ASSAY_ERR_BAD_ENCODING,
				    "issuer chain: bad escape at %zu", i);
			c = (uint8_t)(high * 16 + low);
			i += 2;
		}
		assay_buffer_putc(out, c);
	}
	return assay_buffer_ok(out, "issuer chain", err);
}

/* A PCCS gives revocation lists as hex text, in some releases. */
static bool
unhex(struct assay_buffer *body, struct assay_error *err)
{
	struct assay_buffer der;
	bool ok;

	for (size_t i = 0; i < body->len; i++)
		if (hex_digit(body->ptr[i]) < 0)
			return true;
	if (body->len == 0)
		return true;
	der = assay_buffer(body->len / 2 + 1);
	ok = assay_hex_decode(assay_buffer_bytes(body), &der, err);
	if (ok) {
		assay_buffer_free(body);
		*body = der;
	} else
		assay_buffer_free(&der);
	return ok;
}

static bool
is_crl(enum assay_collateral_kind kind)
{
	return kind == ASSAY_COLLATERAL_PCK_CRL ||
	    kind == ASSAY_COLLATERAL_ROOT_CA_CRL;
}

/* What the document is about must be what was asked for. */
static bool
is_wanted(const struct assay_collateral_item *got,
    const struct assay_collateral_item *want, struct assay_error *err)
{
	char a[13], b[13];

	assay_hex((struct assay_bytes){ want->fmspc, 6 }, a);
	assay_hex((struct assay_bytes){ got->fmspc, 6 }, b);
	if (want->kind == ASSAY_COLLATERAL_TCB_INFO && strcmp(a, b) != 0)
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "answer is for FMSPC %s, want %s", b, a);
	if (!is_crl(want->kind) && got->tee != want->tee)
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "answer is for another TEE than asked for");
	if (want->kind == ASSAY_COLLATERAL_PCK_CRL && got->ca != want->ca)
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "answer is the revocation list of another CA than asked "
		    "for");
	if (!is_crl(want->kind) && want->number != 0 &&
	    got->number != want->number)
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "answer has tcbEvaluationDataNumber %u, want %u",
		    got->number, want->number);
	return true;
}

static bool
take(const struct assay_pcs_options *opt,
    const struct assay_collateral_item *want, const char *url,
    const char *header, struct assay_fetch_answer *answer,
    struct assay_collateral_list *list, struct assay_error *err)
{
	struct assay_buffer chain = assay_buffer(ASSAY_MAX_PEM_BYTES);
	struct assay_collateral_item item = { .kind = want->kind,
	    .source = url, .obtained = opt->now,
	    .asked = want->number == 0 ? ASSAY_ASKED_NEWEST :
	    ASSAY_ASKED_NUMBER };
	struct assay_bytes text;
	bool ok = true;

	if (is_crl(want->kind))
		ok = unhex(&answer->body, err);
	if (ok && header != NULL) {
		/* Before version 4 of the API it had another name. */
		if (assay_fetch_header(answer, header, &text) ||
		    (want->kind == ASSAY_COLLATERAL_TCB_INFO &&
		    assay_fetch_header(answer, "SGX-TCB-Info-Issuer-Chain",
		    &text)))
			ok = decode_chain(text, &chain, err);
		else
			ok = assay_fail(err, ASSAY_ERR_BAD_FIELD,
			    "answer has no header %s", header);
	}
	item.body = assay_buffer_bytes(&answer->body);
	if (chain.len != 0)
		item.chain = assay_buffer_bytes(&chain);
	ok = ok && assay_collateral_index(&item, err) &&
	    is_wanted(&item, want, err) &&
	    assay_collateral_list_add(list, &item, err);
	assay_buffer_free(&chain);
	return ok || assay_fail_in(err, url);
}

static bool
check_status(const struct assay_fetch_answer *answer, const char *url,
    struct assay_error *err)
{
	if (answer->status == 200)
		return true;
	if (answer->status == 404 || answer->status == 410)
		return assay_fail(err, ASSAY_ERR_COLLATERAL_MISSING,
		    "%s does not have it (status %d)", url, answer->status);
	return assay_fail(err, ASSAY_ERR_FETCH_FAILED,
	    "%s answered with status %d", url, answer->status);
}

bool
assay_pcs_get(const struct assay_pcs_source *source,
    const struct assay_pcs_options *opt,
    const struct assay_collateral_item *want,
    struct assay_collateral_list *list, int64_t *retry_after,
    struct assay_error *err)
{
	char url[URL_MAX];
	const char *header;
	struct assay_fetch_request request = {
		.url = url,
		.cacert = opt->cacert,
		.max_bytes = is_crl(want->kind) ? ASSAY_MAX_CRL_BYTES :
		    ASSAY_MAX_COLLATERAL_JSON,
		.deadline_ms = opt->deadline_ms,
	};
	struct assay_fetch_answer answer = { 0 };
	bool ok;

	*retry_after = -1;
	if (!make_url(source, opt, want, url, &header, err) ||
	    !assay_fetch(&request, &answer, err))
		return false;
	*retry_after = answer.retry_after;
	ok = check_status(&answer, url, err) &&
	    take(opt, want, url, header, &answer, list, err);
	assay_fetch_answer_free(&answer);
	return ok;
}
