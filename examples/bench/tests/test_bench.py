# SPDX-License-Identifier: LGPL-2.1-or-later
"""The load generator against simulated lock systems: test_bench.py KEYCARD-BENCH KEYCARD-SIM [unittest options]"""

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

PATIENCE = 120  # seconds; nothing here is timed, this only ends what hangs
BENCH = SIMULATOR = ''
SITE_KEY = ['--option', 'site-number=1', '--option', 'site-key=' + ''.join(f'{byte:02X}' for byte in range(32))]


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='keycard-bench-')
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.journal = self.path('journal')

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self, command, **more):
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd=self.folder, **more)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def simulator(self, driver='salto', *arguments):
        """Starts a lock system; its address, and itself as self.lock."""
        if '--connect' not in arguments:
            arguments = ('--listen', '127.0.0.1:0', *arguments)
        self.lock = self.start([SIMULATOR, driver, '--journal', self.journal, *arguments], stderr=subprocess.PIPE)
        self.addCleanup(self.lock.stderr.close)
        first = self.lock.stdout.readline().decode()
        if not first:
            self.skipTest(f'the driver {driver} is not compiled in')
        return first.split()[-1]

    def run_bench(self, *arguments):
        """Exit status, standard output, standard error."""
        done = subprocess.run([BENCH, *arguments], stdin=subprocess.DEVNULL, capture_output=True, cwd=self.folder,
                              timeout=PATIENCE, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def run_json(self, *arguments, status=0):
        got, out, err = self.run_bench('--json', '--quiet', *arguments)
        self.assertEqual((got, err), (status, ''), out)
        self.assertEqual(out.count('\n'), 1)
        report = json.loads(out)
        self.assertEqual(report['sinceDueMicroseconds']['count'], report['done'])
        self.assertEqual(sum(count for _, count in report['histogramMicroseconds']), report['done'])
        self.assertEqual(sum(kind['count'] for kind in report['kinds'].values()), report['done'])
        self.assertEqual(sum(kind['failed'] for kind in report['kinds'].values()), report['failed'])
        self.assertEqual(sum(status['count'] for status in report['statuses'].values()), report['failed'])
        return report

    def effects(self):
        with open(self.journal, encoding='utf-8') as journal:
            lines = [json.loads(line) for line in journal]
        kinds = [line['kind'] for line in lines if line['event'] == 'effect']
        return {kind: kinds.count(kind) for kind in set(kinds)}


class LockSystems(Case):
    def check(self, driver, scheme, *arguments, simulator=(), path=''):
        address = self.simulator(driver, *simulator)
        report = self.run_json('--system', f'{scheme}://{address}{path}', '--rate', '500', '--count', '60', *arguments)
        self.assertEqual((report['done'], report['failed'], report['planned'], report['notStarted']), (60, 0, 60, 0))
        self.assertEqual(report['systems'], [f'{scheme}://{address}{path}'])
        self.assertGreater(report['kinds']['original']['count'], 20)
        self.assertGreaterEqual(report['kinds']['original']['p50'], 1)
        return report

    def test_salto(self):
        self.check('salto', 'salto+tcp', '--encoder', 'Online Encoder {1-3}', '--mix',
                   'original=8,duplicate=4,reissue=2,one-shot=2,read=2,check-out=2')

    def test_onity(self):
        self.check('onity', 'onity+tcp', '--encoder', '{1-2}')

    def test_saflok_irs(self):
        self.check('saflok-irs', 'saflok+tcp', '--encoder', '{01-02}', '--option', 'password=secret')

    def test_web_service(self):
        self.check('ambiance', 'ambiance+http', '--encoder', '{1-2}', '--mix',
                   'original=9,duplicate=2,reissue,check-out,block,unblock', path='/MessengerPMSWS.asmx')

    def test_fias_tells_what_it_offers(self):
        address = self.free_address()
        self.simulator('fias', '--connect', address)
        report = self.run_json('--system', f'fias+listen://{address}', '--encoder', '{1-2}', '--rate', '500', '--count',
                               '60')
        self.assertEqual((report['done'], report['failed']), (60, 0))

    def free_address(self):
        with socket.socket() as one:
            one.bind(('127.0.0.1', 0))
            return f'127.0.0.1:{one.getsockname()[1]}'

    def test_encoders_on_the_desk_tell_themselves(self):
        for driver in ('magstripe', 'contactless'):
            with self.subTest(driver):
                address = self.simulator(driver)
                report = self.run_json('--system', f'{driver}+tcp://{address}', '--rate', '500', '--count', '6',
                                       *SITE_KEY)
                self.assertEqual((report['done'], report['failed'], report['encoders']), (6, 0, 1))

    def test_several_systems_are_hotels_of_their_own(self):
        first, second = self.simulator(), self.simulator()
        report = self.run_json('--system', f'salto+tcp://{first}', '--system', f'salto+tcp://{second}', '--encoder',
                               'E{1-3}', '--rate', '1000', '--count', '120')
        self.assertEqual((report['done'], report['failed'], report['encoders'], len(report['systems'])), (120, 0, 6, 2))


class Mix(Case):
    def test_the_lock_system_gets_the_mix(self):
        address = self.simulator()
        report = self.run_json('--system', f'salto+tcp://{address}', '--encoder', 'E{1-2}', '--rate', '1000', '--mix',
                               'original=6,duplicate=3,check-out=3', '--count', '120')
        self.assertEqual({name: kind['count'] for name, kind in report['kinds'].items()},
                         {'original': 60, 'duplicate': 30, 'check-out': 30})
        effects = self.effects()
        # Two stays for each encoder are there before the test.
        self.assertEqual((effects['original'], effects['duplicate'], effects['check-out']), (64, 30, 30))

    def test_what_is_not_offered_is_named(self):
        address = self.simulator()
        got, out, err = self.run_bench('--system', f'salto+tcp://{address}', '--encoder', 'E', '--mix', 'mobile')
        self.assertEqual((got, out), (3, ''))
        self.assertIn('does not offer "mobile"', err)
        self.assertFalse(os.path.exists(self.journal) and self.effects())

    def test_keys_can_be_blocked_and_sent(self):
        report = self.run_json('--system', 'virtual:', '--rate', '1000', '--count', '150', '--mix',
                               'original=4,mobile=2,block,unblock,cancel,modify')
        self.assertEqual((report['done'], report['failed'], report['leftOut']), (150, 0, 0))

    def test_clean_up_checks_out_who_is_there(self):
        address = self.simulator()
        report = self.run_json('--system', f'salto+tcp://{address}', '--encoder', 'E{1-2}', '--rate', '1000', '--mix',
                               'original', '--count', '40', '--clean-up', '--room', '{101-110}')
        self.assertEqual((report['cleanedUp'], report['notCleanedUp']), (10, 0))
        self.assertEqual(self.effects()['check-out'], 10)


class Omission(Case):
    def test_a_stall_counts_for_all_who_wait(self):
        """One answer comes two seconds late; fifty a second are due meanwhile, at the only encoder."""
        address = self.simulator('salto', '--fault', 'late:2000@20')
        report = self.run_json('--system', f'salto+tcp://{address}', '--encoder', 'E', '--rate', '50', '--count', '150',
                               '--mix', 'original')
        self.assertEqual((report['done'], report['failed']), (150, 0))
        waited = sum(count for upper, count in report['histogramMicroseconds'] if upper >= 1e6)
        self.assertGreaterEqual(waited, 40)  # all that were due in the first second
        self.assertGreaterEqual(report['sinceStartMicroseconds']['max'], 2e6)
        self.assertGreater(report['sinceDueMicroseconds']['p90'], 2 * report['sinceStartMicroseconds']['p90'])

    def test_what_waits_at_the_end_is_told(self):
        address = self.simulator('salto', '--hand-ms', '-1', '--fault', 'silent-after-ack@3')
        report = self.run_json('--system', f'salto+tcp://{address}', '--encoder', 'E', '--rate', '100', '--count', '50',
                               '--mix', 'read', '--drain', '0', status=1)
        self.assertGreater(report['notStarted'], 0)
        self.assertEqual(report['done'] + report['notStarted'] + report['unfinished'], 50)


class Failures(Case):
    def test_errors_are_counted_by_status(self):
        address = self.simulator('salto', '--fault', 'error:EP@7')
        report = self.run_json('--system', f'salto+tcp://{address}', '--encoder', 'E', '--rate', '500', '--count', '30',
                               '--mix', 'original', status=1)
        self.assertEqual((report['done'], report['failed'], len(report['statuses'])), (30, 1, 1))
        status, = report['statuses'].values()
        self.assertEqual(status['count'], 1)
        self.assertTrue(status['first'])
        got, out, _ = self.run_bench('--system', 'virtual:?encoders=A', '--encoder', 'B', '--quiet')
        self.assertEqual((got, out), (3, ''))

    def test_an_outcome_that_is_not_known(self):
        address = self.simulator('salto', '--fault', 'drop-after-ack@9')
        report = self.run_json('--system', f'salto+tcp://{address}', '--encoder', 'E{1-2}', '--rate', '100', '--count',
                               '40', status=1, *['--mix', 'original=3,duplicate'])
        self.assertGreaterEqual(report['unknownOutcome'], 1)
        self.assertEqual(report['done'] + report['leftOut'], 40)

    def test_a_lock_system_that_goes_away(self):
        address = self.simulator()
        bench = self.start([BENCH, '--system', f'salto+tcp://{address}', '--encoder', 'E', '--rate', '50', '--duration',
                            '4', '--option', 'connect-timeout=500', '--drain', '1'], stderr=subprocess.PIPE)
        self.addCleanup(bench.stderr.close)
        self.assertIn(b'done', bench.stderr.readline())
        self.lock.kill()
        out, _ = bench.communicate(timeout=PATIENCE)
        self.assertEqual(bench.returncode, 1)
        self.assertIn(b'all, since due', out)
        self.assertRegex(out, rb'(unreachable|connection-lost); the first: ')

    def test_nobody_there(self):
        got, out, err = self.run_bench('--system', 'salto+tcp://127.0.0.1:1', '--encoder', 'E')
        self.assertEqual((got, out), (3, ''))
        self.assertIn('127.0.0.1', err)


class Safety(Case):
    def refuse(self, *arguments):
        got, out, err = self.run_bench('--encoder', 'E', *arguments)
        self.assertEqual((got, out), (2, ''), err)
        return err

    def test_what_is_not_here_is_refused(self):
        for uri, name in (('salto+tcp://10.0.0.5:8090', '10.0.0.5'), ('fias+listen://0.0.0.0:5010', '0.0.0.0'),
                          ('salto+serial:/dev/null', '/dev/null'), ('magstripe+usb:', 'magstripe+usb:'),
                          ('saflok+http://127.0.0.1/x?proxy=http://10.0.0.9:1', '10.0.0.9')):
            with self.subTest(uri):
                err = self.refuse('--system', uri)
                self.assertIn(f"--not-loopback '{name}' --i-know-it-makes-real-keys", err)
                self.refuse('--system', uri, '--not-loopback', name)
                self.refuse('--system', uri, '--i-know-it-makes-real-keys')
                self.refuse('--system', uri, '--not-loopback', name + 'x', '--i-know-it-makes-real-keys')
                self.refuse('--system', 'virtual:', '--system', uri)
        self.assertIn('10.0.0.9', self.refuse('--system', 'saflok+http://127.0.0.1/x', '--option',
                                              'proxy=http://10.0.0.9:1'))
        self.assertIn('so are 1 more', self.refuse('--system', 'salto+tcp://10.0.0.{5-6}:1'))

    def test_told_twice_it_goes_there(self):
        got, out, err = self.run_bench('--system', 'salto+serial:/dev/null', '--encoder', 'E', '--not-loopback',
                                       '/dev/null', '--i-know-it-makes-real-keys')
        self.assertEqual((got, out), (3, ''))
        self.assertIn('it is not a serial port', err)

    def test_an_allowance_for_nothing_is_a_mistake(self):
        self.assertIn('10.0.0.5', self.refuse('--system', 'virtual:', '--not-loopback', '10.0.0.5',
                                              '--i-know-it-makes-real-keys'))

    def test_ledgers(self):
        with open(self.path('pms.db'), 'wb'):
            pass
        err = self.refuse('--system', 'virtual:', '--ledger', 'sqlite:' + self.path('pms.db'), '--not-loopback',
                          'sqlite:' + self.path('pms.db'), '--i-know-it-makes-real-keys')
        self.assertIn('there already', err)
        self.assertEqual(os.path.getsize(self.path('pms.db')), 0)
        self.assertIn('10.0.0.5', self.refuse('--system', 'virtual:', '--ledger', 'postgresql://pms@10.0.0.5/keys'))
        report = self.run_json('--system', 'virtual:', '--ledger', 'sqlite:' + self.path('new.db'), '--rate', '100',
                               '--count', '20')
        self.assertEqual((report['done'], report['failed']), (20, 0))
        self.assertGreater(os.path.getsize(self.path('new.db')), 0)
        report = self.run_json('--system', 'virtual:', '--ledger', 'none:', '--rate', '100', '--count', '20', '--mix',
                               'original,read')
        self.assertEqual((report['done'], report['failed']), (20, 0))


class Usage(Case):
    def test_typos_and_nonsense(self):
        system = ['--system', 'virtual:']
        for arguments, wanted in (
                ([], 'which lock system'),
                (['--sistem', 'x'], 'did you mean --system'),
                (['--i-know', 'x'], 'one word too many'),
                ([*system, 'more'], 'one word too many: more'),
                ([*system, '--rate'], 'needs a value'),
                ([*system, '--json=1'], 'takes no value'),
                ([*system, '--rate', '0'], '--rate is a number'),
                ([*system, '--rate', 'inf'], '--rate is a number'),
                ([*system, '--rate', '0x10'], '--rate is a number'),
                ([*system, '--rate', '1.2.3'], '--rate is a number'),
                ([*system, '--rate', '-1'], '--rate is a number'),
                ([*system, '--count', '1.5'], 'whole number'),
                ([*system, '--duration', ''], '--duration is a number'),
                ([*system, '--mix', 'duplicat'], 'did you mean "duplicate"'),
                ([*system, '--encoder', '{1-'], '{FROM-TO}'),
                ([*system, '--encoder', ''], 'empty name'),
                ([*system, '--option', 'x'], 'NAME=VALUE'),
                (['--system', 'virtual:', '--ledger', 'nonsense'], 'memory:')):
            with self.subTest(arguments):
                got, out, err = self.run_bench(*arguments)
                self.assertEqual((got, out), (2, ''), err)
                self.assertIn(wanted, err)
                self.assertTrue(err.startswith('keycard-bench: '))

    def test_what_the_library_refuses_is_told(self):
        for arguments, wanted in ((['--system', 'salto+tcp://127.0.0.1:99999', '--encoder', 'E'], 'port'),
                                  (['--system', 'slato+tcp://127.0.0.1:1', '--encoder', 'E'], 'slato'),
                                  (['--system', 'virtual:', '--option', 'nosuch=1'], 'nosuch'),
                                  (['--system', 'virtual:', '--room', '101'], 'at least 6 rooms')):
            with self.subTest(arguments):
                got, out, err = self.run_bench(*arguments)
                self.assertEqual((got, out), (3, ''), err)
                self.assertIn(wanted, err)

    def test_help_and_version(self):
        got, out, err = self.run_bench('--help')
        self.assertEqual((got, err), (0, ''))
        folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        with open(os.path.join(folder, 'settings.c'), encoding='utf-8') as source:
            for option in re.findall(r'\{"([a-z-]+)"', source.read()):
                self.assertIn('--' + option, out)
        got, out, err = self.run_bench('--version')
        self.assertRegex(out, r'^keycard-bench \d+\.\d+\.\d+\n$')

    def test_options_of_the_uri_are_not_shown(self):
        report = self.run_json('--system', 'virtual:?encoders=Hidden', '--count', '2', '--rate', '100')
        self.assertEqual(report['systems'], ['virtual:'])


class Output(Case):
    def test_the_disk_is_full(self):
        load = ['--system', 'virtual:', '--rate', '200', '--count', '20', '--quiet']
        for arguments in (['--help'], ['--version'], load, [*load, '--json']):
            with self.subTest(arguments), open('/dev/full', 'wb') as full:
                done = subprocess.run([BENCH, *arguments], stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE,
                                      timeout=PATIENCE, check=False)
                self.assertEqual(done.returncode, 3)
                self.assertIn(b'the output could not be written in full', done.stderr)

    def test_a_table(self):
        got, out, err = self.run_bench('--system', 'virtual:', '--rate', '200', '--count', '20', '--quiet')
        self.assertEqual((got, err), (0, ''))
        for row in ('milliseconds', 'all, since due', 'original', 'duplicate', 'read', 'check-out', 'all, since start'):
            self.assertRegex(out, rf'(?m)^{row} +')
        self.assertIn('20 operations', out)

    def test_a_line_a_second_without_terminal(self):
        got, _, err = self.run_bench('--system', 'virtual:', '--rate', '100', '--duration', '1.5')
        self.assertEqual(got, 0)
        self.assertRegex(err, r'(?m)^ *1 s: \d+ done, 0 failed')
        self.assertNotIn('\033', err)

    def test_a_picture_on_a_terminal(self):
        outer, inner = pty.openpty()
        bench = self.start([BENCH, '--system', 'virtual:', '--rate', '100', '--duration', '1.5'], stderr=inner)
        os.close(inner)
        shown = b''
        try:
            while piece := os.read(outer, 4096):
                shown += piece
        except OSError:  # the other side has closed
            pass
        os.close(outer)
        self.assertEqual(bench.wait(PATIENCE), 0)
        self.assertRegex(shown, rb'<= +[0-9.]+ [mu]?s \|#+ \d+')
        self.assertTrue(shown.endswith(b'\033[J'))

    def test_the_distribution_for_plotters(self):
        report = self.run_json('--system', 'virtual:', '--rate', '500', '--count', '100', '--hgrm', self.path('out'))
        with open(self.path('out'), encoding='utf-8') as file:
            lines = file.read().splitlines()
        self.assertEqual(lines[0].split(), ['Value', 'Percentile', 'TotalCount', '1/(1-Percentile)'])
        rows = [[float(word) for word in line.split()] for line in lines[2:] if not line.startswith('#')]
        self.assertEqual(rows, sorted(rows, key=lambda row: row[:3]))
        self.assertEqual(rows[-1][1:], [1.0, 100.0])
        self.assertAlmostEqual(rows[-1][0], report['sinceDueMicroseconds']['max'] / 1000, places=2)
        self.assertGreater(len(rows), 10)
        self.assertEqual(len([line for line in lines if line.startswith('#[')]), 3)
        for rows_before in (200, 2):  # what was in the file before is replaced
            self.run_json('--system', 'virtual:', '--rate', '500', '--count', str(rows_before), '--hgrm', self.path('out'))
        with open(self.path('out'), encoding='utf-8') as file:
            self.assertEqual(file.read().count('Percentile'), 2)
        got, _, err = self.run_bench('--system', 'virtual:', '--count', '1', '--quiet', '--hgrm', '/dev/full')
        self.assertEqual(got, 3)
        self.assertIn('/dev/full: No space left', err)

    def test_a_file_that_cannot_be_written_is_told_before_the_load(self):
        for path in (self.path('no/such'), self.folder):
            got, out, err = self.run_bench('--system', 'virtual:', '--count', '1', '--quiet', '--hgrm', path)
            self.assertEqual((got, out), (3, ''))
            self.assertIn(path + ': ', err)


class Stopping(Case):
    def stop(self, times, *arguments):
        bench = self.start([BENCH, '--json', '--duration', '600', *arguments], stderr=subprocess.PIPE)
        self.addCleanup(bench.stderr.close)
        self.assertIn(b'done', bench.stderr.readline())
        for _ in range(times):
            bench.send_signal(signal.SIGINT)
            if times > 1:
                bench.stderr.readline()
        out, _ = bench.communicate(timeout=PATIENCE)
        report = json.loads(out)
        self.assertTrue(report['interrupted'])
        self.assertLess(report['done'], report['planned'])
        return bench.returncode, report

    def test_ctrl_c_ends_with_the_table(self):
        status, report = self.stop(1, '--system', 'virtual:', '--rate', '50')
        self.assertEqual(status, 0)
        self.assertGreater(report['done'], 0)
        self.assertEqual((report['unfinished'], report['failed']), (0, 0))

    def test_a_second_one_does_not_wait(self):
        address = self.simulator('salto', '--hand-ms', '600000')
        bench = ['--system', f'salto+tcp://{address}', '--encoder', 'E', '--rate', '50', '--mix', 'read', '--drain',
                 '500']
        status, report = self.stop(2, *bench)
        self.assertEqual((status, report['unfinished'], report['done']), (1, 1, 0))


if __name__ == '__main__':
    BENCH, SIMULATOR = map(os.path.abspath, sys.argv[1:3])
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
