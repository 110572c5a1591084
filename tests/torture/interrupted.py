#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A run with a PostgreSQL server of its own that is ended in the middle leaves no process and no folder.

    interrupted.py POSTGRESQL_PY

First by SIGINT and SIGTERM to it alone, then by SIGKILL to all of its process group, as meson does it at last.
"""
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import postgresql  # noqa: E402


def wait_until(condition, text):
    deadline = time.monotonic() + 120
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(text)
        time.sleep(0.02)


def interrupt(program, parent, number, group):
    environment = dict(os.environ, TMPDIR=parent)
    ready = os.path.join(parent, "ready")
    command = [sys.executable, program, "sh", "-c", f"touch {ready}; exec sleep 600"]
    with subprocess.Popen(command, env=environment, start_new_session=True) as process:
        wait_until(lambda: os.path.exists(ready) or process.poll() is not None, "the server does not start")
        servers = postgresql.servers_in(parent)
        assert len(servers) > 1, f"no server runs: {servers}"
        if group:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        process.wait()  # its command may go on: SIGTERM was not for that
        if not group:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    os.remove(ready)
    wait_until(lambda: not os.listdir(parent), f"after signal {number}: {os.listdir(parent)}")
    wait_until(lambda: not any(postgresql.is_running(pid) for pid in servers), f"after signal {number}: {servers}")
    assert not postgresql.servers_in(parent)


def main():
    if not postgresql.is_there():
        return postgresql.SKIPPED
    with tempfile.TemporaryDirectory(prefix="keycard-interrupted-") as parent:
        os.chmod(parent, 0o755)
        for number, group in ((signal.SIGINT, False), (signal.SIGTERM, False), (signal.SIGKILL, True)):
            interrupt(sys.argv[1], parent, number, group)
    return 0


if __name__ == "__main__":
    sys.exit(main())
