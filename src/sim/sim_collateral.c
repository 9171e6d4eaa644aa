/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCB info and QE identity, written out in the order and spelling in which
 * Intel's certification service serves them (Intel PCS API v3 and v4), and
 * signed over exactly those bytes.
 */
#include <string.h>

#include "base/encode.h"
#include "base/when.h"
#include "crypto/sigver.h"
#include "sim/sim_world.h"

/* ---- TCB levels ---------------------------------------------------------- */

/*
 * The levels differ in their first two components and in PCESVN, as on real
 * platforms, where a microcode update moves both.
 */
struct level {
	const char	*status;
	uint8_t		 microcode;	/* components 1 and 2 */
	uint8_t		 configuration;	/* component 7 */
	uint16_t	 pcesvn;
	const char	*date;
	const char	*advisories;	/* JSON array, or NULL */
};

/* Highest first. */
static const struct level levels[] = {
	{ "UpToDate", 16, 1, 13, "2025-08-13T00:00:00Z", NULL },
	{ "SWHardeningNeeded", 15, 1, 13, "2024-11-13T00:00:00Z",
	    "[\"INTEL-SA-00615\"]" },
	{ "ConfigurationNeeded", 14, 1, 13, "2024-03-13T00:00:00Z",
	    "[\"INTEL-SA-00657\"]" },
	{ "ConfigurationAndSWHardeningNeeded", 14, 0, 13,
	    "2024-03-13T00:00:00Z",
	    "[\"INTEL-SA-00657\",\"INTEL-SA-00615\"]" },
	{ "OutOfDate", 12, 1, 12, "2023-08-09T00:00:00Z",
	    "[\"INTEL-SA-00960\",\"INTEL-SA-00615\"]" },
	{ "OutOfDateConfigurationNeeded", 12, 0, 12, "2023-08-09T00:00:00Z",
	    "[\"INTEL-SA-00960\",\"INTEL-SA-00657\"]" },
	{ "Revoked", 4, 0, 5, "2018-01-04T00:00:00Z",
	    "[\"INTEL-SA-00106\",\"INTEL-SA-00115\"]" },
};

#define N_LEVELS (sizeof(levels) / sizeof(levels[0]))

const char *const *
assay_sim_tcb_statuses(void)
{
	static const char *const names[] = { "UpToDate", "SWHardeningNeeded",
		"ConfigurationNeeded", "ConfigurationAndSWHardeningNeeded",
		"OutOfDate", "OutOfDateConfigurationNeeded", "Revoked", NULL };

	return names;
}

static void
components_of(const struct level *level, uint8_t out[ASSAY_SIM_COMPONENTS])
{
	const uint8_t components[ASSAY_SIM_COMPONENTS] = { level->microcode,
	    level->microcode, 3, 3, 255, 255, level->configuration };

	memcpy(out, components, sizeof(components));
}

bool
assay_sim_set_tcb_status(struct assay_sim_params *p, const char *status)
{
	for (size_t i = 0; i < N_LEVELS; i++)
		if (strcmp(levels[i].status, status) == 0) {
			components_of(&levels[i], p->pck.components);
			p->pck.pcesvn = levels[i].pcesvn;
			memcpy(p->pck.cpusvn, p->pck.components,
			    sizeof(p->pck.cpusvn));
			/* What the processor reports. */
			memcpy(p->quote.body.cpusvn, p->pck.components,
			    sizeof(p->quote.body.cpusvn));
			memcpy(p->quote.qe.cpusvn, p->pck.components,
			    sizeof(p->quote.qe.cpusvn));
			return true;
		}
	return false;
}

/* ---- TCB info ------------------------------------------------------------ */

static void
put_hex(struct assay_buffer *out, const uint8_t *ptr, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)assay_buffer_printf(out, "%02X", ptr[i]);
}

static void
put_dates(struct assay_buffer *out, const struct assay_sim_json *json)
{
	char issued[ASSAY_WHEN_TEXT], next[ASSAY_WHEN_TEXT];

	(void)assay_buffer_printf(out,
	    "\"version\":%u,\"issueDate\":\"%s\",\"nextUpdate\":\"%s\",",
	    json->version, assay_when_text(json->issue_date, issued),
	    assay_when_text(json->next_update, next));
}

/* Version 2: sgxtcbcomp01svn to sgxtcbcomp16svn. */
static void
put_components_2(struct assay_buffer *out,
    const uint8_t components[ASSAY_SIM_COMPONENTS])
{
	for (unsigned int i = 0; i < ASSAY_SIM_COMPONENTS; i++)
		(void)assay_buffer_printf(out, "\"sgxtcbcomp%02usvn\":%u,",
		    i + 1, components[i]);
}

