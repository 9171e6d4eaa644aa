/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "app/file.h"
#include "base/encode.h"
#include "client/tpm_aik.h"

#define KEY_FILE_MAX	16384
#define PERSISTENT	UINT32_C(0x81000000)

bool
assay_tpm_aik_kind(const char *word, enum assay_device_key_kind *out,
    struct assay_error *err)
{
	static const struct {
		const char			*word;
		enum assay_device_key_kind	 kind;
	} kinds[] = {
		{ "rsa", ASSAY_DEVICE_AIK_RSA },
		{ "rsapss", ASSAY_DEVICE_AIK_RSAPSS },
		{ "ecc", ASSAY_DEVICE_AIK_ECC },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (word == NULL || strcmp(kinds[i].word, word) == 0) {
			*out = kinds[i].kind;
			return true;
		}
	return assay_fail(err, ASSAY_ERR_USAGE,
	    "kind of AIK is \"%s\", want rsa, rsapss or ecc", word);
}

/* "0x" and eight digits of a handle that TPMs keep. */
static bool
is_handle(const char *name, uint32_t *out)
{
	struct assay_buffer bytes = assay_buffer(4);
	struct assay_error ignored;
	uint32_t handle = 0;
	bool ok;

	if (strncmp(name, "0x", 2) != 0)
		return false;
	ok = assay_hex_decode(assay_bytes_of(name + 2), &bytes, &ignored) &&
	    bytes.len == 4;
	for (size_t i = 0; ok && i < 4; i++)
		handle = handle << 8 | bytes.ptr[i];
	assay_buffer_free(&bytes);
	*out = handle;
	return ok && (handle & UINT32_C(0xff000000)) == PERSISTENT;
}

static bool
make_file(struct assay_device *t, const char *path,
    enum assay_device_key_kind kind, struct assay_device_key **out,
    struct assay_error *err)
{
	struct assay_buffer pem = assay_buffer(KEY_FILE_MAX);
	struct assay_device_key *key = NULL;
	bool ok;

	ok = assay_device_key_create(t, kind, ASSAY_DEVICE_OWNER, &key, err) &&
	    assay_device_key_save(key, &pem, err) &&
	    assay_file_write(path, assay_buffer_bytes(&pem), 0600, err);
	assay_buffer_free(&pem);
	if (!ok) {
		assay_device_key_free(key);
		return false;
	}
	*out = key;
	return true;
}

bool
assay_tpm_key_open(struct assay_device *t, const char *name,
    enum assay_device_key_kind kind, struct assay_device_key **out,
    struct assay_error *err)
{
	struct assay_buffer pem = { 0 };
	bool found = false, ok;
	uint32_t handle;

	if (name == NULL)
		return assay_device_key_create(t, kind, ASSAY_DEVICE_OWNER,
		    out, err);
	if (is_handle(name, &handle))
		return assay_device_key_persistent(t, handle, out, err);
	ok = assay_file_read_if(name, KEY_FILE_MAX, &pem, &found, err) &&
	    (found ? assay_device_key_load(t, assay_buffer_bytes(&pem), out,
	    err) : make_file(t, name, kind, out, err));
	assay_buffer_free(&pem);
	return ok || assay_fail_in(err, name);
}
