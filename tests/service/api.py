#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the interface promises beyond the recordings: versions, methods,
errors, headers, who may, spelling, start and stop."""
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

from servicelib import (ASSAYD, SHARED, Server, Table, b64url, claims_of,
                        read_answer, recorded_collateral)

VERSION = 'api-version=2022-08-01'
UNSIGNED = 'eyJhbGciOiJub25lIn0.' + b64url(json.dumps({
    'AttestationPolicy': b64url(
        b'version= 1.0;authorizationrules{=> permit();};')}).encode()) + '.'


def routes(table, server):
    rows = [
        ('GET', '/certs', 200, None),
        ('GET', '/CERTS?api-version=2099-01-01', 200, None),
        ('GET', '/.Well-Known/OpenID-Configuration', 200, None),
        ('GET', '/healthz', 200, None),
        ('GET', '/readyz', 200, None),
        ('POST', '/certs', 405, 'MethodNotAllowed'),
        ('DELETE', '/policies/SgxEnclave', 405, 'MethodNotAllowed'),
        ('GET', '/certs/', 404, 'NotFound'),
        ('GET', '/', 404, 'NotFound'),
        ('GET', f'/policies/Nothing?{VERSION}', 404, 'NotFound'),
        ('GET', f'/policies/sgxenclave?{VERSION}', 200, None),
        ('GET', f'/POLICIES/SEVSNPVM?{VERSION}', 200, None),
        ('GET', '/policies/SgxEnclave', 400, 'InvalidParameter'),
        ('GET', '/policies/SgxEnclave?api-version=2000-01-01', 400,
         'InvalidParameter'),
        ('GET', '/policies/SgxEnclave?api-version=', 400,
         'InvalidParameter'),
        ('GET', f'/policies/SgxEnclave?{VERSION}&{VERSION}', 400,
         'InvalidParameter'),
        ('GET', '/policies/SgxEnclave?api-version=2018-09-01-preview', 400,
         'InvalidParameter'),
        ('GET', f'/certificates?{VERSION}', 200, None),
        ('POST', f'/attest/SevSnpVm?{VERSION}', 400, 'InvalidOperation'),
        ('POST', f'/attest/TdxVm?{VERSION}', 400, 'InvalidOperation'),
        ('POST', f'/attest/AzureGuest?{VERSION}', 400, 'InvalidParameter'),
        ('POST', f'/attest/Tpm?{VERSION}', 400, 'InvalidParameter'),
        ('GET', f'/attest/Tpm?{VERSION}', 405, 'MethodNotAllowed'),
    ]
    for v in ('2020-10-01', '2022-08-01', '2022-09-01-preview',
              '2023-04-01-preview', '2025-06-01', '2026-03-11-preview'):
        rows.append(('GET', f'/policies/SgxEnclave?api-version={v}', 200,
                     None))
        rows.append(('POST', f'/attest/SgxEnclave?api-version={v}', 400,
                     'InvalidParameter'))
    for method, target, status, code in rows:
        body = '{}' if method == 'POST' else None
        found, head, text = server.request(method, target, body)
        name = f'{method} {target}'
        table.same(name, found, status)
        answer = json.loads(text)
        table.same(f'{name} type', head['content-type'],
                   'application/json; charset=utf-8')
        table.row(f'{name} id', len(head['x-ms-request-id']) == 55)
        if code is not None:
            error = answer['error']
            table.same(f'{name} code', error['code'], code)
            table.same(f'{name} header', head['x-ms-error-code'], code)
            table.same(f'{name} inner', error['innererror']['requestId'],
                       head['x-ms-request-id'])
    status, head, _ = server.request('POST', '/certs', '{}')
    table.same('allow', head['allow'], 'GET, HEAD')
    status, head, body = server.request('HEAD', '/certs')
    table.same('head', (status, body), (200, b''))


def headers(table, server):
    _, head, _ = server.request('GET', '/certs', headers={
        'x-ms-client-request-id': 'abc-123'})
    table.same('client id', head.get('x-ms-client-request-id'), 'abc-123')
    _, head, _ = server.request('GET', '/certs', headers={
        'x-ms-client-request-id': 'a b'})
    table.same('odd client id', head.get('x-ms-client-request-id'), None)
    for bad in ('00-' + '0' * 32 + '-' + '1' * 16 + '-00', 'x' * 55, ''):
        _, head, _ = server.request('GET', '/certs', headers={
            'traceparent': bad})
        table.row('odd traceparent', head['x-ms-request-id'] != bad)
    with server.connect() as s:
        s.sendall(b'PUT /policies/Tpm?' + VERSION.encode() +
                  b' HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n'
                  b'Content-Length: %d\r\n\r\n' % len(UNSIGNED))
        table.same('100-continue', read_answer(s)[0], 100)
        s.sendall(UNSIGNED.encode())
        table.same('after 100', read_answer(s)[0], 200)
    status, _, _ = server.request('PUT', f'/policies/Tpm?{VERSION}',
                                  'x', {'Content-Encoding': 'gzip'})
    table.same('gzip', status, 415)
    status, _, _ = server.request('PUT', f'/policies/Tpm?{VERSION}',
                                  'x' * (2 << 20))
    table.same('too large', status, 413)
    status, _, _ = server.request('GET', '/certs', headers={'Expect': 'x'})
    table.same('expectation', status, 417)
    many = {f'X-{i}': '1' for i in range(100)}
    status, _, _ = server.request('GET', '/certs', headers=many)
    table.same('many headers', status, 431)
    status, _, _ = server.request('GET', '/certs?' + 'a' * 9000)
    table.same('long target', status, 414)
    # More than half of the buffer in one head: it grows in place.
    status, _, _ = server.request('GET', '/certs', headers={
        f'X-{i}': 'y' * 1000 for i in range(14)})
    table.same('large head', status, 200)


def pipelining(table, server, n=1000):
    one = b'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n'
    with server.connect(30) as s:
        sender = threading.Thread(target=s.sendall, args=(one * n,))
        sender.start()
        rest = bytearray()
        got = 0
        try:
            for _ in range(n):
                got += read_answer(s, rest=rest)[0] == 200
        finally:
            sender.join()
        table.same('pipelined answers', got, n)


def bodies(table, server):
    target = f'/attest/SgxEnclave?{VERSION}'
    rows = [
        ('not json', '{', 'JSON_SYNTAX'),
        ('array', '[]', 'JSON_TYPE'),
        ('no quote', '{"report":"AA"}', 'JSON_MISSING_MEMBER'),
        ('quote null', '{"quote":null}', 'JSON_MISSING_MEMBER'),
        ('quote twice', '{"quote":"AA","quote":"AA"}',
         'JSON_DUPLICATE_MEMBER'),
        ('quote in two spellings', '{"quote":"AA","Quote":"AA"}',
         'JSON_DUPLICATE_MEMBER'),
        ('quote number', '{"quote":1}', 'JSON_TYPE'),
        ('not base64', '{"quote":"A*AA"}', 'BAD_ENCODING'),
        ('two alphabets', '{"quote":"-_+/"}', 'BAD_ENCODING'),
        ('data type', '{"quote":"AwAC","runtimeData":{"data":"AA",'
         '"dataType":"Text"}}', 'REQUEST_INVALID'),
        ('runtime text', '{"quote":"AwAC","runtimeData":"AA"}', 'JSON_TYPE'),
        ('nonce object', '{"quote":"AwAC","nonce":{}}', 'JSON_TYPE'),
        ('draft number', '{"quote":"AwAC","draftPolicyForAttestation":1}',
         'JSON_TYPE'),
        ('draft broken', '{"quote":"AwAC","draftPolicyForAttestation":'
         '"version=1.0;authorizationrules{=>permit()}"}',
         'POLICY_PARSING_ERROR'),
        ('deep', '[' * 100000, 'LIMIT_EXCEEDED'),
    ]
    for name, body, code in rows:
        status, answer = server.json('POST', target, body)
        inner = answer['error']['innererror']
        table.same(f'{name} status', status, 400)
        table.same(f'{name} code', inner['code'], code)
    table.row('draft diagnostics', 'diagnostics' in server.json(
        'POST', target, rows[-2][1])[1]['error']['innererror'])
    status, _, _ = server.request('POST', target, '[' * (6 << 20))
    table.same('bomb', status, 400)


def attestation(table, folder):
    """Spelling of members and of base64, nonces, missing collateral."""
    pairs = os.path.join(SHARED, 'vectors/maa-pairs')
    if not os.path.exists(pairs):
        print(f'SKIP: {pairs} is absent: attestations not tested')
        return
    with open(os.path.join(pairs, 'evidence_sgx_quote.bin'), 'rb') as f:
        quote = f.read()
    with open(os.path.join(pairs, 'runtime_data.bin'), 'rb') as f:
        runtime = f.read()
    import base64
    forms = {
        'url': b64url(quote),
        'url padded': base64.urlsafe_b64encode(quote).decode(),
        'standard': base64.b64encode(quote).decode(),
        'standard bare': base64.b64encode(quote).decode().rstrip('='),
    }
    target = f'/attest/SgxEnclave?{VERSION}'
    with Server() as server:
        status, head, text = server.request('POST', target,
                                            {'quote': forms['url']})
        table.same('no collateral', status, 503)
        table.row('retry after', int(head['retry-after']) > 0)
        inner = json.loads(text)['error']['innererror']
        table.same('what is wanted', inner['collateral']['fmspc'],
                   '00906ed50000')
        table.same('no collateral code', inner['code'],
                   'COLLATERAL_MISSING')
    options = ['--collateral', recorded_collateral(folder),
               '--collateral-grace', 'any', '--accept-tcb',
               'UpToDate,SWHardeningNeeded,ConfigurationNeeded,'
               'ConfigurationAndSWHardeningNeeded,OutOfDate,'
               'OutOfDateConfigurationNeeded']
    with Server(*options) as server:
        for name, text in forms.items():
            status, answer = server.json('POST', target, {'QUOTE': text})
            table.same(f'base64 {name}', status, 200)
        for nonce, want in (('"abc"', 'abc'), ('7', 7), ('-1', -1),
                            ('18446744073709551615',
                             '18446744073709551615')):
            status, answer = server.json(
                'POST', target, '{"quote":"%s","nonce":%s}' %
                (forms['url'], nonce))
            table.same(f'nonce {nonce}', status == 200 and
                       claims_of(answer['token'])['nonce'], want)
        for name, data in (
                ('absent', None), ('empty', {'data': '', 'dataType': ''})):
            status, answer = server.json('POST', target, {
                'quote': forms['url'], 'runtimeData': data,
                'unknown': [1]})
            table.same(f'runtime data {name}', status, 200)
        status, answer = server.json('POST', target, {
            'quote': forms['url'], 'inittimeData': None,
            'RuntimeData': {'Data': b64url(runtime), 'DataType': 'JSON'}})
        table.same('runtime data', status, 200)
        status, answer = server.json('POST', target, {
            'quote': forms['url'],
            'runtimeData': {'data': b64url(b'x'), 'dataType': 'Binary'}})
        table.same('other runtime data', (
            status, answer['error']['innererror']['code']),
            (400, 'RUNTIME_DATA_MISMATCH'))
        status, answer = server.json(
            'POST', '/attest/Tee/SgxEnclave?api-version=2018-09-01-preview',
            {'Quote': forms['standard'],
             'EnclaveHeldData': base64.b64encode(runtime).decode()})
        table.same('2018', status == 200 and claims_of(answer)['maa-ehd'],
                   b64url(runtime))
        damaged = bytearray(quote)
        damaged[100] ^= 1
        status, answer = server.json('POST', target,
                                     {'quote': b64url(bytes(damaged))})
        table.same('damaged', (
            status, answer['error']['code'],
            answer['error']['innererror']['code']),
            (400, 'InvalidParameter', 'INVALID_QUOTE_SIGNATURE'))
        for line in server.raw_log().splitlines():
            json.loads(line)
        table.row('log has no evidence', forms['url'][:64].encode()
                  not in server.raw_log())
    traced(table, options, forms['url'])
    costly(table, options, forms['url'])
    with Server(*options[:-2]) as server:
        status, answer = server.json('POST', target, {'quote': forms['url']})
        table.same('baseline', (
            status, answer['error']['innererror'].get('code')), (
            400 if status != 200 else 200,
            'BELOW_BASELINE')) if status != 200 else table.row(
                'within the baseline', True)


def traced(table, options, quote):
    """A stored policy's refusal is explained only if the operator says so."""
    deny = 'eyJhbGciOiJub25lIn0.' + b64url(json.dumps({
        'AttestationPolicy': b64url(
            b'version= 1.0;authorizationrules{=> deny();};')}).encode()) + '.'
    for switch in ([], ['--trace-policy']):
        with Server(*options, *switch) as server:
            status, _ = server.json('PUT', f'/policies/SgxEnclave?{VERSION}',
                                    deny)
            table.same(f'deny {switch}', status, 200)
            status, answer = server.json(
                'POST', f'/attest/SgxEnclave?{VERSION}', {'quote': quote})
            table.same(f'trace of a stored policy {switch}', (
                status, answer['error']['code'],
                'trace' in answer['error']['innererror']),
                (400, 'PolicyEvaluationError', switch != []))


