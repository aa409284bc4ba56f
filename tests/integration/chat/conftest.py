"""A stage for every test: the demo network's people with their phones, and one bot."""

import itertools
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel

from admin.demo.network import read_demo
from admin.network.load import load_network
from admin.servers.provide import Database as Server
from bot.sandbox.app import SandboxConfig, Served, serve
from models.clock import SystemClock
from models.database import Database
from models.sealed import Keyring
from tests.conftest import Template
from tests.integration.chat.stage import Stage, build
from tests.phones import Sandbox

_numbers = itertools.count(1)
KEYRING = Keyring(bytes(range(32)))


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    served = await serve(SandboxConfig(rates=False))
    yield served
    await served.close()


@pytest.fixture
async def world(served: Served) -> AsyncIterator[Sandbox]:
    world = await Sandbox.connect(served.url)
    yield world
    await world.close()


@pytest.fixture(scope="session")
def template(sqlite_template: Template) -> Path:
    """A database with the demo network, loaded once and copied for every test."""
    return Path(sqlite_template("chat", _load)[0])


@pytest.fixture(scope="session")
def server_template(postgresql_template: Template) -> str:
    """The same in PostgreSQL; its name."""
    return postgresql_template("chat", _load)[0]


async def _load(url: str) -> None:
    database = Database(url)
    await database.create_tables(SQLModel.metadata)
    async with database.transaction() as tx:
        await load_network(tx, read_demo(), KEYRING, SystemClock().now(), "test")
    await database.close()


@pytest.fixture(scope="session")
def known() -> dict[bool, Any]:
    """What the first stage on each engine read: all begin with a copy of the same."""
    return {}


@pytest.fixture
async def stage(
    request: pytest.FixtureRequest, world: Sandbox, template: Path, tmp_path: Path, known: dict[bool, Any]
) -> AsyncIterator[Stage]:
    """On SQLite, unless a test asks for "postgresql" as well."""
    if getattr(request, "param", "sqlite") == "sqlite":
        url = f"sqlite+aiosqlite:///{shutil.copy(template, tmp_path / 'chat.db')}"
    else:
        server: Server = request.getfixturevalue("private_database")
        name = f"chat_{next(_numbers)}"
        url = server.create(name, template=request.getfixturevalue("server_template"))
    database = Database(url)
    stage = build(database, KEYRING, world, SystemClock())
    directories = stage.directories
    directories.tables, directories.holds = known.get(database.is_sqlite, (None, None))
    await directories.refresh()
    known.setdefault(database.is_sqlite, (directories.tables, directories.holds))
    yield stage
    await stage.close()
    await database.close()
    if url.startswith("postgresql"):
        server.drop(name)
