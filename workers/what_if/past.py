"""What a replay stands on: the loops as recorded, and the registry as it was at each moment."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from events import log
from events.base import Recorded
from events.follow_up_state import PlanState
from events.handling import Working
from models.database import Transaction
from models.directory import Directory, load_directory
from models.history import table_of
from models.journal import LogRow
from models.registry import StaffSide
from models.values import kind_of
from workers.loading import FactLoader

_LOG = table_of(LogRow)


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop as it stands in the log: the events of all its streams in the order they were recorded."""

    id: str
    events: tuple[Recorded, ...]


async def loops_between(tx: Transaction, since: datetime, until: datetime) -> list[str]:
    """The loops in which anything was recorded from `since` to before `until`, in the order of their ids."""
    query = select(_LOG.c.loop).distinct().where(_LOG.c.recorded_at >= since, _LOG.c.recorded_at < until)
    loops = (await tx.execute(query)).scalars()
    return sorted(loop for loop in loops if kind_of(loop).in_loops)


async def read_loops(tx: Transaction, loops: Iterable[str], until: datetime) -> list[Loop]:
    """These loops, with what was recorded before `until`."""
    wanted = sorted(loops)
    statement = log.many(
        "SELECT id FROM streams WHERE loop = ANY(CAST(:ids AS text[]))",
        "SELECT id FROM streams WHERE loop IN (SELECT value FROM json_each(:ids))",
        tx.dialect,
    )
    streams = (await tx.execute(statement, log.id_list(tx, wanted))).scalars().all()
    order = {
        row.id: row.position
        for row in await tx.execute(select(_LOG.c.id, _LOG.c.position).where(_LOG.c.loop.in_(wanted)))
    }
    found: dict[str, list[Recorded]] = {loop: [] for loop in wanted}
    for history in (await log.read_streams(tx, streams)).values():
        for recorded in history:
            if recorded.recorded_at < until:
                found[recorded.loop].append(recorded)
    return [Loop(loop, tuple(sorted(found[loop], key=lambda each: order[each.id]))) for loop in wanted]


class PastDirectories:
    """The directory as it was at any moment; one is loaded for every change of the registry that is passed."""

    def __init__(self) -> None:
        self._instants: list[datetime] = []
        self._known: dict[int, Directory] = {}
        self._current: Directory | None = None

    async def prepare(self, tx: Transaction) -> None:
        """Find out when the staff side changed."""
        found: set[datetime] = set()
        for model in StaffSide.__subclasses__():
            columns = table_of(model).c
            for name in ("valid_from", "valid_to", "recorded_at", "ended_at"):
                rows = await tx.execute(select(columns[name]).distinct().where(columns[name].is_not(None)))
                found.update(rows.scalars())
        self._instants = sorted(found)

    async def move(self, tx: Transaction, at: datetime) -> None:
        """From now on `current()` is the directory of `at`, as far as was known then."""
        number = bisect_right(self._instants, at)
        if number not in self._known:
            self._known[number] = await load_directory(tx, at, recorded=at)
        self._current = self._known[number]

    async def refreshed(self, transaction: Transaction) -> Directory:
        """The same as `current()`: the past does not change."""
        return self.current()

    def current(self) -> Directory:
        """The directory of the moment last moved to."""
        if self._current is None:
            raise RuntimeError("move() to a moment first")
        return self._current


class PastLoader(FactLoader):
    """Loads facts for a replay: other streams only as the replay itself has made them, never as they became."""

    async def _states(self, transaction: Transaction, ids: set[str], working: Mapping[str, Working]) -> dict[str, Any]:
        return {stream: working[stream].state for stream in ids if stream in working}

    async def _plans(
        self, transaction: Transaction, patients: set[str], working: Mapping[str, Working]
    ) -> dict[str, list[PlanState]]:
        states = [working[stream].state for stream in sorted(working)]
        plans = [state for state in states if isinstance(state, PlanState) and state.open]
        return {patient: [plan for plan in plans if plan.patient == patient] for patient in patients}
