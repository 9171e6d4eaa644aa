# SPDX-License-Identifier: Apache-2.0
"""azure-security-attestation, unmodified, against assayd.

usage: conformance.py FOLDER AAD_URL ISOLATED_URL
"""
import base64
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import time
import traceback

from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError
from azure.security.attestation import (AttestationAdministrationClient,
                                        AttestationClient, AttestationType)

FOLDER, AAD, ISOLATED = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
PERMIT = ('version= 1.0; authorizationrules { => permit(); };'
          'issuancerules { c:[type=="x-ms-sgx-mrenclave"] => '
          'issue(type="seen", value=c.value); };')
DENY = 'version= 1.0; authorizationrules { => deny(); };'
failed = 0


class Credential:
    """What a credential library would return: a token of the issuer."""

    def __init__(self, name='contributor'):
        self.name = name

    def get_token(self, *_scopes, **_options):
        return AccessToken(text(f'{self.name}.jwt'), int(time.time()) + 3000)


def read(name):
    return (FOLDER / name).read_bytes()


def text(name):
    return read(name).decode()


def step(name):
    def run(body):
        global failed
        try:
            body()
            print(f'ok {name}', flush=True)
        except Exception as error:  # a step may fail in any way
            failed += 1
            print(f'FAIL {name}: {error!r}', flush=True)
            traceback.print_exc()
    return run


def refused(call, code=None, status=400):
    try:
        call()
    except HttpResponseError as error:
        assert error.status_code == status, error
        if code is not None:
            body = json.loads(error.response.text())
            assert body['error']['code'] == code, body
        return
    raise AssertionError('was not refused')


def attestation():
    client = AttestationClient(AAD, Credential(), validate_issuer=True,
                               issuer=AAD)
    quote, report = read('sim/quote.bin'), read('sim/report.bin')
    runtime = read('runtime.json')

    @step('metadata')
    def _():
        metadata = client.get_open_id_metadata()
        assert metadata['issuer'] == AAD, metadata
        assert metadata['jwks_uri'] == AAD + '/certs', metadata

    @step('signers')
    def _():
        signers = client.get_signing_certificates()
        assert len(signers) >= 1
        assert 'BEGIN CERTIFICATE' in signers[0].certificates[0]

    @step('attest_sgx_enclave')
    def _():
        result, token = client.attest_sgx_enclave(quote)
        assert result.issuer == AAD
        assert result.enclave_held_data is None
        assert result.sgx_collateral['quotehash'] == \
            hashlib.sha256(quote).hexdigest()
        assert token.algorithm == 'RS256'

    @step('attest_sgx_enclave: runtime data')
    def _():
        result, _ = client.attest_sgx_enclave(quote, runtime_data=runtime)
        assert result.enclave_held_data == runtime

    @step('attest_sgx_enclave: runtime JSON')
    def _():
        result, _ = client.attest_sgx_enclave(quote, runtime_json=runtime)
        assert result.runtime_claims == json.loads(runtime)

    @step('attest_sgx_enclave: wrong runtime data')
    def _():
        refused(lambda: client.attest_sgx_enclave(
            quote, runtime_data=b'something else'), 'InvalidParameter')

    @step('attest_sgx_enclave: draft policy')
    def _():
        result, token = client.attest_sgx_enclave(quote, draft_policy=PERMIT)
        assert token.algorithm == 'none'
        assert result.policy_claims['seen'] == result.mr_enclave

    @step('attest_sgx_enclave: draft policy denies')
    def _():
        refused(lambda: client.attest_sgx_enclave(quote, draft_policy=DENY),
                'PolicyEvaluationError')

    @step('attest_open_enclave')
    def _():
        result, _ = client.attest_open_enclave(report, runtime_json=runtime)
        assert result.sgx_collateral['quotehash'] == \
            hashlib.sha256(report).hexdigest()


def policies():
    admin = AttestationAdministrationClient(AAD, Credential())
    kind = AttestationType.SGX_ENCLAVE
    original = admin.get_policy(kind)[0]

    @step('get_policy: default')
    def _():
        assert 'x-ms-sgx-mrenclave' in original

    for name, options in (
            ('unsigned', {}),
            # This client cannot sign with an EC key: it passes its key
            # library an argument of another name (its "ECDH256" tokens are
            # part of the unit tests of policy signatures).
            ('RSA256', {'signing_key': text('signer.key'),
                        'signing_certificate': text('signer.pem')})):
        @step(f'set_policy: {name}')
        def _(options=options):
            result, _ = admin.set_policy(kind, PERMIT, **options)
            assert result.policy_resolution == 'Updated', result
            assert admin.get_policy(kind)[0] == PERMIT

        @step(f'reset_policy: {name}')
        def _(options=options):
            result, _ = admin.reset_policy(kind, **options)
            assert result.policy_resolution == 'Removed', result
            assert admin.get_policy(kind)[0] == original

    @step('set_policy: does not parse')
    def _():
        refused(lambda: admin.set_policy(kind, 'version= 1.0; nonsense'),
                'PolicyParsingError')

    @step('get_policy_management_certificates: AAD has none')
    def _():
        assert admin.get_policy_management_certificates()[0] == []


