"""The catalog: event names and classes, schema versions and upcasters, and how each kind of stream is folded.

Meaning changes by an upcaster (old JSON to new JSON), never by touching the log. An event that is newer than this code
is held, not guessed at.
"""

import inspect
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from events import (
    base,
    discharge,
    discharge_decider,
    follow_up,
    follow_up_events,
    notice,
    referral,
    referral_care,
    referral_decider,
    referral_evolving,
    rule_pack,
)
from events.base import Command, Event, Personal, Recorded
from models.values import StreamKind, kind_of

_MODULES = {
    StreamKind.referral: (referral, referral_care),
    StreamKind.discharge: (discharge,),
    StreamKind.plan: (follow_up_events,),
    StreamKind.notice: (notice,),
    StreamKind.pack: (rule_pack,),
}


def _events_of(modules: Iterable[Any]) -> list[type[Event]]:
    """The events that these modules define, not those they only know by name."""
    found = [(module, member) for module in modules for _, member in inspect.getmembers(module, inspect.isclass)]
    return [member for module, member in found if issubclass(member, Event) and member.__module__ == module.__name__]


_SHARED: list[type[Event]] = [base.LoopClosed, base.DeadlinePassed]

# Every event class by its name in the log.
EVENTS: dict[str, type[Event]] = {cls.__name__: cls for modules in _MODULES.values() for cls in _events_of(modules)} | {
    cls.__name__: cls for cls in _SHARED
}

# The names that may stand in a stream of each kind.
NAMES: dict[StreamKind, frozenset[str]] = {
    kind: frozenset(cls.__name__ for cls in [*_events_of(modules), *_SHARED]) for kind, modules in _MODULES.items()
}

# (event name, schema version) -> the JSON object as the next version writes it.
UPCASTERS: dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {}

_EVOLVE: dict[StreamKind, Callable[[Any, Recorded], Any]] = {
    StreamKind.referral: referral_evolving.evolve,
    StreamKind.discharge: discharge.evolve,
    StreamKind.plan: follow_up.evolve,
    StreamKind.notice: notice.evolve,
    StreamKind.pack: rule_pack.evolve,
}

_DECIDE: dict[StreamKind, Callable[[Command, Any, datetime], list[Event]]] = {
    StreamKind.referral: referral_decider.decide,
    StreamKind.discharge: discharge_decider.decide,
    StreamKind.plan: follow_up.decide,
    StreamKind.notice: notice.decide,
    StreamKind.pack: rule_pack.decide,
}

# The fields of each event that hold personal text and are sealed in the log.
PERSONAL: dict[str, tuple[str, ...]] = {
    name: tuple(
        field
        for field, info in cls.model_fields.items()
        if info.annotation is Personal or Personal in getattr(info.annotation, "__args__", ())
    )
    for name, cls in EVENTS.items()
}


class Held(Exception):
    """An event of a newer version than this code: wait for the upgrade, touch nothing."""


class Unreadable(Exception):
    """Stored data that does not fit its event class although the version is known."""


def read_event(name: str, version: int, data: str) -> Event:
    """The event that the log stores as `data`, brought up to the present schema version.

    Raises Held for an event of a newer version or unknown name, Unreadable for data that does not fit.
    """
    cls = EVENTS.get(name)
    if cls is None or version > cls.schema_version:
        raise Held(f"{name} version {version} is newer than this installation")
    try:
        if version == cls.schema_version:
            # What `model_validate_json` calls, without the options it looks at first: a third of the time.
            event: Event = cls.__pydantic_validator__.validate_json(data)
            return event
        value = base.json_object(data)
        for step in range(version, cls.schema_version):
            value = UPCASTERS[name, step](value)
        return cls.model_validate(value)
    except ValidationError as error:
        raise Unreadable(f"{name}: {error.errors(include_input=False, include_url=False)}") from None
    except (ValueError, LookupError, TypeError) as error:  # an old version that its upcaster cannot bring up
        raise Unreadable(f"{name}: {type(error).__name__}") from None


def write_event(event: Event) -> str:
    """The event as JSON text; what is not known is left out."""
    return event.model_dump_json(exclude_none=True)


def fold(history: Iterable[Recorded], state: Any = None) -> Any:
    """The state after these events of one stream (None for none)."""
    evolve = None
    for recorded in history:
        if evolve is None:
            evolve = _EVOLVE[kind_of(recorded.stream)]
        state = evolve(state, recorded)
    return state


def decide(command: Command, state: Any, now: datetime) -> list[Event]:
    """What follows from a command on the stream it names; Refused where it is not allowed."""
    return _DECIDE[kind_of(command.stream)](command, state, now)
