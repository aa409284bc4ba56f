"""What every test may ask for: the two deployments, and a fresh database and virtual host in them."""

import asyncio
import gc
import itertools
import os
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
import structlog

import models.database
from admin.servers.provide import Broker, Database
from models.migrations.schema import migrate
from tests import certificates, shared

DatabaseKind = Literal["sqlite", "postgresql"]
FULL_ONLY = {"full", "postgresql"}  # parameters that need the private servers
# First: at the end of a run all workers would wait for the one that has them.
LONGEST = {"test_compose_runs", "test_kills", "test_story_in_chromium", "test_servers", "test_demo"}
MEMORY = Path("/dev/shm")
Fill = Callable[[str], Awaitable[Any]]
Template = Callable[[str, Fill], tuple[str, Any]]
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Deployment:
    """Where one test runs: embedded (SQLite, no broker) or full (PostgreSQL, RabbitMQ); empty each time."""

    kind: Literal["embedded", "full"]
    database_url: str
    broker_url: str | None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--embedded-only", action="store_true", help="leave out all that needs private servers")


def pytest_configure(config: pytest.Config) -> None:
    """Files live in memory where there is room: a database is then made and dropped in a sixth of the time.

    A process that is killed loses nothing by it, as with the page cache. TMPDIR chooses another place.
    """
    if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > shared.ROOM_BYTES:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)  # processes that tests start put theirs there, too
    # Compiling everything anew, in every process of a run, is half of what starting them takes.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    certificates.share()
    if hasattr(config, "workerinput"):
        shared.forks(config.workerinput)
    gc.disable()  # nothing of what is collected is let go: until pytest_collection_finish
    log_plainly()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as cores: a journey waits for processes of its own now and then."""
    return max(2, len(os.sched_getaffinity(0)) * 3 // 2) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """What every worker is told when it starts."""
    shared.owner(node.config).tell(node.workerinput)


def log_plainly() -> None:
    """An error in a log is written as Python writes it; structlog's own way draws it, for seconds of CPU each time."""
    structlog.reset_defaults()
    renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], renderer])


