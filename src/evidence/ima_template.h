/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Templates of IMA and their fields, shared by the readers of the binary and
 * the ascii list. Source: Linux, security/integrity/ima/ima_template.c and
 * ima_template_lib.c.
 */
#ifndef ASSAY_EVIDENCE_IMA_TEMPLATE_H
#define ASSAY_EVIDENCE_IMA_TEMPLATE_H

#include "evidence/ima.h"

#define ASSAY_IMA_FIELDS 16

/* How a field stands in the ascii list. */
enum assay_ima_format {
	ASSAY_IMA_DIGEST,	/* hex */
	ASSAY_IMA_DIGEST_ALG,	/* "sha256:" hex; binary has a NUL between */
	ASSAY_IMA_STRING,
	ASSAY_IMA_HEX,
	ASSAY_IMA_U16,		/* decimal */
	ASSAY_IMA_U32,
};

enum assay_ima_slot {
	ASSAY_IMA_FILE_HASH,
	ASSAY_IMA_FILE_NAME,
	ASSAY_IMA_SIGNATURE,
	ASSAY_IMA_BUFFER,
	ASSAY_IMA_OTHER,
};

struct assay_ima_field {
	const char		*name;
	enum assay_ima_format	 format;
	enum assay_ima_slot	 slot;
};

struct assay_ima_template {
	const struct assay_ima_field	*fields[ASSAY_IMA_FIELDS];
	size_t				 n;
};

/* False for a name that is neither a template nor a list of fields. */
bool assay_ima_template_find(struct assay_bytes name,
    struct assay_ima_template *out);
/* The template "ima", whose fields have no lengths. */
bool assay_ima_is_old(struct assay_bytes name);
/* Keep a field's bytes, as hashed, in the entry; false if ill-formed. */
bool assay_ima_set_field(struct assay_ima_entry *e,
    const struct assay_ima_field *field, struct assay_bytes bytes);

/* What the template "ima" hashes: digest, name, zeros to 256 bytes of name. */
#define ASSAY_IMA_OLD_DIGEST	20
#define ASSAY_IMA_OLD_NAME	256
#define ASSAY_IMA_OLD_DATA	(ASSAY_IMA_OLD_DIGEST + ASSAY_IMA_OLD_NAME)

#endif
