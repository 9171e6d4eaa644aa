/* SPDX-License-Identifier: Apache-2.0 */
/* Our side of TLS against OpenSSL's client, over a socket pair. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "crypto/pem.h"
#include "crypto/tls.h"
#include "made.h"
#include "testlib.h"

static struct assay_buffer
pem_of_cert(const struct made *m)
{
	struct assay_buffer out = assay_buffer(8192);

	assert_true(assay_pem_put(&out, "CERTIFICATE",
	    assay_cert_der(m->cert)));
	return out;
}

static struct assay_buffer
pem_of_key(const struct made *m)
{
	struct assay_buffer out = assay_buffer(8192);
	struct assay_buffer der = assay_buffer(8192);
	struct assay_error err;

	assert_true(assay_signer_pkcs8(m->key, &der, &err));
	assert_true(assay_pem_put(&out, "PRIVATE KEY",
	    assay_buffer_bytes(&der)));
	assay_buffer_free(&der);
	return out;
}

/* The same key, behind a password. */
static struct assay_buffer
lock(const struct assay_buffer *pem)
{
	struct assay_buffer out = assay_buffer(8192);
	BIO *in = BIO_new_mem_buf(pem->ptr, (int)pem->len);
	BIO *locked = BIO_new(BIO_s_mem());
	EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
	char *text, password[] = "x";
	long n;

	assert_non_null(key);
	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(locked, key,
	    EVP_aes_128_cbc(), password, 1, NULL, NULL), 1);
	n = BIO_get_mem_data(locked, &text);
	assert_true(assay_buffer_put(&out, (struct assay_bytes){
	    (const uint8_t *)text, (size_t)n }));
	EVP_PKEY_free(key);
	BIO_free(in);
	BIO_free(locked);
	return out;
}

/* ---- a certificate and its key ---------------------------------------------- */

enum piece { CERT, KEY, OTHER_KEY, CA, NOTHING, JUNK, CUT, LOCKED, PIECES };

static const struct {
	const char	*name;
	enum piece	 cert, issuer, key;
	bool		 want;
} files[] = {
	{ "good", CERT, NOTHING, KEY, true },
	{ "with_issuer", CERT, CA, KEY, true },
	{ "key_of_another", CERT, NOTHING, OTHER_KEY, false },
	{ "no_key", CERT, NOTHING, NOTHING, false },
	{ "key_is_a_certificate", CERT, NOTHING, CERT, false },
	{ "key_is_junk", CERT, NOTHING, JUNK, false },
	{ "key_has_a_password", CERT, NOTHING, LOCKED, false },
	{ "no_certificate", NOTHING, NOTHING, KEY, false },
	{ "certificate_is_a_key", KEY, NOTHING, KEY, false },
	{ "certificate_is_cut", CUT, NOTHING, KEY, false },
	{ "issuer_is_cut", CERT, CUT, KEY, false },
	{ "issuers_first", CA, CERT, KEY, false },
};

static void
make_pieces(struct assay_buffer out[PIECES], struct made *ca)
{
	struct made leaf, other;

	*ca = made_ca("tls ca", NULL, -1);
	leaf = made_leaf("tls leaf", ca);
	other = made_leaf("tls other", ca);
	out[CERT] = pem_of_cert(&leaf);
	out[KEY] = pem_of_key(&leaf);
	out[OTHER_KEY] = pem_of_key(&other);
	out[CA] = pem_of_cert(ca);
	for (size_t i = NOTHING; i < LOCKED; i++)
		out[i] = assay_buffer(8192);
	assay_buffer_puts(&out[JUNK], "no PEM\n");
	out[LOCKED] = lock(&out[KEY]);
	assay_buffer_put(&out[CUT], (struct assay_bytes){ out[CA].ptr,
	    out[CA].len / 2 });
	made_free(&leaf);
	made_free(&other);
}

static void
free_pieces(struct assay_buffer pieces[PIECES], struct made *ca)
{
	for (size_t i = 0; i < PIECES; i++)
		assay_buffer_free(&pieces[i]);
	made_free(ca);
}

