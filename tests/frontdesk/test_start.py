# SPDX-License-Identifier: LGPL-2.1-or-later
"""The one command of the front desk: it starts, somebody can log in, and it leaves nothing behind.
test_start.py BUILD_DIRECTORY"""

import os
import re
import signal
import subprocess
import sys
import unittest

from rig import PATIENCE, Client

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LOCK_SYSTEMS = ['salto', 'onity', 'saflok-irs', 'saflok-lens', 'ambiance', 'fias']
BUILD = os.path.abspath(sys.argv.pop())


class Start(unittest.TestCase):
    def test_one_command(self):
        environment = {**os.environ, 'KEYCARD_BUILD_DIR': BUILD, 'FRONTDESK_LISTEN': '127.0.0.1:0', 'FRONTDESK_HAND_MS': '0'}
        process = subprocess.Popen(['sh', os.path.join(ROOT, 'examples', 'frontdesk', 'start.sh')], env=environment,
                                   stdout=subprocess.PIPE, start_new_session=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate) # and it ends what it started
        text = ''
        while 'Ctrl-C' not in text:
            line = process.stdout.readline().decode()
            self.assertNotEqual(line, '', text)
            text += line
        port = int(re.search(r'http://127\.0\.0\.1:(\d+)/', text).group(1))
        password = re.search(r'Password: +(\S+)', text).group(1)
        for driver in LOCK_SYSTEMS:
            self.assertIn(driver, text)

        client = Client(port)
        client.log_in(password=password)
        answer = client.get('/api/bookings').json
        today = answer['now'][:10]
        due = [one for one in answer['bookings'] if one['arrival'][:10] == today and one['room']]
        systems = client.get('/api/systems').json['systems']
        self.assertEqual([one['name'] for one in systems], LOCK_SYSTEMS)
        self.assertGreaterEqual(len(due), len(systems))
        for booking, system in zip(due, systems):
            events = client.events()
            fields = {'from': booking['arrival'], 'until': booking['departure'], 'areas': ['spa'], 'system': system['name']}
            job = client.post(f'/api/bookings/{booking["id"]}/keys',
                              {'verb': 'original', 'encoder': system['encoders'][-1]['name'], **fields}).json['job']
            self.assertEqual(events.until('job', lambda one: one['job'] == job and one['ended'])['outcome'], 'written')
            self.assertEqual(system['can']['mobile'], system['name'] != 'saflok-irs')
            if system['can']['mobile']:
                job = client.post(f'/api/bookings/{booking["id"]}/keys',
                                  {'verb': 'mobile', 'phone': '+44 7700 900123', **fields}).json['job']
                self.assertEqual(events.until('job', lambda one: one['job'] == job and one['ended'])['outcome'], 'written')
            events.close()
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(PATIENCE), 130)
        rest = subprocess.run(['ps', '-o', 'pid=', '-g', str(process.pid)], capture_output=True, check=False).stdout
        self.assertEqual(rest.strip(), b'')


unittest.main()
