/* SPDX-License-Identifier: Apache-2.0 */
#include "app/pkcs11.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <p11-kit/pkcs11.h>

#include "app/file.h"
#include "base/mem.h"

#define MAX_PIN		256
#define MAX_SLOTS	64
#define PURPOSE		"assay sealing key, version 1"

/* ---- the URI ---------------------------------------------------------- */

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* NULL if it is empty, holds a broken escape, or an escaped NUL. */
static char *
unescape(const char *text, size_t n)
{
	char *out = assay_alloc(n + 1, 1);
	size_t len = 0;

	for (size_t i = 0; out != NULL && i < n; i++) {
		int high, low;

		if (text[i] != '%') {
			out[len++] = text[i];
			continue;
		}
		high = i + 2 < n ? hex_digit(text[i + 1]) : -1;
		low = i + 2 < n ? hex_digit(text[i + 2]) : -1;
		if (high < 0 || low < 0 || (high | low) == 0) {
			free(out);
			return NULL;
		}
		out[len++] = (char)(high << 4 | low);
		i += 2;
	}
	if (out != NULL && len == 0) {
		free(out);
		return NULL;
	}
	return out;
}

static char **
slot_of(struct assay_pkcs11_uri *uri, const char *name, size_t n, bool query)
{
	static const char *const names[] = { "token", "object",
		"module-path", "pin-source" };
	char **slots[] = { &uri->token, &uri->object, &uri->module,
		&uri->pin_file };

	for (size_t i = 0; i < 4; i++) {
		if (strlen(names[i]) == n && memcmp(names[i], name, n) == 0 &&
		    query == (i >= 2))
			return slots[i];
	}
	return NULL;
}

static bool
take_attribute(struct assay_pkcs11_uri *uri, const char *text, size_t n,
    bool query, struct assay_error *err)
{
	const char *equals = memchr(text, '=', n);
	char **slot;

	if (equals == NULL || (slot = slot_of(uri, text,
	    (size_t)(equals - text), query)) == NULL || *slot != NULL)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID, "pkcs11: "
		    "\"%.*s\" is not one of token=, object=, then "
		    "module-path=, pin-source=, each once", (int)n, text);
	*slot = unescape(equals + 1, n - (size_t)(equals - text) - 1);
	return *slot != NULL || assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
	    "pkcs11: the value of \"%.*s\" cannot be read", (int)n, text);
}

/* RFC 7512 2.4: a PIN by reference, so that no process list shows it. */
static bool
cut_pin_source(struct assay_pkcs11_uri *uri, struct assay_error *err)
{
	size_t n = strlen("file:");

	if (strncmp(uri->pin_file, "file:", n) != 0)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID, "pkcs11: "
		    "pin-source is \"%s\", want file:PATH", uri->pin_file);
	memmove(uri->pin_file, uri->pin_file + n,
	    strlen(uri->pin_file + n) + 1);
	if (uri->module[0] == '/' && uri->pin_file[0] == '/')
		return true;
	return assay_fail(err, ASSAY_ERR_CONFIG_INVALID, "pkcs11: module-path "
	    "and pin-source must be absolute paths");
}

bool
assay_pkcs11_uri_parse(const char *text, struct assay_pkcs11_uri *out,
    struct assay_error *err)
{
	const char *at = text + strlen("pkcs11:");
	bool query = false;

	*out = (struct assay_pkcs11_uri){ NULL, NULL, NULL, NULL };
	if (strncmp(text, "pkcs11:", strlen("pkcs11:")) != 0)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "\"%s\" is not a pkcs11: URI", text);
	for (;;) {
		size_t n = strcspn(at, query ? "&" : ";?");

		if (!take_attribute(out, at, n, query, err))
			return false;
		if (at[n] == '\0')
			break;
		query = query || at[n] == '?';
		at += n + 1;
	}
	if (out->token == NULL || out->object == NULL ||
	    out->module == NULL || out->pin_file == NULL)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID, "pkcs11: want "
		    "token=...;object=...?module-path=...&pin-source=...");
	return cut_pin_source(out, err);
}

void
assay_pkcs11_uri_free(struct assay_pkcs11_uri *uri)
{
	free(uri->token);
	free(uri->object);
	free(uri->module);
	free(uri->pin_file);
	*uri = (struct assay_pkcs11_uri){ NULL, NULL, NULL, NULL };
}

/* ---- the token -------------------------------------------------------- */

struct token {
	const struct assay_pkcs11_uri	*uri;
	void				*library;
	CK_FUNCTION_LIST		*f;
	bool				 initialized, open;
	CK_SESSION_HANDLE		 session;
};

static bool
failed(const struct token *t, const char *what, CK_RV rv,
    struct assay_error *err)
{
	return assay_fail(err, ASSAY_ERR_IO_FAILED, "%s: %s gives 0x%lx",
	    t->uri->module, what, rv);
}

static bool
load_module(struct token *t, struct assay_error *err)
{
	CK_C_GetFunctionList get = NULL;
	void *symbol;
	CK_RV rv;

	t->library = dlopen(t->uri->module, RTLD_NOW | RTLD_LOCAL);
	if (t->library == NULL ||
	    (symbol = dlsym(t->library, "C_GetFunctionList")) == NULL)
		return assay_fail(err, ASSAY_ERR_IO_FAILED,
		    "PKCS #11 module: %s", dlerror());
	memcpy(&get, &symbol, sizeof(get));
	if ((rv = get(&t->f)) != CKR_OK)
		return failed(t, "C_GetFunctionList", rv, err);
	if ((rv = t->f->C_Initialize(NULL)) != CKR_OK)
		return failed(t, "C_Initialize", rv, err);
	t->initialized = true;
	return true;
}

