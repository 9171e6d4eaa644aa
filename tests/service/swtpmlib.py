# SPDX-License-Identifier: Apache-2.0
"""A software TPM with EK certificates under a CA of its own, and tpm2-tools."""
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

TOOLS = ('swtpm', 'swtpm_setup', 'tpm2_createek', 'tpm2_createak',
         'tpm2_activatecredential', 'openssl')
SKIP = 77


def need_tools():
    """End the test as skipped where no software TPM is installed."""
    for tool in TOOLS:
        if shutil.which(tool) is None:
            print(f'SKIP: {tool} is absent: nothing tried with a TPM')
            sys.exit(SKIP)


def free_ports():
    """Two ports in a row that nobody uses: swtpm's, and its control."""
    first = random.randrange(23210, 23800, 2)   # not where others begin
    for port in range(first, 24000, 2):
        try:
            for p in (port, port + 1):
                with socket.socket() as s:
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    s.bind(('127.0.0.1', p))
            return port
        except OSError:
            continue
    raise RuntimeError('no free ports')


CONF = """create_certs_tool = {localca}
create_certs_tool_config = {dir}/localca.conf
create_certs_tool_options = /etc/swtpm-localca.options
"""
LOCALCA = """statedir = {dir}/ca
signingkey = {dir}/ca/signkey.pem
issuercert = {dir}/ca/issuercert.pem
certserial = {dir}/ca/certserial
"""


class Tpm:
    def __init__(self, *options):
        self.dir = tempfile.mkdtemp(prefix='assay-swtpm-')
        self.process = None
        for name in ('state', 'ca'):
            os.mkdir(os.path.join(self.dir, name))
        self.write('setup.conf', CONF.format(
            localca=shutil.which('swtpm_localca') or
            '/usr/bin/swtpm_localca', dir=self.dir))
        self.write('localca.conf', LOCALCA.format(dir=self.dir))
        done = subprocess.run(
            ['swtpm_setup', '--tpm2', '--tpmstate', self.path('state'),
             '--config', self.path('setup.conf'), '--create-ek-cert',
             '--create-platform-cert', '--overwrite',
             *options],
            capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stdout + done.stderr)
        self.start()

    def write(self, name, text):
        with open(self.path(name), 'w') as f:
            f.write(text)

    def path(self, name):
        return os.path.join(self.dir, name)

    def read(self, name):
        with open(self.path(name), 'rb') as f:
            return f.read()

    def start(self):
        for _ in range(10):
            if self.start_at(free_ports()):
                return
        raise RuntimeError('swtpm did not start')

    def start_at(self, port):
        """False if it ends at once: somebody else took the ports."""
        self.process = subprocess.Popen(
            ['swtpm', 'socket', '--tpm2', '--tpmstate',
             f'dir={self.path("state")}', '--server',
             f'type=tcp,port={port}', '--ctrl',
             f'type=tcp,port={port + 1}', '--flags',
             'not-need-init,startup-clear', '--seccomp', 'action=none',
             '--pid', f'file={self.path("pid")}'],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        self.tcti = f'swtpm:host=127.0.0.1,port={port}'
        # The control channel answers; the other serves one client at a time.
        until = time.monotonic() + 60
        while time.monotonic() < until and self.process.poll() is None:
            try:
                socket.create_connection(('127.0.0.1', port + 1), 1).close()
                time.sleep(0.2)     # was that ours? Then it still runs.
                return self.process.poll() is None
            except OSError:
                time.sleep(0.05)
        return False

    def tool(self, *args):
        done = subprocess.run(
            args, cwd=self.dir, capture_output=True, text=True,
            env={**os.environ, 'TPM2TOOLS_TCTI': self.tcti})
        if done.returncode != 0:
            raise RuntimeError(f'{args}: {done.stdout}{done.stderr}')
        return done.stdout

    def anchors(self):
        """The CA of its EK certificates, PEM: issuer and root."""
        return self.path('ca/issuercert.pem'), \
            self.path('ca/swtpm-localca-rootca-cert.pem')

    def flush(self):
        self.tool('tpm2_flushcontext', '-t')

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)
        shutil.rmtree(self.dir, ignore_errors=True)
