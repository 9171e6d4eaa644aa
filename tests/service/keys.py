#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Signing keys: a whole rotation under a clock that is moved, seen by a
relying party; SIGKILL while keys are made and changed; wrong sealing keys;
a store of the version before."""
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

from servicelib import (FAKETIME, SKIP, Clock, Server, Table, claims_of,
                        header_of)

ASSAY = os.environ['ASSAY']
VERSION = 'api-version=2022-08-01'
DAY = 86400


def assay(*args, env=None):
    done = subprocess.run([ASSAY, *args], capture_output=True, text=True,
                          env=env, timeout=120)
    return done.returncode, done.stdout, done.stderr


def token(server):
    status, answer = server.json('GET', f'/policies/SgxEnclave?{VERSION}')
    assert status == 200, answer
    return answer['token']


def kids(server):
    return [key['kid'] for key in server.json('GET', '/certs')[1]['keys']]


def wait_for(condition, seconds=60):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.1)
    return False


class Party:
    """Fetches the keys once a day, and verifies all that it is given."""

    def __init__(self, top, server, clock):
        self.path = os.path.join(top, 'jwks.json')
        self.server, self.clock = server, clock

    def fetch(self):
        with open(self.path, 'wb') as f:
            f.write(self.server.request('GET', '/certs')[2])

    def verifies(self, text):
        code, out, err = assay('verify', text, '--jwks', self.path,
                               '--issuer', self.server.issuer, '--json',
                               env=self.clock.environment())
        return code, out + err


def rotation(table, top):
    """Publish, wait, use, retire; nobody ever sees a kid that is unknown."""
    clock = Clock(top)
    data = os.path.join(top, 'rotation')
    with Server('--key-algorithm', 'ES256', data=data,
                env=clock.environment()) as server:
        party = Party(top, server, clock)
        first, second = kids(server)
        party.fetch()
        old = token(server)
        table.same('ES256', header_of(old)['alg'], 'ES256')
        table.same('kty', [k['kty'] for k in server.json(
            'GET', '/certs')[1]['keys']], ['EC', 'EC'])
        table.same('metadata', server.json(
            'GET', '/.well-known/openid-configuration')[1][
            'id_token_signing_alg_values_supported'], ['ES256'])
        table.same('signed by the first', header_of(old)['kid'], first)
        table.same('verified', party.verifies(old)[0], 0)
        code, out, err = assay('key', 'rotate', '--data-dir', data, '--json',
                               env=clock.environment())
        table.row('rotate', code == 0 and 'signs_from' in out, out + err)
        clock.set(f'+{DAY - 600}')
        time.sleep(1)
        table.same('not before its day', header_of(token(server))['kid'],
                   first)
        # What was fetched a day ago knows the key that signs now.
        last_old = token(server)
        clock.set(f'+{DAY + 60}')
        table.row('second signs', wait_for(
            lambda: header_of(token(server))['kid'] == second))
        code, out = party.verifies(token(server))
        table.row('known since yesterday', code == 0, out)
        table.row('third published', wait_for(
            lambda: len(kids(server)) == 3), repr(kids(server)))
        table.same('order', kids(server)[0], second)
        table.row('first still there', first in kids(server))
        party.fetch()
        table.same('old token', party.verifies(last_old)[0], 0)
        # To the last second of the last token, whatever restarts.
        expires = claims_of(last_old)['exp']
        listing = assay('key', 'list', '--data-dir', data, '--json',
                        env=clock.environment())
        states = [k['state'] for k in json.loads(listing[1])['keys']]
        table.same('list', states, ['used', 'in use', 'next'])
        clock.set(f'+{expires - int(time.time()) - 60}')
        time.sleep(1)
        table.row('until the last one expires', first in kids(server))
        party.fetch()
        table.same('still verified', party.verifies(last_old)[0], 0)
        before = kids(server)
    with Server('--key-algorithm', 'ES256', data=data,
                env=clock.environment()) as server:
        table.same('restart', kids(server), before)
        clock.set(f'+{DAY + 60 + 28800 + 600}')
        table.row('gone', wait_for(lambda: first not in kids(server)))
        table.row('the others stay', second in kids(server) and
                  len(kids(server)) == 2)
        table.row('erased', wait_for(lambda: [
            (k['kid'], k['state'], k['erased']) for k in json.loads(assay(
                'key', 'list', '--data-dir', data, '--json',
                env=clock.environment())[1])['keys']][0] == (
                    first, 'gone', True)))
        code, _, err = assay('key', 'retire', second, '--data-dir', data,
                             env=clock.environment())
        table.row('in use', code == 3 and 'in use' in err, err)
        code, _, err = assay('key', 'retire', second, '--data-dir', data,
                             '--compromised', env=clock.environment())
        table.row('retire', code == 0, err)
        table.row('withdrawn', wait_for(lambda: second not in kids(server)))
        table.row('service goes on', wait_for(
            lambda: header_of(token(server))['kid'] == kids(server)[0]))


def whole(path):
    """Every row that is published has both halves."""
    db = sqlite3.connect(path)
    rows = db.execute('SELECT kid, length(sealed), length(cert), withdrawn '
                      'FROM provider_key').fetchall()
    db.close()
    return all(r[2] > 0 and (r[1] > 0 or r[3] > 0) for r in rows)


def killed(table, top, rounds):
    """SIGKILL at any moment of making and changing keys."""
    data = os.path.join(top, 'killed')
    rng = random.Random(6)
    known, bad = set(), 0
    for i in range(rounds):
        server = Server('--key-algorithm', 'ES256', data=data, wait=False)
        time.sleep(rng.random() * 0.4)
        if i % 3 == 2 and server.wait_event('ready'):
            changer = subprocess.Popen(
                [ASSAY, 'key', 'rotate', '--data-dir', data],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(rng.random() * 0.1)
            changer.send_signal(signal.SIGKILL)
            changer.wait()
        server.stop(signal.SIGKILL)
        path = os.path.join(data, 'assay.db')
        if not os.path.exists(path):
            continue
        code, out, _ = assay('key', 'list', '--data-dir', data, '--json')
        now = {k['kid'] for k in json.loads(out)['keys']} if code == 0 else {
        }
        bad += code != 0 or not known <= now or not whole(path)
        known = now
    table.same('lost or half', bad, 0)
    with Server('--key-algorithm', 'ES256', data=data) as server:
        table.row('two keys, no more', len(kids(server)) == 2 and
                  known <= set(kids(server)), repr(kids(server)))
        table.same('signs', header_of(token(server))['kid'], kids(server)[0])


def start_fails(*options, data, env=None):
    server = Server(*options, data=data, wait=False, env=env)
    code = server.process.wait(timeout=120)
    server.log.close()
    text = server.raw_log().decode().splitlines()[-1]
    return code, text


def sealing(table, top):
    data = os.path.join(top, 'sealing')
    other = os.path.join(top, 'other.key')
    seal = os.path.join(data, 'seal.key')
    with Server('--key-algorithm', 'ES256', data=data) as server:
        before = kids(server)
    right = open(seal, 'rb').read()
    os.unlink(seal)
    code, text = start_fails(data=data)
    table.row('missing', code == 3 and 'restore it' in text, text)
    table.row('not made anew', not os.path.exists(seal))
    with open(os.open(seal, os.O_CREAT | os.O_WRONLY, 0o600), 'wb') as f:
        f.write(bytes(32))
    code, text = start_fails(data=data)
    table.row('wrong', code == 3 and 'SEAL_BROKEN' in text and
              'does not open' in text, text)
    os.unlink(seal)
    with open(os.open(other, os.O_CREAT | os.O_WRONLY, 0o600), 'wb') as f:
        f.write(right)
    code, text = start_fails('--seal-key', 'credential:nothing', data=data)
    table.row('no credentials', code == 3 and
              'CREDENTIALS_DIRECTORY' in text, text)
    env = {**os.environ, 'CREDENTIALS_DIRECTORY': top}
    with Server('--key-algorithm', 'ES256', '--seal-key',
                'credential:other.key', data=data, env=env) as server:
        table.same('credential', kids(server), before)
    with Server('--key-algorithm', 'ES256', '--seal-key', f'file:{other}',
                data=data) as server:
        table.same('file', kids(server), before)
    table.row('seal.key not made', not os.path.exists(seal))


def old_store(table, top):
    """A key of the version before goes on signing, and stays published."""
    data = os.path.join(top, 'old')
    with Server(data=data) as server:
        first = kids(server)[0]
        table.same('RS256', header_of(token(server))['alg'], 'RS256')
    db = sqlite3.connect(os.path.join(data, 'assay.db'))
    db.executescript(
        'CREATE TABLE signing_key (kid TEXT PRIMARY KEY,'
        ' created INTEGER NOT NULL, retired INTEGER NOT NULL,'
        ' sealed BLOB NOT NULL, cert BLOB NOT NULL) WITHOUT ROWID;'
        'INSERT INTO signing_key SELECT kid, created, 0, sealed, cert'
        " FROM provider_key ORDER BY active LIMIT 1;"
        'DROP TABLE provider_key; DROP TABLE key_set;'
        'PRAGMA user_version = 3;')
    db.close()
    with Server(data=data) as server:
        found = kids(server)
        table.row('taken over', found[0] == first and len(found) == 2,
                  repr(found))
        table.same('signs', header_of(token(server))['kid'], first)


def main():
    if not FAKETIME:
        print('SKIP: libfaketime is absent: rotation not tested')
        return SKIP
    table = Table('keys')
    top = tempfile.mkdtemp(prefix='assayd-keys-')
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    try:
        rotation(table, top)
        killed(table, top, rounds)
        sealing(table, top)
        old_store(table, top)
    finally:
        shutil.rmtree(top, ignore_errors=True)
    return 0 if table.end() else 1


if __name__ == '__main__':
    sys.exit(main())
