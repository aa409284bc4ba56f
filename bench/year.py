"""A year of follow-up care of a thousand patients on a driven clock: `make bench-year`.

Some come when they are asked, some send a reading, some only after a call, some never answer: those are called, called
again and lost. One in five is in two programmes. Chance has a fixed seed. Messages go the way of life up to the
channel, a box that counts (bench/letterbox.py). Printed: events a second, messages per patient and the most on a day
and in a week (the budget of the pack is the bound), those outside the budget apart, what was said twice (must be 0),
and whether a rebuild gives the same (N5).
"""

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import bindparam, text

from admin.network.load import load_network
from admin.network.reading import read_files
from admin.parts import rules_in_force
from bench.ground import NETWORK, SITE_KEY, ZONE
from bench.letterbox import Letterbox
from events import follow_up as f
from events.actions import Party, PartyKind, Position
from events.base import Actor, Cause, Command, Refused
from events.embedded import EmbeddedBroker
from events.handling import Journal
from events.replay import verify
from models.clock import DrivenClock
from models.database import Database, UtcDateTime
from models.directory_cache import DirectoryCache
from models.history import Origin
from models.migrations.schema import migrate
from models.parties import PartyKind as Chat
from models.parties import bind_chat
from models.patient_reading import patients
from models.patient_writing import PatientDetails, save_patients
from models.sealed import Keyring
from models.values import ActorKind, Role, new_id
from workers.deadlines import Deadlines
from workers.engine import Engine
from workers.loading import FactLoader
from workers.reactions import CONSUMERS, SUBSCRIBERS
from workers.rules.pack import packs
from workers.rules.quiet_hours import MessagePolicy
from workers.ticker import Ticker

_T = TypeVar("_T")

BEGIN = datetime(2026, 1, 5, 0, 0, tzinfo=UTC)
DAYS = 365
PATIENTS = 1_000
CENTRES = ("liantang", "liuwan", "yanqiao", "nantang", "beiqiao")
_HOURS = (1, 2, 3, 4, 5, 11)  # UTC: from nine in the morning to one, and the evening, in Shanghai
_BATCH = 100
BUDGET = MessagePolicy(packs()["messages"], ZONE).parameters.budget
_TODAY, _VISITED, _AT_TARGET, _TWO_PROGRAMMES = 0.6, 0.85, 0.75, 0.2
_MIX = (
    (f.Programme.hypertension, 0.6), (f.Programme.diabetes, 0.25), (f.Programme.elderly, 0.1),
    (f.Programme.tuberculosis, 0.05),
)  # fmt: skip


class Temper(StrEnum):
    """What a patient does who is asked."""

    comes = "comes"
    sends = "sends"  # a reading, and is seen when it is time for a visit
    called = "called"  # only after a call
    never = "never"


_TEMPERS = ((Temper.comes, 0.45), (Temper.sends, 0.2), (Temper.called, 0.2), (Temper.never, 0.15))
# What comes of a call to whoever can be reached.
_CALLS = (("called", 0.5), ("agreed", 0.3), ("later", 0.2))


