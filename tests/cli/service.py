# SPDX-License-Identifier: Apache-2.0
"""A service that answers as the story wants it to, and remembers."""
import http.server
import json
import ssl
import threading


class Service:
    """routes: path without query -> list of answers, the last for ever.

    An answer is (status, headers, body); a body that is not bytes is JSON.
    """

    def __init__(self, certificate=None):
        service = self
        self.routes = {}
        self.requests = []      # (method, path with query, headers, body)

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def answer(self):
                length = int(self.headers.get('Content-Length') or 0)
                body = self.rfile.read(length)
                service.requests.append((self.command, self.path,
                                         dict(self.headers), body))
                answers = service.routes.get(self.path.split('?')[0],
                                             [(404, {}, b'not here')])
                status, headers, content = answers[0]
                if len(answers) > 1:
                    answers.pop(0)
                if not isinstance(content, bytes):
                    content = json.dumps(content).encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header('Content-Length', str(len(content)))
                self.end_headers()
                try:
                    self.wfile.write(content)
                except OSError:
                    pass    # a client that had enough

            do_GET = do_POST = do_PUT = answer

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0),
                                                      Handler)
        scheme = 'http'
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket,
                                                     server_side=True)
            scheme = 'https'
        self.server.handle_error = lambda *args: None
        self.url = f'{scheme}://127.0.0.1:{self.server.server_port}'
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def forget(self):
        self.requests.clear()

    def hits(self, path):
        return sum(request[1].split('?')[0] == path
                   for request in self.requests)