static void
certificates_and_keys(void **state)
{
	struct test_table t = { "files", 0, 0 };
	struct assay_buffer pieces[PIECES];
	struct made ca;

	(void)state;
	make_pieces(pieces, &ca);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct assay_buffer chain = assay_buffer(16384);
		struct assay_error err = { ASSAY_ERR_OK, "" };
		struct assay_tls_server *server = NULL;
		bool ok;

		assay_buffer_put(&chain,
		    assay_buffer_bytes(&pieces[files[i].cert]));
		assay_buffer_put(&chain,
		    assay_buffer_bytes(&pieces[files[i].issuer]));
		ok = assay_tls_server_new(assay_buffer_bytes(&chain),
		    assay_buffer_bytes(&pieces[files[i].key]), &server, &err);
		test_row(&t, files[i].name, ok == files[i].want &&
		    ok == (server != NULL) &&
		    (ok || err.code == ASSAY_ERR_CONFIG_INVALID), "%s",
		    err.text);
		made_assert_clean();
		assay_tls_server_free(server);
		assay_buffer_free(&chain);
	}
	test_table_end(&t);
	free_pieces(pieces, &ca);
}

/* ---- two ends -------------------------------------------------------------------- */

struct ends {
	struct assay_tls_server	*server;
	struct assay_tls	*tls;
	SSL_CTX			*ctx;
	SSL			*client;
	int			 fd[2];
};

static void
open_ends(struct ends *e)
{
	struct assay_buffer pieces[PIECES];
	struct assay_error err;
	struct made ca;

	make_pieces(pieces, &ca);
	if (!assay_tls_server_new(assay_buffer_bytes(&pieces[CERT]),
	    assay_buffer_bytes(&pieces[KEY]), &e->server, &err))
		fail_msg("%s", err.text);
	free_pieces(pieces, &ca);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
	    e->fd), 0);
	e->tls = assay_tls_new(e->server, e->fd[0]);
	assert_non_null(e->tls);
	e->ctx = SSL_CTX_new(TLS_client_method());
	assert_non_null(e->ctx);
	/* What a client may offer is the server's to refuse. */
	SSL_CTX_set_security_level(e->ctx, 0);
	assert_int_equal(SSL_CTX_set_min_proto_version(e->ctx, 0), 1);
	e->client = SSL_new(e->ctx);
	assert_non_null(e->client);
	assert_int_equal(SSL_set_fd(e->client, e->fd[1]), 1);
	SSL_set_connect_state(e->client);
}

static void
close_ends(struct ends *e)
{
	assay_tls_free(e->tls);
	assay_tls_server_free(e->server);
	SSL_free(e->client);
	SSL_CTX_free(e->ctx);
	(void)close(e->fd[0]);
	(void)close(e->fd[1]);
	ERR_clear_error();
}

/* Both sides in turn, to the end of the handshake: the server's last word. */
static enum assay_io
shake(struct ends *e)
{
	enum assay_io io = ASSAY_IO_WANT_READ;
	int client = 0;

	for (int i = 0; i < 20 && (io != ASSAY_IO_OK || client != 1); i++) {
		if (client != 1)
			client = SSL_do_handshake(e->client);
		if (io != ASSAY_IO_OK)
			io = assay_tls_handshake(e->tls);
		if (io == ASSAY_IO_FAILED)
			break;
		ERR_clear_error();
	}
	ERR_clear_error();
	return client == 1 || io == ASSAY_IO_FAILED ? io : ASSAY_IO_FAILED;
}

static void
set_versions(SSL *client, int least, int most)
{
	assert_int_equal(SSL_set_min_proto_version(client, least), 1);
	assert_int_equal(SSL_set_max_proto_version(client, most), 1);
}

static const struct {
	const char	*name;
	int		 least, most;
	const char	*ciphers;	/* of TLS 1.2; NULL: all */
	const char	*alpn;		/* NULL: none */
	bool		 want;
} offers[] = {
	{ "tls_1_3", TLS1_3_VERSION, TLS1_3_VERSION, NULL, NULL, true },
	{ "tls_1_2", TLS1_2_VERSION, TLS1_2_VERSION, NULL, NULL, true },
	{ "tls_1_1", TLS1_1_VERSION, TLS1_1_VERSION, NULL, NULL, false },
	{ "tls_1_0", TLS1_VERSION, TLS1_VERSION, NULL, NULL, false },
	{ "cbc", TLS1_2_VERSION, TLS1_2_VERSION,
	    "ECDHE-ECDSA-AES128-SHA256", NULL, false },
	{ "ccm", TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE-ECDSA-AES128-CCM",
	    NULL, false },
	{ "chacha", TLS1_2_VERSION, TLS1_2_VERSION,
	    "ECDHE-ECDSA-CHACHA20-POLY1305", NULL, true },
	{ "no_certificate", TLS1_2_VERSION, TLS1_2_VERSION, "aNULL", NULL,
	    false },
	{ "http_1_1", 0, 0, NULL, "\x08http/1.1", true },
	{ "http_2_or_1_1", 0, 0, NULL, "\x02h2\x08http/1.1", true },
	{ "http_2", 0, 0, NULL, "\x02h2", false },
};

