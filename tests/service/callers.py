#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who may call: access tokens of an issuer made here, and nobody else."""
import base64
import hashlib
import hmac
import json
import os
import pickle
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from oidclib import AUDIENCE, Issuer, Key, bearer
from servicelib import SKIP, Server, Table, b64url, shared
from signerlib import policy, unsecured

VERSION = '?api-version=2022-08-01'
POLICY = '/policies/SgxEnclave' + VERSION
ATTEST = '/attest/SgxEnclave' + VERSION
TPM = '/attest/Tpm' + VERSION
READER, CONTRIBUTOR = 'Attestation Reader', 'Attestation Contributor'


class Place:
    """Issuers, keys, and the file that says whom to believe."""

    def __init__(self, folder):
        self.folder = folder
        self.file = os.path.join(folder, 'callers.json')

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, *issuers, **other):
        with open(self.file + '.new', 'w') as f:
            json.dump({'issuers': list(issuers), **other}, f)
        os.rename(self.file + '.new', self.file)
        return self.file


def entry(issuer, **other):
    out = {'issuer': issuer.url, 'audience': AUDIENCE, **other}
    return {k: v for k, v in out.items() if v is not None}


def ask(server, method, target, token=None, body=None, headers=()):
    """(status, headers, innererror)"""
    headers = dict(headers)
    if token is not None:
        headers.update(bearer(token))
    status, head, text = server.request(method, target, body, headers)
    answer = json.loads(text) if text else {}
    return status, head, answer.get('error', {}).get('innererror', {})


def put(server, token, headers=()):
    return ask(server, 'PUT', POLICY, token, unsecured(policy('x')), headers)


def refused(table, row, answer, code, *words):
    status, head, inner = answer
    said = inner.get('message', '')
    table.same(row, (status, inner.get('code')), (401, code))
    for word in words:
        table.row(row, word in said, f'"{word}" is not in: {said}')
    table.row(row, head.get('www-authenticate', '').startswith('Bearer '),
              f'WWW-Authenticate: {head.get("www-authenticate")}')


def undecided(table, row, answer, *words):
    status, head, inner = answer
    said = inner.get('message', '')
    table.same(row, (status, inner.get('code')), (503, 'CALLER_KEYS_MISSING'))
    table.row(row, head.get('retry-after', '').isdigit(), str(head))
    for word in words:
        table.row(row, word in said, f'"{word}" is not in: {said}')


# ---- who may what

def roles(table, server, issuer):
    reader = issuer.token(READER)
    writer = issuer.token(CONTRIBUTOR)
    table.same('reader reads', ask(server, 'GET', POLICY, reader)[0], 200)
    table.same('contributor reads', ask(server, 'GET', POLICY, writer)[0],
               200)
    table.same('contributor writes', put(server, writer)[0], 200)
    answer = put(server, reader)
    refused(table, 'reader writes', answer, 'UNAUTHORIZED',
            'Access to /policies/SgxEnclave', 'Attestation Contributor',
            'alice')
    table.row('reader writes', 'error="insufficient_scope"' in
              answer[1]['www-authenticate'], str(answer[1]))
    refused(table, 'no role reads',
            ask(server, 'GET', POLICY, issuer.token()), 'UNAUTHORIZED',
            'Attestation Reader')
    refused(table, 'a role of another service',
            ask(server, 'GET', POLICY, issuer.token('Owner')),
            'UNAUTHORIZED', 'no role here')
    answer = ask(server, 'GET', POLICY)
    refused(table, 'anonymous', answer, 'UNAUTHORIZED',
            'Access to /policies/SgxEnclave requires a valid JWT bearer '
            'token', 'Attestation Reader')
    table.row('anonymous: no error is named',
              'error=' not in answer[1]['www-authenticate'], str(answer[1]))
    refused(table, 'anonymous write', put(server, None), 'UNAUTHORIZED',
            'Attestation Contributor')
    for target in ('/certs', '/healthz', '/readyz',
                   '/.well-known/openid-configuration'):
        table.same(f'{target} ignores tokens',
                   ask(server, 'GET', target, 'junk')[0], 200)
    said = [line for line in server.lines()
            if line.get('event') == 'request' and 'caller' in line]
    table.row('log names callers', any(
        line['caller'] == f'alice ({issuer.url})' for line in said),
        repr(said)[:200])
    table.row('log has no tokens', reader.split('.')[2].encode() not in
              server.raw_log())


