# SPDX-License-Identifier: LGPL-2.1-or-later
"""A PMS, the gateway, and a simulated lock system: test_gateway.py GATEWAY KEYCARD-SIM DRIVER [unittest options]"""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from pms import PATIENCE, Link, connect, day, now

GATEWAY = SIMULATOR = DRIVER = ''
URIS = {'salto': 'salto+tcp://%s', 'onity': 'onity+tcp://%s?one-shot=on', 'saflok-lens': 'saflok+http://%s',
        'ambiance': 'ambiance+http://%s/MessengerPMSWS.asmx'}


class Case(unittest.TestCase):
    """A folder, a lock system and a gateway of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='fias-gateway-')
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.journal = os.path.join(self.folder, 'journal')
        self.log = os.path.join(self.folder, 'log')

    def start(self, arguments, stderr=None):
        process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process, process.stdout.readline().decode()

    def lock_system(self, *arguments):
        _, first = self.start([SIMULATOR, DRIVER, '--listen', '127.0.0.1:0', '--encoder', '1', '--encoder', '2',
                               '--room', '101', '--room', '102', '--room', '103', '--journal', self.journal,
                               *arguments])
        return URIS[DRIVER] % first.split()[-1]

    def configuration(self, uri, gateway='listen = 0\n', more='', start_wait=60000):
        path = os.path.join(self.folder, 'gateway.conf')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(f'[gateway]\nstart-wait = {start_wait}\nback-off = 20\n{gateway}'
                       f'[keycard]\nledger = sqlite:{self.folder}/ledger.db\n'
                       f'[encoders]\n1 = 1\n02 = 2\n{more}'
                       f'[system locks]\nuri = {uri}\n')
        return path

    def gateway(self, uri, gateway='listen = 0\n', more='', start_wait=60000):
        """Starts it; where it listens."""
        with open(self.log, 'ab') as log:
            self.process, first = self.start([GATEWAY, '--config', self.configuration(uri, gateway, more, start_wait)], log)
        self.addCleanup(self.finish, self.process)
        self.assertRegex(first, r'^keycard-fias-gateway: (listening on|dialling) \S+\n$', self.logged())
        return first.split()[-1]

    def finish(self, process):
        """Each gateway that was not ended ends in good order, whatever happened to it."""
        if process.poll() is None:
            end = time.monotonic() + PATIENCE
            while process.poll() is None and time.monotonic() < end:
                process.terminate()  # the second signal does not wait for what runs
                time.sleep(0.05)
            self.assertEqual(process.returncode, 0, self.logged()[-3000:])

    def logged(self):
        with open(self.log, encoding='utf-8') as log:
            return log.read()

    def await_log(self, pattern, times=1):
        end = time.monotonic() + PATIENCE
        while len(re.findall(pattern, self.logged())) < times:
            self.assertLess(time.monotonic(), end, f'no {pattern!r} in:\n{self.logged()}')
            time.sleep(0.01)

    def linked(self, *arguments, **more):
        address = self.gateway(self.lock_system(*arguments), **more)
        return address, self.link_to(address)

    def link_to(self, address):
        link = connect(address)
        self.addCleanup(link.close)
        self.declared = link.start()
        return link

    def effects(self):
        with open(self.journal, encoding='utf-8') as journal:
            return [line for line in map(json.loads, journal) if line['event'] == 'effect']

    def kinds(self):
        return [line['kind'] for line in self.effects()]

    def key(self, kind='N', room='101', booking='4711', coder='1', more=''):
        return (f'KR|WSDESK1|KC{coder}|RN{room}|KT{kind}|G#{booking}|GA{day(0)}|GD{day(2)}|DT12:00|'
                f'GNDoe, Jane|{more}{now()}')

    def assert_answer(self, answer, status, text='', booking='4711', coder='1'):
        self.assertEqual(answer['AS'], status, f'{answer}\n{self.logged()}')
        self.assertRegex(answer.get('CT', ''), text or '.')
        self.assertEqual((answer['WS'], answer['KC'], answer.get('G#', '')), ('DESK1', coder, booking))


class EveryLockSystem(Case):
    """One scenario, whatever is behind."""

    def test_a_stay(self):
        _, link = self.linked()
        self.assertLessEqual({'KR', 'KD', 'KA'}, set(self.declared))
        self.assert_answer(link.ask(self.key()), 'OK', 'New key')
        self.assert_answer(link.ask(self.key('D', coder='01')), 'OK', 'Duplicate', coder='01')
        self.assertEqual(self.kinds(), ['original', 'duplicate'])
        self.assertEqual(self.effects()[0]['rooms'], ['101'])
        self.assertTrue(self.effects()[0]['until'].endswith('12:00'), self.effects()[0])
        if 'KZ' in self.declared:
            card = link.ask('KZ|WSDESK1|KC1|' + now())
            self.assert_answer(card, 'OK', 'Card', booking='')
            self.assertEqual((card['RN'], card['GD']), ('101', day(2)))
        self.assert_answer(link.ask(f'KD|WSDESK1|KC1|RN101|G#4711|{now()}'), 'OK', 'deleted')
        self.assertNotIn(self.kinds()[-1], ('original', 'duplicate'))
        self.assert_answer(link.ask(self.key('D')), 'UR', 'new key')

    def test_several_cards(self):
        _, link = self.linked()
        self.assert_answer(link.ask(self.key(more='K#2|')), 'OK', '2 cards')
        self.assertEqual(sum(line.get('copies', 1) if line['kind'] == 'original' else 1 for line in self.effects()), 2)

    def test_one_shot(self):
        _, link = self.linked()
        status = link.ask(f'KR|WSDESK1|KC2|RN102|KTO|GD{day(1)}|DT12:00|{now()}')
        self.assert_answer(status, 'OK', 'One-shot', booking='', coder='2')
        self.assertEqual(self.kinds(), ['one-shot'])

    def test_the_lock_system_refuses(self):
        _, link = self.linked()
        self.assert_answer(link.ask(self.key(room='999')), 'NG', 'room')
        self.assert_answer(link.ask(self.key()), 'OK')
        self.assertEqual(self.kinds(), ['original'])

    def test_connection_behind_is_lost(self):
        _, link = self.linked('--fault', 'drop-after-ack@1')
        self.assert_answer(link.ask(self.key()), 'UR', 'Unknown')
        self.assert_answer(link.ask(self.key('D')), 'UR', 'doubt|[Uu]nknown|new key')
        self.assertLessEqual(len(self.kinds()), 1)

    def test_two_encoders_at_once(self):
        _, link = self.linked('--hand-ms', '300')
        link.raw(''.join(f'\x02{record}\x03' for record in (
            self.key(), self.key(room='102', booking='4712', coder='2'), self.key(room='103', booking='4713'))).encode())
        answers = {answer['G#']: answer for answer in (link.expect('KA') for _ in range(3))}
        self.assert_answer(answers['4713'], 'BY', 'already', '4713')
        self.assert_answer(answers['4711'], 'OK', '', '4711')
        self.assert_answer(answers['4712'], 'OK', '', '4712', '2')
        self.assertEqual(self.kinds(), ['original', 'original'])


class OneLockSystem(Case):
    """What does not depend on what is behind."""

    def test_repeated_after_the_connection_in_front_was_lost(self):
        address, link = self.linked('--hand-ms', '300')
        request = self.key()
        link.send(request)
        self.await_effects(1, link)
        link = self.link_to(address)
        self.assert_answer(link.ask(request), 'OK')
        self.assertEqual(self.kinds(), ['original'])
        # on the same connection an equal request is another one
        self.assert_answer(link.ask(request), 'OK')
        self.assertEqual(self.kinds(), ['original', 'original'])

    def await_effects(self, count, link):
        link.close()
        end = time.monotonic() + PATIENCE
        while not os.path.exists(self.journal) or len(self.kinds()) < count:
            self.assertLess(time.monotonic(), end, self.logged())
            time.sleep(0.01)

    def test_repeated_while_it_runs(self):
        address, link = self.linked('--hand-ms', '4000')  # long enough for a second connection on a busy machine
        request = self.key()
        link.send(request)
        self.await_request()
        second = self.link_to(address)
        self.assertIsNone(link.receive())
        self.assert_answer(second.ask(request), 'OK')
        self.assertEqual(self.kinds(), ['original'])

    def await_request(self):
        end = time.monotonic() + PATIENCE
        while not os.path.exists(self.journal) or os.path.getsize(self.journal) == 0:
            self.assertLess(time.monotonic(), end, self.logged())
            time.sleep(0.01)

    def test_what_runs_is_answered_before_the_end(self):
        _, link = self.linked('--hand-ms', '1000')
        link.send(self.key())
        self.await_request()
        self.process.terminate()
        self.assert_answer(link.expect('KA'), 'OK')
        link.expect('LE')
        link.close()
        self.assertEqual(self.process.wait(PATIENCE), 0)

    def test_repeated_without_date_after_the_answer_left(self):
        address, link = self.linked()
        request = self.key().split('|DA')[0] + '|'
        self.assert_answer(link.ask(request), 'OK')
        link.close()
        link = self.link_to(address)
        self.assert_answer(link.ask(request), 'OK')
        self.assertEqual(self.kinds(), ['original', 'original'])

    def test_repeated_after_a_restart(self):
        uri = self.lock_system()
        link = self.link_to(self.gateway(uri))
        request = self.key()
        self.assert_answer(link.ask(request), 'OK', 'made')
        self.process.terminate()
        link.expect('LE')
        link.send('LE|' + now())
        self.assertIsNone(link.receive())
        self.assertEqual(self.process.wait(PATIENCE), 0)
        link = self.link_to(self.gateway(uri))
        self.assert_answer(link.ask(request), 'OK', 'not again')
        self.assertEqual(self.kinds(), ['original'])

    def test_options_suite_and_arrival(self):
        _, link = self.linked(more='[options]\n1 = 5\n3B = 7\n4 = -\n')
        more = 'SI102;103|KO10B1|'
        self.assert_answer(link.ask(self.key(more=more)), 'OK')
        self.assertEqual(self.effects()[0]['rooms'], ['101', '102', '103'])
        self.assertEqual(self.effects()[0]['areas'], [5, 7])
        self.assert_answer(link.ask(self.key(more='KO    1|')), 'UR', 'option 5')
        later = self.key(room='102', booking='4').replace('GA' + day(0), 'GA' + day(1))
        self.assert_answer(link.ask(later), 'OK', booking='4')
        self.assertTrue(self.effects()[-1]['from'].endswith('15:00'), self.effects()[-1])

    def test_move_and_extend(self):
        _, link = self.linked()
        self.assertNotIn('KM', self.declared)
        self.process.kill()
        link = self.link_to(self.gateway(self.lock_system() + '?modify-stay=on'))
        self.assertIn('KM', self.declared)
        self.assert_answer(link.ask(f'KM|WSDESK1|KC1|RN102|RO101|G#4711|{now()}'), 'UR', 'No key known')
        self.assert_answer(link.ask(self.key()), 'OK')
        self.assert_answer(link.ask(f'KM|WSDESK1|KC1|RN102|RO101|G#4711|GD{day(3)}|{now()}'), 'OK', 'changed')
        self.assertEqual(self.effects()[-1]['kind'], 'modify')
        self.assertEqual(self.effects()[-1]['new_room'], '102')

    def test_the_other_sharer_keeps_the_keys(self):
        _, link = self.linked()
        self.assert_answer(link.ask(self.key()), 'OK')
        self.assert_answer(link.ask(self.key('D', booking='4712')), 'OK', booking='4712')
        self.assert_answer(link.ask(f'KD|WSDESK1|KC1|RN101|G#4712|{now()}'), 'UR', 'another', '4712')
        self.assertEqual(self.kinds(), ['original', 'duplicate'])

    def test_guests_who_leave(self):
        _, link = self.linked(gateway='listen = 0\nguest-records = check-out\n')
        self.assertIn('GO', self.declared)
        self.assert_answer(link.ask(self.key()), 'OK')
        link.send(f'GO|RN101|G#4711|SF|{now()}')  # told again, after a loss
        link.send(f'GI|RN102|G#4712|{now()}')
        link.send(f'GO|RN101|G#4711|{now()}')
        self.await_log('check-out at')
        self.assertEqual(self.kinds(), ['original', 'check-out'])

    def test_error_of_the_lock_system(self):
        _, link = self.linked('--fault', 'error:EP@1')
        answer = link.ask(self.key())
        self.assert_answer(answer, 'RY', r'\(EP\)$')
        self.assertLessEqual(len(answer['CT']), 40)
        self.assert_answer(link.ask(self.key()), 'OK')

    def test_given_up_in_time(self):
        _, link = self.linked('--fault', 'silent-after-ack@1', gateway='listen = 0\nanswer-within = 1\n')
        self.assert_answer(link.ask(self.key()), 'UR', 'Unknown')
        self.assert_answer(link.ask(self.key(room='102', booking='4712')), 'BY', 'already', '4712')

    def test_the_lock_system_is_not_there(self):
        with socket.socket() as taken:  # kept, so that nobody else comes to listen there
            taken.bind(('127.0.0.1', 0))
            port = taken.getsockname()[1]
            link = self.link_to(self.gateway(f'salto+tcp://127.0.0.1:{port}?connect-timeout=200'))
            self.assert_answer(link.ask(self.key()), 'RY', 'reached')

    def test_bad_requests(self):
        _, link = self.linked()
        for record, text in (
                (self.key(coder='7'), 'key coder 7'), (self.key('X'), 'KT'), (self.key(room=''), 'RN'),
                (self.key(more='K#x|'), 'K#'), (self.key().replace('GD', 'GX'), 'GD'),
                (self.key().replace('DT12:00', 'DT99:99'), 'DT'), (self.key().replace('KC1', 'KX1'), 'KC'),
                (self.key(booking='12x'), 'G#'), (self.key(room='1' * 70), 'RN'), ('KR|', ''), ('KM|RO1|RN2|KC1|', 'G#'),
                (self.key().replace(f'GD{day(2)}', f'GD{day(-2)}'), '')):
            with self.subTest(record):
                answer = link.ask(record)
                self.assertEqual(answer['AS'], 'UR')
                self.assertIn(text, answer['CT'])
        self.assert_answer(link.ask(self.key()), 'OK')
        self.assertEqual(self.kinds(), ['original'])

    def test_garbage(self):
        address, link = self.linked()
        for garbage in (b'GET / HTTP/1.1\r\n\r\n', b'\x02\x03', b'\x02K', b'\x03\x03\x05\x06\x15', b'\x02' + b'x' * 9000,
                        b'\x02KR|KC1|RN\x01\x7f|KTN|G#1|\x03', b'\x02XX|YY|\x03\x02|||\x03\x02KR\x03', os.urandom(3000)):
            link.raw(garbage)
        link.raw(b'\x03')
        link.send('LS|' + now())
        while True:  # what was garbage may have been answered
            record = link.receive()
            if record.startswith('LR|RIKA'):
                break
        link.expect('LA')
        link.send('LA|' + now())
        link.close()
        link = self.link_to(address)
        for byte in b'\x02' + self.key().encode() + b'\x03':
            link.raw(bytes([byte]))
        self.assert_answer(link.expect('KA'), 'OK')
        self.assertEqual(self.kinds(), ['original'])

    def test_two_connections(self):
        address, first = self.linked()
        scan = connect(address)
        scan.raw(b'GET / HTTP/1.0\r\n\r\n')
        self.assertIsNone(scan.receive())
        scan.close()
        self.assert_answer(first.ask(self.key()), 'OK')
        second = self.link_to(address)
        self.assertIsNone(first.receive())
        self.assert_answer(second.ask(self.key('D')), 'OK')

    def test_second_connection_refused(self):
        address, first = self.linked(gateway='listen = 0\nsecond = refuse\n')
        second = connect(address)
        self.addCleanup(second.close)
        self.assertIsNone(second.receive())
        self.assert_answer(first.ask(self.key()), 'OK')

    def test_not_allowed(self):
        address = self.gateway(self.lock_system(), gateway='listen = 0\nallow = 10.0.0.5, ::1\n')
        link = connect(address)
        self.addCleanup(link.close)
        self.assertIsNone(link.receive())

    def test_dials_again(self):
        with socket.create_server(('127.0.0.1', 0)) as pms:
            pms.settimeout(PATIENCE)
            port = pms.getsockname()[1]
            self.gateway(self.lock_system(), gateway=f'connect = 127.0.0.1:{port}\n')
            for kind in 'ND':
                link = Link(pms.accept()[0])
                link.start()
                self.assert_answer(link.ask(self.key(kind)), 'OK')
                link.send('LE|' + now())
                link.expect('LE')
                self.assertIsNone(link.receive())
                link.close()
        self.await_log('cannot be reached', 2)

    def test_alive(self):
        _, link = self.linked(gateway='listen = 0\nalive-check = 1\n')
        link.send('LA|' + now())
        link.expect('LA')
        link.expect('LS')
        link.send('LA|' + now())
        link.expect('LS')
        link.send('LS|' + now())
        self.assertEqual(link.description(), self.declared)
        self.assert_answer(link.ask(self.key()), 'OK')

    def test_speaks_first_if_the_pms_does_not(self):
        address = self.gateway(self.lock_system(), start_wait=0)
        link = connect(address)
        self.addCleanup(link.close)
        link.expect('LS')
        link.description()  # LD without an answer to LS
        self.assert_answer(link.ask(self.key()), 'OK')

    def test_a_pms_that_does_not_read(self):
        address, link = self.linked()
        flood = (b'\x02LS|\x03' * 4000)
        done = threading.Event()

        def send():
            try:
                while not done.is_set():
                    link.raw(flood)
            except OSError:
                done.set()
        thread = threading.Thread(target=send)
        thread.start()
        self.assertTrue(done.wait(PATIENCE), self.logged()[-2000:])
        thread.join()
        self.assert_answer(self.link_to(address).ask(self.key()), 'OK')


class Configuration(Case):
    def check(self, text):
        path = os.path.join(self.folder, 'file.conf')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        done = subprocess.run([GATEWAY, '--config', path, '--check'], stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=PATIENCE, check=False)
        return done.returncode, done.stderr.decode()

    def test_faults(self):
        good = ('[gateway]\nlisten = 0\n[keycard]\nledger = memory:\n[encoders]\n1 = Desk 1\n'
                '[system locks]\nuri = virtual:\n')
        self.assertEqual(self.check(good), (0, ''))
        for old, new, pattern in (
                ('listen =', 'lisen =', 'line 2: .*did you mean "listen"'),
                ('[gateway]', '[gatway]', 'did you mean "gateway"'),
                ('listen = 0', 'listen = 0\nconnect = 127.0.0.1:1', 'not both'),
                ('listen = 0', 'listen = 0\nsecond = both', 'replace,refuse'),
                ('listen = 0', 'listen = 0\nback-off = 1', '10..60000'),
                ('listen = 0', 'listen = 0\ncode-page = klingon', 'code-page'),
                ('listen = 0', 'listen = 0\nunknown-answer = OK', 'cannot be OK'),
                ('ledger = memory:', 'site = x', 'ledger'),
                ('memory:', 'none:', 'ledger'),
                ('1 = Desk 1', '123456789 = Desk 1', '1 to 8'),
                ('[encoders]', '[options]\n21 = spa\n[encoders]', '1 to 20'),
                ('[encoders]', '[policy]\nminute = inward\n[encoders]', 'did you mean "minutes"'),
                ('[encoders]', '[policy]\nsecond-original = confirm\n[encoders]', 'nobody can be asked'),
                ('uri = virtual:', 'uri = virtul:', 'virtul'),
                ('uri = virtual:', 'uri = virtual:\nkeep-alve = 1', 'did you mean "keep-alive"'),
                ('uri = virtual:', 'uri = virtual:\n[system two]\nuri = virtual:', 'ENCODER@SYSTEM'),
                ('uri = virtual:', 'encoder = Desk 1', 'no uri')):
            with self.subTest(new):
                self.assertIn(old, good)
                status, error = self.check(good.replace(old, new))
                self.assertEqual(status, 2, error)
                self.assertRegex(error, pattern)

    def test_command_line(self):
        for arguments, pattern in (([], '--config FILE'), (['--confg', 'x'], 'did you mean --config'),
                                   (['--config', 'x', 'y'], 'one word too many'),
                                   (['--config', '/nowhere'], '/nowhere cannot be read')):
            done = subprocess.run([GATEWAY, *arguments], capture_output=True, timeout=PATIENCE, check=False)
            self.assertEqual(done.returncode, 2)
            self.assertRegex(done.stderr.decode(), pattern)
        done = subprocess.run([GATEWAY, '--help'], capture_output=True, timeout=PATIENCE, check=True)
        self.assertIn('unknown-answer', done.stdout.decode())

    def test_the_disk_is_full(self):
        good = ['--config', self.configuration('virtual:', 'listen = localhost:0\n')]
        for arguments in (['--help'], ['--version'], [*good, '--check']):
            with self.subTest(arguments), open('/dev/full', 'wb') as full:
                done = subprocess.run([GATEWAY, *arguments], stdout=full, stderr=subprocess.PIPE, timeout=PATIENCE,
                                      check=False)
                self.assertEqual(done.returncode, 1)
                self.assertIn(b'the output could not be written in full', done.stderr)

    def test_an_address_is_told_in_digits(self):
        path = self.configuration('virtual:', 'listen = localhost:0\n')
        done = subprocess.run([GATEWAY, '--config', path], capture_output=True, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn('in digits', done.stderr.decode())


if __name__ == '__main__':
    GATEWAY, SIMULATOR, DRIVER = sys.argv[1:4]
    if DRIVER != 'salto':
        del OneLockSystem, Configuration
    unittest.main(argv=sys.argv[:1] + sys.argv[4:])
