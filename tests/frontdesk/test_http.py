# SPDX-License-Identifier: LGPL-2.1-or-later
"""The front desk without a browser: who may do what, and hostile input. test_http.py FRONTDESK KEYCARD_SIM [unittest
options]"""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import unittest

from rig import PASSWORD, PATIENCE, Case, Client


class Headers(Case):
    def test_every_answer_has_the_protecting_headers(self):
        client = self.open_desk()
        for path in ('/', '/login', '/desk.js', '/texts/bg.json', '/api/session', '/api/bookings', '/api/nothing', '/nothing',
                     '/icon.svg', '/desk.css'):
            with self.subTest(path):
                headers = client.get(path).headers
                policy = headers['Content-Security-Policy']
                for part in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'",
                             "form-action 'none'", "require-trusted-types-for 'script'"):
                    self.assertIn(part, policy)
                self.assertNotIn('unsafe', policy)
                self.assertEqual(headers['X-Content-Type-Options'], 'nosniff')
                self.assertEqual(headers['X-Frame-Options'], 'DENY')
                self.assertEqual(headers['Referrer-Policy'], 'no-referrer')
                self.assertEqual(headers['Cache-Control'], 'no-store')
                self.assertIsNone(headers['Access-Control-Allow-Origin'])

    def test_pages_have_no_inline_script_or_style(self):
        client = self.open_desk()
        for path in ('/', '/login'):
            page = client.get(path).body.decode()
            self.assertNotRegex(page, r'<script(?![^>]*\bsrc=)')
            self.assertNotRegex(page, r'(?i)\son\w+\s*=|style\s*=|<style|javascript:')

    def test_cookies_are_out_of_reach(self):
        client = self.open_desk()
        for path, body in (('/api/station', {'station': 'desk-2'}), ('/api/login', {'user': 'reception', 'password': PASSWORD})):
            cookie = client.post(path, body).headers['Set-Cookie']
            self.assertIn('HttpOnly', cookie)
            self.assertIn('SameSite=Strict', cookie)

    def test_secure_cookies_behind_tls(self):
        self.open_desk(extra='secure-cookies = yes')
        answer = Client(self.port).post('/api/login', {'user': 'reception', 'password': PASSWORD})
        self.assertIn('; Secure', answer.headers['Set-Cookie'])


class Login(Case):
    PATHS = ('/api/session', '/api/bookings', '/api/bookings/4711', '/api/systems', '/api/unresolved', '/api/events', '/desk.js')

    def test_nothing_without_login(self):
        self.open_desk()
        stranger = Client(self.port)
        for path in self.PATHS[:-1]:
            self.assertEqual(stranger.get(path).status, 401, path)
        for path in ('/api/station', '/api/logout', '/api/bookings/4711/keys', '/api/discover', '/api/operations/1/retry',
                     '/api/jobs/1/cancel'):
            self.assertEqual(stranger.post(path).status, 401, path)
        for path in ('/', '/desk.js', '/keywindow.js'):
            answer = stranger.get(path)
            self.assertEqual((answer.status, answer.headers['Location']), (303, '/login'))
        self.assertEqual(stranger.get('/login').status, 200)
        self.assertEqual(self.effects(), [])

    def test_wrong_passwords(self):
        self.open_desk()
        stranger = Client(self.port)
        for user, password in (('reception', 'wrong'), ('nobody', PASSWORD), ('reception', PASSWORD + ' '),
                               ('reception', PASSWORD[:-1]), ('Reception', PASSWORD)):
            answer = stranger.post('/api/login', {'user': user, 'password': password})
            self.assertEqual((answer.status, answer.code), (401, 'login-wrong'))
            self.assertIsNone(answer.headers['Set-Cookie'])

    def test_guessing_is_slowed_down(self):
        self.open_desk()
        stranger = Client(self.port)
        codes = [stranger.post('/api/login', {'user': 'reception', 'password': str(i)}).code for i in range(12)]
        self.assertEqual(codes[0], 'login-wrong')
        self.assertEqual(codes[-1], 'login-many')
        self.assertEqual(stranger.post('/api/login', {'user': 'reception', 'password': PASSWORD}).status, 429)

    def test_logging_out_ends_session_and_events(self):
        client = self.open_desk()
        events = client.events()
        self.assertEqual(events.next()[0], 'picture')
        before = dict(client.cookies)
        self.assertEqual(client.post('/api/logout').status, 200)
        while events.next()[0] is not None:
            pass
        events.close()
        client.cookies = before
        self.assertEqual(client.get('/api/session').status, 401)

    def test_a_login_makes_a_new_session(self):
        client = self.open_desk()
        first = client.cookies['frontdesk-session']
        client.log_in()
        self.assertNotEqual(client.cookies['frontdesk-session'], first)
        other = Client(self.port)
        other.cookies['frontdesk-session'] = 'f' * 64
        other.post('/api/login', {'user': 'reception', 'password': PASSWORD})
        self.assertNotEqual(other.cookies['frontdesk-session'], 'f' * 64)