def attestation(table, server, issuer):
    """Anybody may attest, but for TPM and the version of 2018."""
    table.same('anonymous attests', ask(server, 'POST', ATTEST, None,
                                        '{"quote":"AA"}')[0], 400)
    table.same('junk is not looked at', ask(
        server, 'POST', ATTEST, 'junk', '{"quote":"AA"}')[0], 400)
    old = '/attest/Tee/SgxEnclave?api-version=2018-09-01-preview'
    for target in (TPM, old):
        refused(table, f'{target} anonymous',
                ask(server, 'POST', target, None, '{}'), 'UNAUTHORIZED',
                'a caller who is known')
        table.same(f'{target} known', ask(
            server, 'POST', target, issuer.token(), '{}')[0], 400)
        refused(table, f'{target} expired', ask(
            server, 'POST', target, issuer.token(exp=int(time.time()) - 90,
                                                 nbf=None, iat=None),
            '{}'), 'TOKEN_EXPIRED', 'expired')


def switches(table, place, issuer):
    place.write(entry(issuer))
    for value, sgx, tpm in (('always', 401, 401), ('azure', 400, 401),
                            ('never', 400, 400)):
        with Server('--callers', place.file, '--require-caller', value,
                    trust=False) as server:
            table.same(f'{value}: SGX', ask(server, 'POST', ATTEST, None,
                                            '{}')[0], sgx)
            table.same(f'{value}: TPM', ask(server, 'POST', TPM, None,
                                            '{}')[0], tpm)
            for target in (ATTEST, TPM):
                table.same(f'{value}: known', ask(
                    server, 'POST', target, issuer.token(), '{}')[0], 400)


def command_line(table, place, issuer):
    """`assay` shows the token of a file to a service that wants one."""
    place.write(entry(issuer))
    quote, token = place.path('quote'), place.path('token')
    with open(quote, 'wb') as f:
        f.write(b'no quote')
    with open(token, 'w') as f:
        f.write(issuer.token(CONTRIBUTOR) + '\n')
    with Server('--callers', place.file, '--require-caller', 'always',
                trust=False) as server:
        for row, command, refused_as, shown_as in (
                ('attest', ('attest', 'sgx', '--quote', quote), 3, 1),
                ('get', ('policy', 'get', 'SgxEnclave'), 3, 0)):
            for more, want in (((), refused_as),
                               (('--bearer', token), shown_as)):
                out = subprocess.run(
                    [os.environ['ASSAY'], *command, '--url', server.issuer,
                     *more], stdin=subprocess.DEVNULL, capture_output=True)
                table.same(f'assay {row} {" ".join(more[:1])}',
                           out.returncode, want)
                if not more:
                    table.row(f'assay {row} says why', b'requires a valid '
                              b'JWT bearer token' in out.stderr,
                              str(out.stderr[-300:]))


# ---- bad credentials

def forge(key, header, payload):
    """HS256 with the published key as the secret (RFC 8725 section 2.1)."""
    covered = '.'.join(b64url(json.dumps(p).encode())
                       for p in (header, payload))
    return covered + '.' + b64url(hmac.new(
        key.pem(), covered.encode(), hashlib.sha256).digest())


