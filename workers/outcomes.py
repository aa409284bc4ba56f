"""What a reaction may ask for: a command to a stream, a notice to somebody, cards to be shown anew; values only."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from events.base import Command, Recorded, Sealed
from events.purposes import Purpose
from models.values import Lane
from workers.facts import Facts


@dataclass(frozen=True, slots=True)
class Do:
    """Give a command to a stream; a stream that does not exist yet joins `loop`."""

    command: Command
    loop: str | None = None


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell somebody something. The same event, recipient, purpose and step make one notice, ever (N2)."""

    purpose: Purpose
    recipient: str
    lane: Lane
    step: int = 0
    params: Mapping[str, str] = field(default_factory=dict)
    not_before: datetime | None = None
    expires_at: datetime | None = None
    silent: bool = False
    about: str | None = None  # the stream it concerns, when not the one that reacts


@dataclass(frozen=True, slots=True)
class ShowAnew:
    """The cards about this stream show something that has changed."""


Outcome = Do | Tell | ShowAnew


@dataclass(frozen=True, slots=True)
class PatientNeeded:
    """A patient with contacts, teams and reachable addresses."""

    patient: str


@dataclass(frozen=True, slots=True)
class AgeNeeded:
    """How old a patient is."""

    patient: str


@dataclass(frozen=True, slots=True)
class StreamNeeded:
    """Another stream, folded."""

    stream: str


@dataclass(frozen=True, slots=True)
class PlansNeeded:
    """The open follow-up plans of a patient."""

    patient: str


@dataclass(frozen=True, slots=True)
class ReferralsNeeded:
    """The open referrals of a patient."""

    patient: str


@dataclass(frozen=True, slots=True)
class TextNeeded:
    """A sealed text, opened; only for rules that read words."""

    key: str
    text: Sealed


Need = PatientNeeded | AgeNeeded | StreamNeeded | PlansNeeded | ReferralsNeeded | TextNeeded

Needs = Callable[[Recorded, Any], Sequence[Need]]
React = Callable[[Recorded, Any, Facts], Sequence[Outcome]]


def no_needs(recorded: Recorded, state: Any) -> Sequence[Need]:
    """For reactions that look at nothing but the state and the directory."""
    return ()


@dataclass(frozen=True, slots=True)
class Reaction:
    """Two pure functions: what must be known first, and what follows."""

    react: React
    needs: Needs = no_needs

    @property
    def name(self) -> str:
        """The function's name: the rule that acts in the log."""
        return self.react.__name__


# Event name -> reactions, in order.
Table = Mapping[str, Sequence[Reaction]]
