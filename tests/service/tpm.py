#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The TPM attestation protocol over real sockets."""
import base64
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from servicelib import (Server, Table, b64url, claims_of, header_of, shared,
                        unb64)
from tpmlib import Platform, boot, replay

VERSION = 'api-version=2020-10-01'
NONE = b64url(b'{"alg":"none"}')
PERMIT = 'version=1.0;authorizationrules{=> permit();};issuancerules{};'
PCR_POLICY = ('version=1.2;configurationrules{};authorizationrules{'
              'c:[type=="pcrs"] => add(type="found", value=JsonToClaimValue('
              'JmesPath(c.value, "PCRs[?Index == `0`].Digests.SHA256 | '
              '[0] == \'%s\'")));'
              'c:[type=="found", value==true] => permit();};'
              'issuancerules{};')


def set_policy(server, text=PERMIT):
    payload = json.dumps({'AttestationPolicy': b64url(text.encode())})
    status, answer = server.json(
        'PUT', f'/policies/Tpm?{VERSION}',
        f'{NONE}.{b64url(payload.encode())}.')
    assert status == 200, answer


def send(server, message, path='/attest/Tpm'):
    """(status, decoded data or the error)."""
    status, answer = server.json(
        'POST', f'{path}?{VERSION}',
        {'data': b64url(json.dumps(message).encode())})
    if status == 200:
        assert set(answer) == {'data'}, answer
        return status, json.loads(unb64(answer['data']))
    return status, answer['error']


def no_policy(table, server):
    status, error = send(server, {'type': 'aikcert'})
    table.same('no policy: status', status, 400)
    table.same('no policy: code', error['code'], 'PolicyEvaluationError')
    table.row('no policy: says how to set one',
              'TPM attestation policy has not been set' in error['message']
              and 'PUT /policies/Tpm' in error['message'], error)


def check_challenge(table, row, answer):
    table.same(f'{row}: members', sorted(answer),
               ['challenge', 'service_context'])
    table.same(f'{row}: size', len(unb64(answer['challenge'])), 16)
    table.same(f'{row}: length', len(answer['challenge']), 22)
    table.row(f'{row}: unpadded', '=' not in answer['service_context'])


def init(table, server):
    status, answer = send(server, {'type': 'aikcert'})
    table.same('bare: status', status, 200)
    check_challenge(table, 'bare', answer)
    status, answer = send(server, {'payload': {'type': 'aikcert'}})
    table.same('enveloped: status', status, 200)
    table.same('enveloped: members', list(answer), ['payload'])
    check_challenge(table, 'enveloped', answer['payload'])
    for path in ('/attest/tpm', '/ATTEST/TPM', '/attest/Tpm'):
        status, _ = send(server, {'type': 'aikcert'}, path)
        table.same(f'path {path}', status, 200)
    status, error = send(server, {'type': 'vbs'})
    table.same('other type: status', status, 400)
    table.row('other type: text',
              'currently only aikcert is supported' in error['message'])
    found = [send(server, {'type': 'aikcert'})[1] for _ in range(20)]
    for name in ('challenge', 'service_context'):
        table.same(f'each {name} is new', len({f[name] for f in found}), 20)
    for version in ('2022-08-01', '2025-06-01', '2026-03-11-preview'):
        status, _, _ = server.request(
            'POST', f'/attest/Tpm?api-version={version}',
            {'data': b64url(b'{"type":"aikcert"}')})
        table.same(f'version {version}', status, 200)
    status, _, _ = server.request(
        'POST', '/attest/Tpm?api-version=2018-09-01-preview',
        {'data': b64url(b'{"type":"aikcert"}')})
    table.same('version 2018-09-01-preview', status, 400)


def recorded(table, server):
    """The exchange that was recorded of Azure Attestation."""
    folder = shared('vectors/tpm/maa-tpm-challenge-recorded',
                    'the recorded exchange')
    with open(f'{folder}/request.json') as f:
        status, answer = server.json('POST', f'/attest/Tpm?{VERSION}',
                                     f.read())
    with open(f'{folder}/response.json') as f:
        theirs = json.loads(unb64(json.load(f)['data']))
    table.same('recorded: status', status, 200)
    ours = json.loads(unb64(answer['data']))
    table.same('recorded: shape', (list(ours), sorted(ours['payload'])),
               (list(theirs), sorted(theirs['payload'])))
    table.same('recorded: challenge', len(ours['payload']['challenge']),
               len(theirs['payload']['challenge']))


# ---- reports

def challenge(server):
    status, answer = send(server, {'type': 'aikcert'})
    assert status == 200, answer
    return answer['challenge'], answer['service_context']


