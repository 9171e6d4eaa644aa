#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A machine becomes known and is dropped: enrol, attest, revoke.

tpm_aik.py ASSAY ASSAYD. The policy wants a valid AIK certificate.
"""
import sys
import time

from daemon import Daemon
from harness import Story
from simtpm import SimTpm, need_tools, need_tss

POLICY = '''version= 1.2;
configurationrules{};
authorizationrules
{
  c:[type=="aikValidated", value==true] => permit();
};
issuancerules
{
  c:[type=="aikValidated"] => issue(claim=c);
};
'''


def attest(story, daemon, tpm, *options):
    return story.run('attest', 'tpm', '--url', daemon.url, '--tcti',
                     tpm.tcti, '--event-log', tpm.log, '-o',
                     story.path('token'), *options)


def enroll(story, daemon, tpm, *options):
    return story.run('aik', 'enroll', '--url', daemon.url, '--tcti',
                     tpm.tcti, *options)


def until_refused(story, daemon, tpm, *options):
    """A revocation is heard of within a second; this machine may be slow."""
    for _ in range(100):
        answer = attest(story, daemon, tpm, *options)
        if answer[0] != 0:
            return answer
        time.sleep(0.1)
    return answer


def become_known(story, daemon, tpm, kind):
    key, cert = story.path(f'{kind}.key'), story.path(f'{kind}.pem')
    story.expect(f'{kind}: enrol', *enroll(
        story, daemon, tpm, '--aik', key, '--aik-kind', kind, '-o', cert), 0)
    story.expect(f'{kind}: attest', *attest(
        story, daemon, tpm, '--aik', key, '--aik-cert', cert), 0)
    code, answer = story.run_json('verify', story.path('token'), '--url',
                                  daemon.url)
    said = answer.get('claims', {})
    story.check(code == 0 and said.get('aikValidated') is True and
                said.get('x-assay-test-anchor') is True,
                f'{kind}: the token says so', answer)
    return key, cert


def main():
    need_tools()
    story = Story('tpm_aik', sys.argv[1])
    need_tss(story)
    tpm = SimTpm(story)
    data = story.path('node.data')
    daemon = Daemon(story, sys.argv[2], 'node', '--aik-ca', '--ek-anchor',
                    tpm.said.get('ek_anchors'), data_dir=data)
    story.expect('set the policy', *story.run(
        'policy', 'set', 'Tpm', story.path('tpm.policy', POLICY), '--url',
        daemon.url), 0)
    story.expect('without a certificate', *attest(story, daemon, tpm), 1,
                 'AIK_CERT_MISSING')
    key, cert = become_known(story, daemon, tpm, 'rsa')
    other, other_cert = become_known(story, daemon, tpm, 'ecc')
    story.expect('certificate of another key', *attest(
        story, daemon, tpm, '--aik', key, '--aik-cert', other_cert), 3,
        'another key')
    story.expect('revoke', *story.run('aik', 'revoke', cert, '--data-dir',
                                      data), 0, 'is revoked')
    story.expect('revoke again', *story.run('aik', 'revoke', cert,
                                            '--data-dir', data), 0,
                 'was revoked before')
    story.expect('the revoked AIK', *until_refused(
        story, daemon, tpm, '--aik', key, '--aik-cert', cert), 1,
        'CERT_REVOKED')
    story.expect('the other AIK', *attest(
        story, daemon, tpm, '--aik', other, '--aik-cert', other_cert), 0)
    daemon.stop(story)
    tpm.stop()
    story.end()


main()
