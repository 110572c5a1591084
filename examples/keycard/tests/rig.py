# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command-line tool in a folder of its own, with simulated lock systems: what its tests share."""

import datetime
import json
import os
import subprocess
import tempfile
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
                                   stdin=more.pop('stdin', subprocess.DEVNULL),
                                   stdout=more.pop('stdout', subprocess.PIPE),
                                   stderr=more.pop('stderr', subprocess.PIPE), **more)
        for stream in filter(None, (process.stdout, process.stderr)):
            self.addCleanup(stream.close)
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