def bad_tokens(table, server, issuer, stranger):
    now = int(time.time())
    key = issuer.keys[0]
    kid = {'kid': key.kid}
    payload = issuer.claims(roles=[CONTRIBUTOR])
    deep = json.dumps(payload)[:-1] + ',"x":' + '[' * 2000 + ']' * 2000 + '}'
    double = json.dumps(payload)[:-1] + ',"roles":["x"]}'
    rows = (
        ('expired', issuer.token(CONTRIBUTOR, exp=now - 61, iat=now - 900,
                                 nbf=now - 900), 'TOKEN_EXPIRED'),
        ('not yet', issuer.token(CONTRIBUTOR, nbf=now + 120),
         'TOKEN_NOT_YET_VALID'),
        ('for ever', issuer.token(CONTRIBUTOR, exp=None), 'TOKEN_CLAIM'),
        ('wrong audience', issuer.token(CONTRIBUTOR, aud='https://other'),
         'TOKEN_CLAIM'),
        ('no audience', issuer.token(CONTRIBUTOR, aud=None), 'TOKEN_CLAIM'),
        ('nobody', issuer.token(CONTRIBUTOR, sub=None), 'TOKEN_CLAIM'),
        ('bound to a key', issuer.token(CONTRIBUTOR, cnf={'jkt': 'x'}),
         'TOKEN_CLAIM'),
        ('another issuer', issuer.token(CONTRIBUTOR, iss='https://other'),
         'TOKEN_ISSUER'),
        ('issuer with a slash', issuer.token(CONTRIBUTOR,
                                             iss=issuer.url + '/'),
         'TOKEN_ISSUER'),
        ('signed by a stranger', issuer.token(CONTRIBUTOR, key=stranger,
                                              header=kid),
         'SIGNATURE_INVALID'),
        ('unsecured', unsecured(json.dumps(payload).encode()),
         'ALGORITHM_REFUSED'),
        ('HS256 with the public key', forge(
            key, {'alg': 'HS256', **kid}, payload), 'ALGORITHM_REFUSED'),
        ('kid of a path', issuer.token(CONTRIBUTOR, key=stranger, header={
            'kid': '../../../../dev/null'}), 'TOKEN_KEY_UNKNOWN'),
        ('key in the header', issuer.token(CONTRIBUTOR, key=stranger, header={
            'jwk': stranger.jwk(), 'jku': issuer.url}),
         'TOKEN_KEY_UNKNOWN'),
        ('another kind of token', issuer.token(CONTRIBUTOR, header={
            'typ': 'secevent+jwt'}), 'TOKEN_HEADER'),
        ('crit', issuer.token(CONTRIBUTOR, header={'crit': ['x']}),
         'TOKEN_HEADER'),
        ('deep', key.sign({'alg': key.alg, **kid}, deep.encode()),
         'TOKEN_MALFORMED'),
        ('claim twice', key.sign({'alg': key.alg, **kid}, double.encode()),
         'TOKEN_MALFORMED'),
        ('two parts', 'a.b', 'TOKEN_MALFORMED'),
        ('five parts', 'a.b.c.d.e', 'TOKEN_MALFORMED'),
        ('empty', '', 'UNAUTHORIZED'),
        ('with spaces', issuer.token(CONTRIBUTOR) + ' x',
         'TOKEN_MALFORMED'),
    )
    for row, token, code in rows:
        answer = put(server, token)
        refused(table, row, answer, code,
                'Access to /policies/SgxEnclave requires a valid JWT bearer')
        table.row(row, 'error="invalid_token"' in
                  answer[1].get('www-authenticate', ''), str(answer[1]))
    huge = issuer.token(CONTRIBUTOR, x='y' * 20000)
    table.same('huge', put(server, huge)[0], 431)
    good = issuer.token(CONTRIBUTOR)
    for row, value in (('Basic', 'Basic ' + good), ('no scheme', good),
                       ('no space', 'Bearer' + good)):
        refused(table, row, put(server, None, {'Authorization': value}),
                'UNAUTHORIZED')
    table.same('scheme in lower case', put(
        server, None, {'Authorization': 'bearer  ' + good})[0], 200)
    both = server.raw(
        f'GET {POLICY} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {good}'
        f'\r\nAuthorization: Bearer {good}\r\n\r\n'.encode())[0]
    table.row('twice', both.startswith((b'HTTP/1.1 401', b'HTTP/1.1 400')),
              repr(both[:40]))


def attacks(table, server):
    """No token of the list of attacks opens anything."""
    root = json.load(open(shared('suites/jose/attacks/jwt-attacks.json',
                                 'attacks on bearer tokens')))
    for case in root['cases']:
        if 'token' not in case or not re.fullmatch(r'[!-~]*', case['token']):
            continue
        status = put(server, case['token'])[0]
        table.row(f'attack {case["id"]}', status in (401, 431), str(status))


# ---- keys

def rotation(table, server, issuer, fresh):
    old = issuer.keys
    issuer.keys = [fresh]
    table.same('a new key is fetched at once', ask(
        server, 'GET', POLICY, issuer.token(READER))[0], 200)
    refused(table, 'a retired key', ask(
        server, 'GET', POLICY, issuer.token(READER, key=old[0])),
        'TOKEN_KEY_UNKNOWN')
    before = issuer.fetched
    for i in range(20):
        ask(server, 'GET', POLICY, issuer.token(READER, key=fresh, header={
            'kid': f'made-up-{i}'}))
    table.row('strangers cannot make us fetch', issuer.fetched == before,
              f'{issuer.fetched - before} times')
    issuer.keys = old + [fresh]