/* Version 3: an array, of which some say what they stand for. */
static void
put_components_3(struct assay_buffer *out,
    const uint8_t components[ASSAY_SIM_COMPONENTS])
{
	static const char *const notes[ASSAY_SIM_COMPONENTS] = {
		",\"category\":\"BIOS\",\"type\":\"Early Microcode Update\"",
		(",\"category\":\"OS/VMM\","
		    "\"type\":\"SGX Late Microcode Update\""),
		",\"category\":\"OS/VMM\",\"type\":\"TXT SINIT\"",
		",\"category\":\"BIOS\"",
	};

	(void)assay_buffer_puts(out, "\"sgxtcbcomponents\":[");
	for (size_t i = 0; i < ASSAY_SIM_COMPONENTS; i++)
		(void)assay_buffer_printf(out, "%s{\"svn\":%u%s}",
		    i == 0 ? "" : ",", components[i],
		    notes[i] != NULL ? notes[i] : "");
	(void)assay_buffer_puts(out, "],");
}

/* The components of the TDX module, all low: any module is above. */
static void
put_tdx_components(struct assay_buffer *out)
{
	(void)assay_buffer_puts(out, "\"tdxtcbcomponents\":[");
	for (size_t i = 0; i < ASSAY_SIM_COMPONENTS; i++)
		(void)assay_buffer_printf(out, "%s{\"svn\":0}",
		    i == 0 ? "" : ",");
	(void)assay_buffer_puts(out, "],");
}

static void
put_level(struct assay_buffer *out, const struct level *level,
    const struct assay_sim_json *json)
{
	uint8_t components[ASSAY_SIM_COMPONENTS];

	components_of(level, components);
	(void)assay_buffer_puts(out, "{\"tcb\":{");
	if (json->version == 2)
		put_components_2(out, components);
	else
		put_components_3(out, components);
	if (json->tdx)
		put_tdx_components(out);
	(void)assay_buffer_printf(out, "\"pcesvn\":%u},\"tcbDate\":\"%s\","
	    "\"tcbStatus\":\"%s\"", level->pcesvn, level->date, level->status);
	if (level->advisories != NULL)
		(void)assay_buffer_printf(out, ",\"advisoryIDs\":%s",
		    level->advisories);
	(void)assay_buffer_puts(out, "}");
}

static void
put_tdx_module(struct assay_buffer *out)
{
	(void)assay_buffer_puts(out, "\"tdxModule\":{\"mrsigner\":\"");
	for (size_t i = 0; i < 48; i++)
		(void)assay_buffer_puts(out, "00");
	(void)assay_buffer_puts(out, "\",\"attributes\":\"0000000000000000\","
	    "\"attributesMask\":\"FFFFFFFFFFFFFFFF\"},");
}

static void
put_tcb_info(const struct assay_sim_params *p, struct assay_buffer *out)
{
	const struct assay_sim_json *json = &p->tcb_info;

	(void)assay_buffer_puts(out, "{");
	if (json->version != 2)
		(void)assay_buffer_printf(out, "\"id\":\"%s\",",
		    json->tdx ? "TDX" : "SGX");
	put_dates(out, json);
	(void)assay_buffer_puts(out, "\"fmspc\":\"");
	put_hex(out, p->pck.fmspc, sizeof(p->pck.fmspc));
	(void)assay_buffer_puts(out, "\",\"pceId\":\"");
	put_hex(out, p->pck.pceid, sizeof(p->pck.pceid));
	(void)assay_buffer_printf(out, "\",\"tcbType\":0,"
	    "\"tcbEvaluationDataNumber\":%u,", json->evaluation_number);
	if (json->tdx)
		put_tdx_module(out);
	(void)assay_buffer_puts(out, "\"tcbLevels\":[");
	for (size_t i = 0; i < N_LEVELS && !json->no_levels; i++) {
		if (i != 0)
			(void)assay_buffer_puts(out, ",");
		put_level(out, &levels[i], json);
	}
	(void)assay_buffer_puts(out, "]}");
}

/* ---- QE identity --------------------------------------------------------- */

static void
put_qe_levels(struct assay_buffer *out)
{
	(void)assay_buffer_puts(out,
	    "{\"tcb\":{\"isvsvn\":8},\"tcbDate\":\"2024-03-13T00:00:00Z\","
	    "\"tcbStatus\":\"UpToDate\"},"
	    "{\"tcb\":{\"isvsvn\":6},\"tcbDate\":\"2021-11-10T00:00:00Z\","
	    "\"tcbStatus\":\"OutOfDate\",\"advisoryIDs\":[\"INTEL-SA-00615\"]},"
	    "{\"tcb\":{\"isvsvn\":4},\"tcbDate\":\"2019-11-13T00:00:00Z\","
	    "\"tcbStatus\":\"Revoked\",\"advisoryIDs\":[\"INTEL-SA-00334\","
	    "\"INTEL-SA-00615\"]}");
}

