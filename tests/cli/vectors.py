#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every SGX vector with the verdict of Intel's library, through appraise.

Where we answer otherwise on purpose, the unit test of the pipeline lists the
vector by name with the reason; that table counts here too.
"""
import json
import re
import sys
from collections import Counter

from harness import ROOT, SHARED, Story, shared

# Intel's name of a quote status -> as TCB info spells it.
STATUS = {
    'OK': 'UpToDate',
    'TCB_SW_HARDENING_NEEDED': 'SWHardeningNeeded',
    'TCB_CONFIGURATION_NEEDED': 'ConfigurationNeeded',
    'TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED':
        'ConfigurationAndSWHardeningNeeded',
    'TCB_OUT_OF_DATE': 'OutOfDate',
    'TCB_OUT_OF_DATE_CONFIGURATION_NEEDED': 'OutOfDateConfigurationNeeded',
    'TCB_REVOKED': 'Revoked',
}
# The class of a code decides between "reject" and "undecided".
CLASS = dict(re.findall(
    r'X\(\s*(\w+)\s*,\s*(\w+)\s*,',
    (ROOT / 'include/assay/error_list.h').read_text().replace('\\\n', ' ')))
VERDICT = {'OK': 'accept', 'MALFORMED': 'reject', 'REJECTED': 'reject',
           'UNAVAILABLE': 'undecided'}
# Too early is "expired" to Intel; accepting that accepts it at both ends.
EARLY = 'derived-sgx3-time-before-issue'


def deviations():
    """name -> (code, status or None), from the unit test's table."""
    text = (ROOT / 'tests/unit/attest/test_attest_vectors.c').read_text()
    table = re.search(r'deviations\[\] = \{(.*?)\n\};', text, re.S).group(1)
    rows = re.findall(r'\{\s*"([\w-]+)",\s*"(\w+)",\s*ASSAY_TCB_(\w+)\s*\}',
                      table)
    names = {re.sub(r'(?<!^)(?=[A-Z])', '_', name).upper(): name
             for name in STATUS.values()}
    names['SW_HARDENING_NEEDED'] = 'SWHardeningNeeded'
    return {name: (code, names.get(status)) for name, code, status in rows}


def expected(name, meta, ours):
    """(code, status or None, expired or None)"""
    if name in ours:
        code, status = ours[name]
        return code, status, code == 'COLLATERAL_EXPIRED' or None
    want = meta.get('expected', {})
    code = want.get('status')
    if code is None:        # a quote without collateral
        return 'COLLATERAL_MISSING', None, None
    code = code.removeprefix('STATUS_')
    status, expired = STATUS.get(code), bool(want.get('collateral_expired'))
    if status is None:
        return code, None, None
    if status == 'Revoked':
        return code, status, expired
    return 'COLLATERAL_EXPIRED' if expired else 'OK', status, expired


def appraise(story, name, evidence, meta, want, *options):
    code, status, expired = want
    folder = SHARED / 'vectors' / 'sgxtdx' / name
    anchor = folder / 'trusted_root.pem'
    if anchor.exists():
        options += ('--trust-anchor', anchor)
    exit_status, answer = story.run_json(
        'appraise', 'sgx', '--evidence', folder / evidence, '--collateral',
        folder, '--at', meta.get('verify_at', 1700000000), *options)
    verdict = VERDICT[CLASS[code]]
    got = (exit_status, answer.get('verdict'), answer.get('code'))
    want = ({'accept': 0, 'reject': 1, 'undecided': 3}[verdict], verdict,
            code)
    story.check(got == want, f'{name} {evidence}: {got}, want {want}',
                answer.get('reason'))
    if status is not None:
        story.check(answer.get('tcb_status') == status,
                    f'{name}: {answer.get("tcb_status")}, want {status}')
    if expired is not None:
        story.check(answer['collateral_expired'] == expired,
                    f'{name}: expired {answer["collateral_expired"]}')
    if verdict == 'accept':
        claims = answer['claims']
        body = (folder / evidence).read_bytes()[48:432]
        story.check(claims.get('x-ms-sgx-mrenclave') == body[64:96].hex() and
                    claims.get('x-ms-sgx-report-data') == body[320:].hex() and
                    claims.get('x-ms-sgx-is-debuggable') ==
                    bool(body[48] & 2), f'{name}: claims', claims)
    else:
        story.check(answer['reason'] != '', f'{name}: a reason')
    failed = [row for row in answer['checks'] if not row['passed']]
    story.check(len(failed) <= 1 and (verdict != 'accept' or not failed),
                f'{name}: failed checks', failed)
    return verdict


def main():
    index = shared('vectors', 'sgxtdx', 'INDEX.tsv').read_text().split('\n')
    story = Story('vectors', sys.argv[1])
    ours = deviations()
    count, used = Counter(), set()
    for name in (line.split('\t')[2] for line in index[1:] if line):
        folder = SHARED / 'vectors' / 'sgxtdx' / name
        meta = json.loads((folder / 'meta.json').read_text())
        if meta.get('tee') != 'SGX':
            continue
        used.add(name)
        want = expected(name, meta, ours)
        count[appraise(story, name, 'quote.bin', meta, want)] += 1
        if (folder / 'evidence_as_sent.bin').exists() and \
                (folder / 'evidence_as_sent.bin').read_bytes()[:2] == \
                (folder / 'quote.bin').read_bytes()[:2]:
            appraise(story, name, 'evidence_as_sent.bin', meta, want)
        if want[0] == 'COLLATERAL_EXPIRED' and name != EARLY:
            appraise(story, name, 'quote.bin', meta, ('OK', want[1], True),
                     '--accept-expired')
    story.check(sum(count.values()) >= 200, 'vectors', count)
    story.check(len(ours) > 0 and set(ours) <= used, 'deviations that no '
                'vector uses', set(ours) - used)
    print(f'{sum(count.values())} vectors: {dict(count)}; '
          f'{len(ours)} deviations by name')
    story.end()


main()
