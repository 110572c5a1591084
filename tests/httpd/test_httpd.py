# SPDX-License-Identifier: LGPL-2.1-or-later
"""keycard-httpd through its interface: the verbs, who may ask, what is hostile, and its end. test_httpd.py HTTPD
KEYCARD_SIM [unittest options]"""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import unittest
import urllib.parse

from rig import PATIENCE, Answer, Case, Client, Description, trusting

STAY = {'booking': '4711', 'rooms': ['101'], 'until': '2036-06-18T11:00', 'station': 'desk-1', 'guest': 'Guest A'}
ORIGINAL = {**STAY, 'encoder': 'Desk 1'}


class Verbs(Case):
    def test_an_evening_at_the_desk(self):
        client = self.serve(self.salto())
        made = client.start('issue-original', **ORIGINAL, phone='+44 7700 900123')
        self.assertEqual(made.status, 200, made)
        self.assertEqual((made.json['outcome'], made.json['key']['state'], made.json['key']['rooms']),
                         ('written', 'active', ['101']))
        self.assertEqual(made.json['operator'], 'pms')
        copy = client.start('issue-duplicate', booking='4711', station='desk-1', operator='Ann')
        self.assertEqual((copy.status, copy.json['encoder'], copy.json['operator']), (200, 'Desk 1', 'Ann'), copy)
        mobile = client.get(f'/v1/operations/{made.json["followUp"]}')
        self.assertEqual((mobile.status, mobile.json['verb']), (200, 'send-mobile'), mobile)
        again = client.start('reissue', booking='4711', station='desk-1', until='2036-06-20T11:00')
        self.assertEqual(again.status, 200, again)
        self.assertEqual({key['id'] for key in again.json['voided']} & {made.json['id'], copy.json['id']},
                         {made.json['id'], copy.json['id']})
        keys = client.get('/v1/keys?booking=4711').json['keys']
        self.assertEqual((keys[0]['id'], keys[0]['guest']), (again.json['id'], 'Guest A'))
        self.assertEqual(client.start('check-out', booking='4711', station='desk-1').status, 200)
        self.assertEqual(client.get('/v1/keys?room=101').json['keys'][0]['state'], 'checked-out')
        self.assertEqual(client.start('forget-guest', booking='4711').status, 200)
        self.assertEqual(client.get('/v1/keys?booking=4711').json['keys'][0]['guest'], '')
        verified = client.start('verify-ledger')
        self.assertGreater(verified.json['entries'], 5, verified)

    def test_a_list_says_that_there_are_more(self):
        client = self.serve()
        for room in ('101', '102', '103'):
            self.assertEqual(client.start('issue-original', **{**ORIGINAL, 'booking': room, 'rooms': [room]}).status, 200)
        for kind in ('keys', 'operations'):
            for limit, more in ((2, True), (3, False)):
                found = client.get(f'/v1/{kind}?limit={limit}').json
                self.assertEqual((len(found[kind]), found['more']), (limit, more), found)
            self.assertIs(client.get(f'/v1/{kind}').json['more'], False)

    def test_a_damaged_ledger_tells_what_can_be_read(self):
        client = self.serve()
        made = [client.start('issue-original', **{**ORIGINAL, 'booking': room, 'rooms': [room]}).json['id']
                for room in ('101', '102', '103')]
        self.httpd.terminate()
        self.assertEqual(self.httpd.wait(PATIENCE), 0)
        with contextlib.closing(sqlite3.connect(self.path('ledger.db'))) as database:
            database.execute("UPDATE operation SET packed = x'' WHERE id = (SELECT id FROM operation ORDER BY id LIMIT 1 OFFSET 1)")
            database.commit()
        client = self.restart()
        for kind in ('keys', 'operations'):
            answer = client.get('/v1/' + kind)
            self.assertEqual((answer.status, answer.json['code']), (503, 'ledger-damaged'), answer)
            self.assertIn('1 left out', answer.json['detail'])
            self.assertEqual([one['id'] for one in answer.json[kind]], [made[2], made[0]])
            self.assertIs(answer.json['more'], False)
            self.assertNotIn({'keys': 'operations', 'operations': 'keys'}[kind], answer.json)

    def test_without_waiting_it_goes_on(self):
        client = self.serve(self.salto('--hand-ms', '200'))
        events = client.events()
        self.assertEqual(events.next(), ('running', []))
        begun = client.start('issue-original', wait=0, **ORIGINAL)
        self.assertEqual(begun.status, 202, begun)
        self.assertEqual(begun.headers['Location'], f'/v1/operations/{begun.json["id"]}')
        prompt = events.until('operation', lambda data: data['prompt'] is not None)['prompt']
        self.assertEqual((prompt['name'], prompt['card'], prompt['cards']), ('present-card', 1, 1))
        done = events.until('operation', lambda data: data['id'] == begun.json['id'] and data['state'] == 'done')
        self.assertEqual((done['status'], done['outcome'], done['prompt']), ('ok', 'written', None))
        events.close()
        self.assertEqual(client.get(begun.headers['Location']).json['outcome'], 'written')

    def test_what_others_do_is_told(self):
        client = self.serve(self.salto())
        first, port = self.httpd, self.port
        other = self.restart()
        events = other.events()
        self.assertEqual(events.next(), ('running', []))
        self.assertNotEqual(port, self.port)
        made = client.start('issue-original', **ORIGINAL)
        told = events.until('operation', lambda data: data['outcome'] != 'pending')  # the intent may be told by itself
        self.assertEqual((told['id'], told['outcome'], told['key']['rooms']), (made.json['id'], 'written', ['101']))
        self.assertIsNone(first.poll())
        events.close()

    def test_the_wait_ends_before_the_operation(self):
        client = self.serve(self.salto('--fault', 'silent-after-ack@1'))
        begun = client.start('issue-original', wait=1, **ORIGINAL)
        self.assertEqual((begun.status, begun.json['state']), (202, 'waiting'), begun)
        running = client.events()
        self.assertEqual([data['id'] for data in running.next()[1]], [begun.json['id']])
        cancelled = client.post(begun.headers['Location'] + '/cancel')
        self.assertEqual(cancelled.status, 202, cancelled)
        running.close()

    def test_a_failure_is_a_problem_with_advice(self):
        client = self.serve(self.salto('--fault', 'error:EP@1'))
        failed = client.start('issue-original', **ORIGINAL)
        problem = failed.json
        self.assertEqual(failed.headers['Content-Type'], 'application/problem+json')
        self.assertEqual((failed.status, problem['status'], problem['vendorCode']), (409, 409, 'EP'), problem)
        self.assertTrue(problem['adviceText'] and problem['vendorText'], problem)
        self.assertEqual(problem['cardState'], 'not-written')
        retried = client.post(f'/v1/operations/{problem["operation"]["id"]}/retry', headers={'Prefer': 'wait=60'})
        self.assertEqual((retried.status, retried.json['retryOf']), (200, problem['operation']['id']), retried)

    def test_a_retry_that_is_asked_for_again_makes_one_key(self):
        client = self.serve(self.salto('--fault', 'error:EP@1', '--hand-ms', '200'))
        path = f'/v1/operations/{client.start("issue-original", **ORIGINAL).json["operation"]["id"]}/retry'
        begun = [client.post(path) for _ in range(3)]
        self.assertEqual({answer.json['id'] for answer in begun}, {begun[0].json['id']}, begun)
        done = client.post(path, headers={'Prefer': 'wait=60'})
        self.assertEqual((done.status, done.json['id'], done.json['outcome']), (200, begun[0].json['id'], 'written'), done)
        self.assertEqual(client.post(path).json['id'], begun[0].json['id'])
        self.assertEqual(len(self.effects()), 1)

    def test_an_unknown_outcome_is_settled_after_a_restart(self):
        client = self.serve(self.salto('--fault', 'drop-after-ack@1'))
        lost = client.start('issue-original', **ORIGINAL)
        self.assertEqual((lost.status, lost.json['cardState']), (502, 'unknown'), lost)
        refused = client.start('issue-duplicate', booking='4711', station='desk-1')
        self.assertEqual(refused.status, 409, refused)
        self.httpd.kill()
        self.httpd.wait()
        client = self.restart()
        unresolved = client.get('/v1/operations?filter=unresolved').json['operations']
        self.assertEqual([operation['id'] for operation in unresolved], [lost.json['operation']['id']])
        settled = client.post(f'/v1/operations/{unresolved[0]["id"]}/resolve', {'how': 'opens'},
                              headers={'Prefer': 'wait=60'})
        self.assertEqual(settled.status, 200, settled)
        self.assertEqual(client.get(f'/v1/operations/{unresolved[0]["id"]}').json['outcome'], 'written')

    def test_the_same_idempotency_key_acts_once(self):
        client = self.serve(self.salto())
        once = {'Idempotency-Key': 'booking-4711-1'}
        first = client.start('issue-original', headers=once, **ORIGINAL)
        again = client.start('issue-original', headers=once, **ORIGINAL)
        self.assertEqual((first.status, again.status, again.json['id'], again.json['replay']),
                         (200, 200, first.json['id'], True), again)
        other = client.start('issue-original', headers=once, **{**ORIGINAL, 'rooms': ['102']})
        self.assertEqual((other.status, other.json['code']), (422, 'idempotency'), other)
        self.httpd.kill()
        self.httpd.wait()
        after = self.restart().start('issue-original', headers=once, **ORIGINAL)
        self.assertEqual((after.status, after.json['id']), (200, first.json['id']), after)
        self.assertEqual(len(self.effects()), 1)

    def test_a_question_is_answered(self):
        client = self.serve(self.salto() + '[policy]\nsecond-original = confirm\n')
        self.assertEqual(client.start('issue-original', **ORIGINAL).status, 200)
        events = client.events()
        begun = client.start('issue-original', wait=0, **ORIGINAL)
        asked = events.until('operation', lambda data: data['prompt'] is not None)
        self.assertEqual((asked['prompt']['name'], len(asked['voided'])), ('confirm', 1))
        path = f'/v1/operations/{begun.json["id"]}/answer'
        self.assertEqual(client.post(path, {'answer': 'yes'}).json['field'], 'answer')
        self.assertEqual(client.post(path, {'answer': False}).status, 202)
        done = events.until('operation', lambda data: data['state'] == 'done')
        self.assertEqual(done['status'], 'declined')
        self.assertEqual(client.post(path, {'answer': True}).json['code'], 'state')
        events.close()

    def test_the_key_comes_back_as_bytes(self):
        client = self.serve()
        made = client.start('send-mobile', **STAY, phone='+44 7700 900123', returnImage=True)
        self.assertEqual(made.status, 200, made)
        self.assertGreater(len(made.json['key']['image']), 8)
        self.assertEqual(client.get(f'/v1/operations/{made.json["id"]}').json['key']['image'], made.json['key']['image'])

    def test_what_has_ended_is_shown_as_it_stands_now(self):
        client = self.serve(self.salto())
        path = f'/v1/operations/{client.start("issue-original", **ORIGINAL).json["id"]}'
        self.assertEqual(client.start('check-out', booking='4711', station='desk-1').status, 200)
        key = client.get(path).json['key']
        self.assertEqual((key['state'], key['guest']), ('checked-out', 'Guest A'))
        self.assertEqual(client.start('forget-guest', booking='4711').status, 200)
        self.assertEqual(client.get(path).json['key']['guest'], '')
        self.httpd.terminate()
        self.assertEqual(self.httpd.wait(PATIENCE), 0)
        client = self.restart()
        self.assertEqual(client.get(path).status, 200)
        self.assertEqual(client.post(path + '/answer', {'answer': True}).json['code'], 'state')
        cancelled = client.post(path + '/cancel')
        self.assertEqual((cancelled.status, cancelled.json['state']), (202, 'done'), cancelled)

    def test_systems_encoders_drivers(self):
        client = self.serve(self.salto() + '[system other]\nuri = virtual:\nencoders = Tray\n')
        systems = {system['name']: system for system in client.get('/v1/systems').json['systems']}
        self.assertTrue(systems['salto']['can']['phone'])
        self.assertEqual(systems['other']['driver'], 'virtual')
        encoders = client.get('/v1/encoders').json['encoders']
        self.assertEqual({(encoder['system'], encoder['name']) for encoder in encoders},
                         {('salto', 'Desk 1'), ('salto', 'Desk 2'), ('other', 'Tray')})
        self.assertIn('salto', [driver['name'] for driver in client.get('/v1/drivers').json['drivers']])
        self.assertEqual(client.get('/v1/site').json['timeZone'], 'Europe/Sofia')


