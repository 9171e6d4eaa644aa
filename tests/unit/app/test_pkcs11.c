/* SPDX-License-Identifier: Apache-2.0 */
/* With SoftHSM, in a token that is made for each run. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <p11-kit/pkcs11.h>

#include "app/file.h"
#include "app/key_seal.h"
#include "app/keys.h"
#include "app/pkcs11.h"
#include "testlib.h"

#define MODULE	"/usr/lib/softhsm/libsofthsm2.so"
#define PIN	"12345678"
#define T0	(1800000000)

static char folder[64], good_uri[512];
static bool have_token;

static const char *
in_folder(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void
put_file(const char *name, const char *text, mode_t mode)
{
	struct assay_error err;

	if (!assay_file_write(in_folder(name), assay_bytes_of(text), mode,
	    &err))
		fail_msg("%s", err.text);
}

static CK_FUNCTION_LIST *
functions(void **library)
{
	CK_C_GetFunctionList get = NULL;
	CK_FUNCTION_LIST *f = NULL;
	void *symbol;

	*library = dlopen(MODULE, RTLD_NOW | RTLD_LOCAL);
	assert_non_null(*library);
	symbol = dlsym(*library, "C_GetFunctionList");
	assert_non_null(symbol);
	memcpy(&get, &symbol, sizeof(get));
	assert_int_equal(get(&f), CKR_OK);
	return f;
}

static void
set_label(CK_UTF8CHAR *label, const char *text)
{
	memset(label, ' ', 32);
	memcpy(label, text, strlen(text));
}

static void
generate(CK_FUNCTION_LIST *f, CK_SESSION_HANDLE session, char *label)
{
	CK_MECHANISM how = { CKM_GENERIC_SECRET_KEY_GEN, NULL, 0 };
	CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	CK_ULONG len = 32;
	CK_OBJECT_HANDLE key;
	CK_ATTRIBUTE of[] = {
		{ CKA_TOKEN, &yes, sizeof(yes) },
		{ CKA_PRIVATE, &yes, sizeof(yes) },
		{ CKA_SENSITIVE, &yes, sizeof(yes) },
		{ CKA_EXTRACTABLE, &no, sizeof(no) },
		{ CKA_SIGN, &yes, sizeof(yes) },
		{ CKA_VALUE_LEN, &len, sizeof(len) },
		{ CKA_LABEL, label, strlen(label) },
	};

	assert_int_equal(f->C_GenerateKey(session, &how, of,
	    sizeof(of) / sizeof(of[0]), &key), CKR_OK);
}

/* A token "assay token" with a key "seal", and "twin" twice. */
static void
make_token(void)
{
	CK_UTF8CHAR label[32];
	CK_SESSION_HANDLE session;
	CK_SLOT_ID slots[8];
	CK_ULONG n = 8;
	void *library;
	CK_FUNCTION_LIST *f = functions(&library);
	char pin[] = PIN, seal[] = "seal", twin[] = "twin";

	assert_int_equal(f->C_Initialize(NULL), CKR_OK);
	assert_int_equal(f->C_GetSlotList(CK_FALSE, slots, &n), CKR_OK);
	set_label(label, "assay token");
	assert_int_equal(f->C_InitToken(slots[0], (CK_UTF8CHAR *)pin,
	    strlen(pin), label), CKR_OK);
	n = 8;
	assert_int_equal(f->C_GetSlotList(CK_TRUE, slots, &n), CKR_OK);
	assert_int_equal(f->C_OpenSession(slots[0], CKF_SERIAL_SESSION |
	    CKF_RW_SESSION, NULL, NULL, &session), CKR_OK);
	assert_int_equal(f->C_Login(session, CKU_SO, (CK_UTF8CHAR *)pin,
	    strlen(pin)), CKR_OK);
	assert_int_equal(f->C_InitPIN(session, (CK_UTF8CHAR *)pin,
	    strlen(pin)), CKR_OK);
	assert_int_equal(f->C_Logout(session), CKR_OK);
	assert_int_equal(f->C_Login(session, CKU_USER, (CK_UTF8CHAR *)pin,
	    strlen(pin)), CKR_OK);
	generate(f, session, seal);
	generate(f, session, twin);
	generate(f, session, twin);
	(void)f->C_Finalize(NULL);
	(void)dlclose(library);
}

