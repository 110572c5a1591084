# SPDX-License-Identifier: LGPL-2.1-or-later
"""The front desk and what is plugged into its computer: test_devices.py FRONTDESK KEYCARD_SIM PLUGGED_IN SHIM [unittest
options]"""

import os
import sys
import unittest

from rig import Case, Client

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'device'))
from plugged_in import Desk  # noqa: E402

STRIPE, READER = '0801:0003@1-4.2', '072f:2200@1-2'


class Devices(Case):
    PROGRAM = SHIM = ''

    def setUp(self):
        super().setUp()
        self.plug = Desk(self.PROGRAM, self.SHIM, self.folder)
        self.addCleanup(self.plug.close)
        self.environment = {**self.environment, **self.plug.environment}

    def open_with(self, sections):
        self.config = self.configuration(sections)
        self.restart_desk()
        return Client(self.port).log_in()

    def devices(self, client):
        return {device['name']: device for device in client.get('/api/devices').json['devices']}

    def test_the_list_lives(self):
        self.plug('stripe', '1-4.2')
        client = self.open_with(f'[system desk]\nuri = magstripe+usb:{STRIPE}\ncontent = image\n')
        events = client.events()
        name, picture = events.next()
        self.assertEqual((name, [device['name'] for device in picture['devices']]), ('picture', [STRIPE]))
        self.assertEqual(picture['devices'][0]['system'], 'desk')
        self.wait_for(lambda: self.devices(client)[STRIPE]['state'] == 'in-use', 'the desk uses its encoder')
        self.plug('reader', '1-2')
        came = events.until('device', lambda data: data['name'] == READER)
        self.assertEqual((came['state'], came['uri']), ('present', f'contactless+usb:{READER}'))
        self.plug('unplug', '1-2')
        self.assertEqual(events.until('device', lambda data: data['name'] == READER)['state'], 'gone')
        self.assertEqual(list(self.devices(client)), [STRIPE])
        self.plug('unplug', '1-4.2')
        # that it is online may be told after the list had it
        events.until('encoder', lambda data: data['name'] == 'desk' and data['state'] == 'offline')
        events.close()

    def test_asking_who_it_is(self):
        self.plug('reader', '1-2')
        self.plug('port', 'ttyS0')
        client = self.open_with('[system desk]\nuri = virtual:\n')
        self.assertEqual(self.devices(client)[READER]['state'], 'present')  # nobody asked
        events = client.events()
        begun = client.post('/api/identify', {'device': READER})
        self.assertEqual((begun.status, begun.json['state']), (202, 'asking'))
        told = events.until('device', lambda data: data['state'] not in ('present', 'asking'))
        self.assertEqual((told['state'], told['model']), ('encoder', 'ACR122U'))
        events.close()
        for body, status, code in (({'device': 'x'}, 404, 'device'), ({'device': '/dev/ttyS0'}, 409, 'state')):
            answer = client.post('/api/identify', body)
            self.assertEqual((answer.status, answer.code), (status, code), answer.body)
        for body in ({}, {'device': ''}, {'device': 7}, {'device': 'x' * 201}, {'device': 'a\u0001'}):
            answer = client.post('/api/identify', body)
            self.assertEqual((answer.status, list(answer.json['fields'])), (422, ['device']), answer.body)

    def test_only_who_is_logged_in(self):
        self.plug('reader', '1-2')
        client = self.open_with('[system desk]\nuri = virtual:\n')
        stranger = Client(self.port)
        self.assertEqual(stranger.get('/api/devices').status, 401)
        self.assertEqual(stranger.post('/api/identify', {'device': READER}).status, 401)
        client.proof = 'x'
        self.assertEqual(client.post('/api/identify', {'device': READER}).status, 403)
        self.assertEqual(client.get('/api/devices').json['devices'][0]['state'], 'present')

    def test_what_may_not_be_opened(self):
        self.plug('reader', '1-2')
        self.plug('deny', '1-2')
        client = self.open_with('[system desk]\nuri = virtual:\n')
        device = self.devices(client)[READER]
        self.assertEqual(device['state'], 'refused')
        self.assertIn('60-libkeycard.rules', device['error']['message'])


if __name__ == '__main__':
    Case.FRONTDESK, Case.SIMULATOR, Devices.PROGRAM, Devices.SHIM = map(os.path.abspath, sys.argv[1:5])
    unittest.main(argv=[sys.argv[0], *sys.argv[5:]])
