# SPDX-License-Identifier: LGPL-2.1-or-later
"""The example servers when they may open no more files: they neither end nor spin, and go on when there is room again.

    servers.py httpd|frontdesk|gateway PROGRAM
"""
import os
import re
import resource
import socket
import subprocess
import sys
import tempfile
import time

PATIENCE = 60
WATCHED = 2.0    # seconds in which a server that spins would be busy all the time
BUSY_MOST = 0.5  # part of them
ROOM = 3         # files that a web server may still open

CONFIGURATIONS = {
    'httpd': '''[httpd]
listen = 127.0.0.1:0
[keycard]
ledger = memory:
site = Grand Hotel
time-zone = Europe/Sofia
[token pms]
sha256 = {secret}
[system virtual]
uri = virtual:
''',
    'frontdesk': '''[frontdesk]
listen = 127.0.0.1:0
site = Grand Hotel
time-zone = Europe/Sofia
ledger = memory:
bookings = {folder}/bookings.json
station = desk-1
[user reception]
password = {secret}
[system virtual]
uri = virtual:
encoder = Desk 1
''',
    'gateway': '''[gateway]
listen = 0
[keycard]
ledger = memory:
[encoders]
1 = Desk 1
[system virtual]
uri = virtual:
''',
}


def secret_for(name, program):
    if name == 'httpd':
        text = subprocess.run([program, '--new-token'], capture_output=True, check=True, text=True).stdout
        return re.search(r'sha256: +(\w+)', text).group(1)
    if name == 'frontdesk':
        return subprocess.run([program, '--hash-password'], input='correct horse\n', capture_output=True, check=True,
                              text=True).stdout.strip()
    return ''


class Server:
    def __init__(self, name, program, folder):
        config = os.path.join(folder, 'server.conf')
        with open(config, 'w', encoding='utf-8') as file:
            file.write(CONFIGURATIONS[name].format(secret=secret_for(name, program), folder=folder))
        with open(os.path.join(folder, 'bookings.json'), 'w', encoding='utf-8') as file:
            file.write('[]')
        self.log = os.path.join(folder, 'log')
        with open(self.log, 'wb') as log:
            self.process = subprocess.Popen([program, '--config', config], stdout=subprocess.PIPE, stderr=log, text=True)
        first = self.process.stdout.readline()
        found = re.search(r':(\d+)/?$', first.strip())
        if not found:
            sys.exit(f'it says {first!r}: {self.said()}')
        self.port = int(found.group(1))

    def said(self):
        with open(self.log, encoding='utf-8', errors='replace') as log:
            return log.read()

    def allow(self, more):
        """From now on so many files can be opened."""
        used = {int(name) for name in os.listdir(f'/proc/{self.process.pid}/fd')}
        limit = 0
        while more > 0 or limit in used:
            more -= limit not in used
            limit += 1
        _, most = resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE, (limit, most))

    def allow_all(self):
        _, most = resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE, (most, most))

    def processor_time(self):
        with open(f'/proc/{self.process.pid}/stat', encoding='utf-8') as file:
            fields = file.read().rpartition(')')[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

    def watch(self):
        before = self.processor_time()
        time.sleep(WATCHED)
        busy = (self.processor_time() - before) / WATCHED
        if self.process.poll() is not None:
            sys.exit(f'it ended with {self.process.returncode}: {self.said()}')
        if busy > BUSY_MOST:
            sys.exit(f'it spins: busy for {busy:.0%} of the time')

    def connect(self):
        return socket.create_connection(('127.0.0.1', self.port), timeout=PATIENCE)


def answers(server):
    """Whether it takes one whole request."""
    with server.connect() as connection:
        connection.sendall(b'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n')
        return connection.recv(9) == b'HTTP/1.1 '


def web(server):
    server.allow(ROOM)
    waiting = [server.connect() for _ in range(ROOM + 5)]
    for connection in waiting:
        connection.sendall(b'GET / HTTP/1.1\r\n')
    server.watch()
    for connection in waiting:
        connection.close()
    if not answers(server):
        sys.exit('with room for some it does not answer')
    # none at all, not even for the first
    server.allow(0)
    waiting = server.connect()
    waiting.sendall(b'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n')
    server.watch()
    if not re.search(r'nobody can be let in for now: Too many open files', server.said()):
        sys.exit(f'it does not say why nobody gets in: {server.said()}')
    server.allow_all()
    if waiting.recv(9) != b'HTTP/1.1 ':
        sys.exit('who waited is not answered')
    waiting.close()
    if not answers(server):
        sys.exit('with room again it does not answer')


def gateway(server):
    server.allow(0)
    waiting = server.connect()
    server.watch()
    if not re.search(r'no connection can be accepted', server.said()):
        sys.exit(f'it does not say why nobody gets in: {server.said()}')
    server.allow_all()
    waiting.sendall(b'\x02LS|DA260615|TI080000|\x03')
    if waiting.recv(1) != b'\x02':
        sys.exit('who waited is not answered')
    waiting.close()


def main():
    name, program = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix='servers-') as folder:
        server = Server(name, program, folder)
        try:
            (gateway if name == 'gateway' else web)(server)
        finally:
            server.process.kill()
            server.process.wait()


main()
