"""What all workers of one run share: one broker, one cluster, and databases that are made ready once.

The process that leads the workers owns both servers: it starts one when the first worker asks for it and ends it with
the run, so that a worker may crash without taking them along. A worker uses them; what it makes there carries its name.
Without workers (`pytest tests/unit`) the process of the tests owns what it starts.
"""

import fcntl
import pickle
import secrets
import shutil
import tempfile
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

import pytest

from admin.servers.database import PrivateDatabase, execute
from admin.servers.given import GivenBroker, GivenDatabase
from admin.servers.process import ServerFailed
from admin.servers.provide import Broker, Database, open_broker, open_database
from tests import forked

Made = TypeVar("Made")
Kind = Literal["broker", "database", "forks"]
Address = tuple[str, ...]
ROOM_BYTES = 4 * 1024**3
WHERE = "refloop_servers"  # under this name the leading process tells its workers where to ask, and with what word


class SharedBroker(GivenBroker):
    """The run's node. Its virtual hosts have the worker's name in front."""

    WHOSE = "a server that all tests of a run share"

    def __init__(self, worker: str, url: str, management: str) -> None:
        super().__init__(url, management)
        self._worker = worker

    def create_vhost(self, name: str) -> str:
        return super().create_vhost(f"{self._worker}_{name}")

    def delete_vhost(self, name: str) -> None:
        super().delete_vhost(f"{self._worker}_{name}")


class SharedDatabase(GivenDatabase):
    """The run's cluster. Its databases have the worker's name in front; a template is named as its URL ends."""

    WHOSE = SharedBroker.WHOSE

    def __init__(self, worker: str, url: str, ends: str = "") -> None:
        """`ends`: not empty where the cluster ends with the run."""
        super().__init__(url)
        self._worker = worker
        self._ends = bool(ends)

    def create(self, name: str, template: str | None = None) -> str:
        return super().create(f"{self._worker}_{name}", template)

    def drop(self, name: str) -> None:
        """Remove a database, or leave it to the end: while there is room, 8 MB are less than the 60 ms of dropping."""
        if not self._ends or shutil.disk_usage(tempfile.gettempdir()).free < ROOM_BYTES:
            super().drop(f"{self._worker}_{name}")


class Owner:
    """In the leading process: starts a server when the first worker asks, and ends both in `close`."""

    def __init__(self) -> None:
        self._key = secrets.token_hex(16)
        self._listener = Listener(("127.0.0.1", 0), authkey=self._key.encode())
        self._running = ExitStack()
        self._asked: dict[Kind, threading.Lock] = {kind: threading.Lock() for kind in get_args(Kind)}
        self._started: dict[Kind, Address | ServerFailed] = {}
        self._closed = False
        threading.Thread(target=self._listen, daemon=True).start()

    def tell(self, workerinput: dict[str, Any]) -> None:
        """Where a worker asks."""
        workerinput[WHERE] = (self._listener.address[1], self._key)

    def close(self) -> None:
        """Nobody asks any more."""
        self._closed = True
        self._listener.close()
        self._running.close()

    def _listen(self) -> None:
        while not self._closed:
            try:
                asking = self._listener.accept()
            except (OSError, EOFError, AuthenticationError):  # it is closed; or somebody else knocked
                continue
            threading.Thread(target=self._answer, args=(asking,), daemon=True).start()

    def _answer(self, asking: "Connection[Any, Any]") -> None:
        with asking:
            kind: Kind = asking.recv()
            with self._asked[kind]:
                if kind not in self._started:
                    self._started[kind] = self._start(kind)
            asking.send(self._started[kind])

    def _start(self, kind: Kind) -> Address | ServerFailed:
        if kind == "forks":
            address = forked.share()
            return (address,) if address else ()
        try:
            if kind == "database":
                self._running.enter_context(cluster := open_database())
                if not isinstance(cluster, PrivateDatabase):
                    return (cluster.url,)
                # It would visit all databases in turn, hundreds of which nobody uses any more.
                execute(cluster.url, "ALTER SYSTEM SET autovacuum = off")
                execute(cluster.url, "SELECT pg_reload_conf()")
                return cluster.url, "with the run"
            self._running.enter_context(node := open_broker())
            return node.url, node.management.address
        except ServerFailed as failure:
            return failure


_OWNER = pytest.StashKey[Owner]()


def owner(config: pytest.Config) -> Owner:
    """The one of the leading process; closed with the run."""
    if _OWNER not in config.stash:
        config.stash[_OWNER] = Owner()
        config.add_cleanup(config.stash[_OWNER].close)
    return config.stash[_OWNER]


def broker(config: pytest.Config) -> AbstractContextManager[Broker]:
    """The broker to use in `with`: the run's, or one of our own where there are no workers."""
    given = getattr(config, "workerinput", None)
    return open_broker() if given is None else SharedBroker(given["workerid"], *_ask(given, "broker"))


def database(config: pytest.Config) -> AbstractContextManager[Database]:
    """The same for the cluster."""
    given = getattr(config, "workerinput", None)
    return open_database() if given is None else shared_database(given)


def shared_database(given: dict[str, Any]) -> SharedDatabase:
    """The run's cluster, as a worker that was told so uses it."""
    return SharedDatabase(given["workerid"], *_ask(given, "database"))


def forks(given: dict[str, Any]) -> None:
    """A worker forks from the run's one process that has imported everything; `given`: what it was told."""

    def ask() -> str | None:
        found = _ask(given, "forks")
        return found[0] if found else None

    forked.shared_by(ask)


def _ask(given: dict[str, Any], kind: Kind) -> Address:
    port, key = given[WHERE]
    with Client(("127.0.0.1", port), authkey=key.encode()) as asking:
        asking.send(kind)
        answer = asking.recv()
    if isinstance(answer, ServerFailed):
        raise answer
    return tuple(answer)


def directory(config: pytest.Config, factory: pytest.TempPathFactory) -> Path:
    """The run's own: of the leading process, where there are workers."""
    return factory.getbasetemp().parent if hasattr(config, "workerinput") else factory.getbasetemp()


def once(directory: Path, name: str, make: Callable[[], Made]) -> Made:
    """What `make` gives, made by the first worker that asks; the others wait for it. `directory`: the run's."""
    kept, written = directory / f"{name}.made", directory / f"{name}.written"
    with (directory / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # let go when the file is closed, by a crash too
        if not kept.exists():
            written.write_bytes(pickle.dumps(make()))
            written.rename(kept)
        found: Made = pickle.loads(kept.read_bytes())
        return found