def outage(table, place, issuer):
    place.write(entry(issuer))
    with Server('--callers', place.file, trust=False) as server:
        token = issuer.token(READER)
        table.same('while it is up', ask(server, 'GET', POLICY, token)[0],
                   200)
        issuer.down()
        table.same('cached keys go on', ask(server, 'GET', POLICY, token)[0],
                   200)
        undecided(table, 'unknown key while it is down', ask(
            server, 'GET', POLICY, issuer.token(READER, header={
                'kid': 'new'})))
        table.same('and still', ask(server, 'GET', POLICY, token)[0], 200)
    with Server('--callers', place.file, trust=False) as server:
        undecided(table, 'cold', ask(server, 'GET', POLICY, token),
                  issuer.url)
        table.same('attestation goes on', ask(server, 'POST', ATTEST, None,
                                              '{}')[0], 400)
        refused(table, 'junk is still refused',
                ask(server, 'GET', POLICY, 'a.b.c'), 'TOKEN_MALFORMED')
        issuer.up()
        until = time.monotonic() + 30
        while ask(server, 'GET', POLICY, token)[0] != 200 and \
                time.monotonic() < until:
            time.sleep(0.2)
        table.same('it comes back', ask(server, 'GET', POLICY, token)[0],
                   200)


def bad_documents(table, place, issuer):
    key = issuer.keys[0]
    secret = {'kty': 'oct', 'kid': key.kid, 'alg': 'HS256', 'k': b64url(
        b'0' * 32)}

    def keys(*jwks):
        return json.dumps({'keys': list(jwks)}).encode()

    rows = (
        ('issuer of another name', {'issuer': issuer.url + '/x'}, None,
         'issuer'),
        ('http elsewhere', {'jwks_uri': 'http://192.0.2.1/keys'}, None,
         'https'),
        ('a file', {'jwks_uri': 'file:///etc/passwd'}, None, 'https'),
        ('symmetric keys only', {}, keys(secret), 'no key'),
        ('one kid twice', {}, keys(key.jwk(), key.jwk()), 'two keys'),
        ('a private key', {}, keys({**key.jwk(), 'd': 'AAAA'}), 'private'),
        ('no JSON', {}, b'<html>', 'JWKS'),
        ('too large', {}, b' ' * (1 << 20) + keys(key.jwk()), 'larger'),
        ('not there', {'jwks_uri': issuer.url + '/gone'}, None, '404'),
    )
    place.write(entry(issuer))
    for row, discovery, jwks, word in rows:
        issuer.discovery, issuer.jwks = discovery, jwks
        with Server('--callers', place.file, trust=False) as server:
            undecided(table, row, ask(server, 'GET', POLICY,
                                      issuer.token(READER)), word)
    issuer.discovery, issuer.jwks = {}, keys(secret | {'kid': 's'},
                                             key.jwk())
    with Server('--callers', place.file, trust=False) as server:
        table.same('a symmetric key beside', ask(
            server, 'GET', POLICY, issuer.token(READER))[0], 200)
    issuer.jwks = None


def several(table, place, one, two):
    """Two issuers with keys of the same name; the second by claim path."""
    place.write(
        entry(one), entry(two, audience=['x', 'api://assay'],
                          roles_claim=['realm_access', 'roles'],
                          reader=['viewer'], contributor=['boss', 'admin'],
                          algorithms=['ES256']))
    with Server('--callers', place.file, trust=False) as server:
        def other(name, **more):
            return two.token(aud='api://assay', realm_access={
                'roles': ['x', name]}, **more)
        table.same('first', put(server, one.token(CONTRIBUTOR))[0], 200)
        table.same('second reads', ask(server, 'GET', POLICY,
                                       other('viewer'))[0], 200)
        table.same('second writes', put(server, other('admin'))[0], 200)
        refused(table, 'viewer writes', put(server, other('viewer')),
                'UNAUTHORIZED', 'Attestation Contributor')
        refused(table, 'roles of the first at the second',
                put(server, two.token(CONTRIBUTOR, aud='api://assay')),
                'UNAUTHORIZED')
        refused(table, 'audience of the first at the second',
                put(server, two.token(realm_access={'roles': ['admin']})),
                'TOKEN_CLAIM', AUDIENCE)
        refused(table, 'key of the second for the first', put(
            server, one.token(CONTRIBUTOR, key=two.keys[0])),
            'SIGNATURE_INVALID')
        refused(table, 'algorithm that is not set', put(
            server, other('admin', header={'alg': 'RS256'})),
            'ALGORITHM_REFUSED')


