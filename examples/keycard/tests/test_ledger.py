# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the command-line tool does with the ledger as a whole: test_ledger.py KEYCARD KEYCARD-SIM [unittest options]"""

import os
import sys
import unittest

import rig


class Ledger(rig.Case):
    def stays(self, *arguments):
        """Two stays with guest data, in the ledger of the folder."""
        system = self.simulator() + ['--option', 'salto.mobile=on', *arguments]
        for booking, room in (('4711', '101'), ('4712', '102')):
            status, _, done = self.run_json(*self.issue(system, booking=booking, room=room), '--guest', 'Zebulon Q.',
                                            '--phone', '+447700900123')
            self.assertEqual((status, done['status']), (0, 'ok'), done)

    def journal_of(self, *arguments):
        status, events, done = self.run_json(*arguments)
        self.assertEqual((status, done['status']), (0, 'ok'), done)
        return [(event['entries'], event['digest']) for event in events if event['event'] == 'journal'][0]

    def files_with(self, text):
        found = []
        for folder, _, files in os.walk(self.folder):
            for name in files:
                with open(os.path.join(folder, name), 'rb') as file:
                    if text.encode() in file.read():
                        found.append(name)
        return found

    def test_lists_show_guests_only_when_asked(self):
        self.stays()
        for arguments in (['keys'], ['keys', '--json'], ['operations'], ['operations', '--json'], ['audit', '--csv'],
                          ['audit', '--json'], ['keys', '--verbose'], ['--json', '--verbose', 'operations']):
            status, out, err = self.run_tool(*arguments)
            self.assertEqual(status, 0, err)
            self.assertNotRegex(out + err, 'Zebulon|7700900123')
        self.assertIn('Zebulon Q.', self.run_tool('keys', '--guest-data')[1])
        _, events, _ = self.run_json('keys', '--guest-data')
        keys = [event for event in events if event['event'] == 'key']
        self.assertEqual({key['guest'] for key in keys}, {'Zebulon Q.'})
        self.assertIn('+447700900123', {key['phone'] for key in keys})

    def test_forgetting_by_age(self):
        self.stays()
        for arguments, pattern in ((['forget'], '--older-than'), (['forget', '--older-than', 'x'], 'whole number'),
                                   (['forget', '--older-than', '-1'], 'whole number'),
                                   (['forget', '--older-than', '1', '--booking', '4711'], '--older-than')):
            self.assert_refused(arguments, pattern)
        status, events, _ = self.run_json('forget', '--older-than', '0')
        self.assertEqual((status, events[-1]), (0, {'event': 'forgotten', 'stays': 0}))
        self.assertEqual(self.run_tool('forget', '--older-than', '0')[1], '0 stays forgotten.\n'
                         "The guests' data are erased from the ledger; the records stay.\n")
        self.assert_refused(['keys', '--policy', 'forget-after=0'], 'forget-after')
        self.assertEqual(self.run_tool('keys', '--policy', 'forget-after=30')[0], 0)

    def test_ledgers_are_copied_and_backed_up(self):
        self.stays()
        here = 'sqlite:' + self.path('.local/state/keycard/ledger.db')
        there, backup = 'sqlite:' + self.path('there.db'), self.path('backup.db')
        whole = self.journal_of('ledger', 'verify')
        self.assertEqual(self.journal_of('ledger', 'copy', here, there), whole)
        self.assertEqual(self.journal_of('ledger', 'copy', here, there), whole)
        self.assertEqual(self.journal_of('ledger', 'verify', '--ledger', there), whole)
        self.assertEqual(self.journal_of('ledger', 'backup', backup), whole)
        self.assertEqual(self.journal_of('verify-ledger', '--ledger', 'sqlite:' + backup), whole)
        status, _, err = self.run_tool('ledger', 'backup', backup)
        self.assertEqual(status, 3)
        self.assertIn('is there already', err)
        self.assertIn(f'{whole[0]} entries', self.run_tool('ledger', 'copy', here, there)[1])
        for arguments, pattern in ((['ledger'], 'copy, backup or verify'), (['ledger', 'move'], 'copy, backup or verify'),
                                   (['ledger', 'copy', here], 'FROM-URI TO-URI'),
                                   (['ledger', 'copy', here, there, here], 'one word too many'),
                                   (['ledger', 'backup'], 'backup FILE'), (['ledger', 'verify', 'x'], 'ledger verify'),
                                   (['ledger', 'copy', here, there, '--ledger', here], 'first word'),
                                   (['ledger', 'verify', '--new-key-file', 'x'], 'copy only')):
            self.assert_refused(arguments, pattern)
        self.assert_refused(['ledger', 'copy', here, 'nonsense'], 'nonsense', 3)
        mistyped = self.path('ther.db')
        for arguments in (['ledger', 'verify', '--ledger', 'sqlite:' + mistyped], ['ledger', 'copy', 'sqlite:' + mistyped, there],
                          ['verify-ledger', '--ledger', 'sqlite:' + mistyped],
                          ['ledger', 'backup', self.path('second.db'), '--ledger', 'sqlite:' + mistyped]):
            self.assert_refused(arguments, 'there is no ledger .*ther.db', 3)
        self.assertFalse(os.path.exists(mistyped))

    def test_encrypted_ledgers(self):
        key, other = self.write('key', os.urandom(32)), self.write('other', os.urandom(32).hex() + '\n')
        for path in key, other:
            os.chmod(path, 0o600)
        self.stays('--key-file', key)
        self.assertEqual(self.files_with('Zebulon'), [])
        whole = self.journal_of('ledger', 'verify', '--key-file', key)
        self.assertIn('Zebulon Q.', self.run_tool('keys', '--guest-data', '--key-file', key)[1])
        for arguments, pattern in ((['keys'], 'no key was given'), (['keys', '--key-file', other], 'another key')):
            got, _, err = self.run_tool(*arguments)
            self.assertEqual(got, 3)
            self.assertIn(pattern, err)
        self.environment['KEYCARD_KEY_FILE'] = key
        here, there = 'sqlite:' + self.path('.local/state/keycard/ledger.db'), 'sqlite:' + self.path('there.db')
        copied = self.journal_of('ledger', 'copy', here, there, '--new-key-file', other)
        self.assertGreater(copied[0], whole[0])
        self.assertEqual(self.files_with('Zebulon'), [])
        keys = self.run_tool('keys', '--guest-data', '--ledger', there, '--key-file', other)[1]
        self.assertIn('Zebulon Q.', keys)
        self.assertNotIn('enc1:', keys)
        for content, mode, pattern in ((os.urandom(31), 0o600, '32 bytes'), (os.urandom(33), 0o600, '32 bytes'),
                                       (b'x' * 64, 0o600, '32 bytes'), (b'', 0o600, '32 bytes'),
                                       (b'1' * 64 + b'\n\n', 0o600, '32 bytes'), (os.urandom(32), 0o644, 'chmod 600'),
                                       (os.urandom(32), 0o660, 'chmod 600')):
            bad = self.write('bad', content)
            os.chmod(bad, mode)
            self.assert_refused(['keys', '--key-file', bad], pattern)
        self.assert_refused(['keys', '--key-file', self.path('none')], 'cannot be opened')
        self.assert_refused(['keys', '--key-file', self.folder], 'no regular file')


if __name__ == '__main__':
    rig.KEYCARD, rig.SIMULATOR = map(os.path.abspath, sys.argv[1:3])
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
