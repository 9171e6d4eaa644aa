/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/when.h"
#include "collateral/intel_cert.h"
#include "evidence/tpm_microsoft.h"
#include "evidence/tpm_roots.h"

/* ---- the anchors ------------------------------------------------------- */

void
assay_tpm_roots_free(struct assay_tpm_roots *roots)
{
	if (roots == NULL)
		return;
	for (size_t i = 0; i < roots->n; i++) {
		assay_pkey_free(roots->root[i].key);
		assay_cert_free(roots->root[i].cert);
	}
	for (size_t i = 0; i < roots->n_intermediates; i++)
		assay_cert_free(roots->intermediate[i]);
	free(roots->root);
	free(roots->intermediate);
	free(roots->revoked);
	*roots = (struct assay_tpm_roots){ 0 };
}

static bool
add_microsoft(struct assay_tpm_roots *r, struct assay_error *err)
{
	static const uint8_t e[] = { 0x01, 0x00, 0x01 };

	for (size_t i = 0; i < assay_microsoft_roots_count; i++) {
		const struct assay_microsoft_root *m =
		    &assay_microsoft_roots[i];
		struct assay_tpm_root *root = &r->root[r->n];

		if (!assay_pkey_from_rsa((struct assay_bytes){ m->modulus,
		    sizeof(m->modulus) }, (struct assay_bytes){ e,
		    sizeof(e) }, &root->key, err))
			return assay_fail_in(err, m->cn);
		root->name = m->cn;
		r->n++;
	}
	r->n_builtin = r->n;
	return true;
}

static bool
add_anchors(struct assay_tpm_roots *r, struct assay_bytes pem,
    struct assay_error *err)
{
	struct assay_cert *certs[ASSAY_MAX_CHAIN_UNTRUSTED];
	size_t n;

	if (!assay_certs_from_pem(pem, certs, ASSAY_MAX_CHAIN_UNTRUSTED, &n,
	    err))
		return assay_fail_in(err, "trust anchor of TPMs");
	for (size_t i = 0; i < n; i++)
		r->root[r->n++] = (struct assay_tpm_root){
			.key = assay_pkey_ref(assay_cert_key(certs[i])),
			.cert = certs[i],
			.name = assay_cert_subject_text(certs[i]),
		};
	return true;
}

static bool
add_intermediates(struct assay_tpm_roots *r, struct assay_bytes pem,
    struct assay_error *err)
{
	size_t n;

	if (!assay_certs_from_pem(pem, r->intermediate + r->n_intermediates,
	    ASSAY_MAX_CHAIN_UNTRUSTED, &n, err))
		return assay_fail_in(err, "intermediate certificate of TPMs");
	r->n_intermediates += n;
	return true;
}

static int
by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

static bool
add_revoked(struct assay_tpm_roots *r,
    const struct assay_tpm_roots_config *config)
{
	if (config->n_revoked == 0)
		return true;
	r->revoked = assay_alloc(config->n_revoked, sizeof(*r->revoked));
	if (r->revoked == NULL)
		return false;
	memcpy(r->revoked, config->revoked,
	    config->n_revoked * sizeof(*r->revoked));
	r->n_revoked = config->n_revoked;
	qsort(r->revoked, r->n_revoked, sizeof(*r->revoked), by_bytes);
	return true;
}

static bool
fill(struct assay_tpm_roots *r, const struct assay_tpm_roots_config *config,
    struct assay_error *err)
{
	if (config->microsoft && !add_microsoft(r, err))
		return false;
	for (size_t i = 0; i < config->n_anchors; i++)
		if (!add_anchors(r, config->anchors[i], err))
			return false;
	for (size_t i = 0; i < config->n_intermediates; i++)
		if (!add_intermediates(r, config->intermediates[i], err))
			return false;
	if (r->n == 0)
		return assay_fail(err, ASSAY_ERR_BAD_FIELD, "no trust anchor "
		    "of TPMs is left: none is built in or switched on, and "
		    "none is given");
	return true;
}

bool
assay_tpm_roots_make(const struct assay_tpm_roots_config *config,
    struct assay_tpm_roots *out, struct assay_error *err)
{
	struct assay_tpm_roots r = { 0 };

	r.root = assay_alloc(assay_microsoft_roots_count +
	    config->n_anchors * ASSAY_MAX_CHAIN_UNTRUSTED, sizeof(*r.root));
	r.intermediate = assay_alloc(1 + config->n_intermediates *
	    ASSAY_MAX_CHAIN_UNTRUSTED, sizeof(struct assay_cert *));
	if (r.root == NULL || r.intermediate == NULL ||
	    !add_revoked(&r, config))
		(void)assay_fail_memory(err, "trust anchors of TPMs");
	else if (fill(&r, config, err)) {
		*out = r;
		return true;
	}
	assay_tpm_roots_free(&r);
	return false;
}

/* ---- the path ---------------------------------------------------------- */

