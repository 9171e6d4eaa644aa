/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/file.h"
#include "app/key_change.h"
#include "app/keys.h"
#include "base/text.h"
#include "crypto/cert.h"
#include "testlib.h"

#define D	ASSAY_DAY
#define T0	(1800000000)
#define ISSUER	"https://attest.example"

static char folder[64];

static const char *
in_folder(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static int
make_folder(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/assay-keys.XXXXXX");
	return mkdtemp(folder) == NULL;
}

static int
drop_folder(void **state)
{
	static const char *const names[] = { "assay.db", "assay.db-wal",
		"assay.db-shm", "seal.key", "other.key" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unlink(in_folder(names[i]));
	return rmdir(folder);
}

static struct assay_store *
open_store(void)
{
	struct assay_store *store = NULL;
	struct assay_error err;

	if (!assay_store_open(folder, &store, &err))
		fail_msg("%s", err.text);
	return store;
}

static struct assay_keys_options
options(struct assay_store *store, int64_t now)
{
	return (struct assay_keys_options){ .store = store,
	    .data_dir = folder, .issuer = ISSUER, .es256 = true,
	    .lifetime = 90 * D, .now = now, .threads = 2 };
}

static struct assay_keys *
open_keys(const struct assay_keys_options *opt)
{
	struct assay_keys *keys = NULL;
	struct assay_error err;

	if (!assay_keys_open(opt, &keys, &err))
		fail_msg("%s", err.text);
	return keys;
}

static bool
tick(struct assay_keys *keys, int64_t now, bool reread)
{
	struct assay_error err;
	bool changed;

	if (!assay_keys_tick(keys, now, reread, &changed, &err))
		fail_msg("%s", err.text);
	return changed;
}

/* "alg:state ..." of what is published, and the kids. */
static const char *
published(struct assay_keys *keys, int64_t now, char kids[8][64])
{
	static char text[256];
	struct assay_key_set *set = assay_keys_take(keys);
	struct assay_key_view v;
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < 8 && assay_key_set_published(set, i, now, &v);
	    i++) {
		at += (size_t)snprintf(text + at, sizeof(text) - at,
		    "%s%s:%s", i == 0 ? "" : " ", v.alg == ASSAY_SIG_RS256 ?
		    "RS256" : "ES256", assay_key_state_name(v.state));
		(void)snprintf(kids[i], 64, "%s", v.kid);
	}
	assay_key_set_release(set);
	return text;
}

/* Sign, and verify with the certificate that is published for it. */
static void
signs(struct assay_keys *keys, int64_t now, int64_t exp)
{
	struct assay_key_set *set = assay_keys_take(keys);
	struct assay_key_view v = assay_key_set_current(set, now);
	struct assay_buffer sig = assay_buffer(1024);
	const struct assay_signer *signer;
	struct assay_cert *cert = NULL;
	struct assay_error err;
	struct assay_bytes data = assay_bytes_of("data");

	if (!assay_key_set_signer(keys, set, now, exp, &signer, &err) ||
	    !assay_sign(signer, v.alg, data, &sig, &err) ||
	    !assay_cert_parse(v.cert, &cert, &err) ||
	    !assay_sig_verify(v.alg, assay_cert_key(cert), data,
	    assay_buffer_bytes(&sig), &err))
		fail_msg("%s", err.text);
	assert_true(assay_text_is(assay_cert_subject_cn(cert), ISSUER));
	assay_cert_free(cert);
	assay_buffer_free(&sig);
	assay_key_set_release(set);
}

/* Two years, day by day: every rule of the schedule, on real keys. */
static void
years_go_by(void **state)
{
	struct assay_store *store = open_store();
	struct assay_keys_options opt = options(store, T0);
	struct assay_keys *keys = open_keys(&opt);
	char seen[32][64], now_kids[8][64], last[64] = "";
	int64_t since[32], left[32] = { 0 };
	size_t n_seen = 0, changes = 0;

	(void)state;
	for (int64_t now = T0; now < T0 + 730 * D; now += D / 4) {
		size_t n = 0;

		(void)tick(keys, now, false);
		memset(now_kids, 0, sizeof(now_kids));
		(void)published(keys, now, now_kids);
		for (; n < 8 && now_kids[n][0] != '\0'; n++) {
			size_t i = 0;

			while (i < n_seen && strcmp(seen[i], now_kids[n]) != 0)
				i++;
			assert_true(i < 32 && left[i] == 0);
			if (i == n_seen) {
				memcpy(seen[i], now_kids[n], 64);
				since[n_seen++] = now;
			}
			if (n == 0 && strcmp(last, seen[i]) != 0) {
				/* First use: published for a day before. */
				assert_true(last[0] == '\0' ||
				    now - since[i] >= ASSAY_KEY_LEAD);
				memcpy(last, seen[i], 64);
				changes++;
			}
		}
		assert_true(n >= 2 && n <= 3);
		signs(keys, now, now + ASSAY_KEY_TOKEN_LIFETIME);
	}
	assert_int_equal(changes, 9);	/* days 0, 90, ..., 720 */
	assert_int_equal(n_seen, 10);
	assay_keys_free(keys);
	assay_store_close(store);
}

static void
restart_changes_nothing(void **state)
{
	struct assay_store *store = open_store();
	static const int64_t days[] = { 0, 1, 89, 90, 91, 180 };
	struct assay_keys_options opt = options(store, T0);
	struct assay_keys *one = open_keys(&opt), *two;
	char a[8][64], b[8][64];

	(void)state;
	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		int64_t now = T0 + days[i] * D;

		(void)tick(one, now, false);
		memset(a, 0, sizeof(a));
		memset(b, 0, sizeof(b));
		(void)published(one, now, a);
		opt.now = now;
		two = open_keys(&opt);
		(void)published(two, now, b);
		assert_memory_equal(a, b, sizeof(a));
		assay_keys_free(two);
	}
	assay_keys_free(one);
	assay_store_close(store);
}

