#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Baselines: which are listed, which a policy selects, which judged."""
import base64
import datetime
import json
import os
import signal
import sys
import tempfile

from collateral import (Pcs, World, attest, held, run, service, until,
                        until_accepted)
from servicelib import Server, Table, b64url

LATEST = '2025-06-01'
TYPES = ('SgxEnclave', 'OpenEnclave', 'Tpm', 'SevSnpVm', 'TdxVm', 'AzureGuest')

# What the public description of the interface says of an element: name ->
# type; none is required, and no other is known.
SHAPE = {
    '2022-09-01-preview': {
        'tcbEvaluationDataNumber': str, 'tcbReleaseDate': str,
        'minimumPswLinuxVersion': str, 'minimumPswWindowsVersion': str},
    LATEST: {
        'tcbIdentifier': str, 'tcbEvaluationDataNumber': int,
        'tcbReleaseDate': str, 'minimumPswLinuxVersion': str,
        'minimumPswWindowsVersion': str, 'isSelectedTcb': bool},
}

# The documented policy with a custom baseline, its typographic quote mended.
CUSTOM = '''version = 1.1;
configurationrules
{
=> issueproperty (
type = "x-ms-sgx-tcbidentifier", value = "%s"
);
};

authorizationrules
{
=> permit();
};
Issuancerules
{
c:[type=="x-ms-sgx-is-debuggable"] => issue(type="is-debuggable", value=c.value);
c:[type=="x-ms-sgx-mrsigner"] => issue(type="sgx-mrsigner", value=c.value);
c:[type=="x-ms-sgx-mrenclave"] => issue(type="sgx-mrenclave", value=c.value);
c:[type=="x-ms-sgx-product-id"] => issue(type="product-id", value=c.value);
c:[type=="x-ms-sgx-svn"] => issue(type="svn", value=c.value);
c:[type=="x-ms-attestation-type"] => issue(type="tee", value=c.value);
};
'''


def follows(rows, version):
    """Is every row as the interface is described?"""
    for row in rows:
        for name, value in row.items():
            want = SHAPE[version].get(name)
            if want is None or type(value) is not want:
                return f'{name}: {value!r}'
            if want is int and not -2**31 <= value < 2**31:
                return f'{name} is no int32: {value}'
        date = row.get('tcbReleaseDate')
        if version == LATEST and date is not None:      # format date-time
            if datetime.datetime.fromisoformat(
                    date.replace('Z', '+00:00')).tzinfo is None:
                return f'{date} has no offset'
    return None


def baselines(server, kind='SgxEnclave', version=LATEST, more=''):
    status, answer = server.json(
        'GET', f'/tcbbaselines/{kind}?api-version={version}{more}')
    return status, answer


def set_policy(server, text, kind='SgxEnclave'):
    body = 'eyJhbGciOiJub25lIn0.' + b64url(json.dumps({
        'AttestationPolicy': b64url(text.encode())}).encode()) + '.'
    return server.json('PUT', f'/policies/{kind}?api-version=2022-08-01',
                       body)


def claims(answer):
    if 'token' not in answer:
        raise RuntimeError(f'no token: {answer}')
    part = answer['token'].split('.')[1]
    return json.loads(base64.urlsafe_b64decode(part + '=' * (-len(part) % 4)))


def selected(server, **more):
    return [row['tcbIdentifier']
            for row in baselines(server, **more)[1]['tcbBaselines']
            if row['isSelectedTcb']]


