#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Collateral that is fetched: from cold, by a thousand at once, through every
failure on demand, and as time passes. Against `assay sim pcs` over TLS."""
import json
import os
import pathlib
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request

from servicelib import FAKETIME, Clock, Server, Table, b64url, read_answer

ASSAY = os.environ['ASSAY']
ITEMS = ('tcb', 'qe', 'pckcrl', 'rootcrl')
PATIENT = '60000'       # ms: where it is not the wait that is tried
ONCE = {'tcb': 1, 'qe': 1, 'pckcrl': 1, 'rootcrl': 1}


def run(*words, want=0):
    done = subprocess.run([ASSAY, *map(str, words)], capture_output=True,
                          text=True, check=False)
    if want is not None and done.returncode != want:
        raise RuntimeError(f'{words}: {done.returncode}: {done.stdout}'
                           f'{done.stderr}')
    return done


class World:
    """A root, a quote, a TLS certificate."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        run('sim', 'sgx', '--out', folder)
        self.root = self.folder / 'root.pem'
        self.cert, self.key = self.folder / 'tls.pem', self.folder / 'tls.key'
        subprocess.run(
            ['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
             'ec_paramgen_curve:P-256', '-nodes', '-keyout', self.key, '-out',
             self.cert, '-days', '3650', '-subj', '/CN=pcs', '-addext',
             'subjectAltName=IP:127.0.0.1'], check=True, capture_output=True)
        quote = (self.folder / 'quote.bin').read_bytes()
        self.body = json.dumps({'quote': b64url(quote)})


class Pcs:
    def __init__(self, world, *options):
        self.context = ssl.create_default_context(cafile=str(world.cert))
        self.process = subprocess.Popen(
            [ASSAY, 'sim', 'pcs', '--json', '--tls-cert', world.cert,
             '--tls-key', world.key, *map(str, options)],
            stdout=subprocess.PIPE, text=True)
        self.url = json.loads(self.process.stdout.readline())['url']

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.terminate()
        self.process.wait(timeout=60)
        self.process.stdout.close()

    def ask(self, path, method='GET'):
        request = urllib.request.Request(self.url + path, method=method)
        with urllib.request.urlopen(request, context=self.context,
                                    timeout=60) as answer:
            return answer.read().decode()

    def counts(self):
        return json.loads(self.ask('/sim/requests'))

    def fail(self, item, mode):
        self.ask(f'/sim/failure?item={item}&mode={mode}', 'POST')


def service(world, pcs, *options, kind='pcs', **more):
    return Server('--trust-anchor', str(world.root), '--collateral-source',
                  f'{kind}:{pcs.url}', '--collateral-cacert', str(world.cert),
                  '--collateral-wait', PATIENT, *options, **more)


def attest(server, world):
    status, head, text = server.request(
        'POST', '/attest/SgxEnclave?api-version=2022-08-01', world.body,
        {'Content-Type': 'application/json'}, timeout=600)
    return status, head, json.loads(text)


def until_accepted(server, world, seconds=300):
    """Back-off ends by itself; a bound only so that a failure ends."""
    end = time.monotonic() + seconds
    while True:
        status, _, body = attest(server, world)
        if status == 200 or time.monotonic() > end:
            return status, body
        time.sleep(0.2)


def until(server, world, want, seconds=300):
    """A change of the store is noticed within a second."""
    end = time.monotonic() + seconds
    while True:
        status, _, body = attest(server, world)
        if status == want or time.monotonic() > end:
            return status, body
        time.sleep(0.05)


def held(server):
    return json.loads(run('collateral', 'show', '--json', '--data-dir',
                          server.data).stdout)['items']


def cold(table, world):
    for kind in ('pcs', 'pccs'):
        with Pcs(world) as pcs, service(world, pcs, kind=kind) as server:
            table.same(f'{kind}: cold', attest(server, world)[0], 200)
            table.same(f'{kind}: one request each', pcs.counts(), ONCE)
            table.same(f'{kind}: again', attest(server, world)[0], 200)
            table.same(f'{kind}: no more requests', pcs.counts(), ONCE)
            table.same(f'{kind}: kept', sorted(i['kind'] for i in
                                               held(server)),
                       ['pck_crl', 'qe_identity', 'root_ca_crl', 'tcb_info'])
            table.row(f'{kind}: source is kept', all(
                i['source'].startswith(pcs.url) for i in held(server)))


def restart(table, world):
    with tempfile.TemporaryDirectory() as data, Pcs(world) as pcs:
        with service(world, pcs, data=data) as server:
            table.same('before restart', attest(server, world)[0], 200)
        with service(world, pcs, data=data) as server:
            table.same('after restart', attest(server, world)[0], 200)
        table.same('nothing fetched again', pcs.counts(), ONCE)


