#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The TPM attestation protocol over real sockets."""
import json
import sys

from servicelib import Server, Table, b64url, shared, unb64

VERSION = 'api-version=2020-10-01'
NONE = b64url(b'{"alg":"none"}')
PERMIT = 'version=1.0;authorizationrules{=> permit();};issuancerules{};'


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


def main():
    table = Table('tpm')
    with Server() as server:
        no_policy(table, server)
        set_policy(server)
        init(table, server)
        recorded(table, server)
    return 0 if table.end() else 1


sys.exit(main())
