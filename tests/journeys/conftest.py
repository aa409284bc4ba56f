"""Houses for journeys: embedded inside this process; full as one process; full with every role as its own."""

import itertools
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from admin.demo.network import load_demo, read_demo
from admin.servers.provide import Broker
from admin.servers.provide import Database as Server
from models.database import Database
from models.migrations.schema import migrate
from models.sealed import Keyring
from models.sources import add_source
from tests.conftest import Template
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


@pytest.fixture(params=["embedded", "full"])
async def home(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """A house of each deployment."""
    if request.param == "embedded":
        template: Template = request.getfixturevalue("sqlite_template")
        file, keys = template("journeys", _prepare)
        shutil.copy(file, tmp_path / "refloop.db")
        async with house(tmp_path, f"sqlite+aiosqlite:///{tmp_path}/refloop.db", None, keys, None) as opened:
            yield opened
        return
    with _full(request) as (url, broker, keys):
        async with house(tmp_path, url, broker, keys, [["up"]]) as opened:
            yield opened


@pytest.fixture
async def roles_apart(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """A full house in which every role is its own process."""
    with _full(request) as (url, broker, keys):
        async with house(tmp_path, url, broker, keys, [["run", role] for role in ROLES]) as opened:
            yield opened


@contextmanager
def _full(request: pytest.FixtureRequest) -> Iterator[tuple[str, str, dict[str, str]]]:
    """A copy of the database that is ready and a virtual host, both removed at the end; the keys of its sources."""
    server: Server = request.getfixturevalue("private_database")
    broker: Broker = request.getfixturevalue("private_broker")
    template: Template = request.getfixturevalue("postgresql_template")
    ready, keys = template("journeys", _prepare)
    name = f"journey_{next(_numbers)}"
    yield server.create(name, template=ready), broker.create_vhost(name), keys
    broker.delete_vhost(name)
    server.drop(name)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A journey starts processes and lets days pass: more time than a test of one part, still bounded."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(900))
