# SPDX-License-Identifier: Apache-2.0
"""assayd while a story lasts."""
import pathlib
import signal
import socket
import subprocess
import time


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


class Daemon:
    """assayd, until the story ends; its log is shown if it fails."""

    def __init__(self, story, program, name, *options, data_dir=None):
        self.port = free_port()
        tls = '--tls-cert' in options
        self.url = f'http{"s" if tls else ""}://127.0.0.1:{self.port}'
        self.log = story.path(f'{name}.log')
        with open(self.log, 'wb') as log:
            self.process = subprocess.Popen(
                [program, '--data-dir', data_dir or story.path(f'{name}.data'),
                 '--listen', f'127.0.0.1:{self.port}', '--issuer', self.url,
                 *map(str, options)], stderr=log, stdout=log)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(('127.0.0.1', self.port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        story.check(self.process.poll() is None, f'{name} runs', self.text())

    def text(self):
        return pathlib.Path(self.log).read_text(errors='replace')

    def stop(self, story):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=60)
        story.check(status == 0, f'assayd stops with {status}', self.text())
