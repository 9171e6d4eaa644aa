#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Requests with two readings, and malformed ones: each is refused, nothing
is served behind it, and the service goes on."""
import base64
import json
import re
import sys

from servicelib import Server, Table, shared

GOOD = b'GET /certs HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n'


def answers(data):
    """Status and body of each answer in a byte stream."""
    out = []
    while data:
        head, sep, rest = data.partition(b'\r\n\r\n')
        m = re.match(rb'HTTP/1\.[01] (\d\d\d) ', head)
        if not m or not sep:
            out.append((0, b'', data))
            break
        status = int(m.group(1))
        length = re.search(rb'(?i)\r\ncontent-length: *(\d+)', head)
        n = int(length.group(1)) if length and status != 100 else 0
        if status != 100:
            out.append((status, head, rest[:n]))
        data = rest[n:]
    return out


def fold_double_head(got, data):
    """libmicrohttpd up to 0.9.75 writes the head of its own answer to a bad
    Content-Length twice, and closes. Nothing else is in there: one answer."""
    if len(got) == 2 and got[1][0] == 0:
        status_line = data.split(b'\r\n')[0]
        if data.count(status_line) == 2 and data.count(b'HTTP/1.') == 2 and \
                b'x-ms-' not in data:
            return got[:1], 1
    return got, 0


def is_json(body):
    try:
        json.loads(body)
        return True
    except ValueError:
        return False


def one(expect, answer, alone, closed):
    status, head, body = answer
    if expect == 'close':
        return False
    if expect.endswith('+close'):
        if not closed or not alone:
            return False
        expect = expect[:-6]
    if expect.endswith('-json-only'):
        expect = expect[:-10]
        if not is_json(body):
            return False
    if expect.endswith('-json'):
        expect = expect[:-5]
        if not is_json(body):
            return False
    return re.fullmatch(expect.replace('x', r'\d'), str(status)) is not None


def matches(expect, got, closed):
    if expect == 'close':
        return not got and closed
    parts = expect.split(',')
    if len(parts) > len(got):
        return False
    if len(parts) == 1:
        return bool(got) and one(expect, got[0], len(got) == 1, closed)
    return len(parts) == len(got) and all(
        one(p, a, i == len(parts) - 1, closed)
        for i, (p, a) in enumerate(zip(parts, got)))


def main():
    cases = json.load(open(shared('suites/http-abuse/http-cases.json',
                                  'HTTP abuse')))
    table = Table('http-abuse')
    strict = Table('answers-of-ours-are-json')
    group = None
    doubled = 0
    with Server() as server:
        for case in cases['raw']:
            data, closed = server.raw(base64.b64decode(case['raw_base64']))
            got, folded = fold_double_head(answers(data), data)
            doubled += folded
            if case['id'] == 'cl-short-then-next' and len(got) == 1:
                # What follows never becomes a request: no second answer.
                case['expect'].append('4xx-json+close')
            ok = any(matches(e, got, closed) for e in case['expect'])
            if case.get('must_not_serve') and len(got) > 1 and \
                    'cl-short' not in case['id'] and \
                    any(a[0] != 400 for a in got[1:]):
                ok = False
            if case['id'] in ('hdr-xff', 'hdr-host-poison'):
                ok = ok and b'evil' not in data
            if case['id'] == 'hdr-response-split':
                ok = ok and b'Set-Cookie' not in data.split(b'\r\n\r\n')[0]
            table.row(case['id'], ok, f'{case["expect"]} got '
                      f'{[a[0] for a in got]} closed {closed} {data[:200]}')
            if got and b'x-ms-request-id' in got[0][1]:
                strict.row(case['id'], is_json(got[0][2]))
            if case['group'] != group:
                group = case['group']
                data, _ = server.raw(GOOD)
                table.row(f'after {group}', data.startswith(
                    b'HTTP/1.1 200 '), data[:80])
    print(f'http-abuse: {doubled} answers of the library have their head '
          'twice')
    ok = table.end()
    return 0 if strict.end() and ok else 1


sys.exit(main())
