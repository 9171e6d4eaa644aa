#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Readable boot logs: what their digests cover, and the PCRs they lead to."""
import hashlib
import json
import os
import pty
import struct
import subprocess
import sys

from harness import SHARED, Story


def record(pcr, kind, data, hashed=None):
    """TCG_PCR_EVENT with the digest of the data, or of something else."""
    digest = hashlib.sha1(data if hashed is None else hashed).digest()
    if kind == 3:
        digest = bytes(20)
    return (struct.pack('<II', pcr, kind) + digest +
            struct.pack('<I', len(data)) + data)


def extend(*digests):
    value = bytes(20)
    for digest in digests:
        value = hashlib.sha1(value + digest).digest()
    return value.hex()


def sha1(data):
    return hashlib.sha1(data).digest()


GOOD = (record(0, 3, b'StartupLocality\0\0') + record(7, 4, bytes(4)) +
        record(8, 13, b'grub_cmd: ls\0', b'ls') +
        record(9, 13, b'/vmlinuz\0', b'content'))


def made_log(story):
    log = story.path('log', GOOD)
    code, view = story.run_json('inspect', 'eventlog', log)
    story.check(code == 0 and view['format'] == 'sha1', 'format', view)
    story.check([event['trust'] for event in view['events']] ==
                ['not extended', 'verified', 'partly', 'opaque'], 'trust',
                view)
    story.check([event['digest_verified'] for event in view['events']] ==
                [False, True, True, False], 'digest_verified', view)
    story.check(view['events'][1]['type'] == 'EV_SEPARATOR' and
                view['events'][1]['pcr'] == 7 and
                view['events'][1]['digests'] ==
                {'sha1': sha1(bytes(4)).hex()} and
                view['events'][1]['data']['raw'] == '00000000', 'separator',
                view['events'][1])
    story.check(view['events'][2]['data']['Command'] == 'ls', 'command',
                view['events'][2])
    story.check(view['pcrs'] == {'sha1': {
        '7': extend(sha1(bytes(4))), '8': extend(sha1(b'ls')),
        '9': extend(sha1(b'content'))}}, 'PCRs', view['pcrs'])
    story.expect('text', *story.run('inspect', 'eventlog', log), 0,
                 'EV_SEPARATOR', 'verified', 'Command=ls',
                 extend(sha1(b'ls')))


def padding(story):
    log = story.path('padded', GOOD + bytes(70))
    code, view = story.run_json('inspect', 'eventlog', log)
    story.check((code, view['trailing_bytes'], len(view['events'])) ==
                (0, 70, 4), 'padding', view)
    story.expect('padding', *story.run('inspect', 'eventlog', log), 0,
                 '70 bytes of padding')


def forged(story):
    log = story.path('forged', record(7, 4, bytes(4), b'\xff' * 4))
    code, view = story.run_json('inspect', 'eventlog', log)
    story.check(code == 1 and view['forged'] == 1 and
                view['events'][0]['trust'] == 'forged', 'forged', view)
    story.expect('forged', *story.run('inspect', 'eventlog', log), 1,
                 'FORGED')


def broken(story):
    """A log cut anywhere is shown as far as it goes."""
    first = len(record(0, 3, b'StartupLocality\0\0'))
    for size in (first + 1, len(GOOD) - 1):
        log = story.path('cut', GOOD[:size])
        code, view = story.run_json('inspect', 'eventlog', log)
        story.check(code == 1 and len(view['events']) in (1, 3) and
                    'event ' in view['problem'], f'cut at {size}', view)
        story.expect('cut', *story.run('inspect', 'eventlog', log), 1,
                     'StartupLocality', 'offset')
    for junk in (b'', b'junk', bytes(64)):
        story.expect('junk', *story.run('inspect', 'eventlog', story.path(
            'junk', junk)), 1, 'EVENTLOG_MALFORMED')
    story.expect('no file', *story.run('inspect', 'eventlog', '/no/such'), 3,
                 'IO_FAILED')


def hostile_text(story):
    """Nothing that a log says reaches the terminal as a command."""
    log = story.path('hostile', record(
        8, 13, b'grub_cmd: \x1b[2J\xc2\x9b\xe2\x80\xae\nFORGED\0') +
        record(4, 5, b'\xff\xfe\x1b]0;x\x07'))
    code, out, err = story.run('inspect', 'eventlog', log)
    story.check('\x1b' not in out and '\x9b' not in out and
                '\u202e' not in out and '\nFORGED' not in out, 'escaped',
                out)
    story.check('\\x1b[2J' in out, 'shown escaped', out)
    code, view = story.run_json('inspect', 'eventlog', log)
    story.check(view['events'][0]['data']['raw'].startswith('67727562'),
                'raw', view)
    ima = story.path('ima', b'10 ' + b'00' * 20 + b' ima-ng sha1:' +
                     b'00' * 20 + b' /a\x1b[2J\xe2\x80\xae\n')
    code, out, err = story.run('inspect', 'ima', ima)
    story.check('\x1b' not in out and '\u202e' not in out and
                '\\x1b[2J' in out, 'IMA escaped', out)


