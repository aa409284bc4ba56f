"""When somebody may be written to, how often, and what a text to a patient must not name.

Hours are local; instants come in aware and go out in UTC. The pack decides which quiet hours count for whom.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Annotated
from zlib import crc32
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from models.values import Priority
from workers.rules.pack import Pack
from workers.rules.table import Frozen

Hour = Annotated[time, BeforeValidator(lambda text: time.fromisoformat(text) if isinstance(text, str) else text)]


class RecipientKind(StrEnum):
    """Who is written to, as far as quiet hours care."""

    patient = "patient"
    contact = "contact"
    staff = "staff"


@dataclass(frozen=True, slots=True)
class SendPolicy:
    """What quiet hours need to know of a notice's purpose.

    reply: an answer to what they just wrote. useless_after: from when on nobody is helped by it any more.
    """

    reply: bool = False
    useless_after: datetime | None = None


class Evening(Frozen):
    """Local hours of the evening before."""

    start: Hour = Field(alias="from")
    end: Hour = Field(alias="to")


class LastReminder(Frozen):
    """When the last reminder of an appointment goes, and what counts as an early appointment."""

    at: Hour
    early: Hour


class Budget(Frozen):
    """How many routine messages a patient may get."""

    per_day: int = Field(ge=1)
    per_week: int = Field(ge=1)


class MessageParameters(Frozen):
    """The parameters of the messages pack."""

    evening: Evening
    last_reminder: LastReminder
    digest: tuple[Hour, ...]
    budget: Budget
    danger_signs: tuple[str, ...]
    opt_out: tuple[str, ...]
    sensitive_departments: tuple[str, ...]


class QuietHours(Frozen):
    """One row: quiet from, to (over midnight), when sending starts again, over how many minutes it is
    spread."""

    start: Hour = Field(alias="from")
    end: Hour = Field(alias="to")
    resume: Hour
    spread_min: int = Field(ge=0)


class MessagePolicy:
    """The messages pack made ready. Immutable and pure."""

    def __init__(self, pack: Pack, zone: ZoneInfo) -> None:
        self.pack = pack
        self.zone = zone
        self.parameters = MessageParameters.model_validate(dict(pack.parameters))

    def when_to_send(
        self, at: datetime, policy: SendPolicy, recipient: RecipientKind, priority: Priority, key: str = ""
    ) -> datetime:
        """When a notice that is meant for `at` may be sent (UTC); `at` itself outside quiet hours.

        In quiet hours it waits for the morning. What would be useless by then goes the evening before,
        which may be before `at`: plan ahead, and send at once when that evening is already over. `key`
        spreads the notices of one morning.
        """
        outcome = self.pack.tables["quiet_hours"].decide(
            {"recipient": recipient.value, "priority": priority.value, "reply": policy.reply}
        )
        if not outcome.outputs:
            return at.astimezone(UTC)
        quiet = QuietHours.model_validate(dict(outcome.outputs))
        evening = self._quiet_since(at, quiet)
        if evening is None:
            return at.astimezone(UTC)
        morning = self._at(evening + timedelta(days=1), quiet.resume) + _spread(key, quiet.spread_min)
        if policy.useless_after is None or morning < policy.useless_after:
            return morning
        hours = self.parameters.evening
        begins, ends = self._at(evening, hours.start), self._at(evening, hours.end)
        return begins + _spread(key, int((ends - begins).total_seconds()) // 60)

    def last_reminder(self, appointment: datetime) -> datetime:
        """When the last reminder of an appointment goes: that morning, or the evening before an early one
        (UTC)."""
        local = appointment.astimezone(self.zone)
        if local.time() < self.parameters.last_reminder.early:
            return self._at(local.date() - timedelta(days=1), self.parameters.evening.start)
        return self._at(local.date(), self.parameters.last_reminder.at)

    def next_digest(self, at: datetime) -> datetime:
        """The next time routine news is gathered for staff, after `at` (UTC)."""
        day = at.astimezone(self.zone).date()
        times = [self._at(day, hour) for hour in sorted(self.parameters.digest)]
        tomorrow = self._at(day + timedelta(days=1), min(self.parameters.digest))
        return next((each for each in times if each > at), tomorrow)

    def within_budget(self, sent: Sequence[datetime], at: datetime) -> bool:
        """May one more routine message go to this patient on the local day of `at`, after those at `sent`?"""
        day = at.astimezone(self.zone).date()
        days = [(day - each.astimezone(self.zone).date()).days for each in sent]
        today = sum(ago == 0 for ago in days)
        this_week = sum(0 <= ago < 7 for ago in days)
        budget = self.parameters.budget
        return today < budget.per_day and this_week < budget.per_week

    def is_opt_out(self, text: str) -> bool:
        """True when the whole message is an opt-out word; a word inside a sentence is not."""
        plain = text.strip(" \n。.!！").casefold()
        return plain in {word.casefold() for word in self.parameters.opt_out}

    def is_sensitive(self, department: str) -> bool:
        """True for a department that a text to a patient must not name."""
        plain = department.casefold()
        return any(part.casefold() in plain for part in self.parameters.sensitive_departments)

    def _quiet_since(self, at: datetime, quiet: QuietHours) -> date | None:
        """The local day whose evening began the quiet hours that `at` lies in; None when it lies in none."""
        local = at.astimezone(self.zone)
        if local.time() >= quiet.start:
            return local.date()
        return local.date() - timedelta(days=1) if local.time() < quiet.end else None

    def _at(self, day: date, wall: time) -> datetime:
        return datetime.combine(day, wall, self.zone).astimezone(UTC)


@lru_cache(maxsize=256)
def message_policy(pack: Pack, zone: ZoneInfo) -> MessagePolicy:
    """The policy of a pack, made once."""
    return MessagePolicy(pack, zone)


def _spread(key: str, minutes: int) -> timedelta:
    # A checksum, not chance: the same notice gets the same minute when it is decided again.
    return timedelta(seconds=crc32(key.encode()) % (60 * minutes)) if key and minutes else timedelta(0)
