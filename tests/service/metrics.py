#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""GET /metrics: valid by Prometheus' rules, true, and not for everybody."""
import os
import re
import subprocess
import sys

from servicelib import Server, Table

NAME = r'[a-z][a-z0-9_]*'
LABEL = NAME + r'="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf'({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? '
                    r'(-?[0-9]+(?:\.[0-9]+)?)')

# Debian's package is for Debian's Python, which need not be the first.
PARSER = '''
import sys
from prometheus_client.parser import text_string_to_metric_families as parse
for family in parse(sys.stdin.read()):
    print(family.type, family.name, len(family.samples))
'''


def series(text):
    """{(name, labels): value}; raises ValueError naming what is wrong."""
    out, types, current = {}, {}, None
    if not text.endswith('\n'):
        raise ValueError('no end of the last line')
    for line in text[:-1].split('\n'):
        if line.startswith('# HELP '):
            current = line.split(' ')[2]
            if current in types:
                raise ValueError(f'{current} comes twice')
            types[current] = None
            continue
        if line.startswith('# TYPE '):
            name, kind = line.split(' ')[2:]
            if name != current or types[name] is not None:
                raise ValueError(f'TYPE of {name} is out of place')
            types[name] = kind
            continue
        match = SAMPLE.fullmatch(line)
        if not match:
            raise ValueError(f'no sample: {line!r}')
        name, labels, value = match.groups()
        base = re.sub('_(bucket|sum|count)$', '', name) \
            if types[current] == 'histogram' else name
        if base != current or (name, labels) in out:
            raise ValueError(f'{name}{{{labels}}} is out of place')
        out[name, labels] = float(value)
    check_histograms(out, types)
    return out, types


def check_histograms(out, types):
    """Buckets rise to the count."""
    for (name, labels), count in out.items():
        base = name.removesuffix('_count')
        if types.get(base) != 'histogram' or base == name:
            continue
        last = 0
        for (other, text), value in out.items():
            if other == base + '_bucket' and \
                    text.startswith(labels + ',le='):
                if value < last:
                    raise ValueError(f'{other}{{{text}}} falls')
                last = value
        if last != count or out[base + '_bucket',
                                labels + ',le="+Inf"'] != count:
            raise ValueError(f'{name}{{{labels}}} is not its buckets')


def scrape(s, headers=()):
    status, head, body = s.request('GET', '/metrics', headers=headers)
    assert status == 200, (status, body)
    return head, body.decode()


def real_parser(t, text, types):
    for python in (sys.executable, '/usr/bin/python3'):
        run = subprocess.run([python, '-c', PARSER], input=text,
                             capture_output=True, text=True, check=False)
        if 'ModuleNotFoundError' not in run.stderr:
            break
    else:
        print('python3-prometheus-client is absent: own parser only')
        return
    t.same('prometheus-client parses', run.returncode, 0)
    found = {line.split(' ')[1]: line.split(' ')[0]
             for line in run.stdout.splitlines()}
    want = {name.removesuffix('_total'): kind
            for name, kind in types.items()}
    t.same('prometheus-client finds the families', found, want)


def documented(t, types):
    path = os.path.join(os.environ.get('ASSAY_SOURCE_ROOT', '.'),
                        'doc/operations.md')
    with open(path, encoding='utf-8') as f:
        rows = re.findall(r'^\| `(assayd_\w+)` \| (\w+) \|', f.read(), re.M)
    t.same('operations.md', dict(rows), types)


def counts(t, s):
    before, types = series(scrape(s)[1])
    s.request('GET', '/certs')
    s.request('GET', '/nothing')
    s.request('PUT', '/certs', b'')
    s.raw(b'GET / HTTP/1.1\r\n\r\n')
    s.request('POST', '/attest/SgxEnclave?api-version=2022-08-01', {})
    after, _ = series(scrape(s)[1])

    def grown(name, labels):
        return after.get((name, labels), 0) - before.get((name, labels), 0)

    r = 'assayd_requests_total'
    t.same('metadata', grown(r, 'action="metadata",status="200"'), 1)
    t.same('no path', grown(r, 'action="none",status="404"'), 1)
    t.same('no method', grown(r, 'action="none",status="405"'), 1)
    t.same('no host', grown(r, 'action="none",status="400"'), 1)
    t.same('attest', grown(r, 'action="attest",status="400"'), 1)
    t.same('itself', grown(r, 'action="read",status="200"'), 1)
    t.same('error', grown('assayd_errors_total',
                          'class="malformed",code="NOT_FOUND"'), 1)
    t.same('time', grown('assayd_request_seconds_count',
                         'action="none"'), 3)
    t.same('not judged', grown('assayd_verdicts_total',
                               'type="SgxEnclave",policy="stored",code="OK"'),
           0)
    t.row('key age', 0 <= after['assayd_signing_key_age_seconds', None]
          < 3600)
    t.same('collateral', after['assayd_collateral_items',
                               'kind="tcb_info"'], 0)


def strangers(t, s):
    """Nothing that a request holds becomes a label."""
    _, one = scrape(s)
    for i in range(20):
        s.request(f'M{i}', f'/path-{i}?secret=mark',
                  headers={'User-Agent': 'mark', 'traceparent': f'mark{i}'})
    _, two = scrape(s)
    t.row('no mark', 'mark' not in two and 'path-' not in two)
    extra = set(series(two)[0]) - set(series(one)[0])
    t.row('bounded', len(extra) <= 4, extra)


def who_may(t, s):
    for name, headers in (('forwarded', {'X-Forwarded-For': '192.0.2.1'}),
                          ('browser', {'Origin': 'https://example.org'})):
        status, _, body = s.request('GET', '/metrics', headers=headers)
        t.same(name, status, 401)
        t.row(name + ' sees nothing', b'assayd_' not in body)
    t.same('HEAD', s.request('HEAD', '/metrics')[0], 200)
    t.same('POST', s.request('POST', '/metrics', b'')[0], 405)


def main():
    t = Table('metrics')
    with Server() as s:
        head, text = scrape(s)
        t.same('type', head['content-type'],
               'text/plain; version=0.0.4; charset=utf-8')
        _, types = series(text)
        t.row('families', len(types) >= 10, types)
        real_parser(t, text, types)
        documented(t, types)
        counts(t, s)
        strangers(t, s)
        who_may(t, s)
        real_parser(t, scrape(s)[1], types)
    return 0 if t.end() else 1


if __name__ == '__main__':
    sys.exit(main())