def costly(table, options, quote):
    """Anybody may send a draft, so drafts get fewer steps than what an owner
    put in force."""
    text = ('version= 1.0;authorizationrules{=> permit();};issuancerules{' +
            ''.join(f'=> add(type="t{i}", value="v");' for i in range(1500)) +
            'c:[value=="w"] => issue(type="x", value=c.value);' * 1500 + '};')
    stored = 'eyJhbGciOiJub25lIn0.' + b64url(json.dumps({
        'AttestationPolicy': b64url(text.encode())}).encode()) + '.'
    target = f'/attest/SgxEnclave?{VERSION}'
    with Server(*options) as server:
        status, answer = server.json('POST', target, {
            'quote': quote, 'draftPolicyForAttestation': text})
        table.same('costly draft', (
            status, answer['error']['code'],
            answer['error']['innererror']['code']),
            (400, 'PolicyEvaluationError', 'POLICY_LIMIT'))
        table.row('draft limit', '1048576 steps' in
                  answer['error']['message'], answer['error']['message'])
        status, _ = server.json('PUT', f'/policies/SgxEnclave?{VERSION}',
                                stored)
        table.same('set', status, 200)
        status, answer = server.json('POST', target, {'quote': quote})
        table.same('the same in force', status, 200)


def own_address():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        s.connect(('192.0.2.1', 9))
        return s.getsockname()[0]
    except OSError:
        return None
    finally:
        s.close()


