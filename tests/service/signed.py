#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Signed policies and policy signers: isolated mode, serial numbers, history.
Keys, certificates and signatures are made by the openssl program."""
import json
import os
import shutil
import sqlite3
import sys
import tempfile

from servicelib import SKIP, Server, Table, b64url, claims_of, thumbprint
from signerlib import Signer, policy, unsecured

VERSION = 'api-version=2022-08-01'


def put(server, jws, kind='SgxEnclave'):
    status, body = server.json('PUT', f'/policies/{kind}?{VERSION}', jws)
    return (claims_of(body['token']) if status == 200 else
            (status, body['error']['code'],
             body['error']['innererror']['code']))


def reset(server, jws, kind='SgxEnclave'):
    status, body = server.json('POST', f'/policies/{kind}:reset?{VERSION}',
                               jws)
    return (claims_of(body['token'])['x-ms-policy-result']
            if status == 200 else
            (status, body['error']['code'],
             body['error']['innererror']['code']))


def get(server, kind='SgxEnclave'):
    status, body = server.json('GET', f'/policies/{kind}?{VERSION}')
    return claims_of(body['token'])['x-ms-policy']


def certificates(server, jws=None, how=None):
    if how is None:
        status, body = server.json('GET', f'/certificates?{VERSION}')
    else:
        status, body = server.json('POST', f'/certificates:{how}?{VERSION}',
                                   json.dumps(jws))
    return (claims_of(body['token']) if status == 200 else
            (status, body['error']['code'],
             body['error']['innererror']['code']))


def x5c_of(server):
    return sorted(k['x5c'][0] for k in certificates(server)[
        'x-ms-policy-certificates']['keys'])


def forms(table, server, rsa, ec, leaf):
    """Each form that a released SDK sends; and what nobody sends."""
    rows = [
        ('JS, Java', rsa.sign(policy('a')), 'RSA'),
        ('.NET', rsa.sign(policy('b'), alg='RSA256'), 'RSA'),
        ('Python', rsa.sign(policy('c'), alg='RSA256', where='jwk'), 'RSA'),
        ('C++ EC', ec.sign(policy('d')), 'EC'),
        ('.NET EC', ec.sign(policy('e'), alg='ECDH256'), 'EC'),
        ('Python EC', ec.sign(policy('f'), alg='ECDH256', where='jwk'),
         'EC'),
    ]
    for name, jws, kty in rows:
        done = put(server, jws)
        table.same(name, isinstance(done, dict) and
                   (done['x-ms-policy-result'],
                    done['x-ms-policy-signer']['kty']), ('Updated', kty))
        table.same(f'{name} verbatim', get(server), jws)
    good = rsa.sign(policy('g'))
    bad = [
        ('HS256', rsa.sign(policy('h'), alg='HS256')),
        ('none with a signature', rsa.sign(policy('h'), alg='none')),
        ('no certificate', rsa.sign(policy('h'), where='no')),
        ('not a CA', leaf.sign(policy('h'))),
        ('other signature', good[:-8] + 'AAAAAAAA'),
        ('other payload', good.split('.')[0] + '.' + b64url(
            json.dumps(policy('i')).encode()) + '.' + good.split('.')[2]),
        ('no policy', rsa.sign({'x': 1})),
        ('empty policy', rsa.sign(b'')),
        ('not a JWS', 'hello'),
        ('empty', ''),
        ('broken policy', unsecured({'AttestationPolicy': b64url(b'x')})),
    ]
    before = get(server)
    for name, jws in bad:
        done = put(server, jws)
        table.row(name, not isinstance(done, dict) and done[0] == 400,
                  repr(done)[:200])
    table.same('refused changes change nothing', get(server), before)
    table.same('signed reset', reset(server, rsa.sign(b'')), 'Removed')
    table.same('twice', reset(server, unsecured(b'')), 'Removed')
    table.same('reset with a policy', reset(
        server, unsecured(policy('j')))[0], 400)


def serials(table, server, rsa):
    old = rsa.sign(policy('old'))
    two = rsa.sign(policy('two', 2))
    refused = (400, 'InvalidOperation', 'INVALID_OPERATION')
    table.row('without', isinstance(put(server, old, 'TdxVm'), dict))
    table.row('first', isinstance(put(server, two, 'TdxVm'), dict))
    table.same('replay without', put(server, old, 'TdxVm'), refused)
    table.same('replay lower', put(server, rsa.sign(policy('one', 1)),
                                   'TdxVm'), refused)
    table.same('same number, other policy', put(
        server, rsa.sign(policy('other', 2)), 'TdxVm'), refused)
    table.row('the very same', isinstance(put(server, two, 'TdxVm'), dict))
    table.same('replayed reset', reset(server, rsa.sign(b''), 'TdxVm'),
               refused)
    table.same('in force', get(server, 'TdxVm'), two)
    table.row('higher', isinstance(put(
        server, rsa.sign(policy('three', 3)), 'TdxVm'), dict))
    table.same('reset with a serial', reset(
        server, rsa.sign({'x-assay-serial': 4}), 'TdxVm'), 'Removed')
    table.same('after the reset', put(server, two, 'TdxVm'), refused)
    table.row('other types', isinstance(put(server, old, 'SevSnpVm'), dict))


def isolated(table, server, one, two, stranger, leaf):
    refused = (400, 'InvalidOperation', 'INVALID_OPERATION')
    table.same('unsigned', put(server, unsecured(policy('a'))), refused)
    table.same('unsigned reset', reset(server, unsecured(b'')), refused)
    done = put(server, stranger.sign(policy('a')))
    table.row('stranger', not isinstance(done, dict) and done[0] == 400,
              repr(done)[:200])
    table.row('signer', isinstance(put(server, one.sign(policy('a'))),
                                   dict))
    table.same('signers', x5c_of(server), [one.x5c])
    body = {'policyCertificate': {'kty': 'RSA', 'x5c': [two.x5c]}}
    done = certificates(server, stranger.sign(body), 'add')
    table.row('stranger adds', not isinstance(done, dict), repr(done)[:200])
    done = certificates(server, unsecured(body), 'add')
    table.same('unsigned add', done, refused)
    for again in range(2):
        done = certificates(server, one.sign(body), 'add')
        table.same(f'add {again}', isinstance(done, dict) and (
            done['x-ms-policycertificates-result'],
            done['x-ms-certificate-thumbprint']),
            ('IsPresent', thumbprint(two.der)))
    table.same('both', x5c_of(server), sorted([one.x5c, two.x5c]))
    table.row('second signer', isinstance(put(
        server, two.sign(policy('b'))), dict))
    done = certificates(server, one.sign(
        {'policyCertificate': {'kty': 'RSA', 'x5c': [leaf.x5c]}}), 'add')
    table.row('not a CA', not isinstance(done, dict), repr(done)[:200])
    done = certificates(server, one.sign({'x': 1}), 'add')
    table.row('no certificate', not isinstance(done, dict))
    gone = {'policyCertificate': {'kty': 'RSA', 'x5c': [one.x5c]}}
    done = certificates(server, two.sign(gone), 'remove')
    table.same('remove', isinstance(done, dict) and
               done['x-ms-policycertificates-result'], 'IsAbsent')
    done = put(server, one.sign(policy('c')))
    table.row('removed signer', not isinstance(done, dict), repr(done)[:200])
    done = certificates(server, two.sign(body), 'remove')
    table.same('the last one', done, refused)
    table.same('left', x5c_of(server), [two.x5c])


def bindings(table, server, rsa):
    """What a change says that it is for, it must be for; unsigned too."""
    refused = (400, 'InvalidOperation', 'INVALID_OPERATION')

    def made(**terms):
        return rsa.sign({**policy('b'), **{
            f'x-assay-{k}': v for k, v in terms.items()}})

    for name, jws, ok in (
            ('type and action', made(type='AzureGuest', action='set'), True),
            ('case', made(type='azureguest'), True),
            ('other type', made(type='Tpm'), False),
            ('other action', made(action='reset'), False),
            ('unsigned', unsecured({**policy('b'), 'x-assay-type': 'Tpm'}),
             False)):
        done = put(server, jws, 'AzureGuest')
        table.row(f'bound: {name}', isinstance(done, dict) if ok else
                  done == refused, repr(done)[:200])
    for name, payload, want in (
            ('other type', {'x-assay-type': 'Tpm'}, refused),
            ('action', {'x-assay-action': 'set'}, refused),
            ('right', {'x-assay-type': 'AzureGuest',
                       'x-assay-action': 'reset'}, 'Removed')):
        table.same(f'bound reset: {name}', reset(
            server, rsa.sign(payload), 'AzureGuest'), want)


def history(table, data, types):
    db = sqlite3.connect(os.path.join(data, 'assay.db'))
    rows = db.execute('SELECT subject, name, action, time, actor, '
                      'request_id, hash FROM history WHERE subject != '
                      "'key' ORDER BY id").fetchall()
    db.close()
    table.row('history', len(rows) > 3, repr(rows)[:200])
    for row in rows:
        table.row('history row', row[3] > 1700000000 and row[4] and row[5]
                  and len(row[6]) == 43, repr(row))
    table.same('subjects', {r[0] for r in rows}, types)


def main():
    if shutil.which('openssl') is None:
        print('SKIP: no openssl program: signed policies not tested')
        return SKIP
    table = Table('signed')
    with tempfile.TemporaryDirectory(prefix='assayd-test-') as top:
        one, two = Signer(top, 'one'), Signer(top, 'two', kind='ec')
        stranger = Signer(top, 'stranger')
        leaf = Signer(top, 'leaf', ca='FALSE')
        with Server() as server:
            forms(table, server, one, two, leaf)
            serials(table, server, one)
            bindings(table, server, one)
            table.same('no signers', x5c_of(server), [])
            history(table, server.data, {'policy'})
        data = os.path.join(top, 'data')
        with Server('--policy-signers', one.pem, data=data) as server:
            isolated(table, server, one, two, stranger, leaf)
            history(table, data, {'policy', 'certificate'})
        with Server(data=data) as server:
            table.same('stays isolated', put(
                server, unsecured(policy('z')))[0], 400)
            table.same('same signers', x5c_of(server), [two.x5c])
    return 0 if table.end() else 1


sys.exit(main())