@dataclass(slots=True)
class Year:
    """The parts, and what happens in them."""

    clock: DrivenClock
    database: Database
    keyring: Keyring
    journal: Journal
    engine: Engine
    ticker: Ticker
    chance: random.Random
    box: Letterbox
    tempers: dict[str, Temper] = field(default_factory=dict)

    async def settle(self) -> None:
        """Let the reactions run until nothing is behind."""
        query = text("SELECT consumer, stream FROM cursors WHERE wanted > done ORDER BY stream")
        while True:
            async with self.database.reading() as tx:
                behind = [(row.consumer, row.stream) for row in await tx.execute(query)]
            if not behind:
                return
            for consumer in CONSUMERS:
                streams = [stream for name, stream in behind if name == consumer]
                for start in range(0, len(streams), _BATCH):
                    await self.engine.work(consumer, streams[start : start + _BATCH])

    async def do(self, command: Command) -> None:
        """A command of somebody; what is no longer possible is left."""
        cause = Cause(new_id(), Actor(ActorKind.person, "bench"), self.clock.now())
        try:
            await self.journal.handle_alone(self.database, command, cause)
        except Refused:
            return

    async def enrol(self, count: int) -> None:
        """So many patients with a chat each, in a programme each."""
        now, ids = self.clock.now(), [f"patient-{n}" for n in range(count)]
        details = [PatientDetails(id=unique, name=f"Patient {unique}", birth="1955") for unique in ids]
        async with self.database.transaction() as tx:
            await save_patients(tx, self.keyring, details, now, "bench", Origin.file)
            for number, unique in enumerate(ids):
                await bind_chat(tx, unique, Chat.patient, str(10_000 + number), now, "bench")
            known = await patients(tx, ids, now)
        for number, unique in enumerate(ids):
            centre = CENTRES[number % len(CENTRES)]
            begins = date(2026, 1, 5) + timedelta(days=self.chance.randrange(60))
            self.tempers[unique] = self._one_of(_TEMPERS)
            wanted = [self._one_of(_MIX)]
            if self.chance.random() < _TWO_PROGRAMMES:
                wanted += [each for each, _ in _MIX[:2] if each not in wanted][:1]
            for programme in wanted:
                await self.do(
                    f.EnrolPatient(
                        stream=f"plan-{unique}-{programme}", by=team(centre), patient=unique,
                        patient_key=known[unique].key_id, centre=centre, programme=programme, begins_on=begins,
                    )
                )  # fmt: skip
        await self.settle()

    async def live(self, days: int) -> None:
        """Day by day: what falls due, what patients answer, whom the teams see."""
        for day in range(days):
            for hour in _HOURS:
                at = BEGIN + timedelta(days=day, hours=hour)
                if at > self.clock.now():
                    self.clock.forward(at - self.clock.now())
                if await self._due() and await self.ticker.pass_deadlines():
                    await self.settle()
                if await self.box.post():
                    await self.settle()
            await self._answers()
            await self.settle()

    async def _due(self) -> bool:
        # The ticker would look at the directory first: most hours of the year have nothing due.
        query = text("SELECT 1 FROM summaries WHERE due <= :now LIMIT 1").bindparams(
            bindparam("now", type_=UtcDateTime())
        )
        async with self.database.reading() as tx:
            return (await tx.execute(query, {"now": self.clock.now()})).first() is not None

    async def _answers(self) -> None:
        query = text("SELECT stream FROM summaries WHERE kind = 'plan' AND open AND step > 0 ORDER BY stream")
        async with self.database.reading() as tx:
            streams = list((await tx.execute(query)).scalars())
        for start in range(0, len(streams), _BATCH):
            some = streams[start : start + _BATCH]
            async with self.database.transaction() as tx:
                loaded = await self.journal.load(tx, some)
                states = [loaded[stream].state for stream in some]
            for state in states:
                await self._answer(state)

    def _one_of(self, shares: Sequence[tuple[_T, float]]) -> _T:
        return self.chance.choices([each for each, _ in shares], [share for _, share in shares])[0]

    async def _answer(self, state: f.PlanState) -> None:
        temper = self.tempers[state.patient]
        if state.row is None or self.chance.random() > _TODAY:
            return
        if temper is Temper.never and state.calling:
            # The team tries, and says so; what it leaves is lost by itself a week later.
            if self.chance.random() < _TODAY / 4:
                await self._call(state, "not_reached")
        elif temper is Temper.called and state.calling:
            await self._call(state, self._one_of(_CALLS))
        elif temper is Temper.sends and state.row.kind != "outcome_check" and not state.readings[-1:]:
            side = Party(PartyKind.patient, state.patient, patients=frozenset({state.patient}))
            await self.do(f.RecordReading(stream=state.id, by=side, sbp=132, dbp=78, answers=False))
        elif temper in (Temper.comes, Temper.sends):
            if state.row.kind != "visit":
                await self._call(state, "called")
            elif self.chance.random() < _VISITED:
                await self.do(self._visit(state))

    async def _call(self, state: f.PlanState, outcome: str) -> None:
        await self.do(f.CloseFollowUp(stream=state.id, by=team(state.centre), row=state.current, outcome=outcome))

    def _visit(self, state: f.PlanState) -> f.RecordVisit:
        good = self.chance.random() < _AT_TARGET
        found = f.Findings(
            sbp=132 if good else 158, dbp=78 if good else 96, adherence="regular", adverse_reaction=False
        )
        again = bool(state.visits) and state.visits[-1][1].unsatisfactory
        worse = "unsatisfactory_again" if again else "unsatisfactory_first"
        return f.RecordVisit(
            stream=state.id, by=team(state.centre), findings=found, visit_class="satisfactory" if good else worse,
            unsatisfactory=not good, next_due=None if good else self.clock.now() + timedelta(days=14),
        )  # fmt: skip