def made_elsewhere(table):
    """What a proxy or a web page makes this machine send is no owner's."""
    rows = ('Forwarded', 'X-Forwarded-For', 'x-forwarded-host', 'X-Real-IP',
            'Via', 'Origin', 'Sec-Fetch-Site')
    calls = (('GET', '/policies/Tpm'), ('PUT', '/policies/Tpm'),
             ('POST', '/policies/Tpm:reset'), ('GET', '/certificates'),
             ('POST', '/certificates:add'), ('POST', '/certificates:remove'))
    with Server() as server:
        for name in rows:
            for method, path in calls:
                status, answer = server.json(
                    method, f'{path}?{VERSION}',
                    None if method == 'GET' else UNSIGNED, {name: 'x'})
                table.same(f'{name} {method} {path}', (
                    status, answer['error']['code']), (401, 'Unauthorized'))
            table.same(f'{name} /certs', server.request(
                'GET', '/certs', headers={name: 'x'})[0], 200)
        table.same('owner', server.request(
            'PUT', f'/policies/Tpm?{VERSION}', UNSIGNED)[0], 200)


def cut_character(table):
    """A reason that is cut within a character is still a reason."""
    name = 'x-ms-' + '\u00e9' * 400
    policy = ('version=1.0;authorizationrules{=>permit();};issuancerules{=>'
              f'issue(type="{name}", value=1);}};')
    body = json.dumps({'quote': 'AwAC', 'draftPolicyForAttestation': policy})
    with Server() as server:
        for pad in ('', 'x'):
            status, answer = server.json(
                'POST', f'/attest/SgxEnclave?{VERSION}',
                body.replace('x-ms-', 'x-ms-' + pad))
            table.same(f'cut {pad}', (status, answer['error']['code']),
                       (400, 'PolicyParsingError'))


