"""A private PostgreSQL cluster for tests and for `make demo FULL=1`: loopback only, fsync on."""

import asyncio
import contextlib
import functools
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import asyncpg

from admin.servers.process import CLOCK, Process, ServerFailed, Workplace, accepts, free_port

USER = "refloop"
START_SECONDS = 30
AUTHENTICATION = "md5"  # not scram-sha-256: its thousands of rounds are half of what a client spends on connecting
NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")


def installed() -> Path | None:
    """The folder that holds `initdb` and `postgres`, the newest version's first, or None."""
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    for folder in sorted(versions, key=lambda path: int(re.sub(r"\D", "", path.parent.name) or 0), reverse=True):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found and shutil.which("postgres") else None


def execute(url: str, statement: str) -> list[Any]:
    """Run one statement outside any transaction, from wherever we are (a thread with its own loop)."""
    result: list[Any] = []
    failure: list[BaseException] = []

    async def run() -> None:
        connection = await asyncpg.connect(url.replace("postgresql+asyncpg://", "postgresql://"), timeout=10)
        try:
            result.extend(await connection.fetch(statement))
        finally:
            await connection.close()

    def in_thread() -> None:
        try:
            asyncio.run(run())
        except Exception as error:  # noqa: BLE001 (raised again in the caller's thread)
            failure.append(error)

    thread = threading.Thread(target=in_thread)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return result


def create_database(server_url: str, name: str, template: str | None = None) -> str:
    """The URL of a new database beside the one of `server_url`; `template` must have no connection open."""
    for word in (name, template or "template0"):
        if not NAME.fullmatch(word):
            raise ValueError(f"a database name is small letters, digits and _, not {word!r}")
    execute(server_url, f"CREATE DATABASE {name} TEMPLATE {template or 'template0'}{_by_files(server_url)}")
    return server_url.rsplit("/", 1)[0] + "/" + name


@functools.cache
def _by_files(server_url: str) -> str:
    """Copying a template's files takes half the time of writing all its pages to the log, the way of 15 and newer."""
    return " STRATEGY file_copy" if int(execute(server_url, "SHOW server_version_num")[0][0]) >= 150_000 else ""


class PrivateDatabase:
    """`with PrivateDatabase() as database:` one cluster on a free loopback port, with a user of its own.

    A `directory` is kept afterwards, without one it is temporary. As root the cluster runs as the user
    postgres (PostgreSQL refuses root), who must be able to reach a directory that is given.
    """

    def __init__(self, directory: Path | None = None) -> None:
        programs = installed()
        if programs is None:
            raise ServerFailed("PostgreSQL is not installed; run: python -m admin.servers ensure")
        self._programs = programs
        self._user = _unprivileged() if os.geteuid() == 0 else None
        self._workplace = Workplace(directory, "database", self._user)
        self.directory = self._workplace.path
        self._data = self.directory / "data"
        self.port = free_port()
        self.password = self._password()
        self.url = f"postgresql+asyncpg://{USER}:{self.password}@127.0.0.1:{self.port}/postgres"
        self._server: Process | None = None

    def _password(self) -> str:
        kept = self.directory / "password"
        if not kept.exists():
            kept.touch(mode=0o600)
            kept.write_text(secrets.token_urlsafe(18))
            if self._user is not None:
                shutil.chown(kept, self._user)
        return kept.read_text()

    def _initialise(self) -> None:
        done = subprocess.run(
            [
                str(self._programs / "initdb"), "--pgdata", str(self._data), "--username", USER,
                "--pwfile", str(self.directory / "password"), "--auth", AUTHENTICATION,
                "--encoding", "UTF8", "--locale", "C", "--no-sync",
            ],
            cwd=self.directory, user=self._user, group=self._user, extra_groups=[] if self._user else None,
            capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode != 0:
            raise ServerFailed(f"initdb in {self._data}: {(done.stdout + done.stderr).strip()[-800:]}")

    def start(self) -> None:
        """Start the cluster on its data, again after `kill`; returns when it takes connections."""
        if not (self._data / "PG_VERSION").exists():
            self._initialise()
        command = [str(self._programs / "postgres"), "-D", str(self._data)]
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",  # the path of a socket may be too long
            "max_connections": "400",
            "fsync": "on",  # durability is what the tests prove
            "log_line_prefix": "%m [%p] ",
        }
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        until = CLOCK.monotonic() + START_SECONDS
        while True:
            self._server = self._workplace.start("postgresql", command, user=self._user)
            try:
                return self._server.expect(self._ready, START_SECONDS)
            except ServerFailed as failure:
                # After a kill the last backends take a moment to let go of the shared memory.
                if "pre-existing shared memory" not in str(failure) or CLOCK.monotonic() > until:
                    raise
                time.sleep(0.2)

    def _ready(self) -> bool:
        if not accepts(self.port):
            return False
        try:
            execute(self.url, "SELECT 1")
        except (OSError, asyncpg.PostgresError):
            return False
        return True

    def create(self, name: str, template: str | None = None) -> str:
        """The URL of a new database, empty or a copy of `template`. Raises asyncpg.DuplicateDatabaseError."""
        return create_database(self.url, name, template)

    def drop(self, name: str) -> None:
        """Remove a database, also one that somebody is connected to."""
        if not NAME.fullmatch(name):
            raise ValueError(f"a database name is small letters, digits and _, not {name!r}")
        execute(self.url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def kill(self) -> None:
        """SIGKILL to the cluster, all its connections with it."""
        if self._server is None:
            return
        backends = _children(self._server.pid)  # each leads a process group of its own
        self._server.kill()
        for backend in backends:
            with contextlib.suppress(ProcessLookupError):
                os.kill(backend, signal.SIGKILL)

    def stop(self) -> None:
        """A fast, orderly shutdown; the data stays."""
        if self._server is not None:
            self._server.stop(signal.SIGINT, 20)

    def close(self) -> None:
        self.stop()
        self._workplace.close()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _unprivileged() -> str:
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise ServerFailed("PostgreSQL refuses root, and there is neither a user postgres nor nobody")


def _children(pid: int) -> list[int]:
    """The processes started by `pid`, where the system has /proc; elsewhere they end with their parent."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in listed.read_text().split()] if listed.exists() else []
