"""What stops at once, in the transaction that records why: a death stops every plan and message of the person; a plan
that is paused, muted or ended takes back what it still had to say.

Whoever records it (a press, a hospital's message, a rule), the same recording passes here (events/handling.py).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from events import follow_up as f
from events.actions import Party, PartyKind
from events.base import Actor, Cause, EndReason, LoopClosed, Recorded
from events.discharge import Disposition, PatientDischarged
from events.notice import NoticeWithdrawn, RecordDelivery
from events.purposes import PURPOSES, Audience
from events.referral import OutcomeKind, OutcomeReported, ReferralWithdrawn
from models.database import Transaction
from models.deliveries import NoticeRow
from models.history import open_rows, table_of
from models.patient_writing import record_death
from models.patients import DeathRow
from models.summaries import SummaryRow
from models.values import ActorKind, StreamKind

if TYPE_CHECKING:
    from events.handling import Journal, Working

_SUMMARIES, _NOTICES = table_of(SummaryRow), table_of(NoticeRow)
_RULES = Party(PartyKind.rule, "rules")
_UNSENT = ("waiting", "retry")
_TO_PATIENTS = sorted(purpose for purpose, rule in PURPOSES.items() if rule.audience is Audience.patient)
_BIRTH = (EndReason.stillbirth, EndReason.newborn_died)


@dataclass(frozen=True, slots=True)
class Death:
    """Who died on which day (None: not known), and what said so: an id, the stream it is in, by whom, when."""

    patient: str
    day: date | None
    said: str
    learnt_from: str
    actor: str
    at: datetime


def death_in(patient: str, recorded: Recorded) -> bool:
    """Whether this event of a patient's stream says that the patient has died."""
    match recorded.event:
        case OutcomeReported(kind=OutcomeKind.died) | PatientDischarged(disposition=Disposition.expired):
            return True
        case f.PlanEnded(reason=EndReason.died) | ReferralWithdrawn(reason=EndReason.died):
            return True
        case LoopClosed(reason=EndReason.died):
            return True
        case _:
            return False


async def stopped(tx: Transaction, journal: "Journal", changed: Sequence["Working"]) -> list["Working"]:
    """Decide what must stop because of what is new in these streams; gives the further streams that have changed."""
    loops = [working for working in changed if hasattr(working.state, "patient")]
    deaths = {
        working.state.patient: _death(working.state.patient, recorded)
        for working in loops
        for recorded in working.new
        if death_in(working.state.patient, recorded)
    }
    begun = [w for w in loops if any(isinstance(r.event, f.FollowUpPlanned | f.PatientEnrolled) for r in w.new)]
    quiet = [w for w in loops if any(isinstance(r.event, _SILENCING) for r in w.new)]
    if not (deaths or begun or quiet):
        return []
    work = _Stopping(tx, journal, {working.stream: working for working in changed})
    await work.of_deaths(deaths.values())
    await work.plans_of_the_dead(begun)
    await work.queued_of(quiet)
    return [working for stream, working in work.known.items() if working not in changed and working.new]


_SILENCING = (f.PlanPaused, f.PlanMuted, f.PlanEnded)


def _death(patient: str, said: Recorded) -> Death:
    gone = said.event
    day = gone.discharged_at.date() if isinstance(gone, PatientDischarged) else None
    return Death(patient, day, said.id, said.stream, str(said.actor), said.recorded_at)


async def record_dead(tx: Transaction, journal: "Journal", death: Death) -> None:
    """Put a death on record that no event of a loop says, and stop everything of the person with it."""
    work = _Stopping(tx, journal, {})
    await work.of_deaths([death])
    await journal.record(tx, work.known.values())


class _Stopping:
    """One transaction's stopping: which streams are loaded, and what is decided about them."""

    def __init__(self, tx: Transaction, journal: "Journal", known: dict[str, "Working"]) -> None:
        self.known = known
        self._tx = tx
        self._journal = journal

    async def of_deaths(self, deaths: Iterable[Death]) -> None:
        """The deaths on record, the plans of the dead ended, what waits for them taken back."""
        found = {each.patient: each for each in deaths}
        if not found:
            return
        held = await open_rows(self._tx, DeathRow, found)
        for patient, death in found.items():
            if patient not in held:
                await record_death(self._tx, patient, death.day, death.learnt_from, death.at, death.actor)
        plans = select(_SUMMARIES.c.stream).where(
            _SUMMARIES.c.patient.in_(found), _SUMMARIES.c.kind == StreamKind.plan, _SUMMARIES.c.open
        )
        for working in await self._load((await self._tx.execute(plans)).scalars()):
            self._end(working, EndReason.died, found[working.state.patient].said)
        await self._take_back(_NOTICES.c.recipient.in_(found), "died")

    async def plans_of_the_dead(self, begun: Iterable["Working"]) -> None:
        """Nobody dead is followed up, whoever asks for it."""
        plans = {working.stream: working for working in begun}
        dead = await open_rows(self._tx, DeathRow, {working.state.patient for working in plans.values()})
        for working in plans.values():
            if working.state.patient in dead:
                self._end(working, EndReason.died, working.new[0].id)

    async def queued_of(self, quiet: Iterable["Working"]) -> None:
        """What these plans still had to say to the patient."""
        plans = {working.stream for working in quiet}
        births = {w.state.patient for w in quiet if getattr(w.state, "ended_reason", None) in _BIRTH}
        if births:
            # No word about a child that died: the mother's other plan of the birth stops as well.
            own = select(_SUMMARIES.c.stream).where(
                _SUMMARIES.c.patient.in_(births), _SUMMARIES.c.kind == StreamKind.plan, _SUMMARIES.c.open
            )
            for working in await self._load((await self._tx.execute(own)).scalars()):
                if working.state.programme is f.Programme.birth:
                    self._end(working, EndReason.newborn_died, working.stream)
                    plans.add(working.stream)
        if plans:
            await self._take_back(_NOTICES.c.about.in_(plans), "stopped")

    def _end(self, working: "Working", reason: EndReason, why: str) -> None:
        if isinstance(working.state, f.PlanState) and working.state.open:
            self._decide(working, f.EndPlan(stream=working.stream, by=_RULES, reason=reason), why)

    async def _take_back(self, which: object, reason: str) -> None:
        waiting = select(_NOTICES.c.stream).where(
            which, _NOTICES.c.state.in_(_UNSENT), _NOTICES.c.purpose.in_(_TO_PATIENTS)  # type: ignore[arg-type]
        )  # fmt: skip
        for working in await self._load((await self._tx.execute(waiting)).scalars()):
            outcome = NoticeWithdrawn(reason=reason)
            self._decide(working, RecordDelivery(stream=working.stream, outcome=outcome), reason)

    async def _load(self, streams: Iterable[str]) -> list["Working"]:
        wanted = sorted(set(streams))
        missing = [stream for stream in wanted if stream not in self.known]
        if missing:
            self.known |= await self._journal.load(self._tx, missing)
        return [self.known[stream] for stream in wanted]

    def _decide(self, working: "Working", command: f.EndPlan | RecordDelivery, why: str) -> None:
        now: datetime = self._journal.clock.now()
        self._journal.decide(working, command, Cause(f"{why}|{working.stream}", Actor(ActorKind.rule, "stopped"), now))