def words(table, place, issuer):
    place.write(entry(issuer, roles_claim='scope', roles_form='words',
                      reader='attest.read', contributor='attest.write'))
    with Server('--callers', place.file, trust=False) as server:
        for scope, read, write in (('openid attest.read', 200, 401),
                                   ('attest.write', 200, 200),
                                   ('attest.writer', 401, 401)):
            token = issuer.token(scope=scope)
            table.same(f'{scope} reads', ask(server, 'GET', POLICY,
                                             token)[0], read)
            table.same(f'{scope} writes', put(server, token)[0], write)


def offline(table, place, issuer, fresh):
    """Keys from a file; read again at SIGHUP, and kept if that fails."""
    path = place.path('jwks.json')

    def publish(text):
        with open(path + '.new', 'wb') as f:
            f.write(text)
        os.rename(path + '.new', path)

    def reload(server):
        before = server.raw_log().count(b'"reloaded"')
        server.process.send_signal(signal.SIGHUP)
        until = time.monotonic() + 20
        while server.raw_log().count(b'"reloaded"') == before and \
                time.monotonic() < until:
            time.sleep(0.02)

    publish(json.dumps({'keys': [issuer.keys[0].jwk()]}).encode())
    place.write(entry(issuer, jwks_file=path))
    fetched = issuer.fetched
    with Server('--callers', place.file, trust=False) as server:
        old = issuer.token(READER)
        new = issuer.token(READER, key=fresh)
        table.same('key of the file', ask(server, 'GET', POLICY, old)[0],
                   200)
        refused(table, 'not in the file', ask(server, 'GET', POLICY, new),
                'TOKEN_KEY_UNKNOWN')
        publish(b'{"keys":[')
        reload(server)
        table.same('a broken file changes nothing', ask(
            server, 'GET', POLICY, old)[0], 200)
        publish(json.dumps({'keys': [fresh.jwk()]}).encode())
        reload(server)
        table.same('read again', ask(server, 'GET', POLICY, new)[0], 200)
        refused(table, 'removed', ask(server, 'GET', POLICY, old),
                'TOKEN_KEY_UNKNOWN')
    table.same('nothing was fetched', issuer.fetched, fetched)


# ---- rates

def rates(table, place, issuer):
    place.write(entry(issuer))
    with Server('--callers', place.file, '--caller-rate-limit', '1',
                '--caller-rate-burst', '3', trust=False) as server:
        alice = issuer.token(READER)
        again = issuer.token(READER, jti='another of the same')
        bob = issuer.token(READER, sub='bob')
        table.same('three at once', [ask(server, 'GET', POLICY, alice)[0]
                                     for _ in range(3)], 3 * [200])
        for token in (alice, again):
            status, head, inner = ask(server, 'GET', POLICY, token)
            table.same('the fourth', (status, inner.get('code')),
                       (429, 'OVERLOADED'))
            table.row('wait', 1 <= int(head.get('retry-after', 0)) <= 60,
                      str(head))
        table.same('another caller', ask(server, 'GET', POLICY, bob)[0], 200)
        table.same('anonymous attestation is no caller', {
            ask(server, 'POST', ATTEST, None, '{}')[0] for _ in range(9)},
            {400})
    with Server('--callers', place.file, '--rate-limit', '1',
                '--rate-burst', '2', trust=False) as server:
        for _ in range(2):
            ask(server, 'GET', POLICY, 'junk')
        status, head, inner = ask(server, 'GET', POLICY,
                                  issuer.token(READER))
        table.same('bad tokens count for their address',
                   (status, inner.get('code')), (429, 'OVERLOADED'))


# ---- every route

