/* SPDX-License-Identifier: Apache-2.0 */
/* The connection, what a TPM answers, PCR banks and NV. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>

#include "base/mem.h"
#include "client/tpm_device_impl.h"

#define NV_CHUNK	512	/* the least NV_BUFFER_MAX that TPMs have */
#define WAIT_MS		50
/* Part 2, 7.2; the library's own macros shift into the sign. */
#define TRANSIENT_FIRST	UINT32_C(0x80000000)
#define SESSION_FIRST	UINT32_C(0x02000000)
#define RC_HANDLE_MASK	(TPM2_RC_FMT1 | 0x3f)

/* ---- what it answers ------------------------------------------------------ */

/* The TPM's own code, without the layer and without which parameter. */
static TSS2_RC
tpm_code(TSS2_RC rc)
{
	TSS2_RC layer = rc & TSS2_RC_LAYER_MASK;

	if (layer != TSS2_TPM_RC_LAYER && layer != TSS2_RESMGR_TPM_RC_LAYER &&
	    layer != TSS2_RESMGR_RC_LAYER)
		return 0;
	rc &= ~(TSS2_RC)TSS2_RC_LAYER_MASK;
	return (rc & TPM2_RC_FMT1) != 0 ? rc & RC_HANDLE_MASK : rc;
}

bool
device_no_handle(TSS2_RC rc)
{
	return tpm_code(rc) == TPM2_RC_HANDLE;
}

/* What a person can do about it. */
static const struct {
	TSS2_RC		 code;
	const char	*words;
} advice[] = {
	{ TPM2_RC_LOCKOUT, "the TPM locks keys after wrong passwords; it "
	    "recovers by itself with time, or at once by the owner of the "
	    "lockout password (tpm2_dictionarylockout -c)" },
	{ TPM2_RC_INITIALIZE, "the TPM was not started (tpm2_startup -c)" },
	{ TPM2_RC_FAILURE, "the TPM is in failure mode; a reboot may help "
	    "(swtpm: is its state directory an absolute path that exists?)" },
	{ TPM2_RC_BAD_AUTH, "a password is set where none was expected: on "
	    "the hierarchy or on the key" },
	{ TPM2_RC_AUTH_FAIL, "a password is set where none was expected: on "
	    "the hierarchy or on the key" },
	{ TPM2_RC_HIERARCHY, "the hierarchy is switched off" },
	{ TPM2_RC_HANDLE, "there is nothing under that handle" },
	{ TPM2_RC_REFERENCE_H0, "what was loaded is gone: the TPM restarted, "
	    "or another program flushed it; run this again" },
	{ TPM2_RC_RETRY, "the TPM stayed busy; run this again later" },
	{ TPM2_RC_YIELDED, "the TPM stayed busy; run this again later" },
	{ TPM2_RC_TESTING, "the TPM stayed busy testing itself; run this "
	    "again later" },
	{ TPM2_RC_NV_RATE, "the TPM saves its memory from wear; run this "
	    "again later" },
	{ TPM2_RC_INTEGRITY, "the key was made by another TPM, or before this "
	    "TPM was cleared" },
	{ TPM2_RC_NV_SPACE, "no room is left in the TPM" },
	{ TPM2_RC_NV_DEFINED, "something else is under that handle" },
	{ TPM2_RC_DISABLED, "the TPM is switched off in the firmware" },
	{ TPM2_RC_COMMAND_CODE, "the TPM does not know this command" },
	{ TPM2_RC_OBJECT_MEMORY, "every slot of the TPM is in use" },
};

static const char *
advice_on(TSS2_RC rc)
{
	if (rc == TSS2_TCTI_RC_IO_ERROR || rc == TSS2_TCTI_RC_NO_CONNECTION)
		return "no answer from the TPM";
	for (size_t i = 0; i < sizeof(advice) / sizeof(advice[0]); i++)
		if (tpm_code(rc) == advice[i].code)
			return advice[i].words;
	return NULL;
}

