"""Reading FHIR without a strict parser: what is plain is taken with a remark, what is not is named; pure.

Of the messages real systems publish as good, strict parsers refuse one in twenty (an object where a list is due) and
let business nonsense through. So: lists and objects stand for each other, and what matters is checked here.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from events.intake.problems import unreadable

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$")
_NUMBER = re.compile(r"\[\d+\]")
_LONGEST = 20_000  # characters of one text


class Sheet:
    """What belongs to the reading of one message: what was odd, the zone of times without one, XML or not."""

    def __init__(self, zone: ZoneInfo, xml: bool = False) -> None:
        self.zone = zone
        self.xml = xml
        self._remarks: dict[str, None] = {}

    def remark(self, text: str) -> None:
        """Note something odd that did not keep the message from being taken."""
        self._remarks[text] = None

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was odd, each once."""
        return tuple(self._remarks)


class Node:
    """An object of a message and where it stands."""

    __slots__ = ("data", "path", "sheet")

    def __init__(self, data: dict[str, Any], path: str, sheet: Sheet) -> None:
        self.data = data
        self.path = path
        self.sheet = sheet

    @property
    def type(self) -> str:
        """The resource type, empty for what is no resource."""
        value = self.data.get("resourceType")
        return value if isinstance(value, str) else ""

    def has(self, name: str) -> bool:
        """Whether the element is there."""
        return self.data.get(name) not in (None, "", [], {})

    def at(self, name: str) -> str:
        """The path of an element."""
        return f"{self.path}.{name}" if self.path else name

    def text(self, name: str) -> str | None:
        """A text; a number is taken as its text; anything else is named."""
        value = self.data.get(name)
        if isinstance(value, list):
            if value:
                self._odd(name, "one value is expected; the first is read")
            value = value[0] if value else None
        if value is None or value == "":
            return None
        if isinstance(value, (dict, bool)):
            raise unreadable("a text is expected", self.at(name))
        if not isinstance(value, str):
            self._odd(name, "a text is expected; the number is read as text")
        text = str(value).strip()
        if len(text) > _LONGEST:
            raise unreadable(f"longer than {_LONGEST} characters", self.at(name), "too-long")
        return text or None

    def code(self, name: str) -> str | None:
        """A code: a text without surrounding space, at most 200 characters."""
        text = self.text(name)
        if text is not None and len(text) > 200:
            raise unreadable("longer than 200 characters", self.at(name), "too-long")
        return text

    def one(self, name: str) -> "Node":
        """An object; of a list the first; an empty one where there is none."""
        value = self.data.get(name)
        if isinstance(value, list):
            if len(value) > 1 or value:
                self._odd(name, "one object is expected; the first is read")
            value = value[0] if value else None
        if value is None:
            return Node({}, self.at(name), self.sheet)
        if not isinstance(value, dict):
            raise unreadable("an object is expected", self.at(name))
        return Node(value, self.at(name), self.sheet)

    def all(self, name: str) -> list["Node"]:
        """The objects of a list; one object stands for a list of one."""
        value = self.data.get(name)
        if value is None:
            return []
        if isinstance(value, dict):
            self._odd(name, "a list is expected; the one object is read")
            value = [value]
        if not isinstance(value, list):
            raise unreadable("a list of objects is expected", self.at(name))
        nodes = []
        for number, each in enumerate(value):
            if each is None:
                continue
            if not isinstance(each, dict):
                raise unreadable("an object is expected", f"{self.at(name)}[{number}]")
            nodes.append(Node(each, f"{self.at(name)}[{number}]", self.sheet))
        return nodes

    def texts(self, name: str) -> list[str]:
        """The texts of a list; one text stands for a list of one."""
        value = self.data.get(name)
        several = value if isinstance(value, list) else [value]
        return [each.strip() for each in several if isinstance(each, str) and each.strip()]

    def number(self, name: str) -> float | None:
        """A number; in XML numbers are texts."""
        value = self.data.get(name)
        if value is None:
            return None
        if isinstance(value, str):
            if not self.sheet.xml:
                self._odd(name, "a number is expected; the text is read as one")
            try:
                value = float(value)
            except ValueError:
                raise unreadable("a number is expected", self.at(name), "value") from None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise unreadable("a number is expected", self.at(name), "value")
        number = float(value) if abs(value) < 1e30 else None
        if number is None or number != number:
            raise unreadable("a number of everyday size is expected", self.at(name), "value")
        return number

    def flag(self, name: str) -> bool | None:
        """True or false; None when it is not said, or is something else."""
        value = self.data.get(name)
        return {"true": True, "false": False}.get(str(value).lower()) if value is not None else None

    def instant(self, name: str) -> datetime | None:
        """A time with its zone, in UTC; a day alone is its beginning in the site's zone."""
        text = self.text(name)
        return read_instant(text, self.at(name), self.sheet.zone) if text else None

    def day(self, name: str) -> str | None:
        """YYYY, YYYY-MM or YYYY-MM-DD; the day of a time."""
        text = self.text(name)
        if text is None:
            return None
        match = _DATE.match(text.partition("T")[0])
        if match is None or not _real_day(match):
            raise unreadable("a date is expected: YYYY, YYYY-MM or YYYY-MM-DD", self.at(name), "value")
        return match[0]

    def _odd(self, name: str, what: str) -> None:
        if not self.sheet.xml:
            self.sheet.remark(f"{_NUMBER.sub('', self.at(name))}: {what}")


def _real_day(match: re.Match[str]) -> bool:
    try:
        datetime(int(match[1]), int(match[2] or 1), int(match[3] or 1), tzinfo=UTC)
    except ValueError:
        return False
    return True


def read_instant(text: str, element: str, zone: ZoneInfo) -> datetime:
    """An instant in UTC from ISO 8601; Unacceptable, naming the element, for anything else."""
    match = _DATE.match(text)
    try:
        if match is not None:
            day = datetime(int(match[1]), int(match[2] or 1), int(match[3] or 1), tzinfo=zone)
            return datetime.combine(day.date(), time(), zone).astimezone(UTC)
        instant = datetime.fromisoformat(text)
        return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise unreadable("a time is expected, such as 2026-03-05T09:00:00+08:00", element, "value") from None


def codings(concept: Node) -> Iterator[tuple[str, str, str]]:
    """The codes of a CodeableConcept (or a bare Coding): system, code, words."""
    several = concept.all("coding")
    for coding in several or ([concept] if concept.has("code") and not isinstance(concept.data["code"], dict) else []):
        code = coding.code("code")
        if code:
            yield coding.code("system") or "", code, coding.text("display") or ""


def words_of(concept: Node) -> str | None:
    """What a CodeableConcept says in words: its text, else the first display."""
    return concept.text("text") or next((words for _, _, words in codings(concept) if words), None)
