# SPDX-License-Identifier: Apache-2.0
"""Stands between a program and swtpm: may answer, cut or change commands."""
import socket
import threading

RC_RETRY = 0x922
RC_TESTING = 0x90a
RC_NV_RATE = 0x920


def read(sock, size):
    data = b''
    while len(data) < size:
        part = sock.recv(size - len(data))
        if not part:
            raise ConnectionError('closed')
        data += part
    return data


def message(sock):
    """One command or response: tag, size, code."""
    head = read(sock, 10)
    return head + read(sock, int.from_bytes(head[2:6], 'big') - 10)


def answer(rc):
    return b'\x80\x01' + (10).to_bytes(4, 'big') + rc.to_bytes(4, 'big')


class Proxy:
    """before(number, code) may return bytes to answer with instead, or CUT.

    number counts commands from 1, code is the TPM_CC.
    """
    CUT = object()

    def __init__(self, tcti):
        self.port = int(tcti.rsplit('=', 1)[1])
        self.before = lambda number, code: None
        self.codes = []
        self.sockets = self.listen()
        self.tcti = f'swtpm:host=127.0.0.1,port={self.own}'
        for index, serve in ((0, self.commands), (1, self.control)):
            threading.Thread(target=self.accept, args=(index, serve),
                             daemon=True).start()

    def listen(self):
        """Two ports in a row, as swtpm has them."""
        for port in range(24200, 25000, 2):
            found = []
            try:
                for number in (port, port + 1):
                    found.append(socket.create_server(('127.0.0.1', number)))
            except OSError:
                for sock in found:
                    sock.close()
                continue
            self.own = port
            return found
        raise RuntimeError('no free ports')

    def accept(self, index, serve):
        while True:
            ours, _ = self.sockets[index].accept()
            theirs = None
            try:
                theirs = socket.create_connection(
                    ('127.0.0.1', self.port + index), 10)
                serve(ours, theirs)
            except OSError:
                pass    # either end had enough
            ours.close()
            if theirs is not None:
                theirs.close()

    def inject(self, command):
        """From before(): a command of ours between those of the program."""
        self.theirs.sendall(command)
        return message(self.theirs)

    def commands(self, ours, theirs):
        self.theirs = theirs
        while True:
            command = message(ours)
            self.codes.append(int.from_bytes(command[6:10], 'big'))
            instead = self.before(len(self.codes), self.codes[-1])
            if instead is Proxy.CUT:
                return
            if instead is None:
                theirs.sendall(command)
                instead = message(theirs)
            ours.sendall(instead)

    def control(self, ours, theirs):
        while True:
            data = ours.recv(4096)
            if not data:
                return
            theirs.sendall(data)
            ours.sendall(theirs.recv(4096))

    def forget(self):
        self.codes = []
        self.before = lambda number, code: None