class Forgery(Case):
    BODY = {'verb': 'original', 'from': '2036-06-15T15:00', 'until': '2036-06-18T11:00', 'encoder': 'Desk 1',
            'system': 'salto', 'areas': [], 'once': '1'}

    def test_requests_of_other_sites_do_nothing(self):
        client = self.open_desk()
        path = '/api/bookings/4711/keys'
        for headers, code in (({'X-CSRF-Token': None}, 'csrf'), ({'X-CSRF-Token': ''}, 'csrf'),
                              ({'X-CSRF-Token': '0' * 64}, 'csrf'), ({'X-CSRF-Token': client.proof[:-1]}, 'csrf'),
                              ({'X-CSRF-Token': client.proof + '0'}, 'csrf'),
                              ({'Origin': 'https://evil.example'}, 'origin'), ({'Origin': 'null'}, 'origin'),
                              ({'Origin': f'http://127.0.0.1:{self.port}.evil.example'}, 'origin'),
                              ({'Sec-Fetch-Site': 'cross-site'}, 'origin'), ({'Sec-Fetch-Site': 'same-site'}, 'origin'),
                              ({'Content-Type': 'text/plain'}, 'media-type'), ({'Content-Type': None}, 'media-type'),
                              ({'Content-Type': 'application/x-www-form-urlencoded'}, 'media-type'),
                              ({'Content-Type': 'application/jsonp'}, 'media-type')):
            with self.subTest(headers):
                self.assertEqual(client.post(path, self.BODY, headers=headers).code, code)
        self.assertEqual(self.requests(), 0)
        self.assertEqual(client.get('/api/bookings/4711').json['keys'], [])
        own = {'Origin': f'http://127.0.0.1:{self.port}', 'Sec-Fetch-Site': 'same-origin'}
        self.assertEqual(client.post(path, self.BODY, headers=own).status, 202)

    def test_the_proof_of_another_session_is_none(self):
        client, other = self.open_desk(), Client(self.port).log_in('desk-2')
        client.proof = other.proof
        self.assertEqual(client.post('/api/bookings/4711/keys', self.BODY).code, 'csrf')

    def test_foreign_logins(self):
        self.open_desk()
        body = {'user': 'reception', 'password': PASSWORD}
        for headers in ({'Origin': 'https://evil.example'}, {'Sec-Fetch-Site': 'cross-site'}, {'Content-Type': 'text/plain'}):
            self.assertGreaterEqual(Client(self.port).post('/api/login', body, headers=headers).status, 400)

    def test_rebound_names(self):
        client = self.open_desk(extra='host = desk.hotel.example')
        for host in ('evil.example', f'evil.example:{self.port}', '127.0.0.1.evil.example', 'x' * 300, '', '[::1', 'localhost.'):
            with self.subTest(host):
                self.assertIn(client.get('/api/session', headers={'Host': host}).status, (400, 421))
        for host in ('localhost', f'localhost:{self.port}', '127.0.0.1', '[::1]:80', 'desk.hotel.example', 'DESK.hotel.example:443'):
            self.assertEqual(client.get('/api/session', headers={'Host': host}).status, 200, host)


