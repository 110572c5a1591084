# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the command-line tool is told, by its arguments and its configuration file:
test_cli.py KEYCARD KEYCARD-SIM [unittest options]"""

import json
import os
import re
import resource
import subprocess
import sys
import unittest

import rig
from rig import PATIENCE, Case, day


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
                (['issue', '--system', 'a=salt+tcp://h:1'], '"a" begins with "salt+tcp:"; did you mean "salto+tcp:"'),
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
                (['issue', '--system', 'virtual:', '--booking', '1'], 'needs a name before its URI: --system NAME=URI'),
                (['issue', '--system', 'a=virtual:', '--system', 'a=salto+tcp://h:1'], 'twice for the name "a"'),
                (['issue', '--system', 'a=virtual:?xyzzyxyzzy=1'], '"a".*no option "xyzzyxyzzy".*keycard drivers'),
                (['issue', '--system', 'a=virtual:', '--option', 'a.xyzzyxyzzy=1'], '"a".*"xyzzyxyzzy".*keycard drivers'),
                (['issue', '--system', 'a=b', '--booking', '1'], 'such as "virtual:"'),
                (['issue', '--system', '=salto+tcp://h:1'], 'NAME=URI'),
                (['issue', '--system', 'a=nosuch+tcp://h:1'], 'nosuch'),
                (['issue', '--system', 'b=virtual:', '--system', 'a=salto+tcp://'], '"a".*host is missing'),
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

    def test_what_is_to_be_corrected_is_told_as_it_is_written_here(self):
        system = ['--system', 'locks=virtual:', '--encoder', 'Desk 1']
        for arguments, option in (
                (['issue', *system, '--booking', '1', '--until', '2036-06-18'], '--room ROOM'),
                (['issue', *system, '--booking', '1', '--room', '101'], '--until TIME'),
                (['issue', *system[:2], '--booking', '1', '--room', '101', '--until', '2036-06-18'],
                 '--encoder NAME; keycard encoders lists them')):
            with self.subTest(arguments):
                status, _, err = self.run_tool(*arguments)
                self.assertEqual(status, 3)
                self.assertIn('  option       ' + option + '\n', err)

    def test_no_option_is_told_that_the_command_does_not_take(self):
        system = ['--system', 'locks=virtual:']
        status, _, done = self.run_json('checkout', *system, '--booking', '1', '--room', '101')
        self.assertEqual((status, done['status'], done['error']['field']), (3, 'not-checked-in', 'rooms'))
        status, _, err = self.run_tool('retry', *system, '--operation', done['operation'])
        self.assertEqual(status, 3)
        self.assertIn('room "101"', err)
        self.assertNotIn('  option ', err)
        self.assert_refused(['retry', *system, '--operation', done['operation'], '--room', '102'], 'takes no --room')

    def test_one_of_several_systems_is_told_by_its_name(self):
        request = ['read', '--system', 'a=virtual:', '--system', 'b=virtual:', '--encoder', 'Desk 1']
        status, _, err = self.run_tool(*request)
        self.assertEqual(status, 3)
        self.assertIn('  option       --system NAME\n', err)
        self.assertNotIn('name the system', self.run_tool(*request, '--system', 'b')[2])

    def test_what_the_ledger_does_not_have_is_named(self):
        nobody = '01975f6e-8c00-7123-8456-0123456789ab'
        self.assert_refused(['forget', '--booking', 'B 555'], 'nothing of booking "B 555"', status=3)
        self.assert_refused(['resolve', '--operation', nobody, '--how', 'opens', '--site', 'Sea View'],
                            f'no operation {nobody} of the site "Sea View"', status=3)

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

    def run_on_a_full_disk(self, *arguments):
        with open('/dev/full', 'wb') as full:
            return subprocess.run([KEYCARD, *arguments], stdout=full, stderr=subprocess.PIPE, timeout=PATIENCE,
                                  env=self.environment, check=False)

    def test_output_that_cannot_be_written(self):
        done = self.run_on_a_full_disk('drivers')
        self.assertIn(b'could not be written', done.stderr)
        hotel = ['--system', 'locks=virtual:', '--encoder', 'Desk 1']
        key = self.run_on_a_full_disk('issue', *hotel, '--room', '101', '--booking', '1', '--until', '2036-06-18')
        self.assertEqual(key.returncode, 0)  # the key is made
        for command in (['--help'], ['--version'], ['keys', '--help'], ['help', 'keys'], ['devices'],
                        ['devices', '--json'], ['drivers'], ['drivers', 'salto'], ['keys'], ['keys', '--json'],
                        ['operations'], ['audit', '--csv'], ['verify-ledger'],
                        ['encoders', '--system', 'locks=virtual:']):
            with self.subTest(command):
                done = self.run_on_a_full_disk(*command)
                self.assertEqual(done.returncode, 3)
                self.assertIn(b'could not be written', done.stderr)

    def test_descriptors_that_are_used_up_are_named(self):
        hotel = ['--system', 'locks=virtual:', '--encoder', 'Desk 1', '--ledger', 'sqlite:' + self.path('few.db')]
        made = 0
        for limit in range(4, 24):
            done = subprocess.run([KEYCARD, 'issue', *hotel, '--room', str(limit), '--booking', str(limit), '--until',
                                   '2036-06-18'], stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE,
                                  env=self.environment, check=False, cwd=self.folder,
                                  preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))
            made += done.returncode == 0
            with self.subTest(limit):
                if done.returncode:
                    self.assertEqual(done.returncode, 3)
                    self.assertIn(b'(ulimit -n)', done.stderr)
        self.assertGreater(made, 0)

    def test_help_names_no_options_where_there_are_none(self):
        self.assertNotIn('\nOptions:\n', self.run_tool('verify-ledger', '--help')[1])
        self.assertIn('\nOptions:\n', self.run_tool('audit', '--help')[1])

    def test_an_option_without_value_is_quoted_as_it_was_given(self):
        _, _, err = self.run_tool('keys', '--system', 'locks=virtual:', '--option', 'locks.room.101')
        self.assertIn('not "locks.room.101"', err)


class Configuration(Case):
    def conf(self, text):
        return self.write('conf/keycard.conf', text)

    def test_hostile_files(self):
        for text, pattern in (
                ('[keycard]\nstattion = x\n', 'line 2.*"stattion"; did you mean "station"'),
                ('[keycrad]\nstation = x\n', 'line 2.*"keycrad"; did you mean "keycard"'),
                ('[sytem locks]\nuri = x:\n', r'line 2.*are \[keycard\], \[policy\] and \[system NAME\].*"sytem locks"'),
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


if __name__ == '__main__':
    rig.KEYCARD, rig.SIMULATOR = map(os.path.abspath, sys.argv[1:3])
    KEYCARD = rig.KEYCARD
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
