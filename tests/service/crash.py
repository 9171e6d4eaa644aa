#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kill assayd with SIGKILL at random moments under concurrent policy
changes: after each restart every acknowledged change is there, none is half
there. ASSAY_CRASHES, or else the argument, says how often (200 by default)."""
import os
import random
import signal
import sqlite3
import sys
import tempfile
import threading
import time

from servicelib import Server, Table, b64url, claims_of

CRASHES = int(os.environ.get('ASSAY_CRASHES') or
              (sys.argv[1] if len(sys.argv) > 1 else 200))
TYPES = ['SgxEnclave', 'OpenEnclave', 'Tpm', 'SevSnpVm', 'TdxVm',
         'AzureGuest']


def policy(kind, number):
    text = ('version= 1.0;authorizationrules{=> permit();};issuancerules{'
            f'=> issue(type="{kind}", value={number});'
            f'=> issue(type="padding", value="{"x" * (number % 977)}");}};')
    return 'eyJhbGciOiJub25lIn0.' + b64url(
        ('{"AttestationPolicy":"' + b64url(text.encode()) + '"}')
        .encode()) + '.'


class Writer(threading.Thread):
    """Sets policy after policy of one type until the service dies."""

    def __init__(self, server, kind, first):
        super().__init__(daemon=True)
        self.server, self.kind, self.next = server, kind, first
        self.acknowledged = None     # the last JWS answered with 200
        self.sent = None             # sent, and not answered
        self.bad = []

    def run(self):
        target = f'/policies/{self.kind}?api-version=2022-08-01'
        while True:
            self.sent = policy(self.kind, self.next)
            self.next += 1
            try:
                status, _, body = self.server.request('PUT', target,
                                                      self.sent)
            except (OSError, ConnectionError, ValueError, IndexError):
                return
            if status != 200:
                self.bad.append((status, body))
                return
            self.acknowledged = self.sent


def in_force(server, kind):
    status, body = server.json('GET',
                               f'/policies/{kind}?api-version=2022-08-01')
    assert status == 200, body
    return claims_of(body['token'])['x-ms-policy']


def check_store(table, row, data):
    """The file itself: whole, and each policy the last of its history."""
    db = sqlite3.connect(os.path.join(data, 'assay.db'))
    try:
        table.same(f'{row} integrity', db.execute(
            'PRAGMA integrity_check').fetchone()[0], 'ok')
        for kind, jws in db.execute('SELECT type, jws FROM policy'):
            last = db.execute(
                "SELECT content FROM history WHERE subject = 'policy' AND "
                'name = ? ORDER BY id DESC LIMIT 1', (kind,)).fetchone()
            table.same(f'{row} history of {kind}', last and last[0], jws)
    finally:
        db.close()


def round_of(table, number, data, state, rng):
    with Server(data=data) as server:
        for kind in TYPES:
            found = in_force(server, kind)
            state.setdefault(kind, [found])      # the default
            table.row(f'round {number} {kind}', found in state[kind],
                      f'found {found[:60]}...')
            # What is there now was made durable, acknowledged or not.
            state[kind] = [found]
        writers = [Writer(server, kind, number * 100000) for kind in TYPES]
        for w in writers:
            w.start()
        time.sleep(rng.uniform(0.0, 0.15))
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
        for w in writers:
            w.join(20)
            table.row(f'round {number} {w.kind} answers', not w.bad,
                      repr(w.bad)[:200])
            old = state[w.kind]
            # Acknowledged: nothing older may come back. Sent and not
            # answered: may be there or not.
            state[w.kind] = ([w.acknowledged, w.sent] if w.acknowledged
                             else old + [w.sent])
    if number % 10 == 0:
        check_store(table, f'round {number}', data)
    return sum(w.next - number * 100000 - 1 for w in writers)


def main():
    table = Table('crash')
    seed = int(os.environ.get('ASSAY_SEED', time.time()))
    rng = random.Random(seed)
    print(f'crash: seed {seed}, {CRASHES} times')
    state = {}
    changes = 0
    with tempfile.TemporaryDirectory(prefix='assayd-crash-') as top:
        data = os.path.join(top, 'data')
        for number in range(1, CRASHES + 1):
            changes += round_of(table, number, data, state, rng)
        with Server(data=data) as server:
            for kind in TYPES:
                table.row(f'end {kind}',
                          in_force(server, kind) in state[kind])
        check_store(table, 'end', data)
    print(f'crash: {changes} changes acknowledged')
    return 0 if table.end() else 1


sys.exit(main())