def route_table():
    """(method, path, action) as the service's source has them."""
    source = os.path.join(os.environ['ASSAY_SOURCE_ROOT'], 'src', 'service',
                          'route.c')
    text = open(source).read()
    text = text[text.index('struct assay_route routes[]'):]
    text = text[:text.index('};')].replace('OPERATIONS "', '"/operations'
                                           '/policy')
    rows = re.findall(r'\{ "(\w+)", "([^"]+)",\s*ASSAY_ACTION_(\w+)', text)
    return rows, text.count('{ "')


ANYBODY = {('GET', '/.well-known/openid-configuration'), ('GET', '/certs'),
           ('GET', '/healthz'), ('GET', '/readyz')}
# Requests for attestation, which change nothing that is kept.
EVIDENCE = re.compile(r'/attest/|/aik/')


def every_route(table, server, name, headers, token=None):
    rows, count = route_table()
    table.same(f'{name}: all rows are read', (len(rows) > 20, len(rows)),
               (True, count))
    for method, path, action in rows:
        row = f'{name}: {method} {path}'
        if (method, path) in ANYBODY:
            table.same(row, action, 'METADATA')
            continue
        if method != 'GET' and not EVIDENCE.match(path):
            table.same(row, action, 'CHANGE')
        if action in ('METADATA', 'ATTEST', 'ATTEST_CALLER'):
            continue
        target = path.replace('{type}', 'SgxEnclave')
        target = target.replace('?tee', '?tee=SgxEnclave')
        old = path.startswith('/operations') or 'tee' in path
        target += ('&' if '?' in target else '?') + 'api-version=' + (
            '2018-09-01-preview' if old else '2022-08-01')
        for how in {method, 'HEAD'} if method == 'GET' else {method}:
            status, head, text = server.request(
                how, target, unsecured(policy('x')), headers)
            table.same(f'{row} as {how}', status, 401)


def policy_of(server):
    text = server.json('GET', POLICY)[1]['token'].split('.')[1]
    return json.loads(base64.urlsafe_b64decode(text + '=='))['x-ms-policy']


class Stranger:
    """Another user of this machine, who asks the same server."""

    ID = 65534

    def __init__(self, server):
        self.server = server

    def do(self, what):
        """What what() returns, called as that user."""
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.setgid(self.ID)
                os.setuid(self.ID)
                with os.fdopen(writer, 'wb') as out:
                    pickle.dump(what(), out)
            finally:
                os._exit(0)
        os.close(writer)
        with os.fdopen(reader, 'rb') as answer:
            said = answer.read()
        os.waitpid(child, 0)
        return pickle.loads(said)

    def request(self, *args):
        def ask_it():
            status, head, text = self.server.request(*args)
            return status, dict(head), text
        return self.do(ask_it)

    def send_and_go(self, data):
        def send():
            with socket.create_connection(
                    ('127.0.0.1', self.server.port)) as s:
                s.sendall(data)
        self.do(send)


def only_the_operator(table, server):
    """Without callers: root, and the user that runs the service."""
    table.same('operator', put(server, None)[0], 200)
    table.same('operator, with an SDK\'s token',
               put(server, 'a.b.c')[0], 200)
    every_route(table, server, 'operator, proxied',
                {'X-Forwarded-For': '192.0.2.1'})
    every_route(table, server, 'operator, a web page',
                {'Origin': 'https://evil.example'})
    if os.geteuid() != 0:
        print('SKIP: not root: requests of other users')
        return
    stranger = Stranger(server)
    every_route(table, stranger, 'stranger', {})
    every_route(table, stranger, 'stranger, junk', bearer('a.b.c'))
    refused(table, 'stranger is told why', put(stranger, None),
            'UNAUTHORIZED', 'knows no callers but root')
    # What nobody holds any more, older kernels show as root's.
    before = policy_of(server)
    body = unsecured(policy('y')).encode()
    for _ in range(50):
        stranger.send_and_go(b'PUT %s HTTP/1.1\r\nHost: x\r\nContent-Type: '
                             b'text/plain\r\nContent-Length: %d\r\n\r\n%s' % (
                                 POLICY.encode(), len(body), body))
    table.same('who has gone is not root', policy_of(server), before)


