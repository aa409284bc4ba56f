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
from tests.torture.ground import Ground, Template, embedded, full, prepared

_numbers = itertools.count(1)
OpenFull = Callable[..., AbstractAsyncContextManager[Ground]]


@pytest.fixture(scope="session")
def seed() -> int:
    """REFLOOP_TEST_SEED, or one that has not been used before."""
    return int(os.environ.get("REFLOOP_TEST_SEED") or random.SystemRandom().randrange(1_000_000))


@pytest.fixture(scope="session")
def embedded_template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """A SQLite file that is ready."""
    return prepared(f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('torture')}/ready.db")


@pytest.fixture(scope="session")
def full_template(private_database: Server) -> Template:
    """A PostgreSQL database that is ready."""
    return prepared(private_database.create("torture_template"))


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