def listed(table, world):
    """From none held to two; in every version; for every type."""
    with Pcs(world, '--number', 17) as pcs, service(world, pcs) as server:
        for kind in TYPES:
            table.same(f'{kind}: none is held', baselines(server, kind),
                       (200, {'tcbBaselines': []}))
        table.same('attest', attest(server, world)[0], 200)
        for kind in TYPES:
            status, answer = baselines(server, kind)
            rows = answer['tcbBaselines']
            table.same(f'{kind}: 200', status, 200)
            table.same(f'{kind}: rows', len(rows), 1 if kind in (
                'SgxEnclave', 'OpenEnclave') else 0)
            table.same(f'{kind}: shape', follows(rows, LATEST), None)
        table.same('the one', {
            k: v for k, v in baselines(server)[1]['tcbBaselines'][0].items()
            if k != 'tcbReleaseDate'}, {
                'tcbIdentifier': '17', 'tcbEvaluationDataNumber': 17,
                'isSelectedTcb': True})
        table.row('its date', baselines(server)[1]['tcbBaselines'][0][
            'tcbReleaseDate'].endswith('T00:00:00Z'))
        table.same('paths without regard to case',
                   baselines(server, 'sgxenclave'), baselines(server))
        for version in ('2023-04-01-preview', '2026-03-11-preview'):
            table.same(version, baselines(server, version=version),
                       baselines(server))
        for version in ('2018-09-01-preview', '2020-10-01', '2022-08-01'):
            status, answer = baselines(server, version=version)
            table.same(f'{version} does not have it', (
                status, answer['error']['innererror']['code']),
                (400, 'API_VERSION'))
        table.same('no such type', baselines(server, 'Abacus')[0], 404)
        table.same('only GET', server.json(
            'POST', f'/tcbbaselines/SgxEnclave?api-version={LATEST}', '')[0],
            405)


def as_text(table, world):
    """2022-09-01-preview: the number is a string, the default a row."""
    version = '2022-09-01-preview'
    with Pcs(world, '--number', 13) as pcs, service(world, pcs) as server:
        attest(server, world)
        rows = baselines(server, version=version)[1]['tcbBaselines']
        table.same('shape', follows(rows, version), None)
        table.same('rows', [r['tcbEvaluationDataNumber'] for r in rows],
                   ['azuredefault (Currently 13)', '13'])
        table.same('published versions', [
            (r['minimumPswLinuxVersion'], r['minimumPswWindowsVersion'])
            for r in rows], [('2.17', '2.16')] * 2)
        for word, want in (('false', 2), ('true', 1), ('True', 1)):
            rows = baselines(server, version=version, more='&'
                             f'provideCurrentTcbInPolicy={word}')
            table.same(f'provideCurrentTcbInPolicy={word}',
                       len(rows[1]['tcbBaselines']), want)
        for word in ('1', '', 'true&provideCurrentTcbInPolicy=true'):
            table.same(f'provideCurrentTcbInPolicy={word}', baselines(
                server, version=version, more='&'
                f'provideCurrentTcbInPolicy={word}')[0], 400)
        set_policy(server, CUSTOM % 13)
        rows = baselines(server, version=version,
                         more='&provideCurrentTcbInPolicy=true')[1]
        table.same('what the policy names', [
            r['tcbEvaluationDataNumber'] for r in rows['tcbBaselines']],
            ['13'])


def custom(table, world):
    """The documented custom-baseline policy selects."""
    with Pcs(world, '--number', 17) as pcs, service(world, pcs) as server:
        answer = attest(server, world)[2]
        table.same('by default', claims(answer)['x-ms-sgx-tcbidentifier'],
                   'azuredefault')
        table.same('set', set_policy(server, CUSTOM % 16)[0], 200)
        status, _, answer = attest(server, world)
        table.same('the policy names 16', (status, status == 200 and claims(
            answer)['x-ms-sgx-tcbidentifier']), (200, '16'))
        table.same('both are listed', [
            r['tcbEvaluationDataNumber']
            for r in baselines(server)[1]['tcbBaselines']], [17, 16])
        table.same('selected', selected(server), ['16'])
        table.same('the other type has its own policy',
                   selected(server, kind='OpenEnclave'), ['17'])
        set_policy(server, CUSTOM % 'azuredefault')
        table.same('azuredefault', selected(server), ['17'])


