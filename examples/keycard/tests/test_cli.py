# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command-line tool against the simulated lock system: test_cli.py KEYCARD KEYCARD-SIM [unittest options]"""

import datetime
import csv
import io
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PATIENCE = 120  # seconds; nothing here is timed, this only ends what hangs
KEYCARD = SIMULATOR = ''


def day(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime('%Y-%m-%d')


class Case(unittest.TestCase):
    """A folder of its own, with its own ledger and configuration."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='keycard-cli-')
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.journal = self.path('journal')
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith('XDG_')}
        self.environment.update(HOME=self.folder, TZ='Pacific/Kiritimati')

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return path

    def start(self, *arguments, **more):
        process = subprocess.Popen([KEYCARD, *arguments], env=self.environment, cwd=self.folder,
                                   stdin=more.pop('stdin', subprocess.DEVNULL), stdout=subprocess.PIPE,
                                   stderr=more.pop('stderr', subprocess.PIPE), **more)
        self.addCleanup(process.stdout.close)
        if process.stderr:
            self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def run_tool(self, *arguments):
        """Exit status, standard output, standard error."""
        done = subprocess.run([KEYCARD, *arguments], env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=PATIENCE, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def run_json(self, *arguments):
        """Exit status, events before the last, and the last, which must be the only "done"."""
        status, out, _ = self.run_tool('--json', *arguments)
        events = [json.loads(line) for line in out.splitlines()]
        self.assertTrue(events, 'no output')
        self.assertEqual([event['event'] for event in events].count('done'), 1, out)
        self.assertEqual(events[-1]['event'], 'done', out)
        return status, events[:-1], events[-1]

    def start_simulator(self, driver, *arguments):
        """Starts a lock system; gives its address."""
        process = subprocess.Popen([SIMULATOR, driver, '--listen', '127.0.0.1:0', '--journal', self.journal, *arguments],
                                   stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        first = process.stdout.readline().decode()
        self.assertRegex(first, rf'^keycard-sim: {driver} on \S+\n$')
        return first.split()[-1]

    def simulator(self, *arguments):
        """Starts a lock system; gives the options that reach it."""
        address = self.start_simulator('salto', '--encoder', 'Desk 1', '--encoder', 'Desk 2', *arguments)
        return ['--system', 'salto=salto+tcp://' + address, '--station', 'desk-1']

    def issue(self, system, booking='4711', room='101'):
        return ['issue', *system, '--booking', booking, '--room', room, '--until', day(3), '--encoder', 'Desk 1']

    def web_service(self, *arguments, path=''):
        """The same over HTTP."""
        if 'saflok-lens' not in self.run_tool('drivers')[1]:
            self.skipTest('the driver is not compiled in')
        address = self.start_simulator('saflok-lens', *arguments)
        return ['--system', f'lens=saflok+http://{address}{path}', '--station', 'desk-1']

    def effects(self):
        with open(self.journal, encoding='utf-8') as journal:
            lines = [json.loads(line) for line in journal]
        return [line['kind'] for line in lines if line['event'] == 'effect']

    def assert_refused(self, arguments, pattern, status=2):
        got, out, err = self.run_tool(*arguments)
        self.assertEqual(got, status, err)
        self.assertEqual(out, '')
        self.assertRegex(err, pattern)
        got, events, done = self.run_json(*arguments)
        self.assertEqual(got, status)
        self.assertEqual(done['outcome'], 'not-written')
        self.assertRegex(done['error']['message'], pattern)
        self.assertIsNone(done['key'])
        return done


class Usage(Case):
    SYSTEM = ['--system', 'salto=salto+tcp://127.0.0.1:1']

    def test_typos_get_the_nearest_name(self):
        for arguments, nearest in (
                (['isue'], 'did you mean "issue"'),
                (['encoder'], 'did you mean "encoders"'),
                (['issue', '--boking', '4711'], 'did you mean --booking'),
                (['keys', '--unresovled'], 'did you mean --unresolved'),
                (['issue', *self.SYSTEM, '--policy', 'minute=inward'], 'did you mean "minutes"'),
                (['issue', *self.SYSTEM, '--option', 'salto.mobil=on'], 'did you mean "mobile"'),
                (['resolve', '--operation', 'x', '--how', 'open'], 'did you mean "opens"'),
                (['drivers', 'slato'], 'did you mean "salto"')):
            with self.subTest(arguments):
                self.assert_refused(arguments, re.escape(nearest))

    def test_the_command_line_must_make_sense(self):
        for arguments, pattern in (
                ([], 'which command'),
                (['--xyzzy'], 'no option --xyzzy'),
                (['-x', 'keys'], 'no option -x'),
                (['keys', '--c', '5'], 'several options'),
                (['frobnicate'], 'no command "frobnicate"'),
                (['keys', 'all'], 'takes options only'),
                (['keys', 'all', 'the'], 'one word too many'),
                (['keys', '--guest', 'x'], 'takes no --guest'),
                (['keys', '--booking'], 'needs a value'),
                (['keys', '--booking', ''], 'needs a value'),
                (['keys', '--booking', '1', '--booking', '2'], 'given twice'),
                (['keys', '--room', '--ledger', 'memory:'], '--room needs a value, and what follows is --ledger'),
                (['issue', *self.SYSTEM, '--guest', '--room=101', '--booking', '1'], '--guest needs a value'),
                (['keys', '--booking', '1', '--room', '2'], 'give one of'),
                (['keys', '--limit', 'many'], 'whole number'),
                (['keys', '--limit', '0'], 'whole number'),
                (['keys', '--verbose=1'], 'takes no value'),
                (['keys', '--time-zone', 'Europe/Nowhere'], 'Nowhere'),
                (['keys', '--check-in', '25:00'], '25:00'),
                (['keys', '--site', 'x' * 101], '100'),
                (['keys', '--ledger', 'nonsense'], 'sqlite:PATH'),
                (['forget'], 'needs --booking'),
                (['cancel', *self.SYSTEM], 'needs --key'),
                (['retry', *self.SYSTEM], 'either --operation'),
                (['retry', *self.SYSTEM, '--operation', '1', '--booking', '2'], 'either --operation'),
                (['resolve', '--how', 'read'], 'needs --operation'),
                (['resolve', '--operation', '1'], 'read, opens and does-not-open'),
                (['resolve', '--operation', '1', '--how', 'perhaps'], 'does-not-open, not "perhaps"'),
                (['issue', '--booking', '1'], 'no lock system'),
                (['issue', '--system', 'salto', '--booking', '1'], 'no lock system is named "salto"'),
                (['issue', '--system', 'a=b', '--booking', '1'], 'such as "virtual:"'),
                (['issue', '--system', '=salto+tcp://h:1'], 'NAME=URI'),
                (['issue', '--system', 'a=nosuch+tcp://h:1'], 'nosuch'),
                (['issue', '--system', 'a=salto+tcp://'], 'host is missing'),
                (['issue', *self.SYSTEM, '--option', 'onity.mobile=on'], 'no system: .*--system onity=URI'),
                (['issue', *self.SYSTEM, '--option', 'mobile=on'], 'SYSTEM.NAME=VALUE; "mobile" is not'),
                (['issue', *self.SYSTEM, '--option', 'salto.mobile'], 'SYSTEM.NAME=VALUE'),
                (['issue', *self.SYSTEM, '--option', 'salto.mobile=perhaps'], 'perhaps'),
                (['issue', *self.SYSTEM, '--policy', 'minutes=sideways'], 'sideways'),
                (['issue', *self.SYSTEM, '--policy', 'xyzzyxyzzy=1'], 'xyzzyxyzzy'),
                (['issue', *self.SYSTEM, '--copies', '100'], 'whole number'),
                (['issue', *self.SYSTEM, '--until', '2026-02-29'], '2026-02-29'),
                (['issue', *self.SYSTEM, '--until', 'tomorrow'], 'tomorrow'),
                (['issue', *self.SYSTEM, '--phone', '12'], 'phone'),
                (['issue', *self.SYSTEM, '--booking', 'a\x1b[2Jb'], 'booking'),
                (['issue', *self.SYSTEM, '--booking', b'\xff\xfe'], 'booking')):
            with self.subTest(arguments):
                self.assert_refused(arguments, pattern)

    def test_the_value_of_an_option_may_be_a_secret(self):
        for option in 'onity.site-key=topsecret', 'site-key=topsecret':
            with self.subTest(option):
                status, out, err = self.run_tool('issue', *self.SYSTEM, '--option', option)
                self.assertEqual(status, 2)
                self.assertNotIn('topsecret', out + err)

    def test_nothing_steers_the_terminal(self):
        _, _, err = self.run_tool('isue\x1b]0;x\x07\u202e')
        self.assertNotRegex(err, '[\x1b\x07\u202e]')

    def test_help_of_each_command(self):
        status, out, _ = self.run_tool('--help')
        self.assertEqual(status, 0)
        commands = re.findall(r'^  ([a-z-]+) +[a-z]', out.split('Options')[0], re.MULTILINE)
        for wanted in ('drivers encoders issue duplicate reissue one-shot retry mobile read checkout keys resolve '
                       'forget audit verify-ledger ledger').split():
            self.assertIn(wanted, commands)
        for command in commands:
            for arguments in ([command, '--help'], ['help', command]):
                status, out, err = self.run_tool(*arguments)
                self.assertEqual((status, err), (0, ''))
                self.assertTrue(out.startswith('usage: keycard ' + command), out)
                self.assertIn('--json', out)

    def test_version(self):
        status, out, _ = self.run_tool('--version')
        self.assertEqual(status, 0)
        self.assertRegex(out, r'^keycard \d+\.\d+\.\d+\n$')

    def test_drivers(self):
        status, out, _ = self.run_tool('drivers')
        self.assertEqual(status, 0)
        self.assertRegex(out, r'(?m)^salto ')
        status, out, _ = self.run_tool('drivers', 'salto')
        self.assertRegex(out, r'(?m)^ .*one-shot$')
        self.assertIn('mobile', out)
        status, events, done = self.run_json('drivers')
        self.assertEqual((status, done['status']), (0, 'ok'))
        salto = [event for event in events if event['driver'] == 'salto'][0]
        self.assertIn('salto+tcp', salto['schemes'])
        self.assertIn('duplicate', salto['capabilities'])
        self.assertEqual(salto['limits']['rooms'], 4)
        self.assertIn('mobile', [option['name'] for option in salto['options']])

    def test_output_that_cannot_be_written(self):
        with open('/dev/full', 'wb') as full:
            done = subprocess.run([KEYCARD, 'drivers'], stdout=full, stderr=subprocess.PIPE, timeout=PATIENCE,
                                  env=self.environment, check=False)
        self.assertIn(b'could not be written', done.stderr)


class Configuration(Case):
    def conf(self, text):
        return self.write('conf/keycard.conf', text)

    def test_hostile_files(self):
        for text, pattern in (
                ('[keycard]\nstattion = x\n', 'line 2.*"stattion"; did you mean "station"'),
                ('[keycrad]\nstation = x\n', 'line 2.*"keycrad"; did you mean "keycard"'),
                ('station = x\n', 'line 1.*before the first section'),
                ('[keycard]\nstation\n', 'line 2.*neither'),
                ('[keycard\nstation = x\n', 'line 1.*neither'),
                ('[keycard]\nstation =\n', 'line 2.*value is missing'),
                ('[keycard]\nstation = a\nstation = b\n', 'line 3.*given twice'),
                ('[keycard]\nstation = a\n  b\n', 'line 3.*begins with a blank'),
                ('[keycard]\nstation: a\n', 'line 2.*NAME = VALUE'),
                ('[keycard]\nstation = ' + 'x' * 300 + '\n', 'line 2.*too long'),
                ('[' + 'k' * 100 + ']\nstation = x\n', 'line 1.*too long'),
                ('[keycard]\n' + 'k' * 100 + ' = x\n', 'line 2.*too long'),
                ('[keycard]\nstation = a\x00b\n', 'line 2.*control byte'),
                ('[keycard]\nstation = a\x1bb\n', 'line 2.*control byte'),
                ('[keycard]\ncopies = 2\n', 'line 2.*"copies"'),
                ('[system ]\nuri = x\n', 'line 2'),
                ('[system a=b]\nuri = x\n', 'line 2.*without "="'),
                ('[system a]\nuri = x:\nuri = y:\n', 'line 3.*second uri'),
                ('[system a]\nmobile = on\n', 'name of no system'),
                ('[policy]\nminutes = sideways\n', 'sideways'),
                ('[keycard]\ntime-zone = Mars/Olympus\n', 'Mars/Olympus'),
                ('[keycard]\n' + '# x\n' * 300000, '1 MiB')):
            with self.subTest(text[:60]):
                self.assert_refused(['keys', '--config', self.conf(text)], pattern)

    def test_noise_never_crashes(self):
        state = 12345
        for _ in range(40):
            noise = bytearray(b'[keycard]\n')
            for _ in range(300):
                state = (state * 1103515245 + 12345) & 0x7fffffff
                noise.append((state >> 16) & 0xff)
            status, _, err = self.run_tool('keys', '--config', self.conf(bytes(noise)))
            self.assertEqual(status, 2, err)

    def test_what_is_no_file(self):
        os.mkfifo(self.path('pipe'))
        for path in (self.folder, self.path('pipe'), self.path('missing'), '/dev/zero'):
            with self.subTest(path):
                self.assert_refused(['keys', '--config', path], 'cannot be read')

    def test_default_place(self):
        self.assertEqual(self.run_tool('keys')[0], 0)
        self.write('.config/keycard/keycard.conf', '[keycard]\nwrong = 1\n')
        self.assertEqual(self.run_tool('keys')[0], 2)
        self.environment['XDG_CONFIG_HOME'] = self.path('other')
        self.assertEqual(self.run_tool('keys')[0], 0)
        self.write('other/keycard/keycard.conf', '[keycard]\nwrong = 1\n')
        self.assertEqual(self.run_tool('keys')[0], 2)

    def test_file_and_options_mean_the_same(self):
        uri = self.simulator()[1].split('=', 1)[1]
        conf = self.conf(f'\ufeff; a hotel\r\n[keycard]\r\nsite = Grand Hotel\r\ntime-zone = Europe/Sofia\r\n'
                         f'check-in = 14:30\ncheck-out = 10:15 ; late\nstation = desk-7\noperator = Reception\n'
                         f'ledger = sqlite:{self.path("file.db")}\n[policy]\ntext = refuse\n[system salto]\nuri = {uri}\n'
                         f'mobile = on\nencoder = Desk 1\nroom.101 = 0101\narea.spa = 12\n')
        options = ['--site', 'Grand Hotel', '--time-zone', 'Europe/Sofia', '--check-in', '14:30', '--check-out', '10:15',
                   '--station', 'desk-7', '--operator', 'Reception', '--ledger', 'sqlite:' + self.path('options.db'),
                   '--policy', 'text=refuse', '--system', 'salto=' + uri, '--option', 'salto.mobile=on', '--option',
                   'salto.encoder=Desk 1', '--option', 'salto.room.101=0101', '--option', 'salto.area.spa=12']
        request = ['issue', '--booking', '4711', '--room', '101', '--area', 'spa', '--from', day(1), '--until', day(3)]
        keys = []
        for settings in (['--config', conf], options):
            status, _, done = self.run_json(*request, *settings)
            self.assertEqual(status, 0, done)
            key = done['key']
            del key['id'], key['created'], key['serials']
            keys.append(key)
        self.assertEqual(keys[0], keys[1])
        self.assertEqual(keys[0]['station'], 'desk-7')
        self.assertRegex(keys[0]['from'], r'T14:30.*\+0[23]:00$')
        with open(self.journal, encoding='utf-8') as journal:
            lines = [json.loads(line) for line in journal]
        requests = [line for line in lines if line['event'] == 'request']
        self.assertEqual([line['rooms'] for line in requests], [['0101'], ['0101']])

    def test_the_command_line_goes_before_the_file(self):
        system = self.simulator()
        conf = self.conf('[keycard]\nstation = from-file\n[system salto]\nuri = salto+tcp://127.0.0.1:1\n')
        status, _, done = self.run_json('issue', '--config', conf, *system, '--booking', '1', '--room', '101', '--until',
                                        day(2), '--encoder', 'Desk 1')
        self.assertEqual(status, 0, done)
        self.assertEqual(done['key']['station'], 'desk-1')


class Operations(Case):
    def test_done(self):
        system = self.simulator()
        status, events, done = self.run_json(*self.issue(system))
        self.assertEqual((status, done['status'], done['outcome']), (0, 'ok', 'written'))
        self.assertEqual(done['operation'], done['key']['id'])
        self.assertEqual(done['encoder'], 'Desk 1')
        self.assertEqual(done['key']['rooms'], ['101'])
        self.assertEqual(done['key']['kind'], 'original')
        self.assertIsNone(done['error'])
        self.assertIs(done['replay'], False)
        prompts = [event for event in events if event['event'] == 'prompt']
        self.assertEqual(prompts[0]['prompt'], 'present-card')
        self.assertEqual((prompts[0]['card'], prompts[0]['of']), (1, 1))
        states = [event['state'] for event in events if event['event'] == 'state']
        self.assertIn('waiting', states)
        self.assertEqual(self.effects(), ['original'])
        self.assertTrue(os.path.exists(self.path('.local/state/keycard/ledger.db')))

    def test_text_for_people(self):
        system = self.simulator()
        status, out, err = self.run_tool(*self.issue(system))
        self.assertEqual(status, 0, err)
        self.assertIn('The original key is made.', out)
        self.assertRegex(err, 'Desk 1')
        status, out, _ = self.run_tool('keys', '--booking', '4711')
        self.assertRegex(out, r'active +original +101 ')
        self.assertIn('1 key.', out)

    def test_blocked_and_delivered(self):
        system = self.web_service('--delivery-ms', '-1') + ['--option', 'lens.mobile=on', '--option',
                                                           'lens.delivery-wait=0']
        self.assertEqual(self.run_tool('issue', *system, '--booking', '4711', '--room', '101', '--until', day(3),
                                       '--encoder', '1')[0], 0)
        for command, words in (('block', 'blocked the keys'), ('unblock', 'open again')):
            status, out, err = self.run_tool(command, *system, '--room', '101')
            self.assertEqual(status, 0, err)
            self.assertIn(words, out)
            self.assertIn('Connecting', err)
        _, _, done = self.run_json('mobile', *system, '--booking', '4711', '--phone', '+447700900123')
        status, out, err = self.run_tool('check-mobile', *system, '--key', done['key']['id'])
        self.assertEqual(status, 0, err)
        self.assertIn('The mobile key is not known to have arrived yet.', out)

    def test_encoders_tell_what_is_wrong_with_the_configuration(self):
        status, out, _ = self.run_tool('encoders', *self.web_service())
        self.assertEqual(status, 0)
        self.assertIn('--option SYSTEM.encoder=NAME', out)
        status, _, done = self.run_json('encoders', *self.web_service(path='/elsewhere'))
        self.assertEqual((status, done['status']), (3, 'protocol'))
        locked = self.web_service('--user', 'pms', '--password', 'secret')
        status, _, done = self.run_json('encoders', *locked)
        self.assertEqual((status, done['status']), (3, 'credentials'))
        two = locked + ['--system', 'far=saflok+http://127.0.0.1:1']
        status, _, done = self.run_json('encoders', *two)
        self.assertEqual((status, done['status']), (3, 'unreachable'))

    def test_what_is_not_offered_names_the_options_that_could_help(self):
        system = self.web_service()
        self.assert_refused(['mobile', *system, '--room', '101', '--phone', '+447700900123', '--until', day(3)],
                            'mobile. See the options of the driver saflok-lens', status=3)
        self.assert_refused(['read', *system, '--encoder', '1'], 'does not offer this: read', status=3)
        self.assert_refused(['issue', *system, '--room', '101', '--until', day(3), '--encoder', '1', '--text', 'Hello'],
                            'takes no text on the card', status=3)

    def test_a_wrong_scheme_is_answered_with_all_that_there_are(self):
        status, _, err = self.run_tool('issue', '--system', 'x=nosuch+tcp://lock:1', '--booking', '4711')
        self.assertEqual(status, 2)
        for driver in self.run_json('drivers')[1]:
            for scheme in driver['schemes']:
                self.assertIn(' ' + scheme + ':', err)

    def test_what_is_written_cannot_be_settled(self):
        system = self.simulator()
        _, _, done = self.run_json(*self.issue(system))
        status, out, err = self.run_tool('resolve', *system, '--operation', done['operation'], '--how', 'opens')
        self.assertEqual((status, out), (3, ''))
        self.assertIn('not unknown but written', err)

    def test_a_card_that_cannot_be_read_settles_nothing(self):
        system = self.simulator('--fault', 'drop-after-ack@1', '--fault', 'error:EP@2')
        _, _, done = self.run_json(*self.issue(system))
        status, out, err = self.run_tool('resolve', *system, '--operation', done['operation'], '--how', 'read')
        self.assertEqual(status, 4)
        self.assertNotIn('Settled', out)
        self.assertIn('Put the same card on the encoder again', err)
        self.assertNotIn('another card', err)

    def test_the_evening(self):
        system = self.simulator() + ['--option', 'salto.mobile=on']
        status, events, done = self.run_json('encoders', *system)
        self.assertEqual(status, 0, done)
        self.assertEqual(self.run_json(*self.issue(system))[0], 0)
        _, _, done = self.run_json('duplicate', *system, '--booking', '4711', '--encoder', 'Desk 2')
        self.assertEqual((done['status'], done['encoder']), ('ok', 'Desk 1'))
        _, _, done = self.run_json('reissue', *system, '--booking', '4711', '--until', day(5))
        self.assertEqual((done['status'], len(done['voided'])), ('ok', 2))
        _, _, done = self.run_json('one-shot', *system, '--booking', '4711', '--room', '101', '--encoder', 'Desk 1')
        self.assertEqual(done['status'], 'ok', done)
        _, _, done = self.run_json('mobile', *system, '--booking', '4711', '--phone', '+44 7700 900123')
        self.assertEqual(done['status'], 'ok', done)
        _, _, done = self.run_json('read', *system, '--encoder', 'Desk 1')
        self.assertEqual(done['status'], 'ok', done)
        self.assertEqual(done['key']['rooms'], ['101'])
        status, keys, done = self.run_json('keys', '--booking', '4711')
        self.assertEqual(status, 0)
        self.assertEqual([key['event'] for key in keys if key['event'] != 'state'], ['key'] * 5)
        status, _, done = self.run_json('checkout', *system, '--booking', '4711', '--room', '101')
        self.assertEqual((status, done['status']), (0, 'ok'))
        status, _, done = self.run_json('duplicate', *system, '--booking', '4711')
        self.assertEqual((status, done['status'], done['outcome']), (3, 'no-original', 'not-written'))
        self.assertEqual(self.effects(), ['original', 'duplicate', 'original', 'one-shot', 'mobile', 'check-out'])
        status, _, done = self.run_json('forget', '--booking', '4711')
        self.assertEqual((status, done['status']), (0, 'ok'))
        status, events, done = self.run_json('verify-ledger')
        self.assertEqual((status, done['status']), (0, 'ok'), done)
        journal = [event for event in events if event['event'] == 'journal']
        self.assertEqual(len(journal), 1)
        self.assertGreater(journal[0]['entries'], 10)
        self.assertRegex(journal[0]['digest'], '^[0-9a-f]{64}$')
        status, out, _ = self.run_tool('verify-ledger')
        self.assertEqual(status, 0)
        self.assertIn(f"{journal[0]['entries']} entries, digest {journal[0]['digest']}", out)

    def test_audit_lists_what_is_not_confirmed(self):
        status, out, _ = self.run_tool('audit')
        self.assertEqual((status, out), (0, 'Nothing to look at.\n'))
        system = self.simulator('--fault', 'error:EF@2', '--fault', 'drop-after-request@3')
        status, _, done = self.run_json(*self.issue(system, booking='=1+"2"'), '--guest', 'Zebulon')
        self.assertEqual((status, done['status']), (0, 'ok'), done)
        status, _, done = self.run_json('checkout', *system, '--booking', '=1+"2"', '--room', '101')
        self.assertEqual(status, 3, done)
        checkout = done['operation']
        status, _, done = self.run_json(*self.issue(system, booking='4712', room='102'))
        self.assertEqual((status, done['outcome']), (4, 'unknown'), done)
        unknown = done['operation']
        status, events, _ = self.run_json('audit')
        found = [(event['why'], event['what'], event['operation']) for event in events if event['event'] == 'audit']
        self.assertEqual(status, 0)
        self.assertIn(('unresolved', 'issue-original', unknown), found)
        self.assertIn(('not-confirmed', 'check-out', checkout), found)
        self.assertEqual(len({operation for _, _, operation in found}), len(found))
        status, out, _ = self.run_tool('audit', '--csv')
        rows = list(csv.reader(io.StringIO(out, newline='')))
        self.assertEqual(status, 0)
        self.assertEqual(rows[0][:2] + rows[0][-1:], ['why', 'what', 'operation'])
        self.assertEqual({row[-1] for row in rows[1:]}, {operation for _, _, operation in found})
        self.assertIn('\'=1+"2"', [row[4] for row in rows])
        self.assertNotIn('Zebulon', out)
        status, out, _ = self.run_tool('audit')
        self.assertEqual(status, 0)
        self.assertIn(f'{len(found)} to look at.', out)
        self.assertNotIn('Zebulon', out)
        self.assertEqual(self.run_tool('audit', '--csv', '--json')[0], 2)

    def test_original_with_phone_has_a_follow_up(self):
        system = self.simulator() + ['--option', 'salto.mobile=on']
        status, events, done = self.run_json(*self.issue(system), '--phone', '+447700900123')
        self.assertEqual((status, done['status']), (0, 'ok'))
        self.assertEqual((done['follow_up']['status'], done['follow_up']['outcome']), ('ok', 'written'))
        self.assertEqual(done['follow_up']['key']['phone'], '+447700900123')
        self.assertIn('follow-up', [event['event'] for event in events])
        self.assertEqual(self.effects(), ['original', 'mobile'])

    def test_refused(self):
        system = self.simulator() + ['--option', 'salto.mobile=on']
        self.assertEqual(self.run_json(*self.issue(system))[0], 0)
        for arguments, wanted in (
                (['mobile', *system, '--booking', '4711', '--email', 'guest@example.com'], 'contact'),
                (['issue', *system, '--booking', '4712', '--until', day(3), '--encoder', 'Desk 1'], 'no-room'),
                (['duplicate', *system, '--booking', '4799'], 'no-original'),
                (['retry', *system, '--operation', '00000000-0000-4000-8000-000000000000'], 'not-found')):
            with self.subTest(arguments):
                status, _, done = self.run_json(*arguments)
                self.assertEqual((status, done['status'], done['outcome']), (3, wanted, 'not-written'))
                self.assertTrue(done['error']['message'])
        self.assertEqual(self.run_tool('retry', *system, '--booking', '4711')[0], 3)
        self.assertEqual(self.effects(), ['original'])

    def test_unreachable(self):
        status, _, done = self.run_json(*self.issue(['--system', 'salto=salto+tcp://127.0.0.1:1']))
        self.assertEqual((status, done['status'], done['outcome']), (3, 'unreachable', 'not-written'))

    def test_error_and_retry(self):
        system = self.simulator('--fault', 'error:EP@1')
        status, _, done = self.run_json(*self.issue(system))
        self.assertEqual((status, done['outcome'], done['error']['vendor_code']), (3, 'not-written', 'EP'))
        self.assertTrue(done['error']['advice_text'])
        first = done['operation']
        status, _, done = self.run_json('retry', *system, '--operation', first)
        self.assertEqual((status, done['status'], done['retry_of']), (0, 'ok', first))
        self.assertEqual(self.effects(), ['original'])
        self.assertEqual(self.run_json('retry', *system, '--booking', '4711')[0], 3)

    def test_unknown_and_resolve(self):
        for how, outcome in (('read', 'written'), ('opens', 'written'), ('does-not-open', 'not-written')):
            with self.subTest(how):
                self.environment['XDG_STATE_HOME'] = self.path('state-' + how)
                system = self.simulator('--fault', 'drop-after-ack@1')
                status, _, done = self.run_json(*self.issue(system))
                self.assertEqual((status, done['outcome']), (4, 'unknown'))
                operation = done['operation']
                status, _, done = self.run_json('retry', *system, '--operation', operation)
                self.assertEqual((status, done['status']), (3, 'unresolved'))
                status, found, _ = self.run_json('operations', '--unresolved')
                self.assertIn(operation, [event['operation'] for event in found if event['event'] == 'operation'])
                status, _, done = self.run_json('resolve', *system, '--operation', operation, '--how', how)
                self.assertEqual((status, done['status'], done['outcome']), (0, 'ok', outcome))
                self.assertEqual(done['operation'], operation)
                self.assertEqual(done['resolution']['verb'], 'resolve')
                status, found, _ = self.run_json('operations', '--unresolved')
                self.assertEqual([event for event in found if event['event'] == 'operation'], [])

    def test_idempotency(self):
        system = self.simulator()
        request = self.issue(system) + ['--idempotency-key', 'evening-1']
        _, _, first = self.run_json(*request)
        status, _, second = self.run_json(*request)
        self.assertEqual((status, second['replay'], second['operation']), (0, True, first['operation']))
        status, out, _ = self.run_tool(*request)
        self.assertEqual(status, 0)
        self.assertIn('done before', out)
        self.assertEqual(self.effects(), ['original'])

    def test_confirmation(self):
        system = self.simulator() + ['--policy', 'second-original=confirm']
        self.assertEqual(self.run_json(*self.issue(system))[0], 0)
        status, events, done = self.run_json(*self.issue(system))
        self.assertEqual((status, done['status']), (3, 'declined'))
        self.assertIn('confirm', [event.get('prompt') for event in events])
        status, _, done = self.run_json(*self.issue(system), '--yes')
        self.assertEqual((status, done['status']), (0, 'ok'))
        for typed, wanted in ((b'y\n', 0), (b'n\n', 3)):
            master, slave = pty.openpty()
            process = self.start(*self.issue(system), stdin=slave, stderr=slave)
            os.close(slave)
            self.read_until(master, b'[y/N]')
            os.write(master, typed)
            self.assertEqual(self.finish(process, master), wanted)
        self.assertEqual(self.effects(), ['original'] * 3)

    def test_image_file_is_never_overwritten(self):
        system = self.simulator()
        path = self.write('image', 'precious')
        status, _, done = self.run_json('mobile', *system, '--booking', '4711', '--room', '101', '--until', day(2),
                                        '--phone', '+447700900123', '--image', path)
        self.assertEqual(status, 2, done)
        with open(path, 'rb') as file:
            self.assertEqual(file.read(), b'precious')

    def test_image_comes_once(self):
        system = self.web_service()
        request = ['issue', *system, '--booking', '4711', '--room', '101', '--until', day(2), '--card-serial',
                   '04:11:22:33', '--idempotency-key', 'once', '--image']
        status, _, err = self.run_tool(*request, self.path('first'))
        self.assertEqual(status, 0, err)
        self.assertGreater(os.path.getsize(self.path('first')), 0)
        status, out, err = self.run_tool(*request, self.path('second'))
        self.assertEqual(status, 3)
        self.assertIn('done before', out)
        self.assertIn('Make the key again', err)
        self.assertFalse(os.path.exists(self.path('second')))

    def test_ledger_that_cannot_be_used(self):
        self.write('damaged.db', 'this is no ledger ' * 1000)
        for uri in ('sqlite:' + self.path('damaged.db'), 'sqlite:' + self.path('missing/ledger.db')):
            status, _, done = self.run_json('keys', '--ledger', uri)
            self.assertEqual((status, done['outcome']), (3, 'not-written'), done)
            self.assertIn('ledger', done['status'])

    def test_what_needs_no_ledger_does_without(self):
        self.write('no-folder', '')
        self.environment.update(XDG_STATE_HOME=self.path('no-folder'))
        for arguments in (['--version'], ['--help'], ['help', 'issue'], ['drivers'], ['drivers', 'salto']):
            status, out, err = self.run_tool(*arguments)
            self.assertEqual((status, err), (0, ''))
            self.assertTrue(out)
        status, _, err = self.run_tool('devices')
        self.assertEqual((status, err), (0, ''))
        self.write('damaged.db', 'this is no ledger ' * 1000)
        system = self.simulator() + ['--option', 'salto.encoder=Desk 1']
        for ledger, reason in (([], 'no-folder/keycard cannot be made'),
                               (['--ledger', 'sqlite:' + self.path('damaged.db')], 'damaged.db'),
                               (['--ledger', 'sqlite:' + self.path('missing/ledger.db')], 'missing/ledger.db')):
            for command in ('encoders', 'devices'):
                with self.subTest(command, ledger=ledger):
                    status, out, err = self.run_tool(command, *system, *ledger)
                    self.assertEqual(status, 0, err)
                    self.assertRegex(out, '(?m)^Desk 1 ')
                    self.assertRegex(err, f'(?m)^The encoders that the ledger remembers are left out: .*{reason}')
                    status, events, done = self.run_json(command, *system, *ledger)
                    self.assertEqual((status, done['status']), (0, 'ok'))
                    self.assertEqual((events[0]['event'], events[0]['operation']), ('warning', ''))
                    self.assertRegex(events[0]['text'], reason)
                    self.assertIn('Desk 1', [event.get('encoder') for event in events])
            self.assertEqual(self.run_json('issue', *system, *ledger, *self.issue([])[1:])[0], 3)
        self.assert_refused(['encoders', *system, '--ledger', 'nonsense'], 'sqlite:PATH')

    def test_no_ledger_is_made_for_devices(self):
        self.assertEqual(self.run_tool('devices')[0], 0)
        self.assertEqual(os.listdir(self.folder), [])

    def read_until(self, descriptor, wanted):
        seen, end = b'', time.monotonic() + PATIENCE
        while wanted not in seen:
            self.assertLess(time.monotonic(), end, seen)
            if select.select([descriptor], [], [], 1)[0]:
                try:
                    chunk = os.read(descriptor, 4096)
                except OSError:
                    chunk = b''
                self.assertTrue(chunk, seen)
                seen += chunk
        return seen

    def finish(self, process, master):
        """Reads the terminal to its end, so that the process can write."""
        while True:
            try:
                if not os.read(master, 4096):
                    break
            except OSError:
                break
        os.close(master)
        return process.wait(PATIENCE)

    def wait_for_prompt(self, process):
        seen = []
        for line in process.stdout:
            seen.append(json.loads(line))
            if seen[-1].get('prompt') == 'present-card':
                return seen
        self.fail(f'no prompt: {seen}')

    def test_interrupt_waits_for_the_answer(self):
        system = self.simulator('--hand-ms', '3000')
        process = self.start('--json', *self.issue(system))
        self.wait_for_prompt(process)
        process.send_signal(signal.SIGINT)
        rest = [json.loads(line) for line in process.stdout]
        status = process.wait(PATIENCE)
        self.assertEqual(rest[0]['event'], 'cancelling')
        done = rest[-1]
        self.assertEqual(done['event'], 'done')
        self.assertEqual(status, {'written': 0, 'not-written': 3, 'unknown': 4}[done['outcome']])
        _, found, _ = self.run_json('operations', '--booking', '4711')
        self.assertEqual([event['outcome'] for event in found if event['event'] == 'operation'], [done['outcome']])
        if done['outcome'] != 'unknown':
            self.assertEqual(self.effects(), ['original'] if done['outcome'] == 'written' else [])

    def test_watching_what_others_do(self):
        system = self.simulator()
        watching = self.start('--json', 'watch', '--limit', '2')
        self.assertEqual(json.loads(watching.stdout.readline())['event'], 'watching')
        _, _, done = self.run_json(*self.issue(system))
        self.assertEqual(done['status'], 'ok', done)
        seen = [json.loads(line) for line in watching.stdout]
        self.assertEqual([line['event'] for line in seen], ['change', 'change', 'done'])
        self.assertEqual(watching.wait(PATIENCE), 0)
        self.assertEqual([line['operation'] for line in seen[:2]], [done['operation']] * 2)
        self.assertEqual((seen[1]['outcome'], seen[1]['key']['booking'], seen[1]['station']), ('written', '4711', 'desk-1'))
        self.assertLess(seen[0]['entry'], seen[1]['entry'])

    def test_watching_ends_with_an_interrupt(self):
        watching = self.start('watch', stderr=subprocess.PIPE)
        self.assertIn(b'Watching', watching.stderr.readline())
        watching.send_signal(signal.SIGINT)
        self.assertEqual(watching.wait(PATIENCE), 0)

    def test_second_interrupt_leaves_at_once(self):
        system = self.simulator('--hand-ms', '3600000')
        process = self.start('--json', *self.issue(system))
        self.wait_for_prompt(process)
        process.send_signal(signal.SIGINT)
        self.assertEqual(json.loads(process.stdout.readline())['event'], 'cancelling')
        process.send_signal(signal.SIGINT)
        done = [json.loads(line) for line in process.stdout][-1]
        self.assertEqual((process.wait(PATIENCE), done['outcome']), (4, 'unknown'))
        _, found, _ = self.run_json('operations', '--unresolved')
        self.assertEqual([event['operation'] for event in found if event['event'] == 'operation'], [done['operation']])

    def test_terminal_shows_the_wait(self):
        system = self.simulator('--hand-ms', '2500')
        master, slave = pty.openpty()
        process = self.start(*self.issue(system), stdin=slave, stderr=slave)
        os.close(slave)
        self.read_until(master, b' ... 1 s')
        self.assertEqual(self.finish(process, master), 0)

    def test_closed_streams_do_no_harm(self):
        system = self.simulator()
        command = ' '.join("'%s'" % word for word in [KEYCARD, *self.issue(system)])
        done = subprocess.run(['/bin/sh', '-c', command + ' <&- >&- 2>&-'], env=self.environment, timeout=PATIENCE,
                              check=False)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(self.run_tool('keys')[0], 0)
        self.assertEqual(self.effects(), ['original'])

    def test_a_reader_that_goes_away_does_not_break_the_operation(self):
        system = self.simulator('--hand-ms', '300')
        process = self.start('--json', *self.issue(system))
        process.stdout.readline()
        process.stdout.close()
        self.assertEqual(process.wait(PATIENCE), 0)
        self.assertEqual(self.effects(), ['original'])


if __name__ == '__main__':
    KEYCARD, SIMULATOR = map(os.path.abspath, sys.argv[1:3])
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
