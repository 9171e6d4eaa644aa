/* SPDX-License-Identifier: Apache-2.0 */
#include "app/caller_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/fetch.h"
#include "app/file.h"
#include "base/encode.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "json/json.h"

#define DISCOVERY	"/.well-known/openid-configuration"
#define SKEW_DEFAULT	60
#define SKEW_MAX	300
#define REFRESH_DEFAULT	3600
#define MAX_AGE_DEFAULT	86400
#define SECONDS_MAX	(30 * 86400)

/* ---- members ------------------------------------------------------------ */

/* A name that is not known may be a rule that somebody relies on. */
static bool
check_members(const json_t *object, const char *const *known,
    struct assay_error *err)
{
	const char *name;
	json_t *value;
	size_t i;

	if (!json_is_object(object))
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "want a JSON object");
	json_object_foreach((json_t *)(uintptr_t)object, name, value) {
		for (i = 0; known[i] != NULL; i++)
			if (strcmp(name, known[i]) == 0)
				break;
		if (known[i] == NULL)
			return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
			    "there is no member \"%.64s\"", name);
	}
	return true;
}

/* *out stays as it is where the member is absent. */
static bool
take_text(const json_t *object, const char *name, char **out,
    struct assay_error *err)
{
	const json_t *value = json_object_get(object, name);

	if (value == NULL)
		return true;
	if (!json_is_string(value) || json_string_length(value) == 0)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "\"%s\" is not a string, or empty", name);
	free(*out);
	*out = assay_strdup_bytes(assay_json_string(value));
	return *out != NULL || assay_fail_memory(err, name);
}

static bool
add_text(struct assay_caller_texts *list, const json_t *value,
    const char *name, struct assay_error *err)
{
	char *copy;

	if (!json_is_string(value) || json_string_length(value) == 0)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "\"%s\" holds something else than strings, or an empty "
		    "one", name);
	if ((copy = assay_strdup_bytes(assay_json_string(value))) == NULL)
		return assay_fail_memory(err, name);
	list->items[list->n++] = copy;
	return true;
}

static void
texts_free(struct assay_caller_texts *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct assay_caller_texts){ NULL, 0 };
}

/* One string, or an array of them; absent: what fallback says, if anything. */
static bool
take_texts(const json_t *object, const char *name, const char *fallback,
    struct assay_caller_texts *out, struct assay_error *err)
{
	const json_t *value = json_object_get(object, name);
	size_t n = json_is_array(value) ? json_array_size(value) : 1;

	if (value == NULL && fallback == NULL)
		return true;
	if (n > ASSAY_MAX_CALLER_TEXTS)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "\"%s\" has %zu elements, at most %d", name, n,
		    ASSAY_MAX_CALLER_TEXTS);
	if ((out->items = assay_alloc(n + 1, sizeof(*out->items))) == NULL)
		return assay_fail_memory(err, name);
	if (value == NULL) {
		if ((out->items[0] = strdup(fallback)) == NULL)
			return assay_fail_memory(err, name);
		out->n = 1;
		return true;
	}
	if (!json_is_array(value))
		return add_text(out, value, name, err);
	for (size_t i = 0; i < n; i++)
		if (!add_text(out, json_array_get(value, i), name, err))
			return false;
	return true;
}

static bool
take_seconds(const json_t *object, const char *name, int64_t min,
    int64_t max, int64_t *out, struct assay_error *err)
{
	const json_t *value = json_object_get(object, name);

	if (value == NULL)
		return true;
	if (!json_is_integer(value) || json_integer_value(value) < min ||
	    json_integer_value(value) > max)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "\"%s\" is not a number from %lld to %lld", name,
		    (long long)min, (long long)max);
	*out = json_integer_value(value);
	return true;
}

/* ---- issuers --------------------------------------------------------------- */

