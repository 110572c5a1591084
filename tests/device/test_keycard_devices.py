# SPDX-License-Identifier: LGPL-2.1-or-later
"""keycard devices as a user has it: test_keycard_devices.py KEYCARD PLUGGED-IN SHIM [unittest options]"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

from plugged_in import Desk

PATIENCE = 120  # seconds; nothing here is timed, this only ends what hangs
KEYCARD = PROGRAM = SHIM = ''
STRIPE = '0801:0003@1-4.2'
READER = '072f:2200@1-2'


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='keycard-devices-')
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.desk = Desk(PROGRAM, SHIM, self.folder)
        self.addCleanup(self.desk.close)
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith('XDG_')}
        self.environment.update(self.desk.environment, HOME=self.folder)

    def run_tool(self, *arguments):
        done = subprocess.run([KEYCARD, 'devices', *arguments], env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=PATIENCE, check=False, text=True)
        return done.returncode, done.stdout, done.stderr

    def run_json(self, *arguments):
        """Exit status, the lines by the name of their device or encoder, and the last one."""
        status, out, _ = self.run_tool('--json', *arguments)
        lines = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([line['event'] for line in lines].count('done'), 1, out)
        self.assertEqual(lines[-1]['event'], 'done', out)
        return status, {line.get('device', line.get('encoder')): line for line in lines[:-1]}, lines[-1]

    def start(self, *arguments, **more):
        process = subprocess.Popen([KEYCARD, 'devices', *arguments], env=self.environment, stdin=subprocess.DEVNULL,
                                   stdout=more.get('stdout', subprocess.PIPE), stderr=subprocess.PIPE, text=True)
        for stream in (process.stdout, process.stderr):
            if stream:
                self.addCleanup(stream.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def assert_refused(self, arguments, pattern, status=2):
        got, out, err = self.run_tool(*arguments)
        self.assertEqual((got, out), (status, ''), err)
        self.assertRegex(err, pattern)
        got, _, done = self.run_json(*arguments)
        self.assertEqual(got, status)
        self.assertRegex(done['error']['message'], pattern)

    def plug_all(self):
        self.desk('stripe', '1-4.2')
        self.desk('reader', '1-2')
        self.desk('serial', '1-1', 'ttyUSB0', 'K42')
        self.desk('cable', '1-3', 'ttyUSB1', 'FT')
        self.desk('port', 'ttyS0')


class List(Case):
    def test_nothing_is_plugged_in(self):
        status, out, err = self.run_tool()
        self.assertEqual((status, err), (0, ''))
        self.assertRegex(out, 'Nothing that could be an encoder')
        self.assertRegex(out, 'No lock system is named')
        status, lines, done = self.run_json('--identify')
        self.assertEqual((status, lines, done['status']), (0, {}, 'ok'))

    def test_all_are_listed_with_what_to_do(self):
        self.plug_all()
        status, out, err = self.run_tool()
        self.assertEqual((status, err), (0, ''))
        rows = {line.split()[0]: line for line in out.splitlines()}
        for name, words in ((STRIPE, ['usb', 'magstripe', 'present', 'magstripe+usb:' + STRIPE]),
                            (READER, ['usb', 'contactless', 'present', 'contactless+usb:' + READER]),
                            ('067b:2303/K42', ['serial', '/dev/ttyUSB0', 'magstripe+serial:067b:2303/K42']),
                            ('0403:6001/FT', ['serial', 'DRIVER+serial:0403:6001/FT']),
                            ('/dev/ttyS0', ['serial', 'DRIVER+serial:/dev/ttyS0'])):
            for word in words:
                self.assertIn(word, rows[name])
        self.assertRegex(out, r'--system desk=magstripe\+serial:067b:2303/K42\n')
        self.assertNotIn('SYSTEM', out)  # a column in which nothing stands

    def test_json_has_everything(self):
        self.plug_all()
        status, lines, done = self.run_json()
        self.assertEqual((status, done['status'], len(lines)), (0, 'ok', 5))
        serial = lines['067b:2303/K42']
        self.assertRegex(serial.pop('since'), r'^\d{4}-\d\d-\d\dT\d\d:\d\d\+00:00$')
        self.assertEqual(serial, {
            'event': 'device', 'device': '067b:2303/K42', 'label': 'Bridge (/dev/ttyUSB0)', 'transport': 'serial',
            'place': '/dev/ttyUSB0', 'ids': '067b:2303', 'manufacturer': '', 'product': 'Bridge',
            'serial_number': 'K42', 'model': '', 'firmware': '', 'state': 'present', 'system': None,
            'uri': 'magstripe+serial:067b:2303/K42',
            'drivers': [{'driver': 'magstripe', 'uri': 'magstripe+serial:067b:2303/K42'}], 'error': None})
        self.assertEqual((lines['/dev/ttyS0']['ids'], lines['/dev/ttyS0']['drivers']), ('', []))

    def test_one_by_any_of_its_names(self):
        self.plug_all()
        for name in ('067b:2303/K42', '/dev/ttyUSB0', 'ttyUSB0'):
            status, out, _ = self.run_tool(name)
            self.assertEqual(status, 0)
            self.assertIn('magstripe+serial:067b:2303/K42', out)
            self.assertNotIn('ttyS0', out)
        status, lines, _ = self.run_json('1-2')
        self.assertEqual((status, list(lines)), (0, [READER]))

    def test_typos(self):
        self.plug_all()
        self.assert_refused(['067b:2303/K43'], 'did you mean "067b:2303/K42"')
        self.assert_refused(['/dev/ttyUSB3'], 'did you mean "/dev/ttyUSB')
        self.assert_refused(['frobnicate'], 'keycard devices lists them')
        self.assert_refused(['--identify', '/dev/ttyS0', '--driver', 'magstrip'], 'did you mean "magstripe"')
        self.assert_refused(['--identify', '/dev/ttyS0'], 'name the driver that is to ask')
        self.assert_refused(['--identify', '/dev/ttyS0', '--driver', 'magstripe?baudd=9600'], 'baudd')
        self.assert_refused(['--identify', STRIPE, '--driver', 'salto'], 'has no devices of this kind', 3)
        self.assert_refused(['--driver', 'magstripe'], 'how one device is asked')
        self.assert_refused(['--limit', '3'], 'goes with --watch')
        self.assert_refused(['--watch', '--limit', '0'], 'whole number')
        self.assert_refused(['--identfy'], 'did you mean --identify')

    def test_who_may_not_open_is_told_the_rule(self):
        self.plug_all()
        self.desk('deny', '1-2')
        status, out, _ = self.run_tool()
        self.assertEqual(status, 0)
        self.assertRegex(out, READER + r'.*refused')
        self.assertRegex(out, READER + r': Permission denied.*60-libkeycard\.rules')
        self.desk('deny', 'ttyUSB0')
        status, out, _ = self.run_tool('ttyUSB0')
        self.assertRegex(out, 'K42: Permission denied.*dialout')
        self.assertNotIn('To use a device', out)
        status, lines, _ = self.run_json('ttyUSB0')
        self.assertEqual((status, lines['067b:2303/K42']['state']), (0, 'refused'))
        self.assertRegex(lines['067b:2303/K42']['error']['message'], 'udev rule')

    def test_systems_and_devices_are_one_list(self):
        self.plug_all()
        systems = ['--system', 'desk=magstripe+usb:' + STRIPE,
                   '--system', 'locks=virtual:', '--option', 'locks.encoder=Desk 7']
        status, out, _ = self.run_tool(*systems)
        self.assertEqual(status, 0)
        self.assertRegex(out, STRIPE + r' +usb .* magstripe +online .* desk +desk +magstripe')
        self.assertRegex(out, r'Desk 7 +encoder .* virtual .* locks +Desk 7')
        status, lines, _ = self.run_json(*systems)
        self.assertEqual((lines[STRIPE]['system'], lines[STRIPE]['state']), ('desk', 'in-use'))
        self.assertEqual((lines['desk']['system'], lines['desk']['state']), ('desk', 'online'))
        self.assertEqual(lines['Desk 7']['event'], 'encoder')


class Identify(Case):
    def test_those_that_a_driver_knows(self):
        self.plug_all()
        status, lines, _ = self.run_json('--identify')
        self.assertEqual(status, 0)
        states = {name: line['state'] for name, line in lines.items()}
        self.assertEqual(states, {STRIPE: 'encoder', READER: 'encoder', '067b:2303/K42': 'encoder',
                                  '0403:6001/FT': 'present', '/dev/ttyS0': 'present'})
        self.assertEqual((lines[STRIPE]['model'], lines[STRIPE]['firmware']), ('MSR, tracks 1 to 3', 'REVU1.26'))

    def test_one_by_its_name(self):
        self.plug_all()
        status, lines, done = self.run_json('--identify', 'ttyUSB0')
        self.assertEqual((status, done['status'], list(lines)), (0, 'ok', ['067b:2303/K42']))
        self.assertEqual(lines['067b:2303/K42']['firmware'], 'REVU1.26')
        status, out, _ = self.run_tool('--identify', 'ttyUSB0')
        self.assertIn('REVU1.26', out)
        self.assertNotIn('ttyS0', out)

    def test_the_options_are_part_of_the_uri(self):
        self.plug_all()
        status, lines, _ = self.run_json('--identify', 'ttyUSB0', '--driver', 'magstripe?baud=9600')
        self.assertEqual((status, lines['067b:2303/K42']['uri']), (0, 'magstripe+serial:067b:2303/K42?baud=9600'))

    def test_what_does_not_answer_ends_with_the_reason(self):
        self.plug_all()
        status, out, err = self.run_tool('--identify', 'ttyUSB1', '--driver', 'magstripe?answer-timeout=50')
        self.assertEqual(status, 3)
        self.assertIn('no-encoder', out)
        self.assertRegex(err, 'does not answer as a magnetic-stripe encoder')
        status, _, done = self.run_json('--identify', 'ttyUSB1', '--driver', 'magstripe?answer-timeout=50')
        self.assertEqual(status, 3)
        self.assertRegex(done['error']['message'], 'does not answer')

    def test_what_may_not_be_opened(self):
        self.plug_all()
        self.desk('deny', '1-2')
        status, lines, done = self.run_json('--identify', READER)
        self.assertEqual((status, lines[READER]['state']), (3, 'refused'))
        self.assertRegex(done['error']['message'], r'60-libkeycard\.rules')


class Watch(Case):
    def read_until(self, process, pattern):
        line = process.stdout.readline()
        self.assertRegex(line, pattern)
        return line

    def test_what_comes_and_goes(self):
        process = self.start('--watch', '--json')
        self.read_until(process, '"watching"')
        for words, wanted in ((('stripe', '1-4.2'), [STRIPE, 'present']), (('unplug', '1-4.2'), [STRIPE, 'gone']),
                              (('serial', '1-1', 'ttyUSB0', 'K42'), ['067b:2303/K42', 'present']),
                              (('unplug', 'ttyUSB0'), ['067b:2303/K42', 'gone'])):
            self.desk(*words)
            line = json.loads(self.read_until(process, '"device"'))
            self.assertEqual([line['device'], line['state']], wanted)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(PATIENCE), 0)
        self.assertEqual(json.loads(process.stdout.readline())['event'], 'done')

    def test_for_people_with_asking(self):
        process = self.start('--watch', '--identify', '--limit', '3')
        self.read_until(process, 'Nothing that could be an encoder')
        process.stderr.readline()  # it watches
        self.desk('stripe', '1-4.2')
        out = process.stdout.read()
        self.assertEqual(process.wait(PATIENCE), 0)
        lines = out.splitlines()[1:]
        for line, state in zip(lines, ('present', 'asking', 'encoder')):
            self.assertRegex(line, rf'^\d{{4}}-.*  {STRIPE}  {state}  .*magstripe\+usb:{STRIPE}$')
        self.assertIn('REVU1.26', lines[2])

    def test_links_to_a_port(self):
        self.plug_all()
        link = os.path.join(self.folder, 'by-id')
        os.symlink('../../ttyUSB0', link)
        status, lines, _ = self.run_json(link)
        self.assertEqual((status, list(lines)), (0, ['067b:2303/K42']))

    def test_only_the_one_of_that_name(self):
        process = self.start('--watch', '--limit', '1', '--json', 'ttyUSB0')
        self.read_until(process, '"watching"')
        self.desk('stripe', '1-4.2')
        self.desk('serial', '1-1', 'ttyUSB0', 'K42')
        out = process.stdout.read()
        self.assertEqual([json.loads(line).get('device') for line in out.splitlines()], ['067b:2303/K42', None])

    def test_nobody_reads_any_more(self):
        near, far = socket.socketpair()
        with near, far:
            process = self.start('--watch', stdout=far.fileno())
            far.close()
            while b'Nothing' not in near.recv(4096):
                pass
            near.close()  # nothing comes or goes: it is noticed all the same
            self.assertEqual(process.wait(PATIENCE), 0)

    def test_the_disk_is_full(self):
        with open('/dev/full', 'w', encoding='utf-8') as full:
            process = self.start('--watch', '--json', stdout=full)
            self.assertEqual(process.wait(PATIENCE), 3)
        self.assertIn('could not be written in full', process.stderr.read())

    def test_ctrl_c_while_a_lock_system_is_asked(self):
        with socket.create_server(('127.0.0.1', 0)) as server:
            address = '127.0.0.1:%d' % server.getsockname()[1]
            process = self.start('--watch', '--json', '--system', 'locks=salto+tcp://' + address)
            connection, _ = server.accept()
            process.send_signal(signal.SIGTERM)
            out, _ = process.communicate(timeout=PATIENCE)
            connection.close()
        self.assertEqual(process.returncode, 3)
        self.assertEqual(json.loads(out.splitlines()[-1])['status'], 'cancelled')


if __name__ == '__main__':
    KEYCARD, PROGRAM, SHIM = (os.path.abspath(path) for path in sys.argv[1:4])
    del sys.argv[1:4]
    unittest.main()