struct walk {
	const struct assay_tpm_path	*in;
	const struct assay_cert		*cert[ASSAY_MAX_CHAIN_CERTS];
	size_t				 n;	/* of cert; [0]: the leaf */
	size_t				 tries;	/* signatures verified */
	size_t				 anchor;
	struct assay_error		 why;	/* why no path is found yet */
	struct assay_error		*err;
};

static const struct assay_cert *
last(const struct walk *w)
{
	return w->cert[w->n - 1];
}

static bool
has_name(const struct assay_tpm_root *root, const struct assay_cert *cert)
{
	if (root->cert != NULL)
		return assay_bytes_equal(assay_cert_subject(root->cert),
		    assay_cert_issuer(cert));
	return assay_bytes_equal(assay_bytes_of(root->name),
	    assay_cert_issuer_cn(cert));
}

static bool
meets_anchor(struct walk *w)
{
	const struct assay_tpm_roots *r = w->in->roots;
	const struct assay_cert *cert = last(w);

	for (w->anchor = 0; w->anchor < r->n; w->anchor++) {
		const struct assay_tpm_root *root = &r->root[w->anchor];

		if (!has_name(root, cert))
			continue;
		w->tries++;
		if (assay_cert_signed_by_key(cert, root->key, &w->why))
			return true;
	}
	return false;
}

static bool
is_valid(const struct assay_cert *cert, int64_t now)
{
	return assay_cert_not_before(cert) <= now &&
	    now <= assay_cert_not_after(cert);
}

static bool
on_path(const struct walk *w, const struct assay_cert *cert)
{
	for (size_t i = 0; i < w->n; i++)
		if (assay_bytes_equal(assay_cert_der(w->cert[i]),
		    assay_cert_der(cert)))
			return true;
	return false;
}

static bool
try_issuer(struct walk *w, const struct assay_cert *by, bool valid)
{
	if (is_valid(by, w->in->now) != valid || on_path(w, by) ||
	    !assay_bytes_equal(assay_cert_subject(by),
	    assay_cert_issuer(last(w))))
		return false;
	w->tries++;
	if (!assay_cert_signed_by(last(w), by, &w->why))
		return false;
	w->cert[w->n++] = by;
	return true;
}

/* One that is valid now is taken first: CAs renew their certificates. */
static bool
step_up(struct walk *w)
{
	const struct assay_tpm_path *in = w->in;

	for (int valid = 1; valid >= 0; valid--) {
		for (size_t i = 0; i < in->n_extra; i++)
			if (try_issuer(w, in->extra[i], valid != 0))
				return true;
		for (size_t i = 0; i < in->roots->n_intermediates; i++)
			if (try_issuer(w, in->roots->intermediate[i],
			    valid != 0))
				return true;
	}
	return false;
}

/* What step_up() or meets_anchor() put there is a better reason. */
static void
expect_issuer(struct walk *w)
{
	(void)assay_fail(&w->why, ASSAY_ERR_CERT_UNTRUSTED, "\"%s\", issuer of "
	    "\"%s\", is neither a trust anchor nor an intermediate that is "
	    "known", assay_cert_issuer_text(last(w)),
	    assay_cert_subject_text(last(w)));
}

static bool
no_path(struct walk *w)
{
	*w->err = w->why;
	if (w->why.code == ASSAY_ERR_SIGNATURE_INVALID)
		w->err->code = ASSAY_ERR_CERT_UNTRUSTED;
	return false;
}

static bool
find_path(struct walk *w)
{
	for (expect_issuer(w); !meets_anchor(w); expect_issuer(w)) {
		if (w->n == ASSAY_MAX_CHAIN_CERTS ||
		    w->tries >= ASSAY_MAX_CHAIN_UNTRUSTED) {
			(void)assay_fail(&w->why, ASSAY_ERR_CERT_UNTRUSTED,
			    "no anchor within %zu certificates and %zu "
			    "signatures", w->n, w->tries);
			return no_path(w);
		}
		if (!step_up(w))
			return no_path(w);
	}
	return true;
}

/* ---- what lies on it --------------------------------------------------- */

static bool
profile(struct assay_error *err, const struct assay_cert *cert,
    const char *what)
{
	return assay_fail(err, ASSAY_ERR_CERT_PROFILE,
	    "certificate \"%s\" (issued by \"%s\") %s",
	    assay_cert_subject_text(cert), assay_cert_issuer_text(cert),
	    what);
}

/* RFC 5280 4.2: what is critical is processed here or by the caller. Any
 * certificate policy is acceptable. */
static bool
extensions_known(const struct walk *w)
{
	static const char *const known[] = { "2.5.29.17", "2.5.29.32",
	    "2.5.29.37" };
	const char *oid;

	for (size_t i = 0; i < w->n; i++) {
		if (assay_cert_version(w->cert[i]) != 3)
			return profile(w->err, w->cert[i], "is of version 1, "
			    "want 3");
		oid = assay_cert_unknown_critical(w->cert[i], known,
		    sizeof(known) / sizeof(known[0]));
		if (oid == NULL)
			continue;
		(void)profile(w->err, w->cert[i], "has an unknown critical "
		    "extension");
		return assay_fail_in(w->err, oid);
	}
	return true;
}

