# SPDX-License-Identifier: Apache-2.0
"""TPM attestations of a running service: tpm_load.py URL PLATFORM N
CONNECTIONS. Requests are made first, each for a challenge of its own, which
takes longer than answering them; then all are sent. Prints attestations a
second and the latency of one."""
import http.client
import json
import os
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '..', 'tests', 'service'))
from tpmlib import Platform, b64url, unb64url  # noqa: E402

TARGET = '/attest/Tpm?api-version=2022-08-01'


def connect(url):
    parts = urllib.parse.urlsplit(url)
    return http.client.HTTPConnection(parts.hostname, parts.port)


def post(connection, message):
    connection.request('POST', TARGET, json.dumps(
        {'data': b64url(json.dumps(message).encode())}),
        {'Content-Type': 'application/json'})
    answer = connection.getresponse()
    body = json.loads(answer.read())
    if answer.status != 200:
        sys.exit(f'tpm_load: {answer.status} {body}')
    return json.loads(unb64url(body['data']))


def make(url, platform, count):
    connection = connect(url)
    for _ in range(count):
        c = post(connection, {'type': 'aikcert'})
        yield platform.request(c['challenge'], c['service_context'])


def send(url, requests, times):
    connection = connect(url)
    while True:
        try:
            request = requests.pop()
        except IndexError:
            return
        start = time.monotonic()
        post(connection, {'request': request})
        times.append(time.monotonic() - start)


def main():
    url, folder, count, connections = sys.argv[1:]
    requests = list(make(url, Platform(folder), int(count)))
    times = []
    threads = [threading.Thread(target=send, args=(url, requests, times))
               for _ in range(int(connections))]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = time.monotonic() - start
    times.sort()
    print(f'{len(times)} requests, {connections} connections: '
          f'{len(times) / taken:.0f}/s, '
          f'p50 {times[len(times) // 2] * 1000:.2f} ms, '
          f'p99 {times[len(times) * 99 // 100] * 1000:.2f} ms')


main()
