/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/event_view.h"
#include "cli/input.h"
#include "cli/pcr_file.h"

static bool
bank_of_name(struct assay_bytes name, uint16_t *alg)
{
	static const enum assay_hash all[ASSAY_PCR_BANKS] = {
		ASSAY_SHA1, ASSAY_SHA256, ASSAY_SHA384, ASSAY_SHA512,
	};

	for (size_t i = 0; i < ASSAY_PCR_BANKS; i++) {
		if (!assay_text_is_nocase(name, assay_hash_name(all[i])))
			continue;
		*alg = assay_tpm_alg(all[i]);
		return true;
	}
	return false;
}

static struct assay_pcr_bank *
bank_for(struct assay_pcrs *pcrs, uint16_t alg)
{
	for (size_t i = 0; i < pcrs->n_banks; i++)
		if (pcrs->bank[i].alg == alg)
			return &pcrs->bank[i];
	pcrs->bank[pcrs->n_banks].alg = alg;
	return &pcrs->bank[pcrs->n_banks++];
}

/* Where a value stands, for people. */
struct place {
	const char	*what;		/* "line", "member of" */
	size_t		 line;
};

static bool
bad(const struct place *at, struct assay_bytes index, const char *what,
    struct assay_error *err)
{
	char show[ASSAY_TEXT_SHOW];

	if (at->line != 0)
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "PCR file: line %zu: %s", at->line, what);
	return assay_fail(err, ASSAY_ERR_BAD_FIELD,
	    "PCR file: %s %s: %s", at->what, assay_text_show(index, show),
	    what);
}

static bool
set_value(struct assay_pcrs *pcrs, uint16_t alg, struct assay_bytes index,
    struct assay_bytes hex, const struct place *at, struct assay_error *err)
{
	struct assay_buffer b = assay_buffer(ASSAY_DIGEST_MAX);
	struct assay_pcr_bank *bank = bank_for(pcrs, alg);
	enum assay_hash hash = ASSAY_SHA1;
	struct assay_error ignored;
	uint64_t i;
	bool ok = false;

	if (hex.len >= 2 && hex.ptr[0] == '0' && (hex.ptr[1] | 0x20) == 'x')
		hex = (struct assay_bytes){ hex.ptr + 2, hex.len - 2 };
	if (!assay_text_u64(index, &i) || i >= ASSAY_PCR_COUNT)
		return bad(at, index, "want a PCR from 0 to 23", err);
	if ((bank->mask >> i & 1) != 0)
		return bad(at, index, "this PCR was there before", err);
	if (!assay_tpm_hash(alg, &hash) ||
	    !assay_hex_decode(hex, &b, &ignored) ||
	    b.len != assay_hash_size(hash)) {
		(void)bad(at, index, "want a digest of the bank in hex",
		    err);
		goto out;
	}
	memcpy(bank->value[i], b.ptr, b.len);
	bank->mask |= 1u << i;
	ok = true;
out:
	assay_buffer_free(&b);
	return ok;
}

static bool
from_json(struct assay_bytes text, struct assay_pcrs *out,
    struct assay_error *err)
{
	json_t *root = assay_json_parse(text, NULL, err), *pcrs, *bank,
	    *value;
	const char *name, *index;
	bool ok = root != NULL;

	pcrs = json_object_get(root, "pcrs");
	json_object_foreach(pcrs != NULL ? pcrs : root, name, bank) {
		struct place at = { name, 0 };
		uint16_t alg;

		if (!bank_of_name(assay_bytes_of(name), &alg))
			continue;
		json_object_foreach(bank, index, value)
			ok = ok && set_value(out, alg, assay_bytes_of(index),
			    assay_json_string(value), &at, err);
	}
	json_decref(root);
	return ok;
}

static struct assay_bytes
trim(struct assay_bytes in)
{
	while (in.len != 0 && (in.ptr[0] == ' ' || in.ptr[0] == '\t'))
		in = (struct assay_bytes){ in.ptr + 1, in.len - 1 };
	while (in.len != 0 && (in.ptr[in.len - 1] == ' ' ||
	    in.ptr[in.len - 1] == '\t' || in.ptr[in.len - 1] == '\r'))
		in.len--;
	return in;
}

/* "sha256:" opens a bank, "pcrs:" and other words close it. */
static bool
from_line(struct assay_bytes line, uint16_t *alg, struct assay_pcrs *out,
    const struct place *at, struct assay_error *err)
{
	const uint8_t *colon;
	struct assay_bytes left, right;

	line = trim(line);
	if (line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == '-')
		return true;
	if ((colon = memchr(line.ptr, ':', line.len)) == NULL)
		return bad(at, line, "want \"BANK:\" or \"PCR : VALUE\"",
		    err);
	left = trim((struct assay_bytes){ line.ptr,
	    (size_t)(colon - line.ptr) });
	right = trim((struct assay_bytes){ colon + 1,
	    line.len - (size_t)(colon - line.ptr) - 1 });
	if (left.len == 0 || left.ptr[0] < '0' || left.ptr[0] > '9') {
		if (!bank_of_name(left, alg))
			*alg = 0;
		return true;
	}
	return *alg == 0 || set_value(out, *alg, left, right, at, err);
}

