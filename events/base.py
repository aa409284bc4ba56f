"""What every event, command and state of a stream has in common; pure."""

import json
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple, Protocol, Self, TypeVar

from pydantic import BaseModel, ConfigDict, model_serializer, model_validator

from models.values import ActorKind, Priority, Role


class Value(BaseModel):
    """A frozen value with named fields; an unknown field is an error, not a surprise."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def json_object(text: str) -> dict[str, Any]:
    """The JSON object in a text; ValueError when it is anything else."""
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError("a JSON object is expected")
    return value


class Personal(Value):
    """Text about a person: plain on its way in, sealed under the patient's key from the log onwards.

    Exactly one of the two is set. What is sealed opens only with the key and with the place it was written to
    (event id and field), so that a swapped cell does not open.
    """

    text: str | None = None
    sealed: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {"text": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.text is None) == (self.sealed is None):
            raise ValueError("give either text or sealed text")
        return self

    @model_serializer
    def _as_dict(self) -> dict[str, str]:
        return {"sealed": self.sealed} if self.sealed is not None else {"text": self.text or ""}


class Event(Value):
    """Something that happened, in the past tense.

    `due` is the deadline in force from this event on. The shell stamps it by the silence table where the event changes
    who must act; deciders leave it out.
    """

    schema_version: ClassVar[int] = 1
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: a person, a source or a rule, by id."""

    kind: ActorKind
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"

    @classmethod
    @lru_cache(maxsize=4096)
    def parse(cls, text: str) -> "Actor":
        """The actor that `str()` wrote."""
        kind, _, unique = text.partition(":")
        return cls(ActorKind(kind), unique)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something is recorded: the message, press or event behind it, who acted, for whom, and when it happened.

    `on_behalf_of` names who said it when somebody else records it (answered by phone); `said_at` when they said it.
    """

    id: str
    actor: Actor
    at: datetime
    on_behalf_of: str | None = None
    said_at: datetime | None = None


class Recorded(NamedTuple):
    """An event as it stands in the log, with its envelope.

    A tuple: one is made of every row that is read, and a frozen dataclass takes five times as long to make.
    """

    id: str
    stream: str
    version: int
    loop: str
    caused_by: str
    actor: Actor
    on_behalf_of: str | None
    occurred_at: datetime
    recorded_at: datetime
    event: Any

    @property
    def type(self) -> str:
        """The event's name in the catalog."""
        return type(self.event).__name__


S = TypeVar("S")


def altered(state: S, **changes: Any) -> S:
    """A copy of a frozen state with these fields changed: what `dataclasses.replace` gives, at a tenth of the time.

    Every event of every stream passes here several times; `replace` would run a constructor of forty fields each time.
    TypeError for a field the state does not have. The state's class must not have slots.
    """
    fields = state.__dict__
    new = fields | changes
    if len(new) != len(fields):
        raise TypeError(f"{type(state).__name__} has no {', '.join(changes.keys() - fields.keys())}")
    copy = object.__new__(type(state))
    object.__setattr__(copy, "__dict__", new)
    return copy


def written_at_once(state_class: type[S]) -> type[S]:
    """A frozen dataclass without slots whose constructor takes its fields by name and writes all of them at once.

    The usual one calls `object.__setattr__` for each of fifty fields. TypeError for a missing or unknown field.
    """
    all_fields = fields(state_class)  # type: ignore[arg-type]
    names = frozenset(field.name for field in all_fields)
    defaults = {field.name: field.default for field in all_fields if field.default is not MISSING}

    def constructed(self: Any, **given: Any) -> None:
        values = defaults | given
        if values.keys() != names:
            wrong = ", ".join(sorted(values.keys() ^ names))
            raise TypeError(f"{state_class.__name__}: missing or unknown: {wrong}")
        object.__setattr__(self, "__dict__", values)

    state_class.__init__ = constructed  # type: ignore[method-assign]
    return state_class


