/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/file.h"
#include "base/text.h"
#include "cli/swtpm.h"

#define PORT_FIRST	2321
#define PORT_LAST	2521
#define LOG_MAX		(256u * 1024)
#define CMD_SHUTDOWN	3	/* swtpm_ioctls(3): control channel */
#define CONTROL_SECONDS	10

bool
swtpm_path(const struct swtpm *s, const char *name, char out[SWTPM_PATH_MAX],
    struct assay_error *err)
{
	int n = snprintf(out, SWTPM_PATH_MAX, "%s/%s", s->dir, name);

	if (n < 0 || n >= SWTPM_PATH_MAX)
		return assay_fail(err, ASSAY_ERR_IO_FAILED,
		    "path of %s is longer than %d bytes", name,
		    SWTPM_PATH_MAX);
	return true;
}

/* ---- other programs -------------------------------------------------------- */

/* The child's side: output into the log, no input, then the program. */
static void
become(const char *const *argv, int log)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null == -1 || dup2(null, 0) == -1 || dup2(log, 1) == -1 ||
	    dup2(log, 2) == -1)
		_exit(126);
	/* execvp() takes char *const[], and changes nothing. */
	(void)execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

/* The last line of a log that says something, for a person. */
static bool
fail_with_log(const char *program, const char *path, int status,
    struct assay_error *err)
{
	struct assay_buffer log = { 0 };
	struct assay_error ignored;
	size_t end, from;

	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return assay_fail(err, ASSAY_ERR_IO_FAILED,
		    "%s cannot be started: install the packages swtpm and "
		    "swtpm-tools", program);
	if (!assay_file_read(path, LOG_MAX, &log, &ignored))
		return assay_fail(err, ASSAY_ERR_IO_FAILED,
		    "%s failed with status %d", program, status);
	end = log.len;
	while (end != 0 && log.ptr[end - 1] == '\n')
		end--;
	from = end;
	while (from != 0 && log.ptr[from - 1] != '\n')
		from--;
	(void)assay_fail(err, ASSAY_ERR_IO_FAILED,
	    "%s failed; its log is %.200s, its last line: %.*s", program,
	    path, (int)(end - from < 200 ? end - from : 200),
	    assay_buffer_str(&log) + from);
	assay_buffer_free(&log);
	return false;
}

static bool
run(const struct swtpm *s, const char *const *argv, struct assay_error *err)
{
	char path[SWTPM_PATH_MAX];
	int log, status = 0;
	pid_t pid;

	if (!swtpm_path(s, "swtpm.log", path, err))
		return false;
	log = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (log == -1)
		return assay_fail(err, ASSAY_ERR_IO_FAILED, "%s: %s", path,
		    strerror(errno));
	if ((pid = fork()) == 0)
		become(argv, log);
	(void)close(log);
	if (pid == -1)
		return assay_fail(err, ASSAY_ERR_IO_FAILED, "fork: %s",
		    strerror(errno));
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return assay_fail(err, ASSAY_ERR_IO_FAILED,
			    "waitpid: %s", strerror(errno));
	return status == 0 || fail_with_log(argv[0], path, status, err);
}

/* ---- a TPM that was never switched on -------------------------------------- */

static bool
write_text(const struct swtpm *s, const char *name, const char *text,
    struct assay_error *err)
{
	char path[SWTPM_PATH_MAX];

	return swtpm_path(s, name, path, err) &&
	    assay_file_write(path, assay_bytes_of(text), 0644, err);
}

/* Where the program is: swtpm_setup.conf wants a path. */
static bool
find_program(const char *name, char out[SWTPM_PATH_MAX],
    struct assay_error *err)
{
	static const char *const folders[] = { "/usr/bin", "/usr/local/bin",
	    "/usr/share/swtpm" };

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		(void)snprintf(out, SWTPM_PATH_MAX, "%s/%s", folders[i],
		    name);
		if (access(out, X_OK) == 0)
			return true;
	}
	return assay_fail(err, ASSAY_ERR_IO_FAILED,
	    "there is no %s: install the package swtpm-tools", name);
}