def nobody_writes(table, place, issuer):
    """By default, with callers, and behind a proxy on this machine."""
    place.write(entry(issuer))
    proxied = {'X-Forwarded-For': '192.0.2.1'}
    with Server(trust=False) as server:
        only_the_operator(table, server)
    with Server('--callers', place.file, trust=False) as server:
        every_route(table, server, 'callers', {})
        every_route(table, server, 'callers, expired', bearer(issuer.token(
            CONTRIBUTOR, exp=int(time.time()) - 600, iat=None, nbf=None)))
        every_route(table, server, 'callers, no role',
                    bearer(issuer.token()))
    with Server('--callers', place.file) as server:
        every_route(table, server, 'loopback trusted, proxied', proxied)
        every_route(table, server, 'loopback trusted, a web page',
                    {'Origin': 'https://evil.example'})
        every_route(table, server, 'loopback trusted, bad token',
                    bearer('a.b.c'))
        table.same('loopback trusted', put(server, None)[0], 200)
        table.row('which is said at start',
                  b'"trust-loopback"' in server.raw_log())


# ---- the file

def bad_files(table, place, issuer):
    good = entry(issuer)
    cases = (
        ('no JSON', '{', 'callers.json'),
        ('unknown member', {'issuer': []}, 'there is no member'),
        ('no audience', {'issuers': [entry(issuer, audience=None)]},
         'audience'),
        ('no issuer', {'issuers': [{'audience': 'x'}]}, 'is missing'),
        ('misspelt', {'issuers': [{**good, 'audiance': 'x'}]}, 'audiance'),
        ('symmetric', {'issuers': [{**good, 'algorithms': ['HS256']}]},
         'HS256'),
        ('none', {'issuers': [{**good, 'algorithms': 'none'}]}, 'none'),
        ('twice', {'issuers': [good, good]}, 'same issuer'),
        ('http', {'issuers': [{**good, 'issuer': 'http://i.example'}]},
         'https'),
        ('both sources', {'issuers': [{
            **good, 'jwks_file': '/x', 'discovery': 'https://x'}]},
         'one of them'),
        ('no such file', {'issuers': [{**good, 'jwks_file': '/nowhere'}]},
         '/nowhere'),
        ('skew', {'issuers': [{**good, 'skew': 301}]}, 'skew'),
        ('form', {'issuers': [{**good, 'roles_form': 'x'}]}, 'roles_form'),
        ('itself', {'issuers': [{**good, 'issuer': 'https://me.example'}]},
         'itself'),
        ('certificate without ca', {'certificates': [{'role': 'reader'}]},
         'is missing'),
    )
    for row, content, word in cases:
        with open(place.file, 'w') as f:
            f.write(content if isinstance(content, str) else
                    json.dumps(content))
        server = Server('--callers', place.file, '--issuer',
                        'https://me.example', wait=False, trust=False)
        code = server.process.wait(timeout=30)
        said = server.raw_log().decode('utf-8', 'replace')
        table.row(row, code != 0 and word in said, f'{code}: {said[-300:]}')
        server.log.close()
        shutil.rmtree(server.data, ignore_errors=True)


def main():
    if shutil.which('openssl') is None:
        print('SKIP: no openssl program: callers not tested')
        return SKIP
    table = Table('callers')
    with tempfile.TemporaryDirectory(prefix='assayd-test-') as folder:
        place = Place(folder)
        first, fresh, stranger, same, rsa = (
            Key(folder, 'k1'), Key(folder, 'k2'), Key(folder, 'k3'),
            Key(folder, 'k1', name='same'), Key(folder, 'r1', 'rsa'))
        one = Issuer([first, rsa])
        two = Issuer([same], '/realms/two')
        place.write(entry(one))
        with Server('--callers', place.file, trust=False) as server:
            roles(table, server, one)
            table.same('RS256', put(server, one.token(
                CONTRIBUTOR, key=rsa))[0], 200)
            attestation(table, server, one)
            bad_tokens(table, server, one, stranger)
            attacks(table, server)
        with Server('--callers', place.file, trust=False) as server:
            rotation(table, server, one, fresh)
        switches(table, place, one)
        command_line(table, place, one)
        outage(table, place, one)
        bad_documents(table, place, one)
        several(table, place, one, two)
        words(table, place, one)
        offline(table, place, one, fresh)
        rates(table, place, one)
        nobody_writes(table, place, one)
        bad_files(table, place, one)
    return 0 if table.end() else 1


sys.exit(main())
