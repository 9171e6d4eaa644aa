#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""TLS: versions, protocols, handshakes that are odd, and what a client may
not do with a connection once it has one."""
import os
import ssl
import subprocess
import sys
import tempfile
import time

from servicelib import Server, Table, make_tls, tls_server

EVENTUALLY = 120        # the deadline of a head is 10 s


def requests(table, server):
    status, answer = server.json('GET', '/.well-known/openid-configuration')
    table.row('issuer', answer['issuer'].startswith('https://127.0.0.1:'),
              answer['issuer'])
    with server.connect() as s:
        for _ in range(3):
            table.same('keep-alive', server.request(
                'GET', '/certs', sock=s)[0], 200)
        table.row('version', s.version() in ('TLSv1.2', 'TLSv1.3'),
                  s.version())
    # More than one record each way.
    status, _ = server.json(
        'POST', '/attest/SgxEnclave?api-version=2022-08-01',
        {'quote': 'A' * 200000})
    table.same('long body', status, 400)
    table.same('refusal', server.raw(
        b'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
        half_close=False)[0][:12], b'HTTP/1.1 400')


def handshake(server, minimum=None, maximum=None, alpn=None):
    """The negotiated (version, protocol), or None."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if minimum is not None:
        context.minimum_version = minimum
    if maximum is not None:
        context.maximum_version = maximum
    if alpn is not None:
        context.set_alpn_protocols(alpn)
    was, server.tls = server.tls, context
    try:
        with server.connect() as s:
            return s.version(), s.selected_alpn_protocol()
    except (ssl.SSLError, OSError):
        return None
    finally:
        server.tls = was


def versions(table, server):
    v = ssl.TLSVersion
    table.same('TLS 1.3', handshake(server, v.TLSv1_3), ('TLSv1.3', None))
    table.same('TLS 1.2', handshake(server, maximum=v.TLSv1_2),
               ('TLSv1.2', None))
    table.same('ALPN of both', handshake(server, alpn=['h2', 'http/1.1']),
               ('TLSv1.3', 'http/1.1'))
    table.same('ALPN of another', handshake(server, alpn=['h2']), None)


