# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs in a folder of their own, the journal of simulated lock systems, and the answer of an HTTP service."""

import json
import os
import subprocess
import tempfile
import unittest


class Answer:
    def __init__(self, reply):
        self.status = reply.status
        self.headers = reply.headers
        self.body = reply.read()

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f'{self.status} {self.body!r}'


class ProgramCase(unittest.TestCase):
    """`environment` is what the programs are told besides that of the test; simulators write into `journal`."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='keycard-program-')
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.environment = {}
        self.journal = self.path('journal')

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), 'w', encoding='utf-8', errors='surrogateescape') as file:
            file.write(text)
        return self.path(name)

    def start(self, arguments, pattern, **more):
        """A program whose first line fits the pattern, and that line."""
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, cwd=self.folder,
                                   env={**os.environ, **self.environment}, **more)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        first = process.stdout.readline().decode()
        self.assertRegex(first, pattern)
        return process, first

    def check_a_full_disk(self, *arguments, **more):
        """What cannot be written must not pass for written."""
        with open('/dev/full', 'wb') as full:
            done = subprocess.run(arguments, stdout=full, stderr=subprocess.PIPE, timeout=60, check=False, **more)
        self.assertEqual(done.returncode, 1, arguments)
        self.assertIn(b'the output could not be written in full', done.stderr)

    def journal_lines(self, event):
        if not os.path.exists(self.journal):
            return []
        with open(self.journal, encoding='utf-8') as journal:
            return [line for line in map(json.loads, journal) if line['event'] == event]

    def effects(self):
        return self.journal_lines('effect')