/* A CA of this directory alone: nobody's certificates come from elsewhere. */
static bool
write_configs(const struct swtpm *s, struct assay_error *err)
{
	struct assay_buffer setup = assay_buffer(4 * SWTPM_PATH_MAX);
	struct assay_buffer ca = assay_buffer(5 * SWTPM_PATH_MAX);
	char tool[SWTPM_PATH_MAX];
	bool ok;

	ok = find_program("swtpm_localca", tool, err);
	(void)assay_buffer_printf(&setup, "create_certs_tool = %s\n"
	    "create_certs_tool_config = %s/localca.conf\n"
	    "create_certs_tool_options = %s/localca.options\n", tool, s->dir,
	    s->dir);
	(void)assay_buffer_printf(&ca, "statedir = %s/ca\n"
	    "signingkey = %s/ca/signkey.pem\n"
	    "issuercert = %s/ca/issuercert.pem\n"
	    "certserial = %s/ca/certserial\n", s->dir, s->dir, s->dir, s->dir);
	ok = ok && assay_buffer_ok(&setup, "swtpm_setup.conf", err) &&
	    assay_buffer_ok(&ca, "localca.conf", err) &&
	    write_text(s, "swtpm_setup.conf", assay_buffer_str(&setup), err) &&
	    write_text(s, "localca.conf", assay_buffer_str(&ca), err) &&
	    write_text(s, "localca.options", "--platform-manufacturer Assay\n"
	    "--platform-version 1.0\n--platform-model Simulated\n", err);
	assay_buffer_free(&setup);
	assay_buffer_free(&ca);
	return ok;
}

/* Both certificates of the CA, root first, as one file of trust anchors. */
static bool
write_anchors(const struct swtpm *s, struct assay_error *err)
{
	struct assay_buffer root = { 0 }, issuer = { 0 };
	struct assay_buffer both = assay_buffer(LOG_MAX);
	char path[SWTPM_PATH_MAX];
	bool ok;

	ok = swtpm_path(s, "ca/swtpm-localca-rootca-cert.pem", path, err) &&
	    assay_file_read(path, LOG_MAX / 2, &root, err) &&
	    swtpm_path(s, "ca/issuercert.pem", path, err) &&
	    assay_file_read(path, LOG_MAX / 2, &issuer, err);
	if (ok) {
		(void)assay_buffer_put(&both, assay_buffer_bytes(&root));
		(void)assay_buffer_put(&both, assay_buffer_bytes(&issuer));
		ok = assay_buffer_ok(&both, "EK CA", err) &&
		    swtpm_path(s, "ek-ca.pem", path, err) &&
		    assay_file_write(path, assay_buffer_bytes(&both), 0644,
		    err);
	}
	assay_buffer_free(&root);
	assay_buffer_free(&issuer);
	assay_buffer_free(&both);
	return ok;
}

static bool
manufacture(const struct swtpm *s, const char *banks,
    struct assay_error *err)
{
	char config[SWTPM_PATH_MAX];
	const char *const argv[] = { "swtpm_setup", "--tpm2", "--tpmstate",
	    s->dir, "--config", config, "--create-ek-cert", "--pcr-banks",
	    banks, "--overwrite", NULL };

	return write_configs(s, err) &&
	    swtpm_path(s, "swtpm_setup.conf", config, err) &&
	    run(s, argv, err) && write_anchors(s, err);
}

bool
swtpm_make(const char *dir, const char *banks, struct swtpm *out,
    struct assay_error *err)
{
	struct swtpm s = { .port = 0 };
	char path[SWTPM_PATH_MAX];
	char *absolute;

	if (mkdir(dir, 0700) == -1 && errno != EEXIST)
		return assay_fail(err, ASSAY_ERR_IO_FAILED, "%s: %s", dir,
		    strerror(errno));
	/* swtpm changes its directory: relative paths lead it astray. */
	if ((absolute = realpath(dir, NULL)) == NULL ||
	    strlen(absolute) >= sizeof(s.dir)) {
		free(absolute);
		return assay_fail(err, ASSAY_ERR_IO_FAILED,
		    "%s has no usable absolute path", dir);
	}
	memcpy(s.dir, absolute, strlen(absolute) + 1);
	free(absolute);
	if (!swtpm_path(&s, "ek-ca.pem", path, err) ||
	    (access(path, F_OK) == -1 && !manufacture(&s, banks, err)))
		return false;
	*out = s;
	return true;
}

/* ---- on and off ------------------------------------------------------------- */

static struct sockaddr_in
loopback(int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port) };

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return to;
}

static bool
is_free(int port)
{
	struct sockaddr_in at = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
	bool ok;

	if (fd == -1)
		return false;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	ok = bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0;
	(void)close(fd);
	return ok;
}