def s_client(server, *options, lines=(), hold=False, seconds=EVENTUALLY):
    """Its exit status (None: it had to be stopped) and output, what it was
    told line by line. It quits at the end of its input, unless that is held
    open: then only the server ends it."""
    p = subprocess.Popen(
        ['openssl', 's_client', '-connect', f'127.0.0.1:{server.port}',
         *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True)
    try:
        for line in lines:
            time.sleep(0.05)
            p.stdin.write(line + '\n')
            p.stdin.flush()
        if hold:
            p.wait(seconds)
        return p.returncode, p.communicate(timeout=seconds)[0]
    except BrokenPipeError:
        return p.wait(seconds), p.stdout.read()
    except subprocess.TimeoutExpired:
        p.kill()
        return None, p.communicate()[0]


def old_versions(table, server):
    for option in '-tls1', '-tls1_1':
        code, out = s_client(server, option, '-cipher', 'ALL:@SECLEVEL=0')
        table.row(option, code != 0 and 'Cipher is (NONE)' in out, out[-300:])
    code, out = s_client(server, '-tls1_2', '-cipher',
                         'AES128-SHA:AES256-GCM-SHA384:@SECLEVEL=0')
    table.row('no key exchange by RSA', 'Cipher is (NONE)' in out,
              out[-300:])


def renegotiation(table, server):
    """A line "R" makes s_client ask for a new handshake: refused. Its client
    takes the refusal as the end."""
    code, out = s_client(server, '-tls1_2', lines=['R'], hold=True)
    table.row('renegotiation begun', 'RENEGOTIATING' in out, out[-300:])
    table.row('renegotiation refused', code == 1 and
              'no renegotiation' in out, (code, out[-300:]))
    table.same('after it', server.request('GET', '/certs')[0], 200)


def key_updates(table, server):
    """A line "K" makes s_client change keys and ask for the same. However
    often it does, without a request the head's deadline ends it."""
    start = time.monotonic()
    code, out = s_client(server, '-tls1_3', seconds=EVENTUALLY,
                         lines=['K'] * 100, hold=True)
    table.row('key updates', out.count('KEYUPDATE') >= 100, out[-300:])
    table.row('key updates end', code is not None,
              f'open after {time.monotonic() - start:.0f} s')
    table.same('after them', server.request('GET', '/certs')[0], 200)


def no_resumption(table, server):
    with tempfile.TemporaryDirectory(prefix='assayd-test-') as top:
        session = os.path.join(top, 's')
        for version in '-tls1_2', '-tls1_3':
            s_client(server, version, '-sess_out', session, lines=['Q'])
            if not os.path.exists(session):
                table.row(f'no session {version}', True)
                continue
            _, out = s_client(server, version, '-sess_in', session,
                              lines=['Q'])
            table.row(f'no session {version}', 'Reused, ' not in out,
                      out[-300:])
            os.unlink(session)


def odd_handshakes(table, server):
    was, server.tls = server.tls, None
    with server.connect(EVENTUALLY) as s:
        s.sendall(b'GET /certs HTTP/1.1\r\nHost: a\r\n\r\n')
        try:
            table.row('plain HTTP', b'200' not in s.recv(100))
        except OSError:
            table.row('plain HTTP', True)
    # A handshake cut into single bytes either ends or goes on.
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    shake = was.wrap_bio(incoming, outgoing, server_hostname='localhost')
    try:
        shake.do_handshake()
    except ssl.SSLWantReadError:
        pass
    hello = outgoing.read()
    with server.connect(EVENTUALLY) as s:
        for i in range(len(hello)):
            s.sendall(hello[i:i + 1])
        table.row('hello byte by byte', len(s.recv(1)) == 1)
    # The same, each byte a record of its own.
    with server.connect(EVENTUALLY) as s:
        for i in range(5, len(hello)):
            s.sendall(hello[:3] + b'\x00\x01' + hello[i:i + 1])
        table.row('hello in records of a byte', len(s.recv(1)) == 1)
    # A handshake that is never finished is cut off like a head.
    with server.connect(EVENTUALLY) as s:
        s.sendall(hello[:20])
        table.same('half a hello', s.recv(100), b'')
    server.tls = was
    table.same('after them', server.request('GET', '/certs')[0], 200)


def bad_files(table):
    with tempfile.TemporaryDirectory(prefix='assayd-test-') as top:
        cert, key = make_tls(top)
        locked = os.path.join(top, 'locked')
        subprocess.run(['openssl', 'pkey', '-in', key, '-aes256', '-passout',
                        'pass:x', '-out', locked], check=True,
                       capture_output=True)
        other = os.path.join(top, 'other')
        os.mkdir(other)
        _, other_key = make_tls(other)
        both = os.path.join(top, 'both')
        with open(cert) as a, open(both, 'w') as out:
            text = a.read()
            out.write(text + text[:len(text) // 2])
        for name, c, k in (('key is no key', cert, cert),
                           ('key has a password', cert, locked),
                           ('key of another', cert, other_key),
                           ('certificate is none', key, key),
                           ('chain is cut', both, key)):
            with Server('--tls-cert', c, '--tls-key', k, wait=False) as s:
                table.same(name, s.process.wait(EVENTUALLY), 3)
                table.row(f'{name}: why', b'TLS certificate and key' in
                          s.raw_log(), s.raw_log()[-300:])


def main():
    table = Table('tls')
    with tls_server() as server:
        requests(table, server)
        versions(table, server)
        old_versions(table, server)
        renegotiation(table, server)
        no_resumption(table, server)
        odd_handshakes(table, server)
        key_updates(table, server)
    bad_files(table)
    return 0 if table.end() else 1


sys.exit(main())
