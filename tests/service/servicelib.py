# SPDX-License-Identifier: Apache-2.0
"""Start assayd, talk to it over real sockets, count what was tried."""
import base64
import contextlib
import email.utils
import glob
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

ASSAYD = os.environ['ASSAYD']
SHARED = os.environ.get('ASSAY_SHARED') or str(pathlib.Path(
    os.environ.get('ASSAY_SOURCE_ROOT', '.')).resolve().parent / 'shared')
SKIP = 77


def shared(path, what):
    """A path under the shared folder; ends the test as skipped without it."""
    full = os.path.join(SHARED, path)
    if not os.path.exists(full):
        print(f'SKIP: {full} is absent: {what} not tested')
        sys.exit(SKIP)
    return full


def b64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip('=')


def unb64(text):
    text = text.replace('+', '-').replace('/', '_').rstrip('=')
    return base64.urlsafe_b64decode(text + '=' * (-len(text) % 4))


def claims_of(token):
    return json.loads(unb64(token.split('.')[1]))


def header_of(token):
    return json.loads(unb64(token.split('.')[0]))


FAKETIME = glob.glob('/usr/lib/*/faketime/libfaketime.so.1')


class Clock:
    """The clock that a server under libfaketime sees."""

    def __init__(self, folder):
        self.path = os.path.join(folder, 'clock')
        self.set('+0')

    def set(self, text):
        with open(self.path + '.new', 'w') as f:
            f.write(text + '\n')
        os.rename(self.path + '.new', self.path)

    def move_to(self, recording):
        """The time at which it was recorded, standing still."""
        headers = {k.lower(): v
                   for k, v in recording['response']['headers'].items()}
        when = email.utils.parsedate_to_datetime(headers['date'])
        self.set(when.strftime('%Y-%m-%d %H:%M:%S'))

    def environment(self):
        return {**os.environ, 'LD_PRELOAD': FAKETIME[0],
                'FAKETIME_TIMESTAMP_FILE': self.path, 'TZ': 'UTC',
                'FAKETIME_NO_CACHE': '1', 'FAKETIME_DONT_FAKE_MONOTONIC': '1',
                'ASAN_OPTIONS': os.environ.get('ASAN_OPTIONS', '') +
                ':verify_asan_link_order=0' +
                # Else the allocator asks for the time while it holds a
                # lock that libfaketime's first call needs.
                ':allocator_release_to_os_interval_ms=-1'}


class Table:
    """Counts rows; the test fails if one failed or none ran."""

    def __init__(self, name):
        self.name, self.passed, self.failed = name, 0, 0

    def row(self, row, ok, why=''):
        if ok:
            self.passed += 1
        else:
            self.failed += 1
            print(f'{self.name}: {row}: FAILED {why}')
        return ok

    def same(self, row, found, want):
        return self.row(row, found == want,
                        f'found {found!r}, want {want!r}')

    def end(self):
        print(f'{self.name}: {self.passed} passed, {self.failed} failed')
        return self.failed == 0 and self.passed > 0