FMSPC = 'f0606a000000'
PPID = '513a11' + 26 * '0'
FILE = f"""# Baselines of a test.
[plain]
[strict]
accept-tcb = UpToDate
min-tcb-date = 2024-03-14
[fleet]
allow-fmspc = {FMSPC}
[other-fleet]
allow-fmspc = {FMSPC[:-1]}1
[lost]
deny-ppid = {PPID}
[sixteen]
tcb-evaluation-number = 16
"""
# name -> (status, code, check) of an up-to-date simulated platform.
JUDGED = {
    'plain': (200, None, None),
    'strict': (400, 'BASELINE_TCB_DATE', 'baseline-tcb-date'),
    'fleet': (200, None, None),
    'other-fleet': (400, 'BASELINE_PLATFORM', 'baseline-fmspc-allowed'),
    'lost': (400, 'BASELINE_PLATFORM', 'baseline-ppid-not-denied'),
    'sixteen': (200, None, None),
    'nowhere': (503, 'BASELINE_UNKNOWN', None),
}


def put(path, text):
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)


def outcome(server, world):
    status, _, answer = attest(server, world)
    inner = answer.get('error', {}).get('innererror', {})
    return status, inner.get('code'), inner.get('check')


def named(table, world):
    """Baselines of the operator's, by the names that policies give them."""
    with tempfile.TemporaryDirectory() as folder:
        path = f'{folder}/baselines'
        put(path, FILE)
        with Pcs(world, '--number', 17) as pcs, \
                service(world, pcs, '--baselines', path) as server:
            for name, want in JUDGED.items():
                answer = set_policy(server, CUSTOM % name)[1]
                table.same(f'{name}: a warning at upload',
                           'x-assay-warning' in claims(answer),
                           name == 'nowhere')
                table.same(f'{name}: judged', outcome(server, world), want)
                status, _, answer = attest(server, world)
                if status == 200:
                    found = claims(answer)
                    table.same(f'{name}: in the token', (
                        found['x-ms-sgx-tcbidentifier'],
                        found['x-assay-tcb-evaluation-number']),
                        (name, 16 if name == 'sixteen' else 17))
                    table.row(f'{name}: hashes in the token', len(
                        found['x-ms-sgx-collateral']['tcbinfohash']) == 64)
                elif status == 400:
                    inner = answer['error']['innererror']
                    table.same(f'{name}: in the refusal', (
                        inner['baseline'], inner['tcbEvaluationDataNumber'],
                        len(inner['collateralHashes']['tcbinfohash'])),
                        (name, 17, 64))
                    table.row(f'{name}: named in the text',
                              f'"{name}"' in answer['error']['message'],
                              answer['error']['message'])
            rows = baselines(server)[1]['tcbBaselines']
            table.same('shape', follows(rows, LATEST), None)
            table.same('listed', [
                (r['tcbIdentifier'], r['tcbEvaluationDataNumber'])
                for r in rows], [('17', 17), ('16', 16)] + [
                    (n, 16 if n == 'sixteen' else 17) for n in JUDGED
                    if n != 'nowhere'])
            table.same('none is selected', selected(server), [])
            set_policy(server, CUSTOM % 'fleet')
            table.same('selected', selected(server), ['fleet'])
            rows = baselines(server, version='2022-09-01-preview',
                             more='&provideCurrentTcbInPolicy=true')[1]
            table.same('selected, as text', [
                r['tcbEvaluationDataNumber'] for r in rows['tcbBaselines']],
                ['fleet (Currently 17)'])
            table.same('none for what Intel does not make', baselines(
                server, 'Tpm')[1], {'tcbBaselines': []})
            draft = json.loads(world.body) | {
                'draftPolicyForAttestation': CUSTOM % 'lost'}
            table.same('by a draft', server.json(
                'POST', '/attest/SgxEnclave?api-version=2022-08-01',
                draft)[1]['error']['innererror']['code'],
                'BASELINE_PLATFORM')
            reload(table, server, world, path)