bool
device_fail(struct assay_error *err, const char *command, TSS2_RC rc)
{
	const char *words = advice_on(rc);

	return assay_fail(err, tpm_code(rc) == TPM2_RC_LOCKOUT ?
	    ASSAY_ERR_TPM_LOCKOUT : ASSAY_ERR_TPM_FAILED,
	    "%s: 0x%x, %.120s%s%s", command, rc, Tss2_RC_Decode(rc),
	    words != NULL ? ": " : "", words != NULL ? words : "");
}

static void
wait_ms(long ms)
{
	struct timespec left = { .tv_sec = ms / 1000,
	    .tv_nsec = ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) == -1 && errno == EINTR)
		continue;
}

static bool
is_mine(const struct assay_device *t, TPM2_HANDLE handle)
{
	for (size_t i = 0; i < sizeof(t->mine) / sizeof(t->mine[0]); i++)
		if (t->mine[i] == handle)
			return true;
	return false;
}

void
device_keep(struct assay_device *t, TPM2_HANDLE handle)
{
	for (size_t i = 0; i < sizeof(t->mine) / sizeof(t->mine[0]); i++)
		if (t->mine[i] == 0) {
			t->mine[i] = handle;
			return;
		}
}

void
device_drop(struct assay_device *t, TPM2_HANDLE handle)
{
	for (size_t i = 0; i < sizeof(t->mine) / sizeof(t->mine[0]); i++)
		if (t->mine[i] == handle)
			t->mine[i] = 0;
}

/* Is it worth to wait for? Waits, then. */
static bool
was_busy(TSS2_RC rc, unsigned int *tries)
{
	switch (tpm_code(rc)) {
	case TPM2_RC_RETRY:
	case TPM2_RC_YIELDED:
	case TPM2_RC_TESTING:
	case TPM2_RC_NV_RATE:
		break;
	default:
		return false;
	}
	if (++*tries >= ASSAY_DEVICE_PATIENCE)
		return false;
	wait_ms(WAIT_MS);
	return true;
}

/* What stays behind takes one of the few slots from the next command. */
static bool
flush(struct assay_device *t, ESYS_TR tr)
{
	unsigned int tries = 0;
	TSS2_RC rc;

	do {
		rc = Esys_FlushContext(t->esys, tr);
	} while (was_busy(rc, &tries));
	return rc == TSS2_RC_SUCCESS;
}

static bool
flush_handle(struct assay_device *t, TPM2_HANDLE handle)
{
	unsigned int tries = 0;
	ESYS_TR tr;
	TSS2_RC rc;

	do {
		rc = Esys_TR_FromTPMPublic(t->esys, handle, ESYS_TR_NONE,
		    ESYS_TR_NONE, ESYS_TR_NONE, &tr);
	} while (was_busy(rc, &tries));
	return rc == TSS2_RC_SUCCESS && flush(t, tr);
}

/* Flush what others left behind in this range of handles; any at all? */
static bool
flush_range(struct assay_device *t, TPM2_HANDLE first)
{
	TPMS_CAPABILITY_DATA *cap = NULL;
	unsigned int tries = 0;
	TPMI_YES_NO more;
	bool any = false;
	TSS2_RC rc;

	do {
		rc = Esys_GetCapability(t->esys, ESYS_TR_NONE, ESYS_TR_NONE,
		    ESYS_TR_NONE, TPM2_CAP_HANDLES, first,
		    TPM2_MAX_CAP_HANDLES, &more, &cap);
	} while (was_busy(rc, &tries));
	if (rc != TSS2_RC_SUCCESS)
		return false;
	for (UINT32 i = 0; i < cap->data.handles.count; i++)
		if (!is_mine(t, cap->data.handles.handle[i]) &&
		    flush_handle(t, cap->data.handles.handle[i]))
			any = true;
	Esys_Free(cap);
	return any;
}

/*
 * Full slots occur without a resource manager only: with one, every
 * connection sees a TPM of its own. There nobody else works at this moment.
 */
static bool
make_room(struct assay_device *t, TSS2_RC code)
{
	return code == TPM2_RC_OBJECT_MEMORY || code == TPM2_RC_OBJECT_HANDLES ?
	    flush_range(t, TRANSIENT_FIRST) :
	    flush_range(t, SESSION_FIRST);
}

