# SPDX-License-Identifier: LGPL-2.1-or-later
"""keycard-httpd in a folder of its own, with simulated lock systems, and a client that knows its description."""

import http.client
import json
import os
import re
import ssl
import subprocess
import sys

import jsonschema

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from event_stream import Events  # noqa: E402
from program_case import Answer, ProgramCase  # noqa: E402

PATIENCE = 60


class Client:
    def __init__(self, port, token, context=None):
        self.port, self.token, self.context = port, token, context

    def connect(self):
        if self.context is not None:
            return http.client.HTTPSConnection('127.0.0.1', self.port, timeout=PATIENCE, context=self.context)
        return http.client.HTTPConnection('127.0.0.1', self.port, timeout=PATIENCE)

    def headers(self, body=None):
        headers = {'Authorization': f'Bearer {self.token}'} if self.token else {}
        return {**headers, 'Content-Type': 'application/json'} if body is not None else headers

    def ask(self, method, path, body=None, headers=None):
        """Headers with the value None are left out."""
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        wanted = {**self.headers(body), **(headers or {})}
        connection = self.connect()
        try:
            connection.request(method, path, body=body.encode() if isinstance(body, str) else body,
                               headers={name: value for name, value in wanted.items() if value is not None})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, **more):
        return self.ask('GET', path, **more)

    def post(self, path, body=None, **more):
        return self.ask('POST', path, {} if body is None else body, **more)

    def start(self, verb, wait=PATIENCE, headers=None, **fields):
        """Starts an operation and waits for its end."""
        prefer = {'Prefer': f'wait={wait}'} if wait else {}
        return self.post('/v1/operations', {'verb': verb, **fields}, headers={**prefer, **(headers or {})})

    def events(self):
        connection = self.connect()
        connection.request('GET', '/v1/events', headers=self.headers())
        return Events(connection, connection.getresponse())


class Description:
    """openapi.json: whether an answer is as it says."""

    def __init__(self, document):
        self.document = document

    def schema(self, schema):
        return {**schema, 'components': self.document['components']}

    def find(self, method, path):
        for template, methods in self.document['paths'].items():
            if re.fullmatch(re.sub(r'\{\w+\}', '[^/]+', template), path.split('?')[0]) and method.lower() in methods:
                return methods[method.lower()]
        return None

    def check(self, method, path, answer):
        operation = self.find(method, path)
        kind = answer.headers['Content-Type']
        if operation is None:
            schema = {'$ref': '#/components/schemas/Problem'}
            assert kind == 'application/problem+json' and answer.status in (401, 404, 405, 413), answer
        else:
            responses = operation['responses']
            described = responses.get(str(answer.status), responses.get('default'))
            assert described is not None, f'{method} {path}: {answer.status} is not described'
            assert kind in described['content'], f'{method} {path}: {kind} is not described: {answer}'
            schema = described['content'][kind]['schema']
        jsonschema.Draft202012Validator(self.schema(schema)).validate(answer.json)
        if kind == 'application/problem+json':
            assert answer.json['status'] == answer.status >= 400, answer


class Case(ProgramCase):
    HTTPD = SIMULATOR = ''

    def new_token(self):
        text = subprocess.run([self.HTTPD, '--new-token'], capture_output=True, check=True, text=True).stdout
        return re.search(r'token: +(\w+)', text).group(1), re.search(r'sha256: +(\w+)', text).group(1)

    def salto(self, *arguments):
        """The section of a simulated SALTO server."""
        _, first = self.start([self.SIMULATOR, 'salto', '--listen', '127.0.0.1:0', '--encoder', 'Desk 1', '--encoder',
                               'Desk 2', '--journal', self.journal, *arguments], '^keycard-sim: salto on ')
        return f'[system salto]\nuri = salto+tcp://{first.split()[-1]}\nmobile = on\nencoder = Desk 1\nencoder = Desk 2\n'

    def configuration(self, systems, httpd=''):
        self.token, digest = self.new_token()
        self.read_token, read_digest = self.new_token()
        return self.write('httpd.conf', f'''[httpd]
listen = 127.0.0.1:0
{httpd}
[keycard]
ledger = sqlite:{self.path('ledger.db')}
site = Grand Hotel
time-zone = Europe/Sofia
[policy]
start = drop
[token pms]
sha256 = {digest}
[token screen]
sha256 = {read_digest}
may = read
{systems}''')

    def serve(self, systems='[system virtual]\nuri = virtual:\n', httpd='', context=None):
        self.config = self.configuration(systems, httpd)
        return self.restart(context)

    def restart(self, context=None):
        self.httpd, first = self.start([self.HTTPD, '--config', self.config],
                                       r'^keycard-httpd: https?://127\.0\.0\.1:\d+/$')
        self.port = int(re.search(r':(\d+)/', first).group(1))
        return Client(self.port, self.token, context)

    def memory(self):
        """What the service has in memory, in KiB. With a sanitizer, which reserves terabytes, that tells nothing."""
        with open(f'/proc/{self.httpd.pid}/status', encoding='ascii') as status:
            reserved, used = re.search(r'VmSize:\s+(\d+) kB.*VmRSS:\s+(\d+) kB', status.read(), re.DOTALL).groups()
        if int(reserved) > 1 << 30:
            self.skipTest('a sanitizer has its own memory')
        return int(used)


def trusting(certificate):
    context = ssl.create_default_context(cafile=certificate)
    context.check_hostname = False
    return context
