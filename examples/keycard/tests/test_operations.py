# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the command-line tool does with a simulated lock system, from the request to the answer, and how it can be
ended: test_operations.py KEYCARD KEYCARD-SIM [unittest options]"""

import contextlib
import csv
import io
import json
import os
import pty
import re
import select
import signal
import sqlite3
import subprocess
import sys
import time
import unittest

import rig
from rig import PATIENCE, Case, day


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

    def test_lists_say_that_there_are_more(self):
        made = ['--system', 'locks=virtual:?encoders=Desk', '--encoder', 'Desk']
        for booking in ('1', '2', '3'):
            self.assertEqual(self.run_tool('issue', *made, '--booking', booking, '--room', '10' + booking, '--until',
                                           '2036-06-18')[0], 0)
        for command, event in (('keys', 'key'), ('operations', 'operation')):
            for limit, shown, more in (('2', 2, True), ('3', 3, False), ('100000', 3, False)):
                status, events, done = self.run_json(command, '--limit', limit)
                self.assertEqual((status, [one['event'] for one in events].count(event)), (0, shown))
                self.assertIs(done['more'], more)
                status, out, err = self.run_tool(command, '--limit', limit)
                self.assertEqual(status, 0)
                self.assertIn(f'\n{shown} {event}s.', out)
                self.assertEqual('--limit NUMBER' in err, more, err)
            self.assertIs(self.run_json(command)[2]['more'], False)
        self.assertNotIn('more', self.run_json('verify-ledger')[2])

    def test_lists_show_what_can_be_read_of_a_damaged_ledger(self):
        ledger = self.path('damaged.db')
        made = ['--system', 'locks=virtual:?encoders=Desk', '--encoder', 'Desk', '--ledger', 'sqlite:' + ledger]
        for booking in ('1', '2', '3'):
            status, _, done = self.run_json('issue', *made, '--booking', booking, '--room', '10' + booking, '--until',
                                            '2036-06-18')
            self.assertEqual(status, 0, done)
        with contextlib.closing(sqlite3.connect(ledger)) as database:
            numbers = [row[0] for row in database.execute('SELECT id FROM operation ORDER BY id')]
            database.execute("UPDATE operation SET packed = x'' WHERE id = ?", (numbers[1],))
            database.commit()
        for command, event, rooms in (('keys', 'key', 'rooms'), ('operations', 'operation', 'booking')):
            status, events, done = self.run_json(command, '--ledger', 'sqlite:' + ledger)
            self.assertEqual((status, done['status']), (3, 'ledger-damaged'), done)
            self.assertIn('1 left out', done['error']['message'])
            found = [shown[rooms] for shown in events if shown['event'] == event]
            self.assertEqual(found, [['103'], ['101']] if rooms == 'rooms' else ['3', '1'])
            self.assertIs(done['more'], False)
            # What stands behind the end of the list is not left out of it.
            status, events, done = self.run_json(command, '--ledger', 'sqlite:' + ledger, '--limit', '1')
            self.assertEqual((status, done['status'], done['more']), (0, 'ok', True))
            self.assertEqual([shown['event'] for shown in events], [event])
        # What was in the other one may matter to a new key.
        status, _, done = self.run_json('issue', *made, '--booking', '4', '--room', '104', '--until', '2036-06-18')
        self.assertEqual((status, done['status']), (3, 'ledger-damaged'), done)

    def test_a_key_is_recorded_though_its_intent_was_deleted(self):
        system = self.simulator('--hand-ms', '500')
        ledger = self.path('deleted.db')
        process = self.start('--json', *self.issue(system), '--ledger', 'sqlite:' + ledger)
        self.wait_for_prompt(process)
        with contextlib.closing(sqlite3.connect(ledger)) as database:
            self.assertEqual(database.execute('DELETE FROM operation').rowcount, 1)
            database.commit()
        out, _ = process.communicate(timeout=PATIENCE)
        done = json.loads(out.splitlines()[-1])
        self.assertEqual((process.returncode, done['outcome'], done['warnings']), (0, 'written', []))
        _, events, _ = self.run_json('keys', '--ledger', 'sqlite:' + ledger)
        self.assertEqual([(key['id'], key['state'], key['rooms']) for key in events],
                         [(done['operation'], 'active', ['101'])])
        # What was deleted is missed all the same.
        status, _, done = self.run_json('verify-ledger', '--ledger', 'sqlite:' + ledger)
        self.assertEqual((status, done['status']), (3, 'ledger-damaged'))
        self.assertIn('Entry 1 ', done['error']['message'])

    def test_audit_says_that_there_is_more(self):
        system = self.simulator('--fault', 'drop-after-request@3', '--fault', 'error:EF@4')
        for booking in ('1', '2'):
            status, _, done = self.run_json(*self.issue(system, booking=booking, room='10' + booking))
            self.assertEqual((status, done['status']), (0, 'ok'), done)
        # Of unknown outcome, so it stands in both lists of the ledger.
        self.assertEqual(self.run_json('checkout', *system, '--booking', '1', '--room', '101')[0], 4)
        self.assertEqual(self.run_json('checkout', *system, '--booking', '2', '--room', '102')[0], 3)
        _, events, _ = self.run_json('audit')
        everything = [event['operation'] for event in events if event['event'] == 'audit']
        self.assertGreaterEqual(len(everything), 2)
        for limit in range(1, len(everything) + 2):
            _, events, _ = self.run_json('audit', '--limit', str(limit))
            shown = [event['operation'] for event in events if event['event'] == 'audit']
            self.assertEqual(shown, everything[:limit])
            self.assertEqual('warning' in [event['event'] for event in events], limit < len(everything))
        _, out, err = self.run_tool('audit', '--limit', '1')
        self.assertIn('1 to look at.', out)
        self.assertIn('There is more', err)

    def test_audit_shows_what_can_be_read_of_a_damaged_ledger(self):
        system = self.simulator('--fault', 'drop-after-request@3', '--fault', 'error:EF@4')
        ledger = self.path('damaged.db')
        system += ['--ledger', 'sqlite:' + ledger]
        for booking in ('1', '2'):
            self.assertEqual(self.run_json(*self.issue(system, booking=booking, room='10' + booking))[0], 0)
        self.assertEqual(self.run_json('checkout', *system, '--booking', '1', '--room', '101')[0], 4)
        self.assertEqual(self.run_json('checkout', *system, '--booking', '2', '--room', '102')[0], 3)
        _, events, _ = self.run_json('audit', '--ledger', 'sqlite:' + ledger)
        sound = [(event['why'], event['operation']) for event in events if event['event'] == 'audit']
        self.assertEqual([why for why, _ in sound[:2]], ['unresolved', 'not-confirmed'])
        with contextlib.closing(sqlite3.connect(ledger)) as database:
            numbers = [row[0] for row in database.execute('SELECT id FROM operation ORDER BY id')]
            database.execute("UPDATE operation SET packed = x'' WHERE id = ?", (numbers[2],))
            database.commit()
        status, events, done = self.run_json('audit', '--ledger', 'sqlite:' + ledger)
        self.assertEqual((status, done['status']), (3, 'ledger-damaged'), done)
        self.assertIn('1 left out', done['error']['message'])
        found = [(event['why'], event['operation']) for event in events if event['event'] == 'audit']
        self.assertEqual(found, sound[1:])

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
            self.read_until(master, rb'\[y/N\]')
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
        while not re.search(wanted, seen):
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

    def test_watching_fails_where_the_disk_is_full(self):
        system = self.simulator()
        with open('/dev/full', 'wb') as full:
            for more, changes in (([], True), (['--json'], False)):
                with self.subTest(more):
                    watching = self.start('watch', *more, stdout=full, stderr=subprocess.PIPE)
                    if changes:
                        self.assertIn(b'Watching', watching.stderr.readline())
                        self.assertEqual(self.run_json(*self.issue(system))[0], 0)
                    _, err = watching.communicate(timeout=PATIENCE)
                    self.assertEqual(watching.returncode, 3)
                    self.assertIn(b'could not be written in full', err)

    def test_watching_ends_well_when_nobody_reads_any_more(self):
        system = self.simulator()
        watching = self.start('--json', 'watch')
        self.assertIn(b'watching', watching.stdout.readline())
        watching.stdout.close()
        self.assertEqual(self.run_json(*self.issue(system))[0], 0)
        self.assertEqual(watching.wait(PATIENCE), 0)

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
        self.read_until(master, rb' \.\.\. [12] s')
        self.assertEqual(self.finish(process, master), 0)

    def test_closed_streams_do_no_harm(self):
        system = self.simulator()
        command = ' '.join("'%s'" % word for word in [KEYCARD, *self.issue(system)])
        done = subprocess.run(['/bin/sh', '-c', command + ' <&- >&- 2>&-'], env=self.environment, timeout=PATIENCE,
                              check=False)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(self.run_tool('keys')[0], 0)
        self.assertEqual(self.effects(), ['original'])

    def test_a_card_whose_facts_nobody_gets_was_not_read(self):
        system = self.simulator()
        self.assertEqual(self.run_tool(*self.issue(system))[0], 0)
        for more in ([], ['--json']):
            with self.subTest(more), open('/dev/full', 'wb') as full:
                done = subprocess.run([KEYCARD, 'read', *system, '--encoder', 'Desk 1', *more], stdout=full,
                                      stderr=subprocess.PIPE, env=self.environment, timeout=PATIENCE, check=False)
                self.assertEqual(done.returncode, 3)
                self.assertIn(b'could not be written in full', done.stderr)

    def test_a_reader_that_goes_away_does_not_break_the_operation(self):
        system = self.simulator('--hand-ms', '300')
        process = self.start('--json', *self.issue(system))
        process.stdout.readline()
        process.stdout.close()
        self.assertEqual(process.wait(PATIENCE), 0)
        self.assertEqual(self.effects(), ['original'])


if __name__ == '__main__':
    rig.KEYCARD, rig.SIMULATOR = map(os.path.abspath, sys.argv[1:3])
    KEYCARD = rig.KEYCARD
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
