"""The built-in packs, and a desk in China to count working days by."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings

from workers.rules.calendar import Desk, WorkCalendar
from workers.rules.pack import Pack, packs

CHINA = ZoneInfo("Asia/Shanghai")

# These properties are about answers; how fast they come on a busy machine is measured in bench/rules.py.
settings.register_profile("rules", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("rules")


@pytest.fixture(scope="session")
def triage_pack() -> Pack:
    return packs()["triage"]


@pytest.fixture(scope="session")
def desk() -> Desk:
    return Desk(WorkCalendar(CHINA))
