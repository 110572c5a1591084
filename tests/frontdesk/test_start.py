# SPDX-License-Identifier: LGPL-2.1-or-later
"""The one command of the front desk: it starts, somebody can log in, and it leaves nothing behind.
test_start.py BUILD_DIRECTORY"""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PATIENCE = 60
BUILD = os.path.abspath(sys.argv.pop())


class Start(unittest.TestCase):
    def test_one_command(self):
        environment = {**os.environ, 'KEYCARD_BUILD_DIR': BUILD, 'FRONTDESK_LISTEN': '127.0.0.1:0', 'FRONTDESK_HAND_MS': '0'}
        process = subprocess.Popen(['sh', os.path.join(ROOT, 'examples', 'frontdesk', 'start.sh')], env=environment,
                                   stdout=subprocess.PIPE, start_new_session=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        text = ''
        while 'Ctrl-C' not in text:
            line = process.stdout.readline().decode()
            self.assertNotEqual(line, '', text)
            text += line
        port = int(re.search(r'http://127\.0\.0\.1:(\d+)/', text).group(1))
        password = re.search(r'Password: +(\S+)', text).group(1)
        for driver in ('salto', 'onity', 'saflok-irs'):
            self.assertIn(driver, text)

        def ask(method, path, body=None, **headers):
            connection = http.client.HTTPConnection('127.0.0.1', port, timeout=PATIENCE)
            connection.request(method, path, body and json.dumps(body), {'Content-Type': 'application/json', **headers})
            reply = connection.getresponse()
            answer = json.loads(reply.read())
            connection.close()
            return reply, answer

        reply, _ = ask('POST', '/api/login', {'user': 'reception', 'password': password})
        self.assertEqual(reply.status, 200)
        cookie = reply.headers['Set-Cookie'].split(';')[0]
        _, answer = ask('GET', '/api/bookings', Cookie=cookie)
        today = answer['now'][:10]
        self.assertGreaterEqual(len([one for one in answer['bookings'] if one['arrival'][:10] == today]), 3)
        _, answer = ask('GET', '/api/systems', Cookie=cookie)
        self.assertEqual([one['name'] for one in answer['systems']], ['salto', 'onity', 'saflok-irs'])
        self.assertEqual([len(one['encoders']) for one in answer['systems']], [2, 2, 1])
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(PATIENCE), 130)
        rest = subprocess.run(['ps', '-o', 'pid=', '-g', str(process.pid)], capture_output=True, check=False).stdout
        self.assertEqual(rest.strip(), b'')


unittest.main()