def inner(error):
    return error.get('innererror', {}).get('code')


def signed_by(token, der):
    """Does openssl find the token signed by the certificate's key?"""
    with tempfile.TemporaryDirectory() as folder:
        def path(name, data=None):
            if data is not None:
                with open(os.path.join(folder, name), 'wb') as f:
                    f.write(data)
            return os.path.join(folder, name)
        key = subprocess.run(
            ['openssl', 'x509', '-inform', 'DER', '-pubkey', '-noout'],
            input=der, check=True, stdout=subprocess.PIPE).stdout
        head, _, signature = token.rpartition('.')
        return subprocess.run(
            ['openssl', 'dgst', '-sha256', '-verify', path('key', key),
             '-signature', path('signature', unb64(signature)),
             path('data', head.encode())],
            stdout=subprocess.DEVNULL).returncode == 0


def check_report(table, row, server, platform, token, lifetime=86400,
                 x5c=True):
    header, claims = header_of(token), claims_of(token)
    _, certs = server.json('GET', '/certs')
    key = certs['keys'][0]
    der = base64.b64decode(key['x5c'][0])
    want = {'alg': 'RS256', 'kid': key['kid'], 'typ': 'JWT'}
    if x5c:
        want['x5c'] = key['x5c']
    else:
        want['x5t'] = b64url(hashlib.sha1(der).digest())
    table.same(f'{row}: header', header, want)
    table.row(f'{row}: signature', signed_by(token, der))
    table.same(f'{row}: issuer', claims['iss'], server.issuer)
    table.same(f'{row}: lifetime', claims['exp'] - claims['iat'], lifetime)
    table.same(f'{row}: nbf', claims['iat'] - claims['nbf'], 300)
    table.row(f'{row}: iat', abs(claims['iat'] - time.time()) < 60)
    table.same(f'{row}: jti', len(bytes.fromhex(claims['jti'])), 20)
    table.same(f'{row}: cnf', claims['cnf'], {'jwk': platform.key})
    for name, value in (('rp_data', b64url(b'rp nonce')),
                        ('nonce', b64url(b'rp nonce')), ('ver', '1.0'),
                        ('x-ms-ver', '1.0'), ('x-assay-test-anchor', True)):
        table.same(f'{row}: {name}', claims.get(name), value)
    return claims


def reports(table, server, platform):
    for row, wrap in (('bare', lambda m: m),
                      ('enveloped', lambda m: {'payload': m})):
        jws = platform.request(*challenge(server))
        status, answer = send(server, wrap({'request': jws}))
        if not table.same(f'{row} request', status, 200):
            print(answer)
            continue
        table.same(f'{row} shape', list(answer), list(wrap({'report': 0})))
        report = answer.get('payload', answer)['report']
        claims = check_report(table, row, server, platform, report)
        table.same(f'{row} policy hash', 'x-ms-policy-hash' in claims, True)
        # The same request again, and another one for the same challenge.
        status, error = send(server, {'request': jws})
        table.same(f'{row} replayed', (status, inner(error)),
                   (400, 'TPM_CHALLENGE_USED'))


def once_per_challenge(table, server, platform):
    given = challenge(server)
    first, second = (platform.request(*given) for _ in range(2))
    table.row('two requests for one challenge differ', first != second)
    table.same('first', send(server, {'request': first})[0], 200)
    status, error = send(server, {'request': second})
    table.same('second', inner(error), 'TPM_CHALLENGE_USED')