class Refused(Case):
    def test_each_field(self):
        client = self.serve()
        for fields, field in (({'booking': 'a\u0001b'}, 'booking'), ({'booking': 7}, 'booking'), ({'rooms': '101'}, 'rooms'),
                              ({'rooms': ['101', '101']}, 'rooms'), ({'rooms': ['']}, 'rooms'), ({'rooms': [None]}, 'rooms'),
                              ({'rooms': [str(i) for i in range(17)]}, 'rooms'), ({'until': 'tomorrow'}, 'until'),
                              ({'from': '2036-02-30', 'until': '2036-03-02'}, 'from'), ({'copies': 0}, 'copies'),
                              ({'copies': 1.5}, 'copies'), ({'copies': 10 ** 15}, 'copies'), ({'copies': '2'}, 'copies'),
                              ({'texts': ['x'] * 9}, 'texts'), ({'texts': 'x'}, 'texts'), ({'returnImage': 1}, 'returnImage'),
                              ({'phone': '12'}, 'phone'), ({'email': 'nobody'}, 'email'), ({'cardSerial': 'xyz'}, 'cardSerial'),
                              ({'areas': {'spa': 1}}, 'areas'), ({'romo': '101'}, 'romo'), ({'booking': 'x' * 101}, 'booking')):
            with self.subTest(fields):
                answer = client.start('issue-original', **{**STAY, **fields})
                self.assertEqual((answer.status, answer.json.get('field')), (422, field), answer)
                self.assertTrue(answer.json['detail'])
        for verb in ('issue-orignal', '', 'resolve', 'list-keys'):
            self.assertEqual(client.start(verb, **STAY).json['field'], 'verb')
        self.assertEqual(client.start('cancel-key', **STAY).json['field'], 'key')
        self.assertEqual(client.start('forget-guest').json['field'], 'booking')
        self.assertEqual(client.start('issue-original', booking='1', until='2036-06-18').json['code'], 'no-room')
        self.assertEqual(client.start('issue-duplicate', booking='1', station='desk-9').json['code'], 'no-original')
        self.assertEqual(client.get('/v1/keys').json['keys'], [])

    def test_each_body(self):
        client = self.serve()
        for body in ('', '[]', '"x"', 'null', '{', '{}x', '{"verb": "discover", "verb": "discover"}', '{"verb": "\\u0000"}',
                     '\ufeff{}', '[' * 5000, b'{"verb": "\xff"}'):
            with self.subTest(body):
                answer = client.ask('POST', '/v1/operations', body)
                self.assertEqual((answer.status, answer.json['code']), (400, 'json'), answer)
        for kind in ('text/plain', 'application/jsonp', 'application/x-www-form-urlencoded', None):
            answer = client.post('/v1/operations', {'verb': 'discover'}, headers={'Content-Type': kind})
            self.assertEqual((answer.status, answer.json['code']), (415, 'media-type'), answer)
        self.assertEqual(client.ask('POST', '/v1/operations', ' ' * 70000).status, 413)
        self.assertEqual(client.start('discover').status, 200)

    def test_each_query(self):
        client = self.serve()
        for query in ('limit=0', 'limit=x', 'limit=99999', 'limit=', 'limit=-1', 'booking=', 'room=', 'booking=1&room=1',
                      'filter=nothing', 'filter=all&booking=1', 'booking=1&filter=all', 'page=2', 'booking=%01', 'booking=%ff',
                      'booking=4711%00x', 'booking=' + 'x' * 200, 'booking=' + 'x' * 2000):
            for path in ('/v1/keys', '/v1/operations'):
                answer = client.get(f'{path}?{query}')
                self.assertEqual(answer.status, 422, (query, answer))
        self.assertEqual(client.get('/v1/keys?booking=%d0%a1%d0%be%d1%84%d0%b8%d1%8f&limit=5').json,
                         {'keys': [], 'more': False})
        self.assertEqual(client.get('/v1/keys?booking=' + urllib.parse.quote('\U0001f3e8' * 100)).json,
                         {'keys': [], 'more': False})

    def test_each_preference(self):
        client = self.serve()
        for prefer, status in (('wait=60', 200), ('WAIT=60', 200), ('respond-async, wait=60', 200), ('await=60, wait=60', 200),
                               ('wait=' + '9' * 40, 200), ('await=60', 202), ('wait=', 202), ('wait=-1', 202), ('wait=x', 202)):
            self.assertEqual(client.post('/v1/operations', {'verb': 'verify-ledger'}, headers={'Prefer': prefer}).status, status, prefer)

    def test_each_address(self):
        client = self.serve()
        for path in ('/', '/v1', '/v1/', '/v1//', '/v1/keys/', '/v1/keys/x', '/v2/keys', '/v1/operations/x/y', '/../etc/passwd',
                     '/v1/operations/x/cancel/y', '/v1/%6beys'):
            self.assertEqual(client.get(path).status, 404, path)
        for method, path in (('DELETE', '/v1/keys'), ('POST', '/v1/keys'), ('GET', '/v1/operations/x/cancel'), ('HEAD', '/v1/site')):
            answer = client.ask(method, path)
            self.assertEqual(answer.status, 405, (method, path))
            self.assertTrue(answer.headers['Allow'])
        for path in ('cancel', 'retry'):
            self.assertEqual(client.post(f'/v1/operations/nothing/{path}').json['code'], 'not-found')
        self.assertEqual(client.get('/v1/operations/nothing').json['code'], 'not-found')
        self.assertEqual(client.post('/v1/operations/nothing/resolve', {'how': 'opens'}).json['code'], 'not-found')
        self.assertEqual(client.post('/v1/operations/nothing/resolve', {'how': 'well'}).json['field'], 'how')
        self.assertEqual(client.post('/v1/operations/nothing/answer', {'answer': True}).json['code'], 'not-found')
        self.assertEqual(client.post('/v1/operations/nothing/cancel', {'why': 1}).json['field'], 'why')

    def test_without_a_token_nothing(self):
        client = self.serve()
        for token in ('', 'x', client.token[:-1], client.token + '0', client.token.upper(), 'a' * 1000):
            stranger = Client(self.port, token)
            for method, path in (('GET', '/v1/keys'), ('POST', '/v1/operations'), ('GET', '/v1/events'), ('GET', '/nothing')):
                answer = stranger.ask(method, path)
                self.assertEqual((answer.status, answer.json['code']), (401, 'token'))
                self.assertIn('Bearer', answer.headers['WWW-Authenticate'])
        basic = client.get('/v1/keys', headers={'Authorization': f'Basic {client.token}'})
        self.assertEqual(basic.status, 401)
        for path in ('/health', '/openapi.json'):
            self.assertEqual(Client(self.port, '').get(path).status, 200)

    def test_a_token_that_may_only_read(self):
        client = self.serve()
        screen = Client(self.port, self.read_token)
        self.assertEqual(screen.get('/v1/keys').status, 200)
        for path in ('/v1/operations', '/v1/operations/x/cancel', '/v1/operations/x/retry'):
            self.assertEqual(screen.post(path, {'verb': 'discover'}).json['code'], 'read-only')
        self.assertEqual(client.get('/v1/operations').json['operations'], [])

    def test_a_client_that_says_nothing_blocks_nobody(self):
        client = self.serve()
        silent = [socket.create_connection(('127.0.0.1', self.port)) for _ in range(50)]
        for connection in silent[:25]:
            connection.sendall(b'POST /v1/operations HTTP/1.1\r\nHost: x\r\nContent-Le')
        self.assertEqual(client.start('discover').status, 200)
        for connection in silent:
            connection.close()

    def test_all_that_may_wait_and_listen_block_nobody(self):
        client = self.serve(self.salto('--fault', 'silent-after-ack@1'))
        body = json.dumps({'verb': 'issue-original', **ORIGINAL}).encode()
        token = f'Host: x\r\nAuthorization: Bearer {client.token}\r\n'.encode()
        listen = b'GET /v1/events HTTP/1.1\r\n' + token + b'\r\n'
        wait = b'POST /v1/operations HTTP/1.1\r\nContent-Type: application/json\r\nPrefer: wait=300\r\n' + token + \
               f'Idempotency-Key: 1\r\nContent-Length: {len(body)}\r\n\r\n'.encode() + body
        connections = []
        for text in [listen] * 300 + [wait] * 400:
            connections.append(socket.create_connection(('127.0.0.1', self.port), PATIENCE))
            self.addCleanup(connections[-1].close)
            connections[-1].sendall(text)
        for connection in connections[:300]:
            self.assertEqual(connection.recv(12), b'HTTP/1.1 200')
        self.assertEqual(client.get('/health').status, 200)
        self.assertEqual(client.events().status, 503)
        self.assertEqual(len(client.get('/v1/operations').json['operations']), 1)
        self.httpd.terminate()
        self.assertEqual(self.httpd.wait(PATIENCE), 0)

    def test_listeners_that_take_nothing_cost_little(self):
        client = self.serve()
        listen = f'GET /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {client.token}\r\n\r\n'.encode()
        for _ in range(200):
            connection = socket.socket()
            self.addCleanup(connection.close)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            connection.connect(('127.0.0.1', self.port))
            connection.sendall(listen)
        before = self.memory()
        rooms = [f'{number:02}' + '\U0001f511' * 98 for number in range(16)]
        for number in range(150):
            self.assertEqual(client.start('issue-original', booking=f'{number:03}' + '\U0001f511' * 97, rooms=rooms,
                                          until='2036-06-18', station='desk-1', encoder='Desk 1').status, 200)
        self.assertLess(self.memory() - before, 200 * 1024)

    def test_a_client_that_goes_away_while_it_waits(self):
        client = self.serve(self.salto('--hand-ms', '1500'))
        connection = client.connect()
        body = json.dumps({'verb': 'issue-original', **ORIGINAL})
        events = client.events()
        connection.request('POST', '/v1/operations', body=body, headers={**client.headers(body), 'Prefer': 'wait=60'})
        events.until('operation', lambda data: data['state'] == 'waiting')
        connection.close()
        done = events.until('operation', lambda data: data['state'] == 'done')
        self.assertEqual(done['outcome'], 'written')
        events.close()
        self.assertEqual(client.get('/v1/keys?booking=4711').json['keys'][0]['state'], 'active')


