#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rate limits: who asks too often is told when to come back."""
import json
import socket
import sys

from servicelib import Server, Table

POLICY = '/policies/Tpm?api-version=2022-08-01'
ATTEST = '/attest/SgxEnclave?api-version=2022-08-01'


def ask(server, method, target, body=None, source='127.0.0.1'):
    sock = socket.create_connection(('127.0.0.1', server.port), 10,
                                    (source, 0))
    try:
        status, head, text = server.request(method, target, body, sock=sock)
    finally:
        sock.close()
    return status, head, json.loads(text)


def limited(table, server):
    for i in range(3):
        table.same(f'request {i}', ask(server, 'GET', POLICY)[0], 200)
    for method, target, body in (
            ('GET', POLICY, None), ('POST', ATTEST, '{"quote":"AA"}'),
            ('PUT', POLICY, 'x'), ('GET', '/certificates?api-version='
                                   '2022-08-01', None)):
        status, head, answer = ask(server, method, target, body)
        table.same(f'{method} {target}', (
            status, answer['error']['code'],
            answer['error']['innererror']['code']),
            (429, 'TooManyRequests', 'OVERLOADED'))
        wait = head.get('retry-after', '')
        table.row(f'{method} wait', wait.isdigit() and 1 <= int(wait) <= 60,
                  repr(wait))
        table.same(f'{method} error code', head.get('x-ms-error-code'),
                   'TooManyRequests')
    for target in ('/healthz', '/readyz', '/certs',
                   '/.well-known/openid-configuration'):
        table.same(f'{target} is free', ask(server, 'GET', target)[0], 200)
    table.same('nothing there', ask(server, 'GET', '/nothing')[0], 404)
    for i in range(3):
        table.same(f'another address {i}', ask(
            server, 'GET', POLICY, source='127.0.0.2')[0], 200)
    table.same('and its limit', ask(
        server, 'GET', POLICY, source='127.0.0.2')[0], 429)
    said = [line for line in server.lines() if line['event'] == 'refused']
    table.row('log', len(said) >= 1 and said[0]['status'] == 429 and
              said[0]['peer'] == '127.0.0.1', repr(said)[:200])


def main():
    table = Table('rate')
    with Server('--rate-limit', '1', '--rate-burst', '3') as server:
        limited(table, server)
    with Server() as server:
        table.same('no limit unless asked for', {
            ask(server, 'GET', POLICY)[0] for _ in range(50)}, {200})
    with Server('--rate-limit', '40') as server:
        table.same('burst is a minute', [
            ask(server, 'GET', POLICY)[0] for _ in range(40)], 40 * [200])
    return 0 if table.end() else 1


sys.exit(main())
