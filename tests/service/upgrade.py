#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a service finds when it starts or reloads: policies that an instance
which has become isolated must not use, files that could not be read at
first."""
import json
import os
import shutil
import signal
import sys
import tempfile
import time

from servicelib import SKIP, Server, Table, claims_of, recorded_collateral
from signerlib import Signer, policy, unsecured

VERSION = 'api-version=2022-08-01'
QUOTE = {'quote': 'AA'}


def put(server, kind, jws):
    return server.json('PUT', f'/policies/{kind}?{VERSION}', jws)[0]


def get(server, kind):
    return claims_of(server.json('GET', f'/policies/{kind}?{VERSION}')[1][
        'token'])['x-ms-policy']


def ready(server):
    """None, or the message that says why not."""
    status, answer = server.json('GET', '/readyz')
    return None if status == 200 else (
        status, answer['error']['innererror']['code'],
        answer['error']['message'])


def signers(server, by, how, cert):
    return server.json('POST', f'/certificates:{how}?{VERSION}', json.dumps(
        by.sign({'policyCertificate': {'kty': 'RSA', 'x5c': [cert.x5c]}})))[0]


def isolated_later(table, top, one, two, stranger):
    """Whatever anybody put in force before is not believed afterwards."""
    data = os.path.join(top, 'data')
    with Server(data=data) as server:
        for kind, jws in (('SgxEnclave', unsecured(policy('a'))),
                          ('OpenEnclave', stranger.sign(policy('b'))),
                          ('TdxVm', one.sign(policy('c')))):
            table.same(f'before {kind}', put(server, kind, jws), 200)
        table.same('ready before', ready(server), None)
    with Server('--policy-signers', one.pem, data=data) as server:
        said = ready(server)
        table.row('not ready', said is not None and said[:2] == (
            503, 'POLICY_UNUSABLE') and 'SgxEnclave' in said[2] and
            'not signed' in said[2] and 'assay policy set' in said[2],
            repr(said))
        lines = [line for line in server.lines()
                 if line['event'] == 'policy-broken']
        table.row('log', len(lines) == 2 and 'SgxEnclave' in repr(lines[0])
                  and 'OpenEnclave' in repr(lines[1]) and
                  'never was a policy signer' in repr(lines[1]), repr(lines))
        for kind, body in (('SgxEnclave', QUOTE),
                           ('OpenEnclave', {'report': 'AA'})):
            status, answer = server.json(
                'POST', f'/attest/{kind}?{VERSION}', body)
            table.same(f'attest {kind}', (
                status, answer['error']['innererror']['code']),
                (503, 'POLICY_UNUSABLE'))
        table.same('unsigned cure', put(server, 'SgxEnclave',
                                        unsecured(policy('d'))), 400)
        table.same('signed cure', put(server, 'SgxEnclave',
                                      one.sign(policy('d'))), 200)
        said = ready(server)
        table.row('the other one', said is not None and
                  'OpenEnclave' in said[2], repr(said))
        status, _ = server.json('POST', f'/policies/OpenEnclave:reset?'
                                f'{VERSION}', one.sign(b''))
        table.same('reset', status, 200)
        table.same('ready', ready(server), None)
    kept = one.sign(policy('kept'))
    with Server(data=data) as server:
        table.same('ready again', ready(server), None)
        table.same('put', put(server, 'SgxEnclave', kept), 200)
        table.same('add', signers(server, one, 'add', two), 200)
        table.same('remove', signers(server, two, 'remove', one), 200)
    with Server(data=data) as server:
        table.same('of a signer that was removed', ready(server), None)
        table.same('in force', get(server, 'SgxEnclave'), kept)


def events(server, name):
    return [line for line in server.lines() if line['event'] == name]


def wait_for(server, name, count, seconds=20):
    until = time.monotonic() + seconds
    while time.monotonic() < until and len(events(server, name)) < count:
        time.sleep(0.05)
    return events(server, name)


def retried(table, top):
    """A reload that fails is tried again without being asked."""
    folder = recorded_collateral(os.path.join(top, 'collateral'))
    path = os.path.join(folder, 'tcb_info.json')
    shutil.copy(path, path + '.good')
    with Server('--collateral', folder) as server:
        with open(path, 'w') as f:
            f.write('{')
        server.process.send_signal(signal.SIGHUP)
        table.row('fails', len(wait_for(server, 'reload-failed', 2)) >= 2,
                  'only once')
        table.same('goes on', ready(server), None)
        os.replace(path + '.good', path)
        done = wait_for(server, 'reloaded', 1)
        table.same('then succeeds', [line['why'] for line in done], ['retry'])
        seen = len(events(server, 'reloaded'))
        time.sleep(2.5)
        table.same('and rests', len(events(server, 'reloaded')), seen)


def main():
    if shutil.which('openssl') is None:
        print('SKIP: no openssl program: signed policies not tested')
        return SKIP
    table = Table('upgrade')
    with tempfile.TemporaryDirectory(prefix='assayd-test-') as top:
        isolated_later(table, top, Signer(top, 'one'), Signer(top, 'two'),
                       Signer(top, 'stranger'))
        retried(table, top)
    return 0 if table.end() else 1


sys.exit(main())