static void
what_clients_offer(void **state)
{
	struct test_table t = { "offers", 0, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++) {
		const unsigned char *chosen = NULL;
		unsigned int n = 0;
		enum assay_io io;
		struct ends e;

		open_ends(&e);
		set_versions(e.client, offers[i].least, offers[i].most);
		if (offers[i].ciphers != NULL)
			assert_int_equal(SSL_set_cipher_list(e.client,
			    offers[i].ciphers), 1);
		if (offers[i].alpn != NULL)
			assert_int_equal(SSL_set_alpn_protos(e.client,
			    (const unsigned char *)offers[i].alpn,
			    (unsigned int)strlen(offers[i].alpn)), 0);
		io = shake(&e);
		SSL_get0_alpn_selected(e.client, &chosen, &n);
		test_row(&t, offers[i].name, offers[i].want ?
		    io == ASSAY_IO_OK && (offers[i].alpn == NULL ? n == 0 :
		    n == 8 && memcmp(chosen, "http/1.1", 8) == 0) :
		    io == ASSAY_IO_FAILED, "io %d, ALPN %u", io, n);
		close_ends(&e);
	}
	test_table_end(&t);
}

/* ---- bytes ------------------------------------------------------------------------ */

static void
bytes_both_ways(void **state)
{
	char in[16], sent[] = "hello";
	struct ends e;
	size_t n = 0;

	(void)state;
	open_ends(&e);
	assert_int_equal(shake(&e), ASSAY_IO_OK);
	assert_int_equal(assay_tls_read(e.tls, in, sizeof(in), &n),
	    ASSAY_IO_WANT_READ);
	assert_int_equal(SSL_write(e.client, sent, 5), 5);
	/* What is not read at once waits inside. */
	assert_int_equal(assay_tls_read(e.tls, in, 2, &n), ASSAY_IO_OK);
	assert_int_equal(n, 2);
	assert_int_equal(assay_tls_pending(e.tls), 3);
	assert_int_equal(assay_tls_read(e.tls, in + 2, 14, &n), ASSAY_IO_OK);
	assert_int_equal(n, 3);
	assert_memory_equal(in, sent, 5);
	assert_int_equal(assay_tls_pending(e.tls), 0);
	assert_int_equal(assay_tls_write(e.tls, "word", 4, &n), ASSAY_IO_OK);
	assert_int_equal(n, 4);
	assert_int_equal(SSL_read(e.client, in, sizeof(in)), 4);
	assert_memory_equal(in, "word", 4);
	made_assert_clean();
	close_ends(&e);
}

static void
the_end_is_announced(void **state)
{
	struct ends e;
	size_t n;
	char c;

	(void)state;
	open_ends(&e);
	assert_int_equal(shake(&e), ASSAY_IO_OK);
	assay_tls_end(e.tls);
	assert_int_equal(SSL_read(e.client, &c, 1), 0);
	assert_int_equal(SSL_get_error(e.client, 0), SSL_ERROR_ZERO_RETURN);
	(void)SSL_shutdown(e.client);
	assert_int_equal(assay_tls_read(e.tls, &c, 1, &n), ASSAY_IO_END);
	close_ends(&e);
	/* Who just goes is at the end, too: bodies have lengths. */
	open_ends(&e);
	assert_int_equal(shake(&e), ASSAY_IO_OK);
	assert_int_equal(shutdown(e.fd[1], SHUT_WR), 0);
	assert_int_equal(assay_tls_read(e.tls, &c, 1, &n), ASSAY_IO_END);
	made_assert_clean();
	close_ends(&e);
}

