/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of tpm_device*.c: what they share of tpm2-tss. */
#ifndef ASSAY_CLIENT_TPM_DEVICE_IMPL_H
#define ASSAY_CLIENT_TPM_DEVICE_IMPL_H

#include <tss2/tss2_esys.h>

#include "client/tpm_device.h"

struct assay_device {
	TSS2_TCTI_CONTEXT	*tcti;
	ESYS_CONTEXT		*esys;
	/* Transient objects in use: not to be flushed for room. */
	TPM2_HANDLE		 mine[8];
};

struct assay_device_key {
	struct assay_device	*device;
	ESYS_TR			 tr;
	TPM2_HANDLE		 handle;	/* in the TPM */
	uint32_t		 parent;	/* 0: none that one could save */
	TPM2B_PUBLIC		 pub;
	TPM2B_PRIVATE		 priv;		/* wrapped by its parent */
	struct assay_buffer	 tpmt;		/* TPMT_PUBLIC */
};

#define ASSAY_DEVICE_PATIENCE 40	/* tries of one command */

/*
 * Ask again? Waits, or makes room, as rc wants. Commands are written as
 *
 *	do {
 *		rc = Esys_...;
 *	} while (device_again(t, rc, &tries));
 */
bool device_again(struct assay_device *t, TSS2_RC rc, unsigned int *tries);
/* Record a failed command: TPM_FAILED or TPM_LOCKOUT; returns false. */
bool device_fail(struct assay_error *err, const char *command, TSS2_RC rc);
/* Does rc of the TPM mean that a handle leads nowhere? */
bool device_no_handle(TSS2_RC rc);

/* Protect a transient object from being flushed for room, or no longer. */
void device_keep(struct assay_device *t, TPM2_HANDLE handle);
void device_drop(struct assay_device *t, TPM2_HANDLE handle);

/* Flush and forget; accepts ESYS_TR_NONE. */
void device_flush(struct assay_device *t, ESYS_TR *tr);

#endif
