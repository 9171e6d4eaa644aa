#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Requests with two readings, and malformed ones: each is refused, nothing
is served behind it, every answer has our form and a request id, and the
service goes on. Each case comes as the first request of a connection, as the
second, and in one write with a request before it; in the clear and in TLS."""
import base64
import json
import re
import sys

from servicelib import Server, Table, shared, tls_server

GOOD = b'GET /certs HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n'
BEFORE = b'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'
REQUEST_ID = re.compile(
    rb'\r\nx-ms-request-id: (00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2})\r\n')


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


def has_our_form(answer):
    """JSON; one request id, in the head and in the body of an error."""
    status, head, body = answer
    ids = REQUEST_ID.findall(head + b'\r\n')
    if len(ids) != 1 or not is_json(body):
        return False
    if status < 400:
        return True
    inner = json.loads(body)['error']['innererror']
    return inner['requestId'] == ids[0].decode() and \
        b'\r\nx-ms-error-code: ' in head


def judge(case, data, got, closed):
    ok = any(matches(e, got, closed) for e in case['expect'])
    if case.get('must_not_serve') and len(got) > 1:
        ok = False
    if case['id'] in ('hdr-xff', 'hdr-host-poison'):
        ok = ok and b'evil' not in data
    if case['id'] == 'hdr-response-split':
        ok = ok and b'Set-Cookie' not in data.split(b'\r\n\r\n')[0]
    return ok


def run(server, name, cases, before):
    """before: what comes first on the connection, answered with 200."""
    table = Table(f'http-abuse {name}')
    form = Table(f'http-abuse {name}, form of answers')
    group = None
    for case in cases:
        request = base64.b64decode(case['raw_base64'])
        data, closed = server.raw(request, before=before)
        got = answers(data)
        if before is not None:
            table.row(f'{case["id"]}: before', bool(got) and
                      got[0][0] == 200, data[:80])
            got = got[1:]
        table.row(case['id'], judge(case, data, got, closed),
                  f'{case["expect"]} got {[a[0] for a in got]} closed '
                  f'{closed} {data[:200]}')
        for answer in got:
            form.row(case['id'], has_our_form(answer), answer)
        if case['group'] != group:
            group = case['group']
            data, _ = server.raw(GOOD)
            table.row(f'after {group}', data.startswith(
                b'HTTP/1.1 200 '), data[:80])
    ok = table.end()
    return form.end() and ok


def main():
    cases = json.load(open(shared('suites/http-abuse/http-cases.json',
                                  'HTTP abuse')))['raw']
    ok = True
    for kind in 'HTTP', 'HTTPS':
        with Server() if kind == 'HTTP' else tls_server() as server:
            for how, before in (('first', None), ('second', (BEFORE, True)),
                                ('pipelined', (BEFORE, False))):
                ok = run(server, f'{kind} {how}', cases, before) and ok
    return 0 if ok else 1


sys.exit(main())
