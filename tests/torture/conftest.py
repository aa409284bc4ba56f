"""Grounds of both deployments, the seed, and how long it is to be (docs/reliability.md)."""

import itertools
import os
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from admin.servers.provide import Broker
from admin.servers.provide import Database as Server
from tests.conftest import Template as Filled
from tests.torture.ground import Ground, Template, embedded, full, prepare

_numbers = itertools.count(1)
OpenFull = Callable[..., AbstractAsyncContextManager[Ground]]


@pytest.fixture(scope="session")
def seed() -> int:
    """REFLOOP_TEST_SEED, or one that has not been used before."""
    return int(os.environ.get("REFLOOP_TEST_SEED") or random.SystemRandom().randrange(1_000_000))


@pytest.fixture(scope="session")
def embedded_template(sqlite_template: Filled) -> Template:
    """A SQLite file that is ready."""
    found: Template = sqlite_template("torture", prepare)[1]
    return found


@pytest.fixture(scope="session")
def full_template(postgresql_template: Filled) -> Template:
    """A PostgreSQL database that is ready."""
    found: Template = postgresql_template("torture", prepare)[1]
    return found


@pytest.fixture
def open_full(full_template: Template, private_database: Server, private_broker: Broker, tmp_path: Path) -> OpenFull:
    """Opens a full ground; `each` says how many processes a role has."""

    def open_(each: dict[str, int] | None = None) -> AbstractAsyncContextManager[Ground]:
        name = f"torture_{next(_numbers)}"
        return full(tmp_path, full_template, private_database, private_broker, name, each)

    return open_


@pytest.fixture
async def embedded_ground(embedded_template: Template, tmp_path: Path) -> AsyncIterator[Ground]:
    """An embedded ground."""
    async with embedded(tmp_path, embedded_template) as ground:
        yield ground


@pytest.fixture
async def full_ground(open_full: OpenFull) -> AsyncIterator[Ground]:
    """A full ground, every role a process of its own."""
    async with open_full() as ground:
        yield ground


@pytest.fixture(params=["embedded", "full"])
def ground(request: pytest.FixtureRequest) -> Ground:
    """A ground of each deployment."""
    found: Ground = request.getfixturevalue(f"{request.param}_ground")
    return found
