# SPDX-License-Identifier: LGPL-2.1-or-later
"""Server-sent events, read one by one."""

import json


class Events:
    def __init__(self, connection, reply):
        self.connection, self.reply = connection, reply
        self.status = reply.status

    def next(self):
        name = None
        while True:
            line = self.reply.readline().decode()
            if line == '':
                return None, None
            if line.startswith('event: '):
                name = line[7:].strip()
            elif line.startswith('data: '):
                return name, json.loads(line[6:])

    def until(self, wanted, fits):
        while True:
            name, data = self.next()
            assert name is not None, 'the stream ended'
            if name == wanted and fits(data):
                return data

    def close(self):
        self.connection.close()
        self.reply.close()