def compared(story):
    log = story.path('log', GOOD)
    value = extend(sha1(b'ls'))
    other = story.path('yaml', f'pcrs:\n  sha1:\n    7 : 0x{"00" * 20}\n'
                       f'    8 : 0x{value.upper()}\n    10: 0x{"11" * 20}\n'
                       f'  sm3_256:\n    0 : 0x00\n'.encode())
    code, view = story.run_json('inspect', 'eventlog', log, '--pcrs', other)
    story.check(code == 1 and view['compared'] == {'sha1': {
        '7': 'differs', '8': 'matches', '10': 'not in this log'}},
        'compared', view.get('compared'))
    story.expect('differs', *story.run('inspect', 'eventlog', log, '--pcrs',
                                       other), 1, 'DIFFERS', 'matches')
    same = story.path('json', json.dumps({'sha1': {'8': value}}).encode())
    code, view = story.run_json('inspect', 'eventlog', log, '--pcrs', same)
    story.check(code == 0 and view['compared'] == {'sha1': {'8': 'matches'}},
                'JSON', view.get('compared'))
    own = story.path('own', json.dumps(
        story.run_json('inspect', 'eventlog', log)[1]).encode())
    code, view = story.run_json('inspect', 'eventlog', log, '--pcrs', own)
    story.check(code == 0 and set(view['compared']['sha1'].values()) ==
                {'matches'}, 'own output', view)
    for name, text, says in (
            ('pcr_24', 'sha1:\n  24 : 0x' + '00' * 20, '0 to 23'),
            ('short', 'sha1:\n  1 : 0x00', 'digest of the bank'),
            ('not_hex', 'sha1:\n  1 : ' + 'zz' * 20, 'digest of the bank'),
            ('twice', 'sha1:\n' + ('  1 : ' + '00' * 20 + '\n') * 2,
             'before'),
            ('no_colon', 'sha1:\n  nothing', 'line 2'),
            ('no_bank', '{"md5":{"0":"00"}}', 'no values'),
            ('json_index', '{"sha1":{"x":"00"}}', '0 to 23'),
            ('json_type', '{"sha1":{"1":5}}', 'digest of the bank'),
            ('json_syntax', '{"sha1":', 'JSON')):
        story.expect(name, *story.run(
            'inspect', 'eventlog', log, '--pcrs',
            story.path(name, text.encode())), 1, says)


def quote(selected, digest):
    """A TPMS_ATTEST of a quote over PCRs of the SHA-1 bank."""
    bitmap = sum(1 << pcr for pcr in selected)
    return (b'\xffTCG\x80\x18' + struct.pack('>H', 0) * 2 + bytes(17) +
            bytes(8) + struct.pack('>IHB', 1, 4, 3) +
            bitmap.to_bytes(3, 'little') + struct.pack('>H', len(digest)) +
            digest)


def quoted(story):
    log = story.path('log', GOOD)
    values = bytes.fromhex(extend(sha1(bytes(4))) + extend(sha1(b'ls')))
    good = story.path('quote', quote([7, 8], hashlib.sha256(values).digest()))
    code, view = story.run_json('inspect', 'eventlog', log, '--quote', good)
    story.check(code == 0 and view['quote_matches'] is True, 'quote', view)
    bad = story.path('bad', quote([7, 9], hashlib.sha256(values).digest()))
    story.expect('bad quote', *story.run('inspect', 'eventlog', log,
                                         '--quote', bad), 1, 'does NOT')
    story.expect('no quote', *story.run('inspect', 'eventlog', log,
                                        '--quote', log), 1,
                 'TPM_ATTEST_MALFORMED')