/* Two nodes that both find that a key is missing agree on one. */
static void
two_nodes_agree(void **state)
{
	struct assay_store *s1 = open_store(), *s2 = open_store();
	struct assay_keys_options o1 = options(s1, T0), o2 = options(s2, T0);
	struct assay_keys *one = open_keys(&o1), *two = open_keys(&o2);
	int64_t now = T0 + 90 * D;
	char a[8][64] = { "" }, b[8][64] = { "" };

	(void)state;
	assert_true(tick(one, now, false));
	assert_true(tick(two, now, false));
	assert_string_equal(published(one, now, a),
	    "ES256:in use ES256:next ES256:used");
	(void)published(two, now, b);
	assert_memory_equal(a, b, sizeof(a));
	assay_keys_free(one);
	assay_keys_free(two);
	assay_store_close(s1);
	assay_store_close(s2);
}

static struct assay_store_change
by(int64_t now)
{
	return (struct assay_store_change){ .now = now, .actor = "test",
	    .request_id = "" };
}

static void
rotate_waits_a_day(void **state)
{
	struct assay_store *store = open_store();
	struct assay_keys_options opt = options(store, T0);
	struct assay_keys *keys = open_keys(&opt);
	struct assay_store_change change = by(T0 + 10);
	char a[8][64], b[8][64];
	struct assay_error err;
	int64_t when;

	(void)state;
	(void)published(keys, T0, a);
	assert_true(assay_keys_rotate(store, "", &change, &when, &err));
	assert_int_equal(when, T0 + ASSAY_KEY_LEAD);
	/* Again: it is on its way. */
	assert_true(assay_keys_rotate(store, "", &change, &when, &err));
	assert_int_equal(when, T0 + ASSAY_KEY_LEAD);
	assert_true(tick(keys, T0 + 11, true));
	assert_string_equal(published(keys, T0 + D - 1, b),
	    "ES256:in use ES256:next");
	assert_string_equal(a[0], b[0]);
	(void)published(keys, T0 + D, b);
	assert_string_equal(a[1], b[0]);
	signs(keys, T0 + D, T0 + D + 60);
	assert_true(tick(keys, T0 + D, false));
	assert_string_equal(published(keys, T0 + D, b),
	    "ES256:in use ES256:next ES256:used");
	assert_string_equal(a[0], b[2]);
	assay_keys_free(keys);
	assay_store_close(store);
}

static void
retire(struct assay_store *store, const char *kid, bool compromised,
    int64_t now, enum assay_code want)
{
	struct assay_store_change change = by(now);
	struct assay_error err = { ASSAY_ERR_OK, "" };

	if (assay_keys_retire(store, "", kid, compromised, &change, &err) !=
	    (want == ASSAY_ERR_OK) || err.code != want)
		fail_msg("found %d (%s), want %d", (int)err.code, err.text,
		    (int)want);
}

