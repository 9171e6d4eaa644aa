# SPDX-License-Identifier: Apache-2.0
"""assayd while a story lasts."""
import json
import pathlib
import signal
import subprocess
import time


class Daemon:
    """assayd, until the story ends; its log is shown if it fails."""

    def __init__(self, story, program, name, *options, data_dir=None):
        self.port, self.url = None, None
        self.log = story.path(f'{name}.log')
        with open(self.log, 'wb') as log:
            self.process = subprocess.Popen(
                [program, '--data-dir', data_dir or story.path(f'{name}.data'),
                 '--listen', '127.0.0.1:0', *map(str, options)],
                stderr=log, stdout=log)
        # The system chooses the port: one that was free a moment ago may be
        # another test's by now.
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline and self.process.poll() is None:
            self.look()
            if 'ready' in self.events():
                break
            time.sleep(0.05)
        story.check(self.process.poll() is None and self.url is not None,
                    f'{name} runs', self.text())

    def lines(self):
        for line in self.text().splitlines():
            try:
                yield json.loads(line)
            except ValueError:
                pass

    def events(self):
        return [line.get('event') for line in self.lines()]

    def look(self):
        for line in self.lines():
            if line.get('event') == 'listening':
                self.port, self.url = line['port'], line['url']

    def text(self):
        return pathlib.Path(self.log).read_text(errors='replace')

    def stop(self, story):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=60)
        story.check(status == 0, f'assayd stops with {status}', self.text())