class Server:
    """Whoever asks may do all, unless trust is False."""

    def __init__(self, *options, data=None, keep=False, listen='127.0.0.1:0',
                 wait=True, env=None, trust=True):
        self.own = data is None
        self.tls = None
        self.data = data or tempfile.mkdtemp(prefix='assayd-test-')
        self.log_path = os.path.join(self.data, 'log.txt')
        os.makedirs(self.data, mode=0o700, exist_ok=True)
        self.log = open(self.log_path, 'ab')
        start = self.log.tell()
        self.process = subprocess.Popen(
            [ASSAYD, '--data-dir', self.data, '--listen', listen,
             '--log-format', 'json',
             *(['--trust-loopback'] if trust else []), *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=self.log, env=env)
        self.port = None
        if wait:
            self.wait_ready(start)

    def lines(self, start=0):
        with open(self.log_path, 'rb') as f:
            f.seek(start)
            for line in f.read().decode('utf-8', 'replace').splitlines():
                try:
                    yield json.loads(line)
                except ValueError:
                    pass

    def raw_log(self):
        with open(self.log_path, 'rb') as f:
            return f.read()

    def wait_ready(self, start=0, seconds=300):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for line in self.lines(start):
                if line['event'] == 'listening':
                    self.port = line['port']
                if line['event'] == 'ready':
                    self.issuer = line['issuer']
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise RuntimeError('assayd did not start:\n' +
                           self.raw_log().decode('utf-8', 'replace'))

    def wait_event(self, event, seconds=300):
        """The first line of this event, or None if the program ended."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for line in self.lines():
                if line['event'] == event:
                    return line
            if self.process.poll() is not None:
                return None
            time.sleep(0.005)
        return None

    def stop(self, how=signal.SIGTERM, seconds=20):
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(timeout=seconds)
        self.log.close()
        return code

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self.process.poll() is None:
            code = self.stop()
            if exc[0] is None and code != 0:
                print(self.raw_log().decode('utf-8', 'replace')[-8000:])
                raise RuntimeError(f'assayd ended with {code}')
        if self.own:
            shutil.rmtree(self.data, ignore_errors=True)

    # ---- requests

    def connect(self, timeout=60):
        s = socket.create_connection(('127.0.0.1', self.port), timeout)
        if self.tls is None:
            return s
        return self.tls.wrap_socket(s, server_hostname='localhost')

    def half_close(self, s):
        """Of the stream below TLS: unwrap() would wait for the other side's
        goodbye, and shutdown() of an SSLSocket forget the keys."""
        socket.socket.shutdown(s, socket.SHUT_WR)

    def raw(self, data, timeout=60, half_close=True, before=None):
        """Send bytes, read to the end: (bytes, closed by the server).

        before: (a request that comes first, whether its answer is read
        before the rest is sent)."""
        out = b''
        with self.connect(timeout) as s:
            try:
                if before is not None and before[1]:
                    s.sendall(before[0])
                    while not whole_answer(out):
                        piece = s.recv(65536)
                        if not piece:
                            return out, True
                        out += piece
                elif before is not None:
                    data = before[0] + data
                s.sendall(data)
                if half_close:
                    self.half_close(s)
            except OSError:
                pass
            try:
                while True:
                    piece = s.recv(65536)
                    if not piece:
                        return out, True
                    out += piece
            except (ConnectionResetError, ssl.SSLError) as e:
                return out, not isinstance(e, ssl.SSLWantReadError)
            except socket.timeout:
                return out, False

    def request(self, method, target, body=None, headers=(), sock=None,
                timeout=10):
        """One request: (status, headers with lower-case names, body)."""
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        head = [f'{method} {target} HTTP/1.1', 'Host: 127.0.0.1']
        head += [f'{k}: {v}' for k, v in dict(headers).items()]
        if body is not None:
            head.append(f'Content-Length: {len(body)}')
        s = sock or self.connect(timeout)
        try:
            s.sendall('\r\n'.join(head).encode() + b'\r\n\r\n' +
                      (body or b''))
            return read_answer(s, method)
        finally:
            if sock is None:
                s.close()

    def json(self, method, target, body=None, headers=()):
        status, head, text = self.request(method, target, body, headers)
        return status, json.loads(text)


def whole_answer(data):
    head, end, body = data.partition(b'\r\n\r\n')
    length = re.search(rb'(?i)\r\ncontent-length: *(\d+)', head)
    return bool(end) and len(body) >= (int(length.group(1)) if length else 0)


def make_tls(folder):
    """Certificate and key of localhost: paths; ends the test without
    openssl."""
    if shutil.which('openssl') is None:
        print('SKIP: no openssl program: TLS not tested')
        sys.exit(SKIP)
    cert, key = os.path.join(folder, 'cert'), os.path.join(folder, 'key')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
                    'ec_paramgen_curve:P-256', '-nodes', '-keyout', key,
                    '-out', cert, '-days', '2', '-subj', '/CN=localhost',
                    '-addext', 'subjectAltName=DNS:localhost'],
                   check=True, capture_output=True)
    return cert, key


@contextlib.contextmanager
def tls_server(*options):
    """A Server whose connections are TLS."""
    with tempfile.TemporaryDirectory(prefix='assayd-test-') as top:
        cert, key = make_tls(top)
        with Server('--tls-cert', cert, '--tls-key', key, *options) as s:
            s.tls = ssl.create_default_context(cafile=cert)
            yield s


def read_answer(s, method='GET', rest=None):
    """rest: a bytearray of what was read beyond the last answer."""
    data = bytearray() if rest is None else rest
    while b'\r\n\r\n' not in data:
        piece = s.recv(65536)
        if not piece:
            raise ConnectionError('closed within a head')
        data += piece
    head, _, body = bytes(data).partition(b'\r\n\r\n')
    lines = head.decode('latin-1').split('\r\n')
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(':')
        headers[name.lower()] = value.strip()
    status = int(lines[0].split(' ')[1])
    want = 0 if method == 'HEAD' or status == 100 else \
        int(headers.get('content-length', 0))
    while len(body) < want:
        piece = s.recv(65536)
        if not piece:
            raise ConnectionError('closed within a body')
        body += piece
    if rest is not None:
        rest[:] = body[want:]
    return status, headers, body[:want]


# ---- collateral and requests of the recorded service

def recorded_collateral(folder, crl_year='2022'):
    """The collateral that the recorded service used, in our layout."""
    pairs = shared('vectors/maa-pairs', 'recorded attestations')
    os.makedirs(folder, exist_ok=True)
    for ours, theirs in (
            ('tcb_info.json', 'collateral_tcb_info.json'),
            ('tcb_info_chain.pem', 'collateral_issuer_chain.pem'),
            ('qe_identity.json', 'collateral_qe_identity.json'),
            ('qe_identity_chain.pem', 'collateral_issuer_chain.pem'),
            ('root_ca_crl.pem', f'collateral_root_ca_crl_{crl_year}.pem')):
        shutil.copy(os.path.join(pairs, theirs), os.path.join(folder, ours))
    # The recordings do not hold the PCK CRL: take one of the same CA.
    vectors = pathlib.Path(shared('vectors/sgxtdx', 'recorded attestations'))
    source = sorted(vectors.glob('sgx-v3-00906ed50000-azsdkcpp-*-tcbv2'))
    shutil.copy(source[0] / 'pck_crl.der', folder)
    return folder


def thumbprint(der):
    return hashlib.sha1(der).hexdigest().upper()