static void
retire_only_what_may_go(void **state)
{
	struct assay_store *store = open_store();
	struct assay_keys_options opt = options(store, T0);
	struct assay_keys *keys = open_keys(&opt);
	int64_t now = T0 + 90 * D;
	char a[8][64], b[8][64];

	(void)state;
	(void)tick(keys, now, false);
	(void)published(keys, now, a);	/* in use, next, used */
	retire(store, "nobody", false, now, ASSAY_ERR_INVALID_OPERATION);
	retire(store, a[0], false, now, ASSAY_ERR_INVALID_OPERATION);
	retire(store, a[2], false, now, ASSAY_ERR_INVALID_OPERATION);
	retire(store, a[1], false, now, ASSAY_ERR_OK);
	/* One that never signed: another takes its place. */
	assert_true(tick(keys, now, true));
	assert_string_equal(published(keys, now, b),
	    "ES256:in use ES256:next ES256:used");
	assert_string_not_equal(a[1], b[1]);
	/* The one in use: the next one signs at once. */
	retire(store, b[0], true, now, ASSAY_ERR_OK);
	assert_true(tick(keys, now, true));
	assert_string_equal(published(keys, now, a),
	    "ES256:in use ES256:next ES256:used");
	assert_string_equal(a[0], b[1]);
	assert_string_equal(a[2], b[2]);
	retire(store, a[2], true, now, ASSAY_ERR_OK);
	assert_true(tick(keys, now, true));
	assert_string_equal(published(keys, now, b),
	    "ES256:in use ES256:next");
	signs(keys, now, now + 60);
	assay_keys_free(keys);
	assay_store_close(store);
}

/* A token that lives for a year is known of before it is signed. */
static void
long_tokens_keep_their_key(void **state)
{
	struct assay_store *store = open_store();
	struct assay_keys_options opt = options(store, T0);
	struct assay_keys *keys = open_keys(&opt);
	char a[8][64], b[8][64];
	int64_t now = T0 + 365 * D;

	(void)state;
	(void)published(keys, T0, a);
	signs(keys, T0, now);
	assay_keys_free(keys);
	opt.now = now;
	keys = open_keys(&opt);
	assert_string_equal(published(keys, now, b),
	    "ES256:in use ES256:next ES256:used");
	assert_string_equal(a[0], b[2]);
	assay_keys_free(keys);
	assay_store_close(store);
}

static void
algorithm_changes_with_the_next(void **state)
{
	struct assay_store *store = open_store();
	struct assay_keys_options opt = options(store, T0);
	struct assay_keys *keys = open_keys(&opt);
	char kids[8][64];

	(void)state;
	assay_keys_free(keys);
	opt.es256 = false;
	opt.now = T0 + D;
	keys = open_keys(&opt);
	assert_string_equal(published(keys, T0 + D, kids),
	    "ES256:in use RS256:next ES256:next");
	assert_false(tick(keys, T0 + 2 * D, false));
	(void)tick(keys, T0 + 90 * D + 1, false);
	assert_string_equal(published(keys, T0 + 90 * D + 1, kids),
	    "RS256:in use RS256:next ES256:used ES256:used");
	signs(keys, T0 + 90 * D + 1, T0 + 90 * D + 60);
	assay_keys_free(keys);
	assay_store_close(store);
}

static void
refused(const struct assay_keys_options *opt, enum assay_code code,
    const char *part)
{
	struct assay_keys *keys = NULL;
	struct assay_error err = { ASSAY_ERR_OK, "" };

	assert_false(assay_keys_open(opt, &keys, &err));
	assert_null(keys);
	if (err.code != code || strstr(err.text, part) == NULL)
		fail_msg("found %d (%s), want %d with \"%s\"", (int)err.code,
		    err.text, (int)code, part);
}

static void
write_file(const char *name, const void *bytes, size_t n, mode_t mode)
{
	struct assay_error err;

	assert_true(assay_file_write(in_folder(name), (struct assay_bytes){
	    bytes, n }, mode, &err));
}