static bool
take_algorithms(const json_t *object, uint32_t *out, struct assay_error *err)
{
	struct assay_caller_texts names = { NULL, 0 };
	enum assay_sig_alg alg;
	bool ok = take_texts(object, "algorithms", NULL, &names, err);

	for (size_t i = 0; ok && i < names.n; i++) {
		ok = assay_jws_alg_parse(assay_bytes_of(names.items[i]),
		    &alg);
		if (ok)
			*out |= 1u << alg;
		else
			assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
			    "\"algorithms\": \"%.32s\" is none of RS256, "
			    "RS384, RS512, PS256, PS384, PS512, ES256 and "
			    "ES384", names.items[i]);
	}
	if (*out == 0)
		*out = 1u << ASSAY_SIG_RS256 | 1u << ASSAY_SIG_ES256_RAW;
	texts_free(&names);
	return ok;
}

static bool
take_roles(const json_t *object, struct assay_caller_issuer *out,
    struct assay_error *err)
{
	char *form = NULL;
	bool ok = take_texts(object, "roles_claim", "roles",
	    &out->roles_claim, err) &&
	    take_text(object, "roles_form", &form, err) &&
	    take_texts(object, "reader", "Attestation Reader",
	    &out->readers, err) &&
	    take_texts(object, "contributor", "Attestation Contributor",
	    &out->contributors, err);

	if (ok && form != NULL && strcmp(form, "list") != 0 &&
	    strcmp(form, "words") != 0)
		ok = assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "\"roles_form\" is \"%.32s\", want list or words", form);
	out->roles_words = form != NULL && strcmp(form, "words") == 0;
	free(form);
	return ok;
}

/* OpenID Connect Discovery 1.0 section 4: behind the issuer. */
static bool
default_discovery(struct assay_caller_issuer *out, struct assay_error *err)
{
	size_t n = strlen(out->issuer);

	if (out->discovery != NULL || out->jwks_file != NULL)
		return true;
	while (n > 0 && out->issuer[n - 1] == '/')
		n--;
	if (asprintf(&out->discovery, "%.*s" DISCOVERY, (int)n,
	    out->issuer) < 0) {
		out->discovery = NULL;
		return assay_fail_memory(err, "discovery");
	}
	return true;
}

static bool
check_issuer(const struct assay_caller_issuer *out, const char *own_issuer,
    struct assay_error *err)
{
	if (out->issuer == NULL)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "\"issuer\" is missing");
	/* Attestation tokens are given to anybody who has evidence. */
	if (strcmp(out->issuer, own_issuer) == 0)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "\"issuer\" is this service itself, whose tokens say "
		    "nothing of callers");
	if (out->audiences.n == 0)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "\"audience\" is missing: every token of this issuer "
		    "would open this service");
	if (out->roles_claim.n == 0)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "\"roles_claim\" is empty");
	if (out->discovery != NULL && out->jwks_file != NULL)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "\"discovery\" and \"jwks_file\": want one of them");
	return true;
}

static bool
parse_issuer(const json_t *object, const char *own_issuer,
    struct assay_caller_issuer *out, struct assay_error *err)
{
	static const char *const known[] = { "issuer", "audience",
	    "algorithms", "skew", "discovery", "jwks_file", "cacert",
	    "refresh", "max_age", "roles_claim", "roles_form", "reader",
	    "contributor", NULL };

	out->skew = SKEW_DEFAULT;
	out->refresh = REFRESH_DEFAULT;
	out->max_age = MAX_AGE_DEFAULT;
	return check_members(object, known, err) &&
	    take_text(object, "issuer", &out->issuer, err) &&
	    take_texts(object, "audience", NULL, &out->audiences, err) &&
	    take_algorithms(object, &out->algs, err) &&
	    take_seconds(object, "skew", 0, SKEW_MAX, &out->skew, err) &&
	    take_text(object, "discovery", &out->discovery, err) &&
	    take_text(object, "jwks_file", &out->jwks_file, err) &&
	    take_text(object, "cacert", &out->cacert, err) &&
	    take_seconds(object, "refresh", 1, SECONDS_MAX, &out->refresh,
	    err) &&
	    take_seconds(object, "max_age", 1, SECONDS_MAX, &out->max_age,
	    err) &&
	    take_roles(object, out, err) &&
	    check_issuer(out, own_issuer, err) &&
	    default_discovery(out, err) && (out->discovery == NULL ||
	    assay_url_check(out->discovery, err));
}