bool
device_again(struct assay_device *t, TSS2_RC rc, unsigned int *tries)
{
	TSS2_RC code = tpm_code(rc);

	if (rc == TSS2_RC_SUCCESS)
		return false;
	switch (code) {
	case TPM2_RC_OBJECT_MEMORY:
	case TPM2_RC_OBJECT_HANDLES:
	case TPM2_RC_SESSION_MEMORY:
	case TPM2_RC_SESSION_HANDLES:
		return ++*tries < ASSAY_DEVICE_PATIENCE && make_room(t, code);
	default:
		return was_busy(rc, tries);
	}
}

void
device_flush(struct assay_device *t, ESYS_TR *tr)
{
	if (*tr != ESYS_TR_NONE)
		(void)flush(t, *tr);
	*tr = ESYS_TR_NONE;
}

/* ---- the connection ------------------------------------------------------- */

/* The device with a resource manager, else the bare one; why not, if not. */
static bool
default_tcti(const char **out, struct assay_error *err)
{
	static const struct { const char *path, *tcti; } devices[] = {
		{ "/dev/tpmrm0", "device:/dev/tpmrm0" },
		{ "/dev/tpm0", "device:/dev/tpm0" },
	};
	const char *shut = NULL;
	int why = 0;

	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		if (access(devices[i].path, R_OK | W_OK) == 0) {
			*out = devices[i].tcti;
			return true;
		}
		if (shut == NULL && errno != ENOENT) {
			why = errno;
			shut = devices[i].path;
		}
	}
	if (shut != NULL)
		return assay_fail(err, ASSAY_ERR_TPM_FAILED,
		    "%s cannot be opened: %s; be root, or a member of the "
		    "group that owns it (often tss)", shut, strerror(why));
	return assay_fail(err, ASSAY_ERR_TPM_FAILED,
	    "this machine shows no TPM: there is no /dev/tpmrm0; is it "
	    "switched on in the firmware, or do you want --tcti?");
}

bool
assay_device_open(const char *tcti, struct assay_device **out,
    struct assay_error *err)
{
	struct assay_device *t;
	TSS2_RC rc;

	if (tcti == NULL && !default_tcti(&tcti, err))
		return false;
	if ((t = assay_alloc(1, sizeof(*t))) == NULL)
		return assay_fail_memory(err, "TPM connection");
	rc = Tss2_TctiLdr_Initialize(tcti, &t->tcti);
	if (rc == TSS2_RC_SUCCESS)
		rc = Esys_Initialize(&t->esys, t->tcti, NULL);
	if (rc != TSS2_RC_SUCCESS) {
		assay_device_close(t);
		return assay_fail(err, ASSAY_ERR_TPM_FAILED,
		    "no TPM answers at \"%.200s\": 0x%x, %.120s (is it "
		    "running, and is the TCTI spelled right?)", tcti, rc,
		    Tss2_RC_Decode(rc));
	}
	*out = t;
	return true;
}

void
assay_device_close(struct assay_device *t)
{
	if (t == NULL)
		return;
	Esys_Finalize(&t->esys);
	Tss2_TctiLdr_Finalize(&t->tcti);
	free(t);
}

bool
assay_device_random(struct assay_device *t, void *out, size_t n,
    struct assay_error *err)
{
	TPM2B_DIGEST *bytes = NULL;
	size_t done = 0, part;
	unsigned int tries = 0;
	TSS2_RC rc;

	/* A TPM may give fewer bytes than asked for, never none. */
	while (done < n) {
		part = n - done < 32 ? n - done : 32;
		do {
			rc = Esys_GetRandom(t->esys, ESYS_TR_NONE,
			    ESYS_TR_NONE, ESYS_TR_NONE, (UINT16)part, &bytes);
		} while (device_again(t, rc, &tries));
		if (rc != TSS2_RC_SUCCESS)
			return device_fail(err, "TPM2_GetRandom", rc);
		if (bytes->size == 0 || bytes->size > part) {
			Esys_Free(bytes);
			return assay_fail(err, ASSAY_ERR_TPM_FAILED,
			    "TPM2_GetRandom gives no bytes");
		}
		memcpy((uint8_t *)out + done, bytes->buffer, bytes->size);
		done += bytes->size;
		Esys_Free(bytes);
	}
	return true;
}