def callers():
    kind = AttestationType.SGX_ENCLAVE
    reader = AttestationAdministrationClient(AAD, Credential('reader'))
    late = AttestationAdministrationClient(AAD, Credential('expired'))

    @step('reader: get_policy')
    def _():
        assert 'version' in reader.get_policy(kind)[0]

    @step('reader: set_policy')
    def _():
        refused(lambda: reader.set_policy(kind, PERMIT), 'Unauthorized', 401)

    @step('expired token: get_policy')
    def _():
        refused(lambda: late.get_policy(kind), 'Unauthorized', 401)


def tpm():
    admin = AttestationAdministrationClient(AAD, Credential())
    client = AttestationClient(AAD, Credential())
    kind = AttestationType.TPM
    permit = ('version= 1.0; authorizationrules { => permit(); };'
              'issuancerules { => issue(type="seen", value="tpm"); };')

    @step('attest_tpm: without a policy')
    def _():
        refused(lambda: client.attest_tpm('{"payload":{"type":"aikcert"}}'),
                'PolicyEvaluationError')

    @step('set_policy: TPM')
    def _():
        result, _ = admin.set_policy(kind, permit)
        assert result.policy_resolution == 'Updated', result
        assert admin.get_policy(kind)[0] == permit

    @step('attest_tpm')
    def _():
        challenge = json.loads(client.attest_tpm(
            '{"payload":{"type":"aikcert"}}'))['payload']
        jws = subprocess.run(
            [sys.executable, os.environ['ASSAY_TPMLIB'], 'request',
             str(FOLDER / 'tpm'), challenge['challenge'],
             challenge['service_context']],
            check=True, stdout=subprocess.PIPE).stdout.decode().strip()
        request = json.dumps({'payload': {'request': jws}})
        report = json.loads(client.attest_tpm(request))['payload']['report']
        part = report.split('.')[1]
        claims = json.loads(base64.urlsafe_b64decode(
            part + '=' * (-len(part) % 4)))
        assert claims['iss'] == AAD, claims
        assert claims['seen'] == 'tpm', claims
        refused(lambda: client.attest_tpm(request), 'InvalidParameter')

    @step('reset_policy: TPM')
    def _():
        assert admin.reset_policy(kind)[0].policy_resolution == 'Removed'


def management():
    admin = AttestationAdministrationClient(
        ISOLATED, Credential(), signing_key=text('signer.key'),
        signing_certificate=text('signer.pem'))
    stranger = AttestationAdministrationClient(ISOLATED, Credential())
    kind = AttestationType.SGX_ENCLAVE

    @step('isolated: certificates')
    def _():
        assert len(admin.get_policy_management_certificates()[0]) == 1

    @step('isolated: unsigned policy is refused')
    def _():
        refused(lambda: stranger.set_policy(kind, PERMIT),
                'InvalidOperation')

    @step('isolated: policy of a stranger is refused')
    def _():
        refused(lambda: stranger.set_policy(
            kind, PERMIT, signing_key=text('other.key'),
            signing_certificate=text('other.pem')))

    @step('isolated: signed policy, and reset')
    def _():
        result, _ = admin.set_policy(kind, PERMIT)
        assert result.policy_resolution == 'Updated'
        assert admin.get_policy(kind)[0] == PERMIT
        assert admin.reset_policy(kind)[0].policy_resolution == 'Removed'

    @step('isolated: add a certificate')
    def _():
        result, _ = admin.add_policy_management_certificate(
            text('second.pem'))
        assert result.certificate_resolution == 'IsPresent', result
        assert len(admin.get_policy_management_certificates()[0]) == 2

    @step('isolated: remove a certificate')
    def _():
        result, _ = admin.remove_policy_management_certificate(
            text('second.pem'))
        assert result.certificate_resolution == 'IsAbsent', result
        assert len(admin.get_policy_management_certificates()[0]) == 1

    @step('isolated: the last certificate stays')
    def _():
        refused(lambda: admin.remove_policy_management_certificate(
            text('signer.pem')))


attestation()
callers()
policies()
tpm()
management()
sys.exit(1 if failed else 0)
