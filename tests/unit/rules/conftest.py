"""The built-in packs, and a desk in China to count working days by."""

from zoneinfo import ZoneInfo

import pytest

from workers.rules.calendar import Desk, WorkCalendar
from workers.rules.pack import Pack, packs

CHINA = ZoneInfo("Asia/Shanghai")


@pytest.fixture(scope="session")
def triage_pack() -> Pack:
    return packs()["triage"]


@pytest.fixture(scope="session")
def desk() -> Desk:
    return Desk(WorkCalendar(CHINA))