/* ---- NV ------------------------------------------------------------------- */

/* Whose word opens the index: its own, where it says so, else the owner's. */
static bool
nv_open(struct assay_device *t, uint32_t index, ESYS_TR *nv, ESYS_TR *auth,
    size_t *size, TSS2_RC *rc)
{
	TPM2B_NV_PUBLIC *pub = NULL;
	unsigned int tries = 0;

	do {
		*rc = Esys_TR_FromTPMPublic(t->esys, index, ESYS_TR_NONE,
		    ESYS_TR_NONE, ESYS_TR_NONE, nv);
	} while (device_again(t, *rc, &tries));
	if (*rc != TSS2_RC_SUCCESS)
		return false;
	do {
		*rc = Esys_NV_ReadPublic(t->esys, *nv, ESYS_TR_NONE,
		    ESYS_TR_NONE, ESYS_TR_NONE, &pub, NULL);
	} while (device_again(t, *rc, &tries));
	if (*rc != TSS2_RC_SUCCESS)
		return false;
	*size = pub->nvPublic.dataSize;
	*auth = (pub->nvPublic.attributes & TPMA_NV_AUTHREAD) != 0 ? *nv :
	    ESYS_TR_RH_OWNER;
	Esys_Free(pub);
	return true;
}

static bool
nv_content(struct assay_device *t, ESYS_TR nv, ESYS_TR auth, size_t size,
    struct assay_buffer *out, struct assay_error *err)
{
	TPM2B_MAX_NV_BUFFER *data = NULL;
	unsigned int tries = 0;
	TSS2_RC rc;

	for (size_t at = 0, part; at < size; at += part) {
		part = size - at < NV_CHUNK ? size - at : NV_CHUNK;
		do {
			rc = Esys_NV_Read(t->esys, auth, nv, ESYS_TR_PASSWORD,
			    ESYS_TR_NONE, ESYS_TR_NONE, (UINT16)part,
			    (UINT16)at, &data);
		} while (device_again(t, rc, &tries));
		if (rc != TSS2_RC_SUCCESS)
			return device_fail(err, "TPM2_NV_Read", rc);
		(void)assay_buffer_put(out, (struct assay_bytes){
		    data->buffer, data->size });
		Esys_Free(data);
	}
	return assay_buffer_ok(out, "content of the NV index", err);
}

bool
assay_device_nv_read(struct assay_device *t, uint32_t index,
    struct assay_buffer *out, bool *found, struct assay_error *err)
{
	ESYS_TR nv = ESYS_TR_NONE, auth = ESYS_TR_NONE;
	size_t size = 0;
	bool ok = true;
	TSS2_RC rc;

	*found = nv_open(t, index, &nv, &auth, &size, &rc);
	if (!*found && !device_no_handle(rc))
		ok = device_fail(err, "TPM2_NV_ReadPublic", rc);
	if (*found)
		ok = nv_content(t, nv, auth, size, out, err);
	if (nv != ESYS_TR_NONE)
		(void)Esys_TR_Close(t->esys, &nv);
	return ok;
}

/* ---- PCR banks ------------------------------------------------------------ */

static uint32_t
mask_of(const TPMS_PCR_SELECTION *s)
{
	uint32_t mask = 0;

	for (UINT8 i = 0; i < s->sizeofSelect && i < 3; i++)
		mask |= (uint32_t)s->pcrSelect[i] << 8 * i;
	return mask;
}

bool
assay_device_banks(struct assay_device *t, struct assay_device_bank *banks,
    size_t *n, struct assay_error *err)
{
	TPMS_CAPABILITY_DATA *cap = NULL;
	const TPMS_PCR_SELECTION *s;
	unsigned int tries = 0;
	TPMI_YES_NO more;
	size_t count = 0;
	TSS2_RC rc;

	do {
		rc = Esys_GetCapability(t->esys, ESYS_TR_NONE, ESYS_TR_NONE,
		    ESYS_TR_NONE, TPM2_CAP_PCRS, 0, 1, &more, &cap);
	} while (device_again(t, rc, &tries));
	if (rc != TSS2_RC_SUCCESS)
		return device_fail(err, "TPM2_GetCapability", rc);
	for (UINT32 i = 0; i < cap->data.assignedPCR.count; i++) {
		s = &cap->data.assignedPCR.pcrSelections[i];
		if (assay_device_bank_size(s->hash) == 0 || mask_of(s) == 0 ||
		    count == ASSAY_DEVICE_BANKS)
			continue;
		memset(&banks[count], 0, sizeof(banks[count]));
		banks[count].alg = s->hash;
		banks[count++].mask = mask_of(s);
	}
	Esys_Free(cap);
	*n = count;
	return true;
}

