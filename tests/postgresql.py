#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a command with a PostgreSQL server of its own, and leaves nothing behind, however it ends.

    postgresql.py [--durable] COMMAND [ARGUMENT]...

The server has its data and its socket in a temporary folder and listens on nothing else. The environment variable
KEYCARD_POSTGRESQL is what follows the "?" in URIs of its databases. Without the server's programs the exit status is 77,
which meson takes for "skipped". --durable: commits wait for the disk, as they do at a hotel; for measurements.

As a module: temporary_folder(), class Server.
"""
import contextlib
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


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            return stat.read().rsplit(") ", 1)[1][0] not in "ZX"
    except OSError:
        return False


def wait_for_end(pids):
    """Servers notice the death of the first of their processes by themselves."""
    deadline = time.monotonic() + 60
    while any(is_running(pid) for pid in pids):
        if time.monotonic() > deadline:
            raise RuntimeError(f"processes of a server stay: {pids}")
        time.sleep(0.01)


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as listed:
            return [int(child) for child in listed.read().split()]
    except OSError:
        return []


def servers_in(folder):
    """The processes of the servers whose data are in a folder."""
    found = []
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as line:
                arguments = line.read().split(b"\0")
        except OSError:
            continue
        if any(argument.startswith(os.fsencode(folder) + b"/") for argument in arguments) and \
                os.path.basename(arguments[0]) in (b"postgres", b"initdb", b"pg_basebackup"):
            found += [pid] + children_of(pid)
    return found


def guard(folder):
    """Waits for the end of the program that made a folder; then nothing is left of the servers in it."""
    os.read(0, 1)
    while os.path.exists(folder):
        pids = servers_in(folder)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_for_end(pids)
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.05)  # another file may just have been made


@contextlib.contextmanager
def temporary_folder(prefix):
    """As tempfile.TemporaryDirectory(). It is removed, and servers with data in it end, even if this program is killed:
    the guard is in no process group with it and holds the other end of a pipe."""
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as folder:
        with subprocess.Popen([sys.executable, os.path.abspath(__file__), "--guard", folder], stdin=subprocess.PIPE,
                              start_new_session=True, cwd="/"):  # leaving it closes the pipe and waits for the guard
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)


def as_nobody():
    """initdb and postgres refuse to run as root: what is put before the command, and whose the files are."""
    if os.geteuid() != 0:
        return [], None
    nobody = pwd.getpwnam("nobody")
    return ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups", "--"], nobody


def free_port():
    """One that nobody has now. Another program may take it before the server does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server in a folder. With `port` it also listens on the loopback."""

    def __init__(self, folder, settings=(), tcp=False, password=None):
        self.folder, self.data, self.port = folder, os.path.join(folder, "data"), 5432
        self.prefix, owner = as_nobody()
        self.settings, self.process, self.started = list(settings), None, False
        self.socket_folder = folder
        if owner:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        self.listen = "127.0.0.1" if tcp else ""
        if tcp:
            self.port = free_port()
        self.password = password

    def initialize(self):
        arguments = [find_program("initdb"), "-D", self.data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C",
                     "--no-sync"]
        subprocess.run(self.prefix + arguments, check=True, stdout=subprocess.DEVNULL, cwd="/")

    def start(self):
        for _ in range(5):
            self.launch()
            try:
                self.wait()
                self.started = True
                return
            except RuntimeError as error:
                if self.started or not self.listen or "Address already in use" not in str(error):
                    raise
            self.port = free_port()
        raise RuntimeError("each free port was taken before the server had it")

    def launch(self):
        settings = ["listen_addresses=" + self.listen, f"port={self.port}",
                    "unix_socket_directories=" + self.socket_folder, "unix_socket_permissions=0700",
                    "max_connections=100", "shared_buffers=32MB", "dynamic_shared_memory_type=mmap",
                    "logging_collector=off", "restart_after_crash=on"] + self.settings
        arguments = [find_program("postgres"), "-D", self.data]
        for setting in settings:
            arguments += ["-c", setting]
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(self.prefix + arguments, stdout=log, stderr=log, cwd="/")

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
        return [self.process.pid] + children_of(self.process.pid)

    def crash(self, way="all"):
        """kill -9 of "all" of its processes at once, of the "postmaster" alone, or of one "backend" that serves a
        program; or "immediate": it ends itself at once. Afterwards none of them is there, except after "backend"."""
        pids = self.processes()
        backends = self.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'keycard'") \
            if way == "backend" else []
        victims = {"all": pids, "backend": [int(row[0]) for row in backends[:1]]}.get(way, pids[:1])
        for pid in victims:
            try:
                os.kill(pid, signal.SIGQUIT if way == "immediate" else signal.SIGKILL)
            except ProcessLookupError:
                pass
        if way != "backend":
            self.process.wait()
            wait_for_end(pids)

    def start_again(self):
        """After crash()."""
        if self.process.poll() is None:
            self.wait()
        else:
            self.start()

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
    if sys.argv[1:2] == ["--guard"]:
        return guard(sys.argv[2])
    if not is_there():
        print("no PostgreSQL server here: Debian package postgresql-15", file=sys.stderr)
        return SKIPPED
    with temporary_folder("keycard-pg-") as folder:
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