/* A clear error, and the right key opens everything as before. */
static void
wrong_sealing_key(void **state)
{
	struct assay_store *store = open_store();
	struct assay_keys_options opt = options(store, T0);
	struct assay_keys *keys = open_keys(&opt);
	struct assay_buffer right = assay_buffer(0);
	static const uint8_t wrong[32];
	char a[8][64] = { "" }, b[8][64] = { "" };
	struct assay_error err;

	(void)state;
	(void)published(keys, T0, a);
	assay_keys_free(keys);
	assert_true(assay_file_read(in_folder("seal.key"), 32, &right, &err));
	(void)unlink(in_folder("seal.key"));
	refused(&opt, ASSAY_ERR_CONFIG_INVALID, "restore it");
	assert_int_equal(access(in_folder("seal.key"), F_OK), -1);
	write_file("seal.key", wrong, 32, 0600);
	refused(&opt, ASSAY_ERR_SEAL_BROKEN, "does not open");
	write_file("seal.key", wrong, 31, 0600);
	refused(&opt, ASSAY_ERR_CONFIG_INVALID, "31 bytes, want 32");
	write_file("seal.key", right.ptr, 32, 0644);
	refused(&opt, ASSAY_ERR_CONFIG_INVALID, "mode 644");
	write_file("other.key", right.ptr, 32, 0600);
	(void)unlink(in_folder("seal.key"));
	(void)setenv("CREDENTIALS_DIRECTORY", folder, 1);
	opt.seal_source = "credential:seal.key";
	refused(&opt, ASSAY_ERR_CONFIG_INVALID, "seal.key is not there");
	opt.seal_source = "credential:../seal.key";
	refused(&opt, ASSAY_ERR_CONFIG_INVALID, "neither");
	opt.seal_source = "credential:other.key";
	keys = open_keys(&opt);
	(void)published(keys, T0, b);
	assert_memory_equal(a, b, sizeof(a));
	assay_keys_free(keys);
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	refused(&opt, ASSAY_ERR_CONFIG_INVALID, "CREDENTIALS_DIRECTORY");
	assay_buffer_wipe(&right);
	assay_store_close(store);
}

/* Erased on the day that nothing needs them any more. */
static void
gone_keys_are_erased(void **state)
{
	struct assay_store *store = open_store();
	struct assay_keys_options opt = options(store, T0);
	struct assay_keys *keys = open_keys(&opt);
	sqlite3 *db;
	sqlite3_stmt *s;

	(void)state;
	(void)tick(keys, T0 + 90 * D, false);
	(void)tick(keys, T0 + 91 * D, false);
	assay_keys_free(keys);
	assay_store_close(store);
	assert_int_equal(sqlite3_open(in_folder("assay.db"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*),"
	    " sum(length(sealed) = 0) FROM provider_key", -1, &s, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(s, 0), 3);
	assert_int_equal(sqlite3_column_int(s, 1), 1);
	sqlite3_finalize(s);
	sqlite3_close(db);
}

static void
providers_are_apart(void **state)
{
	struct assay_store *store = open_store();
	struct assay_keys_options opt = options(store, T0);
	struct assay_keys *one = open_keys(&opt), *two;
	char a[8][64], b[8][64];

	(void)state;
	opt.provider = "two";
	two = open_keys(&opt);
	(void)published(one, T0, a);
	(void)published(two, T0, b);
	assert_string_not_equal(a[0], b[0]);
	retire(store, b[0], true, T0, ASSAY_ERR_INVALID_OPERATION);
	assert_true(tick(one, T0, true));
	assert_string_equal(published(one, T0, b), "ES256:in use ES256:next");
	assert_string_equal(a[0], b[0]);
	assay_keys_free(one);
	assay_keys_free(two);
	assay_store_close(store);
}

int
main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, make_folder, drop_folder)
	static const struct CMUnitTest tests[] = {
		ROW(years_go_by),
		ROW(restart_changes_nothing),
		ROW(two_nodes_agree),
		ROW(rotate_waits_a_day),
		ROW(retire_only_what_may_go),
		ROW(long_tokens_keep_their_key),
		ROW(algorithm_changes_with_the_next),
		ROW(wrong_sealing_key),
		ROW(gone_keys_are_erased),
		ROW(providers_are_apart),
	};
#undef ROW

	return cmocka_run_group_tests(tests, NULL, NULL);
}
