#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a command with a PostgreSQL server of its own, and leaves nothing behind.

    postgresql.py [--durable] COMMAND [ARGUMENT]...

The server has its data and its socket in a temporary folder and listens on nothing else. The environment variable
KEYCARD_POSTGRESQL is what follows the "?" in URIs of its databases. Without the server's programs the exit status is 77,
which meson takes for "skipped". --durable: commits wait for the disk, as they do at a hotel; for measurements.

As a module: class Server.
"""
import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
USER = "keycard"


def find_program(name):
    """Debian keeps the server's programs out of the PATH."""
    found = shutil.which(name)
    versions = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), key=lambda path: int(path.split("/")[4]))
    return found or (versions[-1] if versions else None)


def as_nobody():
    """initdb and postgres refuse to run as root: what is put before the command, and whose the files are."""
    if os.geteuid() != 0:
        return [], None
    nobody = pwd.getpwnam("nobody")
    return ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups", "--"], nobody


class Server:
    """A server in a folder. With `port` it also listens on the loopback."""

    def __init__(self, folder, settings=(), tcp=False, password=None):
        self.folder, self.data, self.port = folder, os.path.join(folder, "data"), 5432
        self.prefix, owner = as_nobody()
        self.settings, self.process = list(settings), None
        self.socket_folder = folder
        if owner:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        if tcp:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = probe.getsockname()[1]
        self.listen = "127.0.0.1" if tcp else ""
        self.password = password

    def initialize(self):
        arguments = [find_program("initdb"), "-D", self.data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C",
                     "--no-sync"]
        subprocess.run(self.prefix + arguments, check=True, stdout=subprocess.DEVNULL, cwd="/")

    def start(self):
        settings = ["listen_addresses=" + self.listen, f"port={self.port}",
                    "unix_socket_directories=" + self.socket_folder, "unix_socket_permissions=0700",
                    "max_connections=100", "shared_buffers=32MB", "dynamic_shared_memory_type=mmap",
                    "logging_collector=off", "restart_after_crash=on"] + self.settings
        arguments = [find_program("postgres"), "-D", self.data]
        for setting in settings:
            arguments += ["-c", setting]
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(self.prefix + arguments, stdout=log, stderr=log, cwd="/")
        self.wait()

    def wait(self):
        """Until it answers."""
        deadline = time.monotonic() + 120
        ready = [find_program("pg_isready"), "-q", "-h", self.socket_folder, "-p", str(self.port)]
        while subprocess.run(ready, check=False).returncode != 0:
            if self.process.poll() is not None or time.monotonic() > deadline:
                with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as log:
                    raise RuntimeError("the server does not start:\n" + log.read()[-2000:])
            time.sleep(0.05)

    def processes(self):
        """The server and its children."""
        children = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        with open(children, encoding="ascii") as listed:
            return [self.process.pid] + [int(pid) for pid in listed.read().split()]

    def crash(self):
        """kill -9 of all its processes at once."""
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # "fast": ends all sessions
            self.process.wait()

    def query(self):
        """What follows the "?" of a URI."""
        return f"host={self.socket_folder}&port={self.port}&user={USER}"

    def uri(self, database="postgres"):
        return f"postgresql:///{database}?{self.query()}"

    def sql(self, text, database="postgres"):
        """Runs SQL; the rows, as lists of texts."""
        arguments = [find_program("psql"), "-XqAt", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h", self.socket_folder, "-p",
                     str(self.port), "-U", USER, "-d", database, "-c", text]
        done = subprocess.run(arguments, check=True, stdout=subprocess.PIPE)
        return [line.split("\t") for line in done.stdout.decode().splitlines()]


def is_there():
    return all(find_program(name) for name in ("initdb", "postgres", "pg_isready", "psql"))


def main():
    if not is_there():
        print("no PostgreSQL server here: Debian package postgresql-15", file=sys.stderr)
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="keycard-pg-") as folder:
        command, durable = sys.argv[1:], sys.argv[1:2] == ["--durable"]
        server = Server(folder, [] if durable else ["fsync=off"])
        try:
            server.initialize()
            server.start()
            environment = dict(os.environ, KEYCARD_POSTGRESQL=server.query())
            return subprocess.run(command[1:] if durable else command, check=False, env=environment).returncode
        finally:
            server.stop()


if __name__ == "__main__":
    sys.exit(main())