def early(table, world):
    with Pcs(world) as pcs, \
            service(world, pcs, '--collateral-update', 'early') as server:
        table.same('early', attest(server, world)[0], 200)
        table.same('early has the next number', {
            i.get('tcb_evaluation_data_number') for i in held(server)
            if i['kind'] == 'tcb_info'}, {18})


def thousand(table, world, n=1000):
    head = ('POST /attest/SgxEnclave?api-version=2022-08-01 HTTP/1.1\r\n'
            'Host: 127.0.0.1\r\nContent-Type: application/json\r\n'
            f'Content-Length: {len(world.body)}\r\n\r\n')
    request = (head + world.body).encode()
    with Pcs(world) as pcs, service(
            world, pcs, '--max-connections-per-address', '4096',
            '--threads', '16') as server:
        sockets = [server.connect(600) for _ in range(n)]
        for s in sockets:
            s.sendall(request)
        statuses = [read_answer(s, 'POST')[0] for s in sockets]
        for s in sockets:
            s.close()
        table.same(f'{n} at once are accepted', statuses.count(200), n)
        table.same(f'{n} at once make one request each', pcs.counts(), ONCE)


def waiting(table, world):
    """While the only thread waits for a source, longer than a head may take
    to come, others send: what they sent is answered, not dropped."""
    head = 'GET /certs HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'
    body = (f'POST /attest/SgxEnclave?api-version=2022-08-01 HTTP/1.1\r\n'
            'Host: 127.0.0.1\r\nContent-Type: application/json\r\n'
            f'Content-Length: {len(world.body)}\r\n\r\n{world.body}')
    with Pcs(world) as pcs, service(
            world, pcs, '--threads', '1', '--collateral-deadline',
            PATIENT) as server:
        pcs.fail('tcb', 'slow')
        first = server.connect(600)
        first.sendall(body.encode())
        while pcs.counts()['tcb'] == 0:
            time.sleep(0.05)
        others = [server.connect(600) for _ in range(2)]
        others[0].sendall(head.encode())
        others[1].sendall(body.encode())
        table.same('the one that waits', read_answer(first, 'POST')[0], 200)
        for s, name in zip(others, ('head', 'head and body')):
            try:
                status = read_answer(s)[0]
            except OSError as e:
                status = repr(e)
            table.same(f'sent meanwhile: {name}', status, 200)
        for s in (first, *others):
            s.close()


# mode -> what the error of the service says, somewhere.
FAILURES = {
    '404': '404', '429': '429', '5xx': '503', 'slow': 'within',
    'truncated': '', 'stale': '', 'forged': '', 'other': '',
}


def failure(table, world, item, mode, says):
    name = f'{item} {mode}'
    limits = ('--collateral-wait', '3000', '--collateral-deadline', PATIENT) \
        if mode == 'slow' else ()
    with Pcs(world) as pcs, service(world, pcs, *limits) as server:
        pcs.fail(item, mode)
        status, head, body = attest(server, world)
        error = body.get('error', {})
        # Stale documents are taken for what they are, and are no yes.
        table.same(f'{name}: could not decide', status, 503)
        table.row(f'{name}: Retry-After', 'retry-after' in head, str(head))
        table.row(f'{name}: says why', says in error.get('message', ''),
                  str(error))
        bad = {'tcb': 'tcb_info', 'qe': 'qe_identity', 'pckcrl': 'pck_crl',
               'rootcrl': 'root_ca_crl'}[item]
        if mode != 'stale':
            table.row(f'{name}: nothing bad is stored',
                      bad not in [i['kind'] for i in held(server)])
        pcs.fail(item, 'ok')
        if mode == 'slow':      # the exchange under way comes to its end
            status, body = until_accepted(server, world)
        else:
            status, body = until_accepted(server, world)
        table.same(f'{name}: recovers', (status, body.get('error')),
                   (200, None))


def failures(table, world):
    for item in ITEMS:
        for mode, says in FAILURES.items():
            if mode == 'slow' and item != 'tcb':
                continue
            if mode == 'other' and item == 'rootcrl':
                continue        # there is one root only
            failure(table, world, item, mode, says)


def second_source(table, world):
    with Pcs(world) as broken, Pcs(world) as pcs:
        for item in ITEMS:
            broken.fail(item, '5xx')
        with service(world, broken, '--collateral-source',
                     f'pcs:{pcs.url}') as server:
            table.same('the second source answers',
                       attest(server, world)[0], 200)
            table.same('the first was asked once', broken.counts(), ONCE)


def untrusted_server(table, world):
    """TLS is always verified: not by the system's CAs, so no answer."""
    with Pcs(world) as pcs, Server(
            '--trust-anchor', str(world.root), '--collateral-source',
            f'pcs:{pcs.url}') as server:
        status, _, body = attest(server, world)
        table.same('a server with an unknown certificate', status, 503)
        table.row('it is named', 'certificate' in body['error']['message'],
                  str(body))
        table.same('it was asked nothing', sum(pcs.counts().values()), 0)


