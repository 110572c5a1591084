# SPDX-License-Identifier: LGPL-2.1-or-later
"""Keys that a lock system returns as bytes, put on cards at an encoder of the desk by the command-line tool:
test_images.py KEYCARD KEYCARD-SIM [unittest options]"""

import json
import os
import sys
import unittest

import rig
from rig import day


class Images(rig.Case):
    def desk(self, driver, uri, encoder, options='', *arguments):
        """A lock system and an encoder of the desk: the options that reach both."""
        for name in (driver, encoder):
            if name not in self.run_tool('drivers')[1]:
                self.skipTest(f'the driver {name} is not compiled in')
        vendor = self.start_simulator(driver, *arguments)
        cards = ['--cards', self.folder] if encoder == 'contactless' else ['--card', self.path('stripe.card')]
        self.vendor_journal, self.journal = self.journal, self.path('encoder-journal')
        own = self.start_simulator(encoder, *cards)
        return ['--system', 'locks=' + uri.replace('ADDRESS', vendor), '--system',
                f'own={encoder}+tcp://{own}?content=image{options}', '--station', 'desk-1']

    def at_own(self, desk):
        return [*desk, '--system', 'own', '--encoder', 'own']

    def sent(self):
        """The bytes of the last key that the lock system returned."""
        with open(self.vendor_journal, encoding='utf-8') as journal:
            lines = [json.loads(line) for line in journal]
        return bytes.fromhex([line['image'] for line in lines if 'image' in line][-1])

    def content(self, name):
        with open(self.path(name), 'rb') as file:
            return file.read()

    def card(self, name):
        lines = dict(line.split() for line in self.content(name + '.card').decode().splitlines())
        return bytes.fromhex(lines.get('memory', lines.get('track2', '')).replace('raw:', ''))

    def serial(self, desk):
        status, _, done = self.run_json('read', *self.at_own(desk))
        self.assertEqual((status, done['status']), (0, 'ok'), done)
        return done['key']['serials'][0]

    def check_the_whole_way(self, desk):
        serial = self.serial(desk)
        issue = ['issue', *desk, '--system', 'locks', '--booking', '4711', '--room', '101', '--until', day(3)]
        status, out, err = self.run_tool(*issue, '--card-serial', serial, '--image', self.path('key'))
        self.assertEqual(status, 0, out + err)
        self.assertEqual(self.content('key'), self.sent())
        self.assertEqual(os.stat(self.path('key')).st_mode & 0o777, 0o600)
        write = ['write-image', *self.at_own(desk), '--booking', '4711', '--card-serial', serial, '--image',
                 self.path('key')]
        status, events, done = self.run_json(*write)
        self.assertEqual((status, done['outcome']), (0, 'written'), done)
        self.assertTrue(self.card(serial).startswith(self.sent()))
        self.assertEqual(self.run_tool(*write)[0], 0)  # once more is harmless
        status, out, err = self.run_tool('read', *self.at_own(desk), '--image', self.path('back'))
        self.assertEqual(status, 0, out + err)
        self.assertTrue(self.content('back').startswith(self.sent()))
        keys = self.run_json('keys')[1]
        self.assertEqual([event['kind'] for event in keys if event['event'] == 'key'], ['original'])
        listed = self.run_tool('operations', '--booking', '4711')[1]
        self.assertIn('write-image', listed)
        self.assert_refused([*write[:-3], '04FFFFFFFFFFFF', *write[-2:]], 'Nothing was written', status=3)

    def test_salto_by_contactless(self):
        self.check_the_whole_way(self.desk('salto', 'salto+tcp://ADDRESS?card-image=on', 'contactless'))

    def test_lens_by_contactless(self):
        self.check_the_whole_way(self.desk('saflok-lens', 'saflok+http://ADDRESS', 'contactless'))

    def test_on_a_stripe(self):
        desk = self.desk('saflok-lens', 'saflok+http://ADDRESS', 'magstripe', '&image-form=bits&quiet=20')
        status, out, err = self.run_tool('issue', *desk, '--system', 'locks', '--booking', '4711', '--room', '101',
                                         '--until', day(3), '--card-serial', '04A1B2C3', '--image', self.path('key'))
        self.assertEqual(status, 0, out + err)
        status, out, err = self.run_tool('write-image', *self.at_own(desk), '--image', self.path('key'))
        self.assertEqual(status, 0, out + err)
        self.assertEqual(self.card('stripe'), self.sent())
        self.assertEqual(self.run_tool('read', *self.at_own(desk), '--image', self.path('back'))[0], 0)
        self.assertEqual(self.content('back'), self.sent())

    def test_a_key_that_is_too_long(self):
        desk = self.desk('salto', 'salto+tcp://ADDRESS?card-image=on', 'contactless', '', '--image-bytes', '600')
        serial = self.serial(desk)
        self.assertEqual(self.run_tool('issue', *desk, '--system', 'locks', '--booking', '4711', '--room', '101',
                                       '--until', day(3), '--card-serial', serial, '--image', self.path('key'))[0], 0)
        self.assert_refused(['write-image', *self.at_own(desk), '--image', self.path('key')],
                            'room for 504 bytes, and 600', status=3)

    def test_a_card_without_bytes(self):
        for encoder in ('contactless', 'magstripe'):
            own = self.start_simulator(encoder)
            key = f'?site-number=1&site-key={bytes(range(32)).hex()}'
            desk = ['--system', f'own={encoder}+tcp://{own}{key}', '--station', 'desk-1']
            status, _, err = self.run_tool('read', *desk, '--encoder', 'own', '--image', self.path('nothing'))
            self.assertEqual(status, 3, err)
            self.assertFalse(os.path.exists(self.path('nothing')))
        path = self.write('there', 'precious')
        self.assertEqual(self.run_tool('read', *desk, '--encoder', 'own', '--image', path)[0], 2)
        self.assertEqual(self.content('there'), b'precious')


if __name__ == '__main__':
    rig.KEYCARD, rig.SIMULATOR = map(os.path.abspath, sys.argv[1:3])
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
