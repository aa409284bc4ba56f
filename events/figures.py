"""The figures of the network, measured on folded histories: what counts, when, where, and as what; pure.

Each measurement is one case of one definition (docs/kpi.md lists them with their sources); `summed` makes figures of
them. No person is named anywhere here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

from events import catalog
from events import referral as e
from events.base import EndReason, Recorded
from events.discharge import DischargeState, Disposition, PatientDischarged, ReturnFormSent
from events.follow_up import FollowUpDone, PlanState, Programme
from events.referral_state import ReferralState
from models.values import Direction, Priority

HIDDEN_BELOW = 5  # smaller cells could tell who it was
_FORM_WITHIN = timedelta(hours=24)
_VISITS_A_YEAR = 4
_MANAGED = {Programme.hypertension: "HTN", Programme.diabetes: "DM", Programme.smi: "SMI"}
# After a birth: visited so soon counts in the figure (the service's own limit is a week).
_BIRTH_VISIT = timedelta(days=28)
# Who went away or died is not held against a follow-up.
_EXCUSED = frozenset({EndReason.died, EndReason.moved, EndReason.patient_refused})


class Unit(StrEnum):
    """What a figure is."""

    share = "share"
    minutes = "minutes"
    number = "number"


@dataclass(frozen=True, slots=True)
class Definition:
    """What a figure counts; `source` with its evidence tag."""

    id: str
    unit: Unit
    says: str
    source: str


DEFINITIONS: Mapping[str, Definition] = {
    each.id: each
    for each in (
        *(
            Definition(f"ANSWER-IN-TIME-{priority.upper()}", Unit.share,
                       f"{priority} referrals answered within their first limit / {priority} referrals offered", "A")
            for priority in Priority
        ),
        Definition("RETURN-FORM-24H", Unit.share, "return forms sent within 24 h / discharges alive", "A"),
        Definition("FOLLOW-UP-COMPLETION", Unit.share,
                   "follow-ups done / follow-ups due, without those who died, moved or refused", "A"),
        Definition("HTN-STANDARD", Unit.share, "hypertension: managed with all visits due / managed", "T formula"),
        Definition("HTN-CONTROL", Unit.share, "hypertension: last visit at target / managed", "T formula"),
        Definition("DM-STANDARD", Unit.share, "diabetes: managed with all visits due / managed", "T formula"),
        Definition("DM-CONTROL", Unit.share, "diabetes: last visit at target / managed", "T formula"),
        Definition("SMI-STANDARD", Unit.share, "severe mental disorder: managed with all visits due / managed", "K+"),
        Definition("BIRTH-VISIT-28D", Unit.share, "births visited within 28 days / births followed up", "K+"),
        Definition("SEEN-TO-ACCEPTED", Unit.minutes, "median minutes from first seen to accepted", "A"),
        Definition("ACCEPTED-TO-ARRIVED", Unit.minutes, "median minutes from accepted to arrived", "A"),
        Definition("ARRIVED-TO-REPORTED", Unit.minutes, "median minutes from arrived to reported", "A"),
        Definition("OFFERED-TO-SEEN", Unit.minutes, "median minutes from offered to first seen", "A"),
        Definition("UP", Unit.number, "referrals up", "A"),
        Definition("DOWN", Unit.number, "discharged to another centre, or referred down", "T (tertiary KPI 2)"),
        Definition("DOWN-PER-UP", Unit.share, "sent down / referred up", "A"),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measured:
    """One case: of which definition, when and where it counts, with whom, and as what.

    `hit` for shares, `minutes` for times. `other` is the facility at the other end where there is one.
    """

    definition: str
    at: datetime
    facility: str
    other: str | None = None
    hit: bool = True
    minutes: float | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as it may be shown. `value` is None where it cannot be computed or a cell is too small to show."""

    definition: str
    group: str
    numerator: int | None
    denominator: int | None
    value: float | None
    hidden: bool = False


def measured(history: Sequence[Recorded], now: datetime) -> Iterator[Measured]:
    """The cases in the history of one stream, as known at `now`."""
    state = catalog.fold(history)
    match state:
        case ReferralState():
            yield from _of_referral(history, state)
        case DischargeState():
            yield from _of_discharge(history, state)
        case PlanState():
            yield from _of_plan(history, state, now)
        case _:
            return


_ANSWERS = (
    e.ReferralHeld, e.ReferralAccepted, e.ReferralDeclined, e.ReferralAdvised, e.InformationAsked, e.ReferralRedirected,
)  # fmt: skip


def _first(history: Sequence[Recorded], *kinds: type) -> Recorded | None:
    return next((each for each in history if isinstance(each.event, kinds)), None)