/* RFC 5280 6.1.4 (k) to (n), of every certificate that issues. */
static bool
issuers_are_cas(const struct walk *w)
{
	for (size_t i = 1; i < w->n; i++)
		if (!assay_intel_cert_is_ca(w->cert[i], (int)i - 1,
		    ASSAY_ERR_CERT_PROFILE, w->err))
			return false;
	return true;
}

/*
 * The leaf must name its purpose. An issuer need not, but one that limits
 * itself must include it: so Microsoft's do, and so Windows reads them.
 */
static bool
purposes_fit(const struct walk *w, const char *oid)
{
	bool present;

	for (size_t i = 0; i < w->n; i++) {
		if (assay_cert_extended_usage(w->cert[i], oid, &present) ||
		    (i != 0 && !present))
			continue;
		return assay_fail(w->err, ASSAY_ERR_CERT_PROFILE,
		    "certificate \"%s\" (issued by \"%s\") has %s, want %s",
		    assay_cert_subject_text(w->cert[i]),
		    assay_cert_issuer_text(w->cert[i]), present ?
		    "other extended key usages" : "no extended key usage",
		    oid);
	}
	return true;
}

static bool
begun(const struct walk *w)
{
	char from[ASSAY_WHEN_TEXT], now[ASSAY_WHEN_TEXT];

	for (size_t i = 0; i < w->n; i++)
		if (assay_cert_not_before(w->cert[i]) > w->in->now)
			return assay_fail(w->err,
			    ASSAY_ERR_CERT_NOT_YET_VALID, "certificate "
			    "\"%s\" (issued by \"%s\") is valid from %s, it "
			    "is %s", assay_cert_subject_text(w->cert[i]),
			    assay_cert_issuer_text(w->cert[i]),
			    assay_when_text(assay_cert_not_before(w->cert[i]),
			    from), assay_when_text(w->in->now, now));
	return true;
}

static bool
not_over(const struct walk *w)
{
	char to[ASSAY_WHEN_TEXT], now[ASSAY_WHEN_TEXT];

	for (size_t i = 0; i < w->n; i++)
		if (assay_cert_not_after(w->cert[i]) < w->in->now)
			return assay_fail(w->err, ASSAY_ERR_CERT_EXPIRED,
			    "certificate \"%s\" (issued by \"%s\") was valid "
			    "until %s, it is %s",
			    assay_cert_subject_text(w->cert[i]),
			    assay_cert_issuer_text(w->cert[i]),
			    assay_when_text(assay_cert_not_after(w->cert[i]),
			    to), assay_when_text(w->in->now, now));
	return true;
}

static bool
none_revoked(const struct walk *w)
{
	const struct assay_tpm_roots *r = w->in->roots;
	uint8_t print[32];
	char hex[65];

	if (r->n_revoked == 0)
		return true;
	for (size_t i = 0; i < w->n; i++) {
		if (!assay_tpm_fingerprint(w->cert[i], print, w->err))
			return false;
		if (bsearch(print, r->revoked, r->n_revoked,
		    sizeof(*r->revoked), by_bytes) == NULL)
			continue;
		assay_hex((struct assay_bytes){ print, sizeof(print) }, hex);
		return assay_fail(w->err, ASSAY_ERR_CERT_REVOKED,
		    "certificate \"%s\" (issued by \"%s\", SHA-256 %s) is "
		    "revoked here", assay_cert_subject_text(w->cert[i]),
		    assay_cert_issuer_text(w->cert[i]), hex);
	}
	return true;
}

static bool
outcome(struct assay_checks *checks, enum assay_check_id id, bool ok,
    const struct assay_tpm_path_rules *rules, struct assay_error *err)
{
	return assay_check_outcome(checks, id, ok, err->code, rules->what,
	    err);
}

bool
assay_tpm_path_verify(const struct assay_cert *leaf,
    const struct assay_tpm_path *path,
    const struct assay_tpm_path_rules *rules, struct assay_checks *checks,
    size_t *anchor, struct assay_error *err)
{
	struct walk w = { .in = path, .cert = { leaf }, .n = 1, .err = err };

	if (!outcome(checks, rules->trusted, find_path(&w), rules, err) ||
	    !outcome(checks, rules->extensions, extensions_known(&w), rules,
	    err) ||
	    !outcome(checks, rules->ca, issuers_are_cas(&w), rules, err) ||
	    !outcome(checks, rules->purpose, purposes_fit(&w, rules->oid),
	    rules, err) ||
	    !outcome(checks, rules->not_before, begun(&w), rules, err) ||
	    !outcome(checks, rules->not_after, not_over(&w), rules, err) ||
	    !outcome(checks, rules->not_revoked, none_revoked(&w), rules,
	    err))
		return false;
	*anchor = w.anchor;
	return true;
}
