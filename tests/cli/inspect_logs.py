#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Readable boot logs: what their digests cover, and the PCRs they lead to."""
import hashlib
import json
import struct
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
    if SHARED.is_dir():
        vectors(story)
    else:
        print('SKIPPED: logs of real machines')
    story.end()


main()
