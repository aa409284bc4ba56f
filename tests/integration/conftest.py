"""Databases that already hold the tables and the demo network: loaded once a run, copied for every test.

And what most tests open on them: the parts of the core, a reception with its sources, a database alone.
"""

import itertools
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from admin.servers.provide import Database as Server
from models.database import Database
from models.sealed import Keyring
from tests.browser import Page, browser
from tests.conftest import Fill, Template
from tests.intake_house import House, open_house
from tests.integration.road import travel
from tests.integration.world import KEYRING, Core, core, prepare

_numbers = itertools.count(1)


def _copy(request: pytest.FixtureRequest, tmp_path: Path, name: str, fill: Fill) -> Iterator[str]:
    if request.param == "sqlite":
        template: Template = request.getfixturevalue("sqlite_template")
        yield f"sqlite+aiosqlite:///{shutil.copy(template(name, fill)[0], tmp_path / f'{name}.db')}"
        return
    database: Server = request.getfixturevalue("private_database")
    template = request.getfixturevalue("postgresql_template")
    copy = f"{name}_{next(_numbers)}"
    yield database.create(copy, template=template(name, fill)[0])
    database.drop(copy)


@pytest.fixture(params=["sqlite", "postgresql"])
def network_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with the demo network and nothing else; the test runs once on each engine."""
    yield from _copy(request, tmp_path, "network", prepare)


@pytest.fixture(params=["sqlite", "postgresql"])
def road_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The same with one loop that has gone the whole road; it is TRAVELLED by then."""
    yield from _copy(request, tmp_path, "road", travel)


@pytest.fixture
async def world(network_url: str) -> AsyncIterator[Core]:
    """The parts on a database with the demo network."""
    async with core(network_url) as parts:
        yield parts


@pytest.fixture
async def house(sqlite_tables_url: str) -> AsyncIterator[House]:
    """A reception with its sources, on SQLite."""
    async with open_house(sqlite_tables_url) as opened:
        yield opened


@pytest.fixture
async def either(tables_url: str) -> AsyncIterator[House]:
    """A house on each engine in turn: for what the two might do differently."""
    async with open_house(tables_url) as opened:
        yield opened


@pytest.fixture
async def database(tables_url: str) -> AsyncIterator[Database]:
    """A database with all tables and no rows; on each engine in turn."""
    database = Database(tables_url)
    yield database
    await database.close()


@pytest.fixture
def keyring() -> Keyring:
    """The tests' keyring."""
    return KEYRING


@pytest.fixture
async def chromium() -> AsyncIterator[Page]:
    """A tab of a browser. Where there is none, the test fails and says what to do."""
    async with browser() as page:
        yield page
