#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The recorded exchanges of Azure Attestation, sent to assayd: the answers
are the recorded ones apart from time, key and issuer."""
import base64
import glob
import json
import os
import sys
import tempfile

from servicelib import (FAKETIME, Clock, Server, Table, b64url, claims_of,
                        header_of, recorded_collateral, shared, unb64)

# What differs in every answer; each is checked by itself.
OURS = {'iss', 'iat', 'nbf', 'exp', 'jti'}

# Exchanges about policies and certificates that cannot be sent again.
NO_BODY = {
    'old_1_11_01987_157_BatchPolicyOperations_Isolated_SgxEnclave':
        'its request body is not in the recording',
    'old_1_11_01987_157_BatchPolicyOperations_Isolated_SgxEnclave_2':
        'its request body is not in the recording',
}
replayed = set()


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
    replayed.add(name)
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
    for pattern in ('Policy_GetPolicy_AAD_*', 'Policy_GetPolicy_Shared_*',
                    'Policy_ModifyUnsecured_AAD_*',
                    'Policy_ModifyGeneratedKey_AAD_*'):
        found = names(pattern)
        # A file without number is the first of its sequence.
        found.sort(key=lambda n: (n.rstrip('_234') if n[-2:] in
                                  ('_2', '_3', '_4') else n, n))
        for name in found:
            compare(table, server, name, load(name), 3600)


def certificates(table, server):
    for name in ('Cert_GetPolicyManagementCertificatesAad',
                 'Cert_GetPolicyManagementCertificatesShared',
                 'Cert_VerifyFailedAddCertificate',
                 'Cert_VerifyFailedRemoveCertificate'):
        compare(table, server, name, load(name), 3600)


def tpm(table, server):
    """Policy, init and challenge, reset, as one client did it."""
    for name in ('Tpm_AttestTpm', 'Tpm_AttestTpm_2', 'Tpm_AttestTpm_3'):
        recording = load(name)
        if 'data' not in recording['response']['body']:
            compare(table, server, name, recording, 3600)
            continue
        status, head, body = send(server, recording)
        if not table.same(f'{name} status', status, 200):
            continue
        ours, theirs = (json.loads(unb64(b['data'])) for b in
                        (body, recording['response']['body']))
        table.same(f'{name} envelope', list(ours), list(theirs))
        for member in theirs['payload']:
            table.row(f'{name} {member}', member in ours['payload'])
        table.same(f'{name} challenge', len(ours['payload']['challenge']),
                   len(theirs['payload']['challenge']))


# ---- isolated: the recorded certificates have expired

def start_isolated(folder, clock, pem, recording):
    """No assayd starts before the day it was made, and none takes signers
    that have expired: so its clock moves while it makes its key, after it
    looked at the clock and before it reads the signers."""
    for attempt in range(20):
        clock.set('+0')
        server = Server('--policy-signers', pem, '--threads', '1',
                        data=os.path.join(folder, f'data{attempt}'),
                        env=clock.environment(), wait=False)
        server.wait_event('listening')
        clock.move_to(recording)
        try:
            server.wait_ready()
            return server
        except RuntimeError:
            server.stop()
            if b'CERT_EXPIRED' not in server.raw_log():
                raise
    raise RuntimeError('the clock never moved in time')


def isolated_names():
    """In the order of their recording: the later ones see the changes of
    the earlier."""
    found = []
    for pattern in ('Cert_Get*Isolated', 'Cert_Add*', 'Cert_Remove*',
                    'Policy_GetPolicy_Isolated_*'):
        found += names(pattern)
    return found


def recorded_signers(folder):
    """Those that the recorded instance had at the beginning."""
    token = load('Cert_GetPolicyManagementCertificatesIsolated')[
        'response']['body']['token']
    path = os.path.join(folder, 'signers.pem')
    with open(path, 'w') as f:
        for key in claims_of(token)['x-ms-policy-certificates']['keys']:
            der = base64.b64decode(key['x5c'][0])
            f.write('-----BEGIN CERTIFICATE-----\n' +
                    base64.encodebytes(der).decode() +
                    '-----END CERTIFICATE-----\n')
    return path


def isolated(table, folder):
    if not FAKETIME:
        print('SKIP: no libfaketime (package faketime): isolated exchanges '
              'not tested')
        return False
    clock = Clock(folder)
    found = isolated_names()
    with start_isolated(folder, clock, recorded_signers(folder),
                        load(found[0])) as server:
        for name in found:
            recording = load(name)
            clock.move_to(recording)
            compare(table, server, name, recording, 3600)
        unsigned_isolated(table, server)
    return True


def unsigned_isolated(table, server):
    """The recording says only what its body was, and how long."""
    name = 'net_SetPolicyUnsecuredIsolated_400'
    recording = load(name)
    table.row(f'{name} placeholder',
              '1135 bytes' in recording['request']['body'])
    text = 'version= 1.0;authorizationrules{=> permit();};issuancerules{};'
    while True:
        jws = 'eyJhbGciOiJub25lIn0.' + b64url(json.dumps(
            {'AttestationPolicy': b64url(text.encode())}).encode()) + '.'
        if len(jws) >= 1135:
            break
        text += ' '
    print(f'{name}: the body is not recorded; an unsigned policy of '
          f'{len(jws)} bytes stands for it')
    recording['request']['body'] = jws
    compare(table, server, name, recording, 3600)
    sent = recording['request']['headers']['traceparent']
    _, head, _ = send(server, recording)
    table.same('traceparent comes back', head['x-ms-request-id'], sent)
    table.same('recorded so', recording['response']['headers'][
        'x-ms-request-id'], sent)


def completeness(table):
    """Nothing that was recorded of policies and certificates is left out
    without a word."""
    every = set()
    for pattern in ('Policy_*', 'Cert_*', 'net_*', '*BatchPolicy*'):
        every |= set(names(pattern))
    for name in sorted(every & set(NO_BODY)):
        print(f'not sent: {name}: {NO_BODY[name]}')
        table.row(f'{name} has no body', load(name)['request']['body'] is None)
    table.same('exchanges neither sent nor explained',
               sorted(every - replayed - set(NO_BODY)), [])


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
        tpm(table, server)
        attestations(table, server.data)
    with tempfile.TemporaryDirectory(prefix='assayd-test-') as folder:
        if isolated(table, folder):
            completeness(table)
    print(f'recordings: {len(replayed)} exchanges about policies and '
          'certificates')
    return 0 if table.end() else 1


sys.exit(main())
