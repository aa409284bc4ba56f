"""A visit as a community doctor types it: "145/92 规律 无", "空腹 7.1 间断 有副作用", "2级 regular none".

Values, how the medicines are taken, adverse reactions, new complications; in any order, both languages. What is not
said is not known, and never taken for "none".
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workers.rules.reading import BloodPressure, NotAReading, ReadingKind, plain_text
from workers.rules.reading_message import read_message

_SMI_LEVEL = re.compile(r"(?:危险性?|level)?\s*(?<![\d.])([0-5])\s*级|level\s*([0-5])(?!\d)")


@dataclass(frozen=True, slots=True)
class VisitMessage:
    """What was typed; None where nothing was said. mmHg, mmol/L. rest: words that mean nothing here."""

    sbp: int | None = None
    dbp: int | None = None
    glucose_mmol_l: float | None = None
    glucose_kind: str | None = None
    adherence: str | None = None
    adverse_reaction: bool | None = None
    complication: bool | None = None
    smi_level: int | None = None
    rest: str = ""

    @property
    def says_something(self) -> bool:
        """Whether there is anything to record."""
        return any(getattr(self, name) is not None for name in self.__slots__ if name != "rest")


def read_visit(
    text: str, words: Mapping[str, Iterable[str]], expecting: ReadingKind | None = None
) -> VisitMessage | NotAReading:
    """The visit in a message, or why its numbers are not taken.

    `words`: for each of regular, intermittent, none (adherence), no, adverse, complication the phrases that say so.
    """
    plain = plain_text(text)
    level = _SMI_LEVEL.search(plain)
    without_level = _SMI_LEVEL.sub(" ", plain)
    read = read_message(without_level, expecting)
    values: dict[str, object] = {}
    if isinstance(read, NotAReading):
        if read is not NotAReading.no_number:
            return read
        rest = without_level
    else:
        rest = read.rest
        for reading in read.readings:
            if isinstance(reading, BloodPressure):
                values |= {"sbp": reading.sbp, "dbp": reading.dbp}
            else:
                values |= {"glucose_mmol_l": reading.mmol_l, "glucose_kind": reading.kind}
    said, left = _said(rest, words)
    if level:
        values["smi_level"] = int(level[1] or level[2])
    adherence = next((each for each in ("intermittent", "none", "regular") if each in said), None)
    adverse = True if "adverse" in said else False if "no" in said else None
    return VisitMessage(
        adherence=adherence,
        adverse_reaction=adverse,
        complication=True if "complication" in said else None,
        rest=left,
        **values,  # type: ignore[arg-type]
    )


def _said(text: str, words: Mapping[str, Iterable[str]]) -> tuple[set[str], str]:
    """Which meanings the text has, the longest phrase first so that "不规律" is not "规律"; and what is left of it."""
    phrases = sorted(
        ((phrase.lower(), meaning) for meaning, several in words.items() for phrase in several),
        key=lambda pair: len(pair[0]),
        reverse=True,
    )
    found = set()
    for phrase, meaning in phrases:
        pattern = rf"\b{re.escape(phrase)}\b" if phrase.isascii() else re.escape(phrase)
        text, count = re.subn(pattern, " ", text)
        if count:
            found.add(meaning)
    return found, " ".join(text.split()).strip(" ,.;、，")
