"""What a message asks under the shipped mapping and under another, compared; pure. Personal words are not repeated."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from events.intake.masking import HIDDEN
from events.intake.problems import Unacceptable
from events.intake.tables import Tables, reading_by
from events.intake.translating import Body, parts_of

Asked = dict[str, Any]


def asked(body: Body, channel: str, now: datetime, zone: ZoneInfo, mapping: Tables | None) -> list[Asked]:
    """What the messages of a body ask, as plain values: the kind and fields of each intent; or why it is refused."""
    with reading_by(mapping):
        try:
            parts = parts_of(body, channel, now, zone)
        except Unacceptable as error:
            return [_refusal(error)]
    found: list[Asked] = []
    for part in parts:
        if part.refusal is not None:
            found.append(_refusal(part.refusal))
        elif part.message is not None:
            found += [_plain_intent(intent) for intent in part.message.intents]
    return found


def difference(was: list[Asked], now: list[Asked]) -> list[str]:
    """In lines, what differs: `ReferralIn.asked_priority: routine -> urgent`; nothing where they are equal."""
    lines = []
    for number in range(max(len(was), len(now))):
        old, new = (each[number] if number < len(each) else {} for each in (was, now))
        if old.get("asks") != new.get("asks"):
            lines.append(f"{old.get('asks', 'nothing')} -> {new.get('asks', 'nothing')}")
            continue
        names = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
        lines += [f"{new['asks']}.{name}: {_shown(old.get(name))} -> {_shown(new.get(name))}" for name in names]
    return lines


def _refusal(error: Unacceptable) -> Asked:
    return {"asks": "refused", "why": "; ".join(problem.text for problem in error.problems)}


def _plain_intent(intent: Any) -> Asked:
    return {"asks": type(intent).__name__} | {each.name: _plain(getattr(intent, each.name)) for each in fields(intent)}


def _plain(value: Any) -> Any:
    match value:
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
        case Mapping():
            return {str(name): _plain(each) for name, each in value.items()}
        case tuple() | list() | frozenset():
            return [_plain(each) for each in value]
        case _ if hasattr(value, "model_dump"):
            return _plain(value.model_dump(exclude_none=True))
        case _:
            return value


def _shown(value: Any) -> str:
    """A value of a closed set, a number or a time; any other word may be personal."""
    match value:
        case None:
            return "nothing"
        case Enum() | bool() | int() | float() | datetime():
            return str(value)
        case str() if value in _WORDS:
            return value
        case _:
            return HIDDEN


_WORDS = frozenset({"take", "amend", "cancel", "withdraw", "outcome", "refuse", "given", "later", "emergency", ""})
