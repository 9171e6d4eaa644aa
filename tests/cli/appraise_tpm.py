#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""TPM requests of the shared vectors, through appraise, with and without
policies that ask for less."""
import json
import sys

from harness import SHARED, Story, shared

AT = '2026-01-01T00:00:00Z'
POLICY = ('version=1.2;configurationrules{%s};authorizationrules{=>permit();};'
          'issuancerules{c:[type=="aikValidated"]=>issue(claim=c);'
          '=>issueproperty(type="report_validity_in_minutes",value=60);};')
ANY_AIK = '=>issueproperty(type="require_valid_aik_cert",value=false);'
FEW_PCRS = '=>issueproperty(type="required_pcr_mask",value=149);'


def appraise(story, folder, *options):
    challenge = json.loads((folder / 'challenge.json').read_text())
    return story.run_json(
        'appraise', 'tpm', '--evidence', folder / 'request.jws',
        '--challenge', challenge['challenge'], '--at', AT,
        '--trust-anchor', folder / 'aik_ca.pem', *options)


def vectors(story):
    for folder in sorted((SHARED / 'vectors/tpm').glob('syn-v[12]-*')):
        meta = json.loads((folder / 'meta.json').read_text())
        verdict = meta['expected']['verdict']
        accept = verdict.startswith('accept') and 'only if' not in verdict
        code, answer = appraise(story, folder)
        story.check((code, answer.get('verdict')) ==
                    ((0, 'accept') if accept else (1, 'reject')),
                    f'{folder.name}: {code} {answer.get("code")}, meta.json '
                    f'says {verdict}', answer.get('reason'))
        failed = [c['name'] for c in answer['checks'] if not c['passed']]
        story.check(len(failed) == (0 if accept else 1),
                    f'{folder.name}: failed checks {failed}')


def policies(story):
    any_aik = story.path('any-aik', POLICY % ANY_AIK)
    few_pcrs = story.path('few-pcrs', POLICY % FEW_PCRS)
    root = SHARED / 'vectors/tpm'
    for name, policy, validated in (
            ('syn-v2-no-aik-cert', any_aik, False),
            ('syn-v2-neg-untrusted-aik-ca', any_aik, False),
            ('syn-v2-pcr-subset', few_pcrs, True)):
        code, answer = appraise(story, root / name, '--policy', policy)
        claims = answer.get('claims', {})
        story.check(code == 0 and claims.get('aikValidated') is validated,
                    f'{name}: {code}, claims {sorted(claims)}',
                    answer.get('reason'))
        story.check('cnf' in claims and 'x-ms-policy' not in claims and
                    'x-ms-policy-hash' in claims and
                    claims.get('nonce') == claims.get('rp_data'),
                    f'{name}: not the claims of a report: {claims}')


def events(story):
    code, answer = appraise(story, SHARED / 'vectors/tpm' /
                            'syn-v2-basic-boot-attestation')
    claims = answer.get('claims', {})
    story.check(code == 0 and claims.get('events', {}).get('Events') and
                claims.get('bootEvents', {}).get('Events'),
                'events and bootEvents are there')
    code, out, _ = story.run(
        'appraise', 'tpm', '--evidence', SHARED / 'vectors/tpm' /
        'syn-v2-neg-log-data-forged/request.jws', '--challenge', 'AAAA')
    story.check(code == 1 and 'TPM_CHALLENGE_MISMATCH' in out,
                'another challenge is refused', out)


def guests(story):
    root = SHARED / 'vectors/tpm'
    for name, want, code in (
            ('syn-azureguest-tl-linux', 'accept', 'OK'),
            ('syn-azureguest-neg-pcr-linux', 'reject',
             'PCR_DIGEST_MISMATCH')):
        status, answer = story.run_json(
            'appraise', 'azureguest', '--evidence',
            root / name / 'attestation_info.json', '--at', AT,
            '--trust-anchor', root / name / 'aik_ca.pem')
        story.check((answer.get('verdict'), answer.get('code')) ==
                    (want, code), f'{name}: {status}', answer.get('reason'))
        story.check(want == 'reject' or answer['claims'][
            'x-ms-azurevm-attested-pcrs'] == list(range(8)),
                    f'{name}: claims {sorted(answer["claims"])}')


def usage(story):
    jws = story.path('jws', 'a.b.c')
    for options, word in (
            (('tpm', '--evidence', jws), '--challenge'),
            (('tpm', '--evidence', jws, '--challenge', '!'), '--challenge'),
            (('tpm', '--evidence', jws, '--challenge', 'AAAA',
              '--accept-expired'), 'not for tpm'),
            (('azureguest', '--evidence', jws, '--challenge', 'AAAA'),
             'for tpm'),
            (('sgx', '--evidence', jws, '--challenge', 'AAAA'), 'for tpm'),
            (('vax', '--evidence', jws), 'tpm')):
        code, _, err = story.run('appraise', *options)
        story.check(code == 2 and word in err, f'{options}: {code}', err)
    code, answer = story.run_json('appraise', 'tpm', '--evidence', jws,
                                  '--challenge', 'AAAA')
    story.check((code, answer.get('code')) == (1, 'TOKEN_MALFORMED'),
                f'no JWS: {code} {answer.get("code")}')


def main():
    story = Story('appraise_tpm', sys.argv[1])
    usage(story)
    shared('vectors', 'tpm')
    vectors(story)
    guests(story)
    policies(story)
    events(story)
    story.end()


main()
