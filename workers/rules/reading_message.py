"""All the readings in one message of a patient or somebody who helps: none, one or several of one person.

Several are taken only where nothing is guessed: a blood pressure and a glucose, or readings that each say when they
were taken ("早上 145/92 晚上 150/95"). Two numbers side by side may be two people, so they are asked about.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from workers.rules.reading import (
    BloodPressure,
    Glucose,
    NotAReading,
    ReadingKind,
    parse_reading,
    plain_text,
    with_clocks_as,
    without_times,
)

Reading = BloodPressure | Glucose


@dataclass(frozen=True, slots=True)
class ReadingMessage:
    """Readings in the order they were written. whose: mother, father, spouse, child, relative or self where the message
    names somebody, else None. rest: what else it says."""

    readings: tuple[Reading, ...]
    whose: str | None = None
    rest: str = ""


# Who is named, most telling first: "我妈" is the mother, not me.
_PEOPLE = {
    "mother": r"妈|母亲|\b(?:mother|mum|mom|mama)(?:'s)?\b",
    "father": r"爸|父亲|\b(?:father|dad|papa)(?:'s)?\b",
    "spouse": r"老伴|爱人|老公|老婆|丈夫|妻子|\b(?:husband|wife|spouse)(?:'s)?\b",
    "child": r"孩子|宝宝|儿子|女儿|\b(?:son|daughter|child|baby)(?:'s)?\b",
    "relative": r"爷爷|奶奶|外公|外婆|姥|哥|姐|弟|妹|\b(?:grand(?:ma|pa|mother|father)|brother|sister)(?:'s)?\b",
    "self": r"本人|自己|我的|\b(?:my own|mine|myself)\b",
}
# When a reading was taken; each reading of several of a kind needs one of its own.
_WHEN = re.compile(
    r"今早|今晚|昨晚|昨天|今天|前天|早上|早晨|上午|中午|下午|傍晚|晚上|睡前|夜里|第[一二三四五123456]次|左[手臂]?|右[手臂]?"
    r"|⏰"
    r"|\b(?:this\s+)?(?:morning|noon|afternoon|evening|night|bedtime|yesterday|today|first|second|third|left|right)\b"
)
_PARTS = re.compile(
    r"[;\n]|\.(?!\d)|,(?=\D*\d+\D)|(?<=\d)\s+(?=[^\d\s/,.-])(?!mg|mmol|mmhg|over|比|空腹|餐后|fasting|random|after)"
    r"|(?=空腹|餐后|饭后|随机|血糖|血压)|(?=⏰)"
)
_CLOCK_MARK = "⏰"
_DAY = re.compile(
    r"(?:(?P<y>(?:19|20)\d{2})\s*[-年]\s*)?(?<!\d)(?P<m>\d{1,2})\s*(?:月|-(?=\d{1,2}(?!\d)))\s*(?P<d>\d{1,2})\s*(?:日|号)"
    r"|(?P<iso>(?:19|20)\d{2}-\d{1,2}-\d{1,2})(?!\d)"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<{{}}>{'|'.join(_MONTHS)})[a-z]*\.?"
_ENGLISH_DAY = re.compile(
    rf"\b(?:(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH.format('m')}|{_MONTH.format('n')}\s+(?P<e>\d{{1,2}})"
    r"(?:st|nd|rd|th)?(?![\d/.]))(?:,?\s+(?P<y>(?:19|20)\d{2})(?![\d/]))?",
    re.IGNORECASE,
)
_LEAP = 2000  # a day without its year may be 29 February


def read_message(text: str, expecting: ReadingKind | None = None) -> ReadingMessage | NotAReading:
    """The readings in a message, or why it is not taken; nothing of a message is stored when a part is wrong."""
    plain = plain_text(text)
    people = [who for who, words in _PEOPLE.items() if re.search(words, plain)]
    named = [who for who in people if who != "self"]
    whose = named[0] if named else "self" if people else None
    if not _days_exist(plain):
        return NotAReading.no_such_day
    text = _ENGLISH_DAY.sub(" ", text)
    plain = plain_text(text)
    found = parse_reading(text, expecting)
    if not isinstance(found, NotAReading):
        # The second of two people may have sent nothing yet, but whose number is this?
        return NotAReading.two_people if len(named) > 1 else ReadingMessage((found,), whose, found.rest)
    if found is not NotAReading.several:
        return found
    if len(named) > 1:
        return NotAReading.two_people
    return _several(plain, whose, lambda part: parse_reading(part, expecting))


def _several(
    plain: str, whose: str | None, parse: Callable[[str], Reading | NotAReading]
) -> ReadingMessage | NotAReading:
    readings: list[Reading] = []
    rest: list[str] = []
    plain = without_times(with_clocks_as(_CLOCK_MARK, plain))
    for part in _joined(_PARTS.split(plain)):
        read = parse(part)
        if read is NotAReading.no_number:
            rest.append(part.strip())
        elif isinstance(read, NotAReading):
            return read
        else:
            readings.append(read)
            rest.append(read.rest)
    if not readings:
        return NotAReading.several
    if not _each_said_when(plain, readings):
        return NotAReading.several
    return ReadingMessage(tuple(readings), whose, _tidy(rest))


def _tidy(rest: list[str]) -> str:
    return " ".join(" ".join(rest).replace(_CLOCK_MARK, " ").split())


def _joined(parts: list[str]) -> list[str]:
    """Words that name what follows belong to it: "空腹 | 8.2" is one part."""
    joined: list[str] = []
    waiting = ""
    for part in parts:
        waiting = f"{waiting} {part}".strip()
        if re.search(r"\d", part):
            joined.append(waiting)
            waiting = ""
    return [*joined, waiting] if waiting else joined


def _each_said_when(plain: str, readings: list[Reading]) -> bool:
    kinds = [("pressure", "") if isinstance(each, BloodPressure) else ("glucose", each.kind or "") for each in readings]
    most = max(kinds.count(each) for each in kinds)
    return most == 1 or len(_WHEN.findall(plain)) >= most


def _days_exist(plain: str) -> bool:
    for found in _DAY.finditer(plain):
        year, month, day = found["iso"].split("-") if found["iso"] else (found["y"] or _LEAP, found["m"], found["d"])
        if not _exists(year, month, day):
            return False
    for found in _ENGLISH_DAY.finditer(plain):
        month = _MONTHS.index((found["m"] or found["n"]).lower()) + 1
        if not _exists(found["y"] or _LEAP, month, found["d"] or found["e"]):
            return False
    return True


def _exists(year: str | int, month: str | int, day: str | int) -> bool:
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True