def concurrent(table, server, platform):
    jws = platform.request(*challenge(server))
    found, gate = [], threading.Barrier(12)

    def go():
        gate.wait()
        found.append(send(server, {'request': jws}))
    threads = [threading.Thread(target=go) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    table.same('at the same time: accepted',
               sum(status == 200 for status, _ in found), 1)
    table.same('at the same time: refused',
               {inner(a) for status, a in found if status != 200},
               {'TPM_CHALLENGE_USED'})


def change_byte(text):
    data = bytearray(unb64(text))
    data[-1] ^= 1
    return b64url(bytes(data))


def contexts(table, server, platform):
    given, context = challenge(server)
    other = challenge(server)
    own_id = unb64(context)[:8]
    rows = [
        ('tampered', given, change_byte(context), 'TPM_CONTEXT_INVALID'),
        ('cut', given, context[:40], 'TPM_CONTEXT_INVALID'),
        ('empty', given, '', 'BAD_FIELD'),
        ('made up', given, b64url(own_id + bytes(77)),
         'TPM_CONTEXT_INVALID'),
        ('of another service', given, b64url(bytes(85)),
         'TPM_CONTEXT_FOREIGN'),
        ('of another challenge', given, other[1], None),
    ]
    for row, ours, sent, want in rows:
        status, error = send(server,
                             {'request': platform.request(ours, sent)})
        table.same(f'context {row}: status', status, 400)
        if want is not None:
            table.same(f'context {row}: code', inner(error), want)
        else:
            table.row(f'context {row}: says challenge',
                      'challenge' in error['message'], error)
    # None of these has used anything up.
    status, answer = send(server, {'request': platform.request(given,
                                                               context)})
    table.same('context as it was', status, 200)


def refusals(table, server, platform):
    """What is refused uses nothing up; what was wrong is said."""
    given = challenge(server)

    def spoil(name, value):
        def change(att_data):
            att_data['tpm_att_data']['current_attestation'][name] = value
        return change

    def pcr(att_data):
        att_data['tpm_att_data']['current_attestation']['pcrs'][0][
            'values'][4]['digest'] = b64url(bytes(32))
    def quote(att_data):
        current = att_data['tpm_att_data']['current_attestation']
        current['quote'] = change_byte(current['quote'])
    rows = (('quote', quote),
            ('signature', spoil('signature', b64url(
                b'\0\x14\0\x0b\1\0' + bytes(256)))),
            ('log', spoil('logs', [])), ('pcr', pcr))
    for row, change in rows:
        status, error = send(server, {'request': platform.request(
            *given, change=change)})
        table.same(f'refused {row}: status', status, 400)
        table.row(f'refused {row}: check named',
                  'check' in error.get('innererror', {}), error)
    jws = platform.request(*given)
    head, _, signature = jws.rpartition('.')
    status, error = send(server, {'request': head + '.' +
                                  change_byte(signature)})
    table.same('refused JWS', status, 400)
    for text in ('', 'a.b', 'a.b.c', head, 'e30.e30.'):
        status, error = send(server, {'request': text})
        table.same(f'not a request {text[:10]}', status, 400)
    table.same('mended', send(server, {'request': jws})[0], 200)


def policies(table, server, platform):
    rows = (
        ('=> permit();', '=> issueproperty(type="report_validity_in_minutes"'
         ', value=60);', 200, 3600, True),
        ('=> permit();', '=> issueproperty(type="omit_x5c", value=true);',
         200, 86400, False),
        ('=> deny();', '', 400, 0, True),
        ('c:[type=="aikValidated", value==true] => permit();',
         '=> issue(type="mine", value=1);', 200, 86400, True),
        ('c:[type=="' + server.issuer + '/deviceid", value=="42"] => '
         'permit();', '', 200, 86400, True),
        ('c:[type=="deviceid"] => permit();', '', 400, 0, True),
    )

    def custom(att_data):
        att_data['custom_claims'] = [
            {'name': 'deviceid', 'value': '42', 'value_type': 'string'}]
    for authorize, issue, want, lifetime, x5c in rows:
        set_policy(server, 'version=1.0;authorizationrules{' + authorize +
                   '};issuancerules{' + issue + '};')
        row = f'policy {authorize} {issue}'
        status, answer = send(server, {'request': platform.request(
            *challenge(server), change=custom)})
        if not table.same(row, status, want):
            print(answer)
        elif want == 200:
            claims = check_report(table, row, server, platform,
                                  answer['report'], lifetime, x5c)
            if 'mine' in issue:
                table.same(row, claims.get('mine'), 1)
        else:
            table.same(f'{row}: code', answer['code'],
                       'PolicyEvaluationError')
            table.row(f'{row}: trace', 'trace' in answer['innererror'])
    set_policy(server)


def log_line(table, server):
    lines = [x for x in server.lines() if x.get('event') == 'request' and
             x.get('message') == 'request']
    table.row('log: verdicts', {x.get('verdict') for x in lines} >=
              {'accept', 'reject'})
    table.row('log: anchor', any(x.get('test_anchor') for x in lines))
    table.row('log: no evidence', b'service_context"' not in
              server.raw_log() and b'attReq' not in server.raw_log())


# ---- several servers

def expired(table, platform):
    with Server('--tpm-anchor', platform.anchor,
                '--tpm-challenge-lifetime', '1') as server:
        set_policy(server)
        jws = platform.request(*challenge(server))
        time.sleep(1.1)
        status, error = send(server, {'request': jws})
        table.same('expired', (status, inner(error)),
                   (400, 'TPM_CHALLENGE_EXPIRED'))


def nodes(table, platform, folder):
    """Two nodes of one instance, one that is not, and a restart."""
    issuer = ('--issuer', 'http://attest.example',
              '--tpm-anchor', platform.anchor)
    first, second = (os.path.join(folder, name) for name in 'ab')
    with Server(*issuer, data=first) as a:
        os.makedirs(second, mode=0o700)
        shutil.copy(os.path.join(first, 'seal.key'), second)
        set_policy(a)
        with Server(*issuer, data=second) as b, Server(*issuer) as c:
            set_policy(b)
            set_policy(c)
            jws = platform.request(*challenge(a))
            table.same('other instance',
                       inner(send(c, {'request': jws})[1]),
                       'TPM_CONTEXT_FOREIGN')
            table.same('other node', send(b, {'request': jws})[0], 200)
            # As doc/operations.md says: each node remembers for itself.
            table.same('every node once', send(a, {'request': jws})[0], 200)
            table.same('and no more', inner(send(a, {'request': jws})[1]),
                       'TPM_CHALLENGE_USED')
        late = platform.request(*challenge(a))
    with Server(*issuer, data=first) as a:
        table.same('from before a restart',
                   inner(send(a, {'request': late})[1]),
                   'TPM_CHALLENGE_EXPIRED')


def untrusted(table, platform, folder):
    """Trust in the CA comes and goes with its file."""
    anchor = os.path.join(folder, 'anchor.pem')
    stranger = Platform(os.path.join(folder, 'stranger'))
    shutil.copy(stranger.anchor, anchor)
    with Server('--tpm-anchor', anchor) as server:
        set_policy(server)
        jws = platform.request(*challenge(server))
        status, error = send(server, {'request': jws})
        table.same('untrusted', (status, inner(error)),
                   (400, 'CERT_UNTRUSTED'))
        shutil.copy(platform.anchor, anchor)
        server.process.send_signal(signal.SIGHUP)
        until = time.monotonic() + 10
        while time.monotonic() < until and not any(
                x['event'] == 'reloaded' for x in server.lines()):
            time.sleep(0.05)
        table.same('trusted', send(server, {'request': jws})[0], 200)
        _, keys = server.json('GET', '/certs')
        table.same('certs say so', keys.get('x-assay-test-anchor'), True)


def sha1(table, platform):
    for options, want in (((), 400), (('--tpm-sha1-signatures',), 200)):
        with Server('--tpm-anchor', platform.anchor, *options) as server:
            set_policy(server)
            status, answer = send(server, {'request': platform.request(
                *challenge(server), hash_name='sha1')})
            table.same(f'SHA-1 {options}', status, want)
            if want == 400:
                table.row('SHA-1 named', 'SHA-1' in answer['message'] or
                          'sha1' in answer['message'].lower(), answer)


def encodings(table, platform):
    """A policy finds a PCR in the spelling that the operator set."""
    value = replay(boot())[0]
    for options, text in (((), b64url(value)),
                          (('--tpm-pcr-encoding', 'base64url'),
                           b64url(value)),
                          (('--tpm-pcr-encoding', 'hex'), value.hex())):
        with Server('--tpm-anchor', platform.anchor, *options) as server:
            for wanted, status in ((text, 200), ('A' + text[1:], 400)):
                set_policy(server, PCR_POLICY % wanted)
                got, answer = send(server, {'request': platform.request(
                    *challenge(server))})
                if not table.same(f'PCR {options} {wanted}', got, status):
                    print(answer)


def large(table, server, platform):
    """The longest log but a little, of which every event counts."""
    jws = platform.request(*challenge(server), events=boot(50000))
    print(f'large: a request of {len(jws)} bytes')
    start = time.monotonic()
    status, answer = send(server, {'request': jws})
    print(f'large: answered in {time.monotonic() - start:.2f} s')
    if not table.same('large', status, 200):
        print(answer)


def main():
    table = Table('tpm')
    folder = tempfile.mkdtemp(prefix='assay-tpm-')
    platform = Platform(os.path.join(folder, 'platform'))
    with Server('--tpm-anchor', platform.anchor, '--trace-policy') as server:
        no_policy(table, server)
        set_policy(server)
        init(table, server)
        recorded(table, server)
        reports(table, server, platform)
        once_per_challenge(table, server, platform)
        concurrent(table, server, platform)
        contexts(table, server, platform)
        refusals(table, server, platform)
        policies(table, server, platform)
        large(table, server, platform)
        log_line(table, server)
    expired(table, platform)
    nodes(table, platform, folder)
    untrusted(table, platform, folder)
    sha1(table, platform)
    encodings(table, platform)
    shutil.rmtree(folder)
    return 0 if table.end() else 1


sys.exit(main())
