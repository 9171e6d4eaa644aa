#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hold N keep-alive connections to a port on loopback, one request each."""
import resource
import socket
import sys
import time

port, count = int(sys.argv[1]), int(sys.argv[2])
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + 100), hard))
held = []
for _ in range(count):
    connection = socket.create_connection(('127.0.0.1', port))
    connection.sendall(b'GET /certs HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
    connection.recv(65536)
    held.append(connection)
time.sleep(30)