def seal_mode(table):
    """A key that others may read seals nothing."""
    with tempfile.TemporaryDirectory() as data:
        with Server(data=data):
            pass
        os.chmod(os.path.join(data, 'seal.key'), 0o640)
        server = Server(data=data, wait=False)
        table.same('open seal.key', server.process.wait(timeout=30), 3)
        server.stop()
        table.row('open seal.key reason', b'mode 640' in server.raw_log())
        os.chmod(os.path.join(data, 'seal.key'), 0o600)
        with Server(data=data):
            table.row('closed seal.key', True)


def who_may(table):
    address = own_address()
    if address is None or address.startswith('127.'):
        print('SKIP: this machine has no other address: who may call')
        return
    with Server('--insecure-http', listen=f'{address}:0') as server:
        server.connect = lambda timeout=10: socket.create_connection(
            (address, server.port), timeout)
        for method, target in (
                ('GET', f'/policies/SgxEnclave?{VERSION}'),
                ('PUT', f'/policies/SgxEnclave?{VERSION}'),
                ('POST', f'/policies/SgxEnclave:reset?{VERSION}'),
                ('POST', f'/policies/SgxEnclave%3Areset?{VERSION}'),
                ('GET', f'/certificates?{VERSION}'),
                ('POST', f'/certificates:add?{VERSION}'),
                ('POST', f'/certificates:remove?{VERSION}')):
            body = None if method == 'GET' else UNSIGNED
            status, answer = server.json(method, target, body)
            table.same(f'stranger {method} {target}', (
                status, answer['error']['code']), (401, 'Unauthorized'))
        table.same('stranger /certs', server.json('GET', '/certs')[0], 200)