def ima(story):
    def line(name, wrong=False):
        d = b'sha1:\0' + sha1(name)
        n = name + b'\0'
        data = struct.pack('<I', len(d)) + d + struct.pack('<I', len(n)) + n
        text = (f'10 {hashlib.sha1(b"x" if wrong else data).hexdigest()} '
                f'ima-ng sha1:{sha1(name).hex()} {name.decode()}\n')
        return text.encode(), sha1(data)
    first, a = line(b'/bin/a')
    second, b = line(b'/bin/b')
    path = story.path('list', first + second)
    code, view = story.run_json('inspect', 'ima', path)
    story.check(code == 0 and view['format'] == 'ascii' and
                view['pcrs']['sha1'] == {'10': extend(a, b)} and
                view['entries'][1]['file_name'] == '/bin/b' and
                view['entries'][1]['digest_verified'] is True, 'ima', view)
    pcrs = story.path('pcrs', json.dumps(
        {'sha1': {'10': extend(a)}}).encode())
    code, view = story.run_json('inspect', 'ima', path, '--pcrs', pcrs)
    story.check(code == 0 and view['entries_in_pcrs'] == 1, 'prefix', view)
    story.expect('prefix', *story.run('inspect', 'ima', path, '--pcrs', pcrs),
                 0, 'first 1 of 2 entries')
    pcrs = story.path('other', json.dumps(
        {'sha1': {'10': extend(b)}}).encode())
    story.expect('no prefix', *story.run('inspect', 'ima', path, '--pcrs',
                                         pcrs), 1, 'no prefix of 2')
    path = story.path('wrong', line(b'/bin/a', True)[0])
    story.expect('wrong', *story.run('inspect', 'ima', path), 1, 'UNVERIFIED')
    story.expect('junk', *story.run('inspect', 'ima', story.path(
        'junk', b'junk')), 1, 'IMA_LOG_MALFORMED')


def aggregate(story):
    """The first entry ties the list to the boot: so do values and logs."""
    log = story.path('log', GOOD)
    pcrs = story.run_json('inspect', 'eventlog', log)[1]['pcrs']['sha1']
    values = [bytes.fromhex(pcrs.get(str(i), '00' * 20)) for i in range(24)]

    def ascii_list(digest):
        d = b'sha1:\0' + digest
        n = b'boot_aggregate\0'
        data = struct.pack('<I', len(d)) + d + struct.pack('<I', len(n)) + n
        return (f'10 {hashlib.sha1(data).hexdigest()} ima-ng '
                f'sha1:{digest.hex()} boot_aggregate\n').encode(), sha1(data)
    right = sha1(b''.join(values[:8]))
    for name, digest, want, status in (
            ('right', right, 'matches', 0),
            ('wrong', sha1(b'x'), 'differs', 1),
            ('ten PCRs', sha1(b''.join(values[:10])), 'differs', 1),
            ('no TPM', bytes(20), 'zeros: IMA saw no TPM', 0)):
        text, first = ascii_list(digest)
        path = story.path('list', text)
        now = values[:10] + [bytes.fromhex(extend(first))] + values[11:]
        full = story.path('full', json.dumps({'sha1': {
            str(i): v.hex() for i, v in enumerate(now)}}).encode())
        code, view = story.run_json('inspect', 'ima', path, '--event-log',
                                    log, '--pcrs', full)
        story.check(code == status and set(view['boot_aggregate']) ==
                    {'event_log', 'pcrs'} and all(
                        v.startswith(want)
                        for v in view['boot_aggregate'].values()),
                    f'boot_aggregate {name}', view)
        story.expect(f'boot_aggregate {name}', *story.run(
            'inspect', 'ima', path, '--event-log', log), status,
            f'boot_aggregate, by the event log: {want}')
    text, first = ascii_list(right)
    path = story.path('list', text + ascii_list(sha1(b'later'))[0])
    state = bytes.fromhex(extend(first))
    good = story.path('quote', quote([4, 10], hashlib.sha256(
        values[4] + state).digest()))
    code, view = story.run_json('inspect', 'ima', path, '--event-log', log,
                                '--quote', good)
    story.check(view['quote_matches'] is True and
                view['entries_in_quote'] == 1, 'quoted state', view)
    bad = story.path('bad', quote([4, 10], hashlib.sha256(b'no').digest()))
    story.expect('no quoted state', *story.run(
        'inspect', 'ima', path, '--event-log', log, '--quote', bad), 1,
        'does NOT')
    full = story.path('full', json.dumps({'sha1': {
        '4': values[4].hex(), '10': state.hex()}}).encode())
    code, view = story.run_json('inspect', 'ima', path, '--pcrs', full,
                                '--quote', good)
    story.check(view['quote_matches'] is True and
                view['entries_in_pcrs'] == view['entries_in_quote'] == 1 and
                'cannot be told' in view['boot_aggregate']['pcrs'],
                'quoted PCR file', view)
    story.expect('a broken boot log', *story.run(
        'inspect', 'ima', path, '--event-log', path), 1, '--event-log')