static void
put_qe_identity(const struct assay_sim_params *p, struct assay_buffer *out)
{
	const struct assay_sim_json *json = &p->qe_identity;

	(void)assay_buffer_printf(out, "{\"id\":\"%s\",",
	    json->tdx ? "TD_QE" : "QE");
	put_dates(out, json);
	(void)assay_buffer_printf(out, "\"tcbEvaluationDataNumber\":%u,"
	    "\"miscselect\":\"00000000\",\"miscselectMask\":\"FFFFFFFF\","
	    "\"attributes\":\"11000000000000000000000000000000\","
	    "\"attributesMask\":\"FBFFFFFFFFFFFFFF0000000000000000\","
	    "\"mrsigner\":\"8C4F5775D796503E96137F77C68A829A"
	    "0056AC8DED70140B081B094490C57BFF\",\"isvprodid\":1,"
	    "\"tcbLevels\":[", json->evaluation_number);
	if (!json->no_levels)
		put_qe_levels(out);
	(void)assay_buffer_puts(out, "]}");
}

/* ---- the envelope -------------------------------------------------------- */

/* Replace the first occurrence; not to find it is a mistake of ours. */
static bool
edit_once(struct assay_buffer *text, const struct assay_sim_edit *edit,
    struct assay_error *err)
{
	struct assay_buffer made = assay_buffer(ASSAY_SIM_MAX_BYTES);
	const char *old = assay_buffer_str(text);
	const char *at = strstr(old, edit->find);

	if (at == NULL)
		return assay_fail(err, ASSAY_ERR_INTERNAL,
		    "simulated text has no %s to edit", edit->find);
	(void)assay_buffer_put(&made, (struct assay_bytes){
	    (const uint8_t *)old, (size_t)(at - old) });
	(void)assay_buffer_puts(&made, edit->replace);
	(void)assay_buffer_puts(&made, at + strlen(edit->find));
	if (!assay_buffer_ok(&made, "edited text", err)) {
		assay_buffer_free(&made);
		return false;
	}
	assay_buffer_free(text);
	*text = made;
	return true;
}

static bool
edit_all(struct assay_buffer *text, const struct assay_sim_edit *edits,
    struct assay_error *err)
{
	for (size_t i = 0; i < ASSAY_SIM_EDITS && edits[i].find != NULL; i++)
		if (!edit_once(text, &edits[i], err))
			return false;
	return true;
}

/* {"tcbInfo":{...},"signature":"..."}: r || s in lower-case hex. */
static bool
seal(const struct assay_sim_world *w, const struct assay_sim_json *json,
    const char *member, enum sim_key signer, const struct assay_buffer *inner,
    struct assay_buffer *out, struct assay_error *err)
{
	struct assay_buffer signature = assay_buffer(256);
	bool ok;

	ok = assay_sign(w->keys[json->forged ? SIM_KEY_STRANGER : signer],
	    ASSAY_SIG_ES256_RAW, assay_buffer_bytes(inner), &signature, err);
	if (ok) {
		(void)assay_buffer_printf(out, "{\"%s\":%s,\"signature\":\"",
		    member, assay_buffer_str(inner));
		(void)assay_hex_encode(assay_buffer_bytes(&signature), out);
		(void)assay_buffer_puts(out, "\"}");
		if (json->behind != NULL)
			(void)assay_buffer_puts(out, json->behind);
		ok = assay_buffer_ok(out, member, err) &&
		    edit_all(out, json->after, err);
	}
	assay_buffer_free(&signature);
	return ok;
}

static bool
make_signed(struct assay_sim_world *w, const struct assay_sim_json *json,
    void (*put)(const struct assay_sim_params *, struct assay_buffer *),
    const char *member, enum sim_key signer, struct assay_buffer *out,
    struct assay_error *err)
{
	struct assay_buffer inner = assay_buffer(ASSAY_SIM_MAX_BYTES);
	bool ok;

	if (json->missing)
		return true;
	put(&w->params, &inner);
	ok = assay_buffer_ok(&inner, member, err) &&
	    edit_all(&inner, json->before, err) &&
	    seal(w, json, member, signer, &inner, out, err);
	assay_buffer_free(&inner);
	return ok;
}

bool
sim_make_json(struct assay_sim_world *w, struct assay_error *err)
{
	const struct assay_sim_params *p = &w->params;

	return make_signed(w, &p->tcb_info, put_tcb_info, "tcbInfo",
	    SIM_KEY_TCB_SIGNING, &w->tcb_info, err) &&
	    make_signed(w, &p->qe_identity, put_qe_identity, "enclaveIdentity",
	    p->qe_own_chain ? SIM_KEY_QE_SIGNING : SIM_KEY_TCB_SIGNING,
	    &w->qe_identity, err);
}
