"""What is looked at by the clock and not by a loop's deadline: the end of a shift, tomorrow's duty, who has left.

Each round has one instant at which it is next due, kept in the installation's settings: a restart finds it, several
tickers are harmless (ids are derived from the instant), and what was missed meanwhile is caught up once.

Who has left is looked for whenever the registry has changed or an hour has begun: what they had waits for no shift.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Row, select, tuple_

from events import log
from events.base import Actor, Cause, Refused, Situation
from events.handling import Journal, Working
from events.notice import NoticeRequested
from events.purposes import Purpose
from events.referral_commands import HandOver, OfferReferral, ReferralCommand
from events.referral_state import ReferralState
from models.database import Database, Transaction
from models.deliveries import NoticeRow
from models.directory import Directory
from models.directory_cache import DirectoryCache
from models.installation import remember, remembered, remembered_of
from models.parties import addresses
from models.summaries import SummaryRow
from models.values import ActorKind, Lane, Priority, Role, StreamKind, derived_id, stream_id
from workers.asking import RULES, works_at
from workers.telling import LANES, STALE

_S = SummaryRow.__table__  # type: ignore[attr-defined]
_NOTICES = NoticeRow.__table__  # type: ignore[attr-defined]
_log = structlog.get_logger("rounds")

SHIFTS, READINESS = "round:shifts", "round:readiness"
COORDINATOR_AFTER = timedelta(minutes=30)  # flows: until pressed the old holder stays, then the coordinator
SOON = timedelta(hours=24)
EXPIRES = timedelta(hours=12)

# What a shift can leave over; what waits for a day far off is nobody's night.
HANDED_OVER = (Situation.held, Situation.accepted, Situation.confirmed, Situation.on_the_way, Situation.time_passed)
LOOKED_AT = (Situation.offered, *HANDED_OVER)
# What waits for somebody's word, not for their presence: who left is asked no more, the coordinator is.
ASKED_INSTEAD = {
    Situation.to_be_routed: Purpose.to_be_routed,
    Situation.information_asked: Purpose.information_asked,
    Situation.declined: Purpose.declined,
    Situation.advised: Purpose.advised,
    Situation.missed: Purpose.missed,
    Situation.arrived: Purpose.outcome_due,
    Situation.cancel_asked: Purpose.cancel_asked,
}
BEGINS, ENDS = 8, 20  # local hours in which somebody hears of what is routine
_AT = tuple_(_S.c.holder_person, _S.c.holder_role, _S.c.holder_facility)
_ACTOR = Actor(ActorKind.rule, "rounds")


@dataclass(frozen=True, slots=True)
class _Round:
    next_after: Callable[[datetime], datetime]
    work: Callable[[Transaction, datetime], Awaitable[int]]


class Rounds:
    """The rounds. `look` is called by the heartbeat and says how many people were asked or told."""

    def __init__(self, database: Database, journal: Journal, directory: DirectoryCache, evening: time) -> None:
        """`evening`: the local time at which tomorrow's duty is looked at."""
        self._database = database
        self._journal = journal
        self._directory = directory
        self._evening = evening
        self._looked_for_leavers: tuple[int, datetime] | None = None
        self._rounds = {
            SHIFTS: _Round(lambda at: self._known().next_shift(at), self._shifts),
            READINESS: _Round(self._next_evening, self._readiness),
        }

    def _known(self) -> Directory:
        return self._directory.current()

    async def look(self) -> int:
        """Do what is due; once, however much of it was missed."""
        done = 0
        for name in await self._waiting():
            try:
                done += await self._database.repeated(partial(self._due, name=name, found=self._rounds[name]))
            except log.Conflict:
                _log.info("another ticker was first", round=name)
        return done + await self._leavers()

    async def _waiting(self) -> list[str]:
        """The rounds that are due: nearly always none, and then nothing is locked."""
        async with self._database.reading() as tx:
            await self._directory.refreshed(tx)
            kept = await remembered_of(tx, self._rounds)
        now = self._journal.clock.now()
        return [name for name in self._rounds if name not in kept or datetime.fromisoformat(kept[name]) <= now]

    async def _due(self, tx: Transaction, *, name: str, found: _Round) -> int:
        now, kept = self._journal.clock.now(), await remembered(tx, name)
        due = datetime.fromisoformat(kept) if kept else None
        if due is not None and due > now:
            return 0
        await remember(tx, name, found.next_after(now).astimezone(UTC).isoformat())
        return await found.work(tx, due) if due is not None else 0

    def _next_evening(self, at: datetime) -> datetime:
        local = at.astimezone(self._known().site_zone)
        today = datetime.combine(local.date(), self._evening, local.tzinfo)
        return today if today > at else datetime.combine(local.date() + timedelta(days=1), self._evening, local.tzinfo)

    # The end of a shift

    async def _shifts(self, tx: Transaction, due: datetime) -> int:
        """Open offers move on; what somebody has is offered to the one on duty now, on one list."""
        query = select(_S.c.stream).where(
            _S.c.open, _S.c.kind == StreamKind.referral, _S.c.holder_person.is_not(None),
            _S.c.situation.in_(LOOKED_AT), _S.c.holder_facility == _S.c.recipient_facility,
        )  # fmt: skip
        return await self._pass_on(tx, (await tx.execute(query)).scalars().all(), due)

    async def _pass_on(self, tx: Transaction, streams: Sequence[str], due: datetime) -> int:
        now, directory = self._journal.clock.now(), self._known()
        loaded = await self._journal.load(tx, streams)
        lists: dict[str, list[ReferralState]] = {}
        for working in loaded.values():
            state = working.state
            successor = _successor(state, directory, now)
            if successor is None:
                continue
            command: ReferralCommand
            if state.situation is Situation.offered:
                command = OfferReferral(
                    stream=state.id, by=RULES, facility=state.facility, department=state.department, to=(successor,)
                )
            else:
                command = HandOver(stream=state.id, by=RULES, to=successor)
            if self._decided(working, command, due, now) and state.situation is not Situation.offered:
                lists.setdefault(successor, []).append(state)
        await self._journal.record(tx, loaded.values())
        for successor, states in lists.items():
            await self._tell_list(tx, successor, states, due, now)
        return len(lists)

    def _decided(self, working: Working, command: ReferralCommand, due: datetime, now: datetime) -> bool:
        cause = Cause(derived_id("shift", due.isoformat(), working.stream), _ACTOR, now)
        try:
            return bool(self._journal.decide(working, command, cause).events)
        except Refused as refused:
            _log.info("not handed over", stream=working.stream, refused=refused.code)
            return False

    async def _tell_list(
        self, tx: Transaction, successor: str, states: Sequence[ReferralState], due: datetime, now: datetime
    ) -> None:
        params = {"streams": " ".join(sorted(each.id for each in states)), "at": due.isoformat()}
        pressing = max(each.priority for each in states) >= Priority.asap
        await self._tell(tx, Purpose.hand_over, successor, due, params, Lane.asap if pressing else Lane.urgent)
        coordinators = {self._known().coordinator(each.facility or "", now) for each in states}
        for person in sorted(each for each in coordinators if each and each != successor):
            more = params | {"coordinator": "yes"}
            await self._tell(tx, Purpose.hand_over, person, due, more, Lane.urgent, now + COORDINATOR_AFTER, successor)

    # Who has left

    async def _leavers(self) -> int:
        """What people had who work there no more is passed on at once; the coordinator hears of what cannot be."""
        now, directory = self._journal.clock.now(), self._known()
        looked = (directory.epoch, now.replace(minute=0, second=0, microsecond=0))
        if looked == self._looked_for_leavers:
            return 0
        try:
            done = await self._database.repeated(self._of_leavers)
        except log.Conflict:
            _log.info("another ticker was first", round="leavers")
            return 0  # and again with the next beat: some of it may be left
        self._looked_for_leavers = looked
        return done

    async def _of_leavers(self, tx: Transaction) -> int:
        now, directory = self._journal.clock.now(), self._known()
        waits = (_S.c.open, _S.c.kind == StreamKind.referral, _S.c.holder_person.is_not(None))
        holders = select(_S.c.holder_person, _S.c.holder_role, _S.c.holder_facility).where(*waits).distinct()
        gone = [
            (row.holder_person, row.holder_role, row.holder_facility)
            for row in (await tx.execute(holders)).all()
            if not _answers(row.holder_person, row.holder_role, row.holder_facility, directory, now)
        ]
        if not gone:
            return 0
        rows = (await tx.execute(select(_S).where(*waits, _AT.in_(gone)))).all()
        if not BEGINS <= now.astimezone(directory.site_zone).hour < ENDS:
            rows = [row for row in rows if row.priority != Priority.routine]  # nothing routine at night
        moves = [row for row in rows if row.situation in LOOKED_AT and row.holder_facility == row.recipient_facility]
        done = await self._pass_on(tx, [row.stream for row in moves], now)
        for row in rows:
            if row.situation in ASKED_INSTEAD:
                done += await self._ask_instead(tx, row, now)
        return done

    async def _ask_instead(self, tx: Transaction, row: Row[Any], now: datetime) -> int:
        """The question that the one who left has not answered goes to the coordinator of the house, once."""
        coordinator = self._known().coordinator(row.holder_facility, now)
        unique = derived_id("left", row.stream, row.since.isoformat(), coordinator or "")
        stream = stream_id(StreamKind.notice, unique)
        asked = select(_NOTICES.c.stream).where(_NOTICES.c.stream == stream)
        if coordinator is None or (await tx.execute(asked)).first() is not None:
            return 0
        event = NoticeRequested(
            purpose=ASKED_INSTEAD[row.situation], lane=LANES[Priority(row.priority)], recipient=coordinator,
            about=row.stream, step=row.step, expires_at=now + STALE,
        )  # fmt: skip
        await self._journal.record(tx, [self._journal.begin(stream, row.loop, event, Cause(unique, _ACTOR, now))])
        return 1

    # Tomorrow's duty

    async def _readiness(self, tx: Transaction, due: datetime) -> int:
        """Who of tomorrow's duty has no chat that can be reached, to the coordinator who can do something about it."""
        directory, now = self._known(), self._journal.clock.now()
        lists: dict[str, list[str]] = {}
        tomorrow = now.astimezone(directory.site_zone).date() + timedelta(days=1)
        for facility in directory.facilities():
            coordinator = directory.coordinator(facility.id, now)
            if coordinator is not None:
                people = directory.duty_on(facility.id, tomorrow)
                lists.setdefault(coordinator, []).extend(f"{person}@{facility.id}" for person in people)
        ids = {pair.partition("@")[0] for pairs in lists.values() for pair in pairs}
        known = await addresses(tx, ids, now)
        told = 0
        for coordinator, pairs in sorted(lists.items()):
            missing = [pair for pair in dict.fromkeys(pairs) if not _reachable(known, pair.partition("@")[0])]
            if missing:
                params = {"people": " ".join(missing)}
                await self._tell(tx, Purpose.duty_unreachable, coordinator, due, params, Lane.routine)
                told += 1
        return told

    async def _tell(
        self, tx: Transaction, purpose: Purpose, person: str, due: datetime, params: Mapping[str, str], lane: Lane,
        not_before: datetime | None = None, salt: str = "",
    ) -> None:  # fmt: skip
        unique = derived_id(purpose, person, due.isoformat(), salt)
        stream, now = stream_id(StreamKind.notice, unique), self._journal.clock.now()
        event = NoticeRequested(
            purpose=purpose, lane=lane, recipient=person, about="", params=dict(params), not_before=not_before,
            expires_at=now + EXPIRES,
        )  # fmt: skip
        await self._journal.record(tx, [self._journal.begin(stream, stream, event, Cause(unique, _ACTOR, now))])