def reload(table, server, world, path):
    """Read again upon SIGHUP; a file with a mistake changes nothing."""
    put(path, FILE.replace('[fleet]', f'[fleet]\ndeny-ppid = {PPID}'))
    server.process.send_signal(signal.SIGHUP)
    table.same('reloaded', until(server, world, 400)[0], 400)
    table.same('judged anew', outcome(server, world)[1:],
               ('BASELINE_PLATFORM', 'baseline-ppid-not-denied'))
    put(path, FILE + 'colour = red\n')
    server.process.send_signal(signal.SIGHUP)
    line = server.wait_event('reload-failed')
    table.row('a mistake is named', line is not None and all(
        word in json.dumps(line) for word in (path, 'line 14', 'colour')),
        str(line))
    table.same('and changes nothing', outcome(server, world)[1],
               'BASELINE_PLATFORM')
    put(path, FILE.replace('[fleet]', '[navy]'))
    server.process.send_signal(signal.SIGHUP)
    status = until(server, world, 503)[0]
    table.same('one that is gone: could not decide', (
        status, outcome(server, world)[1]), (503, 'BASELINE_UNKNOWN'))
    table.row('and the log warns', server.wait_event(
        'policy-baseline-unknown') is not None)


def default(table, world):
    """[azuredefault] is the default itself, of policies and of numbers."""
    with tempfile.TemporaryDirectory() as folder:
        path = f'{folder}/baselines'
        put(path, '[azuredefault]\ntcb-evaluation-number = 16\n'
            'deny-fmspc = 000000000000\n')
        with Pcs(world, '--number', 17) as pcs, \
                service(world, pcs, '--baselines', path) as server:
            found = claims(attest(server, world)[2])
            table.same('in the token', (
                found['x-ms-sgx-tcbidentifier'],
                found['x-assay-tcb-evaluation-number']),
                ('azuredefault', 16))
            set_policy(server, CUSTOM % 17)
            table.same('17 by its number', claims(attest(
                server, world)[2])['x-assay-tcb-evaluation-number'], 17)
            set_policy(server, CUSTOM % 'azuredefault')
            table.same('selected', selected(server), ['16'])
            put(path, f'[azuredefault]\ndeny-fmspc = {FMSPC}\n')
            server.process.send_signal(signal.SIGHUP)
            table.same('reloaded', until(server, world, 400)[0], 400)
            set_policy(server, CUSTOM % 17)
            table.same('rules hold for numbers', outcome(server, world)[:2],
                       (400, 'BASELINE_PLATFORM'))


def broken(table, world):
    """A mistake in the file, or no file: the service does not start."""
    with tempfile.TemporaryDirectory() as folder:
        path = f'{folder}/baselines'
        put(path, '[fleet]\n\nallow-fmspc = 12\n')
        for where, says in ((path, (path, 'line 3', '[fleet] allow-fmspc',
                                    '6 bytes')),
                            (path + 'x', (path + 'x',))):
            server = Server('--baselines', where, wait=False)
            code = server.process.wait(timeout=60)
            table.row('does not start', code != 0, str(code))
            log = server.raw_log().decode()
            table.row('says why', all(w in log for w in says), log)
            server.__exit__(SystemExit)


def number(server, world):
    """By which TCB evaluation data the next attestation is judged."""
    return claims(attest(server, world)[2])['x-assay-tcb-evaluation-number']


def side_by_side(table, world):
    """A number that some policy names does not become the default."""
    with tempfile.TemporaryDirectory() as data, \
            Pcs(world, '--number', 17) as pcs:
        with service(world, pcs, data=data) as server:
            table.same('at first', number(server, world), 17)
            for other in 18, 16:        # 18 is early
                set_policy(server, CUSTOM % other)
                table.same(f'the policy names {other}',
                           number(server, world), other)
            set_policy(server, CUSTOM % 'azuredefault')
            table.same('the default stays', number(server, world), 17)
            table.same('selected', selected(server), ['17'])
            table.same('listed', [
                r['tcbIdentifier']
                for r in baselines(server)[1]['tcbBaselines']],
                ['18', '17', '16'])
            table.same('which is the default is shown', {
                (i['kind'], i['tcb_evaluation_data_number']): i['default']
                for i in held(server) if 'default' in i}, {
                    (kind, n): n == 17 for n in (16, 17, 18)
                    for kind in ('tcb_info', 'qe_identity')})
            table.same('and in words', run(
                'collateral', 'show', '--data-dir',
                server.data).stdout.count('(not the default)'), 4)
            asked = pcs.counts()
            for n, want in (16, 200), (15, 503), (4294967295, 503):
                table.same(f'a draft names {n}', server.json(
                    'POST', '/attest/SgxEnclave?api-version=2022-08-01',
                    json.loads(world.body) | {
                        'draftPolicyForAttestation': CUSTOM % n})[0], want)
            table.same('and makes nobody ask for it', pcs.counts(), asked)
        with service(world, pcs, data=data) as server:
            table.same('after a restart', number(server, world), 17)
            set_policy(server, CUSTOM % 18)
            table.same('and the other', number(server, world), 18)
            table.same('nothing is fetched again', pcs.counts(), asked)