def team(centre: str) -> Party:
    """Somebody of the family-doctor team of a centre."""
    return Party(PartyKind.practitioner, f"team-of-{centre}", frozenset({Position(centre, Role.family_doctor)}))


@asynccontextmanager
async def year(file: Path) -> AsyncIterator[Year]:
    """All parts on a new SQLite file with the demo network."""
    clock, keyring = DrivenClock(BEGIN), Keyring(SITE_KEY)
    database = Database(f"sqlite+aiosqlite:///{file}")
    try:
        await migrate(database)
        async with database.transaction() as tx:
            await load_network(tx, read_files(NETWORK), keyring, BEGIN, "bench")
        directory, broker, rules = DirectoryCache(database, clock), EmbeddedBroker(), rules_in_force(ZONE)
        await directory.refresh()
        deadlines = Deadlines(lambda: rules, directory.current)
        journal = Journal(keyring, clock, deadlines.due, SUBSCRIBERS, wake=broker.wake)
        engine = Engine(database, journal, FactLoader(clock, keyring, directory, rules), CONSUMERS)
        ticker = Ticker(database, journal, deadlines, broker, directory)
        box = Letterbox(database, journal, keyring, clock, directory)
        yield Year(clock, database, keyring, journal, engine, ticker, random.Random(20260105), box)
    finally:
        await database.close()


async def report(lived: Year, seconds: float) -> dict[str, Any]:
    """What came of the year."""
    async with lived.database.reading() as tx:
        events = (await tx.execute(text("SELECT count(*) FROM log"))).scalar_one()
        kinds = {row.type: row.n for row in await tx.execute(text("SELECT type, count(*) AS n FROM log GROUP BY type"))}
        asked = await tx.execute(text("SELECT count(*) FROM notices WHERE purpose LIKE 'patient_%'"))
        wanted = asked.scalar_one()
    box = lived.box
    counted = sum(len(days) for days in box.days.values())
    checked = await verify(lived.database)
    return {
        "seconds": round(seconds, 1), "events": events, "events per second": round(events / seconds),
        "plans begun": kinds.get("FollowUpPlanned", 0), "visits": kinds.get("VisitRecorded", 0),
        "readings sent": kinds.get("ReadingRecorded", 0), "put on a call list": kinds.get("FollowUpMissed", 0),
        "follow-ups done": kinds.get("FollowUpDone", 0), "put off by a call": kinds.get("FollowUpPostponed", 0),
        "lost": kinds.get("FollowUpLost", 0),
        "asked for, to patients": wanted, "messages to patients, in the budget": counted,
        "messages to patients, outside of it": sum(box.outside.values()),
        "messages per patient, mean": round(counted / max(len(box.days), 1), 2),
        "most on one day": box.most_within(1), "budget of a day": BUDGET.per_day,
        "most in seven days": box.most_within(7), "budget of a week": BUDGET.per_week,
        "said twice": len(box.twice()), "rebuild gives the same": checked.ok,
    }  # fmt: skip


async def main(count: int, days: int) -> int:
    """Run it and print; 1 when the budget did not hold, nobody was called or lost, something was said twice, or a
    rebuild differs."""
    with tempfile.TemporaryDirectory() as directory:
        async with year(Path(directory) / "year.db") as lived:
            await lived.enrol(count)
            began = time.monotonic()
            await lived.live(days)
            found = await report(lived, time.monotonic() - began)
    for name, value in found.items():
        sys.stdout.write(f"{name:<40} {value}\n")
    over = found["most in seven days"] > BUDGET.per_week or found["most on one day"] > BUDGET.per_day
    nobody = not (found["put on a call list"] and found["lost"])  # somebody who never answers is called, then lost
    return int(over or nobody or bool(found["said twice"]) or not found["rebuild gives the same"])


if __name__ == "__main__":
    arguments = [int(each) for each in sys.argv[1:]]
    sys.exit(asyncio.run(main(*(arguments or [PATIENTS, DAYS]))))