def pytest_collection_finish() -> None:
    """What is imported stays: looking through it for garbage again and again was a sixth of the processor's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.stem not in LONGEST)  # the others keep their order
    if config.getoption("--embedded-only"):
        left_out = [item for item in items if _needs_servers(item)]
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)
        config.stash[_LEFT_OUT] = len(left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    left_out = config.stash.get(_LEFT_OUT, None)
    if left_out is not None:
        terminalreporter.section("THE FULL DEPLOYMENT WAS NOT TESTED", sep="!", red=True, bold=True)
        terminalreporter.line(f"{left_out} tests on RabbitMQ and PostgreSQL were left out: run make test.")


_LEFT_OUT = pytest.StashKey[int]()


def _needs_servers(item: pytest.Item) -> bool:
    named = {"private_broker", "private_database", "fresh_vhost", "chromium"} & set(getattr(item, "fixturenames", ()))
    call = getattr(item, "callspec", None)
    chosen = {value for value in call.params.values() if isinstance(value, str)} if call is not None else set()
    return bool(named or chosen & FULL_ONLY or item.get_closest_marker("full"))


@pytest.fixture(scope="session")
def private_broker(pytestconfig: pytest.Config) -> Iterator[Broker]:
    """A RabbitMQ node of this run, started when the first test asks, ended with the run."""
    with shared.broker(pytestconfig) as broker:
        yield broker


@pytest.fixture(scope="session")
def private_database(pytestconfig: pytest.Config) -> Iterator[Database]:
    """A PostgreSQL cluster of this run, started when the first test asks, ended with the run."""
    with shared.database(pytestconfig) as database:
        yield database


@pytest.fixture(scope="session")
def sqlite_template(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Template:
    """A function: name, what fills a database -> its SQLite file, filled once a run and closed; what filling gave."""
    run = shared.directory(pytestconfig, tmp_path_factory)

    def template(name: str, fill: Fill) -> tuple[str, Any]:
        file = run / f"{name}.db"
        return str(file), shared.once(run, f"{name}-sqlite", lambda: _filled(fill, f"sqlite+aiosqlite:///{file}"))

    return template


@pytest.fixture(scope="session")
def postgresql_template(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory, private_database: Database
) -> Template:
    """The same: the name of a PostgreSQL database."""
    run = shared.directory(pytestconfig, tmp_path_factory)

    def template(name: str, fill: Fill) -> tuple[str, Any]:
        def made() -> tuple[str, Any]:
            url = private_database.create(f"{name}_template")
            return url.rpartition("/")[2], _filled(fill, url)

        return shared.once(run, f"{name}-postgresql", made)

    return template


def _filled(fill: Fill, url: str) -> Any:
    async def filled() -> Any:
        return await fill(url)

    with ThreadPoolExecutor(1) as thread:  # the fixture that asks may already run in an event loop
        return thread.submit(lambda: asyncio.run(filled())).result()


@pytest.fixture
def fresh_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[DatabaseKind], str]]:
    """A function: kind of engine -> URL of a new, empty database, removed after the test."""
    created: list[str] = []

    def fresh(kind: DatabaseKind) -> str:
        name = f"test_{next(_numbers)}"
        if kind == "sqlite":
            return f"sqlite+aiosqlite:///{tmp_path / name}.db"
        created.append(name)
        database: Database = request.getfixturevalue("private_database")
        return database.create(name)

    yield fresh
    for name in created:
        request.getfixturevalue("private_database").drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, fresh_database_url: Callable[[DatabaseKind], str]) -> str:
    """A new, empty database; the test runs once on each engine."""
    return fresh_database_url(request.param)


@pytest.fixture(scope="session")
def sqlite_tables(sqlite_template: Template) -> Path:
    """A SQLite file with all tables, migrated once a run, to be copied."""
    return Path(sqlite_template("tables", _migrated)[0])


@pytest.fixture(scope="session")
def postgresql_tables(postgresql_template: Template) -> str:
    """The name of a PostgreSQL database with all tables, to be copied."""
    return postgresql_template("tables", _migrated)[0]


@pytest.fixture
def fresh_tables_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[DatabaseKind], str]]:
    """A function: kind of engine -> URL of a new database with all tables and no rows, removed after the test."""
    created: list[str] = []

    def fresh(kind: DatabaseKind) -> str:
        name = f"tables_{next(_numbers)}"
        if kind == "sqlite":
            copy = shutil.copy(request.getfixturevalue("sqlite_tables"), tmp_path / f"{name}.db")
            return f"sqlite+aiosqlite:///{copy}"
        template: str = request.getfixturevalue("postgresql_tables")
        created.append(name)
        database: Database = request.getfixturevalue("private_database")
        return database.create(name, template=template)

    yield fresh
    for name in created:
        request.getfixturevalue("private_database").drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def tables_url(request: pytest.FixtureRequest, fresh_tables_url: Callable[[DatabaseKind], str]) -> str:
    """A database with all tables and no rows; the test runs once on each engine."""
    return fresh_tables_url(request.param)


@pytest.fixture
def sqlite_tables_url(fresh_tables_url: Callable[[DatabaseKind], str]) -> str:
    """The same in SQLite alone, for what does not depend on the engine."""
    return fresh_tables_url("sqlite")


async def _migrated(url: str) -> None:
    opened = models.database.Database(url)
    try:
        await migrate(opened)
    finally:
        await opened.close()


@pytest.fixture
def fresh_vhost(private_broker: Broker) -> Iterator[str]:
    """The URL of a new, empty virtual host, removed after the test."""
    name = f"test_{next(_numbers)}"
    yield private_broker.create_vhost(name)
    private_broker.delete_vhost(name)


@pytest.fixture(params=["embedded", "full"])
def deployment(request: pytest.FixtureRequest, fresh_database_url: Callable[[DatabaseKind], str]) -> Deployment:
    """An empty deployment; the test runs once on each kind."""
    if request.param == "embedded":
        return Deployment("embedded", fresh_database_url("sqlite"), None)
    return Deployment("full", fresh_database_url("postgresql"), request.getfixturevalue("fresh_vhost"))
