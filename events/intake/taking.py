"""One message is applied: its intents become commands on streams that are loaded and locked; nothing is written here.

All of a message is taken or none of it. What is not ours is passed over where something else in the message is.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from events.actions import Action, Party, PartyKind, Position, actions
from events.base import Actor, Cause, Command, Refused
from events.handling import Handled, Journal, Working
from events.intake.facts import Facts, Incoming
from events.intake.intents import Intent, LinkIn, NotOurs, PatientIn, PlaceIn
from events.intake.places import facility_of
from events.intake.problems import Problem, Unacceptable
from events.referral_state import ReferralState
from models.database import Transaction
from models.values import ActorKind, Role, derived_id

Write = Callable[[Transaction], Awaitable[None]]

# What a refusal of a decider is in HTTP; the others are 409: the state forbids it.
_STATUS = {
    "not-yours": 404,
    "unknown-referral": 404,
    "discharge-in-future": 422,
    "time-in-past": 422,
    "comment-needed": 422,
}
_TEXT = {
    "time-in-past": "a time that is past",
    "discharge-in-future": "a discharge in the future",
    "comment-needed": "a reason in words is required",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one intent: 201 new, 202 new but unplaced, 200 changed or as it was."""

    status: int
    what: str
    code: str | None = None
    stream: str | None = None


class Passed(Exception):
    """An intent that finds nothing of ours to change; no reason to refuse the rest of its message."""

    def __init__(self, problem: Problem, status: int = 422) -> None:
        super().__init__(problem.text)
        self.problem = problem
        self.status = status


