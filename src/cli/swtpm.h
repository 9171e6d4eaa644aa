/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A software TPM (swtpm of libtpms) as a process beside us: its state, its
 * EK certificates under a CA of its own, started and stopped. Everything is in
 * one directory.
 */
#ifndef ASSAY_CLI_SWTPM_H
#define ASSAY_CLI_SWTPM_H

#include "base/buffer.h"

#define SWTPM_PATH_MAX	4096
#define SWTPM_TCTI_MAX	64

struct swtpm {
	char	dir[SWTPM_PATH_MAX];	/* absolute */
	int	port;			/* commands; control is port + 1 */
	char	tcti[SWTPM_TCTI_MAX];
};

/* "dir/name"; IO_FAILED if too long. */
ASSAY_MUST_USE bool swtpm_path(const struct swtpm *s, const char *name,
    char out[SWTPM_PATH_MAX], struct assay_error *err);

/*
 * The directory, made if need be; a TPM in it with EK certificates, made by
 * swtpm_setup if there is none; banks as "sha1,sha256" for a new one.
 * IO_FAILED with the end of the log of swtpm_setup.
 */
ASSAY_MUST_USE bool swtpm_make(const char *dir, const char *banks,
    struct swtpm *out, struct assay_error *err);
/* Switch on; port 0: the first free pair from 2321. */
ASSAY_MUST_USE bool swtpm_start(struct swtpm *s, int port,
    struct assay_error *err);
/* Switch off what runs in the directory; *ran false if nothing did. */
ASSAY_MUST_USE bool swtpm_stop(const struct swtpm *s, bool *ran,
    struct assay_error *err);

#endif
