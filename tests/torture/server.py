#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The PostgreSQL ledger and a server that fails, through the public API of the built library.

    server.py LIBKEYCARD errors|commits|doubt|failover

errors    what cannot be opened or written is said clearly, without the password
commits   a proxy cuts the connection before or after a commit; what became of it is found out
doubt     the same, and the server stays away: the intent ends when it is back
failover  the primary dies and its standby takes over, under one open context
"""
import concurrent.futures
import ctypes
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import postgresql  # noqa: E402

OK, INVALID, LEDGER, FULL, DAMAGED, NEWER, BUSY, READ_ONLY = 0, -1, -20, -21, -22, -23, -24, -25
NOT_WRITTEN, WRITTEN, UNKNOWN = 1, 2, 3
WAIT_MS = 120000
SECRET = "s3cret-Pa%20ss"  # as it stands in a URI
PLAIN_SECRET = "s3cret-Pa ss"


def need(condition, text):
    if not condition:
        raise AssertionError(text)


class Library:
    """The functions of keycard.h that are needed here."""

    def __init__(self, path):
        self.library = ctypes.CDLL(path)

    def __getattr__(self, name):
        function = getattr(self.library, name)
        texts = ("kc_error_get_message", "kc_op_get_id", "kc_op_get_error_message")
        pointers = ("kc_context_get_error", "kc_op_get_error", "kc_op_get_op", "kc_op_unref", "kc_context_unref",
                    "kc_site_unref", "kc_system_unref", "kc_request_unref", "kc_context_next_event")
        function.restype = (ctypes.c_char_p if name in texts else ctypes.c_void_p if name in pointers
                            else ctypes.c_int32)
        return lambda *arguments: function(*[ctypes.c_void_p(a) if isinstance(a, int) and a > 1 << 31 else
                                             a.encode() if isinstance(a, str) else a for a in arguments])


class Station:
    """A context with a virtual lock system."""

    def __init__(self, library, uri):
        self.kc, self.context = library, self.new(library.kc_context_new)
        self.status = library.kc_context_set_ledger(self.context, uri)
        self.message = ""
        if self.status != OK:
            error = library.kc_context_get_error(self.context)
            self.message = library.kc_error_get_message(error).decode()
            return
        self.site = self.new(library.kc_site_new, self.context, "Hotel")
        self.system = self.new(library.kc_system_new, self.site, "Locks", "virtual:")
        encoders = ";".join(f"Desk {i}" for i in range(1, 41))
        need(library.kc_system_set_option(self.system, "encoders", encoders) == OK, "encoders")

    @staticmethod
    def new(function, *arguments):
        out = ctypes.c_void_p()
        status = function(*arguments, ctypes.byref(out))
        need(status == OK, f"no object: {status}")
        return out.value

    def original(self, booking):
        """Makes an original: status, outcome, message."""
        return self.end(self.start(booking, 1))

    def originals(self, bookings):
        """Makes as many at once, each at an encoder of its own."""
        return [self.end(started) for started in [self.start(name, i) for i, name in enumerate(bookings, 1)]]

    def start(self, booking, encoder):
        request = self.new(self.kc.kc_request_new, self.site)
        self.kc.kc_request_set_booking(request, booking)
        self.kc.kc_request_add_room(request, booking)
        self.kc.kc_request_set_encoder(request, f"Desk {encoder}")
        self.kc.kc_request_set_station(request, f"desk {encoder}")
        self.kc.kc_request_set_guest(request, "Guest " + booking)
        need(self.kc.kc_request_set_validity(request, None, "2059-12-31T11:00") == OK, "validity")
        return request, self.new(self.kc.kc_issue_original, request)

    def end(self, started):
        request, op = started
        need(self.kc.kc_op_wait(op, WAIT_MS) == OK, "the operation hangs")
        status, outcome = self.kc.kc_op_get_status(op), self.kc.kc_op_get_outcome(op)
        message = self.kc.kc_error_get_message(self.kc.kc_op_get_error(op)).decode() if status != OK else ""
        self.kc.kc_op_unref(op)
        self.kc.kc_request_unref(request)
        return status, outcome, message

    def outcomes(self, booking):
        """Of all operations of a booking in the ledger."""
        return self.listed(2, booking)

    def unresolved(self):
        """How many operations are."""
        return len(self.listed(4, None))

    def verify(self):
        """What the check of the whole ledger ends with."""
        op = self.new(self.kc.kc_verify_ledger, self.site)
        need(self.kc.kc_op_wait(op, WAIT_MS) == OK, "the check hangs")
        status = self.kc.kc_op_get_status(op)
        self.kc.kc_op_unref(op)
        return status

    def listed(self, by, value):
        op = self.new(self.kc.kc_list_ops, self.site, by, value, 100)
        need(self.kc.kc_op_wait(op, WAIT_MS) == OK, "the list hangs")
        need(self.kc.kc_op_get_status(op) == OK, "no list")
        found = [self.kc.kc_op_get_outcome(self.kc.kc_op_get_op(op, i))
                 for i in range(self.kc.kc_op_get_op_count(op))]
        self.kc.kc_op_unref(op)
        return found

    def close(self):
        if self.status == OK:
            self.kc.kc_system_unref(self.system)
            self.kc.kc_site_unref(self.site)
        self.kc.kc_context_unref(self.context)


def refused(library, uri, status, *words):
    station = Station(library, uri)
    station.close()
    need(station.status == status, f"{status} expected, but {station.status}: {station.message}")
    for secret in (SECRET, PLAIN_SECRET, "s3cret"):
        need(secret not in station.message, "the password is in: " + station.message)
    for word in words:
        need(word in station.message, f"{word} is not in: {station.message}")


# ---- errors -------------------------------------------------------------------------------------------------------


def check_logins(library, server):
    server.sql(f"CREATE ROLE clerk LOGIN PASSWORD '{PLAIN_SECRET}'")
    server.sql("CREATE ROLE guest LOGIN PASSWORD 'x'")
    server.sql("CREATE DATABASE hotel OWNER clerk")
    place = f"127.0.0.1:{server.port}"
    refused(library, f"postgresql://clerk:wrong-s3cret@{place}/hotel", LEDGER, "password", "check")
    refused(library, f"postgresql://nobody-s:{SECRET}@{place}/hotel", LEDGER)
    refused(library, f"postgresql://clerk:{SECRET}@{place}/motel", LEDGER, "motel")
    refused(library, f"postgresql://clerk:{SECRET}@127.0.0.1:1/hotel", LEDGER, "check host")
    refused(library, f"postgresql://clerk:{SECRET}@no-such-host.invalid/hotel", LEDGER)
    refused(library, f"postgresql://guest:x@{place}/hotel", LEDGER, "right to create")
    refused(library, f"postgresql://clerk:{SECRET}%zz@{place}/hotel", INVALID, "URI")
    refused(library, f"postgresql://clerk:{SECRET}@{place}/hotel?s3cret=1", INVALID, "URI")
    refused(library, f"postgresql://clerk:{SECRET}\x01@{place}/hotel", INVALID, "URI")
    refused(library, f"postgresql:host=127.0.0.1 password={PLAIN_SECRET}", INVALID, "URI")
    station = Station(library, f"postgresql://clerk:{SECRET}@{place}/hotel")
    need(station.status == OK, station.message)
    need(station.original("101")[0] == OK, "the ledger does not work")
    station.close()


def tables(server, database):
    return server.sql("SELECT n.nspname, c.relname, pg_relation_size(c.oid) FROM pg_class c JOIN pg_namespace n ON "
                      "n.oid = relnamespace WHERE nspname NOT LIKE 'pg_%' AND nspname <> 'information_schema' "
                      "ORDER BY 1, 2", database)


# What goes on where a disk is full.
FAIL = "CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS " \
    "$$BEGIN RAISE 'No space left' USING ERRCODE = '53100'; END$$; CREATE TRIGGER fail BEFORE INSERT ON "
# What an older version had not, with its intents where they stood then.
OLD_INDEXES = "DROP INDEX keycard.operation_room_step; " \
    "CREATE INDEX operation_first_room ON keycard.operation (room) WHERE room IS NOT NULL; " \
    "DROP INDEX keycard.operation_step; ALTER TABLE keycard.operation ADD PRIMARY KEY (id); "
GROWING_JOURNAL = OLD_INDEXES + "INSERT INTO keycard.journal SELECT entries / 32, tail FROM keycard.ledger WHERE tail <> ''; " \
    "ALTER TABLE keycard.ledger DROP tail; "
OLDER = {
    6: OLD_INDEXES,
    5: GROWING_JOURNAL,
    4: GROWING_JOURNAL + "DROP TABLE keycard.intent_batch",
    3: GROWING_JOURNAL + "INSERT INTO keycard.waiting (id, site, kind) SELECT id, site, 1 FROM keycard.intent; "
       "INSERT INTO keycard.operation SELECT id, high, room, site, idempotency, booking, flags, packed FROM "
       "keycard.intent; DROP TABLE keycard.intent, keycard.intent_batch",
}


def check_older(library, server):
    """Ledgers of older versions, each with an intent whose outcome nobody recorded."""
    for version, change in OLDER.items():
        name = f"older{version}"
        server.sql(f"CREATE DATABASE {name}")
        station = Station(library, server.uri(name))
        need(station.original("1")[:2] == (OK, WRITTEN), "the ledger does not work")
        station.originals([f"many {i}" for i in range(40)])
        server.sql(FAIL + "keycard.operation EXECUTE FUNCTION public.fail()", name)
        need(station.original("2")[:2] == (OK, WRITTEN), "the key was made, whatever the ledger says")
        station.close()
        server.sql("DROP TRIGGER fail ON keycard.operation", name)
        server.sql("GRANT ALL ON SCHEMA keycard TO guest; GRANT ALL ON ALL TABLES IN SCHEMA keycard TO guest", name)
        need(server.sql("SELECT count(*) FROM keycard.intent", name) == [["1"]], "there is no intent")
        server.sql(f"BEGIN; {change}; UPDATE keycard.ledger SET version = {version}; COMMIT", name)
        refused(library, server.uri(name).replace(f"user={postgresql.USER}", "user=guest"), LEDGER, "as their owner")
        station = Station(library, server.uri(name))
        need(station.original("3")[:2] == (OK, WRITTEN), f"version {version} is not migrated: {station.message}")
        need(station.outcomes("1") == [WRITTEN], f"version {version} is not read")
        need(station.outcomes("2") == [UNKNOWN], f"an intent of version {version}: {station.outcomes('2')}")
        need(station.verify() == OK, f"the journal of version {version} does not fit")
        need(station.unresolved() == 1, f"an intent of version {version} is not listed: {station.unresolved()}")
        station.close()
        need(server.sql("SELECT version FROM keycard.ledger", name) == [["7"]], "the version stays")


def check_databases(library, server):
    server.sql("CREATE DATABASE newer")
    station = Station(library, server.uri("newer"))
    need(station.status == OK, station.message)
    server.sql("UPDATE keycard.ledger SET version = 99", "newer")
    before = tables(server, "newer")
    refused(library, server.uri("newer"), NEWER, "99")
    need(tables(server, "newer") == before, "a newer ledger was touched")
    need(station.original("1")[0] == NEWER, "a ledger was written that is newer by now")
    station.close()
    check_older(library, server)
    server.sql("CREATE DATABASE other")
    server.sql("CREATE SCHEMA keycard CREATE TABLE operation (a integer)", "other")
    refused(library, server.uri("other"), DAMAGED, "not a ledger")
    need(len(tables(server, "other")) == 1, "a foreign schema was touched")
    server.sql("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    refused(library, server.uri("latin"), LEDGER, "UTF-8")
    server.sql("CREATE DATABASE frozen")
    server.sql("ALTER DATABASE frozen SET default_transaction_read_only = on")
    refused(library, server.uri("frozen"), READ_ONLY, "read")
    refused(library, server.uri("frozen") + "&target_session_attrs=any", READ_ONLY, "read")


def check_writing(library, server):
    """What goes wrong under an open ledger."""
    server.sql("CREATE DATABASE working")
    station = Station(library, server.uri("working"))
    need(station.original("1")[:2] == (OK, WRITTEN), "the ledger does not work")
    server.sql(FAIL + "keycard.intent EXECUTE FUNCTION public.fail()", "working")
    need(station.original("2")[:2] == (FULL, NOT_WRITTEN), "a full disk is not seen")
    server.sql("DROP TRIGGER fail ON keycard.intent", "working")
    need(station.original("3")[:2] == (OK, WRITTEN), "the ledger does not work any more")
    server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'keycard'")
    need(station.original("4")[:2] == (OK, WRITTEN), "a lost connection is not made again")
    holder = subprocess.Popen([postgresql.find_program("psql"), "-XqAto", "/dev/null", server.uri("working")], stdin=subprocess.PIPE)
    holder.stdin.write(b"BEGIN; SELECT * FROM keycard.ledger FOR UPDATE; \\echo\n")
    holder.stdin.flush()
    while server.sql("SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'") != [["1"]]:
        pass
    need(station.original("5")[:2] == (BUSY, NOT_WRITTEN), "a lock is not seen")
    holder.stdin.close()
    holder.wait()
    need(station.original("6")[:2] == (OK, WRITTEN), "the lock stays")
    for booking, outcomes in (("1", [WRITTEN]), ("2", []), ("4", [WRITTEN]), ("5", []), ("6", [WRITTEN])):
        need(sorted(station.outcomes(booking)) == outcomes, f"booking {booking}: {station.outcomes(booking)}")
    station.close()


def errors(library, folder):
    server = postgresql.Server(folder, ["fsync=off"], tcp=True)
    server.initialize()
    with open(os.path.join(server.data, "pg_hba.conf"), "w", encoding="ascii") as rules:
        rules.write("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
    try:
        server.start()
        check_logins(library, server)
        check_databases(library, server)
        check_writing(library, server)
    finally:
        server.stop()


# ---- commits ------------------------------------------------------------------------------------------------------


class Proxy:
    """Between the library and the server. `plan` says what is done with the next commits that write: "pass", "before" (the
    connection is cut, the server never sees the commit), "after" (it is cut when the server has committed), "away" (as
    "after", and nobody is let in until come_back()), "late" (it is cut while the server is stopped, which reads a transaction
    of one statement three seconds later)."""

    def __init__(self, server):
        self.server, self.plan, self.lock, self.away, self.cuts = server, [], threading.Lock(), False, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.accept, daemon=True).start()

    def uri(self):
        place = self.listener.getsockname()
        return (f"postgresql://{postgresql.USER}@127.0.0.1:{place[1]}/postgres?sslmode=disable&gssencmode=disable")

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if self.away:
                client.close()
                continue
            inner = socket.socket(socket.AF_UNIX)
            inner.connect(os.path.join(self.server.socket_folder, f".s.PGSQL.{self.server.port}"))
            threading.Thread(target=self.forward, args=(client, inner), daemon=True).start()

    def come_back(self):
        self.away = False

    def stop_server(self):
        """The process that serves the library, and nobody else."""
        rows = self.server.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'keycard'")
        os.kill(int(rows[0][0]), signal.SIGSTOP)
        threading.Timer(3, os.kill, (int(rows[0][0]), signal.SIGCONT)).start()

    @staticmethod
    def read(sock, count):
        data = b""
        while len(data) < count:
            more = sock.recv(count - len(data))
            if not more:
                raise ConnectionError
            data += more
        return data

    @staticmethod
    def answers(inner, client, cut):
        """Passes on what the server says; after a cut nothing, and the connection ends when the transaction has."""
        try:
            last = b""
            while True:
                data = inner.recv(65536)
                if not data:
                    raise ConnectionError
                if not cut.is_set():
                    client.sendall(data)
                    continue
                last = (last + data)[-6:]
                if last == b"Z\0\0\0\x05I":  # ready for the next one, in no transaction
                    raise ConnectionError
        except OSError:
            for sock in (client, inner):
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def forward(self, client, inner):
        try:
            head = self.read(client, 4)
            inner.sendall(head + self.read(client, struct.unpack(">I", head)[0] - 4))
            cut = threading.Event()
            threading.Thread(target=self.answers, args=(inner, client, cut), daemon=True).start()
            writes = once = False
            while True:
                head = self.read(client, 5)
                message = head + self.read(client, struct.unpack(">I", head[1:])[0] - 4)
                what = "pass"
                if message[:1] in (b"Q", b"P") and message[5:].lstrip(b"\0").startswith(b"BEGIN"):
                    writes = b"READ ONLY" not in message
                if message[:1] == b"Q" and message[5:].startswith(b"ROLLBACK\0"):
                    writes = False
                # a plain query, or the statement without a name that ends a pipeline
                ends = message[:1] in (b"Q", b"P") and message[5:].lstrip(b"\0").startswith(b"COMMIT") and writes
                # or what follows a statement that is a transaction of its own (lib/store/postgresql_once.c)
                if message[:1] == b"B":
                    once = message[5:].split(b"\0")[1].startswith(b"once")
                    if once and self.plan[:1] == ["late"]:
                        self.stop_server()
                if message[:1] == b"S" and once and not writes:
                    ends = True
                if ends:
                    writes = once = False
                    with self.lock:
                        what = self.plan.pop(0) if self.plan else "pass"
                if what != "pass":
                    self.cuts += 1
                    self.away = what == "away"
                if what in ("after", "away"):
                    cut.set()  # nothing reaches the library any more
                if what == "late":
                    client.shutdown(socket.SHUT_RDWR)
                if what == "before":
                    raise ConnectionError
                inner.sendall(message)
        except OSError:
            pass
        finally:
            for sock in (client, inner):
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass


def with_proxy(folder, run):
    server = postgresql.Server(folder, ["fsync=off"])
    server.initialize()
    server.start()
    proxy = Proxy(server)
    try:
        run(server, proxy)
    finally:
        proxy.listener.close()
        server.stop()


def commits(library, folder):
    def run(_, proxy):
        station = Station(library, proxy.uri())
        need(station.status == OK, station.message)
        need(station.original("0")[:2] == (OK, WRITTEN), "the ledger does not work")
        # the commits of an operation: its intent and its outcome
        for number, (plan, status, outcomes) in enumerate([
                (["after"], OK, [WRITTEN]),
                (["before"], OK, [WRITTEN]),  # nothing was recorded, which is found out: it is recorded again
                (["before", "before"], LEDGER, []),
                (["before", "after"], OK, [WRITTEN]),
                (["pass", "after"], OK, [WRITTEN]),
                (["after", "after"], OK, [WRITTEN]),
        ], 1):
            proxy.plan = list(plan)
            cuts = proxy.cuts
            found = station.original(str(number))
            need(found[0] == status, f"{plan}: {found}")
            need(proxy.cuts - cuts == len(plan) - plan.count("pass"), f"{plan}: {proxy.cuts - cuts} cuts")
            need(station.outcomes(str(number)) == outcomes, f"{plan}: {station.outcomes(str(number))}")
        # The same with the intents of many operations in one commit, and their outcomes in another.
        for number, (plan, status, outcomes) in enumerate([
                (["after"], OK, [WRITTEN]),
                (["before"], OK, [WRITTEN]),
                (["before", "before"], LEDGER, []),
                (["before", "after"], OK, [WRITTEN]),
                (["pass", "after"], OK, [WRITTEN]),
                (["pass", "before"], OK, [WRITTEN]),
        ], 1):
            proxy.plan = list(plan)
            bookings = [f"many {number} {i}" for i in range(7)]
            found = station.originals(bookings)
            need([status] * 7 == [each[0] for each in found], f"{plan} of many: {found}")
            need(not proxy.plan, f"{plan} of many: {proxy.plan} are left")
            for name in bookings:
                need(station.outcomes(name) == outcomes, f"{plan} of many: {station.outcomes(name)}")
        # The server reads a commit when the library has found nothing of it.
        proxy.plan = ["late", "before"]
        found = station.original("late")
        need(found[0] == LEDGER, f"late: {found}")
        time.sleep(4)
        need(station.outcomes("late") == [], f"late: {station.outcomes('late')}")
        # An outcome that was not recorded is recorded later; closing does it at once.
        proxy.plan = ["pass", "before", "before"]
        need(station.original("9")[:2] == (OK, WRITTEN), "the key was made, whatever the ledger says")
        station.close()
        station = Station(library, proxy.uri())
        need(station.outcomes("9") == [WRITTEN], f"{station.outcomes('9')}")
        station.close()
    with_proxy(folder, run)


def doubt_of(library, folder, count, column):
    """The intents of so many are one commit."""
    def run(server, proxy):
        station = Station(library, proxy.uri())
        need(station.original("0")[:2] == (OK, WRITTEN), "the ledger does not work")
        names = [f"many {i}" for i in range(count)]
        proxy.plan = ["away"]
        found = station.originals(names)
        need([(LEDGER, NOT_WRITTEN)] * count == [each[:2] for each in found], f"the outcome was guessed: {found}")
        waiting = server.sql(f"SELECT {column}")
        need(waiting == [[str(count)]], f"the intents are not there: {waiting}")
        proxy.come_back()
        need(station.original("2")[:2] == (OK, WRITTEN), "the ledger does not come back")
        for name in names:
            need(station.outcomes(name) == [NOT_WRITTEN], f"{name}: {station.outcomes(name)}")
        waiting = server.sql("SELECT (SELECT count(*) FROM keycard.waiting) + (SELECT count(*) FROM keycard.intent) + "
                             "(SELECT count(*) FROM keycard.intent_batch)")
        need(waiting == [["0"]], f"intents stay open: {waiting}")
        station.close()
    with_proxy(folder, run)


def doubt(library, folder):
    """Of many operations the intents stand in one row. Both wait long: at the same time."""
    folders = [os.path.join(folder, name) for name in ("few", "many")]
    for inner in folders:
        os.mkdir(inner)
    os.chmod(folder, 0o755)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for done in [pool.submit(doubt_of, library, folders[0], 7, "count(*) FROM keycard.intent"),
                     pool.submit(doubt_of, library, folders[1], 30, "sum(count) FROM keycard.intent_batch")]:
            done.result()


# ---- failover -----------------------------------------------------------------------------------------------------


def failover(library, folder):
    folders = [os.path.join(folder, name) for name in ("first", "second")]
    for inner in folders:
        os.mkdir(inner)
    os.chmod(folder, 0o755)
    first, second = [postgresql.Server(inner, ["fsync=off"], tcp=True) for inner in folders]
    first.initialize()
    try:
        first.start()
        copy = [postgresql.find_program("pg_basebackup"), "-D", second.data, "-R", "-c", "fast", "--no-sync", "-h",
                first.socket_folder, "-p", str(first.port), "-U", postgresql.USER]
        subprocess.run(first.prefix + copy, check=True, cwd="/")
        second.start()
        hosts = f"postgresql://{postgresql.USER}@127.0.0.1:{second.port},127.0.0.1:{first.port}/postgres"
        refused(library, f"postgresql://{postgresql.USER}@127.0.0.1:{second.port}/postgres", READ_ONLY, "standby")
        first.sql("ALTER SYSTEM SET synchronous_standby_names = '*'")
        first.sql("SELECT pg_reload_conf()")
        station = Station(library, hosts)
        need(station.status == OK, station.message)
        need(station.original("1")[:2] == (OK, WRITTEN), "the ledger does not work")
        first.crash()
        second.sql("SELECT pg_promote()")
        need(station.original("2")[:2] == (OK, WRITTEN), "the other server is not taken")
        need(station.outcomes("1") == [WRITTEN] and station.outcomes("2") == [WRITTEN], "something was lost")
        station.close()
    finally:
        first.stop()
        second.stop()


def main():
    if not postgresql.is_there() or not postgresql.find_program("pg_basebackup"):
        return postgresql.SKIPPED
    library = Library(sys.argv[1])
    with postgresql.temporary_folder("keycard-pg-") as folder:
        {"errors": errors, "commits": commits, "doubt": doubt, "failover": failover}[sys.argv[2]](library, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