def options(table):
    rows = [
        ([], 'data-dir'),
        (['--data-dir', '/x', '--listen', '0.0.0.0:0'], 'plain HTTP'),
        (['--data-dir', '/x', '--listen', '0.0.0.0:0', '--insecure-http'],
         'issuer'),
        (['--data-dir', '/x', '--listen', 'localhost:1'], 'ADDRESS:PORT'),
        (['--data-dir', '/x', '--tls-cert', 'a'], 'together'),
        (['--data-dir', '/x', '--accept-tcb', 'Revoked'], 'never'),
        (['--data-dir', '/x', '--accept-tcb', 'Good'], 'not a TCB status'),
        (['--data-dir', '/x', '--issuer', 'ftp://x'], 'issuer'),
        (['--nothing'], 'no option'),
        (['file'], 'unexpected'),
    ]
    for args, want in rows:
        done = subprocess.run([ASSAYD, *args], capture_output=True,
                              timeout=20)
        table.same(f'{args} status', done.returncode, 2)
        table.row(f'{args} reason', want in done.stderr.decode(),
                  done.stderr.decode())
    with tempfile.NamedTemporaryFile('w', suffix='.conf') as f:
        f.write('# comment\ndata-dir = /x\n\nlisten 127.0.0.1:0\n')
        f.flush()
        done = subprocess.run([ASSAYD, '--config', f.name],
                              capture_output=True, timeout=20)
        table.same('config status', done.returncode, 2)
        table.row('config line', b'line 4' in done.stderr, done.stderr)
    done = subprocess.run([ASSAYD, '--help'], capture_output=True)
    table.same('help', done.returncode, 0)


def restart(table):
    """Keys and policies survive; SIGTERM ends with 0; one at a time."""
    with tempfile.TemporaryDirectory(prefix='assayd-test-') as top:
        data = os.path.join(top, 'data')
        with Server(data=data) as server:
            before = server.json('GET', '/certs')[1]['keys'][0]['kid']
            status, _ = server.json('PUT', f'/policies/TdxVm?{VERSION}',
                                    UNSIGNED)
            table.same('set', status, 200)
            for name in os.listdir(data):
                mode = os.stat(os.path.join(data, name)).st_mode & 0o777
                if name != 'log.txt':
                    table.same(f'mode of {name}', oct(mode), oct(0o600))
            second = subprocess.run(
                [ASSAYD, '--data-dir', data, '--listen', '127.0.0.1:0'],
                capture_output=True, timeout=20)
            table.same('second service', second.returncode, 3)
            table.row('second reason', b'another' in second.stderr,
                      second.stderr)
            table.same('SIGTERM', server.stop(), 0)
        with Server('--issuer', 'https://other.example/', data=data) as s:
            keys = s.json('GET', '/certs')[1]['keys']
            table.same('same key', keys[0]['kid'], before)
            table.same('issuer', s.json(
                'GET', '/.well-known/openid-configuration')[1]['issuer'],
                'https://other.example')
            status, body = s.json('GET', f'/policies/TdxVm?{VERSION}')
            table.same('same policy', claims_of(body['token'])[
                'x-ms-policy'], UNSIGNED)
        os.chmod(os.path.join(data, 'assay.db'), 0o644)
        done = subprocess.run([ASSAYD, '--data-dir', data, '--listen',
                               '127.0.0.1:0'], capture_output=True,
                              timeout=20)
        table.same('readable store', done.returncode, 3)


def in_flight(table):
    """A request whose body is under way at SIGTERM is answered."""
    with Server() as server:
        s = server.connect()
        s.sendall(b'PUT /policies/Tpm?' + VERSION.encode() +
                  b' HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n' %
                  len(UNSIGNED) + UNSIGNED[:10].encode())
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        try:
            server.connect(2).close()
            refused = False
        except OSError:
            refused = True
        s.sendall(UNSIGNED[10:].encode())
        status, head, _ = read_answer(s)
        table.same('in flight', status, 200)
        table.same('in flight closes', head.get('connection'), 'close')
        s.close()
        table.same('ends', server.process.wait(20), 0)
        table.row('accepts nobody more', refused)


def main():
    table = Table('api')
    with Server() as server:
        routes(table, server)
        headers(table, server)
        pipelining(table, server)
        bodies(table, server)
        with tempfile.TemporaryDirectory() as folder:
            attestation(table, folder)
    made_elsewhere(table)
    cut_character(table)
    seal_mode(table)
    who_may(table)
    options(table)
    restart(table)
    in_flight(table)
    return 0 if table.end() else 1


sys.exit(main())