/* ---- certificates ------------------------------------------------------------ */

static bool
take_ca(const json_t *object, struct assay_caller_certificate *out,
    struct assay_error *err)
{
	char *path = NULL;
	bool ok = take_text(object, "ca", &path, err);

	if (ok && path == NULL)
		ok = assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "\"ca\" is missing");
	ok = ok && assay_file_read(path, ASSAY_MAX_PEM_BYTES, &out->ca_pem,
	    err) && (assay_certs_from_pem(assay_buffer_bytes(&out->ca_pem),
	    out->ca, ASSAY_MAX_CHAIN_CERTS, &out->n_ca, err) ||
	    assay_fail_in(err, path));
	free(path);
	return ok;
}

static bool
take_sha256(const json_t *object, struct assay_caller_certificate *out,
    struct assay_error *err)
{
	struct assay_buffer bytes = assay_buffer(sizeof(out->sha256));
	char *text = NULL;
	bool ok = take_text(object, "sha256", &text, err);

	if (ok && text != NULL) {
		ok = (assay_hex_decode(assay_bytes_of(text), &bytes, err) &&
		    bytes.len == sizeof(out->sha256)) ||
		    assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "\"sha256\" is not 64 hexadecimal digits");
		if (ok)
			memcpy(out->sha256, bytes.ptr, sizeof(out->sha256));
		out->has_sha256 = ok;
	}
	assay_buffer_free(&bytes);
	free(text);
	return ok;
}

static bool
take_role(const json_t *object, unsigned int *out, struct assay_error *err)
{
	const char *role = json_string_value(json_object_get(object, "role"));

	if (role != NULL && strcmp(role, "contributor") == 0)
		*out = ASSAY_ROLE_READER | ASSAY_ROLE_CONTRIBUTOR;
	else if (role != NULL && strcmp(role, "reader") == 0)
		*out = ASSAY_ROLE_READER;
	else if (role != NULL && strcmp(role, "none") == 0)
		*out = 0;
	else
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "\"role\" is not contributor, reader or none");
	return true;
}

static bool
parse_certificate(const json_t *object, struct assay_caller_certificate *out,
    struct assay_error *err)
{
	static const char *const known[] = { "ca", "subject", "dns", "uri",
	    "sha256", "any", "role", NULL };
	bool any = json_is_true(json_object_get(object, "any"));

	if (!check_members(object, known, err) || !take_ca(object, out, err) ||
	    !take_text(object, "subject", &out->subject, err) ||
	    !take_text(object, "dns", &out->dns, err) ||
	    !take_text(object, "uri", &out->uri, err) ||
	    !take_sha256(object, out, err) ||
	    !take_role(object, &out->role, err))
		return false;
	if (any != (out->subject == NULL && out->dns == NULL &&
	    out->uri == NULL && !out->has_sha256))
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "want \"subject\", \"dns\", \"uri\" or \"sha256\"; or "
		    "else \"any\": true, for all certificates of this ca");
	return true;
}

/* ---- the file ------------------------------------------------------------------- */

static bool
in_list(struct assay_error *err, const char *name, size_t index)
{
	char where[48];

	if (assay_code_class(err->code) == ASSAY_CLASS_MALFORMED ||
	    err->code == ASSAY_ERR_FETCH_REFUSED)
		err->code = ASSAY_ERR_CONFIG_INVALID;
	(void)snprintf(where, sizeof(where), "%s[%zu]", name, index);
	return assay_fail_in(err, where);
}