def advanced(before: S, after: S, recorded: Recorded, **changes: Any) -> S:
    """`after` as the state of this event: with its version, its deadline where it brings one, and these fields.

    What is not `before` itself is a copy that `altered` has just made and nobody else has: that one is written into.
    """
    if after is before:
        after = altered(before)
    fields = after.__dict__
    fields["version"] = recorded.version
    if recorded.event.due:
        fields["due"] = recorded.event.due
    fields.update(changes)
    return after


@dataclass(frozen=True, slots=True)
class Sealed:
    """A piece of sealed text and the place it was written to, which is what opens it together with the key."""

    event_id: str
    field: str
    sealed: str

    @property
    def aad(self) -> str:
        """What the cipher authenticates besides the text."""
        return f"{self.event_id}|{self.field}"


def sealed(recorded: Recorded, field: str) -> Sealed | None:
    """The sealed text in a field of a recorded event, or None when the field is empty."""
    value: Personal | None = getattr(recorded.event, field)
    return Sealed(recorded.id, field, value.sealed or "") if value is not None else None


class Situation(StrEnum):
    """The rows of the silence table (docs/rules.md): what an open stream is waiting for."""

    to_be_routed = "to_be_routed"
    offered = "offered"
    held = "held"
    information_asked = "information_asked"
    declined = "declined"
    advised = "advised"
    accepted = "accepted"
    time_offered = "time_offered"
    confirmed = "confirmed"
    on_the_way = "on_the_way"
    time_passed = "time_passed"
    missed = "missed"
    arrived = "arrived"
    return_form_due = "return_form_due"
    return_form_unread = "return_form_unread"
    follow_up_due = "follow_up_due"
    danger_asked = "danger_asked"
    danger_unseen = "danger_unseen"
    cancel_asked = "cancel_asked"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who is accountable: a role at a facility (and department or team), or one person in that role."""

    role: Role
    facility: str
    department: str | None = None
    person: str | None = None


class Waiting(Protocol):
    """What the silence table looks at: any state of a stream that can be open.

    `situation` is None when the stream waits for nobody (another stream of its loop carries it, or it is closed).
    """

    @property
    def situation(self) -> Situation | None: ...
    @property
    def holder(self) -> Holder | None: ...
    @property
    def priority(self) -> Priority: ...
    @property
    def step(self) -> int: ...
    @property
    def since(self) -> datetime | None: ...
    @property
    def due(self) -> datetime | None: ...


class EndReason(StrEnum):
    """Why a loop ended without what was asked for, coded."""

    advice_taken = "advice_taken"
    patient_refused = "patient_refused"
    went_elsewhere = "went_elsewhere"
    not_reached = "not_reached"
    resolved = "resolved"
    entered_in_error = "entered_in_error"
    died = "died"
    stillbirth = "stillbirth"
    newborn_died = "newborn_died"
    moved = "moved"
    duplicate = "duplicate"
    other = "other"


class LoopClosed(Event):
    """Nothing is left to do in this loop; an event of its root stream."""

    by: str
    reason: EndReason | None = None


class DeadlinePassed(Event):
    """Nobody answered in time: `step` steps had been taken, now `reached` have; what they do is in the silence table.

    `becomes` names the situation that it turns into by itself (or `lost`, for a follow-up).
    """

    situation: Situation
    step: int
    reached: int
    becomes: str | None = None


class Refused(Exception):
    """A command that the state, the person or the rules forbid.

    `code` is a word of the closed set in the texts (`refused-<code>`), `details` its parameters; never personal.
    """

    def __init__(self, code: str, **details: str) -> None:
        super().__init__(f"{code} {details}" if details else code)
        self.code = code
        self.details = details


class Command(Value):
    """Something somebody wants done, in the imperative, for one stream."""

    stream: str


class PassDeadline(Command):
    """The limit of this situation and step is over; only the ticker says so. `calls`: somebody has to telephone."""

    situation: Situation
    step: int
    reached: int
    becomes: str | None = None
    calls: bool = False


def deadline_passed(command: PassDeadline, state: Waiting) -> DeadlinePassed | None:
    """The event of a passed deadline, or None: too late is nothing, somebody acted between the claim and now."""
    if command.situation != state.situation or command.step != state.step:
        return None
    return DeadlinePassed(**command.model_dump(exclude={"stream", "calls"}))