static bool
from_yaml(struct assay_bytes text, struct assay_pcrs *out,
    struct assay_error *err)
{
	struct place at = { NULL, 1 };
	uint16_t alg = 0;

	for (size_t i = 0; i < text.len; at.line++) {
		const uint8_t *end = memchr(text.ptr + i, '\n',
		    text.len - i);
		size_t n = end == NULL ? text.len - i :
		    (size_t)(end - (text.ptr + i));

		if (!from_line((struct assay_bytes){ text.ptr + i, n }, &alg,
		    out, &at, err))
			return false;
		i += n + 1;
	}
	return true;
}

bool
cli_pcr_file(const char *path, struct assay_pcrs *out,
    struct assay_error *err)
{
	struct assay_pcrs pcrs = { .n_banks = 0 };
	struct assay_buffer file = { 0 };
	struct assay_bytes text;
	bool ok;

	if (!cli_read(path, ASSAY_MAX_CONFIG_BYTES, &file, err))
		return false;
	text = trim(assay_buffer_bytes(&file));
	ok = text.len != 0 && text.ptr[0] == '{' ?
	    from_json(text, &pcrs, err) : from_yaml(text, &pcrs, err);
	if (ok && pcrs.n_banks == 0)
		ok = assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "PCR file: no values of a bank that is known (sha1, "
		    "sha256, sha384, sha512)");
	assay_buffer_free(&file);
	if (ok)
		*out = pcrs;
	return ok;
}

json_t *
cli_pcrs_json(const struct assay_replay *r)
{
	json_t *pcrs = json_object();
	char index[8];

	for (size_t b = 0; b < ASSAY_PCR_BANKS; b++) {
		enum assay_hash hash = ASSAY_SHA1;
		json_t *bank = json_object();

		(void)assay_tpm_hash(r->bank[b].alg, &hash);
		for (size_t i = 0; i < ASSAY_PCR_COUNT; i++) {
			if (r->bank[b].pcr[i].extends == 0)
				continue;
			(void)snprintf(index, sizeof(index), "%zu", i);
			(void)json_object_set_new(bank, index, cli_hex_json(
			    (struct assay_bytes){ r->bank[b].pcr[i].value,
			    assay_hash_size(hash) }));
		}
		if (json_object_size(bank) != 0)
			(void)json_object_set_new(pcrs,
			    assay_hash_name(hash), bank);
		else
			json_decref(bank);
	}
	return pcrs;
}

void
cli_replayed_values(const struct assay_replay *r, struct assay_pcrs *out)
{
	*out = (struct assay_pcrs){ .n_banks = ASSAY_PCR_BANKS };
	for (size_t b = 0; b < ASSAY_PCR_BANKS; b++) {
		out->bank[b].alg = r->bank[b].alg;
		out->bank[b].mask = (1u << ASSAY_PCR_COUNT) - 1;
		for (size_t i = 0; i < ASSAY_PCR_COUNT; i++)
			memcpy(out->bank[b].value[i],
			    r->bank[b].pcr[i].value, ASSAY_DIGEST_MAX);
	}
}

bool
cli_quote_file(const char *path, struct assay_buffer *bytes,
    struct assay_tpm_attest *out, struct assay_error *err)
{
	if (!cli_read(path, ASSAY_MAX_EVIDENCE_BYTES, bytes, err) ||
	    !assay_tpm_attest_parse(assay_buffer_bytes(bytes), out, err))
		return false;
	return out->type == ASSAY_TPM_ST_QUOTE || assay_fail(err,
	    ASSAY_ERR_BAD_FIELD, "quote: type is 0x%04x, want 0x%04x (a "
	    "quote)", out->type, ASSAY_TPM_ST_QUOTE);
}

bool
cli_quote_matches(const struct assay_tpm_attest *quote,
    const struct assay_pcrs *values)
{
	static const enum assay_hash all[] = {
		ASSAY_SHA1, ASSAY_SHA256, ASSAY_SHA384, ASSAY_SHA512,
	};
	struct assay_error ignored;
	struct assay_digest d;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (assay_hash_size(all[i]) == quote->pcr_digest.len &&
		    assay_tpm_pcr_digest(quote, values, all[i], &d, &ignored))
			return assay_bytes_equal(assay_digest_bytes(&d),
			    quote->pcr_digest);
	return false;
}
