# SPDX-License-Identifier: LGPL-2.1-or-later
"""A front desk with simulated lock systems, in a folder of its own, and a client that speaks HTTP like a browser, or
unlike one."""

import http.client
import json
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import program_case  # noqa: E402
from event_stream import Events  # noqa: E402

PATIENCE = 60  # seconds; nothing here is timed, this only ends what hangs
PASSWORD = 'correct horse'
BOOKINGS = [
    {'id': '4711', 'guest': 'Guest A', 'room': '101', 'arrival': '2036-06-15T15:00', 'departure': '2036-06-18T11:00',
     'phone': '+44 7700 900123', 'email': 'guest.a@example.com', 'areas': [], 'cards': 1},
    {'id': '4712', 'guest': 'Guest B', 'room': '102', 'arrival': '2036-06-15T15:00', 'departure': '2036-06-16T11:00',
     'phone': '', 'email': '', 'areas': [], 'cards': 1},
    {'id': '4713', 'guest': '<img src=x onerror=alert(1)>', 'room': '', 'arrival': '2036-06-15T15:00',
     'departure': '2036-06-16T11:00', 'phone': '', 'email': '', 'areas': [], 'cards': 1},
]


class Answer(program_case.Answer):
    @property
    def code(self):
        return self.json['error']['code']


class Client:
    """One browser: it keeps cookies and the proof of its session."""

    def __init__(self, port):
        self.port = port
        self.cookies = {}
        self.proof = ''

    def headers(self):
        headers = {'Cookie': '; '.join(f'{name}={value}' for name, value in self.cookies.items())} if self.cookies else {}
        return {**headers, 'Content-Type': 'application/json', 'X-CSRF-Token': self.proof}

    def ask(self, method, path, body=None, **more):
        """Headers with the value None are left out."""
        headers = {**self.headers(), **more.pop('headers', {})}
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=PATIENCE)
        try:
            connection.putrequest(method, path, skip_host='Host' in headers, skip_accept_encoding=True)
            for name, value in headers.items():
                if value is not None:
                    connection.putheader(name, value)
            body = body.encode() if isinstance(body, str) else body
            if body is not None:
                connection.putheader('Content-Length', str(len(body)))
            elif method != 'GET':
                connection.putheader('Content-Length', '0')
            connection.endheaders(body)
            answer = Answer(connection.getresponse())
        finally:
            connection.close()
        for cookie in answer.headers.get_all('Set-Cookie') or []:
            name, value = cookie.split(';')[0].split('=', 1)
            self.cookies[name] = value
        return answer

    def get(self, path, **more):
        return self.ask('GET', path, **more)

    def post(self, path, body=None, **more):
        return self.ask('POST', path, {} if body is None else body, **more)

    def log_in(self, station='desk-1', password=PASSWORD):
        assert self.post('/api/login', {'user': 'reception', 'password': password}).status == 200
        self.proof = self.get('/api/session').json['proof']
        if station:
            assert self.post('/api/station', {'station': station}).status == 200
        return self

    def events(self):
        """The stream of events, as pairs of name and data."""
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=PATIENCE)
        connection.request('GET', '/api/events', headers=self.headers())
        return Events(connection, connection.getresponse())


class Case(program_case.ProgramCase):
    FRONTDESK = SIMULATOR = ''
    SYSTEMS = (('salto', 'salto+tcp', ['Desk 1', 'Desk 2'], ['mobile = on', 'area.spa = 1']),)

    def setUp(self):
        super().setUp()
        self.environment = {'TZ': 'Pacific/Kiritimati'}
        self.write('bookings.json', json.dumps(BOOKINGS))

    def simulator(self, driver, scheme, encoders, lines, *arguments):
        words = [word for encoder in encoders for word in ('--encoder', encoder)]
        _, first = self.start([self.SIMULATOR, driver, '--listen', '127.0.0.1:0', '--journal', self.journal, *words,
                               *arguments], f'^keycard-sim: {driver} on ')
        uri = f'{scheme}://{first.split()[-1]}'
        return '\n'.join([f'[system {driver}]', f'uri = {uri}', *(f'encoder = {name}' for name in encoders), *lines, ''])

    @staticmethod
    def hash_of_password(program):
        return subprocess.run([program, '--hash-password'], input=PASSWORD.encode() + b'\n', capture_output=True,
                              check=True, timeout=PATIENCE).stdout.decode().strip()

    def configuration(self, sections, extra=''):
        return self.write('frontdesk.conf', f'''[frontdesk]
listen = 127.0.0.1:0
site = Grand Hotel
time-zone = Europe/Sofia
ledger = sqlite:{self.path('ledger.db')}
bookings = {self.path('bookings.json')}
station = desk-1
station = desk-2
area = spa Spa
{extra}
[user reception]
password = {self.hash_of_password(self.FRONTDESK)}
[policy]
start = drop
{sections}''')

    def open_desk(self, *arguments, extra=''):
        """Simulators with these arguments, and a front desk before them. Returns a client that is logged in."""
        sections = ''.join(self.simulator(*system, *arguments) for system in self.SYSTEMS)
        self.config = self.configuration(sections, extra)
        self.restart_desk()
        return Client(self.port).log_in()

    def restart_desk(self):
        self.desk, first = self.start([self.FRONTDESK, '--config', self.config], r'^frontdesk: http://127\.0\.0\.1:\d+/$')
        self.port = int(re.search(r':(\d+)/', first).group(1))

    def requests(self):
        return len(self.journal_lines('request'))

    def wait_for(self, condition, what):
        end = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.02)

    def make(self, client, verb='original', booking='4711', **more):
        """Presses a button and waits for the end. Returns the job."""
        events = client.events()
        try:
            fields = {'verb': verb, 'once': os.urandom(8).hex()}
            if verb in ('original', 'reissue', 'mobile'):
                fields.update({'from': '2036-06-15T15:00', 'until': '2036-06-18T11:00', 'areas': []})
            if verb in ('original', 'reissue'):
                fields.update({'encoder': 'Desk 1', 'system': 'salto'})
            answer = client.post(f'/api/bookings/{booking}/keys', {**fields, **more})
            self.assertEqual(answer.status, 202, answer.body)
            return self.end_of(events, answer.json['job'])
        finally:
            events.close()

    @staticmethod
    def end_of(events, number):
        name, data = events.next()
        assert name == 'picture'
        for job in data['jobs']:
            if job['job'] == number and job['ended']:
                return job
        return events.until('job', lambda job: job['job'] == number and job['ended'])