/* Up to eight values come at once; *mask says which did. */
static bool
read_some(struct assay_device *t, struct assay_device_bank *bank,
    uint32_t want, uint32_t *mask, struct assay_error *err)
{
	TPML_PCR_SELECTION in = { .count = 1 }, *got = NULL;
	TPML_DIGEST *values = NULL;
	unsigned int tries = 0;
	UINT32 next = 0;
	TSS2_RC rc;

	in.pcrSelections[0].hash = bank->alg;
	in.pcrSelections[0].sizeofSelect = 3;
	for (int i = 0; i < 3; i++)
		in.pcrSelections[0].pcrSelect[i] = (BYTE)(want >> 8 * i);
	do {
		rc = Esys_PCR_Read(t->esys, ESYS_TR_NONE, ESYS_TR_NONE,
		    ESYS_TR_NONE, &in, NULL, &got, &values);
	} while (device_again(t, rc, &tries));
	if (rc != TSS2_RC_SUCCESS)
		return device_fail(err, "TPM2_PCR_Read", rc);
	*mask = got->count == 1 ? mask_of(&got->pcrSelections[0]) & want : 0;
	for (unsigned int i = 0; i < ASSAY_DEVICE_PCRS; i++) {
		if ((*mask >> i & 1) == 0)
			continue;
		if (next == values->count ||
		    values->digests[next].size != bank->size) {
			*mask = 0;
			break;
		}
		memcpy(bank->value[i], values->digests[next++].buffer,
		    bank->size);
	}
	Esys_Free(got);
	Esys_Free(values);
	return true;
}

bool
assay_device_pcr_read(struct assay_device *t, struct assay_device_bank *bank,
    struct assay_error *err)
{
	uint32_t left = bank->mask, got = 0;

	if ((bank->size = assay_device_bank_size(bank->alg)) == 0)
		return assay_fail(err, ASSAY_ERR_TPM_FAILED,
		    "PCR bank 0x%x has a hash that is not supported",
		    bank->alg);
	while (left != 0) {
		if (!read_some(t, bank, left, &got, err))
			return false;
		if (got == 0)
			return assay_fail(err, ASSAY_ERR_TPM_FAILED,
			    "the TPM has no PCR bank %s, or not the PCRs of "
			    "mask 0x%06x in it",
			    assay_device_bank_name(bank->alg), left);
		left &= ~got;
	}
	return true;
}

bool
assay_device_pcr_extend(struct assay_device *t, unsigned int pcr,
    const uint16_t *algs, const struct assay_digest *digest, size_t n,
    struct assay_error *err)
{
	TPML_DIGEST_VALUES values = { .count = (UINT32)n };
	unsigned int tries = 0;
	TSS2_RC rc;

	if (n > ASSAY_DEVICE_BANKS || pcr >= ASSAY_DEVICE_PCRS)
		return assay_fail(err, ASSAY_ERR_INTERNAL, "PCR %u, %zu banks",
		    pcr, n);
	for (size_t i = 0; i < n; i++) {
		values.digests[i].hashAlg = algs[i];
		memcpy(&values.digests[i].digest, digest[i].bytes,
		    digest[i].len);
	}
	do {
		rc = Esys_PCR_Extend(t->esys, (ESYS_TR)pcr, ESYS_TR_PASSWORD,
		    ESYS_TR_NONE, ESYS_TR_NONE, &values);
	} while (device_again(t, rc, &tries));
	return rc == TSS2_RC_SUCCESS ||
	    device_fail(err, "TPM2_PCR_Extend", rc);
}