static bool
get_list(const json_t *root, const char *name, json_t **out, size_t *n,
    struct assay_error *err)
{
	*out = json_object_get(root, name);
	*n = json_array_size(*out);
	if (*out != NULL && (!json_is_array(*out) ||
	    *n > ASSAY_MAX_CALLER_RULES))
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "\"%s\" is not an array of at most %d objects", name,
		    ASSAY_MAX_CALLER_RULES);
	return true;
}

static bool
parse_issuers(const json_t *root, const char *own_issuer,
    struct assay_caller_config *out, struct assay_error *err)
{
	json_t *list;
	size_t n;

	if (!get_list(root, "issuers", &list, &n, err))
		return false;
	if ((out->issuers = assay_alloc(n + 1, sizeof(*out->issuers))) ==
	    NULL)
		return assay_fail_memory(err, "issuers");
	for (size_t i = 0; i < n; i++) {
		out->n_issuers = i + 1;
		if (!parse_issuer(json_array_get(list, i), own_issuer,
		    &out->issuers[i], err))
			return in_list(err, "issuers", i);
		for (size_t j = 0; j < i; j++)
			if (strcmp(out->issuers[i].issuer,
			    out->issuers[j].issuer) == 0) {
				assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
				    "issuers[%zu] is the same issuer", j);
				return in_list(err, "issuers", i);
			}
	}
	return true;
}

static bool
parse_certificates(const json_t *root, struct assay_caller_config *out,
    struct assay_error *err)
{
	json_t *list;
	size_t n;

	if (!get_list(root, "certificates", &list, &n, err))
		return false;
	out->certificates = assay_alloc(n + 1, sizeof(*out->certificates));
	if (out->certificates == NULL)
		return assay_fail_memory(err, "certificates");
	for (size_t i = 0; i < n; i++) {
		out->n_certificates = i + 1;
		if (!parse_certificate(json_array_get(list, i),
		    &out->certificates[i], err))
			return in_list(err, "certificates", i);
	}
	return true;
}

bool
assay_caller_config_parse(struct assay_bytes text, const char *own_issuer,
    struct assay_caller_config *out, struct assay_error *err)
{
	static const char *const known[] = { "issuers", "certificates",
	    NULL };
	json_t *root;
	bool ok;

	*out = (struct assay_caller_config){ .issuers = NULL };
	if ((root = assay_json_parse(text, NULL, err)) == NULL) {
		if (assay_code_class(err->code) == ASSAY_CLASS_MALFORMED)
			err->code = ASSAY_ERR_CONFIG_INVALID;
		return false;
	}
	ok = check_members(root, known, err) &&
	    parse_issuers(root, own_issuer, out, err) &&
	    parse_certificates(root, out, err);
	json_decref(root);
	return ok;
}

static void
issuer_free(struct assay_caller_issuer *issuer)
{
	free(issuer->issuer);
	texts_free(&issuer->audiences);
	free(issuer->discovery);
	free(issuer->jwks_file);
	free(issuer->cacert);
	texts_free(&issuer->roles_claim);
	texts_free(&issuer->readers);
	texts_free(&issuer->contributors);
}

static void
certificate_free(struct assay_caller_certificate *certificate)
{
	for (size_t i = 0; i < certificate->n_ca; i++)
		assay_cert_free(certificate->ca[i]);
	assay_buffer_free(&certificate->ca_pem);
	free(certificate->subject);
	free(certificate->dns);
	free(certificate->uri);
}

void
assay_caller_config_free(struct assay_caller_config *config)
{
	for (size_t i = 0; i < config->n_issuers; i++)
		issuer_free(&config->issuers[i]);
	for (size_t i = 0; i < config->n_certificates; i++)
		certificate_free(&config->certificates[i]);
	free(config->issuers);
	free(config->certificates);
	*config = (struct assay_caller_config){ .issuers = NULL };
}
