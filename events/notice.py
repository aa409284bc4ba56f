"""What somebody is told, as a stream of its own: events, state, commands, decide; pure.

A notice carries kind and parameters, never ready text: the words are made at the last moment, from the state as it is
then. Attempts to deliver it are rows (models/deliveries.py), not events.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from events.base import Command, Event, Recorded, Refused, altered
from models.values import Lane


class NoticeRequested(Event):
    """Somebody is to be told something; `about` is the stream it concerns, `step` tells repeats apart (N2)."""

    purpose: str
    lane: Lane
    recipient: str
    about: str
    step: int = 0
    not_before: datetime | None = None
    expires_at: datetime | None = None
    params: dict[str, str] = {}
    silent: bool = False


class NoticeWithdrawn(Event):
    """No longer true, or no longer theirs."""

    reason: str


class NoticeDelivered(Event):
    """The chat side has taken it."""

    address: str
    message: str


class NoticeFailed(Event):
    """No address of theirs could be reached."""

    reason: str


class NoticeUnknown(Event):
    """Nobody can say whether it arrived; what follows is the purpose's `on_unknown`."""

    address: str


class NoticeAnswered(Event):
    """What they pressed or wrote."""

    by: str
    answer: str


class CardWithdrawn(Event):
    """It should never have been told: from now on its card says no more than that it is withdrawn."""

    reason: str


class NoticeStatus(StrEnum):
    """Where a notice stands."""

    requested = "requested"
    withdrawn = "withdrawn"
    delivered = "delivered"
    failed = "failed"
    unknown = "unknown"
    answered = "answered"


@dataclass(frozen=True)
class NoticeState:
    """All that is known of one notice."""

    id: str
    loop: str
    version: int
    status: NoticeStatus
    purpose: str
    lane: Lane
    recipient: str
    about: str
    step: int
    not_before: datetime | None
    expires_at: datetime | None
    params: dict[str, str]
    silent: bool
    requested_at: datetime
    reason: str | None = None
    card_withdrawn: bool = False


def evolve(state: NoticeState | None, recorded: Recorded) -> NoticeState:
    """The state after one more event."""
    event = recorded.event
    if state is None:
        return NoticeState(
            id=recorded.stream, loop=recorded.loop, version=recorded.version, status=NoticeStatus.requested,
            purpose=event.purpose, lane=event.lane, recipient=event.recipient, about=event.about, step=event.step,
            not_before=event.not_before, expires_at=event.expires_at, params=event.params, silent=event.silent,
            requested_at=recorded.occurred_at,
        )  # fmt: skip
    state = altered(state, version=recorded.version)
    match event:
        case NoticeWithdrawn(reason=reason):
            return altered(state, status=NoticeStatus.withdrawn, reason=reason)
        case NoticeDelivered():
            return altered(state, status=NoticeStatus.delivered)
        case NoticeFailed(reason=reason):
            return altered(state, status=NoticeStatus.failed, reason=reason)
        case NoticeUnknown():
            return altered(state, status=NoticeStatus.unknown)
        case NoticeAnswered():
            return altered(state, status=NoticeStatus.answered)
        case CardWithdrawn():
            return altered(state, card_withdrawn=True)
        case _:
            raise TypeError(f"a notice knows no {recorded.type}")


class RecordDelivery(Command):
    """What became of a notice at the chat side."""

    outcome: NoticeDelivered | NoticeFailed | NoticeUnknown | NoticeWithdrawn


class RecordAnswer(Command):
    """What was pressed or written."""

    by: str
    answer: str


class TakeBackNotice(Command):
    """It should not be told, or should not have been: a repair."""

    reason: str


def decide(command: Command, state: NoticeState | None, now: datetime) -> list[Event]:
    """What follows from a command; [] where it is already so."""
    if state is None:
        raise Refused("unknown-notice")
    match command:
        case RecordDelivery(outcome=outcome):
            settled = state.status not in (NoticeStatus.requested, NoticeStatus.unknown)
            return [] if settled else [outcome]
        case RecordAnswer(by=by, answer=answer):
            return [NoticeAnswered(by=by, answer=answer)] if state.status is not NoticeStatus.answered else []
        case TakeBackNotice(reason=reason):
            if state.status is NoticeStatus.requested:
                return [NoticeWithdrawn(reason=reason)]
            untold = state.status in (NoticeStatus.withdrawn, NoticeStatus.failed)
            return [] if untold or state.card_withdrawn else [CardWithdrawn(reason=reason)]
        case _:
            raise TypeError(f"no command for a notice: {type(command).__name__}")
