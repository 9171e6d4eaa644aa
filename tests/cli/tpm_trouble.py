#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A TPM that is busy, goes away or restarts while a client works with it.

tpm_trouble.py ASSAY. Busy TPMs are waited for; whatever else happens, the
program says in which step, and sends nothing that it should not.
"""
import sys
import time

from harness import Story
from service import Service
from simtpm import SimTpm, b64u, envelope, need_tools, need_tss
from tpmproxy import RC_NV_RATE, RC_RETRY, RC_TESTING, Proxy, answer

PATH = '/attest/Tpm'
TOKEN = '.'.join(b64u(part) for part in
                 (b'{"alg":"RS256","typ":"JWT"}', b'{}', b'x'))
STEPS = ['opening the TPM', 'looking for an AIK certificate',
         'attestation key (AIK)', 'request key',
         'certifying the request key', 'quoting the PCRs',
         'writing the request']
TPM2_CC_QUOTE = 0x158
TPM2_CC_SIGN = 0x15d
TPM2_CC_CREATE_PRIMARY = 0x131


def attest(story, service, proxy, tpm, *options):
    service.routes = {PATH: [
        (200, {}, envelope({'challenge': b64u(bytes(16)),
                            'service_context': b64u(b'opaque')})),
        (200, {}, envelope({'report': TOKEN}))]}
    service.forget()
    return story.run('attest', 'tpm', '--url', service.url, '--tcti',
                     proxy.tcti, '--event-log', tpm.log, *options)


def kept(story):
    """Keys of files are loaded, which takes less time than making them."""
    return ['--aik', story.path('aik.pem'), '--request-key',
            story.path('request.pem')]


def busy(story, service, proxy, tpm):
    """Each command, before it is done, is refused twelve times."""
    for rc, options in ((RC_RETRY, []), (RC_TESTING, kept(story)),
                        (RC_NV_RATE, kept(story))):
        proxy.forget()
        left = {}

        def before(number, code):
            if left.setdefault(code, 12) == 0:
                return None
            left[code] -= 1
            return answer(rc)
        proxy.before = before
        story.expect(f'busy with 0x{rc:x}', *attest(
            story, service, proxy, tpm, '--bind', 'certify', *options), 0,
            TOKEN)
        story.check(len(left) > 5 and not any(left.values()),
                    f'0x{rc:x}: commands were tried again', left)


def for_ever(story, service, proxy, tpm):
    """Patience ends; what never ends is named."""
    for code, step in ((TPM2_CC_QUOTE, 'quoting the PCRs'),
                       (TPM2_CC_CREATE_PRIMARY, 'attestation key (AIK)')):
        proxy.forget()
        proxy.before = lambda number, now: \
            answer(RC_RETRY) if now == code else None
        start = time.monotonic()
        story.expect('busy for ever', *attest(
            story, service, proxy, tpm, *kept(story)), 3, step, 'TPM_FAILED',
            '0x922', 'busy')
        story.check(time.monotonic() - start < 60, 'patience ends')
        story.check(not service.requests or len(service.requests) == 1,
                    'no evidence was sent', service.requests)


def lost(story, service, proxy, tpm):
    """The connection is cut at every command in turn."""
    proxy.forget()
    story.expect('undisturbed', *attest(
        story, service, proxy, tpm, '--bind', 'certify', *kept(story)), 0)
    count = len(proxy.codes)
    story.check(count > 10, f'{count} commands')
    seen = set()
    for at in range(1, count + 1):
        proxy.forget()
        proxy.before = lambda number, code: \
            Proxy.CUT if number == at else None
        code, out, err = attest(story, service, proxy, tpm, '--bind',
                                'certify', *kept(story))
        sent = len(service.requests)
        if code == 0:       # what is flushed at the end may fail
            story.check(sent == 2, f'cut at {at}: all was sent', sent)
            continue
        named = [step for step in STEPS if f': {step}: ' in err]
        story.check(code == 3 and len(named) == 1 and out == '' and
                    '[TPM_FAILED]' in err and sent < 2,
                    f'cut at command {at}', err)
        seen.update(named)
    story.check(seen >= {'attestation key (AIK)', 'quoting the PCRs',
                         'certifying the request key'}, 'steps', seen)


def refused(story, service, proxy, tpm):
    """Every command in turn fails as a TPM in failure mode does."""
    proxy.forget()
    attest(story, service, proxy, tpm, *kept(story))
    for at in range(1, len(proxy.codes) + 1):
        proxy.forget()
        proxy.before = lambda number, code: \
            answer(0x101) if number == at else None
        code, out, err = attest(story, service, proxy, tpm, *kept(story))
        if code == 0:
            continue
        # Where making room fails, what is in the way is what is said.
        story.check(code == 3 and
                    ('failure mode' in err or 'every slot' in err) and
                    any(f': {step}: ' in err for step in STEPS),
                    f'failure mode at command {at}', err)


def restarted(story, service, proxy, tpm):
    """A machine that resumes or a TPM that resets loses loaded keys."""
    for code, step in ((TPM2_CC_QUOTE, 'quoting the PCRs'),
                       (TPM2_CC_SIGN, 'writing the request')):
        proxy.forget()
        done = []

        def before(number, now):
            if now == code and not done:
                done.append(number)
                # What a reset forgets: every transient object.
                for handle in (0x80000000, 0x80000001, 0x80000002):
                    tpm_flush(proxy, handle)
            return None
        proxy.before = before
        story.expect(f'restart before 0x{code:x}', *attest(
            story, service, proxy, tpm, *kept(story)), 3, step, 'TPM_FAILED',
            'restarted')
    proxy.forget()
    story.expect('afterwards', *attest(
        story, service, proxy, tpm, *kept(story)), 0, TOKEN)


def tpm_flush(proxy, handle):
    """By the proxy's own connection, since swtpm serves one at a time."""
    proxy.inject(b'\x80\x01' + (14).to_bytes(4, 'big') +
                 (0x165).to_bytes(4, 'big') + handle.to_bytes(4, 'big'))


def main():
    need_tools()
    story = Story('tpm_trouble', sys.argv[1])
    need_tss(story)
    service = Service()
    tpm = SimTpm(story, 'tpm')
    proxy = Proxy(tpm.tcti)
    for part in [busy, for_ever, lost, refused, restarted]:
        part(story, service, proxy, tpm)
    tpm.stop()
    story.end()


main()
