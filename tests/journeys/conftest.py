"""Houses for journeys: embedded inside this process; full as one process; full with every role as its own."""

import asyncio
import itertools
import shutil
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from admin.demo.network import load_demo, read_demo
from admin.servers.provide import Broker
from admin.servers.provide import Database as Server
from models.database import Database
from models.migrations.schema import migrate
from models.sealed import Keyring
from models.sources import add_source
from tests.journeys.house import START, House, house

_numbers = itertools.count(1)
ROLES = ("gateway", "relay", "workers", "ticker", "bot")


async def _prepare(url: str) -> dict[str, str]:
    """The demo network with its chats, and a source for two facilities; their keys."""
    database = Database(url)
    try:
        await migrate(database)
        async with database.transaction() as transaction:
            await load_demo(transaction, read_demo(), Keyring(b"k" * 32), START)
            return {
                facility: await add_source(transaction, f"system-of-{facility}", facility, START, "person:tests")
                for facility in ("liantang", "chengxi-1", "chengxi-2")
            }
    finally:
        await database.close()


def _prepared(url: str) -> dict[str, str]:
    """In a thread of its own: the fixture that asks may already run in an event loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(_prepare(url))).result()


@pytest.fixture(scope="session")
def embedded_template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A SQLite file that is ready, and the keys of its sources."""
    file = tmp_path_factory.mktemp("journeys") / "ready.db"
    return file, _prepared(f"sqlite+aiosqlite:///{file}")


@pytest.fixture(scope="session")
def full_template(private_database: Server) -> tuple[str, dict[str, str]]:
    """A PostgreSQL database that is ready, and the keys of its sources."""
    return "journeys_template", _prepared(private_database.create("journeys_template"))


@pytest.fixture(params=["embedded", "full"])
async def home(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """A house of each deployment."""
    if request.param == "embedded":
        file, keys = request.getfixturevalue("embedded_template")
        shutil.copy(file, tmp_path / "refloop.db")
        async with house(tmp_path, f"sqlite+aiosqlite:///{tmp_path}/refloop.db", None, keys, None) as opened:
            yield opened
        return
    url, broker, keys = _full(request)
    async with house(tmp_path, url, broker, keys, [["up"]]) as opened:
        yield opened


@pytest.fixture
async def roles_apart(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """A full house in which every role is its own process."""
    url, broker, keys = _full(request)
    async with house(tmp_path, url, broker, keys, [["run", role] for role in ROLES]) as opened:
        yield opened


def _full(request: pytest.FixtureRequest) -> tuple[str, str, dict[str, str]]:
    server: Server = request.getfixturevalue("private_database")
    broker: Broker = request.getfixturevalue("private_broker")
    template, keys = request.getfixturevalue("full_template")
    number = next(_numbers)
    return server.create(f"journey_{number}", template=template), broker.create_vhost(f"journey_{number}"), keys


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A journey starts processes and lets days pass: more time than a test of one part, still bounded."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(900))
