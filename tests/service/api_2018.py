#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The management of 2018-09-01-preview, as Az.Attestation and
Microsoft.Azure.Attestation use it: a policy is set in two steps, bodies and
answers are JSON strings."""
import base64
import hashlib
import json
import os
import shutil
import sys
import tempfile

from servicelib import (SKIP, Server, Table, b64url, claims_of, header_of,
                        thumbprint)
from signerlib import Signer, policy, unsecured

VERSION = 'api-version=2018-09-01-preview'
CURRENT = f'/operations/policy/current?{VERSION}&tee='
UPDATE = f'/operations/policy/updatepolicy?{VERSION}&tee='
CERTIFICATES = f'/operations/policy/certificates?{VERSION}'
TEXT = {'content-type': 'text/plain'}


def call(server, method, target, jws=None, quoted=True):
    """The parsed body of a 200, or (status, code, text of the body)."""
    body = None if jws is None else json.dumps(jws) if quoted else jws
    status, head, text = server.request(method, target, body, TEXT)
    answer = json.loads(text)
    if status == 200:
        assert head['content-type'] == 'application/json; charset=utf-8'
        return answer
    return status, answer['error']['code'], answer['error']['message']


def set_policy(server, jws, kind='SgxEnclave', **how):
    token = call(server, 'POST', UPDATE + kind, jws, **how)
    if not isinstance(token, str):
        return token
    return call(server, 'PUT', CURRENT + kind, token, **how)


def get(server, kind='SgxEnclave'):
    return call(server, 'GET', CURRENT + kind)['policy']


def modern(server, method, path, body=None):
    status, answer = server.json(
        method, f'{path}?api-version=2022-08-01', body)
    assert status == 200, answer
    return answer['token']


def refused(table, row, answer, code, text):
    table.row(row, isinstance(answer, tuple) and answer[0] == 400 and
              answer[1] == code and text in answer[2], repr(answer)[:400])


def recorded_steps(table, server):
    """The four calls of the recording of Microsoft.Azure.Attestation."""
    jws = unsecured(policy('recorded'))
    default = get(server)
    table.same('default', default, claims_of(modern(
        server, 'GET', '/policies/SgxEnclave'))['x-ms-policy'])
    token = call(server, 'POST', UPDATE + 'SgxEnclave', jws)
    claims = claims_of(token)
    table.same('hash of the JWS', claims['aas-policyHash'], b64url(
        hashlib.sha256(jws.encode()).digest()))
    table.same('issuer', claims['iss'], server.issuer)
    table.same('lifetime', claims['exp'] - claims['iat'], 3600)
    table.same('header', sorted(header_of(token)),
               ['alg', 'jku', 'kid', 'typ'])
    table.same('prepared is not set', get(server), default)
    table.same('set', call(server, 'PUT', CURRENT + 'SgxEnclave', token),
               None)
    table.same('get', get(server), jws)
    table.same('get, modern', claims_of(modern(
        server, 'GET', '/policies/SgxEnclave'))['x-ms-policy'], jws)
    table.same('reset', call(server, 'POST', CURRENT + 'SgxEnclave',
                             'eyJhbGciOiJub25lIn0..'), None)
    table.same('default again', get(server), default)


def spellings(table, server):
    """Text as it is and encoded; bare bodies, as from a browser's console;
    the older name of the Tpm type; types and paths in any case."""
    plain = {'AttestationPolicy':
             'version= 1.0;\r\nauthorizationrules\r\n{\r\n=> permit();\r\n};'}
    for name, jws, kind, how in (
            ('plain', unsecured(plain), 'SgxEnclave', {}),
            ('bare', unsecured(policy('a')), 'OpenEnclave',
             {'quoted': False}),
            ('case', unsecured(policy('b')), 'openenclave', {}),
            ('VbsEnclave', unsecured(policy('c')), 'VbsEnclave', {})):
        table.same(f'{name} set', set_policy(server, jws, kind, **how), None)
        table.same(f'{name} get', get(server, kind), jws)
    table.same('VbsEnclave is Tpm', get(server, 'Tpm'),
               unsecured(policy('c')))
    status, _, _ = server.request(
        'GET', f'/Operations/Policy/CURRENT?{VERSION}&tee=tpm')
    table.same('case of the path', status, 200)
    status, answer = server.json(
        'PUT', '/policies/SgxEnclave?api-version=2022-08-01',
        unsecured(plain))
    table.same('plain is not modern', status, 400)
    return unsecured(plain)


def refusals(table, server, stranger):
    """Nothing is set but what updatepolicy of this service gave."""
    jws = unsecured(policy('x'))
    good = call(server, 'POST', UPDATE + 'SgxEnclave', jws)
    before = get(server)
    changed = good.split('.')
    claims = claims_of(good)
    claims['x-assay-prepared']['jws'] = unsecured(policy('y'))
    changed[1] = b64url(json.dumps(claims).encode())
    of_policy = modern(server, 'GET', '/policies/SgxEnclave')
    alien = call(stranger, 'POST', UPDATE + 'SgxEnclave', jws)
    ours = 'not a token that updatepolicy of this service gave'
    for row, target, body, code, text in (
            ('a JWS without updatepolicy', 'SgxEnclave', jws,
             'InvalidParameter', ours),
            ('other policy in it', 'SgxEnclave', '.'.join(changed),
             'InvalidParameter', ours),
            ('no signature', 'SgxEnclave', good.rsplit('.', 1)[0] + '.',
             'InvalidParameter', ours),
            ('another token of ours', 'SgxEnclave', of_policy,
             'InvalidParameter', ours),
            ('of another service', 'SgxEnclave', alien,
             'InvalidParameter', ours),
            ('for another type', 'OpenEnclave', good, 'InvalidOperation',
             'was prepared for SgxEnclave'),
            ('not a token', 'SgxEnclave', 'x', 'InvalidParameter', ours),
            ('empty', 'SgxEnclave', '', 'InvalidParameter', ours)):
        refused(table, row, call(server, 'PUT', CURRENT + target, body),
                code, text)
    table.same('nothing was set', get(server), before)
    refused(table, 'no tee', call(
        server, 'GET', f'/operations/policy/current?{VERSION}'),
        'InvalidParameter', 'tee is missing')
    refused(table, 'two tees', call(
        server, 'GET', CURRENT + 'SgxEnclave&tee=Tpm'),
        'InvalidParameter', 'more than once')
    status, answer = server.json('GET', CURRENT + 'CyResComponent')
    table.same('unknown tee', status, 404)
    refused(table, 'another version', call(
        server, 'GET', '/operations/policy/current?api-version=2022-08-01'
        '&tee=Tpm'), 'InvalidParameter', 'does not have')
    refused(table, 'broken policy', call(
        server, 'POST', UPDATE + 'SgxEnclave',
        unsecured({'AttestationPolicy': 'version= 1.0;{'})),
        'PolicyParsingError', '')
    refused(table, 'reset with a policy', call(
        server, 'POST', CURRENT + 'SgxEnclave', jws), 'InvalidParameter', '')
    status, head, _ = server.request('DELETE', CURRENT + 'Tpm')
    table.same('allow', (status, head.get('allow')),
               (405, 'GET, HEAD, PUT, POST'))
    for method, target in (
            ('GET', CURRENT + 'Tpm'), ('POST', UPDATE + 'Tpm'),
            ('PUT', CURRENT + 'Tpm'), ('POST', CURRENT + 'Tpm'),
            ('GET', CERTIFICATES), ('PUT', CERTIFICATES),
            ('POST', CERTIFICATES)):
        status, _, _ = server.request(
            method, target, None if method == 'GET' else '""',
            {'Forwarded': 'for=192.0.2.1'})
        table.same(f'not from elsewhere: {method} {target}', status, 401)


def signers_of(token):
    return sorted(k['x5c'][0]
                  for k in claims_of(token)['aas-policyCertificates']['keys'])


def isolated(table, server, one, two):
    refused(table, 'unsigned', call(
        server, 'POST', UPDATE + 'SgxEnclave', unsecured(policy('a'))),
        'InvalidOperation', 'unsigned')
    jws = one.sign(policy('signed'))
    table.same('signed', set_policy(server, jws), None)
    table.same('signed, get', get(server), jws)
    table.same('signers', signers_of(call(server, 'GET', CERTIFICATES)),
               [one.x5c])
    for name in ('aas-policyCertificate', 'maa-policyCertificate'):
        body = {name: {'kty': 'EC', 'x5c': [two.x5c]}}
        added = call(server, 'PUT', CERTIFICATES, one.sign(body))
        table.same(f'add as {name}', signers_of(added),
                   sorted([one.x5c, two.x5c]))
    prepared = call(server, 'POST', UPDATE + 'SgxEnclave',
                    two.sign(policy('of two')))
    gone = {'maa-policyCertificate': {'kty': 'EC', 'x5c': [two.x5c]}}
    table.same('remove', signers_of(call(
        server, 'POST', CERTIFICATES, one.sign(gone))), [one.x5c])
    answer = call(server, 'PUT', CURRENT + 'SgxEnclave', prepared)
    table.row('signer removed in between', isinstance(answer, tuple) and
              answer[0] == 400, repr(answer))
    table.same('still in force', get(server), jws)
    last = {'maa-policyCertificate': {'kty': 'RSA', 'x5c': [one.x5c]}}
    refused(table, 'the last one', call(
        server, 'POST', CERTIFICATES, one.sign(last)), 'InvalidOperation',
        thumbprint(base64.b64decode(one.x5c)))


def main():
    if shutil.which('openssl') is None:
        print('SKIP: no openssl program: signed policies not tested')
        return SKIP
    table = Table('api_2018')
    with tempfile.TemporaryDirectory(prefix='assayd-test-') as top:
        one, two = Signer(top, 'one'), Signer(top, 'two', kind='ec')
        data = os.path.join(top, 'data')
        with Server(data=data) as server, Server() as stranger:
            recorded_steps(table, server)
            plain = spellings(table, server)
            refusals(table, server, stranger)
            table.same('no signers', signers_of(call(
                server, 'GET', CERTIFICATES)), [])
            refused(table, 'signers where nobody is one', call(
                server, 'PUT', CERTIFICATES, one.sign(
                    {'maa-policyCertificate': {'x5c': [two.x5c]}})),
                'InvalidOperation', 'not isolated')
        with Server(data=data) as server:
            table.same('kept', get(server), plain)
            table.row('and read', b'policy-broken' not in server.raw_log())
        with Server('--policy-signers', one.pem) as server:
            isolated(table, server, one, two)
    return 0 if table.end() else 1


sys.exit(main())