/* The first free pair from `from` on; 0 if there is none. */
static int
free_pair(int from)
{
	for (int port = from; port <= PORT_LAST; port += 2)
		if (is_free(port) && is_free(port + 1))
			return port;
	return 0;
}

static bool
start_at(struct swtpm *s, int port, struct assay_error *err)
{
	char state[SWTPM_PATH_MAX + 8], server[64], control[64], number[16];
	const char *const argv[] = { "swtpm", "socket", "--tpm2",
	    "--tpmstate", state, "--server", server, "--ctrl", control,
	    "--flags", "not-need-init,startup-clear", "--seccomp",
	    "action=none", "--daemon", NULL };

	(void)snprintf(state, sizeof(state), "dir=%s", s->dir);
	(void)snprintf(server, sizeof(server),
	    "type=tcp,bindaddr=127.0.0.1,port=%d", port);
	(void)snprintf(control, sizeof(control),
	    "type=tcp,bindaddr=127.0.0.1,port=%d", port + 1);
	(void)snprintf(number, sizeof(number), "%d\n", port);
	if (!run(s, argv, err) || !write_text(s, "port", number, err))
		return false;
	s->port = port;
	(void)snprintf(s->tcti, sizeof(s->tcti),
	    "swtpm:host=127.0.0.1,port=%d", port);
	return true;
}

bool
swtpm_start(struct swtpm *s, int port, struct assay_error *err)
{
	if (port != 0)
		return (is_free(port) && is_free(port + 1)) ?
		    start_at(s, port, err) :
		    assay_fail(err, ASSAY_ERR_IO_FAILED,
		    "ports %d and %d are not both free", port, port + 1);
	while ((port = free_pair(port != 0 ? port + 2 : PORT_FIRST)) != 0) {
		if (start_at(s, port, err))
			return true;
		/* Somebody was faster: only then is there a point in more. */
		if (is_free(port) && is_free(port + 1))
			return false;
	}
	return assay_fail(err, ASSAY_ERR_IO_FAILED,
	    "no two neighbouring ports from %d to %d are free", PORT_FIRST,
	    PORT_LAST);
}

/* What ran here last; 0 if nothing did. */
static bool
last_port(const struct swtpm *s, int *out, struct assay_error *err)
{
	struct assay_buffer text = { 0 };
	char path[SWTPM_PATH_MAX];
	uint64_t port = 0;
	bool found = false, ok;

	ok = swtpm_path(s, "port", path, err) &&
	    assay_file_read_if(path, 16, &text, &found, err);
	if (ok && found) {
		struct assay_bytes digits = assay_buffer_bytes(&text);

		if (digits.len != 0 && digits.ptr[digits.len - 1] == '\n')
			digits.len--;
		ok = (assay_text_u64(digits, &port) && port < 65535) ||
		    assay_fail(err, ASSAY_ERR_IO_FAILED, "%s is not a port",
		    path);
	}
	assay_buffer_free(&text);
	*out = (int)port;
	return ok;
}

/* Ask through the control channel: no process is looked for or killed. */
static bool
shut_down(int port, bool *ran)
{
	static const uint8_t command[4] = { 0, 0, 0, CMD_SHUTDOWN };
	const struct timeval patience = { .tv_sec = CONTROL_SECONDS };
	struct sockaddr_in to = loopback(port + 1);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint8_t answer[4];
	bool ok;

	*ran = false;
	if (fd == -1)
		return false;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
	    sizeof(patience));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == -1) {
		(void)close(fd);
		return errno == ECONNREFUSED;
	}
	*ran = true;
	ok = send(fd, command, sizeof(command), MSG_NOSIGNAL) ==
	    (ssize_t)sizeof(command);
	/* It answers with a result code, then hangs up: wait for both. */
	while (ok && recv(fd, answer, sizeof(answer), 0) > 0)
		continue;
	(void)close(fd);
	return ok;
}

bool
swtpm_stop(const struct swtpm *s, bool *ran, struct assay_error *err)
{
	char path[SWTPM_PATH_MAX];
	int port = 0;

	*ran = false;
	if (!last_port(s, &port, err))
		return false;
	if (port == 0)
		return true;
	if (!shut_down(port, ran))
		return assay_fail(err, ASSAY_ERR_IO_FAILED,
		    "the TPM at port %d does not stop: %s", port,
		    strerror(errno));
	if (!swtpm_path(s, "port", path, err))
		return false;
	(void)unlink(path);
	return true;
}
