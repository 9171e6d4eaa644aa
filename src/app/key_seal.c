/* SPDX-License-Identifier: Apache-2.0 */
#include "app/key_seal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/file.h"
#include "app/pkcs11.h"
#include "crypto/random.h"

#define FILE_FORM	"file:"
#define CREDENTIAL_FORM	"credential:"
#define PKCS11_FORM	"pkcs11:"

_Static_assert(ASSAY_PKCS11_SECRET == ASSAY_SEAL_KEY, "used as it comes");

static const char *
after(const char *text, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(text, prefix, n) == 0 && text[n] != '\0' ? text + n :
	    NULL;
}

bool
assay_key_seal_check(const char *source, struct assay_error *err)
{
	const char *name = after(source, CREDENTIAL_FORM);
	struct assay_pkcs11_uri uri;
	bool ok;

	if (after(source, PKCS11_FORM) != NULL) {
		ok = assay_pkcs11_uri_parse(source, &uri, err);
		assay_pkcs11_uri_free(&uri);
		return ok;
	}
	/* systemd.exec(5): a name is the name of a file. */
	if ((name != NULL && strchr(name, '/') == NULL && name[0] != '.') ||
	    after(source, FILE_FORM) != NULL)
		return true;
	return assay_fail(err, ASSAY_ERR_CONFIG_INVALID, "\"%s\" is neither "
	    "file:PATH nor credential:NAME nor a pkcs11: URI", source);
}

/* A copy that was put back with the modes of its backup is no secret. */
static bool
check_mode(const char *path, unsigned int refused, bool *found,
    struct assay_error *err)
{
	struct stat st;

	*found = false;
	if (stat(path, &st) != 0)
		return errno == ENOENT || assay_fail(err, ASSAY_ERR_IO_FAILED,
		    "%s: %s", path, strerror(errno));
	*found = true;
	if (S_ISREG(st.st_mode) && (st.st_mode & refused) == 0)
		return true;
	return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
	    "%s is not a file of mode 0600 (mode %03o)", path,
	    st.st_mode & 0777);
}

static bool
read_key(const char *path, unsigned int refused, uint8_t *out, bool *found,
    struct assay_error *err)
{
	struct assay_buffer file = assay_buffer(0);
	bool ok;

	ok = check_mode(path, refused, found, err);
	if (ok && *found) {
		ok = assay_file_read(path, ASSAY_SEAL_KEY, &file, err);
		if (ok && file.len != ASSAY_SEAL_KEY)
			ok = assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
			    "%s has %zu bytes, want %d", path, file.len,
			    ASSAY_SEAL_KEY);
		if (ok)
			memcpy(out, file.ptr, ASSAY_SEAL_KEY);
	}
	assay_buffer_wipe(&file);
	return ok;
}

static bool
make_key(const char *path, uint8_t *out, struct assay_error *err)
{
	return assay_random(out, ASSAY_SEAL_KEY, err) &&
	    assay_file_write(path, (struct assay_bytes){ out,
	    ASSAY_SEAL_KEY }, 0600, err);
}

static bool
default_key(const char *dir, bool may_make, uint8_t *out,
    struct assay_error *err)
{
	char *path;
	bool found, ok;

	if (asprintf(&path, "%s/seal.key", dir) < 0)
		return assay_fail_memory(err, "path");
	ok = read_key(path, 077, out, &found, err);
	if (ok && !found)
		ok = may_make ? make_key(path, out, err) :
		    assay_fail(err, ASSAY_ERR_CONFIG_INVALID, "%s is not "
		    "there, and the store holds keys that were sealed: "
		    "restore it", path);
	free(path);
	return ok;
}

static bool
given_key(const char *path, unsigned int refused, uint8_t *out,
    struct assay_error *err)
{
	bool found;

	if (!read_key(path, refused, out, &found, err))
		return false;
	return found || assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
	    "seal-key: %s is not there", path);
}

/* systemd may grant its files to the service by an ACL: group bits show. */
static bool
credential(const char *name, uint8_t *out, struct assay_error *err)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	char *path;
	bool ok;

	if (dir == NULL || dir[0] != '/')
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID, "seal-key: "
		    "credential %s is wanted and CREDENTIALS_DIRECTORY is "
		    "not set: LoadCredential= of systemd sets it", name);
	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return assay_fail_memory(err, "path");
	ok = given_key(path, 037, out, err);
	free(path);
	return ok;
}

bool
assay_key_seal_load(const char *source, const char *dir, bool may_make,
    uint8_t out[ASSAY_SEAL_KEY], struct assay_error *err)
{
	if (source == NULL)
		return default_key(dir, may_make, out, err);
	if (!assay_key_seal_check(source, err))
		return false;
	if (after(source, PKCS11_FORM) != NULL)
		return assay_pkcs11_secret(source, out, err);
	if (after(source, CREDENTIAL_FORM) != NULL)
		return credential(after(source, CREDENTIAL_FORM), out, err);
	return given_key(after(source, FILE_FORM), 077, out, err);
}
