"""Starts a PostgreSQL server of its own, in a temporary folder, as a user without privileges, and ends it.

The processes of pytest-xdist share one server: the first that needs it starts it, and the last ends it.
"""

import itertools
import json
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock
from sqlalchemy import URL, create_engine, text

USER = "waifubot"
MISSING = "no PostgreSQL found: install it (Debian: apt install postgresql) or put initdb and pg_ctl into the PATH"


def find_programs() -> Path | None:
    """Return the folder that holds initdb and pg_ctl. Debian keeps them out of the PATH."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name), default=None)


@dataclass
class Server:
    """A running server. It listens on a socket in its folder only, and asks for a password."""

    folder: Path
    password: str
    programs: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def url(self) -> URL:
        query = {"host": str(self.folder)}
        return URL.create("postgresql", USER, self.password, database="postgres", query=query)

    def execute(self, *statements: str, url: URL | None = None) -> list[Any]:
        """Execute statements one by one, and return the rows of the last."""
        engine = create_engine((url or self.url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            rows = [list(r) if (r := connection.execute(text(s))).returns_rows else [] for s in statements][-1]
        engine.dispose()
        return rows

    def make_schema(self) -> URL:
        """Make an empty schema, which costs less than a database, and return its address."""
        name = self._new_name()
        self.execute(f"CREATE SCHEMA {name}")
        return self.url.update_query_dict({"options": f"-csearch_path={name}"})

    def make_database(self) -> URL:
        """Make an empty database, which can be closed, and return its address."""
        name = self._new_name()
        self.execute(f"CREATE DATABASE {name}")
        return self.url.set(database=name)

    def close(self, url: URL) -> None:
        """Take a database away from those that use it, as an outage does. The tests of other processes go on."""
        end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{url.database}'"
        self.execute(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS false", end)

    def open(self, url: URL) -> None:
        """Let a database be used again."""
        self.execute(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS true")

    def _new_name(self) -> str:
        return f"test_{os.getpid()}_{next(self._numbers)}"

    def start(self) -> None:
        options = f"-c listen_addresses= -c unix_socket_directories={self.folder} -c fsync=off -c max_connections=50"
        log = str(self.folder / "log.txt")
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-m", "immediate", "stop")

    def run(self, program: str, *arguments: str) -> None:
        """Run a program of PostgreSQL's. It refuses to run as root, so then another user runs it."""
        who: dict[str, Any] = {}
        if os.getuid() == 0:
            user, group = _unprivileged()
            who = {"user": user, "group": group, "extra_groups": []}
            os.chown(self.folder, user, group)
        command = [str(self.programs / program), *arguments]
        environ = {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"}
        with (self.folder.parent / f"{self.folder.name}.txt").open("a") as output:  # not a pipe, which the server keeps
            subprocess.run(command, check=True, cwd="/", env=environ, timeout=100, stdout=output, stderr=output, **who)


def _unprivileged() -> tuple[int, int]:
    """Return the ids of a user without privileges, and of its group."""
    import pwd  # POSIX has it alone

    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = names.get("postgres") or names["nobody"]
    return user.pw_uid, user.pw_gid


def _begin(programs: Path) -> Server:
    folder = Path(tempfile.mkdtemp(prefix="waifubot-postgresql-"))
    server = Server(folder, secrets.token_urlsafe(12), programs)
    asked = folder / "password"
    asked.write_text(server.password)
    asked.chmod(0o644)  # the folder is closed to others
    options = ("-A", "scram-sha-256", "--pwfile", str(asked), "-U", USER, "-E", "UTF8", "--locale=C", "--no-sync")
    server.run("initdb", "-D", str(folder / "data"), *options)
    server.start()
    return server


def _end(server: Server) -> None:
    server.stop()
    shutil.rmtree(server.folder)
    (server.folder.parent / f"{server.folder.name}.txt").unlink()


@contextmanager
def shared_server(folder: Path, programs: Path) -> Iterator[Server]:
    """Share a server with the other processes that name this folder."""
    note, lock = folder / "postgresql.json", FileLock(folder / "postgresql.lock")
    with lock:
        if note.exists() and (known := json.loads(note.read_text()))["users"]:
            server = Server(Path(known["folder"]), known["password"], programs)
        else:
            server, known = _begin(programs), {"users": 0}
        _write(note, server, known["users"] + 1)
    try:
        yield server
    finally:
        with lock:
            users = json.loads(note.read_text())["users"] - 1
            _write(note, server, users)
            if not users:
                _end(server)


def _write(note: Path, server: Server, users: int) -> None:
    note.write_text(json.dumps({"folder": str(server.folder), "password": server.password, "users": users}))
