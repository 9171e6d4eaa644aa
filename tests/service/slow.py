#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Clients that are slow, rude or gone: each is cut off by a deadline, others
are served meanwhile, nothing leaks. Bounded in count and time."""
import os
import select
import socket
import struct
import sys
import threading
import time

from servicelib import Server, Table, read_answer

EVENTUALLY = 300        # the deadlines are 10 to 60 s; a busy machine is slow


class Bystander(threading.Thread):
    """Asks for /certs all the time and keeps the worst wait."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.waits, self.failed = server, [], 0
        self.done = threading.Event()

    def run(self):
        while not self.done.is_set():
            start = time.monotonic()
            try:
                if self.server.request('GET', '/certs')[0] != 200:
                    self.failed += 1
            except OSError:
                self.failed += 1
            self.waits.append(time.monotonic() - start)
            time.sleep(0.05)


def open_fds(server):
    return len(os.listdir(f'/proc/{server.process.pid}/fd'))


def resident(server):
    with open(f'/proc/{server.process.pid}/status') as f:
        for line in f:
            if line.startswith('VmRSS'):
                return int(line.split()[1])
    return 0


def still_open(sockets):
    left = []
    for s in sockets:
        s.settimeout(0)
        try:
            while s.recv(65536):
                pass
            s.close()
        except BlockingIOError:
            left.append(s)
        except OSError:
            s.close()
    return left


def feed(sockets, byte, every):
    """Send one byte to each now and then until all are closed."""
    start = time.monotonic()
    while sockets and time.monotonic() - start < EVENTUALLY:
        for s in sockets:
            try:
                s.settimeout(1)
                s.send(byte)
            except OSError:
                pass
        time.sleep(every)
        sockets = still_open(sockets)
    for s in sockets:
        s.close()
    return len(sockets), time.monotonic() - start


def reset_by_server(sockets):
    """Read nothing, wait for the server to give up: those that it did not."""
    start = time.monotonic()
    poll = select.poll()
    for s in sockets:
        poll.register(s, 0)     # errors only
    left = {s.fileno() for s in sockets}
    while left and time.monotonic() - start < EVENTUALLY:
        for fd, _ in poll.poll(500):
            left.discard(fd)
            poll.unregister(fd)
    return len(left), time.monotonic() - start


def last_words(table, server):
    """Who is too slow is told so."""
    for name, start in (
            ('head', b'GET /certs HTTP/1.1\r\nHost: a\r\n'),
            ('body', b'PUT /policies/Tpm?api-version=2022-08-01 HTTP/1.1\r\n'
             b'Host: a\r\nContent-Length: 1000\r\n\r\nx')):
        with server.connect(EVENTUALLY) as s:
            s.sendall(start)
            status, head, body = read_answer(s)
            table.same(f'slow {name} is told', status, 408)
            table.same(f'slow {name} is closed', head.get('connection'),
                       'close')
            table.row(f'slow {name} by id', head['x-ms-request-id'] in
                      body.decode())


def slow_ones(table, server):
    """Slow heads, bodies and readers, and the silent, at the same time."""
    bystander = Bystander(server)
    heads, bodies, readers = [], [], []
    for _ in range(200):
        s = server.connect()
        s.sendall(b'GET /certs HTTP/1.1\r\nHost: a\r\nX: ')
        heads.append(s)
    for _ in range(50):
        s = server.connect()
        s.sendall(b'PUT /policies/Tpm?api-version=2022-08-01 HTTP/1.1\r\n'
                  b'Host: a\r\nContent-Length: 100000\r\n\r\n')
        bodies.append(s)
    for _ in range(50):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        s.settimeout(5)
        s.connect(('127.0.0.1', server.port))
        try:
            s.sendall(b'GET /certs HTTP/1.1\r\nHost: a\r\n\r\n' * 2000)
        except OSError:
            pass
        readers.append(s)
    idle = [server.connect() for _ in range(500)]
    for s in idle:
        s.sendall(b'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n')
    bystander.start()
    results = {}

    def run(name, how, *args):
        results[name] = how(*args)
    threads = [threading.Thread(target=run, args=a) for a in (
        ('heads', feed, heads, b'x', 2),
        ('bodies', feed, bodies, b'x', 1),
        ('readers', reset_by_server, readers),
        ('idle ones', feed, idle, b'', 1),
        ('words', last_words, table, server))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    bystander.done.set()
    bystander.join()
    for s in readers:
        s.close()
    del results['words']
    for name, (left, took) in results.items():
        table.same(f'slow {name} left', left, 0)
        print(f'slow: {name} all closed after {took:.0f} s')
    waits = sorted(bystander.waits)
    worst = waits[int(len(waits) * 0.99)]
    print(f'slow: bystander asked {len(waits)} times, p99 {worst * 1000:.0f}'
          ' ms')
    table.same('bystander failed', bystander.failed, 0)
    table.row('bystander served', len(waits) > 20)


def rude_ones(table, server):
    before = open_fds(server)
    for _ in range(2000):
        server.connect().close()
    for i in range(200):
        s = server.connect()
        if i % 2:
            s.sendall(b'PUT /policies/Tpm?api-version=2022-08-01 HTTP/1.1'
                      b'\r\nHost: a\r\nContent-Length: 1000\r\n\r\nxxxx')
        else:
            s.sendall(b'GET /certs HTTP/1.1\r\nHost: a\r\n\r\n')
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                     struct.pack('ii', 1, 0))
        s.close()
    until = time.monotonic() + EVENTUALLY
    while open_fds(server) > before and time.monotonic() < until:
        time.sleep(0.2)
    table.row('descriptors', open_fds(server) <= before,
              f'{before} before, {open_fds(server)} after')
    table.same('alive', server.request('GET', '/certs')[0], 200)


def idle_ones(table, server, n=1000):
    before = resident(server)
    sockets = [server.connect() for _ in range(n)]
    for s in sockets:
        s.sendall(b'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n')
    ok = sum(read_answer(s)[0] == 200 for s in sockets)
    table.same('idle connections answered', ok, n)
    print(f'slow: {n} idle connections take {resident(server) - before} kB '
          f'more than {before} kB (sanitizers included, if built with them)')
    table.same('beside them', server.request('GET', '/certs')[0], 200)
    for s in sockets:
        s.close()


def too_many(table):
    with Server('--max-connections-per-address', '10') as server:
        sockets = [server.connect() for _ in range(30)]
        left, until = sockets, time.monotonic() + EVENTUALLY
        while len(left) > 10 and time.monotonic() < until:
            time.sleep(0.2)
            left = still_open(left)
        table.row('limit for one address', len(left) <= 10,
                  f'{len(left)} open')
        for s in left:
            s.close()


def half_closed(table, server):
    data, closed = server.raw(b'GET /certs HTTP/1.1\r\nHost: a\r\n\r\n')
    table.row('half-closed', data.startswith(b'HTTP/1.1 200') and closed)


def main():
    table = Table('slow')
    with Server() as server:
        half_closed(table, server)
        idle_ones(table, server)
        rude_ones(table, server)
        slow_ones(table, server)
    too_many(table)
    return 0 if table.end() else 1


sys.exit(main())
