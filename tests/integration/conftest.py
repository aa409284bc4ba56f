"""Databases that already hold the tables and the demo network: loaded once a run, copied for every test."""

import asyncio
import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from admin.servers.provide import Database
from tests.integration.world import prepare

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the network, closed."""
    file = tmp_path_factory.mktemp("template") / "network.db"
    asyncio.run(prepare(f"sqlite+aiosqlite:///{file}"))
    return file


@pytest.fixture(scope="session")
def postgresql_template(private_database: Database) -> str:
    """The name of a PostgreSQL database with the network."""
    asyncio.run(prepare(private_database.create("network_template")))
    return "network_template"


@pytest.fixture(params=["sqlite", "postgresql"])
def network_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with the demo network and nothing else; the test runs once on each engine."""
    if request.param == "sqlite":
        file = tmp_path / "network.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite+aiosqlite:///{file}"
        return
    database: Database = request.getfixturevalue("private_database")
    name = f"network_{next(_numbers)}"
    yield database.create(name, template=request.getfixturevalue("postgresql_template"))
    database.drop(name)