/* PKCS #11 v2.40, 3.2: labels are padded with blanks and not terminated. */
static bool
label_is(const CK_UTF8CHAR *label, size_t size, const char *want)
{
	size_t n = strlen(want);

	if (n > size || memcmp(label, want, n) != 0)
		return false;
	while (n < size && label[n] == ' ')
		n++;
	return n == size;
}

static bool
find_slot(struct token *t, CK_SLOT_ID *out, struct assay_error *err)
{
	CK_SLOT_ID slots[MAX_SLOTS];
	CK_ULONG n = MAX_SLOTS;
	CK_RV rv = t->f->C_GetSlotList(CK_TRUE, slots, &n);
	size_t found = 0;

	if (rv != CKR_OK)
		return failed(t, "C_GetSlotList", rv, err);
	for (CK_ULONG i = 0; i < n; i++) {
		CK_TOKEN_INFO info;

		if (t->f->C_GetTokenInfo(slots[i], &info) == CKR_OK &&
		    label_is(info.label, sizeof(info.label), t->uri->token)) {
			*out = slots[i];
			found++;
		}
	}
	return found == 1 || assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
	    "%s has %zu tokens \"%s\", want one", t->uri->module, found,
	    t->uri->token);
}

static bool
read_pin(const char *path, struct assay_buffer *pin, struct assay_error *err)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "PIN file %s: %s", path, strerror(errno));
	if ((st.st_mode & 037) != 0)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "PIN file %s may be read by others (mode %03o)", path,
		    st.st_mode & 0777);
	if (!assay_file_read(path, MAX_PIN, pin, err))
		return false;
	while (pin->len > 0 && pin->ptr[pin->len - 1] == '\n')
		pin->len--;
	return true;
}

static bool
log_in(struct token *t, struct assay_error *err)
{
	struct assay_buffer pin = assay_buffer(0);
	CK_SLOT_ID slot = 0;
	CK_RV rv;
	bool ok = false;

	if (!find_slot(t, &slot, err) ||
	    !read_pin(t->uri->pin_file, &pin, err))
		goto out;
	rv = t->f->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL,
	    &t->session);
	if (rv != CKR_OK) {
		(void)failed(t, "C_OpenSession", rv, err);
		goto out;
	}
	t->open = true;
	rv = t->f->C_Login(t->session, CKU_USER, pin.ptr, pin.len);
	ok = rv == CKR_OK || failed(t, "C_Login", rv, err);
out:
	assay_buffer_wipe(&pin);
	return ok;
}

static bool
find_key(struct token *t, CK_OBJECT_HANDLE *out, struct assay_error *err)
{
	CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	CK_ATTRIBUTE want[] = {
		{ CKA_CLASS, &class, sizeof(class) },
		{ CKA_LABEL, t->uri->object, strlen(t->uri->object) },
	};
	CK_OBJECT_HANDLE keys[2];
	CK_ULONG n = 0;
	CK_RV rv = t->f->C_FindObjectsInit(t->session, want, 2);

	if (rv == CKR_OK) {
		rv = t->f->C_FindObjects(t->session, keys, 2, &n);
		(void)t->f->C_FindObjectsFinal(t->session);
	}
	if (rv != CKR_OK)
		return failed(t, "C_FindObjects", rv, err);
	if (n != 1)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID, "token \"%s\" "
		    "has %s secret key \"%s\", want one", t->uri->token,
		    n == 0 ? "no" : "more than one", t->uri->object);
	*out = keys[0];
	return true;
}

static bool
make_secret(struct token *t, uint8_t *out, struct assay_error *err)
{
	CK_MECHANISM hmac = { CKM_SHA256_HMAC, NULL, 0 };
	CK_OBJECT_HANDLE key = 0;
	CK_BYTE text[] = PURPOSE;
	CK_ULONG n = ASSAY_PKCS11_SECRET;
	CK_RV rv;

	if (!find_key(t, &key, err))
		return false;
	rv = t->f->C_SignInit(t->session, &hmac, key);
	if (rv == CKR_OK)
		rv = t->f->C_Sign(t->session, text, sizeof(text) - 1, out,
		    &n);
	if (rv != CKR_OK || n != ASSAY_PKCS11_SECRET)
		return failed(t, "C_Sign with CKM_SHA256_HMAC", rv, err);
	return true;
}

bool
assay_pkcs11_secret(const char *text, uint8_t out[ASSAY_PKCS11_SECRET],
    struct assay_error *err)
{
	struct assay_pkcs11_uri uri;
	struct token t = { .uri = &uri };
	bool ok;

	ok = assay_pkcs11_uri_parse(text, &uri, err) &&
	    load_module(&t, err) && log_in(&t, err) &&
	    make_secret(&t, out, err);
	if (t.open)
		(void)t.f->C_CloseSession(t.session);
	if (t.initialized)
		(void)t.f->C_Finalize(NULL);
	if (t.library != NULL)
		(void)dlclose(t.library);
	assay_pkcs11_uri_free(&uri);
	return ok;
}