def _of_referral(history: Sequence[Recorded], state: ReferralState) -> Iterator[Measured]:
    begun = history[0]
    here, there = state.initiator_facility, state.facility
    if state.direction is Direction.up:
        yield Measured("UP", begun.occurred_at, here, there)
    if state.direction is Direction.down:
        yield Measured("DOWN", begun.occurred_at, here, there)
    offered, answered = _first(history, e.ReferralOffered), _first(history, *_ANSWERS)
    if offered is not None:
        due = offered.event.due
        in_time = answered is not None and due is not None and answered.occurred_at <= due
        name = f"ANSWER-IN-TIME-{state.priority.upper()}"
        yield Measured(name, offered.occurred_at, offered.event.facility, here, hit=in_time)
    seen, accepted = _first(history, e.ReferralSeen, e.ReferralHeld), _first(history, e.ReferralAccepted)
    arrived, reported = _first(history, e.PatientArrived), _first(history, e.OutcomeReported)
    for name, one, two in (
        ("OFFERED-TO-SEEN", offered, seen), ("SEEN-TO-ACCEPTED", seen, accepted),
        ("ACCEPTED-TO-ARRIVED", accepted, arrived), ("ARRIVED-TO-REPORTED", arrived, reported),
    ):  # fmt: skip
        if one is not None and two is not None and two.occurred_at >= one.occurred_at:
            minutes = (two.occurred_at - one.occurred_at) / timedelta(minutes=1)
            yield Measured(name, two.occurred_at, there or here, here, minutes=minutes)


def _of_discharge(history: Sequence[Recorded], state: DischargeState) -> Iterator[Measured]:
    gone: PatientDischarged = history[0].event
    if state.disposition is Disposition.expired or state.status == "voided":
        return
    if state.centre != state.facility:
        yield Measured("DOWN", gone.discharged_at, state.facility, state.centre)
    form = _first(history, ReturnFormSent)
    in_time = form is not None and form.occurred_at - gone.discharged_at <= _FORM_WITHIN
    yield Measured("RETURN-FORM-24H", gone.discharged_at, state.facility, state.centre, hit=in_time)


def _of_plan(history: Sequence[Recorded], state: PlanState, now: datetime) -> Iterator[Measured]:
    ended = history[-1].occurred_at if state.ended_reason in _EXCUSED else None
    done_at = {each.event.row: each.occurred_at for each in history if isinstance(each.event, FollowUpDone)}
    due = [
        row for row in state.rows
        if row.due_at <= now and (ended is None or row.due_at < ended) and row.number not in state.skipped
    ]  # fmt: skip
    for row in due:
        yield Measured("FOLLOW-UP-COMPLETION", row.due_at, state.centre, hit=row.number in done_at)
    if state.programme is Programme.birth and ended is None:
        visited = any(at - state.begun_at <= _BIRTH_VISIT for at, _ in state.visits)
        yield Measured("BIRTH-VISIT-28D", state.begun_at, state.centre, hit=visited)
    name = _MANAGED.get(state.programme)
    if name is None:
        return
    last = state.visits[-1] if state.visits else None
    at = last[0] if last else state.begun_at
    visits_due = sum(row.kind == "visit" for row in due)
    enough = len(state.visits) >= min(visits_due, _VISITS_A_YEAR)
    yield Measured(f"{name}-STANDARD", at, state.centre, hit=enough)
    if f"{name}-CONTROL" not in DEFINITIONS:
        return
    yield Measured(f"{name}-CONTROL", at, state.centre, hit=last is not None and last[1].visit_class == "satisfactory")


def summed(cases: Iterable[Measured], group: str) -> list[Figure]:
    """The figures of these cases, in the order of the definitions; the measurements are those of one group already."""
    by_name: dict[str, list[Measured]] = {}
    for each in cases:
        by_name.setdefault(each.definition, []).append(each)
    found = [_figure(name, group, by_name[name]) for name in DEFINITIONS if name in by_name]
    up, down = len(by_name.get("UP", ())), len(by_name.get("DOWN", ()))
    if up or down:
        found.append(_shown("DOWN-PER-UP", group, down, up))
    return found


def _figure(name: str, group: str, cases: Sequence[Measured]) -> Figure:
    match DEFINITIONS[name].unit:
        case Unit.minutes:
            few = len(cases) < HIDDEN_BELOW
            value = None if few else round(median(each.minutes or 0.0 for each in cases), 1)
            return Figure(name, group, None, None if few else len(cases), value, hidden=few)
        case Unit.number:
            few = len(cases) < HIDDEN_BELOW
            return Figure(
                name, group, None if few else len(cases), None, None if few else float(len(cases)), hidden=few
            )
        case Unit.share:
            return _shown(name, group, sum(each.hit for each in cases), len(cases))


def _shown(name: str, group: str, numerator: int, denominator: int) -> Figure:
    """Hidden where either part, or what is left of it, could tell who it was."""
    if denominator < HIDDEN_BELOW or 0 < numerator < HIDDEN_BELOW:
        return Figure(name, group, None, None, None, hidden=True)
    return Figure(name, group, numerator, denominator, round(numerator / denominator, 4))