def blocked(table, world):
    with Pcs(world) as pcs, service(world, pcs) as server:
        data = ('--data-dir', server.data)
        table.same('not blocked', attest(server, world)[0], 200)
        for what, value in (('fmspc', 'f0606a000000'),
                            ('ppid', '513a11' + 26 * '0')):
            run('collateral', 'block', f'--{what}', value, '--reason', 'lost',
                *data)
            status, body = until(server, world, 400)
            table.same(f'{what}: refused', (
                status, body['error'].get('innererror', {}).get('code')),
                (400, 'PLATFORM_BLOCKED'))
            rows = json.loads(run('collateral', 'blocked', '--json',
                                  *data).stdout)['items']
            table.same(f'{what}: listed', rows, [
                {'what': what, 'value': value, 'reason': 'lost'}])
            run('collateral', 'unblock', f'--{what}', value, *data)
            table.same(f'{what}: accepted again',
                       until(server, world, 200)[0], 200)
        table.same('no block without a name', run(
            'collateral', 'block', *data, want=None).returncode, 2)


def floors(table, world):
    """A source that goes back, an import of something older."""
    with Pcs(world, '--number', 17) as pcs, \
            tempfile.TemporaryDirectory() as old:
        run('sim', 'sgx', '--out', old)     # a day old
        with service(world, pcs) as server:
            data = ('--data-dir', server.data)
            anchor = ('--trust-anchor', world.root)
            table.same('at first', attest(server, world)[0], 200)
            before = held(server)
            done = run('collateral', 'import', old, *data, *anchor, want=1)
            table.row('an older one is refused',
                      'COLLATERAL_ROLLBACK' in done.stdout + done.stderr,
                      done.stdout + done.stderr)
            table.same('nothing changed', held(server), before)
            floor = json.loads(run('collateral', 'floor', '--json',
                                   *data).stdout)['items']
            table.same('floors', sorted(f['kind'] for f in floor), [
                'pck_crl', 'qe_identity', 'root_ca_crl', 'tcb_info'])
            for words in (('tcb_info', '--fmspc', 'f0606a000000'),
                          ('qe_identity',), ('pck_crl', '--ca', 'platform'),
                          ('root_ca_crl',)):
                run('collateral', 'floor', '--lower', '--kind', *words, *data)
            run('collateral', 'import', old, *data, *anchor)
            table.row('after lowering it is taken', [
                f['issued'] for f in json.loads(run(
                    'collateral', 'floor', '--json', *data).stdout)['items']]
                < [f['issued'] for f in floor])


def time_passes(table, world):
    if not FAKETIME:
        print('SKIP: no libfaketime (package faketime): refresh ahead of '
              'expiry is not tested')
        return
    day = 86400
    with Pcs(world, '--life', 40 * day) as pcs, \
            tempfile.TemporaryDirectory() as folder:
        clock = Clock(folder)
        with service(world, pcs, env=clock.environment()) as server:
            table.same('at first', attest(server, world)[0], 200)
            table.same('fetched once', pcs.counts(), ONCE)
            clock.set('+35d')
            end = time.monotonic() + 300
            while pcs.counts() == ONCE and time.monotonic() < end:
                time.sleep(0.2)
            table.row('fetched anew before expiry',
                      all(n > 1 for n in pcs.counts().values()),
                      str(pcs.counts()))
            table.same('before expiry', attest(server, world)[0], 200)
        for item in ITEMS:
            pcs.fail(item, '5xx')
        clock = Clock(folder)
        with service(world, pcs, env=clock.environment()) as server:
            for item in ITEMS:
                pcs.fail(item, 'ok')
            until_accepted(server, world)
            for item in ITEMS:
                pcs.fail(item, '5xx')
            clock.set('+41d')
            end = time.monotonic() + 300
            while attest(server, world)[0] == 200 and \
                    time.monotonic() < end:
                time.sleep(0.1)
            status, _, body = attest(server, world)
            table.same('expired and no source', status, 503)
            table.row('it says so', 'expired' in json.dumps(body).lower() or
                      'EXPIRED' in json.dumps(body), str(body))


def main():
    table = Table('collateral')
    with tempfile.TemporaryDirectory() as folder:
        world = World(folder)
        stories = (cold, restart, early, thousand, waiting, second_source,
                   untrusted_server, blocked, floors, failures,
                   time_passes)
        wanted = sys.argv[1:]
        for story in stories:
            if not wanted or story.__name__ in wanted:
                story(table, world)
    sys.exit(0 if table.end() else 1)


if __name__ == '__main__':
    main()
