#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Readable evidence: fields, offsets, and broken quotes as far as they go."""
import sys

from harness import SHARED, Story, shared


def good_quote(story, folder):
    quote = folder / 'quote.bin'
    data = quote.read_bytes()
    code, view = story.run_json('inspect', 'quote', quote)
    body = view.get('report_body', {})
    story.check(code == 0 and view['header']['version'] == 3, 'version', view)
    story.check(body['mrenclave'] == data[112:144].hex(), 'mrenclave', body)
    story.check(body['report_data'] == data[368:432].hex(), 'report data')
    story.check(view['offsets']['report_body']['mrsigner'] == 176, 'offset')
    story.check(view['verified'] is False, 'says that it did not verify')
    story.check(view['certificates'][0]['sgx']['fmspc'] == '00606a000000',
                'FMSPC', view['certificates'][0])
    story.check(len(view['certificates'][0]['sgx']['components']) == 16,
                'TCB components')
    story.expect('text', *story.run('inspect', 'quote', quote), 0,
                 '112  mrenclave', data[112:144].hex(), 'UNVERIFIED',
                 'fmspc', 'DEBUG')
    padded = story.path('padded', data + bytes(70))
    code, view = story.run_json('inspect', 'quote', padded)
    story.check((code, view['trailing_bytes'], view['trailing_zero']) ==
                (0, 70, True), 'trailing zeros are noted', view)
    story.expect('trailing', *story.run('inspect', 'quote', padded), 0,
                 '70 bytes behind the quote (all zero)')
    report = story.path('report', bytes([1, 0, 0, 0, 2, 0, 0, 0]) +
                        len(data).to_bytes(8, 'little') + data)
    code, view = story.run_json('inspect', 'report', report)
    story.check(code == 0 and view['open_enclave_header']['type'] == 2 and
                view['offsets']['report_body']['mrenclave'] == 128,
                'Open Enclave report', view)
    code, view = story.run_json('inspect', 'report', quote)
    story.check(code == 1, 'a quote is not a report', view)


def every_cut(story, quote):
    """A quote cut anywhere is shown as far as it goes, and says so."""
    data = quote.read_bytes()
    for size in [0, 1, 2, 47, 48, 431, 432, 436, 500, 564, 1012, 1046, 1051,
                 1052, len(data) - 1]:
        path = story.path('cut', data[:size])
        code, view = story.run_json('inspect', 'quote', path)
        story.check(code == 1 and str(size) in view['problem'],
                    f'cut at {size}', view.get('problem'))


def every_vector(story):
    """No vector, however broken, ends the program otherwise than 0 or 1."""
    seen = 0
    for quote in sorted(SHARED.glob('vectors/sgxtdx/*/quote.bin')):
        code, out, err = story.run('inspect', 'quote', quote)
        story.check(code in (0, 1) and 'UNVERIFIED' in out, quote, out + err)
        seen += 1
    story.check(seen > 300, f'{seen} quotes')


def certificates(story, folder):
    chain = folder / 'tcb_info_chain.pem'
    code, view = story.run_json('inspect', 'cert', chain)
    story.check(code == 0 and [cert['ca'] for cert in view['certificates']] ==
                [False, True], 'a chain', view)
    story.expect('text', *story.run('inspect', 'cert', chain), 0,
                 'certificate 1 of 2', 'Intel SGX TCB Signing')
    story.expect('no certificate', *story.run(
        'inspect', 'cert', folder / 'quote.bin'), 1, '[')
    story.expect('no file', *story.run('inspect', 'cert', '/no/such'), 3,
                 'IO_FAILED')


def tokens(story):
    def b64(text):
        import base64
        return base64.urlsafe_b64encode(text.encode()).rstrip(b'=').decode()

    claims = ('{"exp":1000,"iat":900,"iss":"https://a","nbf":900,'
              '"evil":"\\u001b[2J\\u202e\\u009b"}')
    unsecured = b64('{"alg":"none"}') + '.' + b64(claims) + '.'
    path = story.path('token', unsecured + '\n')
    code, out, err = story.run('inspect', 'token', path)
    story.expect('unsecured', code, out, err, 0, 'UNSECURED', 'expired',
                 'ago', 'https://a')
    story.check('\x1b' not in out and '\u202e' not in out and
                '\x9b' not in out, 'no control characters reach a terminal',
                repr(out))
    code, view = story.run_json('inspect', 'token', path)
    story.check((code, view['unsecured'], view['verified']) ==
                (0, True, False), 'JSON', view)
    signed = b64('{"alg":"RS256"}') + '.' + b64(claims) + '.AAAA'
    story.expect('signed', *story.run('inspect', 'token', story.path(
        'token', signed)), 0, 'UNVERIFIED', 'RS256')
    story.expect('no token', *story.run('inspect', 'token', story.path(
        'token', 'hello')), 1, 'TOKEN_MALFORMED')


def main():
    folder = shared('vectors', 'sgxtdx', 'derived-sgx3-flip-body-first')
    story = Story('inspect', sys.argv[1])
    good_quote(story, folder)
    every_cut(story, folder / 'quote.bin')
    every_vector(story)
    certificates(story, folder)
    tokens(story)
    story.end()


main()