def back(table, world):
    """A source whose newest goes back is not followed, until the operator
    lowers the floor."""
    with Pcs(world, '--number', 17, '--life', 8) as pcs, \
            service(world, pcs) as server:
        data = ('--data-dir', server.data)
        table.same('at first', number(server, world), 17)
        pcs.ask('/sim/number?value=16', 'POST')
        pcs.ask('/sim/life?value=86400', 'POST')
        line = server.wait_event('collateral-not-fetched', 60)
        table.row('it is refused', line is not None and
                  line['code'] == 'COLLATERAL_ROLLBACK' and
                  '16' in line['why'] and '17' in line['why'], str(line))
        status, answer = until(server, world, 503)
        table.row('expired: could not decide, not 16', status == 503,
                  str(answer))
        for what in (('tcb_info', '--fmspc', FMSPC), ('qe_identity',)):
            run('collateral', 'floor', '--lower', '--kind', *what, *data)
        status, answer = until_accepted(server, world)
        table.same('lowered: taken', status == 200 and claims(answer)[
            'x-assay-tcb-evaluation-number'], 16)
        table.same('listed', selected(server), ['16'])


def fixed(table, world):
    """The number in [azuredefault] does not go back by an old file."""
    with tempfile.TemporaryDirectory() as data, \
            tempfile.TemporaryDirectory() as folder, \
            Pcs(world, '--number', 17) as pcs:
        path = f'{folder}/baselines'

        def write(n):
            put(path, f'[azuredefault]\ntcb-evaluation-number = {n}\n'
                if n else '')

        def started(n):
            """The number by which a service judges, None if it refuses."""
            write(n)
            with service(world, pcs, '--baselines', path, data=data,
                         wait=False) as server:
                if server.wait_event('ready') is None or \
                        server.process.poll() is not None:
                    server.process.wait(timeout=60)
                    log = server.raw_log().decode()
                    table.row(f'{n}: says why', 'COLLATERAL_ROLLBACK' in log
                              or 'would go back' in log, log)
                    raise ChildProcessError
                server.wait_ready()
                return number(server, world)

        def outcome_of(n):
            if os.path.exists(f'{data}/log.txt'):
                os.truncate(f'{data}/log.txt', 0)
            try:
                return started(n)
            except ChildProcessError:
                return None

        table.same('the newest', outcome_of(None), 17)
        table.same('16 would go back', outcome_of(16), None)
        run('collateral', 'floor', '--lower', '--kind', 'default',
            '--data-dir', data)
        table.same('16 is allowed once', outcome_of(16), 16)
        table.same('16 again', outcome_of(16), 16)
        table.same('15 would go back', outcome_of(15), None)
        table.same('17 goes on', outcome_of(17), 17)
        table.same('the newest again', outcome_of(None), 17)
        table.same('16 would go back again', outcome_of(16), None)
        write(None)
        with service(world, pcs, '--baselines', path, data=data) as server:
            write(16)
            server.process.send_signal(signal.SIGHUP)
            table.row('refused upon SIGHUP', server.wait_event(
                'reload-failed') is not None)
            table.same('and changes nothing', number(server, world), 17)


def main():
    table = Table('baseline')
    with tempfile.TemporaryDirectory() as folder:
        world = World(folder)
        stories = (listed, as_text, custom, named, default, broken,
                   side_by_side, back, fixed)
        wanted = sys.argv[1:]
        for story in stories:
            if not wanted or story.__name__ in wanted:
                story(table, world)
    sys.exit(0 if table.end() else 1)


if __name__ == '__main__':
    main()