def longest(story):
    """Logs of the greatest number of events are shown, in any form."""
    spec = b'Spec ID Event03\0' + struct.pack('<IBBBBIHHB', 0, 0, 2, 0, 2, 1,
                                              4, 20, 0)
    one = struct.pack('<IIIH', 8, 13, 1, 4) + sha1(b'x') + \
        struct.pack('<I', 2) + b'x\0'
    log = story.path('long', struct.pack('<II20sI', 0, 3, bytes(20),
                                         len(spec)) + spec + one * 65535)
    code, view = story.run_json('inspect', 'eventlog', log)
    story.check(code == 0 and len(view['events']) == 65536 and
                view['events'][65535]['seq'] == 65535 and
                list(view) == sorted(view) and view['pcrs'] == {
                    'sha1': {'8': extend(*[sha1(b'x')] * 65535)}},
                '65536 events', str(view)[:300])
    code, out, err = story.run('inspect', 'eventlog', log)
    story.check(code == 0 and out.count('EV_IPL') == 65535, 'as a table')
    path = story.path('longima', b'10 ' + b'00' * 20 + b' ima-ng sha1:' +
                      b'00' * 20 + b' /a\n')
    with open(path, 'rb') as f:
        line = f.read()
    path = story.path('longima', line * (4 * 1024 * 1024 // len(line)))
    code, view = story.run_json('inspect', 'ima', path)
    story.check(len(view['entries']) == 4 * 1024 * 1024 // len(line),
                'the longest IMA list', str(view)[:300])


def colours(story):
    """On a terminal only, and not where NO_COLOR is set."""
    log = story.path('log', GOOD)
    listing = story.path('list', b'10 ' + b'11' * 20 + b' ima-ng sha1:' +
                         b'00' * 20 + b' /a\n')
    for args, word in ((('inspect', 'eventlog', log), b'\x1b[32mverified'),
                       (('inspect', 'ima', listing),
                        b'\x1b[1;31mUNVERIFIED')):
        story.check('\x1b' not in story.run(*args)[1], f'{args[1]}: a pipe')
        for env, want in (({}, True), ({'NO_COLOR': '1'}, False)):
            ours, theirs = pty.openpty()
            subprocess.run(
                [story.program, *args], stdout=theirs, timeout=60,
                env={**{k: v for k, v in os.environ.items()
                        if k != 'NO_COLOR'}, **env})
            os.close(theirs)
            seen = b''
            try:
                while part := os.read(ours, 65536):
                    seen += part
            except OSError:
                pass    # Linux: the other end is closed
            os.close(ours)
            story.check((word in seen) == want and
                        (b'\x1b' in seen) == want,
                        f'{args[1]}: a terminal, {env}', seen)


def vectors(story):
    """Every log of a real machine: the same PCRs as computed elsewhere."""
    seen = 0
    for log in sorted(SHARED.glob('vectors/tpm/*/eventlog.bin')):
        folder = log.parent
        if not (folder / 'replay.json').exists() or \
                folder.name == 'tpm2tools-specid-vendordata':
            continue
        code, view = story.run_json('inspect', 'eventlog', log)
        want = {bank: values for bank, values in
                json.loads((folder / 'replay.json').read_text()).items()
                if bank in ('sha1', 'sha256', 'sha384', 'sha512') and values}
        story.check(code == 0 and view['pcrs'] == want, folder.name,
                    view.get('pcrs'))
        seen += 1
    story.check(seen > 45, f'{seen} logs')
    for name in ('guard-t480s', 'gotpm-attest-gce-cos-85-nonce9009'):
        for attest in (SHARED / 'vectors/tpm' / name).glob('*.attest.bin'):
            story.expect(f'{name} {attest.name}', *story.run(
                'inspect', 'eventlog', attest.parent / 'eventlog.bin',
                '--pcrs', attest.parent / 'pcrs.json', '--quote', attest), 0,
                'matches', 'has the quoted digest')
    real = SHARED / 'vectors/tpm/guard-h12ssl'
    story.expect('a list of a real machine', *story.run(
        'inspect', 'ima', real / 'ima.bin', '--pcrs', real / 'pcrs.json'), 0,
        'first 5071 of 5071')
    for name in ('guard-h12ssl', 'guard-ludmilla-2',
                 'guard-hahuri-invalid-eventlog'):
        real = SHARED / 'vectors/tpm' / name
        code, view = story.run_json(
            'inspect', 'ima', real / 'ima.bin', '--pcrs', real / 'pcrs.json',
            '--event-log', real / 'eventlog.bin')
        story.check(view.get('boot_aggregate') ==
                    {'event_log': 'matches', 'pcrs': 'matches'},
                    f'{name}: boot_aggregate', view.get('boot_aggregate'))


def main():
    story = Story('inspect_logs', sys.argv[1])
    made_log(story)
    padding(story)
    forged(story)
    broken(story)
    hostile_text(story)
    compared(story)
    quoted(story)
    ima(story)
    aggregate(story)
    longest(story)
    colours(story)
    if SHARED.is_dir():
        vectors(story)
    else:
        print('SKIPPED: logs of real machines')
    story.end()


main()
