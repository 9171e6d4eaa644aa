#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The recorded exchanges of Azure Attestation, sent to assayd: the answers
are the recorded ones apart from time, key and issuer."""
import base64
import glob
import json
import os
import sys

from servicelib import (Server, Table, b64url, claims_of, header_of,
                        recorded_collateral, shared)

# What differs in every answer; each is checked by itself.
OURS = {'iss', 'iat', 'nbf', 'exp', 'jti'}


def load(name):
    path = shared(f'recordings/{name}.json', 'recorded exchanges')
    with open(path) as f:
        return json.load(f)


def names(pattern):
    folder = shared('recordings', 'recorded exchanges')
    return sorted(os.path.basename(p)[:-5]
                  for p in glob.glob(os.path.join(folder, pattern + '.json')))


def send(server, recording):
    request = recording['request']
    body = request['body']
    if isinstance(body, dict):
        body = json.dumps(body)
    headers = {k: v for k, v in request['headers'].items()
               if k.lower() not in ('expect', 'content-length', 'host')}
    status, head, text = server.request(request['method'], request['path'],
                                        body, headers)
    return status, head, json.loads(text)


def compare_claims(table, name, ours, theirs, server, lifetime):
    table.same(f'{name} issuer', ours['iss'], server.issuer)
    table.same(f'{name} lifetime', ours['exp'] - ours['iat'], lifetime)
    table.same(f'{name} nbf', ours['nbf'], ours['iat'])
    for claim in sorted(set(ours) | set(theirs)):
        if claim in OURS or claim.startswith('x-assay-'):
            continue
        table.same(f'{name} {claim}', ours.get(claim), theirs.get(claim))


def compare(table, server, name, recording, lifetime):
    status, head, body = send(server, recording)
    want = recording['response']
    if not table.same(f'{name} status', status, want['status']):
        print('   ', json.dumps(body)[:600])
        return
    table.same(f'{name} type', head['content-type'],
               'application/json; charset=utf-8')
    if status != 200:
        table.same(f'{name} code', body['error']['code'],
                   want['body']['error']['code'])
        table.same(f'{name} request id', head['x-ms-request-id'],
                   body['error']['innererror']['requestId'])
        return
    theirs = recording['decoded_token']
    ours = claims_of(body['token'])
    table.same(f'{name} header', {
        **header_of(body['token']), 'jku': 0, 'kid': 0},
        {**theirs['header'], 'jku': 0, 'kid': 0})
    compare_claims(table, name, ours, theirs['claims'], server, lifetime)


def policies(table, server):
    """In recorded order: set, get, reset, get; numbered _2, _3, _4."""
    for pattern in ('Policy_GetPolicy_AAD_*', 'Policy_ModifyUnsecured_AAD_*',
                    'Policy_ModifyGeneratedKey_AAD_*'):
        found = names(pattern)
        # A file without number is the first of its sequence.
        found.sort(key=lambda n: (n.rstrip('_234') if n[-2:] in
                                  ('_2', '_3', '_4') else n, n))
        for name in found:
            compare(table, server, name, load(name), 3600)


def certificates(table, server):
    for name in ('Cert_GetPolicyManagementCertificatesAad',
                 'Cert_VerifyFailedAddCertificate',
                 'Cert_VerifyFailedRemoveCertificate'):
        compare(table, server, name, load(name), 3600)


def traceparent(table, server):
    recording = load('net_SetPolicyUnsecuredIsolated_400')
    sent = recording['request']['headers']['traceparent']
    status, head, _ = server.request(
        'GET', '/certs', headers={'traceparent': sent})
    table.same('traceparent comes back', head['x-ms-request-id'], sent)
    table.same('recorded so', recording['response']['headers'].get(
        'x-ms-request-id', sent), sent)


def attestations(table, folder):
    """Only what used the collateral that is in the pairs."""
    pairs = shared('vectors/maa-pairs', 'recorded attestations')
    blobs = {}
    for name in ('evidence_sgx_quote.bin', 'evidence_openenclave_report.bin',
                 'runtime_data.bin'):
        with open(os.path.join(pairs, name), 'rb') as f:
            blobs[name] = b64url(f.read())
    for year, crl in (('2021', '059762'), ('2022', '3dbcd2'), ('2022', 'x')):
        collateral = recorded_collateral(os.path.join(folder, year + crl),
                                         year)
        with Server('--collateral', collateral, '--collateral-grace', 'any',
                    '--accept-tcb', 'UpToDate,SWHardeningNeeded,'
                    'ConfigurationNeeded,ConfigurationAndSWHardeningNeeded,'
                    'OutOfDate,OutOfDateConfigurationNeeded') as server:
            for path in sorted(glob.glob(os.path.join(
                    pairs, f'*Enclave-*-{crl}.json'))):
                attest_pair(table, server, path, blobs)


def attest_pair(table, server, path, blobs):
    with open(path) as f:
        pair = json.load(f)
    name = os.path.basename(path)[:-5]
    body = {k: fill(v, blobs) for k, v in pair['request'].items()}
    if 'draftPolicyForAttestation' in body:
        # The pair has no text; a later recording of the same test has it.
        kind, _, mode, status = name.split('-')[:4]
        body['draftPolicyForAttestation'] = load(
            f'AttestWithDraftPolicy_{kind}_{mode}' +
            ('_2' if status == '400' else ''))['request']['body'][
                'draftPolicyForAttestation']
    target = pair['url'].split('.net', 1)[1]
    status, head, text = server.request('POST', target, body)
    answer = json.loads(text)
    if not table.same(f'{name} status', status, int(pair['status'])):
        print('   ', text[:800])
        return
    if status != 200:
        table.same(f'{name} code', answer['error']['code'],
                   'PolicyEvaluationError')
        table.row(f'{name} trace', 'trace' in answer['error']['innererror'],
                  text[:300])
        return
    ours, theirs = answer['token'], pair['token']
    table.same(f'{name} header', {**header_of(ours), 'jku': 0, 'kid': 0},
               {**header_of(theirs), 'jku': 0, 'kid': 0})
    table.same(f'{name} signature', ours.endswith('.'),
               theirs.endswith('.'))
    wanted = claims_of(theirs)
    if 'draftPolicyForAttestation' not in body:
        # Instances of that time had an older default policy; the newer
        # one also names the baseline.
        wanted = {k: v for k, v in wanted.items() if k != 'x-ms-policy-hash'}
        wanted['x-ms-policy-hash'] = \
            'ViVGS4BYl70X8eUrgryHg0TtbEk9WtIc6DtTBEFxaWc'
    wanted.setdefault('x-ms-sgx-tcbidentifier', 'azuredefault')
    compare_claims(table, name, claims_of(ours), wanted, server, 28800)


def fill(value, blobs):
    """Recorded pairs name big values by the file that holds them."""
    if isinstance(value, dict):
        return {k: fill(v, blobs) for k, v in value.items()}
    if isinstance(value, str):
        for name, text in blobs.items():
            if value == f'base64url of {name}':
                return text
    return value


def main():
    table = Table('recordings')
    with Server() as server:
        policies(table, server)
        certificates(table, server)
        traceparent(table, server)
        attestations(table, server.data)
    return 0 if table.end() else 1


sys.exit(main())
