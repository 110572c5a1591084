# SPDX-License-Identifier: LGPL-2.1-or-later
"""The side of a PMS that speaks FIAS over TCP: records in and out of a socket, and the start of the link."""

import datetime
import socket

PATIENCE = 60  # seconds; nothing is timed, this only ends what hangs
STX, ETX = b'\x02', b'\x03'


def now():
    moment = datetime.datetime.now(datetime.timezone.utc)
    return moment.strftime('DA%y%m%d|TI%H%M%S|')


def day(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime('%y%m%d')


def fields(record):
    """The name of a record, and its fields."""
    name, *rest = record.split('|')
    return name, {part[:2]: part[2:] for part in rest if part}


class Link:
    """One connection; what was received stays until it is asked for."""

    def __init__(self, connection):
        self.connection = connection
        self.connection.settimeout(PATIENCE)
        self.bytes = b''

    def close(self):
        self.connection.close()

    def raw(self, content):
        self.connection.sendall(content)

    def send(self, record):
        self.raw(STX + record.encode('latin-1') + ETX)

    def receive(self):
        """The next record; None at the end of the connection."""
        while ETX not in self.bytes:
            try:
                more = self.connection.recv(4096)
            except ConnectionError:
                more = b''
            if not more:
                return None
            self.bytes += more
        frame, self.bytes = self.bytes.split(ETX, 1)
        if not frame.startswith(STX):
            raise AssertionError(f'no STX before {frame!r}')
        return frame[1:].decode('latin-1')

    def expect(self, name):
        """The fields of the next record, which must have this name."""
        record = self.receive()
        if record is None:
            raise AssertionError(f'the connection ended instead of {name}')
        got, values = fields(record)
        if got != name:
            raise AssertionError(f'{record!r} instead of {name}')
        return values

    def description(self):
        """LD, LR... and LA, as they come after LS; answers LA. What the LRs declare: fields by record."""
        declared = {}
        self.expect('LD')
        while True:
            record = self.receive()
            name, values = fields(record)
            if name == 'LA':
                break
            if name != 'LR':
                raise AssertionError(f'{record!r} instead of LR')
            run = values['FL']
            declared[values['RI']] = [run[i:i + 2] for i in range(0, len(run), 2)]
        self.send('LA|' + now())
        return declared

    def start(self):
        self.send('LS|' + now())
        return self.description()

    def ask(self, record):
        self.send(record)
        return self.expect('KZ' if record.startswith('KZ') else 'KA')


def connect(address):
    host, port = address.rsplit(':', 1)
    return Link(socket.create_connection((host, int(port)), timeout=PATIENCE))
