"""The demo network as a directory in memory, the packs in force, and facts about a patient who can be reached."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import SQLModel

import admin.demo
from admin.network.load import load_network
from admin.network.reading import read_files
from admin.parts import rules_in_force
from models.database import Database
from models.directory import Directory, load_directory
from models.patients import Patient
from models.sealed import Keyring
from models.values import Language, Sex
from tests.unit.events.story import BEGIN, DAUGHTER, KEY, PATIENT
from workers.facts import Facts, PatientFacts, Rules

NETWORK = Path(admin.demo.__file__).parent / "network.yaml"
ZONE = ZoneInfo("Asia/Shanghai")
FactsMaker = Callable[..., Facts]


@pytest.fixture(scope="session")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Directory:
    """The staff side of the demo network."""
    file = tmp_path_factory.mktemp("directory") / "network.db"

    async def load() -> Directory:
        database = Database(f"sqlite+aiosqlite:///{file}")
        await database.create_tables(SQLModel.metadata)
        async with database.transaction() as transaction:
            await load_network(transaction, read_files(NETWORK), Keyring(b"k" * 32), BEGIN, "person:tests")
            found = await load_directory(transaction, BEGIN)
        await database.close()
        return found

    return asyncio.run(load())


@pytest.fixture(scope="session")
def in_force() -> Rules:
    """The built-in packs."""
    return rules_in_force(ZONE)


def patient(**changes: Any) -> Patient:
    """Li Xiuying as the registry gives her."""
    fields: dict[str, Any] = {"id": PATIENT, "key_id": KEY, "sealed": {}, "sex": Sex.female, "language": Language.zh}
    return Patient(**{**fields, **changes})


@pytest.fixture
def facts(directory: Directory, in_force: Rules) -> FactsMaker:
    """A function: the instant, and what is different about the patient → facts for a reaction."""

    def make(
        now: datetime = BEGIN, reachable: tuple[str, ...] = (PATIENT, DAUGHTER.id), states: Any = None, **changes: Any
    ) -> Facts:
        known = PatientFacts(patient(**changes), (), ("team-liuwan",), reachable)
        return Facts(now, directory, in_force, {PATIENT: known}, states or {})

    return make