static void
a_full_socket_is_waited_for(void **state)
{
	static char block[16384];
	enum assay_io io = ASSAY_IO_OK;
	struct ends e;
	size_t n, sent = 0, got = 0;
	int in;

	(void)state;
	open_ends(&e);
	assert_int_equal(shake(&e), ASSAY_IO_OK);
	while (io == ASSAY_IO_OK && sent < 64u << 20) {
		n = 0;
		io = assay_tls_write(e.tls, block, sizeof(block), &n);
		sent += n;
	}
	assert_int_equal(io, ASSAY_IO_WANT_WRITE);
	while ((in = SSL_read(e.client, block, sizeof(block))) > 0)
		got += (size_t)in;
	ERR_clear_error();
	/* Behind that, what the last call could not finish goes on. */
	io = assay_tls_write(e.tls, block, sizeof(block), &n);
	assert_int_equal(io, ASSAY_IO_OK);
	sent += n;
	while ((in = SSL_read(e.client, block, sizeof(block))) > 0)
		got += (size_t)in;
	assert_int_equal(got, sent);
	close_ends(&e);
}

static void
no_new_handshake(void **state)
{
	char in[16];
	struct ends e;
	size_t n = 0;

	(void)state;
	open_ends(&e);
	set_versions(e.client, TLS1_2_VERSION, TLS1_2_VERSION);
	assert_int_equal(shake(&e), ASSAY_IO_OK);
	assert_int_equal(SSL_renegotiate(e.client), 1);
	assert_true(SSL_do_handshake(e.client) < 1);
	ERR_clear_error();
	/* A warning is the answer; nothing of a handshake comes back. */
	assert_int_equal(assay_tls_read(e.tls, in, sizeof(in), &n),
	    ASSAY_IO_WANT_READ);
	assert_true(SSL_do_handshake(e.client) < 1);
	assert_int_equal(ERR_GET_REASON(ERR_peek_error()),
	    SSL_R_NO_RENEGOTIATION);
	close_ends(&e);
}

static void
no_sessions_to_resume(void **state)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct ends e;
		char c;

		open_ends(&e);
		set_versions(e.client, versions[i], versions[i]);
		assert_int_equal(shake(&e), ASSAY_IO_OK);
		/* Tickets of TLS 1.3 would come now. */
		assert_true(SSL_read(e.client, &c, 1) < 1);
		assert_false(SSL_SESSION_is_resumable(
		    SSL_get0_session(e.client)));
		close_ends(&e);
	}
}

static void
rubbish_ends_it(void **state)
{
	static const char http[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
	struct ends e;
	size_t n;
	char c;

	(void)state;
	open_ends(&e);
	assert_int_equal(assay_tls_handshake(e.tls), ASSAY_IO_WANT_READ);
	assert_int_equal(write(e.fd[1], http, sizeof(http) - 1),
	    sizeof(http) - 1);
	assert_int_equal(assay_tls_handshake(e.tls), ASSAY_IO_FAILED);
	/* And nothing brings it back. */
	assert_int_equal(assay_tls_handshake(e.tls), ASSAY_IO_FAILED);
	assert_int_equal(assay_tls_read(e.tls, &c, 1, &n), ASSAY_IO_FAILED);
	assert_int_equal(assay_tls_write(e.tls, "x", 1, &n),
	    ASSAY_IO_FAILED);
	assay_tls_end(e.tls);
	made_assert_clean();
	close_ends(&e);
	/* The same in the middle of the data. */
	open_ends(&e);
	assert_int_equal(shake(&e), ASSAY_IO_OK);
	assert_int_equal(write(e.fd[1], http, sizeof(http) - 1),
	    sizeof(http) - 1);
	assert_int_equal(assay_tls_read(e.tls, &c, 1, &n), ASSAY_IO_FAILED);
	assert_int_equal(assay_tls_read(e.tls, &c, 1, &n), ASSAY_IO_FAILED);
	made_assert_clean();
	close_ends(&e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(certificates_and_keys),
		cmocka_unit_test(what_clients_offer),
		cmocka_unit_test(bytes_both_ways),
		cmocka_unit_test(the_end_is_announced),
		cmocka_unit_test(a_full_socket_is_waited_for),
		cmocka_unit_test(no_new_handshake),
		cmocka_unit_test(no_sessions_to_resume),
		cmocka_unit_test(rubbish_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