static int
prepare(void **state)
{
	char text[256];

	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/assay-p11.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return 1;
	(void)snprintf(good_uri, sizeof(good_uri), "pkcs11:token=assay%%20"
	    "token;object=seal?module-path=" MODULE "&pin-source=file:%s/pin",
	    folder);
	have_token = access(MODULE, R_OK) == 0;
	if (!have_token)
		return 0;
	(void)snprintf(text, sizeof(text), "directories.tokendir = %s\n"
	    "objectstore.backend = file\nlog.level = ERROR\n", folder);
	put_file("conf", text, 0600);
	(void)setenv("SOFTHSM2_CONF", in_folder("conf"), 1);
	put_file("pin", PIN "\n", 0600);
	put_file("bad.pin", "87654321", 0600);
	put_file("open.pin", PIN, 0644);
	make_token();
	return 0;
}

static int
clean(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command) == 0 ? 0 : 1;
}

static void
uris(void **state)
{
	static const struct {
		const char	*text;
		const char	*part;	/* NULL: good */
	} rows[] = {
		{ "pkcs11:token=a;object=b?module-path=/m&pin-source=file:/p",
		    NULL },
		{ "pkcs11:object=b;token=a?pin-source=file:/p&module-path=/m",
		    NULL },
		{ "pkcs:token=a", "not a pkcs11: URI" },
		{ "pkcs11:token=a;object=b", "want token=" },
		{ "pkcs11:token=a;token=b", "each once" },
		{ "pkcs11:token=a;serial=b", "each once" },
		{ "pkcs11:module-path=/m", "each once" },
		{ "pkcs11:token=a?object=b", "each once" },
		{ "pkcs11:token", "each once" },
		{ "pkcs11:", "each once" },
		{ "pkcs11:token=", "cannot be read" },
		{ "pkcs11:token=%", "cannot be read" },
		{ "pkcs11:token=%4", "cannot be read" },
		{ "pkcs11:token=%4g", "cannot be read" },
		{ "pkcs11:token=a%00", "cannot be read" },
		{ "pkcs11:token=a;object=b?module-path=m&pin-source=file:/p",
		    "absolute" },
		{ "pkcs11:token=a;object=b?module-path=/m&pin-source=file:p",
		    "absolute" },
		{ "pkcs11:token=a;object=b?module-path=/m&pin-source=1234",
		    "want file:PATH" },
		{ "pkcs11:token=a;object=b?module-path=/m&pin-source=|id",
		    "want file:PATH" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_pkcs11_uri uri;
		struct assay_error err = { ASSAY_ERR_OK, "" };
		bool ok = assay_pkcs11_uri_parse(rows[i].text, &uri, &err);

		if (ok != (rows[i].part == NULL) || (!ok &&
		    (err.code != ASSAY_ERR_CONFIG_INVALID ||
		    strstr(err.text, rows[i].part) == NULL)))
			fail_msg("%s: %s", rows[i].text, err.text);
		assay_pkcs11_uri_free(&uri);
	}
}

static void
unescaped(void **state)
{
	struct assay_pkcs11_uri uri;
	struct assay_error err;

	(void)state;
	assert_true(assay_pkcs11_uri_parse("pkcs11:token=a%20b%3Bc;object=%41"
	    "?module-path=/m%2fn&pin-source=file:/p%25", &uri, &err));
	assert_string_equal(uri.token, "a b;c");
	assert_string_equal(uri.object, "A");
	assert_string_equal(uri.module, "/m/n");
	assert_string_equal(uri.pin_file, "/p%");
	assay_pkcs11_uri_free(&uri);
}

static void
need_token(void)
{
	if (!have_token) {
		print_message(MODULE " is absent: not tested\n");
		skip();
	}
}

static void
same_secret_each_time(void **state)
{
	uint8_t a[32] = { 0 }, b[32] = { 0 }, zero[32] = { 0 };
	struct assay_error err;

	(void)state;
	need_token();
	if (!assay_pkcs11_secret(good_uri, a, &err) ||
	    !assay_key_seal_load(good_uri, "/nowhere", false, b, &err))
		fail_msg("%s", err.text);
	assert_memory_equal(a, b, 32);
	assert_memory_not_equal(a, zero, 32);
}

static void
refusals(void **state)
{
	static const struct {
		const char	*token, *object, *module, *pin;
		enum assay_code	 code;
		const char	*part;
	} rows[] = {
		{ "none", "seal", MODULE, "pin", ASSAY_ERR_CONFIG_INVALID,
		    "0 tokens \"none\"" },
		{ "assay", "seal", MODULE, "pin", ASSAY_ERR_CONFIG_INVALID,
		    "0 tokens \"assay\"" },
		{ "assay%20token", "none", MODULE, "pin",
		    ASSAY_ERR_CONFIG_INVALID, "no secret key \"none\"" },
		{ "assay%20token", "twin", MODULE, "pin",
		    ASSAY_ERR_CONFIG_INVALID, "more than one" },
		{ "assay%20token", "seal", "/nowhere.so", "pin",
		    ASSAY_ERR_IO_FAILED, "nowhere.so" },
		{ "assay%20token", "seal", MODULE, "bad.pin",
		    ASSAY_ERR_IO_FAILED, "C_Login gives 0xa0" },
		{ "assay%20token", "seal", MODULE, "open.pin",
		    ASSAY_ERR_CONFIG_INVALID, "read by others" },
		{ "assay%20token", "seal", MODULE, "no.pin",
		    ASSAY_ERR_CONFIG_INVALID, "No such file" },
	};

	(void)state;
	need_token();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t out[32] = { 0 }, zero[32] = { 0 };
		struct assay_error err = { ASSAY_ERR_OK, "" };
		char uri[512];

		(void)snprintf(uri, sizeof(uri), "pkcs11:token=%s;object=%s"
		    "?module-path=%s&pin-source=file:%s", rows[i].token,
		    rows[i].object, rows[i].module, in_folder(rows[i].pin));
		assert_false(assay_pkcs11_secret(uri, out, &err));
		assert_memory_equal(out, zero, 32);
		if (err.code != rows[i].code ||
		    strstr(err.text, rows[i].part) == NULL)
			fail_msg("row %zu: %d %s", i, (int)err.code,
			    err.text);
	}
}

/* Keys that were sealed under the token's key open under no other. */
static void
signing_keys_under_a_token(void **state)
{
	struct assay_store *store = NULL;
	struct assay_keys *keys = NULL;
	struct assay_error err;
	struct assay_keys_options opt = { .data_dir = folder,
		.seal_source = good_uri, .issuer = "https://attest.example",
		.es256 = true, .now = T0 };

	(void)state;
	need_token();
	assert_true(assay_store_open(folder, &store, &err));
	opt.store = store;
	for (int i = 0; i < 2; i++) {
		if (!assay_keys_open(&opt, &keys, &err))
			fail_msg("%s", err.text);
		assay_keys_free(keys);
	}
	assert_int_equal(access(in_folder("seal.key"), F_OK), -1);
	opt.seal_source = NULL;
	assert_false(assay_keys_open(&opt, &keys, &err));
	assert_int_equal(err.code, ASSAY_ERR_CONFIG_INVALID);
	assay_store_close(store);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(uris),
		cmocka_unit_test(unescaped),
		cmocka_unit_test(same_secret_each_time),
		cmocka_unit_test(refusals),
		cmocka_unit_test(signing_keys_under_a_token),
	};

	return cmocka_run_group_tests(tests, prepare, clean);
}
