/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/guest_claims.h"
#include "json/json.h"
#include "token/jwk.h"

#define VM(name)	"x-ms-azurevm-" name

/* ---- the boot ----------------------------------------------------------- */

/* The PCRs that are quoted and that the log leads to. */
static bool
add_pcrs(const struct assay_tpm_state *state, struct assay_claims *out,
    struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(256);
	bool ok, first = true;

	(void)assay_buffer_putc(&text, '[');
	for (unsigned int i = 0; i < ASSAY_PCR_COUNT; i++) {
		if ((state->vouched.bank[0].mask >> i & 1) == 0)
			continue;
		(void)assay_buffer_printf(&text, first ? "%u" : ",%u", i);
		first = false;
	}
	(void)assay_buffer_putc(&text, ']');
	ok = assay_buffer_ok(&text, "PCRs", err) && assay_claims_add_json(out,
	    VM("attested-pcrs"), assay_buffer_bytes(&text), err);
	assay_buffer_free(&text);
	return ok;
}

static bool
add_windows(const struct assay_boot_settings *s, struct assay_claims *out,
    struct assay_error *err)
{
	const struct {
		const char	*name;
		bool		 value;
	} claims[] = {
		{ VM("bootdebug-enabled"), s->boot_debug },
		{ VM("kerneldebug-enabled"), s->kernel_debug },
		{ VM("hypervisordebug-enabled"), s->hypervisor_debug },
		{ VM("debuggersdisabled"), !s->boot_debug &&
		    !s->kernel_debug && !s->hypervisor_debug },
		{ VM("testsigning-enabled"), s->test_signing },
		{ VM("flightsigning-enabled"), s->flight_signing },
		{ VM("signingdisabled"), !s->test_signing &&
		    !s->flight_signing },
	};

	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++)
		if (!assay_claims_add_boolean(out, claims[i].name,
		    claims[i].value, err))
			return false;
	return assay_claims_add_integer(out, VM("hvci-policy"),
	    s->hvci_policy > INT64_MAX ? INT64_MAX : (int64_t)s->hvci_policy,
	    err);
}

static bool
add_boot(const struct assay_tpm_state *state, struct assay_claims *out,
    struct assay_error *err)
{
	const struct assay_boot_logs logs = assay_tpm_state_logs(state);
	struct assay_boot_settings s;

	return add_pcrs(state, out, err) &&
	    assay_boot_settings(&logs, &s, err) &&
	    assay_claims_add_boolean(out, "secureboot", s.secure_boot, err) &&
	    assay_claims_add_boolean(out, VM("is-windows"), s.windows, err) &&
	    (!s.windows || add_windows(&s, out, err));
}

/* ---- what the guest says ------------------------------------------------ */

static bool
add_text(struct assay_claims *out, const char *name, struct assay_bytes text,
    struct assay_error *err)
{
	return text.ptr == NULL || assay_claims_add_string(out, name, text,
	    err) || assay_fail_in(err, name);
}

static bool
add_system(const struct assay_guest_submission *g, struct assay_claims *out,
    struct assay_error *err)
{
	const struct assay_guest_system *s = &g->system;

	return assay_claims_add_string(out, VM("attestation-protocol-ver"),
	    g->version, err) && add_text(out, VM("ostype"), s->type, err) &&
	    add_text(out, VM("osdistro"), s->distro, err) &&
	    add_text(out, VM("osbuild"), s->build, err) &&
	    (!s->has_major || assay_claims_add_integer(out,
	    VM("osversion-major"), s->major, err)) && (!s->has_minor ||
	    assay_claims_add_integer(out, VM("osversion-minor"), s->minor,
	    err));
}

/* ---- x-ms-runtime ------------------------------------------------------- */

/* {"client-payload":{...},"keys":[{...}]} */
static json_t *
runtime_value(const struct assay_guest_submission *g,
    struct assay_error *err)
{
	json_t *jwk = assay_jwk_of_key(g->key.key, err), *value;

	if (jwk == NULL)
		return NULL;
	if (json_object_set_new(jwk, "kid",
	    json_string("TpmEphemeralEncryptionKey")) == -1 ||
	    json_object_set_new(jwk, "key_ops",
	    json_pack("[s]", "encrypt")) == -1) {
		json_decref(jwk);
		(void)assay_fail_memory(err, "x-ms-runtime");
		return NULL;
	}
	value = json_pack("{s:[o]}", "keys", jwk);
	if (value == NULL || (g->payload != NULL && json_object_set(value,
	    "client-payload", (json_t *)(uintptr_t)g->payload) == -1)) {
		json_decref(value);
		(void)assay_fail_memory(err, "x-ms-runtime");
		return NULL;
	}
	return value;
}

static bool
add_runtime(const struct assay_guest_submission *g, struct assay_claims *out,
    struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(ASSAY_MAX_TOKEN_BYTES);
	json_t *value = runtime_value(g, err);
	bool ok;

	ok = value != NULL && assay_json_write(value, &text, err) &&
	    assay_claims_add_json(out, "x-ms-runtime",
	    assay_buffer_bytes(&text), err);
	json_decref(value);
	assay_buffer_free(&text);
	return ok;
}

bool
assay_guest_claims(const struct assay_guest_submission *g,
    const struct assay_tpm_state *state, struct assay_claims *out,
    struct assay_error *err)
{
	return assay_claims_add_string(out, "x-ms-attestation-type",
	    assay_bytes_of("azurevm"), err) && add_system(g, out, err) &&
	    add_boot(state, out, err) && add_runtime(g, out, err);
}