class Hostile(Case):
    KEY = '/api/bookings/4711/keys'

    def fault(self, client, field, code, **changes):
        body = {**Forgery.BODY, **changes}
        answer = client.post(self.KEY, {name: value for name, value in body.items() if value is not ...})
        self.assertEqual(answer.status, 422, (changes, answer.body))
        self.assertEqual(answer.json['fields'][field]['code'], code, changes)

    def test_fields_of_a_key(self):
        client = self.open_desk()
        for field, code, changes in (
                ('until', 'moment', {'until': 'tomorrow'}), ('until', 'moment', {'until': '2036-02-30T11:00'}),
                ('until', 'moment', {'until': '2036-06-18T24:00'}), ('until', 'missing', {'until': ''}),
                ('until', 'moment', {'until': '2036-13-01T11:00'}), ('until', 'too-long', {'until': '2036-06-18T11:00+03:00'}),
                ('until', 'missing', {'until': ...}), ('until', 'type', {'until': 5}), ('until', 'type', {'until': None}),
                ('until', 'order', {'until': '2036-06-15T15:00'}), ('from', 'moment', {'from': '2036-06-15 15:00'}),
                ('from', 'type', {'from': ['2036-06-15T15:00']}),
                ('encoder', 'too-long', {'encoder': 'x' * 101}), ('encoder', 'control', {'encoder': 'Desk\r\n1'}),
                ('encoder', 'control', {'encoder': 'Desk\x1b[31m'}), ('encoder', 'control', {'encoder': 'Desk\u0085'}),
                ('encoder', 'type', {'encoder': {'name': 'Desk 1'}}),
                ('cards', 'range', {'cards': 0}), ('cards', 'range', {'cards': -1}), ('cards', 'range', {'cards': 100}),
                ('cards', 'type', {'cards': 1.5}), ('cards', 'type', {'cards': '1'}), ('cards', 'type', {'cards': True}),
                ('cards', 'range', {'cards': 2 ** 62}),
                ('areas', 'type', {'areas': 'spa'}), ('areas', 'area', {'areas': ['pool']}), ('areas', 'area', {'areas': [1]}),
                ('areas', 'type', {'areas': ['spa'] * 65}),
                ('phone', 'phone', {'phone': 'call me'}), ('phone', 'phone', {'phone': '+1'}),
                ('phone', 'too-long', {'phone': '+' + '1' * 60}), ('email', 'email', {'email': 'nobody'}),
                ('email', 'control', {'email': 'a@b.example\r\nX: y'}),
                ('verb', 'verb', {'verb': 'master'}), ('verb', 'missing', {'verb': ''}), ('verb', 'type', {'verb': 1}),
                ('once', 'too-long', {'once': 'x' * 101})):
            with self.subTest(changes):
                self.fault(client, field, code, **changes)
        self.assertEqual(self.requests(), 0)
        self.assertEqual(client.get('/api/bookings/4711').json['keys'], [])

    def test_bodies(self):
        client = self.open_desk()
        for body in ('', '{', '[]', '"x"', 'null', '5', '{"verb": "original", "verb": "duplicate"}', '{"a\\u0000b": 1}',
                     '{"verb": "\\u0000"}', b'{"verb": "\xff\xfe"}', '{"__proto__": {}}', '{"admin": true}', '[' * 5000,
                     '{"verb": "original"} {}', b'\x00' * 64, '{"cards": 1e999}', '{"cards": 99999999999999999999999}'):
            with self.subTest(body):
                self.assertEqual(client.post(self.KEY, body if body else '{').status, 400)
        answer = client.post(self.KEY, '{"verb": "' + 'x' * 20000 + '"}')
        self.assertEqual((answer.status, answer.code), (413, 'too-large'))
        with self.assertRaises((OSError, http.client.HTTPException)):
            client.post(self.KEY, '[' * 8000000)
        self.assertEqual(self.requests(), 0)

    def test_cookies(self):
        client = self.open_desk()
        good = dict(client.cookies)
        for value in ('', 'desk-3', '../desk-1', 'desk-1%0d%0a', '<script>', 'x' * 4000, '"desk-1', 'desk-1\t', 'ü'):
            with self.subTest(value):
                client.cookies = {**good, 'frontdesk-station': value}
                try:
                    answer = client.post(self.KEY, Forgery.BODY)
                except (UnicodeEncodeError, ValueError):
                    continue  # this client cannot send it
                self.assertEqual(answer.code, 'station')
        for value in ('', 'x', '0' * 64, good['frontdesk-session'][:-1], good['frontdesk-session'] + '0', "' or 1=1 --"):
            client.cookies = {**good, 'frontdesk-session': value}
            self.assertEqual(client.get('/api/session').status, 401, value)
        self.assertEqual(self.requests(), 0)

    def test_paths(self):
        client = self.open_desk()
        for path in ('/../frontdesk.conf', '/%2e%2e/frontdesk.conf', '/texts/../../main.c', '//desk.js', '/desk.js/', '/api',
                     '/api/', '/api//bookings', '/api/bookings/', '/api/bookings/4711/', '/api/bookings/9999',
                     '/api/bookings/4711/keys/5', '/api/bookings/%00', '/api/bookings/..%2f4711', '/api/bookings/4711%00x/keys',
                     '/api/bookings/<script>', '/api/' + 'x/' * 300, '/index.html'):
            with self.subTest(path):
                answer = client.get(path)
                self.assertIn(answer.status, (404, 405), path)
                self.assertNotIn(b'<script>', answer.body)
        for method in ('DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'FOO'):
            self.assertIn(client.ask(method, '/api/bookings').status, (400, 405, 501), method)
        for number in ('0', '-1', '1e3', '18446744073709551617', 'x', '01', '1x'):
            self.assertEqual(client.post(f'/api/jobs/{number}/cancel').status, 404, number)
        self.assertEqual(client.post('/api/operations/%27%20or%201%3D1/retry').status, 404)

    def test_what_is_no_http(self):
        client = self.open_desk()
        for data in (b'\r\n\r\n', b'GET\r\n\r\n', b'\x16\x03\x01' * 50, b'GET / HTTP/9.9\r\n\r\n', b'\x00' * 5000,
                     b'GET / HTTP/1.1\r\nHost: x\r\n' + b'X: y\r\n' * 9000, b'GET /' + b'a' * 70000 + b' HTTP/1.1\r\n\r\n',
                     b'POST /api/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n{}',
                     b'POST /api/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
                     b'Transfer-Encoding: chunked\r\n\r\nzz\r\n'):
            with self.subTest(data[:40]), socket.create_connection(('127.0.0.1', self.port), PATIENCE) as peer:
                try:
                    peer.sendall(data)
                except ConnectionError:
                    pass
                self.assertEqual(client.get('/api/session').status, 200)
        self.assertIsNone(self.desk.poll())

    def test_fields_of_a_booking(self):
        client = self.open_desk()
        good = {'guest': 'Guest B', 'room': '102', 'arrival': '2036-06-15T15:00', 'departure': '2036-06-16T11:00'}
        for field, code, changes in (('guest', 'missing', {'guest': '  '}), ('guest', 'too-long', {'guest': 'x' * 101}),
                                     ('guest', 'control', {'guest': 'a\nb'}), ('room', 'too-long', {'room': '1' * 21}),
                                     ('departure', 'order', {'departure': '2036-06-15T15:00'}),
                                     ('arrival', 'moment', {'arrival': '0000-00-00T00:00'}), ('cards', 'range', {'cards': 0}),
                                     ('areas', 'area', {'areas': ['<b>']})):
            answer = client.ask('PUT', '/api/bookings/4712', {**good, **changes})
            self.assertEqual((answer.status, answer.json['fields'][field]['code']), (422, code), changes)
        self.assertEqual(client.ask('PUT', '/api/bookings/4712', {**good, 'id': '1'}).code, 'unknown-field')
        self.assertEqual(client.get('/api/bookings/4712').json['booking']['guest'], 'Guest B')
        self.assertEqual(client.ask('PUT', '/api/bookings/4712', {**good, 'guest': 'Größe 日本'}).status, 200)
        with open(self.path('bookings.json'), encoding='utf-8') as file:
            self.assertEqual(json.load(file)[1]['guest'], 'Größe 日本')

    def test_markup_stays_data(self):
        client = self.open_desk()
        answer = client.get('/api/bookings')
        self.assertEqual(answer.headers['Content-Type'], 'application/json')
        self.assertEqual(answer.json['bookings'][2]['guest'], '<img src=x onerror=alert(1)>')

    def test_values_are_not_reflected_in_errors(self):
        client = self.open_desk()
        for body in ({'verb': '<script>alert(1)</script>'}, {'<script>alert(1)</script>': 1}):
            self.assertNotIn(b'<script>', client.post(self.KEY, body).body)


class Flows(Case):
    def test_no_room_no_key(self):
        client = self.open_desk()
        answer = client.post('/api/bookings/4713/keys', Forgery.BODY)
        self.assertEqual((answer.status, answer.json['fields']['room']['code']), (422, 'no-room'))

    def test_no_station_no_key(self):
        self.open_desk()
        client = Client(self.port).log_in(station=None)
        self.assertEqual(client.post('/api/bookings/4711/keys', Forgery.BODY).code, 'station')

    def test_original_and_duplicate_on_the_last_encoder(self):
        client = self.open_desk()
        self.assertEqual(self.make(client, encoder='Desk 2')['outcome'], 'written')
        job = self.make(client, 'duplicate', encoder='Desk 1')
        self.assertEqual((job['outcome'], job['encoder']), ('written', 'Desk 2'))
        self.assertEqual([(one['kind'], one['encoder']) for one in self.effects()], [('original', 'Desk 2'), ('duplicate', 'Desk 2')])
        self.assertEqual(client.get('/api/systems').json['last'], {'encoder': 'Desk 2', 'system': 'salto'})
        keys = client.get('/api/bookings/4711').json['keys']
        self.assertEqual([key['kind'] for key in keys], ['duplicate', 'original'])
        self.assertEqual((keys[0]['operator'], keys[0]['station']), ('reception', 'desk-1'))

    def test_the_last_encoder_outlives_a_restart(self):
        client = self.open_desk()
        self.make(client, encoder='Desk 2')
        self.desk.terminate()
        self.assertEqual(self.desk.wait(PATIENCE), 0)
        self.restart_desk()
        client = Client(self.port).log_in()
        self.assertEqual(client.get('/api/systems').json['last']['encoder'], 'Desk 2')
        self.assertEqual(Client(self.port).log_in('desk-2').get('/api/systems').json['last']['encoder'], '')
        self.assertEqual(self.make(client, 'duplicate')['encoder'], 'Desk 2')

    def test_two_front_desks_with_one_ledger_see_each_other(self):
        first = self.open_desk()
        self.restart_desk()  # another one beside it
        second = Client(self.port).log_in('desk-2')
        events = second.events()
        self.assertEqual(events.next()[0], 'picture')
        self.assertEqual(second.get('/api/bookings/4711').json['keys'], [])
        self.assertEqual(self.make(first)['outcome'], 'written')
        events.until('ledger', lambda change: change == {'booking': '4711', 'outcome': 'written'})
        events.close()
        keys = second.get('/api/bookings/4711').json['keys']
        self.assertEqual([(key['state'], key['station']) for key in keys], [('active', 'desk-1')])

    def test_one_click_one_key(self):
        client = self.open_desk('--hand-ms', '300')
        jobs = [client.post('/api/bookings/4711/keys', Forgery.BODY).json['job'] for _ in range(3)]
        self.assertEqual(len(set(jobs)), 1)
        events = client.events()
        self.end_of(events, jobs[0])
        events.close()
        self.assertEqual(len(self.effects()), 1)

    def test_a_second_original_is_asked_for(self):
        client = self.open_desk()
        first = self.make(client)
        for answer, status, count in ((False, 'declined', 1), (True, 'ok', 2)):
            events = client.events()
            self.assertEqual(events.next()[0], 'picture')
            number = client.post('/api/bookings/4711/keys', {**Forgery.BODY, 'once': str(answer)}).json['job']
            job = events.until('job', lambda one: one['job'] == number and one['prompt'] == 'confirm')
            self.assertEqual([key['id'] for key in job['voided']], [first['id']])
            self.assertEqual(client.post(f'/api/jobs/{number}/answer', {'answer': 'yes'}).status, 422)
            self.assertEqual(client.post(f'/api/jobs/{number}/answer', {'answer': answer}).status, 202)
            self.assertEqual(events.until('job', lambda one: one['job'] == number and one['ended'])['status'], status)
            self.assertEqual(len(self.effects()), count)
            events.close()

    def test_the_browser_goes_away_in_mid_encoding(self):
        client = self.open_desk('--hand-ms', '500')
        events = client.events()
        self.assertEqual(events.next()[0], 'picture')
        number = client.post('/api/bookings/4711/keys', Forgery.BODY).json['job']
        events.until('job', lambda one: one['job'] == number and one['prompt'] == 'present-card')
        events.close()
        self.wait_for(lambda: client.get('/api/bookings/4711').json['keys'][0]['state'] == 'active', 'the key is made')
        picture = client.events()
        name, data = picture.next()
        picture.close()
        self.assertEqual((name, data['jobs'][-1]['job'], data['jobs'][-1]['ended']), ('picture', number, True))

    def test_cancel_while_the_encoder_waits(self):
        self.SYSTEMS = (('onity', 'onity+tcp', ['1'], []),) # it can be told to wait no longer
        client = self.open_desk('--hand-ms', '60000')
        events = client.events()
        self.assertEqual(events.next()[0], 'picture')
        body = {**Forgery.BODY, 'encoder': '1', 'system': 'onity'}
        number = client.post('/api/bookings/4711/keys', body).json['job']
        events.until('job', lambda one: one['job'] == number and one['prompt'] == 'present-card')
        self.assertTrue(client.post(f'/api/jobs/{number}/cancel').json['cancelling'])
        job = events.until('job', lambda one: one['job'] == number and one['ended'])
        events.close()
        self.assertEqual((job['status'], job['outcome']), ('cancelled', 'not-written'))
        self.assertEqual(self.effects(), [])

    def test_every_lock_system(self):
        self.SYSTEMS = (*Case.SYSTEMS, ('onity', 'onity+tcp', ['1', '99'], ['mobile-encoder = 99', 'area.spa = 1']),
                        ('saflok-irs', 'saflok+tcp', ['03'], ['password = 1234', 'area.spa = 1']))
        client = self.open_desk()
        for booking, system, encoder in (('4711', 'salto', 'Desk 1'), ('4712', 'onity', '1'), ('4713', 'saflok-irs', '03')):
            if booking == '4713':
                fields = {'guest': 'Guest C', 'room': '103', 'arrival': '2036-06-15T15:00', 'departure': '2036-06-18T11:00'}
                self.assertEqual(client.ask('PUT', '/api/bookings/4713', fields).status, 200)
            with self.subTest(system):
                job = self.make(client, 'original', booking, system=system, encoder=encoder, areas=['spa'])
                self.assertEqual((job['status'], job['system'], job['encoder']), ('ok', system, encoder))
                job = self.make(client, 'duplicate', booking)
                self.assertEqual((job['status'], job['system'], job['encoder']), ('ok', system, encoder))
                self.assertIsNone(client.get(f'/api/bookings/{booking}').json['outdated'])
        can = {one['name']: one['can'] for one in client.get('/api/systems').json['systems']}
        self.assertEqual([(can[name]['phone'], can[name]['email']) for name in ('salto', 'onity', 'saflok-irs')],
                         [(True, False), (True, True), (False, False)])
        self.assertEqual(self.make(client, 'mobile', '4712', system='onity', email='guest@example.com')['status'], 'ok')
        self.assertEqual(client.get('/api/bookings/4712').json['keys'][0]['email'], 'guest@example.com')

    def test_keys_before_the_arrival_day_are_a_setting(self):
        self.config = self.configuration(self.simulator(*self.SYSTEMS[0]))
        with open(self.config, encoding='utf-8') as file:
            text = file.read()
        self.write('frontdesk.conf', text.replace('start = drop', 'early-issue = refuse'))
        self.restart_desk()
        job = self.make(Client(self.port).log_in())
        self.assertEqual((job['status'], job['error']['field']), ('policy', 'from'))
        self.assertEqual(self.requests(), 0)

    def test_changed_dates_are_seen(self):
        client = self.open_desk()
        self.make(client)
        self.assertIsNone(client.get('/api/bookings/4711').json['outdated'])
        booking = {'guest': 'Guest A', 'room': '101', 'arrival': '2036-06-15T15:00', 'departure': '2036-06-20T14:00', 'areas': ['spa']}
        self.assertEqual(client.ask('PUT', '/api/bookings/4711', booking).status, 200)
        outdated = client.get('/api/bookings/4711').json['outdated']
        self.assertEqual((outdated['fields'], outdated['cards']), (['until', 'areas'], 1))
        self.make(client, 'reissue', until='2036-06-20T14:00', areas=['spa'], cards=2)
        after = client.get('/api/bookings/4711').json
        self.assertIsNone(after['outdated'])
        self.assertEqual([key['state'] for key in after['keys'] if key['kind'] == 'original'], ['active', 'voided'])

    def test_mobile_after_a_card_and_with_it(self):
        client = self.open_desk()
        self.make(client, 'original', '4712')
        self.assertEqual(self.make(client, 'mobile', '4712', phone='+44 7700 900123')['status'], 'ok')
        refused = self.make(client, 'mobile', '4712', email='guest@example.com')
        self.assertEqual((refused['status'], refused['error']['field']), ('contact', 'email'))
        events = client.events()
        self.assertEqual(events.next()[0], 'picture')
        number = client.post(self.key_path('4711'), {**Forgery.BODY, 'phone': '+44 7700 900123'}).json['job']
        follower = events.until('job', lambda one: one['parent'] == number and one['ended'])
        events.close()
        self.assertEqual((follower['verb'], follower['status']), ('send-mobile', 'ok'))
        self.assertEqual([one['kind'] for one in self.effects()], ['original', 'mobile', 'original', 'mobile'])

    @staticmethod
    def key_path(booking):
        return f'/api/bookings/{booking}/keys'

    def test_retry_after_an_error(self):
        client = self.open_desk('--fault', 'error:EP@1')
        job = self.make(client)
        self.assertEqual((job['outcome'], job['error']['vendorCode']), ('not-written', 'EP'))
        events = client.events()
        again = client.post(f'/api/operations/{job["id"]}/retry')
        self.assertEqual(again.status, 202)
        self.assertEqual(self.end_of(events, again.json['job'])['outcome'], 'written')
        events.close()
        self.assertEqual(len(self.effects()), 1)

    def test_unknown_outcomes_are_settled(self):
        client = self.open_desk('--fault', 'drop-after-ack@1')
        job = self.make(client)
        self.assertEqual(job['outcome'], 'unknown')
        self.assertEqual([op['id'] for op in client.get('/api/unresolved').json['operations']], [job['id']])
        self.assertEqual(client.get('/api/bookings').json['unresolved'], 1)
        events = client.events()
        again = client.post(f'/api/operations/{job["id"]}/retry').json
        self.assertEqual(self.end_of(events, again['job'])['status'], 'unresolved')
        events.close()
        self.desk.terminate()
        self.desk.wait(PATIENCE)
        self.restart_desk()
        client = Client(self.port).log_in()
        self.assertEqual(client.post(f'/api/operations/{job["id"]}/resolve', {'how': 'guess'}).status, 422)
        events = client.events()
        settled = client.post(f'/api/operations/{job["id"]}/resolve', {'how': 'opens'})
        self.assertEqual(settled.status, 202)
        self.assertEqual(self.end_of(events, settled.json['job'])['status'], 'ok')
        events.close()
        self.assertEqual(client.get('/api/unresolved').json['operations'], [])
        self.assertEqual(client.get('/api/bookings/4711').json['keys'][0]['state'], 'active')

    def test_fifty_stations_hear_every_event(self):
        client = self.open_desk()
        streams = [client.events() for _ in range(50)]
        for stream in streams:
            self.assertEqual(stream.next()[0], 'picture')
        number = client.post(self.key_path('4711'), Forgery.BODY).json['job']
        for stream in streams:
            self.assertEqual(stream.until('job', lambda one: one['job'] == number and one['ended'])['status'], 'ok')
            stream.close()


class Ending(Case):
    def test_a_request_that_comes_while_it_is_stopped(self):
        client = self.open_desk()
        self.desk.send_signal(signal.SIGSTOP)
        self.assertTrue(os.WIFSTOPPED(os.waitpid(self.desk.pid, os.WUNTRACED)[1])) # it may run on until it is seen to stand
        connections = []
        for path in ('/api/events', '/api/unresolved', '/api/bookings/4711'):
            connections.append(http.client.HTTPConnection('127.0.0.1', self.port, timeout=PATIENCE))
            connections[-1].request('GET', path, headers=client.headers())
        self.desk.send_signal(signal.SIGTERM)
        self.desk.send_signal(signal.SIGCONT)
        for connection in connections:
            answer = connection.getresponse()
            self.assertEqual((answer.status, json.loads(answer.read())['error']['code']), (503, 'closing'))
            connection.close()
        self.assertEqual(self.desk.wait(PATIENCE), 0)


class Starting(Case):
    def refused(self, config, pattern):
        done = subprocess.run([self.FRONTDESK, '--config', config], capture_output=True, timeout=PATIENCE, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stdout, b'')
        self.assertRegex(done.stderr.decode(), pattern)

    def test_help(self):
        done = subprocess.run([self.FRONTDESK, '--help'], capture_output=True, text=True, timeout=PATIENCE, check=True)
        self.assertTrue(done.stdout.startswith('usage: frontdesk --config FILE'), done)

    def test_what_is_wrong_with_the_command_line(self):
        for arguments, complaint in (([], '--config FILE'), (['--confg', 'x'], 'did you mean --config'),
                                     (['--config'], '--config needs a value'), (['--config', 'x', 'y'], 'one word too many: y')):
            done = subprocess.run([self.FRONTDESK, *arguments], capture_output=True, text=True, timeout=PATIENCE, check=False)
            self.assertEqual(done.returncode, 2)
            self.assertIn(complaint, done.stderr)
            self.assertTrue(done.stderr.startswith('frontdesk: '), done)

    def test_the_disk_is_full(self):
        self.check_a_full_disk(self.FRONTDESK, '--help')
        self.check_a_full_disk(self.FRONTDESK, '--hash-password', input=b'secret\n')

    def test_loopback_only_unless_told(self):
        text = self.configuration('[system salto]\nuri = salto+tcp://127.0.0.1:1\n')
        with open(text, encoding='utf-8') as file:
            content = file.read()
        for listen in ('0.0.0.0:0', '[::]:0', '10.0.0.1:0', '192.168.1.1:80'):
            self.refused(self.write('remote.conf', content.replace('127.0.0.1:0', listen)), 'allow-remote')
        for listen in ('everywhere:80', '127.0.0.1', '127.0.0.1:', ':80', '127.0.0.1:99999', '[127.0.0.1]:80', '127.0.0.1:80x'):
            self.refused(self.write('remote.conf', content.replace('127.0.0.1:0', listen)), 'HOST:PORT')

    def test_configurations_that_make_no_sense(self):
        good = self.configuration('[system salto]\nuri = salto+tcp://127.0.0.1:1\n')
        with open(good, encoding='utf-8') as file:
            content = file.read()
        for before, after, pattern in (('[user reception]', '[user]', 'no such section'),
                                       ('site = Grand Hotel', 'sight = Grand Hotel', 'no such section or name'),
                                       ('password = $', 'password = x', 'hash'), ('Europe/Sofia', 'Europe/Nowhere', 'Nowhere'),
                                       ('salto+tcp', 'slato+tcp', 'slato'), ('station = desk-1', 'station = desk 1', 'letters'),
                                       ('start = drop', 'start = dorp', 'dorp'), ('bookings.json', 'nothing.json', 'nothing.json'),
                                       ('listen = 127.0.0.1:0', 'listen = 127.0.0.1:0' + 'x' * 300, 'too long'),
                                       ('[frontdesk]', 'nonsense', r'line 1\b')):
            with self.subTest(after):
                self.refused(self.write('bad.conf', content.replace(before, after, 1)), pattern)
        self.refused(self.path('missing.conf'), 'cannot be read')

    def test_the_model_of_a_configuration(self):
        example = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'examples', 'frontdesk')
        with open(os.path.join(example, 'hotel.conf'), encoding='utf-8') as file:
            text = file.read()
        for before, after in (('127.0.0.1:8480', '127.0.0.1:0'), ('$replace-this$', self.hash_of_password(self.FRONTDESK)),
                              ('10.0.0.5:8090', '127.0.0.1:1')):
            self.assertIn(before, text)
            text = text.replace(before, after)
        bookings = subprocess.run(['sh', os.path.join(example, 'bookings.sh')], capture_output=True, check=True, timeout=PATIENCE)
        self.write('bookings.json', bookings.stdout.decode())
        self.config = self.write('hotel.conf', text)
        self.restart_desk()
        client = Client(self.port).log_in()
        self.assertEqual(len(client.get('/api/bookings').json['bookings']), 9)
        self.assertEqual(client.get('/api/systems').json['systems'][0]['name'], 'salto')

    def test_bookings_that_make_no_sense(self):
        config = self.configuration('[system salto]\nuri = salto+tcp://127.0.0.1:1\n')
        for text in ('', '{}', '[1]', '[{"id": "a b", "guest": "x"}]', '[{"id": "1", "guest": "x", "arrival": "x", "departure": "y"}]'):
            self.write('bookings.json', text)
            self.refused(config, 'booking')


if __name__ == '__main__':
    Case.FRONTDESK, Case.SIMULATOR = map(os.path.abspath, sys.argv[1:3])
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
