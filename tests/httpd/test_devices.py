# SPDX-License-Identifier: LGPL-2.1-or-later
"""keycard-httpd and what is plugged in: test_devices.py HTTPD KEYCARD_SIM PLUGGED_IN SHIM [unittest options]"""

import base64
import os
import sys
import unittest

from rig import Case, Client, Description

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'device'))
from plugged_in import Desk  # noqa: E402

STRIPE, READER, SERIAL = '0801:0003@1-4.2', '072f:2200@1-2', '067b:2303/K42'
SYSTEM = f'[system desk]\nuri = magstripe+usb:{STRIPE}\ncontent = image\n'


class Devices(Case):
    PROGRAM = SHIM = ''

    def setUp(self):
        super().setUp()
        self.desk = Desk(self.PROGRAM, self.SHIM, self.folder)
        self.addCleanup(self.desk.close)
        self.environment = self.desk.environment

    def ask(self, client, method, path, body=None):
        """As the description says."""
        answer = client.ask(method, path, body)
        Description(client.get('/openapi.json').json).check(method, path, answer)
        return answer

    def devices(self, client):
        return {device['name']: device for device in self.ask(client, 'GET', '/v1/devices').json['devices']}

    def test_the_list_and_its_events(self):
        self.desk('stripe', '1-4.2')
        client = self.serve(SYSTEM)
        found = self.devices(client)
        self.assertEqual(list(found), [STRIPE])
        self.assertEqual((found[STRIPE]['system'], found[STRIPE]['state'], found[STRIPE]['uri']),
                         ('desk', 'present', f'magstripe+usb:{STRIPE}'))
        events = client.events()
        self.assertEqual(events.next(), ('running', []))
        self.desk('serial', '1-1', 'ttyUSB0', 'K42')
        came = events.until('device', lambda data: data['name'] == SERIAL)
        self.assertEqual((came['state'], came['place'], came['ids']), ('present', '/dev/ttyUSB0', '067b:2303'))
        self.assertEqual(came['drivers'], [{'driver': 'magstripe', 'uri': f'magstripe+serial:{SERIAL}'}])
        self.desk('unplug', 'ttyUSB0')
        self.assertEqual(events.until('device', lambda data: data['name'] == SERIAL)['state'], 'gone')
        self.assertEqual(list(self.devices(client)), [STRIPE])
        self.desk('deny', '1-4.2')
        self.desk('reader', '1-2')
        refused = events.until('device', lambda data: data['name'] == READER and data['state'] != 'present')
        self.assertEqual(refused['state'], 'refused')
        self.assertIn('60-libkeycard.rules', refused['error']['message'])
        events.close()

    def test_asking_who_it_is(self):
        self.desk('reader', '1-2')
        self.desk('port', 'ttyS0')
        client = self.serve()
        self.assertEqual(self.devices(client)[READER]['state'], 'present')  # nobody asked
        events = client.events()
        begun = self.ask(client, 'POST', '/v1/devices/identify', {'device': READER})
        self.assertEqual((begun.status, begun.json['state']), (202, 'asking'), begun)
        told = events.until('device', lambda data: data['state'] not in ('present', 'asking'))
        self.assertEqual((told['state'], told['model'], told['firmware']), ('encoder', 'ACR122U', '1.00'))
        self.assertEqual(self.devices(client)[READER]['state'], 'encoder')
        begun = self.ask(client, 'POST', '/v1/devices/identify',
                         {'device': '/dev/ttyS0', 'driver': 'magstripe', 'options': 'answer-timeout=50'})
        self.assertEqual(begun.status, 202, begun)
        told = events.until('device', lambda data: data['place'] == '/dev/ttyS0' and data['state'] != 'asking')
        self.assertEqual(told['state'], 'no-encoder')
        self.assertTrue(told['error']['message'])
        events.close()

    def test_what_cannot_be_asked(self):
        self.desk('port', 'ttyS0')
        client = self.serve()
        for body, status, code in (({}, 422, 'invalid-argument'), ({'device': 7}, 422, 'invalid-argument'),
                                   ({'device': '/dev/ttyS0', 'baud': '1'}, 422, 'invalid-argument'),
                                   ({'device': 'x'}, 404, 'not-found'), ({'device': '/dev/ttyS0'}, 404, 'not-found'),
                                   ({'device': '/dev/ttyS0', 'driver': 'slato'}, 404, 'not-found'),
                                   ({'device': '/dev/ttyS0', 'driver': 'fias', 'options': 'x=y'}, 404, 'not-found'),
                                   ([], 400, 'json')):
            with self.subTest(body):
                answer = self.ask(client, 'POST', '/v1/devices/identify', body)
                self.assertEqual((answer.status, answer.json['code']), (status, code), answer)
        self.assertEqual(client.post('/v1/devices/other').status, 404)
        reader = Client(self.port, self.read_token)
        self.assertEqual(reader.post('/v1/devices/identify', {'device': '/dev/ttyS0'}).status, 403)
        self.assertEqual(reader.get('/v1/devices').status, 200)
        self.assertEqual(Client(self.port, '').get('/v1/devices').status, 401)
        self.assertEqual(self.devices(client)['/dev/ttyS0']['state'], 'present')

    def test_bytes_from_elsewhere_on_a_card(self):
        self.desk('stripe', '1-4.2')
        client = self.serve(SYSTEM)
        image = base64.b64encode(b';0123456789?').decode()
        answer = client.start('write-image', booking='4711', station='desk-1', encoder='desk', image=image)
        self.assertEqual((answer.status, answer.json['outcome']), (200, 'written'), answer)
        self.assertNotIn(image, str(answer.json))
        read = client.start('read-card', encoder='desk', station='desk-1')
        self.assertEqual((read.status, base64.b64decode(read.json['key']['image'])), (200, b';0123456789?'), read)
        for wrong in ('', '=', 'AAA', 'A===', 'AA=A', 'AAAA\n', ' AAAA', 'AA==AAAA', 'A*AA', '\u00e4AAA', 7, ['AAAA']):
            with self.subTest(wrong):
                answer = client.start('write-image', booking='4711', station='desk-1', encoder='desk', image=wrong)
                self.assertEqual((answer.status, answer.json['field']), (422, 'image'), answer)
        self.assertEqual(client.start('write-image', booking='4711', station='desk-1', encoder='desk').status, 422)
        with open(self.path('ledger.db'), 'rb') as ledger:
            self.assertNotIn(b'0123456789?', ledger.read())

    def test_unplugged_and_plugged_in_again(self):
        self.desk('stripe', '1-4.2')
        client = self.serve(SYSTEM)
        self.assertEqual(client.start('discover').json['encoders'][0]['state'], 'online')
        self.assertEqual(self.devices(client)[STRIPE]['state'], 'in-use')
        events = client.events()
        self.desk('unplug', '1-4.2')
        self.assertEqual(events.until('encoder', lambda data: data['name'] == 'desk')['state'], 'offline')
        self.desk('stripe', '1-4.2')
        events.until('encoder', lambda data: data['name'] == 'desk' and data['state'] == 'online')
        self.assertEqual(self.devices(client)[STRIPE]['state'], 'in-use')
        events.close()


if __name__ == '__main__':
    Case.HTTPD, Case.SIMULATOR, Devices.PROGRAM, Devices.SHIM = map(os.path.abspath, sys.argv[1:5])
    del sys.argv[1:5]
    unittest.main()