def _answers(person: str, role: str | None, facility: str, directory: Directory, now: datetime) -> bool:
    """Whether somebody still answers for what they have: works there, or coordinates it from another house."""
    coordinates = role == Role.coordinator and any(
        held.role is Role.coordinator for held in directory.roles(person, now)
    )
    return coordinates or works_at(person, facility, directory, now)


def _reachable(known: Mapping[str, Sequence[object]], person: str) -> bool:
    return any(getattr(each, "blocked_at", None) is None for each in known.get(person, ()))


def _successor(state: ReferralState, directory: Directory, now: datetime) -> str | None:
    """Who is on duty now in place of whoever has it; None where the shift goes on, or they were not on duty at all.

    Whoever works there no more (T7) is followed whatever it waits for: by whoever is on duty, else by the coordinator.
    """
    facility, person = state.facility or "", state.holder.person
    place = state.department if state.department and directory.on_duty(facility, state.department, now) else None
    present = directory.on_duty(facility, place, now)
    if person and not _answers(person, state.holder.role, facility, directory, now):
        return _instead(state, directory, present, now)
    since = next((each.at for each in reversed(state.asked) if each.person == person), state.accepted_at)
    if person in present or since is None or person not in directory.on_duty(facility, place, since):
        return None
    far = state.appointment is not None and state.appointment.at > now + SOON
    if far or (state.situation is Situation.offered and state.priority is Priority.routine):
        return None
    if state.situation is Situation.accepted and not state.come_now:
        return None  # a time has to be given within days: the shift that comes back does it
    taken = {each.person for each in state.asked} if state.situation is Situation.offered else set()
    return next((each for each in present if each not in taken | state.excluded), None)


def _instead(state: ReferralState, directory: Directory, present: Sequence[str], now: datetime) -> str | None:
    if state.situation is Situation.offered and state.priority is Priority.routine and state.department:
        present = directory.desk(state.facility or "", state.department, now)  # in its hours, never the night's duty
    taken = {each.person for each in state.asked} | state.excluded
    free = next((each for each in present if each not in taken), None)
    return free or next(iter(present), None) or directory.coordinator(state.facility or "", now)