@dataclass(slots=True)
class Taking:
    """A message being applied for its source."""

    incoming: Incoming
    facts: Facts
    journal: Journal
    remarks: list[str] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    _saved: dict[str, tuple[Any, int]] = field(default_factory=dict)
    _number: int = 0

    @property
    def source(self) -> str:
        """The source's name."""
        return self.incoming.source.id

    @property
    def facility(self) -> str:
        """The facility that the source belongs to."""
        return self.incoming.source.facility

    @property
    def party(self) -> Party:
        """The source as one who acts; it has no part at any facility but its own."""
        position = Position(self.facility, Role.discharge_desk)
        return Party(PartyKind.source, self.source, frozenset({position}))

    def run(self, apply: Callable[["Taking", Intent], Outcome]) -> list[Outcome]:
        """What became of every intent; Unacceptable leaves the streams as they were."""
        self.remarks += self.incoming.message.remarks
        outcomes: list[Outcome] = []
        passed: list[Passed] = []
        try:
            for number, intent in enumerate(self.incoming.message.intents):
                self._number = number
                try:
                    outcomes.append(apply(self, intent))
                except Passed as error:
                    passed.append(error)
            if not outcomes:
                raise _all_passed(passed)
        except Unacceptable:
            self._restore()
            raise
        self.remarks += [f"passed over: {_said(each.problem)}" for each in passed[:20]]
        return outcomes

    def _restore(self) -> None:
        for stream, (state, count) in self._saved.items():
            working = self.facts.workings[stream]
            working.state = state
            del working.new[count:]
            if working.state is None:
                del self.facts.workings[stream]

    def do(self, command: Command, at: datetime | None = None, loop: str | None = None, element: str = "") -> Handled:
        """Decide a command; Unacceptable, with the status that says how, where it is refused."""
        working = self.facts.workings.get(command.stream)
        if working is None:
            working = self.facts.workings[command.stream] = Working(
                command.stream, loop or command.stream, None, None, []
            )
        self._saved.setdefault(command.stream, (working.state, len(working.new)))
        cause = Cause(
            derived_id("intake", self.source, self.incoming.id),
            Actor(ActorKind.source, self.source),
            at or self.facts.now,
        )
        salt = f"{self._number}.{len(working.new)}."
        try:
            return self.journal.decide(working, command, cause, salt=salt, loop=loop)
        except Refused as error:
            raise _refusal(error, element) from None

    def new_stream(self) -> str:
        """What is unique about a stream that this intent begins: the same on a retry."""
        return derived_id("intake", self.source, self.incoming.id, self._number)

    def register(self, keys: tuple[str, ...], stream: str, prefix: str = "") -> None:
        """Let these keys of the source mean the stream; one that means another stays."""
        for key in keys:
            name = f"{prefix}{key}"
            if (self.source, name) not in self.facts.keys:
                self.keys[name] = stream

    def see(self, link: LinkIn, element: str) -> ReferralState:
        """The referral that a link means; 404 where there is none, or none of this source's (it is not told which)."""
        stream = self.facts.by_link(link, self.source)
        working = self.facts.workings.get(stream) if stream else None
        state = working.state if working else None
        if not isinstance(state, ReferralState) or self.facility not in (state.initiator_facility, state.facility):
            text = "no referral of yours is known under this code or identifier"
            raise Unacceptable(404, Problem(text, element, "not-found"))
        return state

    def names_ours(self, link: LinkIn, patient: PatientIn | None) -> bool:
        """Whether a link is to be followed.

        A hospital's own request behind a visit is none of ours: then the patient says which referral. Our code, or a
        link with no patient beside it, has to be right.
        """
        if not link.named or link.codes or patient is None or self.facts.by_link(link, self.source):
            return link.named
        self.remarks.append("basedOn: no referral is known under it; found by patient and facility")
        return False

    def now_of(self, state: ReferralState) -> ReferralState:
        """The referral as the commands so far have made it."""
        found: ReferralState = self.facts.workings[state.id].state
        return found

    def may(self, state: ReferralState, action: Action) -> bool:
        """Whether the source may do this to the referral as it stands."""
        return action in actions(state, self.party)

    def here(self, place: PlaceIn, element: str) -> None:
        """403 where the message speaks for a facility that is known and not the source's own."""
        named = facility_of(place, self.source, self.facts.directory)
        if named is not None and named.id != self.facility:
            text = f"this source speaks for {self.facility}, not for another facility"
            raise Unacceptable(403, Problem(text, element, "forbidden"))

    def of_patient(self, given: PatientIn | None, element: str) -> tuple[str, list[ReferralState]]:
        """The patient, and their open referrals to this facility. Passed where the patient is not known here."""
        patient = self.facts.patient(given)
        if patient is None:
            raise Passed(Problem("no referral or stay of this patient is known here", element, "not-found"))
        found = [self.now_of(state) for state in self.facts.referrals(patient)]
        return patient, [state for state in found if state.open and state.facility == self.facility]

    def doubt(self, patient: str) -> None:
        """Say in the answer what did not fit the patient."""
        for what in self.facts.identities.known(patient).doubts:
            self.remarks.append(
                f"patient: {_DOUBTS.get(what, what)}; a person must look before the patient is told anything"
            )


_DOUBTS = {
    "sex": "another sex than we hold for this identifier",
    "birth": "another birth date than we hold for this identifier",
    "identifiers": "the identifiers belong to two patients",
    "reference": "this reference meant another patient before",
}


def not_ours(intent: NotOurs) -> Passed:
    """What is said of an intent that is nothing for us."""
    return Passed(Problem(intent.reason, intent.element, intent.code))


def _all_passed(passed: list[Passed]) -> Unacceptable:
    unique = dict.fromkeys(each.problem for each in passed)
    if not unique:
        return Unacceptable(422, Problem("the message asks for nothing", code="invalid"))
    return Unacceptable(max(each.status for each in passed), *list(unique)[:20])


def _said(problem: Problem) -> str:
    return f"{problem.element}: {problem.text}" if problem.element else problem.text


def _refusal(error: Refused, element: str) -> Unacceptable:
    status = _STATUS.get(error.code, 409)
    if status == 404:
        text, code = "no referral of yours is known under this code or identifier", "not-found"
    elif status == 409:
        state = error.details.get("status")
        text = f"not possible now: it is {state}" if state else f"not possible now ({error.code})"
        code = "conflict"
    else:
        text, code = _TEXT[error.code], "business-rule"
    return Unacceptable(status, Problem(text, element, code))