class Program(Case):
    def run_with(self, text, *arguments):
        return subprocess.run([self.HTTPD, '--config', self.write('x.conf', text), *arguments], capture_output=True, text=True,
                              timeout=PATIENCE)

    def good(self):
        return (f'[keycard]\nledger = sqlite:{self.path("x.db")}\n[token pms]\nsha256 = {"a5" * 32}\n'
                '[system virtual]\nuri = virtual:\n')

    def test_the_disk_is_full(self):
        good = ['--config', self.write('x.conf', self.good())]
        for arguments in (['--help'], ['--version'], ['--new-token'], [*good, '--check']):
            self.check_a_full_disk(self.HTTPD, *arguments)

    def test_what_is_wrong_with_the_file(self):
        digest, good = 'a5' * 32, self.good()
        self.assertEqual(self.run_with(good, '--check').returncode, 0)
        for text, complaint in ((good.replace('ledger', 'leger'), 'did you mean "ledger"'), (good + '[httpd]\nport = 1\n', 'line 8'),
                                (good.replace('[token pms]', '[tokens]'), 'did you mean'), (good.replace(digest, 'abc'), '64 digits'),
                                (good + '[httpd]\nlisten = 0.0.0.0:0\n', 'allow-remote'), (good + '[httpd]\nlisten = x\n', 'HOST:PORT'),
                                (good + '[httpd]\nallow-remote = yes\n', 'needs TLS'), (good.replace('virtual:', 'virtul:'), 'virtul'),
                                (good + '[httpd]\ncertificate = /nothing\nprivate-key = /nothing\n', 'cannot be read'),
                                (good + '[token pms]\nmay = write\n', 'all or read'), (good + '[policy]\nminuts = inward\n', 'minutes'),
                                (good.split('[token')[0], 'no lock system'), (good.split('[system')[0], 'no lock system'),
                                (good + '[system virtual]\nencoder_s = x\n', 'did you mean'),
                                (good + '[system virtual]\nuril = x\n', 'did you mean "uri"'),
                                (good + '[policy]\nforget-aftr = 1\n', 'did you mean "forget-after"'), ('ledger', 'line 1')):
            with self.subTest(complaint):
                found = self.run_with(text)
                self.assertNotEqual(found.returncode, 0)
                self.assertIn(complaint, found.stderr)
        for arguments, complaint in ((['--confg', 'x'], 'did you mean --config'), ([], '--config FILE'), (['--config'], 'needs a value'),
                                     (['--config', 'x', 'y'], 'one word too many'), (['--config', '/nothing'], '/nothing')):
            found = subprocess.run([self.HTTPD, *arguments], capture_output=True, text=True, timeout=PATIENCE)
            self.assertEqual(found.returncode, 2)
            self.assertIn(complaint, found.stderr)

        for text, complaint in ((good + '[httpd]\nlisten = x\n', 'HOST:PORT'),
                                (good + '[httpd]\nlisten = 127.0.0.1:-1\n', 'HOST:PORT'),
                                (good + '[httpd]\nlisten = 0.0.0.0:0\n', 'allow-remote'),
                                (good + f'[token other]\nsha256 = {digest}\n', '[token pms] already'),
                                (good.replace('token pms', 'token p\udcff'), 'not UTF-8')):
            with self.subTest(complaint):
                found = self.run_with(text, '--check')
                self.assertNotEqual(found.returncode, 0)
                self.assertIn(complaint, found.stderr)

    def test_no_socket_becomes_standard_error(self):
        self.config = self.configuration('[system virtual]\nuri = virtual:\n')
        httpd, _ = self.start(['/bin/sh', '-c', 'exec "$0" "$@" <&- 2>&-', self.HTTPD, '--config', self.config],
                              '^keycard-httpd: http:')
        for stream in 0, 2:
            self.assertEqual(os.readlink(f'/proc/{httpd.pid}/fd/{stream}'), '/dev/null')

    def test_it_answers_who_waits_when_it_is_stopped(self):
        client = self.serve(self.salto('--fault', 'silent-after-ack@1'))
        events = client.events()
        begun = client.start('issue-original', wait=0, **ORIGINAL)
        events.until('operation', lambda data: data['state'] == 'waiting')
        self.httpd.send_signal(signal.SIGTERM)
        while events.next()[0] is not None:
            pass
        self.assertEqual(self.httpd.wait(PATIENCE), 0)
        events.close()
        known = self.restart().get(f'/v1/operations/{begun.json["id"]}')
        self.assertEqual((known.json['state'], known.json['outcome']), ('done', 'unknown'), known)

    def test_a_request_that_comes_while_it_is_stopped(self):
        client = self.serve()
        self.httpd.send_signal(signal.SIGSTOP)
        self.assertTrue(os.WIFSTOPPED(os.waitpid(self.httpd.pid, os.WUNTRACED)[1])) # it may run on until it is seen to stand
        connections = []
        for path in ('/v1/events', '/v1/encoders', '/v1/keys'):
            connections.append(client.connect())
            connections[-1].request('GET', path, headers=client.headers())
        self.httpd.send_signal(signal.SIGTERM)
        self.httpd.send_signal(signal.SIGCONT)
        for connection in connections:
            answer = Answer(connection.getresponse())
            self.assertEqual((answer.status, answer.json['code']), (503, 'closing'))
            connection.close()
        self.assertEqual(self.httpd.wait(PATIENCE), 0)

    def make_pair(self):
        certificate, key = self.path('certificate.pem'), self.path('key.pem')
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
                        '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate],
                       check=True, capture_output=True)
        return certificate, key

    def test_a_certificate_that_does_not_fit(self):
        certificate, key = self.make_pair()
        other, locked = self.path('other.pem'), self.path('locked.pem')
        subprocess.run(['openssl', 'ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', other], check=True)
        subprocess.run(['openssl', 'pkey', '-in', key, '-aes256', '-passout', 'pass:x', '-out', locked], check=True)
        garbage = self.write('garbage.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
        for first, second, complaint in ((certificate, other, 'is not that of'), (key, key, 'holds no certificate'),
                                         (garbage, key, 'holds no certificate'), (certificate, locked, 'pass phrase'),
                                         (certificate, certificate, 'holds no private key')):
            found = self.run_with(f'{self.good()}[httpd]\ncertificate = {first}\nprivate-key = {second}\n', '--check')
            self.assertEqual(found.returncode, 2, complaint)
            self.assertIn(complaint, found.stderr)

    def test_tls(self):
        certificate, key = self.make_pair()
        client = self.serve(httpd=f'certificate = {certificate}\nprivate-key = {key}\nallow-remote = yes', context=trusting(certificate))
        self.assertEqual(client.start('discover').status, 200)
        with self.assertRaises(ssl.SSLError):
            Client(self.port, client.token, ssl.create_default_context()).get('/health')
        plain = socket.create_connection(('127.0.0.1', self.port))
        plain.sendall(b'GET /health HTTP/1.1\r\nHost: x\r\n\r\n')
        self.assertNotIn(b'pass', plain.recv(1000))
        plain.close()

    def test_secrets_are_told_to_nobody(self):
        client = self.serve('[system lens]\nuri = saflok+http://127.0.0.1:1/\nhttp-user = u\nhttp-password = tops3cret\n')
        for path in ('/v1/systems', '/v1/drivers', '/v1/site', '/openapi.json', '/v1/encoders'):
            body = client.get(path).body
            self.assertNotIn(b'tops3cret', body)
            self.assertNotIn(client.token.encode(), body)

    def test_the_description_names_the_paths_that_there_are(self):
        client = self.serve()
        document = client.get('/openapi.json').json
        description = Description(document)
        for template, methods in document['paths'].items():
            for method in ('get', 'post'):
                path = template.replace('{id}', 'x')
                answer = client.ask(method.upper(), path, '{}' if method == 'post' else None) if path != '/v1/events' else None
                if answer is not None:
                    self.assertEqual(answer.status == 405, method not in methods and answer.status != 404, (method, path, answer))
                    if method in methods:
                        description.check(method.upper(), path, answer)


if __name__ == '__main__':
    Case.HTTPD, Case.SIMULATOR = map(os.path.abspath, sys.argv[1:3])
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
